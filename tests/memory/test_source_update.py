"""A question's update of the source: seen at once, and as if nothing had happened afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from repo_mhm.commands.index import index
from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.git import open_changes, open_snapshot
from repo_mhm.memory import source_update
from repo_mhm.memory.index_plan import IndexOptions
from repo_mhm.memory.refresh import refresh
from repo_mhm.memory.snapshot_changes import compare
from repo_mhm.memory.source_update import (
    CLOCK_MARGIN_SECONDS,
    MANY_FILES,
    MAX_BYTES,
    memory_change,
    remember_listing,
    source_change,
    update_source,
)
from repo_mhm.store import Store, open_store, writer_lock
from tests.conftest import MakeRepo, TestRepo
from tests.killed_statement import COUNTED

OPTIONS = IndexOptions(heads=2, head_tokens=200)
EXAMPLES = int(os.environ.get("REPO_MHM_TEST_EXAMPLES", "8"))
PATHS = ["a.py", "lib/b.py", "lib/c.py", "notes.md"]


def code(seed: int, functions: int = 3) -> str:
    body = "".join(f"    total += {seed} * {row}\n" for row in range(30))
    return "".join(
        f"def work_{number}(total):\n    helper_{seed % 3}(total)\n{body}    return total\n\n\n"
        for number in range(functions)
    )


FILES = {"a.py": code(1), "lib/b.py": code(2), "README.md": "# Works\n"}


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    return make_repo(FILES)


@pytest.fixture
def store(repo: TestRepo, tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "memory") as opened:
        refresh(opened, open_snapshot(repo.root), heads=2)
        yield opened


def update(store: Store, repo: TestRepo) -> None:
    # A file that has just been written counts as one that may be changed again.
    time.sleep(2 * CLOCK_MARGIN_SECONDS)
    assert update_source(store, source_change(store, repo.root), seconds=60.0)


def source_rows(store: Store) -> list[list[tuple[object, ...]]]:
    """Everything that a search looks at, but for row ids, ranks and values."""
    queries = (
        "SELECT path, blob, size, language, skipped, fallback FROM file",
        'SELECT path, start, "end", kind, symbols, content_id, hex(text) '
        "FROM chunk JOIN chunk_text USING (id)",
        'SELECT path, qualified, start, "end", signature, doc FROM symbol',
        "SELECT word, path FROM path_word JOIN file_number ON file_number.id = file",
    )
    rows: list[list[tuple[object, ...]]] = [
        sorted(map(tuple, store._fetch_all(query))) for query in queries
    ]
    return [*rows, sorted(map(tuple, store.references())), indexed_words(store)]


def indexed_words(store: Store) -> list[tuple[object, ...]]:
    """Every word of the full-text indexes with where it stands, by path and line."""
    located: list[tuple[object, ...]] = []
    for full_text, table in (("source_words", "chunk"), ("symbol_words", "symbol")):
        store._db.execute(
            f"CREATE VIRTUAL TABLE temp.{full_text}_terms "
            f"USING fts5vocab(main, {full_text}, instance)"
        )
        query = (
            f"SELECT '{full_text}', term, path, start, offset FROM {full_text}_terms "
            f"LEFT JOIN {table} ON {table}.id = {full_text}_terms.doc"
        )
        located += map(tuple, store._fetch_all(query))
        store._db.execute(f"DROP TABLE temp.{full_text}_terms")
    return sorted(located, key=repr)


def settled_rows(store: Store) -> list[list[tuple[object, ...]]]:
    """The same with ranks, values, heads and notes."""
    queries = (
        "SELECT path, start, head, round(value, 9) FROM chunk",
        "SELECT path, qualified, start, round(rank, 9) FROM symbol",
        "SELECT head, level, anchor, path, text FROM note WHERE retired_by IS NULL",
        "SELECT content_id, depth, model FROM reading",
        "SELECT path FROM former_file",
    )
    return source_rows(store) + [sorted(map(tuple, store._fetch_all(q))) for q in queries]


def test_an_edit_that_is_not_committed_is_searched_at_once(repo: TestRepo, store: Store) -> None:
    repo.write({"a.py": code(1) + "def zebra_crossing():\n    return 41\n"})
    assert store.search("source", ["zebra"], 5) == []
    update(store, repo)
    ((row, _),) = store.search("source", ["zebra"], 5)
    (stored,) = store.chunks([row])
    assert "zebra_crossing" in stored.text
    assert [symbol.symbol.start for symbol in store.symbols_named(["zebra_crossing"])] == [106]
    assert not source_change(store, repo.root)


def test_new_deleted_and_renamed_files_are_seen(repo: TestRepo, store: Store) -> None:
    (repo.root / "a.py").unlink()
    repo.git("mv", "lib/b.py", "lib/renamed.py")
    repo.write({"new/file.py": "def okapi():\n    pass\n"})
    update(store, repo)
    paths = {stored.chunk.path for stored in store.chunks()}
    assert paths == {"README.md", "lib/renamed.py", "new/file.py"}
    assert store.symbols_named(["okapi"])


def test_what_was_committed_meanwhile_is_no_change_but_its_commit(
    repo: TestRepo, store: Store
) -> None:
    commit = repo.commit({}, "empty")
    change = source_change(store, repo.root)
    assert change
    assert not change.change
    update(store, repo)
    assert store.meta("commit") == commit
    assert not source_change(store, repo.root)


def test_symbols_and_chunks_keep_their_weight_until_they_are_ranked_again(
    repo: TestRepo, store: Store
) -> None:
    def weights() -> tuple[set[float], set[float]]:
        return (
            {stored.rank for stored in store.symbols_in("a.py")},
            {stored.value for stored in store.chunks_in("a.py")},
        )

    before, overviews = weights(), sorted(store.file_overviews())
    repo.write({"a.py": "# moved by a line\n" + code(1)})
    update(store, repo)
    assert weights() == before
    assert sorted(store.file_overviews()) == overviews


def test_the_memory_stays_and_the_chunks_it_lacks_count_as_stale(
    repo: TestRepo, tmp_path: Path
) -> None:
    with open_store(tmp_path / "memory") as store:
        list(index(store, open_snapshot(repo.root), ScriptedEngine, "model", OPTIONS))
        notes = store.notes()
        assert notes
        repo.write({"a.py": code(7)})
        stale = memory_change(store, repo.root).stale_chunks
        assert stale > 0
        update(store, repo)
        assert store.notes() == notes
        assert memory_change(store, repo.root).stale_chunks == stale
        refresh(store, open_snapshot(repo.root), heads=2)
        assert memory_change(store, repo.root).stale_chunks == 0


def test_gc_drops_nothing_of_code_that_a_question_has_updated(
    repo: TestRepo, tmp_path: Path
) -> None:
    with open_store(tmp_path / "memory") as store:
        list(index(store, open_snapshot(repo.root), ScriptedEngine, "model", OPTIONS))
        before = settled_rows(store)
        repo.write({"a.py": code(7)})
        update(store, repo)
        store.gc(days=0)
        repo.git("checkout", "--quiet", "a.py")
        refresh(store, open_snapshot(repo.root), heads=2)
        assert settled_rows(store) == before


def test_when_time_runs_out_nothing_is_written(repo: TestRepo, store: Store) -> None:
    before = settled_rows(store)
    repo.write({"a.py": code(5), "lib/b.py": code(6), "lib/c.py": code(7)})
    ticks = iter(range(1000))
    change = source_change(store, repo.root)
    assert not update_source(store, change, seconds=0.3, clock=lambda: float(next(ticks)))
    assert settled_rows(store) == before


def test_a_single_file_is_updated_however_slow_the_machine(repo: TestRepo, store: Store) -> None:
    repo.write({"a.py": code(5)})
    ticks = iter(range(1000))
    change = source_change(store, repo.root)
    assert update_source(store, change, seconds=0.0, clock=lambda: float(next(ticks)))


def test_much_source_and_other_rules_are_no_small_change(repo: TestRepo, store: Store) -> None:
    text = "word\n" * (MAX_BYTES // 10 + 1)
    repo.write({"one.txt": text})
    assert source_change(store, repo.root).is_small
    repo.write({"two.txt": text})
    assert not source_change(store, repo.root).is_small
    repo.git("clean", "--quiet", "--force")
    assert not source_change(store, repo.root, ["lib/"]).is_small
    repo.write({".repo-mhm-ignore": "lib/\n"})
    assert not source_change(store, repo.root).is_small


def test_patterns_that_have_not_changed_stay_in_force(make_repo: MakeRepo, tmp_path: Path) -> None:
    repo = make_repo({".repo-mhm-ignore": "lib/\n", "a.py": code(1), "lib/b.py": code(2)})
    with open_store(tmp_path / "memory") as store:
        refresh(store, open_snapshot(repo.root), heads=2)
        assert not source_change(store, repo.root)
        repo.write({"lib/b.py": code(3)})
        update(store, repo)
        assert {stored.chunk.path for stored in store.chunks()} == {".repo-mhm-ignore", "a.py"}


def test_a_file_that_changes_while_it_is_read_is_read_again(repo: TestRepo, store: Store) -> None:
    repo.write({"a.py": code(5)})
    change = source_change(store, repo.root)
    repo.write({"a.py": code(6)})
    assert update_source(store, change, seconds=60.0)
    repo.git("checkout", "--quiet", "a.py")
    update(store, repo)
    with open_store(repo.root.parent / "fresh") as fresh:
        refresh(fresh, open_snapshot(repo.root), heads=2)
        assert [c.chunk.content_id for c in store.chunks_in("a.py")] == [
            c.chunk.content_id for c in fresh.chunks_in("a.py")
        ]


def test_a_plain_folder_is_updated_too(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.py").write_text(code(1))
    with open_store(tmp_path / "memory") as store:
        refresh(store, open_snapshot(folder), heads=2)
        assert not source_change(store, folder)
        (folder / "a.py").write_text(code(1) + "def okapi():\n    pass\n")
        assert update_source(store, source_change(store, folder), seconds=60.0)
        assert store.symbols_named(["okapi"])


KILLED = (
    COUNTED
    + """
