"""Bring the store up to date with a snapshot: files, chunks, symbols, ranks and heads. Needs no model.

What it changes is one transaction, so a reader sees the repository before or after, never between.
"""

from __future__ import annotations

import hashlib
import pickle
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import IO

from repo_mhm.errors import RepositoryError
from repo_mhm.git import File, LeftOut, Snapshot, open_snapshot
from repo_mhm.memory.head_assignment import extend_plan, make_plan
from repo_mhm.memory.notes import FILE, Step
from repo_mhm.memory.reconcile import NOTHING, Changes, Ledger, reconcile
from repo_mhm.source.chunks import Chunk
from repo_mhm.source.file_order import file_order
from repo_mhm.source.redaction import redact
from repo_mhm.source.scan import ScannedFile, scan
from repo_mhm.source.symbol_graph import page_rank
from repo_mhm.store import Store, StoredChunk

CHUNKER_VERSION = "1"
"""Raise it when chunks, symbols or redaction change: everything is then scanned anew."""
IGNORE_FILE = ".repo-mhm-ignore"
ENTRY_VALUE = 4.0
"""An entry document is worth this many average chunks: it says what the repository is for."""
PROSE_VALUE = 0.5
"""Other chunks without symbols are worth this many average chunks."""


UNSTEADY = "changed while it was read"
"""Stands for the blob of a file that must be scanned again."""
FileProgress = Callable[[int, int], None]
"""Called with the files scanned so far and the files to scan."""


