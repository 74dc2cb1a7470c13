"""What a command works on: the repository around a path, its settings, its memory's place, and the engine to use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from repo_mhm import config
from repo_mhm.git import Snapshot, open_snapshot, state_dir

if TYPE_CHECKING:
    from repo_mhm.config import Settings
    from repo_mhm.engine import Engine


@dataclass(frozen=True, slots=True)
class Workspace:
    """A repository with its settings; `directory` is where its memory lies (it may not exist yet)."""

    snapshot: Snapshot
    settings: Settings
    directory: Path


def open_workspace(
    path: Path, overrides: Mapping[str, object] | None = None, commit: str | None = None
) -> Workspace:
    """The repository around `path`; `overrides` are command line options by setting.

    Raises RepositoryError when there is nothing to read and ConfigError when a setting is wrong.
    """
    snapshot = open_snapshot(path, commit)
    settings = config.load(snapshot.root, overrides)
    return Workspace(snapshot, settings, state_dir(path))


@dataclass(frozen=True, slots=True)
class Model:
    """A model that can be opened: its identity, its name, and how."""

    id: str
    name: str
    open: Callable[[], Engine]


def choose_model(
    settings: Settings, *, one_answer: bool = False, lane_context: int | None = None
) -> Model:
    """The model file the settings name, checked but not opened. Raises ModelError when there is none.

    `one_answer` opens it for a single question: sooner, at the price of slower reading. `lane_context` are the tokens
    of a prompt and its reply where several are in flight, if that is to be more than reading chunks takes; the context
    is made larger where it must be.
    """
    from repo_mhm.models.library import find

    found = find(settings.model, settings.models_dir)

    def open_file() -> Engine:
        from repo_mhm.engine.open_llama import CONTEXT, LANE_CONTEXT, open_llama

        return open_llama(
            found.path,
            context=max(settings.context or CONTEXT, lane_context or 0),
            threads=settings.threads,
            gpu_layers=settings.gpu_layers,
            model_id=found.model_id,
            lanes=1 if one_answer else None,
            lane_context=lane_context or LANE_CONTEXT,
            repack=not one_answer,
        )

    return Model(found.model_id, found.name, open_file)
