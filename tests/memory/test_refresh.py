"""Whatever happens to a repository, the notes end up describing its code, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from repo_mhm.commands.index import index
from repo_mhm.deep.facts import DeepStep
from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.git import open_snapshot
from repo_mhm.location import Location
from repo_mhm.memory import refresh as refreshing
from repo_mhm.memory import scan_pieces
from repo_mhm.memory.head_budgets import HEAD_BUDGETS, stored_budgets
from repo_mhm.memory.index_plan import IndexOptions
from repo_mhm.memory.index_run import IndexResult
from repo_mhm.memory.notes import (
    CHUNK,
    DIRECTORY,
    FILE,
    SYMBOL,
    ContentLocation,
    Note,
    line,
    without_overview,
)
from repo_mhm.memory.prompts import reader_identity
from repo_mhm.memory.refresh import RefreshResult
from repo_mhm.source.scan import scan, scan_bytes
from repo_mhm.store import Store, open_store
from repo_mhm.store.cleanup import MAX_LOG_BYTES
from tests.conftest import MakeRepo
from tests.killed_statement import COUNTED

HEADS = 2
BUDGET = 90
OPTIONS = IndexOptions(heads=HEADS, head_tokens=BUDGET)
EXAMPLES = int(os.environ.get("REPO_MHM_TEST_EXAMPLES", "5"))
PATHS = ["a.py", "b.py", "lib/a.py", "lib/deep/c.py", "lib/d.txt", "other/e.py"]
NAMES = ["alpha", "beta", "gamma", "delta"]


def source(seed: int, functions: int, size: int) -> str:
    """A module of functions, long enough for several chunks when `size` is large."""
    parts = [f"# module {seed}\n"]
    for number in range(functions):
        body = "".join(
            f"    total += {seed} * {row} + len('step {row} of {number}')\n" for row in range(size)
        )
        parts.append(f"\n\ndef {NAMES[number % 4]}_{seed}(total):\n{body}    return total\n")
    return "".join(parts)


KILLED = (
    COUNTED
    + """
from pathlib import Path
from repo_mhm.commands.index import index
from repo_mhm.memory.index_plan import (IndexOptions)
from repo_mhm.git import open_snapshot
from repo_mhm.store import open_store, writer_lock
from repo_mhm.engine.scripted import ScriptedEngine
directory = Path(sys.argv[2])
with writer_lock(directory), open_store(directory) as store:
    store._db.set_trace_callback(count)
    options = IndexOptions(heads=int(sys.argv[4]), head_tokens=int(sys.argv[5]))
    list(index(store, open_snapshot(Path(sys.argv[1])), ScriptedEngine, "model", options))