def unseen(done: int, total: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What changed: files scanned anew, files gone, notes that were retired, came back or moved with their code."""

    scanned: int
    removed: int
    retired: int
    redacted: int
    revived: int = 0
    moved: int = 0


def refresh(
    store: Store,
    snapshot: Snapshot,
    *,
    heads: int,
    selector: str = "module",
    ignore: Sequence[str] = (),
    progress: FileProgress = unseen,
    model: str = "",
) -> Refreshed:
    """Scan what changed since the store's snapshot, and only that; `ignore` adds gitignore patterns.

    `model` is the identity whose readings come back first when code does.
    """
    rules = [*_rules(snapshot), *ignore]
    plan = f"{heads} {selector}"
    same_rules = store.meta("rules") == _identity(rules)
    change = _compare(store.blobs(), snapshot, same_rules)
    replanned = store.meta("plan") != plan
    here = {"commit": snapshot.commit, "root": str(snapshot.root), "kind": snapshot.kind}
    if not (change or replanned) and all(store.meta(key) == value for key, value in here.items()):
        return Refreshed(0, 0, 0, 0)
    redacted = 0
    changes = NOTHING
    with tempfile.TemporaryFile() as spool:
        # Scanning takes long and writing does not: whoever else writes (an answer's turn) waits only for the latter.
        scanned = _spool(spool, snapshot, change, rules, progress)
        unsteady = _changed_meanwhile(snapshot, change)
        with store.transaction():
            store.set_meta(**here)
            if change or replanned:
                inherited = Inherited(store, change.touched)
                store.remove_files(change.gone)
                for found in _unspool(spool, scanned):
                    store.put_file(
                        replace(found, blob=UNSTEADY) if found.path in unsteady else found
                    )
                    redacted += sum(text.redacted for text in found.texts)
                _rank(store)
                _assign_heads(store, inherited, heads, selector, anew=replanned)
                changes = _reconcile(store, inherited, model, heads, homeless=replanned)
                store.set_meta(rules=_identity(rules), plan=plan)
            retired, revived, moved = changes.retired, changes.revived, changes.moved
            store.record(Step(-1, "refresh", "", "", "", revived, retired, moved=moved), model)
            store.forget_readings(changes.unread)
    counts = len(change.changed), len(change.gone), len(retired), redacted, len(revived), len(moved)
    return Refreshed(*counts)


@dataclass(frozen=True, slots=True)
class _Change:
    """How a snapshot differs from what is stored."""

    changed: tuple[File, ...]
    left_out: tuple[LeftOut, ...]
    gone: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.changed or self.left_out or self.gone)

    @property
    def touched(self) -> set[str]:
        return {
            *(file.path for file in self.changed),
            *(out.path for out in self.left_out),
            *self.gone,
        }


def _compare(known: Mapping[str, str], snapshot: Snapshot, same_rules: bool = True) -> _Change:
    valid = known if same_rules else {}
    current = [
        file if file.blob else replace(file, blob=_hash(snapshot, file)) for file in snapshot.files
    ]
    changed = tuple(file for file in current if valid.get(file.path) != file.blob)
    left_out = tuple(
        out for out in snapshot.left_out if valid.get(out.path) != f"left out: {out.reason}"
    )
    gone = known.keys() - {file.path for file in current} - {out.path for out in snapshot.left_out}
    return _Change(changed, left_out, frozenset(gone))


def _spool(
    spool: IO[bytes], snapshot: Snapshot, change: _Change, rules: list[str], progress: FileProgress
) -> int:
    """Scan the changed files into a temporary file: a large repository's texts do not fit in memory at once."""
    if not (change.changed or change.left_out):
        return 0
    subset = replace(snapshot, files=change.changed, left_out=change.left_out)
    done = 0
    for done, found in enumerate(scan(subset, ignore=rules, texts=True), 1):
        pickle.dump(_without_secrets(found), spool, pickle.HIGHEST_PROTOCOL)
        progress(done, len(change.changed) + len(change.left_out))
    spool.seek(0)
    return done


def _changed_meanwhile(snapshot: Snapshot, change: _Change) -> set[str]:
    """Files that are not what they were when the snapshot was taken: what was scanned may be what they are now.

    Under their old blobs they would pass for unchanged when they become again what they were.
    """
    if snapshot.kind == "commit" or not change.changed:
        return set()
    again = open_snapshot(snapshot.root)
    files = {file.path: file for file in again.files}
    now = {one.path: files[one.path] for one in change.changed if one.path in files}
    blobs = {path: file.blob or _hash(again, file) for path, file in now.items()}
    return {one.path for one in change.changed if blobs.get(one.path) != one.blob}


def _unspool(spool: IO[bytes], count: int) -> Iterator[ScannedFile]:
    for _ in range(count):
        yield pickle.load(spool)


def stale_chunks(store: Store, snapshot: Snapshot, ignore: Sequence[str] = ()) -> int:
    """How many chunks of the snapshot the memory has never seen, or that it holds and the snapshot does not.

    Cheap: only files that differ are cut again, and nothing is stored.
    """
    return sum(len(contents) for contents in stale_contents(store, snapshot, ignore).values())


def stale_contents(
    store: Store, snapshot: Snapshot, ignore: Sequence[str] = ()
) -> dict[str, set[str]]:
    """For every file that differs from the memory's snapshot, the content ids that only one of the two has."""
    now = changed_contents(store.blobs(), snapshot, ignore)
    return {path: contents ^ known_contents(store, path) for path, contents in now.items()}


def changed_contents(
    known: Mapping[str, str], snapshot: Snapshot, ignore: Sequence[str] = ()
) -> dict[str, set[str]]:
    """For every file that is not as `known` (path to blob) has it, the content ids of its chunks now, by path."""
    change = _compare(known, snapshot)
    subset = replace(snapshot, files=change.changed, left_out=change.left_out)
    rules = [*_rules(snapshot), *ignore]
    now = {
        found.path: {chunk.content_id for chunk in found.chunks}
        for found in scan(subset, ignore=rules)
    }
    return {path: now.get(path, set()) for path in sorted(change.touched)}


def known_contents(store: Store, path: str) -> set[str]:
    """The content ids that the memory has of one file."""
    return {stored.chunk.content_id for stored in store.chunks_in(path)}


def _rules(snapshot: Snapshot) -> list[str]:
    own = next((file for file in snapshot.files if file.path == IGNORE_FILE), None)
    return snapshot.read(own).decode("utf-8", "replace").splitlines() if own else []


def _identity(rules: list[str]) -> str:
    return CHUNKER_VERSION + hashlib.blake2b("\n".join(rules).encode(), digest_size=8).hexdigest()


def _hash(snapshot: Snapshot, file: File) -> str:
    try:
        return f"sha:{hashlib.blake2b(snapshot.read(file), digest_size=20).hexdigest()}"
    except RepositoryError:
        return "unreadable"


def _without_secrets(found: ScannedFile) -> ScannedFile:
    """Constants and defaults may hold secrets too: signatures are redacted like texts."""
    if found.skipped and not found.blob:
        return replace(found, blob=f"left out: {found.skipped}")
    if not any(text.redacted for text in found.texts):
        return found
    symbols = (
        symbol._replace(signature=redact(found.path, symbol.signature)[0])
        for symbol in found.symbols
    )
    return replace(found, symbols=tuple(symbols))


def _rank(store: Store) -> None:
    symbols = store.symbols()
    ranks = page_rank([stored.symbol for stored in symbols], store.references())
    starts: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for stored, value in zip(symbols, ranks, strict=True):
        starts[stored.symbol.path].append((stored.symbol.start_byte, value))
    chunks = store.chunks()
    mass = {stored.id: _mass(stored.chunk, starts[stored.chunk.path]) for stored in chunks}
    average = sum(mass.values()) / max(1, len(mass))
    values = {stored.id: mass[stored.id] or average * _prose(stored.chunk) for stored in chunks}
    store.set_ranks(
        {
            stored.id: value
            for stored, value in zip(symbols, ranks, strict=True)
            if stored.rank != value
        },
        {stored.id: values[stored.id] for stored in chunks if stored.value != values[stored.id]},
    )


def _mass(chunk: Chunk, starts: list[tuple[int, float]]) -> float:
    return sum(value for start, value in starts if chunk.start_byte <= start < chunk.end_byte)


def _prose(chunk: Chunk) -> float:
    return ENTRY_VALUE if file_order(chunk.path)[0] == 0 else PROSE_VALUE


class Inherited:
    """What the chunks about to be replaced leave behind: their contents, and the heads that held them."""

    def __init__(self, store: Store, paths: Iterable[str]) -> None:
        self._by_path = {path: store.chunks_in(path) for path in paths}
        stored = [one for chunks in self._by_path.values() for one in chunks if one.head >= 0]
        self._by_content = {one.chunk.content_id: one.head for one in stored}
        self.contents = set(store.spots())

    def head_of(self, chunk: Chunk, ledger: Mapping[str, int]) -> int | None:
        """The head of the same content, in its own file before others, else of the chunk that stood in its place."""
        same = [
            one
            for one in self._by_path.get(chunk.path, [])
            if one.head >= 0 and one.chunk.content_id == chunk.content_id
        ]
        if same:
            return min(same, key=lambda one: abs(one.chunk.start - chunk.start)).head
        for known in (self._by_content, ledger):
            if chunk.content_id in known:
                return known[chunk.content_id]
        names = set(chunk.symbols)
        before = [one for one in self._by_path.get(chunk.path, []) if one.head >= 0]
        nearest = max(
            before,
            key=lambda one: (
                len(names.intersection(one.chunk.symbols)),
                -abs(one.chunk.start - chunk.start),
            ),
            default=None,
        )
        return nearest.head if nearest else None


def _assign_heads(
    store: Store, inherited: Inherited, heads: int, selector: str, *, anew: bool
) -> None:
    chunks = sorted(store.chunks(), key=_order)
    if anew:
        planned = make_plan([stored.chunk for stored in chunks], heads, selector).head_of
        store.set_heads({stored.id: head for stored, head in zip(chunks, planned, strict=True)})
        return
    new = [stored for stored in chunks if stored.head < 0]
    ledger = store.last_heads(stored.chunk.content_id for stored in new)
    given = {stored.id: inherited.head_of(stored.chunk, ledger) for stored in new}
    placed = {row: head for row, head in given.items() if head is not None and head < heads}
    known = [
        (one.chunk, placed.get(one.id, one.head))
        for one in chunks
        if one.id in placed or one.head >= 0
    ]
    rest = [stored for stored in new if stored.id not in placed]
    if known and selector == "module":
        planned_rest = extend_plan(known, [stored.chunk for stored in rest], heads)
    else:
        planned_rest = list(make_plan([stored.chunk for stored in rest], heads, selector).head_of)
    store.set_heads(
        placed | {stored.id: head for stored, head in zip(rest, planned_rest, strict=True)}
    )


def _reconcile(
    store: Store, inherited: Inherited, model: str, heads: int, *, homeless: bool
) -> Changes:
    """`homeless` notes have no head of their own any more: the plan was made anew."""
    spots = store.spots()
    returned = sorted((spots.keys() - inherited.contents) & store.read_contents())
    live = store.notes()
    if homeless:
        live = [replace(note, head=heads) if note.level >= FILE else note for note in live]
    paths = {
        spot.path for note in live for content in note.chunks for spot in spots.get(content, ())
    }
    paths |= {spot.path for content in returned for spot in spots[content]}
    ledger = Ledger(store.replaced_by, lambda content: store.reading_notes(content, model))
    return reconcile(live, spots, store.defined_in(paths), returned, ledger, heads)


def _order(stored: StoredChunk) -> tuple[tuple[int, tuple[str, ...], str], int]:
    return file_order(stored.chunk.path), stored.chunk.start_byte
