"""Outlines: the most telling third of a chunk, as lines of the source in their order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from repo_mhm.source.chunking import LIMIT_TOKENS
from repo_mhm.source.chunks import chunk_text
from repo_mhm.source.outline import ELLIPSIS, SHARE, expected_tokens, outline
from repo_mhm.source.scan import scan_bytes
from repo_mhm.source.text_encoding import to_utf8
from repo_mhm.source.token_estimates import estimate_tokens

CODE = '''"""Doc of the module."""

LIMIT = 10


class Session:
    """Keeps a connection. And more."""

    def send(self, request):
        """Send one request.

        Long explanation of it all, that nobody needs to see when skimming.
        """
        prepared = self.prepare(request)
        prepared.check()
        prepared.headers.update(self.headers)
        # Redirects are followed here.
        for hop in range(LIMIT):
            prepared = self.follow(prepared)
            self.history.append(prepared)
        if prepared is None:
            raise TooManyRedirects(request)
        self.remember(prepared.cookies)
        return self.adapter.send(prepared)
'''


def test_signatures_docs_constants_raises_and_returns() -> None:
    data = (CODE + "\n        wait_for_it(self.timeout, self.retries)\n" * 12).encode()
    file = scan_bytes("a.py", data)
    lines = outline(chunk_text(data, file.chunks[0]), file.chunks[0], file.symbols).split("\n")
    for wanted in (
        "LIMIT = 10",
        "class Session:",
        "    def send(self, request):",
        '        """Send one request.',
    ):
        assert wanted in lines
    assert "            raise TooManyRedirects(request)" in lines
    assert "        prepared.check()" not in lines


def test_a_continued_class_is_named_on_top() -> None:
    data = (
        "class Big:\n"
        + "".join(f"    def m{n}(self):\n" + "        work(a)\n" * 60 for n in range(9))
    ).encode()
    file = scan_bytes("a.py", data)
    assert len(file.chunks) > 1
    assert outline(chunk_text(data, file.chunks[-1]), file.chunks[-1], file.symbols).startswith(
        "class Big\n    def m"
    )


def test_prose_keeps_headings_and_first_lines() -> None:
    data = (
        "# Title\n\nFirst line.\nSecond line of some length, to be left out.\n"
        + "More and more words.\n" * 20
    ).encode()
    file = scan_bytes("README.md", data)
    assert (
        outline(chunk_text(data, file.chunks[0]), file.chunks[0], file.symbols)
        == "# Title\nFirst line."
    )


@settings(deadline=None)
@given(
    st.binary(max_size=2000) | st.text(max_size=2000).map(str.encode),
    st.sampled_from(["a.py", "a.md", "a.c", "a"]),
)
def test_every_line_is_in_the_source_in_order(raw: bytes, path: str) -> None:
    data = to_utf8(raw)
    file = scan_bytes(path, raw)
    for chunk in file.chunks:
        source = [line.rstrip() for line in chunk_text(data, chunk).split("\n")]
        text = outline(chunk_text(data, chunk), chunk, file.symbols)
        body = text.removeprefix(chunk.enclosing).split("\n")
        position = 0
        for line in filter(None, body):
            start = line.removesuffix(ELLIPSIS)
            position = (
                next(i for i in range(position, len(source)) if source[i].startswith(start)) + 1
            )


def test_an_outline_is_about_a_third() -> None:
    data = "".join(CODE.replace("Session", f"Session{number}") for number in range(40)).encode()
    file = scan_bytes("a.py", data)
    assert len(file.chunks) > 4
    for chunk in file.chunks:
        assert chunk.tokens <= LIMIT_TOKENS * 1.25
        tokens = estimate_tokens(outline(chunk_text(data, chunk), chunk, file.symbols).encode())
        assert 0.2 < tokens / chunk.tokens < SHARE + 0.05
        expected = expected_tokens(chunk.tokens, len(chunk.enclosing))
        assert 0.6 * expected < tokens < 1.1 * expected
