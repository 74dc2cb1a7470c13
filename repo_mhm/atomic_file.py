"""Replacing a file in one step: readers see the old contents or the new, never half of them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def replace_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 to `path`, readable by its owner only. Raises OSError."""
    replace_bytes(path, text.encode())


def replace_bytes(path: Path, *parts: bytes | memoryview) -> None:
    """Write all parts in turn to `path`, readable by its owner only. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
