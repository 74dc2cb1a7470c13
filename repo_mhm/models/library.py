"""The models on this machine: find, add, list and verify them. Knows nothing about fetching.

Models lie in the models directory the caller names, in `models/` of a checkout, or wherever the user has added them
from; added files stay where they are.
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

from repo_mhm.errors import ModelError
from repo_mhm.models import Progress, silent
from repo_mhm.models.gguf import read_header
from repo_mhm.models.manifest import Manifest, Pinned, checkout_models, shipped_manifest
from repo_mhm.models.records import Record, read_records, write_record

_BLOCK = 1 << 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model ready to be opened; `size` in bytes, `context` (as trained) in tokens."""

    path: Path
    name: str
    model_id: str
    """sha256 of the file, in hex."""
    context: int
    size: int


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list of models; `size` in bytes, `context` in tokens."""

    name: str
    role: str
    """`default`, `tests`, … for pinned models, `added` for the user's own."""
    title: str
    state: Literal["ready", "partial", "absent", "damaged"]
    path: Path
    """Where it lies, or where a pull would put it."""
    size: int
    context: int
    licence: str


def find(
    wanted: str, directory: Path, *, manifest: Manifest | None = None, progress: Progress = silent
) -> ModelFile:
    """The model of that name or at that path; hashed the first time, or when the file has changed since.

    Raises ModelError when there is none, or when it is damaged or unusable.
    """
    place = _locate(wanted, directory, manifest or shipped_manifest())
    record = _identify(place.path, directory, progress)
    if place.pinned and record.sha256 != place.pinned.sha256:
        raise ModelError(
            f"{place.path} is damaged: its sha256 is not the pinned one",
            hint=_pull_hint(place.pinned),
        )
    return ModelFile(place.path, place.name, record.sha256, record.context, record.size)


def add(
    path: Path, directory: Path, *, name: str = "", manifest: Manifest | None = None
) -> ModelFile:
    """Name a GGUF file where it lies (default: after the file). Raises ModelError when unusable or the name taken."""
    path = path.expanduser().absolute()
    name = name or re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip("-._")
    if not _NAME.fullmatch(name):
        raise ModelError(
            f"{name!r} cannot be a model's name",
            hint="Use letters, digits, dots, dashes: --name NAME",
        )
    owners = {record.name: owner for owner, record in read_records(directory).items()}
    if (manifest or shipped_manifest()).get(name) or owners.get(name, str(path)) != str(path):
        raise ModelError(f"the name {name} is taken", hint="Choose another: --name NAME")
    record = _identify(path, directory, silent).model_copy(update={"name": name})
    try:
        write_record(directory, path, record)
    except OSError as exc:
        raise ModelError(
            f"{directory} cannot be written: {exc.strerror}", hint="Set models_dir to one that can."
        ) from exc
    return ModelFile(path, name, record.sha256, record.context, record.size)


def verify(
    wanted: str, directory: Path, *, manifest: Manifest | None = None, progress: Progress = silent
) -> ModelFile:
    """Hash a model again, all of it. Raises ModelError when it is not what was pinned, or recorded when first used."""
    place = _locate(wanted, directory, manifest or shipped_manifest())
    record = read_records(directory).get(str(place.path))
    expected = place.pinned.sha256 if place.pinned else record.sha256 if record else ""
    actual = hash_file(place.path, progress, f"checking {place.name}")
    if expected and actual != expected:
        if place.pinned and record:
            _remember_damage(place.path, directory, record, actual)
        again = (
            _pull_hint(place.pinned)
            if place.pinned
            else f"If you replaced it: repo-mhm model add {place.path}"
        )
        raise ModelError(
            f"{place.path} has changed: its sha256 is {actual}, not {expected}", hint=again
        )
    return find(wanted, directory, manifest=manifest)


