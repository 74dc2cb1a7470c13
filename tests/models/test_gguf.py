"""Headers of model files: what is refused, and that nothing hostile gets further."""

from __future__ import annotations

import contextlib
import struct
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_mhm.errors import ModelError
from repo_mhm.models.gguf import read_header
from repo_mhm.models.library import add
from tests.models.tiny import DEFAULT, MODEL, gguf, manifest, text
from tests.patience import HANG_SECONDS


def without(key: str) -> bytes:
    return gguf({name: value for name, value in DEFAULT.items() if name != key})


def nested() -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<IIQ", 9, 9, 1 << 60)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "truncated"),
        (b"not a model at all", "does not start with GGUF"),
        (MODEL[:200], "truncated"),
        (MODEL[:-280_000], "truncated"),
        (b"GGUF" + struct.pack("<IQQ", 1, 0, 0), "version 1"),
        (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "version"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 63), "claims too much"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1 << 62), "too long"),
        (
            b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<IIQ", 9, 8, 1 << 40),
            "too many strings",
        ),
        (
            b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<IIQ", 9, 4, 1 << 62),
            "truncated",
        ),
        (
            b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<I", 99),
            "unknown type",
        ),
        (nested(), "nests"),
        (without("tokenizer.chat_template"), "chat template"),
        (gguf({**DEFAULT, "tokenizer.chat_template": " "}), "chat template"),
        (without("llama.context_length"), "no language model"),
        (gguf({**DEFAULT, "split.count": 3}), "split"),
        (gguf({**DEFAULT, "llama.pooling_type": 3}), "embeddings"),
        (gguf({**DEFAULT, "llama.attention.causal": False}), "embeddings"),
    ],
)
def test_unusable_gguf_is_refused_with_a_reason(
    tmp_path: Path, models: Path, data: bytes, message: str
) -> None:
    path = tmp_path / "own.gguf"
    path.write_bytes(data)
    started = time.process_time()
    with pytest.raises(ModelError, match=message):
        add(path, models, manifest=manifest())
    assert time.process_time() - started < HANG_SECONDS
    assert not (models / "models.json").exists()


def mutated(draw: Callable[[st.SearchStrategy[int]], int]) -> bytes:
    data = bytearray(gguf(data=b"\1" * 64))
    for _ in range(draw(st.integers(1, 4))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data)


@settings(max_examples=150, deadline=None)
@given(st.composite(mutated)())
def test_mutated_headers_are_read_or_refused_never_more(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "mutated.gguf"
    path.write_bytes(data)
    with contextlib.suppress(ModelError):
        assert read_header(path).context > 0
