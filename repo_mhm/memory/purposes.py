"""Purposes: what a file or a directory is for, in one line, and what that line is made from. Pure.

A purpose is a note on a whole file or directory. Where the authors say it in a sentence (the
docstring or comment that a file begins with, a README), their sentence is part of the overview.
Otherwise the model is shown outlines of several files of one head in one prompt: their most used
definitions, each with its signature and documentation.

A purpose stands for as long as the *lead* stands: the most valuable chunk of the file. What changes
elsewhere in a file rarely changes what it is for.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from repo_mhm.memory.note_cleanup import clean_note
from repo_mhm.memory.note_input import documentation, documentation_of
from repo_mhm.memory.notes import DIRECTORY, FILE, PURPOSE_DEPTHS
from repo_mhm.memory.values import is_noted_file, is_worth_noting
from repo_mhm.relations.source_file import CLASS_KINDS
from repo_mhm.source.doc_comments import DOC_CHARACTERS, leading_sentences, paragraph_sentences
from repo_mhm.source.file_roles import is_documentation, is_history
from repo_mhm.source.symbols import Symbol
from repo_mhm.source.token_estimates import estimate_tokens

if TYPE_CHECKING:
    from repo_mhm.store import StoredChunk, StoredSymbol

TOP_FILES = 10
"""So many files have their purpose noted before anything else, and in any case."""
OUTLINE_TOKENS = 160
"""Most tokens of the outline of one file: at 88 tokens a second, a purpose takes three seconds."""
OUTLINE_CHARACTERS = 140
"""Longer lines of an outline are cut, which an ellipsis shows."""
DIRECTORY_FILES = 3
"""A directory with fewer files needs no purpose beside theirs."""
LISTED_FILES, LISTED_NAMES = 10, 5
"""Most files, and names of each, that the outline of a directory lists."""
MAIN_SHARE = 0.5
"""A class with its members that has this share of a file's PageRank is what the file is about."""
_FIRST_SENTENCES = 6
"""How far from its beginning a file may say what it is for, in paragraphs."""
_PACKAGE_FILE = re.compile(r"(?i)^(__init__\.pyi?|mod\.rs|lib\.rs|doc\.go|package-info\.java)$")
_README = re.compile(r"(?i)^readme(\.(md|rst|adoc|txt|markdown))?$")
_NO_PURPOSE = re.compile(
    r"(?i)(todo|fixme|xxx|hack|note|warning|usage|example|see|if|you|please)s?\b"
    r"|this (readme|document)\b"
)
"""Remarks that a file may begin with and that do not say what it is for."""
_SUBJECT = re.compile(
    r"(?i)^this (?:module|file|package|header|script|library|class|code|function|method)"
    r"\s+(?=[a-z])"
)
"""What is left out of a sentence, since the anchor says it."""
_LINK = re.compile(r"!?\[([^][]{0,200})\]\([^()\s]{0,300}\)")
_EMPHASIS = re.compile(r"\*\*|__|``?")


@dataclass(frozen=True, slots=True)
class PurposeSubject:
    """A file or directory whose purpose is noted."""

    level: int
    """FILE or DIRECTORY."""
    anchor: str
    """Its path; `.` for the root."""
    head: int
    lead: str
    """Content id of its most valuable chunk."""
    contents: frozenset[str]
    """Content ids of all its chunks: one that led it before is among them until it changes."""
    value: float
    words: str
    """What its authors say it is for; where empty, the model is asked."""
    main_words: str
    """What its authors say of the main class in it, for where the model says nothing of use."""
    outline_of: Callable[[], str]
    """Makes its outline, which is only needed where the model is asked."""

    @property
    def outline(self) -> str:
        """What the model is shown of it."""
        return self.outline_of()

    @property
    def depth(self) -> str:
        """Depth of the step that notes this purpose."""
        return PURPOSE_DEPTHS[self.level]

    def is_done(self, done: Mapping[str, Collection[str]]) -> bool:
        """Whether it needs no step any more; `done` holds by depth the contents that need none."""
        return not self.contents.isdisjoint(done.get(self.depth, ()))

    @property
    def tokens(self) -> int:
        """Prompt tokens it costs, estimated."""
        return estimate_tokens(f"{self.anchor}\n{self.outline}".encode())


