"""Check everything that repo-mhm needs, with a fix for each problem."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from repo_mhm import config, config_files
from repo_mhm.errors import DamagedStore, ModelMissing, RepoMhmError
from repo_mhm.formatting import size
from repo_mhm.git import open_snapshot, state_dir
from repo_mhm.git.plumbing import git_version

if TYPE_CHECKING:
    from repo_mhm.commands.workspace import Model
    from repo_mhm.config import Settings, Task

FREE_BYTES = 2_000_000_000
"""Free space for models and memories: a default model, a saved state, room to work."""


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check; `fix` is what to do where `state` is not `ok`."""

    name: str
    state: Literal["ok", "warning", "failed"]
    detail: str
    fix: str = ""


def doctor(path: Path) -> Iterator[Check]:
    """Run every check in turn; none of them raises or changes anything."""
    yield _guarded("python", _python)
    yield _guarded("sqlite", _sqlite)
    yield _guarded("git", _git)
    yield _guarded("llama.cpp", _llama)
    yield _guarded("settings", lambda: _settings(path))
    yield from _models(path)
    yield _guarded("models folder", lambda: _space("models folder", config.load().models_dir))
    yield _guarded("repository", lambda: _repository(path))
    yield _guarded("memory folder", lambda: _space("memory folder", state_dir(path)))
    yield _guarded("memory", lambda: _memory(path))


def repair(path: Path) -> str:
    """Set a damaged memory aside and keep what is sound of it; return a report for people.

    A sound memory stays as it is. Raises StoreError where there is none.
    """
    from repo_mhm import store

    directory = state_dir(path)
    try:
        memory = store.find_store(directory)
        if memory is not None:
            with memory:
                memory.check_whole()
            return "the memory is sound: nothing was changed"
    except DamagedStore:
        pass
    return str(store.repair(directory))


def _guarded(name: str, check: Callable[[], Check]) -> Check:
    """The result of a check; an error that it raises is its failure."""
    try:
        return check()
    except ModelMissing as exc:  # all but a model's words works without it
        return Check(name, "warning", exc.message, exc.hint)
    except RepoMhmError as exc:
        return Check(name, "failed", exc.message, exc.hint)
    except (OSError, ImportError, sqlite3.Error) as exc:
        return Check(name, "failed", str(exc), "run: pip install --force-reinstall repo-mhm")


def _python() -> Check:
    return Check("python", "ok", f"{sys.version.split()[0]} at {sys.executable}")


def _sqlite() -> Check:
    with sqlite3.connect(":memory:") as database:
        options = {row[0] for row in database.execute("PRAGMA compile_options")}
    if "ENABLE_FTS5" not in options:
        detail = f"{sqlite3.sqlite_version} without FTS5"
        return Check("sqlite", "failed", detail, "use a Python whose sqlite3 has FTS5")
    return Check("sqlite", "ok", f"{sqlite3.sqlite_version} with FTS5")


def _git() -> Check:
    return Check("git", "ok", git_version())


def _llama() -> Check:
    """Which build it is, what it runs models on, and what would make it faster."""
    from repo_mhm.engine.hardware import cpu_flags, gpu
    from repo_mhm.engine.llama_build import advice, install_command
    from repo_mhm.engine.llama_library import build, is_installed

    if not is_installed():
        detail = "not installed; scan, search, exact answers and reviews work without it"
        return Check("llama.cpp", "warning", detail, f"to ask a model, run: {install_command()}")

    installed = build()
    uses_gpu = installed.can_offload and config.load().gpu_layers != 0
    detail = f"{installed}; models run on the {'GPU' if uses_gpu else 'CPU'}"
    faster = advice(installed, gpu(), cpu_flags())
    return Check("llama.cpp", "warning" if faster else "ok", detail, faster)


def _settings(path: Path) -> Check:
    root = open_snapshot(path).root
    settings = config.load(root)
    file = config_files.user_file()
    origin = str(file) if file.exists() else f"defaults (no {file})"
    return Check(
        "settings", "ok", f"{settings.heads} heads of {settings.head_tokens} tokens; {origin}"
    )


def _models(path: Path) -> Iterator[Check]:
    """The model, or that of each task where they differ."""
    tasks: dict[str, Task] = {"model": "answers"}
    with suppress(RepoMhmError):  # the check of the settings names what is wrong
        if not config.load(open_snapshot(path).root).has_one_model:
            tasks = {"notes model": "notes", "answer model": "answers"}
    for name, task in tasks.items():
        yield _guarded(name, partial(_model, path, name, task))


def _model(path: Path, name: str, task: Task) -> Check:
    from repo_mhm.commands.workspace import choose_model, named_server
    from repo_mhm.models.library import find

    settings = config.load(open_snapshot(path).root).for_task(task)
    if named_server(settings) is not None:
        return _served_model(name, choose_model(settings, task))
    file = find(settings.model, settings.models_dir)
    detail = f"{file.name}, sha256 {file.model_id[:12]}…, {file.path}"
    detail = "; ".join((detail, *file.limits))
    problem = _batch_problem(settings, task, file.model_id)
    return Check(name, "warning" if problem else "ok", detail, problem)


def _batch_problem(settings: Settings, task: Task, model_id: str) -> str:
    """What is wrong with batches of a model's file; it is opened only where that is not known."""
    from repo_mhm.commands.engine_check import batch_problem, kept_problem
    from repo_mhm.commands.workspace import choose_model
    from repo_mhm.engine.llama_library import build, is_installed

    if not is_installed():
        return ""
    on_gpu = build().can_offload and settings.gpu_layers != 0
    problem = kept_problem(model_id, on_gpu=on_gpu)
    if problem is not None:
        return problem
    with choose_model(settings, task, single_answer=True).open() as engine:
        return batch_problem(engine)


def _served_model(name: str, model: Model) -> Check:
    """Whether the server answers and has the model; a server elsewhere is a warning."""
    with model.open() as engine:
        info = engine.info
    detail = (
        f"{info.model}, {info.device}, context {info.context:,} tokens, "
        f"{info.concurrent_prompts} at once"
    )
    detail = "; ".join((detail, *info.limits))
    if model.remote:
        fix = "to keep everything here: repo-mhm model use NAME"
        return Check(name, "warning", f"{detail}; questions and code are sent there", fix)
    return Check(name, "ok", detail)


def _space(name: str, folder: Path) -> Check:
    existing = next(above for above in (folder, *folder.parents) if above.exists())
    if not os.access(existing, os.W_OK):
        return Check(name, "failed", f"{existing} is not writable", f"run: chmod u+w {existing}")
    free = shutil.disk_usage(existing).free
    detail = f"{folder}, {size(free)} free"
    if free < FREE_BYTES:
        fix = f"free some space: {size(FREE_BYTES)} are comfortable"
        return Check(name, "warning", detail, fix)
    return Check(name, "ok", detail)


def _repository(path: Path) -> Check:
    snapshot = open_snapshot(path)
    at = f" at {snapshot.commit[:12]}" if snapshot.commit else ""
    return Check("repository", "ok", f"{snapshot.root}{at}, {len(snapshot.files):,} files")


def _memory(path: Path) -> Check:
    from repo_mhm.store import find_store

    store = find_store(state_dir(path))
    if store is None:
        return Check("memory", "warning", "nothing indexed yet", "run: repo-mhm index")
    with store:
        store.check()
        chunks, notes = store.chunk_count(), len(store.live_note_ids())
        detail = f"{store.path}, {chunks:,} chunks, {notes:,} live notes, all sound"
        return Check("memory", "ok", detail)
