"""Secrets that somebody has said are none, and examples of secrets."""

from __future__ import annotations

import hashlib
import json

import pytest

from repo_mhm.git import diff
from repo_mhm.review.reviewer import Reviewer
from tests.conftest import MakeRepo
from tests.review.conftest import Review

PASSWORD = "Tr0ub4dor&3x9"
KEY = "AKIA" + "Z7QX2M5RTPLK3WVN"
CODE = f'DB_PASSWORD = "{PASSWORD}"\nAWS = "{KEY}"\n'


def baseline(path: str, *secrets: str) -> str:
    """What `detect-secrets scan` 1.5 writes, as far as it says anything of secrets."""
    entries = [
        {
            "type": "Secret Keyword",
            "filename": path,
            "hashed_secret": hashlib.sha1(secret.encode()).hexdigest(),
            "is_verified": False,
            "line_number": 1,
        }
        for secret in secrets
    ]
    content = {"version": "1.5.0", "plugins_used": [], "filters_used": []}
    return json.dumps({**content, "results": {path: entries}, "generated_at": "2026-11-01"})


def lines(review: Review, after: dict[str, str | bytes | None]) -> list[int]:
    report = review({"readme": "x\n"}, after)
    return sorted(finding.line for finding in report.findings if finding.category == "secret")


def test_a_baseline_of_detect_secrets_counts_for_its_file(review: Review) -> None:
    listed = baseline("app.py", PASSWORD)
    assert lines(review, {"app.py": CODE, ".secrets.baseline": listed}) == [2]


def test_a_baseline_says_nothing_of_other_files_and_secrets(make_repo: MakeRepo) -> None:
    repo = make_repo({".secrets.baseline": baseline("other.py", PASSWORD, KEY)})
    repo.write({"app.py": CODE})
    repo.git("add", "--all")
    found = Reviewer().review(diff.staged(repo.root)).findings
    assert [finding.line for finding in found] == [1, 2]


@pytest.mark.parametrize("damaged", ["", "[]", "{", '{"results": {"app.py": 3}}', '{"results": 1}'])
def test_a_damaged_baseline_hides_nothing(review: Review, damaged: str) -> None:
    assert lines(review, {"app.py": CODE, ".secrets.baseline": damaged}) == [1, 2]


@pytest.mark.parametrize(
    "remark",
    [
        "# pragma: allowlist secret",
        "# pragma: whitelist secret",
        "#pragma:allowlist-secret",
        "# gitleaks:allow",
        "# trufflehog:ignore",
        "# repo-mhm: ignore[secret]",
    ],
)
def test_a_remark_on_the_line_hides_its_secret_alone(review: Review, remark: str) -> None:
    first, second = CODE.splitlines()
    assert lines(review, {"app.py": f"{first}  {remark}\n{second}\n"}) == [2]


def test_a_remark_may_stand_on_the_line_above(review: Review) -> None:
    first, second = CODE.splitlines()
    pragma = "pragma: allowlist nextline secret"
    assert lines(review, {"app.py": f"# {pragma}\n{first}\n{second}\n"}) == [3]
    assert lines_of_yaml(review, f"<!-- {pragma} -->\n<a password='{PASSWORD}'/>\n") == []


def lines_of_yaml(review: Review, text: str) -> list[int]:
    report = review({"readme": "x\n"}, {"a.xml": text}, name="xml")
    return [finding.line for finding in report.findings if finding.category == "secret"]


def test_a_remark_for_the_next_line_stands_alone(review: Review) -> None:
    """Or a reader would take it for one about its own line."""
    code = "x = 1  # pragma: allowlist nextline secret\n" + CODE
    assert lines(review, {"app.py": code}) == [2, 3]


@pytest.mark.parametrize(
    "line",
    [
        'url = "postgres://user:Xk29vQmz7@example.com/app"',
        'url = "https://jo:a%20secret@xn--mller-kva.de/"',
        'url = "redis://:foobared9Z@localhost:6379"',
        'password = "your-password-here"',
        'PASSWORD_LABEL = "Enter your password"',
        "#define RedisModuleKeyInfo RedisModuleKeyInfoV1",
        "axios.CancelToken = CancelToken$1;",
        "/* pass dbid=-1 that indicate there is no need */",
        "sudo apt-key adv --recv-keys 0xB1998361219BD9C9A3F1E0B47C1B3E92",
    ],
)
def test_examples_are_no_secrets(review: Review, line: str) -> None:
    assert lines(review, {"app.py": line + "\n"}) == []


@pytest.mark.parametrize(
    "path", ["dist/app.min.js", "dist/app.cjs.map", "vendor/lib/a.js", "picture.svg"]
)
def test_generated_and_copied_files_and_data_are_remarks(review: Review, path: str) -> None:
    data = "" if path.startswith("vendor") else "M0 " * 2_000
    report = review({"readme": "x\n"}, {path: f'var a = {{password: "{PASSWORD}"}};{data}\n'})
    assert [finding.severity for finding in report.findings] == ["info"]


def test_a_password_of_a_real_host_is_one(review: Review) -> None:
    url = 'url = "postgres://ada:Xk29vQmz7@db.internal.net/app"\n'
    assert lines(review, {"app.py": url}) == [1]


@pytest.mark.parametrize("path", ["tests/test_a.py", "docs/setup.md", "CHANGELOG.md"])
def test_tests_and_documentation_are_remarks(review: Review, path: str) -> None:
    report = review({"readme": "x\n"}, {path: CODE})
    secrets = [finding for finding in report.findings if finding.category == "secret"]
    assert {finding.severity for finding in secrets} == {"info"}
    assert "AWS access key" in " ".join(finding.message for finding in secrets)


def test_an_example_in_a_comment_that_documents_is_a_remark(review: Review) -> None:
    code = f"/**\n * password: '{PASSWORD}'\n * key: {KEY}\n */\nconst password = '{PASSWORD}'\n"
    report = review({"readme": "x\n"}, {"auth.ts": code})
    assert sorted((finding.line, finding.severity) for finding in report.findings) == [
        (2, "info"),
        (3, "error"),
        (5, "error"),
    ]
