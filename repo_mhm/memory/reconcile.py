"""Reconciling: how the notes must change when the repository has changed. Pure, needs no model.

The rules. A note on a chunk or a symbol lives as long as its code exists, and follows it to other
lines, files and heads. A note on a file or directory lives as long as all of its code does and
stays (or moves) together. Otherwise a merged one is *opened*: it is retired, and the finer notes
that it was made of come back where their code remains; a head that is then too full coarsens as
usual. Code that comes back after it was gone brings its notes along. Code whose notes are lost
counts as unread.

Finer notes are decided first: what they say is newer than what a coarse note was made of.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from repo_mhm.memory.notes import CHUNK, DIRECTORY, FILE, SYMBOL, ContentLocation, Note

MAX_DEPTH = 64
"""How many merges deep a note is opened; a ledger with deeper merges is damaged."""

Locations = Sequence[ContentLocation]
"""All locations of one content."""


@dataclass(frozen=True, slots=True)
class LedgerLookups:
    """What must be looked up in the ledger."""

    replaced_by: Callable[[int], Iterable[Note]]
    """The finer notes that a merged note (by its id) was made of."""
    notes_on: Callable[[str], Iterable[Note]]
    """The notes on a chunk (by content) and on its symbols, from the best step that read it, and
    the purposes of what the chunk leads."""
    has_lost_notes: Callable[[str], bool]
    """Whether that step left notes that are gone; if not, it found nothing more worth its room."""


@dataclass(frozen=True, slots=True)
class MemoryChanges:
    """What a refresh does to the memory."""

    retired: tuple[int, ...] = ()
    revived: tuple[Note, ...] = ()
    moved: tuple[Note, ...] = ()
    unread: tuple[str, ...] = ()
    """Contents that were read once, but have no notes left."""

    def __bool__(self) -> bool:
        return bool(self.retired or self.revived or self.moved or self.unread)


def reconcile(
    live: Iterable[Note],
    locations: Mapping[str, Locations],
    defined: Collection[tuple[str, str]],
    returned: Iterable[str],
    ledger: LedgerLookups,
    heads: int,
) -> MemoryChanges:
    """How the live notes must change for the snapshot that `locations` (by content) describes.

    `defined` holds path and qualified name of every symbol in its files; `returned` are the
    contents new to the snapshot that were read before.
    """
    return _Reconciler(locations, defined, ledger, heads).run(list(live), returned)


@dataclass(slots=True)
class _Reconciler:
    locations: Mapping[str, Locations]
    defined: Collection[tuple[str, str]]
    ledger: LedgerLookups
    heads: int
    kept: dict[int, Note] = field(default_factory=dict)
    """By id, the notes that will be live."""
    opened: set[str] = field(default_factory=set)
    """Contents of opened coarse notes that still exist."""

    def run(self, live: list[Note], returned: Iterable[str]) -> MemoryChanges:
        before = {note.id: note for note in live}
        for note in sorted(live, key=lambda note: (note.level, note.id)):
            self._keep(note, 0)
        unread = self._recover_missing(returned)

        kept = self.kept
        return MemoryChanges(
            retired=tuple(sorted(before.keys() - kept.keys())),
            revived=tuple(note for note in kept.values() if note.id not in before),
            moved=tuple(note for note in kept.values() if before.get(note.id, note) != note),
            unread=tuple(sorted(unread)),
        )

    def _keep(self, note: Note, depth: int) -> None:
        """Keep a note with its current anchor and head; open a coarse one that no longer holds."""
        current = self._current(note)
        if current is not None:
            self.kept[note.id] = current
            return
        if note.depth != "merge":
            return

        self.opened.update(content for content in note.chunks if content in self.locations)
        if depth == MAX_DEPTH:
            return
        for child in self.ledger.replaced_by(note.id):
            # Notes on chunks and symbols come back from their newest step instead.
            if child.level >= FILE and not self._is_covered(child):
                self._keep(child, depth + 1)

    def _is_covered(self, child: Note) -> bool:
        """Whether a kept note describes some of the same contents (read again meanwhile)."""
        contents = set(child.chunks)
        return any(
            contents.intersection(note.chunks) for note in self.kept.values() if note.level >= CHUNK
        )

    def _recover_missing(self, returned: Iterable[str]) -> list[str]:
        """Bring back notes on the contents that lack them; return the contents that still do.

        Of an opened note only the chunks' own notes come back: the head was too full for finer
        ones when it was coarsened.
        """
        covered = {
            content for note in self.kept.values() if note.level >= CHUNK for content in note.chunks
        }
        unread = [content for content in self.opened - covered if not self._recover(content, CHUNK)]
        returned = list(dict.fromkeys(returned))
        for content in returned:
            is_missing = content not in covered and content not in self.opened
            if is_missing and not self._recover(content, SYMBOL):
                unread.append(content)
        for content in (*sorted(self.opened), *returned):
            self._recover_purposes(content)
        return unread

    def _recover(self, content: str, finest: int) -> bool:
        """Keep the ledger's notes on a content, none finer than the level `finest`.

        Where none of them is on the chunk itself, all are kept; False, and nothing is kept, if that
        is because notes are lost.
        """
        notes = [note for note in self._recorded(content) if note.level <= CHUNK]
        if not any(note.level == CHUNK for note in notes):
            if self.ledger.has_lost_notes(content):
                return False
            finest = SYMBOL
        self.kept.update((note.id, note) for note in notes if note.level >= finest)
        return True

    def _recover_purposes(self, content: str) -> None:
        """Keep the purposes of what a chunk leads, where no kept note is on the same subject."""
        subjects = {(note.level, note.anchor) for note in self.kept.values()}
        for note in self._recorded(content):
            if note.level >= FILE and (note.level, note.anchor) not in subjects:
                self.kept[note.id] = note

    def _recorded(self, content: str) -> Iterator[Note]:
        """The ledger's notes on a content that still hold."""
        updated = map(self._current, self.ledger.notes_on(content))
        return (note for note in updated if note is not None)

    def _current(self, note: Note) -> Note | None:
        """The note with its current anchor, path and head; None when it no longer holds."""
        locations: list[Locations] = []
        for content in note.chunks:
            if not self.locations.get(content):
                return None
            locations.append(self.locations[content])
        if note.level <= CHUNK:
            return self._current_fine(note, locations[0])
        return self._current_coarse(note, locations)

    def _current_fine(self, note: Note, locations: Locations) -> Note | None:
        """The note at the copy of its code in its own file, else at the first copy elsewhere."""
        in_own_file = (entry for entry in locations if entry.location.path == note.path)
        chosen = next(in_own_file, locations[0])
        path = chosen.location.path
        if note.level == CHUNK:
            note = _renamed(note, str(chosen.location), path)
            return replace(note, head=chosen.head)
        if (path, note.anchor) not in self.defined:
            return None
        return replace(note, path=path, head=chosen.head)

    def _current_coarse(self, note: Note, locations: list[Locations]) -> Note | None:
        find_anchor = _directory_anchor if note.level == DIRECTORY else _file_anchor
        anchor = find_anchor(note, locations)
        if anchor is None:
            return None
        # A note that follows its code elsewhere goes to the head of that code: its own may have no
        # code any more, and so no room.
        stays = anchor == note.anchor and note.head < self.heads
        there = [entry.head for entry in locations[0] if _is_in(entry.location.path, anchor)]
        head = note.head if stays else (there or [locations[0][0].head])[0]
        return replace(_renamed(note, anchor, anchor), head=head)


