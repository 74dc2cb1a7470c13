"""Git hooks: installs, finds and removes the scripts that run a review or refresh the memory. Owns what they say.

A hook that was there before is kept beside ours and runs first; what was not installed here is never removed. The
scripts read no terminal, finish in a few milliseconds when there is nothing to review, let the commit or push pass
whenever the review cannot be made, and leave a refresh to a process of its own.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from repo_mhm.atomic_file import replace_text
from repo_mhm.errors import RepositoryError, UsageError
from repo_mhm.git.files import printable_path
from repo_mhm.git.plumbing import attempt, run
from repo_mhm.git.roots import find_root

Stage = Literal[
    "pre-commit", "pre-push", "post-commit", "post-merge", "post-checkout", "post-rewrite"
]
REVIEWS: tuple[Stage, ...] = ("pre-commit", "pre-push")
REFRESHES: tuple[Stage, ...] = ("post-commit", "post-merge", "post-checkout", "post-rewrite")
"""Between them they run after whatever moves HEAD: a rebase and an amend end with post-rewrite."""
STAGES = REVIEWS + REFRESHES
_SUFFIX = ".before-repo-mhm"
_MARK = re.compile(r"^# repo-mhm hook ([a-z-]+) ([0-9a-f]{16})$", re.MULTILINE)
_LONGEST_HOOK = 64 * 1024
_BY_NAME = re.compile(
    r"basename\W+\$0|\$\{0##|basename\((\$0|\$PROGRAM_NAME|__FILE__|sys\.argv\[0\])|/(h|husky\.sh)\""
)
"""In a hook that asks what it is called: as `pre-commit.before-repo-mhm` it would run nothing, in silence."""


@dataclass(frozen=True, slots=True)
class Hook:
    """One stage of a repository: where its hook lies, whether it is ours, and what ours runs first."""

    stage: Stage
    path: Path
    installed: bool
    edited: bool
    """Ours, but changed by hand since."""
    chained: Path | None
    """The hook that was there before, kept."""
    other: bool
    """A hook that is not ours stands there."""


def install(
    root: Path, stage: Stage, program: Path, arguments: Sequence[str] = (), *, shared: bool = False
) -> Hook:
    """Install the hook of a stage, or bring it up to date. `arguments` are added to `repo-mhm review` or `watch`.

    Raises UsageError where core.hooksPath is set for more than this repository (`shared` allows that) and
    RepositoryError where the folder cannot be written or our hook was changed by hand.
    """
    folder, scope = _folder(root)
    if scope not in {"local", "worktree"} and not shared:
        raise UsageError(
            f"core.hooksPath in your {scope} configuration sends the hooks of all repositories to {printable_path(folder)}",
            hint="Add --shared to install it for all of them, or call `repo-mhm review --hook` in your own hook.",
        )
    path = folder / stage
    _check_not_edited(path, stage)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(path) and not _is_ours(path, stage):
            _set_aside(path)
        replace_text(path, script(stage, program, arguments))
        path.chmod(0o755)
    except OSError as exc:
        raise _unusable(path, exc) from exc
    return _look(folder, stage)


def uninstall(root: Path, stage: Stage) -> bool:
    """Remove our hook and put back the one that was there before; False when ours is not installed.

    Raises RepositoryError when ours was changed by hand: it may do more by now.
    """
    folder, _ = _folder(root)
    for path in (folder / stage, folder / f"{stage}.legacy"):
        # The pre-commit framework renames a hook it finds to `.legacy` and goes on running it.
        if not _is_ours(path, stage):
            continue
        _check_not_edited(path, stage)
        before = folder / f"{stage}{_SUFFIX}"
        try:
            if os.path.lexists(before):
                before.replace(path)
            else:
                path.unlink()
        except OSError as exc:
            raise _unusable(path, exc) from exc
        return True
    return False


def status(root: Path) -> list[Hook]:
    """How each stage stands."""
    folder, _ = _folder(root)
    return [_look(folder, stage) for stage in STAGES]


def _look(folder: Path, stage: Stage) -> Hook:
    before = folder / f"{stage}{_SUFFIX}"
    for path in (folder / stage, folder / f"{stage}.legacy"):
        if _is_ours(path, stage):
            chained = before if os.path.lexists(before) else None
            return Hook(stage, path, True, _is_edited(path), chained, path.name != stage)
    path = folder / stage
    return Hook(stage, path, False, False, None, os.path.lexists(path))


def _folder(root: Path) -> tuple[Path, str]:
    """The folder git runs hooks from, and the scope of configuration that says so (`local` for the default)."""
    top = find_root(root)
    if top.kind == "folder":
        raise RepositoryError(
            f"{printable_path(root)} is not in a git repository", hint="Run `git init` there first."
        )
    listed = attempt(
        top.path, "config", "-z", "--show-scope", "--type=path", "--get-all", "core.hooksPath"
    )
    fields = os.fsdecode(listed.out).split("\0")[:-1] if listed.status == 0 else []
    # Our own git calls switch hooks off with a setting of scope `command`.
    told = [
        (scope, value)
        for scope, value in zip(fields[::2], fields[1::2], strict=False)
        if scope != "command"
    ]
    if told and told[-1][1]:
        scope, value = told[-1]
        return top.path / value, scope
    out = run(top.path, "rev-parse", "--git-common-dir")
    return (top.path / os.fsdecode(out.removesuffix(b"\n"))).resolve() / "hooks", "local"


def _set_aside(path: Path) -> None:
    before = path.with_name(f"{path.name}{_SUFFIX}")
    if os.path.lexists(before):
        raise RepositoryError(
            f"both {printable_path(path)} and {printable_path(before)} exist, and neither is ours",
            hint="Move one of them away.",
        )
    if _BY_NAME.search(_read(path)):
        raise RepositoryError(
            f"{printable_path(path)} runs hooks by the name it has, so it cannot be kept beside another",
            hint=f"Let it run `repo-mhm review --hook {path.name}`: husky takes it from .husky/{path.name}.",
        )
    path.rename(before)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST_HOOK).decode("utf-8", "replace")
    except OSError:
        return ""


def _is_ours(path: Path, stage: Stage) -> bool:
    match = _MARK.search(_read(path))
    return match is not None and match[1] == stage


def _is_edited(path: Path) -> bool:
    text = _read(path)
    match = _MARK.search(text)
    return match is not None and match[2] != _digest(_MARK.sub("", text))


def _check_not_edited(path: Path, stage: Stage) -> None:
    if _is_ours(path, stage) and _is_edited(path):
        raise RepositoryError(
            f"{printable_path(path)} was changed since repo-mhm installed it",
            hint="Take your own lines out of it (or delete it), then run this again.",
        )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def _unusable(path: Path, exc: OSError) -> RepositoryError:
    return RepositoryError(
        f"{printable_path(path)} cannot be written: {exc.strerror or exc}",
        hint="Check who may write to that folder.",
    )


_COMMON = """\
#!/bin/sh
@MARK@
# @PURPOSE@ with repo-mhm. Remove it with: repo-mhm hook uninstall --stage @STAGE@
# Skip it once with REPO_MHM_SKIP=1@NO_VERIFY@.
before="$(dirname "$0")/@STAGE@@SUFFIX@"
"""

_PRE_COMMIT = """\
if [ -x "$before" ]; then
  "$before" "$@" || exit $?
