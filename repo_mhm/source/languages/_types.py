"""How types and classes are declared, for the languages in which relations follow a receiver.

The patterns read code whose comments and strings are blanked out. A type may be taken for its
elements' (`list[Item]` for `Item`): a member that the class does not have then means nothing.
"""

from __future__ import annotations

import re

from repo_mhm.source.language_traits import TypeSyntax, no_bases

# Bases --------------------------------------------------------------------------------------------

_MOST_HEADER_CHARACTERS = 4000
_GENERIC = re.compile(r"<[^<>]*>|\[[^\[\]]*\]")
_CALL = re.compile(r"\([^()]*\)")


def _without(pattern: re.Pattern[str], text: str) -> str:
    """The text without matches, inner ones first."""
    shorter = pattern.sub(" ", text)
    while shorter != text:
        text, shorter = shorter, pattern.sub(" ", shorter)
    return text


def _names(clause: str) -> list[str]:
    """The dotted names between the commas of a clause."""
    names = []
    for part in clause.split(","):
        words = re.findall(r"[\w$.\\:]+", part)
        if words:
            names.append(words[-1].replace("::", ".").replace("\\", ".").strip(".:"))
    return [name for name in names if name]


def _header(code: str, end: str) -> str:
    """A class up to its body, on one line, without type arguments."""
    head = re.split(end, code[:_MOST_HEADER_CHARACTERS], maxsplit=1)[0]
    return " ".join(_without(_GENERIC, head).split())


_PYTHON_CLASS = re.compile(r"(?m)^[ \t]*class\s+\w+\s*")


def _python_bases(code: str) -> list[str]:
    """The names between the parentheses behind the class's own name; a class inside has others."""
    match = _PYTHON_CLASS.search(code, 0, _MOST_HEADER_CHARACTERS)
    if match is None:
        return []
    opening = match.end()
    if code[opening : opening + 1] == "[":
        type_parameters_end = _closing(code, opening)
        opening = type_parameters_end + 1
    if code[opening : opening + 1] != "(":
        return []

    clause = code[opening + 1 : _closing(code, opening)]
    clause = _without(_CALL, _without(_GENERIC, clause))
    return [name for part in clause.split(",") if "=" not in part for name in _names(part)]


def _closing(code: str, opening: int) -> int:
    """Where the bracket at `opening` is closed; the end of the header where it is not."""
    depth = 0
    last = min(len(code), opening + _MOST_HEADER_CHARACTERS)
    for position in range(opening, last):
        depth += (code[position] in "([{") - (code[position] in ")]}")
        if not depth:
            return position
    return last


def _keyword_bases(code: str) -> list[str]:
    """`extends A implements B, C`, as in Java, TypeScript and PHP; `with` as in Scala."""
    header = _without(_CALL, _header(code, r"\{"))
    parts = re.split(r"\b(extends|implements|permits|with|where)\b", header)
    clauses = zip(parts[1::2], parts[2::2], strict=False)
    return [
        name
        for keyword, clause in clauses
        if keyword in ("extends", "implements", "with")
        for name in _names(clause)
    ]


def _colon_bases(code: str) -> list[str]:
    """`: public A, B`, as in C++, C#, Kotlin and Swift."""
    header = _without(_CALL, _header(code, r"\{|;|\bwhere\b")).replace("::", ".")
    _, colon, clause = header.partition(":")
    return _names(clause) if colon else []


def _go_bases(code: str) -> list[str]:
    """The types that a structure or an interface embeds; one inside it embeds for itself."""
    _, brace, body = code.partition("{")
    embedded = re.compile(r"\*?((?:\w+\.)?\w+)(?:\[[^\]]*\])?(?:\s+\"[^\"]*\")?")
    names: list[str] = []
    depth = len(brace)
    for line in re.split(r"[\n;]", body):
        # A structure of one line closes behind its last type.
        text = line.partition("`")[0].strip().removesuffix("}").rstrip()
        match = embedded.fullmatch(text)
        if match and depth == 1:
            names.append(match[1])
        depth += line.count("{") - line.count("}")
    return names


