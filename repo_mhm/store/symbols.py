"""The tables of symbols and of what refers to them, with the ranks of the symbols."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from sys import intern
from typing import Any, NamedTuple

from repo_mhm.source.search_terms import searchable_text
from repo_mhm.source.symbols import REFERENCE_KINDS, Reference, Symbol, lines_by_use, new_tuple
from repo_mhm.store.connection import Database
from repo_mhm.store.name_numbers import NameNumbers

_CALL = REFERENCE_KINDS.index("call")
_decode = json.JSONDecoder().raw_decode
_FIRST = itemgetter(0)
_NEXT_DEFINITION = "SELECT coalesce(max(id), 0) + 1 FROM definition"
UNRANKED = 1e-300
"""The rank of a new symbol and the value of a new chunk. As wide as a real one: rows that grew when
they are ranked would no longer fit their pages, which would be split and left half empty."""


@dataclass(frozen=True, slots=True)
class StoredSymbol:
    """A live symbol with its row id and its rank."""

    id: int
    symbol: Symbol
    rank: float


class SymbolSpan(NamedTuple):
    """Where a symbol lies, and its name as a number: all that ranking needs of it."""

    id: int
    name: int
    qualified: str
    container: str
    start: int
    end: int
    start_byte: int
    end_byte: int


class Mentions(NamedTuple):
    """The lines on which a file refers to one name, in one way."""

    name: int
    kind: str
    lines: list[int]


class FileLinks(NamedTuple):
    """What the symbol graph needs to know of one file."""

    symbols: list[SymbolSpan]
    mentions: list[Mentions]


class SymbolTables(Database):
    """Writing and reading symbols and references."""

    def _insert_symbols(
        self,
        db: sqlite3.Connection,
        symbols_by_file: Sequence[tuple[int, Collection[Symbol]]],
        names: NameNumbers,
    ) -> None:
        """Store the symbols of files, each with its number."""
        numbers = names.of({symbol.name for _, own in symbols_by_file for symbol in own})
        first = int(db.execute(_NEXT_DEFINITION).fetchone()[0])
        numbered = list(
            enumerate(((file, symbol) for file, own in symbols_by_file for symbol in own), first)
        )
        rows = (
            (
                number, file, numbers[symbol.name], symbol.qualified, symbol.kind, symbol.start,
                symbol.end, symbol.start_byte, symbol.end_byte, symbol.signature, symbol.doc,
                _stored_container(symbol), UNRANKED,
            )
            for number, (file, symbol) in numbered
        )  # fmt: skip
        db.executemany(
            'INSERT INTO definition (id, file, name, qualified, kind, start, "end", start_byte, '
            "end_byte, signature, doc, container, rank) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        db.executemany(
            "INSERT INTO symbol_words (rowid, words) VALUES (?, ?)",
            ((number, _symbol_words(symbol)) for number, (_, symbol) in numbered),
        )

    def _insert_references(
        self,
        db: sqlite3.Connection,
        references_by_file: Sequence[tuple[int, Collection[Reference]]],
        names: NameNumbers,
    ) -> None:
        """Store what files refer to, each with its number."""
        lines_by_file = [(file, lines_by_use(own)) for file, own in references_by_file]
        numbers = names.of({name for _, lines in lines_by_file for name, _ in lines})
        for file, lines in lines_by_file:
            rows = [(file, numbers[name], kind, own) for (name, kind), own in lines.items()]
            rows.sort()
            db.executemany(
                "INSERT INTO mention (file, name, kind, lines) VALUES (?, ?, ?, ?)", rows
            )

    def _unindex_symbols(self, db: sqlite3.Connection, path: str) -> None:
        """Delete the words of a file's symbols. The index has no texts to know them from."""
        for stored in self.symbols_in(path):
            db.execute(
                "INSERT INTO symbol_words (symbol_words, rowid, words) VALUES ('delete', ?, ?)",
                (stored.id, _symbol_words(stored.symbol)),
            )

    def set_ranks(
        self, ranks: Iterable[tuple[int, float]], values: Iterable[tuple[int, float]]
    ) -> None:
        """Set the ranks of symbols and the values of chunks, each with its row id."""
        with self.transaction() as db:
            db.executemany("UPDATE definition SET rank = ?2 WHERE id = ?1", ranks)
            db.executemany("UPDATE chunk SET value = ?2 WHERE id = ?1", values)

    # The symbol graph

    def file_links(self) -> Iterator[FileLinks]:
        """The symbols and references of every file, one file at a time."""
        symbol_query = (
            "SELECT file, id, name, qualified, CASE substr(container, 1, 1) "
            "WHEN '=' THEN CAST(substr(CAST(container AS BLOB), 2) AS TEXT) "
            "ELSE substr(qualified, 1, CAST(container AS INTEGER)) END, "
            "start, end, start_byte, end_byte FROM definition ORDER BY file, id"
        )
        mention_query = (
            "SELECT file, name, kind, lines FROM mention "
            "WHERE name IN (SELECT name FROM definition) ORDER BY file"
        )
        symbols = groupby(self._iterate_tuples(symbol_query), key=_FIRST)
        mentions = groupby(self._iterate_tuples(mention_query), key=_FIRST)
        next_symbols, next_mentions = next(symbols, None), next(mentions, None)
        while next_symbols or next_mentions:
            file = min(group[0] for group in (next_symbols, next_mentions) if group)
            own_symbols: list[SymbolSpan] = []
            own_mentions: list[Mentions] = []
            if next_symbols and next_symbols[0] == file:
                own_symbols = [new_tuple(SymbolSpan, row[1:]) for row in next_symbols[1]]
                next_symbols = next(symbols, None)
            if next_mentions and next_mentions[0] == file:
                own_mentions = [_mentions(row) for row in next_mentions[1]]
                next_mentions = next(mentions, None)
            yield FileLinks(own_symbols, own_mentions)

    def ranks(self) -> Iterator[float]:
        """The rank of every symbol, in the order of `file_links`."""
        query = "SELECT rank FROM definition ORDER BY file, id"
        return (row[0] for row in self._iterate_tuples(query))

    def ranks_by_file(self) -> Iterator[tuple[str, list[tuple[int, float]]]]:
        """The first byte and the rank of each symbol of one file after the other, by path."""
        query = (
            "SELECT path, start_byte, rank FROM file_number CROSS JOIN definition "
            "ON definition.file = file_number.id ORDER BY path"
        )
        for path, rows in groupby(self._iterate_tuples(query), key=_FIRST):
            yield path, [(start, rank) for _, start, rank in rows]

    def link_count(self) -> int:
        """How many symbols and references there are; of a name's references in a file one."""
        query = "SELECT (SELECT count(*) FROM definition) + (SELECT count(*) FROM mention)"
        return int(self._fetch_all(query)[0][0])

    def links_in(self, paths: Iterable[str]) -> int:
        """How many symbols and references these files have, counted as by `link_count`."""
        query = (
            "WITH numbered AS (SELECT id FROM file_number "
            "WHERE path IN (SELECT value FROM json_each(?))) "
            "SELECT (SELECT count(*) FROM definition WHERE file IN numbered) + "
            "(SELECT count(*) FROM mention WHERE file IN numbered)"
        )
        return int(self._fetch_all(query, json.dumps(list(paths)))[0][0])

    # Symbols

    def chunks_of_symbols(self, ids: Iterable[int]) -> dict[int, int]:
        """The row id of the chunk in which each symbol begins, by the symbol's."""
        query = (
            "SELECT symbol.id, min(chunk.id) FROM symbol CROSS JOIN chunk "
            'ON chunk.path = symbol.path AND symbol.start BETWEEN chunk.start AND chunk."end" '
            "WHERE symbol.id IN (SELECT value FROM json_each(?)) GROUP BY symbol.id"
        )
        return {row[0]: int(row[1]) for row in self._fetch_all(query, json.dumps(list(ids)))}

    def symbols(self, ids: Iterable[int] | None = None) -> list[StoredSymbol]:
        """The live symbols (or those with the given row ids)."""
        if ids is None:
            return self._records(_symbol, self._iterate("SELECT * FROM symbol ORDER BY id"))
        return self._records(_symbol, self._fetch_by_id("symbol", ids))

    def symbols_named(self, names: Iterable[str], most: int | None = None) -> list[StoredSymbol]:
        """Live symbols with one of these simple or qualified names, highest rank first.

        At most `most`: any of them where there are more, as ranking all of a common name is slow.
        """
        # A qualified name ends with the simple one. Only the latter has an index.
        wanted = set(names)
        simple_names = {ending for name in wanted for ending in _endings(name)}
        query = (
            "SELECT symbol.* FROM (SELECT definition.id AS row FROM name CROSS JOIN definition "
            "ON definition.name = name.id WHERE text IN (SELECT value FROM json_each(?1)) "
            "AND (text IN (SELECT value FROM json_each(?2)) "
            "OR qualified IN (SELECT value FROM json_each(?2))) LIMIT ?3) "
            "CROSS JOIN symbol ON symbol.id = row ORDER BY rank DESC, id"
        )
        limit = -1 if most is None else most
        rows = self._fetch_all(
            query, json.dumps(list(simple_names)), json.dumps(list(wanted)), limit
        )
        return self._records(_symbol, rows)

    def symbols_in(self, path: str) -> list[StoredSymbol]:
        """The symbols of one file, outermost and topmost first."""
        query = "SELECT * FROM symbol WHERE path = ? ORDER BY start_byte, end_byte DESC"
        return self._records(_symbol, self._fetch_all(query, path))

    def defined_in(self, paths: Iterable[str]) -> set[tuple[str, str]]:
        """Path and qualified name of every symbol in these files."""
        query = "SELECT path, qualified FROM symbol WHERE path IN (SELECT value FROM json_each(?))"
        return {(row[0], row[1]) for row in self._fetch_all(query, json.dumps(list(paths)))}

    def defining_paths(self, names: Iterable[str], *, most: int) -> dict[str, set[str]]:
        """The files that define each of these simple names, of those with at most so many."""
        query = (
            "WITH telling AS (SELECT name.id AS id, text FROM name CROSS JOIN definition "
            "ON definition.name = name.id WHERE text IN (SELECT value FROM json_each(?1)) "
            "GROUP BY name.id HAVING count(DISTINCT file) <= ?2) "
            "SELECT DISTINCT text, path FROM telling CROSS JOIN definition "
            "ON definition.name = telling.id CROSS JOIN file_number "
            "ON file_number.id = definition.file"
        )
        paths: dict[str, set[str]] = defaultdict(set)
        for name, path in self._fetch_all(query, json.dumps(list(names)), most):
            paths[name].add(path)
        return paths

    def symbol_names(self) -> set[str]:
        """The simple name of every symbol."""
        query = "SELECT text FROM name WHERE id IN (SELECT name FROM definition)"
        return {name for (name,) in self._iterate_tuples(query)}

    def symbol_names_of_length(self, least: int, most: int) -> list[str]:
        """The simple names of symbols that have so many characters, in no order."""
        query = (
            "SELECT text FROM name WHERE length(text) BETWEEN ? AND ? "
            "AND EXISTS (SELECT 1 FROM definition WHERE definition.name = name.id)"
        )
        return [name for (name,) in self._iterate_tuples(query, least, most)]

    def symbol_count(self) -> int:
        """How many symbols the snapshot has."""
        return int(self._fetch_all("SELECT count(*) FROM definition")[0][0])

    # References

    def reference_count(self) -> int:
        """How many references the snapshot has, each line of a name counted."""
        query = "SELECT coalesce(sum(json_array_length(lines)), 0) FROM mention"
        return int(self._fetch_all(query)[0][0])

    def references(self) -> list[Reference]:
        """Every reference of the snapshot."""
        query = (
            "SELECT text, path, kind, lines FROM mention "
            "JOIN file_number ON file_number.id = file JOIN name ON name.id = mention.name"
        )
        return [
            Reference(name, path, line, REFERENCE_KINDS[kind])
            for name, path, kind, lines in self._fetch_all(query)
            for line in json.loads(lines)
        ]

    def users_of_names(self, names: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Each of these names that a file refers to, with its path, in no order."""
        query = (
            "SELECT DISTINCT text, path FROM name CROSS JOIN mention "
            "ON mention.name = name.id CROSS JOIN file_number ON file_number.id = file "
            "WHERE text IN (SELECT value FROM json_each(?))"
        )
        for row in self._iterate(query, json.dumps(list(names))):
            yield row["text"], row["path"]

    def user_counts(self, *, outside: Iterable[str], most: int) -> dict[str, int]:
        """How many other files, none of those `outside`, refer to what each file defines.

        Names with more than so many files that define them do not count.
        """
        query = (
            "WITH telling AS MATERIALIZED "
            "(SELECT name FROM definition GROUP BY name HAVING count(DISTINCT file) <= ?1), "
            "outside AS MATERIALIZED (SELECT id FROM file_number "
            "WHERE path IN (SELECT value FROM json_each(?2))) "
            "SELECT path, count(DISTINCT mention.file) FROM telling CROSS JOIN definition "
            "ON definition.name = telling.name CROSS JOIN mention ON mention.name = telling.name "
            "CROSS JOIN file_number ON file_number.id = definition.file "
            "WHERE mention.file NOT IN outside AND NOT EXISTS (SELECT 1 FROM definition AS own "
            "WHERE own.name = mention.name AND own.file = mention.file) "
            "GROUP BY definition.file"
        )
        return dict(self._iterate_tuples(query, most, json.dumps(list(outside))))

    def called_names(self, *, outside: Iterable[str]) -> set[str]:
        """Every name that a file calls which is not among these."""
        query = (
            "SELECT text FROM name WHERE id IN (SELECT name FROM mention WHERE kind = ?1 "
            "AND file NOT IN (SELECT id FROM file_number "
            "WHERE path IN (SELECT value FROM json_each(?2))))"
        )
        rows = self._iterate_tuples(query, _CALL, json.dumps(list(outside)))
        return {name for (name,) in rows}

    def calling_paths(self, name: str) -> Iterator[str]:
        """The files that call a name, one by one: who stops early reads no more of them."""
        query = (
            "SELECT path FROM name CROSS JOIN mention ON mention.name = name.id "
            "CROSS JOIN file_number ON file_number.id = file WHERE text = ? AND kind = ?"
        )
        for row in self._iterate(query, name, _CALL):
            yield row[0]

    def names(self) -> set[str]:
        """Every name the snapshot defines or refers to: what an answer may mention."""
        query = (
            "SELECT text FROM name WHERE id IN "
            "(SELECT name FROM definition UNION SELECT name FROM mention)"
        )
        return {row[0] for row in self._fetch_all(query)}

    def forget_unused_names(self) -> None:
        """Delete the names that no symbol and no reference has any more."""
        with self.transaction() as db:
            db.execute(
                "DELETE FROM name WHERE id NOT IN "
                "(SELECT name FROM definition UNION SELECT name FROM mention)"
            )


def _mentions(row: tuple[Any, ...]) -> Mentions:
    _, name, kind, lines = row
    return new_tuple(Mentions, (name, REFERENCE_KINDS[kind], _decode(lines)[0]))


def _stored_container(symbol: Symbol) -> str:
    """The length of a container that the qualified name begins with; see the view `symbol`."""
    container = symbol.container
    # SQLite takes a NUL for the end of a text.
    if symbol.qualified.startswith(container) and "\0" not in container:
        return str(len(container)) if container else ""
    return f"={container}"


def _symbol_words(symbol: Symbol) -> str:
    """What the full-text index has of a symbol."""
    return searchable_text(f"{symbol.qualified} {symbol.signature} {symbol.doc} {symbol.path}")


def _endings(name: str) -> list[str]:
    """A name, and what is left of it after each separator of a qualified name."""
    separators = (index for index, letter in enumerate(name) if letter in ".:# ")
    return [name, *(name[index + 1 :] for index in separators)]


def _symbol(row: sqlite3.Row) -> StoredSymbol:
    """A row of the view `symbol`, whose columns are those of `Symbol` between id and rank."""
    number, path, *columns, rank = row
    # All symbols of a file share one path.
    symbol = new_tuple(Symbol, (intern(path), *columns))
    return StoredSymbol(number, symbol, rank)
