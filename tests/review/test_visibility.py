"""Definitions that other files cannot name any more."""

from __future__ import annotations

from repo_mhm.review.visibility import exported_names
from tests.review.conftest import Review


def test_the_exports_of_a_file_are_read_once_for_all_its_definitions(review: Review) -> None:
    before = "".join(f"export function step{number}(a) {{ return a }}\n" for number in range(30))
    exported_names.cache_clear()
    review({"steps.js": before}, {"steps.js": f"{before}// the end\n"})
    assert exported_names.cache_info().misses == 2
