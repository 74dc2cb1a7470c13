"""The settings that the app shows: read for a repository, written to the user's file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from repo_mhm.formatting import size

if TYPE_CHECKING:
    from repo_mhm.models.library import ModelEntry
    from repo_mhm.models.suitability import Suitability

SettingChanges = dict[str, str]
"""New values by the setting's name."""


@dataclass(frozen=True, slots=True)
class SettingValues:
    """The settings in force, and the models to choose from."""

    model: str
    answer_model: str
    """The model that answers, which is `model` unless one is set for answers alone."""
    heads: int
    head_tokens: int
    first_token_seconds: float | None
    """None: decided by the speed of the machine."""
    models: tuple[tuple[str, str], ...]
    """Name of each model, and its state or the server that has it."""
    file: str
    """The user's configuration file."""


def current_values(
    root: Path, overrides: Mapping[str, object], *, describe: bool = False
) -> SettingValues:
    """Return the settings in force for a repository. Raises ConfigError, ModelError.

    `describe`: say also what the models need and how fast they read, for which the machine is
    looked at.
    """
    from repo_mhm import config, config_files
    from repo_mhm.commands.model import listing, servers, suitabilities

    settings = config.load(root, overrides)
    entries = listing(settings)
    runs = suitabilities(entries) if describe else {}
    files = [(entry.name, _state(entry, runs.get(entry.name))) for entry in entries]
    served = [(name, record.url) for name, record in servers(settings).items()]
    return SettingValues(
        model=settings.model,
        answer_model=settings.for_task("answers").model,
        heads=settings.heads,
        head_tokens=settings.head_tokens,
        first_token_seconds=settings.first_token_seconds,
        models=(*files, *served),
        file=str(config_files.user_file()),
    )


def _state(entry: ModelEntry, run: Suitability | None) -> str:
    """Whether a model is here; with how it would run also what that takes."""
    if run is None:
        return entry.state
    if not run.fits:
        return f"too large  needs {size(entry.memory)}"
    parts = [f"{entry.state:<9}  needs {size(entry.memory)}"]
    if entry.state == "absent":
        parts.append(f"{size(entry.size)} to fetch")
    if run.tokens_per_second is not None:
        about = "about " if run.measured_model else ""
        parts.append(f"reads {about}{run.tokens_per_second:,.0f} tokens/s")
    return " · ".join(parts)


def add_model_file(path: str) -> str:
    """Give a GGUF file of the user's a name; returns it. Raises ModelError, ConfigError."""
    from repo_mhm import config
    from repo_mhm.commands.model import add

    return add(config.load(), Path(path).expanduser().absolute()).name


def use_model(root: Path, name: str) -> str:
    """Let a model answer from now on; returns what is used in spite of it, mostly nothing.

    Raises ConfigError with nothing written when that cannot be.
    """
    from repo_mhm import config

    values = config.load(root)
    key = "answer_model" if values.answer_model else "model"
    without_effect = write_changes(root, {key: name})
    return ", ".join(without_effect)


def write_changes(root: Path, changes: SettingChanges) -> list[str]:
    """Write changed settings to the user's file; returns those without effect.

    A setting has no effect when the repository's file or the environment, which have precedence,
    set it too. Raises ConfigError with nothing written when one of the values is wrong.
    """
    from repo_mhm import config

    wanted = config.load(root, changes)
    for key, value in changes.items():
        config.write_user(key, value)
    in_force = config.load(root).for_task("answers")
    return [key for key in changes if getattr(in_force, key) != getattr(wanted, key)]
