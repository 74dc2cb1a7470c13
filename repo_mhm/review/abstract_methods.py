"""Abstract methods: classes that lack a method which a change makes their base demand. Pure.

The idea: a duty is a method that a class of both sides has without a body now, and had with a body
or not at all before. It is unmet in a class that inherits from that one, can be instantiated, and
neither defines the method nor has a base that may. A class whose bases are not all in the tree is
left alone, and so is any whose lines have the name at all: it may be bound in many ways.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repo_mhm.location import Location
from repo_mhm.relations.source_file import CLASS_KINDS
from repo_mhm.review.edits import Edit, Side
from repo_mhm.review.findings import Evidence, Finding
from repo_mhm.review.results import parameters_span
from repo_mhm.source.symbols import Symbol

if TYPE_CHECKING:
    from repo_mhm.relations.records import Relative
    from repo_mhm.relations.relation_lookup import Relations
    from repo_mhm.relations.repository import Repository

_NOT_INSTANTIATED = re.compile(
    r"\b(?:abstract|interface|protocol|trait|sealed|expect|ABC|Protocol)\b"
)
_DELEGATES = re.compile(r"\bby\b")
"""Kotlin's mark of an object that has the methods of an interface for the class."""
_NAMED_CLASSES = 3


@dataclass(frozen=True, slots=True)
class Duty:
    """A method that the classes below its owner must define now."""

    edit: Edit
    owner: Symbol
    method: Symbol


def new_duties(edits: Sequence[Edit]) -> list[Duty]:
    """The methods that became abstract, or are new and abstract, in classes that stayed."""
    return [duty for edit in edits for duty in _of_edit(edit)]


def _of_edit(edit: Edit) -> Iterator[Duty]:
    old, new = edit.old, edit.new
    if old is None or new is None or new.language is None or new.is_unparsed:
        return
    old_methods = {symbol.qualified: symbol for symbol in old.symbols}
    owners = {symbol.qualified: symbol for symbol in new.symbols if symbol.kind in CLASS_KINDS}
    added_lines = edit.added_lines
    for method in new.symbols:
        owner = owners.get(method.container)
        if owner is None or method.name.startswith("__") or not old.has(owner.qualified):
            continue
        is_touched = any(line in added_lines for line in range(method.start, method.end + 1))
        if not is_touched or not _is_abstract(new, owner, method):
            continue
        before = old_methods.get(method.qualified)
        if before is None or not _is_abstract(old, owner, before):
            yield Duty(edit, owner, method)


def _is_abstract(side: Side, owner: Symbol, method: Symbol) -> bool:
    """Whether a method has no body, and classes below its own must give it one."""
    assert side.language is not None
    traits = side.language.methods
    code = side.code_of(method)
    span = parameters_span(code, method.name)
    if method.kind not in ("function", "method") or span is None:
        return False
    head = code[: span[0]]
    if re.search(traits.abstract, head):
        return True
    is_in_interface = re.search(traits.interface, owner.signature.partition("{")[0]) is not None
    has_body = re.search(r"[{=]", code[span[2] :]) is not None
    return is_in_interface and not has_body and not re.search(traits.concrete, head)


def unmet_findings(duties: Sequence[Duty], new: Repository) -> Iterator[Finding]:
    """One finding for each method that classes of the tree after the change lack."""
    if not duties:
        return
    # Imported here, like all that looks at other files: most changes ask for nothing there.
    from repo_mhm.relations.relation_lookup import Relations
    from repo_mhm.review.go_interfaces import asserted_types

    relations = Relations(new)
    classes = _Classes(relations, new)
    for duty in duties:
        is_go = duty.owner.path.endswith(".go")
        relatives = (
            asserted_types(duty.owner, relations, new)
            if is_go
            else relations.subclasses(duty.owner, deep=True)
        )
        lacking = [
            relative
            for relative in relatives
            if relative.symbol is not None and classes.lacks(relative.symbol, duty)
        ]
        if lacking:
            yield _finding(duty, lacking)


@dataclass(frozen=True, slots=True)
class _Classes:
    """Asks the tree after the change about a class."""

    relations: Relations
    files: Repository

    def lacks(self, symbol: Symbol, duty: Duty) -> bool:
        """Whether a class must have the method and surely does not."""
        from repo_mhm.review.open_bases import OpenBases

        bases = OpenBases(self.relations, self.files)
        if not self._is_instantiated(symbol) or bases.has_unknown(symbol, duty.method.name):
            return False
        members = self.relations.member(symbol, duty.method.name)
        if any(member.container != duty.owner.qualified for member in members):
            return False
        # PHP's methods may be written in other letters' case.
        flags = re.IGNORECASE if symbol.path.endswith(".php") else 0
        name = re.compile(rf"(?<!\w){re.escape(duty.method.name)}(?!\w)", flags)
        own = (duty.owner.path, duty.owner.qualified)
        classes = [symbol]
        for item in classes:  # grows by the bases
            if (item.path, item.qualified) != own and name.search(self._code(item)):
                return False
            next_bases = (base.symbol for base in self.relations.bases(item))
            classes += [base for base in next_bases if base is not None and base not in classes]
        return True

    def _is_instantiated(self, symbol: Symbol) -> bool:
        """Whether objects may be made of the class itself."""
        code = self._code(symbol)
        head = code.partition("{")[0] if "{" in code else code.partition(":")[0]
        language = self.files.file(symbol.path).language
        if language is None or _NOT_INSTANTIATED.search(head) or _DELEGATES.search(head):
            return False
        if language.name == "python":
            # Nothing but what inherits from it says that a class is abstract too.
            has_abstract = re.search(language.methods.abstract, code) is not None
            return not has_abstract and not self.relations.subclasses(symbol)
        return True

    def _code(self, symbol: Symbol) -> str:
        file = self.files.file(symbol.path)
        return file.code[file.offset(symbol.start) : file.offset(symbol.end + 1)]


def _finding(duty: Duty, lacking: Sequence[Relative]) -> Finding:
    names = [f"`{item.name}` ({item.path}:{item.line})" for item in lacking[:_NAMED_CLASSES]]
    more = f" and {len(lacking) - len(names)} more" if len(lacking) > len(names) else ""
    title = f"`{duty.method.qualified}` is abstract now, and classes do not define it"
    return Finding(
        "impact",
        duty.edit.diff.path,
        duty.method.start,
        "error",
        "abstract",
        f"{title}: {', '.join(names)}{more}",
        tuple(Evidence(Location(item.path, item.line, item.line)) for item in lacking),
        duty.method.qualified,
        title=title,
    )
