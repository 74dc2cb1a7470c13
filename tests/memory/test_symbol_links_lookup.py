"""What a prompt says of callers and callees: what code says, and nothing by name only."""

from __future__ import annotations

from pathlib import Path

import pytest

from repo_mhm.git import open_snapshot
from repo_mhm.memory.refresh import refresh
from repo_mhm.memory.symbol_links_lookup import (
    MOST_CALLEES,
    MOST_CALLERS,
    MOST_FILES,
    SymbolLinks,
)
from repo_mhm.relations import uses
from repo_mhm.store import open_store
from tests.conftest import MakeRepo

SEND = """from post.link import open_link


def send(parcel):
    link = open_link(parcel)
    open_link(parcel)
    return weigh(parcel)


def weigh(parcel):
    return len(parcel)


def lone(parcel):
    return len(parcel)
"""
LINK = """def open_link(parcel):
    return parcel
"""


def links(
    tmp_path: Path, make_repo: MakeRepo, files: dict[str | bytes, str | bytes], name: str
) -> tuple[str, ...]:
    with open_store(tmp_path / "state") as store:
        refresh(store, open_snapshot(make_repo(files).root), heads=2)
        symbols = [stored.symbol for stored in store.symbols_named([name])]
        return SymbolLinks(store).lines(symbols)


def test_callers_and_callees_have_names_and_lines(tmp_path: Path, make_repo: MakeRepo) -> None:
    files: dict[str | bytes, str | bytes] = {
        "post/send.py": SEND,
        "post/link.py": LINK,
        "post/route.py": "from post.send import send\n\n\ndef route(parcels):\n"
        "    for parcel in parcels:\n        send(parcel)\n        send(parcel)\n",
        "tests/test_send.py": "from post.send import send\n\n\ndef test_send():\n    send(1)\n",
    }
    (line,) = links(tmp_path, make_repo, files, "send")
    assert line == (
        "`send`: called by `route` (post/route.py:6); "
        "calls `open_link` (post/link.py:1), `weigh` (post/send.py:10)"
    )


def test_a_symbol_without_links_has_no_line(tmp_path: Path, make_repo: MakeRepo) -> None:
    assert links(tmp_path, make_repo, {"post/send.py": SEND, "post/link.py": LINK}, "lone") == ()


def test_what_several_definitions_may_mean_is_left_out(tmp_path: Path, make_repo: MakeRepo) -> None:
    files: dict[str | bytes, str | bytes] = {
        "a.py": "class A:\n    def run(self):\n        return 1\n",
        "b.py": "class B:\n    def run(self):\n        return 2\n",
        "c.py": "def start(thing):\n    return thing.run()\n",
    }
    assert links(tmp_path, make_repo, files, "start") == ()


def test_only_a_few_are_shown(tmp_path: Path, make_repo: MakeRepo) -> None:
    parts = "".join(f"def part_{n}(x):\n    return x\n\n\n" for n in range(9))
    calls = "".join(f"    part_{n}(x)\n" for n in range(9))
    users = "".join(f"\n\ndef user_{n}(x):\n    hub(x)\n" for n in range(9))
    code = f"{parts}def hub(x):\n{calls}{users}"
    (line,) = links(tmp_path, make_repo, {"a.py": code}, "hub")
    assert (line.count("user_"), line.count("part_")) == (MOST_CALLERS, MOST_CALLEES)


def test_callers_of_a_common_name_are_looked_for_in_a_few_files(
    tmp_path: Path, make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: dict[str | bytes, str | bytes] = {
        "a/base.py": "class Link:\n    def __init__(self, size):\n        self.size = size\n\n\n"
        "def hub(x):\n    return x\n"
    }
    for number in range(MOST_FILES + 9):
        files[f"b/user_{number:03}.py"] = (
            "from a.base import Link, hub\n\n\n"
            f"def user_{number}(x):\n    Link(x)\n    return hub(x)\n"
        )
    occurrences = uses.occurrences
    looked_at: list[str] = []
    monkeypatch.setattr(
        uses, "occurrences", lambda code, name: looked_at.append(name) or occurrences(code, name)
    )
    (line,) = links(tmp_path, make_repo, files, "hub")
    assert line == "`hub`: called by `user_0` (b/user_000.py:6), `user_1` (b/user_001.py:6)"
    assert looked_at.count("hub") < 20, "the overview of the scan included"
    with open_store(tmp_path / "state") as store:
        symbols = [stored.symbol for stored in store.symbols_named(["Link.__init__"])]
        (line,) = SymbolLinks(store).lines(symbols)
    assert line.endswith("called by `user_0` (b/user_000.py:5), `user_1` (b/user_001.py:5)")
