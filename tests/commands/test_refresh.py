"""A memory stays true: whatever happens to a repository, the notes end up on what is there, and no more."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from repo_mhm.commands.index import Indexed, IndexOptions, index
from repo_mhm.git import open_snapshot
from repo_mhm.memory import CHUNK, DIRECTORY, FILE, SYMBOL, line
from repo_mhm.store import Store, open_store
from repo_mhm.testing import ScriptedEngine

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
        body = "".join(f"    total += {seed} * {row} + len('step {row} of {number}')\n" for row in range(size))
        parts.append(f"\n\ndef {NAMES[number % 4]}_{seed}(total):\n{body}    return total\n")
    return "".join(parts)


sources = st.builds(source, st.integers(1, 6), st.integers(1, 4), st.sampled_from([2, 60, 150]))


class Repository(RuleBasedStateMachine):
    """Edits, renames, deletions, branches, interruptions; after every index that ends, the invariants hold."""

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

    def git(self, *args: str) -> None:
        subprocess.run(["git", *args], cwd=self.root, check=True, capture_output=True)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "change")

    def files(self) -> list[str]:
        return sorted(p.relative_to(self.root).as_posix() for p in self.root.rglob("*") if p.is_file()
                      and ".git" not in p.parts)  # fmt: skip

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
    @rule(seed=st.integers(0, 3), lanes=st.sampled_from([1, 3, 8]), empty=st.sets(st.integers(1, 8), max_size=2))
    def full_index(self, seed: int, lanes: int, empty: set[int]) -> None:
        self.run(ScriptedEngine(order="shuffled", seed=seed, lanes=lanes, empty_at=empty))
        self.run(ScriptedEngine())
        self.settled = True
        again = ScriptedEngine()
        assert self.run(again).steps == 0
        assert not again.prompts

    def run(self, engine: ScriptedEngine) -> Indexed:
        events = list(index(self.store, open_snapshot(self.root), lambda: engine, "model", OPTIONS))
        assert isinstance(events[-1], Indexed)
        return events[-1]

    @invariant()
    def every_live_note_stands_on_live_code(self) -> None:
        spots = self.store.spots()
        chunks = {f"{spot.path}:{spot.start}-{spot.end}" for found in spots.values() for spot in found}
        paths = {spot.path for found in spots.values() for spot in found}
        names = self.store.defined_in(paths)
        for note in self.store.notes():
            assert all(content in spots for content in note.chunks)
            assert 0 <= note.head < HEADS
            if note.level == SYMBOL:
                assert (note.path, note.anchor) in names
            elif note.level == CHUNK:
                assert note.anchor in chunks
            elif note.level == FILE:
                assert note.anchor in paths
            else:
                assert note.level == DIRECTORY
                assert note.anchor == "." or any(path.startswith(f"{note.anchor}/") for path in paths)

    @invariant()
    def nothing_read_is_forgotten(self) -> None:
        covered = {content for note in self.store.notes() if note.level >= CHUNK for content in note.chunks}
        assert (self.store.spots().keys() & self.store.read_contents()) <= covered

    @invariant()
    def a_settled_memory_equals_a_fresh_index_of_the_same_state(self) -> None:
        if not self.settled:
            return
        count = ScriptedEngine().count
        for head in range(HEADS):
            notes = [note for note in self.store.notes() if note.head == head]
            assert all(note.tokens == count(line(note)) for note in notes)
            assert sum(note.tokens for note in notes) <= BUDGET
        with open_store(self.base / "fresh") as fresh:
            list(index(fresh, open_snapshot(self.root), ScriptedEngine, "model", OPTIONS))
            assert places(fresh) == places(self.store)
        shutil.rmtree(self.base / "fresh")


def places(store: Store) -> list[tuple[str, int, int, str]]:
    found = (stored.chunk for stored in store.chunks())
    return sorted((chunk.path, chunk.start, chunk.end, chunk.content_id) for chunk in found)


def test_any_history_ends_in_the_memory_of_what_is_there(isolated: Path) -> None:
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
