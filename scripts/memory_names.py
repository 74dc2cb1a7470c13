"""How many of the names that reference answers speak of a text about the repository mentions.

A name is *distinctive* where only code spells it so: with an underscore or an inner capital, and
five letters or more. It counts for a question whose reference answer says it and which does not say
it itself. No model is asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from repo_mhm.store import Store

MIN_LETTERS = 5


class AnswerNames:
    """The distinctive names of the reference answers to questions on one snapshot."""

    def __init__(self, store: Store, questions: Sequence[tuple[str, str]]) -> None:
        names_by_question = [
            {name for name in _words(reference) - _words(question) if is_distinctive(name)}
            for question, reference in questions
        ]
        used, defined = store.names(), store.symbol_names()
        self._used = [names & used for names in names_by_question]
        self._defined = [names & defined for names in names_by_question]

    def figures(self, text: str) -> dict[str, float]:
        """Shares that `text` mentions of the names: all of the snapshot's, and the defined ones.

        The latter are those of symbols: functions, classes, constants, but no parameters or fields.
        """
        words = _words(text)
        return {
            "names": _share(self._used, words),
            "defined": _share(self._defined, words),
        }

    def numbers(self) -> dict[str, int]:
        """How many names there are of either kind, over all questions."""
        return {
            "names": sum(map(len, self._used)),
            "defined": sum(map(len, self._defined)),
        }


def is_distinctive(name: str) -> bool:
    """Whether only code spells a word so."""
    letters = sum(character.isalpha() for character in name)
    has_inner_capital = any(character.isupper() for character in name[1:])
    return letters >= MIN_LETTERS and ("_" in name or has_inner_capital)


def _share(names_by_question: Sequence[Set[str]], words: Set[str]) -> float:
    names = sum(map(len, names_by_question))
    mentioned = sum(len(names & words) for names in names_by_question)
    return round(mentioned / max(1, names), 3)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d]\w*", text))
