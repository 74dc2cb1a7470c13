"""What a file is for: the authors' words where they say it, else an outline for the model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from repo_mhm.git import open_snapshot
from repo_mhm.memory.notes import DIRECTORY, FILE
from repo_mhm.memory.purposes import OUTLINE_TOKENS, PurposeSubject, purpose_subjects
from repo_mhm.memory.refresh import refresh
from repo_mhm.source.token_estimates import estimate_tokens
from repo_mhm.store import open_store

Subjects = Callable[[dict[str, str]], dict[str, PurposeSubject]]
CODE = "def deliver(parcel, limit=3):\n    return parcel[:limit]\n"


@pytest.fixture
def subjects(tmp_path: Path) -> Subjects:
    def subjects(files: dict[str, str]) -> dict[str, PurposeSubject]:
        for path, text in files.items():
            file = tmp_path / "repo" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        with open_store(tmp_path / "state") as store:
            refresh(store, open_snapshot(tmp_path / "repo"), heads=2)
            by_path = {path: store.symbols_in(path) for path in store.paths_with_chunks()}
            found = purpose_subjects(store.file_overviews(), by_path.__getitem__)
        return {subject.anchor: subject for subject in found}

    return subjects


@pytest.mark.parametrize(
    ("name", "top", "words"),
    [
        ("a.py", '"""Delivers parcels over the link."""\n', "Delivers parcels over the link."),
        (
            "a.py",
            '"""\npost.a\n~~~~~~\n\nThis module delivers parcels\nover the link. More.\n"""\n',
            "Delivers parcels over the link.",
        ),
        ("a.py", '# mypy: strict\n"""Delivers parcels over it."""\n', "Delivers parcels over it."),
        ("a.js", "// Copyright 2026 Post\n\n// Delivers parcels over it.\n\nlet x = 1\n",
         "Delivers parcels over it."),
        ("a.go", "// Package post delivers parcels quickly.\npackage post\n",
         "Package post delivers parcels quickly."),
        ("a.py", '"""Parcels."""\n', ""),
        ("a.py", "# TODO: make it deliver parcels faster\n", ""),
        ("a.py", "#    __ _  ___ ___ \n#   / _/ _/ __/ __/\n", ""),
    ],
)  # fmt: skip
def test_the_authors_words_need_no_model(
    subjects: Subjects, name: str, top: str, words: str
) -> None:
    code = CODE if name.endswith(".py") else ""
    (subject,) = subjects({name: f"{top}\n{code}"}).values()
    assert (subject.words, subject.level) == (words, FILE)


COURIER = '''

class Courier:
    """Carries parcels from door to door."""

    def run(self):
        pass
'''


def test_a_file_that_is_one_class_is_for_what_the_class_is_for(subjects: Subjects) -> None:
    words = "Courier: Carries parcels from door to door."
    use = "from a import Courier\nCourier().run()\n"
    subject = subjects({"a.py": COURIER, "b.py": use})["a.py"]
    assert (subject.words, subject.main_words) == (words, words)


def test_the_main_class_of_a_file_of_more_stands_by(subjects: Subjects) -> None:
    others = "".join(CODE.replace("deliver", f"deliver_{n}") for n in range(9))
    calls = "".join(f"a.deliver_{n}(1)\n" for n in range(9))
    subject = subjects({"a.py": f"{others}{COURIER}", "b.py": f"import a\n{calls}"})["a.py"]
    assert subject.words == ""
    assert subject.main_words == "Courier: Carries parcels from door to door."


def test_a_list_of_names_says_no_purpose(subjects: Subjects) -> None:
    text = (
        '"""\n* HTTPError\n  x RequestError\n    + TransportError\n      - TimeoutException\n"""\n'
    )
    assert subjects({"a.py": f"{text}{CODE}"})["a.py"].words == ""


def test_what_is_said_of_the_first_definition_is_not_said_of_the_file(subjects: Subjects) -> None:
    text = "// Delivers one parcel over the link.\nfunction deliver(parcel) {\n  return parcel\n}\n"
    assert subjects({"a.js": text})["a.js"].words == ""


def test_an_outline_shows_the_definitions_that_matter_within_its_limit(subjects: Subjects) -> None:
    body = "".join(f"    value += {row}\n" for row in range(9))
    functions = "\n\n".join(f"def part_{n}(value):\n{body}" for n in range(60))
    courier = '\n\nclass Courier:\n    def run(self):\n        """Runs the route of a day."""\n'
    outline = subjects({"a.py": functions + courier, "b.py": "import a\na.part_7(a.part_7(1))\n"})[
        "a.py"
    ].outline
    assert "def part_7(value)" in outline
    assert 0 < estimate_tokens(outline.encode()) <= OUTLINE_TOKENS
    small = subjects({"c.py": courier})["c.py"].outline
    assert small == "class Courier\nCourier.run(self)  # Runs the route of a day."


README = """<p align="center"><img src="https://post.example/logo.png"></p>

# Post

[![Build](https://post.example/badge.svg)](https://post.example)

**Post** delivers parcels over [the link](https://post.example/link). It is fast.
"""


def test_a_directory_of_several_files_has_a_purpose(subjects: Subjects) -> None:
    files = {f"post/{name}.py": CODE.replace("deliver", name) for name in ("send", "sort", "run")}
    found = subjects({**files, "README.md": README, "x.py": CODE, "y.py": CODE * 2, "z.py": "A=1"})
    assert found["."].words == "Post delivers parcels over the link."
    assert (found["post"].level, found["post"].words) == (DIRECTORY, "")
    assert "sort.py: sort" in found["post"].outline
    assert "README.md" not in found
    package = subjects({"post/__init__.py": '"""All that it takes to deliver parcels."""\n'})
    assert package["post"].words == "All that it takes to deliver parcels."


def test_two_files_are_too_few_for_a_purpose_of_their_directory(subjects: Subjects) -> None:
    assert subjects({"post/a.py": CODE, "post/b.py": CODE * 2}).keys() == {"post/a.py", "post/b.py"}
