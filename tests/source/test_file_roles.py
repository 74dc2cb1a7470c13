"""File roles: tests and documentation are recognised by their paths."""

from __future__ import annotations

import pytest

from repo_mhm.source import languages
from repo_mhm.source.file_roles import (
    is_configuration,
    is_copied,
    is_documentation,
    is_example,
    is_file_name,
    is_test,
)


@pytest.mark.parametrize(
    "path", ["tests/a.py", "src/test_a.py", "a_test.go", "web/a.spec.ts", "testing/x.py"]
)
def test_tests_are_recognised_by_their_paths(path: str) -> None:
    assert is_test(path)
    assert not is_test(path.replace("test", "prod").replace("spec", "prod"))


@pytest.mark.parametrize(
    "path",
    ["Shop.Tests/Calls.cs", "src/commonTest/a.kt", "runtime-tests/a.ts", "deno_test/deps.ts"],
)
def test_folders_whose_last_word_is_test_hold_tests(path: str) -> None:
    assert is_test(path)


@pytest.mark.parametrize(
    "path", ["latest/a.py", "src/contest/a.js", "test-utils/a.ts", "pytest/a.py", "_pytest/a.py"]
)
def test_folders_that_merely_hold_the_word_are_no_tests(path: str) -> None:
    assert not is_test(path)


@pytest.mark.parametrize(
    "path", ["src/UserServiceTest.java", "app/CartSpec.scala", "Tests/Calls.cs", "a/OrderTests.cs"]
)
def test_tests_named_by_a_capital_are_tests(path: str) -> None:
    assert is_test(path)


@pytest.mark.parametrize(
    "path",
    ["src/latest.py", "lib/contest.js", "app/attest.go", "greatest/inspect.py", "a/FieldSpec.java"],
)
def test_words_that_merely_end_like_a_test_are_no_tests(path: str) -> None:
    assert not is_test(path)


@pytest.mark.parametrize(
    ("path", "documents"),
    [
        ("README.md", True),
        ("docs/use.txt", True),
        ("a/notes.txt", False),
        ("CHANGELOG.md", False),
        ("src/a.py", False),
        ("news/12.rst", False),
    ],
)
def test_documentation_is_recognised_and_a_changelog_is_not(path: str, documents: bool) -> None:
    assert is_documentation(path) is documents


def test_the_files_of_every_language_are_file_names() -> None:
    endings = {suffix for name in languages.NAMES for suffix in languages.by_name(name).suffixes}
    assert [ending for ending in endings if not is_file_name(f"a{ending}")] == []
    assert not is_file_name("np.arange")
    assert not is_file_name("README")
    assert not is_file_name(".py")


@pytest.mark.parametrize(
    ("path", "is_setting"),
    [
        ("package.json", True),
        (".github/workflows/ci.yml", True),
        ("pyproject.toml", True),
        (".eslintrc", True),
        ("src/.env", True),
        ("src/config.py", False),
        ("docs/index.html", False),
        ("src/json.rs", False),
    ],
)
def test_settings_are_told_by_their_format(path: str, is_setting: bool) -> None:
    assert is_configuration(path) is is_setting


@pytest.mark.parametrize(
    ("path", "is_copy"),
    [
        ("deno_dist/cookie.ts", True),
        ("third_party/sds.c", True),
        ("lib/vendor/jquery.js", True),
        ("src/cookie.ts", False),
        ("src/distance/a.py", False),
        ("dist.py", False),
    ],
)
def test_copies_are_told_by_the_words_of_their_folders(path: str, is_copy: bool) -> None:
    assert is_copied(path) is is_copy


def test_examples_are_told_by_their_folders() -> None:
    assert is_example("bench/Polly.Benchmarks/Retry.cs")
    assert is_example("src/Snippets/Docs/Retry.cs")
    assert not is_example("src/example.py")
