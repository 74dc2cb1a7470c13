"""What Vue's and Svelte's components share: elements with an `id`, and the languages of parts."""


def part_by_lang(element: str, names: str, language: str) -> str:
    """The pattern of an element's text in the language that its attribute `lang` names.

    `element` is a node type; `names` are the attribute's values, quoted, with spaces between.
    """
    return f"""
(({element} (start_tag (attribute (attribute_name) @_lang
  (quoted_attribute_value (attribute_value) @_value))) (raw_text) @part.{language})
  (#eq? @_lang "lang") (#any-of? @_value {names}))
"""


SCRIPT = "(script_element (raw_text) @part.javascript)"
STYLE = "(style_element (raw_text) @part.css)" + part_by_lang("style_element", '"scss"', "scss")
QUERY = r"""
((element [
  (start_tag (attribute (attribute_name) @_id (quoted_attribute_value (attribute_value) @name)))
  (self_closing_tag
    (attribute (attribute_name) @_id (quoted_attribute_value (attribute_value) @name)))
]) @definition.element
  (#eq? @_id "id"))

(comment) @comment
((start_tag (tag_name) @reference.call) (#match? @reference.call "^[A-Z]"))
((self_closing_tag (tag_name) @reference.call) (#match? @reference.call "^[A-Z]"))
"""