def _file_anchor(note: Note, locations: list[Locations]) -> str | None:
    """The note's own file while that holds all its contents, else the first other that does."""
    paths = [{entry.location.path for entry in entries} for entries in locations]
    common = set.intersection(*paths)
    return note.anchor if note.anchor in common else min(common, default=None)


def _directory_anchor(note: Note, locations: list[Locations]) -> str | None:
    """The note's own directory while that holds all its contents, else where all of them moved.

    None where only some of them moved, or where they moved to the root.
    """
    inside = [
        any(_is_within(entry.location.path, note.anchor) for entry in entries)
        for entries in locations
    ]
    if all(inside):
        return note.anchor
    if any(inside):
        return None
    return _common_directory(entries[0].location.path for entries in locations) or None


def _is_in(path: str, anchor: str) -> bool:
    return path == anchor or _is_within(path, anchor)


def _is_within(path: str, directory: str) -> bool:
    return directory == "." or path.startswith(f"{directory}/")


def _common_directory(paths: Iterable[str]) -> str:
    """The deepest directory that holds all of them, empty for the root."""
    parents: Iterator[list[str]] = (path.split("/")[:-1] for path in paths)
    common = next(parents)
    for parts in parents:
        is_same = [ours == theirs for ours, theirs in zip(common, parts, strict=False)]
        common = common[: is_same.index(False) if False in is_same else len(is_same)]
    return "/".join(common)


def _renamed(note: Note, anchor: str, path: str) -> Note:
    if (anchor, path) == (note.anchor, note.path):
        return note
    # A longer anchor takes at most a token a character more. The index counts exactly once it has
    # an engine.
    tokens = note.tokens + max(0, len(anchor) - len(note.anchor))
    return replace(note, anchor=anchor, path=path, tokens=tokens)
