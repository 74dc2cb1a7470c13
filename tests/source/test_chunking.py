"""Chunking: whatever the bytes, chunks are ordered, disjoint and complete.

Definitions that fit into one stay whole.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_mhm.source import parsing
from repo_mhm.source.chunking import LIMIT_TOKENS, SMALL_TOKENS, TARGET_TOKENS, chunk_file
from repo_mhm.source.chunks import Chunk, chunk_text
from repo_mhm.source.languages import NAMES, by_name
from repo_mhm.source.scan import scan_bytes
from repo_mhm.source.symbol_extraction import extract_symbols
from repo_mhm.source.symbols import FileSymbols, Symbol
from repo_mhm.source.token_estimates import estimate_tokens

no_deadline = settings(deadline=None)  # the first use of a grammar loads it
TARGETS = (16, 40, 140, TARGET_TOKENS)
CORPUS = sorted((Path(__file__).parent / "languages" / "corpus").glob("*/sample.*"))

STATEMENT = st.sampled_from(
    [
        "x = 1",
        "return compute(a, b)",
        "# a remark",
        "",
        "for é in 語:\n    go(é)",
        "y = [\n  1,\n  2,\n]",
        '"""doc"""',
    ]
)
BODY = st.lists(STATEMENT, min_size=1, max_size=12)


@st.composite
def python_files(draw: st.DrawFn) -> str:
    """Functions and classes, some of them large, with blank lines and remarks between them."""
    parts: list[str] = []
    for number in range(draw(st.integers(1, 8))):
        body = "\n".join(f"    {line}" for part in draw(BODY) for line in part.split("\n")) * draw(
            st.integers(1, 20)
        )
        if draw(st.booleans()):
            parts.append(f"def f{number}(a, b):\n{body}\n    pass")
        else:
            inner = "\n".join(f"    {line}" for line in body.split("\n"))
            parts.append(
                f"class C{number}:\n    def m(self):\n{inner}\n        pass\n\n"
                "    def n(self):\n        pass"
            )
    gap = draw(st.sampled_from(["\n", "\n\n\n", "\n# about\n", "\r\n"]))
    return (
        draw(st.sampled_from(["", "import os\n\n"]))
        + gap.join(parts)
        + draw(st.sampled_from(["", "\n"]))
    )


def parse(data: bytes, name: str = "python") -> tuple[FileSymbols, object]:
    language = by_name(name)
    tree = parsing.parse(data, language)
    return extract_symbols("src/a", data, tree, language), tree


def cut(
    data: bytes, name: str = "python", target: int = TARGET_TOKENS
) -> tuple[list[Chunk], Sequence[Symbol]]:
    symbols, tree = parse(data, name)
    chunks = chunk_file("src/a", data, tree, symbols, target=target)  # type: ignore[arg-type]
    return chunks, symbols.symbols


def check_spans(data: bytes, chunks: list[Chunk], target: int = TARGET_TOKENS) -> None:
    """Every promise a list of chunks makes about its file."""
    ends = [0, *(chunk.end_byte for chunk in chunks)]
    limit = (LIMIT_TOKENS + SMALL_TOKENS) * target / TARGET_TOKENS
    for before, chunk in zip(ends, chunks, strict=False):
        assert before <= chunk.start_byte < chunk.end_byte <= len(data)
        assert not data[before : chunk.start_byte].strip(), "a gap between chunks holds text"
        assert chunk.start == data.count(b"\n", 0, chunk.start_byte) + 1
        assert chunk.end == data.count(b"\n", 0, chunk.end_byte - 1) + 1
        text = data[chunk.start_byte : chunk.end_byte]
        assert text.strip()
        assert chunk.tokens == max(1, estimate_tokens(text))
        assert chunk.tokens <= limit + 3
    assert not data[ends[-1] :].strip(), "text after the last chunk"


@no_deadline
@given(st.binary(max_size=3000), st.sampled_from(TARGETS))
def test_any_bytes_as_text(data: bytes, target: int) -> None:
    check_spans(data, chunk_file("a", data, target=target), target)


@no_deadline
@given(st.binary(max_size=1500), st.sampled_from(NAMES), st.sampled_from(TARGETS))
def test_any_bytes_in_any_language(data: bytes, name: str, target: int) -> None:
    check_spans(data, cut(data, name, target)[0], target)


@no_deadline
@given(
    st.text(max_size=1500),
    st.sampled_from(["python", "json", "markdown", None]),
    st.sampled_from(TARGETS),
)
def test_characters_stay_whole(text: str, name: str | None, target: int) -> None:
    data = text.encode("utf-8", "replace")
    chunks = chunk_file("a", data, target=target) if name is None else cut(data, name, target)[0]
    check_spans(data, chunks, target)
    for chunk in chunks:
        data[chunk.start_byte : chunk.end_byte].decode("utf-8")


def test_a_file_of_one_line_that_is_too_long() -> None:
    data = b"x = " + b"0123456789" * 1000
    chunks, _ = cut(data)
    check_spans(data, chunks, TARGET_TOKENS)
    assert len(chunks) == 2


@pytest.mark.slow
@no_deadline
@given(python_files(), st.sampled_from(TARGETS))
def test_generated_code(source: str, target: int) -> None:
    data = source.encode()
    chunks, symbols = cut(data, target=target)
    check_spans(data, chunks, target)
    assert chunks == cut(data, target=target)[0]
    names = [name for chunk in chunks for name in chunk.symbols]
    assert set(names) == {symbol.qualified for symbol in symbols}


@no_deadline
@given(python_files(), st.sampled_from(TARGETS))
def test_a_definition_that_fits_is_never_cut(source: str, target: int) -> None:
    data = source.encode()
    chunks, symbols = cut(data, target=target)
    starts = {chunk.start_byte for chunk in chunks}
    lines = data.split(b"\n")
    for symbol in symbols:
        text = b"\n".join(lines[symbol.start - 1 : symbol.end])
        if estimate_tokens(text) < LIMIT_TOKENS * target / TARGET_TOKENS - 1 and symbol.kind in (
            "function",
            "method",
        ):
            assert not any(symbol.start_byte < start < symbol.end_byte for start in starts), (
                symbol.qualified
            )


@no_deadline
@given(st.binary(max_size=500), st.text(max_size=20))
def test_content_ids_do_not_depend_on_the_path(data: bytes, path: str) -> None:
    at_a, at_path = chunk_file("a", data, target=16), chunk_file(path, data, target=16)
    assert [chunk.content_id for chunk in at_a] == [chunk.content_id for chunk in at_path]


def test_a_small_file_is_one_chunk_without_its_blank_edges() -> None:
    (chunk,) = cut(b"\n\nimport os\n\ndef f():\n    pass\n\n\n")[0]
    assert (chunk.start, chunk.end, chunk.symbols, chunk.kind, chunk.module) == (
        3,
        6,
        ("f",),
        "code",
        "src",
    )


def test_nothing_but_blanks_has_no_chunks() -> None:
    assert chunk_file("a", b" \n\t\r\n") == []
    assert chunk_file("a", b"") == []


def test_the_preamble_goes_with_the_first_definition() -> None:
    source = (
        '"""Doc."""\n\nimport os\n\nX = 1\n\n\ndef first():\n'
        + "    work(a, b)\n" * 20
        + "\n\ndef second():\n"
    )
    chunks, _ = cut((source + "    rest()\n" * 20).encode(), target=140)
    assert [chunk.symbols for chunk in chunks] == [("X", "first"), ("second",)]


def test_a_large_class_is_split_at_its_methods_and_each_part_knows_the_class() -> None:
    methods = "".join(
        f"    def m{number}(self):\n" + "        work(a, b)\n" * 12 + "\n" for number in range(6)
    )
    chunks, _ = cut(f"class Big(Base):\n{methods}\n\ndef after():\n    pass\n".encode(), target=140)
    assert len(chunks) > 2
    assert chunks[0].enclosing == ""
    assert chunks[1].enclosing == "class Big(Base)"
    assert all(
        chunk_text(f"class Big(Base):\n{methods}".encode(), c).startswith("    def m")
        for c in chunks[1:-1]
    )


def test_a_large_impl_block_is_split_at_its_methods_and_each_part_knows_the_block() -> None:
    body = "        work(a, b);\n" * 40
    methods = "".join(f"    fn m{number}(&self) {{\n{body}    }}\n\n" for number in range(20))
    first, *rest = scan_bytes("a.rs", f"impl Send for Courier {{\n{methods}}}\n".encode()).chunks
    assert rest
    assert {chunk.enclosing for chunk in rest} == {"impl Send for Courier"}
    assert "Courier" not in first.symbols, "a block that lends its name defines nothing"


def test_a_large_function_is_split_between_statements() -> None:
    statements = "".join(
        f"    value_{n} = call(\n        one,\n        two,\n    )\n" for n in range(40)
    )
    data = f"def long(a):\n{statements}".encode()
    chunks, _ = cut(data, target=140)
    assert len(chunks) > 3
    assert all(chunk_text(data, chunk).startswith("    value_") for chunk in chunks[1:])
    assert {chunk.enclosing for chunk in chunks[1:]} == {"def long(a)"}


def test_a_comment_stays_with_the_definition_below_it_and_a_brace_with_the_one_above() -> None:
    functions = "".join(
        f"// says {n}\nint f{n}(int a)\n{{\n" + "  work(a, 1);\n" * 10 + "}\n\n" for n in range(9)
    )
    data = functions.encode()
    chunks, _ = cut(data, "c", target=80)
    assert len(chunks) > 3
    assert all(chunk_text(data, chunk).startswith("// says") for chunk in chunks)
    assert all(chunk_text(data, chunk).rstrip().endswith("}") for chunk in chunks)


def test_a_documentation_block_stays_with_the_definition_below_even_over_a_blank_line() -> None:
    body = "  work(a, 1);\n" * 10
    blocks = (
        f"/**\n * Says {n}.\n */\n\napp.f{n} = function () {{\n{body}}};\n\n" for n in range(9)
    )
    data = ("'use strict'\n\n" + "".join(blocks)).encode()
    chunks, _ = cut(data, "javascript", target=80)
    assert len(chunks) > 3
    assert all(chunk_text(data, chunk).startswith("/**") for chunk in chunks[1:])


def test_text_is_cut_at_headings() -> None:
    sections = "".join(
        f"## Part {n}\n\n" + "Some words about it all.\n" * 14 + "\n" for n in range(6)
    )
    data = sections.encode()
    chunks = chunk_file("README", data, target=140)
    assert len(chunks) > 2
    assert all(chunk_text(data, chunk).startswith("## Part") for chunk in chunks)


def test_a_line_too_long_for_a_chunk_is_cut_into_slices_of_its_own() -> None:
    data = b"short\n" + "é".encode() * 9000 + b"\nshort again\n"
    chunks = chunk_file("a", data)
    check_spans(data, chunks)
    assert [(chunk.start, chunk.end) for chunk in chunks] == [
        (1, 1),
        (2, 2),
        (2, 2),
        (2, 2),
        (3, 3),
    ]


def test_deeply_nested_chunks_name_few_enclosing_definitions() -> None:
    data = (
        "\n".join(" " * depth + f"def f{depth}():" for depth in range(60)).encode()
        + b"\n"
        + b" " * 61
        + b"pass\n"
    )
    chunks, _ = cut(data, target=16)
    assert max(chunk.enclosing.count("\n") for chunk in chunks) == 5
    assert chunks[-1].enclosing.startswith("def f0()\ndef f1()\ndef f2()\n")


def render(chunks: list[Chunk]) -> str:
    return "".join(
        f"{chunk.start}-{chunk.end} {chunk.tokens}: {', '.join(chunk.symbols)}"
        + "".join(f" | {line}" for line in chunk.enclosing.splitlines())
        + "\n"
        for chunk in chunks
    )


@pytest.mark.parametrize("sample", CORPUS, ids=lambda path: path.parent.name)
def test_corpus(sample: Path) -> None:
    data = sample.read_bytes()
    chunks, _ = cut(data, sample.parent.name, target=140)
    check_spans(data, chunks, 140)
    assert render(chunks) == (sample.parent / "chunks.txt").read_text()


def test_symbols_are_not_needed() -> None:
    data = b"def f():\n    pass\n"
    _, tree = parse(data)
    (chunk,) = chunk_file("a.py", data, tree)  # type: ignore[arg-type]
    assert chunk == dataclasses.replace(cut(data)[0][0], path="a.py", module="", symbols=())
