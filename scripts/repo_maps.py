"""Other texts about a repository that fill as many tokens as a memory: what it is compared with.

Each is a function from a number of items, the best first, to a text; `fill` takes as many items as
a budget has room for.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from repo_mhm.source.file_roles import is_documentation, is_history, is_test
from repo_mhm.source.symbol_graph import page_rank
from repo_mhm.source.symbols import Symbol
from repo_mhm.store import Store

ItemsToText = Callable[[int], str]


def fill(text: ItemsToText, items: int, budget: int, count: Callable[[str], int]) -> str:
    """The text of as many items as take at most `budget` tokens, by bisection."""
    fits, too_many = 0, items + 1
    best = ""
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        candidate = text(middle)
        if count(candidate) <= budget:
            fits, best = middle, candidate
        else:
            too_many = middle
    return best


class RankedNames:
    """The names of the symbols that PageRank puts first, one line for each file."""

    def __init__(self, store: Store, *, source_only: bool) -> None:
        symbols = [stored.symbol for stored in store.symbols()]
        ranks = page_rank(symbols, store.references())
        pairs = zip(ranks, symbols, strict=True)
        ranked = sorted(pairs, key=lambda pair: (-pair[0], pair[1].path, pair[1].start_byte))
        self._symbols = [symbol for _, symbol in ranked if not source_only or _is_source(symbol)]

    def __len__(self) -> int:
        return len(self._symbols)

    def text(self, symbols: int) -> str:
        """The names of the first so many symbols, each once a file."""
        names_by_path: dict[str, dict[str, None]] = defaultdict(dict)
        for symbol in self._symbols[:symbols]:
            names_by_path[symbol.path][symbol.name] = None
        return "".join(f"{path}: {', '.join(names)}\n" for path, names in names_by_path.items())


def _is_source(symbol: Symbol) -> bool:
    path = symbol.path
    return not (is_test(path) or is_documentation(path) or is_history(path))


class AiderMap:
    """Aider's repo map, made by `python`, an interpreter that has the package `aider-chat`.

    Raises AiderMissing when it has not.
    """

    def __init__(self, python: Path, root: Path, paths: Sequence[str]) -> None:
        script = Path(__file__).with_name("aider_tree.py")
        self._process = subprocess.Popen(
            [python, script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "TQDM_DISABLE": "1"},
        )
        self._tags = int(self._ask({"root": str(root.resolve()), "paths": list(paths)}))

    def __len__(self) -> int:
        return self._tags

    def text(self, tags: int) -> str:
        """The map of the first so many tags."""
        return self._ask(tags)

    def close(self) -> None:
        """End aider's process."""
        self._process.communicate()

    def _ask(self, request: object) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            self._process.communicate()
            raise AiderMissing
        return str(json.loads(answer))


class AiderMissing(Exception):
    """Aider's process ended before it answered; it said why on stderr."""
