"""Redaction: secrets are masked, what is no secret stays, and lines keep their numbers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_mhm.source import redaction
from repo_mhm.source.redaction import MASK, find_secrets, redact

# Invented, and put together here so that no scanner takes this file for a leak.
AWS = "AKIA" + "QYLPMN5HHHFPZAM2"
GITHUB = "ghp_" + "wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx"
PASSWORD = "hT7" + "qz9LkWv2p"
GITLAB = "glpat-" + "x7Kp2Zq9Lm4Rt8Vw1Ny5"
ARTIFACTORY = "AKC" + "p5bueTFpfypEqQbGJPp7eHFi"
SOFTLAYER = "9f8e7d6c" * 8
KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA1\nabc\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("path", "text", "secret"),
    [
        ("a.py", f"key = '{AWS}'\n", AWS),
        ("a.sh", f"export TOKEN={GITHUB}\n", GITHUB),
        ("a.py", f'password = "{PASSWORD}"\n', PASSWORD),
        ("a.yaml", f"url: https://me:{PASSWORD}@example.org/\n", PASSWORD),
        ("a.txt", f"GitLab: {GITLAB}\n", GITLAB),
        ("a.txt", f"key:\n{ARTIFACTORY}\nnext\n", ARTIFACTORY),
        ("a.cfg", f"softlayer_api_key = '{SOFTLAYER}'\n", SOFTLAYER),
        ("a.pem", f"before\n{KEY}\nafter\n", "MIIEowIBAAKCAQEA1"),
        ("a.pem", "x\n-----BEGIN PRIVATE KEY-----\nMIIEow\n", "MIIEow"),
    ],
)
def test_secrets_are_masked_and_counted(path: str, text: str, secret: str) -> None:
    masked, count = redact(path, text)
    assert secret not in masked
    assert MASK in masked
    assert count >= 1
    assert masked.count("\n") == text.count("\n")


def test_a_key_behind_a_number_is_no_name_of_a_compiler() -> None:
    key = "9Xk2mQ7vLp4Zt8Rw3Yc6Bn1Hd5Jf0GsT4u"
    masked, count = redact("a.txt", f"see s:{key} there\n")
    assert (count, key in masked) == (1, False)


@pytest.mark.parametrize(
    "text",
    [
        "def password(self, token):\n    return self.secrets[token]\n",
        "password = settings.PASSWORD if debug else ask()\n",
        "api_key = os.environ['API_KEY']\n",
        "commit 46e939b5525d9c72b677340985582b04b128478a\n",
        "see https://example.org/a/very/long/path/to/some/documentation/page.html\n",
        "from some_package.with_a_rather_long_name import another_rather_long_name\n",
        "listen on 203.0.113.7:8080\n",
        '<a name="/s:9Alamofire11RetryResultO05doNotB0yA2CmF"></a>\n',
        '<a class="token" href="#/s:9Alamofire11RetryResultO05doNotB0yA2CmF">doNotRetry</a>\n',
        "  U _ZN3fmt3v106detail9vformat_toIcEEvRNS1_6bufferIT_EENS0_17basic2H4qZ\n",
    ],
)
def test_ordinary_code_stays_as_it_is(text: str) -> None:
    assert redact("a.py", text) == (text, 0)


@settings(max_examples=30)
@given(st.text(max_size=400))
def test_any_text_keeps_its_lines(text: str) -> None:
    masked, _ = redact("a.txt", text)
    assert masked.count("\n") == text.count("\n")


@settings(max_examples=30)
@given(
    st.text(st.characters(categories=["L", "N"]), max_size=30), st.integers(0, 5), st.integers(0, 5)
)
def test_a_secret_is_found_on_any_line(around: str, before: int, after: int) -> None:
    text = f"{around}\n" * before + f"token = '{GITHUB}'\n" + f"{around}\n" * after
    masked, count = redact("a.py", text)
    assert GITHUB not in masked and count == 1


def test_words_that_were_harmless_before_hide_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands around a word may make a key of it; a word that is known is not looked at."""
    telegram = "AA" + "bQzRxWkTnMvLpHsGdFjCyAqEuIoBtNrVwX"
    names = ["ConsumerGroupMetadataManager", "org.apache.common.ConsumerGroupMember"]
    assert not find_secrets("a.java", f"{telegram} {' '.join(names)}".encode())
    assert find_secrets("a.java", f"bot = 123456789:{telegram}".encode())

    monkeypatch.setattr(redaction, "_MOST_HARMLESS", 3)
    redaction._harmless.clear()
    for number in range(9):
        word = f"{'abc'[number % 3]}HttpRequestHandlerOfThis{'xyz'[number // 3]}Kind"
        assert not find_secrets("a.java", f"{word} {word}".encode())
        assert len(redaction._harmless) <= 3
