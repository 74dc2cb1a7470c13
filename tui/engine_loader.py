"""Opens the repository and its models for the worker, and keeps their engines open."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
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
_DOWNLOAD_STEPS = 500
"""Progress of a download is reported at most so often."""


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
        self._workspace: Workspace | None = None

    @property
    def workspace(self) -> Workspace:
        """The repository, opened if it has not been."""
        return self._workspace or self.open_repository()

    def open_repository(self) -> Workspace:
        """Open the repository as it is now, and report it."""
        from repo_mhm.commands.workspace import open_workspace

        workspace = self._workspace = open_workspace(self.path, self._overrides)
        chunks, skimmed = _coverage(workspace.directory)
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
        """Open the model that answers, or report that it is missing."""
        from repo_mhm.errors import ModelError

        try:
            model = self.find_model("answers")
        except ModelError as error:
            self._post(_missing(self.workspace.settings.for_task("answers"), error))
            return
        self.engine_for(model)

    def engine_for(self, model: Model) -> Engine:
        """Return the engine of a model; opens it unless it is open, and closes those of no task."""
        if model.id in self._engines:
            return self._engines[model.id]
        self._close_unused()

        self._post(events.ModelLoading(model.name))
        engine = self._engines[model.id] = model.open()
        info = engine.info
        self._post(events.EngineOpened(model.name, info.device, info.on_gpu))
        return engine

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
        """Close the engines that are open."""
        while self._engines:
            self._engines.popitem()[1].close()

    def _close_unused(self) -> None:
        """Close the engines whose model the settings name for no task any more."""
        used = {self.model_id(task) for task in _TASKS}
        for model_id in self._engines.keys() - used:
            self._engines.pop(model_id).close()


def _coverage(directory: Path) -> tuple[int, int]:
    """Chunks of the memory, and those of them that it covers."""
    from repo_mhm.store import find_store

    store = find_store(directory)
    if store is None:
        return 0, 0
    with store:
        coverage = store.coverage()
    return coverage["chunks"], coverage["skimmed"]


def _missing(settings: Settings, error: ModelError) -> events.ModelMissing:
    from repo_mhm.errors import LlamaMissing
    from repo_mhm.models.manifest import shipped_manifest

    pinned = shipped_manifest().get(settings.model)
    if pinned is None or isinstance(error, LlamaMissing):
        return events.ModelMissing(settings.model, error.message, error.hint, 0, "", False)
    return events.ModelMissing(
        pinned.name, error.message, error.hint, pinned.size, pinned.licence, True
    )
