"""Redaction: secrets are masked before a chunk reaches a model or the store. detect-secrets recognises them.

Owns which of its detectors run and how a found secret is masked. Pure apart from detect-secrets' own settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detect_secrets.plugins.base import BasePlugin

MASK = "[secret]"
_NOT_SECRETS = frozenset({"IPPublicDetector"})
"""Detectors for what is private rather than secret: an address in a test is something a question may be about."""
_BY_LINE = frozenset(
    {"KeywordDetector", "BasicAuthDetector", "Base64HighEntropyString", "HexHighEntropyString"}
)
"""Detectors whose finds are masked on their own line only: `password` may be one line's secret and another's word."""
_SLOW = frozenset({
    "CloudantDetector", "DiscordBotTokenDetector", "IbmCloudIamDetector", "IbmCosHmacDetector", "MailchimpDetector",
    "SoftlayerDetector", "StripeDetector", "TelegramBotTokenDetector",
})  # fmt: skip
"""Detectors whose patterns try every position (most of all time), and find words of 24 characters or more only."""
_LONG_RUN = re.compile(r"[A-Za-z0-9_\-]{24}")
_KEY_BLOCK = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----.*?(-----END [A-Z0-9 ]*-----|\Z)", re.DOTALL
)
"""The whole of a private key; detect-secrets itself only points at its first line."""
_HINTS = ("key", "pass", "pwd", "secret", "contrase", "credential", "token", "://")
"""In lower case, one of these stands on any line whose secret is known by its name or its place in a URL."""
_QUOTED = re.compile(r"""["'][A-Za-z0-9+/=_\-]{20}""")
"""Begins a string long enough to be told from words by its entropy alone."""
_LONGEST_LINE = 4000
_SHORTEST_GROUP = 16
"""A shorter group of a detector's pattern is a prefix or a name, not the secret."""


def redact(path: str, text: str) -> tuple[str, int]:
    """`text` with every secret replaced by `[secret]`, and how many were; `path` tells how its language quotes.

    Line ends are kept, so line numbers stay true.
    """
    text, keys = _KEY_BLOCK.subn(_mask_lines, text)
    whole, slow, by_line = _plugins()
    masked = keys
    suspect = _around_long_runs(text)
    for plugin, where in [
        *((plugin, text) for plugin in whole),
        *((plugin, suspect) for plugin in slow),
    ]:
        for secret in {found for found in _secrets(plugin, where) if _plausible(found)}:
            masked += text.count(secret)
            text = text.replace(secret, MASK)
    lines = text.split("\n")
    for index, line in enumerate(lines):
        if len(line) < _LONGEST_LINE and _may_hold_secret(line):
            for secret in _line_secrets(path, line, by_line):
                masked += lines[index].count(secret)
                lines[index] = lines[index].replace(secret, MASK)
    return "\n".join(lines), masked


def _secrets(plugin: BasePlugin, text: str) -> Iterator[str]:
    """What one detector finds, without quotes or line ends around it.

    Its patterns' groups may hold the secret or (for GitHub's, GitLab's …) only its prefix, which detect-secrets itself
    would then take for all of it.
    """
    from detect_secrets.plugins.base import RegexBasedDetector

    overridden = type(plugin).analyze_string is not RegexBasedDetector.analyze_string
    if overridden or not isinstance(plugin, RegexBasedDetector):
        yield from plugin.analyze_string(text)
        return
    for pattern in plugin.denylist:
        for match in pattern.finditer(text):
            longest = max((group for group in match.groups() if group), key=len, default="")
            yield (longest if len(longest) >= _SHORTEST_GROUP else match[0]).strip(" \t\r\n\"'=:")


def _around_long_runs(text: str) -> str:
    """The lines that hold a long word, each with the two lines before it, where its name may stand."""
    lines = text.split("\n")
    kept: set[int] = set()
    for number, line in enumerate(lines):
        if _LONG_RUN.search(line):
            kept.update(range(max(0, number - 2), number + 1))
    return "\n".join(lines[number] for number in sorted(kept))


def _may_hold_secret(line: str) -> bool:
    lowered = line.lower()
    return any(hint in lowered for hint in _HINTS) or _QUOTED.search(line) is not None


def _line_secrets(path: str, line: str, plugins: Iterable[BasePlugin]) -> set[str]:
    found = (
        secret.secret_value
        for plugin in plugins
        for secret in plugin.analyze_line(filename=path, line=line, line_number=1)
    )
    return {value for value in found if value and _plausible(value, line)}


def _mask_lines(block: re.Match[str]) -> str:
    return MASK + "\n" * block[0].count("\n")


def _plausible(secret: str, line: str = "") -> bool:
    """Not a placeholder by detect-secrets' own heuristics, and not so short that masking it would maim the text."""
    from detect_secrets.filters import heuristic

    placeholders: Iterable[bool] = (
        heuristic.is_sequential_string(secret),
        heuristic.is_templated_secret(secret),
        heuristic.is_not_alphanumeric_string(secret),
        heuristic.is_prefixed_with_dollar_sign(secret),
        heuristic.is_potential_uuid(secret),
        bool(line) and heuristic.is_indirect_reference(line),
    )
    return len(secret) >= 6 and not any(placeholders)


@lru_cache(maxsize=None)
def _plugins() -> tuple[list[BasePlugin], list[BasePlugin], list[BasePlugin]]:
    """Detectors for whole texts, the slow ones among them, and those for single lines."""
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class

    found: list[type[BasePlugin]] = list(get_mapping_from_secret_type_to_class().values())
    classes = [kind for kind in found if kind.__name__ not in _NOT_SECRETS]
    whole = [kind() for kind in classes if kind.__name__ not in _BY_LINE | _SLOW]
    slow = [kind() for kind in classes if kind.__name__ in _SLOW]
    return whole, slow, [kind() for kind in classes if kind.__name__ in _BY_LINE]
