"""Impact: which users of a changed definition are reported, and which are not."""

from __future__ import annotations

import pytest

from repo_mhm.git import diff
from repo_mhm.review import edits
from repo_mhm.review.report import Report
from repo_mhm.review.reviewer import Reviewer
from repo_mhm.source.file_syntax import FileSyntax
from repo_mhm.source.languages import Language
from repo_mhm.source.parsing import ParseAborted
from tests.conftest import MakeRepo
from tests.review.conftest import Review

LIBRARY = "def load(path, strict=False):\n    return path, strict\n"


def named(report: Report) -> list[tuple[str, str]]:
    return [(finding.category, finding.symbol) for finding in report.findings]


def evidence(report: Report, category: str) -> list[tuple[str, int]]:
    found = next(finding for finding in report.findings if finding.category == category)
    return [(piece.location.path, piece.location.start) for piece in found.evidence]


def test_a_removed_parameter_names_the_calls_that_pass_it(review: Review) -> None:
    users = (
        "from pkg.lib import load\n\nload('a')\nload('b', True)\n"
        "load(\n    'c',\n    strict=True,\n)\nload(*args)\n"
        "class Other:\n    def load(self, a, b, c): ...\nOther().load(1, 2, 3)\n"
    )
    report = review(
        {"pkg/lib.py": LIBRARY, "pkg/use.py": users},
        {"pkg/lib.py": "def load(path):\n    return path\n"},
    )
    assert named(report) == [("signature", "load")]
    assert evidence(report, "signature") == [("pkg/use.py", 4), ("pkg/use.py", 5)]
    assert report.findings[0].severity == "error"
    assert (report.findings[0].path, report.findings[0].line) == ("pkg/lib.py", 1)
    assert "pkg/use.py:4 (passes 2 arguments by position where 1 fit)" in report.findings[0].message


def test_callers_changed_with_it_are_not_named(review: Review) -> None:
    report = review(
        {
            "pkg/lib.py": LIBRARY,
            "pkg/use.py": "from pkg.lib import load\n\nload('b', True)\nload('c', True)\n",
        },
        {
            "pkg/lib.py": "def load(path):\n    return path\n",
            "pkg/use.py": "from pkg.lib import load\n\nload('b')\nload('c')\n",
        },
    )
    assert report.findings == ()


def test_a_changed_default_names_the_calls_that_rely_on_it(review: Review) -> None:
    users = (
        "from pkg import lib\n\nlib.load('a')\nlib.load('b', True)\nlib.load('c', strict=False)\n"
    )
    report = review(
        {"pkg/lib.py": LIBRARY, "pkg/use.py": users},
        {"pkg/lib.py": LIBRARY.replace("strict=False", "strict=True")},
    )
    assert named(report) == [("default", "load")]
    assert evidence(report, "default") == [("pkg/use.py", 3)]
    assert "the default of strict is True, was False" in report.findings[0].message


@pytest.mark.parametrize(
    "new",
    [
        "def load(path, strict=False, *, depth=1):\n    return path, strict\n",
        "def load(path, strict=False, depth=1):\n    return path, strict\n",
        "def load(path, strict=False, **options):\n    return path, strict\n",
        "def load(path: str, strict: bool = False) -> tuple[str, bool]:\n    return path, strict\n",
        "def load(\n    path,\n    strict=False,\n):\n    pair = path, strict\n    return pair\n",
        'def load(path, strict=False):\n    """Load it."""\n    return path, strict\n',
    ],
)
def test_changes_that_no_caller_can_notice_are_not_reported(review: Review, new: str) -> None:
    users = "from pkg.lib import load\n\nload('a')\nload('b', True)\n"
    tests = "from pkg.lib import load\n\n\ndef test_load():\n    assert load('a', True)\n"
    report = review(
        {
            "pkg/lib.py": LIBRARY,
            "pkg/use.py": users,
            "tests/test_lib.py": tests,
            "docs/use.md": "`lib.load`\n",
        },
        {"pkg/lib.py": new},
    )
    assert report.findings == ()


def test_a_parameter_put_in_the_middle_moves_the_others(review: Review) -> None:
    report = review(
        {"lib.py": LIBRARY, "use.py": "from lib import load\n\nload('a')\nload('b', True)\n"},
        {"lib.py": LIBRARY.replace("path, strict=False):", "path, depth=0, strict=False):")},
    )
    assert named(report) == [("signature", "load")]
    assert evidence(report, "signature") == [("use.py", 4)]


def test_calls_of_a_class_are_calls_of_its_constructor(review: Review) -> None:
    before = "class Pool:\n    def __init__(self, size=1, wait=2):\n        self.size = size\n"
    report = review(
        {"lib.py": before, "use.py": "import lib\n\nlib.Pool()\nlib.Pool(1, 2)\n"},
        {"lib.py": before.replace("size=1, wait=2", "size=1")},
    )
    assert named(report) == [("signature", "Pool")]
    assert evidence(report, "signature") == [("use.py", 4)]


