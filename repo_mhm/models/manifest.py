"""The pinned models: `models/manifest.toml`, parsed and checked."""

from __future__ import annotations

import difflib
import math
import sys
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from repo_mhm.errors import ModelError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_SHIPPED = Path(__file__).resolve().parent.parent / "manifest.toml"
_CHECKOUT = Path(__file__).resolve().parent.parent.parent / "models"

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
"""Of the names of models, pinned or added."""
Name = Annotated[str, Field(pattern=NAME_PATTERN)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Part(_Frozen):
    """A beginning, middle or end of a model's file, as one member of a wheel; `size` in bytes."""

    requirement: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9.+!_-]+$")
    member: str
    size: int = Field(gt=0)
    sha256: Sha256


class WheelSource(_Frozen):
    """Parts that make the model when joined in order, each in a wheel of the package index."""

    kind: Literal["wheels"]
    part: tuple[Part, ...] = Field(min_length=1)

    @property
    def label(self) -> str:
        """For people."""
        return "the package index"


class HttpSource(_Frozen):
    """The whole file at one address."""

    kind: Literal["http"]
    url: str = Field(pattern=r"^https?://")

    @property
    def label(self) -> str:
        """For people: the server."""
        return self.url.split("/")[2]


class PinnedModel(_Frozen):
    """One model known by name; `size` in bytes, `context` in tokens.

    `memory`, in bytes, is what it takes when it runs; `parameters` are in millions, and so are
    those that read each token where that is not all of them.
    """

    name: Name
    role: str
    title: str
    file: Name
    size: int = Field(gt=0)
    sha256: Sha256
    licence: str
    context: int = Field(gt=0)
    parameters: int = Field(gt=0)
    active_parameters: int | None = Field(default=None, gt=0)
    memory: int = Field(gt=0)
    source: tuple[Annotated[WheelSource | HttpSource, Field(discriminator="kind")], ...]

    @property
    def work(self) -> float:
        """The time of a token grows with it: millions of parameters.

        A mixture of experts computes with the active ones alone, but a batch loads nearly all of
        them from memory: their geometric mean lies between, and is an assumption.
        """
        return math.sqrt(self.parameters * (self.active_parameters or self.parameters))

    @property
    def is_in_package_index(self) -> bool:
        """Whether it comes as wheels, so that no other server need be asked."""
        return any(isinstance(source, WheelSource) for source in self.source)


def _distinct(models: tuple[PinnedModel, ...]) -> tuple[PinnedModel, ...]:
    if len({model.name for model in models}) != len(models):
        raise ValueError("two models have the same name")
    return models


class Manifest(_Frozen):
    """All pinned models."""

    schema_version: Literal[1] = Field(alias="schema")
    model: Annotated[tuple[PinnedModel, ...], AfterValidator(_distinct)]

    def get(self, name: str) -> PinnedModel | None:
        """The model of that name, if it is pinned."""
        return next((model for model in self.model if model.name == name), None)

    def require(self, name: str) -> PinnedModel:
        """The model of that name. Raises ModelError naming the nearest one."""
        if model := self.get(name):
            return model

        names = [model.name for model in self.model]
        nearest = difflib.get_close_matches(name, names, n=1)
        raise ModelError(
            f"no model named {name!r} can be pulled",
            hint=f"Did you mean {nearest[0]}?" if nearest else f"Known models: {', '.join(names)}.",
        )

    def role(self, role: str) -> PinnedModel:
        """The model in a role (`default`, `tests`). Raises ModelError when there is none."""
        for model in self.model:
            if model.role == role:
                return model
        raise ModelError(f"the manifest names no model for {role!r}")


def read_manifest(path: Path) -> Manifest:
    """Parse a manifest file. Raises ModelError when it cannot be read or is wrong."""
    try:
        return Manifest.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as exc:
        raise ModelError(
            f"the model manifest {path} cannot be used: {exc}", hint="Reinstall repo-mhm."
        ) from exc


@cache
def shipped_manifest() -> Manifest:
    """The manifest of this installation: the wheel's copy, else the checkout's own.

    Raises ModelError.
    """
    return read_manifest(_SHIPPED if _SHIPPED.is_file() else _CHECKOUT / "manifest.toml")


def checkout_models() -> Path | None:
    """`models/` of the checkout this code runs from; None when it is installed from a wheel."""
    if _SHIPPED.is_file() or not (_CHECKOUT / "manifest.toml").is_file():
        return None
    return _CHECKOUT
