"""Redaction: secrets are masked in a file's bytes, before anything is derived from them.

The idea: everything that is kept or shown of a file (chunks, outlines, symbols, references, notes)
comes from its bytes, so they are masked once, where they come in. A mask is as long as what it
hides and has its line ends, so every offset and line number stays true. Secrets are recognised by
their format (`secret_formats`), by the label before them (`secret_labels`) or above them
(`secret_columns`), and by how random they are (`secret_values`); private keys are recognised as
blocks of lines.

Texts are handled as Latin-1, one character a byte, so that positions are bytes whatever the file's
encoding. For the parser there is a second version of the bytes, `parseable`: a mask there is a
plain word, so that code around it keeps its shape, and bytes that are not UTF-8 are question marks.

Owns what a mask looks like. Pure.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from posixpath import basename, splitext
from typing import NamedTuple

from repo_mhm.source.secret_values import (
    SHORTEST_RANDOM,
    encoded_text,
    is_mangled,
    is_placeholder,
    is_public,
    is_random,
    is_repetitive,
)

MASK = "[secret]"
"""How a mask begins, unless the secret is shorter."""
RULES_VERSION = "6"
"""Raise it when what counts as a secret changes: everything is then scanned again."""
_SUSPICIOUS = re.compile(
    r"[A-Za-z0-9_+/=.-]{16}|pass|pwd|secret|key|token|cred|contrase|senha|auth|mnemonic|bearer"
    r"|basic|pepper|salt|cookie|connection|seed|sig|dsn|pin|pw|pat|phrase|sess|-u|://|-----|\$"
    r"|:5432:",
    re.IGNORECASE,
)
"""Every text with a secret that is recognised matches this."""
_FILLER, _PLAIN = b"*", b"secret"
_UNDECODABLE = re.compile("[\udc80-\udcff]")
_SHORTEST_WORD = 16
_LONG_WORD = re.compile(r"\b[A-Za-z0-9_][A-Za-z0-9_.~+/=%$\-]{15,}", re.ASCII)
"""A run of characters that is long enough to be a key: 80 bits in base 32 take 16 characters."""
_RUN_AT_START = re.compile(r"(.)\1{5,40}")
"""How the keys of some issuers begin; what follows tells whether it is one."""
_MOST_PARTS = 200
"""Parts of a word that may be keys; a word of more is data."""
_PART_START = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]")
_MIXED = re.compile(r"[0-9]|[a-z][A-Z][a-z]?[A-Z]|[A-Z][a-z][A-Z]|A[KS]IA")
"""What keys have and nearly no names: a digit, or a change of case in mid-word."""
_KEY_BEGINNING = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----|"
    r"-----BEGIN OpenVPN Static key V1-----"
)
_PIECES = re.compile(r"[A-Za-z0-9+/_~\-]+={0,2}")
_SMALL_PIECES = re.compile(r"[A-Za-z0-9+_~\-]+={0,2}")
_PUBLIC_BLOCK = re.compile(r"-----BEGIN [A-Z0-9 ]{0,30}-----[^-]{1,20000}-----END")
"""A certificate, a public key; private keys are found before."""
_KEY_END_MARK = "-----END "
_KEY_END = re.compile(r"-----END [A-Z0-9 ]{0,30}-----")
_KEY_LINE = re.compile(
    r"[\s\"'+,;\\>#*/|.-]{0,40}[A-Za-z0-9+/=]{4,}(?:\\[rn])*[\"'+,;\\\s)]{0,9}\Z"
)
_KEY_BODY = re.compile(r"[A-Za-z0-9+/=]{10}")
_LONGEST_KEY = 20_000
"""Characters of a private key: RSA with 16,384 bits takes 13,000."""
_PUTTY_LINES = re.compile(
    r"Private-Lines: \d+[\r\n]{1,4}((?:[ \t]{0,40}[A-Za-z0-9+/=]{4,}[\r\n]{1,4}){1,400})"
)
_ARMOUR_CHARACTERS = 60
"""A word without a label that fills a line so long is part of an encoded file."""
_TEXT_ENDINGS = frozenset(
    ".adoc .bash .cfg .cmd .conf .config .cnf .csv .dockerfile .env .fish .htm .html .ini .ipynb"
    " .json .json5 .jsonc .ksh .log .markdown .md .netrc .npmrc .pem .pgpass .properties .ps1 .bat"
    " .pypirc .rst .sh .sql .svg .template .tf .tfvars .toml .tpl .tsv .txt .vue .xml .yaml .yml"
    " .zsh .hcl .erb .j2 .jinja .mustache .hbs .diff .patch .plist .desktop .service .textile"
    " .org .tex .http .rest .key .secret .example .sample .dist .local .prod .dev .eml .log".split()
)
"""Endings of files in which an unquoted value is a text; in code it is an expression."""


class Secret(NamedTuple):
    """A secret in a file: its bytes (half open) and its kind."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True)
