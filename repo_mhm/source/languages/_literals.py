"""Literal styles that several languages share (see `literal_patterns`)."""

from repo_mhm.source.language_traits import LiteralStyle

_SLASH_COMMENTS = r"(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))"
_QUOTED = r'"(?:\\.|[^"\\\n])*"'
_CHARACTER = r"'(?:\\[^\n]{1,9}?|[^'\\\n])'"
_TEXT_BLOCK = r'"""(?:\\.|[^"\\]|"(?!""))*(?:"""|\Z)'

C_LITERALS = LiteralStyle(rf"{_SLASH_COMMENTS}|(?P<string>{_QUOTED}|'(?:\\.|[^'\\\n])+')")
JAVA_LITERALS = LiteralStyle(rf"{_SLASH_COMMENTS}|(?P<string>{_TEXT_BLOCK}|{_QUOTED}|{_CHARACTER})")
GO_LITERALS = LiteralStyle(rf"{_SLASH_COMMENTS}|(?P<string>{_QUOTED}|`[^`]*(?:`|\Z)|{_CHARACTER})")
RUST_LITERALS = LiteralStyle(
    rf'{_SLASH_COMMENTS}|(?P<string>\br#"(?:[^"]|"(?!#))*(?:"#|\Z)|b?"(?:\\.|[^"\\])*"|{_CHARACTER})'
)

_REGULAR_EXPRESSION = (
    r"(?:(?<=[(,=:\[!&|?{};\n])|(?<=\breturn))[ \t]*/(?![*/])"
    r"(?:\\[^\n]|\[(?:\\[^\n]|[^\]\\\n]){0,500}\]|[^/\\\n\[]){1,1000}/[a-z]*"
)
SCRIPT_LITERALS = LiteralStyle(
    r"(?=[/\"'` \t])"
    rf"(?:{_SLASH_COMMENTS}|(?P<string>{_QUOTED}|'(?:\\.|[^'\\\n])*'|{_REGULAR_EXPRESSION})"
    r"|(?P<template>`))"
)

_PYTHON_STRINGS = "|".join(
    rf"{quote * 3}(?:\\.|[^{quote}\\]|{quote}(?!{quote * 2}))*(?:{quote * 3}|\Z)"
    rf"|{quote}(?:\\.|[^{quote}\\\n])*{quote}"
    for quote in "\"'"
)
PYTHON_LITERALS = LiteralStyle(
    r"(?=[#\"'fFtTrRbBuU])"
    r"(?:(?P<comment>\#[^\n]*)"
    r"|(?:\b(?:[fFtT][rR]?|[rR][fFtT]))(?P<template>\"\"\"|'''|\"|')"
    rf"|(?P<string>(?:\b[rRbBuU]{{1,2}})?(?:{_PYTHON_STRINGS})))",
    code_begin=r"\{",
    no_code=r"\{\{",
)
