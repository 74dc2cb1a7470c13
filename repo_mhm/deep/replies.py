"""Checks a model's reply on a section, and makes a step of the lines that can be trusted. Pure.

A small model echoes the question, invents values and gives one name the value of another. So a
line is only accepted when all names in it occur in the section, and so does a third of those of its
words that are not the question's.
"""

from __future__ import annotations

from collections import Counter

from repo_mhm.answer.definitions import DefinitionLookup, names_in
from repo_mhm.deep.facts import DeepStep, Fact, Section
from repo_mhm.deep.prompts import FACT_TOKENS
from repo_mhm.engine.types import Reply
from repo_mhm.location import Location
from repo_mhm.memory.note_cleanup import clean_note
from repo_mhm.retrieval.query import Query
from repo_mhm.source.search_terms import words

FACT_LINES = 12
"""A fact's location spans about this many lines of its section at most."""
MIN_SHARED_WORDS = 1 / 3
"""Least share of a line's own words that must occur in the section."""


def supported_lines(section: Section, reply: Reply, query: Query) -> list[str]:
    """The lines of a reply that can come from the section, each once."""
    lines = reply.texts[0].split("\n") if reply.texts else []
    is_cut_off = reply.generated_tokens >= FACT_TOKENS
    last = len(lines) - 1
    cleaned = [
        clean_note(line, "", cut_off=is_cut_off and index == last)
        for index, line in enumerate(lines)
    ]
    chunk = section.chunk
    shown = f"{chunk.path}\n{chunk.enclosing}\n{section.text}"
    shown_words = set(words(shown))
    return [
        line
        for line in dict.fromkeys(cleaned)
        if line and _is_supported(line, shown.lower(), shown_words, query)
    ]


def repeats_definition(
    line: str, section: Section, query: Query, look_up: DefinitionLookup
) -> bool:
    """Whether a line says no more than a definition in the section's file.

    Such a line is left out, since the definition itself is listed as the code spells it.
    """
    own_words = set(_own_words(line, query))
    definitions = (
        definition.text
        for name in names_in([line])
        for definition in look_up(name)
        if definition.location.path == section.chunk.path
    )
    return any(own_words.issubset(words(text)) for text in definitions)


def locate(section: Section, line: str) -> Location:
    """Where in the section a line comes from: around the lines with the rarest words it shares."""
    chunk = section.chunk
    source_lines = section.text.split("\n")
    line_words = set(words(line))
    shared = [line_words.intersection(words(source)) for source in source_lines]
    rarity = Counter(word for shared_words in shared for word in shared_words)
    scores = [sum(1 / rarity[word] for word in shared_words) for shared_words in shared]
    best = max(range(len(source_lines)), key=lambda index: (scores[index], -index))

    window = range(
        max(0, best - FACT_LINES // 2),
        min(len(source_lines), best + FACT_LINES // 2),
    )
    sharing = [index for index in window if shared[index]] or [best]
    first, last = sharing[0], sharing[-1]
    return Location(chunk.path, chunk.start + first, min(chunk.start + last, chunk.end))


def extract_step(section: Section, reply: Reply, facts: tuple[Fact, ...]) -> DeepStep:
    """The step that adds facts to the section's head; it failed when the reply was empty."""
    return _step(section, reply, facts=facts, failed=not reply.texts)


def rewrite_step(section: Section, reply: Reply) -> DeepStep:
    """The step that gives the section's head the replied text; an empty text fails."""
    replied = reply.texts[0] if reply.texts else ""
    lines = (clean_note(line, "") for line in replied.split("\n"))
    memory = "\n".join(filter(None, lines))
    return _step(section, reply, memory=memory, failed=not memory)


def _step(
    section: Section,
    reply: Reply,
    *,
    facts: tuple[Fact, ...] = (),
    memory: str = "",
    failed: bool,
) -> DeepStep:
    return DeepStep(
        content=section.chunk.content_id,
        path=section.chunk.path,
        head=section.head,
        facts=facts,
        memory=memory,
        prompt_tokens=reply.prompt_tokens,
        generated_tokens=reply.generated_tokens,
        seconds=reply.seconds,
        failed=failed,
    )


def _is_supported(line: str, shown: str, shown_words: set[str], query: Query) -> bool:
    """Whether a line can come from what was `shown` (in lower case)."""
    if not all(name.lower() in shown for name in names_in([line])):
        return False
    own_words = _own_words(line, query)
    shared = sum(word in shown_words for word in own_words)
    return bool(own_words) and shared >= len(own_words) * MIN_SHARED_WORDS


def _own_words(line: str, query: Query) -> list[str]:
    """A line's words that are not the question's; all of them where there are no others."""
    long_words = [word for word in words(line) if len(word) > 2]
    return [word for word in long_words if word not in query.terms] or long_words
