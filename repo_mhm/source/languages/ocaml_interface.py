"""OCaml's interfaces (`.mli`)."""

from repo_mhm.source.languages import Language
from repo_mhm.source.languages.ocaml import QUERY

LANGUAGE = Language(
    name="ocaml_interface",
    grammar="tree_sitter_language_pack.bindings.ocaml_interface",
    suffixes=(".mli",),
    comments=("comment",),
    strings=("string", "character", "quoted_string"),
    family="ocaml",
    query=QUERY,
)