class Masked:
    """The content of a file with its secrets masked, as long as it was, with the same lines."""

    data: bytes
    secrets: tuple[Secret, ...] = ()
    """In order; none overlap."""
    parseable: bytes = field(default=b"", repr=False)
    """What a parser is given: UTF-8 in which a mask is a word."""

    @property
    def kinds(self) -> Mapping[str, int]:
        """How many secrets there are of each kind."""
        return Counter(secret.kind for secret in self.secrets)

    @cached_property
    def _starts(self) -> list[int]:
        return [secret.start for secret in self.secrets]

    def between(self, start: int, end: int) -> int:
        """How many secrets begin in a span of bytes."""
        first = bisect_right(self._starts, start - 1)
        return bisect_right(self._starts, end - 1) - first

    def covers(self, start: int, end: int) -> bool:
        """Whether part of a span of bytes is masked."""
        number = bisect_right(self._starts, end - 1) - 1
        return number >= 0 and self.secrets[number].end > start


def mask(path: str, data: bytes) -> Masked:
    """Mask every secret in the content of a file; its `path` says how values are written in it."""
    secrets = find_secrets(path, data)
    if not secrets:
        return Masked(data, (), _as_utf8(data))
    shown, parsed = bytearray(data), bytearray(data)
    for secret in secrets:
        hidden = data[secret.start : secret.end]
        shown[secret.start : secret.end] = _mask(hidden)
        parsed[secret.start : secret.end] = _plain_mask(hidden)
    return Masked(bytes(shown), tuple(secrets), _as_utf8(bytes(parsed)))


def redact(path: str, text: str) -> tuple[str, int]:
    """`text` with every secret masked, and how many were masked."""
    masked = mask(path, text.encode("utf-8", "surrogatepass"))
    if not masked.secrets:
        return text, 0
    return masked.data.decode("utf-8", "replace"), len(masked.secrets)


def without_secrets(typed: str) -> str:
    """What a user typed, with secrets masked: it is kept, searched for and shown to a model."""
    return redact("typed.txt", typed)[0]


def masked_paths(paths: Sequence[str]) -> dict[str, str]:
    """The paths that hold a secret, each with its masked form.

    A secret lies within one name of the path, and thousands of paths share the names of their
    folders: each name is looked at once.
    """
    names = dict.fromkeys(name for path in paths for name in path.split("/"))
    masked = _masked_names([name for name in names if len(name) >= _SHORTEST_WORD])
    if not masked:
        return {}
    shown = ("/".join(masked.get(name, name) for name in path.split("/")) for path in paths)
    return {path: name for path, name in zip(paths, shown, strict=True) if path != name}


def _masked_names(names: Sequence[str]) -> dict[str, str]:
    text = "\n".join(names)
    data = text.encode("utf-8", "surrogatepass")
    secrets = _merged(_words(data.decode("latin-1")))
    if not secrets:
        return {}
    shown = bytearray(data)
    for secret in secrets:
        shown[secret.start : secret.end] = _mask(data[secret.start : secret.end])
    masked = shown.decode("utf-8", "replace").split("\n")
    return {name: mask for name, mask in zip(names, masked, strict=True) if name != mask}


def find_secrets(path: str, data: bytes) -> list[Secret]:
    """The secrets in the content of a file, in order; none overlap."""
    text = data.decode("latin-1")
    if not _SUSPICIOUS.search(text):
        return []
    # Imported here: compiling the patterns takes longer than masking a question, or a small change.
    from repo_mhm.source.secret_columns import in_columns
    from repo_mhm.source.secret_labels import labelled

    found = [*_private_keys(text), *_words(text)]
    is_code = not _holds_text(path)
    found += (Secret(*value) for value in labelled(text, text.lower(), is_code=is_code))
    found += (Secret(*value) for value in in_columns(splitext(path)[1].lower(), text))
    return _merged(found)


def _merged(secrets: Iterable[Secret]) -> list[Secret]:
    """Overlapping secrets as one, under the kind of the first and longest."""
    merged: list[Secret] = []
    for secret in sorted(secrets, key=lambda secret: (secret.start, -secret.end)):
        if merged and secret.start < merged[-1].end:
            last = merged[-1]
            merged[-1] = last._replace(end=max(last.end, secret.end))
        else:
            merged.append(secret)
    return merged


def _holds_text(path: str) -> bool:
    name = basename(path).lower()
    ending = splitext(name)[1]
    is_settings = name.startswith((".env", "dockerfile", "makefile", ".")) or not ending
    return is_settings or ending in _TEXT_ENDINGS


# Masks.


def _mask(hidden: bytes) -> bytes:
    """What is shown instead of a secret: as long, with its line ends."""
    first, *others = hidden.split(b"\n")
    shown = MASK.encode() if len(first) >= len(MASK) else b""
    lines = [shown + _FILLER * (len(first) - len(shown))]
    lines += (_FILLER * len(line) for line in others)
    return b"\n".join(lines)


def _plain_mask(hidden: bytes) -> bytes:
    """A word in each line of a secret, as long as the line."""
    lines = hidden.split(b"\n")
    return b"\n".join(_PLAIN.ljust(len(line), b"_")[: len(line)] for line in lines)


