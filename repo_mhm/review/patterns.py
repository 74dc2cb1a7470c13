"""Patterns: what the changed lines themselves say, without knowing the rest of the repository. Silent when in doubt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from difflib import SequenceMatcher

from repo_mhm.review import BASELINE
from repo_mhm.review.code import HASH_LANGUAGES, TOKEN, inside, masked
from repo_mhm.source.unified_diff import Hunk, Line, blocks
from repo_mhm.review.edits import Edit, place
from repo_mhm.review.findings import Finding, Severity
from repo_mhm.review.signatures import LANGUAGES
from repo_mhm.source.file_roles import is_test
from repo_mhm.source.redaction import MASK, redact

_CONFLICT = re.compile(r"(<{7}|>{7})( .*)?\r?$")
_SYMMETRIC = frozenset(
    "max min gcd lcm union intersection isclose isinstance print len set frozenset Union".split()
)
"""Calls whose arguments may change places without any effect, or with one nobody calls a mistake."""
_COMPARISONS = {frozenset(pair) for pair in (("<", "<="), (">", ">="))}
_INVERSIONS = {
    frozenset(pair)
    for pair in (("==", "!="), ("and", "or"), ("&&", "||"), ("<", ">"), ("<=", ">="))
}
_BROAD = re.compile(
    r"^\s*except\s*(?:\(?\s*(?:Exception|BaseException)\b[^,)]*\)?(?:\s+as\s+\w+)?)?\s*:"
)
_NARROW = re.compile(r"^\s*except\s+(?!.*\b(?:Exception|BaseException)\b)\S")
_HANDLED = re.compile(r"^\s*(?:except|raise)\s+(\([^)]*\)|[\w.]+)", re.MULTILINE)
_LONGEST_LINE = 2000
_SUSPICIOUS = re.compile(
    r"""[\w+/=.-]{16}|pass|pwd|secret|key|token|cred|contrase|auth|://|-----|["'][\w+/=-]{8,}["']""",
    re.IGNORECASE,
)
"""What every secret that the detectors know has: sixteen characters in a row, or a telling word beside it."""
_SAME_TEST = 0.6


def patterns(edits: Sequence[Edit], changed_names: Collection[str] = ()) -> list[Finding]:
    """Findings from the changed lines; `changed_names` are definitions whose signature the diff changes too."""
    return [
        *_missing_tests(edits),
        *(found for edit in edits for found in _of_edit(edit, changed_names)),
    ]


def _of_edit(edit: Edit, changed_names: Collection[str]) -> Iterator[Finding]:
    yield from _conflicts(edit)
    yield from _secrets(edit)
    side = edit.new
    if side is None or edit.old is None or side.language not in LANGUAGES:
        return
    broad = False
    for hunk in edit.diff.hunks:
        if side.language == "python" and (widened := _widened(edit, hunk)):
            broad = True
            yield widened
        for old, new in _pairs(hunk):
            yield from _line_pair(edit, old, new, changed_names)
    if side.language == "python" and not broad:
        yield from _dropped_handling(edit)


def _conflicts(edit: Edit) -> Iterator[Finding]:
    marks = [line for line in edit.diff.added() if _CONFLICT.match(line.text)]
    if len({line.text[0] for line in marks}) == 2:
        message = "a conflict marker is left in the file"
        yield _finding(edit, marks[0].new, "error", "conflict", message)


def _secrets(edit: Edit) -> Iterator[Finding]:
    removed = {line.text for line in edit.diff.removed()}
    added = [line for line in edit.diff.added() if line.text not in removed]
    if not added or edit.diff.path.endswith(BASELINE):
        return
    text = "\n".join(line.text for line in added)
    # Loading the detectors takes longer than reviewing a small change.
    clean, count = redact(edit.diff.path, text) if _SUSPICIOUS.search(text) else (text, 0)
    if not count:
        return
    known = set((edit.old.text if edit.old else "").split("\n"))
    for line, text in zip(added, clean.split("\n"), strict=False):
        if MASK in text and MASK not in line.text and line.text not in known:
            yield _finding(
                edit,
                line.new,
                "error",
                "secret",
                "this looks like a secret: keep it out of the repository",
            )


def _pairs(hunk: Hunk) -> Iterator[tuple[Line, Line]]:
    """A removed and an added line that stand for each other: blocks of equally many, in order."""
    for removed, added in blocks(hunk):
        if len(removed) == len(added):
            yield from zip(removed, added, strict=True)


