"""What is left out of a repository: by evidence, by its owners' patterns, and brought back."""

from __future__ import annotations

from pathlib import Path

import pytest

from repo_mhm import Repository
from repo_mhm.git import open_snapshot
from repo_mhm.source.git_attributes import attribute_patterns
from repo_mhm.source.ignore_patterns import IgnoreRules
from repo_mhm.source.left_out import WANTED, LeftOutFiles
from repo_mhm.source.scan import scan
from tests.conftest import MakeRepo


@pytest.mark.parametrize(
    ("path", "others"),
    [
        ("vendor/github.com/x/y/y.go", []),
        ("vendor/x/a.php", ["vendor/autoload.php"]),
        ("vendor/x/a.rs", ["vendor/x/.cargo-checksum.json"]),
        ("web/node_modules/left-pad/index.js", ["web/node_modules/left-pad/package.json"]),
        ("third_party/zlib/zlib.c", ["third_party/zlib/LICENSE"]),
        ("lib/_vendor/rich/x.py", ["lib/_vendor/vendor.txt"]),
        ("sub/vendor/a/a.js", ["sub/package.json", "sub/vendor/a/package.json"]),
        (".venv/lib/x.py", [".venv/pyvenv.cfg"]),
    ],
)
def test_folders_with_the_marks_of_a_tool_are_vendored(path: str, others: list[str]) -> None:
    reason = LeftOutFiles(IgnoreRules(), [path, *others]).reason(path, 10)
    assert reason.startswith("vendored (")


@pytest.mark.parametrize(
    ("path", "others"),
    [
        ("app/vendors/service.py", ["README.md", "app/main.py"]),
        ("src/main/java/com/shop/vendor/VendorService.java", ["pom.xml", "LICENSE"]),
        ("vendor/models.py", ["vendor/views.py", "setup.py"]),
        ("shop/third_party/payment.rb", ["Gemfile"]),
        ("src/node_modules/button/index.js", ["package.json"]),
        ("venv/booking.py", []),
    ],
)
def test_a_word_alone_leaves_nothing_out(path: str, others: list[str]) -> None:
    assert LeftOutFiles(IgnoreRules(), [path, *others]).reason(path, 10) == ""


def test_patterns_leave_out_and_bring_back() -> None:
    attributes = attribute_patterns(
        "*.js text\nlib/** linguist-vendored\nlib/own/** -linguist-vendored\n"
        "api/*.py linguist-generated=true\ndocs/** linguist-documentation\n# x linguist-vendored\n"
    )
    paths = ["vendor/a.go", "vendor/modules.txt", "package-lock.json"]
    files = LeftOutFiles(IgnoreRules(tuple(attributes), ("!vendor/", "secret.py")), paths)
    assert files.reason("lib/a.js", 10) == ".gitattributes"
    assert files.reason("lib/own/a.js", 10) == WANTED
    assert files.reason("api/a.py", 10) == ".gitattributes"
    assert files.reason("docs/a.md", 10) == ""
    assert files.reason("secret.py", 10) == ".repo-mhm-ignore"
    assert files.reason("vendor/a.go", 10) == WANTED
    assert files.reason("vendor/a.go", 10**8).startswith("larger")
    assert files.reason("package-lock.json", 10) == "lock file"


@pytest.mark.parametrize(
    ("patterns", "path", "reason"),
    [
        ("!vendor/", "vendor/a.go", WANTED),
        ("private/ !*.md", "private/a.md", ".repo-mhm-ignore"),
        ("private/* !private/a.md", "private/a.md", WANTED),
        ("private/* !private/a.md", "private/b.md", ".repo-mhm-ignore"),
        ("own/", "own/a.go", ".repo-mhm-ignore"),
    ],
)
def test_the_ignore_file_counts_as_git_reads_one_and_before_the_attributes(
    patterns: str, path: str, reason: str
) -> None:
    attributes = attribute_patterns("vendor/** linguist-vendored\nown/** -linguist-vendored\n")
    rules = IgnoreRules(tuple(attributes), tuple(patterns.split()))
    assert LeftOutFiles(rules, []).reason(path, 10) == reason


def test_attributes_in_a_folder_are_of_that_folder_and_decide_before_those_above(
    make_repo: MakeRepo,
) -> None:
    repo = make_repo(
        {
            ".gitattributes": "*.gen.py linguist-generated\nweb/lib/** linguist-vendored\n",
            "web/.gitattributes": "*.js linguist-vendored\n/top.py linguist-generated\n",
            "web/own/.gitattributes": "*.js -linguist-vendored\n",
            "o[d]d/.gitattributes": "sub/*.py linguist-generated\n",
            "odd/sub/a.py": "a = 1\n",
            "o[d]d/sub/a.py": "a = 1\n",
            "a.gen.py": "a = 1\n",
            "a.js": "a = 1\n",
            "web/a.js": "a = 1\n",
            "web/deep/a.js": "a = 1\n",
            "web/own/deep/a.js": "a = 1\n",
            "web/top.py": "a = 1\n",
            "web/deep/top.py": "a = 1\n",
            "web/lib/a.py": "a = 1\n",
        }
    )
    left_out = {"o[d]d/sub/a.py", "a.gen.py", "web/a.js", "web/deep/a.js", "web/top.py"}
    assert skipped(repo.root) == dict.fromkeys({*left_out, "web/lib/a.py"}, ".gitattributes")


def test_a_new_file_heeds_the_attributes_of_its_folder(make_repo: MakeRepo) -> None:
    attributes = {"web/.gitattributes": "*.js linguist-vendored\n"}
    repo = make_repo({**attributes, "b.js": "function second() {}\n"})
    with Repository.open(repo.root) as repository:
        assert repository.search("where is second defined").hits
        repo.write({"web/c.js": "function third() {}\n", "d.js": "function fourth() {}\n"})
        assert not repository.search("where is third defined").hits
        assert repository.search("where is fourth defined").hits


def test_the_ignore_file_of_a_repository_brings_back(make_repo: MakeRepo) -> None:
    generated = "// Code generated by x. DO NOT EDIT.\npackage a\n"
    files = {"vendor/modules.txt": "a\n", "vendor/a.go": generated, "b.go": generated}
    assert skipped(make_repo(files).root) == {
        "vendor/modules.txt": "vendored (vendor/: modules.txt)",
        "vendor/a.go": "vendored (vendor/: modules.txt)",
        "b.go": "generated",
    }
    wanted = make_repo({**files, ".repo-mhm-ignore": "!vendor/\n!/b.go\n"}, name="wanted")
    assert skipped(wanted.root) == {}


def skipped(root: Path) -> dict[str, str]:
    return {file.path: file.skipped for file in scan(open_snapshot(root)) if file.skipped}
