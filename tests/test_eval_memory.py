"""The measure of what a memory says: which names count, and texts cut to a budget."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from memory_names import is_distinctive
from repo_maps import AiderMap, AiderMissing, fill

from tests.conftest import MakeRepo
from tests.patience import PATIENCE

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "eval_memory"
SOURCE = """
DEFAULT_LIMIT = 25


def load_table(path_name):
    return readRows(path_name)[:DEFAULT_LIMIT]


def readRows(path_name):
    return open(path_name).readlines()
"""


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("load_table", True),
        ("readRows", True),
        ("HTTPAdapter", True),
        ("Session", False),
        ("a_1_2", False),  # too few letters
        ("table", False),
    ],
)
def test_only_what_code_alone_spells_so_is_distinctive(word: str, expected: bool) -> None:
    assert is_distinctive(word) == expected


@pytest.mark.parametrize("budget", [0, 1, 7, 10, 11, 400])
def test_a_text_is_filled_up_to_its_budget_and_not_beyond(budget: int) -> None:
    filled = fill(lambda items: "x" * items, 100, budget, len)
    assert len(filled) == min(budget, 100)


def write_aider(folder: Path) -> None:
    """A package that answers as aider's does, with a tag for each file that it is given."""
    modules = {
        "__init__": "",
        "io": "class InputOutput:\n    def __init__(self, **options): print('hello')\n",
        "special": "def filter_important_files(paths): return ['README.md']\n",
        "repomap": """
class RepoMap:
    def __init__(self, root, io):
        self.load_tags_cache()
    def load_tags_cache(self):
        raise AssertionError("the repository must get no cache")
    def get_ranked_tags(self, chat, others, names, words):
        return [(path.rpartition('/')[2], 'tag') for path in others]
    def to_tree(self, tags, chat):
        return '\\n'.join(tag[0] for tag in tags)
""",
    }
    for name, text in modules.items():
        path = folder / "aider" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


@pytest.mark.slow
def test_aider_map_begins_with_important_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_aider(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    aider_map = AiderMap(Path(sys.executable), tmp_path, ["a.py", "b.py"])
    assert len(aider_map) == 3
    assert aider_map.text(2) == "README.md\na.py"
    aider_map.close()


@pytest.mark.slow
def test_a_python_without_aider_is_reported(tmp_path: Path) -> None:
    with pytest.raises(AiderMissing):
        AiderMap(Path(sys.executable), tmp_path, ["a.py"])


@pytest.mark.slow
def test_rows_of_a_repository_without_a_model(make_repo: MakeRepo, tmp_path: Path) -> None:
    repo = make_repo({"src/table.py": SOURCE, "README.md": "# Tables\n"})
    questions = tmp_path / "questions.jsonl"
    entry = {
        "question": "What does load_table do?",
        "answer": "It calls readRows in table.py with path_name and keeps DEFAULT_LIMIT rows.",
    }
    questions.write_text(json.dumps(entry) + "\n")

    command: list[str | Path] = [
        *(sys.executable, SCRIPT, "--json", "--budgets", "1024"),
        *("--repo", repo.root, "--questions", questions),
    ]
    done = subprocess.run(
        [*command, "--keep", tmp_path / "kept"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )

    result = json.loads(done.stdout)
    assert (result["names"], result["defined"]) == (3, 2)  # path_name is a parameter
    rows = {row["text"]: row for row in result["rows"]}
    assert rows["names by PageRank"]["defined"] == 1.0
    assert 0 < rows["names by PageRank"]["names"] < 1
    assert rows["memory"]["tokens"] <= 1024
    assert rows["memory"]["tokens read"] == 0
    assert (tmp_path / "kept" / "1024" / "memory.db").exists()
    assert not (repo.root / ".git" / "repo-mhm").exists()

    beside = [*command, "--beside", tmp_path / "kept/1024/memory.db"]
    again = subprocess.run(beside, capture_output=True, text=True, timeout=PATIENCE, check=True)
    rows = json.loads(again.stdout)["rows"]
    kept = next(row for row in rows if row["text"].startswith("memory in "))
    assert kept["names"] == next(row for row in rows if row["text"] == "memory")["names"]
