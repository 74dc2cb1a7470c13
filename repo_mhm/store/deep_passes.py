"""The table of the steps of `ask --deep`, so that an interrupted or repeated pass continues."""

from __future__ import annotations

import json
import sqlite3
import time
from typing import TYPE_CHECKING

from repo_mhm.store.connection import Database

if TYPE_CHECKING:
    from repo_mhm.deep.facts import DeepStep


class DeepPassTables(Database):
    """The facts that each section gave for a question.

    `identity` names a pass: a digest of question, model, prompts and options.
    """

    def add_deep_step(self, identity: str, step: DeepStep) -> None:
        """Append one step to a pass."""
        facts = json.dumps([fact.as_json() for fact in step.facts])
        row = (
            identity, step.content, step.path, step.head, facts, step.memory, step.prompt_tokens,
            step.generated_tokens, step.seconds, int(step.failed), time.time(),
        )  # fmt: skip
        with self.transaction() as db:
            db.execute(
                "INSERT INTO taken (pass, content_id, path, head, facts, memory, prompt_tokens, "
                "generated_tokens, seconds, failed, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            )

    def deep_steps(self, identity: str) -> list[DeepStep]:
        """The steps of a pass in their order, without those that failed: they are done again."""
        rows = self._fetch_all(
            "SELECT * FROM taken WHERE pass = ? AND NOT failed ORDER BY id", identity
        )
        return self._records(_deep_step, rows)


def _deep_step(row: sqlite3.Row) -> DeepStep:
    # Imported here, since only deep passes need it, and most commands open a store.
    from repo_mhm.deep.facts import DeepStep, Fact

    facts = tuple(Fact.from_json(fact) for fact in json.loads(row["facts"]))
    counts = row["prompt_tokens"], row["generated_tokens"], row["seconds"]
    return DeepStep(row["content_id"], row["path"], row["head"], facts, row["memory"], *counts)
