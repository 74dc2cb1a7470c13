"""Opens the repository and its models for the worker, and keeps their engines open."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tui import events

if TYPE_CHECKING:
    from repo_mhm.commands.kept_memory import ScanProgress
    from repo_mhm.commands.workspace import Model, Workspace
    from repo_mhm.config import Settings, Task
    from repo_mhm.engine.types import Engine
    from repo_mhm.errors import ModelError
    from repo_mhm.repository import Repository

ChooseModel = Callable[["Settings", "Task"], "Model"]
"""Finds the model that the settings name for a task; raises ModelError when there is none."""
_TASKS: tuple[Task, ...] = ("notes", "answers")
REPORT_DEFECT = "This is a defect; please report it."
_DOWNLOAD_STEPS = 500
"""Progress of a download is reported at most so often."""


class _Opening:
    """A model that a thread of its own opens, so that code answers questions meanwhile."""

    def __init__(self, model: Model, post: events.Post, *, reports_failure: bool) -> None:
        self.model = model
        self._post = post
        self._reports_failure = reports_failure
        self._engine: Engine | None = None
        self._error: Exception | None = None
        # A daemon, so that quitting need not wait until a gigabyte is loaded.
        self._thread = threading.Thread(target=self._open, name="repo-mhm model", daemon=True)
        post(events.ModelLoading(model.name))
        self._thread.start()

    def _open(self) -> None:
        try:
            self._engine = self.model.open()
        except Exception as error:  # noqa: BLE001  it is raised where the engine is wanted
            self._error = error
            if self._reports_failure:
                self._post(_load_failure(error))
        else:
            info = self._engine.info
            self._post(events.EngineOpened(self.model.name, info.device, info.on_gpu))

    @property
    def failed(self) -> bool:
        """Whether it could not be opened; another time it may."""
        return self._error is not None

    def result(self) -> Engine:
        """Wait for the engine. Raises what opening it raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        assert self._engine is not None
        return self._engine

    def close(self) -> None:
        """Close the engine if it is open by now."""
        if not self._thread.is_alive() and self._engine is not None:
            self._engine.close()


