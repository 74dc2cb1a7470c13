"""Answers that are a list of locations: no model is asked for them."""

from __future__ import annotations

from collections.abc import Iterator

from repo_mhm.answer.citations import Citation
from repo_mhm.answer.draft import AnswerDraft
from repo_mhm.answer.events import Event, Finished, LocatedLine
from repo_mhm.answer.record import record_answer


def answer_by_lines(draft: AnswerDraft) -> Iterator[Event]:
    """Yield the draft's locations as text with citations, and keep that as the answer."""
    context, located = draft.context, draft.located
    if context.options.stale_source != "":
        context.comparison.start(context.store.blobs())

    yield from draft.append(located.heading, ())
    for line in located.lines:
        yield from draft.append(f"\n- {_text(line)}", (Citation(line.location),))
    draft.first_token_seconds = draft.locations_seconds
    yield Finished(record_answer(draft))


def _text(line: LocatedLine) -> str:
    """One location in Markdown, with its symbol, its line of code and the remark on it."""
    text = f"{line.location.path}:{line.number}"
    if line.symbol:
        text += f" {as_code(line.symbol)}"
    if line.code:
        text += f": {as_code(line.code)}"
    if line.remark:
        text += f" ({line.remark})"
    return text


def as_code(text: str) -> str:
    """`text` as code in Markdown, which may hold backticks itself."""
    fence = "`"
    while fence in text:
        fence += "`"
    padding = " " if len(fence) > 1 else ""
    return f"{fence}{padding}{text}{padding}{fence}"


def code_block(code: str) -> str:
    """Lines of code as a block in Markdown, whose fence none of them can end."""
    fence = "```"
    while fence in code:
        fence += "`"
    return f"{fence}\n{code}\n{fence}"
