"""Text from models, repositories and clipboards, made safe to show and to edit. No widgets here."""

from __future__ import annotations

import re

from repo_mhm.formatting import safe

MARK_OPEN, MARK_CLOSE = "\ue000", "\ue001"
"""Private characters that enclose a citation mark; text from outside must not contain them."""
_RESERVED = re.compile(f"[{MARK_OPEN}{MARK_CLOSE}]")


def safe_text(text: str) -> str:
    """Make control characters visible and replace the characters of citation marks."""
    return _RESERVED.sub("\ufffd", safe(text.replace("\r\n", "\n")))


def safe_paste(text: str) -> str:
    """Make pasted text safe for an input field; terminals paste returns as line ends."""
    return safe_text(text.replace("\r\n", "\n").replace("\r", "\n"))


def single_line(text: str) -> str:
    """Make text safe for one row: no control characters, no line ends, no tabs."""
    return " ".join(safe_text(text).split())
