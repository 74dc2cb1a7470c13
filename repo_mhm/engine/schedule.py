"""Which tokens go into the next batch: continuous batching over shared prefixes, reading before writing.

A batch is either of one sequence (part of a prompt, a prefix or a forced lead) or one token of each lane that writes,
and lanes only write when none has anything to read. So reading is one sequence's arithmetic and nothing else, and
writing always shares the weights among as many lanes as there are prompts. Owns sequences, prefixes and cells; knows
nothing about llama.cpp: the model's memory is a KeyValues, its tokens a Vocabulary.
"""

from __future__ import annotations

from bisect import insort
from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from repo_mhm.engine.sequence import Job, KeyValues, Lane, Vocabulary

PREFIXES = 2
"""Prefixes kept at a time: notes are taken under one system message and merged under another."""


class Row(NamedTuple):
    """One token of a batch; `wanted` when the logits after it are needed."""

    token: int
    position: int
    sequence: int
    wanted: bool


@dataclass(eq=False, slots=True)
class Prefix:
    """A sequence that holds tokens which several prompts begin with."""

    sequence: int
    tokens: tuple[int, ...]
    held: int = 0
    used: int = 0
    users: set[int] = field(default_factory=set)

    @property
    def ready(self) -> bool:
        return self.held == len(self.tokens)


