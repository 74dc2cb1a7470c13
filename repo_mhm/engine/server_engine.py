"""An engine that is a server of the OpenAI kind: prompts out, replies in, over HTTP.

Submitted prompts are concurrent requests, as many as the server works on at once. A prompt's slots
are one request each where the server continues an assistant message, else one form or one numbered
list. Of its methods, only `interrupt` may be called from another thread.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import hashlib
import json
import math
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any

from repo_mhm.engine.server_client import ServerClient
from repo_mhm.engine.server_dialect import (
    ReplyText,
    Server,
    Usage,
    chat_body,
    cut_at,
    forced_beginning,
    form_body,
    form_texts,
    list_prompt,
    list_texts,
    list_tokens,
    needs_list,
)
from repo_mhm.engine.token_bound import token_bound
from repo_mhm.engine.tokenise import LARGER_CONTEXT
from repo_mhm.engine.types import EngineInfo, Evaluated, Prompt, Reply, Slot
from repo_mhm.errors import EngineError, PromptTooLong, StoreError

_TURN_TOKENS = 16
"""What a chat template puts around a message, at most."""
_COUNTS_KEPT = 4096
_POLL_SECONDS = 0.05
"""How long an interrupt may take to be noticed."""


@dataclass(slots=True)
class _Cost:
    """The sum of what the requests of a prompt cost."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    generated_tokens: int = 0

    def add(self, usage: Usage) -> None:
        self.prompt_tokens += usage.prompt_tokens
        self.cached_tokens += usage.cached_tokens
        self.generated_tokens += usage.generated_tokens


