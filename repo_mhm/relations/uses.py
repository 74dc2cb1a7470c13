"""Uses: the lines of a file that mean one symbol, and how each uses it. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from repo_mhm.relations.accessors import names_in_other_language
from repo_mhm.relations.definition_places import is_definition
from repo_mhm.relations.expressions import Occurrence, has_receiver, literal_type, occurrences
from repo_mhm.relations.hierarchy import Hierarchy
from repo_mhm.relations.narrowing import Narrowing
from repo_mhm.relations.records import Use, UseKind
from repo_mhm.relations.repository import Repository
from repo_mhm.relations.scopes import HEADERS, Meaning, Scopes
from repo_mhm.relations.source_file import CALLABLE_KINDS, SourceFile
from repo_mhm.source.language_traits import ImportStatement
from repo_mhm.source.symbols import Symbol

_STRENGTH: dict[UseKind, int] = {"name": 0, "import": 1, "base": 2, "call": 3}
"""Of several uses in one line the strongest is kept."""
_KEY = re.compile(r"\s*:(?![:=])")
_CPP_SOURCES = (".cc", ".cpp", ".cxx", ".c++")
_WITH_QUOTED_NAMES = ("kotlin", "scala", "swift")
_KEYWORD_ARGUMENT = re.compile(r"\s*=(?!=)")


class _Occurrence(NamedTuple):
    """One occurrence of a name, before it is known which of its definitions is asked about."""

    line: int
    kind: UseKind
    meaning: Meaning


class Uses:
    """Finds the uses of a symbol, file by file."""

    def __init__(
        self, repository: Repository, scopes: Scopes, hierarchy: Hierarchy, narrowing: Narrowing
    ) -> None:
        self._repository = repository
        self._scopes = scopes
        self._hierarchy = hierarchy
        self._narrowing = narrowing
        self._meant: dict[tuple[str, str], list[_Occurrence]] = {}
        self._files_by_meaning: dict[tuple[str, str], dict[str, list[SourceFile]]] = {}
        """For a name in a family of languages, the files by what they mean by it."""

    def of(self, symbol: Symbol) -> list[Use]:
        """Every use of a symbol but its definition, by path and line."""
        owner = self._constructed(symbol)
        if owner is not None:
            return self._constructions(symbol, owner)
        return self._all_uses(symbol)

    def _all_uses(self, symbol: Symbol) -> list[Use]:
        overridden = self._bases_of(symbol)
        return [
            use
            for file in self._meaning_files(symbol, overridden)
            for use in self._in_file(file, symbol, overridden)
        ]

    def _meaning_files(
        self, symbol: Symbol, overridden: dict[tuple[str, str], Symbol]
    ) -> Sequence[SourceFile]:
        """The candidates that mean a symbol; not all are looked through for each namesake."""
        if self._has_other_names(symbol):
            return self._candidates(symbol)
        family = self._repository.file(symbol.path).family
        key = symbol.name, family
        if key not in self._files_by_meaning:
            files = self._candidates(symbol)
            self._files_by_meaning[key] = self._by_meaning(files, symbol, family)
        by_meaning = self._files_by_meaning[key]
        qualified = {symbol.qualified, *(base.qualified for base in overridden.values())}
        meaning = {file.path: file for name in qualified for file in by_meaning.get(name, ())}
        return [meaning[path] for path in sorted(meaning)]

    def _by_meaning(
        self, files: Iterable[SourceFile], symbol: Symbol, family: str
    ) -> dict[str, list[SourceFile]]:
        """The files of a family by the qualified names that they mean by a symbol's name."""
        files_by_meaning: dict[str, list[SourceFile]] = defaultdict(list)
        for file in files:
            if file.family == family:
                meanings = {
                    item.qualified
                    for name in self._local_names(file, symbol)
                    for occurrence in self._occurrences(file, name)
                    for item in occurrence.meaning.symbols
                }
                for qualified in meanings:
                    files_by_meaning[qualified].append(file)
        return files_by_meaning

    def first(self, symbol: Symbol, most_files: int) -> Iterator[Use]:
        """The uses in the first files that may have any, as `of` orders them, one by one."""
        owner = self._constructed(symbol)
        named = [symbol] if owner is None or symbol.name != owner.name else []
        constructed = [owner] if owner is not None else []
        files = {
            file.path: file for item in (*named, *constructed) for file in self._candidates(item)
        }
        for path in sorted(files)[:most_files]:
            by_line: dict[int, Use] = {}
            for item in constructed:
                uses = self._in_file(files[path], item, {})
                by_line |= {use.line: use for use in uses if use.kind == "call"}
            for item in named:
                for use in self._in_file(files[path], item, self._bases_of(item)):
                    by_line.setdefault(use.line, use)
            yield from (by_line[line] for line in sorted(by_line))

    def _bases_of(self, symbol: Symbol) -> dict[tuple[str, str], Symbol]:
        return {_key(base): base for base in self.overridden(symbol)}

    def _candidates(self, symbol: Symbol) -> Sequence[SourceFile]:
        """The files that may use a symbol: by its name, or as the default of its file."""
        names = [symbol.name]
        if self._is_default(symbol):
            stem = symbol.path.rpartition("/")[2].partition(".")[0]
            folder = symbol.path.rpartition("/")[0].rpartition("/")[2]
            names += [name for name in (stem, folder) if name]
        names += _names_elsewhere(symbol)
        definitions = self._repository.named(symbol.name)
        return self._repository.using_files(names, (item.path for item in definitions))

    def _has_other_names(self, symbol: Symbol) -> bool:
        """Whether files may call a symbol what they do not call its namesakes."""
        return bool(_names_elsewhere(symbol)) or self._is_default(symbol)

    def _is_default(self, symbol: Symbol) -> bool:
        if self._repository.file(symbol.path).family != "javascript":
            return False
        return symbol in self._scopes.offered(symbol.path, "default").symbols

    def meanings(self, path: str, line: int, name: str) -> list[Meaning]:
        """What a name means on a line of a file, each time that it stands there as a use."""
        file = self._repository.file(path)
        return [
            occurrence.meaning
            for occurrence in self._occurrences(file, name)
            if occurrence.line == line
        ]

    def overridden(self, symbol: Symbol) -> list[Symbol]:
        """The members of bases that a member overrides or implements."""
        owner = self._hierarchy.owner(symbol)
        if owner is None or symbol.kind not in CALLABLE_KINDS:
            return []
        bases = self._hierarchy.ancestors(owner)
        if owner.path.endswith(".go"):
            bases += self._hierarchy.interfaces(owner, symbol)
        members = [
            member for base in bases for member in self._hierarchy.own_members(base, symbol.name)
        ]
        return list(dict.fromkeys(members))

    # Constructors

    def _constructed(self, symbol: Symbol) -> Symbol | None:
        """The class that a constructor belongs to; None for any other symbol."""
        owner = self._hierarchy.owner(symbol)
        file = self._repository.file(symbol.path)
        if owner is None or file.language is None:
            return None
        special = file.language.methods.constructor or "constructor"
        return owner if symbol.name in (special, owner.name) else None

    def _constructions(self, symbol: Symbol, owner: Symbol) -> list[Use]:
        """The calls of a class, and those that name its constructor (`super().__init__`)."""
        uses = [use for use in self._all_uses(owner) if use.kind == "call"]
        if symbol.name != owner.name:
            by_line = {(use.path, use.line) for use in uses}
            named = self._all_uses(symbol)
            uses += [use for use in named if (use.path, use.line) not in by_line]
        return sorted(uses, key=lambda use: (use.path, use.line))

    # One file

    def _in_file(
        self, file: SourceFile, symbol: Symbol, overridden: dict[tuple[str, str], Symbol]
    ) -> list[Use]:
        family = self._repository.file(symbol.path).family
        if file.family != family:
            return []
        use_by_line: dict[int, Use] = {}
        for name in self._local_names(file, symbol):
            for occurrence in self._occurrences(file, name):
                use = self._use(file, symbol, overridden, occurrence, name)
                if use is None:
                    continue
                other = use_by_line.get(use.line)
                if other is None or _STRENGTH[other.kind] < _STRENGTH[use.kind]:
                    use_by_line[use.line] = use
        return [use_by_line[line] for line in sorted(use_by_line)]

    def _local_names(self, file: SourceFile, symbol: Symbol) -> Iterable[str]:
        """The name of the symbol, and what the file's imports call it."""
        names = dict.fromkeys([symbol.name, *names_in_other_language(symbol, file.path)])
        for statement in file.statements:
            for original, local in statement.names:
                if local == symbol.name or original not in (symbol.name, "default"):
                    continue
                if original == symbol.name or self._offers(file, statement, symbol):
                    names[local] = None
        return names

    def _offers(self, file: SourceFile, statement: ImportStatement, symbol: Symbol) -> bool:
        """Whether a symbol is the default of a module that the file imports."""
        paths = self._scopes.targets(file, statement.module)
        return any(
            is_same(item, symbol)
            for path in paths
            for item in self._scopes.offered(path, "default").symbols
        )

    def _occurrences(self, file: SourceFile, name: str) -> list[_Occurrence]:
        """What each occurrence of a name in the file means; asked for each of many namesakes."""
        key = file.path, name
        if key not in self._meant:
            places = (
                self._read(file, name, occurrence) for occurrence in occurrences(file.code, name)
            )
            self._meant[key] = [place for place in places if place is not None]
        return self._meant[key]

    def _read(self, file: SourceFile, name: str, occurrence: Occurrence) -> _Occurrence | None:
        """What an occurrence means; None for a definition."""
        line = file.line_at(occurrence.start)
        if _is_in_quoted_name(file, occurrence):
            return None
        statement = _statement_at(file, occurrence.start)
        if statement is not None:
            return _Occurrence(line, "import", self._imported(file, statement, name))
        if is_definition(file, name, occurrence, line):
            return None
        if _is_key(file, occurrence):
            meaning = self._field_of_literal(file, name, occurrence, line)
            return _Occurrence(line, "name", meaning)
        meaning = self._narrowing.meaning(file, name, occurrence, line)
        return _Occurrence(line, self._kind(file, name, occurrence, line), meaning)

    def _use(
        self,
        file: SourceFile,
        symbol: Symbol,
        overridden: dict[tuple[str, str], Symbol],
        occurrence: _Occurrence,
        name: str,
    ) -> Use | None:
        """The use at an occurrence, if it means the symbol."""
        line, kind, meaning = occurrence
        via = ""
        if not any(is_same(item, symbol) for item in meaning.symbols):
            keys = [_key(item) for item in meaning.symbols] if overridden else []
            bases = [overridden[key] for key in keys if key in overridden]
            if not bases or meaning.by_name_only:
                return None
            via = bases[0].qualified
        return Use(
            file.path,
            line,
            kind,
            file.line(line),
            file.user_at(line),
            meaning.by_name_only,
            meaning.is_doubtful,
            via,
            meaning.is_guess,
            name,
        )

    def _field_of_literal(
        self, file: SourceFile, name: str, occurrence: Occurrence, line: int
    ) -> Meaning:
        """The field that a key of a Go literal means: `Route{name: "a"}`."""
        if file.family != "go":
            return Meaning()
        owner = literal_type(file.code, occurrence.start)
        classes = self._literal_types(file, owner) if owner else ()
        fields = [item for cls in classes for item in self._hierarchy.own_members(cls, name)]
        if owner is None:
            # The type is left out inside a list of literals.
            namesakes = self._repository.named(name)
            fields = [item for item in namesakes if item.kind == "constant" and item.container]
        is_ambiguous = len(fields) > 1
        return Meaning(tuple(fields), by_name_only=is_ambiguous)

    def _literal_types(self, file: SourceFile, owner: re.Match[str]) -> tuple[Symbol, ...]:
        """The types that stand before a literal, in their package: `common.Page{…}`."""
        start, end = owner.span(1)
        has_package = has_receiver(file.code, start)
        place = Occurrence(start, end, is_call=False, has_receiver=has_package)
        return self._narrowing.meaning(file, owner[1], place, file.line_at(start)).symbols

    def _imported(self, file: SourceFile, statement: ImportStatement, name: str) -> Meaning:
        """What a name in an import statement means."""
        for original, local in statement.names:
            if name in (original, local):
                for path in self._scopes.targets(file, statement.module):
                    offered = self._scopes.offered(path, original)
                    if offered.symbols:
                        return offered
        return Meaning()

    def _kind(self, file: SourceFile, name: str, occurrence: Occurrence, line: int) -> UseKind:
        if self._is_base(file, name, line):
            return "base"
        before = file.code[max(0, occurrence.start - 40) : occurrence.start]
        is_decorator = re.search(r"@(?:[\w$]+\.)*\Z", before) is not None
        is_element = file.family == "javascript" and re.search(r"(?<![\w$])<\Z", before) is not None
        return "call" if occurrence.is_call or is_decorator or is_element else "name"

    def _is_base(self, file: SourceFile, name: str, line: int) -> bool:
        owner = file.class_at(line)
        if owner is None:
            return False
        return any(
            base.line == line and base.name.rpartition(".")[2] == name
            for base in self._hierarchy.bases(owner)
        )


