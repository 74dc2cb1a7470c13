"""`repo-mhm mcp`: serve the memory to coding agents, and tell their clients of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, get_args

import typer

from repo_mhm.cli.command_line import CommandGroup
from repo_mhm.cli.options import JsonOption, RepoOption
from repo_mhm.config_files import MCP_TOKEN_VARIABLE
from repo_mhm.errors import ConfigError, RepoMhmError, UsageError

if TYPE_CHECKING:
    from repo_mhm.mcp.clients import Client

_SHORTEST_TOKEN = 16

app = CommandGroup(
    "repo-mhm mcp install claude-code",
    "repo-mhm mcp install zed --print",
    help="Serve the memory to coding agents over MCP.",
    invoke_without_command=True,
    no_args_is_help=False,
)


ClientName = Literal["claude-code", "cursor", "vscode", "opencode", "codex", "zed"]
_CLIENTS = ", ".join(get_args(ClientName))
ClientArgument = Annotated[
    ClientName | None,
    typer.Argument(metavar="CLIENT", help=f"One of {_CLIENTS}.", show_default=False),
]
ClientOption = Annotated[
    ClientName | None, typer.Option("--client", metavar="CLIENT", help="The same.")
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before writing.")]


@app.callback()
def mcp(
    context: typer.Context,
    repo: Annotated[
        list[Path] | None,
        typer.Option(
            "--repo",
            metavar="DIR",
            help="A repository to serve, or a folder that holds several; may be repeated.",
            show_default="this one",
        ),
    ] = None,
    http: Annotated[
        int | None,
        typer.Option(
            "--http",
            metavar="PORT",
            min=1,
            max=65535,
            help=f"Serve over HTTP on this machine, with the token in {MCP_TOKEN_VARIABLE}.",
        ),
    ] = None,
) -> None:
    """Serve the memory to coding agents over MCP: stdio, or HTTP on this machine.

    An agent's client starts it: `mcp install CLIENT` tells the client how. `mcp --repo A --repo B`
    serves two repositories: one question is asked of both.
    """
    if context.invoked_subcommand is not None:
        return
    try:
        from repo_mhm.mcp.server import serve, serve_http
    except ImportError as error:
        raise RepoMhmError(
            "the MCP SDK is not installed", hint="Run: pip install 'repo-mhm[mcp]'"
        ) from error

    if http is None:
        serve(repo or [])
        return
    token = os.environ.get(MCP_TOKEN_VARIABLE, "")
    if len(token) < _SHORTEST_TOKEN:
        raise UsageError(
            f"{MCP_TOKEN_VARIABLE} holds no token of {_SHORTEST_TOKEN} characters or more",
            hint=f"Set it: export {MCP_TOKEN_VARIABLE}=$(openssl rand -hex 16)",
        )
    serve_http(repo or [], port=http, token=token)


@app.add(
    "install",
    "repo-mhm mcp install claude-code",
    "repo-mhm mcp install --repo ~/src/requests cursor",
    "repo-mhm mcp install zed --print",
)
def install(
    client: ClientArgument = None,
    client_option: ClientOption = None,
    repo: RepoOption = Path(),
    yes: YesOption = False,
    only_print: Annotated[
        bool, typer.Option("--print", help="Print the configuration; write nothing.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Tell a client of this server, in its own configuration.

    What else is there stays. Without a client, the configurations of all are printed.
    """
    from repo_mhm.mcp.clients import CLIENTS

    name = client or client_option
    if name is None or only_print:
        _print_entries([name] if name else list(CLIENTS), json=json)
        return
    _write(name, repo, yes=yes, is_added=True, json=json)
    if shutil.which("repo-mhm") is None:
        _warn_of_path()


@app.add("uninstall", "repo-mhm mcp uninstall cursor")
def uninstall(
    client: ClientArgument = None,
    client_option: ClientOption = None,
    repo: RepoOption = Path(),
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Remove this server from a client's configuration."""
    name = client or client_option
    if name is None:
        raise UsageError("no client is named", hint=f"Name one: {_CLIENTS}.")
    _write(name, repo, yes=yes, is_added=False, json=json)


def _warn_of_path() -> None:
    from repo_mhm.cli.terminal import print_warning

    print_warning("repo-mhm is not on your PATH; write its whole path as the command")


def _print_entries(names: Sequence[str], *, json: bool) -> None:
    """Print what would stand in the configuration of each of these clients."""
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.mcp.clients import CLIENTS

    entries = []
    for name in names:
        client = CLIENTS[name]
        file = f"{'~/' if client.scope == 'home' else ''}{client.files[0]}"
        entries.append({"client": name, "file": file, "configuration": client.printed()})
        if not json:
            console(stderr=True).print(f"for {file} of {client.title}:", style="dim")
            console().print(client.printed(), end="", soft_wrap=True)
    if json:
        print_json({"clients": entries})


def _file(client: Client, repo: Path) -> Path:
    """The client's configuration. Raises ConfigError where it is no regular file."""
    from repo_mhm.git.roots import find_root

    folder = Path.home() if client.scope == "home" else find_root(repo).path
    files = [folder / name for name in client.files]
    file = next((file for file in files if file.exists()), files[0])
    if file.is_symlink() or (file.exists() and not file.is_file()):
        raise ConfigError(f"{file} is not a regular file", hint="Change it by hand.")
    return file


def _write(name: str, repo: Path, *, yes: bool, is_added: bool, json: bool) -> None:
    """Change the configuration of a client, after a question, and print what was done."""
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.formatting import safe
    from repo_mhm.mcp.clients import CLIENTS

    client = CLIENTS[name]
    file = _file(client, repo)
    is_changed = _change(client, file, yes=yes, is_added=is_added)
    shown_file = safe(str(file))
    done = "knows repo-mhm now" if is_added else "no longer knows repo-mhm"
    if json:
        print_json({"client": name, "file": str(file), "changed": is_changed})
    elif is_changed:
        console().print(f"{client.title} {done} ({shown_file})")
    else:
        console().print(f"{shown_file} needs no change")


def _change(client: Client, file: Path, *, yes: bool, is_added: bool) -> bool:
    """Whether the configuration had to be changed, which the user has agreed to."""
    from repo_mhm.atomic_file import replace_text
    from repo_mhm.formatting import safe

    try:
        before = file.read_text("utf-8") if file.exists() else ""
        after = client.added(before) if is_added else client.removed(before)
        if after == before or not (before or is_added):
            return False

        if not yes and not typer.confirm(f"Change {safe(str(file))}?", default=True, err=True):
            raise typer.Abort
        mode = file.stat().st_mode & 0o777 if before else 0o644
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_text(file, after)
        file.chmod(mode)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{file} cannot be changed: {error}", hint="Correct its permissions, or use --print."
        ) from error
    return True
