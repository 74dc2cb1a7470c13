"""Masking: a change without its secrets, and the findings on those that it adds. Pure.

Both sides of a file are masked as a whole before any rule sees them: a key may span lines, and its
label may stand on a line that did not change. Diff and sides then agree, and nothing that quotes a
line can quote a secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from repo_mhm.review import BASELINE
from repo_mhm.review.example_secrets import is_example_secret
from repo_mhm.review.findings import Finding, Severity
from repo_mhm.review.secret_baseline import SECRET_BASELINE, SecretBaseline, digests, is_allowed
from repo_mhm.source.exclusions import LOCK_FILE, exclusion_by_content, exclusion_by_path
from repo_mhm.source.file_roles import is_copied, is_documentation, is_history, is_test
from repo_mhm.source.line_index import LineIndex
from repo_mhm.source.redaction import Masked, mask, masked_paths
from repo_mhm.source.text_encoding import to_utf8
from repo_mhm.source.unified_diff import FileDiff, Hunk, Line

if TYPE_CHECKING:
    from repo_mhm.git.changes import Change

GENERIC_KINDS = frozenset({"random key", "labelled key", "password"})
"""Kinds of secrets that no issuer's format tells: lock files are full of what looks like them."""
_PAGES = (".html", ".htm", ".xhtml", ".svg")
"""Files in which random names are anchors and addresses, as a rule."""
_LONGEST_LINE = 4_000
"""Characters of a line that somebody writes; a longer one holds a picture, a font or a program."""
_DOC_COMMENTS = ("* ", "///", "//!", "##")
"""How the lines of comments begin from which documentation is made."""


@dataclass(frozen=True, slots=True)
class AddedSecret:
    """A secret that a change adds."""

    line: int
    """The first line of the new file that the change adds and that holds part of it."""
    kind: str
    digests: frozenset[str]
    """By which a baseline of detect-secrets may list it."""
    is_doubtful: bool
    """Whether no issuer's format tells it, and it stands in a comment that documents code, a line
    of data, or in a file that was generated or copied."""


@dataclass(frozen=True, slots=True)
class MaskedChange:
    """One file's change without its secrets."""

    diff: FileDiff
    old: Masked
    new: Masked
    old_blob: str
    added_secrets: tuple[AddedSecret, ...]
    """At most one a line."""
    has_secret_name: bool
    """Whether the change gives a file a name that holds a secret."""
    lines: tuple[str, ...]
    """The lines of the new file, or of a deleted one, as they are: findings are recognised by
    them. They must not be shown."""

    @property
    def masked_lines(self) -> list[str]:
        """The same lines without secrets."""
        shown = self.old if self.diff.status == "deleted" else self.new
        return list(_text_lines(shown.data))

    def secret_findings(self, known: SecretBaseline) -> list[Finding]:
        """A finding on each secret that the change adds, and that the baseline does not list."""
        path = self.diff.path
        is_example = is_test(path) or is_documentation(path) or is_history(path)
        findings = []
        for secret in self.added_secrets:
            if not known.has(path, secret.digests):
                severity: Severity = "info" if is_example or secret.is_doubtful else "error"
                message = _message(secret.kind)
                findings.append(Finding("impact", path, secret.line, severity, "secret", message))
        if self.has_secret_name:
            message = "the name of this file looks like a secret: rename it"
            findings.append(Finding("impact", path, 1, "error", "secret", message, symbol=path))
        return findings


def mask_change(change: Change) -> MaskedChange:
    """The change with the secrets of both sides masked, and those of its paths."""
    diff = change.diff
    names = masked_paths([diff.path, diff.old_path])
    old = mask(diff.old_path, to_utf8(change.old))
    new = mask(diff.path, to_utf8(change.new))
    texts = {"-": _masked_lines(old), "+": _masked_lines(new)}
    hunks = tuple(
        Hunk(tuple(_masked_line(line, texts) for line in hunk.lines)) for hunk in diff.hunks
    )
    raw = to_utf8(change.old if diff.status == "deleted" else change.new)
    return MaskedChange(
        diff=replace(
            diff,
            path=names.get(diff.path, diff.path),
            old_path=names.get(diff.old_path, diff.old_path),
            hunks=hunks,
        ),
        old=old,
        new=new,
        old_blob=change.old_blob,
        added_secrets=tuple(_added_secrets(change, new)),
        has_secret_name=diff.path in names and diff.status in {"added", "renamed"},
        lines=tuple(_text_lines(raw)),
    )


def _masked_line(line: Line, texts: Mapping[str, Mapping[int, str]]) -> Line:
    side, number = ("-", line.old) if line.kind == "-" else ("+", line.new)
    text = texts[side].get(number)
    return line if text is None else replace(line, text=text)


def _masked_lines(masked: Masked) -> dict[int, str]:
    """The lines with a secret, by number."""
    if not masked.secrets:
        return {}
    lines = LineIndex(masked.data)
    numbers = {
        number
        for secret in masked.secrets
        for number in range(lines.line_at(secret.start), lines.line_after(secret.end))
    }
    return {
        number + 1: lines.texts[number].decode("utf-8", "replace").rstrip("\n")
        for number in numbers
    }


def _message(kind: str) -> str:
    return f"this looks like a secret ({kind}): keep it out of the repository"


def _added_secrets(change: Change, new: Masked) -> Iterator[AddedSecret]:
    """The secrets that the change adds, one for each of their first lines.

    One that the file had before does not count, nor one whose line says that it is none.
    """
    path = change.diff.path
    if not new.secrets or path.endswith((BASELINE, SECRET_BASELINE)):
        return
    is_lock_file = exclusion_by_path(path, len(change.new)) == LOCK_FILE
    is_copy = is_copied(path) or exclusion_by_content(change.new, path) in {"generated", "minified"}
    numbers = {line.new for line in change.diff.added()}
    data = to_utf8(change.new)
    raw = list(_text_lines(data))
    added = {number: raw[number - 1] for number in numbers if number <= len(raw)}
    known = set(_text_lines(to_utf8(change.old)))
    old_text = to_utf8(change.old).decode("utf-8", "replace")
    lines = LineIndex(new.data)
    seen: set[int] = set()

    for secret in new.secrets:
        is_generic = secret.kind in GENERIC_KINDS
        first, after = lines.line_at(secret.start) + 1, lines.line_after(secret.end) + 1
        new_lines = (number for number in range(first, after) if added.get(number))
        line = next((number for number in new_lines if added[number] not in known), 0)
        if not line or line in seen or (is_lock_file and is_generic):
            continue
        if is_allowed(raw[line - 1], raw[line - 2] if line > 1 else ""):
            continue
        text = data[secret.start : secret.end].decode("utf-8", "replace")
        if text in old_text:
            continue  # Only what is around it is new: the name of its variable, as a rule.
        if is_example_secret(secret.kind, text, raw[line - 1]):
            continue
        seen.add(line)
        is_documented = raw[line - 1].lstrip().startswith(_DOC_COMMENTS)
        is_data = len(raw[line - 1]) > _LONGEST_LINE or is_copy
        is_anchor = secret.kind == "random key" and path.lower().endswith(_PAGES)
        is_doubtful = is_anchor or (is_generic and (is_documented or is_data))
        yield AddedSecret(line, secret.kind, digests(raw[first - 1], text), is_doubtful)


def _text_lines(data: bytes) -> Iterable[str]:
    return (line.rstrip("\r") for line in data.decode("utf-8", "replace").split("\n"))
