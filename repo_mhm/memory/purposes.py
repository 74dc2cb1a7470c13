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
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from repo_mhm.memory.file_overview import FileOverview
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
TOKENS_PER_NAME, TOKENS_PER_FILE = 20, 25
"""About how many tokens a line takes in the outline of a file, and in that of a directory."""
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
    value: float
    words: str
    """What its authors say it is for; where empty, the model is asked."""
    main_words: str
    """What its authors say of the main class in it, for where the model says nothing of use."""
    tokens: int
    """Prompt tokens it costs, estimated."""
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

    @property
    def group(self) -> tuple[str, int]:
        """Its path and its level."""
        return self.anchor, self.level


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


ReadSymbols = Callable[[str], "Sequence[StoredSymbol]"]
"""Reads the symbols of a file."""


def purpose_subjects(
    files: Iterable[FileOverview], symbols_in: ReadSymbols
) -> list[PurposeSubject]:
    """The files and directories that have a purpose, most valuable first.

    Documents have none: their headings say what they are about. Symbols are only read where an
    outline is made.
    """
    noted = [file for file in files if is_noted_file(file.path) and not is_history(file.path)]
    subjects = [*_file_subjects(noted, symbols_in), *_directories(noted, symbols_in)]
    return sorted(subjects, key=lambda subject: (-subject.value, subject.level, subject.anchor))


def top_files(subjects: Iterable[PurposeSubject]) -> frozenset[str]:
    """The paths of the most valuable files, of subjects that come most valuable first."""
    files = (subject.anchor for subject in subjects if subject.level == FILE)
    return frozenset(islice(files, TOP_FILES))


def file_overview(
    path: str,
    chunks: Sequence[StoredChunk],
    symbols: Sequence[StoredSymbol],
    noted: Iterable[StoredSymbol],
    factor: float,
) -> FileOverview:
    """What is to be known of a file whose chunks, weighed and from its top, and symbols are these.

    `noted` are the symbols that are worth a note. Its worth is not known here.
    """
    lead = max(chunks, key=lambda stored: (stored.value, -stored.id))
    named = sorted(noted, key=_importance)
    authors_words = main_words = directory_words = ""
    if not is_documentation(path):
        main = _main_class(named)
        authors_words = _authors_words(chunks[0].text, symbols)
        main_words = main.words if main else ""
        if not authors_words and main and main.share >= MAIN_SHARE:
            authors_words = main.words
    if is_about_directory(path):
        directory_words = _directory_words(path, chunks[0].text, symbols)
    return FileOverview(
        path=path,
        factor=factor,
        worth=0.0,
        value=sum(stored.value for stored in chunks),
        lead=lead.chunk.content_id,
        head=lead.head,
        names=len(named),
        words=authors_words,
        main_words=main_words,
        directory_words=directory_words,
    )


def _named(symbols: Iterable[StoredSymbol]) -> list[StoredSymbol]:
    """The definitions of a file that are worth a line, most used first."""
    noted = (stored for stored in symbols if is_worth_noting(stored.symbol))
    return sorted(noted, key=_importance)


def _importance(stored: StoredSymbol) -> tuple[float, int]:
    return -stored.rank, stored.symbol.start_byte


def _file_subjects(
    files: Iterable[FileOverview], symbols_in: ReadSymbols
) -> Iterator[PurposeSubject]:
    for file in files:
        if file.words or has_purpose(file):
            yield PurposeSubject(
                level=FILE,
                anchor=file.path,
                head=file.head,
                lead=file.lead,
                value=file.value,
                words=file.words,
                main_words=file.main_words,
                tokens=_tokens(file.path, min(OUTLINE_TOKENS, file.names * TOKENS_PER_NAME)),
                outline_of=partial(_file_outline, file.path, symbols_in),
            )


def has_purpose(file: FileOverview) -> bool:
    """Whether a model is asked what a file is for: it defines something and is no document."""
    return bool(file.names) and not is_documentation(file.path)


def _directories(
    files: Iterable[FileOverview], symbols_in: ReadSymbols
) -> Iterator[PurposeSubject]:
    by_directory: dict[str, list[FileOverview]] = defaultdict(list)
    for file in files:
        by_directory[file.path.rpartition("/")[0]].append(file)

    for directory, members in by_directory.items():
        sources = [file for file in members if has_purpose(file)]
        by_value = sorted(sources, key=lambda file: (-file.value, file.path))
        if len(by_value) < DIRECTORY_FILES:
            continue
        listed = [file.path for file in by_value[:LISTED_FILES]]
        anchor = directory or "."
        yield PurposeSubject(
            level=DIRECTORY,
            anchor=anchor,
            head=by_value[0].head,
            lead=by_value[0].lead,
            value=sum(file.value for file in members),
            words=_words_of(members),
            main_words="",
            tokens=_tokens(anchor, len(listed) * TOKENS_PER_FILE),
            outline_of=partial(_directory_outline, listed, symbols_in),
        )


def _tokens(anchor: str, outline_tokens: int) -> int:
    return estimate_tokens(anchor.encode()) + outline_tokens


def _words_of(members: Iterable[FileOverview]) -> str:
    """What the README of a directory says first, else the documentation of its package."""
    speakers = [file for file in members if file.directory_words]
    speakers.sort(key=lambda file: (not _README.match(_name(file.path)), file.path))
    return speakers[0].directory_words if speakers else ""


def _name(path: str) -> str:
    return path.rpartition("/")[2]


# The authors' words


def is_about_directory(path: str) -> bool:
    """Whether a file may say what its directory is for: its README, or the file of its package."""
    name = _name(path)
    return bool(_README.match(name) or _PACKAGE_FILE.match(name))


def _authors_words(text: str, symbols: Iterable[StoredSymbol]) -> str:
    """The first sentence of a file's own documentation that says what it is for.

    `text` is that of its first chunk.
    """
    symbol_docs = {stored.symbol.doc for stored in symbols}
    for number, sentence in enumerate(leading_sentences(text)):
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


def _main_class(named: Sequence[StoredSymbol]) -> _MainClass | None:
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


def _directory_words(path: str, text: str, symbols: Iterable[StoredSymbol]) -> str:
    """What a README or the file of a package, whose first chunk has this text, says."""
    if _README.match(_name(path)):
        return readme_sentence(text)
    return _authors_words(text, symbols)


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


def _file_outline(path: str, symbols_in: ReadSymbols) -> str:
    """The file's most used definitions, in the order of the file."""
    line_by_start: dict[int, str] = {}
    for symbol in (stored.symbol for stored in _named(symbols_in(path))):
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


def _directory_outline(paths: Sequence[str], symbols_in: ReadSymbols) -> str:
    return "\n".join(_listed(path, symbols_in(path)) for path in paths)


def _shortened(line: str) -> str:
    is_short = len(line) <= OUTLINE_CHARACTERS
    return line if is_short else f"{line[:OUTLINE_CHARACTERS].rstrip()} …"


def _listed(path: str, symbols: Iterable[StoredSymbol]) -> str:
    """A file of a directory with its most used names."""
    names = dict.fromkeys(stored.symbol.name for stored in _named(symbols))
    return _shortened(f"{_name(path)}: {', '.join(list(names)[:LISTED_NAMES])}".rstrip(": "))
