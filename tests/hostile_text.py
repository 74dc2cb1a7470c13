"""Forty texts that attack whoever prints them: as names, docstrings, messages and branches."""

from __future__ import annotations

import os

ESC, CSI = "\x1b", "\x9b"

HOSTILE_TEXTS = (
    # Sequences that terminals obey.
    f"{ESC}[31mred{ESC}[0m",
    f"{ESC}]8;;https://example.org{ESC}\\link{ESC}]8;;{ESC}\\",
    f"{ESC}]0;title\x07",
    f"{ESC}]52;c;cHduZWQ=\x07",
    f"{ESC}[2J{ESC}[H",
    f"{ESC}c",
    f"{ESC}P+q544e{ESC}\\",
    f"{CSI}31mred",
    "\x90q#0\x9c",
    "\x9d0;title\x9c",
    "back\x08\x08\x08\x08space",
    "line\rcarriage",
    "bell\x07",
    "delete\x7f",
    "form\x0cfeed\x0bvertical",
    # Characters that change the order of others, or show nothing.
    "\u202egnp.exe",
    "\u2066isolate\u2069",
    "\u061cmark\u200e\u200f",
    "ze\u200bro",
    "jo\u200d\u200ciner",
    "\ufeffmark",
    "soft\u00adhyphen",
    "tag\U000e0041\U000e0042",
    "selector\ufe0f\U000e0100",
    "filler\u3164\u115f",
    "line\u2028separator\u2029",
    # Markup of rich and of Textual.
    "[slug]",
    "[[...slug]]",
    "[ ",
    "[bold red]bold",
    "[link=https:example.org]link[!link]",
    "[@click=app.quit]quit",
    # Commands of CI servers, and of shells.
    "::set-env name=PATH::x",
    "::add-mask::x%0A::error::y",
    "##[error]x",
    "##vso[task.setvariable variable=x]y",
    "$(touch pwned)`touch pwned`;&|",
    "--help",
    # Markdown and HTML.
    "<img src=x onerror=alert(1)><script>alert(1)<b>",
    "![x](javascript:alert(1)) [x](x) ```",
)
CLOSING_MARKUP = "[/] [/red] [/link]"
"""No name can hold a slash."""
UNDECODABLE = b"caf\xe9-\xff.py"


def hostile_files() -> dict[str | bytes, str | bytes]:
    """A file for each text, whose name, folder, docstring and comment are that text."""
    files: dict[str | bytes, str | bytes] = {
        UNDECODABLE: "def accented(path):\n    return path\n",
        b"\x1b]0;title\x07[/].bin": b"\0",
    }
    for number, text in enumerate(HOSTILE_TEXTS):
        name = os.fsencode(f"{text.lstrip('-') if number % 2 else text}{number}")
        quoted = f"{text} {CLOSING_MARKUP}".replace("\\", "\\\\").replace('"', "'")
        source = (
            f'"""{quoted}"""\n\n\ndef load_{number}(path):\n    """Load it: {quoted}"""\n'
            f"    return path  # {one_line(text)}\n"
        )
        files[name + b"/" + name + b".py"] = source
    return files


def one_line(text: str) -> str:
    """The text without what ends a line in Python."""
    return "".join(character for character in text if character not in "\r\n\x0c\x0b\u2028\u2029")
