"""Makes the map of a repository from its memory; reads the store and, for the history, git.

The page depends on the snapshot and its history alone, not on how the memory came about: symbols
and references are put into one order and ranked anew, since a memory that was updated keeps them in
another order than a fresh one, and its ranks may be older than its symbols. Notes of a model are
what differs between machines, so they only stand where the authors say nothing.
"""

from __future__ import annotations

import math
import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from repo_mhm.errors import RepositoryError
from repo_mhm.formatting import single_line
from repo_mhm.git import read_commit_log
from repo_mhm.location import Location
from repo_mhm.memory.notes import FILE, Note, without_overview
from repo_mhm.memory.purposes import PurposeSubject, purpose_subjects, readme_sentence
from repo_mhm.memory.values import (
    SOURCE,
    FileValues,
    Value,
    is_worth_noting,
    role,
    symbol_value,
)
from repo_mhm.pages.commands_seen import seen_commands
from repo_mhm.pages.dependencies import cycles, dependencies
from repo_mhm.pages.entry_lookup import EntryLookup
from repo_mhm.pages.import_edges import follows, sure_targets
from repo_mhm.pages.map_page import (
    ChangedFile,
    EntryPoint,
    FileCount,
    History,
    KeySymbol,
    MapModule,
    MapPage,
    Statement,
)
from repo_mhm.pages.module_groups import OTHERS, Grouping, group_files, units
from repo_mhm.pages.package_metadata import PackageMetadata
from repo_mhm.pages.rust_imports import rust_imports
from repo_mhm.pages.sentence_location import sentence_location
from repo_mhm.relations.records import Import
from repo_mhm.relations.relation_lookup import Relations
from repo_mhm.relations.repository_lookup import StoreRepository
from repo_mhm.relations.source_file import CALLABLE_KINDS, CLASS_KINDS
from repo_mhm.scope import WHOLE, Scope
from repo_mhm.source import languages
from repo_mhm.source.symbol_graph import page_rank
from repo_mhm.source.symbols import Symbol
from repo_mhm.store import Store

_DEEPEST = 8
"""Definitions around a symbol that are looked at."""
MOST_SYMBOLS = 4
"""Key symbols of one module."""
MEMBER = 0.5
"""What a member of a class is worth beside it: who knows the class finds it."""
MOST_CHANGED = 8
"""Files that are named as most changed."""
NEWEST_COMMITS = 500
"""How many commits say what changes most: about a year of an active project."""
_PACKAGE_FILES = frozenset({"__init__.py", "doc.go", "package-info.java", "mod.rs", "lib.rs"})


Activity = Callable[[str], None]
"""Called with what is done next, as a phrase for people."""


def no_activity(text: str) -> None:
    """Ignore what is done."""


def map_page(
    store: Store,
    root: Path,
    commit: str,
    activity: Activity = no_activity,
    scope: Scope = WHOLE,
) -> MapPage:
    """The map of the repository that a store holds, or of the scope in it.

    `commit` is the last one of its history.
    """
    activity("reading the history")
    history = _history(root, commit, set(store.blobs()))
    return _Builder(store, scope).page(history, activity)


def _history(root: Path, commit: str, paths: set[str]) -> History:
    """The files that the newest commits changed most."""
    if not commit:
        return History()
    try:
        commits = read_commit_log(root, commit).commits[:NEWEST_COMMITS]
    except RepositoryError:
        return History()
    counts = Counter(path for logged in commits for path in set(logged.changed) & paths)
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return History(len(commits), tuple(ChangedFile(*item) for item in most))


