"""A hostile repository makes no command run anything, and cannot make a review miss or refuse."""

from __future__ import annotations

import importlib
import os
import shlex
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from repo_mhm.cli import main
from repo_mhm.git import diff
from repo_mhm.git.trees import Tree
from repo_mhm.git_environment import arguments, environment
from tests.conftest import MakeRepo, TestRepo
from tests.scripted_cli import scripted

Run = Callable[[Path, str], str]

COMMANDS_IN_SETTINGS = """
    core.fsmonitor core.sshCommand core.gitProxy core.pager core.editor core.askPass
    core.alternateRefsCommand sequence.editor credential.helper
    pager.diff pager.log pager.grep pager.ls-files
    alias.diff-index alias.rev-parse alias.ls-files
    diff.external diff.evil.textconv diff.evil.command
    filter.evil.clean filter.evil.smudge filter.long.process filter.a=b.clean
    merge.evil.driver gpg.program gpg.ssh.program gpg.ssh.defaultKeyCommand
    interactive.diffFilter trailer.evil.command trailer.evil.cmd
    uploadpack.packObjectsHook remote.origin.uploadpack remote.origin.receivepack
    submodule.sub.update web.browser
""".split()
ATTRIBUTES = "*.py filter=evil diff=evil merge=evil\n*.md filter=a=b\n*.txt filter=long\n"
HOOKS = (
    "post-index-change fsmonitor-watchman post-checkout pre-commit reference-transaction".split()
)
LIBRARY = "def load(path, strict=False):\n    return path, strict\n"
BROKEN = "def load(path):\n    return path\n"
CALLER = "from lib import load\n\nload('a', True)\n"
EVERY_COMMAND = (
    "chunks .", "chunks --skipped .", "plan .", "index --dry-run .", "index .",
    "status .", "search load", "ask --no-model load", "ask 'who calls load?'",
    "ask 'when was load last changed?'", "log", "memory show", "memory search load",
    "memory export", "memory diff HEAD~1 HEAD", "doctor", "doctor --secrets", "gc",
    "review --no-model --staged", "review --no-model --working", "review --no-model HEAD~1..HEAD",
    "review --no-model --hook pre-commit", "hook status", "hook install --yes",
    "hook install --refresh --yes", "hook uninstall --yes", "watch --once .",
)  # fmt: skip


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """The file that a command of the repository's configuration would leave."""
    return tmp_path / "ran"


@pytest.fixture
def script(tmp_path: Path, mark: Path) -> Path:
    path = tmp_path / "evil"
    path.write_text(f"#!/bin/sh\necho $0 $* >> {mark}\ncat\n")
    path.chmod(0o755)
    return path


