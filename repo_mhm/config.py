"""Settings: what can be set, where from, and which layer wins.

Owns the user's `config.toml`, a repository's `.repo-mhm.toml` and the `REPO_MHM_*` variables that
name a setting. Later layers win: defaults, the user's file, the
repository's file, variables, the command line. The repository's file may be hostile: it may set
only what cannot reach outside the repository.

Not here: `REPO_MHM_SKIP`, which the hook and `review` read; git's, pre-commit's and the editor's
own variables, read where they are used; `.repo-mhm-ignore`, which belongs to the snapshot. Knows
nothing about which models exist.
"""

from __future__ import annotations

import difflib
import logging
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import platformdirs
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from repo_mhm import value_errors
from repo_mhm.atomic_file import replace_text
from repo_mhm.bounded_file import read_bounded
from repo_mhm.config_files import (
    COMMAND_LINE,
    REPOSITORY_FILE,
    user_file,
    variable_of,
    variables_of_settings,
)
from repo_mhm.errors import ConfigError
from repo_mhm.templates import LONGEST_SYSTEM, Seconds, Template, TemplateName

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails
    from tomlkit import TOMLDocument

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

REPOSITORY_KEYS = frozenset(
    {
        "heads",
        "head_tokens",
        "selector",
        "depth",
        "fit",
        "first_token_seconds",
        "ignore",
        "submodules",
    }
)
"""What a repository may set: none of these names a file, a server or a device, or steers what a
model says. `system` could make it praise the code or hide a fault; `templates` could, too."""

_PATHS = ("model", "notes_model", "answer_model", "models_dir", "server_key_file")
_OTHER_MODELS: Mapping[str, object] = {
    "server": "",
    "server_model": "",
    "notes_model": "",
    "answer_model": "",
}
"""What names a model beside `model`, unset."""
_log = logging.getLogger(__name__)
Task = Literal["notes", "answers"]
"""What a model is used for: it makes notes, or it answers, reviews and reranks."""
_LARGEST_FILE = 64 * 1024
"""Bytes; a longer file is refused before it is parsed."""


def _expanded(value: object) -> object:
    return Path(value).expanduser().absolute() if isinstance(value, str | Path) else value


def _split(value: object) -> object:
    if not isinstance(value, str):
        return value
    parts = [part.strip() for part in value.split(",")]
    return [part for part in parts if part]


def _none_if_auto(value: object) -> object:
    return None if value == "auto" else value


def default_models_dir() -> Path:
    """Where models go unless `models_dir` is set: a folder in the user's cache."""
    return Path(platformdirs.user_cache_dir("repo-mhm", appauthor=False)) / "models"


