"""What a question names that was not read: said, with the reason, beside its answer.

A file or a folder that is left out holds no answer, and nothing else would say so: what is found
elsewhere would pass for all there is. Reads the store, and looks whether a path is there on disk.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePosixPath

from repo_mhm.git.files import raw_path
from repo_mhm.source.left_out_remarks import left_out_remark, missing_remark, way_back
from repo_mhm.store import Store

MOST_REMARKS = 3
"""Paths of a question that are remarked on."""
_MOST_CHARACTERS = 2_000
"""Of a question; a pasted log names files that nobody asks about."""
_PATH = re.compile(r"(?<![\w/.@-])@?((?:[\w.@+-]+/)*[\w.@+-]+/?)")
_FOLDER = re.compile(r"([\w.@+-]+)/? (?:folder|directory)\b")
_MARKS = ".,:;!?"


def left_out_remarks(store: Store, question: str, *, is_complete: bool = False) -> tuple[str, ...]:
    """A sentence for each path of a question of which nothing was read.

    Of an answer that claims to be complete, or that there is none, also what this clone lacks.
    """
    missing = missing_remark(store.left_out_counts()) if is_complete else ""
    return tuple(filter(None, (*_path_remarks(store, question), missing)))


def _path_remarks(store: Store, question: str) -> tuple[str, ...]:
    paths = dict.fromkeys(_paths(question[:_MOST_CHARACTERS]))
    remarks = (remark for path in paths if (remark := _remark(store, path)))
    return tuple(islice(dict.fromkeys(remarks), MOST_REMARKS))


def _paths(question: str) -> Iterator[str]:
    """What a question may mean as a path: it has a slash, an ending, or is called a folder."""
    for match in _PATH.finditer(question):
        text = match[1].rstrip(_MARKS)
        name = text.rpartition("/")[2]
        if "/" in text or "." in name.strip("."):
            yield text.removeprefix("./").rstrip("/")
    yield from (match[1] for match in _FOLDER.finditer(question))


def _remark(store: Store, path: str) -> str:
    """Why nothing of a path was read; empty where some was, or where there is no such path."""
    reasons = store.left_out_at(path)
    if not reasons and (namesakes := _namesakes(store, path)):
        path, reasons = next(iter(namesakes.items()))
    if reasons:
        return f"{left_out_remark(path, reasons)}; {way_back(path, reasons)}"
    for folder in PurePosixPath(path).parents:
        # A link, a submodule or a nested repository, which has no files of its own here.
        reasons = store.left_out_at(str(folder))
        if str(folder) in reasons:
            return f"{left_out_remark(str(folder), reasons)}; {way_back(str(folder), reasons)}"
    if store.files_at(path, most=1) or not _is_on_disk(store, path):
        return ""
    return f"{path} was not read: git ignores it and does not track it"


def _namesakes(store: Store, path: str) -> dict[str, dict[str, str]]:
    """Why each file whose path ends so was left out; none where one of them was read."""
    reasons_by_file = {file: store.left_out_at(file) for file in store.paths_named([path])}
    return reasons_by_file if all(reasons_by_file.values()) else {}


def _is_on_disk(store: Store, path: str) -> bool:
    """Whether there is a file or a folder, inside of the working tree."""
    parts = path.split("/")
    root = store.meta("root")
    if not root or any(part in ("", ".", "..", ".git") for part in parts):
        return False
    return os.path.lexists(Path(root) / os.fsdecode(raw_path(path)))
