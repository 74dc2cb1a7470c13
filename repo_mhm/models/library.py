"""The models on this machine: find, add, list and verify them.

Models lie in the models directory that the caller names, in `models/` of a checkout, or wherever
the user has added them from; added files stay where they are.
"""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from repo_mhm.errors import ModelError, ModelMissing
from repo_mhm.models import Progress, silent
from repo_mhm.models.gguf import read_header
from repo_mhm.models.manifest import (
    NAME_PATTERN,
    Manifest,
    PinnedModel,
    checkout_models,
    shipped_manifest,
)
from repo_mhm.models.records import Record, read_records, read_servers, write_record

State = Literal["ready", "partial", "absent", "damaged"]

_BLOCK_BYTES = 1 << 20
_RUNNING_BYTES = 1_000_000_000
"""What a model that is not in the manifest takes beside its weights: keys, values and buffers."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model that can be opened; `size` in bytes, `context` (as trained) in tokens."""

    path: Path
    name: str
    model_id: str
    """sha256 of the file, in hex."""
    context: int
    size: int
    is_pinned: bool = False
    """Whether its hash is that of a model in the manifest."""
    tried_with: str = ""
    """The version of llama.cpp that is known to open it; empty for none."""
    limits: tuple[str, ...] = ()
    """What the model lacks, as the engine said when it was opened last."""


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One line of the list of models; `size` in bytes, `context` in tokens."""

    name: str
    role: str
    """`default`, `tests`, … for pinned models, `added` for the user's own."""
    title: str
    state: State
    path: Path
    """Where the file is, or where a pull would put it."""
    size: int
    context: int
    licence: str
    memory: int
    """Bytes that it takes when it runs; for added files an estimate."""


@dataclass(frozen=True, slots=True)
class _NamedFile:
    path: Path
    name: str
    pinned: PinnedModel | None = None


def find(
    name: str, directory: Path, *, manifest: Manifest | None = None, progress: Progress = silent
) -> ModelFile:
    """The model of that name or at that path.

    It is hashed the first time, and when the file has changed since. Raises ModelError when there
    is none, or when it is damaged or unusable.
    """
    manifest = manifest or shipped_manifest()
    file = _locate(name, directory, manifest)
    record = _record_of(file.path, directory, progress)
    if file.pinned and record.sha256 != file.pinned.sha256:
        raise ModelError(
            f"{file.path} is damaged: its sha256 is not the pinned one",
            hint=_pull_hint(file.pinned),
        )
    return _model_file(file.path, file.name, record, manifest)


def recorded_limits(
    name: str, directory: Path, *, manifest: Manifest | None = None
) -> tuple[str, ...]:
    """What a model lacks, as far as it has been opened; nothing is hashed. Raises ModelError."""
    file = _locate(name, directory, manifest or shipped_manifest())
    record = read_records(directory).get(str(file.path))
    return record.limits if record is not None else ()


def record_opened(model: ModelFile, directory: Path, version: str, limits: tuple[str, ...]) -> None:
    """Record that this version of llama.cpp has opened the file as it is now, and its limits."""
    record = read_records(directory).get(str(model.path))
    if record is None or record.sha256 != model.model_id or not record.fits(model.path):
        return
    opened = record.model_copy(update={"tried_with": version, "limits": limits})
    if opened != record:
        with contextlib.suppress(OSError):  # where it cannot be kept, it is tried again next time
            write_record(directory, model.path, opened)


def _model_file(path: Path, name: str, record: Record, manifest: Manifest) -> ModelFile:
    return ModelFile(
        path=path,
        name=name,
        model_id=record.sha256,
        context=record.context,
        size=record.size,
        is_pinned=any(model.sha256 == record.sha256 for model in manifest.model),
        tried_with=record.tried_with,
        limits=record.limits,
    )


