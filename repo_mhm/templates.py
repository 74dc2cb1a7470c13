"""Templates: questions that are asked often, which the user keeps by name in the settings."""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from repo_mhm.durations import parse_duration
from repo_mhm.errors import ConfigError

LONGEST_SYSTEM = 4000
"""Characters of a system text: about 1,000 tokens, which an answer reads each time."""

TemplateName = Annotated[str, Field(pattern=r"^[\w.-]+$", max_length=100)]
"""The length is no part of the pattern, which would take 70 ms to compile each time."""


def _seconds(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return parse_duration(value)
    except ConfigError as exc:
        raise ValueError(exc.message) from exc


Seconds = Annotated[float, BeforeValidator(_seconds)]
"""A setting in seconds: a number, or a duration as `parse_duration` reads it."""


class Template(BaseModel):
    """A question that is asked often, with its options: `[templates.NAME]` in the user's file.

    `$question` stands for what the user asks with it, `$$` for a dollar sign.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str = Field(min_length=1, max_length=20_000)
    system: str | None = Field(default=None, max_length=LONGEST_SYSTEM)
    model: str | None = Field(default=None, min_length=1)
    first_token_seconds: Seconds | None = Field(default=None, gt=0, le=3600)
    mode: Literal["memory", "source", "both"] | None = Field(default=None, alias="from")

    @field_validator("question")
    @classmethod
    def _has_no_other_name(cls, text: str) -> str:
        try:
            string.Template(text).substitute(question="")
        except KeyError as exc:
            raise ValueError(f"there is only $question, not ${exc.args[0]}") from exc
        except ValueError as exc:
            raise ValueError("write a dollar sign as $$") from exc
        return text

    @property
    def takes_question(self) -> bool:
        """Whether `$question` stands in it."""
        parts = string.Template.pattern.finditer(self.question)
        return any(part["named"] or part["braced"] for part in parts)

    def fill(self, question: str) -> str:
        """The whole question: the user's in place of `$question`, or else after the template's."""
        text = string.Template(self.question).substitute(question=question)
        return text if self.takes_question or not question else f"{text}\n\n{question}"

    def overrides(self, settings: Mapping[str, object]) -> dict[str, object]:
        """Settings of the command line, None for those not given, over those of the template."""
        own = self.model_dump(include={"system", "model", "first_token_seconds"})
        options = {name: value for name, value in settings.items() if value is not None}
        return {**own, **options}


ONLY_QUESTION = Template(question="$question")
"""What is asked without a template."""
