"""Text encoding: files become UTF-8, whether a mark or only their letters name the encoding."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.source.exclusions import exclusion_by_content
from repo_mhm.source.scan import scan_bytes
from repo_mhm.source.text_encoding import to_utf8


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", b"\xef\xbb\xbf"), ("utf-16-le", b"\xff\xfe"), ("utf-32-be", b"\0\0\xfe\xff")],
)
def test_a_marked_file_becomes_utf_8(encoding: str, mark: bytes) -> None:
    assert to_utf8(mark + "x = 'é'\n".encode(encoding)) == "x = 'é'\n".encode()


@given(st.text(max_size=50))
def test_utf_8_without_a_mark_stays_as_it_is(text: str) -> None:
    data = b"x" + text.replace("\0", "").encode("utf-8", "replace")
    assert to_utf8(data) == data


@given(st.binary(max_size=50))
def test_any_bytes_become_text(data: bytes) -> None:
    assert isinstance(to_utf8(data), bytes)


RUSSIAN = "# Вычисляет скидку заказа\ndef f():\n    return 'просрочен'\n"
CHINESE = "# 计算订单折扣\ndef f():\n    # 返回结果\n    return '优惠券过期'\n"
JAPANESE = "# 割引を計算する\ndef f():\n    return 'クーポン期限切れ'\n"
KOREAN = "# 주문 할인 계산\ndef f():\n    return '쿠폰 만료'\n"
GERMAN = "# Berechnet die Größe für alle Käufe\ndef f():\n    return 'naïve café'\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (CHINESE, "gbk"),
        (CHINESE, "gb18030"),
        ("# 計算訂單折扣\nx = '優惠券過期'\n", "big5"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
        (KOREAN, "euc_kr"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8_r"),
        (GERMAN, "latin-1"),
        ("int a; // é\n", "cp1252"),
        ("# Oblicza zniżkę zamówienia, błąd\n", "cp1250"),
        ("# Υπολογίζει την έκπτωση\n", "cp1253"),
        (GERMAN * 20, "utf-16-le"),
        (GERMAN * 20, "utf-16-be"),
    ],
)
def test_legacy_encodings_are_recognised_and_read(text: str, encoding: str) -> None:
    data = text.encode(encoding)
    assert to_utf8(data).decode() == text
    assert exclusion_by_content(data) is None
    assert scan_bytes("a.py", data).chunks


@pytest.mark.parametrize(
    "data",
    [
        "ok = 'é'  # ".encode() + b"\xff broken\n",
        b"\x7fELF\x02\x01\0\0" * 200,
        random.Random(3).randbytes(9000),
        b"",
    ],
    ids=["broken utf-8", "program", "noise", "empty"],
)
def test_what_is_in_no_encoding_stays_as_it_is(data: bytes) -> None:
    assert to_utf8(data) == data
