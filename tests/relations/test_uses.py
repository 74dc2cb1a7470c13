"""Uses and callers, narrowed by what stands before a name."""

from __future__ import annotations

import time

from tests.patience import HANG_SECONDS
from tests.relations.conftest import RelationsOf


def places(uses: list) -> list[str]:
    return [f"{use.path}:{use.line}" for use in uses]


def test_a_receiver_that_is_self_means_the_class_around(relations_of: RelationsOf) -> None:
    relations = relations_of(
        {
            "a.py": (
                "class A:\n    def close(self): ...\n    def stop(self):\n        self.close()\n"
                "class B:\n    def close(self): ...\n    def stop(self):\n        self.close()\n"
            )
        }
    )

    (close,) = relations.resolve("A.close")

    assert places(relations.callers(close)) == ["a.py:4"]


def test_a_variable_has_the_class_that_was_called(relations_of: RelationsOf) -> None:
    relations = relations_of(
        {
            "shop.py": (
                "class Cart:\n    def total(self): ...\nclass Bill:\n    def total(self): ...\n"
            ),
            "use.py": (
                "from shop import Bill, Cart\n\ndef f():\n    x = Cart()\n    return x.total()\n\n"
                "def g(x: Bill):\n    return x.total()\n"
            ),
        }
    )

    (cart,) = relations.resolve("Cart.total")
    (bill,) = relations.resolve("Bill.total")

    assert places(relations.callers(cart)) == ["use.py:5"]
    assert places(relations.callers(bill)) == ["use.py:8"]


def test_a_name_imported_from_elsewhere_is_not_ours(relations_of: RelationsOf) -> None:
    relations = relations_of(
        {
            "tools.py": "def dump(x):\n    return x\n",
            "a.py": "from json import dump\n\ndump(1)\n",
            "b.py": "from tools import dump as write\n\nwrite(2)\n",
        }
    )

    (dump,) = relations.resolve("dump")

    assert places(relations.callers(dump)) == ["b.py:3"]
    assert places(relations.uses(dump)) == ["b.py:1", "b.py:3"]


def test_an_unknown_receiver_is_doubtful_where_several_classes_have_the_name(
    relations_of: RelationsOf,
) -> None:
    relations = relations_of(
        {
            "a.py": (
                "class Parser:\n    def feed(self): ...\nclass Printer:\n    def feed(self): ...\n"
                "def run(thing, parser):\n    thing.feed()\n    parser.feed()\n"
            )
        }
    )

    (feed,) = relations.resolve("Parser.feed")

    assert [(use.line, use.by_name_only) for use in relations.callers(feed)] == [(7, True)]
    assert places(relations.doubtful_uses(feed)) == ["a.py:6"]


def test_variables_that_are_set_in_circles_end_soon(relations_of: RelationsOf) -> None:
    names = "uvwxyz"
    lines = "".join(
        f"    {one} = {other}.x\n" for one in names for other in names for _ in range(3)
    )
    relations = relations_of(
        {
            "m.py": (
                "class A:\n    def shut(self): ...\nclass B:\n    def shut(self): ...\n"
                f"def f():\n{lines}    u.shut()\n"
            )
        }
    )

    (shut,) = relations.resolve("A.shut")

    assert relations.callers(shut) == []
    assert len(relations.doubtful_uses(shut)) == 1


def test_classes_that_share_many_bases_end_soon(relations_of: RelationsOf) -> None:
    levels = ["class L0a: ...\nclass L0b: ...\n"]
    levels += [
        f"class L{level}a(L{level - 1}a, L{level - 1}b): ...\n"
        f"class L{level}b(L{level - 1}a, L{level - 1}b): ...\n"
        for level in range(1, 30)
    ]
    relations = relations_of({"m.py": "".join(levels)})

    (last,) = relations.resolve("L29a")

    assert relations.member(last, "missing") == []


def test_a_chain_longer_than_any_that_people_write_ends_soon(relations_of: RelationsOf) -> None:
    chain = "(x\n" + ".a\n" * 1000 + ")\n"
    relations = relations_of({"m.py": f"class A:\n    def a(self): ...\n{chain}"})

    (member,) = relations.resolve("A.a")

    assert len(relations.uses(member)) <= 1000


def test_long_comments_behind_a_name_take_no_time(relations_of: RelationsOf) -> None:
    comment = "# " + "words " * 12 + "\n"
    relations = relations_of(
        {"m.py": "def load(): ...\n" + ("x = load\n" + comment * 150) * 20 + "load()\n"}
    )
    (load,) = relations.resolve("load")

    started = time.process_time()
    uses = relations.uses(load)

    assert len(uses) == 21
    assert time.process_time() - started < HANG_SECONDS
