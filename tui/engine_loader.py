"""Opens the repository and its model for the worker, and keeps one engine open."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tui import events

if TYPE_CHECKING:
    from repo_mhm.commands.workspace import Model, Workspace
    from repo_mhm.config import Settings
    from repo_mhm.engine.types import Engine
    from repo_mhm.errors import ModelError

ChooseModel = Callable[["Settings"], "Model"]
"""Finds the model that the settings name; raises ModelError when there is none."""
_DOWNLOAD_STEPS = 500
"""Progress of a download is reported at most so often."""


class EngineLoader:
    """Belongs to the worker's thread; others may only interrupt `engine`.

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
        self.engine: Engine | None = None
        self._overrides = overrides
        self._post = post
        self._choose_model = choose_model
        self._model_id = ""
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

    def find_model(self) -> Model:
        """Return the model that the settings name. Raises ModelError when it is not here."""
        from repo_mhm.commands.workspace import choose_model

        return (self._choose_model or choose_model)(self.workspace.settings)

    def model_id(self) -> str:
        """The identity of the model that the settings name; empty where it is not here."""
        from repo_mhm.errors import ModelError

        try:
            return self.find_model().id
        except ModelError:
            return ""

    def no_model_reason(self) -> str:
        """Why questions are answered without a model; empty where it is on this machine."""
        from repo_mhm.errors import ModelMissing

        try:
            self.find_model()
        except ModelMissing as error:
            return f"{error.message}, so no model was asked. {error.hint}"
        return ""

    def load_model(self) -> None:
        """Open the model that the settings name, or report that it is missing."""
        from repo_mhm.errors import ModelError

        try:
            model = self.find_model()
        except ModelError as error:
            self._post(_missing(self.workspace.settings, error))
            return
        self.engine_for(model)

    def engine_for(self, model: Model) -> Engine:
        """Return the engine of a model; opens it unless it is the one that is open."""
        if self.engine is not None and self._model_id == model.id:
            return self.engine
        self.close()

        self._post(events.ModelLoading(model.name))
        self.engine = model.open()
        self._model_id = model.id
        info = self.engine.info
        self._post(events.EngineOpened(model.name, info.device, info.on_gpu))
        return self.engine

    def open_engine(self) -> Engine:
        """Return the engine of the model that the settings name."""
        return self.engine_for(self.find_model())

    def download_model(self, stopping: threading.Event) -> None:
        """Download the model that the settings name, until `stopping` is set."""
        from repo_mhm.commands.model import pull

        reported = -1

        def progress(done: int, total: int, part: str) -> None:
            nonlocal reported
            if stopping.is_set():
                raise KeyboardInterrupt
            if total and done * _DOWNLOAD_STEPS // total != reported:
                reported = done * _DOWNLOAD_STEPS // total
                self._post(events.DownloadProgress(done, total, part))

        model = pull(self.workspace.settings, progress=progress)
        self._post(events.ModelDownloaded(model.name))

    def close(self) -> None:
        """Close the engine if one is open."""
        if self.engine is not None:
            self.engine.close()
            self.engine = None


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
    from repo_mhm.models.manifest import shipped_manifest

    pinned = shipped_manifest().get(settings.model)
    if pinned is None:
        return events.ModelMissing(settings.model, error.message, error.hint, 0, "", False)
    return events.ModelMissing(
        pinned.name, error.message, error.hint, pinned.size, pinned.licence, True
    )
