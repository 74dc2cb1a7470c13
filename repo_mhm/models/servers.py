"""Models of servers that the user runs: where they are, their keys, and consent to send code away.

Knows nothing about HTTP: `engine.open_server` talks to them.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from repo_mhm.errors import ConfigError, ModelError
from repo_mhm.models.manifest import NAME_PATTERN, Manifest, shipped_manifest
from repo_mhm.models.records import ServerRecord, read_records, read_servers, write_server

PRESETS: Mapping[str, str] = {
    "ollama": "http://127.0.0.1:11434/v1",
    "lm-studio": "http://127.0.0.1:1234/v1",
    "llama-server": "http://127.0.0.1:8080/v1",
    "vllm": "http://127.0.0.1:8000/v1",
    "llama-cpp-python": "http://127.0.0.1:8000/v1",
}
"""The API of each server as it starts by default."""

_START_COMMANDS: Mapping[str, str] = {
    "ollama": "ollama serve",
    "lm-studio": "lms server start",
    "llama-server": "llama-server --model FILE --parallel 4 --ctx-size 32768",
    "vllm": "vllm serve MODEL",
    "llama-cpp-python": "python -m llama_cpp.server --model FILE --n_ctx 8192",
}
"""How a server with a preset is started."""
_LONGEST_KEY = 4096
"""Characters of a key file."""


def server_url(text: str) -> str:
    """The URL of an API from what a user wrote: a preset's name, or a URL with or without `/v1`.

    Raises ConfigError.
    """
    if text in PRESETS:
        return PRESETS[text]

    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port  # raises ValueError when it is none
    except ValueError:
        is_usable = False
    if not is_usable:
        raise ConfigError(
            f"{text[:100]!r} is no server",
            hint=f"Give its URL, or one of {', '.join(sorted(PRESETS))}.",
        )
    if parts.username or parts.password or parts.query:
        raise ConfigError(
            "a server's URL may hold no password and no query",
            hint="Give the key by --key-env or --key-file.",
        )
    path = parts.path.rstrip("/") or "/v1"
    return f"{parts.scheme}://{parts.netloc}{path}"


def start_hint(url: str) -> str:
    """How to start the server that is expected at a URL, where it is the URL of a preset."""
    names = [name for name, preset in PRESETS.items() if preset == url]
    commands = " or ".join(f"`{_START_COMMANDS[name]}`" for name in names)
    return f"Start it ({commands}), or correct its URL." if commands else ""


def is_remote(url: str) -> bool:
    """Whether a server is not on this machine: neither `localhost` nor a loopback address."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True


def server_id(record: ServerRecord) -> str:
    """What stands for the weights of a server's model, which nobody can hash here."""
    return "server-" + hashlib.sha256(f"{record.url}\0{record.model}".encode()).hexdigest()


def check_consent(record: ServerRecord, consent: bool) -> None:
    """Raise ConfigError when code would be sent to another machine without consent."""
    if is_remote(record.url) and not (consent or record.remote_allowed):
        raise ConfigError(
            f"{record.url} is not this machine: questions and code would be sent there",
            hint="If you want that: --allow-remote with `repo-mhm model add`, "
            "or REPO_MHM_ALLOW_REMOTE=1.",
        )


def key_of(record: ServerRecord) -> str:
    """The server's key, from its variable or file; empty for none. Raises ConfigError."""
    if record.key_variable:
        key = os.environ.get(record.key_variable, "")
        if not key:
            raise ConfigError(
                f"the variable {record.key_variable} holds no key for {record.url}",
                hint="Set it, or name another with `repo-mhm model add --key-env`.",
            )
        return _checked_key(key, record.key_variable)
    if not record.key_file:
        return ""
    try:
        with Path(record.key_file).open(encoding="utf-8") as file:
            return _checked_key(file.read(_LONGEST_KEY).strip(), record.key_file)
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(
            f"the key file {record.key_file} cannot be read: {exc}",
            hint="Correct it, or name another with `repo-mhm model add --key-file`.",
        ) from exc


def _checked_key(key: str, origin: str) -> str:
    """The key, which becomes a header. Raises ConfigError, without the key in its message."""
    if not re.fullmatch(r"[\x21-\x7e]+", key):
        raise ConfigError(f"{origin} holds no key of one word", hint="Correct it.")
    return key


def check_server_name(name: str, directory: Path, *, manifest: Manifest | None = None) -> None:
    """Raise ModelError when a server's model cannot have the name, or a file has it."""
    if not re.fullmatch(NAME_PATTERN, name):
        raise ModelError(
            f"{name!r} cannot be a model's name",
            hint="Give it one of letters, digits, dots and dashes.",
        )
    is_pinned = (manifest or shipped_manifest()).get(name) is not None
    names_of_files = {entry.name for entry in read_records(directory).values()}
    if is_pinned or name in names_of_files:
        raise ModelError(f"the name {name} is taken", hint="Choose another.")


def add_server(
    name: str, record: ServerRecord, directory: Path, *, manifest: Manifest | None = None
) -> None:
    """Give a server's model a name. Raises ModelError when the name is taken or none."""
    check_server_name(name, directory, manifest=manifest)
    try:
        write_server(directory, name, record)
    except OSError as exc:
        raise _not_writable(directory, exc) from exc


def remove_server(name: str, directory: Path) -> None:
    """Forget a server's model. Raises ModelError when no server's model has that name."""
    names = list(read_servers(directory))
    if name not in names:
        hint = f"There are: {', '.join(names)}." if names else "There are none."
        raise ModelError(f"no server's model is named {name!r}", hint=hint)
    try:
        write_server(directory, name, None)
    except OSError as exc:
        raise _not_writable(directory, exc) from exc


def _not_writable(directory: Path, error: OSError) -> ModelError:
    return ModelError(
        f"{directory} cannot be written: {error.strerror}",
        hint="Set models_dir to a folder that can be written.",
    )
