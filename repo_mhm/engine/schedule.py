"""Which tokens go into the next batch: continuous batching over shared prefixes, prefill first.

Every job gets a lane, that is a sequence of its own in the KV cache, when one is free. A batch is
either prefill of one sequence (a stretch of a prompt, of a prefix or of a forced lead) or decode:
one token of each lane. Lanes decode only when nothing is left to prefill. So prefill is the plain
arithmetic of one sequence, and decode shares the cost of loading the weights among as many lanes as
there are prompts. What several prompts begin with is a prefix: it is evaluated once, in a sequence
of its own, and copied to each lane that begins with it. Cells are promised before they are used: a
job starts when the cells it may come to fill are free. A stream, the answer that somebody watches,
has a sequence of its own; the lanes pause while it runs, and it finds the tokens of the last stream
again, so a follow-up question evaluates only what is new.

Sequences are numbered: lanes first, then prefixes, then the stream's. Knows nothing about
llama.cpp: the model's cache is a KvCache, its tokens a Vocabulary.
"""

from __future__ import annotations

from bisect import insort
from collections import deque

from repo_mhm.engine.batch import (
    Prefix,
    Row,
    roll_back,
    rows,
    samples,
    tokens_left,
)
from repo_mhm.engine.sequence import Job, KvCache, Lane, Vocabulary
from repo_mhm.engine.types import Evaluated

PREFIXES = 2
"""Prefixes kept at a time: chunks are described under one system message, notes merged under
another."""


