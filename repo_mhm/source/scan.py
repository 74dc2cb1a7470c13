"""Scan: reads the files of a snapshot into chunks, symbols and references.

Owns what happens to each file: it is left out with a reason, or read, masked, parsed and cut.
Where there is much to read it does so in worker processes, in batches whose results come in order.
"""

from __future__ import annotations

import gc
import os
import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from repo_mhm.errors import LanguageError, RepositoryError
from repo_mhm.source import languages
from repo_mhm.source.chunking import chunk_file
from repo_mhm.source.chunks import Chunk, chunk_text
from repo_mhm.source.exclusions import (
    LOCK_FILE,
    WIDE_MARKS,
    exclusion_by_content,
    exclusion_by_path,
)
from repo_mhm.source.file_order import file_order
from repo_mhm.source.file_syntax import read_syntax
from repo_mhm.source.ignore_file import ignore_rules
from repo_mhm.source.left_out import WANTED, LeftOutFiles
from repo_mhm.source.line_index import LineIndex
from repo_mhm.source.parsing import ParseAborted
from repo_mhm.source.redaction import Masked, mask
from repo_mhm.source.symbols import NO_SYMBOLS, FileSymbols, Reference, Symbol
from repo_mhm.source.text_encoding import to_utf8
from repo_mhm.source.worker_pool import WorkerDied, WorkerPool

if TYPE_CHECKING:
    from concurrent.futures import Future

    from repo_mhm.git import File, Reader, Snapshot
    from repo_mhm.source.ignore_patterns import IgnoreRules
    from repo_mhm.source.languages import Language

_PARALLEL_BYTES = 4 * 1024 * 1024
"""A smaller scan is done before worker processes would have started."""
_MAX_WORKERS = 16
_BATCH_BYTES = 512 * 1024
_BATCH_FILES = 500
"""A batch is full with this many bytes of source or with this many files."""
_BATCHES_AHEAD = 24
"""Batches that workers may be ahead: about 75 MB of memory."""


_FILE_SECONDS, _BATCH_SECONDS = 60.0, 600.0
"""How long a worker may take, on a slow machine that does much else. Parsing has a limit of
its own; what goes on for so long hangs."""
_LARGE_BYTES = 512 * 1024
_HEAD_BYTES = 200
"""Of a file, with its `#!` line."""
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_READ = ("", WANTED)
"""The reasons of files that are read."""
_OVERRULED = ("generated", "minified", LOCK_FILE)
"""What a file that is wanted may look like."""
_CRASHED = "unreadable: parsing it ended the process"


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """What one file holds."""

    path: str
    blob: str
    language: str
    """Empty for plain text."""
    size: int
    """In bytes."""
    chunks: tuple[Chunk, ...] = ()
    symbols: tuple[Symbol, ...] = ()
    references: Collection[Reference] = ()
    skipped: str = ""
    """Why the file was left out; empty if it was read."""
    fallback: str = ""
    """Why a file in a language was cut as text; mostly empty."""
    damaged_lines: tuple[int, ...] = ()
    """Lines (from 1) that the grammar does not fit; what they define may be missing."""
    texts: tuple[ChunkText, ...] = ()
    """One for each chunk, where the scan was asked for them."""
    secrets: tuple[SecretLine, ...] = ()
    """What is masked in all of the above."""


class SecretLine(NamedTuple):
    """The kind of a secret, and the line (from 1) on which it begins."""

    kind: str
    line: int


@dataclass(frozen=True, slots=True)
class ChunkText:
    """A chunk's text with secrets masked, and how many secrets were in it."""

    text: str
    redacted: int


