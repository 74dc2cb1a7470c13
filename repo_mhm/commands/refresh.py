"""Bring the store up to date with a snapshot: files, chunks, symbols, ranks and heads. Needs no model.

What it changes is one transaction, so a reader sees the repository before or after, never between.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from repo_mhm.chunks import Chunk, reading_order
from repo_mhm.errors import RepositoryError
from repo_mhm.git import File, Snapshot
from repo_mhm.heads import extend_plan, make_plan
from repo_mhm.redaction import redact
from repo_mhm.scan import FileScan, scan
from repo_mhm.store import Store, StoredChunk
from repo_mhm.symbols import rank

CHUNKER_VERSION = "1"
"""Raise it when chunks, symbols or redaction change: everything is then scanned anew."""
IGNORE_FILE = ".repo-mhm-ignore"
ENTRY_VALUE = 4.0
"""An entry document is worth this many average chunks: it says what the repository is for."""
PROSE_VALUE = 0.5
"""Other chunks without symbols are worth this many average chunks."""


FileProgress = Callable[[int, int], None]
"""Called with the files scanned so far and the files to scan."""


def unseen(done: int, total: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What changed: files scanned anew, files gone, and live notes retired because their chunk is gone."""

    scanned: int
    removed: int
    retired: int
    redacted: int


def refresh(
    store: Store,
    snapshot: Snapshot,
    *,
    heads: int,
    selector: str = "module",
    ignore: Sequence[str] = (),
    progress: FileProgress = unseen,
) -> Refreshed:
    """Scan what changed since the store's snapshot, and only that; `ignore` adds gitignore patterns."""
    rules = [*_rules(snapshot), *ignore]
    plan = f"{heads} {selector}"
    known = store.blobs() if store.meta("rules") == _identity(rules) else {}
    current = _current(snapshot, known)
    changed = [file for file in current if known.get(file.path) != file.blob]
    left_out = [out for out in snapshot.left_out if known.get(out.path) != f"left out: {out.reason}"]
    gone = store.blobs().keys() - {file.path for file in current} - {out.path for out in snapshot.left_out}
    replanned = store.meta("plan") != plan
    retired = redacted = 0
    with store.transaction():
        if changed or left_out or gone or replanned:
            store.remove_files(gone)
            subset = replace(snapshot, files=tuple(changed), left_out=tuple(left_out))
            for done, found in enumerate(scan(subset, ignore=rules, texts=True), 1):
                store.put_file(_without_secrets(found))
                redacted += sum(text.redacted for text in found.texts)
                progress(done, len(changed) + len(left_out))
            _rank(store)
            _assign_heads(store, heads, selector, anew=replanned)
            retired = store.retire_orphans()
            store.set_meta(rules=_identity(rules), plan=plan)
        store.set_meta(commit=snapshot.commit, root=str(snapshot.root), kind=snapshot.kind)
    return Refreshed(len(changed), len(gone), retired, redacted)


def _rules(snapshot: Snapshot) -> list[str]:
    own = next((file for file in snapshot.files if file.path == IGNORE_FILE), None)
    return snapshot.read(own).decode("utf-8", "replace").splitlines() if own else []


def _identity(rules: list[str]) -> str:
    return CHUNKER_VERSION + hashlib.blake2b("\n".join(rules).encode(), digest_size=8).hexdigest()


def _current(snapshot: Snapshot, known: dict[str, str]) -> list[File]:
    """The files with an identity each: git's blob id, or a hash of the bytes where git has none."""
    return [file if file.blob else replace(file, blob=_hash(snapshot, file)) for file in snapshot.files]


def _hash(snapshot: Snapshot, file: File) -> str:
    try:
        return f"sha:{hashlib.blake2b(snapshot.read(file), digest_size=20).hexdigest()}"
    except RepositoryError:
        return "unreadable"


def _without_secrets(found: FileScan) -> FileScan:
    """Constants and defaults may hold secrets too: signatures are redacted like texts."""
    if found.skipped and not found.blob:
        return replace(found, blob=f"left out: {found.skipped}")
    if not any(text.redacted for text in found.texts):
        return found
    symbols = (replace(symbol, signature=redact(found.path, symbol.signature)[0]) for symbol in found.symbols)
    return replace(found, symbols=tuple(symbols))


def _rank(store: Store) -> None:
    symbols = store.symbols()
    ranks = rank([stored.symbol for stored in symbols], store.references())
    starts: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for stored, value in zip(symbols, ranks, strict=True):
        starts[stored.symbol.path].append((stored.symbol.start_byte, value))
    chunks = store.chunks()
    mass = {stored.id: _mass(stored.chunk, starts[stored.chunk.path]) for stored in chunks}
    average = sum(mass.values()) / max(1, len(mass))
    values = {stored.id: mass[stored.id] or average * _prose(stored.chunk) for stored in chunks}
    store.set_ranks({stored.id: value for stored, value in zip(symbols, ranks, strict=True)}, values)


def _mass(chunk: Chunk, starts: list[tuple[int, float]]) -> float:
    return sum(value for start, value in starts if chunk.start_byte <= start < chunk.end_byte)


def _prose(chunk: Chunk) -> float:
    return ENTRY_VALUE if reading_order(chunk.path)[0] == 0 else PROSE_VALUE


def _assign_heads(store: Store, heads: int, selector: str, *, anew: bool) -> None:
    chunks = sorted(store.chunks(), key=_order)
    known = [] if anew else [stored for stored in chunks if stored.head >= 0]
    new = chunks if anew else [stored for stored in chunks if stored.head < 0]
    if not known or selector != "module":
        planned = list(make_plan([stored.chunk for stored in new], heads, selector).head_of)
    else:
        planned = extend_plan([(stored.chunk, stored.head) for stored in known], [s.chunk for s in new], heads)
    store.set_heads({stored.id: head for stored, head in zip(new, planned, strict=True)})


def _order(stored: StoredChunk) -> tuple[tuple[int, tuple[str, ...], str], int]:
    return reading_order(stored.chunk.path), stored.chunk.start_byte
