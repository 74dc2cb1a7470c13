"""Just enough of the GGUF format to refuse a file that cannot serve as a model.

Layout after https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, little-endian versions 2 and
3. Files are hostile: every length is checked against the bytes that are left before anything is
read or allocated, and before llama.cpp sees the file.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from repo_mhm.errors import ModelError

_VERSIONS = (2, 3)
_MOST_KEYS = 100_000
_MOST_TENSORS = 100_000
_MOST_DIMENSIONS = 8
_MOST_STRINGS = 4_000_000
"""Over all arrays of strings; vocabularies of 256,000 tokens with as many merges are the largest
seen."""
_LONGEST_KEY = 65_535
"""Bytes, by the format."""
_LONGEST_TEXT = 1 << 20
"""Bytes of a metadata value that is kept."""

# Types of metadata values: the format's numbers, and struct's letters for those of fixed size.
_STRING, _ARRAY = 8, 9
_SCALARS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
_INTEGERS = (2, 4, 5, 7, 10, 11)
"""Truth values too: they are kept as numbers."""

_TEXT_KEYS = ("general.architecture", "tokenizer.chat_template")
_NUMBER_KEYS = (".context_length", "split.count", ".pooling_type", ".attention.causal")
"""Ends of keys: all but the second begin with the architecture's name."""


@dataclass(frozen=True, slots=True)
class Header:
    """A model's architecture, and the context it was trained for, in tokens."""

    architecture: str
    context: int


class _Malformed(ValueError):
    """The bytes are no GGUF; `read_header` turns this into a ModelError."""


class _Reader:
    """Reads little-endian values, never past the end of the file."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size
        self._position = 0
        self._strings = 0

    def take(self, count: int) -> bytes:
        """The next bytes, all of them."""
        self._check(count)
        data = self._file.read(count)
        if len(data) != count:
            raise _Malformed("it ends inside its header")
        self._position += count
        return data

    def skip(self, count: int) -> None:
        self._check(count)
        self._file.seek(count, 1)
        self._position += count

    def number(self, kind: str) -> int:
        """The next number, of a kind that struct has a letter for."""
        size = struct.calcsize("<" + kind)
        value: int = struct.unpack("<" + kind, self.take(size))[0]
        return value

    def text(self, longest: int) -> str:
        length = self.number("Q")
        if length > longest:
            raise _Malformed("a string in its header is too long")
        return self.take(length).decode("utf-8", "replace")

    def skip_value(self, kind: int) -> None:
        """Pass over one value of a metadata type."""
        if kind == _STRING:
            self.skip(self.number("Q"))
        elif kind == _ARRAY:
            self._skip_array()
        else:
            self.skip(self._width(kind))

    def _skip_array(self) -> None:
        kind, count = self.number("I"), self.number("Q")
        if kind == _ARRAY:
            raise _Malformed("its header nests arrays")
        if kind != _STRING:
            self.skip(self._width(kind) * count)
            return

        self._strings += count
        if self._strings > _MOST_STRINGS:
            raise _Malformed("its header holds too many strings")
        for _ in range(count):
            self.skip(self.number("Q"))

    def _width(self, kind: int) -> int:
        if kind not in _SCALARS:
            raise _Malformed(f"its header holds a value of unknown type {kind}")
        return struct.calcsize("<" + _SCALARS[kind])

    def _check(self, count: int) -> None:
        if count > self._size - self._position:
            raise _Malformed("it is truncated")


def read_header(path: Path) -> Header:
    """Check that a file is a whole GGUF language model with a chat template; return its header.

    Raises ModelError when it cannot be read, is no GGUF, is cut short, is one of several split
    files, or has no chat template.
    """
    try:
        with path.open("rb") as file:
            reader = _Reader(file, path.stat().st_size)
            metadata = _metadata(reader)
    except OSError as exc:
        raise ModelError(f"{path} cannot be read: {exc.strerror or exc}") from exc
    except _Malformed as exc:
        raise ModelError(
            f"{path} is no usable GGUF file: {exc}", hint="Fetch or convert the model again."
        ) from exc
    return _header(path, metadata)


def _header(path: Path, metadata: dict[str, str | int]) -> Header:
    """The header that the metadata describes. Raises ModelError when it is no usable model's."""
    architecture = metadata.get("general.architecture")
    context = metadata.get(f"{architecture}.context_length")
    template = metadata.get("tokenizer.chat_template")

    if metadata.get("split.count", 0) not in (0, 1):
        raise ModelError(
            f"{path} is one of several split files", hint="Join them with: llama-gguf-split --merge"
        )
    if metadata.get(f"{architecture}.pooling_type", 0) or not metadata.get(
        f"{architecture}.attention.causal", 1
    ):
        raise ModelError(
            f"{path} holds a model for embeddings or for ranking, which writes no text",
            hint="Use an instruct model in GGUF format: see `repo-mhm model list`.",
        )
    if not isinstance(architecture, str) or not isinstance(context, int) or context < 1:
        raise ModelError(
            f"{path} holds no language model", hint="Use an instruct model in GGUF format."
        )
    if not isinstance(template, str) or not template.strip():
        raise ModelError(
            f"{path} has no chat template (tokenizer.chat_template)",
            hint="Use an instruct or chat model: a base model cannot follow instructions.",
        )
    return Header(architecture, context)


def _metadata(reader: _Reader) -> dict[str, str | int]:
    """The metadata that `_header` asks about.

    Raises _Malformed, also when the tensors' data is not all there.
    """
    if reader.take(4) != b"GGUF":
        raise _Malformed("it does not start with GGUF")
    version, tensors, keys = reader.number("I"), reader.number("Q"), reader.number("Q")
    if version not in _VERSIONS:
        raise _Malformed(f"its version {version} is not supported")
    if keys > _MOST_KEYS or tensors > _MOST_TENSORS:
        raise _Malformed("its header claims too much")

    metadata: dict[str, str | int] = {}
    for _ in range(keys):
        key, kind = reader.text(_LONGEST_KEY), reader.number("I")
        if kind == _STRING and key in _TEXT_KEYS:
            metadata[key] = reader.text(_LONGEST_TEXT)
        elif kind in _INTEGERS and key.endswith(_NUMBER_KEYS):
            metadata[key] = reader.number(_SCALARS[kind])
        else:
            reader.skip_value(kind)

    _check_tensors(reader, tensors)
    return metadata


def _check_tensors(reader: _Reader, tensors: int) -> None:
    """Raise _Malformed unless every tensor lies inside the file.

    Each must have room for one bit a weight; the smallest format has 1.56.
    """
    end = 0
    for _ in range(tensors):
        reader.text(_LONGEST_KEY)
        dimensions = reader.number("I")
        if dimensions > _MOST_DIMENSIONS:
            raise _Malformed("a tensor has too many dimensions")

        weights = 1
        for _ in range(dimensions):
            weights *= reader.number("Q")
        reader.number("I")  # the format of the weights
        offset = reader.number("Q")
        end = max(end, offset + weights // 8)
    reader.skip(end)
