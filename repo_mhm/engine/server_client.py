"""HTTP to a model server: requests with time limits, retries and bounded replies.

Owns the connection, and what each failure of it is called. One thread runs the event loop; callers
use `run` and `start` from theirs. A server is not trusted: its replies are limited in size and its
redirects are not followed.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import json
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from typing import Any, TypeVar

import httpx

from repo_mhm.engine.server_dialect import Delta, parse_event, problem_text
from repo_mhm.errors import EngineError, PromptTooLong

Result = TypeVar("Result")

_CONNECT_SECONDS = 5.0
_FIRST_TOKEN_SECONDS = 600.0
"""Also between two tokens: a server may load the model first, or read a long prompt on a CPU."""
_CHECK_SECONDS = 10.0
"""For what a server answers without its model."""
_ATTEMPTS = 5
_FIRST_PAUSE_SECONDS = 0.5
"""Before the second attempt; each later pause is twice as long."""
_LONGEST_PAUSE_SECONDS = 30.0
_ABSENT = (404, 405, 501)
_BUSY = (408, 429, 500, 502, 503, 504)
_REFUSED = (401, 403)
_LONGEST_JSON = 8 << 20
"""Bytes of a whole reply."""
_LONGEST_LINE = 1 << 20
"""Characters of one event."""
_BYTES_OF_A_TOKEN = 2048
"""Of the event for one token, on average: a server that sends more does not stop by itself."""
_SPARE_BYTES = 1 << 20


class Unavailable(EngineError):
    """The server may do it at another time: it is busy, or the connection was lost.

    `pause_seconds` is how long the server asks to wait; 0 where it does not say.
    """

    def __init__(self, message: str, *, hint: str = "", pause_seconds: float = 0.0) -> None:
        super().__init__(message, hint=hint)
        self.pause_seconds = pause_seconds


class ServerClient:
    """Requests to the server at `url` (up to `/v1`), with `key` as the bearer token if not empty.

    `close` ends its thread and its connections.
    """

    def __init__(
        self,
        url: str,
        key: str = "",
        *,
        token_seconds: float = _FIRST_TOKEN_SECONDS,
        first_pause_seconds: float = _FIRST_PAUSE_SECONDS,
        start_hint: str = "",
    ) -> None:
        self.url = url.rstrip("/")
        self._token_seconds = token_seconds
        self._first_pause_seconds = first_pause_seconds
        self._start_hint = start_hint or "Start it, or correct its URL."

        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="model server", daemon=True
        )
        self._thread.start()
        self._http = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(_CHECK_SECONDS, connect=_CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=None),
            verify=ssl.create_default_context() if url.startswith("https:") else False,
            follow_redirects=False,
            # The environment's proxy would see the code, and a .netrc would send its password.
            trust_env=False,
        )

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Wait for a coroutine of this client. An interrupt cancels it."""
        task = self.start(work)
        try:
            return task.result()
        except BaseException:
            task.cancel()
            raise

    def start(self, work: Coroutine[Any, Any, Result]) -> concurrent.futures.Future[Result]:
        """Run a coroutine of this client; cancelling the future closes its connection."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self) -> None:
        """Cancel what runs and close all connections; closing twice is harmless."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def get(self, path: str) -> Any:
        """The JSON at a path; None where the server has none. Raises EngineError."""
        return await self._json("GET", path, None, _CHECK_SECONDS)

    async def post(self, path: str, body: object, seconds: float = _CHECK_SECONDS) -> Any:
        """The JSON reply to a body; None where the server has no such path. Raises EngineError."""
        return await self._json("POST", path, body, seconds)

    async def stream(self, body: Mapping[str, Any], emit: Callable[[Delta], object]) -> None:
        """Emit the events of a streamed chat reply.

        Until the first text, a busy server or a lost connection is tried again: a request changes
        nothing on a server. Raises EngineError, PromptTooLong, and Unavailable when the attempts
        are used up or the reply breaks off.
        """
        has_begun = False

        def emit_noting(delta: Delta) -> None:
            nonlocal has_begun
            has_begun = has_begun or bool(delta.text)
            emit(delta)

        pause = self._first_pause_seconds
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                await self._stream_once(body, emit_noting)
            except Unavailable as error:
                if has_begun or attempt == _ATTEMPTS:
                    raise
                await asyncio.sleep(min(max(pause, error.pause_seconds), _LONGEST_PAUSE_SECONDS))
                pause *= 2
            else:
                return

    # One request

    async def _stream_once(self, body: Mapping[str, Any], emit: Callable[[Delta], object]) -> None:
        url = f"{self.url}/chat/completions"
        bytes_left = _SPARE_BYTES + _BYTES_OF_A_TOKEN * int(body["max_tokens"])
        timeout = httpx.Timeout(self._token_seconds, connect=_CONNECT_SECONDS)

        finished = False
        async with self._reply("POST", url, body, timeout) as response:
            async for line in _lines(response):
                bytes_left -= len(line)
                if bytes_left < 0:
                    raise self._too_much()
                delta = parse_event(line)
                if delta is not None:
                    emit(delta)
                    finished = finished or delta.finished
        if not finished:
            raise Unavailable(f"{url} broke off its reply", hint="Run the command again.")

    async def _json(self, method: str, path: str, body: object, seconds: float) -> Any:
        url = path if path.startswith("http") else f"{self.url}/{path}"
        timeout = httpx.Timeout(seconds, connect=_CONNECT_SECONDS)
        data = bytearray()
        async with self._reply(method, url, body, timeout) as response:
            if response.status_code in _ABSENT:
                return None
            async for block in response.aiter_bytes():
                data += block
                if len(data) > _LONGEST_JSON:
                    raise self._too_much()
        try:
            return json.loads(data)
        except (ValueError, RecursionError) as error:
            raise EngineError(
                f"{url} does not reply with JSON",
                hint="Check the URL: it is that of the API, and ends with /v1.",
            ) from error

    @contextlib.asynccontextmanager
    async def _reply(
        self, method: str, url: str, body: object, timeout: httpx.Timeout
    ) -> AsyncIterator[httpx.Response]:
        """A reply whose status is checked; its failures become errors of ours."""
        try:
            async with self._http.stream(method, url, json=body, timeout=timeout) as response:
                absent_is_fine = not url.endswith("/chat/completions")
                if not (absent_is_fine and response.status_code in _ABSENT):
                    await _check(response, url)
                yield response
        except httpx.ConnectError as error:
            message = f"no server answers at {self.url}"
            raise Unavailable(message, hint=self._start_hint) from error
        except httpx.TimeoutException as error:
            raise Unavailable(
                f"{url} does not answer in time", hint="See whether the server is busy or hangs."
            ) from error
        except httpx.HTTPError as error:
            raise Unavailable(
                f"the connection to {self.url} was lost: {error or type(error).__name__}",
                hint="Run the command again.",
            ) from error
        except (httpx.InvalidURL, UnicodeError) as error:
            raise EngineError(f"{url} is no usable URL: {error}", hint="Correct it.") from error

    def _too_much(self) -> EngineError:
        return EngineError(
            f"{self.url} sends more than it was asked for",
            hint="Look at the server's log: it may ignore `max_tokens`.",
        )

    async def _end(self) -> None:
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._http.aclose()