fi
case "${REPO_MHM_SKIP:-0}" in 0 | "") ;; *) exit 0 ;; esac
git diff-index --cached --quiet --no-ext-diff --ignore-submodules=none HEAD -- 2>/dev/null && exit 0
@FIND@
"$program" review --hook pre-commit@ARGUMENTS@ </dev/null
"""

_PRE_PUSH = """\
refs=$(cat)
if [ -x "$before" ]; then
  { [ -z "$refs" ] || printf '%s\\n' "$refs"; } | "$before" "$@" || exit $?
fi
case "${REPO_MHM_SKIP:-0}" in 0 | "") ;; *) exit 0 ;; esac
[ -n "$(printf '%s\\n' "$refs" | sed '/^(delete) 0* /d')" ] || exit 0
@FIND@
printf '%s\\n' "$refs" | "$program" review --hook pre-push --remote "${1:-}"@ARGUMENTS@
"""

_REFRESH = """\
status=0
if [ -x "$before" ]; then
  "$before" "$@" || status=$?
fi
case "${REPO_MHM_SKIP:-0}" in 0 | "") ;; *) exit $status ;; esac
@FIND@
log=$(git rev-parse --git-common-dir)/repo-mhm
mkdir -p "$log" || exit $status
nohup "$program" watch --once@ARGUMENTS@ </dev/null >>"$log/refresh.log" 2>&1 &
exit $status
"""

_FIND = """\
# Whoever commits may have these set for the project; no code of the project is to run in repo-mhm.
unset PYTHONHOME PYTHONPATH PYTHONPLATLIBDIR PYTHONSTARTUP PYTHONUSERBASE
program=@PROGRAM@
[ -x "$program" ] || program=$(command -v repo-mhm) || {
  echo "repo-mhm was not found: nothing was @DONE@" >&2
  exit 0
}"""

_END = """\
case $? in
  3) exit 3 ;;
  130) exit 130 ;;
  *) exit 0 ;;
esac
"""


def script(stage: Stage, program: Path, arguments: Sequence[str] = ()) -> str:
    """The hook's text. Its mark holds a digest of the rest, so that changes made by hand are noticed."""
    refreshes = stage in REFRESHES
    body = _REFRESH if refreshes else (_PRE_COMMIT if stage == "pre-commit" else _PRE_PUSH) + _END
    body = _COMMON + body.replace("@FIND@", _FIND)
    values = {
        "@PURPOSE@": "Keeps the memory current" if refreshes else "Reviews a change",
        "@NO_VERIFY@": "" if refreshes else ", or with git's own --no-verify",
        "@DONE@": "refreshed" if refreshes else "reviewed",
        "@STAGE@": stage,
        "@SUFFIX@": _SUFFIX,
        "@PROGRAM@": shlex.quote(str(program)),
        "@ARGUMENTS@": "".join(f" {shlex.quote(argument)}" for argument in arguments),
    }
    for name, value in values.items():
        body = body.replace(name, value)
    return body.replace("@MARK@", f"# repo-mhm hook {stage} {_digest(body.replace('@MARK@', ''))}")
