"""Worker pool: functions called in other processes, so that they use all cores and may crash.

Each worker is a Python process that takes one pickled call at a time over a pipe and answers it.
They are not multiprocessing's: those import from the current folder, which is the repository (see
`safe_python`), and run the caller's main script again. Knows nothing about files.
"""

from __future__ import annotations

import os
import pickle
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import IO, Any, NamedTuple, ParamSpec, TypeVar, cast

from repo_mhm import safe_python

MEMORY_BYTES = 4 * 1024**3
"""Address space of a worker. A parser that needs more has run wild: files have up to 4 MiB."""

P = ParamSpec("P")
R = TypeVar("R")


class WorkerDied(Exception):
    """The process that worked on a call ended, or was ended, before it answered."""


class _Answer(NamedTuple):
    """What a call returned, or the exception it raised."""

    result: Any
    error: Exception | None


class WorkerPool:
    """At most `count` workers, each started when it is first needed.

    Leaving the context ends them and drops the calls that are not done. Each worker belongs to one
    thread, which sends it calls and waits for the answers.
    """

    def __init__(self, count: int, seconds: float | None = None) -> None:
        """Calls that take more than `seconds` are ended with their worker."""
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="worker")
        self._thread = threading.local()
        self._workers: set[_Worker] = set()
        self._lock = threading.Lock()
        self._is_closed = False

    def submit(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Call `function` in the next free worker, which must be able to import it.

        The future raises what the call raises, or WorkerDied where the call ended the worker.
        """
        return self._threads.submit(lambda: cast(R, self._call(function, args, kwargs)))

    def _call(self, function: Callable[..., object], *arguments: object) -> object:
        worker: _Worker = getattr(self._thread, "worker", None) or self._start()
        answer: _Answer | None = None
        try:
            answer = worker.call(self._seconds, function, *arguments)
        finally:
            if answer is None:  # the worker is gone, or its next answer would be to an older call
                self._end(worker)
        if answer.error is not None:
            raise answer.error
        return answer.result

    def _start(self) -> _Worker:
        with self._lock:
            if self._is_closed:
                raise WorkerDied
            worker = _Worker()
            self._workers.add(worker)
        self._thread.worker = worker
        return worker

    def _end(self, worker: _Worker) -> None:
        self._thread.worker = None
        worker.end()
        worker.close_pipes()
        with self._lock:
            self._workers.discard(worker)

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            self._is_closed = True
            workers = list(self._workers)
        for worker in workers:
            worker.end()
        # Each waiting thread notices that its worker has ended. After that nobody uses the pipes.
        self._threads.shutdown(cancel_futures=True)
        for worker in workers:
            worker.close_pipes()


class _Worker:
    """One process. Only one thread may call it; any thread may end it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            safe_python.command(__name__),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=safe_python.SAFE_FOLDER,
            env=safe_python.environment(),
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._calls = self._process.stdin
        self._answers = self._process.stdout

    def call(self, seconds: float | None, *call: object) -> _Answer:
        """Send a function with its arguments and keywords, and wait for the answer.

        Raises WorkerDied, also after `seconds`; and what pickling raises, where one of them cannot
        be pickled.
        """
        pickled = pickle.dumps(call)
        timer = threading.Timer(seconds, self._process.kill) if seconds else None
        try:
            if timer:
                timer.daemon = True
                timer.start()
            self._calls.write(pickled)
            self._calls.flush()
            return _Answer(*pickle.load(self._answers))
        except (OSError, EOFError, pickle.UnpicklingError, ValueError) as exc:
            raise WorkerDied from exc
        finally:
            if timer:
                timer.cancel()

    def end(self) -> None:
        """End the process at once, whatever it is doing."""
        self._process.kill()
        self._process.wait()

    def close_pipes(self) -> None:
        """Close the pipes of an ended process that no thread waits for any more."""
        for pipe in (self._calls, self._answers):
            try:
                pipe.close()
            except OSError:  # closing writes what was left, which nobody reads any more
                continue


# The other side: what runs in a worker.


def _serve(calls: IO[bytes], answers: IO[bytes]) -> None:
    while True:
        result: object = None
        error: Exception | None = None
        try:
            function, arguments, keywords = pickle.load(calls)
            result = function(*arguments, **keywords)
        except EOFError:
            return
        except Exception as exc:  # noqa: BLE001  whatever it is belongs to the caller
            error = exc
        answers.write(pickle.dumps((result, error)))
        answers.flush()


def main() -> None:
    """Answer calls from stdin on stdout until the caller is gone."""
    with suppress(ValueError, OSError):  # where the system knows no such limit, or has a lower one
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    # Ctrl-C reaches every process of the terminal; only the caller is to answer it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What the functions print must not get between the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    _serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
