"""Indexing step by step: work in proportion to the change, and nothing ever read twice."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.errors import EngineError
from repo_mhm.git import open_snapshot
from repo_mhm.memory.index_plan import IndexOptions
from repo_mhm.memory.index_run import IndexResult, IndexRun
from repo_mhm.memory.notes import CHUNK, FILE, SYMBOL, Note, is_purpose, render, without_overview
from repo_mhm.memory.overview_update import IndexOverview
from repo_mhm.store import Store, open_store
from tests.conftest import MakeRepo, TestRepo

OPTIONS = IndexOptions(heads=2, head_tokens=2000, depth="read")
TIGHT = IndexOptions(heads=2, head_tokens=90, depth="read")


def module(number: int, body: str = "return value") -> str:
    lines = "".join(f"    value += {number}  # step {row}\n" for row in range(120))
    return "\n\n".join(
        f"def work_{number}_{part}(value):\n{lines}    {body}\n" for part in range(3)
    )


FILES: dict[str | bytes, str | bytes] = {f"pkg{n % 2}/m{n}.py": module(n) for n in range(6)}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "memory")


def run(
    store: Store,
    repo: TestRepo,
    options: IndexOptions = OPTIONS,
    model: str = "model",
    **engine_options: object,
) -> tuple[IndexResult, ScriptedEngine]:
    engine = ScriptedEngine(**engine_options)  # type: ignore[arg-type]
    return take_all(IndexRun(store, model, options), repo, engine), engine


def take_all(indexing: IndexRun, repo: TestRepo, engine: ScriptedEngine) -> IndexResult:
    indexing.refresh(open_snapshot(repo.root))
    indexing.plan()
    list(indexing.take_steps(engine))
    return indexing.result()


def live(store: Store) -> set[tuple[int, int, str, str]]:
    return {(note.head, note.level, note.anchor, note.text) for note in store.notes()}


def test_a_first_index_reads_every_chunk_once_and_a_second_nothing(
    store: Store, make_repo: MakeRepo
) -> None:
    repo = make_repo(FILES)
    first, engine = run(store, repo)
    assert first.steps == first.chunks == store.chunk_count() == len(engine.prompts)
    assert (first.failed, first.left, first.skipped) == (0, 0, 0)
    assert first.prefill_tokens == sum(reply.prompt_tokens for reply in engine.replies)
    assert first.notes == len(store.notes())
    second, engine = run(store, repo)
    assert (second.steps, second.skipped) == (0, first.chunks)
    assert not engine.prompts


def test_auto_skims_everything_and_then_reads_it_whole(store: Store, make_repo: MakeRepo) -> None:
    repo = make_repo(FILES)
    options = IndexOptions(heads=2, head_tokens=2000)
    seen = [prompt.user.split()[0] for prompt in run(store, repo, options)[1].prompts]
    chunks = store.chunk_count()
    assert seen.count("Outline") == seen.count("From") == chunks
    covered = {"chunks": chunks, "read": chunks, "skimmed": chunks}
    assert store.coverage().items() >= covered.items()
    notes = without_overview(store.notes())
    assert {note.depth for note in notes if note.level <= CHUNK} == {"read"}


def purposes(store: Store) -> dict[str, str]:
    return {note.anchor: note.text for note in store.notes() if is_purpose(note)}


PACKAGE: dict[str | bytes, str | bytes] = {
    "post/send.py": f'"""Sends parcels over the link."""\n\n{module(1)}',
    "post/sort.py": module(2),
    "post/stamp.py": module(3),
    "other/lone.py": module(4),
}
AUTO = IndexOptions(heads=2, head_tokens=2000)


def test_files_and_directories_get_their_purpose_in_a_line(
    store: Store, make_repo: MakeRepo
) -> None:
    repo = make_repo(PACKAGE)
    indexing = IndexRun(store, "model", AUTO)
    indexing.refresh(open_snapshot(repo.root))
    assert purposes(store) == {"post/send.py": "Sends parcels over the link."}
    _, engine = run(store, repo, AUTO)
    assert purposes(store).keys() == {*map(str, PACKAGE), "post"}
    leads = [slot.lead.strip() for prompt in engine.prompts for slot in prompt.slots]
    assert {"- `post/sort.py` is there to", "- `post` is there to"} <= set(leads)
    assert "- `post/send.py` is there to" not in leads, "its authors say what it is for"
    assert purposes(store)["post/send.py"] == "Sends parcels over the link."


def test_a_purpose_is_noted_again_only_when_the_files_most_valuable_chunk_changed(
    store: Store, make_repo: MakeRepo
) -> None:
    repo = make_repo(PACKAGE)
    run(store, repo, AUTO)
    before = purposes(store)
    again, engine = run(store, repo, AUTO)
    assert again.steps == 0 and not engine.prompts

    chunks = store.chunks_in("post/sort.py")
    lead = max(chunks, key=lambda stored: (stored.value, -stored.id)).chunk
    for stored, asked_again in ((chunks[-1], False), (chunks[0], True)):
        assert (stored.chunk == lead) == asked_again
        (name, *_) = stored.chunk.symbols
        text = repo.path("post/sort.py").read_text()
        repo.commit({"post/sort.py": text.replace(f"def {name}(value)", f"def {name}(item)")})
        _, engine = run(store, repo, AUTO)
        leads = [slot.lead.strip() for prompt in engine.prompts for slot in prompt.slots]
        assert ("- `post/sort.py` is there to" in leads) == asked_again
        assert purposes(store).keys() == before.keys()


def test_purposes_follow_their_files_and_come_back_with_their_branch(
    store: Store, make_repo: MakeRepo
) -> None:
    repo = make_repo(PACKAGE)
    run(store, repo, AUTO)
    main = live(store)
    repo.git("switch", "--quiet", "--create", "other")
    repo.git("mv", "post/sort.py", "post/order.py")
    repo.commit({"post/stamp.py": module(70)})
    run(store, repo, AUTO)
    assert purposes(store).keys() == {"post/send.py", "post/order.py", "post/stamp.py", "post",
                                      "other/lone.py"}  # fmt: skip
    repo.git("switch", "--quiet", "main")
    again, engine = run(store, repo, AUTO)
    assert again.steps == 0 and not engine.prompts
    assert live(store) == main


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.sampled_from(["submitted", "reversed", "shuffled"]),
    seed=st.integers(0, 99),
    width=st.integers(1, 9),
    head_tokens=st.integers(60, 600),
    empty=st.sets(st.integers(1, 40), max_size=9),
)
def test_a_step_changes_one_head_and_leaves_all_others_byte_for_byte(
    tmp_path: Path,
    package: TestRepo,
    order: str,
    seed: int,
    width: int,
    head_tokens: int,
    empty: set[int],
) -> None:
    """MHM's guarantee: what a step reads cannot damage what the other heads hold."""
    options = IndexOptions(heads=3, head_tokens=head_tokens)
    engine = ScriptedEngine(
        order=order,  # type: ignore[arg-type]
        seed=seed,
        concurrent_prompts=width,
        empty_at=empty,
    )
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder, open_store(Path(folder)) as store:
        indexing = IndexRun(store, "model", options)
        indexing.refresh(open_snapshot(package.root))
        indexing.plan()
        heads = rendered_heads(store)
        for progress in indexing.take_steps(engine):
            after = rendered_heads(store)
            changed = {head for head in range(3) if heads[head] != after[head]}
            assert changed <= {progress.step.head}
            heads = after
        for head in range(3):
            tokens = sum(note.tokens for note in store.notes() if note.head == head)
            assert engine.count(heads[head].decode()) <= tokens <= head_tokens


