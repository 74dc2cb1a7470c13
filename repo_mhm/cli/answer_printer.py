"""Prints an answer as it streams: text with citation marks on stdout, remarks on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repo_mhm.answer.citations import Citation, Sentence
    from repo_mhm.answer.events import Answer, Event, Located, Retrieved


def print_as_json(events: Iterator[Event]) -> None:
    """Print the finished answer as one JSON object (DESIGN §12)."""
    from repo_mhm.answer.events import Finished
    from repo_mhm.cli.terminal import print_json

    for event in events:
        if isinstance(event, Finished):
            print_json(event.answer.as_json())


class AnswerPrinter:
    """Prints an answer: `[1]` marks a sentence that cites lines, `[?]` an unsupported one."""

    def __init__(self, *, show_evidence: bool) -> None:
        self._show_evidence = show_evidence
        self._numbers: dict[Citation, int] = {}
        self._has_unsupported = False
        self._unknown_names: dict[str, None] = {}
        self._list_is_answer = False

    def print(self, events: Iterator[Event]) -> None:
        """Print each event as it comes; the citations also when the answer is interrupted."""
        try:
            for event in events:
                self._print_event(event)
        except KeyboardInterrupt:
            self._print_citations()
            raise

    def _print_event(self, event: Event) -> None:
        from repo_mhm.answer.citations import Sentence
        from repo_mhm.answer.events import AnswerText, Finished, Located, Retrieved

        if isinstance(event, Located):
            self._print_located(event)
        elif self._list_is_answer and isinstance(event, AnswerText | Sentence):
            return  # it only repeats the list
        elif isinstance(event, AnswerText):
            _write(event.text)
        elif isinstance(event, Sentence):
            self._print_marks(event)
        elif isinstance(event, Retrieved) and self._show_evidence:
            _print_evidence(event)
        elif isinstance(event, Finished):
            if not self._list_is_answer:
                self._print_citations()
            _print_remarks(event.answer)

    def _print_located(self, located: Located) -> None:
        """Print the locations, on stderr where an answer follows that is not for a terminal."""
        from repo_mhm.cli.located_lines import located_text
        from repo_mhm.cli.terminal import console

        self._list_is_answer = located.is_answer
        is_progress = not located.is_answer and not console().is_terminal
        console(stderr=is_progress).print(located_text(located))
        if not located.is_answer:
            console(stderr=is_progress).print()
        sys.stdout.flush()

    def _print_marks(self, sentence: Sentence) -> None:
        marks = "".join(f"[{self._number(citation)}]" for citation in sentence.citations)
        if marks:
            _write(f" {marks}", "dim")
        if sentence.supported is False:
            self._has_unsupported = True
            _write(" [?]", "yellow")
        self._unknown_names.update(dict.fromkeys(sentence.unknown_names))

    def _number(self, citation: Citation) -> int:
        return self._numbers.setdefault(citation, len(self._numbers) + 1)

    def _print_citations(self) -> None:
        from repo_mhm.answer.citations import STATE_REMARKS

        lines = [
            f"[{number}] {citation.location}{STATE_REMARKS[citation.state]}"
            for citation, number in self._numbers.items()
        ]
        if self._has_unsupported:
            lines.append("[?] nothing that was read supports this")
        if self._unknown_names:
            lines.append(f"not in this repository: {', '.join(self._unknown_names)}")

        _write("\n")
        if lines:
            _write("\n" + "\n".join(lines) + "\n", "dim")


def _print_evidence(retrieved: Retrieved) -> None:
    from repo_mhm.answer.prompts import evidence_blocks

    for block in evidence_blocks(retrieved.evidence):
        _print_remark(block)
    _print_remark(f"{retrieved.notes:,} notes")


def _print_remarks(answer: Answer) -> None:
    """What the memory has read, how old it is, how long the answer took, and warnings."""
    from repo_mhm.formatting import count

    parts = [_coverage(answer)]
    if answer.commit:
        parts.append(f"commit {answer.commit[:9]}")
    if answer.stale_chunks:
        parts.append(f"{count(answer.stale_chunks, 'chunk')} changed since: run repo-mhm index")
    first, total = answer.first_token_seconds, answer.seconds
    parts.append(f"first word after {first:.1f} s, all after {total:.1f} s")

    _print_remark("; ".join(parts))
    for warning in answer.warnings:
        _print_remark(f"warning: {warning}")


def _coverage(answer: Answer) -> str:
    read, skimmed = answer.coverage["read"], answer.coverage["skimmed"]
    chunks = max(1, answer.coverage["chunks"])
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
