"""Secret values: whether a text looks like a secret rather than a name, a word or a placeholder.

Owns the judgement of values whose format says nothing: passwords, and keys that are random
characters. Random characters change between lower case, upper case and digits far more often than
names do, even those in camel case: in base 62 six neighbours of ten are of different classes, in
names two or three. Pure.
"""

from __future__ import annotations

import base64
import re

from repo_mhm.lazy_pattern import lazy_pattern

_CLASS_CHANGE = lazy_pattern(
    r"(?<=[a-z])(?=[A-Z0-9])|(?<=[A-Z])(?=[a-z0-9])|(?<=[0-9])(?=[A-Za-z])"
)
_RANDOM_CHANGES = 0.36
"""Share of neighbours of different classes from which on a text counts as random. At 32 characters
of base 62, 99 % of random texts have more; names such as `getHTTP2Stream` rarely have."""
SHORTEST_RANDOM = 32
_CHAOTIC_CHANGES = 0.5
"""The same of letters in code, where most of them are names."""
_LONGEST_RANDOM = 160
"""Characters. A shorter run without a label is mostly a digest (SHA-1 takes 27 in base 64), a
longer one is data, such as an image."""
_HEX_CHANGES = 0.1
_SHORTEST_STRONG = 20
_SHORTEST_HEX = 32
_SHORTEST_MIXED = 10
_LEAST_MARKS = 2
_TEXT_CHANGES = 0.2
_MIXED = lazy_pattern(r"[0-9]|[a-z][A-Z][a-z]?[A-Z]")
_STRONG_CHANGES = 0.3
_STRONG_HEX_CHANGES = 0.2
"""What a value must have that is not certainly the label's, or has no digit."""
_SHORTEST_LABELLED = 8
_SHORTEST_PASSWORD = 6
"""Characters. Masking shorter words would damage the text."""

_MOST_JUDGED = 120
"""Characters of a labelled value that tell what it is."""

