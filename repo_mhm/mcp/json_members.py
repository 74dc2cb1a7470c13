"""Set or remove one member of a JSON text that may hold comments; all else stays as it is. Pure.

The idea: editors write their settings as JSON with comments and trailing commas. To parse such a
text and write it anew would lose the comments and the layout. So the text is only scanned: a list
of tokens, each with its place, shows where the objects on the way to the member are, and where
their members begin and end. One piece of the text is then replaced. What a scan cannot follow is an
error rather than a guess, and the new text is scanned once more before it is given out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r'(?P<space>[\s\ufeff]+|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)|(?P<string>"(?:[^"\\\n]|\\.)*")'
    r"|(?P<mark>[{}\[\]:,])|(?P<scalar>[\w.+\-]+)"
)
_DEEPEST = 100
"""Objects and lists within each other; a configuration has a few."""


@dataclass(slots=True)
class _Value:
    """A value and its place in the text."""

    start: int
    end: int = 0
    members: dict[str, _Member] | None = None
    """Of an object."""
    plain: str = ""
    """The text of anything else."""


@dataclass(slots=True)
class _Member:
    start: int
    """Where its key begins."""
    value: _Value


@dataclass(slots=True)
class _Token:
    kind: str
    text: str
    start: int


@dataclass(slots=True)
class _Scanner:
    tokens: Sequence[_Token]
    at: int = 0
    depth: int = field(default=0)

    def value(self) -> _Value:
        """The value that begins at the next token. Raises ValueError."""
        token = self._next()
        if token.text not in ("{", "["):
            if token.kind == "mark":
                raise ValueError(f"unexpected {token.text} at character {token.start}")
            return _Value(token.start, token.start + len(token.text), plain=token.text)

        self.depth += 1
        if self.depth > _DEEPEST:
            raise ValueError("it is nested too deeply")
        value = self._object(token.start) if token.text == "{" else self._list(token.start)
        self.depth -= 1
        return value

    def _object(self, start: int) -> _Value:
        members: dict[str, _Member] = {}
        while self._peek() != "}":
            key = self._next()
            if key.kind != "string" or self._next().text != ":":
                raise ValueError(f"a member is expected at character {key.start}")
            name = json.loads(key.text)
            if name in members:
                raise ValueError(f"{name!r} stands there twice")
            members[name] = _Member(key.start, self.value())
            self._end_of_item("}")
        return _Value(start, self._next().start + 1, members)

    def _list(self, start: int) -> _Value:
        while self._peek() != "]":
            self.value()
            self._end_of_item("]")
        return _Value(start, self._next().start + 1, plain="[")

    def _end_of_item(self, closing: str) -> None:
        if self._peek() == ",":
            self._next()
        elif self._peek() != closing:
            raise ValueError(f"{closing} or a comma is expected")

    def _peek(self) -> str:
        return self.tokens[self.at].text if self.at < len(self.tokens) else ""

    def _next(self) -> _Token:
        if self.at >= len(self.tokens):
            raise ValueError("it ends too early")
        self.at += 1
        return self.tokens[self.at - 1]


def members_of(text: str, path: Sequence[str]) -> Mapping[str, bool] | None:
    """The members of the object at a path, and whether each is an object; None without such one.

    Raises ValueError for a text that is no JSON with comments.
    """
    value = _find(_scan(text), path)
    if value is None or value.members is None:
        return None
    return {name: member.value.members is not None for name, member in value.members.items()}


def set_member(text: str, path: Sequence[str], value: object) -> str:
    """The text with the member at a path, whose objects are added where they are missing.

    Raises ValueError for a text that is no object, and where something else is in the way.
    """
    if not text.strip():
        text = "{}\n"
    root = _scan(text)
    existing = _find(root, path)
    if existing is not None:
        shown = _shown(value, _indent_at(text, existing.start), _unit(text))
        changed = text[: existing.start] + shown + text[existing.end :]
    else:
        changed = _added(text, root, path, value)
    _scan(changed)
    return changed


def remove_member(text: str, path: Sequence[str]) -> str:
    """The text without the member at a path, and without the objects that are then empty.

    Raises ValueError for a text that is no object.
    """
    if not text.strip():
        return text
    root = _scan(text)
    if _find(root, path) is None:
        return text
    while len(path) > 1:
        around = _find(root, path[:-1])
        if around is None or around.members is None or len(around.members) > 1:
            break
        path = path[:-1]

    around = _find(root, path[:-1])
    if around is None or around.members is None:
        return text
    changed = _without(text, around, around.members[path[-1]])
    _scan(changed)
    return changed


# Scanning ---------------------------------------------------------------------------------------


def _scan(text: str) -> _Value:
    scanner = _Scanner([token for token in _tokens(text) if token.kind != "space"])
    root = scanner.value()
    if scanner.at < len(scanner.tokens):
        raise ValueError("something follows its end")
    if root.members is None:
        raise ValueError("it is no object")
    return root


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"character {at} cannot be read")
        tokens.append(_Token(match.lastgroup or "", match[0], at))
        at = match.end()
    return tokens


def _find(root: _Value, path: Sequence[str]) -> _Value | None:
    value = root
    for name in path:
        member = (value.members or {}).get(name)
        if member is None:
            return None
        value = member.value
    return value


# Changing ---------------------------------------------------------------------------------------


def _added(text: str, root: _Value, path: Sequence[str], value: object) -> str:
    """The text with a member that is not there yet, after the last of the innermost object."""
    depth = max(depth for depth in range(len(path)) if _find(root, path[:depth]) is not None)
    around = _find(root, path[:depth])
    if around is None or around.members is None:
        raise ValueError(f"{path[depth - 1]!r} is no object")
    for name in reversed(path[depth + 1 :]):
        value = {name: value}

    unit = _unit(text)
    indent = _indent_at(text, around.start) + unit
    member = f"{indent}{json.dumps(path[depth])}: {_shown(value, indent, unit)}"
    if not around.members:
        inside = text[around.start + 1 : around.end - 1].rstrip()
        closing = f"\n{_indent_at(text, around.start)}}}"
        return f"{text[: around.start + 1]}{inside}\n{member}{closing}{text[around.end :]}"

    last = max(item.value.end for item in around.members.values())
    comma_end = _comma_end(text, last)
    if comma_end is None:
        # The comment behind the last member stays on its line.
        end = _line_comment_end(text, last)
        return f"{text[:last]},{text[last:end]}\n{member}{text[end:]}"
    end = _line_comment_end(text, comma_end)
    return f"{text[:end]}\n{member},{text[end:]}"


def _without(text: str, around: _Value, member: _Member) -> str:
    """The text without a member, with its line and with one comma."""
    end = member.value.end
    start = len(text[: member.start].rstrip())
    comma_end = _comma_end(text, end)
    if comma_end is not None:
        return text[:start] + text[comma_end:]

    others = [item.value.end for item in (around.members or {}).values() if item is not member]
    if not others:
        # What is left of the object is as empty as it was, unless it holds a comment.
        is_empty = not text[around.start + 1 : start].strip()
        return text[:start] + text[around.end - 1 if is_empty else end :]
    last = max(others)
    comma = _comma_end(text, last)
    between = text[last:start] if comma is None else text[last : comma - 1] + text[comma:start]
    return text[:last] + between + text[end:]


def _line_comment_end(text: str, at: int) -> int:
    """Where the comments end that follow on the same line."""
    match = re.compile(r"(?:[ \t]|//[^\n]*|/\*(?:[^*\n]|\*(?!/))*\*/)*").match(text, at)
    return at + len(match[0].rstrip()) if match is not None else at


def _comma_end(text: str, at: int) -> int | None:
    """Where the comma after a value ends; None where none follows."""
    while match := _TOKEN.match(text, at):
        if match.lastgroup != "space":
            return match.end() if match[0] == "," else None
        at = match.end()
    return None


def _indent_at(text: str, at: int) -> str:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip())]


def _unit(text: str) -> str:
    """By how much the text indents: as its first indented line does, else two spaces."""
    first = re.search(r"\n([ \t]+)\S", text)
    return first[1] if first else "  "


def _shown(value: object, indent: str, unit: str) -> str:
    lines = json.dumps(value, indent=unit, ensure_ascii=False).split("\n")
    return f"\n{indent}".join(lines)
