"""Bring the store up to date with a snapshot: files, chunks, symbols, values, heads and notes.

Needs no model. All changes are one transaction, so a reader sees the repository before or after
them, never in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from repo_mhm.git import Snapshot
from repo_mhm.memory.chunk_values import chunk_values
from repo_mhm.memory.commit_update import commit_update
from repo_mhm.memory.head_inheritance import (
    UNASSIGNED,
    FormerChunks,
    assign_heads,
    plan_heads,
)
from repo_mhm.memory.notes import FILE, FormerChunk, Note, Step, without_overview
from repo_mhm.memory.overview_update import (
    OVERVIEW_KEY,
    overview_key,
    update_overview,
)
from repo_mhm.memory.reconcile import LedgerLookups, MemoryChanges, reconcile
from repo_mhm.memory.snapshot_changes import (
    CHANGED_WHILE_SCANNED,
    SnapshotChange,
    changed_since,
    compare,
    ignore_rules,
    left_out_blob,
    rules_identity,
    source_identity,
)
from repo_mhm.source.file_order import file_order
from repo_mhm.source.redaction import without_secrets
from repo_mhm.source.scan import ScannedFile, scan
from repo_mhm.source.symbol_graph import page_rank
from repo_mhm.store import Spool, Store, StoredChunk, open_spool

FileProgress = Callable[[int, int], None]
"""Called with the number of files scanned so far, and of files to scan."""


def no_progress(done: int, total: int) -> None:
    """Ignore progress."""


@dataclass(frozen=True, slots=True)
class RefreshResult:
    """Numbers of files scanned and gone, of notes changed, and of secrets masked."""

    scanned: int = 0
    removed: int = 0
    retired: int = 0
    redacted: int = 0
    revived: int = 0
    """Notes that came back with their code."""
    moved: int = 0
    """Notes that followed their code."""


def refresh(  # noqa: PLR0913  all that a scan depends on, by keyword
    store: Store,
    snapshot: Snapshot,
    *,
    heads: int,
    head_tokens: int = 512,
    selector: str = "module",
    ignore: Sequence[str] = (),
    progress: FileProgress = no_progress,
    model: str = "",
) -> RefreshResult:
    """Scan what differs from the stored snapshot, and only that.

    `ignore` adds gitignore patterns. `model` is the identity (see `reader_identity`) whose notes
    are preferred when code comes back.
    """
    rules = ignore_rules(snapshot, ignore)
    same_rules = store.meta("rules") == rules_identity(rules)
    change = compare(store.blobs(), snapshot, same_rules=same_rules)
    plan = f"{heads} {selector}"
    replan = store.meta("plan") != plan
    source = source_identity(snapshot)
    same_source = all(store.meta(key) == value for key, value in source.items())
    is_settled = not store.former_chunks()
    has_overview = store.meta(OVERVIEW_KEY) == overview_key(heads, head_tokens)
    if commits := commit_update(store, snapshot):
        commits.write(store)
    if same_source and not change and not replan and is_settled and has_overview:
        return RefreshResult()

    with open_spool(store.path) as spool:
        # Scanning takes long and writing does not. So it is done before the transaction, for which
        # other writers (a conversation that keeps a turn) have to wait.
        _scan_into(spool, snapshot, change, rules, progress)
        changed_meanwhile = changed_since(snapshot, change)
        update = _Update(store, model, heads, selector, replan=replan)
        with store.transaction():
            store.set_meta(**source)
            changes, redacted = MemoryChanges(), 0
            is_changed = bool(change) or replan or not is_settled
            if is_changed:
                changes, redacted = update.replace_files(change, spool, changed_meanwhile)
                if not same_rules:
                    store.mask_kept_texts(without_secrets)
                store.set_meta(rules=rules_identity(rules), plan=plan)
            update.record(changes)
            if is_changed or not has_overview:
                update_overview(store, heads, head_tokens, model)

    return _result(change, changes, redacted)


def _result(change: SnapshotChange, changes: MemoryChanges, redacted: int) -> RefreshResult:
    return RefreshResult(
        scanned=len(change.changed),
        removed=len(change.gone),
        retired=len(changes.retired),
        redacted=redacted,
        revived=len(changes.revived),
        moved=len(changes.moved),
    )


def _scan_into(
    spool: Spool,
    snapshot: Snapshot,
    change: SnapshotChange,
    rules: list[str],
    progress: FileProgress,
) -> None:
    """Scan the changed files; a large repository's texts do not fit in memory at once."""
    if not (change.changed or change.left_out):
        return
    total = len(change.changed) + len(change.left_out)
    paths = [file.path for file in snapshot.files]
    scans = scan(change.subset(snapshot), ignore=rules, texts=True, other_paths=paths)
    for count, scanned in enumerate(scans, 1):
        spool.add(for_storage(scanned))
        progress(count, total)


