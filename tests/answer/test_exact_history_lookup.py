"""When, by whom and why lines, definitions and files changed, by a real history."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from repo_mhm.answer.comparison import BackgroundComparison
from repo_mhm.answer.context import AnswerContext, AskOptions
from repo_mhm.answer.events import Located
from repo_mhm.answer.exact_lookup import exact_answer
from repo_mhm.cli.located_lines import heading
from repo_mhm.commands.open_memory import open_memory
from repo_mhm.store import Store
from tests.conftest import MakeRepo, TestRepo

BEFORE = "def pay():\n    return 1\n\n\ndef refund():\n    return 1\n"
AFTER = BEFORE.replace("def refund():\n    return 1", "def refund():\n    return 2")


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    repo = make_repo({"till.py": BEFORE})
    repo.commit({"till.py": AFTER}, "Refund twice\n\nBecause the customer is right.")
    return repo


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def ask(repo: TestRepo, stack: ExitStack, question: str) -> Located | None:
    store: Store = stack.enter_context(open_memory(repo.root, {}).store)
    comparison = BackgroundComparison(lambda blobs: None)
    options = AskOptions(show_all=True)
    return exact_answer(AnswerContext(store, question, options, comparison, lambda: 0.0, 0.0))


def subjects(located: Located | None) -> list[str]:
    assert located is not None
    return [line.code for line in located.lines]


def test_only_the_commits_that_changed_the_definition_are_listed(
    repo: TestRepo, stack: ExitStack
) -> None:
    pay = ask(repo, stack, "when was pay() last changed?")
    refund = ask(repo, stack, "who changed `refund` and why?")

    assert subjects(pay) == ["first"]
    assert subjects(refund) == ["Refund twice", "first"]
    assert refund is not None
    assert "by Ada" in refund.heading
    assert repo.git("rev-parse", "HEAD")[:7] in refund.heading


def test_lines_and_files_have_a_history_too(repo: TestRepo, stack: ExitStack) -> None:
    assert subjects(ask(repo, stack, "who changed till.py:6 last?")) == ["Refund twice", "first"]
    assert subjects(ask(repo, stack, "history of lines 1-2 of till.py")) == ["first"]
    assert subjects(ask(repo, stack, "git log of till.py")) == ["Refund twice", "first"]


def test_lines_that_are_not_committed_yet_shift_what_is_asked(
    repo: TestRepo, stack: ExitStack
) -> None:
    repo.write({"till.py": "import os\nimport sys\n\n" + AFTER})

    assert subjects(ask(repo, stack, "history of pay()")) == ["first"]
    assert subjects(ask(repo, stack, "history of refund()")) == ["Refund twice", "first"]


def test_a_renamed_file_keeps_its_history(repo: TestRepo, stack: ExitStack) -> None:
    repo.git("mv", "till.py", "desk.py")
    repo.commit(message="Rename the till")

    assert subjects(ask(repo, stack, "history of desk.py"))[0] == "Rename the till"
    assert "first" in subjects(ask(repo, stack, "history of desk.py"))


def test_a_folder_without_git_and_a_new_file_have_no_history(
    repo: TestRepo, stack: ExitStack
) -> None:
    repo.write({"new.py": "def fresh(): ...\n"})

    assert ask(repo, stack, "when was fresh() changed?") is None


def test_hostile_messages_authors_and_settings_do_no_harm(repo: TestRepo, stack: ExitStack) -> None:
    ran = repo.root / "ran"
    repo.git("config", "diff.evil.textconv", f"touch {ran} #")
    repo.git("config", "diff.external", f"touch {ran} #")
    repo.git("config", "log.showSignature", "true")
    repo.git("config", "gpg.program", f"touch {ran} #")
    repo.commit({".gitattributes": "*.py diff=evil\n"})
    repo.git(
        "-c", "user.name=E\x1b[31mve", "commit", "--quiet", "--allow-empty", "-am", "no change"
    )
    repo.commit({"till.py": AFTER.replace("return 2", "return 3")}, "red \x1b[31m --upload-pack=x")

    located = ask(repo, stack, "history of refund()")

    assert not ran.exists()
    assert located is not None
    assert located.lines[0].code.startswith("red ")
    assert "\x1b" not in heading(located)
