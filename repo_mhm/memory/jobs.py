"""Jobs: the generators by which a head changes, and how one asks a model. Pure."""

from __future__ import annotations

from collections.abc import Generator

from repo_mhm.engine.types import Prompt, Reply
from repo_mhm.errors import PromptTooLong
from repo_mhm.memory.notes import Step

Job = Generator["Prompt | Step", "Reply | None", None]
"""Yields prompts and receives their replies; yields steps and receives None."""

NO_REPLY = Reply(())


def ask(prompt: Prompt) -> Generator[Prompt, Reply | None, Reply]:
    """Yield a prompt and return its reply: an empty one where the engine cannot take the prompt."""
    try:
        reply = yield prompt
    except PromptTooLong:
        return NO_REPLY
    assert reply is not None
    return reply
