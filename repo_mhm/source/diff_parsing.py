"""Parsing of unified diffs: git's own with whatever prefixes and colours, and any other. Pure.

The idea: the counts in a hunk's header say which lines belong to it, so no line of a file can pass
for a header, and between hunks only headers count. `rename from` and `rename to` name a file
without prefixes. Otherwise the line `diff --git` has both names, with no mark between them: one
that `---` or `+++` has too is cut off; where neither has one, the line is split into two names that
are alike. What is a prefix follows from the two names: those that differ in their first part alone
(`a/f b/f`, `i/f w/f`) have one, equal ones (`diff.noprefix`) have none.

It is our own, as unidiff (1.0.1) loses in silence what a review must see: lines beyond the counts
of their hunk, combined diffs, coloured ones. It takes a folder `a` or `b` for a prefix where git
writes none, and splits names with blanks wrongly where no `---` has them.

Nothing here is trusted; a damaged diff is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from repo_mhm.errors import RepositoryError
from repo_mhm.source.unified_diff import FileDiff, Hunk, Kind, Line, Status

_HINT = "Give a unified diff, as git diff writes it."
_GIT = "diff --git "
_NOWHERE = "/dev/null"
_NO_LINE_END = "\\"
"""Begins the remark that a file's last line has no line end."""
_HUNK = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
_COLOUR = re.compile(r"\x1b\[[0-9;:]{0,40}[mK]")
_COLOURED_HEADER = re.compile(r"^(?:\x1b\[[0-9;:]{0,40}m){1,4}(?:diff |@@ |--- )", re.MULTILINE)
_OUTSIDE_A_HUNK = re.compile(r"[+-](?!--? |\+\+ |- ?\r?$)")
"""An added or removed line, but neither a file header (`--- `, `+++ `) nor the `-- ` of an email's
signature."""
_MODE = re.compile(
    r"(old mode|new mode|new file mode|deleted file mode|index [0-9a-f]+\.\.[0-9a-f]+) (\d{6})$"
)
_NOTE_BY_MODE = {"160000": "submodule", "120000": "symlink"}
_PREFIX_PAIRS = frozenset({("a", "b"), ("i", "w"), ("c", "i"), ("c", "w"), ("o", "w"), ("1", "2")})
"""What git writes before the two names, also with `diff.mnemonicPrefix`."""
_PREFIXES = {letter for pair in _PREFIX_PAIRS for letter in pair}


def parse(text: str) -> tuple[FileDiff, ...]:
    """The files of a unified diff, in its order.

    Raises:
        RepositoryError: The text is no diff, or a damaged one, or a combined diff of a merge.
    """
    if _COLOURED_HEADER.search(text):
        text = _COLOUR.sub("", text)
    lines = text.split("\n")
    files = [_file_diff(section) for section in _sections(lines)]
    if not files and text.strip():
        raise RepositoryError("the text has no diff in it", hint=_HINT)
    return tuple(files)


@dataclass(slots=True)
class _Section:
    """What a diff says of one file."""

    git: str = ""
    """What follows `diff --git `."""
    old: str | None = None
    """The name after `---`, with its prefix."""
    new: str | None = None
    renamed_from: str | None = None
    renamed_to: str | None = None
    modes: dict[str, str] = field(default_factory=dict)
    is_binary: bool = False
    hunks: list[Hunk] = field(default_factory=list)


def _sections(lines: Sequence[str]) -> Iterator[_Section]:
    section: _Section | None = None
    position = 0

    while position < len(lines):
        line = lines[position].rstrip("\r")
        is_git = line.startswith(_GIT)
        has_names = line.startswith("--- ") and _starts(lines, position + 1, "+++ ")
        if is_git or (has_names and (section is None or section.old is not None)):
            if section is not None:
                yield section
            section = _Section(line.removeprefix(_GIT) if is_git else "")
        if section is None:
            _check_no_hunk(line, position)
        elif has_names:
            section.old = _name(line[4:])
            section.new = _name(lines[position + 1][4:].rstrip("\r"))
            position += 1
        elif line.startswith("@@ ") and section.old is not None:
            hunk, position = _read_hunk(lines, position)
            section.hunks.append(hunk)
            continue
        else:
            _read_extended_header(section, line)
            _check_no_hunk(line, position)
        position += 1

    if section is not None:
        yield section


def _starts(lines: Sequence[str], position: int, prefix: str) -> bool:
    return position < len(lines) and lines[position].startswith(prefix)


def _check_no_hunk(line: str, position: int) -> None:
    """Refuse what begins a hunk where no file is named, and diffs with several old sides."""
    if line.startswith(("diff --cc ", "diff --combined ", "@@@ ")):
        raise RepositoryError(
            "combined diffs (of merges) cannot be read",
            hint="Use git diff A B, or git show --first-parent.",
        )
    if line.startswith("@@ "):
        raise _damaged(f"line {position + 1} begins a hunk of no file")


def _read_extended_header(section: _Section, line: str) -> None:
    """Take from one of git's lines above the hunks what it says of the file."""
    if line.startswith("rename from "):
        section.renamed_from = _name(line.removeprefix("rename from "))
    elif line.startswith("rename to "):
        section.renamed_to = _name(line.removeprefix("rename to "))
    elif line.startswith(("Binary files ", "GIT binary patch")):
        section.is_binary = True
    elif mode := _MODE.match(line):
        section.modes[mode[1]] = mode[2]


