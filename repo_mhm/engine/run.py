"""Runs many generators on one engine: they yield prompts and receive replies, or yield events for the caller.

Owns the order of submission and who receives which reply. Knows nothing about what the prompts are for.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from typing import TypeVar

from repo_mhm.engine import Engine
from repo_mhm.engine.types import Prompt, Reply
from repo_mhm.errors import PromptTooLong

E = TypeVar("E")


def drive(
    engine: Engine,
    lanes: Iterable[Generator[Prompt | E, Reply | None, None]],
    at_most: Callable[[], int] | None = None,
) -> Iterator[E]:
    """Yield the events of every generator as they come, keeping up to `engine.info.lanes` generators in flight, or as
    many as `at_most()` says, which is asked each time and says at least one.

    A generator that yields a Prompt is resumed with its Reply; one that yields anything else is resumed with None
    once the caller has had the event. PromptTooLong is raised inside the generator that yielded the prompt, which may
    go on without a reply. When anything else fails, or the caller stops early, the engine drops what is in flight
    and every generator that was started is closed. `lanes` itself is read lazily.
    """
    waiting = iter(lanes)
    most = at_most or (lambda: engine.info.lanes)
    flying: dict[int, Generator[Prompt | E, Reply | None, None]] = {}
    running: Generator[Prompt | E, Reply | None, None] | None = None
    try:
        while True:
            while len(flying) < most() and (running := next(waiting, None)) is not None:
                yield from _advance(engine, running, None, flying)
            if not flying:
                return
            ticket, reply = engine.wait()
            running = flying.pop(ticket)
            yield from _advance(engine, running, reply, flying)
    finally:
        if flying:
            engine.cancel()
        for generator in (*([running] if running is not None else []), *flying.values()):
            generator.close()


def _advance(
    engine: Engine,
    generator: Generator[Prompt | E, Reply | None, None],
    reply: Reply | None,
    flying: dict[int, Generator[Prompt | E, Reply | None, None]],
) -> Iterator[E]:
    """Resume one generator until it yields a prompt the engine accepts, or ends; pass its events through."""
    try:
        item = generator.send(reply)
        while True:
            if not isinstance(item, Prompt):
                yield item
                item = generator.send(None)
                continue
            try:
                flying[engine.submit(item)] = generator
                return
            except PromptTooLong as error:
                item = generator.throw(error)
    except StopIteration:
        return
