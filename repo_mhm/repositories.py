"""Several repositories: by name, each with its own memory, searched and asked as one.

Code answers for all of them, and the best places of all are joined. A model answers from the one
that fits the question best, since a prompt has no room for two.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from repo_mhm.commands.kept_memory import ScanProgress, no_scan_progress
from repo_mhm.errors import RepositoryError, UsageError
from repo_mhm.formatting import single_line
from repo_mhm.git.roots import find_root
from repo_mhm.repository import Repository

if TYPE_CHECKING:
    from repo_mhm.answer.events import Event, Located
    from repo_mhm.answer.search_hits import SearchHits, Unit
    from repo_mhm.commands.ask import AskRequest


@dataclass(frozen=True, slots=True)
class Served:
    """One of several repositories, or the only one."""

    name: str
    """A folder's name, with a number where two folders have the same."""
    repository: Repository
    prefix: str
    """Stands before its paths in replies: its name where several repositories are served."""

    @property
    def root(self) -> Path:
        """The folder that its paths are relative to."""
        return self.repository.root

    def remark(self, text: str) -> str:
        """A warning about it, with its name where there are several."""
        return f"{self.name}: {text}" if text and self.prefix else text

    def names(self) -> dict[str, object]:
        """What entries say of their repository, where there are several."""
        return {"repo": self.name} if self.prefix else {}


@dataclass(frozen=True, slots=True)
class Searched:
    """What one repository has for a query."""

    served: Served
    hits: SearchHits


@dataclass(frozen=True, slots=True)
class Repositories:
    """Repositories by name, and the folders that look like one and cannot be read."""

    served: Mapping[str, Served]
    problems: tuple[str, ...] = ()

    @classmethod
    def open(
        cls,
        paths: Sequence[Path],
        *,
        scan_progress: ScanProgress = no_scan_progress,
        **settings: object,
    ) -> Repositories:
        """The repositories around these paths, or in a folder that holds several.

        The rest is as `Repository.open` has it. Raises RepositoryError where a path leads to none.
        """
        roots: dict[str, Path] = {}
        problems: list[str] = []
        for path in paths or (Path(),):
            for root in _roots(path, problems):
                if root not in roots.values():
                    roots[_free_name(root, roots)] = root

        is_one = len(roots) == 1
        served = {
            name: Served(
                name,
                Repository.open(root, scan_progress=scan_progress, **settings),
                "" if is_one else f"{name}/",
            )
            for name, root in roots.items()
        }
        return cls(served, tuple(problems))

    @property
    def roots(self) -> dict[str, Path]:
        """The folder of each repository, by name."""
        return {name: served.root for name, served in self.served.items()}

    def chosen(self, name: str) -> list[Served]:
        """The repository of that name; all where the name is empty. Raises UsageError."""
        if not name:
            return list(self.served.values())
        if name not in self.served:
            raise UsageError("no repository has that name", hint=self._names())
        return [self.served[name]]

    def single(self, name: str) -> Served:
        """The repository of that name; the only one where the name is empty. Raises UsageError."""
        chosen = self.chosen(name)
        if len(chosen) > 1:
            raise UsageError("this needs one repository", hint=f"Give `repo`. {self._names()}")
        return chosen[0]

    def search(
        self,
        query: str,
        *,
        limit: int,
        attached: str = "",
        unit: Unit = "location",
        within: Sequence[str] = (),
        languages: Sequence[str] = (),
    ) -> SearchHits:
        """The best places of all repositories. Raises what `search_each` raises."""
        return _joined(
            search_each(
                list(self.served.values()),
                query,
                limit=limit,
                attached=attached,
                unit=unit,
                within=within,
                languages=languages,
            ),
            limit,
        )

    def ask(self, request: AskRequest) -> Generator[Event, None, None]:
        """The events of an answer: the places of all; then a model on the one that fits best.

        Its path is not looked at. Raises what `search_each` and `Repository.answering` raise.
        """
        limit = _most_places(request)
        results = search_each(
            list(self.served.values()),
            request.question,
            limit=limit,
            attached=request.attached,
            within=request.within,
        )
        is_exact = any(result.hits.is_exact for result in results)
        hits = _joined(results, limit)
        if is_exact or not hits.hits or not request.use_model:
            yield from _list_events(hits, request)
        else:
            best = max(results, key=lambda result: (bool(result.hits.hits), result.hits.fit))
            yield from _model_events(best.served, hits, request)

    def close(self) -> None:
        """Close all memories."""
        for served in self.served.values():
            served.repository.close()

    def _names(self) -> str:
        return f"Served here: {', '.join(map(single_line, self.served))}."


