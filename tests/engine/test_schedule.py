"""The schedule against a model that is a few lines of arithmetic: its next token depends on all that it has seen."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.engine.batch import Row
from repo_mhm.engine.schedule import Schedule
from repo_mhm.engine.sequence import Job, Lane, build_job, decode, repeated
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


class Words:
    """Tokens 0–254 are single bytes, 300… are the longer pieces the model likes to write."""

    def tokens(self, text: bytes) -> list[int]:
        return list(text)

    def piece(self, token: int) -> bytes:
        return b"" if token == END else PIECES[token - 300] if token >= 300 else bytes([token])

    def is_end(self, token: int) -> bool:
        return token == END


class Cache:
    """A KV cache that knows what every sequence holds and refuses anything a real one would choke on."""

    def __init__(self, limit: int | None = None) -> None:
        self.held: dict[int, list[int]] = {}
        self.limit = limit

    def copy(self, source: int, target: int) -> None:
        assert not self.held.get(target)
        self.held[target] = list(self.held[source])

    def drop(self, sequence: int, start: int) -> None:
        del self.held.setdefault(sequence, [])[start:]

    def evaluate(self, rows: Sequence[Row]) -> list[int]:
        sampled = []
        for row in rows:
            held = self.held.setdefault(row.sequence, [])
            assert row.position == len(held)
            held.append(row.token)
            if row.wanted:
                sampled.append(next_token(held))
        return sampled


def next_token(held: Sequence[int]) -> int:
    number = zlib.crc32(repr(list(held)).encode()) % (len(PIECES) + 1)
    return END if number == len(PIECES) else 300 + number


def run(
    jobs: Sequence[Job], *, lanes: int, cells: int, batch: int, given_up: int = 0
) -> tuple[dict[int, Lane], list[list[Row]]]:
    """Every `given_up`-th batch is given up half done first."""
    cache = Cache()
    schedule = Schedule(Words(), cache, lanes=lanes, cells=cells, batch=batch)
    for one in jobs:
        schedule.add(one)
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
        assert sum(map(len, cache.held.values())) <= cells + sum(len(one.prefix) for one in jobs)
    assert not any(cache.held.get(sequence) for sequence in range(lanes))
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


def made(prompts: Sequence[tuple[tuple[int, ...], bytes, list[Slot]]]) -> list[Job]:
    return [
        build_job(at, prefix, list(text), slots, Words())
        for at, (prefix, text, slots) in enumerate(prompts)
    ]


@given(
    st.lists(prompts, min_size=1, max_size=7),
    st.integers(1, 4),
    st.integers(5, 30),
    st.integers(0, 4),
)
def test_batching_changes_nothing_but_speed_and_interrupts_nothing_at_all(
    prompts: list[tuple[tuple[int, ...], bytes, list[Slot]]], lanes: int, batch: int, given_up: int
) -> None:
    jobs = made(prompts)
    together, _ = run(jobs, lanes=lanes, cells=400, batch=batch, given_up=given_up)
    assert sorted(together) == [one.ticket for one in jobs]
    for one in jobs:
        alone, _ = run([one], lanes=1, cells=400, batch=5)
        assert together[one.ticket].texts == alone[one.ticket].texts


@given(st.lists(prompts, min_size=1, max_size=5))
def test_the_model_has_seen_exactly_prompt_leads_and_kept_texts(
    prompts: list[tuple[tuple[int, ...], bytes, list[Slot]]],
) -> None:
    for lane in run(made(prompts), lanes=3, cells=400, batch=16)[0].values():
        words = Words()
        seen = b"".join(words.piece(token) for token in lane.evaluated)
        start = b"".join(map(words.piece, (*lane.job.prefix, *lane.job.tokens)))
        written = list(zip(lane.job.slots, lane.texts, strict=True))
        whole = start + "".join(slot.lead + text for slot, text in written).encode()
        assert whole.startswith(seen[: len(whole)]) or "\ufffd" in "".join(lane.texts)
        for slot, text in written:
            assert not slot.stop or slot.stop not in text
            assert slot.max_tokens or text == ""
        assert lane.sampled_tokens <= sum(slot.max_tokens for slot in lane.job.slots)
        assert len(lane.evaluated) <= len(lane.job.prefix) + lane.job.cells


def test_lanes_write_together_and_only_when_none_has_anything_to_read() -> None:
    jobs = [
        build_job(at, (1,), [at + 10] * 40, [Slot("- ", 12, ""), Slot("\n- ", 12, "")], Words())
        for at in range(3)
    ]
    _, batches = run(jobs, lanes=3, cells=300, batch=16)
    together = [rows for rows in batches if len({row.sequence for row in rows}) > 1]
    assert len(together) > 6
    assert all(row.wanted for rows in together for row in rows), (
        "who reads has the batch for itself"
    )
    for rows in together:
        sequences = [row.sequence for row in rows]
        assert sequences == list(range(len(rows))), (
            "llama.cpp splits a batch where sequences do not follow each other"
        )
    last_read = max(at for at, rows in enumerate(batches) if len(rows) == 16)
    assert not any(rows in together for rows in batches[:last_read])


def test_prompts_wait_until_their_cells_are_free() -> None:
    jobs = [build_job(at, (), [at + 10] * 40, [Slot("- ", 12, "")], Words()) for at in range(4)]
    _, batches = run(jobs, lanes=4, cells=130, batch=16)
    assert max(len({row.sequence for row in rows}) for rows in batches) <= 2


def test_the_shared_prefix_is_evaluated_once() -> None:
    jobs = [build_job(at, (7,) * 20, [at + 10] * 5, [Slot("- ", 3)], Words()) for at in range(4)]
    lanes, batches = run(jobs, lanes=2, cells=200, batch=16)
    assert sum(row.token == 7 for rows in batches for row in rows) == 20
    assert [lanes[at].cached_tokens for at in range(4)] == [0, 20, 20, 20]
    assert [lanes[at].forced_tokens + lanes[at].cached_tokens for at in range(4)] == [27] * 4


def test_more_system_messages_than_prefixes_still_finish() -> None:
    jobs = [build_job(at, (at, at), [1, 2], [Slot("- ", 3)], Words()) for at in range(12)]
    assert len(run(jobs, lanes=6, cells=400, batch=16)[0]) == 12


def test_without_room_the_youngest_lane_starts_again() -> None:
    cache = Cache()
    schedule = Schedule(Words(), cache, lanes=2, cells=400, batch=16)
    jobs = [build_job(at, (), [at + 10] * 20, [Slot("- ", 6, "")], Words()) for at in range(2)]
    for one in jobs:
        schedule.add(one)
    for _ in range(2):
        schedule.commit(cache.evaluate(schedule.next_batch()))
    schedule.next_batch()
    assert schedule.free_cells()
    assert not cache.held[1]
    assert not schedule.free_cells(), "the last lane has nobody to make room for it"
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
    schedule = Schedule(Words(), cache, lanes=2, cells=400, batch=16)
    schedule.add(build_job(1, (), [9] * 30, [Slot("- ", 4, "")], Words()))
    schedule.commit(cache.evaluate(schedule.next_batch()))
    schedule.open_stream(build_job(2, (5,) * 8, [1, 2, 3], [Slot("", 6, "")], Words()))
    first = finish(schedule, cache)
    assert first[1] >= 11
    schedule.open_stream(build_job(3, (5,) * 8, [1, 2, 3], [Slot("", 6, "")], Words()))
    again = finish(schedule, cache)
    assert again[0] == first[0]
    assert again[1] <= first[1] - 10
    assert len(cache.held[0]) == 16, "the paused lane did not move"


@given(st.integers(0, 200), st.sampled_from(["", "##", "\n"]))
def test_streamed_pieces_join_to_the_whole_text(seed: int, stop: str) -> None:
    cache = Cache()
    schedule = Schedule(Words(), cache, lanes=1, cells=400, batch=16)
    lane = schedule.open_stream(build_job(1, (), [seed], [Slot("", 20, stop)], Words()))
    text, _ = finish(schedule, cache)
    assert text == lane.texts[0]


@pytest.mark.parametrize(
    ("tokens", "surplus"),
    [
        ([1] * 23, 0),
        ([1] * 24, 23),
        ([0, 9, *[1, 2, 3] * 8], 21),
        ([*range(10)] * 3, 20),
        ([*range(10)] * 2, 0),
        ([*range(65)] * 3, 0),
        ([], 0),
    ],
)
def test_loops_are_noticed(tokens: list[int], surplus: int) -> None:
    assert repeated(tokens) == surplus


def test_an_unfinished_character_is_left_out() -> None:
    assert decode("né".encode()[:2]) == "n"
    assert decode(b"n\xff\xfe") == "n\ufffd\ufffd"


def test_a_batch_must_hold_every_lane() -> None:
    with pytest.raises(ValueError, match="batch"):
        Schedule(Words(), Cache(), lanes=8, cells=100, batch=8)