class Settings(BaseModel):
    """Everything that can be set. None means: decided when it runs.

    The descriptions are the settings table of SETTINGS.md, which `scripts/docs` writes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = Field(
        default="qwen2.5-coder-1.5b-instruct",
        min_length=1,
        description="A name that `repo-mhm model list` shows, or the path of a GGUF file.",
    )
    notes_model: str = Field(
        default="",
        description="The model that makes notes, if it is another: a small one reads faster.",
    )
    answer_model: str = Field(
        default="",
        description="The model that answers and reviews, if it is another: a large one knows more.",
    )
    server: str = Field(
        default="",
        max_length=1000,
        description=(
            "Ask a server of the OpenAI kind instead: its URL, or `ollama`, `lm-studio`, "
            "`llama-server`, `vllm`. `repo-mhm model add --server` gives one a name."
        ),
    )
    server_model: str = Field(
        default="",
        max_length=1000,
        description="The model of that server, as the server calls it.",
    )
    server_key_file: Annotated[Path | None, BeforeValidator(_expanded)] = Field(
        default=None,
        description=(
            "A file that holds the server's key. Without it the variable "
            "`REPO_MHM_SERVER_KEY` counts, if it is set."
        ),
    )
    allow_remote: bool = Field(
        default=False,
        description="Allow a server on another machine: questions and code are sent to it.",
    )
    models_dir: Annotated[Path, BeforeValidator(_expanded)] = Field(
        default_factory=default_models_dir,
        description="The folder that models are downloaded to.",
    )
    gpu_layers: int | None = Field(
        default=None,
        ge=-1,
        description=(
            "Layers to run on the GPU: -1 for all, 0 for none. "
            "By default all, where llama.cpp was built for a GPU."
        ),
    )
    threads: int | None = Field(
        default=None,
        ge=1,
        le=1024,
        description="CPU threads. By default the physical cores that the process may use.",
    )
    context: int | None = Field(
        default=None,
        ge=512,
        description=(
            "Tokens of a question's prompt and its answer together. "
            "By default 8,192, or fewer where the model was trained for fewer."
        ),
    )
    heads: int = Field(
        default=8,
        ge=1,
        le=64,
        description="Heads of the memory.",
    )
    head_tokens: int = Field(
        default=512,
        ge=64,
        le=16384,
        description="Token budget of each head.",
    )
    selector: Literal["module", "lru", "single", "random"] = Field(
        default="module",
        description=(
            "Which head a step updates: `module` the one that holds the chunk's module, "
            "`lru` each in turn, `single` always the first, `random` any."
        ),
    )
    depth: Literal["auto", "skim", "read"] = Field(
        default="auto",
        description=(
            "`skim` reads outlines, `read` reads whole chunks, "
            "`auto` skims everything and then reads."
        ),
    )
    first_token_seconds: Annotated[Seconds | None, BeforeValidator(_none_if_auto)] = Field(
        default=None,
        gt=0,
        le=3600,
        description=(
            "How long an answer may take to begin, in seconds or as `2s`, `1m`; "
            "the evidence is cut to fit, down to 1,000 tokens. "
            "By default (`auto`) what 2,000 tokens take to read on this machine, "
            "from 3 to 15 seconds, or longer where 1,000 take longer."
        ),
    )
    fit: Literal["coarsen", "drop-oldest"] = Field(
        default="coarsen",
        description=(
            "What a full head does: `coarsen` merges the notes with the least to lose, "
            "`drop-oldest` drops the oldest."
        ),
    )
    ignore: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=1000)], ...],
        BeforeValidator(_split),
    ] = Field(
        default=(),
        max_length=1000,
        description="Patterns, as in `.gitignore`, of files to leave out.",
    )
    submodules: bool = Field(
        default=False,
        description=(
            "Read the files of submodules as part of the repository, at the commits it records. "
            "All commands share one memory, so no command has an option for it."
        ),
    )
    system: str = Field(
        default="",
        max_length=LONGEST_SYSTEM,
        description=(
            "What every answer is to heed besides the built-in instructions, "
            "for example `Answer in German.`"
        ),
    )
    templates: dict[TemplateName, Template] = Field(
        default={},
        description="Questions to ask by name with `ask --template NAME` (see below).",
    )

    def for_task(self, task: Task) -> Settings:
        """These settings with the model of a task as `model`."""
        name = self.notes_model if task == "notes" else self.answer_model
        return self.model_copy(update={**_OTHER_MODELS, "model": name}) if name else self

    @property
    def has_one_model(self) -> bool:
        """Whether the model that makes notes also answers."""
        notes, answers = self.for_task("notes"), self.for_task("answers")
        return (notes.model, notes.server) == (answers.model, answers.server)


def load(
    repository: Path | None = None,
    overrides: Mapping[str, object] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """The settings of all layers together; later layers win.

    `repository` is the root whose `.repo-mhm.toml` counts; `overrides` are command line options by
    setting, None for those not given. A `model` among them is used for every task, instead of a
    server too. Raises ConfigError naming the layer and the setting.
    """
    return _load(repository, overrides, environ)[0]


def load_with_origins(
    repository: Path | None = None, *, environ: Mapping[str, str] | None = None
) -> tuple[Settings, dict[str, str]]:
    """The settings as `load` gives them, and where each comes from that is set: file or variable.

    Raises ConfigError.
    """
    return _load(repository, None, environ)


def _load(
    repository: Path | None,
    overrides: Mapping[str, object] | None,
    environ: Mapping[str, str] | None,
) -> tuple[Settings, dict[str, str]]:
    layers = [(str(user_file()), _user_layer())]
    if repository is not None:
        file = repository / REPOSITORY_FILE
        layers.append((str(file), _repository_layer(file)))
    variables = os.environ if environ is None else environ
    for key, variable in variables_of_settings(variables).items():
        layers.append((variable, {key: variables[variable]}))
    layers.append((COMMAND_LINE, _options(overrides or {})))

    values: dict[str, object] = {}
    origins: dict[str, str] = {}
    for origin, layer in layers:
        _check_keys(layer, origin, Settings.model_fields)
        if layer:
            _log.debug("%s sets %s", origin, ", ".join(layer))
        values.update(layer)
        origins.update(dict.fromkeys(layer, origin))
    return _validate(values, origins), origins


def _options(overrides: Mapping[str, object]) -> dict[str, object]:
    """The options that are given; a model among them is used for every task."""
    options = {key: value for key, value in overrides.items() if value is not None}
    return {**_OTHER_MODELS, **options} if "model" in options else options


def find_template(name: str) -> Template:
    """A template by its name. Raises ConfigError naming those that are near, and what `load` does.

    The user's file alone has templates.
    """
    templates = load().templates
    if name not in templates:
        hint = _nearest(name, templates) if templates else f"Write it in {user_file()}."
        raise ConfigError(f"there is no template named {name[:100]!r}", hint=hint)
    return templates[name]


def check_name(key: str) -> None:
    """Raise ConfigError where there is no setting of this name."""
    _check_keys([key], "", Settings.model_fields)


def write_user(key: str, value: str) -> Path:
    """Set one value in the user's file, comments and order kept; returns the file.

    Raises ConfigError.
    """
    check_name(key)
    if key == "templates":
        raise ConfigError("templates are tables", hint=f"Write them in {user_file()}.")

    def set_value(document: TOMLDocument) -> None:
        document[key] = value
        settings = _validate(document.unwrap(), {key: key})
        document[key] = _as_toml(getattr(settings, key), value)

    return _change_user_file(set_value)


def unset_user(key: str) -> Path | None:
    """Remove one setting from the user's file; None where it is not there. Raises ConfigError."""
    check_name(key)
    if key not in _read_toml(user_file()):
        return None
    return _change_user_file(lambda document: document.remove(key))


