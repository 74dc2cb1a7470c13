"""Figures of the whole repository that the overview of a few files is measured by. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SCALE = "overview_scale"
"""Meta key: the figures that the last look at all files left."""
MOST_VALUES = 1000
"""Values that the code spells most often, whose number is kept; each other counts as spelled once.
In apache/kafka the thousandth is spelled twice."""


@dataclass(frozen=True, slots=True)
class OverviewScale:
    """What values of files and symbols are compared with."""

    most_users: int
    """How many other files use the file that most use."""
    average: float
    """What a symbol is worth on average."""
    value_counts: Mapping[str, int]
    """How often the code spells each value, the most common ones."""
    value_total: int
    """How many values the code spells."""

    @classmethod
    def of(cls, most_users: int, average: float, values: Iterable[str]) -> OverviewScale:
        """The figures of a repository whose code spells these values."""
        counts = Counter(values)
        common = dict(counts.most_common(MOST_VALUES))
        return cls(most_users, average, common, counts.total())

    @property
    def text(self) -> str:
        """As the store keeps it."""
        return json.dumps([self.most_users, self.average, self.value_total, self.value_counts])

    @classmethod
    def parse(cls, text: str) -> OverviewScale:
        """What `text` gave. Raises ValueError."""
        most_users, average, total, counts = json.loads(text)
        return cls(int(most_users), float(average), dict(counts), int(total))
