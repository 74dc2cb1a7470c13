"""Likely uses: whether a use that only names led to means a changed definition at all. Pure.

A library may have a member of any name. So a guess at one must be unmistakable: its name has many
words, or its file names its class or sees the namespace of its extension.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from repo_mhm.relations.common_names import COMMON_NAMES
from repo_mhm.relations.narrowing import extended_type
from repo_mhm.relations.records import Use
from repo_mhm.relations.relation_lookup import Relations
from repo_mhm.relations.repository import Repository
from repo_mhm.review.edits import Edit
from repo_mhm.source import code_tokens
from repo_mhm.source.search_terms import identifier_parts
from repo_mhm.source.symbols import Symbol

_REQUIRE = re.compile(r"""^[ \t]*require[ \t(]+['"]([\w/-]+)['"]""", re.MULTILINE)
_SYSTEM_HEADER = re.compile(r"#[ \t]*include[ \t]*<(?:[\w.-]+/)*([\w-]+)\.h>")
_WITH_SLASHES = frozenset("java kotlin javascript c csharp swift go rust php scala dart".split())
"""Families of languages in which two slashes begin a comment."""
_SHORTEST_NAME = 5
"""Shorter names are too common to mean one member."""
_MANY_WORDS = 3
"""Words of a name that no library is likely to use for something else."""


class LikelyUses:
    """Judges the uses in the tree before a change."""

    def __init__(
        self,
        old: Relations,
        old_files: Repository,
        new_files: Repository,
        edits: Mapping[str, Edit],
    ) -> None:
        self._old = old
        self._old_files = old_files
        self._new_files = new_files
        self._edits = edits
        self._opened_everywhere: dict[str, bool] = {}

    def is_likely(self, use: Use, symbol: Symbol) -> bool:
        """Whether a use means the symbol at all: a guess at a member must be unmistakable.

        Its name has many words; or it is long and uncommon, and its file names its class, or the
        line a variable that is called like it.
        """
        owner = self._old.owner(symbol) or self._module_of(symbol)
        if self._is_of_others(use, symbol, owner):
            return False
        is_property = owner is None and symbol.kind == "constant"
        owner_name = owner.name if owner else extended_type(symbol) if is_property else ""
        if not use.is_guess or not owner_name:
            return True
        if self._has_namesake_behind(symbol):
            return False
        if len(identifier_parts(symbol.name)) >= _MANY_WORDS - self._is_of_function(use):
            return True
        is_telling = len(symbol.name) >= _SHORTEST_NAME and symbol.name not in COMMON_NAMES
        class_name = rf"\b{re.escape(owner_name)}\b"
        text = self._old.text(use.path)
        is_named = re.search(class_name, text) is not None or self._is_opened(use.path, symbol)
        return is_telling and (is_named or bool(re.search(class_name, use.code, re.IGNORECASE)))

    def _is_of_others(self, use: Use, symbol: Symbol, owner: Symbol | None) -> bool:
        """Whether a name is part of a namespace of PHP, or a library or system brings it."""
        if use.path.endswith(".php") and not re.search(rf"\b{use.name}\b(?!\\)", use.code):
            # As in `use Psr\Container\ContainerInterface`.
            return True
        if self._is_left_by_mask(use):
            return True
        is_of_library = owner is not None and self._is_of_library(use, owner)
        return is_of_library or self._is_of_system(use, symbol)

    def _is_left_by_mask(self, use: Use) -> bool:
        """Whether a name stands in what is no code, though it is not masked.

        A comment, as behind an error a grammar may tell none; in C what a condition asks for
        (`#if __has_include(<optional>)`) and what a test is called (`TEST(std, optional)`).
        """
        file = self._old_files.file(use.path)
        if file.syntax_family not in _WITH_SLASHES:
            return False
        line = file.code[file.offset(use.line) : file.offset(use.line + 1)]
        name = rf"\b{re.escape(use.name)}\b"
        places = [rf"(?://|/\*|^\s*\*\s).*{name}"]
        if file.family == "c":
            places += [rf"^\s*#.*<[\w./]*{name}", rf"^\s*(?:TYPED_)?TEST\w*\([^,)]*,\s*{name}"]
        return any(re.search(place, line) for place in places)

    def _is_of_function(self, use: Use) -> bool:
        """Whether Ruby calls a name like a function, on no object of which a library may have it.

        Its name may have one word less.
        """
        call = rf"(?<![\w.:@$]){re.escape(use.name)}(?:\(|[ \t]+[\w:\"'/@])"
        return use.path.endswith(".rb") and re.search(call, use.code) is not None

    def _is_of_system(self, use: Use, symbol: Symbol) -> bool:
        """Whether a file of C includes a system's header for which a deleted file stood in.

        `android-ifaddrs.h` had what `<ifaddrs.h>` has elsewhere, and later there as well.
        """
        edit = self._edits.get(symbol.path)
        is_gone = edit is not None and edit.new is None
        if not is_gone or self._old_files.file(symbol.path).family != "c":
            return False
        words = re.split(r"[-_.]", symbol.path.rpartition("/")[2])
        user = self._edits.get(use.path)
        text = self._new_files.file(user.diff.path if user else use.path).text
        headers = (match[1] for match in _SYSTEM_HEADER.finditer(text))
        return any(name in words and not self._old.files(f"{name}.h") for name in headers)

    def _is_of_library(self, use: Use, owner: Symbol) -> bool:
        """Whether a file of Ruby requires a library whose class or module the tree only reopens.

        `require "uri/common"` brings members of `URI`, also where the tree defines them for others.
        """
        if not use.path.endswith(".rb"):
            return False
        edit = self._edits.get(use.path)
        text = self._new_files.file(edit.diff.path if edit else use.path).text
        required = (match[1] for match in _REQUIRE.finditer(text))
        return any(
            module.partition("/")[0].replace("_", "") == owner.name.lower()
            and not self._old.files(f"{module}.rb")
            for module in required
        )

    def _is_opened(self, path: str, extension: Symbol) -> bool:
        """Whether a file of C# sees the namespace of an extension, as only its users must.

        It opens it, or is of that namespace or one inside, or its project opens it for all.
        """
        namespace = self._old_files.file(extension.path).namespace
        if "(this " not in extension.signature or not namespace:
            return False
        file = self._old_files.file(path)
        is_inside = f"{file.namespace}.".startswith(f"{namespace}.")
        opening = rf"\busing\s+{re.escape(namespace)}\s*;"
        is_opened = is_inside or re.search(opening, file.code) is not None
        return is_opened or self._is_opened_everywhere(namespace)

    def _is_opened_everywhere(self, namespace: str) -> bool:
        """Whether a project of C# opens a namespace for all its files."""
        if namespace not in self._opened_everywhere:
            name = re.escape(namespace)
            opening = rf"\bglobal\s+using\s+{name}\s*;|<Using\s+Include=\"{name}\""
            files = self._old_files.files_with([namespace.rpartition(".")[2]])
            matches = (re.search(opening, file.text) for file in files)
            self._opened_everywhere[namespace] = any(match is not None for match in matches)
        return self._opened_everywhere[namespace]

    def _has_namesake_behind(self, symbol: Symbol) -> bool:
        """Whether a member asks another object for what it is called itself.

        `bool IsOpen => left.IsOpen || right.IsOpen`: then a use of the name may mean that one.
        """
        file = self._old_files.file(symbol.path)
        code = file.code[file.offset(symbol.start) : file.offset(symbol.end + 1)]
        # The first is the definition: `fun <T> Class<T>.orNull()`
        _, *others = [use.chain for use in code_tokens.uses(code, symbol.name)] or [""]
        return not {"", "self", "this", symbol.container.rpartition(".")[2]}.issuperset(others)

    def _module_of(self, symbol: Symbol) -> Symbol | None:
        """The module or namespace that a definition stands in."""
        symbols = self._old.symbols_in(symbol.path)
        modules = (item for item in symbols if item.kind == "module")
        return next((item for item in modules if item.qualified == symbol.container), None)