def hostile(repo: TestRepo, script: Path) -> None:
    """Name the script wherever git takes a command, and change files so that git must compare."""
    for key in COMMANDS_IN_SETTINGS:
        section, _, name = key.rpartition(".")
        head, dot, subsection = section.partition(".")
        value = f"!{script}" if head in ("alias", "submodule") else str(script)
        with repo.path(".git/config").open("a") as config:
            title = f'[{head} "{subsection}"]' if dot else f"[{head}]"
            config.write(f"{title}\n\t{name} = {value}\n")
    repo.git("config", "remote.origin.url", f"ext::{script} %S")
    repo.git("config", "protocol.ext.allow", "always")
    repo.git("config", "log.showSignature", "true")
    repo.git("config", "submodule.recurse", "true")
    for hook in HOOKS:
        repo.path(f".git/hooks/{hook}").unlink(missing_ok=True)
        repo.path(f".git/hooks/{hook}").symlink_to(script)
    # Same size, other content: only a comparison of contents, through the filters, can tell.
    repo.write({"b.md": "b = 2\n", "c.txt": "c = 2\n"})


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line with the scripted engine, in this process and a folder; its output."""
    # `workspace` last: a module imported while it is changed would keep the change for good.
    for name in ("index", "watch", "ask", "review", "workspace"):
        module = importlib.import_module(f"repo_mhm.commands.{name}")
        if hasattr(module, "choose_model"):
            monkeypatch.setattr(module, "choose_model", scripted)
    monkeypatch.setattr(os, "nice", lambda _: 0)

    def run(folder: Path, line: str) -> str:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["repo-mhm", *shlex.split(line)])
        with suppress(SystemExit):
            main()
        return "".join(capsys.readouterr())

    return run


@pytest.mark.slow
def test_no_command_runs_what_a_hostile_configuration_names(
    make_repo: MakeRepo, script: Path, mark: Path, run: Run
) -> None:
    assert len(COMMANDS_IN_SETTINGS) >= 30
    repo = make_repo({".gitattributes": ATTRIBUTES, "lib.py": LIBRARY, "use.py": CALLER})
    repo.commit({"b.md": "b = 1\n", "c.txt": "c = 1\n"})
    repo.write({"lib.py": BROKEN})
    repo.git("add", "lib.py")
    hostile(repo, script)

    for line in EVERY_COMMAND:
        output = run(repo.root, line)
        assert not mark.exists(), f"{line}: {mark.read_text()}"
        assert "Traceback" not in output, f"{line}: {output}"
    # The trap does work: git itself walks into it.
    repo.git("status", "--porcelain", check=False)
    assert mark.exists()


@pytest.mark.parametrize("kept", ["blob:none", "tree:0"])
def test_a_partial_clone_fetches_nothing_for_a_hook_with_nothing_staged(
    make_repo: MakeRepo, tmp_path: Path, script: Path, mark: Path, run: Run, kept: str
) -> None:
    origin = make_repo({"lib.py": LIBRARY, "sub/use.py": CALLER}, name="origin")
    origin.git("config", "uploadpack.allowFilter", "true")
    clone = TestRepo(tmp_path / "clone")
    origin.git(
        "clone", "-q", "--no-checkout", f"--filter={kept}", origin.root.as_uri(), str(clone.root)
    )
    clone.git("config", "remote.origin.url", "ssh://example.invalid/repo")
    # Unlike a filter it must not wait for input: git waits for it.
    script.write_text(f"#!/bin/sh\necho $0 >> {mark}\n")
    clone.git("config", "core.sshCommand", str(script))
    clone.git("config", "protocol.allow", "always")

    for line in ("review --hook pre-commit", "review --no-model --staged", "status ."):
        output = run(clone.root, line)
        assert "Traceback" not in output
        assert not mark.exists(), line
    # The trap does work: git itself walks into it.
    clone.git("cat-file", "-p", "HEAD:lib.py", check=False)
    assert mark.exists()


def test_a_review_works_where_git_is_told_to_recurse_into_submodules(make_repo: MakeRepo) -> None:
    repo = make_repo({"lib.py": LIBRARY, "use.py": CALLER})
    repo.git("config", "submodule.recurse", "true")
    repo.write({"lib.py": BROKEN})

    for tree in (Tree(repo.root, "index", "", {}), Tree(repo.root, "worktree", "", {})):
        assert tree.grep(["load"]) == ["lib.py", "use.py"]
    assert [change.diff.path for change in diff.working(repo.root).files] == ["lib.py"]


@pytest.mark.parametrize("place", [".git/info/exclude", ".gitignore"])
def test_an_exclude_pattern_hides_no_user_of_a_changed_name(
    make_repo: MakeRepo, place: str
) -> None:
    repo = make_repo({"lib.py": LIBRARY, "use.py": CALLER})
    repo.write({place: "*\n", "lib.py": BROKEN, "ignored.py": CALLER})

    assert Tree(repo.root, "worktree", "", {}).grep(["load"]) == ["lib.py", "use.py"]


def test_an_untracked_user_of_a_changed_name_is_searched_too(make_repo: MakeRepo) -> None:
    repo = make_repo({"lib.py": LIBRARY})
    repo.write({"new.py": CALLER})

    assert Tree(repo.root, "worktree", "", {}).grep(["load"]) == ["lib.py", "new.py"]


def test_git_sees_only_the_variables_that_its_caller_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("GIT_DIR", "GIT_SSH_COMMAND", "GIT_EXTERNAL_DIFF", "GIT_CONFIG_GLOBAL"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("GIT_NO_LAZY_FETCH", "0")

    plain, committing = environment(), environment({"GIT_DIR"})

    assert {name for name in plain if name.startswith("GIT_")} == {
        "GIT_CONFIG_GLOBAL",
        "GIT_NO_LAZY_FETCH",
        "GIT_ALLOW_PROTOCOL",
        "GIT_OPTIONAL_LOCKS",
        "GIT_TERMINAL_PROMPT",
    }
    assert plain["GIT_NO_LAZY_FETCH"] == "1"
    assert committing == {**plain, "GIT_DIR": "x"}
    assert plain["PATH"] == os.environ["PATH"]


def test_options_of_a_command_stand_behind_it_and_its_settings_before(tmp_path: Path) -> None:
    args = arguments("here", ["-c", "a.b=c", "diff-index", "--cached", "HEAD"])

    at = args.index("diff-index")
    assert args[at - 2 : at] == ["-c", "a.b=c"]
    assert args[at + 1 :] == ["--no-ext-diff", "--no-textconv", "--cached", "HEAD"]
