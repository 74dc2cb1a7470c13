"""A complete engine without a model, for tests: a function replies, words are tokens.

It keeps every promise of the Engine protocol (tickets, limits, cached prefixes, saved states), so
code that works with it works with llama.cpp. A test can make it fail at a chosen step. Knows
nothing about what the prompts are for.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import threading
from collections.abc import Callable, Collection, Generator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal

from repo_mhm.engine.tokenise import LARGER_CONTEXT
from repo_mhm.engine.types import Contrast, EngineInfo, Evaluated, Prompt, Reply, Slot, Weighed
from repo_mhm.errors import EngineError, PromptTooLong

Order = Literal["submitted", "reversed", "shuffled"]

_TOKEN = re.compile(r"\w{1,12}|[^\w\s]|\n")
_WORD = re.compile(r"[^\W\d_]{4,}")
_NEW_WORDS = "amber birch cedar ember fjord grove heron ivory jasper larch maple otter".split()
_PIECE = re.compile(r"\s*\S+|\s+")


def describe(prompt: Prompt) -> list[str]:
    """The default reply: for each slot a short line, always the same.

    It has a word from the prompt, and others that no code has, so that it says something new.
    """
    words = sorted(set(_WORD.findall(prompt.user))) or ["nothing"]
    texts = []
    for number, slot in enumerate(prompt.slots):
        seed = f"{number}\0{slot.lead}\0{prompt.user}".encode("utf-8", "replace")
        digest = hashlib.sha256(seed).digest()
        first = digest[1] % (len(_NEW_WORDS) - 2)
        chosen = [words[digest[0] % len(words)], *_NEW_WORDS[first : first + 3]]
        texts.append(" about " + " ".join(chosen))
    return texts


def even(contrast: Contrast) -> Weighed:
    """The default weights: both texts are equally likely."""
    return Weighed(-1.0, -1.0)


def shared_words(prompt: Prompt, text: str) -> float:
    """The default likelihood: a text is likelier the fewer of its words the prompt lacks."""
    known = set(_WORD.findall(prompt.user.lower()))
    return float(-sum(word not in known for word in _WORD.findall(text.lower())))


class ScriptedEngine:
    """An Engine whose replies come from `reply(prompt)`, one text per slot, missing ones empty.

    Texts end before the slot's stop string and after `max_tokens` tokens, as a model's would.
    Tokens are words of at most 12 characters, single marks and newlines. `order` says which of the
    `concurrent_prompts` in flight finishes first.

    Steps are replies counted from 1, streamed ones, contrasts and likelihoods included. The steps
    in `empty_at` reply with empty texts. Step `fail_at` raises EngineError and drops what is in
    flight, step `interrupt_at` raises KeyboardInterrupt, each once.

    `prompts` records every prompt accepted, `replies` every reply, `contrasts` every contrast that
    `weigh` answered.
    """

    def __init__(  # noqa: PLR0913  a test sets one or two of them
        self,
        reply: Callable[[Prompt], Sequence[str]] = describe,
        *,
        context: int = 8192,
        concurrent_prompts: int = 8,
        order: Order = "submitted",
        seed: int = 0,
        empty_at: Collection[int] = (),
        fail_at: int | None = None,
        interrupt_at: int | None = None,
        model: str = "scripted",
        model_id: str = "scripted-1",
        weigh: Callable[[Contrast], Weighed] = even,
        log_likelihood: Callable[[Prompt, str], float] = shared_words,
    ) -> None:
        self._reply = reply
        self._weigh = weigh
        self._log_likelihood = log_likelihood
        self._info = EngineInfo(
            model,
            model_id,
            device="no device (scripted)",
            on_gpu=False,
            context=context,
            concurrent_prompts=concurrent_prompts,
        )
        self._order: Order = order
        self._random = random.Random(seed)
        self._empty_at = frozenset(empty_at)
        self._failures = _failures(fail_at, interrupt_at)

        self._queue: dict[int, Prompt] = {}
        self._last_ticket = 0
        self._steps = 0
        self._prefixes: set[str] = set()
        self._evaluated = Evaluated()
        self._interrupted = threading.Event()
        self._closed = False

        self.prompts: list[Prompt] = []
        self.replies: list[Reply] = []
        self.contrasts: list[Contrast] = []

    # The protocol

    @property
    def info(self) -> EngineInfo:
        """The names and limits that the test chose."""
        return self._info

    @property
    def closed(self) -> bool:
        """Whether `close` has been called: lets a test see that nobody forgot."""
        return self._closed

    def count(self, text: str) -> int:
        """The number of words, marks and newlines."""
        return len(_TOKEN.findall(text))

    def submit(self, prompt: Prompt) -> int:
        """Queue a prompt and return its ticket. Raises PromptTooLong."""
        self._accept(prompt)
        self._last_ticket += 1
        self._queue[self._last_ticket] = prompt
        return self._last_ticket

    @property
    def evaluated(self) -> Evaluated:
        """The tokens of all replies that `wait` has returned."""
        return self._evaluated

    def work(self, seconds: float) -> bool:
        """Always true: every reply is there at once. Raises LookupError when there is none."""
        self._check_open()
        if not self._queue:
            raise LookupError("no prompt is submitted")
        return True

    def wait(self) -> tuple[int, Reply]:
        """Reply to the prompt that is next by `order`. Raises LookupError when there is none."""
        self._check_open()
        if not self._queue:
            raise LookupError("no prompt is submitted")

        try:
            self._step()
        except EngineError:
            self.cancel()
            raise

        in_flight = list(self._queue)[: self._info.concurrent_prompts]
        ticket = self._next_ticket(in_flight)
        reply = self._answer(self._queue.pop(ticket))
        self._evaluated = Evaluated(
            self._evaluated.prompt_tokens + reply.prompt_tokens,
            self._evaluated.generated_tokens + reply.generated_tokens,
        )
        return ticket, reply

    def cancel(self) -> None:
        """Drop every submitted prompt that has not been returned."""
        self._queue.clear()

    def interrupt(self) -> None:
        """Make the step in progress, else the next one, raise KeyboardInterrupt."""
        self._interrupted.set()

    def stream(self, prompt: Prompt) -> Generator[str, None, None]:
        """Yield the reply word by word. Raises ValueError, PromptTooLong."""
        if len(prompt.slots) != 1:
            raise ValueError("a streamed prompt has exactly one slot")
        self._accept(prompt)
        return self._stream(prompt)

    def weigh(self, contrast: Contrast) -> Weighed | None:
        """What the `weigh` function says of a contrast; None when its texts are equal.

        Raises PromptTooLong.
        """
        self._check_open()
        need = sum(map(self.count, (contrast.before, contrast.after, contrast.first)))
        self._check_length("a contrast needs", need)
        self._step()
        self.contrasts.append(contrast)
        return None if contrast.first == contrast.second else self._weigh(contrast)

    def log_likelihoods(self, prompt: Prompt, texts: Sequence[str]) -> list[float]:
        """What the `log_likelihood` function says of each text.

        Raises ValueError and PromptTooLong, as llama.cpp's engine does.
        """
        self._check_open()
        if len(prompt.slots) != 1:
            raise ValueError("texts are judged as the reply of exactly one slot")
        need = sum(map(self.count, (prompt.system, prompt.user, prompt.slots[0].lead)))
        longest = max(map(self.count, texts), default=0)
        self._check_length("a prompt and its reply need", need + longest)
        self._step()
        return [self._log_likelihood(prompt, text) if text else 0.0 for text in texts]

    def save_state(self, system: str, path: Path) -> int:
        """Write a file that stands for the state of the prefix; return its tokens."""
        self._check_open()
        self._prefixes.add(system)
        path.write_text(json.dumps(self._state(system)), encoding="utf-8")
        return self.count(system)

    def load_state(self, system: str, path: Path) -> bool:
        """Count the prefix as cached; False when the file is absent, stale or damaged."""
        self._check_open()
        try:
            state = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False

        if state != self._state(system):
            return False
        self._prefixes.add(system)
        return True

    def close(self) -> None:
        """Refuse all further work."""
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

    # Limits

    def _check_open(self) -> None:
        if self._closed:
            raise EngineError("the engine is closed", hint="Open a new one.")

    def _accept(self, prompt: Prompt) -> None:
        """Record a prompt. Raises PromptTooLong."""
        self._check_open()
        need = self._prompt_tokens(prompt) + sum(slot.max_tokens for slot in prompt.slots)
        self._check_length("a prompt and its reply need", need)
        self.prompts.append(prompt)

    def _check_length(self, subject: str, tokens: int) -> None:
        if tokens > self._info.context:
            raise PromptTooLong(
                f"{subject} {tokens} tokens; the context has {self._info.context}",
                hint=f"Shorten the question, or {LARGER_CONTEXT}",
            )

    def _prompt_tokens(self, prompt: Prompt) -> int:
        texts = [prompt.system, prompt.user]
        texts += [slot.lead for slot in prompt.slots]
        for turn in prompt.history:
            texts += [turn.question, turn.answer]
        return sum(map(self.count, texts))

    # Work

    def _step(self) -> None:
        """Count a step; fail or be interrupted where the test wants it."""
        self._check_interrupt()
        self._steps += 1
        if self._steps in self._failures:
            raise self._failures.pop(self._steps)

    def _check_interrupt(self) -> None:
        if self._interrupted.is_set():
            self._interrupted.clear()
            raise KeyboardInterrupt

    def _next_ticket(self, in_flight: list[int]) -> int:
        if self._order == "shuffled":
            return self._random.choice(in_flight)
        return in_flight[-1 if self._order == "reversed" else 0]

    def _answer(self, prompt: Prompt) -> Reply:
        scripted = [] if self._steps in self._empty_at else list(self._reply(prompt))
        scripted += [""] * (len(prompt.slots) - len(scripted))
        pairs = zip(scripted, prompt.slots, strict=False)
        texts = tuple(self._cut(text, slot) for text, slot in pairs)

        cached = self.count(prompt.system) if prompt.system in self._prefixes else 0
        self._prefixes.add(prompt.system)
        generated = sum(map(self.count, texts))

        reply = Reply(
            texts,
            prompt_tokens=self._prompt_tokens(prompt) - cached,
            cached_tokens=cached,
            generated_tokens=generated,
            seconds=generated / 1000,
        )
        self.replies.append(reply)
        return reply

    def _stream(self, prompt: Prompt) -> Generator[str, None, None]:
        self._step()
        text = self._answer(prompt).texts[0]
        for piece in _PIECE.findall(text):
            self._check_interrupt()
            self._check_open()
            yield piece

    def _state(self, system: str) -> dict[str, str]:
        digest = hashlib.sha256(system.encode("utf-8", "replace")).hexdigest()
        return {"model_id": self._info.model_id, "system": digest}

    @staticmethod
    def _cut(text: str, slot: Slot) -> str:
        """The part of `text` that a model would have written in this slot."""
        if slot.stop:
            text = text.split(slot.stop, 1)[0]

        ends = [match.end() for match in _TOKEN.finditer(text)]
        if len(ends) <= slot.max_tokens:
            return text
        return text[: ends[slot.max_tokens - 1]] if slot.max_tokens else ""


def _failures(fail_at: int | None, interrupt_at: int | None) -> dict[int, BaseException]:
    """What to raise, by step."""
    failures: dict[int, BaseException] = {}
    if fail_at is not None:
        failures[fail_at] = EngineError(
            f"the engine failed at step {fail_at}", hint="Run the command again."
        )
    if interrupt_at is not None:
        failures[interrupt_at] = KeyboardInterrupt()
    return failures