class Schedule:
    """Jobs in, batches out; sampled tokens in, finished lanes out."""

    def __init__(
        self, vocabulary: Vocabulary, cache: KvCache, *, lanes: int, cells: int, batch: int
    ) -> None:
        if batch <= lanes:
            raise ValueError("a batch must hold more rows than there are lanes")

        self.cells = cells
        self._vocabulary = vocabulary
        self._cache = cache
        self._batch = batch

        self._queue: deque[Job] = deque()
        self._lanes: list[Lane] = []
        self._free_sequences = list(range(lanes))

        self._prefixes: list[Prefix] = []
        self._free_prefix_sequences = list(reversed(range(lanes, lanes + PREFIXES)))
        self._awaited: dict[int, Prefix] = {}
        """The prefix that a lane waits for, by the lane's sequence."""
        self._clock = 0

        self._stream: Lane | None = None
        self._stream_sequence = lanes + PREFIXES
        self._stream_tokens: list[int] = []
        """What the stream's sequence keeps from the last stream."""

        self._plan: list[tuple[Lane | Prefix, int]] = []
        """The batch under way: how many tokens of whom."""
        self._evaluated = Evaluated()

    @property
    def evaluated(self) -> Evaluated:
        """The tokens of all jobs and prefixes so far; a stream's do not count."""
        return self._evaluated

    @property
    def busy(self) -> bool:
        """Whether any job is queued or in a lane."""
        return bool(self._queue or self._lanes)

    @property
    def stream(self) -> Lane | None:
        """The lane of the stream in progress."""
        return self._stream

    @staticmethod
    def sequences(lanes: int, *, streams: bool) -> int:
        """How many sequences a model must offer for the lanes, and for streams if it has them."""
        return lanes + PREFIXES + streams

    def add(self, job: Job) -> None:
        """Queue a job."""
        self._queue.append(job)

    def cancel(self) -> None:
        """Drop every job, finished or not, and prefixes that are not complete."""
        self._queue.clear()
        self._plan.clear()
        for lane in list(self._lanes):
            self._release(lane)
        self.end_stream()

        unfinished = [prefix for prefix in self._prefixes if not prefix.complete]
        for prefix in unfinished:
            self.forget(prefix)

    def open_stream(self, job: Job) -> Lane:
        """Serve only this job until `end_stream`; it reuses tokens that the last stream left."""
        self.end_stream()
        lane = Lane(job, self._stream_sequence, self._vocabulary, self._cache)

        # At least one token must be evaluated anew, for the logits after it.
        whole = [*job.prefix, *lane.pending]
        common = _common(self._stream_tokens, whole[:-1])
        reused = whole[:common] if common >= len(job.prefix) else []

        kept = self._cache.drop(self._stream_sequence, len(reused))
        reused = reused[:kept]
        self._stream_tokens = reused
        self._stream = lane

        if reused:
            lane.adopt(reused, len(reused))
            self._make_room(())
        else:
            self._make_room(job.prefix)
            self._begin_with_prefix(lane)
        return lane

    def end_stream(self) -> None:
        """End the stream; its tokens stay in its sequence, for the conversation's next question."""
        if self._stream is not None:
            self._leave_prefixes(self._stream)
            tokens = self._stream.evaluated
            kept = self._cache.drop(self._stream_sequence, len(tokens))
            self._stream_tokens = tokens[:kept]
            self._stream = None
        self._plan.clear()

    def add_prefix(self, tokens: tuple[int, ...]) -> Prefix:
        """A prefix whose state the engine saves or restores; frees cells for it."""
        self._make_room(tokens)
        return self._prefix(tokens)

    def forget(self, prefix: Prefix) -> None:
        """Drop a prefix that nobody uses."""
        self._cache.drop(prefix.sequence, 0)
        self._prefixes.remove(prefix)
        self._free_prefix_sequences.append(prefix.sequence)

    def next_batch(self) -> list[Row]:
        """The next batch, at most `batch` rows; empty when there is nothing to do.

        When it is evaluated, `commit` it; when it was given up, `roll_back`.
        """
        self._plan.clear()
        if self._stream is None:
            self._admit()

        parts = [part for part in self._by_precedence() if tokens_left(part)]
        to_prefill = next((part for part in parts if tokens_left(part) > 1), None)

        if to_prefill is not None:
            self._plan.append((to_prefill, min(self._batch, tokens_left(to_prefill))))
        else:
            self._close_gaps()
            self._plan += [(part, 1) for part in sorted(parts, key=lambda part: part.sequence)]
        return [row for part, count in self._plan for row in rows(part, count)]

    def sampling_lanes(self) -> list[Lane]:
        """The lanes that sample a token after the batch, in the order of its wanted rows."""
        return [
            part for part, count in self._plan if isinstance(part, Lane) and samples(part, count)
        ]

    def commit(self, sampled: list[int]) -> list[Lane]:
        """Record that the batch is evaluated; return the lanes that finished.

        `sampled` are the tokens that were sampled after it, one for each wanted row.
        """
        tokens = iter(sampled)
        finished = []
        plan, self._plan = self._plan, []
        prompt_tokens = 0

        for part, count in plan:
            if isinstance(part, Prefix):
                part.evaluated += count
                prompt_tokens += count
                continue
            forced_tokens = part.forced_tokens
            part.advance(count)
            if not part.pending and not part.done:
                part.accept(next(tokens))
            prompt_tokens += part.forced_tokens - forced_tokens
            # A lane that is done may have tokens pending that only complete its text.
            if part.done and not part.pending:
                finished.append(part)

        self._count(prompt_tokens, len(sampled))
        self._copy_complete_prefixes()
        for lane in finished:
            if lane is not self._stream:
                self._release(lane)
        return finished

    def _count(self, prompt_tokens: int, generated_tokens: int) -> None:
        if self._stream is None:
            before = self._evaluated
            self._evaluated = Evaluated(
                before.prompt_tokens + prompt_tokens, before.generated_tokens + generated_tokens
            )

    def roll_back(self) -> None:
        """Forget a batch that was given up, perhaps half done."""
        for part, _ in self._plan:
            roll_back(part, self._cache)
        self._plan.clear()

    def free_cells(self) -> bool:
        """Free cells where the model had none left for the batch; False when nothing can be freed.

        As a last resort it frees those of the youngest lane, whose job starts again later.
        """
        self._plan.clear()
        if self._drop_unused(keep=()):
            return True

        several = len(self._lanes) + (self._stream is not None) > 1
        return several and self._send_back_youngest()

    # Precedence

    def _by_precedence(self) -> list[Lane | Prefix]:
        """Replying lanes before new prompts, so that prompts finish; prefixes in between."""
        if self._stream is not None:
            prefix = self._awaited.get(self._stream_sequence)
            return [self._stream] if prefix is None else [prefix]

        lanes = [lane for lane in self._lanes if lane.sequence not in self._awaited]
        replying = [lane for lane in lanes if lane.replying]
        prompts = [lane for lane in lanes if not lane.replying]
        incomplete = [prefix for prefix in self._prefixes if not prefix.complete]
        return [*replying, *incomplete, *prompts]

    def _close_gaps(self) -> None:
        """Move the last lanes to the sequences of lanes that have ended.

        Where sequences are not consecutive, llama.cpp splits a batch at each gap, and each part is
        as slow as the whole: 199 ms for twelve in a row, 204 ms for eight with gaps.
        """
        while self._lanes and self._free_sequences:
            last = max(self._lanes, key=lambda part: part.sequence)
            if self._free_sequences[0] > last.sequence or not last.evaluated:
                return

            source, last.sequence = last.sequence, self._free_sequences.pop(0)
            self._cache.copy(source, last.sequence)
            self._cache.drop(source, 0)
            insort(self._free_sequences, source)
            for prefix in self._prefixes:
                if source in prefix.users:
                    prefix.users ^= {source, last.sequence}

    # Jobs and prefixes

    def _admit(self) -> None:
        """Start queued jobs while a sequence and all the cells they may fill are free."""
        while self._queue and self._free_sequences:
            job = self._queue[0]
            while self._lacks(job.prefix, job.cells):
                if not self._drop_unused(keep=job.prefix):
                    return

            self._queue.popleft()
            lane = Lane(job, self._free_sequences.pop(0), self._vocabulary, self._cache)
            self._lanes.append(lane)
            self._begin_with_prefix(lane)

    def _begin_with_prefix(self, lane: Lane) -> None:
        """Let a lane wait for its prefix; the first to use it bears the cost in its reply."""
        tokens = lane.job.prefix
        if not tokens:
            return

        exists = self._exists(tokens)
        prefix = self._prefix(tokens)
        prefix.users.add(lane.sequence)
        self._awaited[lane.sequence] = prefix
        lane.cached_tokens = len(tokens) if exists else 0
        lane.forced_tokens = 0 if exists else len(tokens)
        self._copy_complete_prefixes()

    def _prefix(self, tokens: tuple[int, ...]) -> Prefix:
        """The prefix of these tokens; a new one is evaluated before any further prompt."""
        prefix = next((prefix for prefix in self._prefixes if prefix.tokens == tokens), None)
        if prefix is None:
            prefix = Prefix(self._free_prefix_sequences.pop(), tokens)
            self._prefixes.append(prefix)

        self._clock += 1
        prefix.last_used = self._clock
        return prefix

    def _copy_complete_prefixes(self) -> None:
        """Copy complete prefixes to the lanes that wait for them."""
        for lane in [*self._lanes, *([self._stream] if self._stream else [])]:
            prefix = self._awaited.get(lane.sequence)
            if prefix is not None and prefix.complete:
                del self._awaited[lane.sequence]
                self._cache.copy(prefix.sequence, lane.sequence)
                lane.adopt(prefix.tokens, lane.cached_tokens)

    def _release(self, lane: Lane) -> None:
        self._leave_prefixes(lane)
        self._cache.drop(lane.sequence, 0)
        self._lanes.remove(lane)
        insort(self._free_sequences, lane.sequence)

    def _leave_prefixes(self, lane: Lane) -> None:
        self._awaited.pop(lane.sequence, None)
        for prefix in self._prefixes:
            prefix.users.discard(lane.sequence)

    # Cells

    def _make_room(self, prefix: tuple[int, ...]) -> None:
        """Free cells for a stream or prefix: unused ones, then those of the youngest lanes."""
        while self._lacks(prefix, 0) and (self._drop_unused(prefix) or self._send_back_youngest()):
            pass

    def _send_back_youngest(self) -> bool:
        """Put the youngest lane's job back at the head of the queue; False when there is none."""
        if not self._lanes:
            return False

        lane = self._lanes[-1]
        self._release(lane)
        self._queue.appendleft(lane.job)
        return True

    def _lacks(self, prefix: tuple[int, ...], cells: int) -> bool:
        """Whether cells or a sequence are missing for `cells` more tokens behind this prefix."""
        if self._exists(prefix):
            return self._promised_cells() + cells > self.cells
        return (
            not self._free_prefix_sequences
            or self._promised_cells() + cells + len(prefix) > self.cells
        )

    def _drop_unused(self, keep: tuple[int, ...]) -> bool:
        """Free what nobody uses now; False when there is nothing of the kind.

        First what the last stream left, then the prefix unused for longest.
        """
        if self._stream_tokens and self._stream is None:
            self._cache.drop(self._stream_sequence, 0)
            self._stream_tokens = []
            return True

        unused = [prefix for prefix in self._prefixes if not prefix.users and prefix.tokens != keep]
        if not unused:
            return False

        self.forget(min(unused, key=lambda prefix: prefix.last_used))
        return True

    def _promised_cells(self) -> int:
        """Cells that are filled or may come to be."""
        prefixes = sum(len(prefix.tokens) for prefix in self._prefixes)
        lanes = sum(lane.job.cells for lane in self._lanes)

        stream = 0
        if self._stream is not None:
            stream = self._stream.job.cells
            if self._stream_tokens:  # its prefix may not share the cells of the prefix beside it
                stream += len(self._stream.job.prefix)
        return prefixes + lanes + max(stream, len(self._stream_tokens))

    def _exists(self, prefix: tuple[int, ...]) -> bool:
        return not prefix or any(other.tokens == prefix for other in self._prefixes)


def _common(tokens: list[int], others: list[int]) -> int:
    """How many tokens both lists begin with."""
    size = min(len(tokens), len(others))
    return next((at for at in range(size) if tokens[at] != others[at]), size)
