"""Zig, with its tests."""

from repo_mhm.source.languages import Language

LANGUAGE = Language(
    name="zig",
    grammar="tree_sitter_language_pack.bindings.zig",
    suffixes=(".zig", ".zon"),
    bodies=("Block",),
    strip='"@',
    comments=("line_comment", "doc_comment", "container_doc_comment"),
    strings=("STRINGLITERALSINGLE", "LINESTRING", "CHAR_LITERAL"),
    query=r"""
(source_file (Decl (FnProto function: (IDENTIFIER) @name)) @definition.function)
(ContainerDecl (Decl (FnProto function: (IDENTIFIER) @name)) @definition.method)
(source_file (Decl (VarDecl variable_type_function: (IDENTIFIER) @name)) @definition.constant)
(ContainerDecl (Decl (VarDecl variable_type_function: (IDENTIFIER) @name)) @definition.constant)
((Decl (VarDecl (ErrorUnionExpr (SuffixExpr (ContainerDecl (ContainerDeclType) @_struct)))))
  @definition.class
  (#match? @_struct "^(struct|union|opaque)"))
((Decl (VarDecl (ErrorUnionExpr (SuffixExpr (ContainerDecl (ContainerDeclType) @_enum)))))
  @definition.type
  (#match? @_enum "^enum"))
(Decl (VarDecl (ErrorUnionExpr (SuffixExpr (ErrorSetDecl))))) @definition.type
(ContainerField field_member: (IDENTIFIER) @name) @definition.constant
(ErrorSetDecl field_constant: (IDENTIFIER) @name @definition.constant)
(TestDecl (STRINGLITERALSINGLE) @name) @definition.test
(TestDecl (IDENTIFIER) @name) @definition.test

(line_comment) @comment
(doc_comment) @comment
((Decl (VarDecl (ErrorUnionExpr (SuffixExpr (BUILTINIDENTIFIER) @_import)))) @import
  (#eq? @_import "@import"))

(SuffixExpr variable_type_function: (IDENTIFIER) @reference.call . (FnCallArguments))
(FieldOrFnCall function_call: (IDENTIFIER) @reference.call)
(FieldOrFnCall field_access: (IDENTIFIER) @reference)
(SuffixExpr variable_type_function: (IDENTIFIER) @reference)
""",
)
