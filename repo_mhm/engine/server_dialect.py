"""What is said to an OpenAI-compatible server, and what its replies mean.

Owns the bodies of requests, the events of a streamed reply, and the three ways to get a reply with
forced leads: continuing an assistant message, where the server does that; a form, that is a JSON
object whose keys are the leads, where the server holds a reply to a schema; or a numbered list.
Texts in, values out: nothing here opens a connection.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from repo_mhm.engine.types import Prompt, Slot
from repo_mhm.errors import EngineError

ServerKind = Literal["llama-server", "ollama", "lm-studio", "vllm", "llama-cpp-python", "other"]

_LIST_OVERHEAD = 8
"""Tokens of a line beside its lead and its text: number, period, quotes, end of line."""
_LETTERS_OF_A_TOKEN = 5
"""Of English and code, rather too many: texts are cut at their limit of tokens anyway."""
_FORM_ENDS = ("", '"}', "}")
"""What completes a form: nothing, or where it was cut off inside a text or behind one."""
_NOT_IN_A_KEY = re.compile(r"[^\w .:`/()+-]")
"""What might confuse the grammar that a server makes of a schema."""
_NUMBERED = re.compile(r"^[ \t]*(?P<number>[0-9]{1,3})[.)][ \t]*(?P<text>.*)$")
_LARGEST_NUMBER = 1 << 31
_THINKING_TOKENS = 2048
"""What a model that thinks aloud may use up before its reply."""
_SPECIAL_TOKEN = re.compile(
    r"<[|\uff5c]|</?s>|</?(?:think|tool_call|tool_response|start_of_turn|end_of_turn|bos|eos|pad|unk)>"
    r"|<(?:fim|repo|file)_\w{1,20}>|\[/?(?:INST|TOOL_CALLS|AVAILABLE_TOOLS|TOOL_RESULTS)\]|<</?SYS>>"
)
"""How special tokens begin or look in the vocabularies of Qwen, Llama, Gemma, Mistral, DeepSeek,
Phi, gpt-oss and their relatives."""
_WITHOUT_THINKING: Mapping[ServerKind, Mapping[str, Any]] = {
    "llama-server": {"chat_template_kwargs": {"enable_thinking": False}},
    "vllm": {"chat_template_kwargs": {"enable_thinking": False}},
    "ollama": {"reasoning_effort": "none"},
}
"""How each kind of server is asked to answer at once. The others are not asked: some refuse a
request with a field that they do not know."""


_CONTINUING: tuple[ServerKind, ...] = ("llama-server", "vllm")
"""Kinds that may continue an assistant message. Without being asked to by a field, llama-server of
2026 does so too, but repeats the message in front of its reply."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server and one of its models, as `open_server` found them."""

    model: str
    """As the server calls it."""
    kind: ServerKind
    version: str = ""
    """As far as it says it."""
    continues: bool = False
    """Whether it continues an assistant message that ends a request (see `may_continue`)."""
    thinks: bool = False
    """Whether the model thinks aloud although it is asked not to."""
    fills_forms: bool = False
    """Whether it holds a reply to a JSON schema."""

    @property
    def may_continue(self) -> bool:
        """Whether to find out if it continues messages: others end a message and begin another."""
        return self.kind in _CONTINUING


