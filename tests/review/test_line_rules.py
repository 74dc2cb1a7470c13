"""Line rules: each reports its line, and is silent on the harmless look-alike."""

from __future__ import annotations

import pytest

from tests.review.conftest import Review

BASE = '''\
"""A module."""
import os


def pick(items, start, end):
    """Pick some."""
    result = cut(items, start, end)
    for index in range(len(items) - 1):
        if index < end and not os.path.exists(result):
            raise LookupError(result)
    try:
        return result[1:]
    except ValueError:
        return None


def cut(items, start, end):
    return items[start:end]
'''


@pytest.mark.parametrize(
    ("old", "new", "category", "line"),
    [
        ("cut(items, start, end)\n    for", "cut(items, end, start)\n    for", "arguments", 7),
        ("index < end", "index <= end", "boundary", 9),
        ("len(items) - 1", "len(items)", "boundary", 8),
        ("result[1:]", "result[2:]", "boundary", 12),
        ("and not os", "and os", "condition", 9),
        ("index < end and", "index < end or", "condition", 9),
        ("except ValueError:", "except Exception:", "exception", 13),
        ("except ValueError:", "except:", "exception", 13),
        ("raise LookupError(result)", "pass", "error-handling", 10),
    ],
)
def test_each_line_rule_reports_its_line(
    review: Review, old: str, new: str, category: str, line: int
) -> None:
    report = review({"a.py": BASE}, {"a.py": BASE.replace(old, new)})
    assert [(finding.category, finding.line) for finding in report.findings] == [(category, line)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("result = cut", "found = cut"),
        ("cut(items, start, end)\n    for", "cut(items, start,\n                 end)\n    for"),
        ('"""Pick some."""', '"""Pick some; raise or return < 1."""'),
        ("import os\n", "import os\nimport sys\n"),
        ("except ValueError:", "except (ValueError, KeyError):"),
        ("raise LookupError(result)", "raise LookupError(result) from None"),
        ("    try:\n", "    # except ValueError: never\n    try:\n"),
    ],
)
def test_harmless_look_alikes_are_left_alone(review: Review, old: str, new: str) -> None:
    assert review({"a.py": BASE}, {"a.py": BASE.replace(old, new)}).findings == ()


def test_arguments_that_follow_their_parameters_are_not_swapped(review: Review) -> None:
    after = BASE.replace("cut(items, start, end)", "cut(items, end, start)")
    assert "arguments" not in [
        finding.category for finding in review({"a.py": BASE}, {"a.py": after}).findings
    ]


def test_a_secret_is_found_and_not_repeated(review: Review) -> None:
    token = "AKIA" + "Q3EGRLXB7VJ2ZK5M"
    report = review({"a.py": BASE}, {"a.py": BASE + f'\nKEY = "{token}"\n'})
    assert [(finding.category, finding.severity, finding.line) for finding in report.findings] == [
        ("secret", "error", 20)
    ]
    assert token not in repr(report)


def test_conflict_markers(review: Review) -> None:
    marked = "<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> topic\n"
    report = review(
        {"a.py": "x = 0\n", "b.rst": "Title\n"}, {"a.py": marked, "b.rst": "Title\n=======\n"}
    )
    assert [(finding.path, finding.category, finding.line) for finding in report.findings] == [
        ("a.py", "conflict", 1)
    ]


TESTS = "from a import cut\n\n\ndef test_cut():\n    assert cut([1, 2, 3], 0, 1) == [1]\n"


@pytest.mark.parametrize(
    ("files", "categories"),
    [
        ({"test_a.py": TESTS.partition("def test_cut")[0]}, ["test-removed"]),
        ({"test_a.py": None}, ["test-removed"]),
        ({"test_a.py": TESTS.replace("test_cut", "test_cutting")}, []),
        ({"test_a.py": None, "test_b.py": TESTS}, []),
        ({"test_a.py": None, "a.py": BASE.partition("def cut")[0]}, ["removed"]),
    ],
)
def test_removed_tests(review: Review, files: dict[str, str | None], categories: list[str]) -> None:
    report = review({"a.py": BASE, "test_a.py": TESTS}, files)
    assert [finding.category for finding in report.findings] == categories


@pytest.mark.parametrize(
    "place", ["x = 1  # repo-mhm: ignore", "# repo-mhm: ignore[secret]\nx = 1"]
)
def test_an_ignore_comment_silences_its_line(review: Review, place: str) -> None:
    token = "AKIA" + "Q3EGRLXB7VJ2ZK5M"
    report = review(
        {"a.py": "y = 1\n"}, {"a.py": "y = 1\n" + place.replace("x = 1", f'x = "{token}"') + "\n"}
    )
    assert (report.findings, report.silenced) == ((), 1)
    report = review(
        {"a.py": "y = 1\n"}, {"a.py": f'# repo-mhm: ignore[docs]\nx = "{token}"\n'}, name="other"
    )
    assert len(report.findings) == 1
