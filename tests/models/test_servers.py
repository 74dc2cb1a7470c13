"""Where a server may be, how its key is read, and when code may leave the machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from repo_mhm.errors import ConfigError, ModelError
from repo_mhm.models.records import (
    Record,
    ServerProbe,
    ServerRecord,
    read_probe,
    read_records,
    read_servers,
    write_probe,
    write_record,
)
from repo_mhm.models.servers import (
    PRESETS,
    add_server,
    check_consent,
    is_remote,
    key_of,
    remove_server,
    server_url,
    start_hint,
)

LOCAL = ServerRecord(url="http://127.0.0.1:8000/v1", model="big")
ELSEWHERE = ServerRecord(url="https://gpu.example/v1", model="big")


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("ollama", "http://127.0.0.1:11434/v1"),
        ("localhost:8080", "http://localhost:8080/v1"),
        ("http://localhost:8080/", "http://localhost:8080/v1"),
        ("https://gpu.example/api/v1/", "https://gpu.example/api/v1"),
        ("http://[::1]:8000", "http://[::1]:8000/v1"),
    ],
)
def test_a_server_is_written_in_several_ways(text: str, url: str) -> None:
    assert server_url(text) == url


@pytest.mark.parametrize(
    "text", ["", "ftp://a", "http://", "http://a:b", "http://u:p@host", "http://host/v1?key=1"]
)
def test_what_is_no_server_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        server_url(text)


@pytest.mark.parametrize(
    ("url", "remote"),
    [
        ("http://localhost:1/v1", False),
        ("http://127.9.9.9/v1", False),
        ("http://[::1]:8000/v1", False),
        ("http://0.0.0.0:8000/v1", True),
        ("http://localhost.example/v1", True),
        ("http://127.0.0.1.example/v1", True),
        ("http://10.0.0.7/v1", True),
        ("https://gpu.example/v1", True),
    ],
)
def test_only_loopback_is_this_machine(url: str, remote: bool) -> None:
    assert is_remote(url) == remote


def test_a_preset_says_how_to_start_it() -> None:
    for name, url in PRESETS.items():
        assert name.split("-")[0] in start_hint(url) or "lms" in start_hint(url)
    assert start_hint("http://127.0.0.1:9/v1") == ""


def test_another_machine_needs_consent() -> None:
    check_consent(LOCAL, False)
    check_consent(ELSEWHERE, True)
    check_consent(ELSEWHERE.model_copy(update={"remote_allowed": True}), False)
    with pytest.raises(ConfigError, match="not this machine") as caught:
        check_consent(ELSEWHERE, False)
    assert "--allow-remote" in caught.value.hint


def test_a_key_comes_from_its_variable_or_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFFICE_KEY", "abc")
    assert key_of(LOCAL) == ""
    assert key_of(LOCAL.model_copy(update={"key_variable": "OFFICE_KEY"})) == "abc"

    file = tmp_path / "key"
    in_file = LOCAL.model_copy(update={"key_file": str(file)})
    with pytest.raises(ConfigError, match="cannot be read"):
        key_of(in_file)
    file.write_text("def\n")
    assert key_of(in_file) == "def"


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "ä", ""])
def test_a_key_that_is_no_header_is_refused_without_showing_it(tmp_path: Path, key: str) -> None:
    file = tmp_path / "key"
    file.write_text(key)
    with pytest.raises(ConfigError) as caught:
        key_of(LOCAL.model_copy(update={"key_file": str(file)}))
    assert not key or key not in str(caught.value)


def test_names_of_servers_and_files_stay_apart_and_both_are_kept(models: Path) -> None:
    file = Record(name="mine", size=1, mtime_ns=1, sha256="0" * 64, context=512)
    write_record(models, Path("/a.gguf"), file)
    add_server("office", ELSEWHERE, models)
    assert read_servers(models) == {"office": ELSEWHERE}
    assert read_records(models) == {"/a.gguf": file}

    for name in ("mine", "qwen2.5-coder-1.5b-instruct", "no/slash"):
        with pytest.raises(ModelError):
            add_server(name, LOCAL, models)
    with pytest.raises(ModelError, match="no server's model is named 'mine'"):
        remove_server("mine", models)
    remove_server("office", models)
    assert read_servers(models) == {}
    assert list(json.loads((models / "models.json").read_text())["files"]) == ["/a.gguf"]


def test_what_was_found_out_of_the_latest_servers_is_kept(models: Path) -> None:
    probe = ServerProbe(kind="ollama", version="1", continues=False, thinks=True)
    for number in range(60):
        write_probe(models, f"server-{number}", probe)
    assert read_probe(models, "server-59") == probe
    assert read_probe(models, "server-0") is None
    assert read_probe(models, "another") is None