@dataclass(frozen=True, slots=True)
class PurposeInput:
    """Files and directories of one head whose purposes are noted with one prompt."""

    head: int
    subjects: tuple[PurposeSubject, ...]
    always_noted: frozenset[str] = frozenset()
    """Anchors of those whose purpose is noted whatever it takes the place of."""

    @property
    def leads(self) -> tuple[tuple[str, str], ...]:
        """Lead and depth of each."""
        return tuple((subject.lead, subject.depth) for subject in self.subjects)


def purpose_subjects(
    chunks: Sequence[StoredChunk], symbols: Iterable[StoredSymbol]
) -> list[PurposeSubject]:
    """The files and directories that have a purpose, most valuable first.

    Documents have none: their headings say what they are about.
    """
    chunks_by_path: dict[str, list[StoredChunk]] = defaultdict(list)
    for stored in chunks:
        chunks_by_path[stored.chunk.path].append(stored)
    symbols_by_path: dict[str, list[StoredSymbol]] = defaultdict(list)
    for stored_symbol in symbols:
        symbols_by_path[stored_symbol.symbol.path].append(stored_symbol)

    files = [
        _File(path, file_chunks, symbols_by_path[path])
        for path, file_chunks in chunks_by_path.items()
        if is_noted_file(path) and not is_history(path)
    ]
    subjects = [*_file_subjects(files), *_directories(files)]
    return sorted(subjects, key=lambda subject: (-subject.value, subject.level, subject.anchor))


def top_files(subjects: Iterable[PurposeSubject]) -> frozenset[str]:
    """The paths of the most valuable files, of subjects that come most valuable first."""
    files = (subject.anchor for subject in subjects if subject.level == FILE)
    return frozenset(islice(files, TOP_FILES))