def _line_pair(
    edit: Edit, old: Line, new: Line, changed_names: Collection[str]
) -> Iterator[Finding]:
    if edit.old is None or edit.new is None:
        return
    if max(len(old.text), len(new.text)) > _LONGEST_LINE or old.text.strip() == new.text.strip():
        return
    before, after = _at(edit.old.code_lines, old.old), _at(edit.new.code_lines, new.new)
    if name := _swapped(old.text, before, new.text, after):
        if name not in changed_names and name not in _SYMMETRIC:
            message = f"the arguments of `{name}` changed places, its parameters did not"
            yield _finding(edit, new.new, "warning", "arguments", message, was=old.text)
    elif said := _token_change(before, after):
        category, words = said
        yield _finding(edit, new.new, "warning", category, words, was=old.text)


def _swapped(old: str, before: str, new: str, after: str) -> str:
    """The called name whose arguments were only reordered, when nothing else on the line changed."""
    for match in re.finditer(r"([A-Za-z_$][\w$]*)\s*\(", before):
        first = inside(before, old, match.end() - 1)
        other = after[: match.end()]
        if first is None or len(first) < 2 or other != before[: match.end()]:
            continue
        second = inside(after, new, match.end() - 1)
        if second is None or first == second or sorted(first) != sorted(second):
            continue
        if any(re.match(r"\w+\s*=(?!=)|\*", argument) for argument in first) or re.search(
            r"\b(def|class)\s", before
        ):
            continue
        if len(old) == len(new):
            return match[1]
    return ""


def _token_change(before: str, after: str) -> tuple[str, str] | None:
    """A boundary moved by one or a condition turned round, when that is all that changed on the line."""
    old, new = TOKEN.findall(before), TOKEN.findall(after)
    if max(len(old), len(new)) > 200:
        return None
    changes = [
        one
        for one in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if one[0] != "equal"
    ]
    if len(changes) != 1:
        return None
    _, begin, end, start, stop = changes[0]
    gone, come = old[begin:end], new[start:stop]
    pair = frozenset((*gone, *come))
    if len(gone) == len(come) == 1:
        if pair in _COMPARISONS:
            return "boundary", f"the boundary moved: `{gone[0]}` became `{come[0]}`"
        if pair in _INVERSIONS:
            return "condition", f"the condition changed: `{gone[0]}` became `{come[0]}`"
        if _by_one(gone[0], come[0]) and re.search(r"\brange\s*\(|[\[<>]", before):
            return "boundary", f"the boundary moved by one: {gone[0]} became {come[0]}"
    if ["not"] in (gone, come) or (["!"] in (gone, come)):
        return (
            "condition",
            f"the condition changed: `{(gone or come)[0]}` was {'removed' if gone else 'added'}",
        )
    if (gone or come) in (["+", "1"], ["-", "1"]) and not (gone and come):
        return (
            "boundary",
            f"the boundary moved by one: `{' '.join(gone or come)}` was {'removed' if gone else 'added'}",
        )
    return None


def _by_one(old: str, new: str) -> bool:
    return (
        old.isdecimal()
        and new.isdecimal()
        and len(old) < 6
        and len(new) < 6
        and abs(int(old) - int(new)) == 1
    )


def _widened(edit: Edit, hunk: Hunk) -> Finding | None:
    """A handler for some exceptions became one for all."""
    narrow = [line for line in hunk.removed if _NARROW.match(line.text)]
    broad = [line for line in hunk.added if _BROAD.match(line.text)]
    if not narrow or len(broad) <= sum(bool(_BROAD.match(line.text)) for line in hunk.removed):
        return None
    was = " ".join(narrow[0].text.split())[:80]
    message = f"the handler now catches everything; it was `{was}`"
    return _finding(edit, broad[0].new, "warning", "exception", message, was=narrow[0].text)


def _dropped_handling(edit: Edit) -> Iterator[Finding]:
    """Exceptions that a function raised or handled, and that its file does not raise or handle any more."""
    assert edit.old is not None and edit.new is not None
    remaining = Counter(_handled(edit.new.code))
    living = {symbol.qualified for symbol in edit.new.symbols}
    told: set[str] = set()
    for line in edit.diff.removed():
        match = _HANDLED.match(masked(line.text, "python"))
        owner = edit.old.around(line.old)
        if (
            match is None
            or owner is None
            or owner.qualified not in living
            or owner.qualified in told
        ):
            continue
        lost = [name for name in _names(match[1]) if not remaining[name]]
        if lost and not re.search(rf"\bsuppress\s*\([^)]*\b{lost[0]}\b", edit.new.code):
            told.add(owner.qualified)
            message = f"`{owner.qualified}` no longer raises or handles {', '.join(f'`{name}`' for name in lost)}"
            at = place(edit, line)
            yield _finding(
                edit, at, "warning", "error-handling", message, owner.qualified, was=line.text
            )


def _handled(code: str) -> Iterator[str]:
    for match in _HANDLED.finditer(code):
        yield from _names(match[1])


