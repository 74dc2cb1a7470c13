"""How many tokens of evidence and facts a prompt holds, and whether memory goes in front. Pure.

The idea: code in front of the model decides whether it answers rightly, so evidence comes first. A
slow machine never shows fewer than MIN_TOKENS, and takes its time. A fast one shows more, as long
as the answer begins in time. The memory goes in front only where all of that still fits.
"""

from __future__ import annotations

from dataclasses import dataclass

from repo_mhm.answer.prefill_speed import PrefillSpeed

MIN_TOKENS = 1000
"""Tokens of evidence and facts that every answer gets: on 92 questions of SWE-QA they hold at least
half of the decisive lines for .70, and 600 tokens for .61 (scripts/RESULTS.md)."""
MAX_TOKENS = 2000
"""Most tokens of evidence and facts: with more, small models ramble (DESIGN §7)."""
THOROUGH_TOKENS = 3000
"""Tokens of evidence and facts of a thorough answer, however long they take."""
MIN_ATTACHED_TOKENS = 1000
"""Tokens of a text that came with the question, however slow the machine: about a hundred lines of
a diff."""
MAX_ATTACHED_TOKENS = 3000
"""Most tokens of such a text, however fast the machine."""
TOKEN_SECONDS = 0.2
"""Seconds that generating the first token takes once everything is prefilled."""
SHORTEST_TARGET_SECONDS = 3.0
"""No answer is promised sooner, however fast the machine: a model takes a second or two to open."""
LONGEST_TARGET_SECONDS = 15.0
"""How long a newcomer gladly waits for a better answer while the locations are on the screen."""
START_SECONDS = 1.5
"""From the start of the process until a model begins to read (Qwen2.5-Coder-1.5B, two cores)."""
INSTRUCTION_TOKENS = 300
"""Tokens of the instructions and the question."""


def first_token_target(speed: PrefillSpeed) -> float:
    """Seconds until the first token is due, where nobody has set them.

    What the most evidence takes to read on this machine, within the limits above, but never less
    than the least evidence takes: the target is to be kept.
    """
    least, most = (
        START_SECONDS + speed.seconds_to_read(INSTRUCTION_TOKENS + tokens, prefix=0) + TOKEN_SECONDS
        for tokens in (MIN_TOKENS, MAX_TOKENS)
    )
    return max(SHORTEST_TARGET_SECONDS, min(LONGEST_TARGET_SECONDS, most), least)


@dataclass(frozen=True, slots=True)
class PromptBudget:
    """What an answer may spend until its first token."""

    speed: PrefillSpeed
    seconds_left: float
    """Until the first token is due."""
    thorough: bool = False
    """Whether to show more, whatever time that takes."""

    def evidence_tokens(self, prefix: int, other_tokens: int) -> int:
        """Tokens of evidence and facts.

        `prefix` tokens have been evaluated before; `other_tokens` must be read beside the evidence.
        """
        if self.thorough:
            return THOROUGH_TOKENS
        readable = self.speed.tokens_readable(self.seconds_left - TOKEN_SECONDS, prefix)
        return max(MIN_TOKENS, min(MAX_TOKENS, readable - other_tokens))

    def attached_tokens(self) -> int:
        """Tokens of a text that came with the question; it gets half of the time."""
        if self.thorough:
            return MAX_ATTACHED_TOKENS
        readable = self.speed.tokens_readable(self.seconds_left / 2, prefix=0)
        return max(MIN_ATTACHED_TOKENS, min(MAX_ATTACHED_TOKENS, readable))

    def has_time_for(self, memory_tokens: int, *, is_saved: bool) -> bool:
        """Whether the evidence can be read in time behind a memory of so many tokens.

        Where its evaluated state is not saved, the memory must be read first.
        """
        if self.thorough:
            return True
        prefix = memory_tokens if is_saved else 0
        unread_tokens = MIN_TOKENS if is_saved else memory_tokens + MIN_TOKENS
        seconds = self.speed.seconds_to_read(unread_tokens, prefix) + TOKEN_SECONDS
        return seconds <= self.seconds_left
