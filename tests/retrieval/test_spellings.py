"""American and British spellings of one word."""

from __future__ import annotations

from pathlib import Path

import pytest

from repo_mhm.git import open_snapshot
from repo_mhm.memory.refresh import refresh
from repo_mhm.retrieval.search import search
from repo_mhm.retrieval.spellings import other_spellings, respelled
from repo_mhm.store import open_store
from tests.conftest import MakeRepo

_WORDS = """
colours colors  coloured colored  behaviour behavior  neighbours neighbors
initialise initialize  serialisation serialization  analyser analyzer  analyse analyze
centre center  centred centered  centring centering  metres meters
catalogue catalog  dialogues dialogs  licence license  defences defenses
cancelled canceled  labelling labeling  tokeniser tokenizer
acknowledgement acknowledgment  greyscale grayscale  artefacts artifacts
""".split()
PAIRS = list(zip(_WORDS[::2], _WORDS[1::2], strict=True))


@pytest.mark.parametrize(("british", "american"), PAIRS)
def test_each_spelling_leads_to_the_other(british: str, american: str) -> None:
    assert american in other_spellings(british)
    assert british in other_spellings(american)


@pytest.mark.parametrize(
    "word", ["four", "your", "called", "store", "is", "parse", "rise", "three"]
)
def test_common_words_have_one_spelling(word: str) -> None:
    assert not other_spellings(word)


def test_words_are_respelled_alone_and_in_names() -> None:
    text = "Where are Colours mixed by mix_colours, and colour?"
    assert (
        respelled(text, {"colours": "colors"})
        == "Where are colors mixed by mix_colors, and colour?"
    )


@pytest.mark.parametrize("asked", ["colours", "colors"])
@pytest.mark.parametrize("written", ["colour", "color"])
def test_a_word_is_found_in_the_spelling_that_the_snapshot_has(
    make_repo: MakeRepo, tmp_path: Path, asked: str, written: str
) -> None:
    repo = make_repo(
        {
            "paint.py": f"def choose_{written}(shade):\n    return shade\n",
            "frame.py": "def hang(picture):\n    return picture\n",
        }
    )
    with open_store(tmp_path / "state") as store:
        refresh(store, open_snapshot(repo.root), heads=2)
        result = search(store, f"how are {asked} picked for a canvas?")
    assert result.ranked[0].path == "paint.py"
    assert any(term.startswith(written) for term in result.query.terms)
