"""The words put to the model to answer a question: instructions, memory, evidence, the question last. Pure.

Knows nothing about tokenisers, stores or how evidence was found. What stands here decides answers; raise
PROMPT_VERSION when it changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from repo_mhm.answer.evidence import Evidence
from repo_mhm.engine.types import Prompt, Slot, Turn
from repo_mhm.memory.notes import Note, render

PROMPT_VERSION = "1"
ANSWER_TOKENS = 400
"""Longest answer: small models that write on after this repeat themselves."""
HISTORY_TOKENS = 600
"""Most tokens of earlier turns that a follow-up carries."""

_INSTRUCTIONS = """\
You answer questions about one source code repository for a programmer.
Say what the code does and why, in a few short, complete sentences, the answer itself first.
Use only what is given to you: the source lines, and the notes where there are some.
Write names of functions, classes and files in backticks, exactly as they are spelled there.
If what is given does not answer the question, say so in one sentence. Never invent names.
"""
_MEMORY = "\nNotes on the repository, by file:\n"


def source_system() -> str:
    """The system message for answers without memory."""
    return _INSTRUCTIONS


def memory_system(notes: Iterable[Note]) -> str:
    """The system message with the memory in it: the prefix whose state is saved."""
    memory = render(notes)
    return _INSTRUCTIONS + (_MEMORY + memory if memory else "")


def lay_out(piece: Evidence) -> str:
    """One piece of evidence as the model sees it: its place, its class's signature, its lines."""
    around = f"{piece.context}\n    ...\n" if piece.context else ""
    return f"{piece.location}\n```\n{around}{piece.text}\n```\n"


def answer_prompt(
    question: str,
    system: str,
    evidence: Sequence[Evidence],
    history: Sequence[Turn] = (),
    *,
    notes: Iterable[Note] = (),
    facts: str = "",
) -> Prompt:
    """The prompt for an answer. `notes` are those recalled for this question, repeated near it; `facts` are what a
    pass over the repository has found for it.
    """
    parts = []
    if evidence:
        parts.append(
            "Source lines that bear on the question:\n\n" + "\n".join(map(lay_out, evidence)) + "\n"
        )
    recalled = render(notes)
    if recalled:
        parts.append(f"Notes that bear on the question:\n{recalled}\n")
    if facts:
        parts.append(f"Facts found for the question, with their places:\n{facts}\n")
    parts.append(f"Question: {question}")
    return Prompt(system, "".join(parts), (Slot("", ANSWER_TOKENS, stop=""),), tuple(history))


def recent(
    turns: Sequence[tuple[str, str]], count: Callable[[str], int], budget: int = HISTORY_TOKENS
) -> list[Turn]:
    """The last turns that fit in `budget` tokens, oldest first."""
    kept: list[Turn] = []
    for question, answer in reversed(turns):
        budget -= count(question) + count(answer)
        if budget < 0:
            break
        kept.append(Turn(question, answer))
    return kept[::-1]
