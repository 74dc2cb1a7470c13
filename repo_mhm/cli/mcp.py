"""`repo-mhm mcp`: serve the memory to coding agents."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from repo_mhm.cli.options import examples
from repo_mhm.errors import RepoMhmError, UsageError

EXAMPLES = examples(
    "repo-mhm mcp",
    "repo-mhm mcp --repo ~/src/api --repo ~/src/web",
    "REPO_MHM_MCP_TOKEN=secret repo-mhm mcp --http 8765",
)
TOKEN_VARIABLE = "REPO_MHM_MCP_TOKEN"


def mcp(
    repo: Annotated[
        list[Path] | None,
        typer.Option(
            "--repo", help="A repository to serve; may be repeated.", show_default="this one"
        ),
    ] = None,
    http: Annotated[
        int | None,
        typer.Option(
            "--http",
            metavar="PORT",
            min=1,
            max=65535,
            help=f"Serve over HTTP on this machine, with the token in {TOKEN_VARIABLE}.",
        ),
    ] = None,
) -> None:
    """Serve the memory to coding agents over MCP: stdio, or HTTP on this machine.

    An agent's client starts it. For Claude Code: claude mcp add repo-mhm -- repo-mhm mcp
    """
    try:
        from repo_mhm.mcp.server import serve, serve_http
    except ImportError as error:
        raise RepoMhmError(
            "the MCP SDK is not installed", hint="Run: pip install 'repo-mhm[mcp]'"
        ) from error

    if http is None:
        serve(repo or [])
        return
    token = os.environ.get(TOKEN_VARIABLE, "")
    if len(token) < 16:
        raise UsageError(
            f"{TOKEN_VARIABLE} holds no token of 16 characters or more",
            hint=f"Set it: export {TOKEN_VARIABLE}=$(openssl rand -hex 16)",
        )
    serve_http(repo or [], port=http, token=token)
