"""Calls: the calls of a changed definition on lines of the tree after the change. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from repo_mhm.relations.records import Use
from repo_mhm.relations.repository import Repository
from repo_mhm.relations.source_file import SourceFile
from repo_mhm.review.call_arguments import bare_arguments, call_arguments, is_alone
from repo_mhm.review.symbol_change import has_decorator
from repo_mhm.source import code_tokens
from repo_mhm.source.symbols import Symbol

_MOST_STATEMENT = 400
"""Characters in front of a call that are searched for the beginning of its statement."""

Kind = Literal["call", "import", "base", "name"]


class Reference(NamedTuple):
    """One use of a definition, where the tree after the change has it."""

    path: str
    line: int
    end: int
    kind: Kind
    arguments: list[str] | None = None
    """None where it is not called."""
    is_bound: bool = True
    """Whether the receiver is not among the arguments, so that they match the parameters."""
    is_guess: bool = False
    """Whether nothing but names led to the definition: no import, class, module or scope."""
    name: str = ""
    """What the line calls the definition."""
    offset: int = -1
    """Where a call writes that name, in the file after the change."""


class Calls:
    """Reads calls in the files of the new tree; definitions are those of the old one."""

    def __init__(self, old: Repository, new: Repository) -> None:
        self._old_files = old
        self._files = new

    def on_line(self, path: str, line: int, use: Use, symbol: Symbol) -> Iterator[Reference]:
        """The calls on a line; a decorator without brackets passes no arguments."""
        file = self._files.file(path)
        begin, end = file.offset(line), file.offset(line + 1)
        # The rest of a call may lie on the lines below.
        code = file.code[begin : end + code_tokens.MOST_CALL_CHARACTERS]
        text = file.text[begin : end + code_tokens.MOST_CALL_CHARACTERS]
        owner = self._explicit_receiver(symbol)

        for place in code_tokens.uses(code, use.name):
            if place.start >= end - begin:
                return
            parts = None
            last = line
            if place.is_call:
                closing = code_tokens.closing_bracket(code, place.opening)
                last += code.count("\n", 0, closing)
                before = file.code[
                    max(0, begin + place.start - _MOST_STATEMENT) : begin + place.start
                ]
                parts = call_arguments(file, code, text, place.opening, before)
            elif self.has_commands(path):
                name_end = place.start + len(use.name)
                parts = bare_arguments(file, code, text, place.start, name_end)
                may_be_alone = self._is_implicit(file) and not use.is_guess
                if parts is None and may_be_alone and is_alone(code, place.start, name_end):
                    parts = []
            is_bound = not owner or place.chain.rpartition(".")[2] != owner
            offset = begin + place.start
            yield Reference(
                path, line, last, "call", parts, is_bound, use.is_guess, use.name, offset
            )

    @staticmethod
    def _is_implicit(file: SourceFile) -> bool:
        """Whether a bare name may call a member (Ruby); elsewhere it is a variable."""
        return file.language is not None and file.language.methods.is_implicit

    def has_commands(self, path: str) -> bool:
        """Whether calls of a file need no brackets."""
        language = self._files.file(path).language
        return language is not None and language.calls is not None and language.calls.commands

    def _explicit_receiver(self, symbol: Symbol) -> str:
        """The class behind which a call passes the receiver as an argument: `Class.method(obj)`.

        Empty where no call does.
        """
        file = self._old_files.file(symbol.path)
        if file.language is None or not file.language.methods.receiver_is_parameter:
            return ""
        methods = file.language.methods
        head = file.text[file.offset(symbol.start) : file.offset(symbol.end + 1)]
        if has_decorator(head, (methods.static, methods.of_class)):
            return ""
        return symbol.container.rpartition(".")[2]
