"""Patterns of gitignore files, compared with what git says of them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repo_mhm.source.ignore_patterns import IgnorePatterns

_CHARACTERS = st.sampled_from("aab*?/!#\\[]-^ .")
_PATTERNS = st.one_of(
    st.text(_CHARACTERS, min_size=1, max_size=8),
    st.sampled_from(
        """
        *.py !keep.py build/ /build build/** **/build a/**/b **/a/b a/* !a/b a**b **a [ab]c [!a]b
        [^a]b []a] [a-c]? [c-a] [[:digit:]] [[:nope:]] [a \\!a \\#a a\\* foo\\ bar/ / // a//b *
        ** **/ /** /* **/** */ a/**/ [\\]a] [a\\-c] [a-] b/*/c ***
        """.split()
    ),
)
_NAMES = st.text("abc1.*!#", min_size=1, max_size=4).filter(lambda name: name not in (".", ".."))
_PATHS = st.lists(_NAMES, min_size=1, max_size=4).map("/".join)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("ignored")
    subprocess.run(["git", "init", "-q", root], check=True)
    return root


def _ignored_by_git(root: Path, patterns: list[str], paths: list[str]) -> set[str]:
    (root / ".gitignore").write_text("\n".join(patterns) + "\n", "utf-8")
    done = subprocess.run(
        ["git", "check-ignore", "--no-index", "--stdin", "-z"],
        cwd=root,
        input="\0".join(paths) + "\0",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return set(filter(None, done.stdout.split("\0")))


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    patterns=st.lists(_PATTERNS, min_size=1, max_size=4),
    paths=st.lists(_PATHS, min_size=1, max_size=12, unique=True),
)
def test_patterns_ignore_what_git_ignores(
    repository: Path, patterns: list[str], paths: list[str]
) -> None:
    ours = IgnorePatterns.of_lines(patterns)
    expected = _ignored_by_git(repository, patterns, paths)
    assert {path for path in paths if ours.is_ignored(path)} == expected


class _CountedName(str):
    """A name that counts how often it is searched."""

    __slots__ = ("searches",)

    def __new__(cls, text: str) -> _CountedName:
        name = super().__new__(cls, text)
        name.searches = 0
        return name

    def find(self, *arguments: object) -> int:  # type: ignore[override]
        self.searches += 1
        return super().find(*arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("stars", [10, 20, 40])
def test_a_pattern_of_many_stars_searches_a_long_name_once_for_each(stars: int) -> None:
    pattern = IgnorePatterns.of_lines(["*a" * stars + "*b"]).patterns[0]
    name = _CountedName("a" * 250)
    assert not pattern.fits([name], is_folder=False)
    assert name.searches <= stars


def test_many_double_stars_end_on_a_deep_path() -> None:
    patterns = IgnorePatterns.of_lines(["**/a/" * 20 + "b"])
    assert not patterns.is_ignored("/".join(["a"] * 300))
    assert patterns.is_ignored("/".join([*["a"] * 300, "b"]))
