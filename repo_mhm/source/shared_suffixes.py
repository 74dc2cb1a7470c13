"""Shared suffixes: which of several languages a file is in whose suffix does not say. Pure.

Each suffix belongs to one language (`Language.suffixes`). Here the content may name another one by
what only that one has.
"""

from __future__ import annotations

import re

from repo_mhm.lazy_pattern import lazy_pattern

_SAMPLE_BYTES = 256 * 1024
"""How far into a file its language is looked for; a header longer than this is rare."""

_C_COMMENT = lazy_pattern(rb"/\*(?:[^*]|\*(?!/))*\*/|//[^\n]*")
_CPP_GUARD = lazy_pattern(
    rb"^[ \t]*#[ \t]*if(?:def[ \t]+|[ \t]+defined[ \t]*\(?[ \t]*)__cplusplus[^\n]*\n"
    rb"(?:(?![ \t]*#[ \t]*(?:endif|else))[^\n]*\n){0,200}",
    re.MULTILINE,
)
"""What a header of C says to C++ only."""
_CPP = lazy_pattern(
    rb"^[ \t]*(?:template[ \t]*<|(?:inline[ \t]+)?namespace\b[\w: \t]*\{?[ \t]*$|namespace[ \t]+\w"
    rb"|using[ \t]+(?:namespace[ \t]+)?[A-Za-z_]|class[ \t]+\w|enum[ \t]+(?:class|struct)[ \t]"
    rb"|(?:public|private|protected)(?:[ \t]+\w+)?[ \t]*:|signals[ \t]*:|friend[ \t]|virtual[ \t]"
    rb"|explicit[ \t]|constexpr[ \t]|typename[ \t]|mutable[ \t]"
    rb"|#[ \t]*include[ \t]*<[a-z_]+(?:/[\w/]+)?>"
    rb"|#[ \t]*include[ \t]*[<\"][^\">\n]+\.(?:hpp|hh|hxx)[\">])"
    rb"|\b(?:std|boost|absl)::|\bnullptr\b|\b(?:static|const|reinterpret|dynamic)_cast[ \t]*<"
    rb"|\boperator[ \t]*[-+=<>*/\[(!&|]|=[ \t]*(?:delete|default)[ \t]*;|\bnoexcept\b|\boverride\b"
    rb"|\)[ \t]*const[ \t]*(?:[;{=]|$)|\bstruct[ \t]+\w+(?:[ \t]+final)?[ \t]*:[ \t]*\w"
    rb"|[(,][ \t]*(?:const[ \t]+)?[A-Za-z_][\w:]*(?:<[^<>;\n]*>)?(?:&[ \t]+|[ \t]+&)"
    rb"[A-Za-z_]\w*[ \t]*[,)]"
    rb"|[{;][ \t\n]*~?[A-Z]\w*\(\)[ \t]*(?:;|:|\{)|\bvirtual\b|\btemplate[ \t]*<",
    re.MULTILINE,
)

_OBJECTIVE_C = lazy_pattern(
    rb"^[ \t]*(?:@(?:interface|implementation|protocol|class|import|property|end|optional)\b"
    rb"|#[ \t]*import\b|NS_ASSUME_NONNULL_BEGIN|\[\w+[ \t]+\w+\];)|\bNS_ENUM\b",
    re.MULTILINE,
)


def rival_language(suffix: str, data: bytes) -> str | None:
    """The language that the content names instead of the suffix's own; None where it does not."""
    decide = _DECIDERS.get(suffix)
    return decide(data) if decide and data else None


def _of_header(data: bytes) -> str | None:
    if b"@" in data and _OBJECTIVE_C.search(data[:_SAMPLE_BYTES]):
        return "objc"
    code = _CPP_GUARD.sub(b"", _C_COMMENT.sub(b"", data[:_SAMPLE_BYTES]))
    return "cpp" if _CPP.search(code) else None


_KERNEL = lazy_pattern(rb"^# language: (R|julia)\r?$", re.MULTILINE | re.IGNORECASE)


def _of_notebook(data: bytes) -> str | None:
    """The language of a notebook's kernel, as `notebooks` writes it at the end."""
    match = _KERNEL.search(data)
    return match[1].decode().lower() if match else None


_MATLAB = lazy_pattern(rb"^[ \t]*(?:%|function\b|classdef\b|end[ \t]*;?[ \t]*$)", re.MULTILINE)


def _of_m(data: bytes) -> str | None:
    sample = data[:_SAMPLE_BYTES]
    if _OBJECTIVE_C.search(sample) or b"#include" in sample:
        return None
    return "matlab" if _MATLAB.search(sample) else None


_DECIDERS = {".h": _of_header, ".ipynb": _of_notebook, ".m": _of_m}
