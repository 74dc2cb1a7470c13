"""A garbled database: every reader and writer either works or says what to run. No hang, no crash.

TEST_FUZZ_DATABASES is how many are garbled (scripts/fuzz_databases: 1,000), TEST_FUZZ_SEED the
first seed.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from repo_mhm.commands import memory as memory_commands
from repo_mhm.commands.repository_map import repository_map
from repo_mhm.errors import RepoMhmError
from repo_mhm.git import open_snapshot
from repo_mhm.memory.notes import SYMBOL, Note, Step
from repo_mhm.memory.refresh import refresh
from repo_mhm.store import DATABASE, Store, find_store, open_store, repair, writer_lock
from tests.store.garbled_databases import MUTATIONS

COUNT = int(os.environ.get("TEST_FUZZ_DATABASES", "54"))
SEED = int(os.environ.get("TEST_FUZZ_SEED", "7"))
CPU_SECONDS = 20.0
"""What one database may cost; a thousand times what a sound one does."""
_FILES = {f"part{n}.py": f'def weigh_{n}(parcel):\n    """Weigh {n}."""\n' for n in range(4)}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a memory with something in every table that readers look at."""
    root = tmp_path_factory.mktemp("repository")
    for name, text in _FILES.items():
        (root / name).write_text(text + "    return parcel\n", "utf-8")
    directory = tmp_path_factory.mktemp("memory")
    with open_store(directory) as store:
        refresh(store, open_snapshot(root), heads=2, head_tokens=256, selector="module")
        content = store.chunks()[0].chunk.content_id
        note = Note(
            store.next_note_id(), 0, SYMBOL, "weigh_0", "part0.py", "Weighs.", 9, (content,),
            "read", 0.5,
        )  # fmt: skip
        store.record(Step(0, "note", content, "part0.py", "read", (note,), ()), "m")
        store.add_turn("first", "where?", "here", {"files": ["part0.py"], "model": "m"})
    return directory


READERS: tuple[Callable[[Store], object], ...] = (
    Store.check, Store.chunks, Store.symbols, Store.references, Store.coverage, Store.totals,
    Store.sessions, Store.commits, Store.former_chunks, Store.merged_notes, Store.names,
    Store.change_weights, Store.tokens_by_head, Store.content_locations,
    lambda store: list(store.newest_turns()),
    lambda store: store.search("symbol", ["weigh"], 5),
    lambda store: store.search("source", ["parcel"], 5),
    lambda store: store.text_of("part0.py"),
    lambda store: memory_commands.show(store, 2, 256),
    lambda store: memory_commands.search(store, "weigh"),
    lambda store: memory_commands.note_history(store, 1),
    repository_map,
)  # fmt: skip


def _use(directory: Path) -> None:
    for read in READERS:
        with _said():
            store = find_store(directory)
            if store is None:
                return
            with store:
                read(store)


def _write(directory: Path) -> None:
    with writer_lock(directory), open_store(directory) as store:
        store.set_meta(key="value")
        store.add_turn("second", "why?", "so", {})
        store.gc(days=0)


@contextmanager
def _said() -> Iterator[None]:
    """An expected error is fine if it says what failed and what to do."""
    try:
        yield
    except RepoMhmError as exc:
        assert exc.message
        assert exc.hint


@contextmanager
def _bounded() -> Iterator[None]:
    def end(*_: object) -> None:
        raise AssertionError(f"it took more than {CPU_SECONDS} s of processor time")

    before = signal.signal(signal.SIGPROF, end)
    signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@pytest.mark.parametrize("number", range(COUNT))
def test_a_garbled_database_is_an_error_that_says_what_to_run(
    sound: Path, tmp_path: Path, number: int
) -> None:
    directory = tmp_path / "memory"
    shutil.copytree(sound, directory)
    mutation = MUTATIONS[number % len(MUTATIONS)]
    mutation(directory / DATABASE, random.Random(SEED + number))

    with _bounded():
        for use in (_use, _write, _use, repair, _use):
            with _said():
                use(directory)


def test_the_sound_database_reads_without_an_error(sound: Path, tmp_path: Path) -> None:
    directory = tmp_path / "memory"
    shutil.copytree(sound, directory)
    with open_store(directory) as store:
        for read in READERS:
            read(store)


def test_an_unexpected_error_on_a_sound_database_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(LookupError), open_store(tmp_path) as store:
        assert store.meta("key") == ""
        raise LookupError("a defect")
