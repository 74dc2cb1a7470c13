"""Heads: every chunk has one, equal input gives an equal plan, and modules keep together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.errors import UsageError
from repo_mhm.memory.head_assignment import SELECTORS, SLACK, extend_plan, make_plan, tokens_of
from repo_mhm.source.chunks import Chunk, content_id


def chunk(path: str, tokens: int, start: int = 1) -> Chunk:
    return Chunk(
        path=path,
        start=start,
        end=start,
        start_byte=start,
        end_byte=start + 1,
        kind="code",
        module=path.rpartition("/")[0],
        symbols=(),
        tokens=tokens,
        content_id=content_id(path.encode(), str(start)),
        enclosing="",
    )


PATHS = st.lists(st.sampled_from(["a", "b", "src", "tests", "é"]), min_size=1, max_size=4).map(
    "/".join
)
CHUNKS = st.lists(
    st.builds(chunk, PATHS.map(lambda path: f"{path}.py"), st.integers(1, 2000), st.integers(1, 99))
).map(lambda chunks: sorted(chunks, key=lambda entry: (entry.path, entry.start)))
HEADS = st.integers(1, 12)


def loads(chunks: list[Chunk], head_of: tuple[int, ...], heads: int) -> list[int]:
    sums = [0] * heads
    for entry, head in zip(chunks, head_of, strict=True):
        sums[head] += entry.tokens
    return sums


@given(CHUNKS, HEADS, st.sampled_from(sorted(SELECTORS)), st.integers(0, 5))
def test_every_chunk_has_a_head_and_the_plan_repeats(
    chunks: list[Chunk], heads: int, selector: str, seed: int
) -> None:
    plan = make_plan(chunks, heads, selector, seed)
    assert len(plan.head_of) == len(chunks)
    assert all(0 <= head < heads for head in plan.head_of)
    assert plan == make_plan(list(chunks), heads, selector, seed)
    assert sorted(index for queue in plan.queues() for index in queue) == list(range(len(chunks)))
    assert all(queue == sorted(queue) for queue in plan.queues())


@given(CHUNKS, HEADS)
def test_no_head_is_filled_past_its_share_by_more_than_a_chunk(
    chunks: list[Chunk], heads: int
) -> None:
    plan = make_plan(chunks, heads)
    share = sum(entry.tokens for entry in chunks) / heads
    largest = max((entry.tokens for entry in chunks), default=0)
    assert max(loads(chunks, plan.head_of, heads)) <= share * (1 + SLACK) + largest


@given(st.integers(2, 8), st.integers(1, 6))
def test_equal_modules_each_get_their_own_head(heads: int, files: int) -> None:
    chunks = [
        chunk(f"module{module}/f{file}.py", 100) for module in range(heads) for file in range(files)
    ]
    plan = make_plan(chunks, heads)
    homes = {entry.module: head for entry, head in zip(chunks, plan.head_of, strict=True)}
    assert all(
        homes[entry.module] == head for entry, head in zip(chunks, plan.head_of, strict=True)
    )
    assert len(set(homes.values())) == heads


def test_small_subtrees_stay_together_and_beside_their_siblings() -> None:
    sizes = {
        "core/a/x.py": 200,
        "core/b/y.py": 200,
        "docs/one.md": 300,
        "docs/two/three.md": 100,
        "tests/t.py": 400,
    }
    chunks = [chunk(path, tokens) for path, tokens in sizes.items()]
    plan = make_plan(chunks, 3)
    head = dict(zip(sizes, plan.head_of, strict=True))
    assert head["core/a/x.py"] == head["core/b/y.py"]
    assert head["docs/one.md"] == head["docs/two/three.md"]
    assert len(set(head.values())) == 3


def test_a_file_too_large_for_its_head_spills_to_the_least_recently_updated_one() -> None:
    chunks = [chunk("huge.py", 100, start) for start in range(1, 13)]
    plan = make_plan(chunks, 4)
    assert plan.head_of == (0, 0, 0, 1, 2, 3, 1, 2, 3, 1, 2, 3)


def test_lru_takes_turns_single_does_not_and_random_follows_its_seed() -> None:
    chunks = [chunk("a.py", 10, start) for start in range(1, 41)]
    assert make_plan(chunks, 3, "lru").head_of[:6] == (0, 1, 2, 0, 1, 2)
    assert set(make_plan(chunks, 3, "single").head_of) == {0}
    assert make_plan(chunks, 3, "random", 1) == make_plan(chunks, 3, "random", 1)
    assert make_plan(chunks, 3, "random", 1) != make_plan(chunks, 3, "random", 2)


def test_impossible_plans_are_refused() -> None:
    with pytest.raises(UsageError, match="0 heads") as none:
        make_plan([], 0)
    assert "--heads" in none.value.hint
    with pytest.raises(UsageError, match="'best'") as unknown:
        make_plan([], 1, "best")
    assert "module" in unknown.value.hint


@given(CHUNKS, CHUNKS, HEADS)
def test_new_chunks_go_to_the_head_of_their_file(
    before: list[Chunk], new: list[Chunk], heads: int
) -> None:
    planned = list(zip(before, make_plan(before, heads).head_of, strict=True))
    added = extend_plan(tokens_of(planned), new, heads)
    assert len(added) == len(new)
    assert all(0 <= head < heads for head in added)
    for entry, head in zip(new, added, strict=True):
        own = {other_head for other, other_head in planned if other.path == entry.path}
        has_new_neighbour = any(other.path == entry.path for other in new if other != entry)
        assert not own or len(own) > 1 or head in own or has_new_neighbour
