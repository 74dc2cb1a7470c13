"""The prompts of a deep pass. Pure.

PROMPT_VERSION is part of a pass's identity: raise it when the prompts change.
"""

from __future__ import annotations

from collections.abc import Sequence

from repo_mhm.deep.facts import Section
from repo_mhm.engine.types import Prompt, Slot

PROMPT_VERSION = "4"
FACT_TOKENS = 96
"""Most tokens of one section's facts (DESIGN §7: 46 on average)."""

_EXTRACT = (
    "You read a code repository part by part to answer one question. "
    "From the part shown, list the facts that help to answer the question, "
    "one short sentence each on a line of its own, with exact names and values. "
    "If the part holds none, write only: none"
)
_REWRITE = (
    "You are presented with a problem, a section of a code repository that may help to answer it, "
    "and a memory in several parts. Read the section and update the part of the memory that is "
    "yours with the new information that helps to answer the problem, "
    "retaining what is relevant in it. Write only that part."
)


def extract_prompt(question: str, section: Section) -> Prompt:
    """Ask for the facts of a section: the section first, the question last (DESIGN §7)."""
    chunk = section.chunk
    enclosing = f"{chunk.enclosing}\n…\n" if chunk.enclosing else ""
    user = (
        f"From {chunk.path}:\n\n{enclosing}{section.text}\n\nQuestion: {question}\nFacts, or none:"
    )
    return Prompt(_EXTRACT, user, (Slot("-", FACT_TOKENS, stop=""),))


def rewrite_prompt(
    question: str, section: Section, texts: Sequence[str], head_tokens: int
) -> Prompt:
    """Ask for a new text of the section's head, showing the texts of all heads.

    In the paper's order: problem, memory, section (arXiv:2607.01523).
    """
    parts = "\n".join(
        f"[part {head}{', yours' if head == section.head else ''}] {text or 'empty'}"
        for head, text in enumerate(texts)
    )
    user = (
        f"Problem: {question}\n\nMemory:\n{parts}\n\n"
        f"Section {section.chunk.path}:\n{section.text}\n\n"
        f"Updated part {section.head} of the memory:"
    )
    return Prompt(_REWRITE, user, (Slot("", head_tokens, stop=""),))
