"""Scan: a snapshot's files read into chunks, symbols and references, on all cores when there is enough to read.

Owns the parse time limit, the fall-back to text and the worker processes. Knows nothing about models or memory.
"""

from __future__ import annotations

import gc
import os
import time
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from repo_mhm.errors import LanguageError, RepositoryError
from repo_mhm.source import chunks, exclusions, languages
from repo_mhm.source.chunks import Chunk
from repo_mhm.source.file_order import file_order
from repo_mhm.source.languages import Language
from repo_mhm.source.line_index import LineIndex
from repo_mhm.source.outline import outline
from repo_mhm.source.redaction import redact
from repo_mhm.source.symbol_extraction import extract_symbols
from repo_mhm.source.symbols import FileSymbols, Reference, Symbol
from repo_mhm.source.text_encoding import to_utf8
from repo_mhm.source.worker_pool import WorkerDied, WorkerPool

if TYPE_CHECKING:
    from concurrent.futures import Future

    import tree_sitter

    from repo_mhm.git import File, Reader, Snapshot

PARSE_SECONDS = 5.0
"""Processor time that parsing the largest file may take, smaller ones in proportion but at least a fifth of it.

Ordinary source parses at several MB a second. Wall time would cut files differently on a busy machine.
"""
_TIMED_BYTES = 16 * 1024
"""Smaller files cannot take long to parse (0.3 s for a shell script of nothing but `<`): they are spared the timer."""
_SHATTERED = 16_000
"""An error with more pieces than this is not worth a query's time (half a second at this number)."""
_READ_BYTES = 64 * 1024
"""How much a timed parse is handed at once."""
_PARALLEL_BYTES = 4 * 1024 * 1024
"""From here on starting worker processes pays."""
_BATCH_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """What one file holds. `skipped` says why it was left out, `fallback` why a language was cut as text."""

    path: str
    blob: str
    language: str
    """Empty for plain text."""
    size: int
    chunks: tuple[Chunk, ...] = ()
    symbols: tuple[Symbol, ...] = ()
    references: Collection[Reference] = ()
    skipped: str = ""
    fallback: str = ""
    texts: tuple[ChunkText, ...] = ()
    """One for each chunk, where the scan was asked for them."""


@dataclass(frozen=True, slots=True)
class ChunkText:
    """A chunk's text and outline with secrets masked, and how many secrets the text held."""

    text: str
    outline: str
    redacted: int


def scan(
    snapshot: Snapshot,
    *,
    ignore: Sequence[str] = (),
    workers: int | None = None,
    texts: bool = False,
) -> Iterator[ScannedFile]:
    """Scan every file of a snapshot in reading order; files that are left out come too, with their reason.

    `ignore` holds gitignore patterns on top of the repository's `.repo-mhm-ignore`. `workers=None` chooses by size.
    `texts` asks for the chunks' texts as well, ready for a model.
    """
    ignored = _ignored(snapshot, ignore)
    files = sorted(snapshot.files, key=lambda file: file_order(file.path))
    for left_out in snapshot.left_out:
        yield ScannedFile(left_out.path, "", "", 0, skipped=left_out.reason)
    judged = [(file, _reason(file, ignored)) for file in files]
    workers = workers or _workers(sum(file.size for file, reason in judged if not reason))
    batches = _batches(judged)
    if workers == 1:
        for batch in batches:
            yield from _scan_batch(snapshot.reader, batch, texts)
    else:
        yield from _scan_parallel(snapshot.reader, batches, workers, texts)


def scan_bytes(path: str, raw: bytes, blob: str = "", *, texts: bool = False) -> ScannedFile:
    """Scan one file's content, with the chunks' texts if asked. Never raises for what the bytes hold."""
    reason = exclusions.exclusion_by_path(path, len(raw)) or exclusions.exclusion_by_content(raw)
    if reason:
        return ScannedFile(path, blob, "", len(raw), skipped=reason)
    data = to_utf8(raw)
    lines = LineIndex(data)
    language = languages.for_file(path, data[:200])
    tree: tree_sitter.Tree | None = None
    names = FileSymbols([], [], [])
    fallback = ""
    if language is not None:
        try:
            tree, names = _read(path, data, lines, language)
        except (_TooSlow, LanguageError) as exc:
            fallback = f"cut as text: {exc}"
    cut = chunks.chunk_file(path, data, tree, names.symbols, scopes=names.scopes, lines=lines)
    return ScannedFile(
        path=path,
        blob=blob,
        language=language.name if language else "",
        size=len(raw),
        chunks=tuple(cut),
        symbols=tuple(names.symbols),
        references=names.references,
        fallback=fallback,
        texts=tuple(_text(data, chunk, names.symbols) for chunk in cut) if texts else (),
    )


def _text(data: bytes, chunk: Chunk, symbols: Sequence[Symbol]) -> ChunkText:
    text, redacted = redact(chunk.path, chunks.chunk_text(data, chunk))
    outlined = outline(data, chunk, symbols)
    return ChunkText(text, redact(chunk.path, outlined)[0] if redacted else outlined, redacted)


class _TooSlow(Exception):
    """Parsing a file passed its time limit, or searching it would."""


def _read(
    path: str, data: bytes, lines: LineIndex, language: Language
) -> tuple[tree_sitter.Tree, FileSymbols]:
    tree = _parse(data, language)
    if len(data) > _SHATTERED and tree.root_node.has_error and _shattered(tree):
        raise _TooSlow("too much of it does not parse")
    return tree, extract_symbols(path, data, tree, language, lines=lines)


