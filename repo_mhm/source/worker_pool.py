"""Worker processes of a scan: each takes one call at a time over a pipe and answers it. Knows nothing about files.

They are not multiprocessing's: those import from the current folder, which is the repository (see `safe_python`), and
run the caller's main script again.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import IO, Any, ParamSpec, TypeVar, cast

from repo_mhm import safe_python

P = ParamSpec("P")
R = TypeVar("R")


class WorkerDied(Exception):
    """The process that worked on a call ended before it answered."""


class Worker:
    """One process. Not for use by two threads at once."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            safe_python.command(__name__),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=safe_python.SAFE_FOLDER,
            env=safe_python.environment(),
        )

    def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What `function`, of a module the process can import, returns or raises. Raises WorkerDied."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            pickle.dump((function, args, kwargs), self._process.stdin)
            self._process.stdin.flush()
            result, error = pickle.load(self._process.stdout)
        except (OSError, EOFError, pickle.UnpicklingError, ValueError) as exc:
            raise WorkerDied from exc
        if error is not None:
            raise error
        return cast(R, result)

    def end(self) -> None:
        """End the process at once, whatever it is doing."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Let go of an ended process's pipes; only its own thread may, or none that still reads from them."""
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except OSError:  # what was left to write has no reader any more
                continue


class WorkerPool:
    """`count` workers, each started by its first call. Leaving the context ends them and drops what is not done."""

    def __init__(self, count: int) -> None:
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="scan")
        self._own = threading.local()
        self._workers: list[Worker] = []
        self._lock = threading.Lock()
        self._ended = False

    def submit(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Call `function` on the next free worker; the future raises WorkerDied where that does not survive it."""
        return self._threads.submit(lambda: self._call(function, *args, **kwargs))

    def _call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        worker: Worker | None = getattr(self._own, "worker", None)
        if worker is None:
            worker = self._own.worker = self._start()
        try:
            return worker.call(function, *args, **kwargs)
        except WorkerDied:
            self._own.worker = None
            raise

    def _start(self) -> Worker:
        with self._lock:
            if self._ended:
                raise WorkerDied
            worker = Worker()
            self._workers.append(worker)
            return worker

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            self._ended = True
        for worker in self._workers:
            worker.end()
        self._threads.shutdown(cancel_futures=True)
        for worker in self._workers:
            worker.close()


def _serve(calls: IO[bytes], answers: IO[bytes]) -> None:
    while True:
        result: Any = None
        error: Exception | None = None
        try:
            function, args, kwargs = pickle.load(calls)
            result = function(*args, **kwargs)
        except EOFError:
            return
        except Exception as exc:  # noqa: BLE001  whatever it is belongs to the caller
            error = exc
        answers.write(pickle.dumps((result, error)))
        answers.flush()


def main() -> None:
    """Answer calls from stdin on stdout until the caller is gone."""
    # Ctrl-C reaches every process of the terminal; only the caller is to answer it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    _serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
