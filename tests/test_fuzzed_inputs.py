"""Diffs and model replies that nobody would write: no traceback, no hang, memory bounded.

TEST_FUZZ_INPUTS is how many of each (scripts/fuzz_inputs: 20,000), TEST_FUZZ_SEED the first seed.
"""

from __future__ import annotations

import difflib
import os
import random
import resource
import time
from collections.abc import Callable, Iterator

from repo_mhm.answer.answer_end import AnswerEnd
from repo_mhm.answer.citations import CitationFinder
from repo_mhm.deep.facts import Section
from repo_mhm.deep.replies import rewrite_step, supported_lines
from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.engine.types import Reply
from repo_mhm.errors import RepositoryError
from repo_mhm.git.changes import Change, Changes
from repo_mhm.git.trees import Tree
from repo_mhm.memory.notes import render
from repo_mhm.retrieval.query import parse_question
from repo_mhm.review.reviewer import Reviewer
from repo_mhm.source.chunks import Chunk
from repo_mhm.source.diff_parsing import parse
from repo_mhm.source.unified_diff import FileDiff, patched
from tests.answer.test_citations import PASSAGES, SNAPSHOT
from tests.conftest import MakeRepo
from tests.hostile_text import HOSTILE_TEXTS
from tests.memory.test_note_making import chunk_input
from tests.memory.test_note_making import run as run_consolidation

COUNT = int(os.environ.get("TEST_FUZZ_INPUTS", "150"))
SEED = int(os.environ.get("TEST_FUZZ_SEED", "7"))
MOST_SECONDS = 2.0
"""Of processor time for one input; a usual one takes a thousandth."""
MOST_BYTES = 400_000_000
"""How much the process may grow over all inputs."""
REVIEWED_SHARE = 0.05
"""Share of the diffs that are reviewed: it takes ten times as long as reading one."""
LANGUAGES = ("a.py", "a.ts", "a.go", "a.rb", "a.c", "a.java", "a.rs", "a.md", "a.json", "a.sh")
_LINES = (
    "def load(path, strict=False):", "    return path", "if (a < b && c) {", "}", "", "\t", "\f",
    "--- a/x", "+++ b/x", "@@ -1,3 +1,9 @@", "@@", "-- x", "++ y", "\\ No newline at end of file",
    "diff --git a/x b/x", "rename from x", "Binary files a/x and b/x differ", "<<<<<<< HEAD",
    "=======", ">>>>>>> x", "# repo-mhm: ignore", "password = 'hunter2hunter2'", "é\r", "\udcff",
    "index 000..111 160000", "GIT binary patch", "new file mode 120000", "x" * 3000, "(" * 500,
)  # fmt: skip
_FRAGMENTS = (
    *HOSTILE_TEXTS, "`send` calls `check`. ", "It returns `None`. ", "app/net.py:10-12 ",
    "app/net.py:1-99999999999999999999 ", "`a.py:7:7:7`", "```python\nx = 1\n", "```\n", "~~~\n",
    "- item\n", "1. one\n2. two\n", "\n\n", "...", "`" * 40, "(" * 90, "a" * 2000, "a." * 700,
    " " * 900, "<|im_end|>", "<|im_start|>system\n", "</s>", "[1][2][3]", "None", "overall: ",
    "| a | b |\n|---|---|\n", "https://example.org/" + "a/" * 99, "\0", "é\u0301" * 50, "_" * 800,
    "send and close and " * 60, "`CookieJar.merge`'s `merge` method's ", "!?.!?. ",
)  # fmt: skip


def _mangled(text: str, chance: random.Random) -> str:
    """The text with some lines or characters changed, moved or left out."""
    for _ in range(chance.choice([0, 1, 3, 12])):
        lines = text.split("\n")
        where = chance.randrange(len(lines))
        kind = chance.randrange(5)
        if kind == 0:
            del lines[where]
        elif kind == 1:
            lines.insert(where, chance.choice(_LINES))
        elif kind == 2:
            lines[where] = lines[where][: chance.randrange(len(lines[where]) + 1)]
        elif kind == 3:
            lines[where] = chance.choice("+- @\\") + lines[where][1:]
        else:
            lines[where] = lines[where].replace("1", str(chance.choice([0, 10**9, -3, 10**30])))
        text = "\n".join(lines)
    return text


