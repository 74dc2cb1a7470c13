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


def test_a_comment_above_a_definition_leads_to_it(store: Store) -> None:
    line = line_of("/// <summary>Step 4")
    assert lines_for(store, f"{PATH}:{line}")[-1].symbol == "Shop.Auth.Service.Step4"
    assert {item.symbol for item in lines_for(store, f"{PATH}:{line}")} <= {
        "Shop.Auth.Service",
        "Shop.Auth.Service.Step4",
    }


def test_of_a_range_nothing_outside_it_is_shown(store: Store) -> None:
    first, last = line_of("public bool Step4") - 1, line_of('Log("step 5")')
    lines = lines_for(store, f"{PATH}:{first}-{last}")
    symbols = {"Shop.Auth.Service", "Shop.Auth.Service.Step4", "Shop.Auth.Service.Step5"}
    assert symbols >= {line.symbol for line in lines} >= symbols - {"Shop.Auth.Service"}


DECORATED = (
    "import java.util.List;\n\n@Deprecated\npublic class Cart {\n"
    "  @Override\n  @CheckForNull\n  public int total() {\n    return 1;\n  }\n}\n"
)
BLOCKS = "module Shop\n  class Cart\n    def total\n      1\n    end\n  end\n\nend\n"


@pytest.mark.parametrize(
    ("path", "text", "codes"),
    [
        ("Cart.java", DECORATED, ["public class Cart {", "public int total() {"]),
        ("cart.rb", BLOCKS, ["class Cart", "def total"]),
    ],
)
def test_no_evidence_is_a_decorator_or_a_bracket_alone(
    make_repo: MakeRepo, tmp_path: Path, path: str, text: str, codes: list[str]
) -> None:
    repo = make_repo({path: text})
    with open_store(tmp_path / "other") as opened:
        refresh(opened, open_snapshot(repo.root), heads=2)
        lines = lines_for(opened, f"Explain {path}")
    assert {line.code for line in lines} == set(codes)