@dataclass(frozen=True)
class _File:
    """One file with its chunks, in the order they were stored, and its symbols."""

    path: str
    chunks: Sequence[StoredChunk]
    symbols: Sequence[StoredSymbol]

    @property
    def directory(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @cached_property
    def value(self) -> float:
        return sum(stored.value for stored in self.chunks)

    @cached_property
    def lead(self) -> StoredChunk:
        return max(self.chunks, key=lambda stored: (stored.value, -stored.id))

    @property
    def contents(self) -> frozenset[str]:
        return frozenset(stored.chunk.content_id for stored in self.chunks)

    @cached_property
    def named(self) -> list[StoredSymbol]:
        """Its definitions that are worth a line, most used first."""
        noted = (stored for stored in self.symbols if is_worth_noting(stored.symbol))
        return sorted(noted, key=lambda stored: (-stored.rank, stored.symbol.start_byte))


def _file_subjects(files: Iterable[_File]) -> Iterator[PurposeSubject]:
    for file in files:
        is_code = not is_documentation(file.path)
        main = _main_class(file) if is_code else None
        words = _authors_words(file) if is_code else ""
        if not words and main and main.share >= MAIN_SHARE:
            words = main.words
        if words or _has_purpose(file):
            yield PurposeSubject(
                level=FILE,
                anchor=file.path,
                head=file.lead.head,
                lead=file.lead.chunk.content_id,
                contents=file.contents,
                value=file.value,
                words=words,
                main_words=main.words if main else "",
                outline_of=partial(_file_outline, file),
            )


def _has_purpose(file: _File) -> bool:
    """Whether a model is asked what a file is for: it defines something and is no document."""
    return bool(file.named) and not is_documentation(file.path)


def _directories(files: Iterable[_File]) -> Iterator[PurposeSubject]:
    by_directory: dict[str, list[_File]] = defaultdict(list)
    for file in files:
        by_directory[file.directory].append(file)

    for directory, members in by_directory.items():
        sources = [file for file in members if _has_purpose(file)]
        by_value = sorted(sources, key=lambda file: (-file.value, file.path))
        if len(by_value) < DIRECTORY_FILES:
            continue
        lead = by_value[0].lead
        yield PurposeSubject(
            level=DIRECTORY,
            anchor=directory or ".",
            head=lead.head,
            lead=lead.chunk.content_id,
            contents=frozenset().union(*(file.contents for file in by_value)),
            value=sum(file.value for file in members),
            words=_directory_words(members),
            main_words="",
            outline_of=partial(_directory_outline, by_value),
        )


# The authors' words


def is_about_directory(path: str) -> bool:
    """Whether a file may say what its directory is for: its README, or the file of its package."""
    name = path.rpartition("/")[2]
    return bool(_README.match(name) or _PACKAGE_FILE.match(name))


def _authors_words(file: _File) -> str:
    """The first sentence of the file's own documentation that says what it is for."""
    symbol_docs = {stored.symbol.doc for stored in file.symbols}
    for number, sentence in enumerate(leading_sentences(file.chunks[0].text)):
        if number == _FIRST_SENTENCES:
            break
        # A comment at the top may be about the first definition only.
        if sentence not in symbol_docs and not _NO_PURPOSE.match(sentence):
            words = _sentence(sentence)
            if words:
                return words
    return ""


class _MainClass(NamedTuple):
    """The documented class of a file that most code refers to."""

    share: float
    """The part of the file's PageRank that it has with its members."""
    words: str


def _main_class(file: _File) -> _MainClass | None:
    named = file.named
    classes = (stored.symbol for stored in named if stored.symbol.kind in CLASS_KINDS)
    main = next((symbol for symbol in classes if main_words(symbol)), None)
    total = sum(stored.rank for stored in named)
    if main is None or not total:
        return None
    own = sum(stored.rank for stored in named if _is_within(stored.symbol, main))
    return _MainClass(own / total, main_words(main))


def _is_within(symbol: Symbol, owner: Symbol) -> bool:
    return symbol == owner or symbol.container.startswith(owner.qualified)


def main_words(symbol: Symbol) -> str:
    """What the authors say of a symbol, by its name; empty where they say nothing."""
    return named_words(symbol, documentation_of(symbol))


def named_words(symbol: Symbol, words: str) -> str:
    """What authors say of a symbol, by its name; empty where they say nothing."""
    return f"{symbol.name}: {words}" if words else ""


def _sentence(text: str) -> str:
    is_cut = len(text) >= DOC_CHARACTERS
    return documentation(clean_note(without_subject(text), "", cut_off=is_cut))


def without_subject(text: str) -> str:
    """A sentence without `This file …` in front, since its anchor says that."""
    rest = _SUBJECT.sub("", text)
    return rest if rest == text else rest[:1].upper() + rest[1:]


def _directory_words(members: Iterable[_File]) -> str:
    """What the README of a directory says first, else the documentation of its package."""
    for file in members:
        if _README.match(file.name):
            words = readme_sentence(file.chunks[0].text)
            if words:
                return words
    packages = (file for file in members if _PACKAGE_FILE.match(file.name))
    return next(filter(None, map(_authors_words, packages)), "")


def readme_sentence(text: str) -> str:
    """The first whole sentence of running text: no heading, badge, list or markup; may be empty."""
    for paragraph in re.split(r"\n\s*\n", text)[: 4 * _FIRST_SENTENCES]:
        plain = _EMPHASIS.sub("", _LINK.sub(r"\1", paragraph)).strip()
        sentence = next(paragraph_sentences(plain), "") if plain[:1].isalnum() else ""
        is_sentence = sentence.endswith((".", "!", ":")) and not _NO_PURPOSE.match(sentence)
        if is_sentence and _sentence(sentence):
            return _sentence(sentence)
    return ""


# Outlines


def _file_outline(file: _File) -> str:
    """The file's most used definitions, in the order of the file."""
    line_by_start: dict[int, str] = {}
    for symbol in (stored.symbol for stored in file.named):
        rest = symbol.signature.partition(symbol.name)[2]
        signature = f"{symbol.qualified}{rest}" if symbol.container else symbol.signature
        line = f"{signature}  # {symbol.doc}" if symbol.doc else signature
        line_by_start.setdefault(symbol.start_byte, _shortened(line))
    chosen = set(_affordable(line_by_start.values()))
    return "\n".join(line for _, line in sorted(line_by_start.items()) if line in chosen)


def _affordable(lines: Iterable[str]) -> Iterator[str]:
    """The first lines, as many as OUTLINE_TOKENS allow and at least one."""
    spent = 0
    for number, line in enumerate(lines):
        spent += estimate_tokens(line.encode())
        if number and spent > OUTLINE_TOKENS:
            return
        yield line


def _directory_outline(files: Sequence[_File]) -> str:
    return "\n".join(map(_listed, files[:LISTED_FILES]))


def _shortened(line: str) -> str:
    is_short = len(line) <= OUTLINE_CHARACTERS
    return line if is_short else f"{line[:OUTLINE_CHARACTERS].rstrip()} …"


def _listed(file: _File) -> str:
    """A file of a directory with its most used names."""
    names = dict.fromkeys(stored.symbol.name for stored in file.named)
    return _shortened(f"{file.name}: {', '.join(list(names)[:LISTED_NAMES])}".rstrip(": "))
