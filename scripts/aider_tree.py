"""Aider's repo map of a repository, for so many of its tags; runs in aider's own environment.

`repo_maps` starts it. The first line of stdin is a JSON object with `root` and `paths`, the answer
to it the number of tags. Every further line is a number of tags, answered by the map of the first
so many, as a JSON string. Tags, their order, the files that come first whatever their tags, and
the map's text are aider's own; the repository gets no cache.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import IO, Any


def main() -> None:
    """Answer requests until stdin ends."""
    answers, sys.stdout = sys.stdout, sys.stderr  # aider speaks on stdout too
    request = json.loads(sys.stdin.readline())
    repo_map = _repo_map(request["root"])
    tags = _ranked_tags(repo_map, request["root"], request["paths"])
    _answer(answers, len(tags))

    for line in sys.stdin:
        _answer(answers, repo_map.to_tree(tags[: int(line)], set()))


def _repo_map(root: str) -> Any:
    module = importlib.import_module("aider.repomap")
    module.RepoMap.load_tags_cache = _keep_tags_in_memory
    console = importlib.import_module("aider.io").InputOutput(pretty=False, fancy_input=False)
    return module.RepoMap(root=root, io=console)


def _keep_tags_in_memory(repo_map: Any) -> None:
    repo_map.TAGS_CACHE = {}


def _ranked_tags(repo_map: Any, root: str, paths: list[str]) -> list[Any]:
    """What `get_ranked_tags_map` cuts to its budget: important files without tags, then tags."""
    files = [str(Path(root) / path) for path in paths]
    tags: list[Any] = repo_map.get_ranked_tags([], files, set(), set())
    tagged = {tag[0] for tag in tags}

    important = importlib.import_module("aider.special").filter_important_files(sorted(paths))
    return [(path,) for path in important if path not in tagged] + tags


def _answer(answers: IO[str], value: object) -> None:
    answers.write(json.dumps(value) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
