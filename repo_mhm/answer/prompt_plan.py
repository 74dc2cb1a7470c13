"""The prompt of one answer, planned to fit the model's context and the time to the first token.

Evidence and facts come first: `prompt_budget` says how many tokens of them there are. The system
message holds the whole memory where the evidence can still be read in time behind it. Where only
the memory is asked and it does not fit, the notes that match best stand beside the question. Reads
the store, and counts tokens with the engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from repo_mhm.answer import prompts
from repo_mhm.answer.attached import AttachedText, shown_part
from repo_mhm.answer.cited_lines import Passage
from repo_mhm.answer.context import AnswerContext
from repo_mhm.answer.evidence import Evidence, EvidencePool, collect_evidence
from repo_mhm.answer.evidence_lookup import evidence_sources
from repo_mhm.answer.facts import FACTS_SHARE, NO_FACTS, PROMPT_KINDS, Facts
from repo_mhm.answer.facts_lookup import facts_for
from repo_mhm.answer.noted_symbols import MOST_TOKENS, NotedSymbol, listed, within
from repo_mhm.answer.noted_symbols_lookup import noted_symbols
from repo_mhm.answer.prefill_speed import PrefillSpeed
from repo_mhm.answer.prompt_budget import MIN_TOKENS, PromptBudget, first_token_target
from repo_mhm.answer.steps import Steps, best_steps
from repo_mhm.engine.types import Engine, Prompt, Turn
from repo_mhm.errors import PromptTooLong
from repo_mhm.location import Location
from repo_mhm.memory.notes import Note, is_purpose, line
from repo_mhm.retrieval.search import SearchResult
from repo_mhm.source.token_estimates import estimate_tokens

EVIDENCE_CHUNKS = 24
"""How many of the best chunks evidence is cut from."""
CONTEXT_MARGIN = 64
"""Tokens kept free for the chat template."""
ATTRIBUTION_TOKENS = 6000
"""Tokens of source that sentences may be attributed to: more than a prompt has, since no model
reads them."""
MODEL_DEPTHS = frozenset({"skim", "read", "merge"})
"""Depths of the notes that steps of an index leave, most of them a model's."""
MAX_MODEL_NOTES = 4
"""Most notes of the model beside what is noted exactly of the symbols in question."""
MAX_NOTES = 12
"""Most notes beside the question when the memory itself cannot be prefilled in time."""


@dataclass(frozen=True, slots=True)
class PromptPlan:
    """A prompt, and what the answer to it needs."""

    prompt: Prompt
    prompt_tokens: int
    """Tokens of the system and the user message."""
    unread_tokens: int
    """Tokens that are in no saved state, by which the speed of prefilling is measured."""
    prefix_tokens: int
    """Tokens before them, which a saved state holds."""
    prefill_seconds: tuple[float, float]
    """Between which seconds the model is likely to read the unread tokens."""
    target_seconds: float
    """When the first token is due, in seconds since the user began to wait."""
    evidence: tuple[Evidence, ...]
    """Source lines that the model is shown."""
    facts: Facts
    """Facts that it is shown beside them."""
    passages: tuple[Passage, ...]
    """What sentences may be attributed to, besides the lines that bear out the facts."""
    notes: int
    """How many notes the model is shown."""
    steps: Sequence[Steps] = ()
    """What the best definitions do, to be said after the model's answer."""
    noted: Sequence[NotedSymbol] = ()
    """Where only the memory is asked: what is noted of the symbols in question, to be said then."""
    warnings: tuple[str, ...] = ()
    """What the user must know of it."""

    def shown_locations(self) -> list[Location]:
        """The source lines that the model is shown, and those that its facts rest on."""
        locations = [piece.location for piece in self.evidence]
        locations += self.facts.locations
        return list(dict.fromkeys(locations))


@dataclass(frozen=True, slots=True)
class _System:
    """A system message, and the notes that the model is shown with it."""

    text: str
    tokens: int
    unread_tokens: int
    """Of its tokens, those that are in no saved state."""
    notes: Sequence[Note] = ()
    holds_notes: bool = False
    """Whether the notes are in the message itself; else they stand beside the question."""


