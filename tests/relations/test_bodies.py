"""What the lines of a definition hold: calls in order, errors, constants, values, parameters."""

from __future__ import annotations

import pytest

from tests.relations.conftest import RelationsOf

FILES = {
    "limits.py": 'LIMIT = 3\nNAMES = [\n    "a",\n    "b",\n]\nTEXT: str = "x = 1"\n',
    "work.py": (
        "from limits import LIMIT\n\n\nclass WorkError(Exception): ...\n\n\n"
        "def first(): ...\n\n\ndef second(): ...\n\n\n"
        "def work(a, *, b=1, c: str = 'x'):\n    first()\n    if a > LIMIT:\n"
        "        raise WorkError(a)\n    len(a)\n    return second()\n\n\n"
        "def boss():\n    work(1)\n"
    ),
}


def test_callees_come_in_order_with_what_they_mean(relations_of: RelationsOf) -> None:
    relations = relations_of(FILES)
    (work,) = relations.resolve("work")

    callees = [
        (callee.name, [item.name for item in callee.targets]) for callee in relations.callees(work)
    ]

    assert callees == [
        ("first", ["first"]),
        ("WorkError", ["WorkError"]),
        ("len", []),
        ("second", ["second"]),
    ]


def test_errors_and_constants_of_a_function(relations_of: RelationsOf) -> None:
    relations = relations_of(FILES)
    (work,) = relations.resolve("work")

    (error,) = relations.raised(work)
    (constant,) = relations.constants(work)

    assert (error.error, error.line, error.target and error.target.name) == (
        "WorkError",
        16,
        "WorkError",
    )
    assert (constant.symbol.name, constant.value) == ("LIMIT", "3")


@pytest.mark.parametrize(
    ("path", "code", "errors"),
    [
        ("a.py", "def work():\n    try:\n        go()\n    except E:\n        raise\n", []),
        ("a.py", "def work():\n    if a:\n        raise\n    except_for(a)\n", []),
        ("a.py", "def work():\n    raise shop.SoldOut(1) from None\n", ["shop.SoldOut"]),
        ("a.rb", "def work\n  raise Shop::SoldOut, 'no'\nend\n", ["Shop::SoldOut"]),
        ("a.rb", "def work\n  raise\n  return 1\nend\n", []),
        ("a.js", "function work() {\n  throw new SoldOut();\n}\n", ["SoldOut"]),
        (
            "a.php",
            "<?php\nfunction work() {\n  throw new \\Shop\\SoldOut();\n}\n",
            ["Shop\\SoldOut"],
        ),
        ("a.cpp", "void work() {\n  throw;\n  again();\n}\n", []),
        ("a.cpp", "void work() {\n  throw std::logic_error(1);\n}\n", ["std::logic_error"]),
        ("A.java", "class A { void work() { throw new SoldOut(); } }\n", ["SoldOut"]),
    ],
)
def test_an_error_is_what_stands_behind_the_word_on_its_line(
    relations_of: RelationsOf, path: str, code: str, errors: list[str]
) -> None:
    relations = relations_of({path: code})
    (work,) = relations.resolve("work")
    assert [item.error for item in relations.raised(work)] == errors


def test_values_are_as_the_code_spells_them(relations_of: RelationsOf) -> None:
    relations = relations_of(
        FILES
        | {
            "a.h": "#define SIZE (1 << 4)\n",
            "a.ts": "export const LIST = ['a', 'b'] as const\nexport const N: number = 5;\n",
            "a.go": 'package a\n\nconst Name = "x"\n\nvar Limit int = 7\n',
            "A.java": "class A {\n  static final int MAX = 10_000;\n}\n",
        }
    )

    def value(subject: str) -> str:
        return relations.value(relations.resolve(subject)[0])

    assert value("limits.LIMIT") == "3"
    assert value("NAMES") == '[ "a", "b", ]'
    assert value("TEXT") == '"x = 1"'
    assert value("SIZE") == "(1 << 4)"
    assert value("LIST") == "['a', 'b'] as const"
    assert value("N") == "5"
    assert value("Name") == '"x"'
    assert value("Limit") == "7"
    assert value("A.MAX") == "10_000"


def test_parameters_have_their_defaults(relations_of: RelationsOf) -> None:
    relations = relations_of(FILES)
    (work,) = relations.resolve("work")

    parameters = relations.parameters(work)

    assert [(item.name, item.default) for item in parameters] == [
        ("a", None),
        ("b", "1"),
        ("c", "'x'"),
    ]


def test_the_shortest_chain_of_calls(relations_of: RelationsOf) -> None:
    relations = relations_of(FILES)
    (boss,) = relations.resolve("boss")
    (second,) = relations.resolve("second")

    chain = relations.call_chain(boss, second)

    assert [(call.caller.name, call.callee.name, call.line) for call in chain] == [
        ("boss", "work", 22),
        ("work", "second", 18),
    ]
    assert relations.call_chain(second, boss) == []