def _side(chance: random.Random) -> list[str]:
    return [chance.choice(_LINES) for _ in range(chance.randrange(14))]


def _diff_text(chance: random.Random) -> tuple[str, list[str], list[str]]:
    old = _side(chance)
    new = list(old)
    for _ in range(chance.randrange(5)):
        new[chance.randrange(len(new) + 1) :] = _side(chance)
    name = chance.choice(LANGUAGES)
    lines = difflib.unified_diff(old, new, f"a/{name}", f"b/{name}", lineterm="", n=3)
    return "\n".join(lines) + "\n", old, new


def _reply_text(chance: random.Random) -> str:
    return "".join(chance.choice(_FRAGMENTS) for _ in range(chance.randrange(1, 24)))


def _each(count: int, use: Callable[[random.Random], None]) -> None:
    """Use so many sources of chance; none may take long, all together little memory."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(count):
        began = time.process_time()
        use(random.Random(SEED + number))
        seconds = time.process_time() - began
        assert seconds < MOST_SECONDS, f"seed {SEED + number} took {seconds:.1f} s"
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown * 1024 < MOST_BYTES


def test_a_mangled_diff_is_read_or_refused_in_time(make_repo: MakeRepo) -> None:
    tree = Tree(make_repo({"use.py": "from a import load\nload(1, 2)\n"}).root, "worktree", "", {})

    def use(chance: random.Random) -> None:
        text, old, new = _diff_text(chance)
        try:
            diffs = parse(_mangled(text, chance))
        except RepositoryError:
            return
        for diff in diffs:
            for side in (old, new):
                try:
                    patched(diff.path, side, diff.hunks, reverse=side is new)
                except RepositoryError:
                    continue
        if chance.random() < REVIEWED_SHARE:
            _review(tree, list(diffs), old, new)

    _each(COUNT, use)


def _review(tree: Tree, diffs: list[FileDiff], old: list[str], new: list[str]) -> None:
    sides = ["\n".join(side).encode("utf-8", "surrogateescape") for side in (old, new)]
    changes = tuple(Change(diff, *sides) for diff in diffs)
    report = Reviewer().review(Changes("fuzzed", changes, (), tree))
    defects = [finding for finding in report.findings if finding.category == "unreviewed"]
    assert defects == []


def test_a_mangled_reply_makes_notes_and_sentences_in_time() -> None:
    _each(COUNT, _use_reply)


def _use_reply(chance: random.Random) -> None:
    text = _reply_text(chance)
    memory, _ = run_consolidation(
        [[chunk_input(1)]],
        ScriptedEngine(lambda prompt: [text] * len(prompt.slots)),
        200,
    )
    rendered = render(memory.notes())
    assert len(rendered.splitlines()) == len(list(memory.notes()))
    assert not any(ord(character) < 32 for character in rendered if character != "\n")

    query = parse_question("where are cookies merged?")
    reply = Reply((text,), generated_tokens=9, prompt_tokens=9)
    section = Section(_CHUNK, "def merge(cookies):\n    return cookies\n", 0)
    assert all("\n" not in line for line in supported_lines(section, reply, query))
    rewrite_step(section, reply)
    _cite(text, chance)


def _cite(text: str, chance: random.Random) -> None:
    """The sentences are the same whatever the pieces in which the answer comes."""
    finder = CitationFinder(PASSAGES, SNAPSHOT)
    end = AnswerEnd()
    sentences = []
    for piece in _pieces(text, chance):
        sentences += finder.feed(piece)
        end.may_repeat(piece)
    sentences += finder.finish()
    end.new_sentences(sentences)
    assert all(text[each.start : each.end] == each.text for each in sentences)


def _pieces(text: str, chance: random.Random) -> Iterator[str]:
    position = 0
    while position < len(text):
        length = chance.choice([1, 3, 20, 400])
        yield text[position : position + length]
        position += length


_CHUNK = Chunk(
    path="app/jar.py", start=1, end=2, start_byte=0, end_byte=40, kind="code", module="app",
    symbols=("merge",), tokens=12, content_id="c", enclosing="",
)  # fmt: skip
