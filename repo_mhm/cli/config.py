"""`repo-mhm config`: show the settings and where each comes from, and change the user's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from repo_mhm.cli.command_line import CommandGroup
from repo_mhm.cli.completion import setting_names
from repo_mhm.cli.options import JsonOption, RepoOption
from repo_mhm.errors import RepositoryError

if TYPE_CHECKING:
    from repo_mhm.config import Settings

app = CommandGroup(
    "repo-mhm config show",
    "repo-mhm config set heads 16",
    "repo-mhm config unset heads",
    help="Show and change the settings.",
)
DEFAULT = "default"
"""Where a setting comes from that nothing sets."""

SettingArgument = Annotated[
    str,
    typer.Argument(
        metavar="SETTING",
        help="A setting's name, as `config show` lists it.",
        autocompletion=setting_names,
    ),
]


@app.add(
    "show", "repo-mhm config show", "repo-mhm config show model", "repo-mhm config show --json"
)
def show(
    setting: Annotated[
        str | None,
        typer.Argument(
            metavar="SETTING",
            help="Print only the value of this setting.",
            show_default="all",
            autocompletion=setting_names,
        ),
    ] = None,
    repo: RepoOption = Path(),
    json: JsonOption = False,
) -> None:
    """Show the settings in force, and where each comes from.

    Later ones win: defaults, your own file, the repository's file, variables, options.
    """
    from repo_mhm.cli.terminal import console, print_json, table
    from repo_mhm.config import check_name, load_with_origins
    from repo_mhm.config_files import SETTINGS
    from repo_mhm.formatting import safe

    if setting is not None:
        check_name(setting)
    settings, origins = load_with_origins(_root(repo))
    names = SETTINGS if setting is None else (setting,)
    if json:
        values = [
            {"name": name, "value": _plain(settings, name), "source": origins.get(name, DEFAULT)}
            for name in names
        ]
        print_json({"settings": values})
        return
    if setting is not None:
        console().print(safe(_text(settings, setting)))
        return
    rows = table("setting", "value", "from")
    for name in names:
        rows.add_row(name, safe(_text(settings, name)) or "-", safe(origins.get(name, DEFAULT)))
    console().print(rows)


@app.add("set", "repo-mhm config set heads 16", "repo-mhm config set ignore 'docs/, *.snap'")
def set_(
    setting: SettingArgument,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="Its value from now on.")],
    repo: RepoOption = Path(),
    json: JsonOption = False,
) -> None:
    """Write a setting to your own file, comments and order kept."""
    from repo_mhm.cli.terminal import console, print_json, print_warning
    from repo_mhm.config import load_with_origins, write_user
    from repo_mhm.formatting import safe

    file = write_user(setting, value)
    settings, origins = load_with_origins(_root(repo))
    if json:
        print_json({"name": setting, "value": _plain(settings, setting), "file": str(file)})
    else:
        console().print(f"{setting} is {safe(value)} in {safe(str(file))}")
    origin = Path(origins[setting])
    if origin.resolve() != file:
        print_warning(f"{origin} sets {setting} too, and counts: {_text(settings, setting)}")


@app.add("unset", "repo-mhm config unset heads")
def unset(setting: SettingArgument, json: JsonOption = False) -> None:
    """Remove a setting from your own file."""
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.config import unset_user
    from repo_mhm.config_files import user_file
    from repo_mhm.formatting import safe

    file = unset_user(setting)
    if json:
        print_json({"name": setting, "removed": file is not None, "file": str(user_file())})
    elif file is not None:
        console().print(f"{setting} is removed from {safe(str(file))}")
    else:
        console().print(f"{safe(str(user_file()))} does not set {setting}")


@app.add("path", "repo-mhm config path", "repo-mhm config path --json")
def path(repo: RepoOption = Path(), json: JsonOption = False) -> None:
    """Print where your own file is, whether it exists or not."""
    from repo_mhm.cli.terminal import print_json, print_line
    from repo_mhm.config_files import REPOSITORY_FILE, user_file
    from repo_mhm.formatting import safe

    if not json:
        print_line(safe(str(user_file())))
        return
    root = _root(repo)
    files = {"user": user_file(), "repository": root / REPOSITORY_FILE if root else None}
    print_json(
        {
            name: {"path": str(file), "exists": file.exists()} if file else None
            for name, file in files.items()
        }
    )


def _root(repo: Path) -> Path | None:
    """The root of the repository whose file counts; None outside of any."""
    from repo_mhm.git.roots import find_root

    try:
        return find_root(repo).path
    except RepositoryError:
        if repo != Path():
            raise
        return None


def _plain(settings: Settings, name: str) -> Any:
    """The value of a setting as JSON has it."""
    return settings.model_dump(mode="json", include={name})[name]


def _text(settings: Settings, name: str) -> str:
    """The value of a setting on one line; empty where it is decided at run time, or is nothing."""
    value = _plain(settings, name)
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | dict):
        return ", ".join(value)
    return str(value)
