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


def is_example_secret(kind: str, secret: str, line: str) -> bool:
    """Whether a value of this kind on a line only shows where a secret would stand."""
    spelled = _ESCAPED.sub(" ", secret).lower()
    words = _WORD.findall(spelled)
    if words and not any(map(str.isdigit, spelled)) and _PLAIN.issuperset(words):
        return True
    return kind == "password in an address" and _RESERVED_HOST.search(line) is not None
