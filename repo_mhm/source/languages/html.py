"""HTML: elements that carry an `id`."""

from repo_mhm.source.languages import Language

_ID = """[
  (attribute (attribute_name) @_id (quoted_attribute_value (attribute_value) @name))
  (attribute (attribute_name) @_id (attribute_value) @name)
]"""

LANGUAGE = Language(
    name="html",
    grammar="tree_sitter_html",
    suffixes=(".html", ".htm", ".xhtml"),
    separator=" ",
    comments=("comment",),
    strings=("quoted_attribute_value",),
    parts="(script_element (raw_text) @part.javascript) (style_element (raw_text) @part.css)",
    query=f"""
((element . (start_tag {_ID}) . (_)) @definition.element (#eq? @_id "id"))
((element . (start_tag {_ID}) @definition.element .) (#eq? @_id "id"))
((element (self_closing_tag {_ID})) @definition.element (#eq? @_id "id"))
((script_element (start_tag {_ID})) @definition.element (#eq? @_id "id"))
((style_element (start_tag {_ID})) @definition.element (#eq? @_id "id"))

(comment) @comment
""",
)
