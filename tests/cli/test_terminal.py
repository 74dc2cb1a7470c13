"""What every exit of the command line does to text, whoever forgot to."""

from __future__ import annotations

import json

import pytest

from repo_mhm.cli.terminal import console, print_json, table

HOSTILE = "\x1b]8;;https://example.org\x07[/] [red]x[/red] \u202e\u200b\x9b31m\udc80"


@pytest.mark.parametrize("is_error", [False, True])
def test_a_console_makes_harmless_what_its_caller_forgot(
    is_error: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    out = console(stderr=is_error)
    out.print(HOSTILE)
    rows = table("path")
    rows.add_row(HOSTILE)
    out.print(rows)
    out.print("::set-env name=PATH::x\n##[error]x")
    out.print("std", end="")
    out.print("::move")
    shown = "".join(capfd.readouterr())
    assert "\\x1b]8;;" in shown
    assert "[red]x[/red]" in shown
    assert not any(character in shown for character in "\x1b\x07\u202e\u200b\x9b\udc80")
    assert "\n\\x3a:set-env" in f"\n{shown}"
    assert "##[" not in shown
    assert "std::move" in shown


def test_json_is_escaped_and_stays_equal(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"path": "a\u202e\x9b\u200b##[error]b"})
    printed = capsys.readouterr().out
    assert printed.isascii()
    assert "##[" not in printed
    assert json.loads(printed)["path"] == "a\u202e\x9b\u200b##[error]b"