def _as_utf8(data: bytes) -> bytes:
    """The same bytes, but a question mark for each that is not UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        escaped = data.decode("utf-8", "surrogateescape")
        return _UNDECODABLE.sub("?", escaped).encode()
    return data


# Private keys.


def _private_keys(text: str) -> Iterator[Secret]:
    for beginning in _KEY_BEGINNING.finditer(text):
        start = beginning.start()
        end = text.find(_KEY_END_MARK, beginning.end(), start + _LONGEST_KEY)
        closing = _KEY_END.match(text, end) if end > 0 else None
        if closing and _KEY_BODY.search(text, beginning.end(), closing.start()):
            yield Secret(start, closing.end(), "private key")
        elif not closing and (end := _end_of_key_lines(text, beginning.end())) > beginning.end():
            yield Secret(start, end, "private key")
    for lines in _PUTTY_LINES.finditer(text):
        yield Secret(*lines.span(1), "private key")


def _end_of_key_lines(text: str, start: int) -> int:
    """Where the lines end that can be those of a key whose end is missing."""
    end = start
    line_start = text.find("\n", start) + 1
    while line_start:
        line_end = text.find("\n", line_start)
        stop = len(text) if line_end < 0 else line_end
        if stop - line_start > 200 or not _KEY_LINE.match(text, line_start, stop):
            break
        end = stop
        line_start = line_end + 1
    return end


# Keys by format, and random words.


def _words(text: str) -> Iterator[Secret]:
    public = [block.span() for block in _PUBLIC_BLOCK.finditer(text)]
    for word in _LONG_WORD.finditer(text):
        token = word[0]
        if token in _harmless:
            continue
        keys: list[Secret] = []
        pieces: list[re.Match[str]] = []
        if _MIXED.search(token) or token.isupper():
            keys = list(_keys_by_format(text, word))
            is_long = len(token) >= SHORTEST_RANDOM
            pieces = _random_pieces(text, word) if is_long and not keys else []
        if not keys and not pieces:
            _remember_harmless(token)
            continue
        yield from keys
        if pieces and not _is_public(text, word, public):
            for piece in pieces:
                if not is_mangled(text, *piece.span()):
                    yield Secret(*piece.span(), "random key")


def _keys_by_format(text: str, word: re.Match[str]) -> Iterator[Secret]:
    from repo_mhm.source.secret_formats import match_format  # as in find_secrets

    position = word.start()
    parts = _PART_START.finditer(text, word.start(), word.end())
    for part in islice(parts, _MOST_PARTS):
        if part.start() < position:
            continue
        key = match_format(text, part.start())
        if key and not _stands_for_a_key(text[part.start() : key.end]):
            yield Secret(part.start(), key.end, key.kind)
            position = key.end


def _is_public(text: str, word: re.Match[str], public: Iterable[tuple[int, int]]) -> bool:
    """Whether a random word is public, or a line of an encoded file; `public` are blocks."""
    in_public_block = any(start <= word.start() < end for start, end in public)
    return in_public_block or is_public(text, word.start()) or _fills_line(text, word)


_harmless: set[str] = set()
"""Words in which nothing was found, wherever they stand: source repeats its identifiers."""
_MOST_HARMLESS, _LONGEST_HARMLESS = 2**15, 100
_MAY_GO_ON = re.compile(r"[0-9]|\AAA")
"""Some formats have signs that end a word, or that stand before it: all of them have digits, but
for those whose word begins with two A."""


def _remember_harmless(token: str) -> None:
    if len(token) <= _LONGEST_HARMLESS and not _MAY_GO_ON.search(token):
        if len(_harmless) >= _MOST_HARMLESS:
            _harmless.clear()
        _harmless.add(token)


def _stands_for_a_key(key: str) -> bool:
    if run := _RUN_AT_START.match(key):
        key = key[run.end() :]
    return is_placeholder(key) or is_repetitive(key)


def _random_pieces(text: str, word: re.Match[str]) -> list[re.Match[str]]:
    """The parts of a word that are random, or all of it."""
    pieces = (
        piece
        for separators in (_PIECES, _SMALL_PIECES)
        for piece in separators.finditer(text, word.start(), word.end())
    )
    return [
        piece
        for piece in pieces
        if (is_random(piece[0]) and not is_placeholder(piece[0])) or _encodes_a_key(piece[0])
    ]


def _encodes_a_key(piece: str) -> bool:
    """Whether it is a text in base 64 that holds a key, such as `user:token` of a registry."""
    text = encoded_text(piece) if len(piece) >= SHORTEST_RANDOM else ""
    return any(key.kind for key in _words(text)) if text else False


def _fills_line(text: str, word: re.Match[str]) -> bool:
    """Whether nothing but the word stands on its line, as in a certificate or an encoded file."""
    if len(word[0]) < _ARMOUR_CHARACTERS:
        return False
    start = text.rfind("\n", 0, word.start()) + 1
    end = text.find("\n", word.end())
    around = text[start : word.start()] + text[word.end() : len(text) if end < 0 else end]
    return not any(character.isalnum() for character in around.replace("\\n", ""))