def for_storage(scanned: ScannedFile) -> ScannedFile:
    """The scan as the store keeps it.

    A file that was left out has the reason as its blob.
    """
    if scanned.skipped and not scanned.blob:
        return replace(scanned, blob=left_out_blob(scanned.skipped))
    return scanned


@dataclass(frozen=True, slots=True)
class _Update:
    """The writes of one refresh, within its transaction. `replan` assigns all heads anew."""

    store: Store
    model: str
    heads: int
    selector: str
    replan: bool

    def replace_files(
        self, change: SnapshotChange, scans: Iterable[ScannedFile], changed_meanwhile: set[str]
    ) -> tuple[MemoryChanges, int]:
        """Store the scans in place of the former files.

        Files `changed_meanwhile` are marked to be scanned again. Returns how the notes must change,
        and the number of secrets masked.
        """
        store = self.store
        store.keep_former(sorted(change.paths))
        former_by_path = store.former_chunks()
        former_contents = self._former_contents(former_by_path)

        store.remove_files(change.gone)
        redacted = 0
        for scanned in scans:
            if scanned.path in changed_meanwhile:
                scanned = replace(scanned, blob=CHANGED_WHILE_SCANNED)
            store.put_file(scanned)
            redacted += sum(text.redacted for text in scanned.texts)

        self._set_values()
        self._set_heads(FormerChunks(former_by_path))
        changes = self._reconcile(former_contents)
        store.forget_former()
        return changes, redacted

    def record(self, changes: MemoryChanges) -> None:
        """Append the refresh to the ledger, even if no note changes."""
        step = Step(
            head=-1,
            kind="refresh",
            chunk="",
            path="",
            depth="",
            added=changes.revived,
            retired=changes.retired,
            moved=changes.moved,
        )
        self.store.record(step, self.model)
        self.store.forget_readings(changes.unread)

    def _former_contents(self, former_by_path: Mapping[str, Sequence[FormerChunk]]) -> set[str]:
        """The contents of all chunks as they were after the last refresh."""
        contents = {
            content
            for content, entries in self.store.content_locations().items()
            if any(entry.location.path not in former_by_path for entry in entries)
        }
        for chunks in former_by_path.values():
            contents.update(former.content_id for former in chunks)
        return contents

    def _set_values(self) -> None:
        """Rank symbols and value chunks; write only those that changed."""
        symbols = self.store.symbols()
        ranks = page_rank([stored.symbol for stored in symbols], self.store.references())
        chunks = self.store.chunks()
        values = chunk_values(chunks, symbols, ranks)

        new_ranks = {
            stored.id: rank
            for stored, rank in zip(symbols, ranks, strict=True)
            if stored.rank != rank
        }
        new_values = {
            stored.id: values[stored.id] for stored in chunks if stored.value != values[stored.id]
        }
        self.store.set_ranks(new_ranks, new_values)

    def _set_heads(self, former: FormerChunks) -> None:
        chunks = sorted(self.store.chunks(), key=_reading_order)
        if self.replan:
            self.store.set_heads(plan_heads(chunks, self.heads, self.selector))
            return
        new = (stored.chunk.content_id for stored in chunks if stored.head == UNASSIGNED)
        last_heads = self.store.last_heads(new)
        self.store.set_heads(assign_heads(chunks, former, last_heads, self.heads, self.selector))

    def _reconcile(self, former_contents: set[str]) -> MemoryChanges:
        store = self.store
        locations = store.content_locations()
        returned = sorted((locations.keys() - former_contents) & store.read_contents())
        live = self._live_notes()

        contents = {content for note in live for content in note.chunks} | set(returned)
        paths = {
            entry.location.path for content in contents for entry in locations.get(content, ())
        }
        ledger = LedgerLookups(
            store.replaced_by, lambda content: store.reading_notes(content, self.model)
        )
        defined = store.defined_in(paths)
        return reconcile(live, locations, defined, returned, ledger, self.heads)

    def _live_notes(self) -> list[Note]:
        live = without_overview(self.store.notes())
        if not self.replan:
            return live
        # Coarse notes have lost their heads with the old plan: they get those of their code.
        return [replace(note, head=self.heads) if note.level >= FILE else note for note in live]


def _reading_order(stored: StoredChunk) -> tuple[tuple[int, tuple[str, ...], str], int]:
    return file_order(stored.chunk.path), stored.chunk.start_byte