def scan(
    snapshot: Snapshot,
    *,
    rules: IgnoreRules | None = None,
    workers: int | None = None,
    texts: bool = False,
    other_paths: Iterable[str] = (),
) -> Iterator[ScannedFile]:
    """Scan every file of a snapshot in file order; those left out come too, with their reason.

    `rules` says what its owners leave out; None: what the snapshot's own files say. `workers` is
    the number of processes; None chooses it by the size of the source. `texts` adds the chunks'
    texts, with secrets masked. `other_paths` are the repository's files that the snapshot does not
    have: what lies beside a file tells whether it is vendored.
    """
    paths = {file.path for file in snapshot.files}.union(other_paths)
    left_out_files = LeftOutFiles(rules or ignore_rules(snapshot), paths)
    files = sorted(snapshot.files, key=lambda file: file_order(file.path))
    for left_out in snapshot.left_out:
        yield ScannedFile(left_out.path, "", "", 0, skipped=left_out.reason)

    files_with_reasons = [(file, left_out_files.reason(file.path, file.size)) for file in files]
    batches = _batches(files_with_reasons)
    workers = workers or _worker_count(
        sum(file.size for file, reason in files_with_reasons if reason in _READ)
    )
    if workers == 1:
        with WorkerPool(1, _FILE_SECONDS) as pool:
            for batch in batches:
                yield from _scan_batch(snapshot.reader, batch, texts, pool)
    else:
        yield from _scan_parallel(snapshot.reader, batches, workers, texts)


def scan_bytes(
    path: str, raw: bytes, blob: str = "", *, texts: bool = False, is_wanted: bool = False
) -> ScannedFile:
    """Scan one file's content, with the chunks' texts if asked; its secrets are masked first.

    A file that is wanted is read even where it looks generated or minified.

    It raises nothing, whatever the bytes hold: what goes wrong is the file's reason to be cut as
    text, or to be left out.
    """
    reason = exclusion_by_path(path, len(raw)) or exclusion_by_content(raw, path)
    if reason and not (is_wanted and reason in _OVERRULED):
        return ScannedFile(path, blob, "", len(raw), skipped=reason)
    try:
        masked = mask(path, to_utf8(raw))
        parts = _parts(path, masked)
        chunk_texts = _chunk_texts(masked, parts) if texts else ()
    except Exception as exc:  # noqa: BLE001  a defect must cost one file, not the scan
        return ScannedFile(path, blob, "", len(raw), skipped=f"unreadable: {_reason(exc)}")
    return ScannedFile(
        path=path,
        blob=blob,
        language=parts.language.name if parts.language else "",
        size=len(raw),
        chunks=tuple(parts.chunks),
        symbols=tuple(parts.symbols.symbols),
        references=parts.symbols.references,
        fallback=parts.fallback,
        damaged_lines=parts.damaged_lines,
        texts=chunk_texts,
        secrets=tuple(_secret_lines(masked)),
    )


@dataclass(frozen=True, slots=True)
class _Parts:
    """What one file is cut into, and what it defines."""

    language: Language | None
    chunks: Sequence[Chunk]
    symbols: FileSymbols
    fallback: str = ""
    damaged_lines: tuple[int, ...] = ()


def _parts(path: str, masked: Masked) -> _Parts:
    """A file along its syntax tree; where that fails, as text with the reason."""
    data = masked.data
    lines = LineIndex(data)
    language = languages.for_file(path, data)
    fallback = ""
    if language is not None:
        try:
            syntax = read_syntax(path, data, language, parseable=masked.parseable, lines=lines)
            chunks = chunk_file(path, data, syntax.tree, syntax.symbols, lines=lines)
            return _Parts(language, chunks, syntax.symbols, damaged_lines=syntax.damaged_lines)
        except (ParseAborted, LanguageError) as exc:
            fallback = f"cut as text: {exc}"
        except Exception as exc:  # noqa: BLE001  a grammar's tree may defy what the code expects
            fallback = f"cut as text: {_reason(exc)}"
    chunks = chunk_file(path, data, None, NO_SYMBOLS, lines=lines)
    return _Parts(language, chunks, NO_SYMBOLS, fallback)


def _reason(error: Exception) -> str:
    """What a defect says of itself, on one line without any of the file's text."""
    return f"its syntax tree is malformed ({type(error).__name__})"


def _secret_lines(masked: Masked) -> Iterator[SecretLine]:
    if masked.secrets:
        lines = LineIndex(masked.data)
        for secret in masked.secrets:
            yield SecretLine(secret.kind, lines.line_at(secret.start) + 1)


def _chunk_texts(masked: Masked, parts: _Parts) -> tuple[ChunkText, ...]:
    return tuple(
        ChunkText(
            chunk_text(masked.data, chunk),
            masked.between(chunk.start_byte, chunk.end_byte),
        )
        for chunk in parts.chunks
    )


# Batches: several files at a time, in this process or in workers.

