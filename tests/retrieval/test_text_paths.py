from __future__ import annotations

import pytest

from repo_mhm.retrieval.text_paths import TextPaths

PATHS = [
    "a/utils.py",
    "b/utils.py",
    "setup.py",
    "sphinx/ext/autodoc/__init__.py",
    "src/auth/AuthService.cs",
    "src/requests/models.py",
    "web/index.ts",
]


@pytest.mark.parametrize(
    ("path", "files"),
    [
        ("/usr/lib/site-packages/requests/models.py", ["src/requests/models.py"]),
        ("models.py", ["src/requests/models.py"]),
        ("C:/w/src/auth/AuthService.cs", ["src/auth/AuthService.cs"]),
        ("./a/utils.py", ["a/utils.py"]),
        ("utils.py", ["a/utils.py", "b/utils.py"]),
        ("/home/u/project/setup.py", ["setup.py"]),
        ("/usr/lib/site-packages/django/models.py", []),
        ("/usr/lib/site-packages/setup.py", []),
        ("django/models.py", []),
        ("", []),
    ],
)
def test_a_path_means_the_files_that_share_its_end(path: str, files: list[str]) -> None:
    assert TextPaths(PATHS).files(path) == files


@pytest.mark.parametrize(
    ("dotted", "files"),
    [
        ("sphinx.ext.autodoc.Documenter", ["sphinx/ext/autodoc/__init__.py"]),
        ("requests.models.Response.text", ["src/requests/models.py"]),
        ("requests.foo", []),
        ("os.path", []),
        ("models", ["src/requests/models.py"]),
        ("models.requests", []),
    ],
)
def test_a_dotted_name_leads_to_the_file_of_its_longest_beginning(
    dotted: str, files: list[str]
) -> None:
    assert TextPaths(PATHS).modules(dotted) == files
