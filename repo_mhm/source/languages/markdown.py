"""Markdown: headings, each with the section it opens."""

from repo_mhm.source.languages import Language

LANGUAGE = Language(
    name="markdown",
    grammar="tree_sitter_markdown",
    suffixes=(".md", ".markdown", ".mdown", ".mkd", ".mdx"),
    separator=" / ",
    strip=" \t",
    is_data=True,
    query=r"""
(section . (atx_heading heading_content: (inline) @name)) @definition.heading
(setext_heading heading_content: (paragraph (inline) @name)) @definition.heading
""",
)
