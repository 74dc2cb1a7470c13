"""References: the uses of a changed definition that a change leaves as they were. Pure.

The idea: relations tell which lines meant a definition in the tree before the change. Those that
the change removes or rewrites are its author's business. The others are looked at again in the
tree after it: where the name still leads to a definition (moved and imported anew, passed on,
inherited), nothing is broken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from repo_mhm.relations.common_names import COMMON_NAMES
from repo_mhm.relations.records import Import, Use
from repo_mhm.relations.relation_lookup import Relations
from repo_mhm.relations.repository import Repository
from repo_mhm.relations.scopes import Meaning
from repo_mhm.relations.source_file import CLASS_KINDS
from repo_mhm.review.call_sites import CallSite, call_site
from repo_mhm.review.edits import Edit
from repo_mhm.review.results import Result, read_result
from repo_mhm.source import code_tokens
from repo_mhm.source.search_terms import identifier_parts
from repo_mhm.source.symbols import Symbol

_HEAD_WITH_BASES = re.compile(r"(?:\bextends\b|\w\s*<(?=\s*[\w:]+\Z))\s*(.*?)(?=\bimplements\b|\Z)")
"""The head of a class that inherits, in languages whose bases are not read, and the bases."""
_IMPORTS_MEMBERS = r"^\s*(?:global\s+)?(?:using|import)\s+static\s+(?:[\w.]+\.)?"
_EXTENSION = re.compile(
    r"\(\s*this\s+(?:(?:in|ref|scoped)\s+)?(?P<csharp>[\w.]+)|\bfun\s+(?:<[^>]*>\s*)?(?P<kotlin>\w+)[?<.]"
)
"""An extension function, with the type it extends."""
_TYPE_TOKEN = re.compile(r"\btype\b|[{=&|]")
_ROOTS = frozenset({"object", "Object", "ABC", "abc.ABC", "Protocol", "typing.Protocol", "Any"})
"""Bases that bring no members a user would name."""
_SHORTEST_NAME = 5
"""Shorter names are too common to mean one member."""
_MANY_WORDS = 3
"""Words of a name that no library is likely to use for something else."""

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


class References:
    """Finds references; `old` and `new` are the trees before and after the edits."""

    def __init__(
        self,
        old: Repository,
        new: Repository,
        edits: Iterable[Edit],
        changed: Iterable[Symbol] = (),
    ) -> None:
        self._changed = {(symbol.path, symbol.qualified) for symbol in changed}
        self._old = Relations(old)
        self._new = Relations(new)
        self._files = new
        self._edits = {edit.diff.old_path: edit for edit in edits}

    def tests_of(self, symbol: Symbol) -> list[Use]:
        """The uses in tests before the change."""
        return [use for use in self._old.tests(symbol) if not use.by_name_only]

    def to(self, symbol: Symbol) -> list[Reference]:
        """The uses of a symbol of the old tree that the change leaves as they were."""
        # Fields are no symbols until their name is asked for.
        namesakes = self._old.resolve(symbol.name)
        # Whichever of an interface's and its classes' methods is meant, it has changed.
        is_any = all((item.path, item.qualified) in self._changed for item in namesakes)
        return [
            reference
            for use in self._old.uses(symbol)
            if (is_any or not use.by_name_only) and self._is_likely(use, symbol)
            for reference in self._kept(use, symbol)
        ]

    def outside(self, symbol: Symbol) -> list[Reference]:
        """Those of them in other files, but those of Rust that lie in modules below."""
        inner = f"{symbol.path.removesuffix('.rs').removesuffix('/mod')}/"
        place = self._place_after(symbol.path, 0)
        own = {symbol.path, place[0] if place else ""}
        return [
            reference
            for reference in self.to(symbol)
            if reference.path not in own and not reference.path.startswith(inner)
        ]

    def lost_imports(self, edit: Edit) -> list[tuple[str, list[Reference]]]:
        """The names that an edited file no longer passes on, with the imports that take them."""
        old_path = edit.diff.old_path
        places: dict[str, list[Reference]] = {}
        for statement in self._old.importers(old_path):
            place = self._place_after(statement.path, statement.line)
            if place is None:
                continue
            for name in statement.names:
                is_lost = self._old.offers(old_path, name) and not self._new.offers(
                    edit.diff.path, name
                )
                if is_lost:
                    places.setdefault(name, []).append(Reference(*place, place[1], "import"))
        return list(places.items())

    def broken(self, symbol: Symbol) -> list[Reference]:
        """Those of them whose name leads to no definition any more.

        None of a member that a base outside the repository may have as well.
        """
        if self._may_be_inherited(symbol):
            return []
        self._new.resolve(symbol.name)
        return [reference for reference in self.to(symbol) if self._is_broken(reference)]

    def site(self, reference: Reference) -> CallSite | None:
        """Where a call stands; None for what is no call."""
        if reference.offset < 0:
            return None
        file = self._files.file(reference.path)
        return call_site(file, reference.offset, reference.name, self._edit_of(reference))

    def has_member(self, class_name: str, member: str) -> bool | None:
        """Whether a class of the new tree has a member; None where that is not sure."""
        classes = [item for item in self._new.resolve(class_name) if item.kind in CLASS_KINDS]
        if len(classes) != 1:
            return None
        if self._new.member(classes[0], member) or member in {
            field.name for field in self._new.fields(classes[0])
        }:
            return True
        is_open = any(base.symbol is None for base in self._new.bases(classes[0]))
        return None if is_open else False

    def meanings_after(self, path: str, line: int, name: str) -> list[Meaning]:
        """What a name means on a line of the new tree."""
        self._new.resolve(name)
        return self._new.meanings(path, line, name)

    def leads_elsewhere(self, reference: Reference, symbol: Symbol) -> bool:
        """Whether a call means another definition than the one that changed, and that fits it.

        Such is one of a base, where the receiver is of that type or the language looks for a
        fitting definition in all bases.
        """
        meanings = self.meanings_after(reference.path, reference.line, reference.name)
        certain = [item for item in meanings if not (item.is_guess or item.by_name_only)]
        definitions = {item for meaning in certain for item in meaning.symbols}
        language = self._files.file(reference.path).language
        if language is not None and language.overloads == "bases":
            definitions |= set(self._inherited(symbol))
        namesakes = (item for item in definitions if item.name == symbol.name)
        return any(
            item.qualified != symbol.qualified and self._is_as_before(item) for item in namesakes
        )

    def _inherited(self, symbol: Symbol) -> Iterator[Symbol]:
        """The definitions of a member's name in the bases of its class, in the new tree."""
        owners = (item for item in self._new.resolve(symbol.container) if item.kind in CLASS_KINDS)
        for owner in owners:
            for base in self._new.bases(owner):
                if base.symbol is not None:
                    yield from self._new.member(base.symbol, symbol.name)

    def _is_as_before(self, symbol: Symbol) -> bool:
        """Whether a definition of the new tree is new, or has the signature that it had."""
        old = [item for item in self._old.resolve(symbol.qualified) if item.path == symbol.path]
        return not old or any(item.signature == symbol.signature for item in old)

    def result_after(self, symbol: Symbol) -> Result | None:
        """What calls of a definition of the new tree give back."""
        file = self._files.file(symbol.path)
        if file.language is None or file.language.results is None:
            return None
        begin, end = file.offset(symbol.start), file.offset(symbol.end + 1)
        text, code = file.text[begin:end], file.code[begin:end]
        return read_result(text, code, symbol, file.language.name, file.language.results)

    def _may_be_inherited(self, symbol: Symbol) -> bool:
        """Whether the class of a member has a base of which nothing is known."""
        owner = self._old.owner(symbol)
        if owner is None:
            return False
        if self._is_intersection(owner):
            return True
        classes = [owner]
        for item in classes:  # grows by the bases
            for name, base in self._bases(item):
                if base is None and name not in _ROOTS:
                    return True
                if base is not None and base not in classes:
                    classes.append(base)
        return False

    def _is_intersection(self, owner: Symbol) -> bool:
        """Whether a type of TypeScript is now made of others, which may have its members."""
        types = [item for item in self._new.resolve(owner.name) if item.path == owner.path]
        texts = (
            file.code[file.offset(item.start) : file.offset(item.end + 1)]
            for item in types
            if (file := self._files.file(item.path)).family == "javascript"
        )
        return any(map(is_intersection, texts))

    def _bases(self, owner: Symbol) -> list[tuple[str, Symbol | None]]:
        """The bases of a class by name, with their classes as far as the old tree has them."""
        language = self._files.file(owner.path).language
        if language is not None and language.types is not None:
            bases = [(base.name, base.symbol) for base in self._old.bases(owner)]
        else:
            match = _HEAD_WITH_BASES.search(owner.signature)
            names = re.findall(r"[\w:\\]+", match[1]) if match else []
            bases = [(name, self._class_named(name, owner)) for name in names]
        return [(name, base) for name, base in bases if base or not _is_interface(owner, name)]

    def _class_named(self, name: str, owner: Symbol) -> Symbol | None:
        """The class that the head of another one names."""
        classes = (item for item in self._old.resolve(name.replace("\\", "::")) if item != owner)
        return next((item for item in classes if item.kind in CLASS_KINDS), None)

    def broken_imports(self, path: str) -> list[Reference]:
        """The statements that imported a file of the old tree, and now lead nowhere."""
        references: list[Reference] = []
        for statement in self._old.importers(path):
            place = self._place_after(statement.path, statement.line)
            if place is not None and set(statement.targets) == {path}:
                references += self._broken_import(statement, *place)
        return references

    def _broken_import(self, statement: Import, path: str, line: int) -> Iterator[Reference]:
        for other in self._new.imports(path):
            if other.line == line and other.module == statement.module and not other.targets:
                yield Reference(path, line, line, "import")

    def _is_likely(self, use: Use, symbol: Symbol) -> bool:
        """Whether a use means the symbol at all: a guess at a member must be unmistakable.

        Its name has many words; or it is long and uncommon, and its file names its class, or the
        line a variable that is called like it.
        """
        if use.path.endswith(".php") and not re.search(rf"\b{use.name}\b(?!\\)", use.code):
            # A part of a namespace, as in `use Psr\Container\ContainerInterface`.
            return False
        owner = self._old.owner(symbol) or self._module_of(symbol)
        if not use.is_guess or owner is None:
            return True
        if len(identifier_parts(symbol.name)) >= _MANY_WORDS:
            return True
        is_telling = len(symbol.name) >= _SHORTEST_NAME and symbol.name not in COMMON_NAMES
        class_name = rf"\b{re.escape(owner.name)}\b"
        is_named = re.search(class_name, self._old.text(use.path)) is not None
        return is_telling and (is_named or bool(re.search(class_name, use.code, re.IGNORECASE)))

    def extends_outside_type(self, symbol: Symbol) -> bool:
        """Whether a function extends a type from elsewhere, for which libraries have more."""
        match = _EXTENSION.search(symbol.signature)
        if match is None:
            return False
        name = (match["csharp"] or match["kotlin"]).rpartition(".")[2]
        return not any(item.kind in CLASS_KINDS for item in self._old.resolve(name))

    def _module_of(self, symbol: Symbol) -> Symbol | None:
        """The module or namespace that a definition stands in."""
        symbols = self._old.symbols_in(symbol.path)
        modules = (item for item in symbols if item.kind == "module")
        return next((item for item in modules if item.qualified == symbol.container), None)

    def _place_after(self, path: str, line: int) -> tuple[str, int] | None:
        """Where a line of the old tree is now; None where the change rewrites or removes it."""
        edit = self._edits.get(path)
        if edit is None:
            return path, line
        number = edit.line_after(line)
        return (edit.diff.path, number) if number is not None else None

    def _kept(self, use: Use, symbol: Symbol) -> Iterator[Reference]:
        place = self._place_after(use.path, use.line)
        if place is None:
            return
        path, line = place
        if use.kind != "call":
            yield Reference(path, line, line, use.kind, is_guess=use.is_guess, name=use.name)
            return
        for reference in self._calls(path, line, use, symbol):
            if not self._is_rewritten(reference):
                yield reference

    def _calls(self, path: str, line: int, use: Use, symbol: Symbol) -> Iterator[Reference]:
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
                parts = code_tokens.arguments(code, text, place.opening)
                closing = code_tokens.closing_bracket(code, place.opening)
                last += code.count("\n", 0, closing)
            is_bound = not owner or place.chain.rpartition(".")[2] != owner
            offset = begin + place.start
            yield Reference(
                path, line, last, "call", parts, is_bound, use.is_guess, use.name, offset
            )

    def _explicit_receiver(self, symbol: Symbol) -> str:
        """The class behind which a call passes the receiver as an argument: `Class.method(obj)`.

        Empty where no call does.
        """
        language = self._files.file(symbol.path).language
        if language is None or not language.methods.receiver_is_parameter:
            return ""
        return symbol.container.rpartition(".")[2]

    def _is_rewritten(self, reference: Reference) -> bool:
        """Whether the change touches any line of a call."""
        edit = self._edit_of(reference)
        lines = range(reference.line, reference.end + 1)
        return edit is not None and any(line in edit.added_lines for line in lines)

    def _edit_of(self, reference: Reference) -> Edit | None:
        """The change of the file that a reference is in."""
        edits = self._edits.values()
        return next((edit for edit in edits if edit.diff.path == reference.path), None)

    def _is_broken(self, reference: Reference) -> bool:
        meanings = self._new.meanings(reference.path, reference.line, reference.name)
        if not meanings or any(self._leads_on(meaning, reference) for meaning in meanings):
            return False
        return not (
            self._is_bound_anew(reference)
            or self._is_rewritten_elsewhere(reference)
            or self._is_moved_into_reach(reference)
            or self._includes_anew(reference)
        )

    def _leads_on(self, meaning: Meaning, reference: Reference) -> bool:
        """Whether the name means a definition now, and not only some namesake of the old one."""
        if meaning.files:
            return True
        is_namesake = (meaning.is_guess or meaning.by_name_only) and not reference.is_guess
        return not is_namesake and any(map(self._is_complete, meaning.symbols))

    def _is_complete(self, symbol: Symbol) -> bool:
        """Whether a definition is more than a prototype, behind which nothing may be left."""
        if symbol.kind != "function" or self._new.has_body(symbol):
            return True
        return any(
            item.kind == "function" and self._new.has_body(item)
            for item in self._files.named(symbol.name)
        )

    def _is_rewritten_elsewhere(self, reference: Reference) -> bool:
        """Whether the change brings a definition of the name in another language: a port of it."""
        family = self._files.file(reference.path).family
        return any(
            symbol.name == reference.name
            for edit in self._edits.values()
            if edit.diff.status == "added" and edit.new is not None
            if self._files.file(edit.diff.path).family != family
            for symbol in edit.new.symbols
        )

    def _is_moved_into_reach(self, reference: Reference) -> bool:
        """Whether the change brings the name into a class whose members the file imports.

        `using static Shop.Limits;` and `import static shop.Limits.*;` name no member.
        """
        code = self._files.file(reference.path).code
        return any(
            re.search(rf"{_IMPORTS_MEMBERS}{re.escape(owner)}\b", code, re.MULTILINE)
            for edit in self._edits.values()
            if edit.new is not None
            for symbol in edit.new.symbols
            if symbol.name == reference.name
            and (owner := symbol.container.rpartition(".")[2])
            and not (edit.old and edit.old.has(symbol.qualified))
        )

    def _includes_anew(self, reference: Reference) -> bool:
        """Whether the file of C now includes a header from outside, which may have any name."""
        edit = self._edit_of(reference)
        if edit is None or self._files.file(reference.path).family != "c":
            return False
        return any(
            statement.line in edit.added_lines and not statement.targets
            for statement in self._new.imports(reference.path)
        )

    def _is_bound_anew(self, reference: Reference) -> bool:
        """Whether a line that the change brings into the file has the name as well."""
        edit = self._edit_of(reference)
        if edit is None or edit.new is None:
            return False
        return any(
            next(code_tokens.uses(edit.new.code_line(line), reference.name), None)
            for line in edit.added_lines
        )


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
    return re.search(rf"\bimplements\b.*\b{name}\b", head) is not None
