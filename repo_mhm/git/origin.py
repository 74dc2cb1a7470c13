"""Where the reviewed code comes from: the remote's address, the commit and the branch. Runs git."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from repo_mhm.git.files import printable
from repo_mhm.git.plumbing import attempt
from repo_mhm.git.roots import find_root

_SCP = re.compile(r"(?:[^/@:]+@)?([\w.-]+):(?!//)(.+)")
"""`git@host:owner/name`."""
_URL = re.compile(r"(https?|ssh|git)://(?:[^/@]*@)?([^/@]+/.+)")


@dataclass(frozen=True, slots=True)
class Origin:
    """The state of a repository, as others can find it."""

    address: str
    """An absolute URI without user or password; empty where there is no remote with one."""
    commit: str
    branch: str
    """Both may be empty."""


def origin(root: Path) -> Origin | None:
    """Where the code of a repository comes from; None of a plain folder."""
    if find_root(root).kind == "folder":
        return None
    address = attempt(root, "config", "--get", "remote.origin.url").out
    commit = attempt(root, "rev-parse", "--verify", "--quiet", "HEAD").out
    branch = attempt(root, "symbolic-ref", "--quiet", "--short", "HEAD").out
    texts = [printable(out.removesuffix(b"\n")) for out in (address, commit, branch)]
    return Origin(_public(texts[0]), texts[1], texts[2])


def _public(address: str) -> str:
    """An address without user and password; empty for one of this machine."""
    if url := _URL.fullmatch(address):
        return f"{url[1]}://{url[2]}"
    if scp := _SCP.fullmatch(address):
        return f"ssh://{scp[1]}/{scp[2]}"
    return ""
