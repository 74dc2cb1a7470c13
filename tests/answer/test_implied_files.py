"""Questions that say only where: by a file, a line, a name or a trace."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from repo_mhm.answer.context import AskOptions
from repo_mhm.answer.events import Located, LocatedLine
from repo_mhm.answer.implied_files_lookup import implied_files
from repo_mhm.answer.session import ask
from repo_mhm.engine.types import Engine
from repo_mhm.git import open_snapshot
from repo_mhm.location import Location
from repo_mhm.memory.refresh import refresh
from repo_mhm.store import Store, open_store
from tests.conftest import MakeRepo

STEP = """
    /// <summary>Step {0} of the sign-in.</summary>
    public bool Step{0}(Request request)
    {{
        session.Log("step {0}");
        return session.Continue(request, {0});
    }}
"""
SERVICE = (
    "using System;\n\nnamespace Shop.Auth\n{\n    public class Service : IService\n    {\n"
    + "".join(STEP.format(number) for number in range(1, 9))
    + "    }\n}\n"
)
PATH = "src/auth/Service.cs"
USER = "class User { void Go() { new Shop.Auth.Service().Step7(null); } }\n"


def line_of(text: str) -> int:
    return SERVICE[: SERVICE.index(text)].count("\n") + 1


@pytest.fixture
def store(make_repo: MakeRepo, tmp_path: Path) -> Iterator[Store]:
    other = "namespace Shop.Auth\n{\n    class Other { int A() { return 1; } }\n}\n"
    repo = make_repo({PATH: SERVICE, "src/app/User.cs": USER, "src/auth/Other.cs": other})
    with open_store(tmp_path / "state") as opened:
        refresh(opened, open_snapshot(repo.root), heads=2)
        yield opened


def no_engine() -> Engine:
    raise AssertionError("no model is needed")


def lines_for(store: Store, question: str, attached: str = "") -> tuple[LocatedLine, ...]:
    options = AskOptions(use_model=False, attached=attached)
    events = list(ask(store, no_engine, question, options))
    located = next(event for event in events if isinstance(event, Located))
    return located.lines


@pytest.mark.parametrize(
    "question",
    [
        f"Explain {PATH}:{{line}}",
        f"explain {PATH}({{line}},5)",
        f"what does `{PATH}:{{line}}` do?",
        "explain Service.cs:{line}",
        f"explain line {{line}} of {PATH}",
        f"{PATH}#L{{line}}",
    ],
)
def test_of_a_named_line_only_its_definition_is_shown(store: Store, question: str) -> None:
    lines = lines_for(store, question.format(line=line_of('Log("step 3")')))
    assert [line.symbol for line in lines] == ["Shop.Auth.Service.Step3"]


def test_of_a_named_file_the_most_used_definitions_come_first(store: Store) -> None:
    for question in (f"Explain {PATH}", "explain Service.cs", "summarise `auth/Service.cs`"):
        lines = lines_for(store, question)
        assert {line.location.path for line in lines} == {PATH}
        symbols = [line.symbol for line in lines]
        assert symbols.index("Shop.Auth.Service.Step7") < 2
        assert "Shop.Auth.Service" in symbols[:3]


def test_a_trace_beside_a_question_leads_to_its_functions_innermost_first(store: Store) -> None:
    trace = (
        "Unhandled exception. System.ArgumentNullException: Value cannot be null.\n"
        f"   at Shop.Auth.Service.Step4(Request request) in /w/{PATH}:line 999\n"
        f"   at Shop.Auth.Service.Step2(Request request) in /w/{PATH}:line {line_of('Step2')}\n"
    )
    for question in (trace, f"why does this fail?\n{trace}"):
        symbols = [line.symbol.rpartition(".")[2] for line in lines_for(store, question)]
        assert symbols[:2] == ["Step4", "Step2"]


def test_no_line_is_punctuation_alone_or_only_an_import(store: Store) -> None:
    for question in (f"Explain {PATH}", f"how does {PATH} log a step?", "Explain Service"):
        for line in lines_for(store, question):
            assert re.search(r"\w", line.code)
            assert "using" not in line.code
            assert not line.code.startswith("namespace")


@pytest.mark.parametrize(
    "question",
    [
        f"who logs a step in {PATH}?",
        "explain the sign-in",
        "explain src/nowhere.cs",
        f"Title\nexplain {PATH}",
    ],
)
def test_a_question_that_says_more_is_about_the_whole_repository(
    store: Store, question: str
) -> None:
    assert implied_files(store, question) == ()


def test_a_file_is_implied_as_a_whole(store: Store) -> None:
    (file,) = implied_files(store, "explain auth/Service.cs")
    assert file == Location(PATH, 1, SERVICE.count("\n"))
