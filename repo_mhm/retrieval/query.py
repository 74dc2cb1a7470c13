"""What the search needs of a question: terms, names, paths, whether it is about tests. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from repo_mhm.source.file_roles import is_test
from repo_mhm.source.search_terms import identifier_parts, words


@dataclass(frozen=True, slots=True)
class Query:
    """What the searches and the ranking need of a question."""

    terms: tuple[str, ...]
    """Words for full-text search, without stop words; identifiers both whole and in parts."""
    names: tuple[str, ...]
    """Identifiers written as code, in the question's own case: `Session.send`, `no_proxy`."""
    possible_names: tuple[str, ...]
    """Other words, which are names only if the snapshot defines them: `Session`, `links`."""
    paths: tuple[str, ...]
    """What looks like a file: `src/app.py`, `utils.py`."""
    about_tests: bool


def parse_question(question: str) -> Query:
    """Split a question into terms, names and paths."""
    paths = tuple(dict.fromkeys(path.removeprefix("./") for path in _PATH.findall(question)))
    names, possible_names = _names(question, paths)
    terms = dict.fromkeys(
        word for word in words(question) if word not in STOP_WORDS and len(word) > 1
    )
    return Query(
        terms=tuple(terms),
        names=names,
        possible_names=possible_names,
        paths=paths,
        about_tests=_about_tests((*names, *possible_names), paths),
    )


def _names(question: str, paths: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names written as code, and other words that may be names. Ends of paths are neither."""
    names: dict[str, None] = {}
    possible_names: dict[str, None] = {}

    for match in _NAME.finditer(question):
        name = match["name"]
        if any(path.endswith(name) for path in paths):
            continue
        if match["quote"] or match["call"] or _is_written_as_code(name):
            names[name] = None
        elif len(name) > 2 and name.lower() not in STOP_WORDS:
            possible_names[name] = None

    return tuple(names), tuple(possible_names)


def _is_written_as_code(name: str) -> bool:
    return "_" in name.strip("_") or name.startswith("__") or bool(_CODE_SHAPE.search(name))


def _about_tests(names: tuple[str, ...], paths: tuple[str, ...]) -> bool:
    name_parts = {part for name in names for part in identifier_parts(name)}
    return bool(name_parts & _TEST_WORDS) or any(map(is_test, paths))


_PATH = re.compile(
    r"(?<![\w/])(?:[\w.\-]*/)+[\w.\-]*\w"
    r"|(?<![\w./])[\w\-]+\.(?:py|js|ts|go|rs|md|toml|c|h|java|rb|cfg|txt|ya?ml|json)\b"
)
_NAME = re.compile(
    r"(?P<quote>`)?(?<![\w.])(?P<name>[^\W\d]\w*(?:(?:\.|::|#)[^\W\d]\w*)*)(?P<call>\()?"
)
_CODE_SHAPE = re.compile(r"[.#:]|[a-z][A-Z]|[A-Z]{2,}[a-z]|[a-z]\d+[A-Z]")
_TEST_WORDS = frozenset({"test", "tests", "tested", "testing"})

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
usually whatever whenever whereas wherever whether whichever yet
explain describe tell show find list give please work works mean means happen happens
architectural architecture codebase consequence dependency design determine determines enable
enables ensure ensures ensuring handle handles impact implement implementation implemented
implements interact interaction interacts library maintain maintains mechanism pattern project
purpose relationship repository responsibility role semantic significance specific specifically
strategy difference differences behavior behaviour overview part parts organised organized
    """.split()
)
"""Function words of English, and words that occur in any question about code."""
