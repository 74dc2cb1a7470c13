"""Every block of repo_mhm/review/HOOKS.md, pasted into a real repository and run by real git.

Each section of the page that holds a block has a scenario here. A scenario takes the blocks one by
one; a block that no scenario takes fails the test, so that the page shows nothing untried.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from repo_mhm import review
from repo_mhm.store import open_store
from tests.conftest import MakeRepo, TestRepo
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow

PAGE = Path(review.__file__).with_name("HOOKS.md")
CHECKOUT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(sys.executable).parent

LIBRARY = "def load(path, strict=False):\n    return path, strict\n"
CALLER = "from lib import load\n\nload('a', True)\n"
BROKEN = "def load(path):\n    return path\n"
FINDING = "lib.py:1: error [signature] `load`"

# What husky 9 writes to .husky/_: a stub for every hook, and what they share. Git's core.hooksPath
# points there; the file of the same name one level up is run by sh.
HUSKY_STUB = '#!/usr/bin/env sh\n. "$(dirname "$0")/h"\n'
HUSKY_SHARED = (
    'name=$(basename "$0")\n'
    'hook=$(dirname "$(dirname "$0")")/$name\n'
    '[ -f "$hook" ] || exit 0\n'
    'sh -e "$hook" "$@"\n'
)


def sections(page: str) -> dict[str, list[str]]:
    """The fenced blocks of each section, by its heading; sections without any are left out."""
    found: dict[str, list[str]] = {}
    for part in re.split(r"^## ", page, flags=re.MULTILINE)[1:]:
        heading, _, text = part.partition("\n")
        blocks = re.findall(r"^```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        if blocks:
            found[heading] = blocks
    return found


SECTIONS = sections(PAGE.read_text("utf-8"))


@dataclass
class Reader:
    """Somebody who follows one section of the page in a repository of their own."""

    repo: TestRepo
    blocks: list[str]
    folder: Path

    def run(self, command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command as in a terminal where repo-mhm is installed; nothing comes in on stdin."""
        path = f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            ["sh", "-c", command],
            cwd=self.repo.root,
            env={**os.environ, "PATH": path, "GIT_ALLOW_PROTOCOL": "file", **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
        )

    def paste(self) -> subprocess.CompletedProcess[str]:
        """Run the section's next block in a terminal."""
        return self.run(self.blocks.pop(0))

    def paste_successfully(self) -> str:
        done = self.paste()
        assert done.returncode == 0, done.stdout
        return done.stdout

    def save(self, name: str = "") -> str:
        """Save the section's next block as a file, named by its first line unless `name` is."""
        text = self.blocks.pop(0)
        name = name or text.splitlines()[0].removeprefix("# ")
        self.repo.write({name: text})
        return name

    def break_the_library(self) -> None:
        self.repo.write({"lib.py": BROKEN})
        self.repo.git("add", "--all")

    def commit(self, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.run("git commit --all --message change", **variables)

    def push(self, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.run("git push origin topic", **variables)

    def add_remote(self) -> None:
        """A remote that has `main`, and a branch `topic` with a harmful commit that it has not."""
        bare = self.folder / "bare.git"
        self.repo.git("init", "--quiet", "--bare", str(bare))
        self.repo.git("remote", "add", "origin", bare.as_uri())
        self.repo.git("-c", "core.hooksPath=", "push", "--quiet", "origin", "main")
        self.repo.git("checkout", "--quiet", "-b", "topic")
        self.break_the_library()
        self.repo.git("-c", "core.hooksPath=", "commit", "--quiet", "--message", "break it")


def assert_stopped(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode != 0, done.stdout
    assert FINDING in done.stdout


def assert_advised(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stdout
    assert FINDING in done.stdout


def assert_silent(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stdout
    assert "[signature]" not in done.stdout


def built_in(reader: Reader, make_repo: MakeRepo) -> None:
    reader.paste_successfully()
    reader.break_the_library()
    assert_advised(reader.commit())

    reader.repo.git("reset", "--quiet", "--soft", "HEAD~1")
    reader.paste_successfully()
    assert_stopped(reader.commit())

    reader.repo.git("reset", "--quiet", "--hard")
    reader.add_remote()
    reader.paste_successfully()
    assert_advised(reader.push())

    listed = reader.paste_successfully()
    assert "pre-commit: installed at" in listed
    assert "pre-push: installed at" in listed
    assert "removed: pre-commit, pre-push" in listed


def skipping(reader: Reader, make_repo: MakeRepo) -> None:
    reader.run("repo-mhm hook install --fail-on error")
    for _ in range(2):
        reader.break_the_library()
        assert_stopped(reader.commit())
        assert_silent(reader.paste())
        reader.repo.git("reset", "--quiet", "--hard", "HEAD~1")

    reader.save("lib.py")
    assert_silent(reader.commit())
    reader.repo.git("reset", "--quiet", "--hard", "HEAD~1")

    reader.break_the_library()
    reader.paste_successfully()
    assert_silent(reader.commit())
    reader.repo.git("add", ".repo-mhm-baseline.json")
    assert_silent(reader.commit())


def pre_commit(reader: Reader, make_repo: MakeRepo) -> None:
    reader.save()
    reader.repo.commit(message="configure it")
    reader.paste_successfully()
    assert_stops_commits_and_pushes(reader)


def pre_commit_from_a_repository(reader: Reader, make_repo: MakeRepo) -> None:
    name = reader.save()
    config = reader.repo.path(name).read_text()
    address, revision = (
        re.search(rf"{key}: (\S+)", config)[1]  # type: ignore[index]
        for key in ("repo", "rev")
    )
    hooks = (CHECKOUT / ".pre-commit-hooks.yaml").read_text()
    published = make_repo({".pre-commit-hooks.yaml": hooks}, name="published")
    published.git("tag", revision)
    reader.repo.git("config", "--global", f"url.{published.root.as_uri()}.insteadOf", address)
    reader.repo.commit(message="configure it")

    install = "pre-commit install --hook-type pre-commit --hook-type pre-push"
    assert reader.run(install).returncode == 0
    assert_stops_commits_and_pushes(reader)


def prek(reader: Reader, make_repo: MakeRepo) -> None:
    config = SECTIONS["pre-commit"][0]
    reader.repo.write({".pre-commit-config.yaml": config})
    reader.repo.commit(message="configure it")
    reader.paste_successfully()
    assert_stops_commits_and_pushes(reader)


def own_folder(reader: Reader, make_repo: MakeRepo) -> None:
    reader.paste_successfully()
    reader.repo.git("add", "--all")
    reader.repo.git("-c", "core.hooksPath=", "commit", "--quiet", "--message", "configure it")
    assert_stops_commits_and_pushes(reader)


def github(reader: Reader, make_repo: MakeRepo) -> None:
    workflow = yaml.safe_load(reader.repo.path(reader.save()).read_text())
    reader.repo.commit(message="configure it")
    base = reader.repo.git("rev-parse", "HEAD")
    reader.break_the_library()
    reader.repo.git("commit", "--quiet", "--message", "break it")
    job = workflow["jobs"]["review"]
    commands = [step["run"] for step in job["steps"] if "run" in step][1:]
    change = job["env"]["RANGE"]
    for name, commit in (("base", base), ("head", reader.repo.git("rev-parse", "HEAD"))):
        change = change.replace(f"${{{{ github.event.pull_request.{name}.sha }}}}", commit)

    scanned, annotated = (reader.run(command, RANGE=change) for command in commands)
    assert scanned.returncode == 0, scanned.stdout
    assert json.loads(reader.repo.path("review.sarif").read_text())["runs"][0]["results"]
    assert annotated.returncode == 3
    assert "::error file=lib.py,line=1," in annotated.stdout


def gitlab(reader: Reader, make_repo: MakeRepo) -> None:
    job = yaml.safe_load(reader.repo.path(reader.save()).read_text())["review"]
    reader.repo.commit(message="configure it")
    base = reader.repo.git("rev-parse", "HEAD")
    reader.break_the_library()
    reader.repo.git("commit", "--quiet", "--message", "break it")
    change = job["variables"]["RANGE"].replace("$CI_MERGE_REQUEST_DIFF_BASE_SHA", base)
    change = change.replace("$CI_COMMIT_SHA", reader.repo.git("rev-parse", "HEAD"))
    done = reader.run(job["script"][-1], RANGE=change)
    assert done.returncode == 3
    report = reader.repo.path(job["artifacts"]["reports"]["codequality"])
    assert json.loads(report.read_text())[0]["check_name"] == "repo-mhm/signature"


def lefthook(reader: Reader, make_repo: MakeRepo) -> None:
    reader.save()
    reader.repo.commit(message="configure it")
    reader.paste_successfully()
    assert_stops_commits_and_pushes(reader)


def husky(reader: Reader, make_repo: MakeRepo) -> None:
    reader.save()
    reader.save()
    reader.repo.write({".husky/_/h": HUSKY_SHARED, ".husky/_/.gitignore": "*\n"})
    for stage in ("pre-commit", "pre-push"):
        stub = f".husky/_/{stage}"
        reader.repo.write({stub: HUSKY_STUB})
        reader.repo.path(stub).chmod(0o755)
    reader.repo.commit(message="configure it")
    reader.repo.git("config", "core.hooksPath", ".husky/_")
    assert_stops_commits_and_pushes(reader)

    refused = reader.run("repo-mhm hook install")
    assert refused.returncode == 1
    assert "repo-mhm review --hook pre-commit" in refused.stdout


def assert_stops_commits_and_pushes(reader: Reader) -> None:
    reader.break_the_library()
    assert_stopped(reader.commit())
    assert_silent(reader.commit(REPO_MHM_SKIP="1"))
    reader.repo.git("reset", "--quiet", "--hard", "HEAD~1")

    reader.add_remote()
    assert_stopped(reader.push())
    assert_silent(reader.push(REPO_MHM_SKIP="1"))


def refresh(reader: Reader, make_repo: MakeRepo) -> None:
    with open_store(reader.repo.root / ".git" / "repo-mhm") as store:
        store.set_meta(identity="a model that has read the repository")
    installed = reader.paste_successfully()
    for stage in ("post-commit", "post-merge", "post-checkout", "post-rewrite"):
        assert stage in installed

    reader.break_the_library()
    assert_silent(reader.commit())
    log = reader.repo.root / ".git" / "repo-mhm" / "refresh.log"
    # There is no model in a test's home, so the refresh ends with an error; it has been started.
    until = time.monotonic() + 120
    while not (log.exists() and "error" in log.read_text()):
        assert time.monotonic() < until, "no refresh was started"
        time.sleep(0.1)


OPTIONAL = frozenset({"lefthook", "prek"})
"""Programs that are tried where they are installed."""
Scenario = Callable[[Reader, MakeRepo], None]
SCENARIOS: Mapping[str, Scenario] = {
    "The built-in hook": built_in,
    "Skip or silence it": skipping,
    "pre-commit": pre_commit,
    "pre-commit, from a repository": pre_commit_from_a_repository,
    "prek": prek,
    "lefthook": lefthook,
    "husky": husky,
    "A folder of your own": own_folder,
    "GitHub": github,
    "GitLab": gitlab,
    "Keep the memory current": refresh,
}


@pytest.mark.parametrize("heading", SECTIONS)
def test_the_blocks_of_a_section_work_as_pasted(
    heading: str, make_repo: MakeRepo, tmp_path: Path
) -> None:
    if heading in OPTIONAL and shutil.which(heading, path=str(PROGRAMS)) is None:
        pytest.skip(f"no {heading} here")
    repo = make_repo({"lib.py": LIBRARY, "use.py": CALLER})
    reader = Reader(repo, list(SECTIONS[heading]), tmp_path)
    SCENARIOS[heading](reader, make_repo)
    assert not reader.blocks, "the scenario leaves blocks of the page out"


def test_the_page_has_a_section_for_every_scenario() -> None:
    assert list(SECTIONS) == list(SCENARIOS)
