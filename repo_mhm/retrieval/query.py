"""What the search needs of a question: terms, names, paths, whether it is about tests. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from repo_mhm.lazy_pattern import lazy_pattern
from repo_mhm.retrieval.human_language import language_of, without_unspaced_function_words
from repo_mhm.retrieval.long_question import Part, is_long, parts
from repo_mhm.retrieval.pointers import Pointer, pointers_in
from repo_mhm.source.file_roles import is_configuration, is_file_name, is_test
from repo_mhm.source.search_terms import words
from repo_mhm.source.unspaced import is_joining, is_unspaced, with_borders

PASTED_LINES = 5
"""Lines from which a question is an issue, a log or a trace: much of it is not about the code."""
MOST_PHRASES = 40
"""Phrases of a question that are searched for."""
PHRASE_WORDS = 3
"""Words of a phrase: fewer come together by chance, and more seldom escape a value that a message
was filled with."""


@dataclass(frozen=True, slots=True)
class Query:
    """What the searches and the ranking need of a question."""

    terms: tuple[str, ...]
    """Words for full-text search, without stop words; identifiers both whole and in parts."""
    names: tuple[str, ...]
    """Identifiers written as code, in the question's own case: `Session.send`, `no_proxy`. Those of
    the title first."""
    possible_names: tuple[str, ...]
    """Other words, which are names only if the snapshot defines them: `Session`, `links`."""
    likely_names: tuple[str, ...]
    """Those of them that begin with a capital or stand beside the kind of a definition, as in
    `the links method`."""
    paths: tuple[str, ...]
    """What looks like a file: `src/app.py`, `utils.py`."""
    about_tests: bool
    modules: tuple[str, ...] = ()
    """What may lead to files as a module does, its parts joined by dots: `requests.adapters`."""
    about_settings: bool = False
    """Whether it asks for files of settings."""
    about_declarations: bool = False
    """Whether it asks for interfaces and the like, which only declare."""
    weight_by_term: Mapping[str, int] = field(default_factory=dict)
    """How often each term counts: words of a title and of messages more than those of code."""
    phrases: tuple[str, ...] = ()
    """Words that stand together in messages, which the source may have in a string."""
    is_pasted: bool = False
    """Whether it is a text of so many lines that nobody has typed it as a question."""
    is_foreign: bool = False
    """Whether it is in another language than English, whose words the source need not have."""
    pointers: tuple[Pointer, ...] = ()
    """The lines that the question names; of a trace the innermost frame first."""

    @property
    def weighted_terms(self) -> list[str]:
        """Each term as often as it counts."""
        return [term for term in self.terms for _ in range(self.weight_by_term.get(term, 1))]


def parse_question(question: str) -> Query:
    """Split a question into terms, names and paths."""
    language = language_of(question, STOP_WORDS)
    text = with_borders(question)
    question_parts = parts(text) if is_long(text) else [Part("title", text)]
    weightiest_first = sorted(question_parts, key=lambda part: -part.weight)
    telling = [part for part in weightiest_first if part.weight]
    telling_text = "\n".join(part.text for part in telling)

    paths = tuple(dict.fromkeys(path.removeprefix("./") for path in _paths(telling_text)))
    stop_words = STOP_WORDS | language.function_words
    names = _names(telling_text, paths, stop_words)
    is_pasted = len(question_parts) >= PASTED_LINES
    weight_by_term = _weight_by_term(telling, stop_words)
    if not weight_by_term:
        weight_by_term = _weight_by_term(telling, STOP_WORDS)
    # The code in an issue shows tests and settings whatever the issue is about.
    asking_text = "\n".join(part.text for part in question_parts[: 1 if is_pasted else None])
    asking_words = set(words(asking_text))
    asked_paths = list(_paths(asking_text))
    return Query(
        terms=tuple(weight_by_term),
        names=names.certain,
        possible_names=names.possible,
        likely_names=names.likely,
        paths=paths,
        modules=tuple(_modules(text, names.certain)),
        about_tests=bool(_TEST_WORDS & asking_words) or any(map(is_test, asked_paths)),
        about_settings=bool(_SETTING_WORDS & asking_words)
        or any(map(is_configuration, asked_paths)),
        about_declarations=bool(_DECLARATION_WORDS & asking_words),
        weight_by_term=weight_by_term,
        phrases=tuple(_phrases(telling)),
        pointers=tuple(pointers_in(text)),
        is_pasted=is_pasted,
        is_foreign=language.is_foreign,
    )


def _paths(text: str) -> Iterator[str]:
    for match in _PATH.finditer(text):
        path = match[0]
        if "/" in path or is_file_name(path):
            yield path


def _modules(text: str, names: Iterable[str]) -> Iterator[str]:
    """What may lead to modules, each once."""
    yield from filter(None, dict.fromkeys(_all_modules(text, names)))


def _all_modules(text: str, names: Iterable[str]) -> Iterator[str]:
    """The modules that a text imports or names, each also without the package it begins with.

    The files of a package need not lie in a folder of its name: `hono/cookie`, `crate::cookie`.
    """
    for match in _IMPORT.finditer(text):
        parts_of_path = [part for part in match["path"].split("/") if part.strip("@.")]
        yield ".".join(parts_of_path)
        yield ".".join(parts_of_path[1:])
    for name in names:
        parts_of_name = re.split(r"\.|::|#", name)
        is_crate = "::" in name and name[0].islower()  # not the name of a class
        if len(parts_of_name) > 1:
            yield ".".join(parts_of_name)
        if is_crate and parts_of_name[0] not in _STANDARD_CRATES:
            yield ".".join(parts_of_name[1:])
            yield ".".join(parts_of_name[1:-1])


def _weight_by_term(question_parts: Iterable[Part], stop_words: Set[str]) -> dict[str, int]:
    """The terms with their weights; a term counts as in the weightiest part that has it."""
    weight_by_term: dict[str, int] = {}
    for part in question_parts:
        for word in words(without_unspaced_function_words(part.text)):
            if word not in stop_words and (len(word) > 1 or is_unspaced(word)):
                weight_by_term.setdefault(word, part.weight)
    telling = {term: weight for term, weight in weight_by_term.items() if not is_joining(term)}
    return telling or weight_by_term


def _phrases(question_parts: Iterable[Part]) -> list[str]:
    """All words that stand together in messages, PHRASE_WORDS at a time."""
    texts = [part.text for part in question_parts if part.kind == "message"]
    phrases: dict[str, None] = {}
    for text in texts:
        text_words = words(text)
        for start in range(len(text_words) - PHRASE_WORDS + 1):
            phrase = text_words[start : start + PHRASE_WORDS]
            if len(STOP_WORDS.intersection(phrase)) < PHRASE_WORDS - 1:
                phrases[" ".join(phrase)] = None
    return list(phrases)[:MOST_PHRASES]


class _Names(NamedTuple):
    """Words of a question that name code, or may do so."""

    certain: tuple[str, ...]
    possible: tuple[str, ...]
    likely: tuple[str, ...]


def _names(question: str, paths: tuple[str, ...], stop_words: Set[str]) -> _Names:
    """The names written as code, and other words that may be names. Ends of paths are neither."""
    names: dict[str, None] = {}
    possible_names: dict[str, None] = {}
    likely_names: dict[str, None] = {}

    for match in _NAME.finditer(question):
        name = match["name"]
        if any(path.endswith(name) for path in paths):
            continue
        if match["quote"] or match["call"] or _is_written_as_code(name):
            names[name] = None
        elif len(name) > 2 and name.lower() not in stop_words:
            possible_names[name] = None
            if name[0].isupper() or _is_beside_kind(question, match):
                likely_names[name] = None

    return _Names(tuple(names), tuple(possible_names), tuple(likely_names))


def _is_beside_kind(question: str, name: re.Match[str]) -> bool:
    """Whether the word before or after a name says what kind of definition it is."""
    before = question[max(0, name.start() - _BEFORE_NAME) : name.start()]
    return bool(_KIND_AFTER.match(question, name.end()) or _KIND_BEFORE.search(before))


def _is_written_as_code(name: str) -> bool:
    return "_" in name.strip("_") or name.startswith("__") or bool(_CODE_SHAPE.search(name))


_PATH = lazy_pattern(r"(?<![\w./])(?:[\w.\-]{0,100}/){0,40}[\w.\-]{0,100}\w(?![\w/])")
_NAME = lazy_pattern(
    r"(?P<quote>`)?(?<![\w.])(?P<name>[^\W\d]\w*(?:(?:\.|::|#)[^\W\d]\w*)*)(?P<call>\()?"
)
_IMPORT = lazy_pattern(
    r"\b(?:from|import|include|require|use)[ (]{0,2}[\"'`<]"
    r"(?P<path>[\w@.\-]{1,60}(?:/[\w@.\-]{1,60}){1,9})"
)
_STANDARD_CRATES = frozenset({"alloc", "core", "std"})
_CODE_SHAPE = lazy_pattern(r"[.#:]|[a-z][A-Z]|[A-Z]{2,}[a-z]|[a-z]\d+[A-Z]")
_KINDS = (
    "attribute|class|command|constant|decorator|enum|event|field|fixture|flag|function|hook"
    "|interface|macro|method|module|option|package|parameter|property|struct|trait|type|variable"
)
_KIND_AFTER = lazy_pattern(rf"\s(?:{_KINDS})\b", re.IGNORECASE)
_KIND_BEFORE = lazy_pattern(rf"\b(?:an?|the|this)\s(?:{_KINDS})\s\Z", re.IGNORECASE)
_BEFORE_NAME = 20
"""Characters before a name in which its kind may stand."""
_TEST_WORDS = frozenset({"test", "tests", "tested", "testing"})
_SETTING_WORDS = frozenset(
    "dependencies dependency ini json lint manifest toml workflow workflows xml yaml yml".split()
)
_DECLARATION_WORDS = frozenset(
    "annotation annotations declaration declarations enum enums interface interfaces prototype"
    " prototypes trait traits typedef typedefs".split()
)

STOP_WORDS = frozenset(
    """
a about above across after again against all also an and any are as at be been before being below
between both but by can could did do does doing done down during each for from further had has have
having he here how i if in into is it its itself just may might more most must my no nor not of off
on once only onto or other our out over own per same shall she should so some such than that the
their them then there these they this those through to under until up upon us use used uses using
very via was we were what when where which while who whom whose why will with within without would
you your
although anyway another anyone anything besides cannot despite either ever everyone everything hence
however instead many moreover much neither nobody nothing often otherwise perhaps quite rather
really since someone something sometimes somehow still therefore though thus toward towards unless
three two usually whatever whenever whereas wherever whether whichever yet
explain describe summarise summarize tell show find list give please work works mean means happen
happens
codebase difference differences handle handles implement implementation implemented implements
library organised organized overview part parts project purpose repository
    """.split()
)
"""Function words of English, and words that occur in any question about code."""