class EngineLoader:
    """Belongs to the worker's thread; others may only call `interrupt`.

    `overrides` may change: the repository is opened with them as they are then.
    """

    def __init__(
        self,
        path: Path,
        overrides: Mapping[str, object],
        post: events.Post,
        choose_model: ChooseModel | None = None,
    ) -> None:
        self.path = path
        self._overrides = overrides
        self._post = post
        self._choose_model = choose_model
        self._engines: dict[str, Engine] = {}
        """By the identity of the model."""
        self._opening: _Opening | None = None
        self._workspace: Workspace | None = None

    @property
    def workspace(self) -> Workspace:
        """The repository, opened if it has not been."""
        return self._workspace or self.open_repository()

    def open_repository(self) -> Workspace:
        """Open the repository as it is now, and report it."""
        from repo_mhm.commands.workspace import open_workspace

        workspace = self._workspace = open_workspace(self.path, self._overrides)
        chunks, skimmed, has_conversations = _known(workspace.directory)
        snapshot = workspace.snapshot
        opened = events.RepositoryOpened(
            root=str(snapshot.root),
            commit=snapshot.commit,
            dirty_files=len(snapshot.dirty),
            note=snapshot.note,
            chunks=chunks,
            skimmed=skimmed,
            heads=workspace.settings.heads,
            head_tokens=workspace.settings.head_tokens,
            has_conversations=has_conversations,
        )
        self._post(opened)
        return workspace

    def open_memory(self, scan_progress: ScanProgress) -> Repository:
        """The repository for one question; `scan_progress` shows the scan of a new one."""
        from repo_mhm.repository import Repository

        return Repository.open(self.path, scan_progress=scan_progress, **self._overrides)

    def find_model(self, task: Task, name: str = "") -> Model:
        """Return the model of a task, or the one of that name. Raises ModelError if it is not here.

        A name goes before what the settings say.
        """
        from repo_mhm.commands.workspace import choose_model, open_workspace

        settings = self.workspace.settings
        if name:
            settings = open_workspace(self.path, {**self._overrides, "model": name}).settings
        return (self._choose_model or choose_model)(settings, task)

    def model_id(self, task: Task) -> str:
        """The identity of the model of a task; empty where it is not here."""
        from repo_mhm.errors import ModelError

        try:
            return self.find_model(task).id
        except ModelError:
            return ""

    def can_download(self) -> bool:
        """Whether the model that answers is missing, and can be downloaded."""
        from repo_mhm.errors import ModelError

        try:
            self.find_model("answers")
        except ModelError as error:
            return _missing(self.workspace.settings.for_task("answers"), error).can_download
        return False

    def no_model_reason(self, name: str = "") -> str:
        """Why questions are answered without a model; empty where it is on this machine."""
        from repo_mhm.errors import ModelMissing

        try:
            self.find_model("answers", name)
        except ModelMissing as error:
            return f"{error.message}, so no model was asked. /model gets one."
        return ""

    def load_model(self) -> None:
        """Begin to open the model that answers, or report that it is missing."""
        from repo_mhm.errors import ModelError

        try:
            model = self.find_model("answers")
        except ModelError as error:
            self._post(_missing(self.workspace.settings.for_task("answers"), error))
            return
        self._begin_opening(model, reports_failure=True)

    def engine_for(self, model: Model) -> Engine:
        """Return the engine of a model; opens it unless it is open, and closes those of no task."""
        self._begin_opening(model, reports_failure=False)
        self._end_opening()
        return self._engines[model.id]

    def _begin_opening(self, model: Model, *, reports_failure: bool) -> None:
        """Open a model in the background unless it is open or being opened."""
        opening = self._opening
        is_opening = opening is not None and opening.model.id == model.id and not opening.failed
        if model.id in self._engines or is_opening:
            return
        # One at a time: two may not fit into memory.
        with suppress(Exception):
            self._end_opening()
        self._close_unused()
        self._opening = _Opening(model, self._post, reports_failure=reports_failure)

    def _end_opening(self) -> None:
        """Wait for the model that is being opened, if any. Raises what opening it raised."""
        opening, self._opening = self._opening, None
        if opening is not None:
            self._engines[opening.model.id] = opening.result()

    def answering_engine(self, name: str = "") -> Engine:
        """Return the engine of the model that answers, or of the one of that name."""
        return self.engine_for(self.find_model("answers", name))

    def interrupt(self) -> None:
        """Interrupt whatever an engine does; may be called from any thread.

        One that does nothing is interrupted in what it does next, and goes on.
        """
        for engine in list(self._engines.values()):
            engine.interrupt()

    def download_model(self, stopping: threading.Event) -> None:
        """Download the model that answers. Raises KeyboardInterrupt once `stopping` is set."""
        from repo_mhm.commands.model import pull

        reported = -1

        def progress(done: int, total: int, part: str) -> None:
            nonlocal reported
            if stopping.is_set():
                raise KeyboardInterrupt
            if total and done * _DOWNLOAD_STEPS // total != reported:
                reported = done * _DOWNLOAD_STEPS // total
                self._post(events.DownloadProgress(done, total, part))

        settings = self.workspace.settings.for_task("answers")
        model = pull(settings, settings.model, progress=progress)
        self._post(events.ModelDownloaded(model.name))

    def close(self) -> None:
        """Close the engines that are open; what is being opened ends with the process."""
        if self._opening is not None:
            self._opening.close()
        while self._engines:
            self._engines.popitem()[1].close()

    def _close_unused(self) -> None:
        """Close the engines whose model the settings name for no task any more."""
        used = {self.model_id(task) for task in _TASKS}
        for model_id in self._engines.keys() - used:
            self._engines.pop(model_id).close()


def _known(directory: Path) -> tuple[int, int, bool]:
    """Chunks of the memory, those of them that it covers, and whether anything has been asked."""
    from repo_mhm.store import find_store

    store = find_store(directory)
    if store is None:
        return 0, 0, False
    with store:
        coverage = store.coverage()
        has_conversations = bool(store.last_session())
    return coverage["chunks"], coverage["skimmed"], has_conversations


def _load_failure(error: Exception) -> events.JobFailed:
    from repo_mhm.errors import RepoMhmError

    if isinstance(error, RepoMhmError):
        return events.JobFailed("load", error.message, error.hint)
    return events.JobFailed("load", f"{type(error).__name__}: {error}", REPORT_DEFECT)


def _missing(settings: Settings, error: ModelError) -> events.ModelMissing:
    from repo_mhm.errors import LlamaMissing
    from repo_mhm.models.manifest import shipped_manifest

    pinned = shipped_manifest().get(settings.model)
    if pinned is None or isinstance(error, LlamaMissing):
        return events.ModelMissing(settings.model, error.message, error.hint, 0, "", False)
    return events.ModelMissing(
        pinned.name, error.message, error.hint, pinned.size, pinned.licence, True
    )
