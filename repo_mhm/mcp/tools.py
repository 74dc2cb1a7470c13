"""What each tool answers: one function a tool, from commands of the product to a page of entries.

Each opens the memory, with its source up to date, and closes it: several clients may call at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from repo_mhm.errors import UsageError
from repo_mhm.formatting import count, single_line
from repo_mhm.mcp.replies import Entry, Page, page, start_of

if TYPE_CHECKING:
    from repo_mhm.answer.events import Answer, Located, LocatedLine
    from repo_mhm.memory.refresh import FileProgress
    from repo_mhm.review.findings import Finding

Part = Literal["definition", "callers", "callees", "tests", "history"]

_QUESTIONS: dict[Part, str] = {
    "definition": "where is {name} defined?",
    "callers": "who calls {name}?",
    "callees": "what does {name} call?",
    "tests": "which tests cover {name}?",
    "history": "when did {name} change?",
}
"""The question that each part of a symbol answers."""


@contextmanager
def _no_bar() -> Iterator[FileProgress]:
    """The scan of a new repository shows no progress here."""
    from repo_mhm.memory.refresh import no_progress

    yield no_progress


def search(  # noqa: PLR0913  one for each of the tool's
    repo: Path,
    query: str,
    *,
    limit: int = 10,
    paths: Sequence[str] = (),
    languages: Sequence[str] = (),
    max_tokens: int = 1000,
    cursor: str = "",
) -> Page:
    """The best locations for a query, without a model."""
    from repo_mhm.commands.search import SearchRequest
    from repo_mhm.commands.search import search as run

    start = start_of(cursor)
    request = SearchRequest(
        query, repo, limit=start + limit, within=tuple(paths), languages=tuple(languages)
    )
    with run(request, _no_bar) as (hits, _):
        entries = [
            _line_entry(hit.line, symbols=list(hit.symbols), score=hit.score) for hit in hits.hits
        ]
        heading = _heading(hits.heading if not entries else "", hits.warning)
        return page(heading, entries, max_tokens=max_tokens, start=start, total=hits.total)


def symbol(
    repo: Path, name: str, parts: Sequence[Part], *, max_tokens: int = 1200, cursor: str = ""
) -> Page:
    """A definition, and what code and git say of it: exact, without a model."""
    from repo_mhm.commands.open_memory import open_memory

    if not name.strip() or "\n" in name or len(name) > 200:
        raise UsageError("a symbol's name is one line", hint="Give a name such as Session.send.")
    with open_memory(repo, {}).store:
        pass  # a repository without a memory is scanned first

    entries: list[Entry] = []
    for part in parts or ("definition", "callers", "callees"):
        located = _located(repo, _QUESTIONS[part].format(name=name))
        if located is None:
            continue
        entries.append(Entry(f"## {single_line(located.heading)}", {"part": part}))
        entries += [_line_entry(line, part=part) for line in located.lines]
    heading = "" if entries else f"No definition is named {single_line(name)}; try `search`."
    return page(heading, entries, max_tokens=max_tokens, start=start_of(cursor))


def _located(repo: Path, question: str) -> Located | None:
    """The lines that answer an exact question; None where code does not answer it."""
    from repo_mhm.answer.events import Located
    from repo_mhm.commands.exact import ExactRequest, answer_exactly

    with answer_exactly(ExactRequest(question, repo, show_all=True)) as answer:
        events = answer[0] if answer is not None else iter(())
        return next((event for event in events if isinstance(event, Located)), None)


def overview(repo: Path, path: str = "", *, max_tokens: int = 4000, cursor: str = "") -> Page:
    """The notes of the memory, of the whole repository or of a folder or file."""
    from repo_mhm.commands.memory import NoteView, show
    from repo_mhm.commands.open_memory import open_memory

    prefix = path.strip().removeprefix("./").rstrip("/")
    memory = open_memory(repo, {})
    settings = memory.settings
    with memory.store as store, memory.refreshed:
        heads = show(store, settings.heads, settings.head_tokens)
        warning = memory.refreshed.warning

    def is_within(note: NoteView) -> bool:
        return not prefix or note.path == prefix or note.path.startswith(f"{prefix}/")

    notes = [note for head in heads for note in head.notes if is_within(note)]
    entries = [
        Entry(
            f"- {single_line(note.anchor)}{single_line(note.text)}",
            {
                "path": note.path,
                "anchor": note.anchor,
                "text": note.text,
                "locations": [str(location) for location in note.citations],
            },
        )
        for note in notes
    ]
    heading = "" if entries else f"No note is about {single_line(path) or 'this repository'}."
    return page(_heading(heading, warning), entries, max_tokens=max_tokens, start=start_of(cursor))


def impact(
    repo: Path, *, diff: str = "", revisions: str = "", staged: bool = False, max_tokens: int = 1500
) -> Page:
    """What a change may break, by rules alone; without arguments all that is not committed."""
    from repo_mhm.commands.review import ChangeSource, ReviewOptions, review

    source = ChangeSource(repo, revisions=revisions or None, staged=staged, text=diff or None)
    warnings: list[str] = []
    report = review(source, ReviewOptions(no_model=True, timeout="60s"), warnings.append)

    entries = [_finding_entry(finding) for finding in report.findings]
    left_out = count(len(report.not_reviewed), "file")
    summary = f"{count(len(entries), 'finding')} in {report.label}"
    if report.not_reviewed:
        summary += f"; {left_out} not reviewed"
    return page(_heading(summary, "; ".join(warnings)), entries, max_tokens=max_tokens)


def _finding_entry(finding: Finding) -> Entry:
    places = [evidence.location for evidence in finding.evidence]
    text = (
        f"{finding.path}:{finding.line} {finding.severity} [{finding.category}] "
        f"{single_line(finding.message)}"
    )
    value: dict[str, object] = {
        "path": finding.path,
        "line": finding.line,
        "severity": finding.severity,
        "category": finding.category,
        "message": finding.message,
        "evidence": [str(place) for place in places],
    }
    return Entry(text, value)


def status(repo: Path) -> Page:
    """How much the memory has read, how stale it is, and by which model."""
    from dataclasses import asdict

    from repo_mhm.commands.memory import open_existing
    from repo_mhm.commands.open_memory import open_memory
    from repo_mhm.commands.status import status as run

    open_memory(repo, {}).store.close()
    with open_existing(repo) as (store, workspace):
        values = asdict(run(store, workspace))
    shown = ("root", "commit", "stale_chunks", "chunks", "read", "skimmed", "notes", "model")
    text = "\n".join(f"{name}: {single_line(str(values[name]))}" for name in shown)
    return page("", [Entry(text, {name: values[name] for name in shown})], max_tokens=1000)


def ask(
    repo: Path,
    question: str,
    *,
    max_tokens: int = 1500,
    mode: Literal["memory", "source", "both"] = "both",
    report: Callable[[str], None] = lambda activity: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Page:
    """An answer with its citations: by code at once, else by the model of the settings.

    `report` hears what is done meanwhile. Once `is_cancelled`, the answer ends where it is.
    """
    from repo_mhm.answer.events import Finished, Located, Retrieved
    from repo_mhm.commands.ask import AskRequest
    from repo_mhm.commands.ask import ask as run

    answer: Answer | None = None
    with run(AskRequest(question, repo, mode=mode), _no_bar) as opened:
        for event in opened.events:
            if is_cancelled():
                break
            if isinstance(event, Located):
                report(event.heading)
            elif isinstance(event, Retrieved):
                report(event.activity)
            elif isinstance(event, Finished):
                answer = event.answer
    if answer is None:
        return page("The answer was cancelled.", [], max_tokens=max_tokens)
    return _answer_page(answer, max_tokens)


def _answer_page(answer: Answer, max_tokens: int) -> Page:
    """The text of an answer, then what it cites; the lines alone where they are the answer."""
    if not answer.model:
        entries = [_line_entry(line) for line in answer.locations]
        heading = _heading(answer.heading, "; ".join(answer.warnings))
        return page(heading, entries, max_tokens=max_tokens, total=answer.total)

    text = Entry(answer.answer, {"answer": answer.answer, "model": answer.model})
    citations = [
        Entry(f"{citation.location}", {"location": str(citation.location)})
        for citation in answer.citations
    ]
    return page("; ".join(answer.warnings), [text, *citations], max_tokens=max_tokens)


def _heading(heading: str, warning: str) -> str:
    return "\n".join(filter(None, (f"warning: {warning}" if warning else "", heading)))


def _line_entry(line: LocatedLine, **values: object) -> Entry:
    """`path:start-end  code  (symbol, remark)`."""
    remark = ", ".join(filter(None, (line.symbol, line.remark)))
    text = f"{single_line(str(line.location))}  {single_line(line.code)}"
    text += f"  ({single_line(remark)})" if remark else ""
    return Entry(text, {**line.as_json(), **values})
