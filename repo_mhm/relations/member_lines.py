"""Lines of a class's body that begin a member, for members that are no symbols. Pure.

The parser takes no field of a structure and no signature inside a type for a definition. In a
language with braces each line directly inside those of the class begins one, unless it goes on with
the line above.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from repo_mhm.relations.source_file import SourceFile
from repo_mhm.source.symbols import Symbol

_BRACE_LANGUAGES_WITHOUT_TYPES = frozenset({"rust", "php"})
_BEGINNING = re.compile(r"(?:@[\w.]+(?:\([^()\n]*\))?[ \t]+)*[\w$<(\[*#]")
"""What a line that begins a member begins with; `|`, `=` or `.` go on with the line above."""
_NO_MEMBER = re.compile(r"#[ \t]*(?:if|ifdef|ifndef|else|elif|endif|define|undef|include|pragma)\b")
_LABEL = re.compile(r"(?:public|private|protected|signals|slots|[ \t])+:\s*\Z")


def member_lines(file: SourceFile, owner: Symbol, members: Iterable[Symbol]) -> list[int]:
    """The lines that begin members of a class, those of the `members` left out."""
    if not _has_braces(file):
        return []
    of_members = {
        line
        for member in members
        if member.path == owner.path
        for line in range(member.start, member.end + 1)
    }
    return [line for line in _lines_at_depth_one(file, owner) if line not in of_members]


def has_body(file: SourceFile, owner: Symbol) -> bool:
    """Whether a class has code besides its name and bases."""
    header_end = re.compile(r"\{|:[ \t]*(?=\n|\w)|=|\n")
    code = file.code_of(owner)
    start = max(0, code.find(owner.name)) + len(owner.name)
    match = header_end.search(code, start)
    body = code[match.end() :] if match else ""
    return bool(set(re.findall(r"\w+", body)) - {"pass", "end"})


def _has_braces(file: SourceFile) -> bool:
    language = file.language
    if language is None or file.family == "python":
        return False
    return language.types is not None or language.name in _BRACE_LANGUAGES_WITHOUT_TYPES


def _lines_at_depth_one(file: SourceFile, owner: Symbol) -> Iterator[int]:
    depth = 0
    for number, line in enumerate(file.code_of(owner).split("\n"), owner.start):
        written = line.strip()
        is_beginning = _BEGINNING.match(written) and not _NO_MEMBER.match(written)
        if depth == 1 and is_beginning and not _LABEL.match(written):
            yield number
        depth += sum(line.count(bracket) for bracket in "([{")
        depth -= sum(line.count(bracket) for bracket in ")]}")
