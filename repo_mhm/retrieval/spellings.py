"""American and British spellings of one word: `colors` and `colours`. Pure.

Code is mostly written the American way, whoever writes it; questions are not. The rules also make
what is no word ("errour"): only what the snapshot has counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from repo_mhm.lazy_pattern import lazy_pattern

_ENDING = r"(?=(?:s|ed|ing|ings|er|ers|able|ful|less|al|ally|ist|ists)?$)"
_RULES = tuple(
    (lazy_pattern(pattern), replacement)
    for pattern, replacement in (
        (rf"^(\w{{3,}})our{_ENDING}", r"\1or"),
        (rf"^(\w{{3,}})or{_ENDING}", r"\1our"),
        (r"^(\w{2,})is(e|es|ed|er|ers|ing|ation|ations|able)$", r"\1iz\2"),
        (r"^(\w{2,})iz(e|es|ed|er|ers|ing|ation|ations|able)$", r"\1is\2"),
        (r"^(\w{3,})ys(e|es|ed|er|ers|ing)$", r"\1yz\2"),
        (r"^(\w{3,})yz(e|es|ed|er|ers|ing)$", r"\1ys\2"),
        (r"^(\w{2,}[bt])re(s?)$", r"\1er\2"),
        (r"^(\w{2,}[bt])er(s?)$", r"\1re\2"),
        (r"^(\w{2,}[bt])r(ed|ing)$", r"\1er\2"),
        (r"^(\w{2,}[bt])er(ed|ing)$", r"\1r\2"),
        (r"^(\w{3,})ogue(s|d)?$", r"\1og\2"),
        (r"^(\w{3,})og(s)?$", r"\1ogue\2"),
        (r"^(\w{3,})nce(s|d|less)?$", r"\1nse\2"),
        (r"^(\w{3,})nse(s|d|less)?$", r"\1nce\2"),
        (r"^(\w{2,}[aeiou])ll(ed|ing|er|ers|or|ation)$", r"\1l\2"),
        (r"^(\w{2,}[aeiou])l(ed|ing|er|ers|or|ation)$", r"\1ll\2"),
        (r"^(\w{2,}dg)ement(s)?$", r"\1ment\2"),
        (r"^(\w{2,}dg)ment(s)?$", r"\1ement\2"),
        (r"^grey(s|ed|scale)?$", r"gray\1"),
        (r"^gray(s|ed|scale)?$", r"grey\1"),
        (r"^artefact(s)?$", r"artifact\1"),
        (r"^artifact(s)?$", r"artefact\1"),
        (r"^programme(s)?$", r"program\1"),
    )
)


def other_spellings(word: str) -> tuple[str, ...]:
    """What a lower-case word may be on the other side of the Atlantic; not each is a word."""
    found = (pattern.sub(replacement, word) for pattern, replacement in _RULES)
    return tuple(dict.fromkeys(spelling for spelling in found if spelling != word))


def respelled(text: str, spelling_by_word: Mapping[str, str]) -> str:
    """The text with those words, which are lower-case, in their other spellings."""
    if not spelling_by_word:
        return text
    return _WORD.sub(lambda word: spelling_by_word.get(word[0].lower(), word[0]), text)


_WORD = re.compile(r"[^\W\d_]+")
