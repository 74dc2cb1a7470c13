"""Renders blocks as one HTML page that needs nothing else: no script, no font, no image. Pure.

Every text of the repository is escaped. A policy in the page forbids scripts and the network even
to a browser that would find some.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from repo_mhm.formatting import single_line
from repo_mhm.location import Location
from repo_mhm.pages.blocks import (
    Block,
    Code,
    Drawing,
    Heading,
    Item,
    Items,
    Line,
    Paragraph,
    Span,
    Strong,
    Unchecked,
)
from repo_mhm.pages.graph_svg import svg
from repo_mhm.pages.markdown import UNCHECKED_BEGIN, UNCHECKED_END

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2024; --soft: #60646c; --line: #d9d9e0;
  --paper: #ffffff; --box: #f4f6fb; --accent: #3358d4; }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --soft: #b0b4ba; --line: #3a3d44;
  --paper: #15171a; --box: #1f2329; --accent: #9eb1ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 2rem 1.25rem 4rem; color: var(--ink);
  background: var(--paper); font: 16px/1.55 system-ui, sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .75rem; }
h2 { font-size: 1.25rem; margin: 2.25rem 0 .6rem; padding-top: .75rem;
  border-top: 1px solid var(--line); }
p { margin: .5rem 0; }
code { font: .875em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.at { color: var(--soft); white-space: nowrap; }
ul, ol { padding-left: 1.3rem; margin: .5rem 0; }
li { margin: .4rem 0; overflow-wrap: anywhere; }
li ul { margin: .1rem 0 .3rem; color: var(--soft); }
li ul li { margin: .1rem 0; }
summary { cursor: pointer; color: var(--accent); }
figure { margin: 1rem 0; overflow-x: auto; border: 1px solid var(--line); border-radius: 8px;
  padding: .75rem; }
svg { display: block; margin: 0 auto; max-width: 100%; height: auto; min-width: 36rem; }
""".strip()
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def html_page(blocks: Iterable[Block], title: str) -> str:
    """The page, one statement a line."""
    body = "\n".join(_lines(blocks))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{_escaped(title)}</title>
<style>
{_STYLE}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def _escaped(text: str) -> str:
    return escape(single_line(text))


def _lines(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        yield from _block(block)


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Heading):
        yield f"<h{block.level}>{_escaped(block.text)}</h{block.level}>"
    elif isinstance(block, Paragraph):
        yield f"<p>{_line(block.line)}</p>"
    elif isinstance(block, Items):
        yield from _items(block)
    elif isinstance(block, Drawing):
        yield "<figure>"
        yield svg(block).rstrip("\n")
        yield "</figure>"
    elif isinstance(block, Unchecked):
        yield UNCHECKED_BEGIN
        yield from _lines(block.blocks)
        yield UNCHECKED_END


def _items(block: Items) -> Iterator[str]:
    tag = "ol" if block.is_numbered else "ul"
    if block.title:
        yield f"<details><summary>{_escaped(block.title)}</summary>"
    yield f"<{tag}>"
    for item in block.items:
        yield from _item(item)
    yield f"</{tag}>"
    if block.title:
        yield "</details>"


def _item(item: Item) -> Iterator[str]:
    yield f"<li>{_line(item.line)}"
    if item.below:
        yield "<ul>"
        for line in item.below:
            yield f"<li>{_line(line)}</li>"
        yield "</ul>"
    yield "</li>"


def _line(line: Line) -> str:
    return "".join(map(_span, line))


def _span(span: Span) -> str:
    if isinstance(span, Location):
        return f'<code class="at">{_escaped(span.short)}</code>'
    if isinstance(span, Code):
        return f"<code>{_escaped(span.text)}</code>"
    if isinstance(span, Strong):
        return f"<strong>{_escaped(span.text)}</strong>"
    before = " " if span[:1].isspace() else ""
    after = " " if span[-1:].isspace() and span.strip() else ""
    return f"{before}{_escaped(span)}{after}"
