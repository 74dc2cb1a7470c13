"""The list of models as a table and as JSON, and why one of them is recommended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from repo_mhm.cli.terminal import console, print_json, table
from repo_mhm.formatting import safe, size

if TYPE_CHECKING:
    from repo_mhm.config import Settings
    from repo_mhm.models.library import ModelEntry
    from repo_mhm.models.records import ServerRecord
    from repo_mhm.models.suitability import Machine, Recommendation, Suitability


def print_models(
    settings: Settings,
    entries: Sequence[ModelEntry],
    servers: Mapping[str, ServerRecord],
    suitability_by_name: Mapping[str, Suitability],
    machine: Machine,
) -> None:
    """Print a table of all models, and below it what they were compared with."""
    columns = ("", "model", "state", "needs", "reads", "context")
    rows = table(*columns, right=("needs", "reads", "context"))
    for entry in entries:
        suitability = suitability_by_name[entry.name]
        rows.add_row(
            _mark(entry.name, settings),
            safe(entry.name),
            _state(entry, suitability),
            size(entry.memory),
            _speed(suitability),
            f"{entry.context:,}",
        )
    for name, record in servers.items():
        context = f"{record.context:,}" if record.context else "-"
        mark = _mark(name, settings)
        rows.add_row(mark, safe(name), f"at {safe(record.url)}", "-", "-", context)
    console().print(rows)
    console().print(_room(machine))
    folder = safe(str(settings.models_dir))
    console().print(f"Pulled models go to {folder}; `--json` shows each model's path.")
    elsewhere = [entry for entry in entries if _is_used_elsewhere(entry, settings)]
    if elsewhere:
        named = ", ".join(f"{entry.name} in {entry.path.parent}" for entry in elsewhere)
        console().print(f"Not pulled, but used where they lie: {safe(named)}.")


def print_models_json(
    settings: Settings,
    entries: Sequence[ModelEntry],
    servers: Mapping[str, ServerRecord],
    suitability_by_name: Mapping[str, Suitability],
) -> None:
    """Print the fields that DESIGN §12 names."""
    models = []
    for entry in entries:
        suitability = suitability_by_name[entry.name]
        speed = suitability.tokens_per_second
        models.append({**asdict(entry), "fits": suitability.fits, "tokens_per_second": speed})
    print_json(
        {
            "used": settings.model,
            "notes_model": settings.for_task("notes").model,
            "answer_model": settings.for_task("answers").model,
            "models": models,
            "servers": {name: record.model_dump() for name, record in servers.items()},
        }
    )


def explanation(best: Recommendation) -> str:
    """In one line, why this model is recommended and no larger one."""
    name, suitability = safe(best.model.name), best.suitability
    takes = f"takes {size(best.model.memory)} of memory"
    speed = f", reads {_speed(suitability)} tokens/s" if suitability.tokens_per_second else ""
    line = f"{name} suits this machine best: {takes}{speed}"
    if best.larger is None:
        return line

    model, would = best.larger
    if not would.fits:
        why = f"takes {size(model.memory)}"
    elif would.tokens_per_second is None:
        why = "may read too slowly: no speed is measured here before the first answer"
    else:
        why = f"would read {_speed(would)} tokens/s"
    return f"{line}; {safe(model.name)} {why}"


def _is_used_elsewhere(entry: ModelEntry, settings: Settings) -> bool:
    """Whether a model lies in `models/` of a checkout, or where its owner keeps it."""
    return entry.state == "ready" and entry.path.parent != settings.models_dir.absolute()


def _mark(name: str, settings: Settings) -> str:
    """Whether a model is in use, and for what."""
    notes, answers = settings.for_task("notes"), settings.for_task("answers")
    makes_notes = not notes.server and name == notes.model
    does_answer = not answers.server and name == answers.model
    if makes_notes and does_answer:
        return "*"
    return "n" if makes_notes else "a" if does_answer else ""


def _state(entry: ModelEntry, suitability: Suitability) -> str:
    if suitability.fits:
        return entry.state
    return "too large" if entry.state == "absent" else f"{entry.state}, too large"


def _speed(suitability: Suitability) -> str:
    if suitability.tokens_per_second is None:
        return "-"
    computed = "~" if suitability.measured_model else ""
    return f"{computed}{suitability.tokens_per_second:,.0f}"


def _room(machine: Machine) -> str:
    free = "unknown" if machine.free_memory is None else size(machine.free_memory)
    gpu = "no GPU that the installed llama.cpp can use"
    if machine.gpu_memory:
        gpu = f"{size(machine.gpu_memory)} on the GPU"
    return f"Free memory: {free}; {gpu}."
