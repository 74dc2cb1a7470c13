"""Kept texts: what new rules of masking find is masked in notes and conversations too."""

from __future__ import annotations

import json
from pathlib import Path

from repo_mhm.source.redaction import without_secrets
from repo_mhm.store import Store, open_store
from tests.store.conftest import add_note, make_note

TOKEN = "gh" + "p_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cF0iL3oR6"


def test_a_secret_of_former_rules_leaves_the_store_and_its_file(
    store: Store, tmp_path: Path
) -> None:
    add_note(store, make_note(1, "c", text=f"calls with {TOKEN} as its key"))
    add_note(store, make_note(2, "d"))
    store.add_turn("one", f"what is {TOKEN}?", "a key", {"sentences": [{"text": f"It is {TOKEN}"}]})

    assert store.mask_kept_texts(without_secrets) == 2
    assert store.mask_kept_texts(without_secrets) == 0
    first, second = store.notes()
    assert TOKEN not in first.text and first.text.startswith("calls with [secret]")
    assert second.text == "says hello"
    (turn,) = store.turns("one")
    assert TOKEN not in turn.question
    assert json.loads(turn.result)["sentences"][0]["text"].startswith("It is [secret]")
    store.check()

    store.close()
    with open_store(tmp_path / "memory") as again:
        again.check()
    kept = b"".join(path.read_bytes() for path in (tmp_path / "memory").iterdir() if path.is_file())
    assert TOKEN.encode() not in kept
