"""How values look to people: numbers, durations, sizes, and text that cannot harm a terminal.

Repository text, file names, commit messages and model output are untrusted. Before they are printed
`safe` makes visible what a terminal would act on or hide; `escaped_json` does the same for JSON,
whose parser gives the text back unchanged; `fenced` for Markdown, and `without_commands` for logs
of CI servers, which obey certain lines. The consoles of `cli.terminal` apply `safe` and
`without_commands` to everything once more, so that no exit depends on somebody's memory.
"""

from __future__ import annotations

import re

from repo_mhm.lazy_pattern import lazy_pattern

_CONTROLS = r"\x00-\x08\x0b-\x1f\x7f-\x9f"
_BIDI = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_SURROGATES = r"\ud800-\udfff"
_INVISIBLE = (
    r"\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2028\u2029\u2060-\u2065"
    r"\u206a-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Characters that show nothing: Default_Ignorable_Code_Point of Unicode 16, line separators, and
what annotates text between lines."""
_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f"
"""The flag of a region, such as Wales: its letters are invisible tags."""
_SUSPECT = lazy_pattern(f"{_FLAG}|[{_CONTROLS}{_BIDI}{_SURROGATES}{_INVISIBLE}]")
_JSON_SUSPECT = lazy_pattern(f"[{_CONTROLS}{_BIDI}{_INVISIBLE}]|##(?=\\w{{0,20}}\\[)")

_SELECTORS = lazy_pattern("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Variation selectors: each chooses the look of the character before it."""
_JOINING = lazy_pattern("[\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u17ff\u1800-\u18af]")
"""Letters of scripts whose spelling needs joiners: Arabic, Indic, Tibetan, Khmer, Mongolian."""
_UNSPACED = lazy_pattern("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
"""Thai, Lao, Burmese and Khmer, which part words by a space of no width."""
_EMOJI = lazy_pattern("[\u2190-\u2bff\u3030\u303d\u3297\u3299\ufe0f\U0001f000-\U0001faff]")


def safe(text: str) -> str:
    r"""`text` with everything made visible that acts on a terminal, or that shows nothing.

    These are control characters, marks of direction, lone surrogates and characters without a
    shape. Those that spelling or emoji need stay where they belong, and so do line ends and tabs.

    >>> safe("red: \x1b[31m"), safe("ad\u200bmin")
    ('red: \\x1b[31m', 'ad\\u200bmin')
    """
    return _SUSPECT.sub(_visible, text)


def _visible(match: re.Match[str]) -> str:
    suspect = match[0]
    if len(suspect) > 1:
        return suspect  # a flag
    before = match.string[max(0, match.start() - 1) : match.start()]
    after = match.string[match.end() : match.end() + 1]
    return suspect if _belongs(suspect, before, after) else _escape(suspect)


def _belongs(suspect: str, before: str, after: str) -> bool:
    """Whether an invisible character has its purpose between these two characters."""
    if suspect == "\u200d":
        joins_emoji = _EMOJI.match(before) and _EMOJI.match(after)
        return bool(joins_emoji or _JOINING.match(before))
    if suspect == "\u200c":
        return bool(_JOINING.match(before) and _JOINING.match(after))
    if suspect == "\u200b":
        return bool(_UNSPACED.match(before) and _UNSPACED.match(after))
    if _SELECTORS.match(suspect):
        has_looks = bool(before) and (before in "0123456789#*" or ord(before) > 0xA0)
        return has_looks and not _SUSPECT.match(before)
    return False


def _escape(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def escaped_json(document: str) -> str:
    r"""A document of JSON, as `ensure_ascii=False` writes it, with untrusted characters escaped.

    It stays equal after parsing, but for lone surrogates, which no UTF-8 holds: each becomes the
    replacement character.

    >>> print(escaped_json('"\u202e##[error]"'))
    "\u202e#\u0023[error]"
    """
    escaped = _JSON_SUSPECT.sub(_json_escape, document)
    return escaped.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _json_escape(match: re.Match[str]) -> str:
    if match[0] == "##":
        return "#\\u0023"
    units = match[0].encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


_COMMAND_AT_START = lazy_pattern(r"^((?:[ \t]|\x1b\[[0-9;]{0,20}m){0,200}):(?=:)", re.MULTILINE)
"""Behind spaces and colours, which a server may take away."""
_COMMAND_ANYWHERE = lazy_pattern(r"##(?=\w{0,20}\[)")


def without_commands(text: str, *, at_line_start: bool = True) -> str:
    r"""`text` with what CI servers take for a command made ordinary text.

    GitHub obeys lines that begin with `::name`, and like Azure and TeamCity `##name[` in a line.
    `at_line_start` says whether the text begins a line.

    >>> print(without_commands("::add-mask::x\n##[error] std::move"))
    \x3a:add-mask::x
    #\x23[error] std::move
    """
    text = _COMMAND_ANYWHERE.sub(r"#\\x23", text)
    first, line_end, rest = ("", "", text) if at_line_start else text.partition("\n")
    return first + line_end + _COMMAND_AT_START.sub(r"\1\\x3a", rest)


def fenced(text: str) -> str:
    """`text` as a block of code in Markdown, in which nothing is a link, an image or HTML.

    The fence is longer than any that the text holds.
    """
    longest = max(map(len, re.findall("`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}text\n{safe(text).rstrip()}\n{fence}\n"


def single_line(text: str) -> str:
    r"""`text` on one line, made safe, with single spaces.

    >>> single_line("def f(\n    x,\n):")
    'def f( x, ):'
    """
    return " ".join(safe(text).split())


def count(number: int, noun: str) -> str:
    """A number with its noun.

    >>> count(1, "chunk"), count(2000, "chunk")
    ('1 chunk', '2,000 chunks')
    """
    return f"{number:,} {noun if number == 1 else plural(noun)}"


def plural(noun: str) -> str:
    """The plural of a regular noun.

    >>> plural("chunk"), plural("subclass")
    ('chunks', 'subclasses')
    """
    return f"{noun}es" if noun.endswith("s") else f"{noun}s"


def duration(seconds: float) -> str:
    """A duration in whole seconds, from an hour on in whole minutes.

    >>> duration(8.2), duration(200), duration(7530)
    ('8 seconds', '3 minutes and 20 seconds', '2 hours and 5 minutes')
    """
    from datetime import timedelta

    import humanize

    unit = "minutes" if seconds >= 3600 else "seconds"
    return humanize.precisedelta(timedelta(seconds=round(seconds)), minimum_unit=unit, format="%d")


def rough_duration(seconds: float) -> str:
    """An estimate of a duration, as precise as an estimate is.

    >>> rough_duration(3), rough_duration(47), rough_duration(200), rough_duration(7530)
    ('5 s', '45 s', '3 min', '2 h 6 min')
    """
    if seconds < 57.5:
        return f"{max(5, round(seconds / 5) * 5)} s"
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def seconds_range(least: float, most: float) -> str:
    """An estimate of some seconds, with what it depends on unknown.

    >>> seconds_range(4.6, 5.2), seconds_range(5, 21.4), seconds_range(9, 190)
    ('about 5 s', '5 to 21 s', '9 to 190 s')
    """
    low, high = max(1, round(least)), max(1, round(most))
    return f"about {high} s" if high < 1.5 * low else f"{low} to {high} s"


def size(number: int) -> str:
    """A number of bytes, in decimal units as disks and downloads are measured.

    >>> size(98_362_432), size(1_117_320_768)
    ('98.4 MB', '1.1 GB')
    """
    import humanize

    return humanize.naturalsize(number)
