"""How much of a sentence is new: what the names and paths beside it do not say already. Pure.

Small models like to turn names into sentences: of `SessionRedirectMixin` with `rebuild_proxies` and
`rebuild_method` one wrote "provides methods to handle proxy and method changes during redirects".
The overview has those names, which take less room and cannot be wrong. So a sentence counts by its
words that neither a name nor a path has, in any of their forms, and that are about this code rather
than about code in general.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from repo_mhm.source.search_terms import words

LEAST_NEW_WORDS = 3
"""With fewer new words a sentence says nothing new."""
LEAST_COPIED_WORDS, COPIED_SHARE = 5, 0.7
"""A sentence of at least so many words with such a share of another is copied from it."""
_LONGEST_STEM = 5
"""Letters by which forms of a word are compared: `redirects` and `redirecting`."""
_WORD = re.compile(r"[^\W\d_]{3,}")
_SAYS_NOTHING = frozenset(
    """
also and any are based been between both but can class classes code codebase component contain
contains containing create creates creating data define defines defined describe describes
developer different done during each element elements entity etc example field fields file files
following for from function functionality functions general given handle handled handles handling
has have helper helpers implement implementation implements include includes including indicate
indicates information initialize initializes instance instances into item items its itself language
library list main make makes manage manages managing method methods module modules more multiple
name names new not object objects occur occurred occurs one operation operations other out over
package parameter parameters part parts perform performs process processes processing program
project property provide provides providing purpose related repository represent representing
represents responsible return returns same several should some specific specified statement subclass
such task tasks that the them then these they this those through type types use used useful user
uses using utilities utility value values variable various via was well were when where which while
will with within work works
    """.split()
)
"""Words that would be as true of any other code."""


def newly_said(text: str, known: Iterable[str]) -> float:
    """The share of a sentence's words that is new; 0 where hardly any is.

    `known` are the names and paths that stand beside it.
    """
    all_words = _WORD.findall(text.lower())
    stems = {_stem(word) for word in all_words if word not in _SAYS_NOTHING}
    if len(stems) < LEAST_NEW_WORDS:
        return 0.0
    new = stems.difference(*map(_stems_of_name, known))
    return len(new) / len(all_words) if len(new) >= LEAST_NEW_WORDS else 0.0


@lru_cache(maxsize=1 << 10)
def _stems_of_name(name: str) -> frozenset[str]:
    """Of the words of a name; a path stands beside all sentences of its file."""
    return frozenset(_stem(word) for word in words(name))


def is_copied(text: str, outlines: Iterable[str]) -> bool:
    """Whether a sentence is mostly the documentation in one line of an outline."""
    stems = {_stem(word) for word in _WORD.findall(text)}
    if len(stems) < LEAST_COPIED_WORDS:
        return False
    documentation = (line.partition("  # ")[2] for text in outlines for line in text.splitlines())
    return any(
        len(stems.intersection(map(_stem, _WORD.findall(line)))) >= COPIED_SHARE * len(stems)
        for line in documentation
    )


@lru_cache(maxsize=1 << 14)
def _stem(word: str) -> str:
    """What the forms of a word have in common: `proxy` and `proxies`, `match` and `matching`."""
    word = word.lower().removesuffix("s")
    if word.endswith("ie"):
        word = word[:-2] + "y"
    return word[:_LONGEST_STEM]
