from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.answer.evidence_pieces import Source, pieces
from repo_mhm.answer.steps import (
    LEFT_OUT,
    MAX_CHARACTERS,
    MAX_FUNCTIONS,
    MAX_STATEMENTS,
    best_steps,
    steps_of,
)
from repo_mhm.source.chunks import chunk_text
from repo_mhm.source.scan import scan_bytes

PYTHON = '''\
class Response:
    @property
    def close(self):
        """Release the connection.

        Once only.
        """
        # The raw object may lack it.
        if not self.consumed:  # else the pool has it
            self.raw.close()

        release = getattr(
            self.raw,
            "release", None,
        )
        if release is not None:
            release()
'''
C = """\
/* Read bytes. */
int readBuffer(context *c) {
    char buf[16];
    if (c->err)
        return ERR;
    if (fill(c, buf) < 0) {
        return ERR;
    }
    return OK;
}
"""


def steps(code: str, path: str, terms: dict[str, float] | None = None) -> list[str]:
    scanned = scan_bytes(path, code.encode())
    (chunk,) = scanned.chunks
    source = Source(chunk, chunk_text(code.encode(), chunk), scanned.symbols, 1.0)
    definitions = [(1.0, piece) for piece in pieces(source)]
    return [step.text for step in best_steps(definitions, terms or {})]


def test_statements_stand_in_a_line_each_without_comments_and_documentation() -> None:
    assert steps(PYTHON, "response.py") == [
        "if not self.consumed:\n"
        "    self.raw.close()\n"
        'release = getattr(self.raw, "release", None)\n'
        "if release is not None:\n"
        "    release()"
    ]


def test_braces_that_stand_alone_are_left_out() -> None:
    assert steps(C, "buffer.c") == [
        "char buf[16];\nif (c->err)\n    return ERR;\n"
        "if (fill(c, buf) < 0) {\n    return ERR;\nreturn OK;"
    ]


def test_of_a_long_function_the_statements_with_the_terms_are_shown() -> None:
    body = [f"    prepare_the_parcel_number({number})" for number in range(60)]
    body[40] = "    zebra = weigh(parcel)"
    (text,) = steps("def pack(parcel):\n" + "\n".join(body) + "\n", "pack.py", {"zebra": 1.0})
    assert "zebra = weigh(parcel)" in text
    assert LEFT_OUT in text
    assert len([line for line in text.split("\n") if line != LEFT_OUT]) == MAX_STATEMENTS


def test_a_statement_comes_with_the_branches_that_it_is_in() -> None:
    body = [f"    prepare_the_parcel_number({number})" for number in range(20)]
    body += ["    if heavy:", "        lift()", "    else:", "        zebra()"]
    (text,) = steps("def pack(parcel):\n" + "\n".join(body) + "\n", "pack.py", {"zebra": 1.0})
    assert "else:\n    zebra()" in text


def test_the_location_holds_the_statements() -> None:
    scanned = scan_bytes("response.py", PYTHON.encode())
    (chunk,) = scanned.chunks
    source = Source(chunk, PYTHON, scanned.symbols, 1.0)
    found = [step for piece in pieces(source) if (step := steps_of(piece, {}))]
    assert [(step.location.start, step.location.end) for step in found] == [(9, 17)]


def test_only_the_first_definitions_are_listed() -> None:
    code = "".join(f"def run_{n}(x):\n    return prepare(x, {n})\n\n\n" for n in range(9))
    assert len(steps(code, "runs.py")) == MAX_FUNCTIONS


def test_definitions_that_are_worth_much_less_are_left_out() -> None:
    code = "".join(f"def run_{n}(x):\n    return prepare(x, {n})\n\n\n" for n in range(2))
    scanned = scan_bytes("runs.py", code.encode())
    first, second = pieces(Source(scanned.chunks[0], code, scanned.symbols, 1.0))
    assert len(best_steps([(1.0, first), (0.6, second)], {})) == 2
    assert len(best_steps([(1.0, first), (0.4, second)], {})) == 1


@pytest.mark.parametrize("path", ["README.md", "CHANGELOG.md"])
def test_prose_has_no_steps(path: str) -> None:
    text = "# Sending\n\nParcels are sent.\n\nIf one is lost, the courier sends it again.\n"
    assert steps(text, path) == []


@pytest.mark.parametrize("code", ["def f():\n    pass\n", "x = 1\n", "# nothing\n"])
def test_what_does_nothing_has_no_steps(code: str) -> None:
    assert steps(code, "f.py") == []


@given(st.text(alphabet="def f():\n#(\"'{}; if/*=", max_size=300))
def test_any_text_gives_few_short_lines_for_each_definition(code: str) -> None:
    for text in steps("def weigh(parcel):\n    return 1\n" + code, "any.py"):
        lines = text.split("\n")
        assert len(lines) <= 2 * MAX_STATEMENTS + 1
        assert all(len(line.lstrip()) <= MAX_CHARACTERS + len(LEFT_OUT) for line in lines)
