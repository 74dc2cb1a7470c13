"""A lane: one prompt on its way through a model, in one sequence of the KV cache.

Forced and sampled tokens alternate in it. Forced are the prompt and the lead of each slot; between
them the model samples the text of a slot, token by token, until the slot ends: at its stop string,
at its limit, at the model's end of turn, or when the model repeats itself. The end may lie inside
what was sampled, even inside a token. The sequence is then rolled back to the last whole token that
stays, and what is left of the text is tokenised again together with the next lead. So what the
model sees is exactly what the reply says.

Owns the tokens of one sequence. Knows nothing about batches and other lanes.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from repo_mhm.engine.types import Slot

# A slot ends when its last tokens repeat one pattern of up to LONGEST_PATTERN tokens, at least
# thrice and over at least LEAST_REPEATED tokens: small models fall into such loops under greedy
# decoding, and nothing new comes after them. Unlike a penalty on logits this leaves names and code
# that legitimately recur alone.
LONGEST_PATTERN = 64
LEAST_REPEATED = 24

RETOKENISED = 4
"""Tokens that a slot may need beyond its limit: where a stop string begins inside a token, the rest
of that token is tokenised again, which may give more tokens than were sampled."""


class Vocabulary(Protocol):
    """What a lane must know of a model's tokens."""

    def tokens(self, text: bytes) -> list[int]:
        """Tokens of plain text, special tokens off."""
        ...

    def piece(self, token: int) -> bytes:
        """The bytes of a token, perhaps a part of a character; empty for control tokens."""
        ...

    def is_end(self, token: int) -> bool:
        """Whether the token ends the model's turn."""
        ...


class KvCache(Protocol):
    """The keys and values that a model keeps of each sequence."""

    def copy(self, source: int, target: int) -> None:
        """Copy all of the sequence `source` into the empty sequence `target`."""
        ...

    def drop(self, sequence: int, start: int) -> int:
        """Forget the positions of a sequence from `start` on; return how many are left.

        That is `start`, or 0 where the model cannot be cut there: then all of it is forgotten.
        """
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """A tokenised prompt: `prefix`, which other jobs may share, then `tokens`, then the slots."""

    ticket: int
    prefix: tuple[int, ...]
    tokens: tuple[int, ...]
    slots: tuple[Slot, ...]
    cells: int
    """Most cells of the KV cache that the job fills beyond its prefix."""


def build_job(
    ticket: int,
    prefix: Sequence[int],
    tokens: Sequence[int],
    slots: Sequence[Slot],
    vocabulary: Vocabulary,
) -> Job:
    """A job with its cells counted."""
    cells = len(tokens)
    for slot in slots:
        cells += len(vocabulary.tokens(encode(slot.lead))) + slot.max_tokens + RETOKENISED

    return Job(ticket, tuple(prefix), tuple(tokens), tuple(slots), cells)


def encode(text: str) -> bytes:
    """UTF-8 of any text, lone surrogates replaced."""
    return text.encode("utf-8", "replace")


