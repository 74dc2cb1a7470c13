"""Settings: layers, what a repository may not set, and errors that name the layer and the key."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from repo_mhm.config import (
    Settings,
    check_name,
    load,
    load_with_origins,
    unset_user,
    write_user,
)
from repo_mhm.config_files import SETTINGS, unknown_variables, user_file
from repo_mhm.errors import ConfigError
from repo_mhm.models.manifest import shipped_manifest


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_later_layers_win(tmp_path: Path) -> None:
    write(user_file(), 'heads = 2\nhead_tokens = 100\nselector = "lru"\ndepth = "skim"\n')
    write(tmp_path / ".repo-mhm.toml", 'head_tokens = 200\nselector = "single"\ndepth = "read"\n')
    environ = {"REPO_MHM_SELECTOR": "random", "REPO_MHM_DEPTH": "auto", "REPO_MHM_THREADS": ""}
    read = load(tmp_path, {"depth": "skim", "fit": None}, environ=environ)
    assert (read.heads, read.head_tokens, read.selector, read.depth) == (2, 200, "random", "skim")
    assert (read.fit, read.threads) == ("coarsen", None)


def test_environment_is_read_when_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPO_MHM_HEADS", "3")
    assert load().heads == 3


def test_each_task_may_have_a_model_and_the_command_line_names_one_for_all(tmp_path: Path) -> None:
    variables = {
        "REPO_MHM_MODEL": "one",
        "REPO_MHM_NOTES_MODEL": "small",
        "REPO_MHM_SERVER": "ollama",
        "REPO_MHM_SERVER_MODEL": "big",
    }
    settings = load(None, environ=variables)
    notes, answers = settings.for_task("notes"), settings.for_task("answers")
    assert (notes.model, notes.server) == ("small", "")
    assert (answers.server, answers.server_model) == ("ollama", "big")
    assert not settings.has_one_model

    named = load(None, {"model": "named"}, environ=variables)
    for task in ("notes", "answers"):
        assert (named.for_task(task).model, named.for_task(task).server) == ("named", "")
    assert named.has_one_model


def test_defaults(isolated: Path) -> None:
    read = load()
    assert read.model == shipped_manifest().role("default").name
    assert read.models_dir == isolated / "cache" / "repo-mhm" / "models"
    assert (read.heads, read.head_tokens, read.first_token_seconds) == (8, 512, None)


def test_empty_home_still_gives_an_absolute_models_directory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    for home in ("", None):
        monkeypatch.delenv("HOME") if home is None else monkeypatch.setenv("HOME", home)
        assert load().models_dir.is_absolute()


@pytest.mark.parametrize(
    "line",
    [
        'model = "/tmp/evil.gguf"',
        'models_dir = "/tmp"',
        "gpu_layers = 0",
        "threads = 1000",
        "context = 1000000",
    ],
)
def test_repository_may_not_reach_outside_itself(tmp_path: Path, line: str) -> None:
    write(tmp_path / ".repo-mhm.toml", line)
    with pytest.raises(
        ConfigError, match=f"sets {line.split()[0]}, which a repository.s file may not set"
    ) as caught:
        load(tmp_path, environ={})
    assert str(user_file()) in caught.value.hint


def test_repository_may_set_what_is_harmless(tmp_path: Path) -> None:
    write(
        tmp_path / ".repo-mhm.toml",
        'heads = 4\nignore = ["vendor/", "*.min.js"]\nfirst_token_seconds = "2s"\n',
    )
    read = load(tmp_path, environ={})
    assert (read.heads, read.ignore, read.first_token_seconds) == (4, ("vendor/", "*.min.js"), 2.0)


def test_the_time_to_the_first_token_may_be_left_to_the_machine_again(tmp_path: Path) -> None:
    write(tmp_path / ".repo-mhm.toml", 'first_token_seconds = "2s"\n')
    given = {"first_token_seconds": "auto"}
    assert load(tmp_path, given, environ={}).first_token_seconds is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("heads = 100000000", "heads"),
        ('ignore = "x"\nheads = "many"', "heads"),
        (f"ignore = [{'1,' * 5000}]", "ignore"),
        ("ignore = " + "[" * 20_000, "cannot be read"),
        ("heads = \x00", "cannot be read"),
        ("# " + "x" * 70_000, "has more than"),
        ("heads", "cannot be read"),
        ('"\x1b[31m" = 1', "cannot be read"),
        ('"\\u001b[31m" = 1', r"\\x1b"),
    ],
)
def test_hostile_repository_file_is_one_clear_error(tmp_path: Path, text: str, said: str) -> None:
    write(tmp_path / ".repo-mhm.toml", text)
    with pytest.raises(ConfigError, match=said) as caught:
        load(tmp_path, environ={})
    assert "\x1b" not in caught.value.message


def test_repository_file_that_is_no_regular_file_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / ".repo-mhm.toml").symlink_to("/etc/passwd")
    with pytest.raises(ConfigError, match="not a regular file"):
        load(tmp_path, environ={})
    (tmp_path / ".repo-mhm.toml").unlink()
    os.mkfifo(tmp_path / ".repo-mhm.toml")
    with pytest.raises(ConfigError, match="not a regular file"):
        load(tmp_path, environ={})


def test_unknown_key_names_the_nearest(tmp_path: Path) -> None:
    write(user_file(), "heds = 1\n")
    with pytest.raises(ConfigError, match="heds") as caught:
        load(environ={})
    assert caught.value.hint == "Did you mean heads?"
    user_file().unlink()
    with pytest.raises(ConfigError, match="no setting 'selectr'"):
        load(None, {"selectr": "lru"}, environ={})


@pytest.mark.parametrize("name_it", [check_name, unset_user, lambda name: write_user(name, "1")])
def test_a_command_on_an_unknown_setting_names_the_nearest(
    name_it: Callable[[str], object],
) -> None:
    with pytest.raises(ConfigError) as caught:
        name_it("heds")
    assert caught.value.message == "there is no setting 'heds'"
    assert caught.value.hint == "Did you mean heads?"


def test_a_variable_that_sets_nothing_is_no_error_and_names_the_nearest() -> None:
    environ = {"REPO_MHM_MODEL_DIR": "/x", "REPO_MHM_HEADS": "3", "REPO_MHM_OLD": "", "HEADS": "1"}
    assert load(environ=environ).heads == 3
    assert unknown_variables(environ) == {"REPO_MHM_MODEL_DIR": "REPO_MHM_MODELS_DIR"}
    assert unknown_variables({"REPO_MHM_ZZ": "1"}) == {"REPO_MHM_ZZ": ""}


def test_every_setting_is_listed_where_nothing_heavy_is_imported() -> None:
    assert tuple(Settings.model_fields) == SETTINGS


def test_the_origin_of_each_setting_is_known(tmp_path: Path) -> None:
    write(user_file(), "heads = 2\nhead_tokens = 100\n")
    write(tmp_path / ".repo-mhm.toml", "heads = 4\n")
    settings, origins = load_with_origins(tmp_path, environ={"REPO_MHM_DEPTH": "skim"})
    assert (settings.heads, settings.depth) == (4, "skim")
    assert origins == {
        "heads": str(tmp_path / ".repo-mhm.toml"),
        "head_tokens": str(user_file()),
        "depth": "REPO_MHM_DEPTH",
    }


@pytest.mark.parametrize(
    ("layer", "where"),
    [
        ("user", "config.toml"),
        ("repository", ".repo-mhm.toml"),
        ("environment", "REPO_MHM_HEADS"),
        ("line", "command"),
    ],
)
def test_wrong_value_names_the_layer_it_came_from(tmp_path: Path, layer: str, where: str) -> None:
    write(user_file(), f"heads = {0 if layer == 'user' else 1}")
    if layer != "user":
        write(tmp_path / ".repo-mhm.toml", f"heads = {0 if layer == 'repository' else 1}")
    environ = (
        {"REPO_MHM_HEADS": "0" if layer == "environment" else "1"}
        if layer in ("environment", "line")
        else {}
    )
    with pytest.raises(ConfigError, match=f"{where}.*is less than 1"):
        load(tmp_path, {"heads": 0} if layer == "line" else {}, environ=environ)


def test_relative_path_in_the_users_file_is_refused() -> None:
    write(user_file(), 'model = "models/own.gguf"\n')
    with pytest.raises(ConfigError, match="relative"):
        load(environ={})


def test_home_is_expanded(isolated: Path) -> None:
    assert load(environ={"REPO_MHM_MODELS_DIR": "~/m"}).models_dir == isolated / "m"


def test_writing_keeps_comments_and_the_link(tmp_path: Path) -> None:
    real = write(tmp_path / "dotfiles" / "config.toml", "# mine\nheads = 4  # four\n")
    user_file().parent.mkdir(parents=True)
    user_file().symlink_to(real)
    write_user("model", "smollm2-135m-instruct")
    assert real.read_text() == '# mine\nheads = 4  # four\nmodel = "smollm2-135m-instruct"\n'
    assert user_file().is_symlink()
    assert (load(environ={}).model, load(environ={}).heads) == ("smollm2-135m-instruct", 4)


def test_writing_makes_the_file_but_never_a_wrong_one() -> None:
    assert write_user("selector", "lru").read_text() == 'selector = "lru"\n'
    with pytest.raises(ConfigError, match="selector"):
        write_user("selector", "best")
    with pytest.raises(ConfigError, match="selektor"):
        write_user("selektor", "lru")
    assert user_file().read_text() == 'selector = "lru"\n'
    user_file().write_text("= broken")
    with pytest.raises(ConfigError, match="cannot be changed"):
        write_user("selector", "lru")


def test_written_values_have_their_type_and_can_be_removed() -> None:
    write(user_file(), "# mine\n")
    write_user("heads", "16")
    write_user("allow_remote", "true")
    write_user("first_token_seconds", "2s")
    file = write_user("ignore", "docs/, *.snap")
    assert file.read_text() == (
        '# mine\nheads = 16\nallow_remote = true\nfirst_token_seconds = "2s"\n'
        'ignore = ["docs/", "*.snap"]\n'
    )
    assert unset_user("ignore") == file
    assert unset_user("ignore") is None
    assert load(environ={}).ignore == ()
    with pytest.raises(ConfigError, match="tables"):
        write_user("templates", "x")
    with pytest.raises(ConfigError, match="no setting"):
        unset_user("hedas")


def test_the_hint_says_how_a_duration_is_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="first_token_seconds: 'abc' is not a duration") as caught:
        load(tmp_path, {"first_token_seconds": "abc"})
    assert caught.value.hint == "Write it like 5s, 2m or 1h30m."


def test_every_setting_but_the_templates_can_come_from_the_environment() -> None:
    samples = {"model": "m", "models_dir": "/m"}
    samples |= {
        "selector": "lru",
        "depth": "read",
        "fit": "drop-oldest",
        "first_token_seconds": "1m",
        "ignore": "a, b/",
        "allow_remote": "1",
        "submodules": "1",
    }
    numbers = dict.fromkeys(set(Settings.model_fields) - {*samples, "templates"}, "1024")
    numbers["heads"] = "16"
    read = load(
        environ={f"REPO_MHM_{key.upper()}": value for key, value in {**samples, **numbers}.items()}
    )
    assert (read.first_token_seconds, read.ignore, read.models_dir) == (
        60.0,
        ("a", "b/"),
        Path("/m"),
    )
    assert (read.gpu_layers, read.threads, read.heads) == (1024, 1024, 16)
