"""What a command works on: the repository around a path, its settings, its model."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from repo_mhm import config
from repo_mhm.config_files import SERVER_KEY_VARIABLE
from repo_mhm.errors import ConfigError, LlamaMissing
from repo_mhm.git import Snapshot, find_root, open_snapshot, state_dir

if TYPE_CHECKING:
    from repo_mhm.config import Settings, Task
    from repo_mhm.engine.server_dialect import Server
    from repo_mhm.engine.types import Engine
    from repo_mhm.models.library import ModelFile
    from repo_mhm.models.records import ServerRecord


_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Workspace:
    """A repository with its settings."""

    root: Path
    """The top of its working tree, or the folder."""
    settings: Settings
    directory: Path
    """The folder of its memory, which may not exist yet."""

    @cached_property
    def snapshot(self) -> Snapshot:
        """Its files as they were when this was first asked for: seconds, where they are many.

        Raises RepositoryError when they cannot be read.
        """
        snapshot = open_snapshot(self.root)
        _log.debug("%s has %d files", snapshot.root, len(snapshot.files))
        return snapshot


def open_workspace(path: Path, overrides: Mapping[str, object] | None = None) -> Workspace:
    """The repository around `path`; `overrides` are command line options by setting.

    Raises RepositoryError when there is nothing to read and ConfigError when a setting is wrong.
    """
    root = find_root(path).path
    return Workspace(root, config.load(root, overrides), state_dir(path))


@dataclass(frozen=True, slots=True)
class Model:
    """A model that can be opened: its identity, its name, and how."""

    id: str
    name: str
    open: Callable[[], Engine]
    remote: str = ""
    """The server on another machine that prompts are sent to; empty where nothing leaves it."""
    limits: tuple[str, ...] = ()
    """What the model lacks, as far as is known before it is opened."""


def choose_model(
    settings: Settings,
    task: Task,
    *,
    single_answer: bool = False,
    prompt_context: int | None = None,
) -> Model:
    """The model that the settings name for a task, checked but not opened: a file or a server's.

    With `single_answer` a file opens for a single question: sooner, but prefill is slower.
    `prompt_context` is the most tokens of a prompt and its reply where several are in flight, if
    that is more than describing a chunk takes; the context grows to it. Raises ModelError when
    there is no such model or it cannot be opened, LlamaMissing when it is a file and nothing is
    installed that runs one, and ConfigError when its server may not be used.
    """
    settings = settings.for_task(task)
    server = named_server(settings)
    if server is not None:
        return server_model(settings, server)

    from repo_mhm.models.library import find, record_opened

    check_llama()
    file = find(settings.model, settings.models_dir)
    _log.debug("the model for %s is %s", task, file.path)
    limits = try_model(settings, file)

    def open_engine() -> Engine:
        from repo_mhm.engine.llama_library import llama_version
        from repo_mhm.engine.open_llama import CONTEXT, PROMPT_CONTEXT, LlamaOptions, open_llama

        options = LlamaOptions(
            context=max(settings.context or CONTEXT, prompt_context or 0),
            concurrent_prompts=1 if single_answer else None,
            prompt_context=prompt_context or PROMPT_CONTEXT,
            threads=settings.threads,
            gpu_layers=settings.gpu_layers,
            model_id=file.model_id,
            repack=not single_answer,
            is_known=file.is_pinned,
        )
        engine = open_llama(file.path, options)
        record_opened(file, settings.models_dir, llama_version(), engine.info.limits)
        return engine

    return Model(file.model_id, file.name, open_engine, limits=limits)


def check_llama() -> None:
    """Raise LlamaMissing where llama.cpp, which runs model files, is not installed."""
    from repo_mhm.engine.llama_library import is_installed

    if not is_installed():
        from repo_mhm.engine.llama_build import install_command

        raise LlamaMissing("llama.cpp is not installed", hint=f"Run: {install_command()}")


def try_model(settings: Settings, file: ModelFile) -> tuple[str, ...]:
    """Open a file that is not known by its hash in a process of its own, once for each llama.cpp.

    Returns what the model lacks. Raises ModelError when it cannot be opened.
    """
    from repo_mhm.engine.llama_library import llama_version
    from repo_mhm.models.library import record_opened

    version = llama_version()
    if file.is_pinned or file.tried_with == version:
        return file.limits

    from repo_mhm.engine.probe import probe

    limits = probe(file.path, settings.gpu_layers)
    record_opened(file, settings.models_dir, version, limits)
    return limits


def named_server(settings: Settings) -> ServerRecord | None:
    """The server that the settings name, directly or by a model's name; None for a file.

    Raises ConfigError and ModelError.
    """
    if not settings.server:
        from repo_mhm.models.records import read_servers

        return read_servers(settings.models_dir).get(settings.model)

    from repo_mhm.models.records import ServerRecord
    from repo_mhm.models.servers import server_url

    if not settings.server_model:
        raise ConfigError(
            f"server is {settings.server!r}, but server_model is not set",
            hint="Name the model as the server does: REPO_MHM_SERVER_MODEL=NAME",
        )
    has_key = bool(os.environ.get(SERVER_KEY_VARIABLE))
    return ServerRecord(
        url=server_url(settings.server),
        model=settings.server_model,
        key_variable=SERVER_KEY_VARIABLE if has_key else "",
        key_file=str(settings.server_key_file or ""),
    )


def model_name(settings: Settings, task: Task) -> str:
    """The model of a task as the settings name it; nothing is looked up."""
    settings = settings.for_task(task)
    if settings.server:
        return f"{settings.server_model} at {settings.server}"
    return settings.model


def model_limits(settings: Settings) -> tuple[str, ...]:
    """What the models of all tasks lack, as far as they have been opened: name and sentence."""
    from repo_mhm.errors import ModelError
    from repo_mhm.models.library import recorded_limits

    limits: dict[str, None] = {}
    tasks: tuple[Task, ...] = ("notes", "answers")
    for task in tasks:
        name = settings.for_task(task).model
        with suppress(ModelError):
            if named_server(settings.for_task(task)) is None:
                sentences = recorded_limits(name, settings.models_dir)
                limits.update(dict.fromkeys(f"{name}: {sentence}" for sentence in sentences))
    return tuple(limits)


def remote_servers(settings: Settings, *tasks: Task) -> tuple[str, ...]:
    """The servers on other machines that the settings send code to for these tasks.

    Raises ConfigError and ModelError.
    """
    from repo_mhm.models.servers import is_remote

    servers = (named_server(settings.for_task(task)) for task in tasks)
    urls = [server.url for server in servers if server is not None and is_remote(server.url)]
    return tuple(dict.fromkeys(urls))


def server_model(settings: Settings, server: ServerRecord) -> Model:
    """A server's model. Raises ConfigError when it is elsewhere and the user has not agreed."""
    from repo_mhm.models.servers import (
        check_consent,
        is_remote,
        key_of,
        server_id,
        start_hint,
    )

    check_consent(server, settings.allow_remote)
    key = key_of(server)
    model_id = server_id(server)

    def open_engine() -> Engine:
        from repo_mhm.engine.open_server import ServerOptions, open_server

        options = ServerOptions(
            server.url,
            server.model,
            key,
            context=settings.context or server.context,
            concurrent_prompts=server.concurrent_prompts,
            model_id=model_id,
            is_remote=is_remote(server.url),
            start_hint=start_hint(server.url),
            probed=_remembered_server(settings, server, model_id),
        )
        engine = open_server(options)
        if engine.server != options.probed:
            _remember_server(settings, engine.server, model_id)
        return engine

    remote = server.url if is_remote(server.url) else ""
    return Model(model_id, server.model, open_engine, remote)


def _remembered_server(settings: Settings, record: ServerRecord, model_id: str) -> Server | None:
    """What an earlier connection has found out; None where there was none."""
    from repo_mhm.engine.server_dialect import Server
    from repo_mhm.models.records import read_probe

    probe = read_probe(settings.models_dir, model_id)
    return None if probe is None else Server(record.model, **probe.model_dump())


def _remember_server(settings: Settings, server: Server, model_id: str) -> None:
    from repo_mhm.models.records import ServerProbe, write_probe

    probe = ServerProbe(
        kind=server.kind,
        version=server.version,
        continues=server.continues,
        thinks=server.thinks,
        fills_forms=server.fills_forms,
    )
    with suppress(OSError):  # where it cannot be kept, it is found out again
        write_probe(settings.models_dir, model_id, probe)