def _names_elsewhere(symbol: Symbol) -> list[str]:
    """What a symbol of Java or Kotlin is called in the other of the two."""
    return [name for path in ("A.java", "A.kt") for name in names_in_other_language(symbol, path)]


def is_same(symbol: Symbol, other: Symbol) -> bool:
    """Whether two symbols are one thing: overloads, or a declaration and its definition in C."""
    if _key(symbol) == _key(other):
        return True
    is_c = symbol.path.endswith((".c", ".h")) and other.path.endswith((".c", ".h"))
    is_c = is_c or _is_header_and_source(symbol.path, other.path)
    is_static = "static" in f"{symbol.signature} {other.signature}".split()
    is_macro = symbol.signature.startswith("#") or other.signature.startswith("#")
    return (
        is_c
        and not is_static
        and not is_macro
        and symbol.qualified == other.qualified
        and (symbol.kind == other.kind)
    )


def _is_header_and_source(path: str, other: str) -> bool:
    """Whether one of two files of C++ may declare what the other defines."""
    return (path.endswith(HEADERS) and other.endswith(_CPP_SOURCES)) or (
        other.endswith(HEADERS) and path.endswith(_CPP_SOURCES)
    )


def _key(symbol: Symbol) -> tuple[str, str]:
    return symbol.path, symbol.qualified