Batch = list[tuple["File", str]]
"""Files, each with the reason it is left out for without being read (empty: read it)."""


def _batches(files_with_reasons: Iterable[tuple[File, str]]) -> Iterator[Batch]:
    batch: Batch = []
    size = 0
    for file, reason in files_with_reasons:
        batch.append((file, reason))
        size += file.size if reason in _READ else 0
        if size >= _BATCH_BYTES or len(batch) >= _BATCH_FILES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _scan_batch(
    reader: Reader, batch: Batch, texts: bool, pool: WorkerPool | None = None
) -> list[ScannedFile]:
    """Scan files in this process; what may crash it, in a worker of the pool if there is one."""
    with without_collections():
        return [_scan_file(reader, file, reason, texts, pool) for file, reason in batch]


@contextmanager
def without_collections() -> Iterator[None]:
    """Let Python look for no reference cycles meanwhile.

    A scan makes none, and looking for them takes a fifth of its time; where many records are kept,
    as while ranks and the overview are made, a third.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _scan_file(
    reader: Reader, file: File, reason: str, texts: bool, pool: WorkerPool | None
) -> ScannedFile:
    if reason not in _READ:
        return _left_out(file, reason)
    is_wanted = reason == WANTED
    try:
        content = reader.read(file)
    except RepositoryError as exc:
        return _left_out(file, f"unreadable: {exc.message}")
    if pool is None or not _may_crash(file.path, content):
        return scan_bytes(file.path, content, file.blob, texts=texts, is_wanted=is_wanted)
    try:
        return pool.submit(
            scan_bytes, file.path, content, file.blob, texts=texts, is_wanted=is_wanted
        ).result()
    except WorkerDied:
        return _left_out(file, _CRASHED)


def _may_crash(path: str, content: bytes) -> bool:
    """Whether a parser may run wild on a file: it is large, or not what grammars are tested with.

    Parsers are native code: their faults end the process.
    """
    # Which of several languages it is, content tells later.
    if languages.for_file(path, content[:_HEAD_BYTES]) is None:
        return False
    if len(content) > _LARGE_BYTES:
        return True
    if content.isascii():
        return _CONTROL.search(content) is not None
    try:
        content.decode()
    except UnicodeDecodeError:
        return not content.startswith(WIDE_MARKS)
    return _CONTROL.search(content) is not None


def _left_out(file: File, reason: str) -> ScannedFile:
    return ScannedFile(file.path, file.blob, "", file.size, skipped=reason)


def _scan_parallel(
    reader: Reader, batches: Iterable[Batch], workers: int, texts: bool
) -> Iterator[ScannedFile]:
    """Scan batches in worker processes, results in order.

    Only so many batches are under way at a time, so that memory stays flat, and that workers need
    not wait while whoever takes the results stores a piece of them.
    """
    pending: deque[tuple[Batch, Future[list[ScannedFile]]]] = deque()
    with WorkerPool(workers, _BATCH_SECONDS) as pool:

        def result(batch: Batch, future: Future[list[ScannedFile]]) -> list[ScannedFile]:
            with suppress(WorkerDied):
                return future.result()
            return _scan_apart(pool, reader, batch, texts)

        for batch in batches:
            pending.append((batch, pool.submit(_scan_batch, reader, batch, texts)))
            if len(pending) > _BATCHES_AHEAD + workers:
                yield from result(*pending.popleft())
        while pending:
            yield from result(*pending.popleft())


def _scan_apart(pool: WorkerPool, reader: Reader, batch: Batch, texts: bool) -> list[ScannedFile]:
    """Scan a batch that crashed its worker again, in ever smaller halves.

    Only the file that crashes the worker by itself is left out.
    """
    if len(batch) == 1:
        file, _ = batch[0]
        return [_left_out(file, _CRASHED)]
    middle = len(batch) // 2
    scanned: list[ScannedFile] = []
    for half in (batch[:middle], batch[middle:]):
        try:
            scanned += pool.submit(_scan_batch, reader, half, texts).result()
        except WorkerDied:
            scanned += _scan_apart(pool, reader, half, texts)
    return scanned


def _worker_count(total_bytes: int) -> int:
    if total_bytes < _PARALLEL_BYTES:
        return 1
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    return min(cores, _MAX_WORKERS)
