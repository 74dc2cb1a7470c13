"""Files with the evaluated state of a prefix: a header that identifies it, then the state.

Owns the file's format and the checks when it is read. The state's bytes are llama.cpp's own.
"""

from __future__ import annotations

import json
import mmap
import os
import zlib
from pathlib import Path

from repo_mhm.errors import UnsafeState
from repo_mhm.private_folder import private_folder

FORMAT = 2
"""Raise it when a state that was saved before cannot be loaded any more."""
_MAGIC = f"repo-mhm kv {FORMAT}\n".encode()
_LONGEST_HEADER = 65536
"""Bytes."""


def write_state(path: Path, key: dict[str, str | int], state: memoryview) -> None:
    """Write atomically: a reader sees the old file or the whole new one.

    Raises OSError or UnsafeState.
    """
    header = json.dumps(_header(key, state), sort_keys=True).encode() + b"\n"
    with private_folder(path.parent) as folder:
        folder.replace(path.name, _MAGIC + header, state)


def read_state(path: Path, key: dict[str, str | int]) -> memoryview | None:
    """The state's bytes; None when the file is absent, unreadable, of another key, or damaged."""
    try:
        with private_folder(path.parent) as folder, os.fdopen(folder.open(path.name), "rb") as file:
            # Mapped, not read: a hundred megabytes need not be copied twice. Writable, since native
            # code wants that.
            whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)

        end = whole.find(b"\n", len(_MAGIC), len(_MAGIC) + _LONGEST_HEADER)
        if whole[: len(_MAGIC)] != _MAGIC or end < 0:
            return None
        header = json.loads(whole[len(_MAGIC) : end])
    except (OSError, ValueError, UnsafeState):
        return None

    state = memoryview(whole)[end + 1 :]
    return state if header == _header(key, state) else None


def _header(key: dict[str, str | int], state: memoryview) -> dict[str, str | int]:
    return {**key, "size": len(state), "crc32": zlib.crc32(state)}
