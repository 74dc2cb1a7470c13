"""Which users of a changed definition a review names: a table of kinds, by language.

Each case is the files before, the files after, and the places that a finding must name; none where
the change breaks nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from repo_mhm.review.findings import Severity
from repo_mhm.review.open_bases import is_intersection
from tests.review.conftest import Review

Files = Mapping[str, str]
Case = tuple[Files, Mapping[str, "str | None"], "list[str]"]

CORE = "def alpha(x):\n    return x + 1\n\n\ndef beta(y):\n    return y * 2 + len(str(y))\n"
BETA = CORE[CORE.index("def beta") :]
DATES = (
    "export function formatDate(d: Date): string {\n  return d.toISOString();\n}\n\n"
    "export const parse = (s: string) => s;\n\nexport interface Range { from: Date; to: Date }\n"
)
PARSE = DATES[DATES.index("export const") :]
JAVA = "interface Book {\n  int enter(int a);\n}\n"
JAVA_CLASS = "class Ledger implements Book {\n  public int enter(int a) { return a; }\n}\n"
JAVA_USE = "class Use {\n  int f(Book book) { return book.enter(2); }\n}\n"
OVERLOADS = "class Pick {\n  int at(int a) { return a; }\n  int at(int a, int b) { return b; }\n}\n"
C_HEADER = "int add_entry(int a);\n"
C_SOURCE = '#include "a.h"\nint add_entry(int a) { return a + 12345; }\n'
C_USE = '#include "a.h"\nint main(void) { return add_entry(1); }\n'

BROKEN: dict[str, Case] = {
    "python: a file moves, and one import is left": (
        {"src/a.py": CORE, "use.py": "from src.a import alpha\n", "b.py": "import src.a\n"},
        {"src/a.py": None, "src/core.py": CORE},
        ["b.py:1", "use.py:1"],
    ),
    "python: an import for its effects only": (
        {"src/__init__.py": "", "src/a.py": "print(1)\n", "use.py": "import src.a\n"},
        {"src/a.py": None},
        ["use.py:1"],
    ),
    "python: a star passed on by a package": (
        {
            "pkg/__init__.py": "from .core import *\n",
            "pkg/core.py": CORE,
            "use.py": "from pkg import *\nprint(alpha(2))\n",
        },
        {"pkg/core.py": BETA},
        ["use.py:2"],
    ),
    "python: an alias": (
        {"core.py": CORE, "use.py": "from core import alpha as first\nprint(first(2))\n"},
        {"core.py": BETA},
        ["use.py:1", "use.py:2"],
    ),
    "python: moved to another file, and its signature changed": (
        {"a.py": CORE, "use.py": "from a import alpha\n\n\nprint(alpha(1))\n"},
        {
            "a.py": BETA,
            "b.py": CORE[: CORE.index("def beta")].replace("(x)", "(x, z)"),
            "use.py": "from b import alpha\n\n\nprint(alpha(1))\n",
        },
        ["use.py:4"],
    ),
    "python: a method that a base does not have either": (
        {
            "m.py": "class Base: ...\n\n\nclass A(Base):\n    def rows(self):\n        return 1\n",
            "use.py": "from m import A\n\nA().rows()\n",
        },
        {"m.py": "class Base: ...\n\n\nclass A(Base):\n    pass\n"},
        ["use.py:3"],
    ),
    "python: the implementation behind overloads": (
        {
            "o.py": (
                "from typing import overload\n\n\n@overload\ndef conv(v: int) -> str: ...\n"
                "@overload\ndef conv(v: str) -> int: ...\ndef conv(v):\n    return v\n"
            ),
            "use.py": "from o import conv\nconv(1)\n",
        },
        {
            "o.py": (
                "from typing import overload\n\n\n@overload\ndef conv(v: int, w: int) -> str: ...\n"
                "@overload\ndef conv(v: str, w: int) -> int: ...\ndef conv(v, w):\n    return v\n"
            )
        },
        ["use.py:2"],
    ),
    "typescript: passed on by a barrel": (
        {
            "src/dates.ts": DATES,
            "src/index.ts": "export * from './dates';\n",
            "src/use.ts": "import { formatDate } from './index';\nformatDate(new Date());\n",
        },
        {"src/dates.ts": PARSE},
        ["src/use.ts:1", "src/use.ts:2"],
    ),
    "typescript: behind the name of a module": (
        {
            "src/dates.ts": DATES,
            "src/use.ts": "import * as d from './dates';\nd.formatDate(new Date());\n",
        },
        {"src/dates.ts": PARSE},
        ["src/use.ts:2"],
    ),
    "typescript: a property of an interface": (
        {
            "src/dates.ts": DATES,
            "src/use.ts": (
                "import type { Range } from './dates';\nexport const f = (r: Range) => r.to;\n"
            ),
        },
        {"src/dates.ts": DATES.replace("; to: Date", "")},
        ["src/use.ts:2"],
    ),
    "javascript: module.exports": (
        {
            "a.js": "function sum(x) {\n  return x;\n}\nmodule.exports = { sum };\n",
            "use.js": "const { sum } = require('./a');\nsum(1);\n",
        },
        {"a.js": "module.exports = {};\n"},
        ["use.js:1", "use.js:2"],
    ),
    "java: a method of an interface and its implementation": (
        {"Book.java": JAVA, "Ledger.java": JAVA_CLASS, "Use.java": JAVA_USE},
        {
            "Book.java": JAVA.replace("int a", "int a, int b"),
            "Ledger.java": JAVA_CLASS.replace("int a", "int a, int b"),
        },
        ["Use.java:2"],
    ),
    "java: the overload that a call fits": (
        {
            "Pick.java": OVERLOADS,
            "Use.java": "class Use {\n  int f() { return new Pick().at(1, 2); }\n}\n",
        },
        {"Pick.java": OVERLOADS.replace("int at(int a, int b) { return b; }", "")},
        ["Use.java:2"],
    ),
    "java: a static method behind its class": (
        {
            "Sum.java": "class Sum {\n  static int of(int a) { return a; }\n}\n",
            "Use.java": "class Use {\n  int f() { return Sum.of(1); }\n}\n",
        },
        {"Sum.java": "class Sum {\n  static int of(int a, int b) { return a; }\n}\n"},
        ["Use.java:2"],
    ),
    "kotlin: an extension function": (
        {
            "Text.kt": "class Token\nfun Token.stripQuotes(deep: Boolean): Token = this\n",
            "Use.kt": "fun use(thing: Thing) = thing.token.stripQuotes(true)\n",
        },
        {"Text.kt": "class Token\nfun other() = 1\n"},
        ["Use.kt:1"],
    ),
    "php: an inherited method behind $this": (
        {
            "Base.php": (
                "<?php\nabstract class Base {\n  protected function errorTitle($e) {\n"
                "    return 'a';\n  }\n}\n"
            ),
            "Html.php": (
                "<?php\nclass Html extends Base {\n  function show($e) {\n"
                "    return $this->errorTitle($e);\n  }\n}\n"
            ),
        },
        {"Base.php": "<?php\nabstract class Base {\n}\n"},
        ["Html.php:4"],
    ),
    "rust: a method behind a parameter": (
        {
            "src/args.rs": (
                "pub struct Args;\nimpl Args {\n    pub fn quit_early(&self) -> bool {\n"
                "        true\n    }\n}\n"
            ),
            "src/main.rs": "fn run(args: &Args) -> bool {\n    args.quit_early()\n}\n",
        },
        {"src/args.rs": "pub struct Args;\nimpl Args {\n}\n"},
        ["src/main.rs:2"],
    ),
    "typescript: passed on without semicolons": (
        {
            "src/timing.ts": "export type Times = number\nexport function wrapTime() {}\n",
            "src/index.ts": (
                "import type { Times } from './timing'\n\nexport { Times }\n"
                "export { wrapTime } from './timing'\n"
            ),
        },
        {"src/timing.ts": "export type Times = number\n"},
        ["src/index.ts:4"],
    ),
    "c: a parameter in the header and the source": (
        {"a.h": C_HEADER, "a.c": C_SOURCE, "use.c": C_USE},
        {
            "a.h": C_HEADER.replace("int a", "int a, int b"),
            "a.c": C_SOURCE.replace("int a", "int a, int b"),
        },
        ["use.c:2"],
    ),
    "c: only the prototype is left": (
        {"a.h": C_HEADER, "a.c": C_SOURCE, "use.c": C_USE},
        {"a.c": '#include "a.h"\n'},
        ["use.c:2"],
    ),
    "c: a member of a structure": (
        {
            "a.h": "struct conn {\n  int retry_count;\n  int fd;\n};\n",
            "use.c": '#include "a.h"\nint f(struct conn *c) { return c->retry_count; }\n',
        },
        {"a.h": "struct conn {\n  int fd;\n};\n"},
        ["use.c:2"],
    ),
    "go: a package without a manifest": (
        {
            "store/a.go": "package store\n\nfunc Open(p string) int { return 1 }\n",
            "main.go": 'package main\n\nimport "x/store"\n\nfunc main() { store.Open("a") }\n',
        },
        {"store/a.go": "package store\n"},
        ["main.go:5"],
    ),
    "ruby: a method": (
        {
            "lib/order.rb": (
                "class Order\n  def total_with_tax(rate)\n    rate * 2\n  end\n\n"
                "  def other\n    1\n  end\nend\n"
            ),
            "use.rb": "require_relative 'lib/order'\nOrder.new.total_with_tax(3)\n",
        },
        {"lib/order.rb": "class Order\n  def other\n    1\n  end\nend\n"},
        ["use.rb:2"],
    ),
    "lua: a function of a module's table": (
        {
            "m.lua": "local M = {}\nfunction M.compute_total(a) return a end\nreturn M\n",
            "use.lua": "local m = require('m')\nprint(m.compute_total(1))\n",
        },
        {"m.lua": "local M = {}\nreturn M\n"},
        ["use.lua:2"],
    ),
}

HARMLESS: dict[str, Case] = {
    "python: a module becomes a package that passes it on": (
        {"m.py": CORE, "use.py": "from m import alpha\n\nprint(alpha(1))\n"},
        {"m.py": None, "m/core.py": CORE, "m/__init__.py": "from m.core import alpha, beta\n"},
        [],
    ),
    "python: a base has the method": (
        {
            "m.py": (
                "class Base:\n    def rows(self):\n        return 0\n\n\n"
                "class A(Base):\n    def rows(self):\n        return 1\n"
            ),
            "use.py": "from m import A\n\nA().rows()\n",
        },
        {
            "m.py": (
                "class Base:\n    def rows(self):\n        return 0\n\n\nclass A(Base):\n    pass\n"
            )
        },
        [],
    ),
    "python: the user imports it from elsewhere now": (
        {"a.py": CORE, "use.py": "from a import alpha\n\n\n\nprint(alpha(1))\n"},
        {"a.py": BETA, "use.py": "from library import alpha\n\n\n\nprint(alpha(1))\n"},
        [],
    ),
    "typescript: a default that importers name themselves": (
        {
            "App.tsx": "export default function App() { return null }\n",
            "main.tsx": "import App from './App';\nApp();\n",
        },
        {"App.tsx": "export default function Main() { return null }\n"},
        [],
    ),
    "typescript: another package's file of the same name": (
        {
            "a/utils.ts": DATES,
            "b/utils.ts": DATES,
            "b/use.ts": "import { formatDate } from './utils';\nformatDate(new Date());\n",
        },
        {"a/utils.ts": PARSE},
        [],
    ),
    "java: a private method, and one of another class called so": (
        {
            "A.java": (
                "class A {\n  private int total(int a) { return a; }\n  int f() { return 2; }\n}\n"
            ),
            "B.java": "class B {\n  int g(Object o) { return helper.total(3); }\n}\n",
        },
        {"A.java": "class A {\n  int f() { return 2; }\n}\n"},
        [],
    ),
    "java: ported to Kotlin": (
        {
            "other/Import.java": "import writer.Writer;\nclass Import {\n}\n",
            "writer/Writer.java": "package writer;\nclass Writer {\n  void put(int a) {}\n}\n",
            "Use.java": "class Use {\n  void f() { new Writer().put(1); }\n}\n",
        },
        {
            "writer/Writer.java": None,
            "writer/Writer.kt": "package writer\nclass Writer {\n  fun put(a: Int) {}\n}\n",
        },
        [],
    ),
    "ruby: an operator has no name to be used by": (
        {
            "entry.rb": (
                "class Entry\n  def [](key)\n    @params[key]\n  end\n\n"
                "  def other\n    @list[1]\n  end\nend\n"
            ),
        },
        {"entry.rb": "class Entry\n  def other\n    @list[1]\n  end\nend\n"},
        [],
    ),
    "ruby: a base outside may have the method": (
        {
            "errors.rb": (
                "class Errors < Rack::Errors\n  def call(env)\n    pretty(env)\n  end\n\n"
                "  def pretty(env)\n    env\n  end\nend\n"
            ),
        },
        {
            "errors.rb": (
                "class Errors < Rack::Errors\n  def call(env)\n    pretty(env)\n  end\nend\n"
            ),
        },
        [],
    ),
    "php: the use is in a comment now": (
        {
            "a.php": (
                "<?php\nclass A {\n  private $box;\n\n  function f() {\n"
                "    return $this->box;\n  }\n}\n"
            ),
        },
        {
            "a.php": ("<?php\nclass A {\n\n  /*function f() {\n    return $this->box;\n  }*/\n}\n"),
        },
        [],
    ),
    "c: a source file in another folder": (
        {"a.h": C_HEADER, "a.c": C_SOURCE, "use.c": C_USE},
        {"a.c": None, "core/a.c": C_SOURCE.replace("a.h", "../a.h")},
        [],
    ),
    "csharp: behind a receiver that is only called like the class": (
        {
            "RecordWriter.cs": "class RecordWriter {\n  public void Write(int a) { }\n}\n",
            "Use.cs": "class Use {\n  void F(Stream writer) { writer.Write(1); }\n}\n",
        },
        {"RecordWriter.cs": "class RecordWriter {\n}\n"},
        [],
    ),
}


def named_places(review: Review, case: Case, name: str = "repo") -> list[tuple[Severity, str]]:
    before, after, _ = case
    report = review(before, dict(after), name=name)
    return [
        (finding.severity, f"{evidence.location.path}:{evidence.location.start}")
        for finding in report.findings
        if finding.severity != "info"
        for evidence in finding.evidence
    ]


@pytest.mark.parametrize("kind", BROKEN)
def test_users_that_a_change_breaks_are_named(review: Review, kind: str) -> None:
    places = named_places(review, BROKEN[kind])

    assert sorted({place for _, place in places}) == BROKEN[kind][2]


@pytest.mark.parametrize("kind", HARMLESS)
def test_a_harmless_change_is_no_finding(review: Review, kind: str) -> None:
    assert named_places(review, HARMLESS[kind]) == []


def test_an_error_is_certain_and_a_guess_is_a_warning(review: Review) -> None:
    certain = named_places(review, BROKEN["python: an alias"])
    guessed = named_places(review, BROKEN["lua: a function of a module's table"], "lua")

    assert {severity for severity, _ in certain} == {"error"}
    assert {severity for severity, _ in guessed} == {"warning"}


LIMITS = (
    "namespace Shop;\npublic static class Limits {\n"
    "  public static int Top() { return 1; }\n  // more\n}\n"
)
CART = "namespace Shop;\nclass Cart {\n  int Size() { return WidestBasket(); }\n  // more\n}\n"
MOVED = "public static int WidestBasket() { return 9; }"


@pytest.mark.parametrize(
    ("line", "is_reported"), [("using static Shop.Limits;", False), ("using Shop;", True)]
)
def test_a_member_that_moves_to_a_class_whose_members_a_file_imports(
    review: Review, line: str, is_reported: bool
) -> None:
    cart = f"{line}\n{CART}"
    report = review(
        {"Limits.cs": LIMITS, "Cart.cs": cart.replace("// more", MOVED)},
        {"Limits.cs": LIMITS.replace("// more", MOVED), "Cart.cs": cart},
    )
    assert bool(report.findings) == is_reported


@pytest.mark.parametrize(
    ("path", "owner", "member", "user"),
    [
        (
            "Link.cs",
            "class Link : Outside {\n",
            'public override string Described() { return ""; }',
            "class User { void Show(Link link) { link.Described(); } }\n",
        ),
        (
            "Link.java",
            "class Link extends Outside {\n",
            '@Override\npublic String described() { return ""; }',
            "class User { void show(Link link) { link.described(); } }\n",
        ),
        (
            "Link.kt",
            "class Link : Outside() {\n",
            'override fun described(): String = ""',
            "class User { fun show(link: Link) { link.described() } }\n",
        ),
    ],
)
def test_a_member_that_overrides_one_of_its_base_is_still_reached(
    review: Review, path: str, owner: str, member: str, user: str
) -> None:
    before = {path: f"{owner}{member}\n}}\n", path.replace("Link", "User"): user}
    report = review(before, {path: f"{owner}}}\n"})
    assert report.findings == ()


@pytest.mark.parametrize(("end", "is_reported"), [("} & Api\n", False), ("}\n", True)])
def test_a_type_that_becomes_several_at_once_may_keep_its_members(
    review: Review, end: str, is_reported: bool
) -> None:
    before = "export interface Store {\n  (): number\n  closeAll(): void\n}\n"
    after = f"export type Store = {{\n  (): number\n{end}"
    user = "import { Store } from './store'\n\nexport const stop = (it: Store) => it.closeAll()\n"
    report = review({"store.ts": before, "use.ts": user}, {"store.ts": after})
    assert bool(report.findings) == is_reported


@pytest.mark.parametrize(
    ("include", "is_reported"), [("<gtest/gtest.h>", False), ('"other.h"', True)]
)
def test_names_that_a_header_from_outside_may_bring(
    review: Review, include: str, is_reported: bool
) -> None:
    run = '#include "harness.h"\n\nvoid run(void) {\n    CHECK_SAME(1, 1);\n}\n'
    before = {
        "harness.h": "#define CHECK_SAME(a, b) check(a, b)\n",
        "other.h": "int other;\n",
        "run.c": run,
    }
    after = {"harness.h": "int nothing;\n", "run.c": run.replace('"harness.h"', include)}
    assert bool(review(before, after).findings) == is_reported


def test_a_namespace_before_a_type_is_no_field(review: Review) -> None:
    code = (
        "class Iter {{\n public:\n  int Size() {{\n    std::string key = Key();\n"
        "    return key.size();\n  }}\n private:\n{}  int size_;\n}};\n"
    )
    field = "  const std::string* const name_;\n"
    assert not review({"iter.cc": code.format(field)}, {"iter.cc": code.format("")}).findings


@pytest.mark.parametrize(
    ("owner", "severity"),
    [("", "info"), ("public class Basket { public int Size; }\n", "warning")],
)
def test_a_library_may_extend_a_type_from_elsewhere_alike(
    review: Review, owner: str, severity: str
) -> None:
    method = "  public static int WidestSizeInside(this Basket basket) { return 1; }\n"
    code = f"{owner}public static class Sizes {{\n{{}}  static int other;\n}}\n"
    user = "class Cart { int Show(object it) { return Find(it).WidestSizeInside(); } }\n"
    before = code.replace("{}", method)
    report = review({"Sizes.cs": before, "Cart.cs": user}, {"Sizes.cs": code.replace("{}", "")})
    assert [finding.severity for finding in report.findings] == [severity]


@pytest.mark.parametrize("is_changed", [False, True])
def test_calls_that_mean_the_definition_of_a_base_are_not_broken(
    review: Review, is_changed: bool
) -> None:
    cache = "class Cache {\n public:\n  virtual int Insert(int key, int size) = 0;\n};\n"
    shard = (
        '#include "cache.h"\n\nclass Shard : public Cache {\n public:\n'
        "  int Insert(int key, int size) { return size; }\n};\n"
    )
    user = '#include "cache.h"\n\nint fill(Cache* cache) {\n  return cache->Insert(1, 2);\n}\n'
    after = {"shard.cc": shard.replace("int key, int size", "int key, int hash, int size")}
    if is_changed:
        after["cache.h"] = cache.replace("int key, int size", "int key, int hash, int size")
    report = review({"cache.h": cache, "shard.cc": shard, "use.cc": user}, after)
    assert bool([item for item in report.findings if item.severity == "error"]) == is_changed


def test_overloads_that_move_to_a_base_are_still_called(review: Review) -> None:
    one, two = "  int Map(int value);\n", "  int Map(int value, string name);\n"
    before = f"public interface IMapper {{\n{one}{two}}}\n"
    after = (
        f"public interface IMapperBase {{\n{one}}}\n\n"
        f"public interface IMapper : IMapperBase {{\n{two}}}\n"
    )
    user = "class Cart {\n  int Total(IMapper mapper) { return mapper.Map(1); }\n}\n"
    report = review({"IMapper.cs": before, "Cart.cs": user}, {"IMapper.cs": after})
    assert [item for item in report.findings if item.severity != "info"] == []
    gone = before.replace(one, "")
    report = review({"IMapper.cs": before, "Cart.cs": user}, {"IMapper.cs": gone}, name="without")
    assert [item for item in report.findings if item.severity != "info"]


@pytest.mark.parametrize(("package", "is_reported"), [("shop", False), ("depot", True)])
def test_a_file_that_moves_within_its_package_breaks_nothing(
    review: Review, package: str, is_reported: bool
) -> None:
    token = "package shop\n\nclass TokenText(val text: String) {\n  fun size() = 1\n}\n"
    user = 'package shop\n\nfun show(token: TokenText) = token\nval first = TokenText("a")\n'
    before = {"js/Token.kt": token, "jvm/Token.kt": token, "js/Use.kt": user}
    moved = token.replace("package shop", f"package {package}")
    report = review(before, {"js/Token.kt": None, "web/Token.kt": moved})
    assert bool(report.findings) == is_reported


def test_an_override_that_follows_its_base_is_not_reported_itself(review: Review) -> None:
    base = "open class Files {\n  open fun listAll(dir: Path) = 1\n}\n"
    own = "class Own : Files() {\n  override fun listAll(dir: Path) = 2\n}\n"
    user = "fun show(own: Own) = own.listAll(root)\n"
    after = {
        "Files.kt": base.replace("dir: Path", "dir: Path, deep: Boolean = false"),
        "Own.kt": own.replace("dir: Path", "dir: Path, deep: Boolean"),
    }
    report = review({"Files.kt": base, "Own.kt": own, "Use.kt": user}, after)
    assert [item for item in report.findings if item.severity != "info"] == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("export type Both = Left & Right;", True),
        ("type Both<T = X | Y> = { a: T } & Right;", True),
        ("type Either = Left | Right;", False),
        ("type Shape = { a: number; b?: A & B };", True),
        ("interface Shape { a: A & B }", False),
        # As a pattern with three repetitions it would go on for hours.
        (f"type Many<{'type=1,' * 20_000}> = One;", False),
    ],
)
def test_an_intersection_is_a_type_of_several(code: str, expected: bool) -> None:
    assert is_intersection(code) == expected
