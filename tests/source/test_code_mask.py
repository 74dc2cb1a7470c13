"""Code masks: code stays, comments and strings become blank, and nothing moves."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_mhm.source import languages
from repo_mhm.source.code_mask import mask_literals
from repo_mhm.source.parsing import parse


def mask(name: str, text: str | bytes) -> str:
    data = text.encode() if isinstance(text, str) else text
    language = languages.by_name(name)
    tree = parse(data, language)
    return mask_literals(data, tree, language)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("python", "f('a, b') # c()\n", 'f("    ")      \n'),
        ("python", "x = ''\n", 'x = ""\n'),
        ("python", 's = """a\n b"""\n', 's = "   \n    "\n'),
        ("python", "s = f'a {n:>3} {{n}}'\n", 's = "    n          "\n'),
        ("python", "s = f'{d[\"k\"]} {g(1)!r}'\n", "s = \"  d[' ']   g(1)   \"\n"),
        ("python", "s = 'é', f(x)\n", 's = " ", f(x)\n'),
        ("javascript", "a = '' + `n ${f(b)}`; // c\n", 'a = "" + "    f(b) ";     \n'),
        ("javascript", "a.replace(/[\"']/g, b)\n", 'a.replace("     ", b)\n'),
        ("c", '#define A(x) f("x", /* y */ x)\n', '#define A(x) f(" ",         x)\n'),
        (
            "rust",
            "fn f<'a>(x: &'a str) -> char { 'x' }\n",
            "fn f<'a>(x: &'a str) -> char { \" \" }\n",
        ),
        ("bash", 'echo "a $x" # b\n', 'echo "   x"    \n'),
        ("php", "<b>f()</b><?php f('a');\n", '          <?php f(" ");\n'),
    ],
)
def test_comments_and_strings_are_blank(name: str, text: str, expected: str) -> None:
    assert mask(name, text) == expected


SOURCES = st.one_of(
    st.binary(max_size=200),
    st.text(alphabet="ab(),'\"`/*#{}$é\n\\ ", max_size=80).map(str.encode),
)


@pytest.mark.parametrize("name", languages.NAMES)
@settings(max_examples=25, deadline=None)
@given(data=SOURCES)
def test_a_mask_is_as_long_as_the_text_line_by_line(name: str, data: bytes) -> None:
    valid = data.decode("utf-8", "replace").encode()
    lines = valid.decode().split("\n")
    assert [len(line) for line in mask(name, valid).split("\n")] == [len(line) for line in lines]
