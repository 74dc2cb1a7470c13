"""Reconciling the memory with a repository that has changed: what goes, what follows its code, what comes back. Pure.

Owns the rules; needs no model. A note lives as long as the code it stands on, wherever that code moves. A coarse note
that names code which is gone gives way to the finer notes it was made of, on what remains; a full head then coarsens
again as ever. Code that comes back brings its notes along.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from repo_mhm.memory.notes import CHUNK, DIRECTORY, FILE, SYMBOL, Note

MAX_DEPTH = 64
"""How many merges deep a note is opened; a ledger that goes deeper is damaged."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a content stands in the snapshot: lines, head, value (PageRank mass)."""

    path: str
    start: int
    end: int
    head: int
    value: float


@dataclass(frozen=True, slots=True)
class Ledger:
    """What must be looked up of the past."""

    replaced_by: Callable[[int], Iterable[Note]]
    """The finer notes a merged note (id) was made of."""
    reading: Callable[[str], Iterable[Note]]
    """The chunk's and its symbols' notes from the best reading of a content."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a refresh does to the memory; `unread` contents were read once, but nothing is left of it."""

    retired: tuple[int, ...]
    revived: tuple[Note, ...]
    moved: tuple[Note, ...]
    unread: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.retired or self.revived or self.moved or self.unread)


NOTHING = Changes((), (), (), ())


def reconcile(
    live: Iterable[Note],
    spots: Mapping[str, list[Spot]],
    defined: Collection[tuple[str, str]],
    returned: Iterable[str],
    ledger: Ledger,
    heads: int,
) -> Changes:
    """How the live notes must change for the snapshot that `spots` describes.

    `defined` holds path and qualified name of every symbol in the files of `spots`; `returned` are contents new to the
    snapshot that were read before.
    """
    return _Reconciler(spots, defined, ledger, heads).run(list(live), returned)


@dataclass(slots=True)
class _Reconciler:
    spots: Mapping[str, list[Spot]]
    defined: Collection[tuple[str, str]]
    ledger: Ledger
    heads: int
    kept: dict[int, Note] = field(default_factory=dict)
    opened: set[str] = field(default_factory=set)

    def run(self, live: list[Note], returned: Iterable[str]) -> Changes:
        before = {note.id: note for note in live}
        # Finer notes first: what they say is newer than what a coarse note was made of.
        for note in sorted(live, key=lambda note: (note.level, note.id)):
            self._keep(note, 0)
        covered = {
            content for note in self.kept.values() if note.level >= CHUNK for content in note.chunks
        }
        unread = [content for content in self.opened - covered if not self._recover(content, CHUNK)]
        unread += [
            content
            for content in dict.fromkeys(returned)
            if content not in covered
            and content not in self.opened
            and not self._recover(content, SYMBOL)
        ]
        return Changes(
            retired=tuple(sorted(before.keys() - self.kept.keys())),
            revived=tuple(note for note in self.kept.values() if note.id not in before),
            moved=tuple(note for note in self.kept.values() if before.get(note.id, note) != note),
            unread=tuple(sorted(unread)),
        )

    def _keep(self, note: Note, depth: int) -> None:
        """Keep a note where it belongs now; open a coarse one that no longer holds."""
        placed = self._placed(note)
        if placed is not None:
            self.kept[note.id] = placed
        elif note.level >= FILE:
            self.opened.update(content for content in note.chunks if content in self.spots)
            for child in self.ledger.replaced_by(note.id) if depth < MAX_DEPTH else ():
                # Finer notes come back from their newest reading instead.
                if child.level >= FILE and not self._overlaps(child):
                    self._keep(child, depth + 1)

    def _overlaps(self, child: Note) -> bool:
        """Whether a note on some of the same contents is there already (they were read again meanwhile)."""
        contents = set(child.chunks)
        return any(
            contents.intersection(note.chunks) for note in self.kept.values() if note.level >= CHUNK
        )

    def _recover(self, content: str, finest: int) -> bool:
        notes = [placed for note in self.ledger.reading(content) if (placed := self._placed(note))]
        if not any(note.level == CHUNK for note in notes):
            return False
        self.kept.update((note.id, note) for note in notes if note.level >= finest)
        return True

    def _placed(self, note: Note) -> Note | None:
        """The note as it stands in this snapshot; None when it does not hold any more."""
        places = [self.spots.get(content) for content in note.chunks]
        if not all(places):
            return None
        found = [place for place in places if place]
        if note.level <= CHUNK:
            return self._fine(note, found[0])
        return self._coarse(note, found)

    def _fine(self, note: Note, spots: list[Spot]) -> Note | None:
        spot = next((spot for spot in spots if spot.path == note.path), spots[0])
        if note.level == SYMBOL:
            if (spot.path, note.anchor) not in self.defined:
                return None
            return replace(note, path=spot.path, head=spot.head)
        return replace(
            _renamed(note, f"{spot.path}:{spot.start}-{spot.end}", spot.path), head=spot.head
        )

    def _coarse(self, note: Note, places: list[list[Spot]]) -> Note | None:
        if note.level == DIRECTORY:
            anchor = self._directory(note, places)
        else:
            shared = set.intersection(*({spot.path for spot in spots} for spots in places))
            anchor = note.anchor if note.anchor in shared else min(shared, default=None)
        if anchor is None:
            return None
        head = note.head if note.head < self.heads else places[0][0].head
        return replace(_renamed(note, anchor, anchor), head=head)

    def _directory(self, note: Note, places: list[list[Spot]]) -> str | None:
        """Its own directory while that holds everything, another that everything moved to, else none."""
        inside = [any(_within(spot.path, note.anchor) for spot in spots) for spots in places]
        if all(inside):
            return note.anchor
        if any(inside):
            return None
        common = _common(spot.path for spots in places for spot in spots[:1])
        return common or None


def _within(path: str, directory: str) -> bool:
    return directory == "." or path.startswith(f"{directory}/")


def _common(paths: Iterable[str]) -> str:
    """The deepest directory that holds all of them, empty for the root."""
    parents: Iterator[list[str]] = (path.split("/")[:-1] for path in paths)
    shared = next(parents)
    for parts in parents:
        same = [ours == theirs for ours, theirs in zip(shared, parts, strict=False)]
        shared = shared[: same.index(False) if False in same else len(same)]
    return "/".join(shared)


def _renamed(note: Note, anchor: str, path: str) -> Note:
    if (anchor, path) == (note.anchor, note.path):
        return note
    # A longer anchor takes at most a token a character more; the index counts exactly once it has an engine.
    return replace(
        note, anchor=anchor, path=path, tokens=note.tokens + max(0, len(anchor) - len(note.anchor))
    )
