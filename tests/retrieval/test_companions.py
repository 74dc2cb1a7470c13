from __future__ import annotations

import pytest

from repo_mhm.retrieval.companions import companions


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("src/app/sessions.py", ["tests/app/test_sessions.py", "tests/unit/sessions_test.py"]),
        ("tests/app/test_sessions.py", ["src/app/sessions.py"]),
        ("src/app/_private.py", ["tests/test_private.py"]),
        ("web/form.ts", ["web/form.test.ts"]),
        ("src/app/__init__.py", []),
        ("tests/conftest.py", []),
        ("src/app/session.py", []),
    ],
)
def test_tests_and_what_they_test_are_companions(path: str, wanted: list[str]) -> None:
    paths = [
        "src/app/__init__.py",
        "src/app/_private.py",
        "src/app/session.py",
        "src/app/sessions.py",
        "tests/app/test_sessions.py",
        "tests/conftest.py",
        "tests/test_init.py",
        "tests/test_private.py",
        "tests/test_sessions.md",
        "tests/unit/sessions_test.py",
        "web/form.test.ts",
        "web/form.ts",
    ]
    assert companions(path, paths) == wanted
