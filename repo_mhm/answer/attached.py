"""Text that came with a question, as a diff or the output of a test: what of it a model sees. Pure.

The text is hostile: control characters are made visible and secrets are masked, and the prompt sets
it apart as material. It may be long. A diff or a report says most at its beginning, the output of a
failed program also at its end, so the middle is left out, and a line says how much that was.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from repo_mhm.formatting import safe
from repo_mhm.memory.notes import TokenCounter
from repo_mhm.source.redaction import redact

BEGINNING_SHARE = 2 / 3
"""Share of the tokens that goes to the beginning."""
LONGEST_LINE = 400
"""Characters; longer lines are data."""
MENTIONED_PATHS = 10
"""Most paths in the text that the search looks for."""
MENTIONED_NAMES = 20
"""Most names in the text that the search looks for."""

_COLOUR = re.compile(r"\x1b\[[0-9;:]*[A-Za-z]")
_NAME = re.compile(r"[^\W\d]\w{2,99}")
_PATH = re.compile(r"[\w.+@-]{1,200}(?:/[\w.+@-]{1,200}){0,50}")
_CHANGED_LINE_WEIGHT = 3
"""How much a name in a line that a diff adds or removes counts against one in another line."""


@dataclass(frozen=True, slots=True)
class AttachedText:
    """What a model sees of a text."""

    text: str
    lines: int
    """Lines of the whole text."""
    lines_left_out: int

    @property
    def warning(self) -> str:
        """What the user must know where lines are left out."""
        return (
            f"the model sees {self.lines - self.lines_left_out:,} of the {self.lines:,} lines "
            "on stdin: its beginning and its end"
        )


def shown_part(text: str, tokens: int, count: TokenCounter) -> AttachedText:
    """The beginning and the end of `text` in whole lines, together at most `tokens` long.

    `count` counts a text's tokens.
    """
    lines = [_shortened(line) for line in clean(text).split("\n")]
    beginning = _fitting(lines, int(tokens * BEGINNING_SHARE), count)
    rest = lines[len(beginning) :]
    spent = count("\n".join(beginning))
    end = _fitting(rest[::-1], tokens - spent, count)[::-1]

    left_out = len(rest) - len(end)
    gap = [f"[{left_out:,} lines are left out here]"] if left_out else []
    shown, _ = redact("stdin.txt", "\n".join([*beginning, *gap, *end]))
    return AttachedText(shown, len(lines), left_out)


def clean(text: str) -> str:
    """`text` without colours, with other control characters made visible."""
    return safe(_COLOUR.sub("", text.replace("\r\n", "\n"))).strip("\n")


def _shortened(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} [line is cut]"


def _fitting(lines: Sequence[str], tokens: int, count: TokenCounter) -> list[str]:
    """The first lines that fit in `tokens`."""
    fitting: list[str] = []
    for line in lines:
        tokens -= count(f"{line}\n")
        if tokens < 0:
            break
        fitting.append(line)
    return fitting


# What it is about ---------------------------------------------------------------------------------


def paths_in(text: str) -> list[str]:
    """What may be a path in `text`, each once, those that come first first.

    The prefixes that git writes in diffs are dropped.
    """
    words = (word for word in _PATH.findall(text) if "." in word or "/" in word)
    return list(dict.fromkeys(re.sub(r"^[ab]/", "", word) for word in words))


def names_in(text: str) -> list[str]:
    """What may be a name in `text`, the most frequent first; changed lines of a diff count more."""
    weights: Counter[str] = Counter()
    for line in text.split("\n"):
        is_changed = line.startswith(("+", "-")) and not line.startswith(("+++", "---"))
        for name in _NAME.findall(line):
            weights[name] += _CHANGED_LINE_WEIGHT if is_changed else 1
    return [name for name, _ in weights.most_common()]
