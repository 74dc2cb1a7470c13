"""What all commands share: their common options, the form of their help, and errors in usage.

A `CommandGroup` makes commands that know `-C`, `--color`, `-q` and `-v`, before the command and
behind it, and `--repo` where a folder of the repository is an argument. Wrong usage is an error
like any other: one message, which names the option as it was typed, and a hint.
"""

from __future__ import annotations

import difflib
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import typer
import typer.core

from repo_mhm.cli import run_options
from repo_mhm.cli.options import REPO_HELP, repo_beside_argument
from repo_mhm.cli.plain_values import take_plain_values
from repo_mhm.config_files import COMMAND_LINE
from repo_mhm.errors import ConfigError, RepoMhmError, UsageError

TYPED = "repo_mhm.typed"
"""Where a context keeps the arguments of its command as they were typed."""


def _enter(context: typer.Context, folders: list[Path] | None) -> list[Path] | None:
    for folder in folders or ():
        run_options.enter(folder)
    return folders


def _set_color(color: run_options.Color | None) -> run_options.Color | None:
    if color is not None:
        run_options.set_color(color)
    return color


def set_quiet(is_quiet: bool) -> bool:
    """Leave out progress and remarks, if so."""
    if is_quiet:
        run_options.set_quiet()
    return is_quiet


def set_verbose(is_verbose: bool) -> bool:
    """Show what is logged, if so."""
    if is_verbose:
        from repo_mhm.cli.verbose import log_to_stderr

        log_to_stderr()
    return is_verbose


def _common_options(
    folders: Annotated[
        list[Path] | None,
        typer.Option(
            "-C",
            metavar="DIR",
            help="Run as if it had been started in this folder.",
            show_default=False,
            callback=_enter,
            is_eager=True,
            expose_value=False,
        ),
    ] = None,
    color: Annotated[
        run_options.Color | None,
        typer.Option(
            "--color",
            metavar="|".join(run_options.COLORS),
            help="When to use colours: auto means on a terminal.",
            show_default=False,
            callback=_set_color,
            is_eager=True,
            expose_value=False,
        ),
    ] = None,
    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet",
            "-q",
            help="Print no progress and no remarks.",
            callback=set_quiet,
            is_eager=True,
            expose_value=False,
        ),
    ] = False,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose",
            "-v",
            help="Say on stderr what is done, and how long it takes.",
            callback=set_verbose,
            is_eager=True,
            expose_value=False,
        ),
    ] = False,
) -> None:
    """The options that every command has."""


def _repo_option(
    repo: Annotated[
        Path | None,
        typer.Option(
            "--repo",
            metavar="DIR",
            help=REPO_HELP,
            show_default=False,
            hidden=True,
            callback=repo_beside_argument,
            is_eager=True,
            expose_value=False,
        ),
    ] = None,
) -> None:
    """The other way to name the folder that PATH names."""


@lru_cache(maxsize=None)
def _options(function: Callable[..., None]) -> tuple[Any, ...]:
    """The options that the signature of a function describes."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command()(function)
    return tuple(typer.main.get_command(app).params)


def _with_common_options(own: Sequence[Any]) -> list[Any]:
    """The parameters of a command, and the common options that it does not define itself."""
    names = {name for parameter in own for name in parameter.opts}
    common = list(_options(_common_options))
    if "path" in names and "--repo" not in names:
        common += _options(_repo_option)
    for parameter in own:
        if parameter.param_type_name == "argument":
            # The type of an argument says nothing that its name does not.
            parameter.display_type_rich = _no_type
        _word_default(parameter)
    return [*own, *(option for option in common if not names.intersection(option.opts))]


def _word_default(parameter: Any) -> None:
    """Let the help say a default that is a text as it is; typer would put it into parentheses."""
    if isinstance(parameter.show_default, str):
        parameter.help = f"{parameter.help}  [default: {parameter.show_default}]"
        parameter.show_default = False


def _no_type(ctx: object) -> str:
    return ""


class _Command(typer.core.TyperCommand):
    def __init__(self, *, params: Sequence[Any] | None = None, **values: Any) -> None:
        super().__init__(params=_with_common_options(params or ()), **values)

    def get_params(self, ctx: Any) -> list[Any]:
        """The parameters, that of the help included."""
        parameters = super().get_params(ctx)
        for parameter in parameters:
            take_plain_values(parameter)
        return parameters

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.meta[TYPED] = tuple(args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (UsageError, ConfigError) as error:
            error.message = _as_typed(_with_flag(error.message, ctx), ctx)
            if "repo-mhm " not in error.hint:
                error.hint = _as_typed(error.hint, ctx)
            raise


class _Group(typer.core.TyperGroup):
    def __init__(self, *, params: Sequence[Any] | None = None, **values: Any) -> None:
        super().__init__(params=_with_common_options(params or ()), **values)

    def get_params(self, ctx: Any) -> list[Any]:
        """The parameters, that of the help included."""
        parameters = super().get_params(ctx)
        for parameter in parameters:
            take_plain_values(parameter)
        return parameters

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.meta[TYPED] = tuple(args)
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is named. Raises UsageError with the nearest name."""
        name = args[0]
        is_unknown = not name.startswith("-") and self.get_command(ctx, name) is None
        if is_unknown and not ctx.resilient_parsing:
            hint = _command_hint(ctx, args, self.list_commands(ctx))
            raise UsageError(f"there is no command {name[:100]!r}", hint=hint)
        return super().resolve_command(ctx, args)