class Schedule:
    """Jobs in, rows out; sampled tokens in, finished lanes out. Sequences: lanes, then prefixes, then the stream's."""

    def __init__(
        self, words: Vocabulary, memory: KeyValues, *, lanes: int, cells: int, batch: int
    ) -> None:
        if batch <= lanes:
            raise ValueError("a batch must hold more rows than there are lanes")
        self.cells = cells
        self._words = words
        self._memory = memory
        self._batch = batch
        self._queue: deque[Job] = deque()
        self._lanes: list[Lane] = []
        self._free = list(range(lanes))
        self._talk = lanes + PREFIXES
        self._talked: list[int] = []
        self._stream: Lane | None = None
        self._prefixes: list[Prefix] = []
        self._spare = [lanes + number for number in range(PREFIXES)][::-1]
        self._waiting: dict[int, Prefix] = {}
        self._plan: list[tuple[Lane | Prefix, int]] = []
        self._clock = 0

    @property
    def busy(self) -> bool:
        return bool(self._queue or self._lanes)

    @property
    def streaming(self) -> Lane | None:
        """The lane of the stream in progress."""
        return self._stream

    @staticmethod
    def sequences(lanes: int, *, streams: bool) -> int:
        """How many sequences a model must offer for so many lanes, and for streams."""
        return lanes + PREFIXES + streams

    def add(self, job: Job) -> None:
        self._queue.append(job)

    def cancel(self) -> None:
        """Drop every job, finished or not, and prefixes that are not complete."""
        self._queue.clear()
        self._plan.clear()
        for lane in list(self._lanes):
            self._release(lane)
        self.end_stream()
        for prefix in [prefix for prefix in self._prefixes if not prefix.ready]:
            self.forget(prefix)

    def open_stream(self, job: Job) -> Lane:
        """Start a job that is served alone until `end_stream`; it reuses what the last stream left behind."""
        self.end_stream()
        lane = Lane(job, self._talk, self._words, self._memory)
        whole = [*job.prefix, *lane.pending]
        common = _common(self._talked, whole[:-1])
        if common >= len(job.prefix) and common:
            self._memory.drop(self._talk, common)
            lane.adopt(whole[:common], common)
        else:
            common = 0
            self._memory.drop(self._talk, 0)
        self._talked = whole[:common]
        self._stream = lane
        self._make_room(() if common else job.prefix)
        if not common:
            self._begin_with_prefix(lane)
        return lane

    def end_stream(self) -> None:
        """The stream's tokens stay in its sequence, for the next question of the same conversation."""
        if self._stream is not None:
            self._leave(self._stream)
            self._talked = list(self._stream.held)
            self._memory.drop(self._talk, len(self._talked))
            self._stream = None
        self._plan.clear()

    def prepare(self, tokens: tuple[int, ...]) -> Prefix:
        """A prefix for the engine itself (to save or restore); room is made for it."""
        self._make_room(tokens)
        return self._hold(tokens)

    def forget(self, prefix: Prefix) -> None:
        """Drop a prefix that nobody uses."""
        self._memory.drop(prefix.sequence, 0)
        self._prefixes.remove(prefix)
        self._spare.append(prefix.sequence)

    def rows(self) -> list[Row]:
        """The next batch, at most `batch` rows; empty when there is nothing to do. Commit it with `take`."""
        self._plan.clear()
        if self._stream is None:
            self._admit()
        parts = [part for part in self._in_order() if _left(part)]
        reading = next((part for part in parts if _left(part) > 1), None)
        if reading is not None:
            self._plan.append((reading, min(self._batch, _left(reading))))
        else:
            self._close_up()
            self._plan += [(part, 1) for part in sorted(parts, key=_sequence)]
        return [row for part, count in self._plan for row in _rows(part, count)]

    def sampling(self) -> list[Lane]:
        """The lanes that sample a token from the planned batch, in the order of its wanted rows."""
        return [
            part for part, count in self._plan if isinstance(part, Lane) and _samples(part, count)
        ]

    def take(self, sampled: list[int]) -> list[Lane]:
        """The batch is evaluated and these tokens were sampled, one per wanted row; return the lanes that finished."""
        tokens = iter(sampled)
        finished = []
        plan, self._plan = self._plan, []
        for part, count in plan:
            if isinstance(part, Prefix):
                part.held += count
                continue
            part.evaluated(count)
            if not part.pending and not part.done:
                part.accept(next(tokens))
            if part.done and not part.pending:
                finished.append(part)
        self._hand_out()
        for lane in finished:
            if lane is not self._stream:
                self._release(lane)
        return finished

    def undo(self) -> None:
        """The batch was given up, perhaps half done: what it was of stays as it was before."""
        for part, _ in self._plan:
            self._memory.drop(
                part.sequence, part.held if isinstance(part, Prefix) else len(part.held)
            )
        self._plan.clear()

    def retreat(self) -> bool:
        """The model had no cells for the batch: free some, if need be the youngest lane's; False when there is none."""
        self._plan.clear()
        if self._drop_idle(keep=()):
            return True
        return len(self._lanes) + (self._stream is not None) > 1 and self._send_back()

    def _in_order(self) -> list[Lane | Prefix]:
        if self._stream is not None:
            prefix = self._waiting.get(self._talk)
            return [self._stream] if prefix is None else [prefix]
        lanes = [lane for lane in self._lanes if lane.sequence not in self._waiting]
        replying = [lane for lane in lanes if lane.replying]
        reading = [lane for lane in lanes if not lane.replying]
        return [*replying, *(prefix for prefix in self._prefixes if not prefix.ready), *reading]

    def _close_up(self) -> None:
        """Let the last lanes take the sequences of lanes that have ended.

        Where sequences lie apart, llama.cpp takes a batch in as many goes as it has gaps between them, and each go is
        as slow as the whole: 199 ms for twelve in a row, 204 ms for eight with gaps.
        """
        while (
            self._lanes
            and self._free
            and self._free[0] < (last := max(self._lanes, key=_sequence)).sequence
        ):
            if not last.held:
                return
            before, last.sequence = last.sequence, self._free.pop(0)
            self._memory.copy(before, last.sequence)
            self._memory.drop(before, 0)
            insort(self._free, before)
            for prefix in self._prefixes:
                if before in prefix.users:
                    prefix.users ^= {before, last.sequence}

    def _admit(self) -> None:
        while self._queue and self._free:
            job = self._queue[0]
            while self._lacks(job.prefix, job.room):
                if not self._drop_idle(keep=job.prefix):
                    return
            self._queue.popleft()
            lane = Lane(job, self._free.pop(0), self._words, self._memory)
            self._lanes.append(lane)
            self._begin_with_prefix(lane)

    def _begin_with_prefix(self, lane: Lane) -> None:
        if not lane.job.prefix:
            return
        fresh = not self._known(lane.job.prefix)
        prefix = self._hold(lane.job.prefix)
        prefix.users.add(lane.sequence)
        self._waiting[lane.sequence] = prefix
        lane.cached = 0 if fresh else len(prefix.tokens)
        lane.forced = len(prefix.tokens) if fresh else 0
        self._hand_out()

    def _hold(self, tokens: tuple[int, ...]) -> Prefix:
        """The prefix of these tokens, made if need be; its rows come first in the next batches until it is ready."""
        found = next((prefix for prefix in self._prefixes if prefix.tokens == tokens), None)
        if found is None:
            found = Prefix(self._spare.pop(), tokens)
            self._prefixes.append(found)
        self._clock += 1
        found.used = self._clock
        return found

    def _hand_out(self) -> None:
        """Copy prefixes that are ready to the lanes that wait for them."""
        for lane in [*self._lanes, *([self._stream] if self._stream else [])]:
            prefix = self._waiting.get(lane.sequence)
            if prefix is not None and prefix.ready:
                del self._waiting[lane.sequence]
                self._memory.copy(prefix.sequence, lane.sequence)
                lane.adopt(prefix.tokens, lane.cached)

    def _make_room(self, prefix: tuple[int, ...]) -> None:
        """Free cells for a stream or prefix: idle ones first, then the youngest lanes, which start again later."""
        while self._lacks(prefix, 0) and (self._drop_idle(prefix) or self._send_back()):
            pass

    def _send_back(self) -> bool:
        if not self._lanes:
            return False
        lane = self._lanes[-1]
        self._release(lane)
        self._queue.appendleft(lane.job)
        return True

    def _lacks(self, prefix: tuple[int, ...], room: int) -> bool:
        """Whether cells or a sequence are missing for `room` more tokens behind this prefix."""
        need = room + (0 if self._known(prefix) else len(prefix))
        return self._used() + need > self.cells or (not self._spare and not self._known(prefix))

    def _drop_idle(self, keep: tuple[int, ...]) -> bool:
        """Free what nobody uses now: what the last stream left, else the prefix unused for longest."""
        if self._talked and self._stream is None:
            self._memory.drop(self._talk, 0)
            self._talked = []
            return True
        idle = [prefix for prefix in self._prefixes if not prefix.users and prefix.tokens != keep]
        if not idle:
            return False
        self.forget(min(idle, key=lambda prefix: prefix.used))
        return True

    def _used(self) -> int:
        """Cells promised; the stream's prefix counts once more where it may lie apart from the shared one."""
        stream = 0
        if self._stream is not None:
            stream = self._stream.job.room + (len(self._stream.job.prefix) if self._talked else 0)
        lanes = sum(lane.job.room for lane in self._lanes)
        return (
            sum(len(prefix.tokens) for prefix in self._prefixes)
            + lanes
            + max(stream, len(self._talked))
        )

    def _known(self, tokens: tuple[int, ...]) -> bool:
        return not tokens or any(prefix.tokens == tokens for prefix in self._prefixes)

    def _release(self, lane: Lane) -> None:
        self._leave(lane)
        self._memory.drop(lane.sequence, 0)
        self._lanes.remove(lane)
        insort(self._free, lane.sequence)

    def _leave(self, lane: Lane) -> None:
        self._waiting.pop(lane.sequence, None)
        for prefix in self._prefixes:
            prefix.users.discard(lane.sequence)


def _sequence(part: Lane | Prefix) -> int:
    return part.sequence


def _left(part: Lane | Prefix) -> int:
    """Tokens that the part has still to evaluate, as far as they are known."""
    return len(part.tokens) - part.held if isinstance(part, Prefix) else len(part.pending)


def _rows(part: Lane | Prefix, count: int) -> list[Row]:
    if isinstance(part, Prefix):
        tokens, start, wanted = part.tokens[part.held : part.held + count], part.held, False
    else:
        tokens, start, wanted = tuple(part.pending[:count]), len(part.held), _samples(part, count)
    last = count - 1
    return [
        Row(token, start + at, part.sequence, wanted and at == last)
        for at, token in enumerate(tokens)
    ]


def _samples(lane: Lane, count: int) -> bool:
    return count == len(lane.pending) and not lane.done


def _common(one: list[int], other: list[int]) -> int:
    size = min(len(one), len(other))
    return next((at for at in range(size) if one[at] != other[at]), size)
