"""Dockerfiles: their stages, arguments and environment."""

from repo_mhm.source.languages import Language

LANGUAGE = Language(
    name="dockerfile",
    grammar="tree_sitter_language_pack.bindings.dockerfile",
    suffixes=(".dockerfile", ".containerfile"),
    filenames=("Dockerfile", "Containerfile"),
    comments=("comment",),
    strings=("double_quoted_string", "single_quoted_string", "json_string"),
    query=r"""
(from_instruction as: (image_alias) @name) @definition.module
(from_instruction (image_spec name: (image_name) @name) !as) @definition.module
(arg_instruction name: (unquoted_string) @name) @definition.constant
(env_instruction (env_pair name: (unquoted_string) @name) @definition.constant)
(entrypoint_instruction "ENTRYPOINT" @name) @definition.command
(cmd_instruction "CMD" @name) @definition.command

(comment) @comment
(from_instruction (image_spec name: (image_name) @reference.import)) @import
(expansion (variable) @reference)
""",
)
