"""Reading a small file that anybody may have put there: settings, lists of known findings.

What a repository holds under such a name may be a device that never ends, a fifo that makes its
reader wait for ever, or gigabytes. Only a regular file is read, and only up to a limit.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

_OPEN = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
"""Without O_NONBLOCK, opening a fifo would wait for ever."""


def read_bounded(path: Path, most_bytes: int, *, follow_links: bool = True) -> bytes:
    """The contents of a regular file of at most `most_bytes`. Raises OSError, which says why not.

    Without `follow_links` a symlink is no regular file.
    """
    try:
        handle = os.open(path, _OPEN if follow_links else _OPEN | os.O_NOFOLLOW)
    except OSError as exc:
        if not follow_links and path.is_symlink():
            raise OSError(exc.errno, "it is a symlink, not a regular file") from exc
        raise
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(0, "it is not a regular file")
        with os.fdopen(os.dup(handle), "rb") as file:
            content = file.read(most_bytes + 1)
    finally:
        os.close(handle)
    if len(content) > most_bytes:
        raise OSError(0, f"it has more than {most_bytes:,} bytes")
    return content
