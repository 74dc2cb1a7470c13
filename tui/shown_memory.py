"""What the memory view shows of the heads: computed away from the event loop. No widgets here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.note_rows import first_used, used_ids
from tui.note_tree import head_names, note_nodes
from tui.tree import Node

if TYPE_CHECKING:
    from repo_mhm.answer.citations import Citation
    from repo_mhm.commands.memory import HeadView, NoteView


@dataclass(frozen=True, slots=True)
class ShownMemory:
    """What the view has read, and what it computed of it away from the event loop."""

    heads: Sequence[HeadView]
    names: Sequence[Sequence[str]]
    """By head: what it is named by."""
    roots: Sequence[Sequence[Node]]
    """By head: the tree of its notes."""
    used: tuple[Citation, ...]
    """What the last answer used."""
    used_ids: Collection[int]
    """The notes on that."""
    first_used: NoteView | None

    def nodes_in(self, head: int) -> list[Node]:
        """All nodes of a head's tree, from the top."""
        return [node for root in self.roots[head] for node in root.walk()]


def arranged(heads: Sequence[HeadView], used: tuple[Citation, ...]) -> ShownMemory:
    """What the view shows of heads."""
    notes = [note for head in heads for note in head.notes]
    return ShownMemory(
        heads=heads,
        names=head_names(heads),
        roots=[note_nodes(head.notes) for head in heads],
        used=used,
        used_ids=used_ids(notes, used),
        first_used=first_used(notes, used),
    )
