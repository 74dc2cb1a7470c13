"""What a line of the overview says of a function: parameters, the calls it makes, its errors."""

from __future__ import annotations

import re

from repo_mhm.memory.note_cleanup import clean_note
from repo_mhm.memory.overview_pieces import Detail
from repo_mhm.relations.relation_lookup import Relations
from repo_mhm.relations.repository_lookup import StoreRepository
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
"""The same for a function that is called by an entry point, or by one that is."""
CHAIN_LEVELS = 3
"""How many levels of calls the line of an entry point follows."""
MOST_CHAIN_NAMES = 12
"""With so many names on its line, the last level of a chain is left out."""
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
_NAME_SEPARATOR = re.compile(r"\.|::|\\")
_ELLIPSIS = "…"


class DetailLookup:
    """Reads lines on symbols from a store, as it is within one `Store.view`."""

    def __init__(self, store: Store) -> None:
        self._relations = Relations(StoreRepository(store, with_tests=False))
        self._targets: dict[Symbol, list[Symbol]] = {}

    def detail(
        self, symbol: Symbol, expanded: set[tuple[str, str]], *, is_entry: bool
    ) -> Detail | None:
        """The signature of a function, what it calls in order, and the errors that it raises.

        For an entry point also what those call, but for functions in `expanded`, by path and name:
        an earlier line says that of them. Those of this line are added. None where a line would say
        little.
        """
        if symbol.kind not in CALLABLE_KINDS or is_test(symbol.path):
            return None
        errors = self._errors(symbol)
        made = set(map(_simple, errors))
        calls = [item for item in self._called(symbol) if item.name not in made]
        if self._is_delegate(symbol, calls):
            return None

        parameters = self._parameters(symbol)
        said = dict.fromkeys([symbol.name, *(item.name for item in calls)])
        level = 1 if is_entry else CHAIN_LEVELS
        shown = calls[:MOST_CALLS]
        written = [self._with_inner(item, said, level, expanded) for item in shown]
        if len(calls) > MOST_CALLS:
            written.append(_ELLIPSIS)
        names = [*(item.name for item in shown), *list(said)[1 + len(calls) :]]
        parts = [f"→ {', '.join(written)}"] if calls else []
        if errors:
            parts.append(f"raises {', '.join(errors)}")
        if not parts and len(parameters) < 2:
            return None
        mentioned = dict.fromkeys([*names, *map(_simple, errors)])
        text = clean_note(" ".join([f"({', '.join(parameters)})", *parts]), "")
        rest = clean_note(" ".join(parts), "")
        return Detail(text, tuple(mentioned), tuple(parameters), rest)

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

    def _with_inner(
        self,
        callee: Symbol,
        said: dict[str, None],
        level: int,
        expanded: set[tuple[str, str]],
    ) -> str:
        """A called function at a level of the chain, in brackets what it calls in turn.

        `said` are the names of the line, in their order; what is said already is left out.
        """
        is_expanded = (callee.path, callee.qualified) in expanded
        if level >= CHAIN_LEVELS or is_expanded or callee.kind not in CALLABLE_KINDS:
            return callee.name
        is_third_level = level == CHAIN_LEVELS - 1
        if is_third_level and len(said) >= MOST_CHAIN_NAMES:
            return callee.name
        inner = [item for item in self._called(callee) if item.name not in said]
        shown = inner[:MOST_INNER_CALLS]
        said.update(dict.fromkeys(item.name for item in shown))
        expanded.add((callee.path, callee.qualified))
        texts = [self._with_inner(item, said, level + 1, expanded) for item in shown]
        return f"{callee.name}({', '.join(texts)})" if texts else callee.name

    def _errors(self, symbol: Symbol) -> list[str]:
        """The errors that a function raises, by name: not variables that hold one."""
        errors = {
            item.error: item.target is not None or _simple(item.error)[:1].isupper()
            for item in self._relations.raised(symbol)
        }
        return [
            error
            for error, is_class in errors.items()
            if error not in _MADE_ERRORS and (is_class or error == "panic")
        ]

    def _parameters(self, symbol: Symbol) -> list[str]:
        drop_types = symbol.path.endswith(_TYPED_AFTER_NAME)
        parameters = self._relations.parameters(symbol)
        written = [_parameter(item, drop_types=drop_types) for item in parameters]
        return [text for text in written if _IS_WHOLE.fullmatch(text)]


def _simple(name: str) -> str:
    """A name without the modules and classes before it."""
    return _NAME_SEPARATOR.split(name)[-1]


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
