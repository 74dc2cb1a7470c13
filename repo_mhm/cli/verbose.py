"""What `--verbose` shows: each step that the program logs, with the time since it began."""

from __future__ import annotations

import logging
import sys
import time

LOGGER = "repo_mhm"
"""The parent of all loggers of ours."""


def log_to_stderr() -> None:
    """Write what our modules log to stderr, one line each."""
    logger = logging.getLogger(LOGGER)
    if not any(isinstance(handler, _Lines) for handler in logger.handlers):
        logger.addHandler(_Lines())
    logger.setLevel(logging.DEBUG)
    logger.propagate = False


class _Lines(logging.Handler):
    """Writes `[seconds] message`; each message is made harmless first."""

    def __init__(self) -> None:
        super().__init__()
        self._began = time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        from repo_mhm.formatting import single_line

        seconds = time.monotonic() - self._began
        sys.stderr.write(f"[{seconds:7.3f}] {single_line(record.getMessage())}\n")
        sys.stderr.flush()
