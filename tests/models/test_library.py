"""Finding, adding, listing and verifying models."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest

from repo_mhm.errors import ModelError
from repo_mhm.models.library import add, find, list_models, verify
from repo_mhm.models.manifest import read_manifest, shipped_manifest
from repo_mhm.models.pull import pull as pull_with_consent
from repo_mhm.models.removal import remove
from tests.models.tiny import MODEL, Server, manifest, sha

pull = partial(pull_with_consent, may_contact=lambda server, failures: True)


OTHER = "0" * 64


def states(models: Path, sha256: str = sha(MODEL)) -> list[tuple[str, str]]:
    entries = list_models(models, manifest=manifest(sha256=sha256))
    return [(entry.name, entry.state) for entry in entries]


def test_shipped_manifest_pins_a_default_and_a_test_model() -> None:
    shipped = shipped_manifest()
    for model in (shipped.role("default"), shipped.role("tests")):
        assert model.source, model.name
        for source in model.source:
            if source.kind == "wheels":
                assert sum(part.size for part in source.part) == model.size
    assert shipped.role("default").size == 1_117_320_768


def test_manifest_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "manifest.toml"
    path.write_text('schema = 1\nmodel = []\nspare = "x"\n')
    with pytest.raises(ModelError, match="spare"):
        read_manifest(path)


def test_unknown_name_is_answered_with_the_nearest(models: Path) -> None:
    for act in (pull, find):
        with pytest.raises(ModelError) as caught:
            act("tinny", models, manifest=manifest())
        assert caught.value.hint == "Did you mean tiny?"


def test_model_that_is_absent_says_how_to_get_it(models: Path) -> None:
    with pytest.raises(ModelError, match="tiny is not on this machine") as caught:
        find("tiny", models, manifest=manifest())
    assert caught.value.hint == "Run: repo-mhm model pull tiny"


def test_pinned_file_that_changed_is_noticed_and_pulled_again(models: Path, server: Server) -> None:
    pinned = manifest({"kind": "http", "url": server.url})
    path = pull("tiny", models, manifest=pinned).path
    path.write_bytes(MODEL[:-1] + b"\7")
    with pytest.raises(ModelError, match="not the pinned one"):
        find("tiny", models, manifest=pinned)
    assert pull("tiny", models, manifest=pinned).path.read_bytes() == MODEL


def test_verify_sees_damage_that_left_size_and_time_alone(models: Path, server: Server) -> None:
    pinned = manifest({"kind": "http", "url": server.url})
    path = pull("tiny", models, manifest=pinned).path
    assert verify("tiny", models, manifest=pinned).model_id == sha(MODEL)
    before = path.stat()
    path.write_bytes(MODEL[:-1] + b"\7")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert find("tiny", models, manifest=pinned).size == len(MODEL)  # cannot know
    with pytest.raises(ModelError, match="has changed"):
        verify("tiny", models, manifest=pinned)
    with pytest.raises(ModelError, match="damaged"):  # and what verify saw is not forgotten
        find("tiny", models, manifest=pinned)
    assert pull("tiny", models, manifest=pinned).path.read_bytes() == MODEL


def test_find_hashes_a_file_once(models: Path, tmp_path: Path) -> None:
    path = tmp_path / "own.gguf"
    path.write_bytes(MODEL)
    hashed: list[str] = []
    for _ in range(3):
        found = find(
            str(path),
            models,
            manifest=manifest(),
            progress=lambda done, total, what: hashed.append(what),
        )
        assert found.model_id == sha(MODEL)
    assert hashed == ["hashing own.gguf"]


def test_find_works_where_nothing_can_be_recorded(tmp_path: Path) -> None:
    path = tmp_path / "own.gguf"
    path.write_bytes(MODEL)
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError):
        add(path, tmp_path / "file" / "models", manifest=manifest())
    if os.geteuid():
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o500)
        assert find(str(path), closed, manifest=manifest()).model_id == sha(MODEL)


def test_added_model_is_found_by_name_where_it_lies(models: Path, tmp_path: Path) -> None:
    path = tmp_path / "My Model (v2).gguf"
    path.write_bytes(MODEL)
    assert add(path, models, manifest=manifest(sha256=OTHER)).name == "My-Model-v2"
    assert add(path, models, name="mine", manifest=manifest(sha256=OTHER)).path == path
    assert find("mine", models, manifest=manifest(sha256=OTHER)).path == path
    assert states(models, OTHER) == [
        ("tiny", "absent"),
        ("mine", "ready"),
    ]
    path.unlink()
    assert states(models, OTHER)[1] == ("mine", "absent")
    with pytest.raises(ModelError, match="there is no model file"):
        find("mine", models, manifest=manifest(sha256=OTHER))
    assert remove("mine", models, manifest=manifest(sha256=OTHER)) is None
    assert states(models, OTHER) == [("tiny", "absent")]


def test_a_file_whose_hash_is_pinned_takes_the_known_name(models: Path, tmp_path: Path) -> None:
    path = tmp_path / "copy.gguf"
    path.write_bytes(MODEL)
    added = add(path, models, manifest=manifest())
    assert (added.name, added.is_pinned) == ("tiny", True)
    assert states(models) == [("tiny", "ready")]
    assert find("tiny", models, manifest=manifest()).path == path

    assert remove("tiny", models, manifest=manifest()) is None
    assert path.is_file()
    assert states(models) == [("tiny", "absent")]
    with pytest.raises(ModelError, match="not on this machine"):
        remove("tiny", models, manifest=manifest())


def test_a_pulled_model_is_deleted(models: Path, server: Server) -> None:
    pinned = manifest({"kind": "http", "url": server.url})
    path = pull("tiny", models, manifest=pinned).path
    assert remove("tiny", models, manifest=pinned) == path
    assert not path.exists()
    assert states(models) == [("tiny", "absent")]
    with pytest.raises(ModelError, match="no model named 'tinny'"):
        remove("tinny", models, manifest=pinned)


def test_name_that_is_taken_or_unusable_is_refused(models: Path, tmp_path: Path) -> None:
    for stem in ("one", "two"):
        (tmp_path / f"{stem}.gguf").write_bytes(MODEL)
    add(tmp_path / "one.gguf", models, manifest=manifest(sha256=OTHER))
    for name in ("one", "tiny", "a/b", "-x", "x\n"):
        with pytest.raises(ModelError):
            add(tmp_path / "two.gguf", models, name=name, manifest=manifest(sha256=OTHER))


def test_damaged_list_of_models_says_what_to_do(models: Path) -> None:
    models.mkdir()
    (models / "models.json").write_text("{")
    with pytest.raises(ModelError) as caught:
        list_models(models, manifest=manifest())
    assert "Delete it" in caught.value.hint