class Lane:
    """The state of one job: `evaluated` tokens are in the sequence, `pending` ones come next."""

    def __init__(self, job: Job, sequence: int, vocabulary: Vocabulary, cache: KvCache) -> None:
        self.job = job
        self.sequence = sequence
        self.evaluated: list[int] = []
        self.pending: list[int] = list(job.tokens)
        self.texts: list[str] = []
        """Texts of the slots that have ended."""
        self.cached_tokens = 0
        self.forced_tokens = 0
        self.sampled_tokens = 0

        self._vocabulary = vocabulary
        self._cache = cache
        self._slot = -1
        self._sampled: list[int] = []
        """Tokens of the current slot."""
        self._text = b""
        """Their bytes."""
        self._start = 0
        """Position of the first of them."""
        self._streamed = 0
        """Characters that `fresh_text` has returned."""
        self._next_slot(b"")

    @property
    def replying(self) -> bool:
        """Whether the prompt is evaluated, so that only leads and sampled tokens remain."""
        return self.sampled_tokens > 0

    @property
    def done(self) -> bool:
        """Whether every slot has ended."""
        return self._slot == len(self.job.slots)

    def adopt(self, tokens: Sequence[int], cached_tokens: int) -> None:
        """Take over a sequence that already contains the first `tokens` of this job."""
        whole = (*self.job.prefix, *self.pending)
        self.evaluated, self.pending = list(tokens), list(whole[len(tokens) :])
        self.cached_tokens = cached_tokens

    def advance(self, count: int) -> None:
        """The first `count` pending tokens have been evaluated."""
        if not self._sampled:
            self.forced_tokens += count
        self.evaluated += self.pending[:count]
        del self.pending[:count]

    def cut(self, count: int) -> None:
        """Forget all but the first `count` evaluated tokens, and evaluate the others again."""
        kept = self._cache.drop(self.sequence, count)
        self.pending = [*self.evaluated[kept:count], *self.pending]
        del self.evaluated[kept:]

    def refuses(self, token: int) -> bool:
        """Whether the token would end a slot that is still blank.

        Small models often begin with a line end.
        """
        if self._text.strip():
            return False

        stop = encode(self.job.slots[self._slot].stop)
        stops = bool(stop) and self._vocabulary.piece(token).lstrip(b" \t\r").startswith(stop)
        return stops or self._vocabulary.is_end(token)

    def accept(self, token: int) -> None:
        """Add the token sampled after all evaluated ones; the slot may end with it."""
        if not self._sampled:
            self._start = len(self.evaluated)
        self.sampled_tokens += 1

        if self._vocabulary.is_end(token):
            self._end_slot(len(self._text))
            return

        size_before = len(self._text)
        self._sampled.append(token)
        self._text += self._vocabulary.piece(token)

        kept = self._bytes_kept(size_before)
        if kept is None:
            self.pending = [token]
        else:
            self._end_slot(kept)

    def fresh_text(self) -> str:
        """What the only slot has gained since the last call.

        Whole characters, and none that could still turn out to begin the stop string.
        """
        if self.texts:
            text = self.texts[-1]
        else:
            stop = encode(self.job.slots[0].stop)
            text = decode(self._text[: len(self._text) - _overlap(self._text, stop)])

        fresh = text[self._streamed :]
        self._streamed = max(self._streamed, len(text))
        return fresh

    def _bytes_kept(self, size_before: int) -> int | None:
        """How many bytes of the text stay if the slot ends now; None when it does not end.

        `size_before` is the size of the text without its last token: no stop string ends in there.
        """
        slot = self.job.slots[self._slot]
        stop = encode(slot.stop)

        if stop:
            stop_at = self._text.find(stop, max(0, size_before - len(stop) + 1))
            if stop_at >= 0:
                return stop_at

        if surplus := repeated(self._sampled):
            return sum(len(self._vocabulary.piece(token)) for token in self._sampled[:-surplus])

        return len(self._text) if len(self._sampled) >= slot.max_tokens else None

    def _end_slot(self, kept: int) -> None:
        """Keep `kept` bytes of the slot, roll the sequence back to them, force the next lead."""
        kept -= _unfinished(self._text[:kept])
        self.texts.append(self._text[:kept].decode("utf-8", "replace"))

        # Whole tokens stay; those that the model has not seen yet are evaluated with the lead.
        whole, covered = self._whole_tokens(kept)
        end = self._start + whole
        self.pending = []
        if end < len(self.evaluated):
            self.cut(end)
        else:
            self.pending = self._sampled[len(self.evaluated) - self._start : whole]

        # The kept part of a token that is cut in two becomes text again.
        remainder = self._text[covered:kept].decode("utf-8", "replace").encode()
        self._sampled, self._text = [], b""
        repeated_tokens = len(self.pending)
        self._next_slot(remainder)

        if self.done:
            self.pending = []
        else:
            self.forced_tokens -= repeated_tokens  # they were counted or sampled before

    def _whole_tokens(self, size: int) -> tuple[int, int]:
        """How many sampled tokens lie within the first `size` bytes, and their bytes."""
        covered = 0
        for count, token in enumerate(self._sampled):
            token_size = len(self._vocabulary.piece(token))
            if covered + token_size > size:
                return count, covered
            covered += token_size
        return len(self._sampled), covered

    def _next_slot(self, remainder: bytes) -> None:
        """Force `remainder` and the next lead; slots that may hold no token get an empty text."""
        self._slot += 1
        forced = remainder
        while not self.done:
            slot = self.job.slots[self._slot]
            forced += encode(slot.lead)
            if slot.max_tokens > 0:
                break
            self.texts.append("")
            self._slot += 1

        if self.done:
            return

        self.pending += self._vocabulary.tokens(forced) if forced else []
        if not self.pending and self.evaluated:
            # Nothing is forced, so the last token's logits are gone: evaluate it once more.
            last = self.evaluated[-1]
            self.cut(len(self.evaluated) - 1)
            self.pending.append(last)


def decode(text: bytes) -> str:
    """Text in whole characters: an unfinished one at the end is left out, wrong bytes replaced."""
    return codecs.getincrementaldecoder("utf-8")("replace").decode(text)


def repeated(tokens: Sequence[int]) -> int:
    """How many tokens at the end only repeat those before them (see LONGEST_PATTERN); else 0."""
    for period in range(1, min(LONGEST_PATTERN, len(tokens) // 3) + 1):
        if tokens[-1] != tokens[-1 - period]:
            continue

        times = max(3, -(-LEAST_REPEATED // period))
        span = period * times
        if span <= len(tokens) and list(tokens[-span:-period]) == list(tokens[-span + period :]):
            return span - period
    return 0


def _unfinished(text: bytes) -> int:
    """How many bytes of an unfinished character the text ends with."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    decoder.decode(text)
    return len(decoder.getstate()[0])


def _overlap(text: bytes, stop: bytes) -> int:
    """The length of the longest end of `text` that is a beginning of `stop`."""
    for size in range(min(len(stop), len(text)), 0, -1):
        if text.endswith(stop[:size]):
            return size
    return 0
