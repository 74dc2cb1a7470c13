"""What stands behind a name is what code spells, and nothing where code may say otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.memory.spelled_values import Spelled, Surprise, spelled
from repo_mhm.source.scan import scan_bytes
from repo_mhm.source.symbols import Symbol

DEFINED = frozenset({"send_parcel", "LIMIT", "Parcel", "depot"})


def text_of(path: str, code: str, name: str) -> str:
    """What is said behind a name of a file."""
    symbols = [item for item in scan_bytes(path, code.encode()).symbols if item.name == name]
    (symbol,) = symbols
    return spelled(symbol, lines_of(symbol, code), DEFINED).text


def lines_of(symbol: Symbol, code: str) -> str:
    return "\n".join(code.split("\n")[symbol.start - 1 : symbol.end])


@pytest.mark.parametrize(
    ("path", "code", "name", "text"),
    [
        ("a.py", "RATE = 8192\n", "RATE", "=8192"),
        ("a.py", "RATE: int = 8192\n", "RATE", "=8192"),
        ("a.py", "SIZE = 10 * 1024\n", "SIZE", "=10 * 1024"),
        ("a.py", "RATE = LIMIT\n", "RATE", "=LIMIT"),
        ("a.py", "RATE = elsewhere\n", "RATE", ""),
        ("a.py", "RATE = compute()\n", "RATE", ""),
        ("a.py", "RATE = [1, 2]\n", "RATE", ""),
        ("a.py", f"RATE = '{'x' * 40}'\n", "RATE", ""),
        ("a.py", "def size():\n    return 64\n", "size", "()=64"),
        ("a.py", 'def size() -> int:\n    """Size."""\n    return 64\n', "size", "()=64"),
        ("a.py", "def size():\n    grow()\n    return 64\n", "size", ""),
        ("a.py", "def size():\n    64\n", "size", ""),
        ("a.py", "def size():\n    return None\n", "size", ""),
        ("a.py", "def size():\n    return\n", "size", ""),
        ("a.py", "def size(a):\n    a -= 1\n", "size", ""),
        ("a.py", f"def size():\n    return {' ' * 500}64\n", "size", ""),
        ("a.py", "def size(a):\n    return a\n", "size", ""),
        ("a.py", "def send(x):\n    return send_parcel(x)\n", "send", "()→send_parcel"),
        ("a.py", "def send(x):\n    return x.send_parcel(x)\n", "send", ""),
        ("a.py", "def send(x):\n    return unknown(x)\n", "send", ""),
        ("a.py", "def send(x, limit=30):\n    return x[:limit]\n", "send", "(limit=30)"),
        ("a.py", "def send(x: int, limit: int = 30): ...\n", "send", "(limit=30)"),
        ("a.py", "def send(sep=', x=3', n=2):\n    go()\n    go()\n", "send", "(sep=', x=3', n=2)"),
        ("a.py", "def send(x=make(limit=3)):\n    go()\n    go()\n", "send", ""),
        ("a.py", "def send(x=None, y=''):\n    go()\n    go()\n", "send", ""),
        ("a.py", "def send(kind: 'Parcel'):\n    go()\n    go()\n", "send", ""),
        ("a.js", "const RATE = 8192;\n", "RATE", "=8192"),
        ("a.js", "function size() { return 64; }\n", "size", "()=64"),
        ("a.js", "const size = () => 64;\n", "size", "()=64"),
        ("a.js", "function size() { 64; }\n", "size", ""),
        ("a.js", "function send(x, limit = 30) {\n  go();\n  go();\n}\n", "send", "(limit=30)"),
        (
            "a.ts",
            "function send(x: number, limit: number = 30) {\n  go();\n}\n",
            "send",
            "(limit=30)",
        ),
        ("a.ts", "export function size(): number {\n  return 64;\n}\n", "size", "()=64"),
        ("a.go", "package a\n\nconst Rate = 8192\n", "Rate", "=8192"),
        ("a.go", "package a\n\nfunc Size() int { return 64 }\n", "Size", "()=64"),
        ("a.rs", "const RATE: u32 = 8192;\n", "RATE", "=8192"),
        ("a.rs", "fn size() -> u32 {\n    64\n}\n", "size", "()=64"),
        ("a.rb", "RATE = 8192\n", "RATE", "=8192"),
        ("a.rb", "def send(x, limit = 30)\n  go\n  go\nend\n", "send", "(limit=30)"),
        ("A.java", "class A {\n  int size() { return 64; }\n}\n", "size", "()=64"),
        ("a.c", "int size(void) {\n    return 64;\n}\n", "size", "()=64"),
    ],
)
def test_short_values_stand_behind_their_names(path: str, code: str, name: str, text: str) -> None:
    assert text_of(path, code, name) == text


def test_a_constant_that_is_assigned_within_a_condition_has_no_value() -> None:
    code = "if fast:\n    RATE = 8192\n"
    constant = Symbol("a.py", "RATE", "RATE", "constant", 2, 2, 13, 24, "RATE = 8192", "", "")
    assert spelled(constant, code.split("\n")[1], DEFINED).text == ""


def test_of_many_defaults_the_first_are_said() -> None:
    code = "def send(a=1, b=2, c=3, d=4):\n    go()\n    go()\n"
    assert text_of("a.py", code, "send") == "(a=1, b=2, c=3)"


def test_a_rare_value_is_more_of_a_surprise_than_a_common_one() -> None:
    surprise = Surprise.among(["False"] * 8 + ["30", "30", "8192"])
    shares = [surprise.of(Spelled("", (value,))) for value in ("False", "30", "8192")]
    assert 0 < shares[0] < shares[1] < shares[2] <= 1
    assert surprise.of(Spelled("", ("False", "8192"))) == shares[2]
    assert surprise.of(Spelled("", ())) == 0


@given(code=st.text(alphabet="x=(){}[];:,.'\"\\ \n3-", max_size=200))
def test_any_code_is_taken(code: str) -> None:
    for kind in ("constant", "function"):
        symbol = Symbol("a.py", "x", "x", kind, 1, 3, 0, len(code), " ".join(code.split()), "", "")
        said = spelled(symbol, code, DEFINED)
        assert all(value in " ".join(code.split()) for value in said.values)
