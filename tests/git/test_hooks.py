"""Hooks in real repositories, run by real git. `review/test_hooks_page` has the frameworks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from repo_mhm.cli.fast_path import nothing_staged
from repo_mhm.commands import hook as command
from repo_mhm.errors import RepositoryError, UsageError
from repo_mhm.git import hooks
from repo_mhm.git.hook_scripts import REVIEWS, STAGES, Stage, hook_script
from tests.conftest import MakeRepo, TestRepo
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow

LIBRARY = "def load(path, strict=False):\n    return path, strict\n"
CALLER = "from lib import load\n\nload('a', True)\n"
BROKEN = "def load(path):\n    return path\n"


def git(
    repo: TestRepo, *args: str, cwd: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run git as a user would, with a terminal out of reach."""
    return subprocess.run(
        ["git", *args],
        cwd=cwd or repo.root,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
    )


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    return make_repo({"lib.py": LIBRARY, "use.py": CALLER})


def install(
    repo: TestRepo, *arguments: str, stage: Stage = "pre-commit", shared: bool = False
) -> hooks.Hook:
    return command.install(repo.root, stage, ["--no-model", *arguments], shared=shared)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Replaces repo-mhm where only the hook is tested; prints its arguments and its stdin."""
    path = tmp_path / "program"
    path.write_text('#!/bin/sh\necho "repo-mhm $*"\ncat\nexit "${THEIRS:-0}"\n')
    path.chmod(0o755)
    return path


def test_an_amended_commit_is_compared_with_the_commit_before(repo: TestRepo) -> None:
    install(repo)
    repo.write({"lib.py": BROKEN})
    commit = git(repo, "commit", "--all", "-m", "break it")
    assert "lib.py:1: error [signature] `load`" in commit.stdout
    amended = git(repo, "commit", "--amend", "-m", "again")
    assert amended.returncode == 0
    assert "signature" not in amended.stdout


def test_only_what_is_committed_is_reviewed(repo: TestRepo) -> None:
    """`git commit PATH` gives the hook an index of its own."""
    install(repo, "--fail-on", "error")
    repo.write({"lib.py": BROKEN, "use.py": CALLER + "x = 1\n"})
    repo.git("add", "lib.py")
    assert git(repo, "commit", "-m", "only this", "use.py").returncode == 0
    assert git(repo, "commit", "-m", "and that").returncode == 1


def test_merge_and_rebase_go_through(repo: TestRepo, program: Path) -> None:
    hooks.install(repo.root, "pre-commit", program)
    repo.git("checkout", "--quiet", "-b", "topic")
    repo.commit({"lib.py": BROKEN})
    repo.git("checkout", "--quiet", "main")
    repo.commit({"other.py": "x = 1\n"})
    assert git(repo, "merge", "--no-ff", "-m", "merge", "topic").returncode == 0
    repo.git("reset", "--quiet", "--hard", "HEAD~1")
    repo.git("checkout", "--quiet", "topic")
    assert git(repo, "rebase", "main").returncode == 0


def test_a_push_over_the_file_protocol(repo: TestRepo, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    repo.git("init", "--quiet", "--bare", str(bare))
    repo.git("remote", "add", "origin", bare.as_uri())
    repo.git("push", "--quiet", "origin", "main")
    install(repo, "--fail-on", "error", stage="pre-push")
    repo.git("checkout", "--quiet", "-b", "topic")
    repo.commit({"lib.py": BROKEN})
    refused = git(repo, "push", "origin", "topic")
    assert refused.returncode == 1
    assert "lib.py:1: error [signature]" in refused.stdout
    assert git(repo, "push", "origin", "topic", REPO_MHM_SKIP="1").returncode == 0
    assert git(repo, "push", "origin", "--delete", "topic").returncode == 0
    assert git(repo, "push", "origin", "main").returncode == 0


def test_a_worktree_shares_the_hook(repo: TestRepo, tmp_path: Path) -> None:
    other = tmp_path / "other"
    repo.git("worktree", "add", "--quiet", str(other))
    command.install(other, "pre-commit", ["--no-model"])
    (other / "lib.py").write_text(BROKEN)
    done = git(repo, "commit", "--all", "-m", "break it", cwd=other)
    assert done.returncode == 0
    assert "error [signature]" in done.stdout


def test_hooks_path_is_respected(repo: TestRepo, isolated: Path, program: Path) -> None:
    repo.git("config", "core.hooksPath", ".githooks")
    done = hooks.install(repo.root, "pre-commit", program)
    assert done.path == repo.root / ".githooks" / "pre-commit"
    repo.write({"lib.py": BROKEN})
    commit = git(repo, "commit", "--all", "-m", "break it")
    assert "repo-mhm review --hook pre-commit" in commit.stdout
    assert command.uninstall(repo.root, ["pre-commit"]) == ["pre-commit"]
    repo.git("config", "--unset", "core.hooksPath")
    repo.git("config", "--global", "core.hooksPath", str(isolated / "all-hooks"))
    with pytest.raises(UsageError, match="all repositories"):
        install(repo)
    assert install(repo, shared=True).path == isolated / "all-hooks" / "pre-commit"


@pytest.mark.parametrize("stage", REVIEWS)
def test_a_hook_that_is_there_runs_first_and_comes_back(
    repo: TestRepo, stage: Stage, tmp_path: Path, program: Path
) -> None:
    path = repo.root / ".git" / "hooks" / stage
    path.parent.mkdir(exist_ok=True)
    mine = f'#!/bin/sh\ncat >"{tmp_path}/stdin"\necho "mine: $1" >&2\nexit "${{MINE:-0}}"\n'
    path.write_text(mine)
    path.chmod(0o755)
    done = hooks.install(repo.root, stage, program, ["--fail-on", "error"])
    assert done.chained is not None
    assert hooks.install(repo.root, stage, program).chained == done.chained
    bare = tmp_path / "bare.git"
    repo.git("init", "--quiet", "--bare", str(bare))
    repo.write({"lib.py": BROKEN})
    repo.git("add", "lib.py")
    if stage == "pre-commit":
        run = ("commit", "-m", "break it")
    else:
        repo.git("commit", "--quiet", "-m", "break it")
        run = ("push", str(bare), "main")
    refused = git(repo, *run, MINE="1")
    assert refused.returncode == 1
    assert "mine:" in refused.stdout
    assert "repo-mhm review" not in refused.stdout
    assert git(repo, *run, THEIRS="3").returncode == 1
    passed = git(repo, *run)
    assert passed.returncode == 0
    assert passed.stdout.index("mine:") < passed.stdout.index("repo-mhm review")
    if stage == "pre-push":
        assert "refs/heads/main" in passed.stdout.partition("repo-mhm review")[2]
        assert "refs/heads/main" in (tmp_path / "stdin").read_text()
    assert command.uninstall(repo.root, STAGES) == [stage]
    assert path.read_text() == mine
    assert os.access(path, os.X_OK)
    assert sorted(
        file.name for file in path.parent.iterdir() if not file.name.endswith(".sample")
    ) == [stage]


@pytest.mark.parametrize(
    "mine",
    [
        '#!/usr/bin/env sh\n. "$(dirname "$0")/h"\n',
        '#!/bin/sh\nfor part in .hooks/$(basename "$0").d/*; do "$part"; done\n',
        "#!/usr/bin/env ruby\nhook_type = File.basename($0)\n",
    ],
)
def test_a_hook_that_depends_on_its_own_name_is_not_renamed(
    repo: TestRepo, program: Path, mine: str
) -> None:
    """husky, home-made dispatchers and overcommit would find nothing to run under another name."""
    path = repo.root / ".git" / "hooks" / "pre-commit"
    path.parent.mkdir(exist_ok=True)
    path.write_text(mine)
    with pytest.raises(RepositoryError, match="by the name it has") as refused:
        hooks.install(repo.root, "pre-commit", program)
    assert "repo-mhm review --hook pre-commit" in refused.value.hint
    assert path.read_text() == mine


def test_variables_of_another_repository_do_not_hide_a_change(
    repo: TestRepo, make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_repo({"a": "1"}, name="other")
    repo.write({"lib.py": BROKEN})
    repo.git("add", "lib.py")
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.root / ".git" / "index"))
    assert not nothing_staged(str(repo.root))


def test_nothing_to_review_starts_no_program(repo: TestRepo, program: Path) -> None:
    hooks.install(repo.root, "pre-commit", program)
    hooks.install(repo.root, "pre-push", program)
    empty = git(repo, "commit", "--allow-empty", "-m", "nothing")
    assert (empty.returncode, "repo-mhm review" in empty.stdout) == (0, False)
    some = repo.git("rev-parse", "HEAD")
    gone = f"(delete) {'0' * 40} refs/heads/gone {some}\n"
    for lines, starts in (
        ("", False),
        (gone, False),
        (f"{gone}refs/heads/a {some} refs/heads/a {'0' * 40}\n", True),
    ):
        pushed = subprocess.run(
            [repo.root / ".git/hooks/pre-push"], input=lines.encode(), capture_output=True
        )
        assert (pushed.returncode, b"repo-mhm review" in pushed.stdout) == (0, starts)


def test_a_submodule_that_wants_to_be_ignored_is_something_to_review(
    repo: TestRepo, make_repo: MakeRepo, program: Path
) -> None:
    other = make_repo({"a": "1"}, name="other")
    hooks.install(repo.root, "pre-commit", program)
    repo.git(
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        other.root.as_uri(),
        "sub",
    )
    repo.git("config", "--file", ".gitmodules", "submodule.sub.ignore", "all")
    repo.commit(message="add it")
    other.commit({"a": "2"})
    repo.git("-C", "sub", "-c", "protocol.file.allow=always", "pull", "--quiet")
    repo.git("add", "--force", "sub")
    assert not nothing_staged(str(repo.root))
    assert "repo-mhm review" in git(repo, "commit", "-m", "move it").stdout


def test_status_lists_what_is_installed(repo: TestRepo) -> None:
    assert not any(hook.installed for hook in hooks.status(repo.root))
    assert command.uninstall(repo.root, STAGES) == []
    install(repo)
    first, second, *_ = hooks.status(repo.root)
    assert (first.installed, first.edited, first.chained, second.installed) == (
        True,
        False,
        None,
        False,
    )


def test_a_hook_changed_by_hand_is_not_touched(repo: TestRepo) -> None:
    path = install(repo).path
    path.write_text(path.read_text() + "echo more\n")
    assert hooks.status(repo.root)[0].edited
    with pytest.raises(RepositoryError, match="was changed since"):
        command.uninstall(repo.root, ["pre-commit"])
    with pytest.raises(RepositoryError, match="was changed since"):
        install(repo)
    other = repo.root / ".git" / "hooks" / "pre-push"
    other.write_text("#!/bin/sh\n")
    assert command.uninstall(repo.root, ["pre-push"]) == []
    assert other.exists()


def test_a_missing_or_crashing_program_lets_the_commit_pass(repo: TestRepo, tmp_path: Path) -> None:
    path = repo.root / ".git" / "hooks" / "pre-commit"
    path.parent.mkdir(exist_ok=True)
    crash = tmp_path / "crash"
    crash.write_text("#!/bin/sh\necho crashed\nexit 70\n")
    crash.chmod(0o755)
    for number, (program, message) in enumerate(
        ((tmp_path / "gone", "nothing was reviewed"), (crash, "crashed"))
    ):
        path.write_text(hook_script("pre-commit", program))
        path.chmod(0o755)
        repo.write({"lib.py": BROKEN + f"x = {number}\n"})
        done = git(repo, "commit", "--all", "-m", "x", PATH="/usr/bin:/bin")
        assert (done.returncode, message in done.stdout) == (0, True)


def test_a_name_with_a_quote_in_it_stays_one_word(tmp_path: Path) -> None:
    text = hook_script("pre-commit", tmp_path / "it's $(here)", ["--timeout", "1s; rm -rf /"])
    checked = subprocess.run(["sh", "-n"], input=text, text=True, capture_output=True)
    assert (checked.returncode, "'1s; rm -rf /'" in text) == (0, True)


def test_our_hook_and_that_of_the_pre_commit_framework_leave_each_other_alone(
    repo: TestRepo,
) -> None:
    """The framework renames a hook that it finds to `.legacy` and goes on running it."""
    repo.commit({".pre-commit-config.yaml": "repos: []\n"})
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        ["pre-commit", "install"], cwd=repo.root, env={**os.environ, "PATH": path}, check=True
    )
    install(repo)
    assert command.uninstall(repo.root, ["pre-commit"]) == ["pre-commit"]
    assert "pre-commit" in (repo.root / ".git" / "hooks" / "pre-commit").read_text()


def test_a_merge_that_breaks_and_a_rebase_are_reviewed(repo: TestRepo) -> None:
    """Each side is right alone; only the merge, resolved by hand, has a caller of what is gone."""
    install(repo, "--fail-on", "error")
    repo.git("checkout", "--quiet", "-b", "topic")
    repo.write({"lib.py": BROKEN, "use.py": CALLER.replace(", True", "")})
    assert git(repo, "commit", "--all", "-m", "one parameter less").returncode == 0
    repo.git("checkout", "--quiet", "main")
    repo.commit({"use.py": CALLER.replace("'a'", "'b'"), "other.py": "x = 1\n"})
    assert git(repo, "merge", "topic").returncode != 0
    repo.write(
        {
            "use.py": CALLER.replace("'a'", "'b'"),
            "other.py": "x = 1\n<<<<<<< ours\n>>>>>>> theirs\n",
        }
    )
    repo.git("add", "--all")
    refused = git(repo, "commit", "--no-edit")
    assert refused.returncode == 1, refused.stdout
    assert "other.py:2: error [conflict]" in refused.stdout
    repo.git("checkout", "--quiet", "--", ".")
    repo.write({"use.py": CALLER.replace("'a', True", "'b'"), "other.py": "x = 1\n"})
    repo.git("add", "--all")
    merged = git(repo, "commit", "--no-edit")
    assert merged.returncode == 0, merged.stdout
    repo.git("checkout", "--quiet", "topic")
    assert git(repo, "rebase", "main").returncode == 0
