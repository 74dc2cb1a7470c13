"""The lines that change a variable at the top of a file, and those that only look like it."""

from __future__ import annotations

import pytest

from tests.relations.conftest import RelationsOf

PYTHON = """\
LIMIT = 5
LIMIT += 3


def local():
    LIMIT = 1
    return LIMIT


def changes():
    global LIMIT
    LIMIT = 2
    LIMIT -= 1


class Other:
    LIMIT = 7


call(
    LIMIT=9,
)
if LIMIT == 5:
    text = "
LIMIT = 4
"
""".replace('"\nLIMIT = 4\n"', '"""\nLIMIT = 4\n"""')

JAVASCRIPT = """\
let limit = 5;
limit = 6;
function local() {
  let limit = 1;
  limit = 2;
}
function changes() {
  limit++;
}
if (limit === 3) run();
"""


@pytest.mark.parametrize(
    ("path", "text", "name", "lines"),
    [
        ("a.py", PYTHON, "LIMIT", [2, 12, 13]),
        ("a.js", JAVASCRIPT, "limit", [2, 8]),
        ("a.py", "NAMES = []\nNAMES.append(1)\nNAMES = list(NAMES)\n", "NAMES", []),
        ("a.py", "class A:\n    LIMIT = 1\n\n    LIMIT += 1\n", "LIMIT", []),
    ],
)
def test_lines_that_change_a_variable(
    relations_of: RelationsOf, path: str, text: str, name: str, lines: list[int]
) -> None:
    relations = relations_of({path: text})
    symbol = relations.resolve(name)[0]

    assert relations.reassigned_lines(symbol) == lines
