"""`repo-mhm search`: a query in, ranked locations out; a model only with `--rerank`.

stdout gets the results alone, so that scripts and editors can read them; what is said about them is
on stderr. As with grep, the exit code is 1 where nothing matches.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from repo_mhm.cli.completion import language_names
from repo_mhm.cli.options import (
    FormatOption,
    JsonOption,
    ModelOption,
    ReposOption,
    WithinOption,
)
from repo_mhm.cli.question_input import read_input
from repo_mhm.cli.scan_bar import judging, scan_bar
from repo_mhm.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from repo_mhm.answer.search_hits import SearchHit, SearchHits, Unit
    from repo_mhm.cli.file_links import FileLinks, NamedFileLinks
    from repo_mhm.cli.formats import Problem

DEFAULT_LIMIT = 10
"""Results; what comes later is seldom looked at."""
NO_MATCH = 1
"""Exit code where nothing matches."""

EXAMPLES = (
    "repo-mhm search where are sessions closed",
    'repo-mhm search --files "retry after a timeout"',
    "repo-mhm search --symbols --lang python --path src parse cookies",
    "repo-mhm search --repo ../requests --repo ../urllib3 retries",
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
    repo: ReposOption = None,
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
    from repo_mhm.cli.formats import LOCATION_FORMATS, chosen_format

    _check_one("--files", files, "--symbols", symbols)
    output_format = chosen_format(form, {"json": json, "vimgrep": vimgrep})
    _check_one("--explain", explain, f"--format {output_format}", output_format in LOCATION_FORMATS)
    if model and not rerank:
        raise UsageError("--model is for --rerank only", hint="Add --rerank, or leave --model out.")
    asked = read_input(query or (), command="search")
    _print_warning(asked.warning)
    wanted = _Wanted(
        text=asked.question,
        attached=asked.attached,
        unit=_unit(files=files, symbols=symbols),
        limit=limit,
        within=within or (),
        languages=lang or (),
        rerank_model=(model or "") if rerank else None,
    )
    opened = _in_several(wanted, repo) if repo and len(repo) > 1 else _in_one(wanted, repo)
    with opened as (results, links):
        _print(results, links, output_format, files=files, explain=explain)
    if not results.hits:
        raise typer.Exit(NO_MATCH)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is searched for."""

    text: str
    attached: str
    unit: Unit
    limit: int
    within: Sequence[str]
    languages: Sequence[str]
    rerank_model: str | None
    """The model that judges files, empty for that of the settings; None where none does."""


@contextmanager
def _in_one(wanted: _Wanted, repo: Sequence[Path] | None) -> Iterator[tuple[SearchHits, FileLinks]]:
    """The results in one repository, and how their paths are shown."""
    from repo_mhm.cli.file_links import FileLinks
    from repo_mhm.repository import Repository

    folder = repo[0] if repo else Path()
    model = wanted.rerank_model or None
    with Repository.open(folder, scan_progress=scan_bar, model=model) as repository:
        results = repository.search(
            wanted.text,
            attached=wanted.attached,
            unit=wanted.unit,
            limit=wanted.limit,
            within=wanted.within,
            languages=wanted.languages,
            rerank=wanted.rerank_model is not None,
            judging=judging,
        )
        yield results, FileLinks(repository.root, Path.cwd())


@contextmanager
def _in_several(
    wanted: _Wanted, repos: Sequence[Path]
) -> Iterator[tuple[SearchHits, NamedFileLinks]]:
    """The results in several repositories. Raises UsageError where a model is to judge them."""
    from repo_mhm.cli.file_links import NamedFileLinks
    from repo_mhm.repositories import Repositories

    if wanted.rerank_model is not None:
        raise UsageError("--rerank is for one repository", hint="Leave out --rerank.")
    with closing(Repositories.open(repos, scan_progress=scan_bar)) as repositories:
        results = repositories.search(
            wanted.text,
            attached=wanted.attached,
            unit=wanted.unit,
            limit=wanted.limit,
            within=wanted.within,
            languages=wanted.languages,
        )
        for problem in repositories.problems:
            _print_warning(problem)
        yield results, NamedFileLinks(repositories.roots, Path.cwd())


def _print(results: SearchHits, links: FileLinks, form: str, *, files: bool, explain: bool) -> None:
    from repo_mhm.cli.formats import LOCATION_FORMATS, print_locations

    printer = _Printer(links, files=files, explain=explain)
    if form == "json":
        _print_json(results)
        return
    if form in LOCATION_FORMATS:
        print_locations(_problems(results.hits, form), form, links)
    else:
        printer.print_rows(results.hits)
    printer.print_remarks(results)


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
    """Prints results; `links` says how their paths are shown."""

    def __init__(self, links: FileLinks, *, files: bool, explain: bool) -> None:
        self._links = links
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