_PLACEHOLDER = lazy_pattern(
    r"""^[<\[({$%*].*[>\])}%*]$      # <password>, ${PASSWORD}, {{ password }}, %PASSWORD%, [secret]
    | ^[$%@&!]\w | \$[({] | \{\{ | \}\} | \{\w*\} | %\(\w+\) | %[sdr]\b | ^<%= | \.\.\.$ | …
    | ^(.)\1*$ | (.)\2{5} | ^[\W_]+$
    | (?-i:x{4}|X{4}) | \*{3} | 0{8}
    | ^\d{1,5}$
    """,
    re.VERBOSE | re.IGNORECASE,
)
_PLACEHOLDER_WORD = lazy_pattern(
    r"example|placeholder|change[-_ ]?(me|this|it)|replace[-_ ]?(me|this|with)|insert[-_ ]"
    r"|your[-_ ]|^your|^my[-_]|dummy|redacted|masked|to[-_ ]?be[-_ ]|^todo|^tbd|^fixme|sample"
    r"|fake[-_]"
    r"|^(enter|use|set|see|put|add|get|from|not|no)[-_ ]|^some[-_ ]|secret[-_ ]?here|key[-_ ]?here"
    r"|token[-_ ]?here|1234567|abcdefg|qwerty|deadbeef|lorem|foobar|^(?:foo|bar)(?:[-_ .]|baz|$)"
    r"|s3cr3t|hunter2$"
    r"|^(none|null|nil|undefined|true|false|yes|no|on|off|auto|default|required|optional|string"
    r"|str|bytes|int|text|hidden|pass|password|passwd|secret|token|key|basic|bearer|invalid|missing"
    r"|unknown|disabled|enabled|empty|test|testing)s?\W*$",
    re.IGNORECASE,
)
_COMMON_WORD = lazy_pattern(
    r"pass|pwd|secret|token|test|user|admin|name|key|auth|login|value|field|error|valid|param"
    r"|config|string|type|object|input|hash|plain|crypt|header|client|server|public|private|default"
    r"|required|reset|forgot|prompt|confirm|check|strength|policy|manager|provider|service|cookie",
    re.IGNORECASE,
)
"""A word of one case with one of these in it is a name or a message, such as `password_reset`."""
_EXPRESSION = lazy_pattern(
    r"""[\w\])]\(            # a call
    | ^[A-Za-z_$][\w$]*(?:(?:\.|::|->|\?\.|:)[A-Za-z_$][\w$]*)+[;,)]*$     # a.b, A::b
    | ^[A-Za-z_$][\w$]*\[    # a[…]
    | ^(?:self|this|os|process|env|config|settings|ENV|import|request|props|options|args)\b[.\[:]
    | ^[\w.\-]*/(?:[\w.\-]+/)+[\w.\-]*$ | [\w\]]::\w | ^\w+=\w+$      # a path, an argument
    | ^\.{0,2}/ | ^[a-z]+:// | ^~/ | \.(?:py|js|ts|go|rb|java|json|ya?ml|txt|md|pem|key|crt|html)$
    """,
    re.VERBOSE,
)
"""Code, a path or an address that stands for a secret, but holds none."""
_NAME = lazy_pattern(r"^[A-Za-z_][A-Za-z_\-.:/ ]*\d?$")
"""Letters only: a name, a word, a sentence."""
_WORDS = lazy_pattern(r"[A-Z]?[a-z]{2,}(?:[A-Z][a-z]{2,})*")
_DIGIT = lazy_pattern(r"[0-9]")
_SIGN = lazy_pattern(r"[!@#$%^&*+=?~()\[\]{}<>|;:,]")
_LEAST_SIGNS = 4
"""Different signs; an address or a call has three."""
_FEW_SIGNS = 2
"""As many will do where letters change as names never do."""
_NAME_WORDS = lazy_pattern(r"[A-Z]?[a-z]{3,}")
_NAME_SHARE = 0.6
"""Share of a name's characters that are in words of four letters and more; of random ones a fifth.
"""
_UUID = lazy_pattern(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_HEX = lazy_pattern(r"(?:0x)?[0-9a-fA-F]+")
_PUBLIC = lazy_pattern(
    r"sha(?:1|256|384|512)[-:=]|AAAA[A-Z]|data:|MII[A-Z]|iVBORw0KGgo|R0lGOD"
    r"|UEsDB|H4sI|LS0tLS1CRUdJTiBD"
)
_ANCHOR = lazy_pattern(r"diff-[0-9a-f]{32,64}(?:[LR]\d+)*")
"""A line of a change, as GitHub addresses it."""
_DIGEST = lazy_pattern(r"(?:sha(?:1|256|384|512)|md5)[-:=]\Z", re.IGNORECASE)
"""How public data begins, and what stands before a hash."""
_ENCRYPTED = lazy_pattern(
    r"(?:\bsecure:\s{0,9}(?:[>|]-?\s{0,9})?[\"']?|\bENC\[\w{1,20},(?:data:)?)[\w+/=]*\Z"
)
"""What stands before text that only a service can decrypt (Travis, AppVeyor; SOPS, Hiera)."""
_ENCRYPTED_CHARACTERS = 1000
"""How far before a word such a text may begin: 4,096 bits take 684 characters."""


def is_placeholder(value: str) -> bool:
    """Whether a value stands for one to be filled in, or is a word that means none."""
    beginning = value[:_MOST_JUDGED]
    return bool(_PLACEHOLDER.search(beginning) or _PLACEHOLDER_WORD.search(beginning))


def is_repetitive(value: str) -> bool:
    """Whether a value has too few different characters for a secret of its length."""
    return len(set(value)) < min(8, 2 + len(value) // 3)


_MANGLED = re.compile(r"(?:\bs:|\$[sS]|\b_T0|\b_ZN?)(\d{1,3})(?=[A-Za-z_])")
"""How compilers of Swift and C++ begin the name of a symbol: the length of its first word."""

_SPELLED = re.compile(r"(?:[A-Z]?[a-z]{2,}|[A-Z]{2,4}|_)+")
"""A name made of words, which the letters behind a number in a key rarely are."""


def is_mangled(text: str, start: int, end: int) -> bool:
    """Whether a part of a text is a compiler's name of a symbol: `s:9Alamofire11RetryResultO`."""
    match = _MANGLED.search(text, max(0, start - 2), min(end, start + 8))
    if match is None:
        return False
    length = int(match[1])
    name = text[match.end() : match.end() + length]
    return len(name) == length and bool(_SPELLED.fullmatch(name)) and match.end() + length < end


def is_random(value: str) -> bool:
    """Whether an unlabelled run of characters is so random that it must be a key.

    Hexadecimal runs do not count: most of them are hashes of public content.
    """
    if not SHORTEST_RANDOM <= len(value) <= _LONGEST_RANDOM or _HEX.fullmatch(value):
        return False
    if _PUBLIC.match(value) or _UUID.search(value) or _is_path(value) or encoded_text(value):
        return False
    if _is_name(value) or _ANCHOR.fullmatch(value):
        return False
    has_classes = any(map(str.isdigit, value)) and value.upper() != value != value.lower()
    return has_classes and changes(value) >= _RANDOM_CHANGES and len(set(value)) >= 12


def _is_name(value: str) -> bool:
    """Whether words make up most of it, as in `testBashCompletionV2WithActiveHelp`."""
    return sum(map(len, _NAME_WORDS.findall(value))) >= _NAME_SHARE * len(value)


def _is_path(value: str) -> bool:
    """Whether at least two parts between slashes are words."""
    return sum(_WORDS.fullmatch(part) is not None for part in value.split("/")) > 1


def encoded_text(value: str) -> str:
    """The plain text that a value is in base 64; empty where it is none."""
    padding = "=" * (-len(value.rstrip("=")) % 4)
    try:
        decoded = base64.b64decode(value.rstrip("=") + padding, altchars=b"-_", validate=True)
    except ValueError:
        return ""
    text = decoded.decode("latin-1")
    return text if text.isascii() and text.isprintable() else ""


def is_public(text: str, start: int) -> bool:
    """Whether the word at `start` begins as public data does, is called a hash, or is encrypted."""
    if _PUBLIC.match(text, start) or _DIGEST.search(text[max(0, start - 8) : start]):
        return True
    return _ENCRYPTED.search(text[max(0, start - _ENCRYPTED_CHARACTERS) : start]) is not None


def changes(value: str) -> float:
    """The share of neighbouring characters that are of different classes."""
    return len(_CLASS_CHANGE.findall(value)) / max(1, len(value) - 1)


def is_password(value: str, *, is_quoted: bool, is_code: bool) -> bool:
    """Whether the value of something called a password is one."""
    value = value[:_MOST_JUDGED]
    if len(value) < _SHORTEST_PASSWORD:
        return False
    is_literal = is_quoted or not is_code
    if _NAME.match(value):
        is_one_word = (value.isalpha() and value.islower()) or value.isupper()
        is_likely = is_literal and is_one_word and len(value) >= _SHORTEST_LABELLED
        is_likely = is_likely or (is_literal and is_mixed_letters(value))
        return is_likely and not _COMMON_WORD.search(value) and not _stands_for_one(value)
    if " " in value:
        is_likely = is_quoted and not value[:1].isupper() and _has_digit(value)
    else:
        is_likely = is_literal or (_has_digit(value) and not value.isidentifier())
    return is_likely and not _stands_for_one(value)


def is_password_text(value: str) -> bool:
    """Whether a text that can be no expression is a password: it may look like `a.b`."""
    if is_password(value, is_quoted=True, is_code=True) or is_mixed_letters(value):
        return True
    is_mixed = bool(_MIXED.search(value)) and changes(value) >= _TEXT_CHANGES and "(" not in value
    return is_mixed and not is_placeholder(value)


def is_strong_password(value: str) -> bool:
    """Whether a value is a password whatever it is called.

    It has two of these: a digit, a sign, letters that change their case as often as random ones.
    """
    if len(value) < _SHORTEST_LABELLED or " " in value:
        return False
    has_sign = any(sign in value for sign in "!@#$%^&*?+~")
    is_mixed = has_both_cases(value) and changes(value) >= _STRONG_CHANGES
    marks = sum((has_sign, is_mixed, _has_digit(value)))
    is_strong = marks >= _LEAST_MARKS or is_mixed_letters(value.rstrip("="))
    return is_strong and not _stands_for_one(value)


def is_strong_key(value: str) -> bool:
    """Whether a value is so random that it is a key whatever it is called; digests are too."""
    if _PUBLIC.match(value) or _stands_for_one(value):
        return False
    if not _has_digit(value):
        is_long = len(value) >= SHORTEST_RANDOM and has_both_cases(value)
        return is_long and changes(value) >= _RANDOM_CHANGES and not _is_name(value)
    if _UUID.fullmatch(value):
        return True
    if _HEX.fullmatch(value):
        return len(value) >= _SHORTEST_HEX and changes(value) >= _STRONG_HEX_CHANGES
    return " " not in value and len(value) >= _SHORTEST_STRONG and changes(value) >= _STRONG_CHANGES


def is_mixed_letters(value: str) -> bool:
    """Whether letters change their case as often as only random ones do."""
    is_long = len(value) >= _SHORTEST_MIXED and value.isalpha() and value.isascii()
    return is_long and changes(value) >= _STRONG_CHANGES


def has_both_cases(value: str) -> bool:
    """Whether there are both small and capital letters."""
    return value.upper() != value != value.lower()


def is_key(value: str, *, is_quoted: bool, is_code: bool) -> bool:
    """Whether the value of something called a key, a token or a secret is one."""
    value = value[:_MOST_JUDGED]
    if len(value) < _SHORTEST_LABELLED or " " in value:
        return False
    is_literal = is_quoted or not is_code
    is_likely = _is_likely_key(value, is_literal=is_literal)
    return is_likely and not _PUBLIC.match(value) and not _stands_for_one(value)


def _is_likely_key(value: str, *, is_literal: bool) -> bool:
    share = changes(value)
    if _HEX.fullmatch(value):
        return len(value) >= 16 and share >= _HEX_CHANGES
    if _NAME.match(value):
        return len(value) >= 16 and share >= (_RANDOM_CHANGES if is_literal else _CHAOTIC_CHANGES)
    if not is_literal:
        return _has_digit(value) and share >= _RANDOM_CHANGES / 2 and len(value) >= 12
    return _has_digit(value) and (len(value) >= 12 or share >= _RANDOM_CHANGES / 2)


def _stands_for_one(value: str) -> bool:
    """Whether a value is a placeholder, or code that leads to one."""
    if _is_gibberish(value):
        return bool(_PLACEHOLDER_WORD.search(value))
    return is_placeholder(value) or is_repetitive(value) or bool(_EXPRESSION.search(value))


def _is_gibberish(value: str) -> bool:
    """Whether a long value is neither code nor a template, for its signs and changes of case."""
    signs = set(_SIGN.findall(value))
    is_long = len(value) >= _SHORTEST_STRONG and " " not in value
    has_classes = _has_digit(value) and has_both_cases(value)
    if not (is_long and has_classes):
        return False
    share = changes(value)
    if share >= _RANDOM_CHANGES:
        return len(signs) >= _FEW_SIGNS or (len(value) >= SHORTEST_RANDOM and not _is_name(value))
    return len(signs) >= _LEAST_SIGNS and share >= _RANDOM_CHANGES / 2


def _has_digit(value: str) -> bool:
    return _DIGIT.search(value) is not None
