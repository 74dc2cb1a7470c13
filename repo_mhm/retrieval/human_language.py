"""The language of a question: its function words, which say nothing of the code. Pure.

Most questions about code are in English, so its function words are `query`'s own short list.
Another language is told by the function words in the question (stopwords-iso, 57 languages), or by
its script. Of a language in Latin letters only the list of the likeliest one counts: the lists of
all together hold words that code uses, such as `date` and `sin`.
"""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass
from functools import lru_cache

from repo_mhm.lazy_pattern import lazy_pattern
from repo_mhm.source.unspaced import LETTERS, is_unspaced

LEAST_FUNCTION_WORDS = 2
"""Function words that tell a language in a question whose letters do not."""
BARE_WORDS = 4
"""So many words in plain Latin letters without the mark that ends a sentence may be names as well
(`sin cos tan`): none of them is taken for a function word, since code may use it."""
ENGLISH_SHARE = 0.4
"""Share of English function words from which a question is English whatever else it holds."""
OWN_SCRIPT_SHARE = 0.25
"""Share of letters that are not Latin from which a question is in another script: the others are
names of code."""
_WORD = lazy_pattern(r"\w+")
_LATIN = lazy_pattern(r"[a-z\u00df-\u024f\u1e00-\u1eff]")
_UNSPACED_RUN = lazy_pattern(f"[{LETTERS}]+")


@dataclass(frozen=True, slots=True)
class QuestionLanguage:
    """What the language of a question says of its words."""

    function_words: frozenset[str] = frozenset()
    """The question's words that are function words, in lower case; none for English."""
    is_foreign: bool = False
    """Whether it is another language than English, as far as the words tell."""


def language_of(question: str, english: Set[str]) -> QuestionLanguage:
    """The language of a question; `english` are the function words of English."""
    question_words = set(_WORD.findall(question.lower()))
    # Dashes and quotation marks of typesetting are no letters of another language.
    is_plain = all(letter.isascii() for letter in question if letter.isalpha())
    if is_plain and _is_english(question_words, english):
        return QuestionLanguage()

    own_script = {word for word in question_words if not _LATIN.search(word)}
    likeliest = _of_likeliest_language(question_words - own_script)
    least = LEAST_FUNCTION_WORDS if is_plain else 1
    is_likelier = len(likeliest) > len(question_words & english)
    is_bare = question.isascii() and _is_bare(question, question_words)
    is_told = is_likelier and len(likeliest) >= least and not is_bare
    is_other_script = _share_of_own_script(question) > OWN_SCRIPT_SHARE
    return QuestionLanguage(
        function_words=_all_words() & own_script | (likeliest if is_told else frozenset()),
        is_foreign=is_other_script or is_likelier,
    )


def _is_bare(question: str, question_words: Set[str]) -> bool:
    """Whether a question is only a few words, which no sentence needs to be made of."""
    return len(question_words) <= BARE_WORDS and not question.rstrip().endswith(("?", "!", "."))


def _is_english(question_words: Set[str], english: Set[str]) -> bool:
    """Whether words in plain Latin letters need no other language: most are English."""
    function_words = len(question_words & english)
    return (
        len(question_words) < LEAST_FUNCTION_WORDS
        or function_words >= LEAST_FUNCTION_WORDS
        or function_words > ENGLISH_SHARE * len(question_words)
    )


def _share_of_own_script(question: str) -> float:
    """Share of the letters that are not Latin."""
    letters = [letter for letter in question.lower() if letter.isalpha()]
    others = sum(1 for letter in letters if not _LATIN.match(letter))
    return others / (len(letters) or 1)


def without_unspaced_function_words(question: str) -> str:
    """The question without the function words of scripts that put no space around them.

    The longest ones first, and none of one letter: such letters are also parts of other words.
    """
    if not is_unspaced(question):
        return question
    return _UNSPACED_RUN.sub(lambda run: _unspaced_pattern().sub(" ", run[0]), question)


def _of_likeliest_language(question_words: set[str]) -> frozenset[str]:
    """The words that are in the list of the language that has most of them."""
    return max((words & question_words for words in _by_language().values()), key=len)


@lru_cache(maxsize=1)
def _by_language() -> dict[str, frozenset[str]]:
    """The function words of each language but English, by its ISO code."""
    import stopwordsiso

    return {
        language: frozenset(stopwordsiso.stopwords(language))
        for language in sorted(stopwordsiso.langs() - {"en"})
    }


@lru_cache(maxsize=1)
def _all_words() -> frozenset[str]:
    return frozenset().union(*_by_language().values())


@lru_cache(maxsize=1)
def _unspaced_pattern() -> re.Pattern[str]:
    function_words = [
        word for word in _all_words() if len(word) > 1 and _UNSPACED_RUN.fullmatch(word)
    ]
    longest_first = sorted(function_words, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, longest_first)))