@dataclass(frozen=True, slots=True)
class PromptPlanner:
    """Plans the prompt for a question from what was retrieved for it."""

    context: AnswerContext
    engine: Engine
    speed: PrefillSpeed
    """How fast the engine is likely to prefill the prompt."""
    turns: Sequence[Turn]
    """Earlier turns of the conversation."""
    result: SearchResult
    deep_facts: Facts | None = None
    """What a deep pass found; it is used instead of the memory."""

    def plan(self) -> PromptPlan:
        """The prompt with its evidence. Raises PromptTooLong when the question does not fit."""
        count = self.engine.count
        question, instructions = self.context.question, self.context.options.instructions
        noted = self._noted()
        system = self._notes_system(noted) if noted else self._system()
        room = self.engine.info.context - prompts.ANSWER_TOKENS - CONTEXT_MARGIN - system.tokens
        attached = self._attached(room)
        question_block = prompts.question_block(question, attached.text, instructions)
        history, fixed_tokens = self._history(question_block, room)
        history_tokens = fixed_tokens - count(question_block)
        notes = () if system.holds_notes else system.notes

        note_tokens = sum(count(line(note)) for note in notes)
        other_tokens = system.unread_tokens + fixed_tokens + note_tokens
        prefix = system.tokens - system.unread_tokens
        budget = self._budget().evidence_tokens(prefix, other_tokens)
        budget = min(budget, room - fixed_tokens - note_tokens)

        pool = self._evidence_pool()
        facts = self._noted_facts(noted) if noted else self._facts(pool, budget)
        pieces = self._evidence(pool, budget - count(facts.text))
        material = prompts.Material(pieces, notes, facts.text)
        prompt = prompts.answer_prompt(question_block, system.text, material, history)
        user_tokens = count(prompt.user)
        unread_tokens = system.unread_tokens + history_tokens + user_tokens
        return PromptPlan(
            prompt=prompt,
            prompt_tokens=system.tokens + user_tokens,
            unread_tokens=unread_tokens,
            prefix_tokens=prefix,
            prefill_seconds=self.speed.likely_seconds(unread_tokens, prefix),
            target_seconds=self._target_seconds(),
            evidence=tuple(pieces),
            facts=facts,
            passages=self._passages(pool, pieces),
            notes=len(system.notes),
            steps=() if self._asks_memory_alone else self._steps(pool),
            noted=noted,
            warnings=self._warnings(attached),
        )

    def _warnings(self, attached: AttachedText) -> tuple[str, ...]:
        """What the reader must know of the prompt: what was cut off before."""
        of_attached = attached.warning if attached.lines_left_out else ""
        of_facts = (self.deep_facts or NO_FACTS).warning
        return tuple(filter(None, (of_attached, of_facts)))

    @property
    def _asks_memory_alone(self) -> bool:
        """Whether the answer may use no source."""
        return self.context.options.mode == "memory"

    def _budget(self) -> PromptBudget:
        seconds_left = self._target_seconds() - self.context.elapsed()
        return PromptBudget(self.speed, seconds_left, self.context.options.thorough)

    def _target_seconds(self) -> float:
        return self.context.options.first_token_seconds or first_token_target(self.speed)

    # System message and history ---------------------------------------------------------------

    def _system(self) -> _System:
        """The whole memory where the evidence can be read in time behind it; else none of it.

        Where only the memory is asked, it is shown as the notes that match.
        """
        without_memory = prompts.source_system()
        tokens_without_memory = self.engine.count(without_memory)
        only_instructions = _System(
            without_memory, tokens_without_memory, unread_tokens=tokens_without_memory
        )
        live_notes = self._live_notes()
        if not live_notes:
            return only_instructions

        text = prompts.memory_system(live_notes)
        tokens = self.engine.count(text)
        if self._has_room_for(tokens):
            if self._load_memory(text, tokens):
                return _System(text, tokens, 0, live_notes, holds_notes=True)  # none is unread
            if self._budget().has_time_for(tokens, is_saved=False):
                return _System(text, tokens, tokens, live_notes, holds_notes=True)

        if self._asks_memory_alone:
            return replace(only_instructions, notes=self.result.notes[:MAX_NOTES])
        # Beside source lines, notes made the default model claim twice as much that is wrong.
        return only_instructions

    def _notes_system(self, noted: Sequence[NotedSymbol]) -> _System:
        """Instructions to answer from notes, with the model's notes on the symbols' files."""
        text = prompts.notes_system()
        tokens = self.engine.count(text)
        paths = {item.symbol.path for item in noted}
        live = [note for note in self.context.store.notes() if note.path in paths]
        purposes = [note for note in live if is_purpose(note)]
        exact = listed(noted).lower()
        written = [
            note
            for note in self.result.notes
            if note.path in paths
            and note.depth in MODEL_DEPTHS
            and not is_purpose(note)
            and note.text.rstrip(".").lower() not in exact
        ]
        return _System(text, tokens, tokens, [*purposes, *written[:MAX_MODEL_NOTES]])

    def _has_room_for(self, memory_tokens: int) -> bool:
        """Whether the context holds the memory, and the least evidence where there is any."""
        evidence_tokens = 0 if self._asks_memory_alone else MIN_TOKENS
        other_tokens = prompts.ANSWER_TOKENS + 2 * CONTEXT_MARGIN + evidence_tokens
        return memory_tokens + other_tokens < self.engine.info.context

    def _load_memory(self, text: str, tokens: int) -> bool:
        """Load the saved state of the memory, unless that leaves no time to read the evidence."""
        has_time = self._budget().has_time_for(tokens, is_saved=True)
        if not self._asks_memory_alone and not has_time:
            return False
        return self.engine.load_state(text, self.context.store.state_path)

    def _live_notes(self) -> Sequence[Note]:
        """The notes in the heads, where the answer may use them."""
        if self.context.options.mode == "source" or self.deep_facts is not None:
            return ()
        scope = self.context.options.scope
        return [note for note in self.context.store.notes() if note.path in scope]

    def _attached(self, room: int) -> AttachedText:
        """What is shown of the text that came with the question, in half of the room at most."""
        tokens = min(room // 2, self._budget().attached_tokens())
        return shown_part(self.context.options.attached, tokens, self.engine.count)

    def _history(self, question_block: str, room: int) -> tuple[list[Turn], int]:
        """The earlier turns that fit, and their tokens with the question's."""
        count = self.engine.count
        question_tokens = count(question_block)
        history = prompts.recent_turns(self.turns, count)
        history_tokens = sum(count(turn.question) + count(turn.answer) for turn in history)
        if question_tokens + history_tokens <= room:
            return history, question_tokens + history_tokens
        if question_tokens <= room:
            return [], question_tokens
        raise PromptTooLong(
            f"the question is {question_tokens:,} tokens long; "
            f"this model's context has room for {max(0, room):,}",
            hint="Shorten the question, or set a larger context with REPO_MHM_CONTEXT.",
        )

    # Facts ------------------------------------------------------------------------------------

    def _facts(self, pool: EvidencePool, budget: int) -> Facts:
        """What a deep pass found, then what the code says exactly of the symbols that matter.

        The latter takes at most FACTS_SHARE of `budget`, which is in tokens.
        """
        deep_facts = self.deep_facts or NO_FACTS
        if self._asks_memory_alone:
            return deep_facts
        count = self.engine.count
        tokens = round((budget - count(deep_facts.text)) * FACTS_SHARE)
        # A deep pass has looked up the values behind the names itself.
        kinds = PROMPT_KINDS if self.deep_facts is None else PROMPT_KINDS - {"values"}
        # What lines say already is only left out of other kinds of facts.
        shown = ()
        facts = facts_for(
            self.context.store, self.result.query, pool.pieces, shown, tokens, count, kinds
        )
        locations = dict.fromkeys((*deep_facts.locations, *facts.locations))
        return Facts(deep_facts.text + facts.text, tuple(locations))

    def _noted(self) -> tuple[NotedSymbol, ...]:
        """What is noted of the symbols in question, where only the memory is asked."""
        if not self._asks_memory_alone or self.deep_facts is not None:
            return ()
        noted = noted_symbols(self.context.store, self.context.question, self.result)
        return within(noted, MOST_TOKENS, self.engine.count)

    @staticmethod
    def _noted_facts(noted: Sequence[NotedSymbol]) -> Facts:
        locations = [location for item in noted for location in item.locations]
        return Facts(listed(noted), tuple(dict.fromkeys(locations)))

    # Evidence ---------------------------------------------------------------------------------

    def _evidence_pool(self) -> EvidencePool:
        best = self.result.ranked[:EVIDENCE_CHUNKS]
        pointers = self.result.query.pointers
        files = self.context.options.files
        sources = evidence_sources(self.context.store, best, files, pointers)
        return collect_evidence(sources, self.result.term_weights, self.result.query.names)

    def _evidence(self, pool: EvidencePool, tokens: int) -> list[Evidence]:
        """The best evidence of at most so many tokens; none where only the memory is asked."""
        if self._asks_memory_alone:
            return []
        return pool.within(tokens, self.engine.count)

    def _steps(self, pool: EvidencePool) -> list[Steps]:
        """What the best functions do; for a question about constants, of those that name one."""
        definitions, names = pool.definitions, self.result.query.names
        symbols = self.context.store.symbols_named(names) if names else []
        if symbols and all(stored.symbol.kind == "constant" for stored in symbols):
            definitions = [
                (score, piece)
                for score, piece in definitions
                if any(name in line for line in piece.lines for name in names)
            ]
        return best_steps(definitions, self.result.term_weights)

    def _passages(self, pool: EvidencePool, shown: Sequence[Evidence]) -> tuple[Passage, ...]:
        """The source that the model is shown, and more; not notes, which a model wrote."""
        more = pool.within(ATTRIBUTION_TOKENS, lambda text: estimate_tokens(text.encode()))
        return tuple(Passage(piece.location, piece.text) for piece in (*shown, *more))
