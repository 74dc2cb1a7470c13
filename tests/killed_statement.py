"""What a script of a crash test needs to be killed before its nth SQL statement."""

from __future__ import annotations

COUNTED = """
import os, sys
statements = int(sys.argv[3])
def count(_):
    global statements
    statements -= 1
    if statements < 0:
        os.kill(os.getpid(), 9)
"""
"""Begins the script: `count` is for `set_trace_callback`, n is the third argument."""
