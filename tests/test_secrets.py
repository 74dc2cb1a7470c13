"""No secret of a repository, or of a question, is kept or shown: 400 planted ones, 0 seen again."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from repo_mhm.source import scan
from repo_mhm.source.redaction import Masked, mask, redact
from tests import scripted_cli
from tests.conftest import MakeRepo, TestRepo
from tests.patience import PATIENCE
from tests.planted_secrets import CONTEXTS, FORMATS, LABELLED, ODD_CONTEXTS, Planted, planted

SEED, COUNT = 20_261_126, 400
FOLDERS = 40
"""The planted files lie in so many folders."""

Run = Callable[..., str]


def test_the_corpus_has_45_kinds_in_24_contexts() -> None:
    kinds = {secret.kind for secret in planted(SEED, COUNT)}
    assert len(kinds) >= 45
    assert len(CONTEXTS | ODD_CONTEXTS) >= 24
    assert len(FORMATS) + len(LABELLED) >= 40


@pytest.mark.parametrize("seed", range(3))
def test_nearly_every_planted_secret_is_masked(seed: int) -> None:
    """Random characters may happen to look like a word: one in a thousand may slip through."""
    secrets = planted(seed, 1000)
    missed = [secret for secret in secrets if secret.secret in redact(secret.path, secret.text)[0]]
    assert len(missed) <= 1, missed


def test_masking_takes_less_than_the_rest_of_a_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    """A third of it on a quiet core; the least of three times each, in turns."""
    root = Path(scan.__file__).parents[1]
    files = [(path.name, path.read_bytes()) for path in sorted(root.glob("*/*.py"))[:80]]

    def seconds() -> float:
        begun = time.process_time()
        for name, raw in files:
            scan.scan_bytes(name, raw, texts=True)
        return time.process_time() - begun

    seconds()  # compiles what is compiled once
    masked, bare = [], []
    for _ in range(3):
        masked.append(seconds())
        with monkeypatch.context() as patch:
            patch.setattr(scan, "mask", lambda _, data: Masked(data, parseable=data))
            bare.append(seconds())
    assert min(masked) < 2 * min(bare)


def test_a_mask_keeps_every_offset_and_every_line() -> None:
    for secret in planted(SEED, COUNT):
        data = secret.text.encode()
        masked = mask(secret.path, data)
        assert len(masked.data) == len(masked.parseable) == len(data)
        assert masked.data.count(b"\n") == masked.parseable.count(b"\n") == data.count(b"\n")


def files_of(secrets: list[Planted]) -> dict[str, str]:
    return {
        f"d{number % FOLDERS}/{number}/{secret.path}": secret.text
        for number, secret in enumerate(secrets)
    }


def odd_files(names: list[str]) -> dict[str, str]:
    """Secrets that are names: of a function, a class, a file, a rule of CSS, a call."""
    function, other, file, rule, called = names
    return {
        "odd/names.py": f"def {function}():\n    {called}()\n\n\nclass {other}:\n    x = 1\n",
        f"odd/{file}.txt": "text\n",
        "odd/style.css": f"#{rule} {{ color: red }}\n",
        "odd/page.html": f'<p id="{rule}">x</p>\n',
        "odd/caller.js": f"import {{ {called} }} from './names';\n{called}();\n",
    }


@pytest.fixture
def secrets() -> list[Planted]:
    return planted(SEED, COUNT)


@pytest.fixture
def names() -> list[str]:
    letters = "".join(chr(ord("a") + number) for number in range(5))
    return ["gh" + "p_" + (letter.upper() + "7q" + letter + "Z4") * 6 for letter in letters]


@pytest.fixture
def repo(make_repo: MakeRepo, secrets: list[Planted], names: list[str]) -> TestRepo:
    return make_repo({"a.py": "x = 1\n", **files_of(secrets), **odd_files(names)})


@pytest.fixture
def run(repo: TestRepo, tmp_path: Path) -> Run:
    """Run a command on a scripted engine, which notes its prompts; all that it printed."""

    def run(*words: str, stdin: str = "") -> str:
        done = subprocess.run(
            [sys.executable, str(Path(scripted_cli.__file__)), *words],
            cwd=repo.root,
            env={**os.environ, "TEST_PROMPTS": str(tmp_path / "prompts")},
            input=stdin.encode(),
            capture_output=True,
            timeout=PATIENCE,
        )
        text = (done.stdout + done.stderr).decode("utf-8", "replace")
        assert "Traceback" not in text, text
        return text

    return run


def kept_in(folder: Path) -> bytes:
    """Every byte of every file below a folder."""
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_none_of_400_planted_secrets_is_kept_or_shown(
    repo: TestRepo, run: Run, secrets: list[Planted], names: list[str], tmp_path: Path
) -> None:
    question = f"where is {names[0]} defined, and what is the password?"
    log = tmp_path / "printed"
    with log.open("w") as printed:
        printed.write(run("index", "--depth", "skim", "--json"))
        printed.write(run("ask", "--json", question))
        printed.write(run("ask", "how do we connect, and where is the key?"))
        printed.write(run("ask", "--json", "what is this?", "-", stdin=secrets[0].text))
        for words in (["memory", "export"], ["memory", "show", "--json"], ["log", "--json"]):
            printed.write(run(*words))
        for words in (["chunks", "--json"], ["chunks", "--skipped"], ["status", "--json"]):
            printed.write(run(*words))
        printed.write(run("search", "--json", "password key token secret connect"))

    seen = log.read_bytes() + (tmp_path / "prompts").read_bytes()
    seen += kept_in(repo.root / ".git" / "repo-mhm")
    missed = [secret for secret in secrets if secret.secret.encode() in seen]
    assert missed == []
    assert [name for name in names if name.encode() in seen] == []


def test_a_review_shows_no_secret_that_it_adds_or_touches(
    repo: TestRepo, run: Run, secrets: list[Planted], names: list[str]
) -> None:
    added = planted(SEED + 1, 60)
    repo.write({f"new/{number}/{each.path}": each.text for number, each in enumerate(added)})
    caller = f'import lib\n\nlib.connect("{names[1]}", 1)\n'
    repo.commit({"lib.py": "def connect(key, port):\n    return key\n", "caller.py": caller})
    repo.write({"lib.py": "def connect(key, port, host):\n    return key\n"})
    printed = "".join(run("review", "--format", form) for form in ("text", "json", "sarif"))
    assert "callers were not changed" in printed
    missed = [secret for secret in (*secrets, *added) if secret.secret in printed]
    assert missed == []
    assert names[1] not in printed


def test_doctor_lists_what_is_masked_by_kind(make_repo: MakeRepo, tmp_path: Path) -> None:
    token = "gh" + "p_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cF0iL3oR6"
    repo = make_repo({"a.py": f'x = 1\nTOKEN = "{token}"\n', "b.md": f"Use {token}.\n"})
    done = subprocess.run(
        [sys.executable, str(Path(scripted_cli.__file__)), "doctor", "--secrets"],
        cwd=repo.root,
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode().split("\n")[:4] == [
        "2 secrets masked",
        "GitHub token: 2",
        "  a.py:2",
        "  b.md:1",
    ]
