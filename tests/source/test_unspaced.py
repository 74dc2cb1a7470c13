from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.source.search_terms import holds, inflected_stem, words
from repo_mhm.source.unspaced import is_unspaced, pairs, script_pieces, with_borders


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("优惠券过期", ["优惠", "惠券", "券过", "过期"]),
        ("计算总价(数据)", ["计算", "算总", "总价", "数据"]),
        ("クーポンの期限", ["クー", "ーポ", "ポン", "の", "期限"]),
        ("쿠폰이 만료", ["쿠폰", "폰이", "만료"]),
        ("slugify函数", ["slugify", "函数"]),
        ("load_数据2", ["load", "数据", "2"]),
        ("größe Счёт", ["größe", "счёт"]),
    ],
)
def test_words_without_spaces_are_split_into_pairs(text: str, terms: list[str]) -> None:
    assert words(text) == terms


@given(st.text(alphabet="优惠券ク期ーの쿠폰aB_1ё", max_size=20))
def test_a_part_of_a_run_is_found_by_its_pairs(text: str) -> None:
    assert "".join(script_pieces(text)) == text
    for piece in script_pieces(text):
        if is_unspaced(piece):
            assert set(pairs(piece[1:]) if len(piece) > 2 else []) <= set(words(text))


def test_names_are_parted_from_the_words_around_them() -> None:
    assert with_borders("slugify函数和load_x是") == "slugify 函数和 load_x 是"
    assert with_borders("größe и slugify") == "größe и slugify"


@pytest.mark.parametrize(
    ("term", "stem"),
    [("списывает", "списы"), ("счёта", "счёт"), ("курс", ""), ("sesión", ""), ("优惠券过期了", "")],
)
def test_words_of_other_alphabets_match_by_how_they_begin(term: str, stem: str) -> None:
    assert inflected_stem(term) == stem


def test_forms_of_a_word_are_held() -> None:
    assert holds({"счёт", "валюты"}, "валюта")
    assert holds({"session"}, "sessions")
    assert not holds({"sessions"}, "closed")
