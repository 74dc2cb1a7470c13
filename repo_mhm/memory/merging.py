"""Merging: when a head merges its notes, and the steps that it takes. Pure.

A head whose notes take more tokens than its budget gives notes up until they fit again, one step
for each group of notes. `coarsening` chooses the group that loses least; here it is dropped, or
merged into one coarser note by a model, or by a merge of the past that was the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from repo_mhm.engine.types import Reply
from repo_mhm.memory.coarsening import Coarsening, coarsen, drop_oldest
from repo_mhm.memory.jobs import NO_REPLY, Job, ask
from repo_mhm.memory.note_cleanup import clean_note
from repo_mhm.memory.notes import CHUNK, Head, Note, Step, TokenCounter, line
from repo_mhm.memory.prompts import OVERALL_TOKENS, merge_prompt

MergeKey = tuple[int, str, frozenset[str]]


def merge_key(level: int, anchor: str, chunks: Iterable[str]) -> MergeKey:
    """Identifies a merge by the level and anchor of its note, and the chunks that it describes."""
    return level, anchor, frozenset(chunks)


def must_merge(head: Head) -> bool:
    """Whether a head has to give up notes: they take more tokens than its budget."""
    return head.tokens > head.budget


@dataclass(slots=True)
class HeadMerger:
    """Keeps one head within its budget."""

    head: Head
    note_ids: Iterator[int]
    count: TokenCounter
    rule: str
    """`coarsen` or `drop-oldest`."""
    earlier_merges: dict[MergeKey, Note]
    """Merged notes of the past by `merge_key`, each removed once it is used again."""

    def fit(self) -> Job:
        """Coarsen (or drop) until the head is within its budget; each change is its own step."""
        while must_merge(self.head):
            if self.rule == "drop-oldest":
                yield self._apply(self._merge_step((), drop_oldest(self.head), ""))
                continue
            group = coarsen(self.head)
            if group is None:
                yield from self._shorten_last_note()
                return
            yield from self._replace(group)

    def _replace(self, group: Coarsening) -> Job:
        """Replace a group by its coarser note: the one that exists, an earlier one or a new one."""
        retired = tuple(note.id for note in group.children)
        if group.level == CHUNK:
            yield self._apply(self._merge_step((), retired, group.children[0].path))
            return

        key = merge_key(group.level, group.anchor, _chunks(group))
        earlier = self.earlier_merges.pop(key, None)
        if earlier is not None:
            revived = replace(earlier, head=self.head.number, value=_value(group))
            yield self._apply(self._merge_step((self._counted(revived),), retired, group.anchor))
            return

        reply = yield from ask(merge_prompt(group))
        text = self._merged_text(group, reply)
        merged = self._merged_note(group, text)
        step = self._merge_step((merged,), retired, group.anchor, reply)
        yield self._apply(replace(step, failed=not text))

    def _merged_text(self, group: Coarsening, reply: Reply) -> str:
        raw = reply.texts[0] if reply.texts else ""
        is_cut_off = self.count(raw) >= OVERALL_TOKENS - 1
        return clean_note(raw, group.anchor, cut_off=is_cut_off)

    def _merged_note(self, group: Coarsening, text: str) -> Note:
        # After an unusable reply the text of the most valuable child remains, so not all is lost.
        most_valuable = max(group.children, key=lambda note: (note.value, -note.id))
        note = Note(
            id=next(self.note_ids),
            head=self.head.number,
            level=group.level,
            anchor=group.anchor,
            path=group.anchor,
            text=text or most_valuable.text,
            tokens=0,
            chunks=_chunks(group),
            depth="merge",
            value=_value(group),
        )
        return self._counted(note)

    def _shorten_last_note(self) -> Job:
        """Keep as many words of the only note left as fit, at least one."""
        (original,) = self.head.notes.values()
        note = original
        words = note.text.split()
        while len(words) > 1 and note.tokens > self.head.budget:
            words.pop()
            note = self._counted(replace(note, text=f"{' '.join(words)} …"))
        if note != original:
            shortened = replace(note, id=next(self.note_ids))
            yield self._apply(self._merge_step((shortened,), (original.id,), note.path))

    def _merge_step(
        self,
        added: tuple[Note, ...],
        retired: tuple[int, ...],
        path: str,
        reply: Reply = NO_REPLY,
    ) -> Step:
        return Step(
            head=self.head.number,
            kind="merge",
            chunk="",
            path=path,
            depth="merge",
            added=added,
            retired=retired,
            prompt_tokens=reply.prompt_tokens,
            generated_tokens=reply.generated_tokens,
            seconds=reply.seconds,
        )

    def _counted(self, note: Note) -> Note:
        return replace(note, tokens=self.count(line(note)))

    def _apply(self, step: Step) -> Step:
        self.head.apply(step)
        return step


def _chunks(group: Coarsening) -> tuple[str, ...]:
    """Content ids of all chunks that the group describes, each once."""
    return tuple(dict.fromkeys(chunk for note in group.children for chunk in note.chunks))


def _value(group: Coarsening) -> float:
    return sum(note.value for note in group.children)
