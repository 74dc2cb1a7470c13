"""What the text that came with a question is about: its names and paths that the store knows."""

from __future__ import annotations

from collections import Counter

from repo_mhm.answer.attached import MENTIONED_NAMES, MENTIONED_PATHS, clean, names_in, paths_in
from repo_mhm.retrieval.search import MAX_NAMESAKES
from repo_mhm.store import Store


def mentions(store: Store, text: str) -> str:
    """The files and symbols of the snapshot that `text` mentions, as words for a search."""
    readable = clean(text)
    paths = _stored_paths(store, paths_in(readable))[:MENTIONED_PATHS]
    names = _defined_names(store, names_in(readable))[:MENTIONED_NAMES]
    return " ".join([*paths, *(f"`{name}`" for name in names)])


def _stored_paths(store: Store, words: list[str]) -> list[str]:
    """The files whose path a word is, or ends with: programs also write absolute paths."""
    paths = store.blobs().keys()
    stored_paths: dict[str, None] = {}
    for word in words:
        parts = word.split("/")
        endings = ("/".join(parts[start:]) for start in range(len(parts)))
        path = next((ending for ending in endings if ending in paths), None)
        if path is not None:
            stored_paths[path] = None
    return list(stored_paths)


def _defined_names(store: Store, names: list[str]) -> list[str]:
    """The names that something is defined by, in the same order; no frequent ones."""
    definitions = Counter(stored.symbol.name for stored in store.symbols_named(names))
    return [name for name in names if 0 < definitions[name] <= MAX_NAMESAKES]
