"""What lies in a scope, and what a question sees of one, through the library."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm import Repository
from repo_mhm.answer.events import Answer, Finished
from repo_mhm.commands.memory import search, show
from repo_mhm.git import open_snapshot
from repo_mhm.memory.index_plan import IndexOptions
from repo_mhm.memory.index_run import IndexRun
from repo_mhm.scope import WHOLE, Scope
from repo_mhm.store import open_store
from tests.conftest import MakeRepo, TestRepo
from tests.patience import PATIENCE

SERVICE = '''"""The {name} service."""


def retry_limit(request):
    """How often the {name} retries a request."""
    return {limit}


def handle_{name}(request):
    return retry_limit(request)
'''
FILES = {
    "services/api/app.py": SERVICE.format(name="api", limit=7),
    "services/web/app.py": SERVICE.format(name="web", limit=3),
    "shared/limits.py": "def most_attempts(service):\n    return 9\n",
    "services/api/use.py": "from shared.limits import most_attempts\n\nmost_attempts('api')\n",
    "services/web/use.py": "from shared.limits import most_attempts\n\nmost_attempts('web')\n",
    "readme.md": "# Services\n",
}
_NAMES = st.sampled_from(["a", "b", "ab", "a b", "."])
_PATHS = st.lists(_NAMES, min_size=1, max_size=4).map("/".join)


@given(folders=st.lists(_PATHS, max_size=3), files=st.lists(_PATHS, max_size=3), path=_PATHS)
def test_a_path_lies_in_a_scope_by_its_parts(
    folders: list[str], files: list[str], path: str
) -> None:
    scope = Scope.of_paths(folders, files)
    is_below = any(f"{path}/".startswith(f"{folder}/") for folder in folders)
    assert (path in scope) == (is_below or path in files)
    assert path in WHOLE


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    return make_repo(FILES)


@pytest.fixture
def repository(repo: TestRepo) -> Iterator[Repository]:
    with Repository.open(repo.root) as opened:
        yield opened


def answer_of(repository: Repository, question: str, *within: str) -> Answer:
    events = repository.ask(question, use_model=False, within=within)
    (finished,) = (event for event in events if isinstance(event, Finished))
    return finished.answer


def test_only_what_lies_in_a_scope_is_found(repository: Repository) -> None:
    answer = answer_of(repository, "how often is a request retried?", "services/api")
    assert answer.scope == ("services/api",)
    assert {line.location.path for line in answer.locations} == {"services/api/app.py"}
    hits = repository.search("how often is a request retried", within=["services/web"])
    assert hits.scope == ("services/web",)
    assert {hit.line.location.path for hit in hits.hits} == {"services/web/app.py"}


def test_users_outside_of_a_scope_are_counted(repository: Repository) -> None:
    answer = answer_of(repository, "who calls most_attempts?", "services/api")
    assert [line.location.path for line in answer.locations] == ["services/api/use.py"]
    assert answer.heading.endswith("1 of them in services/api and 1 outside")
    nowhere = answer_of(repository, "who calls most_attempts?", "shared")
    assert nowhere.heading.endswith("none of them in shared and 2 outside")


def test_a_name_means_what_the_scope_defines(repository: Repository) -> None:
    answer = answer_of(repository, "what does retry_limit return?", "services/web")
    assert answer.heading == "retry_limit returns 3"
    unscoped = answer_of(repository, "who calls retry_limit?")
    assert unscoped.total == 2


def test_nothing_in_a_scope_is_said_as_that(repository: Repository) -> None:
    answer = answer_of(repository, "which zeppelin lands at the quantum harbour?", "shared")
    assert answer.abstained
    assert answer.heading.startswith("Nothing in shared answers this.")


def test_an_index_reads_and_the_memory_shows_only_a_scope(repo: TestRepo, tmp_path: Path) -> None:
    from repo_mhm.engine.scripted import ScriptedEngine

    with open_store(tmp_path / "memory") as store:
        run = IndexRun(store, "model", IndexOptions(heads=2, head_tokens=2000))
        run.refresh(open_snapshot(repo.root))
        api = Scope.of_paths(folders=["services/api"])
        plan = run.plan(api)
        list(run.take_steps(ScriptedEngine()))
        result = run.result()
        read = {
            stored.chunk.path
            for stored in store.chunks()
            if stored.chunk.content_id in store.read_contents()
        }
        shown = {note.path for head in show(store, 2, 2000, api) for note in head.notes}
        matching = {note.path for note in search(store, "retry limit", scope=api)}

    assert plan.scope == result.scope == ("services/api",)
    assert read == {"services/api/app.py", "services/api/use.py"}
    assert "services/api/app.py" in shown
    assert all(path in api for path in shown | matching)
    assert result.left == 0


def test_the_commands_take_a_scope_and_say_it(repo: TestRepo) -> None:
    def run(*arguments: str) -> dict[str, object]:
        done = subprocess.run(
            [sys.executable, "-m", "repo_mhm", *arguments, "--path", "services/api", "--json"],
            cwd=repo.root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stderr
        values: dict[str, object] = json.loads(done.stdout)
        return values

    asked = ("ask", "--no-model", "how often is a request retried?")
    for arguments in (asked, ("search", "retry"), ("memory", "show"), ("map",)):
        assert run(*arguments)["scope"] == ["services/api"]
    modules = run("map")["modules"]
    assert isinstance(modules, list)
    assert {path for module in modules for path in module["files"]} == {
        "services/api/app.py",
        "services/api/use.py",
    }