# Types --------------------------------------------------------------------------------------------

_PYTHON_MEMBERS = frozenset(
    name
    for kind in (str, bytes, int, float, list, dict, set, tuple, Exception, property)
    for name in dir(kind)
) | frozenset(
    "read write close flush seek readline readlines writelines fileno group groups start end span"
    " search match fullmatch findall finditer sub compile throw".split()
)
_SCRIPT_MEMBERS = frozenset(
    "apply at bind call concat endsWith entries every fill filter find findIndex findLast flat"
    " flatMap forEach get has includes indexOf join keys lastIndexOf map match matchAll padEnd"
    " padStart pop push reduce replace replaceAll reverse search set shift slice some sort splice"
    " split startsWith substring then catch finally toFixed toLocaleString toLowerCase toString"
    " toUpperCase trim trimEnd trimStart unshift valueOf values add delete clear log warn error"
    " info debug test exec parse stringify assign create freeze resolve reject all race on"
    " once emit off addEventListener removeEventListener appendChild querySelector length size"
    " name message constructor prototype".split()
)
_JAVA_MEMBERS = frozenset(
    "add addAll append apply accept charAt clear close compareTo compute contains containsKey"
    " containsValue count delete entrySet equals filter find findFirst flush forEach format get"
    " getClass getKey getMessage getName getOrDefault getType getValue group hasNext hashCode"
    " indexOf insert intValue isEmpty isPresent iterator join keySet length limit map matches next"
    " of parse peek pop print println push put putAll putIfAbsent read remove replace reverse run"
    " set size sort split startsWith endsWith stream substring test toArray toList toLowerCase"
    " toString toUpperCase trim valueOf values write orElse name ordinal".split()
)
_GO_MEMBERS = frozenset(
    "Add Close Cause Done Err Error Errorf Fatal Fatalf Flush Get Len Less Lock Log Logf Name Print"
    " Printf Println Read Run Set Skip String Sub Swap Unlock Unwrap Value Wait Write"
    " Header".split()
)

_PYTHON_VALUE = r"(?P<value>[^=\n][^\n]*)"
PYTHON_TYPES = TypeSyntax(
    variables=(
        r"(?:^[ \t]*|[(,]\s*\**){name}\s*:\s*(?P<type>[^=,)\n]+(?:\[[^\]\n]*\][^=,)\n]*)?)",
        r"^[ \t]*(?:\w+\s*=\s*)*{name}\s*(?::[^=\n]*)?=\s*" + _PYTHON_VALUE,
        r"\({name}\s*:=\s*(?P<value>[^\n)]+\)?)",
        r"(?:\bwith\s|,)\s*\(?(?P<value>[^\n]+?)\s+as\s+{name}\b",
        r"\bexcept\s+\(?(?P<type>[^\n:]+?)\)?\s+as\s+{name}\b",
        r"\bfor\s+{name}\s+in\s+(?P<value>[^\n:]+)",
        r"\b(?:for|lambda)\s+(?:(?!\bin\b)[^:\n])*?\b{name}\b[^:\n]*?(?:\bin\b|:)",
        r"^[ \t]*\(?(?:[\w*]+\s*,\s*)+{name}\s*[,)=]",
        r"^[ \t]*{name}\s*,[^=\n(]*=",
        r"\bisinstance\s*\(\s*{name}\s*,\s*\(?(?P<type>[^()\n]+)",
    ),
    fields=(
        r"^[ \t]*(?:self\.)?{name}\s*:\s*(?P<type>[^=\n]+)",
        r"^[ \t]*(?:self\.|cls\.)?{name}\s*=\s*" + _PYTHON_VALUE,
    ),
    result=r"\)\s*->\s*(?P<type>[^:]+)",
    bases=_python_bases,
    any_types=frozenset({"Any", "object", "typing.Any", "t.Any"}),
    builtin_members=_PYTHON_MEMBERS,
)

