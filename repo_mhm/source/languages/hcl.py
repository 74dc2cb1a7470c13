"""HCL: Terraform's resources and modules, Packer's and Nomad's blocks."""

from repo_mhm.source.languages import Language

LANGUAGE = Language(
    name="hcl",
    grammar="tree_sitter_language_pack.bindings.hcl",
    suffixes=(".tf", ".hcl", ".tfvars", ".nomad"),
    strip='"',
    comments=("comment",),
    strings=("string_lit", "quoted_template", "heredoc_template"),
    embedded=("(template_interpolation (_) @code)",),
    query=r"""
((config_file (body (block . (identifier) @_kind
  (string_lit (template_literal) @name) . (block_start)) @definition.class))
  (#any-of? @_kind "resource" "data" "module" "provider" "source" "build" "job"))
((config_file (body (block . (identifier) @_kind
  (string_lit (template_literal) @container) . (string_lit (template_literal) @name))))
  (#any-of? @_kind "resource" "data"))
((config_file (body (block . (identifier) @_kind
  (string_lit (template_literal) @name) . (block_start)) @definition.constant))
  (#any-of? @_kind "variable" "output"))
(config_file (body (block . (identifier) @name . (block_start)) @definition.module))
(config_file (body (block . (identifier) @_locals (block_start)
  (body (attribute (identifier) @name) @definition.constant)))
  (#eq? @_locals "locals"))
(config_file (body (attribute (identifier) @name) @definition.constant))

(comment) @comment
(variable_expr (identifier) @reference)
(get_attr (identifier) @reference)
(function_call (identifier) @reference.call)
""",
)