class _Builder:
    """Reads the parts of a page; each is read once."""

    def __init__(self, store: Store, scope: Scope) -> None:
        self._store = store
        self._scope = scope
        self._repository = StoreRepository(store, with_tests=False)
        self._relations = Relations(self._repository)
        self._languages = store.languages()
        self._paths = sorted(path for path in store.blobs() if path in scope)

    def page(self, history: History, activity: Activity) -> MapPage:
        activity("finding what imports what")
        grouping = group_files(self._value_by_source, self._languages)
        edges = dependencies(self._import_targets, grouping.module_by_path)
        activity("following entry points")
        entry_points = self._entry_points()
        activity("describing the modules")
        return MapPage(
            title=self._title(),
            about=self._about(),
            languages=self._language_counts(),
            roles=self._role_counts(),
            entry_points=entry_points,
            modules=self._modules(grouping),
            grouped=grouping.rest,
            dependencies=edges,
            cycles=cycles(edges),
            history=self._source_history(history),
            commands=seen_commands(self._paths, self._store.text_of),
            gaps=self._gaps(),
            scope=self._scope.names,
        )

    # Files and symbols

    @cached_property
    def _metadata(self) -> PackageMetadata:
        return PackageMetadata(self._repository.paths)

    @cached_property
    def _symbols(self) -> list[Symbol]:
        """The symbols of all programs in an order that only the snapshot decides.

        Documents have none here: the page itself may be one of them.
        """
        programs = set(self._programs)
        symbols = (stored.symbol for stored in self._store.symbols())
        return sorted(symbol for symbol in symbols if symbol.path in programs)

    @cached_property
    def _ranks(self) -> dict[Symbol, float]:
        programs = set(self._programs)
        references = sorted(item for item in self._store.references() if item.path in programs)
        return dict(zip(self._symbols, page_rank(self._symbols, references), strict=True))

    @cached_property
    def _source(self) -> list[str]:
        """The files of source: programs that are no tests, examples or tools.

        Where there are none, all files that are programs.
        """
        return [path for path in self._programs if role(path)[1] == SOURCE] or self._programs

    @cached_property
    def _programs(self) -> list[str]:
        return [path for path in self._paths if self._is_program(path)]

    def _is_program(self, path: str) -> bool:
        name = self._languages.get(path)
        return bool(name) and not languages.by_name(name).is_data

    @cached_property
    def _file_values(self) -> dict[str, Value]:
        # Neither users nor changes count here: ranks say the first, and the second are no fact of
        # the snapshot.
        values = FileValues({}, {})
        return {path: values.of(path) for path in self._source}

    @cached_property
    def _symbols_by_path(self) -> dict[str, list[tuple[float, Symbol]]]:
        """The symbols of each file of source that are worth naming, most valuable first."""
        kinds = {
            (symbol.path, symbol.qualified): (symbol.kind, symbol.container)
            for symbol in self._symbols
        }
        by_path: dict[str, list[tuple[float, Symbol]]] = defaultdict(list)
        for symbol in self._symbols:
            file_value = self._file_values.get(symbol.path)
            if file_value is None or not is_worth_noting(symbol):
                continue
            is_local = _is_in_function(symbol, kinds)
            rank = self._ranks[symbol]
            value = symbol_value(symbol, rank, file_value, is_entry=False, is_local=is_local)
            # Ranks are told by names, which common ones inflate; a long definition says more.
            lines = symbol.end - symbol.start + 1
            weight = math.log2(1 + lines) * (MEMBER if symbol.container else 1.0)
            by_path[symbol.path].append((value.total * weight, symbol))
        for valued in by_path.values():
            valued.sort(key=lambda item: (-item[0], item[1]))
        return by_path

    @cached_property
    def _value_by_source(self) -> dict[str, float]:
        """How much a reader should hear of each file, by the code and by the files around it.

        What imports much and is imported by much holds a program together: a helper that all import
        is as little of its story as a program's first file. Long files say more, but not in
        proportion.
        """
        unit_by_path = units(self._source, self._languages)
        imported: dict[str, set[str]] = defaultdict(set)
        importers: dict[str, set[str]] = defaultdict(set)
        for location, target in self._import_targets:
            importer, unit = unit_by_path[location.path], unit_by_path.get(target)
            if unit and unit != importer:
                imported[importer].add(unit)
                importers[unit].add(importer)
        return {
            path: (1 + len(imported[unit]))
            * (1 + len(importers[unit]))
            * math.log2(2 + self._code_lines(path))
            for path, unit in unit_by_path.items()
        }

    def _code_lines(self, path: str) -> int:
        return sum(1 for line in self._repository.file(path).code.split("\n") if line.strip())

    def _language_counts(self) -> tuple[FileCount, ...]:
        return _counts(self._languages[path] for path in self._source)

    def _role_counts(self) -> tuple[FileCount, ...]:
        source = set(self._source)
        roles = (role(path)[0] for path in self._paths if path not in source)
        return _counts("other" if name == "source" else name for name in roles)

    # What things are for

    @cached_property
    def _purposes(self) -> dict[str, PurposeSubject]:
        """By path, the files and folders whose authors say what they are for."""
        subjects = purpose_subjects(self._store.file_overviews(), self._store.symbols_in)
        return {subject.anchor: subject for subject in subjects if subject.words}

    @cached_property
    def _notes(self) -> dict[str, Note]:
        """By path, the notes on whole files and folders."""
        notes = [note for note in without_overview(self._store.notes()) if note.level >= FILE]
        return {note.path or note.anchor: note for note in notes}

    def _title(self) -> str:
        title = self._metadata.name or self._readme_title()
        parts = (title, ", ".join(self._scope.names))
        return ": ".join(filter(None, parts))

    def _readme_title(self) -> str:
        """The first heading of the README; empty where there is none."""
        for readme in filter(_is_readme, self._root_files):
            for line in self._store.text_of(readme).split("\n")[:40]:
                if heading := re.fullmatch(r"#{1,2} +([^<>\[\]!`]{1,60})", line.strip()):
                    return single_line(heading[1])
        return ""

    def _about(self) -> Statement | None:
        """What the package's metadata says the project is, else its README.

        What a folder is for, its own README says.
        """
        description = self._metadata.description
        if description and self._scope.is_whole:
            return description
        for readme in filter(_is_readme, self._root_files):
            text = self._store.text_of(readme)
            if sentence := readme_sentence(text):
                return Statement(sentence, sentence_location(readme, text, sentence))
        return None

    def _purpose(self, path: str, files: Sequence[str]) -> Statement | None:
        """What the authors of a module say it is for: of a folder, a file that speaks for it."""
        if path in self._purposes and path not in files:
            return self._located(self._purposes[path].words, self._in_folder(path))
        speakers = [*filter(_speaks_for_folder, files), *files[:1]]
        for speaker in speakers:
            if speaker in self._purposes:
                return self._located(self._purposes[speaker].words, [speaker])
        return None

    def _located(self, sentence: str, files: Sequence[str]) -> Statement | None:
        """The sentence with the lines of the file that says it."""
        best = sorted(files, key=lambda path: (not _is_readme(path), path))
        for path in best:
            location = sentence_location(path, self._store.text_of(path), sentence)
            if len(files) == 1 or location != Location(path, 1, 1):
                return Statement(sentence, location)
        return None

    @property
    def _root_files(self) -> list[str]:
        """The files at the root, or directly in the folders that the page is about."""
        folders = ["."] if self._scope.is_whole else sorted(self._scope.folders)
        return [path for folder in folders for path in self._in_folder(folder)]

    def _in_folder(self, folder: str) -> list[str]:
        return self._repository.paths.in_folder("" if folder == "." else folder)

    def _note(self, path: str, files: Sequence[str]) -> Statement | None:
        note = self._notes.get(path) or (self._notes.get(files[0]) if len(files) == 1 else None)
        if note is None:
            return None
        return Statement(note.text, Location(files[0], 1, self._last_line(files[0])))

    def _last_line(self, path: str) -> int:
        return max(1, len(self._store.text_of(path).splitlines()))

    # Modules

    def _modules(self, grouping: Grouping) -> tuple[MapModule, ...]:
        files_by_module: dict[str, list[str]] = defaultdict(list)
        for path, module in grouping.module_by_path.items():
            files_by_module[module].append(path)
        values = {
            module: sum(self._value_by_source[path] for path in files)
            for module, files in files_by_module.items()
        }
        order = sorted(
            values, key=lambda module: (module.endswith(OTHERS), -values[module], module)
        )
        return tuple(self._module(module, files_by_module[module]) for module in order)

    def _module(self, path: str, files: list[str]) -> MapModule:
        files = sorted(files, key=lambda file: (-self._value_by_source[file], file))
        purpose = None if path.endswith(OTHERS) else self._purpose(path, files)
        note = None if purpose or path.endswith(OTHERS) else self._note(path, files)
        lines = sum(map(self._last_line, files))
        return MapModule(path, tuple(files), lines, purpose, note, self._key_symbols(files))

    def _key_symbols(self, files: Iterable[str]) -> tuple[KeySymbol, ...]:
        """The most valuable classes and functions, and constants only where there are no others."""
        valued = [item for path in files for item in self._symbols_by_path.get(path, ())]
        valued.sort(key=lambda item: (-item[0], item[1]))
        symbols = [symbol for _, symbol in valued]
        named = [item for item in symbols if item.kind in CALLABLE_KINDS | CLASS_KINDS] or symbols
        unique = {(item.path, item.qualified): item for item in reversed(named)}
        best = [item for item in named if unique[item.path, item.qualified] is item]
        return tuple(map(_key_symbol, best[:MOST_SYMBOLS]))

    # Dependencies

    @cached_property
    def _import_targets(self) -> list[tuple[Location, str]]:
        """Every import statement of the source with each file that it surely leads to."""
        return [
            (statement.location, target)
            for path in self._source
            for statement in self._imports(path, self._languages[path])
            for target in sure_targets(statement, self._languages[path], self._repository.paths)
        ]

    def _imports(self, path: str, language: str) -> list[Import]:
        if language == "rust":
            return rust_imports(path, self._repository.file(path).code, self._repository.paths)
        return self._relations.imports(path)

    # Entry points

    def _entry_points(self) -> tuple[EntryPoint, ...]:
        readmes = filter(_is_readme, self._root_files)
        source = set(self._source)
        lookup = EntryLookup(
            repository=self._repository,
            relations=self._relations,
            languages=self._languages,
            scripts=self._metadata.scripts,
            symbols=[symbol for symbol in self._symbols if symbol.path in source],
            valued=[item for items in self._symbols_by_path.values() for item in items],
            readme="".join(map(self._store.text_of, readmes)),
        )
        return tuple(entry for entry in lookup.entry_points() if entry.location.path in self._scope)

    # The rest

    def _source_history(self, history: History) -> History:
        source = set(self._source)
        files = [item for item in history.files if item.path in source]
        return History(history.commits, tuple(files[:MOST_CHANGED]))

    def _gaps(self) -> tuple[str, ...]:
        """Languages whose imports are not followed."""
        names = sorted({self._languages[path] for path in self._source})
        silent = [name for name in names if not follows(name)]
        if not silent:
            return ()
        return (f"Imports are not followed in {', '.join(silent)}: no arrow begins or ends there.",)


def _is_in_function(symbol: Symbol, kinds: Mapping[tuple[str, str], tuple[str, str]]) -> bool:
    """Whether a function is around a symbol; `kinds` has kind and container by qualified name."""
    container, depth = symbol.container, 0
    while container and depth < _DEEPEST:
        kind, container = kinds.get((symbol.path, container), ("", ""))
        if kind in CALLABLE_KINDS:
            return True
        depth += 1
    return False


def _is_readme(path: str) -> bool:
    return posixpath.basename(path).lower().startswith("readme")


def _speaks_for_folder(path: str) -> bool:
    """Whether what a file says at its top is about its folder."""
    return posixpath.basename(path) in _PACKAGE_FILES


def _counts(names: Iterable[str]) -> tuple[FileCount, ...]:
    counts = Counter(names)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(FileCount(name, number) for name, number in ordered)


def _key_symbol(symbol: Symbol) -> KeySymbol:
    return KeySymbol(symbol.qualified, symbol.kind, symbol.doc, symbol.location)
