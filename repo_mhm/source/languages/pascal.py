"""Pascal and Delphi."""

from repo_mhm.source.languages import Language

LANGUAGE = Language(
    name="pascal",
    grammar="tree_sitter_language_pack.bindings.pascal",
    suffixes=(".pas", ".dpr", ".lpr", ".dpk"),
    comments=("comment",),
    strings=("literalString",),
    query=r"""
(unit (moduleName) @name) @definition.module
(program (moduleName) @name) @definition.module
(declType name: (identifier) @name) @definition.type
(declType name: (identifier) type: (declClass)) @definition.class
(declConst name: (identifier) @name) @definition.constant
(declEnumValue name: (identifier) @name) @definition.constant
(declField name: (identifier) @name) @definition.constant
(declProp name: (identifier) @name) @definition.constant
(declProc name: (identifier) @name) @definition.function
(defProc header: (declProc name: (identifier) @name)) @definition.function
(declClass (declProc) @definition.method)
(declSection (declProc) @definition.method)
(defProc header: (declProc name: (genericDot . (identifier) @container (identifier) @name .)))
  @definition.method
(interface (declVars (declVar name: (identifier) @name) @definition.constant))
(implementation (declVars (declVar name: (identifier) @name) @definition.constant))

(comment) @comment
(declUses) @import
(declUses (moduleName (identifier) @reference.import))
(exprCall entity: (identifier) @reference.call)
(exprCall entity: (exprDot rhs: (identifier) @reference.call))
(typeref (identifier) @reference)
""",
)
