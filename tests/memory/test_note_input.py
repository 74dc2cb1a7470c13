"""Which symbols of a chunk get notes, and which of those are in the code's own words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from repo_mhm.git import open_snapshot
from repo_mhm.memory.note_input import DESCRIBED_SYMBOLS, EXACT_NOTES, NoteInput, note_input
from repo_mhm.memory.refresh import refresh
from repo_mhm.store import open_store

Read = Callable[[str], NoteInput]
BODY = "".join(f"    step_{number}(parcel)\n" for number in range(8))


@pytest.fixture
def read(tmp_path: Path) -> Read:
    folder = tmp_path / "repo"
    folder.mkdir()

    def read(text: str) -> NoteInput:
        (folder / "link.py").write_text(text)
        with open_store(tmp_path / "state") as store:
            refresh(store, open_snapshot(folder), heads=4)
            (stored,) = store.chunks()
            return note_input(stored, store.symbols_in("link.py"), "read")

    return read


def functions(count: int, name: str = "deliver") -> str:
    return "\n\n".join(f"def {name}_{number}(parcel):\n{BODY}" for number in range(count))


def test_the_model_describes_the_most_important_undocumented_symbols(read: Read) -> None:
    assert len(read(functions(DESCRIBED_SYMBOLS + 2)).anchors) == DESCRIBED_SYMBOLS
    chunk = read(
        f'{functions(1)}\n\ndef send(parcel):\n    """Sends a parcel over the link."""\n{BODY}'
    )
    assert chunk.anchors == ("deliver_0",)
    assert chunk.exact == {}, "the overview says it"


@pytest.mark.parametrize("doc", ["Sends it.", ":rtype: a parcel or nothing", "- 1 2 3 4 5"])
def test_documentation_that_says_nothing_is_ignored(read: Read, doc: str) -> None:
    assert read(f'def send(parcel):\n    """{doc}"""\n{BODY}').anchors == ("send",)


def test_tests_and_definitions_inside_them_get_no_notes_of_their_own(read: Read) -> None:
    helper = f"    def helper(parcel):\n    {BODY.replace('    ', '        ')}"
    inside = f"def test_link(parcel):\n{helper}\n{BODY}"
    assert read(f"{inside}\n\n{functions(1)}").anchors == ("deliver_0",)
    assert read(inside).anchors == ()


def test_short_code_is_noted_as_the_code_spells_it_without_the_model(read: Read) -> None:
    constants = "".join(f"LIMIT_{number} = {number}\n" for number in range(EXACT_NOTES + 3))
    chunk = read(f"def limit(parcel):\n    return 7\n\n\n{constants}")
    assert chunk.anchors == ()
    assert chunk.exact["limit"] == "(parcel): return 7"
    assert len(chunk.exact) == EXACT_NOTES


def test_a_constant_defined_again_has_its_last_value(read: Read) -> None:
    assert read("LIMIT = 5\n\nLIMIT = 7\n").exact == {"LIMIT": "7"}


def test_the_beginning_of_a_table_is_not_noted_as_its_value(read: Read) -> None:
    rows = "".join(f'    "parcel {number} of a long list",\n' for number in range(30))
    chunk = read(f"ROWS = [\n{rows}]\n\nEMPTY = {{}}\n")
    assert chunk.exact == {}
    assert set(chunk.anchors) == {"ROWS", "EMPTY"}