@dataclass(frozen=True, slots=True)
class Usage:
    """What a request cost, by the server's account; zeros where it does not say."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    generated_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Delta:
    """One event of a streamed reply."""

    text: str = ""
    usage: Usage | None = None
    finished: bool = False
    thought: bool = False
    """Whether it is a part of what the model thinks aloud."""


def chat_body(
    server: Server, prompt: Prompt, max_tokens: int, stop: str = "", so_far: str = ""
) -> dict[str, Any]:
    """The body of a streamed chat request; `so_far` is the beginning of the reply, if forced."""
    messages = [_message("system", prompt.system)] if prompt.system else []
    for turn in prompt.history:
        messages += [_message("user", turn.question), _message("assistant", turn.answer)]
    messages.append(_message("user", prompt.user))

    body: dict[str, Any] = {
        "model": server.model,
        "messages": messages,
        "max_tokens": max_tokens + (_THINKING_TOKENS if server.thinks else 0),
        "temperature": 0,
        "stream": True,
        "stream_options": {"include_usage": True},
        **_WITHOUT_THINKING.get(server.kind, {}),
    }
    if stop:
        body["stop"] = [stop]
    if so_far:
        messages.append(_message("assistant", so_far))
        if server.kind in _CONTINUING:
            body |= {"continue_final_message": True, "add_generation_prompt": False}
    return body


def forced_beginning(body: Mapping[str, Any]) -> str:
    """The beginning of the reply that a request forces; empty for none."""
    last = body["messages"][-1]
    return str(last["content"]) if last["role"] == "assistant" else ""


def _message(role: str, text: str) -> dict[str, str]:
    """A message that its model reads as text.

    Servers turn the words of a chat template into special tokens wherever they stand, so a space
    breaks them. What is no Unicode text (half of a surrogate pair) becomes a question mark.
    """
    text = _SPECIAL_TOKEN.sub(lambda match: f"{match[0][0]} {match[0][1:]}", text)
    return {"role": role, "content": text.encode("utf-8", "replace").decode("utf-8")}


def parse_event(line: str) -> Delta | None:
    """One line of an event stream; None for a line that says nothing. Raises EngineError."""
    if not line.startswith("data:"):
        return None
    data = line.removeprefix("data:").strip()
    if data == "[DONE]":
        return Delta(finished=True)

    try:
        event = json.loads(data)
    except ValueError as error:
        raise _not_understood(data) from error
    if not isinstance(event, dict):
        raise _not_understood(data)
    if problem := event.get("error"):
        raise EngineError(f"the server failed: {problem_text(problem)}", hint="Look at its log.")
    try:
        return _delta(event)
    except (AttributeError, TypeError, LookupError) as error:
        raise _not_understood(data) from error


def _delta(event: Mapping[str, Any]) -> Delta:
    """The delta of an event of the right form. Raises AttributeError, TypeError, LookupError."""
    usage = _usage(event.get("usage"))
    choices = event.get("choices")
    if not choices:
        return Delta(usage=usage)

    choice = choices[0]
    delta = choice.get("delta") or {}
    return Delta(
        text=str(delta.get("content") or ""),
        usage=usage,
        finished=bool(choice.get("finish_reason")),
        thought=bool(delta.get("reasoning_content") or delta.get("reasoning")),
    )


def _usage(usage: Any) -> Usage | None:
    if not isinstance(usage, dict):
        return None
    details = usage.get("prompt_tokens_details")
    cached = number(details.get("cached_tokens")) if isinstance(details, dict) else 0
    prompt_tokens = max(number(usage.get("prompt_tokens")) - cached, 0)
    return Usage(prompt_tokens, cached, number(usage.get("completion_tokens")))


def number(value: Any) -> int:
    """A count from a server's reply; 0 for what can be none."""
    return value if isinstance(value, int) and 0 < value < _LARGEST_NUMBER else 0


def problem_text(problem: Any) -> str:
    """The message of an error object, short."""
    message = problem.get("message") if isinstance(problem, dict) else problem
    return " ".join(str(message).split())[:300]


def _not_understood(data: str) -> EngineError:
    return EngineError(
        f"the server's reply cannot be understood: {data[:80]!r}",
        hint="Check that the URL is that of an OpenAI-compatible API, up to /v1.",
    )


# Forced leads as a numbered list


def needs_list(prompt: Prompt) -> bool:
    """Whether a server that forces nothing must be asked for a list: not for one free text."""
    return len(prompt.slots) > 1 or bool(prompt.slots[0].lead.strip())


def list_prompt(prompt: Prompt) -> Prompt:
    """The prompt with its leads as lines to complete; the reply is a numbered list of texts."""
    lines = [f"{number}. {slot.lead.strip()}" for number, slot in enumerate(prompt.slots, 1)]
    request = (
        f"Complete each of these {len(lines)} lines. Reply with exactly {len(lines)} lines, "
        "numbered as here: each number, then only the text that completes its line.\n\n"
    )
    user = f"{prompt.user}\n\n{request}" + "\n".join(lines)
    return Prompt(prompt.system, user, prompt.slots, prompt.history)


def form_body(server: Server, prompt: Prompt, max_tokens: int) -> dict[str, Any]:
    """The body of a request whose reply is a JSON object: each lead with the text behind it."""
    slots = prompt.slots
    request = (
        "Complete each of these lines. Reply with a JSON object: its keys are the lines, and each "
        "value is only the text that completes its line.\n\n"
    )
    user = f"{prompt.user}\n\n{request}" + "\n".join(_keys(slots))
    filled = Prompt(prompt.system, user, slots, prompt.history)

    properties = {
        key: {"type": "string", "maxLength": slot.max_tokens * _LETTERS_OF_A_TOKEN}
        for key, slot in zip(_keys(slots), slots, strict=True)
    }
    schema: dict[str, Any] = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    response_format: dict[str, Any] = {
        "type": "json_schema",
        "json_schema": {"name": "lines", "strict": True, "schema": schema},
    }
    if server.kind == "llama-cpp-python":
        response_format = {"type": "json_object", "schema": schema}
    return chat_body(server, filled, max_tokens) | {"response_format": response_format}