class ServerEngine:
    """An Engine over one model of a server; `open_server` opens it.

    `count_remotely` asks the server's own tokeniser; without it, counts are upper bounds.
    """

    def __init__(
        self,
        server: Server,
        client: ServerClient,
        info: EngineInfo,
        count_remotely: Callable[[str], int] | None = None,
    ) -> None:
        self._server = server
        self._client = client
        self._info = info
        self._count = lru_cache(_COUNTS_KEPT)(count_remotely or token_bound)

        self._last_ticket = 0
        self._running: dict[int, concurrent.futures.Future[Reply]] = {}
        self._finished: deque[int] = deque()
        self._changed = threading.Condition()
        self._interrupted = threading.Event()
        self._slots = asyncio.Semaphore(info.concurrent_prompts)
        self._evaluated = Evaluated()
        self._stream: concurrent.futures.Future[None] | None = None
        self._closed = False

    # The protocol

    @property
    def info(self) -> EngineInfo:
        """The model, the server and the limits."""
        return self._info

    @property
    def server(self) -> Server:
        """The server as it was found, so that the next connection need not find out again."""
        return self._server

    @property
    def evaluated(self) -> Evaluated:
        """The tokens of finished requests, by the server's account."""
        return self._evaluated

    def count(self, text: str) -> int:
        """The tokens of `text`: exact where the server counts for us, else an upper bound."""
        self._check_open()
        return self._count(text) if text else 0

    def submit(self, prompt: Prompt) -> int:
        """Send a prompt and return its ticket. Raises PromptTooLong."""
        self._check_open()
        self._check_length(prompt)
        self._last_ticket += 1
        ticket = self._last_ticket
        future = self._client.start(self._reply(prompt))
        self._running[ticket] = future
        future.add_done_callback(lambda _: self._note_finished(ticket))
        return ticket

    def work(self, seconds: float) -> bool:
        """Wait until a prompt is finished or the time is up; is one finished?"""
        self._check_open()
        if not self._running:
            raise LookupError("no prompt is submitted")
        self._end_stream()

        end = time.monotonic() + seconds
        with self._changed:
            while True:
                self._check_interrupt()
                if self._finished:
                    return True
                left = end - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(min(left, _POLL_SECONDS))

    def wait(self) -> tuple[int, Reply]:
        """Wait for a submitted prompt. Raises LookupError, EngineError."""
        self.work(math.inf)
        with self._changed:
            ticket = self._finished.popleft()
        try:
            reply = self._running.pop(ticket).result()
        except EngineError:
            self.cancel()
            raise
        return ticket, reply

    def cancel(self) -> None:
        """Drop every submitted prompt that has not been returned: its request is closed."""
        running, self._running = self._running, {}
        for future in running.values():
            future.cancel()
        with self._changed:
            self._finished.clear()

    def interrupt(self) -> None:
        """Make the `wait` or `stream` in progress, else the next one, raise KeyboardInterrupt."""
        self._interrupted.set()
        with self._changed:
            self._changed.notify_all()

    def stream(self, prompt: Prompt) -> Generator[str, None, None]:
        """Yield the text of the only slot as it comes. Raises ValueError, PromptTooLong."""
        if len(prompt.slots) != 1 or prompt.slots[0].max_tokens < 1:
            raise ValueError("a streamed prompt has exactly one slot, of at least one token")
        self._check_open()
        self._check_length(prompt)
        return self._streamed(prompt)

    def save_state(self, system: str, path: Path) -> int:
        """Write a file that stands for the prefix, which the server keeps or not as it likes.

        Raises PromptTooLong, and StoreError when the file cannot be written.
        """
        self._check_open()
        tokens = self._fitting(self.count(system) + _TURN_TOKENS)
        try:
            path.write_text(json.dumps(self._state(system)), encoding="utf-8")
        except OSError as error:
            raise StoreError(
                f"the model's state cannot be written to {path}: {error.strerror}",
                hint="Free some disk space or check the folder's permissions.",
            ) from error
        return tokens

    def load_state(self, system: str, path: Path) -> bool:
        """Whether the file stands for this prefix; a server evaluates it again if it must."""
        self._check_open()
        try:
            return bool(json.loads(path.read_text(encoding="utf-8")) == self._state(system))
        except (OSError, ValueError, RecursionError):
            return False

    def close(self) -> None:
        """Close all requests and the connection; closing twice is harmless."""
        if not self._closed:
            self.cancel()
            self._end_stream()
            self._closed = True
            self._client.close()

    def __enter__(self) -> ServerEngine:
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

    def _check_interrupt(self) -> None:
        if self._interrupted.is_set():
            self._interrupted.clear()
            raise KeyboardInterrupt

    def _check_length(self, prompt: Prompt) -> None:
        """Raise PromptTooLong unless a prompt and its reply fit, chat template included."""
        texts = [prompt.system, prompt.user]
        for turn in prompt.history:
            texts += [turn.question, turn.answer]
        need = sum(self.count(text) + _TURN_TOKENS for text in texts)
        self._fitting(need + self._reply_tokens(prompt))

    def _fitting(self, tokens: int) -> int:
        if tokens > self._info.context:
            context = self._info.context
            raise PromptTooLong(
                f"a prompt and its reply need {tokens} tokens; the context has {context}",
                hint=f"Shorten the question, or {LARGER_CONTEXT}",
            )
        return tokens

    def _reply_tokens(self, prompt: Prompt) -> int:
        lead_tokens = sum(self.count(slot.lead) for slot in prompt.slots)
        return list_tokens(prompt.slots, lead_tokens)

    # Requests

    async def _reply(self, prompt: Prompt) -> Reply:
        start = time.monotonic()
        cost = _Cost()
        async with self._slots:
            if self._server.continues:
                texts = await self._continued(prompt, cost)
            elif needs_list(prompt):
                texts = await self._listed(prompt, cost)
            else:
                texts = (await self._free_text(prompt, cost),)

        self._evaluated = Evaluated(
            self._evaluated.prompt_tokens + cost.prompt_tokens,
            self._evaluated.generated_tokens + cost.generated_tokens,
        )
        return Reply(
            texts,
            cost.prompt_tokens,
            cost.cached_tokens,
            cost.generated_tokens,
            time.monotonic() - start,
        )

    async def _continued(self, prompt: Prompt, cost: _Cost) -> tuple[str, ...]:
        """The text of each slot, from a request each that continues the reply so far."""
        texts: list[str] = []
        so_far = ""
        for slot in prompt.slots:
            so_far += slot.lead
            text = ""
            if slot.max_tokens:
                body = chat_body(self._server, prompt, slot.max_tokens, slot.stop, so_far)
                text = cut_at(await self._request(body, cost), slot.stop)
            texts.append(text)
            so_far += text
        return tuple(texts)

    async def _listed(self, prompt: Prompt, cost: _Cost) -> tuple[str, ...]:
        """The text of each slot, from a request for all of them."""
        max_tokens = self._reply_tokens(prompt)
        if self._server.fills_forms:
            body = form_body(self._server, prompt, max_tokens)
            texts = form_texts(await self._request(body, cost), prompt.slots)
        else:
            body = chat_body(self._server, list_prompt(prompt), max_tokens)
            texts = list_texts(await self._request(body, cost), prompt.slots)
        return tuple(map(self._shortened, texts, prompt.slots))

    async def _free_text(self, prompt: Prompt, cost: _Cost) -> str:
        slot = prompt.slots[0]
        if not slot.max_tokens:
            return ""
        body = chat_body(self._server, prompt, slot.max_tokens, slot.stop)
        return cut_at(await self._request(body, cost), slot.stop)

    async def _request(self, body: Mapping[str, Any], cost: _Cost) -> str:
        text = ReplyText(forced_beginning(body))
        await self._client.stream(body, text.take)
        cost.add(text.usage or _estimated_usage(body, text))
        return "".join(text.pieces)

    def _shortened(self, text: str, slot: Slot) -> str:
        """The whole words of a text that a slot has tokens for: a list has one limit for all."""
        words = text.split(" ")
        while len(words) > 1 and token_bound(" ".join(words)) > slot.max_tokens:
            words.pop()
        text = " ".join(words)
        return text if token_bound(text) <= slot.max_tokens else ""

    # Streams

    def _streamed(self, prompt: Prompt) -> Generator[str, None, None]:
        slot = prompt.slots[0]
        body = chat_body(self._server, prompt, slot.max_tokens, slot.stop, self._lead(slot))
        self._end_stream()

        pieces: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        text = ReplyText(forced_beginning(body))
        future = self._client.start(self._client.stream(body, lambda d: pieces.put(text.take(d))))
        future.add_done_callback(lambda _: pieces.put(None))
        self._stream = future
        try:
            while (piece := self._next_piece(pieces)) is not None:
                if piece:
                    yield piece
            if future.cancelled():
                raise EngineError(
                    "an answer was cut off by other work on its engine", hint="Ask again."
                )
            future.result()
        finally:
            future.cancel()

    def _lead(self, slot: Slot) -> str:
        return slot.lead if self._server.continues else ""

    def _next_piece(self, pieces: queue.SimpleQueue[str | None]) -> str | None:
        """The next piece of a stream, None at its end. Raises KeyboardInterrupt, EngineError."""
        while True:
            self._check_open()
            self._check_interrupt()
            try:
                return pieces.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                continue

    def _end_stream(self) -> None:
        if self._stream is not None:
            self._stream.cancel()
            self._stream = None

    def _note_finished(self, ticket: int) -> None:
        """Called by the client's thread when a request has ended, however it has."""
        with self._changed:
            if ticket in self._running:
                self._finished.append(ticket)
            self._changed.notify_all()

    def _state(self, system: str) -> dict[str, str]:
        digest = hashlib.sha256(system.encode("utf-8", "replace")).hexdigest()
        return {"model_id": self._info.model_id, "system": digest}


def _estimated_usage(body: Mapping[str, Any], text: ReplyText) -> Usage:
    """The cost of a request where the server does not say: an upper bound of its prompt."""
    contents = [message["content"] for message in body["messages"]]
    prompt_tokens = sum(token_bound(content) + _TURN_TOKENS for content in contents)
    return Usage(prompt_tokens, 0, text.events)
