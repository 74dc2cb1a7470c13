"""The library: the documented example runs, and calls do what the page says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import repo_mhm
from repo_mhm import Repository
from repo_mhm.answer.events import AnswerText, Finished, Located
from repo_mhm.commands import workspace
from repo_mhm.commands.review import ChangeSource
from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.engine.types import Prompt
from repo_mhm.errors import ConfigError, RepositoryError, UsageError
from tests.conftest import MakeRepo, TestRepo
from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "repo_mhm" / "LIBRARY.md"
ANSWER = "A session is closed by `close`, which empties its pool."
FILES = {
    "pool/session.py": (
        "class Session:\n"
        '    """Holds connections open."""\n\n'
        "    def close(self, force=False):\n"
        '        """Close the session and empty its pool."""\n'
        "        self.pool.clear()\n\n\n"
        "def finish(session):\n"
        "    session.close(force=True)\n"
    ),
    "pool/main.py": "from pool.session import finish\n\nfinish(None)\n",
    "readme.md": "# Pool\n\nSessions are closed when they are done.\n",
}
CHANGED = {"pool/session.py": FILES["pool/session.py"].replace("finish(session)", "finish(a, b)")}
"""A call of the function lacks an argument now."""


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    return make_repo(FILES)


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> list[ScriptedEngine]:
    """The engines that were opened, which answer as a script says."""
    opened: list[ScriptedEngine] = []

    def reply(prompt: Prompt) -> list[str]:
        return [ANSWER]

    def open_engine() -> ScriptedEngine:
        opened.append(ScriptedEngine(reply))
        return opened[-1]

    def choose(*_: object, **__: object) -> workspace.Model:
        return workspace.Model("scripted-1", "scripted", open_engine)

    monkeypatch.setattr(workspace, "choose_model", choose)
    return opened


def test_the_documented_example_runs(
    repo: TestRepo,
    engines: list[ScriptedEngine],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    repo.write(CHANGED)
    monkeypatch.chdir(repo.root)
    (example,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    exec(compile(example, str(PAGE), "exec"), {})

    out = capsys.readouterr().out
    assert f"chunks of {repo.root}" in out
    assert "pool/session.py:10-10 session.close(force=True)" in out, "the caller, exactly"
    assert "Session.close" in out, "a note"
    assert re.search(r"^pool/session\.py \d+ .*finish", out, re.MULTILINE), "a finding"


def test_an_answer_is_a_series_of_events_and_closing_it_ends_it(
    repo: TestRepo, engines: list[ScriptedEngine]
) -> None:
    with Repository.open(repo.root) as repository:
        events = list(repository.ask("how do sessions end their connections?"))
        assert isinstance(events[0], Located) and not events[0].is_answer
        assert isinstance(events[-1], Finished)
        assert events[-1].answer.answer.startswith("A session is closed by `close`")

        answer = repository.ask("how do sessions end their connections?", session="again")
        assert any(isinstance(event, AnswerText) for event in answer)
        answer.close()  # type: ignore[attr-defined]
        assert len(engines) == 2

        answer = repository.ask("how do sessions end?", use_model=False)
        (*_, last) = answer
        assert isinstance(last, Finished) and not last.answer.model
        assert len(engines) == 2


def test_calls_see_the_source_as_it_is(repo: TestRepo) -> None:
    with Repository.open(repo.root / "pool") as repository:
        assert repository.root == repo.root
        assert repository.scan().chunks > 0
        assert not repository.search("flush", unit="symbol").hits
        repo.write({"pool/flush.py": "def flush(pool):\n    pool.clear()\n"})
        (hit, *_) = repository.search("flush", unit="symbol").hits
        assert str(hit.line.location).startswith("pool/flush.py:1")
        # Paths that are given are relative to the folder that was named.
        assert repository.search("clear", within=["flush.py"]).hits
        with pytest.raises(UsageError):
            repository.search("clear", within=["nowhere.py"])


def test_a_change_is_reviewed_as_it_is_named(repo: TestRepo) -> None:
    repo.commit(CHANGED)
    with Repository.open(repo.root) as repository:
        assert not repository.review().findings
        source = ChangeSource(repo.root, revisions="HEAD~1..HEAD")
        assert repository.review(source).findings


def test_settings_and_paths_are_checked(repo: TestRepo, tmp_path: Path) -> None:
    with pytest.raises(RepositoryError):
        Repository.open(tmp_path / "nowhere")
    with Repository.open(repo.root, heads=0) as repository, pytest.raises(ConfigError):
        repository.scan()
    with Repository.open(repo.root, heads=2) as repository:
        assert len(repository.memory()) == 2


def test_it_is_typed_and_loaded_when_it_is_used() -> None:
    assert (ROOT / "repo_mhm" / "py.typed").exists()
    assert set(repo_mhm.__all__) <= {*dir(repo_mhm), "Repository"}
    code = (
        "import sys\n"
        "import repo_mhm\n"
        "assert [name for name in sys.modules if name.startswith('repo_mhm')] == ['repo_mhm']\n"
        "from repo_mhm import Repository\n"
        "heavy = {'tree_sitter', 'llama_cpp', 'textual', 'typer', 'rich', 'numpy', 'sqlite3'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    with pytest.raises(AttributeError, match="Nothing"):
        repo_mhm.Nothing  # noqa: B018