def _statement_at(file: SourceFile, offset: int) -> ImportStatement | None:
    for statement in file.statements:
        if statement.start <= offset < statement.end:
            return statement
    return None


def _is_in_quoted_name(file: SourceFile, occurrence: Occurrence) -> bool:
    """Whether the name is a word of a longer one: fun `sends all rows`()."""
    if file.language is None or file.language.name not in _WITH_QUOTED_NAMES:
        return False
    before = file.code[file.code.rfind("\n", 0, occurrence.start) + 1 : occurrence.start]
    after = file.code[occurrence.end : occurrence.end + 1]
    return before.count("`") % 2 == 1 and not (before.endswith("`") and after == "`")


def _is_key(file: SourceFile, occurrence: Occurrence) -> bool:
    """Whether the name is a key, or the name of an argument, and so no use of a definition."""
    if occurrence.has_receiver or file.language is None:
        return False
    before = file.code[max(0, occurrence.start - 200) : occurrence.start].rstrip(" \t")
    is_listed = before.endswith(("{", ",", "(", "\n"))
    if file.family == "python":
        is_argument = before.rstrip().endswith(("(", ","))
        return is_argument and _KEYWORD_ARGUMENT.match(file.code, occurrence.end) is not None
    if file.family in ("javascript", "go"):
        return (
            is_listed
            and _KEY.match(file.code, occurrence.end) is not None
            and (not before.endswith("("))
        )
    return False