def add(
    path: Path, directory: Path, *, name: str = "", manifest: Manifest | None = None
) -> ModelFile:
    """Give a GGUF file a name, by default the file's own; it stays where it is.

    A file that is a pinned model by its hash is found under that model's name; it needs no other.
    Raises ModelError when the file is unusable or the name taken.
    """
    manifest = manifest or shipped_manifest()
    path = path.expanduser().absolute()
    record = _record_of(path, directory, silent)
    pinned = next((model for model in manifest.model if model.sha256 == record.sha256), None)
    takes_pinned_name = pinned is not None and name in ("", pinned.name)
    if not takes_pinned_name:
        name = name or re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip("-._")
        _check_name(name, path, directory, manifest)
        record = record.model_copy(update={"name": name})

    write(directory, path, record)
    return _model_file(
        path, pinned.name if takes_pinned_name and pinned else name, record, manifest
    )


def _check_name(name: str, path: Path, directory: Path, manifest: Manifest) -> None:
    """Raise ModelError unless the file at `path` may have this name."""
    if not re.fullmatch(NAME_PATTERN, name):
        raise ModelError(
            f"{name!r} cannot be a model's name",
            hint="Give it one of letters, digits, dots and dashes: --name NAME",
        )
    owners = {record.name: owner for owner, record in read_records(directory).items()}
    is_taken = owners.get(name, str(path)) != str(path) or name in read_servers(directory)
    if manifest.get(name) is not None or is_taken:
        raise ModelError(f"the name {name} is taken", hint="Choose another: --name NAME")


def write(directory: Path, path: Path, record: Record | None) -> None:
    """Write or (None) remove the record of a file. Raises ModelError."""
    try:
        write_record(directory, path, record)
    except OSError as exc:
        raise ModelError(
            f"{directory} cannot be written: {exc.strerror}",
            hint="Set models_dir to a folder that can be written.",
        ) from exc


def verify(
    name: str, directory: Path, *, manifest: Manifest | None = None, progress: Progress = silent
) -> ModelFile:
    """Hash a model again, all of it.

    Raises ModelError when its hash is not the pinned one, or not that of its first use.
    """
    file = _locate(name, directory, manifest or shipped_manifest())
    record = read_records(directory).get(str(file.path))
    expected = record.sha256 if record else ""
    hint = f"If you replaced it: repo-mhm model add {file.path}"
    if file.pinned:
        expected = file.pinned.sha256
        hint = _pull_hint(file.pinned)

    actual = hash_file(file.path, progress, f"checking {file.name}")
    if expected and actual != expected:
        if file.pinned and record:
            _record_damage(file.path, directory, record, actual)
        raise ModelError(
            f"{file.path} has changed: its sha256 is {actual}, not {expected}", hint=hint
        )
    return find(name, directory, manifest=manifest)


def list_models(directory: Path, *, manifest: Manifest | None = None) -> list[ModelEntry]:
    """Pinned models first, then added ones by name.

    Files are judged by name and size; nothing is hashed.
    """
    models = (manifest or shipped_manifest()).model
    pinned = [_pinned_entry(model, directory) for model in models]
    records = read_records(directory).items()
    added = [_added_entry(Path(path), record) for path, record in records if record.name]
    return pinned + sorted(added, key=lambda entry: entry.name)


def hash_file(path: Path, progress: Progress, activity: str) -> str:
    """The sha256 of a file, in hex. Raises ModelError."""
    digest, done = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            total = os.fstat(file.fileno()).st_size
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
                done += len(block)
                progress(done, total, activity)
    except OSError as exc:
        raise ModelError(f"{path} cannot be read: {exc.strerror or exc}") from exc
    return digest.hexdigest()


# Files by name


def _locate(name: str, directory: Path, manifest: Manifest) -> _NamedFile:
    """The file of that name or at that path. Raises ModelError."""
    if os.sep in name or name.startswith("~") or name.endswith(".gguf"):
        path = Path(name).expanduser().absolute()
        return _NamedFile(path, path.stem)

    if pinned := manifest.get(name):
        return _locate_pinned(pinned, directory)

    for path_text, record in read_records(directory).items():
        if record.name == name:
            return _NamedFile(Path(path_text), name)
    raise unknown_model(name, directory, manifest)


