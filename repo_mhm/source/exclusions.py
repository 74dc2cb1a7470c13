"""Exclusions: which files are not worth a model's time, and why.

Owns the recognition of binary, generated, minified, lock and oversized files. What a tool made is
told by several signs, since people write about generated code as well; `vendored` does so for whole
folders. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from repo_mhm.lazy_pattern import lazy_pattern
from repo_mhm.source.text_encoding import CONTROLS, to_utf8

LARGEST_BYTES = 4 * 1024 * 1024
"""Larger files are left out: no hand-written source is this long, and a model would need a day."""
_SAMPLE_BYTES = 8192
_SAMPLES = 15
"""How many parts of a large file, besides its beginning, tell whether it is binary."""
_MARKED_BYTES, _MARKED_LINES = 2048, 20
"""How far from its beginning a file may say that it was generated."""

LOCK_FILE = "lock file"
_LOCKS = frozenset(
    "package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock bun.lockb deno.lock "
    "poetry.lock uv.lock pdm.lock pylock.toml pipfile.lock pixi.lock conda-lock.yml cargo.lock "
    "gemfile.lock composer.lock go.sum mix.lock flake.lock pubspec.lock packages.lock.json "
    "gradle.lockfile podfile.lock cartfile.resolved package.resolved requirements.lock "
    ".terraform.lock.hcl".split()
)
_GENERATED_NAME = lazy_pattern(
    r"_pb2(_grpc)?\.pyi?$|\.pb\.(go|cc|h|rs)$|_pb\.(js|ts)$|\.g\.(dart|cs)$|\.designer\.cs$"
    r"|\.generated\.\w+$|_generated\.\w+$|\.snap$|\.(js|css|mjs|cjs)\.map$",
    re.IGNORECASE,
)
_GENERATED_FOLDER = lazy_pattern(r"(?:^|/)(?:generated|__generated__|autogen|gen|dist|build)/")
_STATEMENT = lazy_pattern(
    rb"\b(?:this|the) (?:\w+ )?(?:file|code|module|class|header|script)s? (?:is|was|has been|were) "
    rb"(?:auto[- ]?|automatically |machine[- ]|being )?(?:generated|created|produced|built)\b"
    rb"|\b(?:auto[- ]?|automatically |machine[- ])generated\b|\bcode generated (?:by|from|with)\b"
    rb"|\bgenerated (?:by|from|with|using|automatically)\b|\bjest snapshot v\d|\"mappings\"",
    re.IGNORECASE,
)
_WARNING = lazy_pattern(
    rb"\b(?:do not|don't|never) (?:edit|modify|change|alter|touch)"
    rb"(?: (?:this|it|the) ?(?:file|code)?)?(?: (?:by hand|manually|directly))?"
    rb"\s*(?:[-.!;:,*)/>]|$)|\bmake (?:no )?changes to this file\b"
    rb"|\b(?:changes|edits|modifications)[^.]{0,60} will be (?:lost|overwritten)",
    re.IGNORECASE,
)
_MOST_CODE_ABOVE = 3
"""Lines of code that may stand above what says that a file was generated: `<?php`, a package."""
_MARKER = lazy_pattern(rb"(?:^|[\s*#/;<!-])@generated\b(?! by hand)")
"""A tag that exists for tools, which nobody writes otherwise."""
_BY_HAND = lazy_pattern(
    rb"\b(?:(?:edited|kept|maintained) by hand|hand[- ]?(?:edited|maintained|written)|feel free to"
    rb"|(?:may|can|should) be (?:edited|changed|modified)|safe to edit|originally|initially)\b",
    re.IGNORECASE,
)
_NEEDED_SIGNS = 2
_COMMENT = lazy_pattern(rb"^\s*(#|//|/\*|\*|--|;|<!--|%|\"{3}|'{3})")
_MINIFIED_NAME = lazy_pattern(r"[.-]min\.(js|css|mjs|html)$", re.IGNORECASE)
_DATA_NAME = lazy_pattern(r"\.(json|csv|tsv|svg|xml|geojson|map|txt|lock)$", re.IGNORECASE)
_LONG_LINE = 2000
_SMALL_MINIFIED = 4096
"""Bytes below which a file is read though its lines are long, unless its name says `min`."""
_WRITTEN_LINES = 5
"""So many short lines of code beside one long line were written by a person."""
_MOST_LONG_LINES = 2
_CODE_SHARE = 0.02
"""Brackets and semicolons in minified code are 5 to 10 % of it; in data within a string, none."""
WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")
"""Byte order marks of UTF-16 and UTF-32, whose text holds zero bytes."""


def exclusion_by_path(path: str, size: int) -> str | None:
    """Why a file is left out by its name or size (bytes); None where its content decides."""
    name = path.rpartition("/")[2]
    if name.lower() in _LOCKS:
        return LOCK_FILE
    if size > LARGEST_BYTES:
        return f"larger than {LARGEST_BYTES // 1024**2} MiB"
    return None


def exclusion_by_content(data: bytes, path: str = "") -> str | None:
    """Why a file is left out by its content; None where it is worth reading.

    Its `path` is a sign more: nothing is left out for its name alone.
    """
    if not data.strip():
        return "empty"
    text = to_utf8(data)
    if text is data and not data.startswith(WIDE_MARKS) and _is_binary(data):
        return "binary"
    if _is_minified(text, path):
        return "minified"
    if _is_generated(text, path):
        return "generated"
    return None


def _is_binary(data: bytes) -> bool:
    """Whether it holds a zero byte, or a sample of it is more than a quarter undecodable."""
    return b"\0" in data or any(
        _undecodable(sample) > len(sample) // 4 for sample in _samples(data)
    )


def _samples(data: bytes) -> Iterator[bytes]:
    """The beginning and up to _SAMPLES further parts: a PDF may begin with pages of text."""
    step = max(_SAMPLE_BYTES, len(data) // _SAMPLES)
    return (data[start : start + _SAMPLE_BYTES] for start in range(0, len(data), step))


def _undecodable(sample: bytes) -> int:
    """How many bytes are neither UTF-8 nor likely text of another encoding."""
    controls = len(sample) - len(sample.translate(None, CONTROLS))
    if sample.isascii():
        return controls
    return controls + sample.decode("utf-8", "replace").count("\ufffd")


def _is_minified(data: bytes, path: str) -> bool:
    """Whether very long lines of code make up most of it; nobody reads such a file."""
    is_named = bool(_MINIFIED_NAME.search(path))
    lines = data.count(b"\n") + 1
    if (len(data) < _SMALL_MINIFIED and not is_named) or len(data) / lines < 200:
        return False
    all_lines = data.split(b"\n")
    least = _LONG_LINE // 4 if is_named else _LONG_LINE
    long_lines = [line for line in all_lines if len(line) > least]
    if sum(map(len, long_lines)) <= len(data) * 0.6:
        return False
    if is_named or _DATA_NAME.search(path):
        return True
    written = sum(1 for line in all_lines if 0 < len(line) <= 200 and _is_code(line))
    if written < _WRITTEN_LINES:
        return True
    return len(long_lines) > _MOST_LONG_LINES and _has_much_code(long_lines)


def _is_code(line: bytes) -> bool:
    return bool(line.strip()) and not _COMMENT.match(line)


def _has_much_code(lines: list[bytes]) -> bool:
    length = sum(map(len, lines))
    kept = sum(len(line.translate(None, b"(){};")) for line in lines)
    return length - kept > length * _CODE_SHARE


def _comments_at_top(lines: list[bytes]) -> Iterator[bytes]:
    """The comments before the program begins: what comes later may be a text that it writes."""
    code_lines = 0
    for line in lines:
        if _COMMENT.match(line):
            yield line
        elif line.strip():
            code_lines += 1
        if code_lines > _MOST_CODE_ABOVE:
            return


def _is_generated(data: bytes, path: str) -> bool:
    """Whether several signs say that a tool wrote it: its name and comments near its beginning."""
    has_name = bool(_GENERATED_NAME.search(path))
    first_lines = data[:_MARKED_BYTES].split(b"\n")[:_MARKED_LINES]
    head = b"\n".join(first_lines if has_name else _comments_at_top(first_lines))
    if _BY_HAND.search(head):
        return False
    if _MARKER.search(head):
        return True
    has_statement = bool(_STATEMENT.search(head))
    has_warning = any(_WARNING.search(line) for line in head.split(b"\n"))
    signs = [has_statement, has_warning, has_name, bool(_GENERATED_FOLDER.search(path))]
    return (has_statement or has_name) and sum(signs) >= _NEEDED_SIGNS