class Program(_Group):
    """All commands. One whose reader closes the pipe (`| head`) ends without an error."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that is named."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # The interpreter would otherwise report the rest of its buffer while it shuts down.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit from None
        return result

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command line. Raises RepoMhmError, UsageError for what typer refuses."""
        try:
            code = super().main(args, prog_name, complete_var, False, windows_expand_args, **extra)
        except typer.TyperException as error:
            raise _usage_error(error) from None
        except typer.Abort:
            sys.stderr.write("nothing was changed\n")
            code = 1
        if standalone_mode:
            sys.exit(code)
        return code


class CommandGroup(typer.Typer):
    """A group of commands that have the common options, and examples in their help."""

    def __init__(self, *examples: str, **values: Any) -> None:
        values.setdefault("cls", _Group)
        values.setdefault("no_args_is_help", True)
        # rich alone would take half of the 150 ms that `--help` may take
        super().__init__(
            epilog=_examples(examples),
            rich_markup_mode=None,
            pretty_exceptions_enable=False,
            **values,
        )

    def add(
        self, name: str, *examples: str, **values: Any
    ) -> Callable[[Callable[..., None]], Callable[..., None]]:
        """A decorator that makes a function the command of this name."""
        return super().command(name, cls=_Command, epilog=_examples(examples), **values)


def _examples(commands: Sequence[str]) -> str:
    """The end of a help text: one command a line."""
    # The control character keeps the lines as they are; otherwise they would be joined.
    return "\b\nExamples:\n" + "\n".join(f"  {command}" for command in commands)


# Errors -------------------------------------------------------------------------------------------


def _usage_error(error: typer.TyperException) -> RepoMhmError:
    """What typer refuses, as an error of ours."""
    ctx: Any = getattr(error, "ctx", None)
    if ctx is None:
        return UsageError(_sentence(error.format_message()))
    if type(error).__name__ == "NoArgsIsHelpError":
        sys.stderr.write(f"{error.format_message()}\n")
        # Not typer's Exit: typer no longer runs, which would turn it into an exit code.
        sys.exit(UsageError.exit_code)

    see = f"See {ctx.command_path} --help."
    near = difflib.get_close_matches(_unknown_option(error), getattr(error, "possibilities", ()), 1)
    if near:
        see = f"Did you mean {near[0]}? {see}"
    return UsageError(_message(error, ctx), hint=see)


def _unknown_option(error: Any) -> str:
    """The option that there is not; empty where something else is wrong."""
    return error.option_name if hasattr(error, "possibilities") else ""


def _message(error: Any, ctx: Any) -> str:
    """What was wrong, and with which option, as it was typed."""
    if unknown := _unknown_option(error):
        return f"there is no option {unknown[:100]!r}"
    if refused := getattr(error.__cause__, "errors", None):
        from repo_mhm.value_errors import reason

        error.message = reason(refused()[0])
    parameter = getattr(error, "param", None)
    if parameter is None or not error.message:
        return _as_typed(_sentence(error.format_message()), ctx)
    if parameter.param_type_name == "argument":
        return f"{parameter.display_name_raw}: {_sentence(error.message)}"
    return f"{_as_typed(max(parameter.opts, key=len), ctx)}: {_sentence(error.message)}"


def _sentence(text: str) -> str:
    """A message of typer's as ours are written: it begins small and has no full stop."""
    text = text.removeprefix("Value error, ")
    return text[:1].lower() + text[1:].rstrip(".")


def _as_typed(text: str, ctx: Any) -> str:
    """A text with each long option in it as it was typed: `-m` rather than `--model`."""
    typed = typed_flags(ctx.meta.get(TYPED, ()))
    for parameter in ctx.command.params:
        long = max(parameter.opts, key=len)
        short = next((name for name in parameter.opts if name in typed), long)
        if long.startswith("--") and long not in typed:
            text = re.sub(rf"(?<![\w-]){re.escape(long)}(?![\w-])", short, text)
    return text


_SETTING = re.compile(rf"{COMMAND_LINE}: (\w+): ")


def _with_flag(text: str, ctx: Any) -> str:
    """The message on a setting from the command line, with the option that gave it."""
    setting = _SETTING.match(text)
    for parameter in ctx.command.params:
        if setting is not None and setting[1].removesuffix("_seconds") == parameter.name:
            return f"{max(parameter.opts, key=len)}: {text[setting.end() :]}"
    return text


def typed_flags(arguments: Iterable[str]) -> set[str]:
    """The options among arguments as they are spelled there, letters of `-qm` one by one."""
    flags: set[str] = set()
    for argument in arguments:
        if argument == "--":
            break
        if argument.startswith("--"):
            flags.add(argument.partition("=")[0])
        elif argument.startswith("-"):
            flags.update(f"-{letter}" for letter in argument[1:])
    return flags


_LEAST_WORDS = 3
"""So many words that begin with no command are a question."""


def _command_hint(ctx: Any, words: Sequence[str], names: Sequence[str]) -> str:
    near = difflib.get_close_matches(words[0][:100], names, n=1)
    if near:
        return f"Did you mean {ctx.command_path} {near[0]}?"
    is_question = len(" ".join(words).split()) >= _LEAST_WORDS
    if ctx.parent is None and is_question:
        return f"To ask a question: {ctx.command_path} ask QUESTION"
    return f"See {ctx.command_path} --help."
