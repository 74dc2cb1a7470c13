"""Questions with reference answers: the files that an answer names, and how well they are found."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from repo_mhm.store import Store

_PATH = re.compile(r"[\w.\-/]*\w\.\w+")
RECALL_RANKS = (1, 3, 5)


class Case(NamedTuple):
    """A question, the answer it should get, and the files that the answer names."""

    question: str
    reference: str
    files: set[str]


Cases = list[Case]
FilesAndReference = tuple[list[str], set[str]]


def read_questions(path: Path) -> list[tuple[str, str]]:
    """The questions of a file with their reference answers."""
    entries = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [(entry["question"], entry["answer"]) for entry in entries]


def read_cases(path: Path, store: Store) -> Cases:
    """The questions of a file whose reference names a file of the snapshot."""
    paths = list(store.blobs())
    cases = [
        Case(question, reference, _files_named(reference, paths))
        for question, reference in read_questions(path)
    ]
    return [case for case in cases if case.files]


def _files_named(text: str, paths: list[str]) -> set[str]:
    names = {word.removeprefix("./").strip("/") for word in _PATH.findall(text)}
    files = set()
    for name in names:
        exact = [path for path in paths if path == name]
        matches = exact or [path for path in paths if path.endswith(f"/{name}")]
        if len(matches) == 1:
            files.add(matches[0])
    return files


def unique(paths: Iterable[str]) -> list[str]:
    """Each path once, in the order they first come."""
    return list(dict.fromkeys(paths))


def file_recall(rankings: list[FilesAndReference]) -> dict[str, float]:
    """Share of questions with a reference's file first; mean share of its files among the first."""
    sums = {"any@1": 0.0} | {f"recall@{rank}": 0.0 for rank in RECALL_RANKS}
    for ranked, reference in rankings:
        sums["any@1"] += bool(reference & set(ranked[:1]))
        for rank in RECALL_RANKS:
            sums[f"recall@{rank}"] += len(reference & set(ranked[:rank])) / len(reference)
    return {name: round(total / max(1, len(rankings)), 3) for name, total in sums.items()}
