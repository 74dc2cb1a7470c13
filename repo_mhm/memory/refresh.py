"""Bring the store up to date with a snapshot: files, chunks, symbols, values, heads and notes.

Needs no model. A change of up to PIECE_BYTES is one transaction, so a reader sees the repository
before or after it, never in between. Of a larger one each piece is stored as soon as it is scanned:
then the work of a scan that is killed is not lost, and workers scan on while a piece is stored. As
after the update for a question (`source_update`), the store keeps the former chunks of these files,
and the end of this refresh, or of the next, settles ranks, heads and notes as if all had come at
once. That is stored before the overview is made of it, which reads all of it again. Until the first
scan has been settled, the repository counts as not scanned (`Store.is_scanned`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace

from repo_mhm.git import Snapshot
from repo_mhm.memory.commit_update import commit_update
from repo_mhm.memory.head_assignment import extend_plan
from repo_mhm.memory.head_inheritance import (
    UNASSIGNED,
    FormerChunks,
    inherited_heads,
    plan_heads,
)
from repo_mhm.memory.notes import (
    FILE,
    ContentLocation,
    FormerChunk,
    Note,
    Step,
    without_overview,
)
from repo_mhm.memory.overview_update import (
    OVERVIEW_KEY,
    overview_key,
    patch_overview,
    update_overview,
)
from repo_mhm.memory.reconcile import LedgerLookups, MemoryChanges, reconcile
from repo_mhm.memory.scan_pieces import scan_pieces
from repo_mhm.memory.snapshot_changes import (
    CHANGED_WHILE_SCANNED,
    SnapshotChange,
    changed_since,
    compare,
    marked,
    rules_identity,
    source_identity,
)
from repo_mhm.memory.stage_costs import StageCosts
from repo_mhm.memory.value_update import (
    FormerRanks,
    is_ranking_due,
    keep_ranks,
    rank_everything,
)
from repo_mhm.source.file_order import file_order
from repo_mhm.source.ignore_file import ignore_rules
from repo_mhm.source.ignore_patterns import IgnoreRules
from repo_mhm.source.redaction import without_secrets
from repo_mhm.source.scan import ScannedFile, without_collections
from repo_mhm.store import ChunkSpan, Store, StoredChunk
from repo_mhm.store.files import UNFINISHED_SCAN

LISTING_SECONDS = 30.0
"""Before a refresh begins its files were listed, which takes nine seconds of 126,000 files."""
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
    costs: StageCosts | None = None,
) -> RefreshResult:
    """Scan what differs from the stored snapshot, and only that.

    `ignore` adds gitignore patterns. `model` is the identity (see `reader_identity`) whose notes
    are preferred when code comes back. `costs` counts what each stage takes.
    """
    costs = costs or StageCosts()
    rules = ignore_rules(snapshot, ignore)
    same_rules = store.meta("rules") == rules_identity(rules)
    with costs.stage("compare the files"):
        change = compare(store.blobs(), snapshot, same_rules=same_rules)
    plan = f"{heads} {selector}"
    replan = store.meta("plan") != plan
    source = source_identity(snapshot)
    same_source = all(store.meta(key) == value for key, value in source.items())
    is_settled = not store.former_chunks()
    is_finished = not store.meta(UNFINISHED_SCAN)
    has_overview = is_finished and store.meta(OVERVIEW_KEY) == overview_key(heads, head_tokens)
    with costs.stage("read the history"):
        if commits := commit_update(store, snapshot):
            commits.write(store)
    if same_source and not change and not replan and is_settled and has_overview:
        return RefreshResult()

    update = _Update(store, model, heads, selector, costs, rules, snapshot, replan=replan)
    # Scanning takes long and writing does not. So it is done before the transaction, for which
    # other writers (a conversation that keeps a turn) have to wait.
    with store.large_cache(), without_collections():
        last = _store_pieces(update, change, progress)
        with costs.stage("scan the files"):
            changed_meanwhile = changed_since(snapshot, change)
        # Reading what the transaction that writes it has not stored yet takes twice as long.
        is_apart = bool(store.meta(UNFINISHED_SCAN))
        with nullcontext() if is_apart else store.transaction():
            with store.transaction():
                store.set_meta(**source, source_listing="")
                changes, is_ranked = MemoryChanges(), False
                is_changed = bool(change) or replan or not is_settled
                if is_changed:
                    paths = change.paths | store.former_chunks().keys()
                    changes, is_ranked = update.replace_files(change, last, changed_meanwhile)
                    store.set_meta(plan=plan)
                update.record(changes)
            with costs.stage("write the overview"), store.transaction():
                if is_ranked or not has_overview:
                    update_overview(store, heads, head_tokens, model)
                elif is_changed:
                    patch_overview(store, heads, head_tokens, model, paths)
                store.set_meta(**{UNFINISHED_SCAN: ""})

    return _result(change, changes, update.redacted)


def _result(change: SnapshotChange, changes: MemoryChanges, redacted: int) -> RefreshResult:
    return RefreshResult(
        scanned=len(change.changed),
        removed=len(change.gone),
        retired=len(changes.retired),
        redacted=redacted,
        revived=len(changes.revived),
        moved=len(changes.moved),
    )


def _store_pieces(
    update: _Update, change: SnapshotChange, progress: FileProgress
) -> list[ScannedFile]:
    """Scan the changed files and store them piece by piece, but for the last: returns that."""
    pieces = scan_pieces(update.snapshot, change, update.rules, progress)
    while True:
        with update.costs.stage("scan the files"):
            piece = next(pieces)
        if not piece.is_full:
            return piece.files
        with update.costs.stage("store the files"):
            update.store_piece(piece.files)


@dataclass(slots=True)
class _Update:
    """The writes of one refresh. `replan` assigns all heads anew."""

    store: Store
    model: str
    heads: int
    selector: str
    costs: StageCosts
    rules: IgnoreRules
    snapshot: Snapshot
    replan: bool
    redacted: int = 0
    """Secrets masked so far."""
    _in_pieces: set[str] = field(default_factory=set)
    """The files that are stored already."""
    _recent: dict[str, str] = field(default_factory=dict)
    """Blob ids of those that may have changed since they were listed, by path."""
    _latest: float = field(default_factory=lambda: time.time() - LISTING_SECONDS)
    """When the files had not been listed yet, in seconds since the epoch."""

    def store_piece(self, scans: Sequence[ScannedFile]) -> None:
        """Store a piece of a scan, from where the next refresh can go on if this one is killed.

        A file that may have changed since it was listed is marked to be scanned again, until the
        scan ends and git says which have.
        """
        store = self.store
        with store.transaction():
            self.follow_rules()
            store.set_meta(**{UNFINISHED_SCAN: "yes"}, source_listing="")
            store.keep_former(scanned.path for scanned in scans)
            blobs = {scanned.path: scanned.blob for scanned in scans}
            recent = {path: blob for path, blob in blobs.items() if self._may_have_changed(path)}
            self._put_files(scans, recent.keys())
        self._in_pieces |= blobs.keys()
        self._recent |= recent

    def _may_have_changed(self, path: str) -> bool:
        if self.snapshot.kind == "commit":
            return False
        try:
            status = os.lstat(self.snapshot.root / path)
        except OSError:
            return True
        return max(status.st_mtime, status.st_ctime) >= self._latest

    def follow_rules(self) -> None:
        """Mark everything to be scanned again where rules of reading have changed, once."""
        rules = rules_identity(self.rules)
        if self.store.meta("rules") != rules:
            self.store.forget_blobs()
            self.store.mask_kept_texts(without_secrets)
            self.store.set_meta(rules=rules)

    def replace_files(
        self, change: SnapshotChange, last: Sequence[ScannedFile], changed_meanwhile: set[str]
    ) -> tuple[MemoryChanges, bool]:
        """Store the last scans in place of the former files, and settle all that were stored.

        Files `changed_meanwhile` are marked to be scanned again. Returns how the notes must change,
        and whether all symbols were ranked anew.
        """
        store, stage = self.store, self.costs.stage
        with stage("store the files"):
            self.follow_rules()
            store.keep_former(sorted(change.paths))
            former_by_path = store.former_chunks()
            paths = sorted(former_by_path)
            links = store.links_in(paths)
            is_unfinished = bool(store.meta(UNFINISHED_SCAN))
            is_ranked = self.replan or is_unfinished or is_ranking_due(store, links)
            former_ranks = FormerRanks(store, () if is_ranked else paths)
            store.remove_files(change.gone)
            self._put_files(last, changed_meanwhile)
            marks = dict.fromkeys(changed_meanwhile & self._in_pieces, CHANGED_WHILE_SCANNED)
            store.set_blobs(self._recent | marks)

        with stage("rank the symbols"):
            links = max(links, store.links_in(paths))
            is_ranked = is_ranked or is_ranking_due(store, links)
            if is_ranked:
                rank_everything(store)
            else:
                keep_ranks(store, former_ranks, paths, links)
        with stage("assign heads"):
            self._set_heads(former_by_path)
        with stage("follow the notes"):
            changes = self._reconcile(former_by_path)
            store.forget_former()
        return changes, is_ranked

    def _put_files(self, scans: Sequence[ScannedFile], changed: Collection[str]) -> None:
        """Store scans; those `changed` are marked to be scanned again."""
        self.store.put_files(marked(scans, changed))
        self.redacted += sum(text.redacted for scanned in scans for text in scanned.texts)

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

    def _set_heads(self, former_by_path: Mapping[str, Sequence[FormerChunk]]) -> None:
        """Give each new chunk the head of the code that it replaces, or that is near it."""
        store = self.store
        if self.replan:
            self._plan_heads(store.chunk_spans())
            return
        new = [stored for path in former_by_path for stored in store.chunks_in(path)]
        new = sorted((stored for stored in new if stored.head == UNASSIGNED), key=_reading_order)
        last_heads = store.last_heads(stored.chunk.content_id for stored in new)
        inherited = inherited_heads(new, FormerChunks(former_by_path), last_heads, self.heads)
        store.set_heads(inherited)

        rest = [stored for stored in new if stored.id not in inherited]
        if not rest:
            return
        if self.selector != "module" or not any(store.tokens_below("").values()):
            ids = {stored.id for stored in rest}
            spans = store.chunk_spans({stored.chunk.path for stored in rest})
            self._plan_heads([span for span in spans if span.id in ids])
            return
        heads = extend_plan(store.tokens_below, [stored.chunk for stored in rest], self.heads)
        store.set_heads({stored.id: head for stored, head in zip(rest, heads, strict=True)})

    def _plan_heads(self, spans: Iterable[ChunkSpan]) -> None:
        in_order = sorted(spans, key=lambda span: (file_order(span.path), span.start_byte))
        self.store.set_heads(plan_heads(in_order, self.heads, self.selector))

    def _reconcile(self, former_by_path: Mapping[str, Sequence[FormerChunk]]) -> MemoryChanges:
        store = self.store
        locations = ContentLocations(store)
        returned = self._returned(locations, former_by_path)
        live = self._live_notes()

        contents = {content for note in live for content in note.chunks} | set(returned)
        locations.look_up(contents)
        paths = {
            entry.location.path for content in contents for entry in locations.get(content, ())
        }
        ledger = LedgerLookups(
            store.replaced_by,
            lambda content: store.reading_notes(content, self.model),
            lambda content: store.has_lost_notes(content, self.model),
        )
        defined = store.defined_in(paths)
        return reconcile(live, locations, defined, returned, ledger, self.heads)

    def _returned(
        self,
        locations: ContentLocations,
        former_by_path: Mapping[str, Sequence[FormerChunk]],
    ) -> list[str]:
        """The contents that some model has read, and that only the changed files have: since now.

        Contents that one of these files had before, or that others have, did not return.
        """
        former = {chunk.content_id for chunks in former_by_path.values() for chunk in chunks}
        now = self.store.contents_in(former_by_path) - former
        read = self.store.read_contents(now)
        locations.look_up(read)
        return sorted(
            content
            for content in read
            if all(entry.location.path in former_by_path for entry in locations[content])
        )

    def _live_notes(self) -> list[Note]:
        live = without_overview(self.store.notes())
        if not self.replan:
            return live
        # Coarse notes have lost their heads with the old plan: they get those of their code.
        return [replace(note, head=self.heads) if note.level >= FILE else note for note in live]


class ContentLocations(Mapping[str, Sequence[ContentLocation]]):
    """Where the snapshot has a content, looked up when it is asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._entries: dict[str, Sequence[ContentLocation]] = {}

    def look_up(self, contents: Iterable[str]) -> None:
        """Look several up at once."""
        new = set(contents) - self._entries.keys()
        self._entries |= dict.fromkeys(new, ())
        self._entries |= self._store.content_locations(new)

    def __getitem__(self, content: str) -> Sequence[ContentLocation]:
        self.look_up([content])
        if not self._entries[content]:
            raise KeyError(content)
        return self._entries[content]

    def __iter__(self) -> Iterator[str]:
        return iter(self._store.content_locations())

    def __len__(self) -> int:
        return len(self._store.content_locations())


def _reading_order(stored: StoredChunk) -> tuple[tuple[int, tuple[str, ...], str], int]:
    return file_order(stored.chunk.path), stored.chunk.start_byte
