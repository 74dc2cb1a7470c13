r"""Notebooks: the cells of a Jupyter notebook as a program, line for line. Pure.

A notebook is JSON in which each line of a cell is a string on a line of its own. In the text that
everything else reads, such a line holds the decoded string, so that locations stay those of the
file. Lines of prose become comments, and so do IPython's commands. Everything else is left empty:
outputs, above all, and pictures in them.
"""

from __future__ import annotations

import json
import re

_HEAD_BYTES = 2048
_CELL_TYPE = re.compile(r'^\s*"cell_type":\s*"(\w+)"')
_SOURCE = '"source":'
_LANGUAGE = re.compile(r'^\s*"language":\s*"([\w+#. -]{1,20})"')
_OUTPUTS = re.compile(r'^(\s*)"outputs":\s*\[\s*$')
_MAGIC = re.compile(r"\s*(?:%|!|\?)|\w[\w.]*\?\s*$")


def is_notebook(data: bytes) -> bool:
    """Whether a file is a notebook whose cells lie on lines of their own."""
    if data[:1] != b"{" or b'"cells"' not in data[:_HEAD_BYTES]:
        return False
    return b'"nbformat"' in data[:_HEAD_BYTES] or b'"nbformat"' in data[-_HEAD_BYTES:]


def notebook_text(data: bytes) -> bytes:
    """The program of a notebook, with as many lines as its file."""
    lines: list[str] = []
    cell_type, is_source, outputs_end = "", False, ""
    for line in data.decode("utf-8", "replace").split("\n"):
        text = ""
        if outputs_end:
            outputs_end = "" if line.rstrip(",\r ") == outputs_end else outputs_end
        elif is_source:
            is_source = line.strip().rstrip(",") != "]"
            text = _cell_line(line, cell_type) if is_source else ""
        elif match := _CELL_TYPE.match(line):
            cell_type = match[1]
        elif match := _OUTPUTS.match(line):
            outputs_end = f"{match[1]}]"
        elif (stripped := line.strip()).startswith(_SOURCE):
            value = stripped.removeprefix(_SOURCE).strip().rstrip(",")
            is_source = value == "["
            text = _cell_line(value.strip("[]"), cell_type)
        elif match := _LANGUAGE.match(line):
            text = f"# language: {match[1]}"
        lines.append(text)
    return "\n".join(lines).encode("utf-8", "replace")


def _cell_line(line: str, cell_type: str) -> str:
    """One line of a cell, decoded; prose and IPython's commands as comments."""
    try:
        source = json.loads(line.strip().rstrip(","))
    except ValueError:
        return ""
    if not isinstance(source, str):
        return ""
    text = " ".join(source.rstrip("\n").splitlines())
    if cell_type == "code" and not _MAGIC.match(text):
        return text
    return f"# {text}" if text else ""
