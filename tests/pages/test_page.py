"""The page: deterministic, harmless whatever the repository says, and checked."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.cli import main
from repo_mhm.location import Location
from repo_mhm.pages.blocks import Code, Drawing, Heading, Item, Items, Paragraph, Strong, prose
from repo_mhm.pages.html_page import html_page
from repo_mhm.pages.map_page import Dependency
from repo_mhm.pages.markdown import code, escaped, markdown
from repo_mhm.pages.mermaid import mermaid
from repo_mhm.pages.page_check import differences
from repo_mhm.pages.sentence_location import sentence_location
from tests.conftest import MakeRepo
from tests.pages.conftest import MapOf

Run = Callable[..., tuple[int, str, str]]

SHOP: dict[str | bytes, str | bytes] = {
    "README.md": "# Shop\n\nShop sells things to people.\n",
    "pyproject.toml": '[project]\nname = "shop"\ndescription = "Sells things."\n\n'
    '[project.scripts]\nshop = "shop.cli:run"\n',
    "Makefile": "test:\n\tpytest\n",
    "shop/__init__.py": "VERSION = 1\n",
    "shop/cli.py": '"""The command line of the shop."""\n\nfrom shop.cart import fill\n\n\n'
    "def run():\n    return fill([])\n",
    "shop/cart.py": '"""Carts and what is in them."""\n\nfrom shop.money import total\n\n\n'
    "def fill(items):\n    return total(items)\n",
    "shop/money.py": "def total(items):\n    return sum(items)\n",
}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in this process: exit code, stdout, stderr."""

    def run(*args: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["repo-mhm", *map(str, args)])
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        return (code if isinstance(code, int) else int(code is not None), *capsys.readouterr())

    return run


def test_the_page_says_what_a_newcomer_asks(make_repo: MakeRepo, run: Run) -> None:
    status, page, _ = run("map", "--repo", make_repo(SHOP).root)
    assert status == 0
    assert page.startswith("# shop: map of the code\n\nSells things. [`pyproject.toml:3`]")
    assert "script `shop` [`pyproject.toml:6`](pyproject.toml#L6) runs `run`" in page
    assert "calls `fill` [`shop/cart.py:6-7`](shop/cart.py#L6-L7) → `total`" in page
    assert "`cart.py`: Carts and what is in them. [`shop/cart.py:1`](shop/cart.py#L1)" in page
    assert "**test**: `make test` [`Makefile:1`](Makefile#L1)" in page
    assert "--> " in page


def test_links_lead_from_the_folder_of_the_page(make_repo: MakeRepo, run: Run) -> None:
    repo = make_repo({**SHOP, "docs/notes.md": "# Notes\n"})
    assert run("map", "--repo", repo.root, "--out", repo.root / "docs" / "MAP.md")[0] == 0
    page = (repo.root / "docs" / "MAP.md").read_text("utf-8")
    targets = set(re.findall(r"\]\(([^)#]+)#", page))
    assert targets
    assert all((repo.root / "docs" / target).is_file() for target in targets)


def test_a_page_is_out_of_date_only_where_a_statement_changed(
    make_repo: MakeRepo, run: Run
) -> None:
    repo = make_repo(SHOP)
    for name in ("MAP.md", "map.html", "map.json", "map.svg"):
        file = repo.root / name
        assert run("map", "--repo", repo.root, "--out", file)[0] == 0
        repo.commit({}, f"add {name}")
        status, out, _ = run("map", "--repo", repo.root, "--check", file)
        assert (status, out.strip().endswith("is up to date")) == (0, True), out

    repo.commit(
        {"shop/money.py": "from shop.cart import fill\n\n\ndef total(items):\n    return 0\n"}
    )
    status, out, err = run("map", "--repo", repo.root, "--check", repo.root / "MAP.md")
    assert status == 1
    assert "is out of date" in out
    assert "+ - `money.py` → `cart.py` [`shop/money.py:1`]" in out
    assert "repo-mhm map --out" in err


def test_wrong_options_say_which_ones_fit(make_repo: MakeRepo, run: Run) -> None:
    repo = make_repo(SHOP)
    status, _, err = run("map", "--repo", repo.root, "--check", repo.root / "none.md")
    assert (status, "does not exist" in err, "--out" in err) == (2, True, True)
    assert run("map", "--repo", repo.root, "--html", "--svg")[0] == 2
    assert run("map", "--repo", repo.root, "--out", "a.md", "--check", "a.md")[0] == 2


def test_a_page_is_never_written_through_a_link_out_of_the_repository(
    make_repo: MakeRepo, run: Run, tmp_path: Path
) -> None:
    repo = make_repo(SHOP)
    secret = tmp_path / "secret"
    secret.write_text("precious")
    (repo.root / "MAP.md").symlink_to(secret)
    (repo.root / "docs").symlink_to(tmp_path)
    for name in ("MAP.md", "docs/MAP.md"):
        status, _, err = run("map", "--repo", repo.root, "--out", repo.root / name)
        assert (status, "leads out of the repository" in err) == (2, True)
    assert secret.read_text() == "precious"
    assert not (tmp_path / "MAP.md").exists()


