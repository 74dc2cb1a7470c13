"""What a command works on: the repository around a path, its settings, its model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from repo_mhm import config
from repo_mhm.git import Snapshot, open_snapshot, state_dir

if TYPE_CHECKING:
    from repo_mhm.config import Settings
    from repo_mhm.engine.types import Engine


@dataclass(frozen=True, slots=True)
class Workspace:
    """A repository with its settings."""

    snapshot: Snapshot
    settings: Settings
    directory: Path
    """The folder of its memory, which may not exist yet."""


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
    settings: Settings, *, single_answer: bool = False, prompt_context: int | None = None
) -> Model:
    """The model file that the settings name, checked but not opened.

    With `single_answer` it opens for a single question: sooner, but prefill is slower.
    `prompt_context` is the most tokens of a prompt and its reply where several are in flight, if
    that is more than describing a chunk takes; the context grows to it. Raises ModelError when
    there is no such model.
    """
    from repo_mhm.models.library import find

    file = find(settings.model, settings.models_dir)

    def open_engine() -> Engine:
        from repo_mhm.engine.open_llama import CONTEXT, PROMPT_CONTEXT, LlamaOptions, open_llama

        options = LlamaOptions(
            context=max(settings.context or CONTEXT, prompt_context or 0),
            concurrent_prompts=1 if single_answer else None,
            prompt_context=prompt_context or PROMPT_CONTEXT,
            threads=settings.threads,
            gpu_layers=settings.gpu_layers,
            model_id=file.model_id,
            repack=not single_answer,
        )
        return open_llama(file.path, options)

    return Model(file.model_id, file.name, open_engine)
