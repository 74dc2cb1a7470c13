"""Removals: definitions and fields that a file has no more, and where they went. Pure.

A definition is not removed where its file still binds the name in another way, or where the grammar
fails on the new file. One that moved or was renamed is recognised by its file or its body.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from repo_mhm.relations.fields import fields_of
from repo_mhm.relations.source_file import CLASS_KINDS
from repo_mhm.review.edits import Edit, Side
from repo_mhm.review.symbol_change import SymbolChange, first_removed_line, removed_text
from repo_mhm.review.visibility import hidden_event
from repo_mhm.source.languages import Language
from repo_mhm.source.symbols import Symbol

_MOST_COMPARED = 4000
"""Characters of two bodies that are compared to recognise a rename."""
_MOST_MARKS = 200
"""Characters of annotations before a signature that are read."""
_DIRECTIVE = re.compile(r"[ \t]*#[ \t]*(?:(if|el|endif)|define[ \t]+(\w+))")
"""What begins, goes on with or ends a condition, and what defines a macro."""
_TAKEN_OFF = re.compile(r"^[ \t]*#[ \t]*(?:undef|ifdef)[ \t]+(\w+)", re.MULTILINE)
_ASKED_FOR = re.compile(
    r"\b(?:defined|(?:function|class|interface|trait)_exists)\s*\(\s*['\"](?:\w+\\{1,2})*(\w+)['\"]"
)
"""What PHP asks for before it defines it itself."""
_ALIAS_OF_LIBRARY = re.compile(r"\btypealias\s+(\w+)\s*=\s*(?:kotlin|java\.lang)\.(?:\w+\.)*\1\b")
"""What Kotlin only names where its own library has it, which every file sees."""
_HAS_WRITTEN = re.compile(r"\b(?:record|data|case)\b")
"""In the head of a class to which the compiler gives members: records of Java and C#, data classes
of Kotlin, case classes of Scala."""
_WRITTEN = frozenset(
    "equals hashCode toString copy productElement"
    " == != Equals GetHashCode ToString Deconstruct PrintMembers".split()
)
"""Those members."""
_NAME = re.compile(r"[A-Za-z_]\w*")
_SAME_BODY = 0.9
"""Where two bodies are more alike than this (difflib's upper bound), one is the other, renamed."""


def still_exists(edit: Edit, new: Side, symbol: Symbol) -> bool:
    """Whether the file still has the name.

    It may be defined in another way, imported, assigned, or come from a module's attribute hook.
    A grammar that fails on the file may also miss the definition, or before the change take for one
    what is none.
    """
    if new.is_unparsed or new.has(symbol.qualified) or _has_symbol_literal(new, symbol.name):
        return True
    if not symbol.path.endswith((".py", ".pyi")) and _has_alike(new, symbol):
        return True
    may_be_misread = new.has_errors or (edit.old is not None and edit.old.has_errors)
    if may_be_misread and edit.line_after(symbol.start) is not None:
        return True
    if new.has_errors and _has_head(new, symbol):
        return True

    hook = new.language.methods.attribute_hook if new.language else ""
    has_hook = bool(hook) and hook in new.code
    if symbol.container:
        containers = [each for each in new.symbols if each.qualified == symbol.container]
        is_written = symbol.name in _WRITTEN and any(
            _HAS_WRITTEN.search(each.signature) for each in containers
        )
        # With a class that is gone as a whole, the class is reported.
        return not containers or has_hook or is_written
    return is_bound(new, symbol.name) or has_hook


def _has_head(side: Side, symbol: Symbol) -> bool:
    """Whether a line begins as the definition did, up to its parameters."""
    head = symbol.signature.split("(")[0].strip()
    return any(
        line.startswith(head) and not line[len(head) : len(head) + 1].isidentifier()
        for line in map(str.strip, side.code_lines)
    )


def overrides_base(old: Side, symbol: Symbol) -> bool:
    """Whether a member is marked as one of its base's, which users still reach."""
    marks = re.compile(r"\boverride\b|@Override\b")
    head = old.body(symbol)[: len(symbol.signature) + _MOST_MARKS]
    return bool(symbol.container) and marks.search(head.partition("{")[0]) is not None


def stand_ins(old: Side) -> set[str]:
    """The macros that only stand in for a name that C has from elsewhere, and the like of PHP.

    Their file takes that off before, or asks whether it is there, or defines the macro in some
    branches only. `#ifndef NAME` is a default.
    """
    if old.source.family == "php":
        return {match[1] for match in _ASKED_FOR.finditer(old.text)}
    if old.source.syntax_family == "kotlin":
        return {match[1] for match in _ALIAS_OF_LIBRARY.finditer(old.code)}
    if old.source.family != "c":
        return set()
    return {*_TAKEN_OFF.findall(old.text), *_defined_in_some_branches(old.text)}


def _defined_in_some_branches(text: str) -> set[str]:
    """The macros that one branch of a condition defines and another branch of it lacks."""
    names: set[str] = set()
    open_conditions: list[list[set[str]]] = []
    for line in text.split("\n"):
        directive = _DIRECTIVE.match(line)
        if directive is None:
            continue
        word, defined = directive.groups()
        if word == "if":
            open_conditions.append([set()])
        elif not open_conditions:
            continue
        elif defined:
            open_conditions[-1][-1].add(defined)
        elif word == "endif":
            branches = open_conditions.pop()
            names |= branches[0].union(*branches) - branches[0].intersection(*branches)
        else:
            open_conditions[-1].append(set())
    return names


def _has_alike(side: Side, symbol: Symbol) -> bool:
    """Whether only what is around the definition is called otherwise: a namespace, as a rule."""
    return any(
        (item.name, item.kind, item.signature) == (symbol.name, symbol.kind, symbol.signature)
        for item in side.symbols
    )


def _has_symbol_literal(side: Side, name: str) -> bool:
    """Whether Ruby may define the name by its symbol: `def_delegators`, `attr_reader`, `alias`."""
    is_ruby = side.language is not None and side.language.name == "ruby"
    return is_ruby and re.search(rf"(?<!:):{re.escape(name)}\b", side.text) is not None


def is_bound(side: Side, name: str) -> bool:
    """Whether the code of a file may give a name a meaning without defining it."""
    lines = "\n".join(
        line for line in side.code_lines if name in line or line.lstrip().startswith("from")
    )
    word = re.escape(name)
    patterns = (
        rf"\bimport\b[^\n]*\b{word}\b",
        rf"\bas\s+{word}\b",
        rf"^\s*{word}\s*[:=,]",
        rf"^\s*\w+\s*,\s*{word}\s*[=,]",
        r"import\s*\*",
    )
    return re.search("|".join(patterns), lines, re.MULTILINE) is not None


Visible = Mapping[str, Sequence[Symbol]]


def removal(edit: Edit, old: Side, symbol: Symbol, before: Visible, after: Visible) -> SymbolChange:
    """The change of a definition that the file has no more, or that moved with it."""
    is_moved = edit.diff.old_path != edit.diff.path
    successor: Symbol | None = None
    event = f"is gone from {old.path}"

    if edit.new is not None and is_moved and symbol.qualified in after:
        successor = after[symbol.qualified][0]
        event = f"moved from {old.path} to {edit.diff.path}"
    elif edit.new is not None and (successor := _renamed(edit, symbol, before, after)):
        event = f"was renamed to `{successor.name}`"

    line = successor.start if successor else _removal_line(edit, symbol)
    assert old.language is not None
    return SymbolChange(
        "removed",
        symbol,
        symbol,
        old.language,
        edit.diff.path,
        max(1, line),
        f"`{symbol.qualified}` {event}",
        was=removed_text(edit, symbol),
        new_path=edit.diff.path if edit.new is not None and is_moved else "",
        is_renamed=successor is not None and successor.name != symbol.name,
        is_file_gone=edit.new is None,
    )


def hidden(edit: Edit, old: Side, before: Symbol, new: Side, after: Symbol) -> SymbolChange | None:
    """The change of a definition that other files cannot name any more."""
    event = hidden_event(old, before, new, after)
    if not event or old.language is None:
        return None
    return SymbolChange(
        "removed",
        before,
        before,
        old.language,
        edit.diff.path,
        max(1, after.start),
        f"`{before.qualified}` {event}",
        was=removed_text(edit, before),
        is_hidden=True,
    )


def lost_fields(edit: Edit) -> Iterator[SymbolChange]:
    """The fields that a class declares no more: of Go's structures, of `self.name` in Python."""
    if edit.old is None or edit.new is None or edit.old.language is None:
        return
    removed = {line.old for line in edit.diff.removed()}
    # A field that is gone stood on a line that is gone.
    names = {name for line in edit.diff.removed() for name in _NAME.findall(line.text)}
    owners = {symbol.qualified: symbol for symbol in edit.new.symbols}
    for owner in edit.old.symbols:
        if owner.qualified not in owners or owner.kind not in CLASS_KINDS:
            continue
        if removed.isdisjoint(range(owner.start, owner.end + 1)):
            continue
        after = fields_of(edit.new.source, owners[owner.qualified], names)
        kept = {field.name for field in after}
        kept |= {symbol.name for symbol in edit.new.symbols}
        for field in fields_of(edit.old.source, owner, names):
            if field.name not in kept and not edit.old.has(field.qualified):
                yield _lost_field(edit, edit.old.language, field)


def _lost_field(edit: Edit, language: Language, field: Symbol) -> SymbolChange:
    return SymbolChange(
        "removed",
        field,
        field,
        language,
        edit.diff.path,
        max(1, _removal_line(edit, field)),
        f"`{field.qualified}` is gone from {edit.diff.path}",
        was=removed_text(edit, field),
        is_field=True,
    )


def passes_on_less(edit: Edit) -> bool:
    """Whether a file of a language whose imports pass names on has lost an import or export."""
    if edit.old is None or edit.new is None:
        return False
    if edit.old.source.family not in ("python", "javascript") or edit.new.is_unparsed:
        return False
    hook = edit.new.language.methods.attribute_hook if edit.new.language else ""
    if hook and hook in edit.new.code:
        return False
    kept = {(item.module, item.names, item.is_star) for item in edit.new.source.statements}
    return any(
        (item.module, item.names, item.is_star) not in kept for item in edit.old.source.statements
    )


def _removal_line(edit: Edit, symbol: Symbol) -> int:
    """Where the new file shows that a definition is gone."""
    if edit.new is None:
        return symbol.start
    line = first_removed_line(edit, symbol)
    return edit.new_line(line) if line else 1


def _renamed(edit: Edit, symbol: Symbol, before: Visible, after: Visible) -> Symbol | None:
    """The definition that is new and has (nearly) the body of one that is gone, if there is one."""
    assert edit.old is not None and edit.new is not None
    body = _body_without_name(edit.old, symbol)

    for qualified, (candidate, *_) in after.items():
        is_alike = (candidate.kind, candidate.container) == (symbol.kind, symbol.container)
        if qualified in before or not is_alike:
            continue
        if _is_same_body(body, _body_without_name(edit.new, candidate)):
            return candidate
    return None


def _is_same_body(body: str, other: str) -> bool:
    if body == other:
        return True
    return SequenceMatcher(None, body, other, autojunk=False).quick_ratio() > _SAME_BODY


def _body_without_name(side: Side, symbol: Symbol) -> str:
    return side.body(symbol).replace(symbol.name, "")[:_MOST_COMPARED]
