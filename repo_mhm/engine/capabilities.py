"""What a model, or its server, lacks for the ways this program likes to work, in words for people.

Pure. Each sentence says what is done instead; the work itself falls back where it is done.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelCapabilities:
    """What a model file offers; `trained_context` in tokens."""

    trained_context: int
    rolls_back: bool
    """Whether the end of a text it has read can be forgotten."""
    fills_in: bool
    """Whether it was trained to fill in code."""

    def limits(self, wanted_context: int) -> tuple[str, ...]:
        """What is missing, where prompts of `wanted_context` tokens are wanted."""
        limits = []
        if not self.rolls_back:
            limits.append(
                "its memory of a text cannot be cut: follow-up questions and --rerank read more "
                "of it again"
            )
        if not self.fills_in:
            limits.append(
                "it has no fill-in tokens: a review shows it only what stands before a change"
            )
        if self.trained_context < wanted_context:
            limits.append(
                f"it was trained for {self.trained_context:,} tokens: longer prompts are refused"
            )
        return tuple(limits)


@dataclass(frozen=True, slots=True)
class ServerCapabilities:
    """What a server offers with a model."""

    forces_leads: bool
    """Whether it continues an assistant message, or holds a reply to a schema."""
    counts: bool
    """Whether it counts tokens for us."""
    thinks: bool
    """Whether the model thinks aloud although it is asked not to."""

    def limits(self) -> tuple[str, ...]:
        """What is missing."""
        limits = []
        if not self.forces_leads:
            limits.append("it forces no beginnings: notes are asked for as a numbered list")
        if not self.counts:
            limits.append("it counts no tokens: prompts are kept shorter than they might be")
        if self.thinks:
            limits.append("the model thinks before it replies: that takes time and is left out")
        return tuple(limits)
