"""Redaction: secrets are masked before a chunk reaches a model or the store.

The idea: detect-secrets recognises the secrets; what it finds is replaced by a mask. Its detectors
run in three groups, because some find too much and some take too long. Those for the shapes of
known tokens run over the whole text, and what they find is masked everywhere. Those that try every
position run only over lines near a word long enough for them. Those that judge by a keyword or by
entropy run line by line, only on lines that may hold a secret, and mask only there. Placeholders
and short words are never masked. Line ends are kept, so line numbers stay true.

Owns the choice of detectors and how a secret is masked. Pure, but for the global settings of
detect-secrets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from detect_secrets.plugins.base import BasePlugin

MASK = "[secret]"
_NOT_SECRETS = frozenset({"IPPublicDetector"})
"""Detectors for what is private, not secret: a question may be about an address in a test."""
_BY_LINE = frozenset(
    {"KeywordDetector", "BasicAuthDetector", "Base64HighEntropyString", "HexHighEntropyString"}
)
"""Detectors whose secrets are masked on their own line only: `password` may be the secret of one
line and a plain word on another."""
_SLOW = frozenset({
    "CloudantDetector", "DiscordBotTokenDetector", "IbmCloudIamDetector", "IbmCosHmacDetector",
    "MailchimpDetector", "SoftlayerDetector", "StripeDetector", "TelegramBotTokenDetector",
})  # fmt: skip
"""Detectors whose patterns try every position, which takes most of the time. They find only words
of 24 characters or more."""
_LONG_WORD = re.compile(r"[A-Za-z0-9_\-]{24}")
_KEY_BLOCK = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----.*?(-----END [A-Z0-9 ]*-----|\Z)", re.DOTALL
)
"""The whole of a private key; detect-secrets itself only finds its first line."""
_HINTS = ("key", "pass", "pwd", "secret", "contrase", "credential", "token", "://")
"""A line with a secret that is recognised by its name or its part in a URL holds one of these, in
upper or lower case."""
_QUOTED = re.compile(r"""["'][A-Za-z0-9+/=_\-]{20}""")
"""The beginning of a string that is long enough for its entropy to tell it from words."""
_LONGEST_LINE = 4000
"""Characters; longer lines are data, and take too long."""
_SHORTEST_GROUP = 16
"""A shorter group of a detector's pattern is a prefix or a name, not the secret."""
_SHORTEST_SECRET = 6
"""Masking shorter words would damage the text."""


class _Detectors(NamedTuple):
    whole_text: list[BasePlugin]
    slow: list[BasePlugin]
    """Also for whole texts, but run only near long words."""
    by_line: list[BasePlugin]


def redact(path: str, text: str) -> tuple[str, int]:
    """`text` with every secret replaced by MASK, and how many were replaced.

    The file's `path` tells detectors how its language quotes.
    """
    text, masked = _KEY_BLOCK.subn(_mask_lines, text)
    detectors = _detectors()
    near_long_words = _near_long_words(text)
    searches = [
        *((detector, text) for detector in detectors.whole_text),
        *((detector, near_long_words) for detector in detectors.slow),
    ]
    for detector, searched in searches:
        for secret in set(filter(_is_plausible, _secrets(detector, searched))):
            masked += text.count(secret)
            text = text.replace(secret, MASK)

    lines = text.split("\n")
    for number, line in enumerate(lines):
        if len(line) < _LONGEST_LINE and _may_hold_secret(line):
            for secret in _line_secrets(path, line, detectors.by_line):
                masked += lines[number].count(secret)
                lines[number] = lines[number].replace(secret, MASK)
    return "\n".join(lines), masked


def _secrets(detector: BasePlugin, text: str) -> Iterator[str]:
    """What one detector finds, without quotes or line ends around it.

    A group in its pattern may hold the secret, or (for GitHub's and GitLab's tokens) only the
    secret's prefix, which detect-secrets itself would then return for all of it.
    """
    from detect_secrets.plugins.base import RegexBasedDetector

    is_overridden = type(detector).analyze_string is not RegexBasedDetector.analyze_string
    if is_overridden or not isinstance(detector, RegexBasedDetector):
        yield from detector.analyze_string(text)
        return
    for pattern in detector.denylist:
        for match in pattern.finditer(text):
            longest = max((group for group in match.groups() if group), key=len, default="")
            secret = longest if len(longest) >= _SHORTEST_GROUP else match[0]
            yield secret.strip(" \t\r\n\"'=:")


def _near_long_words(text: str) -> str:
    """The lines with a long word, and the two lines above each, which may say what it is."""
    lines = text.split("\n")
    kept: set[int] = set()
    for number, line in enumerate(lines):
        if _LONG_WORD.search(line):
            kept.update(range(max(0, number - 2), number + 1))
    return "\n".join(lines[number] for number in sorted(kept))


def _may_hold_secret(line: str) -> bool:
    lower_case = line.lower()
    return any(hint in lower_case for hint in _HINTS) or _QUOTED.search(line) is not None


def _line_secrets(path: str, line: str, detectors: Iterable[BasePlugin]) -> set[str]:
    values = (
        secret.secret_value
        for detector in detectors
        for secret in detector.analyze_line(filename=path, line=line, line_number=1)
    )
    return {value for value in values if value and _is_plausible(value, line)}


def _mask_lines(key_block: re.Match[str]) -> str:
    return MASK + "\n" * key_block[0].count("\n")


def _is_plausible(secret: str, line: str = "") -> bool:
    """Whether it is long enough, and no placeholder by detect-secrets' own heuristics."""
    from detect_secrets.filters import heuristic

    signs_of_a_placeholder = (
        heuristic.is_sequential_string(secret),
        heuristic.is_templated_secret(secret),
        heuristic.is_not_alphanumeric_string(secret),
        heuristic.is_prefixed_with_dollar_sign(secret),
        heuristic.is_potential_uuid(secret),
        bool(line) and heuristic.is_indirect_reference(line),
    )
    return len(secret) >= _SHORTEST_SECRET and not any(signs_of_a_placeholder)


@lru_cache(maxsize=None)
def _detectors() -> _Detectors:
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class

    classes: list[type[BasePlugin]] = list(get_mapping_from_secret_type_to_class().values())
    wanted = [kind for kind in classes if kind.__name__ not in _NOT_SECRETS]
    return _Detectors(
        whole_text=[kind() for kind in wanted if kind.__name__ not in _BY_LINE | _SLOW],
        slow=[kind() for kind in wanted if kind.__name__ in _SLOW],
        by_line=[kind() for kind in wanted if kind.__name__ in _BY_LINE],
    )
