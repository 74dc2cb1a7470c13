"""One prompt on its way through a model: prompt tokens, lead, sampled tokens, next lead …, until the last slot ends.

Owns what a sequence holds, where a slot ends and what of it stays. Knows nothing about batches and other lanes.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from repo_mhm.engine.types import Slot

# A slot ends when its last tokens repeat one pattern of up to PATTERN tokens, at least thrice and over at least
# REPEATED tokens: small models fall into such loops under greedy decoding, and nothing new comes after them. Unlike
# a penalty on logits this leaves names and code that legitimately recur alone.
PATTERN, REPEATED = 64, 24


class Vocabulary(Protocol):
    """What a lane must know of a model's tokens."""

    def tokens(self, text: bytes) -> list[int]:
        """Tokens of plain text, special tokens off."""
        ...

    def piece(self, token: int) -> bytes:
        """The bytes a token stands for; empty for control tokens. A token may hold part of a character."""
        ...

    def is_end(self, token: int) -> bool:
        """Whether the token ends the model's turn."""
        ...


class KeyValues(Protocol):
    """The model's memory of sequences (the KV cache)."""

    def copy(self, source: int, target: int) -> None:
        """Let the empty sequence `target` hold all that `source` holds."""
        ...

    def drop(self, sequence: int, start: int) -> None:
        """Forget the positions of a sequence from `start` on."""
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """A tokenised prompt: `prefix` may be shared with other jobs, `tokens` follow it, then the slots' leads."""

    ticket: int
    prefix: tuple[int, ...]
    tokens: tuple[int, ...]
    slots: tuple[Slot, ...]
    room: int
    """Cells beyond the prefix that the job may come to fill."""


def job(
    ticket: int,
    prefix: Sequence[int],
    tokens: Sequence[int],
    slots: Sequence[Slot],
    words: Vocabulary,
) -> Job:
    """A job with its room worked out.

    Where a stop string begins inside a token, the kept half is tokenised anew, which may take a few tokens more than
    were sampled: hence the surplus per slot.
    """
    leads = sum(len(words.tokens(encode(slot.lead))) + slot.max_tokens + 4 for slot in slots)
    return Job(ticket, tuple(prefix), tuple(tokens), tuple(slots), len(tokens) + leads)


def encode(text: str) -> bytes:
    """UTF-8 of any text, lone surrogates replaced."""
    return text.encode("utf-8", "replace")


