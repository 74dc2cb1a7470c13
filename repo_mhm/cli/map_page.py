"""`repo-mhm map`: the page on a repository for people, printed, written or checked."""

from __future__ import annotations

import json as json_text
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from repo_mhm.cli.options import JsonOption, OutOption, PathArgument, WithinOption
from repo_mhm.cli.scan_bar import page_progress
from repo_mhm.errors import UsageError

if TYPE_CHECKING:
    from repo_mhm.pages.map_page import MapPage

OUT_OF_DATE = 1
"""Exit code of `--check` where the file is not what would be made now."""
MOST_CHANGES = 30
"""Changed lines that `--check` shows."""

EXAMPLES = (
    "repo-mhm map",
    "repo-mhm map --out docs/MAP.md",
    "repo-mhm map --out map.html",
    "repo-mhm map --path services/api",
    "repo-mhm map --svg --out modules.svg",
    "repo-mhm map --check docs/MAP.md",
)

HtmlOption = Annotated[
    bool, typer.Option("--html", help="Make one HTML file that needs nothing else.")
]
SvgOption = Annotated[bool, typer.Option("--svg", help="Make only the drawing, as SVG.")]
CheckOption = Annotated[
    Path | None,
    typer.Option(
        "--check",
        metavar="FILE",
        help="Say whether this page is out of date, and what changed; exit with 1 if it is.",
        show_default=False,
    ),
]
FORMAT_BY_ENDING = {".html": "html", ".htm": "html", ".svg": "svg", ".json": "json"}


def map_(  # noqa: PLR0913  one argument for each option
    path: PathArgument = Path(),
    within: WithinOption = None,
    html: HtmlOption = False,
    svg: SvgOption = False,
    out: OutOption = None,
    check: CheckOption = None,
    json: JsonOption = False,
) -> None:
    """Make one page on the repository, for people.

    It says where to start, what there is and what imports what: as Markdown with a Mermaid drawing,
    or as HTML, SVG or JSON, also by the ending of the file. It needs no model. The same source
    gives the same page, but for what changes most and a model's notes, which --check does not
    compare.
    """
    _check_options(html=html, svg=svg, json=json, out=out, check=check)
    file = out or check
    form = _format(file, html=html, svg=svg, json=json)
    from repo_mhm.commands.map_page import make_map
    from repo_mhm.git import find_root

    root = find_root(path).path
    with page_progress() as (progress, activity):
        page = make_map(path, progress, activity, within or ())
    text = _rendered(page, form, _folder(file, root))
    if check is not None:
        _compare(check, text, form)
    elif out is not None:
        from repo_mhm.cli.output_file import output_file, write_bytes

        write_bytes(output_file(out, root), text.encode())
    else:
        _print(text)


def _check_options(
    *, html: bool, svg: bool, json: bool, out: Path | None, check: Path | None
) -> None:
    if html + svg + json > 1:
        raise UsageError("--html, --svg and --json exclude each other", hint="Give one of them.")
    if out is not None and check is not None:
        raise UsageError(
            "--out writes a page and --check compares one", hint="Give one of them, not both."
        )


def _format(file: Path | None, *, html: bool, svg: bool, json: bool) -> str:
    """The format that an option names, else that of the file's ending."""
    named = [name for name, given in (("html", html), ("svg", svg), ("json", json)) if given]
    ending = file.suffix.lower() if file is not None else ""
    return named[0] if named else FORMAT_BY_ENDING.get(ending, "markdown")


def _folder(file: Path | None, root: Path) -> str:
    """The folder of a page relative to the root, where links begin; the root if it is elsewhere."""
    if file is None:
        return ""
    folder = file.resolve().parent
    is_inside = folder.is_relative_to(root.resolve())
    return folder.relative_to(root.resolve()).as_posix() if is_inside else ""


def _rendered(page: MapPage, form: str, folder: str) -> str:
    from repo_mhm.pages.map_blocks import drawing, map_blocks, page_title

    if form == "json":
        from repo_mhm.cli.terminal import SCHEMA
        from repo_mhm.formatting import escaped_json

        values = {"schema": SCHEMA, **page.as_json()}
        return escaped_json(json_text.dumps(values, ensure_ascii=False, indent=1)) + "\n"
    if form == "svg":
        from repo_mhm.pages.graph_svg import svg

        return svg(drawing(page))
    if form == "html":
        from repo_mhm.pages.html_page import html_page

        return html_page(map_blocks(page), page_title(page))
    from repo_mhm.pages.markdown import markdown

    return markdown(map_blocks(page), folder)


def _compare(file: Path, now: str, form: str) -> None:
    """Print what changed since a page was made. Raises UsageError where there is no page."""
    from repo_mhm.cli.output_file import read_bytes
    from repo_mhm.cli.terminal import console
    from repo_mhm.formatting import count, safe, single_line
    from repo_mhm.pages.page_check import checked_json, differences, readable

    shown_file = safe(os.fspath(file))
    if not file.exists():
        raise UsageError(f"{file} does not exist", hint=f"Make it: repo-mhm map --out {file}")
    compared = (read_bytes(file).decode("utf-8", "replace"), now)
    if form == "json":
        compared = checked_json(compared[0]), checked_json(compared[1])
    changes = differences(*compared)
    if not changes:
        console().print(f"{shown_file} is up to date")
        return

    console().print(f"{shown_file} is out of date: {count(len(changes), 'changed line')}")
    for change in changes[:MOST_CHANGES]:
        console().print(single_line(readable(change)))
    more = len(changes) - MOST_CHANGES
    if more > 0:
        console().print(f"and {more:,} more")
    console(stderr=True).print(f"make it anew: repo-mhm map --out {shown_file}", style="dim")
    raise typer.Exit(OUT_OF_DATE)


def _print(text: str) -> None:
    from repo_mhm.cli.terminal import print_line

    print_line(text.rstrip("\n"))
