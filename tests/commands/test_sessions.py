"""Names of sessions: the first line of a question, in one line, and none twice."""

from __future__ import annotations

from repo_mhm.commands.sessions import (
    LONGEST_NAME,
    name_of_question,
    new_name,
    session_name,
    title_of,
)


def test_the_first_line_of_a_question_names_its_session() -> None:
    assert name_of_question("  who calls  send?\nand why?") == "who calls send?"
    used = {"who calls send?", "who calls send? (2)"}
    assert name_of_question("who calls send?", used) == "who calls send? (3)"


def test_a_long_question_is_cut_to_a_name_that_can_be_kept() -> None:
    name = name_of_question("why " * 100, {name_of_question("why " * 100)})
    assert len(name) <= LONGEST_NAME
    assert session_name(name) == name
    assert "…" in name


def test_a_session_that_only_the_time_names_is_called_by_its_question() -> None:
    name = new_name(0.0)
    assert title_of(name, "who calls send?\nand why?") == "who calls send?"
    assert title_of(new_name(0.0, {name}), "who calls send?") == "who calls send?"
    assert title_of(name, " ") == name
    assert title_of("release 2026-11-27", "who calls send?") == "release 2026-11-27"


def test_secrets_are_not_kept_in_a_name() -> None:
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" + "k1L2m3N4o5P6q7R8"
    assert secret not in name_of_question(f"why does {secret} fail?")
