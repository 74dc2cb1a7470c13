"""Model files and chat templates that are made to do harm cost an error message, and no more."""

from __future__ import annotations

import signal
import struct
from pathlib import Path

import pytest

from repo_mhm import safe_python
from repo_mhm.commands import workspace
from repo_mhm.config import Settings
from repo_mhm.engine import probe as probing
from repo_mhm.engine.llama_api import Model
from repo_mhm.engine.probe import probe
from repo_mhm.engine.template import ChatTemplate
from repo_mhm.engine.types import Prompt, Slot
from repo_mhm.errors import ModelError
from repo_mhm.models.library import find
from tests.models.tiny import MODEL

CHATML = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}<answer>"


def pretend(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Let the process that opens models run this code instead."""
    import sys

    def command(module: str, *arguments: str) -> list[str]:
        return [sys.executable, "-I", "-c", code, *arguments]

    monkeypatch.setattr(safe_python, "command", command)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.gguf"
    path.write_bytes(MODEL)
    return path


@pytest.mark.parametrize("name", ["SIGABRT", "SIGSEGV", "SIGXCPU"])
def test_a_file_that_kills_llama_cpp_is_an_error_that_names_it(
    monkeypatch: pytest.MonkeyPatch, own: Path, name: str
) -> None:
    number = int(getattr(signal, name))
    pretend(monkeypatch, f"import os; os.kill(os.getpid(), {number})")
    with pytest.raises(ModelError, match=r"own\.gguf .*llama\.cpp") as caught:
        probe(own, 0)
    assert "repo-mhm model list" in caught.value.hint


def test_a_file_that_never_opens_is_given_up(monkeypatch: pytest.MonkeyPatch, own: Path) -> None:
    pretend(monkeypatch, "import time; time.sleep(600)")
    with pytest.raises(ModelError, match=r"own\.gguf was not opened within 1 s"):
        probe(own, 0, seconds=1)


@pytest.mark.parametrize("output", ["", "text", "[]", '{"problem": 1}', '{"x": ""}'])
def test_a_process_that_reports_nonsense_is_an_error(
    monkeypatch: pytest.MonkeyPatch, own: Path, output: str
) -> None:
    pretend(monkeypatch, f"print({output!r})")
    with pytest.raises(ModelError, match="ended without a report"):
        probe(own, 0)


def test_a_file_is_tried_once_for_each_llama_cpp(
    monkeypatch: pytest.MonkeyPatch, own: Path, tmp_path: Path
) -> None:
    tried: list[Path] = []

    def note(path: Path, layers: int | None) -> tuple[str, ...]:
        tried.append(path)
        return ("it lacks something",)

    monkeypatch.setattr(probing, "probe", note)
    settings = Settings(model=str(own), models_dir=tmp_path / "models")
    workspace.choose_model(settings, "notes")
    workspace.choose_model(settings, "notes")
    assert tried == [own]

    monkeypatch.setattr("repo_mhm.engine.llama_library.llama_version", lambda: "another")
    workspace.choose_model(settings, "notes")
    assert tried == [own, own]

    own.write_bytes(MODEL + b"\0")
    workspace.choose_model(settings, "notes")
    assert len(tried) == 3
    assert find(str(own), settings.models_dir).tried_with == "another"
    assert workspace.choose_model(settings, "notes").limits == ("it lacks something",)
    assert workspace.model_limits(settings) == (f"{own}: it lacks something",)


def test_a_file_that_failed_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, own: Path, tmp_path: Path
) -> None:
    def fail(path: Path, layers: int | None) -> None:
        raise ModelError("crashes")

    monkeypatch.setattr(probing, "probe", fail)
    settings = Settings(model=str(own), models_dir=tmp_path / "models")
    for _ in range(2):
        with pytest.raises(ModelError, match="crashes"):
            workspace.choose_model(settings, "notes")


HARMFUL = {
    "endless": "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "huge text": "{{ 'a' * 10 ** 12 }}",
    "huge number": "{{ 9 ** 9 ** (9 ** 9) }}",
    "huge field": "{{ '%10000000000d' % 1 }}",
    "much output": "{% for i in range(99999) %}{{ 'abcdefghij' * 1000 }}{% endfor %}",
    "endless macro": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "long output": "{{ 'a' * 2000000 }}",
}


@pytest.mark.slow
@pytest.mark.parametrize("source", HARMFUL.values(), ids=HARMFUL.keys())
def test_a_template_without_an_end_is_stopped(source: str) -> None:
    with pytest.raises(ModelError, match="chat template"):
        ChatTemplate(source + CHATML, is_known=False)


def test_an_unknown_template_is_rendered_as_a_known_one() -> None:
    prompt = Prompt("S", "U", (Slot("", 1),))
    unknown = ChatTemplate(CHATML, is_known=False).pieces(prompt)
    assert unknown == ChatTemplate(CHATML).pieces(prompt)


@pytest.mark.model
def test_a_sound_model_passes(model_path: Path) -> None:
    probe(model_path, 0)


def with_added_token(path: Path, token: int, target: Path) -> Path:
    """A copy of a GGUF file in which one token is one that users have added."""
    data = bytearray(path.read_bytes())
    key = b"tokenizer.ggml.token_type"
    # Behind the key: the kind of the value and of its elements, their number, the elements.
    start = data.index(key) + len(key) + 4 + 4 + 8
    struct.pack_into("<i", data, start + 4 * token, 4)
    target.write_bytes(data)
    return target


@pytest.mark.model
def test_an_added_token_in_a_text_stays_text(model_path: Path, tmp_path: Path) -> None:
    sound = Model(model_path, gpu_layers=0, repack=False)
    (token,) = sound.tokens(b"def")
    sound.close()

    model = Model(
        with_added_token(model_path, token, tmp_path / "added.gguf"), gpu_layers=0, repack=False
    )
    text = b"x = 'def' # def\n"
    tokens = model.tokens(text)
    assert token not in tokens
    assert b"".join(map(model.piece, tokens)) == text
    assert token in model.tokens(text, special=True)
    model.close()
