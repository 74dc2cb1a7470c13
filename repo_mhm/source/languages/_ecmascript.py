"""What JavaScript, TypeScript and TSX share: traits, one query, and what types add to it.

Routes are those of express, fastify, koa and hono; tests are those of jest, vitest, mocha, jasmine
and node:test.
"""

from repo_mhm.source.language_traits import Methods

FAMILY = "javascript"
COMMENTS = ("comment", "html_comment")
STRINGS = ("string", "template_string", "regex")
EMBEDDED = ("(template_substitution (_) @code)",)
METHODS = Methods(
    abstract=r"\babstract\b", interface=r"\binterface\b", computed=("property", "overload")
)

SCRIPT = r"""
(function_declaration name: (identifier) @name) @definition.function
(generator_function_declaration name: (identifier) @name) @definition.function
(class_declaration name: (_) @name) @definition.class
(method_definition name: (_) @name) @definition.method
(variable_declarator name: (identifier) @name value: [(arrow_function) (function_expression)])
  @definition.function
(variable_declarator name: (identifier) @name value: (class)) @definition.class
(assignment_expression
  left: (member_expression property: (property_identifier) @name)
  right: [(arrow_function) (function_expression)]) @definition.function
((assignment_expression
  left: (member_expression
    object: (member_expression object: (_) @container property: (property_identifier) @_prototype)
    property: (property_identifier))
  right: (function_expression)) @definition.method
  (#eq? @_prototype "prototype"))

(export_statement declaration: [
  (function_declaration) (generator_function_declaration) (class_declaration)
  (lexical_declaration (variable_declarator name: (identifier)))
  (variable_declaration (variable_declarator name: (identifier)))
]) @definition.scope
(program [
  (lexical_declaration (variable_declarator name: (identifier)))
  (variable_declaration (variable_declarator name: (identifier)))
] @definition.scope)
(export_statement (lexical_declaration (variable_declarator name: (identifier))) @definition.scope)

((program [
  (lexical_declaration (variable_declarator name: (identifier) @name value: (_) @_value)
    @definition.constant)
  (variable_declaration (variable_declarator name: (identifier) @name value: (_) @_value)
    @definition.constant)
]) (#not-match? @_value "^(await )?(require|import)\\b"))
(program [
  (lexical_declaration (variable_declarator name: (identifier) @name !value) @definition.constant)
  (variable_declaration (variable_declarator name: (identifier) @name !value) @definition.constant)
])
(export_statement declaration: [
  (lexical_declaration (variable_declarator name: (identifier) @name) @definition.constant)
  (variable_declaration (variable_declarator name: (identifier) @name) @definition.constant)
])
(export_statement declaration: (lexical_declaration (variable_declarator name: [
  (object_pattern [
    (shorthand_property_identifier_pattern) @name @definition.constant
    (pair_pattern value: (identifier) @name @definition.constant)])
  (array_pattern (identifier) @name @definition.constant)
])))
((program (expression_statement (assignment_expression
  left: (member_expression
    object: [(identifier) @_exports (member_expression property: (property_identifier) @_exports)]
    property: (property_identifier) @name)) @definition.constant))
  (#eq? @_exports "exports"))
(program [
  (lexical_declaration (variable_declarator value: (object (pair
    key: (property_identifier) @name value: [(arrow_function) (function_expression)])
      @definition.function)))
  (expression_statement (assignment_expression right: (object (pair
    key: (property_identifier) @name value: [(arrow_function) (function_expression)])
      @definition.function)))
])
(program (expression_statement (call_expression arguments: (arguments
  (function_expression name: (identifier) @name) @definition.function))))
(export_statement value: (object (pair
  key: (property_identifier) @name value: [(arrow_function) (function_expression)])
    @definition.function))

((call_expression
  function: (member_expression property: (property_identifier) @_verb)
  arguments: (arguments
    . (string (string_fragment) @name)
    [(arrow_function) (function_expression) (identifier) (member_expression) (call_expression)] .))
      @definition.route
  (#any-of? @_verb "get" "post" "put" "patch" "delete" "head" "options" "all" "use" "route")
  (#match? @name "^/"))
((call_expression
  function: [
    (identifier) @_test
    (member_expression object: (identifier) @_test)
    (call_expression function: (member_expression object: (identifier) @_test))
  ]
  arguments: (arguments
    . [(string (string_fragment) @name) (template_string . (string_fragment) @name)]
    [(arrow_function) (function_expression)])) @definition.test
  (#any-of? @_test
    "it" "test" "describe" "suite" "context" "specify" "fit" "xit" "xtest" "fdescribe" "xdescribe"
      "bench"))

(comment) @comment
(import_statement) @import
(export_statement source: (string)) @import
((program [
    (lexical_declaration
      (variable_declarator value: (call_expression function: (identifier) @_require)))
    (variable_declaration
      (variable_declarator value: (call_expression function: (identifier) @_require)))
  ] @import)
  (#eq? @_require "require"))
(import_specifier name: (identifier) @reference.import)
(import_clause (identifier) @reference.import)
(export_specifier name: (identifier) @reference)

(call_expression function: (identifier) @reference.call)
(call_expression function: (member_expression
  property: [(property_identifier) (private_property_identifier)] @reference.call))
(new_expression constructor: (identifier) @reference.call)
(new_expression constructor: (member_expression property: (property_identifier) @reference.call))
(arguments (identifier) @reference)
(arguments
  (member_expression object: (identifier)? @reference property: (property_identifier) @reference))
(array (identifier) @reference)
(pair value: (identifier) @reference)
(pair
  value: (member_expression object: (identifier)? @reference
    property: (property_identifier) @reference))
(shorthand_property_identifier) @reference
(assignment_expression right: (identifier) @reference)
(variable_declarator value: (identifier) @reference)
(binary_expression
  (member_expression object: (identifier)? @reference property: (property_identifier) @reference))
(export_statement value: (identifier) @reference)
(template_substitution (identifier) @reference)
"""

