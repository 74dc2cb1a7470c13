"""`repo-mhm mcp`: serve the memory to coding agents, and tell their clients of it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from repo_mhm.cli.options import RepoOption, examples
from repo_mhm.config_files import MCP_TOKEN_VARIABLE
from repo_mhm.errors import ConfigError, RepoMhmError, UsageError

if TYPE_CHECKING:
    from repo_mhm.mcp.clients import Client

_SHORTEST_TOKEN = 16

app = typer.Typer(
    help="Serve the memory to coding agents over MCP.",
    invoke_without_command=True,
    epilog=examples(
        "repo-mhm mcp install claude-code",
        "repo-mhm mcp install zed --print",
    ),
    rich_markup_mode=None,
)


def _client_names() -> list[str]:
    from repo_mhm.mcp.clients import CLIENTS

    return list(CLIENTS)


_CLIENTS = "claude-code, cursor, vscode, opencode, codex or zed"
ClientArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="CLIENT",
        help=f"{_CLIENTS[0].upper()}{_CLIENTS[1:]}.",
        autocompletion=_client_names,
        show_default=False,
    ),
]
ClientOption = Annotated[
    str | None,
    typer.Option("--client", metavar="CLIENT", help="The same.", autocompletion=_client_names),
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before writing.")]


@app.callback()
def mcp(
    context: typer.Context,
    repo: Annotated[
        list[Path] | None,
        typer.Option(
            "--repo",
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


@app.command(
    epilog=examples("repo-mhm mcp install claude-code", "repo-mhm mcp install zed --print")
)
def install(
    client: ClientArgument = None,
    client_option: ClientOption = None,
    repo: RepoOption = Path(),
    yes: YesOption = False,
    only_print: Annotated[
        bool, typer.Option("--print", help="Print the configuration; write nothing.")
    ] = False,
) -> None:
    """Tell a client of this server, in its own configuration; what is there stays.

    Without a client, the configurations of all are printed.
    """
    from repo_mhm.mcp.clients import CLIENTS

    name = client or client_option
    if name is None or only_print:
        for chosen in CLIENTS.values() if name is None else [_client(name)]:
            _print_entry(chosen)
        return
    chosen = _client(name)
    _write(chosen, _file(chosen, repo), yes=yes, is_added=True)
    if shutil.which("repo-mhm") is None:
        _warn_of_path()


@app.command(epilog=examples("repo-mhm mcp uninstall cursor"))
def uninstall(
    client: ClientArgument = None,
    client_option: ClientOption = None,
    repo: RepoOption = Path(),
    yes: YesOption = False,
) -> None:
    """Remove this server from a client's configuration; what else is there stays."""
    name = client or client_option
    if name is None:
        raise UsageError("no client is named", hint=f"Name one: {_CLIENTS}.")
    chosen = _client(name)
    _write(chosen, _file(chosen, repo), yes=yes, is_added=False)


def _client(name: str) -> Client:
    """The client of that name. Raises UsageError."""
    from repo_mhm.mcp.clients import CLIENTS

    if name not in CLIENTS:
        raise UsageError(f"no client is called {name!r}", hint=f"Known: {_CLIENTS}.")
    return CLIENTS[name]


def _warn_of_path() -> None:
    from repo_mhm.cli.terminal import console

    console(stderr=True).print(
        "warning: repo-mhm is not on your PATH; write its whole path as the command", style="dim"
    )


def _print_entry(client: Client) -> None:
    from repo_mhm.cli.terminal import console

    home = "~/" if client.scope == "home" else ""
    console(stderr=True).print(f"for {home}{client.files[0]} of {client.title}:", style="dim")
    console().print(client.printed(), end="", soft_wrap=True)


def _file(client: Client, repo: Path) -> Path:
    """The client's configuration. Raises ConfigError where it is no regular file."""
    from repo_mhm.git.roots import find_root

    folder = Path.home() if client.scope == "home" else find_root(repo).path
    files = [folder / name for name in client.files]
    file = next((file for file in files if file.exists()), files[0])
    if file.is_symlink() or (file.exists() and not file.is_file()):
        raise ConfigError(f"{file} is not a regular file", hint="Change it by hand.")
    return file


def _write(client: Client, file: Path, *, yes: bool, is_added: bool) -> None:
    """Change the configuration, after a question."""
    from repo_mhm.atomic_file import replace_text
    from repo_mhm.cli.terminal import console
    from repo_mhm.formatting import safe

    try:
        before = file.read_text("utf-8") if file.exists() else ""
        after = client.added(before) if is_added else client.removed(before)
        if after == before or not (before or is_added):
            console().print(f"{safe(str(file))} needs no change")
            return

        if not yes and not typer.confirm(f"Change {safe(str(file))}?", default=True):
            raise typer.Exit(1)
        mode = file.stat().st_mode & 0o777 if before else 0o644
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_text(file, after)
        file.chmod(mode)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{file} cannot be changed: {error}", hint="Correct its permissions, or use --print."
        ) from error
    done = "knows repo-mhm now" if is_added else "no longer knows repo-mhm"
    console().print(f"{client.title} {done} ({safe(str(file))})")
