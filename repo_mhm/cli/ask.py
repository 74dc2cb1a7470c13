"""`repo-mhm ask`: a question in, an answer streamed out, its sources after it."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from repo_mhm.errors import RepoMhmError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from repo_mhm.answer.citations import Citation, Sentence
    from repo_mhm.answer.session import Answer, Event, Recalled
    from repo_mhm.commands.open_memory import Ready
    from repo_mhm.commands.workspace import Model
    from repo_mhm.engine.types import Engine

Words = Optional[str]  # noqa: UP045 (Typer evaluates it on Python 3.10)


def ask(
    question: Annotated[
        str, typer.Argument(help="What you want to know; `-` reads it from stdin.")
    ],
    repo: Annotated[Path, typer.Option("--repo", help="A folder in the repository.")] = Path(),
    source: Annotated[
        str,
        typer.Option(
            "--from",
            help="Answer from memory, from source, or from both.",
            metavar="memory|source|both",
        ),
    ] = "both",
    follow_up: Annotated[
        bool, typer.Option("--continue", help="Go on with the last conversation.")
    ] = False,
    first_token: Annotated[
        Words,
        typer.Option(
            "--first-token", help="How long the answer may take to begin.", show_default="5s"
        ),
    ] = None,
    model: Annotated[
        Words, typer.Option("--model", help="A model's name, or the path of a GGUF file.")
    ] = None,
    deep: Annotated[
        bool,
        typer.Option(
            "--deep",
            help="Read the repository with the question in mind first: thorough, and slow.",
        ),
    ] = False,
    update: Annotated[
        Words,
        typer.Option(
            "--update", help="With --deep: extract facts, or rewrite heads.", show_default="extract"
        ),
    ] = None,
    no_gate: Annotated[
        bool,
        typer.Option(
            "--no-gate", help="With --deep: also read what shares no word with the question."
        ),
    ] = False,
    budget: Annotated[
        Words, typer.Option("--budget", help="With --deep: read no longer than, e.g. 5m.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
    show_evidence: Annotated[
        bool, typer.Option("--show-evidence", help="Show what the model is given.")
    ] = False,
) -> None:
    """Ask the repository. Every citation is a real place; what nothing supports is marked."""
    started = time.monotonic()
    if source not in {"memory", "source", "both"}:
        raise UsageError(
            f"--from {source} is not possible",
            hint="use --from memory, --from source or --from both",
        )
    if not deep and (update or no_gate or budget):
        raise UsageError("--update, --no-gate and --budget go with --deep", hint="add --deep")
    wanted = _question(question)
    from repo_mhm import config
    from repo_mhm.commands.workspace import choose_model

    overrides = {"first_token_seconds": first_token, "model": model}
    # First of all, for it takes longest. A repository's own settings have no say in which model is run.
    opening = _Opening(choose_model(config.load(None, overrides), single_answer=not deep))
    with opening as engine, (opened := _memory(repo, overrides)).store as store:
        from repo_mhm.answer.session import AskOptions
        from repo_mhm.answer.session import ask as run

        options = AskOptions(
            mode=source,  # type: ignore[arg-type]
            first_token_seconds=opened.settings.first_token_seconds,
            session=_session(store.last_session(), follow_up),
            follow_up=follow_up,
        )
        events: Iterator[Event]
        if deep:
            from repo_mhm.cli.deep import passing
            from repo_mhm.config import parse_duration
            from repo_mhm.deep.session import DeepOptions

            settings = opened.settings
            how = DeepOptions(
                update=update or "extract",
                gate=not no_gate,
                heads=settings.heads,
                head_tokens=settings.head_tokens,
                selector=settings.selector,
                budget_seconds=parse_duration(budget) if budget else None,
            )
            events = passing(store, engine, engine.model.id, wanted, how, options, opened.compare)
        else:
            events = run(store, engine, wanted, options, compare=opened.compare, started=started)
        if json:
            _print_as_json(events)
        else:
            _Printer(show_evidence).print(events)


def _question(text: str) -> str:
    if text == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    if not text.strip():
        raise UsageError(
            "the question is empty", hint='ask one: repo-mhm ask "where are sessions closed?"'
        )
    return text.strip()


def _session(last: str, follow_up: bool) -> str:
    if not follow_up:
        return time.strftime("%Y-%m-%d %H:%M:%S")
    if not last:
        raise UsageError(
            "there is no conversation to continue", hint="ask without --continue first"
        )
    return last


def _memory(repo: Path, overrides: Mapping[str, object]) -> Ready:
    """The memory; the scan that the first question of all needs is seen, other questions load nothing for it."""
    from repo_mhm.cli.index import Bar
    from repo_mhm.commands.open_memory import open_memory

    with ExitStack() as shown:
        bar = cache(lambda: shown.enter_context(Bar()))
        return open_memory(repo, overrides, progress=lambda done, total: bar().scanned(done, total))


class _Opening:
    """An engine being opened in the background; calling it waits for it."""

    def __init__(self, model: Model) -> None:
        import repo_mhm.engine.open_llama  # noqa: F401  here: in the thread it would compete with the imports after this

        self.model = model
        self._engine: Engine | None = None
        self._error: RepoMhmError | None = None
        # A daemon, so that Ctrl-C need not wait until a gigabyte is loaded.
        self._thread = threading.Thread(target=self._open, daemon=True)
        self._thread.start()

    def _open(self) -> None:
        try:
            self._engine = self.model.open()
        except RepoMhmError as exc:
            self._error = exc

    def __call__(self) -> Engine:
        self._thread.join()
        if self._error is not None:
            raise self._error
        if self._engine is None:
            raise RuntimeError("the engine did not open")
        return self._engine

    def __enter__(self) -> _Opening:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not KeyboardInterrupt:
            self._thread.join()  # ending the process in the middle of native code is not always survived
        if self._engine is not None:
            self._engine.close()


def _print_as_json(events: Iterator[Event]) -> None:
    from repo_mhm.answer.session import Finished
    from repo_mhm.cli.terminal import print_json

    for event in events:
        if isinstance(event, Finished):
            print_json(event.answer.as_json())


class _Printer:
    """Prints an answer as it comes: `[1]` after what stands on a source, `[?]` after what stands on nothing."""

    def __init__(self, show_evidence: bool) -> None:
        self._show_evidence = show_evidence
        self._numbers: dict[Citation, int] = {}
        self._unsupported = False
        self._unknown: dict[str, None] = {}

    def print(self, events: Iterator[Event]) -> None:
        from repo_mhm.answer.citations import Sentence
        from repo_mhm.answer.session import Finished, Recalled, Text

        try:
            for event in events:
                if isinstance(event, Text):
                    self._write(event.piece)
                elif isinstance(event, Sentence):
                    self._mark(event)
                elif isinstance(event, Recalled) and self._show_evidence:
                    self._evidence(event)
                elif isinstance(event, Finished):
                    self._foot()
                    self._close(event.answer)
        except KeyboardInterrupt:
            self._foot()
            raise

    def _write(self, text: str, style: str = "") -> None:
        from repo_mhm.cli.terminal import console
        from repo_mhm.formatting import safe

        console().print(safe(text), style=style or None, end="")
        sys.stdout.flush()

    def _mark(self, sentence: Sentence) -> None:
        marks = "".join(f"[{self._number(citation)}]" for citation in sentence.citations)
        if marks:
            self._write(f" {marks}", "dim")
        if sentence.supported is False:
            self._unsupported = True
            self._write(" [?]", "yellow")
        self._unknown.update(dict.fromkeys(sentence.unknown_names))

    def _number(self, citation: Citation) -> int:
        return self._numbers.setdefault(citation, len(self._numbers) + 1)

    def _foot(self) -> None:
        from repo_mhm.answer.citations import STATES

        lines = [
            f"[{number}] {citation.location}{STATES[citation.state]}"
            for citation, number in self._numbers.items()
        ]
        if self._unsupported:
            lines.append("[?] nothing that was read supports this")
        if self._unknown:
            lines.append(f"not in this repository: {', '.join(self._unknown)}")
        self._write("\n")
        if lines:
            self._write("\n" + "\n".join(lines) + "\n", "dim")

    def _evidence(self, recalled: Recalled) -> None:
        from repo_mhm.answer.prompts import lay_out

        for piece in recalled.evidence:
            _say(lay_out(piece))
        _say(f"{recalled.notes:,} notes")

    def _close(self, answer: Answer) -> None:
        from repo_mhm.formatting import count

        covered = answer.coverage
        chunks = max(1, covered["chunks"])
        parts = [f"memory has read {covered['read'] / chunks:.0%} of {chunks:,} chunks"]
        if covered["skimmed"] > covered["read"]:
            parts[0] += f" and skimmed {(covered['skimmed'] - covered['read']) / chunks:.0%} more"
        if answer.commit:
            parts.append(f"commit {answer.commit[:9]}")
        if answer.stale_chunks:
            parts.append(f"{count(answer.stale_chunks, 'chunk')} changed since: run repo-mhm index")
        parts.append(
            f"first word after {answer.first_token_seconds:.1f} s, all after {answer.seconds:.1f} s"
        )
        _say("; ".join(parts))
        for warning in answer.warnings:
            _say(f"warning: {warning}")


def _say(text: str) -> None:
    from repo_mhm.cli.terminal import console
    from repo_mhm.formatting import safe

    console(stderr=True).print(safe(text), style="dim")
