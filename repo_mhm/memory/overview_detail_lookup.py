"""What a line of the overview says of a function: parameters, the calls it makes, its errors."""

from __future__ import annotations

import re

from repo_mhm.memory.note_cleanup import clean_note
from repo_mhm.memory.overview_pieces import Detail
from repo_mhm.relations.relation_lookup import Relations
from repo_mhm.relations.source_file import CALLABLE_KINDS
from repo_mhm.source.file_roles import is_test
from repo_mhm.source.language_traits import Parameter
from repo_mhm.source.symbols import Symbol
from repo_mhm.store import Store

MOST_DEFAULT_CHARACTERS = 24
"""A longer default is not said."""
MOST_CALLS = 8
"""Calls of one function that a line mentions; of more, the first."""
MOST_INNER_CALLS = 4
"""The same for a function that is called by an entry point."""
DELEGATE_LINES = 1
"""A function of so many lines of code below its signature, with one call, only passes it on."""
_TYPE = re.compile(r"\??\s*:(?!:)")
_TYPED_AFTER_NAME = (".py", ".pyi", ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".vue",
                     ".kt", ".swift", ".rs", ".scala")  # fmt: skip
"""Endings of the languages that write a type behind the name."""
_IS_WHOLE = re.compile(r"[^<>]*(?:<.*>[^<>]*)?")
"""Not the rest of a parameter whose type was cut at a comma."""
_MADE_ERRORS = frozenset({"fmt.Errorf", "errors.New"})
"""Go's ways to make an error, which say nothing of it."""
_ELLIPSIS = "…"


class DetailLookup:
    """Reads lines on symbols from a store, as it is within one `Store.view`."""

    def __init__(self, store: Store) -> None:
        self._relations = Relations(store, with_tests=False)
        self._targets: dict[Symbol, list[Symbol]] = {}

    def detail(self, symbol: Symbol, *, is_entry: bool) -> Detail | None:
        """The signature of a function, what it calls in order, and the errors that it raises.

        For an entry point also what those call. None where a line would say little.
        """
        if symbol.kind not in CALLABLE_KINDS or is_test(symbol.path):
            return None
        errors = self._errors(symbol)
        calls = [item for item in self._called(symbol) if item.name not in errors]
        if self._is_delegate(symbol, calls):
            return None

        parameters = self._parameters(symbol)
        names = [item.name for item in calls[:MOST_CALLS]]
        written = [self._with_inner(item, symbol) if is_entry else item.name for item in calls]
        if is_entry:
            names += [name for item in calls[:MOST_CALLS] for name in self._inner(item, symbol)]
        parts = [f"({', '.join(parameters)})"]
        if calls:
            parts.append(f"→ {_list(written, MOST_CALLS)}")
        if errors:
            parts.append(f"raises {', '.join(errors)}")
        if len(parts) == 1 and len(parameters) < 2:
            return None
        mentioned = dict.fromkeys([*names, *(error.rpartition(".")[2] for error in errors)])
        return Detail(clean_note(" ".join(parts), ""), tuple(mentioned))

    def _is_delegate(self, symbol: Symbol, calls: list[Symbol]) -> bool:
        """Whether a function does nothing but pass its call on."""
        return len(calls) == 1 and self._relations.body_lines(symbol) <= DELEGATE_LINES

    def _called(self, symbol: Symbol) -> list[Symbol]:
        """The repository's functions and classes that a function surely calls, in order."""
        if symbol not in self._targets:
            targets: dict[str, Symbol] = {}
            for callee in self._relations.callees(symbol):
                if callee.targets and not callee.by_name_only:
                    target = callee.targets[0]
                    is_itself = (target.path, target.qualified) == (symbol.path, symbol.qualified)
                    if not is_itself:
                        targets.setdefault(target.name, target)
            self._targets[symbol] = list(targets.values())
        return self._targets[symbol]

    def _inner(self, callee: Symbol, caller: Symbol) -> list[str]:
        """The names that a function called by an entry point calls."""
        if callee.kind not in CALLABLE_KINDS:
            return []
        outer = {caller.name, *(item.name for item in self._called(caller))}
        names = [item.name for item in self._called(callee) if item.name not in outer]
        return names[:MOST_INNER_CALLS]

    def _with_inner(self, callee: Symbol, caller: Symbol) -> str:
        inner = self._inner(callee, caller)
        return f"{callee.name}({', '.join(inner)})" if inner else callee.name

    def _errors(self, symbol: Symbol) -> list[str]:
        """The errors that a function raises, by name: not variables that hold one."""
        errors = dict.fromkeys(item.error for item in self._relations.raised(symbol))
        return [
            error
            for error in errors
            if error not in _MADE_ERRORS
            and (error.rpartition(".")[2][:1].isupper() or error == "panic")
        ]

    def _parameters(self, symbol: Symbol) -> list[str]:
        drop_types = symbol.path.endswith(_TYPED_AFTER_NAME)
        parameters = self._relations.parameters(symbol)
        written = [_parameter(item, drop_types=drop_types) for item in parameters]
        return [text for text in written if _IS_WHOLE.fullmatch(text)]


def _parameter(parameter: Parameter, *, drop_types: bool) -> str:
    name, default = parameter.name, parameter.default or ""
    if drop_types and _TYPE.search(name):
        is_optional = "?" in name.partition(":")[0]
        is_arrow = default.startswith(">")
        name = _TYPE.split(name, maxsplit=1)[0].lstrip("*. ").removeprefix("mut ")
        name += "?" if is_optional else ""
        default = "" if is_arrow else default

    stars = {"rest": "*", "options": "**"}.get(parameter.kind, "")
    if stars and not name.startswith(("*", ".")) and "..." not in name:
        name = stars + name
    if not default:
        return name
    return f"{name}={default if len(default) <= MOST_DEFAULT_CHARACTERS else _ELLIPSIS}"


def _list(names: list[str], most: int) -> str:
    shown = names if len(names) <= most else [*names[:most], _ELLIPSIS]
    return ", ".join(shown)
