"""Prints an answer as it streams.

On stdout the answer: its text with citation marks, then its citations with their lines of source.
The locations that come before it are there too where stdout is a terminal; else they are remarks,
as is all that says how the answer comes about. Remarks are on stderr.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from repo_mhm.cli.waiting import SEARCHING, WaitingLine, late_line

if TYPE_CHECKING:
    from rich.console import Console

    from repo_mhm.answer.citations import Citation, Sentence
    from repo_mhm.answer.events import Answer, Event, Located, Retrieved
    from repo_mhm.cli.file_links import FileLinks


def print_as_json(events: Iterator[Event]) -> None:
    """Print the finished answer as one JSON object (DESIGN §12)."""
    from repo_mhm.answer.events import Finished
    from repo_mhm.cli.terminal import print_json

    for event in events:
        if isinstance(event, Finished):
            print_json(event.answer.as_json())


@dataclass(frozen=True, slots=True)
class PrintOptions:
    """What is printed of an answer."""

    quiet: bool = False
    """Only the answer, with its citations: for scripts."""
    source: bool = True
    """Whether the cited lines follow each citation."""
    evidence: bool = False
    """Whether the source lines that the model is given are printed too."""
    pass_follows: bool = False
    """Whether a deep pass, which shows a bar of its own, comes between locations and answer."""


class AnswerPrinter:
    """Prints an answer: `[1]` marks a sentence that cites lines, `[?]` an unsupported one.

    `[!]` marks a sentence that the code contradicts; what the code says instead comes at the end.

    `links` says how its paths are shown.
    """

    def __init__(self, options: PrintOptions, links: FileLinks) -> None:
        self._options = options
        self._links = links
        self._waiting = WaitingLine()
        self._list_is_answer = False
        self._has_begun = False
        """Whether any text of the answer is printed."""
        self._sentences: dict[Citation, list[str]] = {}
        """The sentences that cite each citation; its number is its position, from 1."""
        self._has_unsupported = False
        self._corrections: dict[str, None] = {}
        self._unknown_names: dict[str, None] = {}

    def print(self, events: Iterator[Event]) -> None:
        """Print each event as it comes; the citations also when the answer is interrupted."""
        try:
            with nullcontext() if self._options.quiet else late_line(SEARCHING):
                first = next(events, None)
            for event in events if first is None else chain([first], events):
                self._print_event(event)
        except KeyboardInterrupt:
            self._waiting.clear()
            if self._has_begun:
                self._print_citations(with_source=False)
            raise
        finally:
            self._waiting.clear()

    def _print_event(self, event: Event) -> None:
        from repo_mhm.answer.events import AnswerText, Finished, Located, Retrieved

        if isinstance(event, Located):
            self._print_located(event)
        elif isinstance(event, Retrieved):
            self._print_retrieved(event)
        elif isinstance(event, Finished):
            self._print_end(event.answer)
        elif self._list_is_answer:
            return  # the text only repeats the list
        elif isinstance(event, AnswerText):
            self._print_text(event.text)
        else:
            self._print_marks(event)

    # Before the answer ------------------------------------------------------------------------

    def _print_located(self, located: Located) -> None:
        """Print the locations: as the answer, or before it."""
        from repo_mhm.cli.terminal import console

        self._list_is_answer = located.is_answer
        if located.is_answer:
            self._print_list(located, console(), with_heading=not self._options.quiet)
            return
        if self._options.quiet:
            return

        stdout = console()
        out = stdout if stdout.is_terminal else console(stderr=True)
        self._print_list(located, out, with_heading=True)
        out.print()
        if not self._options.pass_follows:
            self._waiting.show("opening the model …")

    def _print_list(self, located: Located, out: Console, *, with_heading: bool) -> None:
        from repo_mhm.cli import located_lines

        if with_heading or not located.lines:
            out.print(located_lines.heading(located))
        width = out.width if out.is_terminal else None
        out.print(located_lines.rows(located, self._links, width), end="")
        out.file.flush()

    def _print_retrieved(self, retrieved: Retrieved) -> None:
        from repo_mhm.cli.terminal import console

        if self._options.evidence:
            self._waiting.clear()
            _print_evidence(retrieved)
        if self._options.quiet:
            return
        if console(stderr=True).is_terminal:
            self._waiting.show(f"{retrieved.activity} …")
        else:
            _print_remark(retrieved.activity)

    # The answer -------------------------------------------------------------------------------

    def _print_text(self, text: str) -> None:
        self._waiting.clear()
        self._has_begun = True
        _write(text)

    def _print_marks(self, sentence: Sentence) -> None:
        if sentence.citations:
            _write(" ")
        for citation in sentence.citations:
            self._sentences.setdefault(citation, []).append(sentence.text)
            number = list(self._sentences).index(citation) + 1
            _write(f"[{number}]", self._link_style(citation, "dim"))

        if sentence.contradicted:
            self._corrections[sentence.correction] = None
            _write(" [!]", "bold red")
        elif sentence.supported is False:
            self._has_unsupported = True
            _write(" [?]", "yellow")
        self._unknown_names.update(dict.fromkeys(sentence.unknown_names))

    def _link_style(self, citation: Citation, style: str) -> str:
        url = self._links.url(citation.location.path)
        return f"{style} link {url}" if url else style

    # After the answer -------------------------------------------------------------------------

    def _print_end(self, answer: Answer) -> None:
        self._waiting.clear()
        if not self._list_is_answer:
            self._print_citations(with_source=self._options.source and not self._options.quiet)
        if not self._options.quiet:
            _print_remarks(answer)
        for warning in answer.warnings:
            _print_remark(f"warning: {warning}")

    def _print_citations(self, *, with_source: bool) -> None:
        _write("\n")
        notes = self._notes()
        if self._sentences or notes:
            _write("\n")
        for number, (citation, sentences) in enumerate(self._sentences.items(), 1):
            self._print_citation(number, citation)
            if with_source:
                _print_source(citation, sentences)
        for note in notes:
            _write(f"{note}\n", "dim")

    def _print_citation(self, number: int, citation: Citation) -> None:
        from repo_mhm.answer.citations import STATE_REMARKS

        _write(f"[{number}] ", "dim")
        _write(self._links.location(citation.location), self._link_style(citation, "cyan"))
        _write(f"{STATE_REMARKS[citation.state]}\n", "dim")

    def _notes(self) -> list[str]:
        """What the reader must know of the marks and the names in the answer."""
        notes = [f"[!] the code says: {correction}" for correction in self._corrections]
        if self._has_unsupported:
            notes.append("[?] no line says this by itself: check it")
        if self._unknown_names:
            notes.append(f"not in this repository: {', '.join(self._unknown_names)}")
        return notes


def _print_source(citation: Citation, sentences: Iterable[str]) -> None:
    from repo_mhm.cli.cited_source import source_lines
    from repo_mhm.cli.terminal import console

    out = console()
    width = out.width if out.is_terminal else None
    is_coloured = out.is_terminal and out.color_system is not None and not out.no_color
    lines = source_lines(citation, sentences, width, coloured=is_coloured)
    if lines is not None:
        out.print(lines, end="")


def _print_evidence(retrieved: Retrieved) -> None:
    from repo_mhm.answer.prompts import evidence_blocks

    for block in evidence_blocks(retrieved.evidence):
        _print_remark(block)
    if retrieved.facts:
        _print_remark(retrieved.facts)
    _print_remark(f"{retrieved.notes:,} notes")


# Remarks ------------------------------------------------------------------------------------------


def _print_remarks(answer: Answer) -> None:
    """What the memory has read, how old it is, and how long the answer took."""
    from repo_mhm.formatting import count

    parts = [_coverage(answer)] if answer.model else []
    if answer.commit:
        parts.append(f"commit {answer.commit[:9]}")
    if answer.stale_chunks:
        parts.append(f"{count(answer.stale_chunks, 'chunk')} changed since: run repo-mhm index")
    if answer.model:
        first, total = answer.first_token_seconds, answer.seconds
        parts.append(f"first word after {first:.1f} s, all after {total:.1f} s")
    else:
        parts.append(f"{answer.locations_seconds:.1f} s, without a model")

    _print_remark("; ".join(parts))


def _coverage(answer: Answer) -> str:
    from repo_mhm.formatting import count

    read, skimmed = answer.coverage["read"], answer.coverage["skimmed"]
    chunks = max(1, answer.coverage["chunks"])
    purposes = answer.coverage.get("purposes", 0)
    if not read and purposes:
        overview = f"memory has an overview of {chunks:,} chunks and {count(purposes, 'purpose')}"
        return f"{overview}, and has skimmed {skimmed / chunks:.0%}" if skimmed else overview
    text = f"memory has read {read / chunks:.0%} of {chunks:,} chunks"
    if skimmed > read:
        text += f" and skimmed {(skimmed - read) / chunks:.0%} more"
    return text


def _write(text: str, style: str = "") -> None:
    from repo_mhm.cli.terminal import console
    from repo_mhm.formatting import safe

    console().print(safe(text), style=style or None, end="")
    sys.stdout.flush()


def _print_remark(text: str) -> None:
    from repo_mhm.cli.terminal import console
    from repo_mhm.formatting import safe

    console(stderr=True).print(safe(text), style="dim")