_SCRIPT_TYPE = r"(?P<type>[\w$.]+(?:<[^;={}()]*?>)?(?:\[\])?(?:\s*\|\s*[\w$.<>\[\]]+)*)"
SCRIPT_TYPES = TypeSyntax(
    variables=(
        r"\b(?:const|let|var)\s+{name}\s*!?:\s*" + _SCRIPT_TYPE,
        r"[(,]\s*(?:(?:public|private|protected|readonly|override)\s+)*{name}\??\s*:\s*"
        + _SCRIPT_TYPE,
        r"\b(?:const|let|var)\s+{name}\s*(?::[^=\n]*)?=\s*(?P<value>[^\n]+)",
        r"\bfor\s*\(\s*(?:const|let|var)\s+{name}\s+of\s+(?P<value>[^\n{]+)\)",
        r"(?:[(,]\s*|\b){name}[ \t]{0,40}(?:,[^()\n]*)?\)?[ \t]{0,40}=>",
        r"\bfunction\b[^(\n]*\((?:[^()\n]*,)?\s*{name}\s*[,)]",
        r"\b(?:const|let|var)\s*[{\[](?:[^{}=\n]*[,:])?\s*{name}\s*[,}\]=][^=\n]*=",
    ),
    fields=(
        r"(?:^|[{;])[ \t]*"
        r"(?:(?:public|private|protected|readonly|static|declare|override|abstract)\s+)*"
        r"{name}[?!]?\s*:\s*" + _SCRIPT_TYPE,
        r"\b(?:public|private|protected|readonly)\s+{name}\??\s*:\s*" + _SCRIPT_TYPE,
        r"^[ \t]*(?:(?:public|private|protected|readonly|static|override)\s+)*(?:this\.)?"
        r"{name}\s*(?::[^=\n]*)?=\s*(?P<value>[^=>\n][^\n]*)",
    ),
    assignments=(r"^[ \t]*{name}\s*=\s*(?P<value>[^=\n][^\n]*)",),
    result=r"\)\s*:\s*(?P<type>[^{=]+)",
    bases=_keyword_bases,
    any_types=frozenset({"any", "unknown", "object", "T", "never"}),
    builtin_members=_SCRIPT_MEMBERS,
)

_GO_TYPE = (
    r"(?P<type>(?:\.\.\.)?(?:\[\w*\]|\*|map\[[\w.]+\]|chan\s+)*[A-Za-z_][\w.]*(?:\[[^\]\n]*\])?)"
)
GO_TYPES = TypeSyntax(
    variables=(
        r"(?:[(,]\s*|\bvar\s+|^[ \t]+){name}(?:\s*,\s*\w+)*\s+" + _GO_TYPE + r"\s*(?=[,)=\n{])",
        r"\b{name}(?:\s*,\s*\w+)*\s*:=\s*(?P<value>[^=\n][^\n]*)",
        r"\b\w+\s*,\s*{name}(?:\s*,\s*\w+)*\s*:=",
        r"\bvar\s+{name}\s+=\s*(?P<value>[^\n]+)",
        r"\w+\s*,\s*{name}\s*:=\s*range\s+(?P<value>[^\n{]+)",
    ),
    fields=(r"(?:^|[{;])[ \t]*(?:\w+\s*,\s*)*{name}(?:\s*,\s*\w+)*[ \t]+" + _GO_TYPE,),
    assignments=(r"^[ \t]*{name}(?:\s*,\s*\w+)*\s*=\s*(?P<value>[^=\n][^\n]*)",),
    result=r"\)\s*\(?(?:\w+\s+)?(?P<type>[*\[\]\w.]+)[^()]*\)?$",
    bases=_go_bases,
    any_types=frozenset({"any", "interface"}),
    builtin_members=_GO_MEMBERS,
)

