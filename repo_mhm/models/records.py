"""`models.json` in the models directory: the hash of each file, so gigabytes are hashed once.

A record counts only while the file's size and modification time are those in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from repo_mhm.atomic_file import replace_text
from repo_mhm.errors import ModelError

_FILE = "models.json"


class Record(BaseModel):
    """The identity of one file; `size` in bytes, `context` in tokens."""

    model_config = ConfigDict(frozen=True)

    name: str = ""
    """The name the user chose for it, if any."""
    size: int
    mtime_ns: int
    sha256: str
    context: int

    def fits(self, path: Path) -> bool:
        """Whether the file is still that of this record. Raises OSError when it is gone."""
        stat = path.stat()
        return (self.size, self.mtime_ns) == (stat.st_size, stat.st_mtime_ns)


class _Records(BaseModel):
    schema_version: int = Field(default=1, alias="schema")
    files: dict[str, Record] = {}
    """By absolute path."""


def read_records(directory: Path) -> Mapping[str, Record]:
    """All records of a models directory, by absolute path.

    Raises ModelError when they are damaged.
    """
    path = directory / _FILE
    try:
        return _Records.model_validate_json(path.read_bytes()).files
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValidationError) as exc:
        raise ModelError(
            f"the list of models {path} cannot be read",
            hint="Delete it: pulled models are found again, "
            "added ones need `repo-mhm model add` again.",
        ) from exc


def write_record(directory: Path, path: Path, record: Record) -> None:
    """Add or replace the record of the file at `path`. Raises OSError, ModelError."""
    directory.mkdir(parents=True, exist_ok=True)
    with FileLock(directory / f".{_FILE}.lock"):
        records = {**read_records(directory), str(path): record}
        files = {name: record.model_dump() for name, record in records.items()}
        text = json.dumps({"schema": 1, "files": files}, indent=1, sort_keys=True)
        replace_text(directory / _FILE, text)
