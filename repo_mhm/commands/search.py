"""Search the repository's memory, with its source up to date.

A model is opened only where the user wants the results in its order, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from repo_mhm.errors import UsageError
from repo_mhm.source.redaction import without_secrets

if TYPE_CHECKING:
    from repo_mhm.answer.search_hits import SearchHits, Unit
    from repo_mhm.answer.search_lookup import Rerank
    from repo_mhm.commands.ask import UseMemory
    from repo_mhm.retrieval.search import SearchResult
    from repo_mhm.scope import Scope
    from repo_mhm.store import Store

Judging = Callable[[], AbstractContextManager[object]]
"""Shows that a model is at work."""


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What a user searches for, and where."""

    text: str
    path: Path = Path()
    """A folder in the repository."""
    attached: str = ""
    """Text that came with the query."""
    unit: Unit = "location"
    limit: int = 10
    other_files: int = 0
    """How many files to name that follow those of the results."""
    within: tuple[str, ...] = ()
    """Files, folders or patterns, as the user wrote them; empty for the whole repository."""
    languages: tuple[str, ...] = ()
    """Names or file endings of languages; empty for all."""
    rerank: bool = False
    """Whether a model judges the best files, which takes seconds."""
    overrides: Mapping[str, object] = field(default_factory=dict)
    """Command line options by setting."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", without_secrets(self.text))


def search(
    request: SearchRequest, use_memory: UseMemory, judging: Judging = nullcontext
) -> SearchHits:
    """What a memory has for a query. `judging` is entered while a model judges files.

    Raises UsageError for a path or a language that the repository does not have, ModelError or
    EngineError where a model is wanted and cannot be used, and what opens the memory raises.
    """
    # Loaded while git looks at the files, which opening the memory waits for.
    from repo_mhm.answer.search_lookup import SearchQuery, find_hits

    rerank = _reranking(request, judging) if request.rerank else None
    with use_memory() as memory:
        query = SearchQuery(
            text=request.text,
            attached=request.attached,
            unit=request.unit,
            limit=request.limit,
            other_files=request.other_files,
            scope=_scope(memory.store, request),
            rerank=rerank,
        )
        hits = find_hits(memory.store, query)
        if not memory.refreshed.warning:
            return hits
        return replace(hits, warnings=(memory.refreshed.warning, *hits.warnings))


def _reranking(request: SearchRequest, judging: Judging) -> Rerank:
    """Opens the model once a result is there. Raises ModelError where there is no such model."""
    from repo_mhm import config
    from repo_mhm.commands.workspace import choose_model
    from repo_mhm.retrieval.model_ranking import rerank

    # As for questions, the model is chosen without the repository's own settings.
    settings = config.load(None, request.overrides)
    model = choose_model(settings, "answers", single_answer=True)

    def reranked(result: SearchResult) -> SearchResult:
        with judging(), model.open() as engine:
            return rerank(engine, request.text, result)

    return reranked


def _scope(store: Store, request: SearchRequest) -> Scope:
    """The part of the repository that the search is limited to."""
    from repo_mhm.commands.question_files import find_scope

    scope = find_scope(store, request.path, request.within)
    if not request.languages:
        return scope
    language_by_path = store.languages()
    names = {_language(name, language_by_path): None for name in request.languages}
    files = (path for path, language in language_by_path.items() if language in names)
    return scope.only(files, f"files in {' or '.join(names)}")


def _language(name: str, language_by_path: Mapping[str, str]) -> str:
    """The language of that name or of files that end so. Raises UsageError."""
    from difflib import get_close_matches

    from repo_mhm.source import languages

    lower = name.lower().lstrip(".")
    if lower in languages.NAMES:
        return lower
    by_ending = languages.for_file(f"file.{lower}")
    if by_ending is not None:
        return by_ending.name
    here = ", ".join(sorted(set(language_by_path.values())))
    near = get_close_matches(lower, languages.NAMES, 1)
    meant = f"Did you mean {near[0]}? " if near else ""
    raise UsageError(f"no language is called {name!r}", hint=f"{meant}This repository has: {here}.")
