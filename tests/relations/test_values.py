"""What expressions are of, as far as code says it."""

from __future__ import annotations

import time

from tests.patience import HANG_SECONDS
from tests.relations.conftest import RelationsOf


def test_fields_that_are_declared_by_each_other_are_resolved_in_time(
    relations_of: RelationsOf,
) -> None:
    fields = range(8)
    knot = "".join(f"        self.f{a} = self.f{b}.next\n" for a in fields for b in fields)
    users = "".join(f"    def use{field}(self):\n        self.f{field}.go()\n" for field in fields)
    relations = relations_of(
        {"knot.py": f"class Knot:\n    def __init__(self):\n{knot}{users}\ndef go():\n    pass\n"}
    )

    began = time.process_time()
    for field in fields:
        (user,) = relations.resolve(f"use{field}")
        relations.callees(user)

    assert time.process_time() - began < HANG_SECONDS


def test_fields_on_one_line_come_in_their_order(relations_of: RelationsOf) -> None:
    source = "package a\n\ntype Box struct {\n\tleft, top, right, bottom, depth int\n}\n"
    relations = relations_of({"a.go": source})
    box = relations.resolve("Box")[0]

    names = [field.name for field in relations.fields(box)]

    assert names == ["left", "top", "right", "bottom", "depth"]