def rendered_heads(store: Store) -> list[bytes]:
    notes = store.notes()
    return [render(note for note in notes if note.head == head).encode() for head in range(3)]


@pytest.fixture
def package(make_repo: MakeRepo) -> TestRepo:
    return make_repo(PACKAGE)


def test_moved_and_renamed_files_cost_nothing_and_their_notes_follow(
    store: Store, make_repo: MakeRepo
) -> None:
    repo = make_repo(FILES)
    run(store, repo)
    before = {note.id: note.text for note in without_overview(store.notes())}
    repo.git("mv", "pkg0", "elsewhere")
    repo.git("mv", "pkg1/m1.py", "pkg1/renamed.py")
    repo.commit()
    moved, engine = run(store, repo)
    assert moved.steps == 0 and not engine.prompts
    assert {note.id: note.text for note in without_overview(store.notes())} == before
    assert {note.path.split("/")[0] for note in store.notes()} == {"elsewhere", "pkg1"}
    assert not any("m1.py" in note.anchor for note in store.notes())


def test_a_small_change_costs_its_own_chunk_and_leaves_the_plan(
    store: Store, make_repo: MakeRepo
) -> None:
    repo = make_repo(FILES)
    run(store, repo)
    heads = {stored.chunk.content_id: stored.head for stored in store.chunks()}
    (before,) = {
        stored.head
        for stored in store.chunks_in("pkg0/m2.py")
        if "work_2_1" in stored.chunk.symbols
    }
    repo.commit(
        {"pkg0/m2.py": module(2).replace("def work_2_1(value):", "def work_2_1(value, more=1):")}
    )
    changed, engine = run(store, repo)
    assert changed.steps == len(engine.prompts) == 1
    after = {stored.chunk.content_id: stored.head for stored in store.chunks()}
    assert all(after[content] == head for content, head in heads.items() if content in after)
    (new,) = after.keys() - heads.keys()
    assert after[new] == before
    assert not any(new not in note.chunks and "more=1" in note.text for note in store.notes())


