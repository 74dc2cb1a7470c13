"""Checks of claims about definitions: their files, classes, values and parameters. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from repo_mhm.answer.claim_verdicts import (
    MAX_NAMESAKES,
    CodeLookup,
    Verdict,
    ancestors_of,
    at,
    borne_out,
    code_definitions,
    contradicted,
    contradiction,
    definitions_of,
    is_class,
    is_code,
    last_part,
    line_with,
    mentions,
    word_pattern,
)
from repo_mhm.answer.claims import Claim
from repo_mhm.location import Location

if TYPE_CHECKING:
    from repo_mhm.source.language_traits import Parameter
    from repo_mhm.source.symbols import Symbol

MAX_SIGNATURE_LINES = 30
"""Lines in which a parameter is looked for."""


# Definitions ----------------------------------------------------------------------------------


def check_defined_in(claim: Claim, code: CodeLookup) -> Verdict:
    """`Session` is defined in `sessions.py`."""
    definitions = definitions_of(claim.subject, code)
    if not definitions:
        return Verdict(claim, "not checkable")
    if any(map(is_class, code.resolve(claim.object))):
        return check_belongs(claim, code)

    folder = claim.object.strip("./")
    files = set(code.files(claim.object))
    for symbol in definitions:
        if symbol.path in files or f"/{symbol.path}".find(f"/{folder}/") >= 0:
            return borne_out(claim, symbol.path, symbol.start)
    is_path = "/" in claim.object or bool(files)
    if not claim.is_certain or not is_path:
        return Verdict(claim, "unproven")
    definition = definitions[0]
    return contradiction(
        claim,
        f"`{definition.qualified}` is defined in {at(definition)}, not in {claim.object}",
    )


def check_belongs(claim: Claim, code: CodeLookup) -> Verdict:
    """`send` belongs to `Session`: defined in it, in one of its bases, or set in its body."""
    classes = [symbol for symbol in definitions_of(claim.object, code) if is_class(symbol)]
    if not classes:
        return Verdict(claim, "not checkable")

    name = last_part(claim.subject)
    pattern = re.compile(rf"(?:\b(?:self|this|cls)\.|^\s*){re.escape(name)}\s*(?:[:=(,]|$)")
    for cls in classes:
        for member in code.member(cls, name):
            return borne_out(claim, member.path, member.start)
        line = line_with(pattern, cls, code)
        if line:
            return borne_out(claim, cls.path, line)

    others = [symbol for symbol in code.resolve(claim.subject) if symbol.name == name]
    is_closed = all(_has_only(cls, name, code) for cls in classes)
    if not claim.is_certain or not others or not is_closed:
        return Verdict(claim, "unproven")
    other = others[0]
    return contradiction(
        claim, f"`{last_part(claim.object)}` has no `{name}`; `{other.qualified}` is at {at(other)}"
    )


def _has_only(cls: Symbol, name: str, code: CodeLookup) -> bool:
    """Whether a class cannot have a member: all bases are here, and none mentions its name."""
    ancestors, is_whole = ancestors_of(cls, code)
    if not is_whole:
        return False
    return not any(
        mentions(word, ancestor, code)
        for ancestor in (cls, *ancestors)
        for word in (name, "__getattr__", "__getattribute__", "setattr")
    )


def check_inherits(claim: Claim, code: CodeLookup) -> Verdict:
    """`Session` inherits from `Mixin`, over any number of classes between."""
    classes = [symbol for symbol in definitions_of(claim.subject, code) if is_class(symbol)]
    if not classes:
        return Verdict(claim, "not checkable")

    name = last_part(claim.object)
    for cls in classes:
        for base in code.bases(cls):
            if last_part(base.name) == name:
                return borne_out(claim, base.path, base.line)
        ancestors, _ = ancestors_of(cls, code)
        names = {ancestor.name for ancestor in ancestors}
        bases = {last_part(base.name) for ancestor in ancestors for base in code.bases(ancestor)}
        if name in names | bases:
            return borne_out(claim, cls.path, cls.start)

    # What is not defined here may be an alias of a base, or a base of one that lies elsewhere.
    is_base_here = any(map(is_class, code.resolve(claim.object)))
    if not claim.is_certain or not is_base_here or len(classes) > 1:
        return Verdict(claim, "unproven")
    bases_of_class = [base.name for base in code.bases(classes[0])]
    return contradicted(claim, classes[0], "inherit from", "inherits from", bases_of_class)


def check_kind(claim: Claim, code: CodeLookup) -> Verdict:
    """`Session` is a class."""
    definitions = definitions_of(claim.subject, code)
    if not definitions:
        return Verdict(claim, "not checkable")
    for symbol in definitions:
        if is_class(symbol) == (claim.object == "class"):
            return borne_out(claim, symbol.path, symbol.start)
    return Verdict(claim, "unproven")


def check_imports(claim: Claim, code: CodeLookup) -> Verdict:
    """`sessions.py` imports `HTTPAdapter`."""
    files = code.files(claim.subject)
    name = last_part(claim.object.removesuffix(".py"))
    for path in files[:MAX_NAMESAKES]:
        for statement in code.imports(path):
            if word_pattern(name).search(statement.code) or name in statement.names:
                return borne_out(claim, path, statement.line)
    return Verdict(claim, "unproven" if files else "not checkable")


# Values ---------------------------------------------------------------------------------------


def check_equals(claim: Claim, code: CodeLookup) -> Verdict:
    """A constant, the default of a parameter, or an assignment in a class or function."""
    constants = [symbol for symbol in definitions_of(claim.subject, code) if not is_code(symbol)]
    owner, _, member = claim.subject.replace("::", ".").rpartition(".")
    owners = code_definitions(owner, code) if owner else []
    values = [
        *((symbol, symbol.start, code.value(symbol)) for symbol in constants),
        *(value for symbol in owners for value in _values_in(symbol, member, code)),
    ]
    if not values:
        return Verdict(claim, "not checkable")
    for symbol, line, value in values:
        if _same_value(value, claim.object):
            return borne_out(claim, symbol.path, line)

    is_literal = _literal(claim.object) is not None
    all_literal = all(_literal(value) is not None for _, _, value in values)
    if not claim.is_certain or not is_literal or not all_literal or len(values) > 1:
        return Verdict(claim, "unproven")
    symbol, line, value = values[0]
    return contradiction(
        claim,
        f"`{claim.subject}` is {value} ({Location(symbol.path, line, line)}), not {claim.object}",
    )


def _values_in(symbol: Symbol, name: str, code: CodeLookup) -> Iterator[tuple[Symbol, int, str]]:
    """The default of a parameter, and what is assigned to the name in the body."""
    for parameter in code.parameters(symbol):
        if _is_named(parameter, name) and parameter.default is not None:
            yield symbol, _parameter_line(symbol, name, code), parameter.default
    pattern = re.compile(rf"(?:\b(?:self|this|cls)\.|^\s*){re.escape(name)}\s*(?::[^=]{{0,80}})?=")
    line = line_with(pattern, symbol, code)
    if line:
        text = code.line(symbol.path, line)
        yield symbol, line, text.partition("=")[2].strip().rstrip(",;")


def check_takes(claim: Claim, code: CodeLookup) -> Verdict:
    """`send` takes the parameter `timeout`."""
    functions = code_definitions(claim.subject, code)
    if not functions:
        return Verdict(claim, "not checkable")

    parameters = [(symbol, code.parameters(symbol)) for symbol in functions]
    for symbol, signature in parameters:
        if any(_is_named(parameter, claim.object) for parameter in signature):
            line = _parameter_line(symbol, claim.object, code)
            return borne_out(claim, symbol.path, line)

    is_open = any(
        not signature or any(parameter.kind in ("rest", "options") for parameter in signature)
        for _, signature in parameters
    )
    mentioned = any(mentions(claim.object, symbol, code) for symbol in functions)
    if not claim.is_certain or is_open or mentioned:
        return Verdict(claim, "unproven")
    symbol, signature = parameters[0]
    names = [parameter.name for parameter in signature]
    return contradicted(claim, symbol, "take", "takes", names)


def _is_named(parameter: Parameter, name: str) -> bool:
    """Whether a parameter has a name; in some languages its type is written beside it."""
    return word_pattern(name).search(parameter.name) is not None


def _parameter_line(symbol: Symbol, name: str, code: CodeLookup) -> int:
    last = min(symbol.end, symbol.start + MAX_SIGNATURE_LINES)
    pattern = word_pattern(name)
    for line in range(symbol.start, last + 1):
        if pattern.search(code.line(symbol.path, line)):
            return line
    return symbol.start


# Literals -------------------------------------------------------------------------------------

_NAMED_LITERALS = {"none": None, "null": None, "nil": None, "undefined": None}
_NUMBER = re.compile(r"[+\-]?\d[\d_]*(?:\.\d+)?")
_STRING = re.compile(r"[a-zA-Z]{0,2}([\"'`])(.*)\1", re.DOTALL)


def _literal(text: str) -> tuple[str, object] | None:
    """A literal in a form in which equal ones are equal in any language; None if it is none."""
    stripped = text.strip()
    if stripped.lower() in _NAMED_LITERALS:
        return "none", None
    if stripped.lower() in ("true", "false"):
        return "boolean", stripped.lower()
    if _NUMBER.fullmatch(stripped):
        return "number", float(stripped.replace("_", ""))
    string = _STRING.fullmatch(stripped)
    if string is not None and string[1] not in string[2]:
        return "string", string[2]
    return None


def _same_value(value: str, claimed: str) -> bool:
    literal = _literal(value)
    if literal is not None:
        return literal == _literal(claimed)
    return "".join(value.split()) == "".join(claimed.split())
