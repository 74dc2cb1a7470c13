"""Files that hold the evaluated state of a prefix: a header that says what it belongs to, then llama.cpp's own bytes.

Owns the format, atomic writing and the checks on reading. Knows nothing about how a state comes about.
"""

from __future__ import annotations

import json
import mmap
import os
import tempfile
import zlib
from pathlib import Path

FORMAT = 2
"""Raise it when a state that was saved before cannot be loaded any more."""
_MAGIC = f"repo-mhm kv {FORMAT}\n".encode()


def write_state(path: Path, key: dict[str, str | int], state: memoryview) -> None:
    """Write atomically: a reader sees the old file or the whole new one. Raises OSError."""
    header = (
        json.dumps({**key, "size": len(state), "crc32": zlib.crc32(state)}, sort_keys=True).encode()
        + b"\n"
    )
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_MAGIC + header)
            file.write(state)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_state(path: Path, key: dict[str, str | int]) -> memoryview | None:
    """The state's bytes; None when the file is absent, unreadable, of another key, or damaged."""
    try:
        with path.open("rb") as file:
            # Mapped, not read: a hundred megabytes need not be copied twice. Writable, since native code wants that.
            whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        end = whole.find(b"\n", len(_MAGIC), len(_MAGIC) + 65536)
        if whole[: len(_MAGIC)] != _MAGIC or end < 0:
            return None
        header = json.loads(whole[len(_MAGIC) : end])
    except (OSError, ValueError):
        return None
    state = memoryview(whole)[end + 1 :]
    return state if header == {**key, "size": len(state), "crc32": zlib.crc32(state)} else None
