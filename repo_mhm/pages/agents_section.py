"""The section of an AGENTS.md that says what a coding agent would otherwise search for. Pure.

The idea: an agent pays for each line with tokens at every start, so lines come in the order of what
they save: commands, then the modules, then where calls enter, then what imports what. Lines are
taken whole until the budget is spent, and the last line says what was left out. Every line is
made of code and metadata, with its location; text of the repository stands in spans of code or is
escaped, so that it can be no heading, no comment and no mark of the section's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from repo_mhm.errors import UsageError
from repo_mhm.formatting import count
from repo_mhm.location import Location
from repo_mhm.pages.blocks import Code, Line, Span, joined, prose
from repo_mhm.pages.commands_seen import TASKS
from repo_mhm.pages.map_blocks import shown_names
from repo_mhm.pages.map_page import MapModule, MapPage
from repo_mhm.pages.markdown import code, escaped
from repo_mhm.source.token_estimates import estimate_tokens

BEGIN = "<!-- repo-mhm: begin (made by `repo-mhm memory export --format agents`; do not edit) -->"
END = "<!-- repo-mhm: end -->"
MAX_TOKENS = 1500
"""Of the section by default, estimated: a hundredth of what an agent reads in one task."""
LEAST_TOKENS = 200
_NAMES = 2
"""Key symbols of a module."""
_STEPS = 4
"""Functions of a chain."""


@dataclass(frozen=True, slots=True)
class _Part:
    title: str
    lines: tuple[Line, ...]


def agents_section(page: MapPage, max_tokens: int = MAX_TOKENS) -> str:
    """The section with its marks. Raises UsageError where it has no room."""
    if max_tokens < LEAST_TOKENS:
        raise UsageError(
            f"--max-tokens {max_tokens} is too little for a section",
            hint=f"Give {LEAST_TOKENS} or more.",
        )
    return "\n".join([BEGIN, *_lines(page, max_tokens), END]) + "\n"


def replaced(document: bytes, section: str) -> bytes:
    """The document with the section in the place of its former one, or at its end.

    All other bytes stay. Raises UsageError where the marks do not enclose one section.
    """
    lines = document.splitlines(keepends=True)
    begins = [index for index, line in enumerate(lines) if line.strip() == BEGIN.encode()]
    ends = [index for index, line in enumerate(lines) if line.strip() == END.encode()]
    if not begins and not ends:
        return _appended(document, section)
    if len(begins) != 1 or len(ends) != 1 or begins[0] > ends[0]:
        numbers = ", ".join(str(index + 1) for index in sorted([*begins, *ends]))
        raise UsageError(
            f"the marks of repo-mhm's section are damaged (lines {numbers})",
            hint=f"Leave one line `{BEGIN}` and below it one line `{END}`, or remove all of them.",
        )
    before, after = lines[: begins[0]], lines[ends[0] + 1 :]
    last = lines[ends[0]]
    line_end = b"\r\n" if lines[begins[0]].endswith(b"\r\n") else b"\n"
    text = section.encode().replace(b"\n", line_end)
    if not last.endswith((b"\n", b"\r")):
        text = text.removesuffix(line_end)
    return b"".join([*before, text, *after])


def _appended(document: bytes, section: str) -> bytes:
    line_end = b"\r\n" if b"\r\n" in document else b"\n"
    gap = b""
    if document:
        gap = line_end if document.endswith((b"\n", b"\r")) else line_end * 2
    return document + gap + section.encode().replace(b"\n", line_end)


def _lines(page: MapPage, max_tokens: int) -> list[str]:
    """The lines that fit, headings only where a line below them does."""
    end = "Left out for room: {}. `repo-mhm map` has all."
    room = max_tokens - estimate_tokens("\n".join([BEGIN, END, end]).encode())
    lines: list[str] = []
    left_out: list[str] = []
    for part in _parts(page):
        texts = [f"- {_rendered(line)}" for line in part.lines]
        heading = [*([""] if lines else []), f"## {part.title}", ""]
        shown = list(_fitting(texts, room - estimate_tokens("\n".join(heading).encode())))
        if shown:
            lines += [*heading, *shown]
            room -= estimate_tokens("\n".join([*heading, *shown]).encode())
        if len(shown) < len(texts):
            left_out.append(f"{count(len(texts) - len(shown), 'line')} of “{part.title}”")
    if left_out:
        lines += ["", end.format(", ".join(left_out))]
    return lines


def _fitting(texts: Sequence[str], room: int) -> Iterator[str]:
    for text in texts:
        room -= estimate_tokens(text.encode())
        if room < 0:
            return
        yield text


def _parts(page: MapPage) -> Iterator[_Part]:
    names = shown_names([module.path for module in page.modules])
    yield _Part("What this repository is", tuple(_about(page)))
    yield _Part("Commands seen in its metadata and CI", tuple(_commands(page)))
    yield _Part("Where things are", tuple(_module(module) for module in page.modules))
    yield _Part("Where calls enter", tuple(_entries(page)))
    yield _Part("Which module imports which", tuple(_imports(page, names)))


def _about(page: MapPage) -> Iterator[Line]:
    if page.about:
        yield (*prose(page.about.text), " ", page.about.location)
    languages = ", ".join(f"{item.name} ({count(item.files, 'file')})" for item in page.languages)
    if languages:
        yield (f"source: {languages}",)


def _commands(page: MapPage) -> Iterator[Line]:
    for task in TASKS:
        for seen in page.commands:
            if seen.task == task:
                yield (f"{task}: ", Code(seen.command), " ", seen.location)


def _module(module: MapModule) -> Line:
    line: list[Span] = [Code(module.path)]
    if module.purpose:
        line += [": ", *prose(module.purpose.text), " ", module.purpose.location]
    elif len(module.files) > 1:
        line.append(f": {count(len(module.files), 'file')}")
    if module.symbols:
        line.append("; " if module.purpose else ": ")
        places: list[Span] = []
        for symbol in module.symbols[:_NAMES]:
            places += [", " if places else "", Code(symbol.name), " ", symbol.location]
        line += places
    return tuple(line)


def _entries(page: MapPage) -> Iterator[Line]:
    for entry in page.entry_points:
        line: list[Span] = [f"{entry.kind} ", Code(entry.name), " ", entry.location]
        for step in entry.chain[1:_STEPS]:
            line += [" → ", Code(step.name), " ", step.location]
        yield tuple(line)


def _imports(page: MapPage, names: dict[str, str]) -> Iterator[Line]:
    for module in page.modules:
        imported = [edge for edge in page.dependencies if edge.importer == module.path]
        if imported:
            targets = joined([Code(names[edge.imported]) for edge in imported])
            first = imported[0].statements[0]
            yield (Code(names[module.path]), " imports ", *targets, " (first: ", first, ")")


def _rendered(line: Line) -> str:
    """A line as Markdown, locations without links: an agent opens paths."""
    return "".join(map(_span, line))


def _span(span: Span) -> str:
    if isinstance(span, Location):
        return code(span.short)
    if isinstance(span, Code):
        return code(span.text)
    text = span if isinstance(span, str) else span.text
    before = " " if text[:1].isspace() else ""
    after = " " if text[-1:].isspace() and text.strip() else ""
    return f"{before}{escaped(text)}{after}"