def test_the_same_source_gives_the_same_bytes_however_the_memory_came_about(
    make_repo: MakeRepo, run: Run
) -> None:
    first = make_repo({name: SHOP[name] for name in list(SHOP)[:5]}, name="first")
    run("map", "--repo", first.root)
    first.commit({**SHOP, "shop/cart.py": "x = 1\n"})
    run("search", "--repo", first.root, "total")
    first.commit(SHOP, "all")
    second = make_repo({"a.py": "x = 1\n"}, name="of another name")
    second.commit({}, "empty")
    second.git("rm", "-q", "a.py")
    second.commit(SHOP, "all")
    pages = [run("map", "--repo", repo.root, "--json")[1] for repo in (first, second)]
    values = [json.loads(page) for page in pages]
    for value in values:
        del value["history"]
    assert values[0] == values[1]


HOSTILE = st.one_of(
    st.text(min_size=1, max_size=60).filter(lambda text: bool(text.strip(" \t\n\r\f\v"))),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            "</title><img src=x onerror=alert(1)>",
            "`a` ``b`` [x](javascript:alert(1)) ![y](https://e.org/z.png)",
            '"] --> m0; click m0 "javascript:alert(1)"',
            "<!-- not compared by --check -->",
            "\x1b[31m\u202ered\n# heading\n- item",
            "::error::x ##[command]",
            "```\n~~~\n| a | b |",
            "%%{init: {'theme': 'x'}}%% #quot; #35;",
            "end",
        ]
    ),
)


def _blocks(text: str) -> list[object]:
    edge = Dependency(text, "b", (Location(text or "a", 1, 2),))
    return [
        Heading(1, text),
        Paragraph((text, " ", Code(text), " ", Strong(text), Location(text, 1, 1))),
        Items((Item((text,), ((Code(text),), prose(text))),), title=text),
        Drawing(((text, text), ("b", "b")), (edge,)),
    ]


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.comments: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def _tags(text: str) -> _Tags:
    parser = _Tags()
    parser.feed(html_page(_blocks(text), text))  # type: ignore[arg-type]
    return parser


@given(HOSTILE)
def test_no_text_becomes_markup_of_html(text: str) -> None:
    plain, parsed = _tags("plain"), _tags(text)
    ignored = {"code"}  # what stands between back-ticks is code
    assert [tag for tag in parsed.tags if tag not in ignored] == [
        tag for tag in plain.tags if tag not in ignored
    ]
    assert not parsed.attributes & {"onerror", "onload", "src", "href"}
    assert not parsed.comments
    assert "script" not in parsed.tags


@given(HOSTILE)
def test_no_text_adds_a_line_or_an_active_character_to_markdown(text: str) -> None:
    plain = markdown(_blocks("plain"))  # type: ignore[arg-type]
    page = markdown(_blocks(text))  # type: ignore[arg-type]
    assert len(page.splitlines()) == len(plain.splitlines())
    assert not re.search(r"(?<!\\)[*_\[\]<>|&$@]", escaped(text))
    inner = code(text)
    fence = re.match("`+", inner)
    assert fence is not None
    assert fence[0] not in inner[len(fence[0]) : -len(fence[0])].split(" ")


@given(HOSTILE)
def test_no_name_leaves_its_box_of_mermaid(text: str) -> None:
    drawing = Drawing(((text, text), ("b", "b")), (Dependency(text, "b", (Location("a", 1, 1),)),))
    lines = mermaid(drawing).splitlines() if text != "b" else []
    assert not lines or len(lines) == 4
    for line in lines[1:3]:
        assert re.fullmatch(r"    m\d\[\"[\w ./#;-]*\"\]", line, re.ASCII)


@given(st.lists(st.text("ab ", max_size=9), min_size=1, max_size=20))
def test_a_page_does_not_differ_from_itself(lines: list[str]) -> None:
    page = "\n".join(lines)
    assert differences(page, page) == []
    assert differences(page, f"{page}\nmore")[-1:] == ["+ more"]


def test_a_sentence_is_found_whatever_marks_and_breaks_it_had() -> None:
    text = '"""\nshop.cart\n~~~~~\n\nThis module *fills*\n# carts with things.\n"""\nx = 1\n'
    assert sentence_location("a.py", text, "Fills carts with things.") == Location("a.py", 5, 6)
    assert sentence_location("a.py", text, "Nothing of this is there") == Location("a.py", 1, 1)


def test_the_map_names_the_commands_of_ci_and_metadata(map_of: MapOf) -> None:
    page = map_of(
        {
            "package.json": '{\n "scripts": {\n  "test": "jest",\n  "lint": "eslint ."\n }\n}\n',
            ".github/workflows/ci.yml": "jobs:\n  a:\n    steps:\n      - run: make docs\n"
            "      - run: |\n          echo hello\n          pytest -x\n          rm -rf build\n"
            "      - run: pip install tox\n      - run: pytest ${{ matrix.x }}\n",
            "src/a.js": "export const a = 1\n",
        }
    )
    seen = {(seen.task, seen.command, str(seen.location)) for seen in page.commands}
    assert seen == {
        ("test", "npm run test", "package.json:3-3"),
        ("check", "npm run lint", "package.json:4-4"),
        ("docs", "make docs", ".github/workflows/ci.yml:4-4"),
        ("test", "pytest -x", ".github/workflows/ci.yml:7-7"),
    }
