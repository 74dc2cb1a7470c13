"""Wrong values of settings are refused in plain words, with what may stand there."""

from __future__ import annotations

from pathlib import Path

import pytest

from repo_mhm.config import Settings, load, write_user
from repo_mhm.config_files import variable_of
from repo_mhm.errors import ConfigError

WRONG = [
    ("heads", "abc", "'abc' is no whole number", "Give a whole number from 1 to 64."),
    ("heads", "1000", "'1000' is more than 64", "Give a whole number from 1 to 64."),
    ("threads", "0", "'0' is less than 1", "Give a whole number from 1 to 1,024."),
    ("context", "100", "'100' is less than 512", "Give a whole number of 512 or more."),
    ("gpu_layers", "1.5", "'1.5' is no whole number", "Give a whole number of -1 or more."),
    (
        "selector",
        "x",
        "'x' is not one of 'module', 'lru', 'single' or 'random'",
        "Give module, lru",
    ),
    ("allow_remote", "maybe", "'maybe' is neither true nor false", "Give true or false."),
    ("first_token_seconds", "soon", "'soon' is not a duration", "Write it like 5s, 2m or 1h30m."),
    ("first_token_seconds", "0", "'0' is not more than 0", "Correct first_token_seconds."),
    ("system", "x" * 5000, "it is longer than 4,000 characters", "Correct system."),
]


@pytest.mark.parametrize(("setting", "value", "message", "hint"), WRONG)
def test_a_wrong_value_is_refused_in_plain_words(
    tmp_path: Path, setting: str, value: str, message: str, hint: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        write_user(setting, value)
    assert caught.value.message == f"{setting}: {message}"
    assert caught.value.hint.startswith(hint)

    with pytest.raises(ConfigError) as caught:
        load(tmp_path, environ={variable_of(setting): value})
    assert caught.value.message == f"{variable_of(setting)}: {message}"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("ignore = 3", "ignore: 3 is no list"),
        ("ignore = [3]", "ignore.0: 3 is no text"),
        ("heads = 3.5", "heads: 3.5 is no whole number"),
        ("templates = 3", "templates: 3 is no table"),
        ("system = 3", "system: 3 is no text"),
        ("models_dir = 3", "models_dir: 3 is no path"),
        ('[templates."a b"]\nquestion = "x"', "templates.a b: 'a b' has more than letters"),
        ('[templates.x]\nquestion = "x"\nother = 1', "templates.x.other: there is no such setting"),
    ],
)
def test_a_wrong_kind_of_value_in_a_file_is_refused_so_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, message: str
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(line)
    monkeypatch.setattr("repo_mhm.config.user_file", lambda: file)
    with pytest.raises(ConfigError) as caught:
        load(environ={})
    assert caught.value.message.startswith(f"{file}: {message}")


@pytest.mark.parametrize("setting", sorted(set(Settings.model_fields) - {"templates"}))
@pytest.mark.parametrize("value", [[], {}, object(), b"\xff", 1e300])
def test_no_setting_answers_in_the_words_of_pydantic(setting: str, value: object) -> None:
    try:
        load(overrides={setting: value}, environ={})
    except ConfigError as error:
        assert not any(
            word in error.message.lower() for word in ("input", "valid", "should", "instance")
        ), error.message
