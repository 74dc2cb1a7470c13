"""Secret labels: values that are secret because of what stands before them.

The idea: a label is a word such as `password` or `api_key`. What may stand between it and its value
is known: quotes and brackets that close the label, a separator of an assignment, of a table, of a
call, of markup, and where a value may go on the next line, the line's end. One pattern finds label
and separator; a second one reads the value behind it, quoted or not. Whether the value looks like a
secret is for `secret_values` to say. So one mechanism serves code, settings, markup, shell and
prose. Addresses with passwords, HTTP headers and files of credentials have patterns of their own.

Texts are those of a whole file, one character a byte. All repetitions are bounded. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from repo_mhm.lazy_pattern import lazy_pattern
from repo_mhm.source.secret_values import (
    changes,
    has_both_cases,
    is_key,
    is_password,
    is_password_text,
    is_placeholder,
    is_strong_key,
    is_strong_password,
)

_LABEL_WORD = lazy_pattern(
    r"pa(?:ss(?!ed|ing|es|iv)|t(?![ht]))|p(?:in(?![gn])|w|epper)|se(?:cret|nha|ed|ss)|s(?:alt|ig(?!n))"
    r"|token|key(?!word|err)|auth(?!or(?!i))|cred|bearer|connection|contrasena|mnemonic|recovery"
    r"|backup|dsn"
)
"""How every label begins. Looking for these first makes the search seven times as fast, and
leaving out what common words go on with (`path`, `keyword`) halves it again."""
_LABEL = lazy_pattern(
    r"""
    (?: (?P<password> pass(?:word|wd|phrase|code|wort)|contrasena|pwd|senha )
      | (?P<words> mnemonic|(?:seed|recovery|backup)[_\- ]?phrase|seed[_\- ]?words )
      | (?P<key> secret(?:[_\-. ]?key[_\-. ]?base)?|token|credentials?|bearer
               | connection_?string|pepper )
      | (?P<short> key|pass )
      | (?P<weak> auth(?:orization|entication)?|salt|pw|sig|dsn|pin|cred|pat
                | sess(?:ion)?[_\-]?id ) )
    (?= (?P<suffix> (?(weak)[_\-]|[_\- ]?) [a-z][a-z0-9]{0,15} (?:[_\-][a-z0-9]{1,15}){0,3}
                    (?![a-z0-9_\-])
                    (?= [\\"'`\])*]{0,4} [ \t]{0,20}            # what may follow, to be quick
                        (?: [=:|>,?{] | \r?\n | (?<=[ \t]) (?:["'`]|\S{16}) ) ) )? )
    (?: (?: [_\-]? (?: value|base64|b64|hex|string|text|id|default|raw|plain|prod|dev|test|live
                     | [0-9]{1,3} | [a-z] ) )?
        (?![a-z0-9_\-])
      | (?P=suffix) (?P<suffixed>) )
    [\\"'`\])*]{0,4}                       # what closes the label
    (?P<separator>
        [ \t]{0,20} (?: :[ \t]?(?:const[ ])?[&*]?                  # the type of what is assigned
                        ['a-z_.]{1,28}[0-9]{0,3}(?:_t)?
                        (?:[\[<][^\n=]{0,30}[\]>])?\??[ \t]{0,20} )?
        (?: \{[ ]?get;[^}\n]{0,30}\}[ \t]{0,3} )?                     # a property of C#
        (?: => | := | ::= | \?= | \+= | ===? | !==? | -> | [:=] )  # an assignment
      | [ \t]{1,20} (?: string|str|is|was|to|eq|will[ ]be ) [ \t]{0,5} [:=]? (?=[ \t])
      | [ \t]{0,20} [,|(]                    # an argument, a cell of a table, a call
      | [ \t]{0,4} [\w.>\])]{0,20} [ \t]{0,4}                      # a default
        (?: \|\| | \?\? | \bor\b | :- | :\+ | \|[ \t]{0,3}default\b ) [ \t(]{0,3}
      | (?= \r?\n [ \t]{0,40} (?:-[ ])? value: )                   # the next line of Kubernetes'
      | > | [ \t]{1,20} (?:value|content|default) [ \t]? =          # markup
      | [ \t]{1,20} (?=[^\s=:|,(>]) )        # Docker's ENV, options, .netrc
    (?P<gap>
        [ \t]{0,20}
        (?: \{\{ [^}\n"']{0,60} \b (?:default|or) \b [ (]{1,3}      # a template's default
          | [>|][+\-]?[0-9]? | [\\(\[{] | !!\w{1,8} | \b value: )?  # a folded text, a bracket
        [ \t]{0,20}
        (?: (?:[#/][^\n]{0,80})? \r?\n [ \t>#*/]{0,40} (?:-[ \t])? (?:value:[ \t]{0,9})? )? )
    """,
    re.VERBOSE,
)
"""A label with its separator, in lower case. Weak labels mean other things more often than not.
With a suffix (`api_key_staging`, `secret_key_base`) a label may be about a secret instead of being
one (`token_type`, `key_hash`), so its value must be random as well."""
_PUBLIC_SUFFIX = lazy_pattern(
    r"hash|digest|sha\d*$|md5|finger|thumb|check|sum$|uuid|guid|etag|commit|_id|path|file|version"
    r"|(?<![a-z])(?:rev|ref|url|uri|name|type|alg)|(?:rev|ref|url|uri|name|type|alg)s?$"
)
"""What follows the label of a value that everybody may know, such as `key_fingerprint`."""
_KEY_PREFIX = lazy_pattern(
    r"(?:api|secret|access|private|account|master|signing|encryption|session|client|app|license"
    r"|consumer|webhook|hmac|aes|admin|service|storage|deploy|crypto|cipher|jwt|subscription|auth)"
    r"[_\-. ]?\Z"
)
"""What makes a `key` one to a lock."""
_PREFIX_CHARACTERS = 13
_VALUE = lazy_pattern(
    r"(?:(?:bearer|basic|token|key|digest|bot|apikey|sso-key|value|default)[ :=]{1,3})?"
    r"(?:new [\w.]{1,30}\(|[\w.:]{0,40}\((?=[\"'`]))?"  # a call around the value
    r"[rbuf@$]{0,2}(?P<quote>\\?(?:\"{3}|'{3}|[\"'`]))"
    r"(?P<quoted>(?:(?!(?P=quote))[^\n\\]|\\.){1,500})"
    r"|(?:(?:bearer|basic|token|key|digest|bot|apikey|sso-key)[ :=]{1,3})?"
    r"(?P<bare>(?!&\w{1,30}=)[^\s\"'`<>;](?:(?!&(?:amp;)?\w{1,30}=)[^\s\"'`<>;]){2,500})",
    re.IGNORECASE,
)
_MOST_LABELS_IN_RUN = 8
"""Labels within one value that are read too."""
_SHORTEST_WEAK = 16
_WEAK_CHANGES, _LONG_WEAK, _LONG_WEAK_CHANGES = 0.3, 32, 0.2
"""What a value behind a weak label must have: so many characters, so random; long ones less."""
_LOOSE = (",",)
"""Separators after which only a quoted value on the same line belongs to the label."""
_COMPARING = ("==", "===", "!=", "!==", "or", "||", "??", "(")
"""Separators before expressions, or their last words, so that only a quoted text is a value."""
_VAGUE = (",", "|", ">")
"""Separators that prose has too: a word behind them is no value."""
_DIGIT = lazy_pattern(r"[0-9]|[a-z][A-Z][a-z]?[A-Z]")
_SIGN_OR_DIGIT = lazy_pattern(r"[0-9!@#^*?+~]|[a-z][A-Z][a-z]?[A-Z]")
_WORDS = lazy_pattern(r"[a-z]{3,10}(?: [a-z]{3,10}){3,23}")
_LEAST_WALLET_WORDS = 12
_MOST_WORDS = 8
_SENTENCE_WORD = lazy_pattern(
    r"\b(?:the|and|for|your|you|this|that|with|from|must|not|are|was|has|have|will|can|may|should"
    r"|when|which|its|all|any|one|use|used|enter|secret|password|passphrase|phrase|token|key|word"
    r"|words|seed|mnemonic)\b"
)
_TRAILING = ",.;:)]}|\\"
"""What ends a bare value and may belong to the text around it."""

_ADDRESS = lazy_pattern(r"://[^\s:/@\"'<>{}$]{0,80}:(?P<secret>[^\s/@\"'<>]{3,200})@")
_OPTION = lazy_pattern(
    r"-(?:u(?<![\w-]-u)|-user(?<![\w-]--user))[ =]{0,3}[\"']?"
    r"[\w.@\-]{1,60}:(?P<secret>[^\s\"']{5,200})"
)
"""A user with a password as an option of a command."""
_REMARK = lazy_pattern(r"[ \t]*(?:#(?![a-z])|//|/\*|\*[ \t]|--[ \t]|;|<!--)")
"""How a line begins that is a comment in some language."""
_PAIR = lazy_pattern(
    r"(?:password|pwd|accountkey|sharedaccesskey|sharedsecretvalue|sharedaccesssignature|secret)"
    r"=(?P<secret>[^;\s\"'<>]{5,300})"
)
"""A pair of a connection string."""
_CREDENTIAL = r"[ ]+(?P<secret>[a-z0-9+/._~\-]{12,1000}={0,2})"
_BASIC = lazy_pattern(r"basic(?<!\wbasic)" + _CREDENTIAL)
_BEARER = lazy_pattern(r"bearer(?<!\wbearer)" + _CREDENTIAL)
_PASSWORD_FILE = lazy_pattern(
    r"(?m)^[^\s:#]{1,100}:[0-9*]{1,6}:[^\s:]{1,100}:[^\s:]{1,100}:(?P<secret>\S{3,200})$"
)
"""A line of `.pgpass`: host, port, database, user, password."""
_LOGIN = r"\s+(?:(?:login|account)\s+\S{1,200}\s+){0,2}password\s+(?P<secret>\S{3,200})"
_NETRC = lazy_pattern(r"machine(?<!\wmachine)\s+\S{1,200}" + _LOGIN)
_NETRC_DEFAULT = lazy_pattern(r"default(?<!\wdefault)" + _LOGIN)
_HASH = lazy_pattern(
    r"\$(?P<secret>(?:2[abxy]|5|6|y|argon2(?:id?|d)|apr1|1|scrypt)\$[\w./$=,+\-]{20,200})"
)
_NAMED_HASH = lazy_pattern(
    r"\b(?P<secret>(?:pbkdf2|argon2|bcrypt|scrypt)[a-z0-9_]{0,12}\$[\w./$=,+\-]{20,200})"
)
_WEBHOOK = lazy_pattern(
    r"(?:hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/|webhook\.office\.com/webhookb2/"
    r"|discord(?:app)?\.com/api/(?:v\d+/)?webhooks/\d+/|hooks\.zapier\.com/hooks/catch/"
    r"|maker\.ifttt\.com/trigger/\w{1,60}/(?:json/)?with/key/)(?P<secret>[\w@/\-]{12,250})"
)
"""Addresses to which whoever knows them may send messages."""
_ONE_TIME = lazy_pattern(
    r"otpauth://[^\s\"'<>]{0,200}?[?&](?:amp;)?secret=(?P<secret>[a-z2-7]{16,128})"
)


class Labelled(NamedTuple):
    """A value that is secret by its label: where it stands, and what kind of secret it is."""

    start: int
    end: int
    kind: str


def labelled(text: str, lower_case: str, *, is_code: bool) -> Iterator[Labelled]:
    """The values in `text` that are secret by their labels; they may overlap.

    `is_code` says that what stands unquoted is an expression, not a text.
    """
    yield from _assigned(text, lower_case, is_code=is_code)
    for place in _PLACES:
        if place.may_be_in(lower_case):
            yield from _matches(place, text, lower_case)


def _assigned(text: str, lower_case: str, *, is_code: bool) -> Iterator[Labelled]:
    position = run_end = labels_in_run = 0
    while word := _LABEL_WORD.search(lower_case, position):
        label = _LABEL.match(lower_case, word.start())
        if label is None:
            position = word.start() + 1
            continue
        position = label.end()
        value = _VALUE.match(text, position)
        if value is None:
            continue
        # Values that hold labels are read again from each. In a long run of labels that takes long.
        labels_in_run = labels_in_run + 1 if position < run_end else 0
        run_end = max(run_end, value.end()) if not labels_in_run else run_end
        if labels_in_run > _MOST_LABELS_IN_RUN:
            position = max(position, run_end)
            continue
        if labelled_value := _labelled_value(label, value, is_code=is_code):
            yield labelled_value
            position = labelled_value.end
        elif _has_suffix(label):
            position = label.start("suffix")  # another label may be in it


def _labelled_value(
    label: re.Match[str], value: re.Match[str], *, is_code: bool
) -> Labelled | None:
    """The value behind a label, if it is a secret."""
    text = value.string
    is_quoted = bool(value["quote"])
    start, end = value.span("quoted" if is_quoted else "bare")
    is_in_quotes = is_quoted
    if not is_quoted:
        is_in_quotes = _is_in_address(label, text[end : end + 1])
        end = start + len(text[start:end].rstrip(_TRAILING))
    is_next_key = "\n" in label["gap"] and text[end : end + 1] == ":"
    if is_next_key:
        return None

    if label["words"] or label["password"] == "passphrase":
        end_of_words = _end_of_words(label, text, start, is_quoted=is_quoted)
        if end_of_words:
            return Labelled(start, end_of_words, "pass phrase")
    if label["password"] and is_in_quotes and not is_quoted and _is_part(text[start:end]):
        return Labelled(start, end, "password")  # `a.b` is no expression in an address
    is_in_quotes = is_in_quotes or _is_typed(label, text[start:end])
    is_word = _is_word(label, text)
    if not _is_secret(label, text[start:end], is_word, is_quoted=is_in_quotes, is_code=is_code):
        return None
    return Labelled(start, end, "password" if label["password"] else "labelled key")


def _is_in_address(label: re.Match[str], after: str) -> bool:
    """Whether a bare value is a parameter of an address in quotes, so that it is a text."""
    before = label.string[max(0, label.start() - 1) : label.start()]
    return before in ("?", "&") and after in ("'", '"', "`", "&")


def _is_typed(label: re.Match[str], value: str) -> bool:
    """Whether a password in a comment of code is a text and no expression, as in `# pass: x`."""
    is_password_label = label["password"] or label["short"] == "pass"
    is_mixed = has_both_cases(value) and bool(_SIGN_OR_DIGIT.search(value))
    if not (is_password_label and is_mixed):
        return False
    if label["separator"].strip() == "=" and not is_strong_password(value):
        return False
    line_start = label.string.rfind("\n", 0, label.start()) + 1
    return _REMARK.match(label.string, line_start, label.start()) is not None


def _end_of_words(label: re.Match[str], text: str, start: int, *, is_quoted: bool) -> int | None:
    """Where a pass phrase of plain words ends; None where the value is none.

    Wallets' phrases have 12 to 24 words, those that people draw from a list have four to eight. A
    sentence has one of the words that every sentence has.
    """
    words = _WORDS.match(text, start)
    if words is None or not (is_quoted or (label["separator"].strip() and not _has_suffix(label))):
        return None
    after = text[words.end() : words.end() + 1]
    before = label.string[max(0, label.start() - 1) : label.start()]
    if is_quoted:
        is_whole = after in ("'", '"', "`", "<", "\\")
    else:
        is_whole = after in ("", "\n", "\r", "<") or (after in ("'", '"') and after == before)
    count = len(words[0].split())
    is_phrase = count >= _LEAST_WALLET_WORDS if label["words"] else count <= _MOST_WORDS
    if not (is_whole and is_phrase) or _SENTENCE_WORD.search(words[0]):
        return None
    return words.end()


def _is_word(label: re.Match[str], text: str) -> bool:
    """Whether the label begins a word, or a part of one that begins with a capital letter."""
    start = label.start()
    return not start or not label.string[start - 1].isalpha() or text[start : start + 2].istitle()


def _is_secret(
    label: re.Match[str], value: str, is_word: bool, *, is_quoted: bool, is_code: bool
) -> bool:
    if not _belongs(label, value, is_quoted=is_quoted):
        return False
    if _has_suffix(label):
        is_name = is_code and not is_quoted and not any(map(str.isdigit, value))
        return (is_word or not label["weak"]) and not is_name and _is_strong(label, value)

    start, lower_case = label.start(), label.string
    if label["password"] or (label["short"] == "pass" and is_word):
        return is_password(value, is_quoted=is_quoted, is_code=is_code)
    if not is_key(value, is_quoted=is_quoted, is_code=is_code):
        return False
    before = lower_case[max(0, start - _PREFIX_CHARACTERS) : start]
    if label["key"] or label["words"] or (label["short"] == "key" and _KEY_PREFIX.search(before)):
        return True
    is_long = len(value) >= _SHORTEST_WEAK and any(map(str.isdigit, value))
    least_changes = _LONG_WEAK_CHANGES if len(value) >= _LONG_WEAK else _WEAK_CHANGES
    return is_word and is_long and changes(value) >= least_changes


def _is_strong(label: re.Match[str], value: str) -> bool:
    """Whether a value behind a label with a suffix is a secret whatever the suffix means."""
    start = label.start()
    is_public = label.string[max(0, start - 7) : start].rstrip("_- ").endswith("public")
    if is_public or _PUBLIC_SUFFIX.search(label["suffix"]):
        return False
    is_password_label = label["password"] or (
        label["short"] == "pass" and label["suffix"].startswith(("_", "-"))
    )
    return is_strong_password(value) if is_password_label else is_strong_key(value)


def _has_suffix(label: re.Match[str]) -> bool:
    return label["suffixed"] is not None


def _belongs(label: re.Match[str], value: str, *, is_quoted: bool) -> bool:
    """Whether what stands behind the separator can be the label's value."""
    separator = label["separator"].strip()
    if not is_quoted and separator.split(" ")[-1] in _COMPARING + _LOOSE:
        return False
    if separator in _LOOSE and "\n" in label["gap"]:
        return False
    is_prose = not separator or separator.isalpha()
    if is_prose:
        return _DIGIT.search(value) is not None
    return separator not in _VAGUE or _SIGN_OR_DIGIT.search(value) is not None


def _matches(place: _Place, text: str, lower_case: str) -> Iterator[Labelled]:
    for match in place.pattern.finditer(lower_case):
        start, end = match.span("secret")
        if place.is_secret(text[start:end]):
            yield Labelled(start, end, place.kind)


def _is_any_value(value: str) -> bool:
    return not is_placeholder(value)


def _is_credential(value: str) -> bool:
    """Whether the word behind `Basic` or `Bearer` is no word of a sentence."""
    return not is_placeholder(value) and bool(_SIGN_OR_DIGIT.search(value) or value[-1] == "=")


def _is_part(value: str) -> bool:
    return is_password_text(value.rstrip(_TRAILING))


class _Place(NamedTuple):
    """A pattern of its own for a place where secrets stand."""

    needs: str
    """What a text must hold, in lower case, for the pattern to be tried."""
    pattern: re.Pattern[str]
    kind: str
    is_secret: Callable[[str], bool]
    one_of: tuple[str, ...] = ()
    """Of these it must hold one: looking for them takes less than a search for the pattern."""

    def may_be_in(self, lower_case: str) -> bool:
        """Whether the pattern is worth a search."""
        if self.needs not in lower_case:
            return False
        return not self.one_of or any(part in lower_case for part in self.one_of)


_PAIR_NAMES = ("password=", "pwd=", "key=", "sharedsecretvalue=", "signature=", "secret=")
_HASH_NAMES = ("crypt", "pbkdf2", "argon2")
_PLACES = (
    _Place("://", _ADDRESS, "password in an address", _is_any_value),
    _Place(";", _PAIR, "connection string", _is_part, _PAIR_NAMES),
    _Place("basic ", _BASIC, "HTTP header", _is_credential),
    _Place("bearer ", _BEARER, "HTTP header", _is_credential),
    _Place("-u", _OPTION, "password of a command", _is_part),
    _Place("machine", _NETRC, "password file", _is_any_value),
    _Place("default", _NETRC_DEFAULT, "password file", _is_any_value),
    _Place(":5432:", _PASSWORD_FILE, "password file", _is_any_value),
    _Place("$", _HASH, "password hash", _is_any_value),
    _Place("$", _NAMED_HASH, "password hash", _is_any_value, _HASH_NAMES),
    _Place(".com/", _WEBHOOK, "webhook address", _is_any_value, ("hook", "ifttt")),
    _Place("otpauth://", _ONE_TIME, "one-time password key", _is_any_value),
)
