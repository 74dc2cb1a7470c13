"""What a review says that it could not check."""

from __future__ import annotations

from repo_mhm.review.not_checked import UNREAD_CODE
from repo_mhm.source import languages


def test_code_that_no_grammar_reads_is_in_no_language() -> None:
    assert not [suffix for suffix in UNREAD_CODE if languages.for_file(f"main{suffix}")]
