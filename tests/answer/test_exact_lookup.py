"""Exact answers: what code alone says to a question, over a real repository."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack

import pytest

from repo_mhm.answer.comparison import BackgroundComparison
from repo_mhm.answer.context import AnswerContext, AskOptions
from repo_mhm.answer.events import Finished, Located
from repo_mhm.answer.exact_lines import MOST_LINES
from repo_mhm.answer.exact_lookup import exact_answer
from repo_mhm.answer.session import ask
from repo_mhm.commands.open_memory import open_memory
from repo_mhm.engine.types import Engine
from repo_mhm.relations import repository_lookup
from repo_mhm.store import Store
from tests.conftest import MakeRepo

FILES = {
    "shop/cart.py": (
        '"""What a customer buys."""\n\nLIMIT = 9\n\n\nclass Cart:\n    """A cart."""\n\n'
        "    def total(self, tax=0.2):\n        return self.count() * tax\n\n"
        "    def count(self):\n        return LIMIT\n\n\n"
        "class BigCart(Cart):\n    def count(self):\n        return 2 * LIMIT\n"
    ),
    "shop/bill.py": (
        "from shop.cart import LIMIT, Cart\n\n\n"
        "def bill(cart: Cart):\n    return cart.total()\n\n\n"
        "class Bill:\n    def total(self): ...\n"
    ),
    "shop/many.py": "from shop.bill import bill\n\n\ndef many():\n" + "    bill(1)\n" * 20,
    "tests/test_cart.py": (
        "from shop.cart import Cart\n\n\ndef test_total():\n    assert Cart().total() == 1\n"
    ),
}

Answer = Callable[..., Located | None]
AnswerIn = Callable[[Mapping[str, str], str], Located | None]


@pytest.fixture
def store(make_repo: MakeRepo) -> Iterator[Store]:
    with ExitStack() as stack:
        yield stack.enter_context(open_memory(make_repo(FILES).root, {}).store)


@pytest.fixture
def answer(store: Store) -> Answer:
    def run(question: str, **options: object) -> Located | None:
        context = AnswerContext(
            store=store,
            question=question,
            options=AskOptions(**options),  # type: ignore[arg-type]
            comparison=BackgroundComparison(lambda blobs: None),
            clock=lambda: 0.0,
            started=0.0,
        )
        return exact_answer(context)

    return run


@pytest.fixture
def answer_in(make_repo: MakeRepo) -> AnswerIn:
    """Answer a question over other files."""

    def run(files: Mapping[str, str], question: str) -> Located | None:
        with open_memory(make_repo(files, name="other").root, {}).store as store:
            comparison = BackgroundComparison(lambda blobs: None)
            context = AnswerContext(store, question, AskOptions(), comparison, lambda: 0.0, 0.0)
            return exact_answer(context)

    return run


def places(located: Located | None) -> list[str]:
    assert located is not None
    return [f"{line.location.path}:{line.number}" for line in located.lines]


@pytest.mark.parametrize(
    ("question", "kind", "expected"),
    [
        ("where is Cart?", "definition", ["shop/cart.py:6"]),
        ("where is Cart.total defined", "definition", ["shop/cart.py:9"]),
        ("where is the count method of BigCart", "definition", ["shop/cart.py:17"]),
        ("who calls Cart.total?", "callers", ["shop/bill.py:5", "tests/test_cart.py:5"]),
        ("who calls BigCart.total", "callers", ["shop/bill.py:5", "tests/test_cart.py:5"]),
        ("callers of Bill.total", "callers", []),
        (
            "usages of LIMIT",
            "uses",
            ["shop/cart.py:13", "shop/cart.py:18", "shop/bill.py:1"],
        ),
        ("what does Cart.total call", "callees", ["shop/cart.py:10"]),
        ("subclasses of Cart", "subclasses", ["shop/cart.py:16"]),
        ("bases of BigCart", "bases", ["shop/cart.py:6"]),
        ("what overrides Cart.count", "overrides", ["shop/cart.py:17"]),
        ("what does BigCart.count override", "bases", ["shop/cart.py:12"]),
        ("which tests cover Cart.total", "tests", ["tests/test_cart.py:5"]),
        ("what does shop/bill.py import", "imports", ["shop/bill.py:1"]),
        ("who imports shop/cart.py", "importers", ["shop/bill.py:1", "tests/test_cart.py:1"]),
        ("who imports bill", "importers", ["shop/many.py:1"]),
        ("value of LIMIT", "value", ["shop/cart.py:3"]),
        ("what is LIMIT set to in shop/cart.py", "value", ["shop/cart.py:3"]),
        ("where is LIMIT used in shop/cart.py", "uses", ["shop/cart.py:13", "shop/cart.py:18"]),
        ("default of tax in Cart.total", "value", ["shop/cart.py:9"]),
        ("signature of Cart.total", "signature", ["shop/cart.py:9"]),
        (
            "what is in shop/cart.py",
            "contents",
            [f"shop/cart.py:{line}" for line in (3, 6, 9, 12, 16, 17)],
        ),
        ("methods of Bill", "contents", ["shop/bill.py:9"]),
        ("when was Cart.count last changed", "history", ["shop/cart.py:12"]),
    ],
)
def test_each_kind_of_question_lists_its_locations(
    answer: Answer, question: str, kind: str, expected: list[str]
) -> None:
    located = answer(question)

    assert located is not None
    assert (located.kind, sorted(places(located))) == (kind, sorted(expected))
    assert located.total == len(expected)


@pytest.mark.parametrize(
    "question",
    [
        "where is Basket defined?",
        "who calls Cart.pay",
        "what is in shop/basket.py",
        "how does Cart count?",
        "why does the bill need a cart",
        "what is Cart?",
        "value of Cart",
        "what overrides many",
    ],
)
def test_a_question_that_the_repository_cannot_answer_exactly_falls_through(
    answer: Answer, question: str
) -> None:
    assert answer(question) is None


RATES = "from limits import HIGH as TOP\n\nRATE = TOP\nSTEP = OTHER\nLOOSE = rate()\n"
LIMITS = (
    'BASE = 42\nHIGH = BASE\n\n\ndef size():\n    """The size."""\n    return 64\n\n\n'
    "def grow(n):\n    n += 1\n    return n\n\n\ndef send(job):\n    return size()\n"
)
FOREIGN = "from elsewhere import OTHER\n\nFAR = OTHER\n"
OTHERS = "OTHER = 7\nSELF = SELF\n"


@pytest.mark.parametrize(
    ("question", "heading", "lines"),
    [
        ("value of HIGH", "HIGH = BASE = 42", ["limits.py:2", "limits.py:1"]),
        ("value of RATE", "RATE = TOP = BASE = 42", ["rates.py:3", "limits.py:2", "limits.py:1"]),
        ("what is the number behind RATE?", "RATE = TOP = BASE = 42", None),
        ("value of STEP", "STEP = OTHER; the only OTHER is 7", ["rates.py:4", "others.py:1"]),
        ("value of FAR", "FAR = OTHER", ["far.py:3"]),
        ("value of SELF", "SELF = SELF", ["others.py:2"]),
        ("value of LOOSE", "LOOSE = rate()", ["rates.py:5"]),
        ("what does size return?", "size returns 64", ["limits.py:5"]),
        ("what is the number `size` returns", "size returns 64", ["limits.py:5"]),
        ("the returned value of size", "size returns 64", ["limits.py:5"]),
        ("what number is returned by size", "size returns 64", ["limits.py:5"]),
        ("what is the function that send calls?", "send makes 1 call of this", ["limits.py:16"]),
    ],
)
def test_a_value_is_followed_through_the_names_that_stand_for_it(
    answer_in: AnswerIn, question: str, heading: str, lines: list[str] | None
) -> None:
    files = {"rates.py": RATES, "limits.py": LIMITS, "others.py": OTHERS, "far.py": FOREIGN}
    located = answer_in(files, question)

    assert located is not None
    assert located.heading.startswith(heading)
    assert lines is None or places(located) == lines


@pytest.mark.parametrize(
    ("question", "heading"),
    [("what does size return?", "size returns 64"), ("value of MAX", "MAX = 7, then 6")],
)
def test_a_form_feed_ends_no_line(answer_in: AnswerIn, question: str, heading: str) -> None:
    located = answer_in({"a.py": f"\f\nMAX = 7\n\f\nMAX = 6\n\n\n{LIMITS}"}, question)
    assert located is not None
    assert located.heading == heading


@pytest.mark.parametrize("question", ["what does grow return?", "the value send returns"])
def test_what_a_function_returns_that_does_more_is_not_for_code_to_say(
    answer_in: AnswerIn, question: str
) -> None:
    assert answer_in({"limits.py": LIMITS}, question) is None


def test_headings_hold_values_and_signatures(answer: Answer) -> None:
    def heading(question: str) -> str:
        located = answer(question)
        assert located is not None
        return located.heading

    assert heading("value of LIMIT") == "LIMIT = 9"
    assert heading("default of tax in Cart.total") == "tax of Cart.total defaults to 0.2"
    assert heading("signature of Cart.total") == "def total(self, tax=0.2)"
    assert "What a customer buys." in heading("what is shop/cart.py for?")
    assert heading("callers of Bill.total").startswith("No callers of Bill.total were found")


@pytest.mark.parametrize(
    ("code", "question", "heading", "lines"),
    [
        ("MAX = 7\n\n\nMAX = 6\n", "value of MAX", "MAX = 7, then 6", [1, 4]),
        ("MAX = 7\n\n\nMAX = 6\n", "value of MAX in the end", "MAX = 6", [4]),
        ("MAX = 7\nif x:\n    MAX = 6\n", "final value of MAX", "MAX = 7, also set on", [1, 3]),
        ("MAX = 7\nMAX += 1\n", "what does MAX end up with?", "MAX = 7, also set on", [1, 2]),
        ("MAX = 7\ncall(\n    MAX=6,\n)\n", "value of MAX", "MAX = 7", [1]),
    ],
)
def test_a_value_that_is_set_anew_is_never_shown_as_the_only_one(
    answer_in: AnswerIn, code: str, question: str, heading: str, lines: list[int]
) -> None:
    located = answer_in({"a.py": code}, question)

    assert located is not None
    assert located.heading.startswith(heading)
    assert [line.number for line in located.lines] == lines


def test_files_that_were_not_searched_are_counted(
    answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository_lookup, "MOST_FILES", 2)
    located = answer("who calls total?")
    assert located is not None
    assert located.heading.endswith(
        "; 1 file with the name, farther from its definitions, was not searched"
    )


def test_lines_are_counted_in_full_and_all_are_listed_when_asked(answer: Answer) -> None:
    best, all_lines = answer("who calls bill"), answer("who calls bill", show_all=True)

    assert best is not None
    assert all_lines is not None
    assert (len(best.lines), best.total) == (MOST_LINES, 20)
    assert (len(all_lines.lines), all_lines.total) == (20, 20)


def test_source_comes_before_tests_and_each_line_names_its_definition(answer: Answer) -> None:
    located = answer("who calls Cart.total")

    assert located is not None
    assert [(line.code, line.symbol) for line in located.lines] == [
        ("return cart.total()", "bill"),
        ("assert Cart().total() == 1", "test_total"),
    ]


def test_where_nothing_narrows_any_line_all_are_listed_by_name_only(
    answer_in: AnswerIn,
) -> None:
    files = {
        "a.py": (
            "class Parser:\n    def feed(self): ...\nclass Printer:\n    def feed(self): ...\n"
            "def run(thing):\n    thing.feed()\n"
        )
    }
    located = answer_in(files, "who calls Parser.feed")

    assert located is not None
    assert [(line.number, line.remark) for line in located.lines] == [(6, "by name only")]


OUTSIDE_FILES = {
    "shapes.py": (
        "import logging as log\nimport string\nfrom logging import Formatter\n"
        "from typing import Protocol as P\n\n\n"
        "class Short(Formatter): ...\n\n\nclass Long(log.Formatter): ...\n\n\n"
        "class Text(string.Formatter): ...\n\n\nclass Deep(Short): ...\n\n\n"
        "class Runs(P[int]): ...\n"
    ),
    "src/p/Page.java": (
        "package p;\nimport web.http.Servlet;\npublic class Page extends Servlet {}\n"
    ),
}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "subclasses of logging.Formatter",
            {"Short": "", "Long": "", "Deep": "indirect", "Text": "by name only"},
        ),
        (
            "who inherits from Formatter?",
            {"Short": "", "Long": "", "Text": "", "Deep": "indirect"},
        ),
        ("subclasses of Protocol", {"Runs": ""}),
        ("subclasses of typing.Protocol", {"Runs": ""}),
        ("which classes extend web.http.Servlet", {"Page": ""}),
        ("which classes extend HttpServlet", None),
    ],
)
def test_subclasses_of_a_class_outside_are_those_whose_bases_name_it(
    answer_in: AnswerIn, question: str, expected: dict[str, str] | None
) -> None:
    located = answer_in(OUTSIDE_FILES, question)

    if expected is None:
        assert located is None
    else:
        assert located is not None
        assert located.kind == "subclasses"
        assert {line.symbol: line.remark for line in located.lines} == expected
        assert "this repository does not define" in located.heading


MEMBER_FILES = {
    "log.go": (
        "package log\n\n// Options of the log.\ntype Options struct {\n\t*Base\n"
        "\tPrefix, Suffix string\n\tOn func(\n\t\tx int,\n\t)\n}\n\n"
        "func (o Options) Set() {}\n\ntype Base struct{}\n"
    ),
    "limit.d.ts": (
        "export type Limit = {\n\treadonly count: number;\n\tclear: () => void;\n"
        "\t<A>(run: A): A;\n\tkind:\n\t\t| 'a'\n\t\t| 'b';\n};\n"
        "export type Short = Base & { a: string };\n"
    ),
    "reply.h": (
        "#ifndef R\ntypedef struct Reply {\n    long long integer; /* a */\n#ifdef X\n"
        "    char *str;\n#endif\n} Reply;\n#endif\n"
    ),
    "pen.py": (
        "class Pen:\n    width = 2\n\n    def __init__(self, ink):\n        self.ink = ink\n"
        "        other = call(\n            tip=1,\n        )\n\n\n"
        'class Empty(Exception):\n    """Nothing in it."""\n\n    pass\n'
    ),
}


@pytest.mark.parametrize(
    ("question", "heading", "expected"),
    [
        ("members of Options", "4 members", {5, 6, 7, 12}),
        ("fields of Options", "3 fields", {5, 6, 7}),
        ("methods of Options", "1 method", {12}),
        ("members of Limit", "4 members", {2, 3, 4, 5}),
        ("fields of Reply", "2 fields", {3, 5}),
        ("fields of Pen", "2 fields", {2, 5}),
        ("methods of Pen", "1 method", {4}),
        ("members of Empty", "No members", set()),
        ("members of Base", "No members", set()),
    ],
)
def test_members_that_are_no_symbols_are_listed_by_their_lines(
    answer_in: AnswerIn, question: str, heading: str, expected: set[int]
) -> None:
    located = answer_in(MEMBER_FILES, question)

    assert located is not None
    assert located.heading.startswith(f"{heading} of ")
    assert {line.number for line in located.lines} == expected


def test_no_members_are_denied_where_none_were_looked_for(answer_in: AnswerIn) -> None:
    assert answer_in(MEMBER_FILES, "members of Short") is None


OVERRIDE_FILES = {
    "a.py": (
        "class Base:\n    def run(self): ...\n    def stop(self): ...\n\n\n"
        "class Child(Base):\n    def run(self): ...\n    def other(self): ...\n\n\n"
        "class Thread(Base, threading.Thread):\n    def stop(self): ...\n\n\n"
        "class Handler(logging.Handler):\n    def emit(self): ...\n"
    )
}


@pytest.mark.parametrize(
    ("question", "heading", "expected"),
    [
        (
            "what does Child override?",
            "Child overrides 1 member of its bases",
            {7: "overrides Base.run"},
        ),
        (
            "which methods does Thread override",
            "Thread overrides 1 member of its bases in this repository;"
            " the members of its other bases are not known",
            {12: "overrides Base.stop"},
        ),
        ("what does Base override?", "Base overrides nothing", {}),
    ],
)
def test_a_class_overrides_by_its_members(
    answer_in: AnswerIn, question: str, heading: str, expected: dict[int, str]
) -> None:
    located = answer_in(OVERRIDE_FILES, question)

    assert located is not None
    assert located.heading == heading
    assert {line.number: line.remark for line in located.lines} == expected


def test_what_overrides_only_an_outside_class_is_not_known(answer_in: AnswerIn) -> None:
    assert answer_in(OVERRIDE_FILES, "what does Handler override?") is None


@pytest.mark.parametrize(
    ("question", "heading"),
    [
        ("who calls BigCrat", "Nothing is called BigCrat; did you mean BigCart?"),
        ("where is Cart.totl defined", "Nothing is called Cart.totl; did you mean Cart.total?"),
        ("callers of BigCarts()", "Nothing is called BigCarts; did you mean BigCart?"),
        ("usages of test_totals", "Nothing is called test_totals; did you mean test_total?"),
    ],
)
def test_a_name_spelled_like_another_is_corrected(
    answer: Answer, question: str, heading: str
) -> None:
    located = answer(question)

    assert located is not None
    assert (located.heading, located.lines, located.total) == (heading, (), 0)


@pytest.mark.parametrize(
    "question",
    ["who uses totals", "who calls Wardrobe", "what is in shop/crat.py", "who calls bills"],
)
def test_a_word_that_is_no_misspelled_name_is_not_corrected(answer: Answer, question: str) -> None:
    assert answer(question) is None


def test_names_that_a_file_mentions_are_no_misspellings(answer_in: AnswerIn) -> None:
    files = {"a.py": "# load_files was removed\ndef load_file(): ...\n"}

    assert answer_in(files, "who calls load_files") is None


def test_only_what_the_source_says_is_answered_exactly(answer: Answer) -> None:
    assert answer("who calls Cart.total", mode="memory") is None
    assert answer("who calls Cart.total", attached="a diff") is None


def test_an_exact_answer_opens_no_model_and_is_supported(store: Store) -> None:
    def no_engine() -> Engine:
        raise AssertionError("a model was opened")

    events = list(ask(store, no_engine, "who calls Cart.total?", AskOptions()))

    located, finished = events[0], events[-1]
    assert isinstance(located, Located)
    assert isinstance(finished, Finished)
    values = finished.answer.as_json()
    assert (values["kind"], values["total"], values["model"]) == ("callers", 2, "")
    assert not values["abstained"]
    assert [item["path"] for item in values["citations"]] == [
        "shop/bill.py",
        "tests/test_cart.py",
    ]


NAMED_FILES = {
    "shop.cs": (
        "using System;\n\nnamespace Shop.Auth\n{\n    public class Service\n    {\n"
        "        public bool Open(int a) { return a > 1; }\n    }\n}\n"
    ),
    "shop.kt": "package shop\n\nclass Cart {\n  fun total(): Int = 1\n  class Item {}\n}\n",
    "shop.php": (
        "<?php\nnamespace Shop;\n\nclass Cart\n{\n    public function total() { return 1; }\n}\n"
    ),
    "shop.rb": (
        "# frozen_string_literal: true\n\nmodule Shop\n  class Cart\n"
        "    def total!\n      1\n    end\n  end\nend\n"
    ),
}


@pytest.mark.parametrize(
    ("path", "symbols"),
    [
        ("shop.cs", ["Shop.Auth.Service", "Shop.Auth.Service.Open"]),
        ("shop.kt", ["Cart", "Cart.total", "Cart.Item"]),
        ("shop.php", ["Cart", "Cart::total"]),
        ("shop.rb", ["Shop::Cart", "Shop::Cart::total!"]),
    ],
)
def test_a_file_that_holds_one_class_is_told_by_its_members(
    answer_in: AnswerIn, path: str, symbols: list[str]
) -> None:
    located = answer_in(NAMED_FILES, f"what does {path} do?")

    assert located is not None
    assert [line.symbol or line.code.split()[1] for line in located.lines] == symbols
    assert located.heading == f"{len(symbols)} definitions in {path}"


def test_members_do_not_push_out_the_outermost_definitions(answer_in: AnswerIn) -> None:
    classes = "".join(f"class C{n}:\n    def m{n}(self): ...\n\n\n" for n in range(MOST_LINES))
    located = answer_in({"many.py": classes}, "what is in many.py")

    assert located is not None
    assert [line.code for line in located.lines] == [f"class C{n}:" for n in range(MOST_LINES)]
    assert located.total == 2 * MOST_LINES
