"""Masking: the gate for secrets stays shut whatever else goes wrong with a file."""

from __future__ import annotations

import pytest

from repo_mhm.review import reviewer as reviewer_module
from tests.review.conftest import Review

TOKEN = "AKIA" + "Q3EGRLXB7VJ2ZK5M"
RANDOM = "s5ErrorP9AlamofireE7asAFError10orFailWith4file4lineAC0D0" + "VSSyXA_s12StaticStringVSutF"
BODY = "".join(f"MIIEowIBAAKCAQEA{number:02}" + "aB3dE6gH" * 5 + "\n" for number in range(12))


def test_a_latin_1_line_does_not_open_the_gate(review: Review) -> None:
    before = b"const x = 'caf\xe9';\n"
    report = review({"a.js": before}, {"a.js": before + f"const key = '{TOKEN}';\n".encode()})
    assert [(finding.category, finding.line) for finding in report.findings] == [("secret", 2)]
    assert TOKEN not in repr(report)


def test_a_defect_is_a_finding_and_hides_no_secret(
    review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise IndexError

    monkeypatch.setattr(reviewer_module, "read_side", fail)
    report = review({"a.py": "x = 1\n"}, {"a.py": f"x = 1\nKEY = '{TOKEN}'\n"})
    categories = {finding.category: finding.severity for finding in report.findings}
    assert categories == {"secret": "error", "unreviewed": "error"}
    assert [item.path for item in report.not_reviewed] == ["a.py"]


def test_a_file_with_too_many_changed_lines_is_searched_for_secrets(
    review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reviewer_module, "MOST_LINES", 3)
    report = review({"a.txt": "x\n"}, {"a.txt": "a\nb\nc\nd\n" + TOKEN + "\n"})
    assert [(finding.category, finding.line) for finding in report.findings] == [("secret", 5)]


def test_a_key_whose_beginning_did_not_change_is_found_on_its_first_new_line(
    review: Review,
) -> None:
    block = "-----BEGIN RSA " + "PRIVATE KEY-----\n"
    end = "-----END RSA " + "PRIVATE KEY-----\n"
    report = review({"k.txt": block + "old\n" + end}, {"k.txt": block + BODY + end})
    assert [(finding.category, finding.line) for finding in report.findings] == [("secret", 2)]


def test_a_name_that_holds_a_secret_is_found_and_not_repeated(review: Review) -> None:
    report = review({"a.py": "x = 1\n"}, {f"{TOKEN}.txt": "text\n"})
    assert [(finding.category, finding.path) for finding in report.findings] == [
        ("secret", "[secret]************.txt")
    ]
    assert TOKEN not in repr(report)


def test_another_secret_on_the_same_line_is_another_finding(review: Review) -> None:
    """A baseline must not silence the key that takes the place of one that it lists."""
    first = review({"a.py": "x = 1\n"}, {"a.py": f"x = 1\nKEY = '{TOKEN}'\n"})
    other = TOKEN[:-2] + "7Q"
    second = review({"a.py": "x = 1\n"}, {"a.py": f"x = 1\nKEY = '{other}'\n"}, name="other")
    assert first.findings[0].source == second.findings[0].source
    assert first.findings[0].fingerprint != second.findings[0].fingerprint


@pytest.mark.parametrize(
    ("path", "line", "severity"),
    [
        ("a.py", f"KEY = '{TOKEN}'", "error"),
        ("tests/test_a.py", f"KEY = '{TOKEN}'", "info"),
        ("docs/a.md", f"Use {TOKEN} there.", "info"),
        ("CHANGELOG.md", f"Use {TOKEN} there.", "info"),
        ("web/a.html", f"<p>Use {TOKEN} there.</p>", "error"),
        ("web/a.html", f'<a href="#/s:{RANDOM}">b</a>', "info"),
        ("a.py", f"KEY = '{TOKEN}'  # pragma: allowlist secret", None),
        ("go.sum", "github.com/a/b v1.0.0 h1:FEBLx1zS214owpjy7qsBeixbURkuhQAwrK5UwLGTwt4=", None),
        ("yarn.lock", f"resolved 'https://example.com/{TOKEN}'", "error"),
    ],
)
def test_a_secret_stops_a_commit_where_it_may_be_used(
    review: Review, path: str, line: str, severity: str | None
) -> None:
    report = review({path: "x\n"}, {path: f"x\n{line}\n"})
    found = [finding for finding in report.findings if finding.category == "secret"]

    assert [finding.severity for finding in found] == ([severity] if severity else [])
    assert all("(" in finding.message for finding in found)


def test_a_secret_that_the_file_had_before_is_not_added(review: Review) -> None:
    """Its line has another name now; only then is it a labelled key."""
    value = "0024f4a1c9d27b8e6035af1d92c4b7e8a1530f6c9d2e4b7a"
    after = f'api_key = decode("{value}")\n'
    assert review({"a.py": "x = 1\n"}, {"a.py": after}, name="new").findings
    assert not review({"a.py": f'blob = decode(\n    "{value}"\n)\n'}, {"a.py": after}).findings