CLASS = (
    "class Store:\n    def fetch_row(self, key, deep):\n        return key\n\n"
    "    def both(self):\n        {call}\n"
)


def test_methods_are_found_on_self_and_where_nothing_else_can_be_meant(review: Review) -> None:
    use = "from lib import Store\n\ns = Store()\ns.fetch_row(1, 2)\n"
    unrelated = "import thing\n\nthing.fetch_row(1, 2)\n"
    before = CLASS.format(call="return self.fetch_row(1, 2)")
    report = review(
        {"lib.py": before, "use.py": use, "unrelated.py": unrelated},
        {"lib.py": before.replace("key, deep", "key")},
    )
    assert evidence(report, "signature") == [("lib.py", 6), ("use.py", 4)]


@pytest.mark.parametrize("name", ["get", "run", "update"])
def test_a_common_method_name_counts_where_its_class_is_certain(review: Review, name: str) -> None:
    before = CLASS.replace("fetch_row", name).format(call="return None")
    use = (
        f"from lib import Store\n\ns = Store()\ns.{name}(1, 2)\n{{}}.{name}(1, 2)\n"
        f"def f(thing):\n    thing.{name}(1, 2)\n"
    )
    report = review(
        {"lib.py": before, "use.py": use}, {"lib.py": before.replace("key, deep", "key")}
    )
    assert evidence(report, "signature") == [("use.py", 4)]


def test_a_removed_name_that_is_still_used(review: Review) -> None:
    before = "def one():\n    return 1\n\n\ndef two():\n    return 2 + 2 + 2\n"
    report = review(
        {
            "pkg/__init__.py": "from .lib import two\n",
            "pkg/lib.py": before,
            "use.py": "import pkg\n\npkg.two()\n",
        },
        {"pkg/lib.py": before.replace("def two", "def second")},
    )
    assert named(report) == [("removed", "two")]
    assert evidence(report, "removed") == [("pkg/__init__.py", 1), ("use.py", 3)]
    assert "was renamed to `second`" in report.findings[0].message
    assert (report.findings[0].line, report.findings[0].was) == (5, "def two():")


def test_what_moved_is_shown_where_it_is_now(make_repo: MakeRepo) -> None:
    repo = make_repo(
        {
            "pkg/old.py": "LIMIT = 3\n\n\ndef two(a):\n    return a\n",
            "use.py": "from pkg.old import two\n",
        }
    )
    repo.git("mv", "pkg/old.py", "pkg/new.py")
    (found,) = Reviewer().review(diff.staged(repo.root)).findings
    assert (found.path, found.line, found.source) == ("pkg/new.py", 4, "def two(a):")
    assert "moved from pkg/old.py" in found.message


@pytest.mark.parametrize(
    "after",
    [
        "from .other import two\n",
        "try:\n    from fast import two\nexcept ImportError:\n    two = None\n",
        "def __getattr__(name):\n    return name\n",
        "if True:\n    def two():\n        return 2\n",
        "two = int\n",
    ],
)
def test_a_name_that_can_still_be_imported_is_not_gone(review: Review, after: str) -> None:
    report = review(
        {
            "lib.py": "def two():\n    return 2\n",
            "other.py": "",
            "use.py": "from lib import two\n\ntwo()\n",
        },
        {"lib.py": after},
    )
    assert "removed" not in [finding.category for finding in report.findings]


def test_a_moved_module_is_missed_by_those_who_import_it(review: Review) -> None:
    body = "def two():\n    return 2\n\n\ndef three():\n    return 3 * 3 * 3\n"
    report = review(
        {"lib.py": body, "use.py": "from lib import two\n"}, {"lib.py": None, "new.py": body}
    )
    assert [finding.category for finding in report.findings] == ["removed"]
    assert evidence(report, "removed") == [("use.py", 1)]


def test_names_bound_to_something_else_are_no_references(review: Review) -> None:
    others = {
        "parameter.py": "def run(two):\n    return two()\n",
        "local.py": "two = max\ntwo()\n",
        "elsewhere.py": "from math import two\n\ntwo()\n",
        "text.py": "x = 'two()'  # two()\n",
        "keyword.py": "dict(two=1)\n",
        "method.py": "class A:\n    def two(self): ...\n    def b(self):\n        self.two()\n",
    }
    report = review({"lib.py": "def two():\n    return 2\n", **others}, {"lib.py": "x = 1\n"})
    assert report.findings == ()


def test_a_constant_and_who_reads_it(review: Review) -> None:
    before = "LIMIT = 10\nNAMES = [1, 2]\n__version__ = '1'\n\n\ndef f():\n    return LIMIT\n"
    use = (
        "from lib import LIMIT\n\nx = LIMIT + 1\ny = f'at most {LIMIT:>3} {{LIMIT}}'\nz = 'LIMIT'\n"
    )
    report = review(
        {"lib.py": before, "use.py": use},
        {
            "lib.py": before.replace("10", "11")
            .replace("[1, 2]", "[\n    1,\n    2,\n]")
            .replace("'1'", "'2'")
        },
    )
    assert named(report) == [("constant", "LIMIT")]
    assert evidence(report, "constant") == [("lib.py", 10), ("use.py", 3), ("use.py", 4)]