"""
)
"""An index that is killed before its nth SQL statement, within a transaction or between two."""

sources = st.builds(source, st.integers(1, 6), st.integers(1, 4), st.sampled_from([2, 60, 150]))


class Repository(RuleBasedStateMachine):
    """Edits, renames, deletions, branches, interruptions; the invariants hold after every index."""

    def __init__(self) -> None:
        super().__init__()
        self.base = Path(mkdtemp())
        self.root = self.base / "repo"
        self.root.mkdir()
        self.git("init", "--quiet")
        self.store = open_store(self.base / "memory")
        self.settled = False

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.base)

    def git(self, *args: str) -> str:
        done = subprocess.run(
            ["git", *args], cwd=self.root, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "change")

    def files(self) -> list[str]:
        paths = (path for path in self.root.rglob("*") if path.is_file())
        return sorted(
            path.relative_to(self.root).as_posix() for path in paths if ".git" not in path.parts
        )

    @initialize(contents=st.lists(sources, min_size=3, max_size=6))
    def begin(self, contents: list[str]) -> None:
        for path, content in zip(PATHS, contents, strict=False):
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(content)
        self.commit()
        self.git("branch", "other")
        self.run(ScriptedEngine())
        self.settled = True

    @rule(path=st.sampled_from(PATHS), content=sources, commit=st.booleans())
    def write(self, path: str, content: str, commit: bool) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
        self.settled = False
        if commit:
            self.commit()

    @rule(pick=st.integers(0, 20), path=st.sampled_from(PATHS), commit=st.booleans())
    def move(self, pick: int, path: str, commit: bool) -> None:
        if not self.files():
            return
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        (self.root / self.files()[pick % len(self.files())]).replace(target)
        self.settled = False
        if commit:
            self.commit()

    @rule(pick=st.integers(0, 20), line=st.integers(0, 30))
    def edit(self, pick: int, line: int) -> None:
        if not self.files():
            return
        target = self.root / self.files()[pick % len(self.files())]
        lines = target.read_text().splitlines(keepends=True)
        lines.insert(line % (len(lines) + 1), f"# remark {line}\n")
        target.write_text("".join(lines))
        self.settled = False

    @rule(pick=st.integers(0, 20))
    def delete(self, pick: int) -> None:
        if self.files():
            (self.root / self.files()[pick % len(self.files())]).unlink()
            self.settled = False

    @rule(branch=st.sampled_from(["main", "other"]))
    def switch(self, branch: str) -> None:
        self.commit()
        self.git("switch", "--quiet", branch)
        self.settled = False

    @precondition(lambda self: not self.settled)
    @rule(at=st.integers(1, 6))
    def interrupted_index(self, at: int) -> None:
        with suppress(KeyboardInterrupt):
            self.run(ScriptedEngine(interrupt_at=at))
        self.settled = False

    @precondition(lambda self: not self.settled)
    @rule(statements=st.integers(1, 900))
    def killed_index(self, statements: int) -> None:
        before = self.store.content_locations()
        self.store.close()
        numbers = (str(number) for number in (statements, HEADS, BUDGET))
        args = [sys.executable, "-c", KILLED, str(self.root), str(self.base / "memory"), *numbers]
        done = subprocess.run(args, capture_output=True)
        assert done.returncode in {0, -9}, done.stderr.decode()
        self.store = open_store(self.base / "memory")
        assert self.store._fetch_first("PRAGMA integrity_check")[0] == "ok"  # type: ignore[index]
        assert not self.store._fetch_all("PRAGMA foreign_key_check")
        self.heads_stay(before)

    @precondition(lambda self: self.settled)
    @rule()
    def there_and_back(self) -> None:
        """What was read at one branch is not read again after a look at another."""
        self.commit()
        here = self.git("symbolic-ref", "--short", "HEAD")
        self.git("switch", "--quiet", "other" if here == "main" else "main")
        self.run(ScriptedEngine())
        self.git("switch", "--quiet", here)
        back = self.run(ScriptedEngine())
        assert (back.steps, back.left) == (0, 0)

    @precondition(lambda self: not self.settled)
    @rule(
        seed=st.integers(0, 3),
        width=st.sampled_from([1, 3, 8]),
        empty=st.sets(st.integers(1, 8), max_size=2),
    )
    def full_index(self, seed: int, width: int, empty: set[int]) -> None:
        self.run(
            ScriptedEngine(order="shuffled", seed=seed, concurrent_prompts=width, empty_at=empty)
        )
        self.run(ScriptedEngine())
        self.settled = True
        again = ScriptedEngine()
        assert self.run(again).steps == 0
        assert not again.prompts

    def run(self, engine: ScriptedEngine) -> IndexResult:
        events = index(self.store, open_snapshot(self.root), lambda: engine, "model", OPTIONS)
        before, live = self.store.content_locations(), self.store.notes()
        event = next(events)
        assert isinstance(event, RefreshResult)
        self.heads_stay(before)
        self.only_what_changed_is_touched(before, live)
        *_, last = events
        assert isinstance(last, IndexResult)
        return last

    def heads_stay(self, before: dict[str, list[ContentLocation]]) -> None:
        """No chunk that is still where it was went to another head."""
        for content, entries in self.store.content_locations().items():
            heads = {entry.location.path: entry.head for entry in before.get(content, ())}
            assert all(
                heads.get(entry.location.path, entry.head) == entry.head for entry in entries
            )

    def only_what_changed_is_touched(
        self, before: dict[str, list[ContentLocation]], live: list[Note]
    ) -> None:
        """A refresh leaves every note, also coarse ones, whose code has not changed or moved."""
        after, now = self.store.content_locations(), {note.id: note for note in self.store.notes()}
        for note in without_overview(live):
            same = all(
                sorted_locations(before[content]) == sorted_locations(after.get(content, []))
                for content in note.chunks
            )
            if same and note.level > SYMBOL:
                assert now.get(note.id) == note

    @invariant()
    def every_live_note_describes_live_code(self) -> None:
        contents = self.store.content_locations()
        locations = {entry.location for entries in contents.values() for entry in entries}
        chunks = set(map(str, locations))
        paths = {location.path for location in locations}
        names = self.store.defined_in(paths)
        for note in self.store.notes():
            assert all(content in contents for content in note.chunks)
            assert 0 <= note.head < HEADS
            if note.level == SYMBOL:
                assert (note.path, note.anchor) in names
            elif note.level == CHUNK:
                assert note.anchor in chunks
            elif note.level == FILE:
                assert note.anchor in paths
            else:
                assert note.level == DIRECTORY
                assert note.anchor == "." or any(
                    path.startswith(f"{note.anchor}/") for path in paths
                )

    @invariant()
    def nothing_read_is_forgotten(self) -> None:
        notes = without_overview(self.store.notes())
        covered = {content for note in notes if note.level >= CHUNK for content in note.chunks}
        read = self.store.content_locations().keys() & self.store.read_contents()
        # A step may have found nothing that is worth its room.
        noted = {content for content in read if self._has_chunk_note(content)}
        assert noted <= covered

    def _has_chunk_note(self, content: str) -> bool:
        notes = self.store.reading_notes(content, reader_identity("model"))
        return any(note.level == CHUNK for note in notes)

    @invariant()
    def a_settled_memory_equals_a_fresh_index_of_the_same_state(self) -> None:
        if not self.settled:
            return
        count = ScriptedEngine().count
        budgets = stored_budgets(self.store.meta(HEAD_BUDGETS), HEADS, BUDGET)
        for head in range(HEADS):
            notes = [note for note in self.store.notes() if note.head == head]
            others = without_overview(notes)
            assert all(note.tokens == count(line(note)) for note in others)
            # Where nothing is left to read, no engine counts what a refresh has estimated.
            assert sum(count(line(note)) for note in notes) <= budgets[head]
        with open_store(self.base / "fresh") as fresh:
            list(index(fresh, open_snapshot(self.root), ScriptedEngine, "model", OPTIONS))
            assert chunk_locations(fresh) == chunk_locations(self.store)
        shutil.rmtree(self.base / "fresh")


def sorted_locations(entries: list[ContentLocation]) -> list[Location]:
    return sorted(entry.location for entry in entries)


def chunk_locations(store: Store) -> list[tuple[Location, str]]:
    chunks = (stored.chunk for stored in store.chunks())
    return sorted((chunk.location, chunk.content_id) for chunk in chunks)


@pytest.mark.slow
def test_any_history_ends_in_a_memory_of_the_code_that_is_there(isolated: Path) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Repository,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=10,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.slow
def test_a_purpose_goes_to_the_head_of_the_copy_that_is_left(isolated: Path) -> None:
    """The head that it was in has no code any more, and so no room."""
    history = Repository()
    try:
        history.begin(contents=[source(1, 1, 2)] * 3)
        history.there_and_back()
        for pick in (12, 8):
            history.delete(pick=pick)
        history.full_index(seed=3, width=3, empty={8})
        history.a_settled_memory_equals_a_fresh_index_of_the_same_state()
    finally:
        history.teardown()


@pytest.mark.slow
def test_gc_bounds_what_a_long_history_takes(make_repo: MakeRepo, tmp_path: Path) -> None:
    repo = make_repo({path: source(1, 4, 60) for path in PATHS})

    def read(store: Store) -> None:
        list(index(store, open_snapshot(repo.root), ScriptedEngine, "model", OPTIONS))

    with open_store(tmp_path / "memory") as store:
        read(store)
        least = store.gc(days=-1).bytes_after
        for turn in range(2, 14):
            repo.write({path: source(turn, 4, 60) for path in PATHS})
            read(store)
        (tmp_path / "memory" / "state" / ".memory.kv.half").write_bytes(bytes(100_000))
        (tmp_path / "memory" / "refresh.log").write_text("a line\n" * 40_000)
        young, old = store.gc(days=1), store.gc(days=-1)
        assert store.memory_diff(store.meta("commit"), store.meta("commit")) == []
    assert young.notes == 0
    assert young.bytes_before - young.bytes_after > 100_000 + 200_000
    assert old.notes > 100
    assert old.bytes_after < 1.15 * least + MAX_LOG_BYTES
    assert old.bytes_before - old.bytes_after > 50_000


def test_the_deep_pass_of_a_question_asked_long_ago_is_deleted(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        store.put_file(scan_bytes("a.py", b"x = 1\n", "b", texts=True))
        content = store.chunks()[0].chunk.content_id
        store.add_deep_step("a pass", DeepStep(content, "a.py", 0, memory="text"))
        store.gc(days=1)
        assert store.deep_steps("a pass")
        store.gc(days=-1)
        assert not store.deep_steps("a pass")


def test_a_file_that_changes_while_it_is_scanned_is_scanned_again(
    make_repo: MakeRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if its content returns to what it was: an edit is undone, a branch is switched back."""
    repo = make_repo({"a.py": source(1, 2, 2), "b.py": source(2, 2, 2)})

    def scan_late(*args: object, **options: object) -> object:
        repo.write({"a.py": source(3, 2, 2)})
        return scan(*args, **options)  # type: ignore[arg-type]

    with open_store(tmp_path / "memory") as store, open_store(tmp_path / "fresh") as fresh:
        with monkeypatch.context() as patch:
            patch.setattr(scan_pieces, "scan", scan_late)
            refreshing.refresh(store, open_snapshot(repo.root), heads=2)
        repo.git("checkout", "--quiet", "a.py")
        refreshing.refresh(store, open_snapshot(repo.root), heads=2)
        refreshing.refresh(fresh, open_snapshot(repo.root), heads=2)
        assert chunk_locations(store) == chunk_locations(fresh)
        assert refreshing.refresh(store, open_snapshot(repo.root), heads=2).scanned == 0
