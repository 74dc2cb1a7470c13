"""`repo-mhm search`: a query in, ranked locations out; a model only with `--rerank`.

stdout gets the results alone, so that scripts and editors can read them; what is said about them is
on stderr. As with grep, the exit code is 1 where nothing matches.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from repo_mhm.cli.completion import language_names
from repo_mhm.cli.options import (
    FormatOption,
    JsonOption,
    ModelOption,
    RepoOption,
    WithinOption,
)
from repo_mhm.cli.question_input import read_input
from repo_mhm.cli.scan_bar import judging, scan_bar
from repo_mhm.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repo_mhm.answer.search_hits import SearchHit, SearchHits, Unit
    from repo_mhm.cli.formats import Problem

DEFAULT_LIMIT = 10
"""Results; what comes later is seldom looked at."""
NO_MATCH = 1
"""Exit code where nothing matches."""

EXAMPLES = (
    "repo-mhm search where are sessions closed",
    'repo-mhm search --files "retry after a timeout"',
    "repo-mhm search --symbols --lang python --path src parse cookies",
    "repo-mhm search --vimgrep no_proxy > quickfix.txt",
    "repo-mhm search --format sarif no_proxy > found.sarif",
    "pytest 2>&1 | repo-mhm search -",
    "repo-mhm search --rerank --files < issue.md",
)

QueryArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="QUERY",
        help=(
            "What to look for: words, names, a question, an error message. "
            "Without it, or as `-`, it is read from stdin. "
            "Beside a query, text on stdin directs the search."
        ),
        show_default=False,
    ),
]
FilesOption = Annotated[bool, typer.Option("--files", help="Print files, one a line.")]
SymbolsOption = Annotated[bool, typer.Option("--symbols", help="Print definitions only.")]
LimitOption = Annotated[
    int,
    typer.Option("--limit", "-n", metavar="N", min=1, help="Print at most so many results."),
]
LangOption = Annotated[
    list[str] | None,
    typer.Option(
        "--lang",
        metavar="LANGUAGE",
        help="Search only files in this language (python, ts); may be repeated.",
        show_default=False,
        autocompletion=language_names,
    ),
]
VimgrepOption = Annotated[
    bool,
    typer.Option("--vimgrep", help="The same as --format vimgrep: path:line:column:code."),
]
ExplainOption = Annotated[
    bool, typer.Option("--explain", help="Say below each result why it was found.")
]
RerankOption = Annotated[
    bool,
    typer.Option("--rerank", help="Let a model judge the best files, which takes seconds."),
]


def search(  # noqa: PLR0913  one argument for each option
    query: QueryArgument = None,
    repo: RepoOption = Path(),
    files: FilesOption = False,
    symbols: SymbolsOption = False,
    limit: LimitOption = DEFAULT_LIMIT,
    lang: LangOption = None,
    within: WithinOption = None,
    form: FormatOption = None,
    json: JsonOption = False,
    vimgrep: VimgrepOption = False,
    explain: ExplainOption = False,
    rerank: RerankOption = False,
    model: ModelOption = None,
) -> None:
    """Find where something is in the repository.

    It prints the best locations with their lines of code, those of one file together, and needs no
    model unless with --rerank. Questions such as `who calls NAME` are answered by exact lines. The
    exit code is 1 where nothing matches.
    """
    from repo_mhm.cli.formats import LOCATION_FORMATS, chosen_format, print_locations
    from repo_mhm.repository import Repository

    _check_one("--files", files, "--symbols", symbols)
    output_format = chosen_format(form, {"json": json, "vimgrep": vimgrep})
    _check_one("--explain", explain, f"--format {output_format}", output_format in LOCATION_FORMATS)
    if model and not rerank:
        raise UsageError("--model is for --rerank only", hint="Add --rerank, or leave --model out.")
    asked = read_input(query or (), command="search")
    _print_warning(asked.warning)
    with Repository.open(repo, scan_progress=scan_bar, model=model) as repository:
        results = repository.search(
            asked.question,
            attached=asked.attached,
            unit=_unit(files=files, symbols=symbols),
            limit=limit,
            within=within or (),
            languages=lang or (),
            rerank=rerank,
            judging=judging,
        )
        printer = _Printer(repository.root, files=files, explain=explain)
        if output_format == "json":
            _print_json(results)
        elif output_format in LOCATION_FORMATS:
            problems = _problems(results.hits, output_format)
            print_locations(problems, output_format, repository.root)
        else:
            printer.print_rows(results.hits)
        if output_format != "json":
            printer.print_remarks(results)
        matches = bool(results.hits)
    if not matches:
        raise typer.Exit(NO_MATCH)


def _unit(*, files: bool, symbols: bool) -> Unit:
    if files:
        return "file"
    return "symbol" if symbols else "location"


def _check_one(first: str, has_first: bool, second: str, has_second: bool) -> None:
    if has_first and has_second:
        raise UsageError(
            f"{first} and {second} exclude each other", hint=f"Leave out {first} or {second}."
        )


def _print_json(results: SearchHits) -> None:
    from repo_mhm.cli.terminal import print_json

    print_json(results.as_json())


def _problems(hits: Sequence[SearchHit], form: str) -> list[Problem]:
    """The results; only `vimgrep` shows a line of code with the white space around it."""
    from repo_mhm.cli.formats import Problem

    return [
        Problem(
            hit.line.location.path,
            hit.line.number,
            hit.source_line if form == "vimgrep" else hit.line.code,
            column=hit.column,
            category="search",
            title="repo-mhm: search",
        )
        for hit in hits
    ]


class _Printer:
    """Prints results; `root` is the folder that their paths are relative to."""

    def __init__(self, root: Path, *, files: bool, explain: bool) -> None:
        from repo_mhm.cli.file_links import FileLinks

        self._links = FileLinks(root, Path.cwd())
        self._files = files
        self._explain = explain

    def print_rows(self, hits: Sequence[SearchHit]) -> None:
        """Print a row for each result; below it, where the user wants that, why it was found."""
        from repo_mhm.answer.events import Located
        from repo_mhm.answer.located_rows import LocatedRow, located_rows
        from repo_mhm.cli import located_lines
        from repo_mhm.cli.terminal import console

        located = Located("free", "", tuple(hit.line for hit in hits), len(hits))
        rows = []
        for hit, row in zip(hits, located_rows(located), strict=True):
            rows.append(LocatedRow(row.line, "", "") if self._files else row)
            if self._explain:
                rows.append(LocatedRow(row.line, "", hit.explanation, has_location=False))

        out = console()
        width = out.width if out.is_terminal else None
        with_line = not self._files
        out.print(located_lines.table(rows, self._links, width, with_line=with_line), end="")

    def print_remarks(self, results: SearchHits) -> None:
        """Print how much more there is, or what is near where nothing matches."""
        if len(results.hits) < results.total:
            count, total = len(results.hits), results.total
            shown = f"{count:,} of {total:,} shown; --limit {total} shows all"
            _print_remark(shown)
        elif not results.hits:
            _print_remark(results.heading)
        for hit in results.nearest:
            path = self._links.shown(hit.line.location.path)
            _print_remark(f"near: {path}:{hit.line.number}  {hit.line.code}")
        for warning in results.warnings:
            _print_warning(warning)


def _print_warning(text: str) -> None:
    from repo_mhm.cli.terminal import print_warning

    if text:
        print_warning(text)


def _print_remark(text: str) -> None:
    from repo_mhm.cli.terminal import console
    from repo_mhm.formatting import single_line

    if text:
        console(stderr=True).print(single_line(text), style="dim")
