"""The steps of `ask --deep`, kept so that an interrupted pass goes on and a repeated question costs nothing."""

from __future__ import annotations

import json
import sqlite3
import time

from repo_mhm.deep.reading import Fact, Taken
from repo_mhm.store.database import Database


class PassTables(Database):
    """What each section told about a question; `identity` names question, model, prompts and options together."""

    def add_taken(self, identity: str, step: Taken) -> None:
        """Keep one step."""
        row = (
            identity, step.content, step.path, step.head, json.dumps([fact.as_json() for fact in step.facts]),
            step.memory, step.prompt_tokens, step.generated_tokens, step.seconds, int(step.failed), time.time(),
        )  # fmt: skip
        with self.transaction() as db:
            db.execute(
                "INSERT INTO taken (pass, content_id, path, head, facts, memory, prompt_tokens, generated_tokens, "
                "seconds, failed, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            )

    def taken(self, identity: str) -> list[Taken]:
        """The steps of a pass in their order; failed ones are left out, so that they are taken again."""
        rows = self._all("SELECT * FROM taken WHERE pass = ? AND NOT failed ORDER BY id", identity)
        return self._made(_taken, rows)


def _taken(row: sqlite3.Row) -> Taken:
    facts = tuple(Fact.from_json(fact) for fact in json.loads(row["facts"]))
    counts = row["prompt_tokens"], row["generated_tokens"], row["seconds"]
    return Taken(row["content_id"], row["path"], row["head"], facts, row["memory"], *counts)
