"""A model server of the OpenAI kind that does what a test wants, also what no server should."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behaviour = Callable[["Exchange"], None]


class Exchange:
    """One request, and the ways to reply to it."""

    def __init__(self, handler: BaseHTTPRequestHandler, body: Any, number: int) -> None:
        self.path = handler.path
        self.headers = handler.headers
        self.body = body
        self.number = number
        """Of the chat requests, from 1."""
        self._handler = handler

    def json(self, document: object, status: int = 200, **headers: str) -> None:
        self.raw(json.dumps(document).encode(), status, **headers)

    def raw(self, data: bytes, status: int = 200, **headers: str) -> None:
        self._handler.send_response(status)
        for name, value in headers.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.send_header("Content-Length", str(len(data)))
        self._handler.end_headers()
        self._handler.wfile.write(data)

    def begin_stream(self) -> None:
        self._handler.send_response(200)
        self._handler.send_header("Content-Type", "text/event-stream")
        self._handler.send_header("Connection", "close")
        self._handler.end_headers()
        self._handler.close_connection = True

    def event(self, **delta: object) -> None:
        self.line("data: " + json.dumps({"choices": [{"delta": delta}]}))

    def line(self, text: str) -> None:
        self._handler.wfile.write(f"{text}\n\n".encode())
        self._handler.wfile.flush()

    def end(self, prompt_tokens: int = 7, generated_tokens: int = 3) -> None:
        usage = {"prompt_tokens": prompt_tokens, "completion_tokens": generated_tokens}
        self.line("data: " + json.dumps({"choices": [], "usage": usage}))
        self.line("data: [DONE]")

    def stream(self, pieces: Sequence[str]) -> None:
        """A whole reply."""
        self.begin_stream()
        for piece in pieces:
            self.event(content=piece)
        self.end(generated_tokens=len(pieces))


class FakeServer:
    """What the test sees: the requests, and the pages beside the chat that the server has."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.chats: list[Any] = []
        self.pages: dict[str, Any] = {"/v1/models": {"data": [{"id": "big"}]}}
        self.behaviour: Behaviour = lambda exchange: exchange.stream(["yes"])
        self.keys: list[str | None] = []


@contextmanager
def fake_server() -> Iterator[FakeServer]:
    """A server on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._reply_with_page(None)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if not self.path.endswith("/chat/completions"):
                self._reply_with_page(body)
                return
            fake.keys.append(self.headers.get("Authorization"))
            fake.chats.append(body)
            try:
                fake.behaviour(Exchange(self, body, len(fake.chats)))
            except OSError:
                self.close_connection = True  # the client has gone

        def _reply_with_page(self, body: Any) -> None:
            page = fake.pages.get(self.path)
            document = page(body) if callable(page) else page
            Exchange(self, body, 0).json(document or {}, 404 if page is None else 200)

        def log_message(self, *_: object) -> None:
            """Say nothing on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    fake = FakeServer(f"http://127.0.0.1:{server.server_port}/v1")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