def test_unchanged_tests_and_documentation_are_reported(review: Review) -> None:
    before = "def open_file(path, mode='r'):\n    return path, mode\n"
    report = review(
        {
            "lib.py": before,
            "use.py": "from lib import open_file\n\nopen_file('a')\n",
            "tests/test_lib.py": (
                "from lib import open_file\n\n\ndef test_it():\n    assert open_file('a', 'w')\n"
            ),
            "README.md": "Call `open_file(path)`.\n",
            "CHANGES.md": "open_file was added\n",
        },
        {"lib.py": before.replace("'r'", "'rb'")},
    )
    assert [finding.category for finding in report.findings] == ["default", "docs", "tests"]
    assert evidence(report, "docs") == [("README.md", 1)]
    assert evidence(report, "tests") == [("tests/test_lib.py", 5)]


def test_other_languages_by_count_and_order(review: Review) -> None:
    script = "export function area(width, height) {\n  return width * height;\n}\n"
    use = "import { area } from './shape';\nconsole.log(area(1, 2));\n"
    other = "import { area } from 'geometry';\nconsole.log(area(1, 2));\n"
    report = review(
        {"shape.js": script, "use.js": use, "other.js": other},
        {"shape.js": "export function area(width) {\n  return width;\n}\n"},
    )
    assert evidence(report, "signature") == [("use.js", 2)]
    go = "package shape\n\nfunc Area(width int, height int) int {\n\treturn width * height\n}\n"
    call = (
        'package main\n\nimport "x/shape"\n\n'
        "func main() {\n\tshape.Area(1, 2)\n\tmath.Area(1, 2)\n}\n"
    )
    report = review(
        {"shape/area.go": go, "main.go": call},
        {"shape/area.go": go.replace("width int, height int", "width int")},
        name="go",
    )
    assert evidence(report, "signature") == [("main.go", 6)]


def test_overloads_properties_and_alternatives_are_left_alone(review: Review) -> None:
    before = (
        "import sys\nif sys.version_info > (3,):\n"
        "    def pick(a): ...\nelse:\n    def pick(a, b): ...\n\n\n"
        "class A:\n    @property\n    def size(self, x): ...\n"
    )
    report = review(
        {"lib.py": before, "use.py": "from lib import A, pick\n\npick(1, 2)\nA().size(1)\n"},
        {"lib.py": before.replace("(a, b)", "(a)").replace("(self, x)", "(self)")},
    )
    assert report.findings == ()


def test_code_inside_strings_counts_and_text_inside_them_does_not(review: Review) -> None:
    use = "from lib import load\n\nprint(f\"{load('a', True)} load('b', True)\")\n"
    report = review(
        {"lib.py": LIBRARY, "use.py": use},
        {"lib.py": "def load(path):\n    return path\n"},
    )
    assert evidence(report, "signature") == [("use.py", 3)]

    script = "export function area(width, height) {\n  return width * height;\n}\n"
    use = "import { area } from './shape';\nconst a = /[\"']/, b = `${area(1, 2)} area(3, 4)`;\n"
    report = review(
        {"shape.js": script, "use.js": use},
        {"shape.js": "export function area(width) {\n  return width;\n}\n"},
        name="js",
    )
    assert evidence(report, "signature") == [("use.js", 2)]


@pytest.mark.parametrize(
    ("before", "after", "is_reported"),
    [
        ("#ifdef block_signals\n# undef block_signals\n#endif\n", "", False),
        ("#undef block_signals\n", "", False),
        ("#if defined(OLD)\n", "#else\n# include <signal.h>\n#endif\n", False),
        ("#ifdef OLD\n", "#endif\n", True),
        ("#ifndef block_signals\n", "#endif\n", True),
        ("", "", True),
    ],
)
def test_a_macro_that_stands_in_for_a_name_from_elsewhere_is_no_removal(
    review: Review, before: str, after: str, is_reported: bool
) -> None:
    macro = f"{before}#define block_signals(how) own_block(how)\n{after}"
    users = '#include "internal.h"\n\nvoid poll(void) {\n    block_signals(1);\n}\n'
    report = review(
        {"internal.h": f"int size;\n{macro}", "epoll.c": users}, {"internal.h": "int size;\n"}
    )
    assert named(report) == ([("removed", "block_signals")] if is_reported else [])


def test_a_file_that_cannot_be_parsed_is_no_removal(
    review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_syntax = edits.read_syntax

    def read_short(path: str, data: bytes, language: Language, parseable: bytes) -> FileSyntax:
        if len(data) > 200:
            raise ParseAborted("too long")
        return read_syntax(path, data, language, parseable=parseable)

    monkeypatch.setattr(edits, "read_syntax", read_short)
    use = "from lib import load\n\nload('a', True)\n"
    report = review(
        {"lib.py": LIBRARY, "use.py": use},
        {"lib.py": LIBRARY.replace(", strict=False", "") + "# long\n" * 50},
    )
    assert report.findings == ()
