"""What is noted of a symbol, in sentences."""

from __future__ import annotations

import pytest

from repo_mhm.answer.noted_symbols import NotedSymbol
from repo_mhm.source.doc_comments import DOC_CHARACTERS
from repo_mhm.source.symbols import Symbol


def text_of(doc: str) -> str:
    symbol = Symbol("a.go", "load", "load", "function", 3, 9, 0, 99, "func load()", doc, "")
    return NotedSymbol(symbol, "", ()).text


@pytest.mark.parametrize(
    ("doc", "sentence"),
    [
        ("load the file", "Load the file."),
        ("Really?", "Really?"),
        ("loadAll loads every file", "loadAll loads every file."),
        ("load_once raises later on.", "load_once raises later on."),
    ],
)
def test_documentation_is_a_sentence_and_names_stay_as_they_are(doc: str, sentence: str) -> None:
    assert text_of(doc) == f"`load` (a.go:3-9): {sentence}"


def test_documentation_that_was_cut_off_says_so_and_ends_with_a_whole_word() -> None:
    doc = ("stamps of parcels " * 20)[:DOC_CHARACTERS]
    text = text_of(doc)
    assert text.endswith(" …")
    assert text.removesuffix(" …").split()[-1] in {"stamps", "of", "parcels"}


def test_documentation_of_one_long_word_is_kept() -> None:
    assert text_of("x" * DOC_CHARACTERS).endswith("x …")
