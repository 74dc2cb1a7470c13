"""Databases garbled in ways that disks, editors, other programs and attackers garble them.

Each mutation gets the path of a sound database and a source of chance.
"""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

Mutation = Callable[[Path, random.Random], None]
PAGE = 8192


def _edit_bytes(path: Path, edit: Callable[[bytearray], bytes | bytearray]) -> None:
    path.write_bytes(edit(bytearray(path.read_bytes())))


def flipped_bytes(path: Path, chance: random.Random) -> None:
    def edit(raw: bytearray) -> bytearray:
        for _ in range(chance.choice([1, 10, 300])):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        return raw

    _edit_bytes(path, edit)


def flipped_header(path: Path, chance: random.Random) -> None:
    def edit(raw: bytearray) -> bytearray:
        for _ in range(chance.randint(1, 5)):
            raw[chance.randrange(100)] = chance.randrange(256)
        return raw

    _edit_bytes(path, edit)


def swapped_pages(path: Path, chance: random.Random) -> None:
    def edit(raw: bytearray) -> bytearray:
        first, second = (chance.randrange(len(raw) // PAGE) * PAGE for _ in range(2))
        kept = bytes(raw[first : first + PAGE])
        raw[first : first + PAGE] = raw[second : second + PAGE]
        raw[second : second + PAGE] = kept
        return raw

    _edit_bytes(path, edit)


def blank_page(path: Path, chance: random.Random) -> None:
    def edit(raw: bytearray) -> bytearray:
        start = chance.randrange(len(raw) // PAGE) * PAGE
        raw[start : start + PAGE] = bytes(PAGE)
        return raw

    _edit_bytes(path, edit)


def cut(path: Path, chance: random.Random) -> None:
    _edit_bytes(path, lambda raw: raw[: chance.randrange(len(raw))])


def appended_bytes(path: Path, chance: random.Random) -> None:
    _edit_bytes(path, lambda raw: raw + chance.randbytes(chance.randrange(1, 3 * PAGE)))


def empty(path: Path, chance: random.Random) -> None:
    path.write_bytes(b"")


def other_content(path: Path, chance: random.Random) -> None:
    contents = [
        b"SQLite format 3\0",
        b"\0" * 65536,
        b"not a database\n" * 9,
        chance.randbytes(9999),
    ]
    path.write_bytes(chance.choice(contents))


def other_version(path: Path, chance: random.Random) -> None:
    version = chance.choice([-1, 1, 2, 3, 5, 8, 2**31 - 1, -(2**31)])
    with _schema_open(path) as connection:
        connection.execute(f"PRAGMA user_version = {version}")


def other_schema(path: Path, chance: random.Random) -> None:
    """A row of the schema says something else, or is gone."""
    with _schema_open(path) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master")]
        name = chance.choice(names)
        statement = chance.choice(
            [
                "UPDATE sqlite_master SET sql = 'CREATE TABLE x (' WHERE name = ?",
                "UPDATE sqlite_master SET sql = NULL WHERE name = ?",
                "UPDATE sqlite_master SET rootpage = 1 WHERE name = ?",
                "UPDATE sqlite_master SET rootpage = 99999 WHERE name = ?",
                "UPDATE sqlite_master SET type = 'view' WHERE name = ?",
                "UPDATE sqlite_master SET name = name || 'x', tbl_name = tbl_name || 'x' "
                "WHERE name = ?",
                "DELETE FROM sqlite_master WHERE name = ?",
            ]
        )
        connection.execute(statement, (name,))


def other_values(path: Path, chance: random.Random) -> None:
    """Columns hold what they never do: undecodable text, no JSON, huge and negative numbers."""
    with _schema_open(path) as connection:
        tables = [
            row[0]
            for row in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%STRICT%'"
            )
        ]
        for _ in range(chance.randint(1, 4)):
            table = chance.choice(tables)
            rows = connection.execute(f"PRAGMA table_info({table})").fetchall()
            column, kind = next((row[1], row[2]) for row in [chance.choice(rows)])
            texts = ["CAST(x'ff80' AS TEXT)", "'['", "'{}'", "''", "'nan'", "char(0)"]
            numbers = ["-1", "9223372036854775807", "0", "-9223372036854775808", "3"]
            value = chance.choice(texts if kind == "TEXT" else numbers)
            try:
                connection.execute(f'UPDATE OR IGNORE "{table}" SET "{column}" = {value}')
            except sqlite3.Error:
                continue


def other_types(path: Path, chance: random.Random) -> None:
    """The tables allow any type, and a column holds another one."""
    with _schema_open(path) as connection:
        tables = [
            row[0]
            for row in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%STRICT%'"
            )
        ]
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, 'STRICT', '')")
    with _schema_open(path) as connection:
        for _ in range(chance.randint(1, 4)):
            table = chance.choice(tables)
            rows = connection.execute(f'PRAGMA table_info("{table}")').fetchall()
            column = chance.choice(rows)[1]
            value = chance.choice(["x'ff00'", "1.5", "'text'", "NULL", "9e999"])
            try:
                connection.execute(f'UPDATE OR IGNORE "{table}" SET "{column}" = {value}')
            except sqlite3.Error:
                continue


def garbled_log(path: Path, chance: random.Random) -> None:
    magic = bytes.fromhex(chance.choice(["377f0682", "377f0683", "00000000"]))
    path.with_name(f"{path.name}-wal").write_bytes(magic + chance.randbytes(3 * PAGE))


def garbled_index_of_the_log(path: Path, chance: random.Random) -> None:
    path.with_name(f"{path.name}-wal").write_bytes(b"")
    path.with_name(f"{path.name}-shm").write_bytes(chance.randbytes(32768))


def garbled_journal(path: Path, chance: random.Random) -> None:
    magic = bytes.fromhex("d9d505f920a163d7")
    path.with_name(f"{path.name}-journal").write_bytes(magic + chance.randbytes(2 * PAGE))


def a_folder(path: Path, chance: random.Random) -> None:
    path.unlink()
    path.mkdir()


def a_fifo(path: Path, chance: random.Random) -> None:
    path.unlink()
    os.mkfifo(path)


def garbled_mark(path: Path, chance: random.Random) -> None:
    """The mark of the writer is a folder, a fifo, huge, or not text."""
    mark = path.with_name("index.pid")
    kind = chance.randrange(4)
    if kind == 0:
        mark.mkdir()
    elif kind == 1:
        os.mkfifo(mark)
    elif kind == 2:
        mark.write_bytes(b"1" * 3_000_000)
    else:
        mark.write_bytes(chance.choice([b"\xff\xfe\n\n\n", b"\n", b"-1\nunchecked\nindex", b"\0"]))


class _schema_open:  # noqa: N801  a context manager, used like a function
    """A connection that may write the schema; its changes are folded into the database."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)

    def __enter__(self) -> sqlite3.Connection:
        self._connection.execute("PRAGMA journal_mode = DELETE")
        self._connection.execute("PRAGMA writable_schema = ON")
        return self._connection

    def __exit__(self, *_: object) -> None:
        self._connection.close()


MUTATIONS: tuple[Mutation, ...] = (
    flipped_bytes, flipped_header, swapped_pages, blank_page, cut, appended_bytes, empty,
    other_content, other_version, other_schema, other_values, other_types, garbled_log,
    garbled_index_of_the_log, garbled_journal, a_folder, a_fifo, garbled_mark,
)  # fmt: skip