def _read_hunk(lines: Sequence[str], position: int) -> tuple[Hunk, int]:
    """The hunk whose header is at a position, and the position after its last line."""
    header = _HUNK.match(lines[position])
    if header is None:
        raise _damaged(f"line {position + 1} is no header of a hunk")
    old_count, new_count = (1 if header[group] is None else int(header[group]) for group in (2, 4))
    # A hunk without old lines starts after the line it names, and so does one without new lines.
    old, new = int(header[1]) - (old_count > 0), int(header[3]) - (new_count > 0)

    hunk: list[Line] = []
    position += 1
    while old_count > 0 or new_count > 0:
        line = lines[position] if position < len(lines) else "the end of the text"
        position += 1
        if line.startswith(_NO_LINE_END):
            continue
        kind = _kind(line, position)
        old_count -= kind != "+"
        new_count -= kind != "-"
        old += kind != "+"
        new += kind != "-"
        hunk.append(Line(kind, old, new, line[1:]))

    if position < len(lines) and lines[position].startswith(_NO_LINE_END):
        position += 1
    if old_count < 0 or new_count < 0 or _is_outside(lines, position):
        raise _damaged(f"line {position + 1} is outside its hunk")
    return Hunk(tuple(hunk)), position


def _kind(line: str, number: int) -> Kind:
    """What a hunk's line is; `number` is its own in the diff."""
    # Editors and mail programs cut the blank that an empty line begins with.
    if line.startswith(" ") or not line.rstrip("\r"):
        return " "
    if line.startswith("+"):
        return "+"
    if line.startswith("-"):
        return "-"
    raise _damaged(f"line {number} does not belong to its hunk")


def _is_outside(lines: Sequence[str], position: int) -> bool:
    """Whether a hunk is longer than its header says: its last lines would be lost in silence."""
    return position < len(lines) and _OUTSIDE_A_HUNK.match(lines[position]) is not None


def _damaged(reason: str) -> RepositoryError:
    return RepositoryError(f"the diff cannot be read: {reason}", hint=_HINT)


# Files --------------------------------------------------------------------------------------------


def _file_diff(section: _Section) -> FileDiff:
    old, new = _names(section)
    status: Status = "modified"
    if section.old == _NOWHERE or "new file mode" in section.modes:
        status, old = "added", new
    elif section.new == _NOWHERE or "deleted file mode" in section.modes:
        status, new = "deleted", old
    elif old != new:
        status = "renamed"
    return FileDiff(new, old, status, tuple(section.hunks), _note(section))


def _note(section: _Section) -> str:
    if section.is_binary:
        return "binary"
    for mode in section.modes.values():
        if mode in _NOTE_BY_MODE:
            return _NOTE_BY_MODE[mode]
    return "mode" if not section.hunks and "old mode" in section.modes else ""


def _names(section: _Section) -> tuple[str, str]:
    """The file's name before and after, without prefixes; they differ if it was renamed."""
    if section.renamed_from is not None and section.renamed_to is not None:
        return section.renamed_from, section.renamed_to

    left, right = _git_names(section)
    if left and right:
        return _without_prefixes(left, right)
    old, new = section.old or _NOWHERE, section.new or _NOWHERE
    if _NOWHERE in (old, new):
        name = new if old == _NOWHERE else old
        first, _, rest = name.partition("/")
        name = rest if rest and first in _PREFIXES else name
        return name, name
    return _without_prefixes(old, new)


def _without_prefixes(left: str, right: str) -> tuple[str, str]:
    """The two names without what git writes before them."""
    (before, _, old), (after, _, new) = left.partition("/"), right.partition("/")
    is_pair = (before, after) in _PREFIX_PAIRS or (after, before) in _PREFIX_PAIRS
    if left != right and old and new and (is_pair or old == new):
        return old, new
    return left, right


def _git_names(section: _Section) -> tuple[str, str]:
    """Both names of the line `diff --git`, with their prefixes; empty where there are none."""
    text = section.git
    if not text:
        return "", ""
    if names := _quoted_names(text):
        return names
    old, new = section.old, section.new
    if new and text.endswith(f" {new}"):
        return text.removesuffix(f" {new}"), new
    if old and text.startswith(f"{old} "):
        return old, text.removeprefix(f"{old} ")
    return _halves(text)


def _halves(text: str) -> tuple[str, str]:
    """`a/name b/name` as two names that are the same behind their first part, or altogether."""
    middle = len(text) // 2
    spaces = [match.start() for match in re.finditer(" ", text)]
    for space in sorted(spaces, key=lambda position: abs(position - middle)):
        left, right = text[:space], text[space + 1 :]
        if left == right or left.partition("/")[2] == right.partition("/")[2] != "":
            return left, right
    return "", ""


_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


def _quoted_names(text: str) -> tuple[str, str] | None:
    """Both names, where at least one is quoted; None where none is."""
    if text.startswith('"') and (first := _QUOTED.match(text)):
        return first[1], _name(text[first.end() + 1 :])
    if text.endswith('"'):
        start = text.find(' "')
        last = _QUOTED.fullmatch(text, start + 1) if start > 0 else None
        if last:
            return text[:start], last[1]
    return None


def _name(text: str) -> str:
    """A name as a header has it, without quotes or a time behind it; escapes stay."""
    quoted = _QUOTED.match(text)
    return quoted[1] if quoted else text.partition("\t")[0]
