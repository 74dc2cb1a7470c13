"""ERB: Ruby in a page."""

from repo_mhm.source.languages import Language

LANGUAGE = Language(
    name="erb",
    grammar="tree_sitter_embedded_template",
    suffixes=(".erb", ".rhtml"),
    family="ruby",
    comments=("comment_directive", "content"),
    parts="""
(content) @parts.html
(directive (code) @parts.ruby)
(output_directive (code) @parts.ruby)
""",
    query="""
(comment_directive (comment) @comment)
(template) @definition.scope
""",
)