_NAMED_TYPE = r"(?P<type>[A-Za-z_][\w.]*(?:<[^;={}()]*?>)?(?:\[\])*)"
_NO_KEYWORD = r"\b(?!return\b|new\b|throw\b|else\b|case\b|package\b|import\b|goto\b|in\b|is\b|as\b)"
_C_LIKE_VARIABLES = (
    _NO_KEYWORD + _NAMED_TYPE + r"\s+(?:\.\.\.\s*)?{name}\s*(?=[=;,):\[])",
    r"\b(?:var|val|auto|final)\s+{name}\s*=\s*(?P<value>[^\n;]+)",
)
JAVA_TYPES = TypeSyntax(
    variables=_C_LIKE_VARIABLES,
    fields=(_NO_KEYWORD + _NAMED_TYPE + r"\s+{name}\s*(?=[=;,)])",),
    assignments=(r"^[ \t]*{name}\s*=\s*(?P<value>[^=\n][^\n;]*)",),
    result=r"(?P<type>[A-Za-z_][\w.]*(?:<.*?>)?(?:\[\])*)\s+\w+\s*\(",
    bases=_keyword_bases,
    variables_hide_calls=False,
    implicit_receiver=True,
    any_types=frozenset({"Object", "T", "var", "E", "K", "V", "R"}),
    builtin_members=_JAVA_MEMBERS,
)
_C_TYPE = (
    r"(?:(?:const|static|register|volatile|unsigned|signed|struct|enum|union|extern|inline)\s+)*"
    r"(?P<type>[A-Za-z_][\w:]*(?:<[^;={}()]*?>)?)"
)
CPP_TYPES = TypeSyntax(
    variables=(
        r"(?:^[ \t]*|[(,{;]\s*)" + _NO_KEYWORD + _C_TYPE + r"(?:\s*[*&]+\s*|\s+)(?:const\s+)?"
        r"{name}\s*(?=[=;,)\[({])",
        r"^[ \t]*" + _NO_KEYWORD + _C_TYPE + r"\s+[^;=()\n]*,\s*\**{name}\s*(?=[=;,\[])",
        r"\bauto\s*[*&]?\s*{name}\s*=\s*(?P<value>[^\n;]+)",
    ),
    fields=(
        r"(?:^|[{;])[ \t]*"
        + _C_TYPE
        + r"(?:\s*[*&]+\s*|\s+)(?:[\w\s*]+,\s*\**)?{name}\s*(?=[=;,:\[{])",
        r"(?:^|[{;])[ \t]*" + _C_TYPE + r"[\s*]*\(\s*\*\s*{name}\s*\)\s*\(",
    ),
    result=r"(?P<type>[A-Za-z_][\w:]*(?:<.*?>)?)\s*[*&\s]\s*[\w:~]+\s*\(",
    bases=_colon_bases,
    variables_hide_calls=False,
    implicit_receiver=True,
    any_types=frozenset({"auto", "void", "T"}),
)
C_TYPES = CPP_TYPES._replace(bases=no_bases, implicit_receiver=False)
CSHARP_TYPES = JAVA_TYPES._replace(bases=_colon_bases)
KOTLIN_TYPES = TypeSyntax(
    variables=(
        r"\b{name}\s*:\s*(?P<type>[\w.]+(?:<[^;={}()]*?>)?\??)",
        r"\b(?:val|var|let)\s+(?:mut\s+)?{name}\s*=\s*(?P<value>[^\n;]+)",
    ),
    fields=(
        # A parameter in the head of a class is none without such a word.
        r"\b(?:val|var|let)\s+{name}\s*:\s*(?P<type>[\w.]+(?:<[^;={}()]*?>)?\??)",
        r"\b(?:val|var|let)\s+{name}\s*=\s*(?P<value>[^\n;]+)",
    ),
    result=r"\)\s*(?::|->)\s*(?P<type>[^{=]+)",
    bases=_colon_bases,
    implicit_receiver=True,
    any_types=frozenset({"Any", "T"}),
    builtin_members=_JAVA_MEMBERS,
)
