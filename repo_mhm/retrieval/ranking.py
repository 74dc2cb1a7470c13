"""Recall: which chunks bear on a question, planned by code. Pure: it is given what the searches found.

Owns how a question is read (terms, names, paths, whether it is about tests), how ranked lists are fused, and when too
little was found to answer. Knows nothing about SQL, models or how evidence is cut.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from repo_mhm.source.file_roles import is_test
from repo_mhm.source.search_terms import identifier_parts, words

RRF_K = 20
"""Reciprocal rank fusion's constant (Cormack, Clarke and Buettcher 2009, who take 60): how little the first ranks
differ. Lists that are short and certain, such as neighbours, do better with less (recall@5 .87 against .85)."""
FLOOR = 0.32
"""Least share of a question's term weight that the best chunks must hold for it to be answered at all."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question as recall reads it."""

    terms: tuple[str, ...]
    """Words for full-text search, question words left out; identifiers whole and in parts."""
    names: tuple[str, ...]
    """Identifiers written as code, in the question's own case: `Session.send`, `no_proxy`, `HTTPError`."""
    maybe: tuple[str, ...]
    """Other words that are names only if the snapshot defines them: `Session`, `links`."""
    paths: tuple[str, ...]
    """What looks like a file: `src/app.py`, `utils.py`."""
    about_tests: bool


@dataclass(frozen=True, slots=True)
class Place:
    """What recall needs to know of a chunk."""

    id: int
    path: str
    kind: str
    """`code` or `text`."""
    value: float
    """PageRank mass of its symbols; 0 when unknown."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each ranked list counts, and what a chunk's score is multiplied by."""

    lists: Mapping[str, float] = field(
        default_factory=lambda: {
            "note": 1.0, "ledger": 0.5, "symbol": 1.0, "source": 2.0, "exact": 2.0, "path": 2.0, "neighbour": 2.0,
            "companion": 1.5,
        }
    )  # fmt: skip
    test: float = 0.8
    """For test files, when the question is not about tests."""
    prose: float = 0.7
    """For files without a grammar: prose shares words with any question."""
    value: float = 0.1
    """Share by which the most referred-to chunk is raised."""
    standing: float = 0.45
    """Share by which chunks of the most referred-to file are raised."""


DEFAULT_WEIGHTS = Weights()


@dataclass(frozen=True, slots=True)
class Ranked:
    """A chunk (row id) with its score and the lists that named it."""

    chunk: int
    path: str
    score: float
    found_by: tuple[str, ...]


def read_question(question: str) -> Query:
    """Split a question into what the searches and the ranking need."""
    paths = tuple(dict.fromkeys(found.removeprefix("./") for found in _PATH.findall(question)))
    names: dict[str, None] = {}
    maybe: dict[str, None] = {}
    for found in _NAME.finditer(question):
        name = found["name"]
        if name in paths or any(path.endswith(name) for path in paths):
            continue
        if found["quote"] or found["call"] or _is_code(name):
            names[name] = None
        elif len(name) > 2 and name.lower() not in STOP_WORDS:
            maybe[name] = None
    terms = tuple(
        term for term in dict.fromkeys(words(question)) if term not in STOP_WORDS and len(term) > 1
    )
    about = any(part in _TEST_WORDS for name in [*names, *maybe] for part in identifier_parts(name)) or any(
        map(is_test, paths)
    )
    return Query(terms, tuple(names), tuple(maybe), paths, about)


def rank(
    query: Query,
    lists: Mapping[str, Sequence[Sequence[int]]],
    places: Mapping[int, Place],
    weights: Weights = DEFAULT_WEIGHTS,
    unread: Collection[int] = (),
) -> list[Ranked]:
    """Fuse ranked lists into one, best first.

    Each entry of a list is the ids of the chunks it stands for (a note over several chunks has several, which share
    its rank). A chunk counts once per list, at its best rank; ids without a place are passed over. Chunks `unread` by
    the memory can have no notes, which must not count against them: their rank among notes is taken to be their rank
    without.
    """
    scores: dict[int, float] = {}
    found_by: dict[int, list[str]] = {}
    for name, entries in sorted(lists.items(), key=lambda item: item[0] == "note"):
        if name == "note" and unread:
            for position, chunk in enumerate(
                sorted(scores, key=lambda chunk: (-scores[chunk], chunk))
            ):
                if chunk in unread:
                    scores[chunk] += weights.lists["note"] / (RRF_K + position + 1)
        weight = weights.lists.get(name, 1.0)
        seen: set[int] = set()
        for position, ids in enumerate(entries):
            for chunk in ids:
                if chunk in places and chunk not in seen:
                    seen.add(chunk)
                    scores[chunk] = scores.get(chunk, 0.0) + weight / (RRF_K + position + 1)
                    found_by.setdefault(chunk, []).append(name)
    standing = _standing(places.values())
    highest = max((places[chunk].value for chunk in scores), default=0.0)
    made = []
    for chunk, score in scores.items():
        place = places[chunk]
        factor = _factor(query, place, highest, weights) * (
            1 + weights.standing * standing[place.path]
        )
        made.append(Ranked(chunk, place.path, score * factor, tuple(found_by[chunk])))
    return sorted(made, key=lambda ranked: (-ranked.score, ranked.chunk))


