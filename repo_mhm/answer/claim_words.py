"""The words of a sentence about code, and the verbs by which it relates names. Pure.

Owns how a sentence is split into names, paths, literals, words and punctuation, and which verbs
mean which relation. `claims` reads claims from the tokens.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from repo_mhm.lazy_pattern import lazy_pattern

Relation = Literal[
    "calls",
    "uses",
    "raises",
    "returns",
    "is defined in",
    "belongs to",
    "inherits from",
    "equals",
    "imports",
    "takes",
    "is a",
    "has",
]
"""`has` means `takes` or `belongs to`: the noun after it decides."""


class Token(NamedTuple):
    """One piece of a sentence."""

    kind: Literal["name", "path", "literal", "code", "word", "mark"]
    """`code` is text in backticks that is neither a name, a path nor a literal."""
    text: str
    """Words in lower case; names without parentheses and receivers."""

    @property
    def is_named(self) -> bool:
        """Whether it may be what a sentence speaks of."""
        return self.kind in ("name", "path")


MAX_QUOTED = 120
"""Characters; longer text in backticks is no name."""
_PATH_ENDINGS = (
    "py|pyi|jsx?|mjs|cjs|tsx?|go|rs|java|kt|c|h|cc|cpp|hpp|cs|rb|php|swift|scala|lua|exs?|sh|"
    "sql|html|css|md|rst|txt|toml|ya?ml|json|cfg|ini"
)
_PATH = lazy_pattern(
    rf"[\w.\-/]{{0,200}}(?<![./])\.(?:{_PATH_ENDINGS})|[\w.\-]{{1,80}}/[\w.\-/]{{0,200}}"
)
_NAME = lazy_pattern(
    r"@?(?P<name>[^\W\d]\w{0,80}(?:(?:\.|::|#|->)[^\W\d]\w{0,80}){0,8})(?:\([^`]*\))?"
)
_LITERAL = lazy_pattern(
    r"True|False|None|null|nil|true|false|undefined|[+\-]?\d[\d_]*(?:\.\d+)?"
    r"|\"[^\"]*\"|'[^']*'|\[\]|\{\}|\(\)"
)
_RECEIVER = lazy_pattern(r"(?:self|this|cls|super\(\))(?:\.|->)(?=\w)")
_TOKEN = lazy_pattern(
    r"`(?P<quoted>[^`\n]+)`"
    rf"|(?P<path>(?<![\w/.\-])[\w.\-/]{{0,120}}(?<=[\w\-])\.(?:{_PATH_ENDINGS})(?![\w(]))"
    r"|(?P<literal>(?<![\w.])(?:(?:True|False|None)(?!\w)|\d[\d_]*(?:\.\d+)?(?!\w|\.\w))"
    r"|\"[^\"\n]{0,80}\")"
    r"|(?P<name>(?<![\w.])(?:[^\W\d]\w{0,80}\.){0,8}"
    r"(?:\w{0,80}[^\W_]_\w{1,80}|[A-Z]?[a-z]{1,80}[A-Z]\w{0,80}|[A-Z]{2,80}[a-z]{2,}\w{0,80}"
    r"|_{1,4}[^\W\d_]\w{0,80}|[^\W\d]\w{0,80}(?=\(\)))\b(?:\(\))?)"
    r"|(?P<possessive>['’]s\b)"
    r"|(?P<word>[^\W\d_][\w\-]{0,80}(?:['’]t\b)?)"
    r"|(?P<mark>[,;:.()\[\]–—\-])"
)
_DECORATION = lazy_pattern(r"(?<![`\w])\*{1,3}|\*{1,3}(?![`\w*])|^\s*#+")
_LIST_MARK = lazy_pattern(r"^\s*(?:[-*+]|\d+[.)])\s+")
_ITEM_TITLE = lazy_pattern(r"\A\s*\*\*[^*`\n]{1,80}\*\*\s?:\s|\A\s*\*\*[^*`\n]{1,80}:\*\*\s")
"""A title in bold before what an item says; one with a name in it may be its subject."""
_IS = ("is",)
_FORMS_OF_IS = frozenset({"are", "was", "were", "gets", "being", "been", "be"})


def tokens_of(sentence: str) -> list[Token]:
    """The tokens of a sentence.

    Marks of lists, of headings and of bold text are left out, and so is the title of an item.
    """
    text = _ITEM_TITLE.sub("", _LIST_MARK.sub("", sentence), count=1)
    text = _DECORATION.sub(" ", text.replace("**", " "))
    tokens = [_token(match) for match in _TOKEN.finditer(text)]

    for index, token in enumerate(tokens[:-1]):
        # A plain word with a capital is a name before `class`: the Session class.
        is_capital = token.kind == "word" and token.text[0].isupper()
        if is_capital and tokens[index + 1].text == "class" and not _is_function_word(token.text):
            tokens[index] = Token("name", token.text)

    return [_normalised(token) for token in tokens]


def _is_function_word(text: str) -> bool:
    word = text.lower()
    return word in DETERMINERS or word in ADJECTIVES or word in PREPOSITIONS


def _normalised(token: Token) -> Token:
    if token.kind != "word":
        return token
    word = token.text.lower().replace("’", "'")
    return Token("word", "is" if word in _FORMS_OF_IS else word)


def _token(match: re.Match[str]) -> Token:
    text = match[0]
    if match["quoted"]:
        return _quoted_token(match["quoted"].strip())
    if match["name"]:
        return Token("name", _RECEIVER.sub("", text.removesuffix("()"), count=1))
    if match["path"]:
        return Token("path", text)
    if match["literal"]:
        return Token("literal", text)
    if match["possessive"]:
        return Token("mark", "'s")
    return Token("word" if match["word"] else "mark", text)


def _quoted_token(text: str) -> Token:
    """The token of a text in backticks."""
    if len(text) > MAX_QUOTED:
        return Token("code", text)
    if _LITERAL.fullmatch(text):
        return Token("literal", text)
    if _PATH.fullmatch(text):
        return Token("path", text)
    name = _NAME.fullmatch(_RECEIVER.sub("", text, count=1))
    if name is None:
        return Token("code", text)
    return Token("name", name["name"].replace("->", "."))


# Words ----------------------------------------------------------------------------------------

DETERMINERS = frozenset("the a an this that these its their each both some another".split())
ADJECTIVES = frozenset(
    """
    internal private public helper underlying built-in builtin custom own main following
    corresponding abstract static async asynchronous base parent optional required keyword
    positional new global special separate single default named called type instance instances of
    """.split()
)
"""Words between a verb or a determiner and a name, which do not change what is claimed."""
NOUNS = frozenset(
    """
    method methods function functions class classes constructor object objects instance module file
    property attribute exception exceptions error errors parameter parameters argument arguments
    option constant variable fixture hook decorator helper struct interface trait type subclass
    mixin package macro field implementation definition
    """.split()
)
"""Nouns that say what kind of thing a name beside them is."""
PARAMETER_NOUNS = frozenset("parameter parameters argument arguments param option keyword".split())
MEMBER_NOUNS = frozenset("method methods property attribute field".split())
ADVERBS = frozenset(
    """
    then also internally directly first finally always simply itself in turn subsequently next
    explicitly automatically just will does only immediately thus therefore still now
    """.split()
)
RESERVES = frozenset(
    """
    may might can could should would must typically usually often sometimes likely probably perhaps
    possibly generally potentially eventually ultimately indirectly
    """.split()
)
"""Words by which a sentence claims less than that it is always so."""
CONDITIONS = frozenset("if when whether unless once until whenever where".split())
AUXILIARIES = frozenset("will does do may might can could should would must to".split())
NEGATIONS = frozenset(
    """
    not never cannot no without neither nor instead rather don't doesn't isn't aren't can't won't
    wouldn't shouldn't fails unlike avoids prevents avoid prevent avoiding preventing
    """.split()
)
PREPOSITIONS = frozenset(
    """
    of in to from by with for on via through using into at as like than between after before during
    """.split()
)
OWNING = frozenset("of in on from within inside".split())
KINDS: Mapping[str, str] = {
    "class": "class",
    "subclass": "class",
    "function": "function",
    "method": "function",
}
"""Nouns after `is a` that can be checked, each with the kind that is claimed."""


# Verbs ----------------------------------------------------------------------------------------


class Verb(NamedTuple):
    """What a verb relates, and how."""

    relation: Relation
    form: Literal["finite", "passive", "bare", "gerund"] = "finite"
    """`passive`: what it relates is in reverse order. `bare`: after `will` or `may`."""
    is_certain: bool = True


_THIRD_PERSON: Mapping[Relation, str] = {
    "calls": "calls, invokes, delegates to",
    "uses": "uses, utilizes, utilises, employs, leverages, relies on, depends on, makes use of, "
    "accesses, checks, sets, creates, modifies, updates, reads, stores, handles",
    "raises": "raises, throws",
    "returns": "returns",
    "inherits from": "inherits from, extends, subclasses, derives from, is a subclass of, "
    "is derived from, is a child of, implements",
    "imports": "imports",
    "takes": "takes, accepts",
    "equals": "is set to, is initialized to, defaults to, equals, is equal to, has the value, "
    "has a default value of, has a default of, has a value of",
    "is defined in": "is defined in, is defined within, is declared in, is implemented in, "
    "is located in, resides in, lives in, is a class in, is a function in",
    "belongs to": "is a method of, is a method in, is a method on, is an attribute of, "
    "is a property of, is a member of, belongs to",
    "has": "has, defines, provides, contains, includes, exposes",
}
_PASSIVE: Mapping[Relation, str] = {
    "calls": "called by, called in, called from, called within, invoked by, invoked in, "
    "invoked from",
    "uses": "used by, used in, used within, accessed by, accessed in",
    "raises": "raised by, raised in, thrown by, thrown in",
    "returns": "returned by, returned from",
    "imports": "imported by, imported in",
}
_BARE: Mapping[Relation, str] = {
    "calls": "call, invoke",
    "uses": "use",
    "raises": "raise, throw",
    "returns": "return",
    "takes": "take, accept",
}
_GERUNDS: Mapping[Relation, str] = {
    "calls": "calling, invoking",
    "uses": "using, accessing",
    "raises": "raising, throwing",
    "returns": "returning",
}
_RESERVED = frozenset({"implements", "is set to", "is initialized to", "delegates to"})
"""Verbs that are used loosely: what they claim is never certain."""


def _verbs() -> dict[tuple[str, ...], Verb]:
    verbs: dict[tuple[str, ...], Verb] = {}
    for relation, phrases in _THIRD_PERSON.items():
        for phrase in phrases.split(", "):
            verb = Verb(relation, is_certain=phrase not in _RESERVED)
            verbs[tuple(phrase.split())] = verb
            if relation == "is defined in" and phrase.startswith("is "):
                verbs[tuple(phrase.split()[1:])] = verb
    for relation, phrases in _PASSIVE.items():
        for phrase in phrases.split(", "):
            participle = tuple(phrase.split())
            verbs[_IS + participle] = Verb(relation, "passive")
            verbs[participle] = Verb(relation, "passive", is_certain=False)
    for relation, phrases in _BARE.items():
        verbs |= {(phrase,): Verb(relation, "bare") for phrase in phrases.split(", ")}
    for relation, phrases in _GERUNDS.items():
        gerund = Verb(relation, "gerund", is_certain=False)
        verbs |= {(phrase,): gerund for phrase in phrases.split(", ")}
    return verbs


_VERBS = _verbs()
_LONGEST_VERB = max(map(len, _VERBS))


def verb_at(tokens: Sequence[Token], index: int) -> tuple[Verb, int] | None:
    """The verb that begins at `index` and the index after it; the longest of several."""
    words: list[str] = []
    for token in tokens[index : index + _LONGEST_VERB]:
        if token.kind != "word":
            break
        words.append(token.text)

    for length in range(len(words), 0, -1):
        verb = _VERBS.get(tuple(words[:length]))
        if verb is not None:
            return verb, index + length
    return None
