"""Redaction: secrets are masked before a chunk reaches a model or the store. detect-secrets recognises them.

Owns which of its detectors run and how a found secret is masked. Pure apart from detect-secrets' own settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detect_secrets.plugins.base import BasePlugin

MASK = "[secret]"
_NOT_SECRETS = frozenset({"IPPublicDetector"})
"""Detectors for what is private rather than secret: an address in a test is something a question may be about."""
_BY_LINE = frozenset({"KeywordDetector", "BasicAuthDetector", "Base64HighEntropyString", "HexHighEntropyString"})
"""Detectors whose finds are masked on their own line only: `password` may be one line's secret and another's word."""
_KEY_BLOCK = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----.*?(-----END [A-Z0-9 ]*-----|\Z)", re.DOTALL)
"""The whole of a private key; detect-secrets itself only points at its first line."""
_LINE_OF_INTEREST = re.compile(
    r"""api_?key|auth_?key|service_?key|account_?key|db_?key|database_?key|priv(ate)?_?key|client_?key|db_?pass
    |database_?pass|key_?pass|password|passwd|pwd|secret|contrase|credential|token|://|["'][A-Za-z0-9+/=_\-]{20,}["']""",
    re.IGNORECASE | re.VERBOSE,
)
_LONGEST_LINE = 4000


def redact(path: str, text: str) -> tuple[str, int]:
    """`text` with every secret replaced by `[secret]`, and how many were; `path` tells how its language quotes.

    Line ends are kept, so line numbers stay true.
    """
    text, keys = _KEY_BLOCK.subn(_mask_lines, text)
    whole, by_line = _plugins()
    masked = keys
    for plugin in whole:
        for secret in {found for found in plugin.analyze_string(text) if _plausible(found)}:
            masked += text.count(secret)
            text = text.replace(secret, MASK)
    lines = text.split("\n")
    for index, line in enumerate(lines):
        if len(line) < _LONGEST_LINE and _LINE_OF_INTEREST.search(line):
            for secret in _line_secrets(path, line, by_line):
                masked += lines[index].count(secret)
                lines[index] = lines[index].replace(secret, MASK)
    return "\n".join(lines), masked


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
def _plugins() -> tuple[list[BasePlugin], list[BasePlugin]]:
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class

    found: list[type[BasePlugin]] = list(get_mapping_from_secret_type_to_class().values())
    classes = [kind for kind in found if kind.__name__ not in _NOT_SECRETS]
    whole = [kind() for kind in classes if kind.__name__ not in _BY_LINE]
    return whole, [kind() for kind in classes if kind.__name__ in _BY_LINE]
