"""Values that only show what a secret looks like: plain words, addresses that lead nowhere. Pure.

They are masked like others, as masking too much costs nothing; a finding on one costs a commit.
"""

from __future__ import annotations

import re

_PLAIN = frozenset(
    "a access admin api app auth bar baz bearer changeit changeme client credentials default demo"
    " dummy enter example fake foo guest here hunter key login me my mypassword mysecret none not"
    " pass passphrase passwd password passwort placeholder private public pw pwd qux real replace"
    " root s sample secret secretkey shared some super supersecret temp test testing text the this"
    " token top user username value with xxx xxxx your".split()
)
"""Words of which no secret consists that is worth keeping."""
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")
"""A character of an address; those that need it are signs and spaces."""
_WORD = re.compile(r"[a-z]+")
_RESERVED_HOST = re.compile(
    r"@(?:[\w-]{1,60}\.){0,5}(?:example(?:\.(?:com|org|net|edu))?|test|invalid|localhost"
    r"|127\.0\.0\.1|host|hostname|domain\.com)(?![\w.-])",
    re.IGNORECASE,
)
"""Hosts that are reserved for examples and tests (RFC 2606, RFC 6761), or this machine."""


_PUBLIC_KEY = re.compile(r"\bapt-key\b|--recv(?:-keys?)?\b|--keyserver\b|\bsigned-by\b")
"""Commands that name a public key by its fingerprint."""
_NUMBER_OF_A_NAME = re.compile(r"[A-Za-z_]\w{0,60}=-?\d{1,6}")
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+|[^A-Za-z\d]")
_JOINTS = frozenset("_$.")
_MEAN_LENGTH = 4
"""Letters of a word of a name, on average; random letters change their case more often."""
_LEAST_CHARACTERS = 3
"""Letters and digits of a value; one of fewer is punctuation of code."""


def is_example_secret(kind: str, secret: str, line: str) -> bool:
    """Whether a value of this kind on a line only shows where a secret would stand."""
    if kind in ("labelled key", "password") and _is_code(secret, line):
        return True
    spelled = _ESCAPED.sub(" ", secret).lower()
    words = _WORD.findall(spelled)
    if words and not any(map(str.isdigit, spelled)) and _PLAIN.issuperset(words):
        return True
    return kind == "password in an address" and _RESERVED_HOST.search(line) is not None


def _is_code(value: str, line: str) -> bool:
    """Whether an unquoted value is a name in code, or no value at all."""
    if _PUBLIC_KEY.search(line) or _NUMBER_OF_A_NAME.fullmatch(value):
        return True
    if sum(map(str.isalnum, value)) < _LEAST_CHARACTERS:
        return True
    before, _, after = line.partition(value)
    is_quoted = before[-1:] in ("'", '"', "`") or after[:1] in ("'", '"', "`")
    return not is_quoted and after.strip()[:1] in ("", ";", ",", ")") and _is_name(value)


def _is_name(value: str) -> bool:
    """Whether words make up a value, and at most one short number, as in `KeyInfoV1`."""
    parts = _PARTS.findall(value)
    numbers = [part for part in parts if part.isdigit()]
    words = [part for part in parts if part.isalpha() and len(part) > 1]
    rest = [part for part in parts if not part.isalnum()]
    has_few_numbers = len(numbers) <= 1 and all(len(number) <= 2 for number in numbers)
    has_long_words = sum(map(len, words)) >= _MEAN_LENGTH * len(words) and len(words) > 1
    return has_few_numbers and has_long_words and _JOINTS.issuperset(rest)
