"""A complete engine without a model, for tests: it answers from a function, counts words, and fails on demand.

It keeps every promise of the Engine protocol (tickets, limits, cached prefixes, saved states), so code that works with
it works with llama.cpp. Knows nothing about what the prompts are for.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal

from repo_mhm.engine import EngineInfo
from repo_mhm.engine.types import Contrast, Prompt, Reply, Slot, Weighed
from repo_mhm.errors import EngineError, PromptTooLong

Order = Literal["submitted", "reversed", "shuffled"]

_TOKEN = re.compile(r"\w{1,12}|[^\w\s]|\n")
_WORD = re.compile(r"[^\W\d_]{4,}")


def describe(prompt: Prompt) -> list[str]:
    """The default reply: for each slot a short line of words from the prompt, the same each time."""
    words = sorted(set(_WORD.findall(prompt.user))) or ["nothing"]
    texts = []
    for number, slot in enumerate(prompt.slots):
        digest = hashlib.sha256(
            f"{number}\0{slot.lead}\0{prompt.user}".encode("utf-8", "replace")
        ).digest()
        chosen = [words[byte % len(words)] for byte in digest[:4]]
        texts.append(" about " + " ".join(chosen))
    return texts


class ScriptedEngine:
    """An Engine whose replies come from `reply(prompt)`, one text per slot (missing ones are empty).

    Texts end before the slot's stop string and after `max_tokens` tokens, as a model's would. Tokens are words of at
    most 12 characters, single marks and newlines. `order` says which of the `lanes` prompts in flight finishes first.
    Steps are replies counted from 1, streamed ones included: the steps in `empty_at` reply with empty texts, step
    `fail_at` raises EngineError and drops what is in flight, step `interrupt_at` raises KeyboardInterrupt (once each).
    `prompts` records every prompt accepted, `replies` every reply given. `weigh` answers contrasts, which
    `contrasts` records; without it both texts are as likely.
    """

    def __init__(
        self,
        reply: Callable[[Prompt], Sequence[str]] = describe,
        *,
        context: int = 8192,
        lanes: int = 8,
        order: Order = "submitted",
        seed: int = 0,
        empty_at: Collection[int] = (),
        fail_at: int | None = None,
        interrupt_at: int | None = None,
        model: str = "scripted",
        model_id: str = "scripted-1",
        weigh: Callable[[Contrast], Weighed] = lambda contrast: Weighed(-1.0, -1.0),
    ) -> None:
        self._reply = reply
        self._weigh = weigh
        self._info = EngineInfo(
            model,
            model_id,
            device="no device (scripted)",
            on_gpu=False,
            context=context,
            lanes=lanes,
        )
        self._order: Order = order
        self._random = random.Random(seed)
        self._empty_at = frozenset(empty_at)
        self._raises: dict[int, BaseException] = {}
        if fail_at is not None:
            self._raises[fail_at] = EngineError(
                f"the engine failed at step {fail_at}", hint="Run the command again."
            )
        if interrupt_at is not None:
            self._raises[interrupt_at] = KeyboardInterrupt()
        self._queue: dict[int, Prompt] = {}
        self._tickets = 0
        self._steps = 0
        self._prefixes: set[str] = set()
        self._interrupted = threading.Event()
        self._closed = False
        self.prompts: list[Prompt] = []
        self.replies: list[Reply] = []
        self.contrasts: list[Contrast] = []

    @property
    def info(self) -> EngineInfo:
        return self._info

    @property
    def closed(self) -> bool:
        """Whether `close` has been called: lets a test see that nobody forgot."""
        return self._closed

    def count(self, text: str) -> int:
        return len(_TOKEN.findall(text))

    def submit(self, prompt: Prompt) -> int:
        self._accept(prompt)
        self._tickets += 1
        self._queue[self._tickets] = prompt
        return self._tickets

    def wait(self) -> tuple[int, Reply]:
        self._open()
        if not self._queue:
            raise LookupError("no prompt is submitted")
        try:
            self._step()
        except EngineError:
            self.cancel()
            raise
        flying = list(self._queue)[: self._info.lanes]
        ticket = self._next_of(flying)
        reply = self._answer(self._queue.pop(ticket))
        return ticket, reply

    def cancel(self) -> None:
        self._queue.clear()

    def interrupt(self) -> None:
        self._interrupted.set()

    def stream(self, prompt: Prompt) -> Iterator[str]:
        if len(prompt.slots) != 1:
            raise ValueError("a streamed prompt has exactly one slot")
        self._accept(prompt)
        return self._stream(prompt)

    def weigh(self, contrast: Contrast) -> Weighed | None:
        self._open()
        need = sum(map(self.count, (contrast.before, contrast.after, contrast.first)))
        if need > self._info.context:
            raise PromptTooLong(
                f"a contrast needs {need} tokens; the context holds {self._info.context}", hint=""
            )
        self._step()
        self.contrasts.append(contrast)
        return None if contrast.first == contrast.second else self._weigh(contrast)

    def save_state(self, system: str, path: Path) -> int:
        self._open()
        tokens = self.count(system)
        self._prefixes.add(system)
        path.write_text(json.dumps(self._state(system)), encoding="utf-8")
        return tokens

    def load_state(self, system: str, path: Path) -> bool:
        self._open()
        try:
            state = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        if state != self._state(system):
            return False
        self._prefixes.add(system)
        return True

    def close(self) -> None:
        self._queue.clear()
        self._closed = True

    def __enter__(self) -> ScriptedEngine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _open(self) -> None:
        if self._closed:
            raise EngineError("the engine is closed", hint="Open a new one.")

    def _accept(self, prompt: Prompt) -> None:
        self._open()
        need = self._prompt_tokens(prompt) + sum(slot.max_tokens for slot in prompt.slots)
        if need > self._info.context:
            raise PromptTooLong(
                f"a prompt and its reply need {need} tokens; the context holds {self._info.context}",
                hint="Shorten the question or raise --context.",
            )
        self.prompts.append(prompt)

    def _prompt_tokens(self, prompt: Prompt) -> int:
        texts = [prompt.system, prompt.user, *(slot.lead for slot in prompt.slots)]
        texts += [text for turn in prompt.history for text in (turn.question, turn.answer)]
        return sum(self.count(text) for text in texts)

    def _step(self) -> None:
        if self._interrupted.is_set():
            self._interrupted.clear()
            raise KeyboardInterrupt
        self._steps += 1
        if self._steps in self._raises:
            raise self._raises.pop(self._steps)

    def _next_of(self, flying: list[int]) -> int:
        if self._order == "shuffled":
            return self._random.choice(flying)
        return flying[-1 if self._order == "reversed" else 0]

    def _answer(self, prompt: Prompt) -> Reply:
        given = [] if self._steps in self._empty_at else list(self._reply(prompt))
        given += [""] * (len(prompt.slots) - len(given))
        texts = tuple(_cut(text, slot) for text, slot in zip(given, prompt.slots, strict=False))
        cached = self.count(prompt.system) if prompt.system in self._prefixes else 0
        self._prefixes.add(prompt.system)
        generated = sum(self.count(text) for text in texts)
        reply = Reply(
            texts, self._prompt_tokens(prompt) - cached, cached, generated, seconds=generated / 1000
        )
        self.replies.append(reply)
        return reply

    def _stream(self, prompt: Prompt) -> Iterator[str]:
        self._step()
        text = self._answer(prompt).texts[0]
        for piece in re.findall(r"\s*\S+|\s+", text):
            if self._interrupted.is_set():
                self._interrupted.clear()
                raise KeyboardInterrupt
            self._open()
            yield piece

    def _state(self, system: str) -> dict[str, str]:
        digest = hashlib.sha256(system.encode("utf-8", "replace")).hexdigest()
        return {"model_id": self._info.model_id, "system": digest}


def _cut(text: str, slot: Slot) -> str:
    """The part of `text` a model would have written in this slot."""
    if slot.stop:
        text = text.split(slot.stop, 1)[0]
    ends = [match.end() for match in _TOKEN.finditer(text)]
    return (
        text
        if len(ends) <= slot.max_tokens
        else text[: ends[slot.max_tokens - 1] if slot.max_tokens else 0]
    )