def _parse(data: bytes, language: Language) -> tree_sitter.Tree:
    parser = _parser(language)
    if len(data) < _TIMED_BYTES:
        return parser.parse(data)
    # Hostile files take 150 MB a second, and tree-sitter 0.26 never gives them back: none may go on for long.
    seconds = PARSE_SECONDS * max(0.2, len(data) / exclusions.LARGEST_BYTES)
    end, spent = time.monotonic() + seconds, time.thread_time() + seconds
    handed: list[memoryview] = []

    def read(at: int, _: object) -> memoryview:
        handed.append(memoryview(data)[at : at + _READ_BYTES])
        return handed[-1]

    try:
        tree = parser.parse(
            read,
            progress_callback=lambda *_: (
                time.monotonic() > end and time.thread_time() > spent
            ),  # the dear clock last
        )
    except ValueError as exc:
        parser.reset()
        raise _TooSlow(f"parsing took over {seconds:.2g} s") from exc
    finally:
        # py-tree-sitter 0.26 never lets go of what it is handed: a view it keeps at least holds no bytes any more.
        for view in handed:
            view.release()
    # Only a function can be timed, only bytes can be compared by a query: parsing again reuses the finished tree whole.
    return parser.parse(data, tree) if "(#" in language.query else tree


def _shattered(tree: tree_sitter.Tree) -> bool:
    """Whether one error holds very many pieces: a query takes the square of their number, and cannot be stopped."""
    # tree-sitter 0.26 crashes when a query is given a progress callback, so there is no time limit to set instead.
    stack = [tree.root_node]
    while stack:
        node = stack.pop()
        if node.is_error and node.child_count > _SHATTERED:
            return True
        if node.has_error and node.child_count <= 10 * _SHATTERED:
            stack.extend(
                child for child in node.children if child.end_byte - child.start_byte > _SHATTERED
            )
    return False


@lru_cache(maxsize=None)
def _parser(language: Language) -> tree_sitter.Parser:
    import tree_sitter

    return tree_sitter.Parser(languages.load(language).language)


def _ignored(snapshot: Snapshot, extra: Sequence[str]) -> set[str]:
    """Paths that `.repo-mhm-ignore` (gitignore syntax, at the root) and `extra` patterns leave out."""
    own = next((file for file in snapshot.files if file.path == ".repo-mhm-ignore"), None)
    lines = list(extra)
    if own is not None:
        lines += snapshot.read(own).decode("utf-8", "replace").splitlines()
    if not lines:
        return set()
    import pathspec

    spec = pathspec.GitIgnoreSpec.from_lines(lines)
    return set(spec.match_files(file.path for file in snapshot.files))


Batch = list[tuple["File", str]]
"""Files with the reason they are skipped for without being read (empty: read them)."""


def _reason(file: File, ignored: set[str]) -> str:
    return (
        ".repo-mhm-ignore"
        if file.path in ignored
        else exclusions.exclusion_by_path(file.path, file.size) or ""
    )


def _batches(judged: Iterable[tuple[File, str]]) -> Iterator[Batch]:
    batch: Batch = []
    weight = 0
    for file, reason in judged:
        batch.append((file, reason))
        weight += 0 if reason else file.size
        if weight >= _BATCH_BYTES or len(batch) >= 500:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch


def _scan_batch(reader: Reader, batch: Batch, texts: bool) -> list[ScannedFile]:
    # What a scan makes has no cycles, and looking for them takes a fifth of its time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return [_scan_file(reader, file, reason, texts) for file, reason in batch]
    finally:
        if collecting:
            gc.enable()


def _scan_file(reader: Reader, file: File, reason: str, texts: bool) -> ScannedFile:
    if reason:
        return ScannedFile(file.path, file.blob, "", file.size, skipped=reason)
    try:
        return scan_bytes(file.path, reader.read(file), file.blob, texts=texts)
    except RepositoryError as exc:
        return ScannedFile(
            file.path, file.blob, "", file.size, skipped=f"unreadable: {exc.message}"
        )


def _scan_parallel(
    reader: Reader, batches: Iterable[Batch], workers: int, texts: bool
) -> Iterator[ScannedFile]:
    """Batches on worker processes, results in order; only a few batches are ever under way, so memory stays flat."""
    pending: deque[tuple[Batch, Future[list[ScannedFile]]]] = deque()
    with WorkerPool(workers) as pool:

        def result(batch: Batch, future: Future[list[ScannedFile]]) -> list[ScannedFile]:
            with suppress(WorkerDied):
                return future.result()
            return _scan_apart(pool, reader, batch, texts)

        for batch in batches:
            pending.append((batch, pool.submit(_scan_batch, reader, batch, texts)))
            if len(pending) > 2 * workers:
                yield from result(*pending.popleft())
        while pending:
            yield from result(*pending.popleft())


def _scan_apart(pool: WorkerPool, reader: Reader, batch: Batch, texts: bool) -> list[ScannedFile]:
    """A batch that ended its worker, in halves as long as they do so too; a file that does it alone is left out."""
    if len(batch) == 1:
        file = batch[0][0]
        return [
            ScannedFile(
                file.path,
                file.blob,
                "",
                file.size,
                skipped="unreadable: parsing it ended the process",
            )
        ]
    middle = len(batch) // 2
    scans: list[ScannedFile] = []
    for half in (batch[:middle], batch[middle:]):
        try:
            scans += pool.submit(_scan_batch, reader, half, texts).result()
        except WorkerDied:
            scans += _scan_apart(pool, reader, half, texts)
    return scans


def _workers(total_bytes: int) -> int:
    if total_bytes < _PARALLEL_BYTES:
        return 1
    affinity = getattr(os, "sched_getaffinity", None)
    return min(len(affinity(0)) if affinity else os.cpu_count() or 1, 16)
