from __future__ import annotations

from collections.abc import Generator, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.engine.run import drive
from repo_mhm.engine.scripted import Order, ScriptedEngine
from repo_mhm.engine.types import Prompt, Reply, Slot
from repo_mhm.errors import EngineError, PromptTooLong

Steps = Generator[Prompt | str, Reply | None, None]


def ask(text: str) -> Prompt:
    return Prompt(system="be brief", user=text, slots=(Slot("- a:", 20),))


def echo(prompt: Prompt) -> list[str]:
    return [prompt.user]


def asking(name: str, count: int, closed: list[str] | None = None) -> Steps:
    try:
        for step in range(count):
            yield f"{name}{step} asks"
            reply = yield ask(f"{name}{step}")
            assert reply is not None
            yield f"{reply.texts[0]} answered"
    finally:
        if closed is not None:
            closed.append(name)


def test_replies_reach_the_generator_that_asked() -> None:
    events = list(drive(ScriptedEngine(echo), [asking("a", 2), asking("b", 1)]))
    assert sorted(events) == sorted(
        ["a0 asks", "a0 answered", "a1 asks", "a1 answered", "b0 asks", "b0 answered"],
    )


@given(
    steps=st.lists(st.integers(0, 4), max_size=8),
    order=st.sampled_from(["submitted", "reversed", "shuffled"]),
    at_once=st.integers(1, 5),
)
def test_every_generator_keeps_its_own_order(steps: list[int], order: Order, at_once: int) -> None:
    engine = ScriptedEngine(echo, order=order, concurrent_prompts=at_once)
    events = list(
        drive(engine, (asking(chr(97 + number), count) for number, count in enumerate(steps)))
    )
    for number, count in enumerate(steps):
        name = chr(97 + number)
        its_events = [event for event in events if event.startswith(name)]
        assert its_events == [
            f"{name}{step} {what}" for step in range(count) for what in ("asks", "answered")
        ]


class _SlowEngine(ScriptedEngine):
    """Two of three times its time is up before a prompt is finished."""

    calls = 0

    def work(self, seconds: float) -> bool:
        self.calls += 1
        return super().work(seconds) and self.calls % 3 == 0


def test_a_caller_hears_of_prompts_that_take_long() -> None:
    engine = _SlowEngine(echo)
    events = list(drive(engine, [asking("a", 2)], tick=lambda: "waiting"))
    waiting = ["waiting", "waiting"]
    assert events == ["a0 asks", *waiting, "a0 answered", "a1 asks", *waiting, "a1 answered"]


def test_a_caller_may_stop_while_a_prompt_takes_long() -> None:
    engine, closed = _SlowEngine(echo), list[str]()
    events = drive(engine, [asking("a", 2, closed)], tick=lambda: "waiting")
    assert [next(events), next(events)] == ["a0 asks", "waiting"]
    events.close()  # type: ignore[attr-defined]
    assert closed == ["a"]
    with pytest.raises(LookupError):
        engine.wait()


def test_no_more_generators_are_started_than_the_engine_takes_prompts() -> None:
    started: list[int] = []

    def counted(number: int) -> Steps:
        started.append(number)
        yield ask(str(number))
        yield "done"

    events = drive(
        ScriptedEngine(echo, concurrent_prompts=3), (counted(number) for number in range(9))
    )
    next(events)
    assert started == [0, 1, 2]
    assert len(list(events)) == 8


def test_a_failing_engine_closes_every_generator() -> None:
    closed: list[str] = []
    engine = ScriptedEngine(echo, fail_at=2)
    with pytest.raises(EngineError, match="step 2"):
        list(drive(engine, [asking("a", 3, closed), asking("b", 3, closed)]))
    assert sorted(closed) == ["a", "b"]
    with pytest.raises(LookupError):
        engine.wait()


def test_stopping_early_closes_every_generator_and_cancels_the_engine() -> None:
    closed: list[str] = []
    engine = ScriptedEngine(echo)
    events = drive(engine, [asking("a", 3, closed), asking("b", 3, closed)])
    assert isinstance(events, Iterator)
    while "answered" not in next(events):
        pass
    events.close()  # type: ignore[attr-defined]
    assert sorted(closed) == ["a", "b"]
    with pytest.raises(LookupError):
        engine.wait()


def test_a_failing_generator_ends_the_drive() -> None:
    closed: list[str] = []

    def broken() -> Steps:
        yield ask("x")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(drive(ScriptedEngine(echo), [broken(), asking("b", 3, closed)]))
    assert closed == ["b"]


def test_a_prompt_that_is_too_long_is_raised_where_it_was_yielded() -> None:
    def careful() -> Steps:
        try:
            yield ask("word " * 500)
        except PromptTooLong:
            yield "cut"
        reply = yield ask("short")
        assert reply is not None
        yield reply.texts[0]

    engine = ScriptedEngine(echo, context=100)
    assert list(drive(engine, [careful()])) == ["cut", "short"]
    with pytest.raises(PromptTooLong):
        list(drive(engine, [asking("w " * 500, 1)]))