def _as_toml(value: object, text: str) -> object:
    """A number, a truth value or a list as such; everything else as it was written."""
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, bool | int) else text


def _change_user_file(change: Callable[[TOMLDocument], object]) -> Path:
    """Let `change` alter the user's file, and replace it in one step. Raises ConfigError."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    path = user_file().resolve()
    try:
        document = tomlkit.parse(path.read_text("utf-8")) if path.exists() else tomlkit.document()
        change(document)
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_text(path, tomlkit.dumps(document))
    except (OSError, UnicodeDecodeError, TOMLKitError) as exc:
        raise ConfigError(
            f"{path} cannot be changed: {exc}", hint="Correct the file, or its permissions."
        ) from exc
    return path


def _user_layer() -> dict[str, Any]:
    path = user_file()
    layer = _read_toml(path)
    for key in _PATHS:
        value = layer.get(key)
        if (
            isinstance(value, str)
            and os.sep in value
            and not Path(value).expanduser().is_absolute()
        ):
            # It would mean another file in every folder that a command is run in.
            raise ConfigError(
                f"{path}: {key} is a relative path, {value!r}", hint="Write the whole path."
            )
    return layer


def _repository_layer(path: Path) -> dict[str, Any]:
    layer = _read_toml(path, follow_links=False)
    for key in layer:
        if key in Settings.model_fields and key not in REPOSITORY_KEYS:
            raise ConfigError(
                f"{path} sets {key}, which a repository's file may not set",
                hint=f"Remove it there. To use it, set it in {user_file()}.",
            )
    _check_keys(layer, str(path), REPOSITORY_KEYS)
    return layer


def _read_toml(path: Path, *, follow_links: bool = True) -> dict[str, Any]:
    try:
        data = read_bounded(path, _LARGEST_FILE, follow_links=follow_links)
        parsed: dict[str, Any] = tomllib.loads(data.decode("utf-8"))
        return parsed
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, RecursionError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
        raise ConfigError(
            f"{path} cannot be read: {reason}", hint="Correct the file, or remove it."
        ) from exc


def _check_keys(keys: Iterable[str], origin: str, settings: Iterable[str]) -> None:
    named = f"{origin}: " if origin else ""
    for key in keys:
        if key not in settings:
            raise ConfigError(
                f"{named}there is no setting {key[:100]!r}", hint=_nearest(key, settings)
            )


def _nearest(key: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(key[:100], list(names), n=1)
    return f"Did you mean {near[0]}?" if near else f"Known: {', '.join(sorted(names))}."


def _validate(values: Mapping[str, object], origins: Mapping[str, str]) -> Settings:
    try:
        return Settings.model_validate(values)
    except ValidationError as exc:
        error = exc.errors(include_url=False)[0]
        location = [str(part) for part in error["loc"] if part != "[key]"] or ["settings"]
        origin = origins.get(location[0], user_file())
        key = ".".join(location)
        hint = _hint(error) or _allowed(key) or f"Correct {key}."
        named = f"{origin}: " if origin in (key, variable_of(key)) else f"{origin}: {key}: "
        raise ConfigError(f"{named}{value_errors.reason(error)}", hint=hint) from exc


def _allowed(key: str) -> str:
    field = Settings.model_fields.get(key)
    return value_errors.allowed(field) if field else ""


def _hint(error: ErrorDetails) -> str:
    """The hint of the error that a validator of ours met; empty where there is none."""
    met = error.get("ctx", {}).get("error")
    cause = met.__cause__ if isinstance(met, ValueError) else None
    return cause.hint if isinstance(cause, ConfigError) else ""