async def _lines(response: httpx.Response) -> AsyncIterator[str]:
    """The lines of a reply, each of bounded length. Raises EngineError."""
    pending = ""
    async for text in response.aiter_text():
        *lines, pending = (pending + text).split("\n")
        if len(pending) > _LONGEST_LINE:
            raise EngineError("the server sends a line without end", hint="Look at its log.")
        for line in lines:
            yield line.rstrip("\r")
    yield pending


async def _check(response: httpx.Response, url: str) -> None:
    """Raise what a status other than success means."""
    status = response.status_code
    if response.is_success:
        return
    if response.is_redirect:
        target = response.headers.get("location", "")[:200]
        raise EngineError(
            f"{url} redirects to {target!r}, which is not followed",
            hint="Give the server's final URL.",
        )

    problem = await _problem(response)
    if status in _REFUSED:
        raise EngineError(
            f"{url} refuses the key ({status}): {problem}",
            hint="Set the variable or file it names.",
        )
    if status in _BUSY:
        raise Unavailable(
            f"{url} failed ({status}): {problem}",
            hint="Look at the server's log, or try again later.",
            pause_seconds=_seconds(response.headers.get("retry-after", "")),
        )
    if "context" in problem and ("exceed" in problem or "maximum" in problem):
        raise PromptTooLong(
            f"the prompt is too long for {url}: {problem}",
            hint="Give the context that the server really has with `model add --context`.",
        )
    raise EngineError(f"{url} refuses the request ({status}): {problem}", hint="Look at its log.")


async def _problem(response: httpx.Response) -> str:
    """What the server says of its failure, short."""
    data = bytearray()
    with contextlib.suppress(httpx.HTTPError):
        async for block in response.aiter_bytes():
            data += block
            if len(data) > _LONGEST_LINE:
                break
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        document = data.decode("utf-8", "replace")
    if isinstance(document, dict):
        document = document.get("error") or document.get("detail") or document
    return problem_text(document) or "it says nothing"


def _seconds(retry_after: str) -> float:
    """A Retry-After header in seconds; 0 for a date or nothing."""
    return float(retry_after) if retry_after.isdecimal() and len(retry_after) < 6 else 0.0
