"""Worker processes under Textual, which hands out a stderr that is no file: starting one there would fail."""

from __future__ import annotations

import contextlib
import sys


def prepare_processes() -> None:
    """Start what watches over worker processes while stderr is a real file. Cheap once it runs."""
    from multiprocessing import resource_tracker

    with contextlib.redirect_stderr(sys.__stderr__):
        resource_tracker.ensure_running()
