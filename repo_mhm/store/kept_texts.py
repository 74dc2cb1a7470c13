"""What notes, conversations and deep passes have kept, rewritten when more of it must be masked.

Chunks and symbols are scanned again when the rules of masking change. These texts are not: they
were written from what the rules of their time let through.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping

from repo_mhm.store.checksum import note_checksum
from repo_mhm.store.connection import Database
from repo_mhm.store.ledger import note_words

Mask = Callable[[str], str]

_TEXTS = {"note": ("anchor", "text"), "turn": ("question", "answer"), "taken": ("memory",)}
_JSON = {"turn": ("result",), "taken": ("facts",)}
"""Columns by table: plain texts, and texts within JSON."""
_WORDS = ("note_words", "symbol_words", "source_words")


class KeptTextTables(Database):
    """The texts that no scan renews."""

    def mask_kept_texts(self, mask: Mask) -> int:
        """Mask all kept texts, and erase from the file what was deleted; how many rows changed.

        To be called after a scan with new rules, within its transaction.
        """
        changed = 0
        with self.transaction() as db:
            db.execute("PRAGMA secure_delete = ON")
            for table in _TEXTS:
                for row in db.execute(f"SELECT * FROM {table}").fetchall():
                    new = _masked(table, row, mask)
                    if new:
                        changed += 1
                        _write(db, table, row, new)
            for words in _WORDS:
                # A full-text index keeps deleted words until its parts are merged.
                db.execute(f"INSERT INTO {words} ({words}) VALUES ('optimize')")
        return changed


def _masked(table: str, row: sqlite3.Row, mask: Mask) -> dict[str, str]:
    """The columns of a row that change."""
    columns = {column: mask(row[column]) for column in _TEXTS[table]}
    for column in _JSON.get(table, ()):
        columns[column] = _masked_json(row[column], mask)
    return {column: text for column, text in columns.items() if text != row[column]}


def _masked_json(text: str, mask: Mask) -> str:
    try:
        value = json.loads(text)
    except ValueError:  # damaged: whoever reads it says so
        return text
    masked = _masked_value(value, mask)
    return text if masked == value else json.dumps(masked)


def _masked_value(value: object, mask: Mask) -> object:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list):
        return [_masked_value(item, mask) for item in value]
    if isinstance(value, dict):
        return {mask(key): _masked_value(item, mask) for key, item in value.items()}
    return value


def _write(db: sqlite3.Connection, table: str, row: sqlite3.Row, new: Mapping[str, str]) -> None:
    for column, text in new.items():
        query = f"UPDATE {table} SET {column} = ? WHERE id = ?"
        db.execute(query, (text, row["id"]))
    if table == "note":
        anchor, text = new.get("anchor", row["anchor"]), new.get("text", row["text"])
        checksum = note_checksum(row["level"], anchor, row["path"], text)
        db.execute("UPDATE note SET checksum = ? WHERE id = ?", (checksum, row["id"]))
        words = note_words(anchor, row["path"], text)
        db.execute("UPDATE note_words SET words = ? WHERE rowid = ?", (words, row["id"]))
