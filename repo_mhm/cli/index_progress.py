"""How far an index is, on stderr: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from repo_mhm.cli import run_options
from repo_mhm.formatting import count, rough_duration

if TYPE_CHECKING:
    from repo_mhm.commands.index import IndexEvent
    from repo_mhm.memory.index_plan import IndexPlan
    from repo_mhm.memory.time_estimates import IndexProgress

AFTER_SCAN = "storing and ranking what they define"
"""What a scan does once it has read all files: seconds to minutes in a large repository."""
LINE_SECONDS = 5.0
"""How often a plain line is written: logs stay short, and nobody thinks that nothing happens."""


class IndexDisplay(Protocol):
    """Shows how far an index is; a context manager around it."""

    def __enter__(self) -> IndexDisplay: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def scanned(self, done: int, total: int) -> None:
        """So many files are scanned, of all that are to be."""
        ...

    def begin_reading(self, plan: IndexPlan, *, reads_all: bool) -> None:
        """The files are scanned, and steps begin."""
        ...

    def advance(self, progress: IndexProgress) -> None:
        """Tokens have been read, and perhaps a step was taken."""
        ...

    def begin_saving(self, tokens: int, seconds: float) -> None:
        """The state of the memory is being evaluated: its length, and about how long that takes."""
        ...


def index_display() -> IndexDisplay:
    """A bar where stderr is a terminal, else lines."""
    from repo_mhm.cli.terminal import console

    stderr = console(stderr=True)
    return IndexBar() if stderr.is_terminal and not stderr.is_dumb_terminal else IndexLines()


def show(event: IndexEvent, display: IndexDisplay, *, reads_all: bool) -> None:
    """Show an event of an index."""
    from repo_mhm.commands.index import SavingState
    from repo_mhm.memory.index_plan import IndexPlan
    from repo_mhm.memory.time_estimates import IndexProgress

    if isinstance(event, IndexPlan):
        display.begin_reading(event, reads_all=reads_all)
    elif isinstance(event, IndexProgress):
        display.advance(event)
    elif isinstance(event, SavingState):
        display.begin_saving(event.tokens, event.seconds)


def plan_text(plan: IndexPlan, *, reads_all: bool) -> str:
    """How long it takes until the memory is useful, and until all is read."""
    if not plan.steps:
        return "nothing to read"
    useful, whole = rough_duration(plan.useful_seconds), rough_duration(plan.seconds)
    if reads_all or plan.useful_steps == plan.steps:
        return f"about {whole}"
    return f"about {useful} until it is useful (all of it: {whole})"


def reading_text(progress: IndexProgress) -> str:
    """The tokens and steps done, the speed, and the time to go."""
    parts = [
        f"{progress.tokens:,} of about {progress.expected_tokens:,} tokens",
        f"{progress.done:,} of {count(progress.steps, 'step')}",
        speed_text(progress),
    ]
    return ", ".join(filter(None, parts))


def speed_text(progress: IndexProgress) -> str:
    """The speed and the time to go, as far as they are known."""
    parts = []
    if progress.tokens_per_second:
        parts.append(f"{progress.tokens_per_second:,.0f} tokens/s")
    if progress.eta_seconds is not None:
        parts.append(f"about {rough_duration(progress.eta_seconds)} to go")
    return ", ".join(parts)


def saving_text(tokens: int, seconds: float) -> str:
    """What is evaluated after the last step, and about how long that takes."""
    return (
        f"evaluating {tokens:,} tokens of memory, so that answers start at once, "
        f"about {rough_duration(seconds)}"
    )


class IndexLines:
    """Plain lines: one when a phase begins, then the newest state every LINE_SECONDS.

    A thread of its own writes them, so that they also come while the engine computes.
    """

    def __init__(self) -> None:
        self._text = ""
        self._began = time.monotonic()
        self._ended = threading.Event()
        self._writing = threading.Lock()
        self._thread = threading.Thread(target=self._write_lines, daemon=True)

    def __enter__(self) -> IndexLines:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def scanned(self, done: int, total: int) -> None:
        """Remember how many files are scanned."""
        self._text = f"scanning: {done:,} of {count(total, 'file')}"
        if done == total:
            self._text = f"{count(total, 'file')} scanned; {AFTER_SCAN}"

    def begin_reading(self, plan: IndexPlan, *, reads_all: bool) -> None:
        """Write how long it will take, if there is anything to read."""
        if plan.steps:
            self._begin(f"reading: {plan_text(plan, reads_all=reads_all)}")

    def advance(self, progress: IndexProgress) -> None:
        """Remember the tokens and steps done, the speed and the time to go."""
        self._text = f"reading: {reading_text(progress)}"

    def begin_saving(self, tokens: int, seconds: float) -> None:
        """Write that the memory's state is being evaluated."""
        self._begin(f"saving: {saving_text(tokens, seconds)}")

    def _begin(self, text: str) -> None:
        self._text = text
        self._write()

    def _write_lines(self) -> None:
        while not self._ended.wait(LINE_SECONDS):
            if self._text:
                self._write()

    def _write(self) -> None:
        if run_options.is_quiet():
            return
        seconds = round(time.monotonic() - self._began)
        with self._writing:
            sys.stderr.write(f"[{seconds // 60}:{seconds % 60:02}] {self._text}\n")
            sys.stderr.flush()


class IndexBar:
    """A bar that goes away: files while scanning, then tokens with speed and time to go."""

    def __init__(self) -> None:
        from rich.progress import (
            BarColumn,
            Progress,
            SpinnerColumn,
            TaskProgressColumn,
            TextColumn,
            TimeElapsedColumn,
        )

        from repo_mhm.cli.terminal import console

        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[detail]}", markup=False),
        )
        self._progress = Progress(*columns, console=console(stderr=True), transient=True)
        self._task = self._progress.add_task("scanning", total=None, detail="")

    def __enter__(self) -> IndexBar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def scanned(self, done: int, total: int) -> None:
        """Show how many files are scanned."""
        detail = f"{done:,} of {count(total, 'file')}"
        text = AFTER_SCAN if done == total else "scanning"
        self._progress.update(
            self._task, description=text, completed=done, total=total, detail=detail
        )

    def begin_reading(self, plan: IndexPlan, *, reads_all: bool) -> None:
        """Show how long it will take."""
        self._begin("reading", plan_text(plan, reads_all=reads_all))

    def advance(self, progress: IndexProgress) -> None:
        """Show the tokens read, the steps done, the speed, the time to go and the last path."""
        from repo_mhm.formatting import safe

        detail = reading_text(progress)
        if progress.step is not None:
            detail += f"  {safe(progress.step.path)}"
        self._progress.update(
            self._task,
            completed=progress.tokens,
            total=max(1, progress.expected_tokens),
            detail=detail,
        )

    def begin_saving(self, tokens: int, seconds: float) -> None:
        """Show that the memory's state is being evaluated."""
        self._begin("saving", saving_text(tokens, seconds))

    def _begin(self, phase: str, detail: str) -> None:
        """Begin a phase whose share is not known yet."""
        self._progress.remove_task(self._task)
        self._task = self._progress.add_task(phase, total=None, detail=detail)
