"""The verbs of `repo-mhm model`: settings say where models lie and which is used, `models` does the work."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from repo_mhm import config
from repo_mhm.config import Settings
from repo_mhm.errors import ModelError
from repo_mhm.models import Progress, library, silent
from repo_mhm.models import pull as pulling
from repo_mhm.models.library import Listed, ModelFile


@dataclass(frozen=True, slots=True)
class Chosen:
    """A model that was made the one to use, and the file that says so."""

    name: str
    file: Path


def pull(settings: Settings, name: str | None = None, *, progress: Progress = silent) -> ModelFile:
    """Fetch a pinned model; without a name the configured one, be it pinned or a file of the user's own.

    Raises ModelError, PullError.
    """
    if name is None:
        with contextlib.suppress(ModelError):
            return library.find(settings.model, settings.models_dir, progress=progress)
    return pulling.pull(name or settings.model, settings.models_dir, progress=progress)


def listing(settings: Settings) -> list[Listed]:
    """Every model known by name. Raises ModelError."""
    return library.list_models(settings.models_dir)


def add(settings: Settings, path: Path, name: str = "") -> ModelFile:
    """Name a GGUF file where it lies. Raises ModelError."""
    return library.add(path, settings.models_dir, name=name)


def use(settings: Settings, wanted: str, *, progress: Progress = silent) -> Chosen:
    """Make a model (a name, or a GGUF file's path) the one that is used from now on. Raises ModelError, ConfigError."""
    found = library.find(wanted, settings.models_dir, progress=progress)
    named = any(line.name == wanted for line in listing(settings))
    return Chosen(found.name, config.write_user("model", wanted if named else str(found.path)))


def verify(
    settings: Settings, wanted: str | None = None, *, progress: Progress = silent
) -> ModelFile:
    """Hash a model again, the configured one unless named. Raises ModelError when it has changed."""
    return library.verify(wanted or settings.model, settings.models_dir, progress=progress)


def find(settings: Settings, *, progress: Progress = silent) -> ModelFile:
    """The configured model, ready to be opened. Raises ModelError saying how to get it."""
    return library.find(settings.model, settings.models_dir, progress=progress)
