"""Secrets that somebody has said are none: in the baseline of detect-secrets, or beside them. Pure.

The baseline (`.secrets.baseline`) lists, for each file, the SHA-1 of every secret that its owners
know. What detect-secrets takes for the secret on a line need not be what we do (with its quotes or
without, or the whole word around it), so several parts of the line are compared.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

SECRET_BASELINE = ".secrets.baseline"
"""Where detect-secrets keeps its baseline: at the top of a repository."""
_ALLOWED = re.compile(
    r"pragma:\s?(?:allow|white)list[ -]?secret|gitleaks:allow|trufflehog:ignore", re.IGNORECASE
)
"""Remarks of detect-secrets, gitleaks and TruffleHog that a line's secret is none."""
_NEXT_ALLOWED = re.compile(
    r"^\W{0,200}pragma:\s?(?:allow|white)list[ -]nextline[ -]secret", re.IGNORECASE
)
"""The same of the line below; nothing else may stand on this one."""
_WORDS = re.compile(r"[^\s\"'`,;<>(){}\[\]]+")
_QUOTED = re.compile(r"\"([^\"\n]{1,2000})\"|'([^'\n]{1,2000})'|`([^`\n]{1,2000})`")
_ASSIGNED = re.compile(r"[:=]\s{0,20}([^\s\"'].{0,2000})$")
_MOST_CANDIDATES = 200
"""Parts of a line that are compared; a line of more is data."""


@dataclass(frozen=True, slots=True)
class SecretBaseline:
    """The secrets that a baseline lists."""

    hashes_by_path: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """SHA-1 in hexadecimal."""

    def has(self, path: str, digests: Collection[str]) -> bool:
        """Whether it lists one of these digests for a file."""
        return not self.hashes_by_path.get(path, frozenset()).isdisjoint(digests)


def parse_secret_baseline(content: bytes) -> SecretBaseline:
    """The baseline of detect-secrets, versions 0.12 to 1.5.

    Raises:
        ValueError: It is none.
    """
    try:
        results = json.loads(content)["results"]
        return SecretBaseline(
            {
                path.removeprefix("./").replace("\\", "/"): frozenset(
                    str(secret["hashed_secret"]).lower() for secret in secrets
                )
                for path, secrets in results.items()
            }
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        raise ValueError(str(exc)) from exc


def is_allowed(line: str, line_above: str) -> bool:
    """Whether a remark on a line, or above it, says that its secret is none."""
    return bool(_ALLOWED.search(line) or _NEXT_ALLOWED.search(line_above))


def digests(line: str, secret: str) -> frozenset[str]:
    """The SHA-1 of a secret, and of the parts of its line that hold it or are part of it."""
    parts = {secret, secret.strip("\"'`")}
    for number, part in enumerate(_parts(line)):
        if number >= _MOST_CANDIDATES:
            break
        if part in secret or secret in part:
            parts.add(part)
    return frozenset(_sha1(part) for part in parts if part)


def _parts(line: str) -> Iterator[str]:
    for match in _QUOTED.finditer(line):
        yield match[match.lastindex or 0]
    for match in _WORDS.finditer(line):
        yield match[0]
        yield match[0].rpartition("=")[2]
        yield match[0].rpartition(":")[2]
    if assigned := _ASSIGNED.search(line):
        yield assigned[1].rstrip()


def _sha1(text: str) -> str:
    data = text.encode("utf-8", "surrogatepass")
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()
