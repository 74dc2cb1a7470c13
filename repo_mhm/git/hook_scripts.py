"""The text of git hooks that run a review or refresh the memory. Pure.

The scripts never read the terminal. They finish in a few milliseconds when there is nothing to
review, let the commit or push pass when the review fails, and refresh in a process of its own.
"""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from repo_mhm.git_environment import NO_FETCH

Stage = Literal[
    "pre-commit", "pre-push", "post-commit", "post-merge", "post-checkout", "post-rewrite"
]
REVIEWS: tuple[Stage, ...] = ("pre-commit", "pre-push")
REFRESHES: tuple[Stage, ...] = ("post-commit", "post-merge", "post-checkout", "post-rewrite")
"""Between them they run after whatever moves HEAD: a rebase and an amend end with post-rewrite."""
STAGES = REVIEWS + REFRESHES
EARLIER_SUFFIX = ".before-repo-mhm"
"""Ends the name of the file that keeps the hook that was there before ours."""
_MARK = re.compile(r"^# repo-mhm hook ([a-z-]+) ([0-9a-f]{16})$", re.MULTILINE)

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
@NO_FETCH@ git diff-index --cached --quiet --no-ext-diff --ignore-submodules=none HEAD -- \\
  2>/dev/null && exit 0
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
memory=$(git rev-parse --git-common-dir)/repo-mhm
[ -f "$memory/memory.db" ] || exit $status  # a hook may run in other repositories as well
@FIND@
# It writes to the log of the memory itself, as a shell would follow a link there.
nohup "$program" watch --once --hook "$0"@ARGUMENTS@ </dev/null >/dev/null 2>&1 &
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


def hook_script(stage: Stage, program: Path, arguments: Sequence[str] = ()) -> str:
    """The hook of a stage; it calls `program` with the arguments.

    Its mark has a digest of the rest, so that changes by hand are noticed.
    """
    is_refresh = stage in REFRESHES
    values = {
        "@PURPOSE@": "Keeps the memory current" if is_refresh else "Reviews a change",
        "@NO_FETCH@": " ".join(f"{name}={value}" for name, value in NO_FETCH.items()),
        "@NO_VERIFY@": "" if is_refresh else ", or with git's own --no-verify",
        "@DONE@": "refreshed" if is_refresh else "reviewed",
        "@STAGE@": stage,
        "@SUFFIX@": EARLIER_SUFFIX,
        "@PROGRAM@": shlex.quote(str(program)),
        "@ARGUMENTS@": "".join(f" {shlex.quote(argument)}" for argument in arguments),
    }

    text = _COMMON + _steps(stage).replace("@FIND@", _FIND)
    for name, value in values.items():
        text = text.replace(name, value)
    return text.replace("@MARK@", f"# repo-mhm hook {stage} {_digest(text.replace('@MARK@', ''))}")


def _steps(stage: Stage) -> str:
    if stage in REFRESHES:
        return _REFRESH
    return (_PRE_COMMIT if stage == "pre-commit" else _PRE_PUSH) + _END


def is_script_of(text: str, stage: Stage) -> bool:
    """Whether a hook's text is ours, for this stage."""
    mark = _MARK.search(text)
    return mark is not None and mark[1] == stage


def is_edited(text: str) -> bool:
    """Whether a hook's text is ours but was changed by hand."""
    mark = _MARK.search(text)
    return mark is not None and mark[2] != _digest(_MARK.sub("", text))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