def _roots(path: Path, problems: list[str]) -> Iterator[Path]:
    """The root around a path; where that is a plain folder of repositories, theirs.

    Raises UsageError for a home folder or one around it, where clients start servers that know no
    project: nobody wants all of it to be read.
    """
    root = find_root(path)
    inside = _repositories_in(root.path) if root.kind == "folder" else []
    if not inside:
        if root.kind == "folder" and Path.home().resolve().is_relative_to(root.path):
            raise UsageError(
                f"{single_line(str(root.path))} is no repository",
                hint="Name one: repo-mhm mcp --repo DIR",
            )
        yield root.path
    for folder in inside:
        try:
            yield find_root(folder).path
        except RepositoryError as error:
            problems.append(f"{error.message}. {error.hint}")


def _repositories_in(folder: Path) -> list[Path]:
    """The folders in a folder that have a `.git`; links are not followed."""
    with os.scandir(folder) as items:
        folders = [Path(item.path) for item in items if item.is_dir(follow_symlinks=False)]
    return sorted(path for path in folders if os.path.lexists(path / ".git"))


def _free_name(root: Path, names: Mapping[str, Path]) -> str:
    name, number = root.name or "repository", 2
    while name in names:
        name, number = f"{root.name}-{number}", number + 1
    return name


# Questions ------------------------------------------------------------------------------------

_ALL_PLACES = 10_000
"""More than anybody reads of an exact answer."""


def _most_places(request: AskRequest) -> int:
    """How many places an answer has: as many as that of one repository."""
    from repo_mhm.answer.exact_lines import MOST_LINES
    from repo_mhm.answer.locations import MOST_LOCATIONS
    from repo_mhm.answer.question_kind import may_be_exact

    if not may_be_exact(request.question):
        return MOST_LOCATIONS
    return _ALL_PLACES if request.show_all else MOST_LINES


def search_each(  # noqa: PLR0913  what a user may say of a search
    chosen: Sequence[Served],
    query: str,
    *,
    limit: int,
    other_files: int = 0,
    attached: str = "",
    unit: Unit = "location",
    within: Sequence[str] = (),
    languages: Sequence[str] = (),
) -> list[Searched]:
    """The results of each repository that has the paths and the languages.

    Raises the UsageError of the first where none has them.
    """
    results: list[Searched] = []
    errors: list[UsageError] = []
    for served in chosen:
        try:
            hits = served.repository.search(
                query,
                limit=limit,
                other_files=other_files,
                attached=attached,
                unit=unit,
                within=[path.removeprefix(served.prefix) for path in within],
                languages=languages,
            )
        except UsageError as error:
            errors.append(error)
        else:
            results.append(Searched(served, hits))
    if errors and not results:
        raise errors[0]
    return results


def _joined(results: Sequence[Searched], limit: int) -> SearchHits:
    from repo_mhm.answer.joined_hits import NamedHits, joined_hits

    return joined_hits([NamedHits(result.served.name, result.hits) for result in results], limit)


def _list_events(
    hits: SearchHits, request: AskRequest, warnings: Sequence[str] = ()
) -> Iterator[Event]:
    """The places as the answer."""
    from repo_mhm.answer.events import Finished
    from repo_mhm.answer.named_events import listed_answer

    seconds = time.monotonic() - request.started
    yield _located(hits, is_answer=True)
    yield Finished(listed_answer(hits, seconds, (*hits.warnings, *warnings)))


def _model_events(served: Served, hits: SearchHits, request: AskRequest) -> Iterator[Event]:
    """The places of all, then what the model says of one repository, which keeps the answer."""
    from repo_mhm.answer.events import Finished, Located
    from repo_mhm.answer.named_events import named_event

    within = tuple(path.removeprefix(served.prefix) for path in request.within)
    own = replace(request, path=served.root, within=within)
    remark = f"the answer is from {served.name}, which fits the question best"
    with served.repository.answering(own) as opened:
        for event in opened.events:
            if isinstance(event, Located):
                if event.is_answer:  # there is no model
                    warnings = _warnings_of(opened.events)
                    yield from _list_events(hits, request, warnings)
                    return
                yield _located(hits, is_answer=False)
            elif isinstance(event, Finished):
                answer = replace(
                    event.answer,
                    repositories=hits.repositories,
                    locations=tuple(hit.line for hit in hits.hits),
                    total=hits.total,
                    warnings=(*event.answer.warnings, remark),
                )
                yield named_event(Finished(answer), served.name)
            else:
                yield named_event(event, served.name)


def _warnings_of(events: Iterator[Event]) -> tuple[str, ...]:
    """What the answer at the end of these events warns of."""
    from repo_mhm.answer.events import Finished

    for event in events:
        if isinstance(event, Finished):
            return event.answer.warnings
    return ()


def _located(hits: SearchHits, *, is_answer: bool) -> Located:
    from repo_mhm.answer.events import Located

    lines = tuple(hit.line for hit in hits.hits or hits.nearest)
    if hits.is_exact or not hits.hits:
        return Located(hits.kind, hits.heading, lines, max(hits.total, len(lines)), is_answer)
    heading = f"Best locations in {' and '.join(hits.repositories)}"
    return Located("free", heading, lines, len(lines), is_answer)