def _names(clause: str) -> list[str]:
    return [name.rpartition(".")[2] for name in re.findall(r"[A-Za-z_][\w.]*", clause)]


def _missing_tests(edits: Sequence[Edit]) -> Iterator[Finding]:
    """Tests that are gone and were neither moved nor renamed, while the code that they used stayed."""
    after = {
        symbol.name
        for edit in edits
        if edit.new
        for symbol in edit.new.symbols
        if symbol.kind == "test"
    }
    gone_names = {
        symbol.name
        for edit in edits
        if edit.old and not is_test(edit.old.path)
        for symbol in edit.old.symbols
        if symbol.kind in {"function", "class", "method"} and not _has(edit, symbol.name)
    }
    for edit in edits:
        if edit.old is None:
            continue
        lost = [one for one in edit.old.symbols if one.kind == "test" and one.name not in after]
        lost = [one for one in lost if not _lives_on(edit, one.name, edit.old.body(one))]
        lost = [
            one
            for one in lost
            if not gone_names & set(re.findall(r"\w+", edit.old.body(one))) - {one.name}
        ]
        if not lost:
            continue
        first = lost[0]
        line = next((place(edit, one) for one in edit.diff.removed() if one.old >= first.start), 1)
        more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
        message = f"the test `{first.qualified}`{more} was removed, the code it tests was not"
        was = edit.old.lines[first.start - 1]
        yield _finding(
            edit, max(1, line), "warning", "test-removed", message, first.qualified, was=was
        )


def _has(edit: Edit, name: str) -> bool:
    return edit.new is not None and any(symbol.name == name for symbol in edit.new.symbols)


def _lives_on(edit: Edit, name: str, body: str) -> bool:
    """Whether a test that is new in the file looks like this one: it was renamed."""
    if edit.new is None or edit.old is None:
        return False
    known = {symbol.name for symbol in edit.old.symbols}
    text = body.replace(name, "")[:2000]
    fresh = (one for one in edit.new.symbols if one.kind == "test" and one.name not in known)
    return any(
        SequenceMatcher(
            None, text, edit.new.body(one).replace(one.name, "")[:2000], autojunk=False
        ).ratio()
        > _SAME_TEST
        for one in fresh
    )


def _finding(
    edit: Edit,
    line: int,
    severity: Severity,
    category: str,
    message: str,
    symbol: str = "",
    *,
    was: str = "",
) -> Finding:
    if not symbol and edit.new is not None and (owner := edit.new.around(line)):
        symbol = owner.qualified if category != "secret" else ""
    return Finding("impact", edit.diff.path, line, severity, category, message, (), symbol, was=was)


def is_cosmetic(edit: Edit, hunk: Hunk) -> bool:
    """Whether a hunk only changes comments, white space, quotes or the names of local variables."""
    old, new = edit.old, edit.new
    if new is None or (new.language not in LANGUAGES and new.language not in HASH_LANGUAGES):
        return False
    was = [(line.text, _at(old.code_lines, line.old)) for line in hunk.removed] if old else []
    now = [(line.text, _at(new.code_lines, line.new)) for line in hunk.added]
    before, after = (TOKEN.findall("\n".join(code for _, code in pairs)) for pairs in (was, now))
    if _strings(was) != _strings(now):
        return False
    known = set(re.findall(r"\w+", old.code)) if old else set()
    return _settled(before) == _settled(after) or _is_renaming(before, after, known)


def _at(lines: Sequence[str], number: int) -> str:
    return lines[number - 1] if 0 < number <= len(lines) else ""


def _is_renaming(before: Sequence[str], after: Sequence[str], known: Collection[str]) -> bool:
    """Whether some lower-case names were replaced, each by one that was nowhere in the file: not in `known`."""
    if len(before) != len(after):
        return False
    to: dict[str, str] = {}
    for old, new in zip(before, after, strict=True):
        if to.setdefault(old, new) != new:
            return False
    renamed = {old: new for old, new in to.items() if old != new}
    return not any(name in known for name in renamed.values()) and all(
        re.fullmatch(r"[a-z_]\w*", word) for pair in renamed.items() for word in pair
    )


def _settled(tokens: Sequence[str]) -> list[str]:
    """Tokens without those that formatting adds and takes, and without strings, which are compared apart."""
    return [
        token
        for token in tokens
        if token not in {",", "(", ")", "\\"} and not token.startswith('"')
    ]


def _strings(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """The strings of lines that hold more than one: what stands alone on its lines is a docstring."""
    texts = [text for text, code in pairs if code.strip().strip('"').strip()]
    return re.findall(r'"([^"\n]*)"', "\n".join(text.replace("'", '"') for text in texts))