class Lane:
    """The state of one job in one sequence. `held` are the tokens evaluated, `pending` those to evaluate next."""

    def __init__(self, job: Job, sequence: int, words: Vocabulary, memory: KeyValues) -> None:
        self.job = job
        self.sequence = sequence
        self.held: list[int] = []
        self.pending: list[int] = list(job.tokens)
        self.texts: list[str] = []
        self.cached = 0
        self.forced = 0
        self.sampled = 0
        self._words = words
        self._memory = memory
        self._slot = -1
        self._generated: list[int] = []
        self._text = b""
        self._start = 0
        self._shown = 0
        self._next_slot(b"")

    @property
    def replying(self) -> bool:
        """Whether the prompt itself is evaluated, so that only leads and sampled tokens remain."""
        return self.sampled > 0

    @property
    def done(self) -> bool:
        return self._slot == len(self.job.slots)

    def adopt(self, held: Sequence[int], cached: int) -> None:
        """Take over a sequence that already holds the beginning of this job's tokens."""
        whole = (*self.job.prefix, *self.pending)
        self.held, self.pending, self.cached = list(held), list(whole[len(held) :]), cached

    def evaluated(self, count: int) -> None:
        """The first `count` pending tokens are in the sequence now."""
        if not self._generated:
            self.forced += count
        self.held += self.pending[:count]
        del self.pending[:count]

    def refuses(self, token: int) -> bool:
        """Whether the token would end a slot that says nothing yet: small models often begin with a line end."""
        if self._text.strip():
            return False
        stop = encode(self.job.slots[self._slot].stop)
        ends = bool(stop) and self._words.piece(token).lstrip(b" \t\r").startswith(stop)
        return ends or self._words.is_end(token)

    def accept(self, token: int) -> None:
        """Take the token sampled after all that is held; the slot may end with it."""
        if not self._generated:
            self._start = len(self.held)
        self.sampled += 1
        if self._words.is_end(token):
            self._end_slot(len(self._text))
            return
        before = len(self._text)
        self._generated.append(token)
        self._text += self._words.piece(token)
        kept = self._kept(before)
        if kept is None:
            self.pending = [token]
        else:
            self._end_slot(kept)

    def fresh_text(self) -> str:
        """What the only slot has gained since the last call, as whole characters that no stop string can take back."""
        if self.texts:
            text = self.texts[-1]
        else:
            stop = encode(self.job.slots[0].stop)
            text = decode(self._text[: len(self._text) - _overlap(self._text, stop)])
        fresh, self._shown = text[self._shown :], max(self._shown, len(text))
        return fresh

    def _kept(self, before: int) -> int | None:
        """How many bytes of the text stay if the slot ends now; None when it goes on."""
        slot = self.job.slots[self._slot]
        stop = encode(slot.stop)
        found = self._text.find(stop, max(0, before - len(stop) + 1)) if stop else -1
        if found >= 0:
            return found
        if surplus := repeated(self._generated):
            return sum(len(self._words.piece(token)) for token in self._generated[:-surplus])
        return len(self._text) if len(self._generated) >= slot.max_tokens else None

    def _end_slot(self, kept: int) -> None:
        """Keep `kept` bytes of the slot, roll the sequence back to them, and force the next lead."""
        kept -= _unfinished(self._text[:kept])
        self.texts.append(self._text[:kept].decode("utf-8", "replace"))
        whole, covered = self._whole_tokens(kept)
        position = self._start + whole
        self.pending = []
        if position < len(self.held):
            self._memory.drop(self.sequence, position)
            del self.held[position:]
        else:
            self.pending = self._generated[len(self.held) - self._start : whole]
        remainder = self._text[covered:kept].decode("utf-8", "replace").encode()
        self._generated, self._text = [], b""
        late = len(self.pending)
        self._next_slot(remainder)
        if self.done:
            self.pending = []
        else:
            self.forced -= late

    def _whole_tokens(self, kept: int) -> tuple[int, int]:
        """How many sampled tokens lie within the first `kept` bytes, and how many bytes they are."""
        covered = 0
        for count, token in enumerate(self._generated):
            size = len(self._words.piece(token))
            if covered + size > kept:
                return count, covered
            covered += size
        return len(self._generated), covered

    def _next_slot(self, remainder: bytes) -> None:
        """Force `remainder` and the next lead; slots that may hold no token are passed by."""
        self._slot += 1
        text = remainder
        while not self.done:
            slot = self.job.slots[self._slot]
            text += encode(slot.lead)
            if slot.max_tokens > 0:
                break
            self.texts.append("")
            self._slot += 1
        if self.done:
            return
        self.pending += self._words.tokens(text) if text else []
        if not self.pending and self.held:
            # Nothing is forced, so the last token's logits are gone: evaluate it once more.
            self.pending = [self.held.pop()]
            self._memory.drop(self.sequence, len(self.held))


def decode(text: bytes) -> str:
    """Text as whole characters: an unfinished character at the end is left out, wrong bytes are replaced."""
    return codecs.getincrementaldecoder("utf-8")("replace").decode(text)


def repeated(tokens: Sequence[int]) -> int:
    """How many tokens at the end only repeat the ones before them; 0 when there is no loop (see PATTERN)."""
    for period in range(1, min(PATTERN, len(tokens) // 3) + 1):
        if tokens[-1] != tokens[-1 - period]:
            continue
        times = max(3, -(-REPEATED // period))
        span = period * times
        if span <= len(tokens) and list(tokens[-span:-period]) == list(tokens[-span + period :]):
            return span - period
    return 0


def _unfinished(text: bytes) -> int:
    """How many bytes of a character that is not finished the text ends with."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    decoder.decode(text)
    return len(decoder.getstate()[0])


def _overlap(text: bytes, stop: bytes) -> int:
    """The length of the longest end of `text` that is a beginning of `stop`."""
    return next(
        (size for size in range(min(len(stop), len(text)), 0, -1) if text.endswith(stop[:size])), 0
    )
