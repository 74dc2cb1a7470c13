"""The steps of `ask --deep` come back in their order, without the failed ones."""

from __future__ import annotations

from dataclasses import replace

from repo_mhm.deep.facts import DeepStep, Fact
from repo_mhm.location import Location
from repo_mhm.store import Store

FACT = Fact("retries three times", Location("a.py", 3, 9), 0.5, 7)


def test_steps_come_back_as_they_went_in(store: Store) -> None:
    step = DeepStep("c1", "a.py", 1, (FACT,), "", 100, 20, 0.5)
    store.add_deep_step("a pass", step)
    store.add_deep_step("a pass", replace(step, content="c2", failed=True))
    store.add_deep_step("a pass", replace(step, content="c3", facts=(), memory="text"))
    store.add_deep_step("another", step)
    assert store.deep_steps("a pass") == [
        step,
        replace(step, content="c3", facts=(), memory="text"),
    ]
    assert store.deep_steps("none") == []