def test_switching_branches_back_and_forth_reads_nothing_again(
    store: Store, make_repo: MakeRepo
) -> None:
    repo = make_repo(FILES)
    run(store, repo)
    main = live(store)
    repo.git("switch", "--quiet", "--create", "other")
    repo.commit({"pkg0/m0.py": module(70), "pkg1/m1.py": module(71)})
    run(store, repo)
    other = live(store)
    for branch, expected in (("main", main), ("other", other), ("main", main)):
        repo.git("switch", "--quiet", branch)
        again, engine = run(store, repo)
        assert again.steps == 0 and not engine.prompts
        assert live(store) == expected


@pytest.mark.parametrize("declined", ["every note", "all but symbols", "the whole chunk"])
def test_what_was_not_worth_its_room_is_not_read_again_after_a_switch(
    store: Store, make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch, declined: str
) -> None:
    """Also where the notes of an outline stay since those of the whole chunk say no more."""

    def worth(_: IndexOverview, note: Note, *, is_code: bool) -> float:
        is_declined = {
            "every note": True,
            "all but symbols": note.level != SYMBOL,
            "the whole chunk": note.depth == "read",
        }
        return -1.0 if is_declined[declined] else 1e9

    monkeypatch.setattr(IndexOverview, "worth", worth)
    repo = make_repo(FILES)
    options = replace(OPTIONS, depth="auto")
    run(store, repo, options)
    main = live(store)
    repo.git("switch", "--quiet", "--create", "other")
    repo.git("rm", "--quiet", "-r", "pkg0")
    repo.commit({"pkg1/m1.py": module(71)})
    run(store, repo, options)
    repo.git("switch", "--quiet", "main")
    again, engine = run(store, repo, options)
    assert (again.steps, again.left) == (0, 0)
    assert not engine.prompts
    assert live(store) == main


