"""Bench: measure how well memories keep planted facts, and read the log of a measurement."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from repo_mhm.bench.log import RetentionLog
from repo_mhm.bench.log import read_log as parse_log
from repo_mhm.bench.run import RetentionOptions, RetentionProgress, measure_retention
from repo_mhm.commands import workspace
from repo_mhm.errors import UsageError


def retention(
    repos: Sequence[Path], log: Path, options: RetentionOptions, *, model: str | None
) -> Iterator[RetentionProgress]:
    """Measure on the source of all `repos`, and append each step to the file `log`.

    Runs that the log has already are not repeated. `model` names a model, or a GGUF file; None is
    the one that the settings name. Raises UsageError for impossible options and a log that cannot
    be written, or is not one.
    """
    from repo_mhm.engine.open_llama import PROMPT_CONTEXT

    options.check()
    first, *others = [workspace.open_workspace(repo, {"model": model}) for repo in repos]
    finished = read_log(log).finished if log.exists() else ()
    # Besides its chunk a prompt shows a whole memory, and its reply may be one.
    context = options.largest_memory() * 2 + PROMPT_CONTEXT
    chosen = workspace.choose_model(first.settings, "notes", prompt_context=context)
    try:
        stream = log.open("a", encoding="utf-8")
    except OSError as exc:
        raise UsageError(
            f"{log} cannot be written: {exc.strerror}", hint="Name another file."
        ) from exc

    with stream, chosen.open() as engine:

        def write(entry: dict[str, object]) -> None:
            stream.write(json.dumps(entry) + "\n")
            stream.flush()

        snapshots = [first.snapshot, *(other.snapshot for other in others)]
        yield from measure_retention(
            snapshots, engine, chosen.id, options, write, finished=finished
        )


def read_log(log: Path) -> RetentionLog:
    """What the finished runs say in a file that `retention` wrote.

    Raises UsageError when it cannot be read or is something else.
    """
    try:
        lines = log.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise UsageError(
            f"{log} cannot be read: {exc}", hint="Name a log that `repo-mhm bench retention` wrote."
        ) from exc
    return parse_log(lines)
