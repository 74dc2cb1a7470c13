"""Open bases: whether a class may have members that nothing in the tree shows. Pure."""

from __future__ import annotations

import builtins
import enum
import re
from functools import cache

from repo_mhm.relations.relation_lookup import Relations
from repo_mhm.relations.repository import Repository
from repo_mhm.relations.source_file import OWNER_KINDS
from repo_mhm.source.symbols import Symbol

_HEAD_WITH_BASES = re.compile(r"(?:\bextends\b|\w\s*<(?=\s*[\w:]+\Z))\s*(.*?)(?=\bimplements\b|\Z)")
"""The head of a class that inherits, in languages whose bases are not read, and the bases."""
_NAME = re.compile(r"[\w:\\]+")
_TAKEN_IN = re.compile(
    r"^[ \t]+(?:use|include|extend|prepend)[ \t]+([A-Z\\][\w:\\]*(?:[ \t]*,[ \t]*[\w:\\]+)*)",
    re.MULTILINE,
)
_TYPE_TOKEN = re.compile(r"\btype\b|[{=&|]")
_ROOTS = frozenset({"object", "Object", "ABC", "abc.ABC", "Protocol", "typing.Protocol", "Any"})
"""Bases that bring no members a user would name."""
_ERRORS = frozenset(
    "Error TypeError RangeError SyntaxError Throwable Exception RuntimeException IOException"
    " IllegalStateException IllegalArgumentException UnsupportedOperationException LogicException"
    " ArgumentException InvalidOperationException InvalidArgumentException".split()
)
"""Bases of errors that JavaScript, Java, Kotlin, C# and PHP have themselves."""
_ERROR_MEMBERS = frozenset(
    "message name stack cause code file line trace previous suppressed localizedMessage stackTrace"
    " data source innerException helpLink hResult targetSite paramName baseException objectData"
    " printStackTrace fillInStackTrace initCause addSuppressed toString string traceAsString"
    " equals hashCode class captureStackTrace type".lower().split()
)
"""Their members in lower case, without `get` or `set` in front."""


class OpenBases:
    """Asks one tree about the bases of its classes."""

    def __init__(self, relations: Relations, files: Repository) -> None:
        self._relations = relations
        self._files = files

    def has_unknown(self, owner: Symbol, member: str) -> bool:
        """Whether a base that is not in the tree, of the class or of its bases, may have it."""
        is_python = owner.path.endswith((".py", ".pyi"))
        classes = self._in_tree(owner)
        for item in classes:  # grows by the bases
            for name, base in self._of(item):
                if base is None and not _surely_lacks(name, member, is_python=is_python):
                    return True
                if base is not None and base not in classes:
                    classes.append(base)
        return False

    def inherits(self, owner: Symbol, member: str) -> bool:
        """Whether a base, or a trait or module that the class takes in, has the member."""
        classes = self._in_tree(owner)
        for item in classes:  # grows by the bases
            bases = [base for _, base in self._of(item)] + self._taken_in(item)
            classes += [base for base in bases if base is not None and base not in classes]
        return any(self._relations.member(item, member) for item in classes)

    def _taken_in(self, owner: Symbol) -> list[Symbol | None]:
        """PHP's traits and Ruby's modules, as far as the tree has them."""
        code = self._files.file(owner.path).code_of(owner)
        names = [name for match in _TAKEN_IN.finditer(code) for name in _NAME.findall(match[1])]
        return [self._class_named(name, owner) for name in names]

    def _in_tree(self, owner: Symbol) -> list[Symbol]:
        """The class as the tree has it; `owner` may be of the other side of a change."""
        named = self._relations.resolve(owner.name)
        same = [
            item
            for item in named
            if (item.path, item.qualified, item.kind) == (owner.path, owner.qualified, owner.kind)
        ]
        return same or [owner]

    def is_intersection(self, owner: Symbol) -> bool:
        """Whether a type of TypeScript is made of others, which may have its members."""
        types = [item for item in self._relations.resolve(owner.name) if item.path == owner.path]
        texts = (
            file.code[file.offset(item.start) : file.offset(item.end + 1)]
            for item in types
            if (file := self._files.file(item.path)).family == "javascript"
        )
        return any(map(is_intersection, texts))

    def _of(self, owner: Symbol) -> list[tuple[str, Symbol | None]]:
        """The bases of a class by name, with their classes as far as the tree has them."""
        language = self._files.file(owner.path).language
        is_read = language is not None and (language.types is not None or language.name == "php")
        if is_read:
            bases = [(base.name, base.symbol) for base in self._relations.bases(owner)]
        else:
            match = _HEAD_WITH_BASES.search(owner.signature)
            names = _NAME.findall(match[1]) if match else []
            bases = [(name, self._class_named(name, owner)) for name in names]
        return [(name, base) for name, base in bases if base or not _is_interface(owner, name)]

    def _class_named(self, name: str, owner: Symbol) -> Symbol | None:
        """The class that the head of another one names."""
        symbols = self._relations.resolve(name.replace("\\", "::"))
        classes = (item for item in symbols if item != owner)
        return next((item for item in classes if item.kind in OWNER_KINDS), None)


def _surely_lacks(base: str, member: str, *, is_python: bool) -> bool:
    """Whether a base that is not in the tree is known not to have a member."""
    if base in _ROOTS:
        return True
    if is_python:
        members = _python_members(base)
        return bool(members) and member not in members
    plain = re.sub(r"^(?:get|set)(?=[A-Z])", "", member).lower()
    return re.split(r"[.\\]", base)[-1] in _ERRORS and plain not in _ERROR_MEMBERS


@cache
def _python_members(base: str) -> frozenset[str]:
    """What the Python that runs this says of one of its own classes; nothing for another one."""
    is_of_enum = base.removeprefix("enum.") in enum.__all__
    value = vars(enum if is_of_enum else builtins).get(base.removeprefix("enum."))
    return frozenset(dir(value)) if isinstance(value, type) else frozenset()


def is_intersection(code: str) -> bool:
    """Whether the code has an alias of TypeScript that is several types at once: `type A = B & C`.

    A pattern would take the cube of the length.
    """
    is_in_head = has_value = False
    for token in _TYPE_TOKEN.finditer(code):
        mark = token[0]
        if mark == "&" and has_value:
            return True
        if mark in "&|":
            has_value = False
        elif mark == "=":
            has_value = has_value or is_in_head
        else:
            is_in_head = mark == "type"
    return False


def _is_interface(owner: Symbol, base: str) -> bool:
    """Whether a base, as the head of a class has it, can bring no code."""
    name = re.escape(base)
    head = owner.signature
    if owner.path.endswith((".kt", ".kts")):
        return re.search(rf"\b{name}\s*(?:<[^()]*>)?\s*\(", head) is None
    if owner.path.endswith(".cs"):
        return re.match(r"I[A-Z]", base.rpartition(".")[2]) is not None
    return re.search(rf"\bimplements\b.*(?<!\w){name}(?!\w)", head) is not None