from pathlib import Path
from repo_mhm.memory.source_update import source_change, update_source
from repo_mhm.store import brief_writer_lock, open_store
directory, root = Path(sys.argv[2]), Path(sys.argv[1])
with brief_writer_lock(directory), open_store(directory) as store:
    change = source_change(store, root)
    store._db.set_trace_callback(count)
    update_source(store, change, 60.0)
"""
)
"""An update that is killed before its nth SQL statement."""


@pytest.mark.slow
@pytest.mark.parametrize("statements", [1, 4, 9, 20, 45, 100, 10_000])
def test_an_update_that_is_killed_leaves_the_source_as_it_was(
    repo: TestRepo, store: Store, statements: int
) -> None:
    repo.write({"a.py": code(5), "lib/b.py": code(6)})
    before = settled_rows(store)
    directory = store.path.parent
    arguments = [str(repo.root), str(directory), str(statements)]
    done = subprocess.run([sys.executable, "-c", KILLED, *arguments])
    if done.returncode == 0:
        assert statements == 10_000
        assert not source_change(store, repo.root)
        return
    with open_store(directory) as again:
        assert settled_rows(again) == before
        update(again, repo)
        assert not source_change(again, repo.root)
    with writer_lock(directory):
        pass


ACTIONS = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(PATHS), st.integers(0, 9)),
    st.tuples(st.just("delete"), st.sampled_from(PATHS), st.just(0)),
    st.tuples(st.just("move"), st.sampled_from(PATHS), st.integers(0, 3)),
    st.tuples(st.just("commit"), st.just(""), st.just(0)),
    st.tuples(st.just("branch"), st.just(""), st.just(0)),
    st.tuples(st.just("update"), st.just(""), st.just(0)),
)


def act(repo: TestRepo, action: str, path: str, number: int) -> None:
    target = repo.root / path
    if action == "write":
        repo.write({path: code(number, functions=1 + number % 4)})
    elif action == "delete":
        target.unlink(missing_ok=True)
    elif action == "move" and target.is_file():
        goal = repo.root / PATHS[number]
        goal.parent.mkdir(exist_ok=True)
        target.replace(goal)
    elif action == "commit":
        repo.commit()
    elif action == "branch":
        repo.commit()
        here = repo.git("branch", "--show-current")
        repo.git("switch", "--quiet", "other" if here == "main" else "main")


@settings(
    max_examples=EXAMPLES,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(ACTIONS, min_size=2, max_size=8))
def test_updates_and_one_refresh_end_as_a_single_refresh_does(
    isolated: Path, actions: list[tuple[str, str, int]]
) -> None:
    """Also the notes, the heads and what counts as read; and the source is that of a fresh scan."""
    with TemporaryDirectory() as base:
        repo = TestRepo(Path(base) / "repo")
        repo.root.mkdir()
        repo.git("init", "--quiet")
        repo.commit(FILES)
        repo.git("branch", "other")
        repo.commit({"lib/c.py": code(3)})
        repo.git("switch", "--quiet", "other")

        with (
            open_store(Path(base) / "updated") as updated,
            open_store(Path(base) / "refreshed") as refreshed,
            open_store(Path(base) / "fresh") as fresh,
        ):
            for store in (updated, refreshed):
                list(index(store, open_snapshot(repo.root), ScriptedEngine, "model", OPTIONS))

            for action, path, number in [*actions, ("update", "", 0)]:
                act(repo, action, path, number)
                if action == "update":
                    update(updated, repo)

            snapshot = open_snapshot(repo.root)
            refresh(fresh, snapshot, heads=2)
            assert source_rows(updated) == source_rows(fresh)
            for store in (updated, refreshed):
                refresh(store, snapshot, heads=2, model="model")
            assert source_rows(updated) == source_rows(fresh)
            assert settled_rows(updated) == settled_rows(refreshed)


@settings(
    max_examples=EXAMPLES,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(ACTIONS, max_size=6))
def test_the_cheap_listing_finds_the_changes_of_the_whole_one(
    isolated: Path, actions: list[tuple[str, str, int]]
) -> None:
    with TemporaryDirectory() as base:
        repo = TestRepo(Path(base) / "repo")
        repo.root.mkdir()
        repo.git("init", "--quiet")
        repo.commit({"a.py": code(1), "lib/b.py": code(2), ".gitattributes": "*.py text\n"})
        (repo.root / "link").symlink_to("a.py")
        repo.commit()
        repo.git("branch", "other")
        with open_store(Path(base) / "memory") as store:
            refresh(store, open_snapshot(repo.root), heads=2)
            time.sleep(2 * CLOCK_MARGIN_SECONDS)
            known = source_change(store, repo.root)
            assert known is not None and known.listing
            remember_listing(store, known)
            assert source_change(store, repo.root) is None
            for action, path, number in actions:
                act(repo, action, path, number)

            blobs = store.blobs()
            if source_change(store, repo.root) is None:
                assert not compare(blobs, open_snapshot(repo.root))
            partial, unchanged = open_changes(repo.root, blobs)
            assert compare(blobs, partial, unchanged=unchanged) == compare(
                blobs, open_snapshot(repo.root)
            )


def test_a_listing_that_is_known_needs_no_list_of_files(
    repo: TestRepo, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write({"new.py": code(7), "a.py": code(8)})
    update(store, repo)

    def is_known() -> bool:
        time.sleep(2 * CLOCK_MARGIN_SECONDS)
        change = source_change(store, repo.root)
        if change is None:
            return True
        if not change:
            remember_listing(store, change)
        return False

    with monkeypatch.context() as patch:
        patch.setattr(source_update, "MANY_STORED", 1)
        change = source_change(store, repo.root)
        assert change is not None and change.is_worth_remembering
        assert [is_known(), is_known()] == [False, True]
        patch.setattr(store, "blobs", None)
        assert is_known(), "no list of files is read"
    assert source_change(store, repo.root, ["lib/"]) is not None, "other files are left out"

    # As large as before, and with its former time of modification.
    for path in ("new.py", "a.py"):
        times = (repo.root / path).stat()
        repo.write({path: (repo.root / path).read_text().replace("work", "play")})
        os.utime(repo.root / path, ns=(times.st_atime_ns, times.st_mtime_ns))
        assert not is_known()
        update(store, repo)
        assert [is_known(), is_known()] == [False, True]

    repo.commit({}, "the same files")
    assert not is_known(), "the commit is another"
    refresh(store, open_snapshot(repo.root), heads=2)
    assert [is_known(), is_known()] == [False, True]
    store.set_meta(rules="others")
    assert not is_known()


@pytest.mark.parametrize("setting", ["assume-unchanged", "skip-worktree"])
def test_a_listing_does_not_tell_of_files_that_git_does_not_look_at(
    repo: TestRepo, store: Store, setting: str
) -> None:
    repo.git("update-index", f"--{setting}", "a.py")
    time.sleep(2 * CLOCK_MARGIN_SECONDS)
    change = source_change(store, repo.root)
    assert change is not None and not change.listing


def test_files_that_git_does_not_know_are_not_read_again(tmp_path: Path) -> None:
    folder = TestRepo(tmp_path / "folder")
    folder.write({f"m{number}.py": code(number) for number in range(MANY_FILES)})
    with open_store(tmp_path / "memory") as store:
        refresh(store, open_snapshot(folder.root), heads=2)
        time.sleep(2 * CLOCK_MARGIN_SECONDS)
        change = source_change(store, folder.root)
        assert (bool(change), change.files_read) == (False, MANY_FILES)
        assert change.is_worth_remembering
        remember_listing(store, change)
        assert source_change(store, folder.root).files_read == 0

        # As large as before, and with its former time of modification.
        times = (folder.root / "m1.py").stat()
        folder.write({"m1.py": code(1).replace("work", "play")})
        os.utime(folder.root / "m1.py", ns=(times.st_atime_ns, times.st_mtime_ns))
        change = source_change(store, folder.root)
        assert [file.path for file in change.change.changed] == ["m1.py"]
        assert change.files_read == 1

        # Another folder's files are not taken for these, though they are older.
        other = TestRepo(tmp_path / "other")
        shutil.copytree(folder.root, other.root)
        assert source_change(store, other.root).files_read == MANY_FILES
