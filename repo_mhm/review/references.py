"""References: the uses of a changed definition that a change leaves as they were. Pure.

The idea: relations tell which lines meant a definition in the tree before the change. Those that
the change removes or rewrites are its author's business. The others are looked at again in the
tree after it: where the name still leads to a definition (moved and imported anew, passed on,
inherited), nothing is broken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from repo_mhm.relations.narrowing import extended_type
from repo_mhm.relations.records import Import, Use
from repo_mhm.relations.relation_lookup import Relations
from repo_mhm.relations.repository import Repository
from repo_mhm.relations.scopes import Meaning
from repo_mhm.relations.source_file import CLASS_KINDS
from repo_mhm.review.call_sites import CallSite, call_site
from repo_mhm.review.calls import Calls, Reference
from repo_mhm.review.doubts import Doubts
from repo_mhm.review.edits import Edit
from repo_mhm.review.likely_uses import LikelyUses
from repo_mhm.review.open_bases import OpenBases
from repo_mhm.review.rebindings import Rebindings
from repo_mhm.review.results import Result, read_result
from repo_mhm.source.symbols import Symbol

_EXPORTS = re.compile(r"^__all__\b[^\[(\n]*[\[(][^\])]*", re.MULTILINE)
"""A list of the names that a module of Python offers, up to its end."""
_ASKS_BASE = re.compile(r"\bsuper\b|\bparent::|\bbase\.")


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
        self._old_files = old
        self._edits = {edit.diff.old_path: edit for edit in edits}
        self._bases = OpenBases(self._old, old)
        self._bases_after = OpenBases(self._new, new)
        self._likely = LikelyUses(self._old, old, new, self._edits)
        self._rebindings = Rebindings(self._new, new, list(self._edits.values()))
        self._calls = Calls(old, new)
        self._doubts = Doubts(self._old, self._new, old, new, list(self._edits.values()))

    def is_doubtful(self, symbol: Symbol, places: Sequence[Reference]) -> bool:
        """Whether something speaks against it that places are broken where a definition is gone."""
        is_guess = all(place.is_guess for place in places)
        return self._doubts.lives_on(symbol, places) or (
            is_guess and self._doubts.means_others(symbol)
        )

    def tests_of(self, symbol: Symbol) -> list[Use]:
        """The uses in tests before the change."""
        return [use for use in self._old.tests(symbol) if not use.by_name_only]

    def to(self, symbol: Symbol) -> list[Reference]:
        """The uses of a symbol of the old tree that the change leaves as they were."""
        return [reference for use in self._judged(symbol) for reference in self._kept(use, symbol)]

    def _judged(self, symbol: Symbol) -> list[Use]:
        """The uses in the old tree that surely or likely mean a symbol."""
        # Fields are no symbols until their name is asked for.
        namesakes = self._old.resolve(symbol.name)
        # Whichever of an interface's and its classes' methods is meant, it has changed.
        is_any = all((item.path, item.qualified) in self._changed for item in namesakes)
        return [
            use
            for use in self._old.uses(symbol)
            if (is_any or not use.by_name_only) and self._likely.is_likely(use, symbol)
        ]

    def has_unjudged(self, symbol: Symbol) -> bool:
        """Whether lines that the change leaves may use a member, and nothing tells whether."""
        if not symbol.container:
            return False
        judged = {(use.path, use.line) for use in self._judged(symbol)}
        uses = [*self._old.uses(symbol), *self._old.doubtful_uses(symbol)]
        lines = {(use.path, use.line) for use in uses}
        lines.update(self._doubts.lines_that_may_mean(symbol))
        return any(self._place_after(*line) is not None for line in lines - judged)

    def rewritten(self, symbol: Symbol, path: str) -> list[Reference]:
        """The calls of a symbol, in `path` now, on lines that the change brings."""
        symbols = [item for item in self._new.resolve(symbol.qualified) if item.path == path]
        return [
            reference
            for use in (use for item in symbols[:1] for use in self._new.uses(item))
            if use.kind == "call" and not use.by_name_only and self._is_new(use)
            for reference in self._calls.on_line(use.path, use.line, use, symbol)
        ]

    def _is_new(self, use: Use) -> bool:
        """Whether the change brings the line of a use of the new tree."""
        edits = (edit for edit in self._edits.values() if edit.diff.path == use.path)
        return any(use.line in edit.added_lines for edit in edits)

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
            kept_names = self._imported_names(*place)
            for name in statement.names:
                is_lost = (
                    name in kept_names
                    and self._old.offers(old_path, name)
                    and not self._new.offers(edit.diff.path, name)
                )
                if is_lost:
                    places.setdefault(name, []).append(Reference(*place, place[1], "import"))
        return list(places.items())

    def _imported_names(self, path: str, line: int) -> set[str]:
        """The names that a statement of the new tree imports; it may go on over many lines."""
        statements = (item for item in self._new.imports(path) if item.line == line)
        return {name for item in statements for name in item.names}

    def broken(self, symbol: Symbol, *, is_renamed: bool = False) -> list[Reference]:
        """Those of them whose name leads to no definition any more.

        None of a member that a base outside the repository may have as well, unless it was renamed
        and nothing showed that it overrides one.
        """
        is_own = is_renamed and not self._shows_overrides(symbol)
        if self._may_be_inherited(symbol, is_own=is_own):
            return []
        self._new.resolve(symbol.name)
        return [reference for reference in self.to(symbol) if self._is_broken(reference)]

    def _shows_overrides(self, symbol: Symbol) -> bool:
        """Whether a member shows that a base has it too: by a mark, or by a call of that one."""
        file = self._old_files.file(symbol.path)
        if file.language is not None and file.language.methods.marks_overrides:
            return False  # Marked ones are left out before.
        return _ASKS_BASE.search(file.code_of(symbol)) is not None

    def listed(self, symbol: Symbol) -> list[Reference]:
        """The line of its module's `__all__` that still has the name of a definition of Python."""
        edit = self._edits.get(symbol.path)
        if edit is None or edit.new is None or symbol.container:
            return []
        file = self._files.file(edit.diff.path)
        if file.family != "python":
            return []
        name = re.compile(rf"""(["']){re.escape(symbol.name)}\1""")
        lists = _EXPORTS.finditer(file.text)
        matches = (name.search(file.text, each.start(), each.end()) for each in lists)
        lines = [file.line_at(match.start()) for match in matches if match is not None]
        return [Reference(file.path, line, line, "import") for line in lines]

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
        namesakes = [
            item
            for item in definitions
            if item.name == symbol.name and item.qualified != symbol.qualified
        ]
        return any(map(self._is_as_before, [*namesakes, *self._in_other_files(symbol)]))

    def _in_other_files(self, symbol: Symbol) -> list[Symbol]:
        """What Swift's extensions in other files add to the overloads of a member."""
        if not symbol.container or not symbol.path.endswith(".swift"):
            return []
        edit = self._edits.get(symbol.path)
        own = {symbol.path, edit.diff.path if edit else ""}
        return [item for item in self._new.resolve(symbol.qualified) if item.path not in own]

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

    def _may_be_inherited(self, symbol: Symbol, *, is_own: bool) -> bool:
        """Whether a base of the class of a member has it, or one of which nothing is known may.

        Such a one does not have what was the class's own.
        """
        owner = self._old.owner(symbol)
        if owner is None:
            return False
        after = self._bases_after
        if after.is_intersection(owner) or after.inherits(owner, symbol.name):
            return True
        return not is_own and any(
            bases.has_unknown(owner, symbol.name) for bases in (self._bases, self._bases_after)
        )

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

    def extends_outside_type(self, symbol: Symbol) -> bool:
        """Whether a function extends a type from elsewhere, for which libraries have more."""
        name = extended_type(symbol)
        if not name:
            return False
        return not any(item.kind in CLASS_KINDS for item in self._old.resolve(name))

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
        if use.kind != "call" and not (use.kind == "name" and self._calls.has_commands(path)):
            yield Reference(path, line, line, use.kind, is_guess=use.is_guess, name=use.name)
            return
        for reference in self._calls.on_line(path, line, use, symbol):
            if not self._is_rewritten(reference):
                yield reference

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
        return not self._rebindings.may_explain(
            reference.path, reference.line, reference.name, meanings
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