JSX = r"""
(jsx_opening_element name: (member_expression property: (property_identifier) @reference.call))
(jsx_self_closing_element name: (member_expression property: (property_identifier) @reference.call))
((jsx_opening_element name: (identifier) @reference.call) (#match? @reference.call "^[A-Z]"))
((jsx_self_closing_element name: (identifier) @reference.call) (#match? @reference.call "^[A-Z]"))
(jsx_expression (identifier) @reference)
"""

FIELDS = r"""
(field_definition property: (_) @name) @definition.constant
(field_definition value: [(arrow_function) (function_expression)]) @definition.method
(class_heritage (identifier) @reference)
(class_heritage (member_expression property: (property_identifier) @reference))
"""
"""Only JavaScript's: TypeScript's grammar calls them otherwise."""

TYPES = r"""
(abstract_class_declaration name: (type_identifier) @name) @definition.class
(interface_declaration name: (type_identifier) @name) @definition.type
(type_alias_declaration name: (type_identifier) @name) @definition.type
(enum_declaration name: (identifier) @name) @definition.type
(enum_body name: (property_identifier) @name @definition.constant)
(enum_assignment name: (property_identifier) @name) @definition.constant
(internal_module name: (_) @name) @definition.module
(module name: [(identifier) (nested_identifier) (string)] @name) @definition.module
(function_signature name: (identifier) @name) @definition.function
(method_signature name: (_) @name) @definition.method
(abstract_method_signature name: (_) @name) @definition.method
(public_field_definition name: (_) @name) @definition.constant
(required_parameter [(accessibility_modifier) "readonly"] pattern: (identifier) @name)
  @definition.constant
(optional_parameter [(accessibility_modifier) "readonly"] pattern: (identifier) @name)
  @definition.constant
(interface_body (property_signature name: (_) @name) @definition.constant)
(type_alias_declaration (object_type (property_signature name: (_) @name) @definition.constant))
(public_field_definition value: [(arrow_function) (function_expression)]) @definition.method
(ambient_declaration
  (lexical_declaration (variable_declarator name: (identifier) @name) @definition.constant))

(export_statement declaration: [
  (abstract_class_declaration) (interface_declaration) (type_alias_declaration) (enum_declaration)
  (internal_module) (module) (function_signature)
  (ambient_declaration [(class_declaration) (function_signature) (internal_module) (module)])
]) @definition.scope
(ambient_declaration [
  (class_declaration) (abstract_class_declaration) (interface_declaration) (type_alias_declaration)
  (enum_declaration) (internal_module) (module) (function_signature)
  (lexical_declaration (variable_declarator name: (identifier)))
]) @definition.scope

(class_body (decorator) @attribute)
((class_body (decorator (call_expression function: (identifier) @_verb)) . (method_definition)
  @definition.route)
  (#any-of? @_verb "Get" "Post" "Put" "Patch" "Delete" "Head" "Options" "All" "Query" "Mutation"))
(decorator (identifier) @reference.call)

(type_identifier) @reference
(extends_clause value: (identifier) @reference)
(extends_clause value: (member_expression property: (property_identifier) @reference))
(import_require_clause (identifier) @reference.import)
"""
