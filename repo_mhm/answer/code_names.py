"""What a sentence says in code: names, quoted code, locations; and its other words. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from repo_mhm.lazy_pattern import lazy_pattern
from repo_mhm.location import Location

MIN_QUOTE = 6
"""Characters; shorter code is in many lines."""
_QUOTED_CODE = lazy_pattern(r"[=\[{]|\([^)]|[\w)] [\w(]")
_CODE_SPAN = lazy_pattern(r"`([^`\n]+)`")
_IDENTIFIER = lazy_pattern(r"[^\W\d]\w*(?:(?:\.|::|#|/)[^\W\d]\w*)*")
_BARE_NAME = lazy_pattern(
    r"(?<![\w.`/])(?:[^\W\d]\w*\.)*"
    r"(?:\w*[^\W_]_\w+|[A-Z]?[a-z]+[A-Z]\w*|[A-Z]{2,}[a-z]{2,}\w*|_+[^\W\d]\w*)\b"
)


def code_names(text: str) -> list[str]:
    """Names that a sentence presents as the repository's.

    They are identifiers in backticks, and words that only code spells so: `no_proxy`, `HTTPError`.
    """
    names = []
    for span in _CODE_SPAN.findall(text):
        identifier = _IDENTIFIER.fullmatch(span.strip().removesuffix("()").strip())
        if identifier:
            names.append(identifier[0])

    prose = _CODE_SPAN.sub(" ", text)
    names += [match[0] for match in _BARE_NAME.finditer(prose)]
    return [name for name in dict.fromkeys(names) if len(name) > 1]


def without_names(text: str) -> str:
    """The words of a sentence beside its names and quotes: what it says of them."""
    return _BARE_NAME.sub(" ", _CODE_SPAN.sub(" ", text))


def code_quotes(text: str) -> list[str]:
    """Code in backticks that is more than a name: `self.hooks[event].remove(hook)`."""
    spans = (span.strip() for span in _CODE_SPAN.findall(text))
    return [span for span in spans if len(span) >= MIN_QUOTE and _QUOTED_CODE.search(span)]


_WRITTEN_LOCATION = lazy_pattern(
    r"`?(?<![\w./\-])(?P<path>[\w./\-]*\w\.\w+):(?P<first>\d{1,7})(?:[-–](?P<last>\d{1,7}))?`?"
)


def written_locations(text: str) -> Iterator[tuple[str, Location]]:
    """Each location in a sentence, as it is written and as a value."""
    for match in _WRITTEN_LOCATION.finditer(text):
        first = int(match["first"])
        yield match[0], Location(match["path"], first, int(match["last"] or first))


def without_locations(text: str) -> str:
    """A sentence without the locations in it."""
    return _WRITTEN_LOCATION.sub(" ", text)