def _locate_pinned(model: PinnedModel, directory: Path) -> _NamedFile:
    paths = [path for path in pinned_paths(model, directory) if path.is_file()]
    if not paths:
        raise ModelMissing(f"the model {model.name} is not on this machine", hint=_pull_hint(model))

    path = paths[0]
    size = path.stat().st_size
    if size != model.size:
        raise ModelError(
            f"{path} is damaged: {size} bytes instead of {model.size}", hint=_pull_hint(model)
        )
    return _NamedFile(path.absolute(), model.name, model)


def pinned_paths(model: PinnedModel, directory: Path) -> list[Path]:
    """Where a pinned model may be: the models directory, the checkout, where it was added from."""
    folders = (directory, checkout_models())
    paths = [folder / model.file for folder in folders if folder is not None]
    return paths + added_paths(model, directory)


def added_paths(model: PinnedModel, directory: Path) -> list[Path]:
    """Files elsewhere that were this model when they were hashed."""
    records = read_records(directory).items()
    paths = [Path(path) for path, record in records if record.sha256 == model.sha256]
    return [path for path in paths if path.parent not in (directory.absolute(), checkout_models())]


def _pull_hint(model: PinnedModel) -> str:
    return f"Run: repo-mhm model pull {model.name}"


def unknown_model(name: str, directory: Path, manifest: Manifest) -> ModelError:
    """The error of a name that no model has, with the nearest one."""
    names = [entry.name for entry in list_models(directory, manifest=manifest)]
    names += read_servers(directory)
    nearest = difflib.get_close_matches(name, names, n=1)
    hint = f"Known: {', '.join(names)}. For a file, give its path."
    if nearest:
        hint = f"Did you mean {nearest[0]}?"
    return ModelError(f"there is no model named {name!r}", hint=hint)


# Records


def _record_of(path: Path, directory: Path, progress: Progress) -> Record:
    """The record of a file, a new one unless the old still fits."""
    record = read_records(directory).get(str(path))
    if record and path.is_file() and record.fits(path):
        return record

    record = _examine(path, record.name if record else "", progress)
    # A models directory that cannot be written only costs hashing again the next time.
    with contextlib.suppress(OSError):
        write_record(directory, path, record)
    return record


def _examine(path: Path, name: str, progress: Progress) -> Record:
    """Read a file's header and hash it. Raises ModelError."""
    if not path.is_file():
        raise ModelError(
            f"there is no model file {path}", hint="Check the path, or see `repo-mhm model list`."
        )
    header, stat = read_header(path), path.stat()
    sha256 = hash_file(path, progress, f"hashing {path.name}")
    return Record(
        name=name,
        size=stat.st_size,
        mtime_ns=stat.st_mtime_ns,
        sha256=sha256,
        context=header.context,
    )


def _record_damage(path: Path, directory: Path, record: Record, actual: str) -> None:
    """Record the actual hash of a pinned file, so that `find` refuses it and a pull replaces it."""
    with contextlib.suppress(OSError):
        write_record(directory, path, record.model_copy(update={"sha256": actual}))


# The list


def _pinned_entry(model: PinnedModel, directory: Path) -> ModelEntry:
    paths = pinned_paths(model, directory)
    path = next((path for path in paths if path.is_file()), paths[0])

    state = _state(path, model.size)
    if state == "absent" and path.with_name(f"{path.name}.part").is_file():
        state = "partial"
    return ModelEntry(
        name=model.name,
        role=model.role,
        title=model.title,
        state=state,
        path=path,
        size=model.size,
        context=model.context,
        licence=model.licence,
        memory=model.memory,
    )


def _added_entry(path: Path, record: Record) -> ModelEntry:
    return ModelEntry(
        name=record.name,
        role="added",
        title="",
        state=_state(path, record.size),
        path=path,
        size=record.size,
        context=record.context,
        licence="",
        memory=record.size + _RUNNING_BYTES,
    )


def _state(path: Path, size: int) -> State:
    if not path.is_file():
        return "absent"
    return "ready" if path.stat().st_size == size else "damaged"
