"""Symbol extraction: captures become named, qualified and documented definitions."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from repo_mhm.source.file_text import NAME_BYTES
from repo_mhm.source.languages import NAMES, by_name
from repo_mhm.source.parsing import parse
from repo_mhm.source.symbol_extraction import extract_symbols
from repo_mhm.source.symbols import Reference, Symbol, is_declaration


def read(
    source: str | bytes, name: str = "python", path: str = "a.py"
) -> tuple[list[Symbol], list[Reference]]:
    data = source.encode() if isinstance(source, str) else source
    language = by_name(name)
    tree = parse(data, language)
    return extract_symbols(path, data, tree, language)[:2]


def by_qualified(source: str, name: str = "python") -> dict[str, Symbol]:
    return {symbol.qualified: symbol for symbol in read(source, name)[0]}


def test_members_are_qualified_and_wrappers_lend_their_span() -> None:
    symbols = by_qualified(
        "@final\nclass Session(Base):\n    LIMIT = 3\n\n"
        "    @cached\n    def send(\n        self, request\n    ):\n"
        '        """Send it. Then wait."""\n        def inner():\n            pass\n'
    )
    assert {name: (symbol.kind, symbol.start, symbol.end) for name, symbol in symbols.items()} == {
        "Session": ("class", 1, 11),
        "Session.LIMIT": ("constant", 3, 3),
        "Session.send": ("method", 5, 11),
        "Session.send.inner": ("function", 10, 11),
    }
    assert symbols["Session.send"].signature == "def send( self, request )"
    assert symbols["Session.send"].doc == "Send it. Then wait."
    assert symbols["Session.send"].container == "Session"


def test_scopes_and_receivers_qualify_without_being_symbols() -> None:
    assert set(by_qualified("struct A;\nimpl A {\n  fn f() {}\n}\n", "rust")) == {"A", "A::f"}
    assert set(by_qualified("package p\n\ntype T struct{}\n\nfunc (t *T) M() {}\n", "go")) == {
        "T",
        "T.M",
    }


def test_comments_right_above_are_documentation_across_attributes_and_lines() -> None:
    rust = (
        "/// Adds things.\n/// Slowly.\n#[inline]\npub fn add() {}\n\n// far\n\n"
        "fn other() {}\nlet x = 1; // no\nfn last() {}\n"
    )
    symbols = by_qualified(rust, "rust")
    assert symbols["add"].doc == "Adds things. Slowly."
    assert symbols["other"].doc == ""
    assert symbols["last"].doc == ""
    java = (
        "class A {\n  /**\n   * Finds it, even\n   * when lost.\n   *\n   * @param x y\n   */\n"
        "  int find(int x) { return x; }\n}\n"
    )
    assert by_qualified(java, "java")["A.find"].doc == "Finds it, even when lost."


def test_a_blank_line_may_follow_a_documentation_block_unless_it_begins_the_file() -> None:
    head = "/** Copyright. */\n\nfunction first() {}\n\n"
    symbols = by_qualified(
        head + "/**\n * Starts it.\n */\n\napp.init = function () {}\n\n// far\n\nlet x\n",
        "javascript",
    )
    assert {name: symbol.doc for name, symbol in symbols.items()} == {
        "first": "",
        "init": "Starts it.",
        "x": "",
    }


def test_documentation_goes_on_over_comments_that_hold_their_line_ends() -> None:
    symbols = by_qualified(
        "/// Says whether the path\n/// is ours. Or not.\nfn ours() {}\n", "rust"
    )
    assert symbols["ours"].doc == "Says whether the path is ours."


def test_signatures_leave_out_comments_and_go_past_annotations() -> None:
    assert (
        by_qualified("module A # here\n  # about B\n  class B\n  end\nend\n", "ruby")["A"].signature
        == "module A"
    )
    python = "def f(  # noqa\n    a,  # first\n    b,\n):\n    pass\n"
    assert by_qualified(python)["f"].signature == "def f( a, b, )"
    java = 'class A {\n  @SuppressWarnings("unused")\n  private int size = 3;\n}\n'
    assert by_qualified(java, "java")["A.size"].signature == "private int size = 3;"
    assert (
        by_qualified("[tool.black]\nline = 3\n", "toml")["tool.black"].signature == "[tool.black]"
    )


def test_references_count_once_a_line_as_the_most_telling_kind() -> None:
    _, references = read("import os\nos(os, os)\nother(os)\ndef mine(): pass\n")
    assert {(reference.name, reference.line, reference.kind) for reference in references} == {
        ("os", 1, "import"),
        ("os", 2, "call"),
        ("os", 3, "name"),
        ("other", 3, "call"),
    }


def test_names_may_hold_any_letters_and_too_long_references_are_left_out() -> None:
    symbols, references = read(
        f"def größe():\n    länge()\n\n{'x' * (NAME_BYTES + 1)}()\n".encode()
    )
    assert [symbol.name for symbol in symbols] == ["größe"]
    assert [reference.name for reference in references] == ["länge"]


def test_very_deep_nesting_keeps_names_short() -> None:
    symbols, _ = read("function deeper(){\n" * 2000 + "}\n" * 2000, "javascript")
    assert len(symbols) >= 100
    assert max(len(symbol.qualified) for symbol in symbols) < 600


@settings(deadline=None)
@given(st.binary(max_size=800), st.sampled_from(NAMES))
def test_any_bytes_give_sound_symbols(data: bytes, name: str) -> None:
    symbols, references = read(data, name)
    assert [symbol.start_byte for symbol in symbols] == sorted(
        symbol.start_byte for symbol in symbols
    )
    lines = data.count(b"\n") + 1
    for symbol in symbols:
        assert 0 <= symbol.start_byte <= symbol.end_byte <= len(data)
        assert 1 <= symbol.start <= symbol.end <= lines
        assert symbol.name and symbol.qualified.endswith(symbol.name)
    assert all(1 <= reference.line <= lines for reference in references)
    assert len({(use.name, use.line) for use in references}) == len(references)


def test_declarations_are_told_from_definitions() -> None:
    def declarations(source: str, name: str) -> set[str]:
        symbols = by_qualified(source, name)
        return {qualified for qualified, symbol in symbols.items() if is_declaration(symbol)}

    assert declarations("int load(int a);\nint save(int a) { return a; }\n", "c") == {"load"}
    java = "interface Shop { int open(); }\nclass Till implements Shop { int open() { return 1; } }"
    assert declarations(java, "java") == {"Shop", "Shop.open"}
    rust = "trait Walk { fn next(&self); }\nimpl Walk for A { fn next(&self) { go() } }\n"
    assert declarations(rust, "rust") == {"Walk", "Walk::next"}
    assert declarations("def load():\n    pass\n", "python") == set()
