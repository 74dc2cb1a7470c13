"""The library: a repository, and what can be asked of it. `from repo_mhm import Repository`.

The front ends use it too. Its memory stays open between calls, which may come from several threads;
importing it loads little, and each call what it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from repo_mhm.commands.kept_memory import KeptMemory, ScanProgress, no_scan_progress
from repo_mhm.git.roots import find_root

if TYPE_CHECKING:
    from repo_mhm.answer.events import Event
    from repo_mhm.answer.search_hits import SearchHits, Unit
    from repo_mhm.commands.ask import AskRequest, OpenedAnswer
    from repo_mhm.commands.memory import HeadView
    from repo_mhm.commands.open_memory import OpenedMemory
    from repo_mhm.commands.review import ChangeSource, ReviewOptions
    from repo_mhm.commands.status import Status
    from repo_mhm.retrieval.search import Mode
    from repo_mhm.review.report import Report


class Repository:
    """A git repository or a plain folder, with its memory. Close it, or use it in a `with`.

    Every call first brings the source in the memory up to date; the first one of all scans it,
    which takes seconds. All of them raise errors of `repo_mhm.errors.RepoMhmError`.
    """

    def __init__(
        self,
        path: Path,
        settings: dict[str, object],
        scan_progress: ScanProgress = no_scan_progress,
    ) -> None:
        self.path = path
        """A folder in the repository: paths that are given are relative to it."""
        self.root = find_root(path).path
        """The folder that all paths in results are relative to."""
        self._settings = settings
        self._memory = KeptMemory(path, settings, scan_progress)

    @classmethod
    def open(
        cls,
        path: str | Path = ".",
        *,
        scan_progress: ScanProgress = no_scan_progress,
        **settings: object,
    ) -> Repository:
        """The repository around a path; `settings` go before those of files and variables.

        `scan_progress` shows the scan of a new repository. Raises RepositoryError when there is
        nothing to read.
        """
        return cls(Path(path), settings, scan_progress)

    def scan(self) -> Status:
        """Bring the memory up to date with the source; return what it holds. Asks no model.

        Raises ConfigError for a wrong setting, and StoreError when the memory cannot be used.
        """
        from repo_mhm.commands.status import status
        from repo_mhm.commands.workspace import open_workspace

        with self.use() as memory:
            return status(memory.store, open_workspace(self.path, self._settings))

    def search(  # noqa: PLR0913  what a user may say of a search
        self,
        query: str,
        *,
        unit: Unit = "location",
        limit: int = 10,
        other_files: int = 0,
        within: Sequence[str] = (),
        languages: Sequence[str] = (),
        attached: str = "",
        rerank: bool = False,
        judging: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> SearchHits:
        """The best locations for a query, without a model; exact ones where code answers it.

        `unit` is what a result is: a location, a file or a symbol. `within` are files, folders or
        patterns, `languages` names or endings of files; `attached` is text to search for as well.
        `other_files` names so many further files that match. With `rerank` a model judges the best
        files, while `judging` is entered. Raises UsageError for a path or a language that the
        repository does not have, and ModelError or EngineError where a model is wanted and cannot
        be used.
        """
        from repo_mhm.commands.search import SearchRequest, search

        request = SearchRequest(
            query,
            self.path,
            attached=attached,
            unit=unit,
            limit=limit,
            other_files=other_files,
            within=tuple(within),
            languages=tuple(languages),
            rerank=rerank,
            overrides=self._settings,
        )
        return search(request, self.use, judging)

    def ask(  # noqa: PLR0913  what a user may say of a question
        self,
        question: str,
        *,
        mode: Mode = "both",
        session: str | None = None,
        follow_up: bool = False,
        files: Sequence[str] = (),
        within: Sequence[str] = (),
        attached: str = "",
        use_model: bool = True,
        thorough: bool = False,
        show_all: bool = False,
    ) -> Iterator[Event]:
        """The events of an answer (`repo_mhm.answer.events`), of which the last is `Finished`.

        `Located` comes first: where code answers, its lines are the answer, else the best lines.
        Then a model writes `AnswerText`, unless there is none or `use_model` is off. Closing the
        iterator ends the answer; it is kept as far as it came. `session` continues the conversation
        of that name or begins it, `follow_up` continues the last one. The question is about `files`
        where there are any; nothing outside of `within` (files, folders, patterns) is looked at.
        Raises UsageError when there is none, ModelError or EngineError when the model fails.
        """
        from repo_mhm.commands.ask import AskRequest

        request = AskRequest(
            question,
            self.path,
            mode=mode,
            session=session,
            follow_up=follow_up,
            files=tuple(files),
            within=tuple(within),
            attached=attached,
            overrides=self._settings,
            use_model=use_model,
            thorough=thorough,
            show_all=show_all,
        )
        with self.answering(request) as answer:
            yield from answer.events

    @contextmanager
    def answering(self, request: AskRequest) -> Iterator[OpenedAnswer[Event]]:
        """What `ask` iterates over, for callers that interrupt the model or say where it runs."""
        from repo_mhm.commands.ask import ask

        with ask(request, self.use) as answer:
            yield answer

    def memory(self) -> list[HeadView]:
        """Every head of the memory with its notes, and the locations that each rests on."""
        from repo_mhm.commands.memory import show

        with self.use() as memory:
            return show(memory.store, memory.settings.heads, memory.settings.head_tokens)

    def review(
        self,
        source: ChangeSource | None = None,
        options: ReviewOptions | None = None,
        say: Callable[[str], None] = lambda warning: None,
    ) -> Report:
        """What a change may break, by rules; all that is not committed unless `source` says else.

        A model is asked only where `options` are given and allow it. `say` hears warnings. Raises
        RepositoryError for a change that cannot be read.
        """
        from repo_mhm.commands.review import ChangeSource, ReviewOptions, review

        with self.use() as memory:
            if memory.refreshed.warning:
                say(memory.refreshed.warning)
            return review(
                source or ChangeSource(self.root),
                options or ReviewOptions(),
                say,
            )

    def use(self) -> AbstractContextManager[OpenedMemory]:
        """The open memory, with its source up to date, for one question of a front end."""
        return self._memory.use()

    def close(self) -> None:
        """Close the memory; a scan in the background ends, and goes on at the next call."""
        self._memory.close()

    def __enter__(self) -> Repository:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._memory.leave(kind)
