"""How many tokens a text has at most, for servers that do not count for us.

Byte-pair vocabularies first cut a text into words, digits, marks and spaces, and no token crosses
such a cut. So the bound adds what each of these may cost: a word of a language or of code has at
least three letters a token, while letters at random (keys, hashes, capitals) are nearly a token
each, and so is every digit; a character outside ASCII may cost its bytes.
`tests/engine/test_token_bound.py` compares it with real vocabularies.
"""

from __future__ import annotations

import re

_RUN = re.compile(
    r"(?P<word>[A-Z]?[a-z]+)|(?P<space> )|(?P<spaces> +|\t+|\r?\n)|(?P<other>.)", re.DOTALL
)
_VOWEL = re.compile("[aeiouyAEIOUY]")
_LONGEST_WORD = 14
"""Letters: what is longer is seldom a word."""
_LETTERS_OF_A_TOKEN = 3
"""Of a word, at least; English and the names of code have about four."""
_SPACES_OF_A_TOKEN = 4


def token_bound(text: str) -> int:
    """An upper bound of the tokens of `text`, about twice the number for ordinary code."""
    return sum(_cost(match, text) for match in _RUN.finditer(text))


def _cost(match: re.Match[str], text: str) -> int:
    run = match[0]
    if match["word"]:
        return -(-len(run) // _LETTERS_OF_A_TOKEN) if _is_word(match, text) else len(run)
    if match["space"]:
        # It joins the word after it.
        after = text[match.end() : match.end() + 1]
        return 0 if after.isalpha() else 1
    if match["spaces"]:
        return -(-len(run) // _SPACES_OF_A_TOKEN)
    return len(run.encode("utf-8", "surrogatepass"))


def _is_word(match: re.Match[str], text: str) -> bool:
    """Whether letters look like a word: long enough unless they stand alone, and with vowels."""
    run, start, end = match[0], match.start(), match.end()
    stands_alone = not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum())
    long_enough = stands_alone or len(run) > 3
    return long_enough and len(run) <= _LONGEST_WORD and _VOWEL.search(run) is not None
