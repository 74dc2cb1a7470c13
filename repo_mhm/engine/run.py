"""Running many generators on one engine: they yield prompts and receive replies.

What else they yield are events for the caller. Owns the order of submission, and which generator
receives which reply.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from typing import TypeVar

from repo_mhm.engine.types import Engine, Prompt, Reply
from repo_mhm.errors import PromptTooLong

Event = TypeVar("Event")
TICK_SECONDS = 1.0
"""How often a caller hears of prompts that take long: a batch takes as long on a slow machine."""


def drive(
    engine: Engine,
    generators: Iterable[Generator[Prompt | Event, Reply | None, None]],
    at_most: Callable[[], int] | None = None,
    tick: Callable[[], Event] | None = None,
) -> Iterator[Event]:
    """Yield the events of every generator as they come.

    Up to `at_most()` generators are in flight: it is called whenever one may start and must
    return at least one. By default it is the engine's number of concurrent prompts. `generators` is
    read lazily. `tick` makes an event about every TICK_SECONDS in which no prompt is finished.

    A generator that yields a Prompt is resumed with its Reply. One that yields anything else is
    resumed with None once the caller has received the event. PromptTooLong is raised inside the
    generator that yielded the prompt, which may continue without a reply. When anything else fails,
    or the caller stops early, the engine drops what is in flight and every generator that was
    started is closed.
    """
    waiting = iter(generators)
    limit = at_most or (lambda: engine.info.concurrent_prompts)
    in_flight: dict[int, Generator[Prompt | Event, Reply | None, None]] = {}
    running: Generator[Prompt | Event, Reply | None, None] | None = None

    try:
        while True:
            while len(in_flight) < limit() and (running := next(waiting, None)) is not None:
                yield from _advance(engine, running, None, in_flight)
            if not in_flight:
                return

            if tick is not None and not engine.work(TICK_SECONDS):
                yield tick()
                continue
            ticket, reply = engine.wait()
            running = in_flight.pop(ticket)
            yield from _advance(engine, running, reply, in_flight)
    finally:
        if in_flight:
            engine.cancel()
        if running is not None:
            running.close()
        for generator in in_flight.values():
            generator.close()


def _advance(
    engine: Engine,
    generator: Generator[Prompt | Event, Reply | None, None],
    reply: Reply | None,
    in_flight: dict[int, Generator[Prompt | Event, Reply | None, None]],
) -> Iterator[Event]:
    """Resume one generator until it yields a prompt that the engine accepts, or ends."""
    try:
        item = generator.send(reply)
        while True:
            if not isinstance(item, Prompt):
                yield item
                item = generator.send(None)
                continue

            try:
                in_flight[engine.submit(item)] = generator
                return
            except PromptTooLong as error:
                item = generator.throw(error)
    except StopIteration:
        return