def test_only_coarse_notes_over_a_change_are_written_again(
    store: Store, make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(IndexOverview, "lost", lambda *_: 0.0)
    repo = make_repo(FILES)
    run(store, repo, TIGHT)
    notes = without_overview(store.notes())
    coarse = {note.id: note for note in notes if note.level >= FILE}
    assert coarse
    changed = next(stored.chunk for stored in store.chunks_in("pkg0/m2.py"))
    repo.commit(
        {"pkg0/m2.py": module(2).replace("def work_2_0(value):", "def work_2_0(other, value):")}
    )
    done, engine = run(store, repo, TIGHT)
    assert done.steps == 1
    kept = {note.id for note in store.notes()}
    for number, note in coarse.items():
        if changed.content_id in note.chunks:
            assert number not in kept
    changed_heads = {note.head for note in coarse.values() if changed.content_id in note.chunks}
    untouched = {number for number, note in coarse.items() if note.head not in changed_heads}
    assert untouched <= kept
    assert len(engine.prompts) <= 12
    covered = {content for note in store.notes() if note.level >= CHUNK for content in note.chunks}
    assert covered == store.content_locations().keys()


def test_another_model_reads_everything_again_and_replaces_the_notes(
    store: Store, make_repo: MakeRepo
) -> None:
    repo = make_repo(FILES)
    first, _ = run(store, repo)
    other, _ = run(store, repo, model="another")
    assert other.steps == first.steps and other.notes == first.notes
    assert run(store, repo)[0].steps == 0


def test_a_chunk_that_fails_twice_is_skipped_until_it_changes(
    store: Store, make_repo: MakeRepo
) -> None:
    repo = make_repo({"a.py": "x = 1\n"})
    for expected in (1, 1, 0):
        done, _ = run(store, repo, empty_at={1})
        assert (done.steps, done.failed) == (expected, expected)
        assert not without_overview(store.notes())
    repo.commit({"a.py": "x = 2\n"})
    run(store, repo)
    assert len(without_overview(store.notes())) == 1


def test_constants_and_small_functions_are_noted_without_the_model(
    store: Store, make_repo: MakeRepo
) -> None:
    code = """LIMIT = 1
LIMIT = 4711
TOKENS = {
    "a": 1,
}
PAUSE: float = -0.5
MARK = "<|im_end|>\\x1b"
NOTHING = None
API_KEY = "AKIAIOSFODNN7EXAMPLQ"


def first(batch, limit=3):
    return batch[:limit]


def longer(batch):
    first(batch)
    first(batch)
    return None


class Courier:
    retries = 7
"""
    run(store, make_repo({"a.py": code, "b.go": "package b\n\nconst Most = 12\n"}))
    notes = without_overview(store.notes())
    exact = {note.anchor: note.text for note in notes if "about" not in note.text}
    assert exact == {"first": "(batch, limit=3): return batch[:limit]"}
    text = render(store.notes())
    assert "AKIA" not in text
    assert all(
        text.count(value) == 1 for value in ("LIMIT=4711", "PAUSE=-0.5", "retries=7", "Most=12")
    )


def test_an_engine_that_fails_loses_nothing_finished(store: Store, make_repo: MakeRepo) -> None:
    repo = make_repo(FILES)
    with pytest.raises(EngineError):
        run(store, repo, fail_at=5)
    with pytest.raises(KeyboardInterrupt):
        run(store, repo, interrupt_at=4)
    done, _ = run(store, repo)
    assert done.steps == store.chunk_count() - 4 - 3


def test_a_short_budget_begins_only_the_steps_it_has_time_for(
    store: Store, make_repo: MakeRepo
) -> None:
    """All prompts in flight are read before the first is done, and lost when the time is up."""
    body = "    value = value * 2 + 1\n" * 60
    repo = make_repo({f"m{number}.py": f"def run{number}(value):\n{body}" for number in range(12)})
    now = [0.0]

    def slow(prompt: object) -> list[str]:
        now[0] += 4
        return ["takes four seconds"]

    engine = ScriptedEngine(slow, concurrent_prompts=12)
    options = IndexOptions(heads=2, head_tokens=2000, depth="read", budget_seconds=20)
    result = take_all(IndexRun(store, "model", options, clock=lambda: now[0]), repo, engine)
    assert result.steps >= 3
    assert len(engine.prompts) <= result.steps + 2 < result.chunks == 12


def test_a_step_reads_no_notes_and_a_budget_costs_no_reads(
    tmp_path: Path, make_repo: MakeRepo
) -> None:
    repo = make_repo(FILES)

    def reads_by_step(budget: float | None) -> list[list[str]]:
        """The store's SELECT statements before each step."""
        statements: list[str] = []
        with open_store(tmp_path / f"budget-{budget}") as store:
            indexing = IndexRun(store, "model", replace(OPTIONS, budget_seconds=budget))
            indexing.refresh(open_snapshot(repo.root))
            indexing.plan()
            store._db.set_trace_callback(statements.append)
            reads = []
            for _ in indexing.take_steps(ScriptedEngine(concurrent_prompts=1)):
                reads.append([text for text in statements if text.startswith("SELECT")])
                statements.clear()
            assert len(reads) == store.chunk_count()
        return reads

    without_budget, with_budget = reads_by_step(None), reads_by_step(10_000.0)
    assert list(map(len, without_budget)) == list(map(len, with_budget))
    first, *others = with_budget
    assert any(text.startswith("SELECT * FROM note") for text in first)
    assert not any(text.startswith("SELECT * FROM note") for reads in others for text in reads)


def test_planning_looks_at_no_text_and_a_step_only_at_its_own_files(
    store: Store, make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = make_repo(FILES | PACKAGE)
    indexing = IndexRun(store, "model", AUTO)
    indexing.refresh(open_snapshot(repo.root))

    looked_at: set[str] = set()
    for name in ("chunks_in", "symbols_in", "text_of"):
        read = getattr(Store, name)
        monkeypatch.setattr(
            Store, name, lambda store, path, read=read: looked_at.add(path) or read(store, path)
        )
    for name in ("chunks", "symbols"):
        read = getattr(Store, name)
        # Without ids they would read all.
        monkeypatch.setattr(Store, name, lambda store, ids, read=read: read(store, ids))
    plan = indexing.plan()
    assert plan.steps > store.chunk_count()
    assert not looked_at

    engine = ScriptedEngine(concurrent_prompts=1)
    step = next(progress.step for progress in indexing.take_steps(engine) if progress.step)
    assert step.chunk
    assert looked_at < store.blobs().keys()


def test_a_plan_after_many_refreshes_is_that_of_a_new_store(
    store: Store, make_repo: MakeRepo, tmp_path: Path
) -> None:
    repo = make_repo(FILES | PACKAGE)
    for files in ({"post/sort.py": module(8)}, {"pkg0/m0.py": module(9), "other/new.py": "X = 1"}):
        IndexRun(store, "model", AUTO).refresh(open_snapshot(repo.root))
        repo.commit(files)
    with open_store(tmp_path / "new") as new:
        plans = []
        for each in (store, new):
            indexing = IndexRun(each, "model", AUTO)
            indexing.refresh(open_snapshot(repo.root))
            plans.append(indexing.plan())
            assert {file.path for file in each.file_overviews()} == set(each.paths_with_chunks())
    assert plans[0] == plans[1]


def test_steps_are_planned_once(
    store: Store, make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = make_repo(FILES)
    calls: list[str] = []
    readings = store.readings
    monkeypatch.setattr(store, "readings", lambda model: calls.append(model) or readings(model))
    run(store, repo)
    assert len(calls) == 1


def test_secrets_never_reach_the_model_or_the_store(store: Store, make_repo: MakeRepo) -> None:
    secret = "AKIA" + "QYLPMN5HHHFPZAM2"
    repo = make_repo({"a.py": f"KEY = '{secret}'\n\n\ndef use(key='{secret}'):\n    pass\n"})
    done, engine = run(store, repo)
    assert done.redacted == 2
    assert not any(secret in prompt.user for prompt in engine.prompts)
    store._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert secret.encode() not in store.path.read_bytes()


def test_with_another_number_of_heads_notes_move_to_the_new_plan(
    store: Store, make_repo: MakeRepo
) -> None:
    repo = make_repo(FILES)
    run(store, repo, TIGHT)
    again, _ = run(store, repo, IndexOptions(heads=1, head_tokens=180, depth="read"))
    assert again.steps == 0
    assert {note.head for note in store.notes()} == {0}
    assert sum(note.tokens for note in store.notes()) <= 180


def test_the_diff_of_two_commits_is_that_of_their_memories(
    store: Store, make_repo: MakeRepo
) -> None:
    repo = make_repo(FILES)
    run(store, repo)
    first = repo.git("rev-parse", "HEAD")
    second = repo.commit(
        {"pkg0/m2.py": module(2).replace("def work_2_1(value):", "def work_2_1(value, more=1):")}
    )
    run(store, repo)
    changes = store.memory_diff(first, second)
    assert {change.note.path for change in changes} == {"pkg0/m2.py"}
    assert {change.kind for change in changes} == {"came", "went"}
    third = repo.commit({})
    run(store, repo)
    assert store.memory_diff(second, third) == []
