"""Which file is in which language, what importing costs, and queries on any bytes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import tree_sitter
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_mhm.errors import LanguageError
from repo_mhm.source import languages
from repo_mhm.source.parsing import ParseAborted, parse
from repo_mhm.source.symbol_extraction import extract_symbols
from tests.patience import slowness


@pytest.mark.parametrize(
    ("path", "head", "name"),
    [
        ("src/app.py", b"", "python"),
        ("stubs/APP.PYI", b"", "python"),
        ("a/b.test.tsx", b"", "tsx"),
        ("lib/types.d.ts", b"", "typescript"),
        ("include/item.h", b"", "c"),
        ("include/item.hpp", b"", "cpp"),
        ("Rakefile", b"", "ruby"),
        ("sub/dir/Gemfile", b"", "ruby"),
        (".bashrc", b"", "bash"),
        ("README.md", b"", "markdown"),
        ("bin/run", b"#!/usr/bin/env python3\n", "python"),
        ("bin/run", b"#!/usr/bin/env -S node --test\nx", "javascript"),
        ("bin/run", b"#! /bin/sh -e\r\n", "bash"),
        ("bin/run", b"#!/usr/local/bin/python3.12", "python"),
        ("bin/run", b"#!/usr/bin/env VAR=1 ruby\n", "ruby"),
        ("tool.php", b"#!/usr/bin/env python3\n", "php"),
    ],
)
def test_the_language_of_a_file(path: str, head: bytes, name: str) -> None:
    assert languages.for_file(path, head) is languages.by_name(name)


@pytest.mark.parametrize(
    ("path", "head"),
    [
        ("notes.txt", b""),
        ("LICENSE", b"Apache"),
        ("bin/run", b""),
        ("bin/run", b"#!"),
        ("bin/run", b"#!/usr/bin/env\n"),
        ("bin/run", b"#!/usr/bin/awk -f\n"),
        ("bin/run", b"#!\xff\xfe\n"),
        ("py", b""),
        (".py", b""),
        ("", b""),
    ],
)
def test_a_file_without_a_grammar(path: str, head: bytes) -> None:
    assert languages.for_file(path, head) is None


def test_names_suffixes_and_interpreters_belong_to_one_language_each() -> None:
    every = [languages.by_name(name) for name in languages.NAMES]
    for field in ("name", "suffixes", "filenames", "interpreters"):
        values = [value for language in every for value in (getattr(language, field) or ())]
        if field == "name":
            values = [language.name for language in every]
            assert values == list(languages.NAMES)
        assert len(values) == len(set(values)), field


def test_an_unknown_language_names_the_known_ones() -> None:
    with pytest.raises(LanguageError) as caught:
        languages.by_name("cobol")
    assert "cobol" in caught.value.message
    assert "python" in caught.value.hint


def test_a_missing_wheel_says_what_to_install() -> None:
    absent = languages.Language(name="absent", grammar="tree_sitter_absent", query="")
    with pytest.raises(LanguageError) as caught:
        languages.load(absent)
    assert "tree-sitter-absent" in caught.value.hint


def test_a_query_that_does_not_fit_its_grammar_is_a_language_error() -> None:
    odd = languages.Language(
        name="odd", grammar="tree_sitter_json", query="(no_such_node) @definition.key"
    )
    with pytest.raises(LanguageError, match="odd"):
        languages.load(odd)


def test_finding_a_language_imports_no_grammar() -> None:
    code = (
        "import sys; from repo_mhm.source import languages; languages.for_file('a.py');"
        "print([name for name in sys.modules if name.startswith('tree_sitter')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", languages.NAMES)
def test_every_capture_is_one_that_symbols_reads(name: str) -> None:
    query = languages.load(languages.by_name(name)).query
    captures = {query.capture_name(index) for index in range(query.capture_count)}
    known = {
        "name",
        "container",
        "prefix",
        "decorator",
        "attribute",
        "doc",
        "comment",
        "import",
        "definition.scope",
    }
    known |= {"reference", "reference.call", "reference.import"}
    known |= {f"definition.{kind}" for kind in languages.KINDS}
    assert {capture for capture in captures if not capture.startswith("_")} <= known
    assert any(capture.startswith("definition.") for capture in captures)


TOKENS = st.sampled_from(
    "def class function fn func struct enum import from test it describe if else end do { } ( ) "
    "[ ] < > # ## - -- /* */ // \" ' ` : ; , . = => -> @ @doc $ & | \\ \n \r\n \t a b Foo /x 1 "
    "<div id='a'> </div> ''' --- ${ "
    "é \x00".split(" ")
).map(str.encode)
SOURCES = st.one_of(st.binary(max_size=300), st.lists(TOKENS, max_size=80).map(b" ".join))


@pytest.mark.parametrize("name", languages.NAMES)
@settings(max_examples=25, deadline=None)
@given(data=SOURCES)
def test_any_bytes_give_symbols_inside_the_file(name: str, data: bytes) -> None:
    language = languages.by_name(name)
    tree = parse(data, language)
    symbols, references, _ = extract_symbols("x", data, tree, language)
    lines = data.count(b"\n") + 1
    assert all(0 <= symbol.start_byte < symbol.end_byte <= len(data) for symbol in symbols)
    assert all(1 <= symbol.start <= symbol.end <= lines for symbol in symbols)
    assert all(1 <= reference.line <= lines for reference in references)


DEEP = {
    "calls": b"f(" * 2000 + b")" * 2000,
    "brackets": b"[" * 2000 + b"]" * 2000,
    "blocks": b"class A { " * 1000 + b"}" * 1000,
    "chain": b"a.b(c)" + b".d(e)" * 10_000 + b";\n",
    "elements": b"<div id='a'>" * 500,
    "keys": b"".join(b" " * depth + b"a:\n" for depth in range(200)),
    "attributes": b"#[test]\n" * 2000 + b"fn x() {}\n",
    "statements": b"foo(bar, 'baz', qux);\n" * 2000,
}


@pytest.mark.slow
@pytest.mark.parametrize("shape", DEEP)
@pytest.mark.parametrize("name", languages.NAMES)
def test_no_query_explodes(name: str, shape: str) -> None:
    """Ten times what the bare walk over the same tree takes, and what 0.7 s are on a quiet core."""
    language = languages.by_name(name)
    grammar = languages.load(language)
    try:
        tree = parse(DEEP[shape], language)
    except ParseAborted:
        return  # No query is run where the grammar itself takes too long, or finds only errors.
    start = time.process_time()
    tree_sitter.QueryCursor(tree_sitter.Query(grammar.language, "(ERROR) @error")).captures(
        tree.root_node
    )
    bare = time.process_time() - start
    extract_symbols("x", DEEP[shape], tree, language)
    assert time.process_time() - start - bare < 10 * bare + 0.7 * slowness()


def test_a_new_file_is_a_new_language(tmp_path: Path) -> None:
    """A copy of the package with one more file: nothing else is edited."""
    package = tmp_path / "repo_mhm"
    shutil.copytree(Path(languages.__file__).parents[2], package)
    (package / "source" / "languages" / "dotenv.py").write_text(
        "from repo_mhm.source.languages import Language\n"
        'LANGUAGE = Language("dotenv", "tree_sitter_bash", query="", suffixes=(".env",))\n'
    )
    code = "from repo_mhm.source import languages; print(languages.for_file('a/b.env').name)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "dotenv\n"


@pytest.mark.parametrize("name", languages.NAMES)
def test_every_node_type_of_the_traits_is_in_the_grammar(name: str) -> None:
    languages.literal_query(languages.by_name(name))


def test_a_family_is_a_language() -> None:
    families = {languages.by_name(name).family for name in languages.NAMES} - {""}
    assert families <= set(languages.NAMES)