def form_texts(reply: str, slots: Sequence[Slot]) -> tuple[str, ...]:
    """The text of each slot from a form; empty where it lacks the key, or was cut off before."""
    form = _form(reply)
    texts = [str(form.get(key) or "") for key in _keys(slots)]
    return tuple(map(_completion, texts, slots))


def _form(reply: str) -> Mapping[str, Any]:
    """The object in a reply, as far as it came; an empty one where there is none."""
    for end in _FORM_ENDS:
        with suppress(ValueError, RecursionError):
            form = json.loads(reply + end)
            return form if isinstance(form, dict) else {}
    return {}


def _keys(slots: Sequence[Slot]) -> list[str]:
    """A key for each slot: its lead, with a number, as two may be alike."""
    leads = (_NOT_IN_A_KEY.sub("", slot.lead).strip("-: ") for slot in slots)
    return [f"{number}. {lead}".strip() for number, lead in enumerate(leads, 1)]


def list_tokens(slots: Sequence[Slot], lead_tokens: int) -> int:
    """The tokens of a numbered list of all texts, leads repeated (`lead_tokens` in all)."""
    return lead_tokens + sum(slot.max_tokens + _LIST_OVERHEAD for slot in slots)


def list_texts(reply: str, slots: Sequence[Slot]) -> tuple[str, ...]:
    """The text of each slot from a numbered list; empty where the list has no such line.

    A number that comes twice counts once, and a lead that the model repeats is left out.
    """
    text_by_number: dict[int, str] = {}
    for line in reply.splitlines():
        match = _NUMBERED.match(line)
        if match is not None:
            text_by_number.setdefault(int(match["number"]), match["text"])
    return tuple(
        _completion(text_by_number.get(number, ""), slot) for number, slot in enumerate(slots, 1)
    )


def _completion(text: str, slot: Slot) -> str:
    """A line without the lead, as if it had continued the lead."""
    lead = slot.lead.strip()
    text = text.strip()
    if lead and text.startswith(lead):
        text = text.removeprefix(lead).strip()
    # A line that ends in a colon is a lead that nothing follows.
    if not text or text.endswith(":") or not slot.max_tokens:
        return ""
    return cut_at(f" {text}", slot.stop)


def cut_at(text: str, stop: str) -> str:
    """The text before the stop string."""
    return text.split(stop, 1)[0] if stop else text


class ThoughtFilter:
    """Leaves out what a model thinks aloud between `<think>` and `</think>` at a reply's start."""

    _START, _END = "<think>", "</think>"

    def __init__(self) -> None:
        self._pending = ""
        self._state: Literal["start", "thinking", "done"] = "start"

    def feed(self, text: str) -> str:
        """The visible part of the next piece of a reply; a tag may lie across two pieces."""
        if self._state == "done":
            return text
        self._pending += text

        if self._state == "start":
            begun = self._pending.lstrip()
            if begun.startswith(self._START):
                self._state = "thinking"
            elif self._START.startswith(begun):
                return ""
            else:
                return self._end(self._pending)

        thought, tag, visible = self._pending.partition(self._END)
        if tag:
            return self._end(visible.lstrip())
        self._pending = thought[-len(self._END) :]
        return ""

    def rest(self) -> str:
        """What is left at the end of a reply that began like a tag and is none."""
        return self._end(self._pending) if self._state == "start" else ""

    def _end(self, visible: str) -> str:
        self._state, self._pending = "done", ""
        return visible


@dataclass(slots=True)
class ReplyText:
    """The visible text of one request as it comes, and what the server says it cost.

    `echo` is the forced beginning of the reply, which some servers repeat before they continue it.
    """

    echo: str = ""
    pieces: list[str] = field(default_factory=list)
    usage: Usage | None = None
    events: int = 0
    """With text or thoughts: a token each, as servers stream."""
    _thoughts: ThoughtFilter = field(default_factory=ThoughtFilter)
    _possible_echo: str = ""

    def take(self, delta: Delta) -> str:
        """Note an event; return its visible text."""
        self.usage = delta.usage or self.usage
        self.events += bool(delta.text or delta.thought)
        visible = self._thoughts.feed(delta.text) if delta.text else ""
        if delta.finished:
            visible += self._thoughts.rest()
        visible = self._without_echo(visible, is_last=delta.finished)
        self.pieces.append(visible)
        return visible

    def _without_echo(self, text: str, *, is_last: bool) -> str:
        """The next piece of text, held back while it may be a repetition of the beginning."""
        if not self.echo:
            return text
        self._possible_echo += text
        if self._possible_echo.startswith(self.echo):
            text = self._possible_echo[len(self.echo) :]
        elif self.echo.startswith(self._possible_echo) and not is_last:
            return ""
        else:
            text = self._possible_echo
        self.echo = self._possible_echo = ""
        return text
