"""The schedule with a toy model, whose next token depends on all tokens before it."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.engine.batch import Row
from repo_mhm.engine.schedule import Schedule
from repo_mhm.engine.sequence import Job, Lane, build_job
from repo_mhm.engine.types import Slot

END = 255
PIECES = [
    b"a",
    b"b",
    b"c",
    b"\n",
    b"d\n",
    b"\ne",
    b" f",
    b"gh",
    "é".encode()[:1],
    "é".encode()[1:],
    b"#",
    b"##",
]


class ByteVocabulary:
    """Tokens 0–254 are single bytes, 300… are the longer pieces the model likes to write."""

    def tokens(self, text: bytes) -> list[int]:
        return list(text)

    def piece(self, token: int) -> bytes:
        return b"" if token == END else PIECES[token - 300] if token >= 300 else bytes([token])

    def is_end(self, token: int) -> bool:
        return token == END


class Cache:
    """A KV cache that knows the tokens of every sequence and refuses what a real one would.

    Without `can_cut` it is that of a recurrent model, whose state is that after the last token.
    """

    def __init__(self, *, can_cut: bool = True) -> None:
        self.tokens: dict[int, list[int]] = {}
        self._can_cut = can_cut

    def copy(self, source: int, target: int) -> None:
        assert not self.tokens.get(target)
        self.tokens[target] = list(self.tokens[source])

    def drop(self, sequence: int, start: int) -> int:
        tokens = self.tokens.setdefault(sequence, [])
        if start < len(tokens) and not self._can_cut:
            start = 0
        del tokens[start:]
        return start

    def evaluate(self, rows: Sequence[Row]) -> list[int]:
        sampled = []
        for row in rows:
            tokens = self.tokens.setdefault(row.sequence, [])
            assert row.position == len(tokens)
            tokens.append(row.token)
            if row.wanted:
                sampled.append(next_token(tokens))
        return sampled


def next_token(tokens: Sequence[int]) -> int:
    number = zlib.crc32(repr(list(tokens)).encode()) % (len(PIECES) + 1)
    return END if number == len(PIECES) else 300 + number


def run(
    jobs: Sequence[Job],
    *,
    lanes: int,
    cells: int,
    batch: int,
    given_up: int = 0,
    can_cut: bool = True,
) -> tuple[dict[int, Lane], list[list[Row]]]:
    """Every `given_up`-th batch is given up half done first."""
    cache = Cache(can_cut=can_cut)
    schedule = Schedule(ByteVocabulary(), cache, lanes=lanes, cells=cells, batch=batch)
    for job in jobs:
        schedule.add(job)
    done: dict[int, Lane] = {}
    batches = []
    while schedule.busy:
        rows = schedule.next_batch()
        assert 0 < len(rows) <= batch
        batches.append(rows)
        if given_up and len(batches) % given_up == 0:
            cache.evaluate(rows[: len(rows) // 2])
            schedule.roll_back()
            rows = schedule.next_batch()
        done.update({lane.job.ticket: lane for lane in schedule.commit(cache.evaluate(rows))})
        assert sum(map(len, cache.tokens.values())) <= cells + sum(len(job.prefix) for job in jobs)
    assert not any(cache.tokens.get(sequence) for sequence in range(lanes))
    return done, batches


slots = st.builds(
    Slot,
    st.text("xy\né", max_size=4),
    st.integers(0, 9),
    st.sampled_from(["", "\n", "#", "##", "f"]),
)
prompts = st.tuples(
    st.sampled_from([(), (1, 2, 3), (4,) * 9]),
    st.binary(min_size=1, max_size=40),
    st.lists(slots, max_size=4),
)


def jobs_of(prompts: Sequence[tuple[tuple[int, ...], bytes, list[Slot]]]) -> list[Job]:
    return [
        build_job(at, prefix, list(text), slots, ByteVocabulary())
        for at, (prefix, text, slots) in enumerate(prompts)
    ]


@given(
    st.lists(prompts, min_size=1, max_size=7),
    st.integers(1, 4),
    st.integers(5, 30),
    st.integers(0, 4),
)
def test_batching_and_interrupts_change_no_text(
    prompts: list[tuple[tuple[int, ...], bytes, list[Slot]]], lanes: int, batch: int, given_up: int
) -> None:
    jobs = jobs_of(prompts)
    together, _ = run(jobs, lanes=lanes, cells=400, batch=batch, given_up=given_up)
    assert sorted(together) == [job.ticket for job in jobs]
    for job in jobs:
        alone, _ = run([job], lanes=1, cells=400, batch=5)
        assert together[job.ticket].texts == alone[job.ticket].texts


@given(st.lists(prompts, min_size=1, max_size=5), st.integers(1, 4), st.sampled_from([0, 97]))
def test_a_model_that_cannot_be_cut_writes_the_same_texts(
    prompts: list[tuple[tuple[int, ...], bytes, list[Slot]]], lanes: int, given_up: int
) -> None:
    """Whatever would be cut off is evaluated again from the start."""
    jobs = jobs_of(prompts)
    cut, _ = run(jobs, lanes=lanes, cells=400, batch=9)
    uncut, _ = run(jobs, lanes=lanes, cells=400, batch=9, given_up=given_up, can_cut=False)
    for job in jobs:
        assert uncut[job.ticket].texts == cut[job.ticket].texts
        assert uncut[job.ticket].sampled_tokens == cut[job.ticket].sampled_tokens


@given(st.lists(prompts, min_size=1, max_size=5))
def test_the_model_has_seen_exactly_prompt_leads_and_kept_texts(
    prompts: list[tuple[tuple[int, ...], bytes, list[Slot]]],
) -> None:
    for lane in run(jobs_of(prompts), lanes=3, cells=400, batch=16)[0].values():
        vocabulary = ByteVocabulary()
        seen = b"".join(vocabulary.piece(token) for token in lane.evaluated)
        start = b"".join(map(vocabulary.piece, (*lane.job.prefix, *lane.job.tokens)))
        written = list(zip(lane.job.slots, lane.texts, strict=True))
        whole = start + "".join(slot.lead + text for slot, text in written).encode()
        assert whole.startswith(seen[: len(whole)]) or "\ufffd" in "".join(lane.texts)
        for slot, text in written:
            assert not slot.stop or slot.stop not in text
            assert slot.max_tokens or text == ""
        assert lane.sampled_tokens <= sum(slot.max_tokens for slot in lane.job.slots)
        assert len(lane.evaluated) <= len(lane.job.prefix) + lane.job.cells


def test_lanes_decode_together_and_only_when_nothing_is_left_to_prefill() -> None:
    jobs = [
        build_job(
            at, (1,), [at + 10] * 40, [Slot("- ", 12, ""), Slot("\n- ", 12, "")], ByteVocabulary()
        )
        for at in range(3)
    ]
    _, batches = run(jobs, lanes=3, cells=300, batch=16)
    together = [rows for rows in batches if len({row.sequence for row in rows}) > 1]
    assert len(together) > 6
    assert all(row.wanted for rows in together for row in rows), "prefill has the batch for itself"
    for rows in together:
        sequences = [row.sequence for row in rows]
        assert sequences == list(range(len(rows))), (
            "llama.cpp splits a batch where sequences are not consecutive"
        )
    last_prefill = max(at for at, rows in enumerate(batches) if len(rows) == 16)
    assert not any(rows in together for rows in batches[:last_prefill])


def test_prompts_wait_until_their_cells_are_free() -> None:
    jobs = [
        build_job(at, (), [at + 10] * 40, [Slot("- ", 12, "")], ByteVocabulary()) for at in range(4)
    ]
    _, batches = run(jobs, lanes=4, cells=130, batch=16)
    assert max(len({row.sequence for row in rows}) for rows in batches) <= 2


def test_the_shared_prefix_is_evaluated_once() -> None:
    jobs = [
        build_job(at, (7,) * 20, [at + 10] * 5, [Slot("- ", 3)], ByteVocabulary())
        for at in range(4)
    ]
    lanes, batches = run(jobs, lanes=2, cells=200, batch=16)
    assert sum(row.token == 7 for rows in batches for row in rows) == 20
    assert [lanes[at].cached_tokens for at in range(4)] == [0, 20, 20, 20]
    assert [lanes[at].forced_tokens + lanes[at].cached_tokens for at in range(4)] == [27] * 4


def test_more_system_messages_than_prefixes_still_finish() -> None:
    jobs = [build_job(at, (at, at), [1, 2], [Slot("- ", 3)], ByteVocabulary()) for at in range(12)]
    assert len(run(jobs, lanes=6, cells=400, batch=16)[0]) == 12


def test_without_room_the_youngest_lane_starts_again() -> None:
    cache = Cache()
    schedule = Schedule(ByteVocabulary(), cache, lanes=2, cells=400, batch=16)
    jobs = [
        build_job(at, (), [at + 10] * 20, [Slot("- ", 6, "")], ByteVocabulary()) for at in range(2)
    ]
    for job in jobs:
        schedule.add(job)
    for _ in range(2):
        schedule.commit(cache.evaluate(schedule.next_batch()))
    schedule.next_batch()
    assert schedule.free_cells()
    assert not cache.tokens[1]
    assert not schedule.free_cells(), "the last lane has no other lane to take cells from"
    done = []
    while schedule.busy:
        done += [lane.job.ticket for lane in schedule.commit(cache.evaluate(schedule.next_batch()))]
    assert sorted(done) == [0, 1]


def finish(schedule: Schedule, cache: Cache) -> tuple[str, int]:
    text, evaluated, lanes = "", 0, list[Lane]()
    stream = schedule.stream
    assert stream is not None
    while not lanes:
        rows = schedule.next_batch()
        evaluated += len(rows)
        lanes = schedule.commit(cache.evaluate(rows))
        text += stream.fresh_text()
    schedule.end_stream()
    return text, evaluated


def test_a_stream_reuses_what_the_last_one_left_and_pauses_the_lanes() -> None:
    cache = Cache()
    schedule = Schedule(ByteVocabulary(), cache, lanes=2, cells=400, batch=16)
    schedule.add(build_job(1, (), [9] * 30, [Slot("- ", 4, "")], ByteVocabulary()))
    schedule.commit(cache.evaluate(schedule.next_batch()))
    schedule.open_stream(build_job(2, (5,) * 8, [1, 2, 3], [Slot("", 6, "")], ByteVocabulary()))
    first = finish(schedule, cache)
    assert first[1] >= 11
    schedule.open_stream(build_job(3, (5,) * 8, [1, 2, 3], [Slot("", 6, "")], ByteVocabulary()))
    again = finish(schedule, cache)
    assert again[0] == first[0]
    assert again[1] <= first[1] - 10
    assert len(cache.tokens[0]) == 16, "the paused lane did not move"


def test_a_stream_of_a_model_that_cannot_be_cut_starts_at_its_prefix() -> None:
    cache = Cache(can_cut=False)
    schedule = Schedule(ByteVocabulary(), cache, lanes=2, cells=400, batch=16)
    answers = []
    for ticket in range(2):
        job = build_job(ticket, (5,) * 8, [1, 2, 3], [Slot("", 6, "")], ByteVocabulary())
        schedule.open_stream(job)
        answers.append(finish(schedule, cache))
    assert answers[1][0] == answers[0][0]
    assert answers[1][1] == answers[0][1] - 8


@given(st.integers(0, 200), st.sampled_from(["", "##", "\n"]))
def test_streamed_pieces_join_to_the_whole_text(seed: int, stop: str) -> None:
    cache = Cache()
    schedule = Schedule(ByteVocabulary(), cache, lanes=1, cells=400, batch=16)
    lane = schedule.open_stream(build_job(1, (), [seed], [Slot("", 20, stop)], ByteVocabulary()))
    text, _ = finish(schedule, cache)
    assert text == lane.texts[0]


def test_a_batch_must_hold_every_lane() -> None:
    with pytest.raises(ValueError, match="batch"):
        Schedule(ByteVocabulary(), Cache(), lanes=8, cells=100, batch=8)
