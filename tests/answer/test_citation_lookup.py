from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from repo_mhm.answer.citation_lookup import snapshot_lookup
from repo_mhm.answer.citations import CitationFinder, Sentence
from repo_mhm.answer.cited_lines import NOTHING
from repo_mhm.git import open_snapshot
from repo_mhm.location import Location
from repo_mhm.memory.refresh import refresh
from repo_mhm.store import Store, open_store

FILES = {
    "CHANGELOG.md": "# 1.0\n\n- `Session.send` retries parcels over broken links\n",
    "net/session.py": '''\
"""Sessions."""


class Session:
    """Keeps links open."""

    retries = 3

    def send(self, request, timeout=None):
        """Send a request over the adapter of its scheme."""
        adapter = self.get_adapter(request.url)
        if adapter is None:
            raise NoAdapter(request.url)
        return adapter.deliver(request)

    def get_adapter(self, url):
        """Find the adapter for a scheme."""
        return self.adapters.get(url)


class NoAdapter(Exception):
    pass
''',
}


@pytest.fixture
def store(make_repo: Callable[..., object], tmp_path: Path) -> Iterator[Store]:
    make_repo(FILES)
    with open_store(tmp_path / "state") as opened:
        refresh(opened, open_snapshot(tmp_path / "repo"), heads=4)
        yield opened


def cite(store: Store, text: str) -> list[Sentence]:
    finder = CitationFinder((), snapshot_lookup(store))
    return [*finder.feed(text), *finder.finish()]


def cited_code(sentence: Sentence) -> str:
    lines: list[str] = []
    for citation in sentence.citations:
        location = citation.location
        lines += FILES[location.path].splitlines()[location.start - 1 : location.end]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("`Session.send` calls `get_adapter` first.", "self.get_adapter(request.url)"),
        ("`Session.send` raises `NoAdapter`.", "raise NoAdapter(request.url)"),
        ("The `timeout` parameter of `send` defaults to `None`.", "timeout=None"),
        ("`NoAdapter` inherits from `Exception`.", "class NoAdapter(Exception)"),
        ("`get_adapter` finds the adapter for a scheme.", "Find the adapter for a scheme"),
        ("Then it does `adapter.deliver(request)`.", "return adapter.deliver(request)"),
    ],
)
def test_a_sentence_is_cited_by_the_lines_that_bear_it_out(
    store: Store, text: str, code: str
) -> None:
    (sentence,) = cite(store, text)
    assert sentence.supported is True
    assert code in cited_code(sentence)


@pytest.mark.parametrize(
    ("text", "correction"),
    [
        ("`get_adapter` calls `send`.", "`Session.get_adapter` does not call `send`"),
        ("`Session.send` inherits nothing. `NoAdapter.send` fails.", ""),
        ("The `timeout` parameter of `send` defaults to 30.", "`send.timeout` is None"),
        ("`Session` is defined in `net/adapters.py`.", "`Session` is defined in net/session.py:4"),
    ],
)
def test_a_sentence_that_the_code_contradicts_is_corrected(
    store: Store, text: str, correction: str
) -> None:
    sentence = cite(store, text)[-1]
    assert sentence.supported is False
    assert sentence.contradicted == bool(correction)
    assert correction in sentence.correction


def test_a_history_of_changes_supports_nothing(store: Store) -> None:
    (sentence,) = cite(store, "`Session.send` retries parcels over broken links.")
    assert sentence.citations == ()


def test_the_definitions_around_a_line_come_with_their_beginnings(store: Store) -> None:
    lookup = snapshot_lookup(store)
    around = lookup.enclosing("net/session.py", 11)
    assert (around.names, around.starts) == ("Session Session.send", (4, 9))
    assert lookup.enclosing("net/session.py", 1) == NOTHING
    assert lookup.enclosing("net/session.py", 9_999) == NOTHING


def test_source_is_read_as_far_as_the_file_goes(store: Store) -> None:
    lookup = snapshot_lookup(store)
    passage = lookup.source(Location("net/session.py", 20, 99))
    assert passage is not None
    assert passage.text.startswith("\nclass NoAdapter") or "class NoAdapter" in passage.text
    assert lookup.source(Location("net/session.py", 500, 510)) is None
    assert lookup.source(Location("nowhere.py", 1, 5)) is None
