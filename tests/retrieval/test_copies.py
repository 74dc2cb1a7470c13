"""Files that are copies of others come later."""

from __future__ import annotations

from collections.abc import Mapping

from repo_mhm.retrieval.copies import namesakes, without_copies
from repo_mhm.retrieval.ranking import RankedChunk, rank_files

TEXT = "\n".join(f"line {number} of a cookie parser" for number in range(20))


def ranked(*paths: str) -> list[RankedChunk]:
    return [
        RankedChunk(number, path, 1.0 - number / 100, ("source",))
        for number, path in enumerate(paths)
    ]


def order(
    paths: list[str], texts: Mapping[str, str], values: Mapping[str, float] | None = None
) -> list[str]:
    return rank_files(without_copies(ranked(*paths), texts, values or {}))


def test_only_files_that_share_their_name_are_compared() -> None:
    chunks = ranked("src/a.ts", "dist/a.ts", "src/b.ts", "src/a.ts")
    assert [chunk.chunk for chunk in namesakes(chunks)] == [0, 1]


def test_the_original_takes_the_place_of_its_generated_copy() -> None:
    paths = ["deno_dist/cookie.ts", "other.ts", "src/cookie.ts", "last.ts"]
    texts = {"deno_dist/cookie.ts": TEXT + "\nimport './a.ts'", "src/cookie.ts": TEXT}
    assert order(paths, texts) == ["src/cookie.ts", "other.ts", "last.ts", "deno_dist/cookie.ts"]


def test_of_equal_folders_the_file_that_much_refers_to_is_the_original() -> None:
    paths = ["v1/page.md", "v2/page.md", "other.md"]
    texts = dict.fromkeys(paths[:2], TEXT)
    assert order(paths, texts, {"v2/page.md": 1.0})[0] == "v2/page.md"
    assert order(paths, texts) == ["v1/page.md", "other.md", "v2/page.md"]


def test_files_that_differ_or_are_short_keep_their_places() -> None:
    paths = ["a/error.rs", "b/error.rs"]
    other = "\n".join(f"line {number} of an error" for number in range(20))
    for second in (other, TEXT[: len(TEXT) // 2] + other):
        assert order(paths, {"a/error.rs": TEXT, "b/error.rs": second}) == paths
    assert order(paths, dict.fromkeys(paths, "pub mod error;\n")) == paths
    chunks = ranked(*paths)
    assert without_copies(chunks, {}, {}) == chunks