def _standing(places: Iterable[Place]) -> dict[str, float]:
    """How much the rest of the repository refers to each file, by the chunks given: 1 for the one it does most."""
    values: dict[str, float] = defaultdict(float)
    for place in places:
        values[place.path] += place.value
    highest = max(values.values(), default=0.0) or 1.0
    return {path: value / highest for path, value in values.items()}


def _factor(query: Query, place: Place, highest: float, weights: Weights) -> float:
    factor = 1.0
    if is_test(place.path) and not query.about_tests:
        factor *= weights.test
    if place.kind != "code":
        factor *= weights.prose
    if highest:
        factor *= 1 + weights.value * (place.value / highest)
    return factor


def weigh(query: Query, frequencies: Mapping[str, int], total: int) -> dict[str, float]:
    """Each term's inverse document frequency (BM25's form) among `total` chunks; identifiers asked for count double."""
    names = {part.lower() for name in query.names for part in re.split(r"\W+", name)}
    return {
        term: math.log(1 + (total - df + 0.5) / (df + 0.5)) * (2.0 if term in names else 1.0)
        for term in query.terms
        for df in [min(frequencies.get(term, 0), total)]
    }


def coverage(
    idf: Mapping[str, float], frequencies: Mapping[str, int], texts: Iterable[str]
) -> float:
    """Share of the question's term weight that `texts` together hold, from 0 to 1: how much was found at all.

    Terms that occur nowhere weigh most, which is the point: a question about what is not there scores low.
    """
    held: set[str] = set()
    for text in texts:
        held.update(words(text))
    stems = {term[:_STEM] for term in held}
    found = sum(
        weight
        for term, weight in idf.items()
        if term in held or (frequencies.get(term) and term[:_STEM] in stems)
    )
    return found / (sum(idf.values()) or 1.0)


_STEM = 5
"""Characters two words must share to count as forms of one, where the index says that the word occurs."""


def rank_files(ranked: Sequence[Ranked]) -> list[str]:
    """Paths by their best chunk, best first (by the sum, large files would win whatever is asked)."""
    return list(dict.fromkeys(found.path for found in ranked))


def companions(path: str, paths: Iterable[str]) -> list[str]:
    """The files of `paths` that test the module `path`, or the modules that it tests, by their names; nearest first."""
    subject, suffix, tests = _subject(path), path.rpartition(".")[2], is_test(path)
    if not subject:
        return []
    found = [
        other
        for other in paths
        if subject in other
        and other.endswith(suffix)
        and _subject(other) == subject
        and is_test(other) != tests
    ]
    folders = set(path.split("/")[:-1])
    return sorted(found, key=lambda other: (-len(folders.intersection(other.split("/"))), other))


def _subject(path: str) -> str:
    """What a file is about by its name, the marks of a test left out; empty for names that say nothing."""
    subject = _TEST_MARK.sub("", path.rpartition("/")[2].rpartition(".")[0]).strip("_")
    return "" if subject in {"init", "main", "index", "conftest"} else subject


_TEST_MARK = re.compile(r"^tests?_|[_.\-](?:test|spec)s?$")


_PATH = re.compile(
    r"(?<![\w/])(?:[\w.\-]*/)+[\w.\-]*\w|(?<![\w./])[\w\-]+\.(?:py|js|ts|go|rs|md|toml|c|h|java|rb|cfg|txt|ya?ml|json)\b"
)
_NAME = re.compile(
    r"(?P<quote>`)?(?<![\w.])(?P<name>[^\W\d]\w*(?:(?:\.|::|#)[^\W\d]\w*)*)(?P<call>\()?"
)
_TEST_WORDS = frozenset({"test", "tests", "tested", "testing"})


def _is_code(name: str) -> bool:
    return "_" in name.strip("_") or name.startswith("__") or bool(_INNER.search(name))


_INNER = re.compile(r"[.#:]|[a-z][A-Z]|[A-Z]{2,}[a-z]|[a-z]\d+[A-Z]")

STOP_WORDS = frozenset(
    """
a about above across after again against all also an and any are as at be been before being below between both but by
can could did do does doing done down during each for from further had has have having he here how i if in into is it
its itself just may might more most must my no nor not of off on once only onto or other our out over own per same
shall she should so some such than that the their them then there these they this those through to under until up upon
us use used uses using very via was we were what when where which while who whom whose why will with within without
would you your
explain describe tell show find list give please work works mean means happen happens
architectural architecture codebase consequence dependency design determine determines enable enables ensure ensures
ensuring handle handles impact implement implementation implemented implements interact interaction interacts library
maintain maintains mechanism pattern project purpose relationship repository responsibility role semantic significance
specific specifically strategy difference differences behavior behaviour overview part parts organised organized
    """.split()
)
"""Function words of English, and the words questions about code are made of; neither says where to look."""