def list_models(directory: Path, *, manifest: Manifest | None = None) -> list[Listed]:
    """Pinned models first, then added ones by name; judged by name and size only, nothing is hashed."""
    pinned = [_list_pinned(model, directory) for model in (manifest or shipped_manifest()).model]
    added = [
        Listed(
            record.name,
            "added",
            "",
            _state_of(Path(path), record),
            Path(path),
            record.size,
            record.context,
            "",
        )
        for path, record in read_records(directory).items()
        if record.name
    ]
    return pinned + sorted(added, key=lambda line: line.name)


def hash_file(path: Path, progress: Progress, what: str) -> str:
    """The sha256 of a file, in hex. Raises ModelError."""
    digest, done = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            total = os.fstat(file.fileno()).st_size
            while block := file.read(_BLOCK):
                digest.update(block)
                done += len(block)
                progress(done, total, what)
    except OSError as exc:
        raise ModelError(f"{path} cannot be read: {exc.strerror or exc}") from exc
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class _Place:
    path: Path
    name: str
    pinned: Pinned | None = None


def _locate(wanted: str, directory: Path, manifest: Manifest) -> _Place:
    if os.sep in wanted or wanted.startswith("~") or wanted.endswith(".gguf"):
        path = Path(wanted).expanduser().absolute()
        return _Place(path, path.stem)
    if pinned := manifest.get(wanted):
        return _locate_pinned(pinned, directory)
    for added, record in read_records(directory).items():
        if record.name == wanted:
            return _Place(Path(added), wanted)
    raise _unknown(wanted, directory, manifest)


def _locate_pinned(model: Pinned, directory: Path) -> _Place:
    path = next((place for place in _places(model, directory) if place.is_file()), None)
    if path is None:
        raise ModelError(f"the model {model.name} is not on this machine", hint=_pull_hint(model))
    size = path.stat().st_size
    if size != model.size:
        raise ModelError(
            f"{path} is damaged: {size} bytes instead of {model.size}", hint=_pull_hint(model)
        )
    return _Place(path.absolute(), model.name, model)


def _pull_hint(model: Pinned) -> str:
    return f"Run: repo-mhm model pull {model.name}"


def _places(model: Pinned, directory: Path) -> list[Path]:
    checkout = checkout_models()
    return [place / model.file for place in (directory, checkout) if place is not None]


def _identify(path: Path, directory: Path, progress: Progress) -> Record:
    """The record of a file, made anew unless it still fits."""
    record = read_records(directory).get(str(path))
    if record and path.is_file() and record.fits(path):
        return record
    record = _examine(path, record.name if record else "", progress)
    # A models directory that cannot be written only costs hashing again the next time.
    with contextlib.suppress(OSError):
        write_record(directory, path, record)
    return record


def _remember_damage(path: Path, directory: Path, record: Record, actual: str) -> None:
    """A pinned file that is not what it was must not pass for whole the next time, or a pull would leave it there."""
    with contextlib.suppress(OSError):
        write_record(directory, path, record.model_copy(update={"sha256": actual}))


def _examine(path: Path, name: str, progress: Progress) -> Record:
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


def _list_pinned(model: Pinned, directory: Path) -> Listed:
    places = _places(model, directory)
    path = next((place for place in places if place.is_file()), places[0])
    state: Literal["ready", "partial", "absent", "damaged"] = "absent"
    if path.is_file():
        state = "ready" if path.stat().st_size == model.size else "damaged"
    elif path.with_name(f"{path.name}.part").is_file():
        state = "partial"
    return Listed(
        model.name, model.role, model.title, state, path, model.size, model.context, model.licence
    )


def _state_of(path: Path, record: Record) -> Literal["ready", "absent", "damaged"]:
    if not path.is_file():
        return "absent"
    return "ready" if path.stat().st_size == record.size else "damaged"


def _unknown(wanted: str, directory: Path, manifest: Manifest) -> ModelError:
    names = [line.name for line in list_models(directory, manifest=manifest)]
    near = difflib.get_close_matches(wanted, names, n=1)
    return ModelError(
        f"there is no model named {wanted!r}",
        hint=f"Did you mean {near[0]}?"
        if near
        else f"Known: {', '.join(names)}. For a file, give its path.",
    )
