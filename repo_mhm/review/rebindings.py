"""Rebindings: why a name that means no definition any more may be right all the same. Pure.

The change itself may give the name another meaning, which the tree does not show: a line that it
brings binds the name or what it stands behind, imports it with a whole class or from outside.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from repo_mhm.relations.expressions import literal_type
from repo_mhm.relations.relation_lookup import Relations
from repo_mhm.relations.repository import Repository
from repo_mhm.relations.scopes import Meaning
from repo_mhm.review.edits import Edit
from repo_mhm.source import code_tokens

_IMPORTS_MEMBERS = r"^\s*(?:global\s+)?(?:using|import)\s+static\s+(?:[\w.]+\.)?"
_RECEIVER = re.compile(
    r"(?<![\w$.):>])([A-Za-z_$][\w$]*)\s*(?:(?:\.|::|->)\s*[\w$]+\s*)*(?:\.|::|->)\s*\Z"
)
"""The first of the names that lead to a member, where that is a variable or a module."""
_MOST_BEFORE = 200
"""Characters of a line before a member that are searched for what it stands behind."""
_OWN_OBJECT = frozenset({"self", "this", "super", "base"})


class Rebindings:
    """Asks the edits, and the tree after them, about a name on a line of that tree."""

    def __init__(self, new: Relations, files: Repository, edits: Sequence[Edit]) -> None:
        self._new = new
        self._files = files
        self._edits = edits

    def may_explain(self, path: str, line: int, name: str, meanings: Sequence[Meaning]) -> bool:
        """Whether the change may have given the name, which has these meanings, another one."""
        edit = next((edit for edit in self._edits if edit.diff.path == path), None)
        if edit is not None and edit.new is not None:
            is_outside = all(meaning.is_outside for meaning in meanings)
            if _names(edit, name) or (is_outside and self._is_received_anew(edit, line, name)):
                return True
            if self._includes_anew(edit, path) or self._is_key_of_new(edit, line, name):
                return True
        return self._is_ported(path, name) or self._is_moved_into_reach(path, name)

    def _is_received_anew(self, edit: Edit, line: int, name: str) -> bool:
        """Whether lines that the change brings have or import what the name stands behind.

        That may be of another type then, or another module.
        """
        assert edit.new is not None
        code = edit.new.code_line(line)
        starts = (use.start for use in code_tokens.uses(code, name))
        matches = [_RECEIVER.search(code[max(0, start - _MOST_BEFORE) : start]) for start in starts]
        receivers = {match[1] for match in matches if match is not None}
        return None not in matches and all(
            each not in _OWN_OBJECT and (_names(edit, each) or _imports_anew(edit, each))
            for each in receivers
        )

    @staticmethod
    def _is_key_of_new(edit: Edit, line: int, name: str) -> bool:
        """Whether a key of Go stands in a literal of whose type the change writes the line."""
        assert edit.new is not None
        source = edit.new.source
        if source.family != "go":
            return False
        begin = source.offset(line)
        starts = [begin + use.start for use in code_tokens.uses(edit.new.code_line(line), name)]
        types = [literal_type(source.code, start) for start in starts]
        return any(
            item is not None and source.line_at(item.start(1)) in edit.added_lines for item in types
        )

    def _includes_anew(self, edit: Edit, path: str) -> bool:
        """Whether the file of C now includes a header from outside, which may have any name."""
        if self._files.file(path).family != "c":
            return False
        return any(
            statement.line in edit.added_lines and not statement.targets
            for statement in self._new.imports(path)
        )

    def _is_ported(self, path: str, name: str) -> bool:
        """Whether the change brings a definition of the name in another language."""
        family = self._files.file(path).family
        return any(
            symbol.name == name
            for edit in self._edits
            if edit.diff.status == "added" and edit.new is not None
            if self._files.file(edit.diff.path).family != family
            for symbol in edit.new.symbols
        )

    def _is_moved_into_reach(self, path: str, name: str) -> bool:
        """Whether the change brings the name into a class whose members the file imports.

        `using static Shop.Limits;` and `import static shop.Limits.*;` name no member.
        """
        code = self._files.file(path).code
        return any(
            re.search(rf"{_IMPORTS_MEMBERS}{re.escape(owner)}\b", code, re.MULTILINE)
            for edit in self._edits
            if edit.new is not None
            for symbol in edit.new.symbols
            if symbol.name == name
            and (owner := symbol.container.rpartition(".")[2])
            and not (edit.old and edit.old.has(symbol.qualified))
        )


def _names(edit: Edit, name: str) -> bool:
    """Whether a line that the change brings has the name."""
    new = edit.new
    return new is not None and any(
        next(code_tokens.uses(new.code_line(line), name), None) for line in edit.added_lines
    )


def _imports_anew(edit: Edit, name: str) -> bool:
    """Whether a line that the change brings imports a module under a name."""
    if edit.new is None:
        return False
    source = edit.new.source
    lines = (source.line_at(item.start) for item in source.statements if item.local == name)
    return any(line in edit.added_lines for line in lines)
