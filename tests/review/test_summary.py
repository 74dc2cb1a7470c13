"""The summary names what a change touches, also what it takes away."""

from __future__ import annotations

import pytest

from tests.review.conftest import Review

CODE = "import os\n\n\ndef keep():\n    return os\n\n\ndef gone():\n    return 1\n"


@pytest.mark.parametrize(
    ("after", "touched"),
    [
        ({"a.py": "import os\n\n\ndef keep():\n    return os\n"}, "`gone`"),
        ({"a.py": None}, "`keep`, `gone`"),
        ({"a.py": CODE.replace("gone", "renamed")}, "`gone`, `renamed`"),
        ({"a.py": CODE.replace("    return 1\n", "    x = 2\n    return x\n")}, "`gone`"),
        ({"a.py": CODE.replace("import os\n", "import os\nimport re\n")}, "no definition"),
    ],
)
def test_what_is_touched_is_named(
    review: Review, after: dict[str, str | bytes | None], touched: str
) -> None:
    assert review({"a.py": CODE}, after).summary[1] == f"Touches {touched}"
