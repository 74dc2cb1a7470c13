"""`models.json` in the models directory: the hash of each file, and models of servers by name.

A file is hashed once: its record counts while the file's size and modification time are those in
it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from repo_mhm.atomic_file import remove_unfinished, replace_text
from repo_mhm.errors import ModelError

_FILE = "models.json"
_KEPT_PROBES = 50
"""Of servers; who asks many finds out again."""


class Record(BaseModel):
    """The identity of one file; `size` in bytes, `context` in tokens."""

    model_config = ConfigDict(frozen=True)

    name: str = ""
    """The name the user chose for it, if any."""
    size: int
    mtime_ns: int
    sha256: str
    context: int
    tried_with: str = ""
    """The version of llama.cpp that has opened it in a process of its own; empty for none."""
    limits: tuple[str, ...] = ()
    """What the model lacks, as the engine said when it was opened last."""

    def fits(self, path: Path) -> bool:
        """Whether the file is still that of this record. Raises OSError when it is gone."""
        stat = path.stat()
        return (self.size, self.mtime_ns) == (stat.st_size, stat.st_mtime_ns)


class ServerRecord(BaseModel):
    """A model of a server of the OpenAI kind, as the user added it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    """Of the API, up to `/v1`."""
    model: str
    """As the server calls it."""
    key_variable: str = ""
    """The environment variable that holds the key; empty for none."""
    key_file: str = ""
    """The file that holds the key; empty for none."""
    context: int | None = None
    """In tokens; None for what the server says."""
    concurrent_prompts: int | None = None
    """None for what the server says, or its kind usually allows."""
    remote_allowed: bool = False
    """Whether the user has agreed that code is sent to another machine."""


class ServerProbe(BaseModel):
    """What short requests have shown of a server and its model, while it has this version."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    version: str
    continues: bool
    thinks: bool
    fills_forms: bool = False


class _Records(BaseModel):
    schema_version: int = Field(default=1, alias="schema")
    files: dict[str, Record] = {}
    """By absolute path."""
    servers: dict[str, ServerRecord] = {}
    """By name."""
    probes: dict[str, ServerProbe] = {}
    """By the identity of the server's model; the latest are kept."""


def read_records(directory: Path) -> Mapping[str, Record]:
    """The records of all files of a models directory, by absolute path.

    Raises ModelError when they are damaged.
    """
    return _read(directory).files


def read_servers(directory: Path) -> Mapping[str, ServerRecord]:
    """The models of servers, by name. Raises ModelError when the records are damaged."""
    return _read(directory).servers


def write_record(directory: Path, path: Path, record: Record | None) -> None:
    """Add, replace or (None) remove the record of a file. Raises OSError, ModelError."""

    def change(records: _Records) -> None:
        if record is None:
            records.files.pop(str(path), None)
        else:
            records.files[str(path)] = record

    _change(directory, change)


def write_server(directory: Path, name: str, record: ServerRecord | None) -> None:
    """Add, replace or (None) remove a model of a server. Raises OSError, ModelError."""

    def change(records: _Records) -> None:
        if record is None:
            records.servers.pop(name, None)
        else:
            records.servers[name] = record

    _change(directory, change)


def read_probe(directory: Path, server_id: str) -> ServerProbe | None:
    """What is known of a server's model. Raises ModelError when the records are damaged."""
    return _read(directory).probes.get(server_id)


def write_probe(directory: Path, server_id: str, probe: ServerProbe) -> None:
    """Keep what was found out of a server's model. Raises OSError, ModelError."""

    def change(records: _Records) -> None:
        records.probes.pop(server_id, None)
        records.probes[server_id] = probe
        for oldest in list(records.probes)[:-_KEPT_PROBES]:
            del records.probes[oldest]

    _change(directory, change)


def _read(directory: Path) -> _Records:
    path = directory / _FILE
    try:
        return _Records.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return _Records()
    except (OSError, ValidationError) as exc:
        raise ModelError(
            f"the list of models {path} cannot be read",
            hint="Delete it: pulled models are found again, "
            "added ones need `repo-mhm model add` again.",
        ) from exc


def _change(directory: Path, change: Callable[[_Records], None]) -> None:
    """Read, change and replace the file, under its lock. Raises OSError, ModelError."""
    directory.mkdir(parents=True, exist_ok=True)
    with FileLock(directory / f".{_FILE}.lock"):
        remove_unfinished(directory / _FILE)
        records = _read(directory)
        change(records)
        text = json.dumps(records.model_dump(by_alias=True), indent=1, sort_keys=True)
        replace_text(directory / _FILE, text)
