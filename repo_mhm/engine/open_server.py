"""Opening a model server as an engine: which kind it is, what it can do, and its limits.

A server is asked, not assumed: each kind says its context, its number of concurrent requests and
how it counts tokens in places of its own.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpx

from repo_mhm.engine.capabilities import ServerCapabilities
from repo_mhm.engine.server_client import ServerClient, Unavailable
from repo_mhm.engine.server_dialect import (
    Delta,
    Server,
    ServerKind,
    Usage,
    chat_body,
    form_body,
    form_texts,
    number,
)
from repo_mhm.engine.server_engine import ServerEngine
from repo_mhm.engine.token_bound import token_bound
from repo_mhm.engine.types import EngineInfo, Prompt, Slot
from repo_mhm.errors import EngineError, ModelError, PromptTooLong

CONCURRENT_REQUESTS: Mapping[ServerKind, int] = {"ollama": 4, "lm-studio": 4, "vllm": 64}
"""By default, where a server does not say how many it works on: Ollama and LM Studio choose up to
four by free memory, vLLM batches whatever comes. Others get _CONCURRENT_REQUESTS."""
_CONCURRENT_REQUESTS = 4
_OLLAMA_CONTEXT = 4096
"""What Ollama cuts prompts to, in silence, where nothing else is set."""
_COUNT_SECONDS = 1.0
"""A count that takes longer is worth less than a bound at once."""
_PROBE = "Reply with the one word: yes"
_CONTINUED = "yes"
_FORM_TOKENS = 96
_LISTED_MODELS = 10
"""Of a server, in a hint."""
_FEWEST_TEMPLATE_TOKENS = 3
"""What a chat template writes between an ended assistant message and the next."""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """A model of a server, as the user named it."""

    url: str
    """Of the API, up to `/v1`."""
    model: str
    key: str = ""
    context: int | None = None
    """Tokens; by default what the server says."""
    concurrent_prompts: int | None = None
    """By default what the server says, or what its kind usually allows."""
    model_id: str = ""
    """Stands for the weights, which nobody can hash; by default the URL and the model."""
    is_remote: bool = False
    """Whether the server is another machine."""
    start_hint: str = ""
    """What to do where nothing answers, if that is known."""
    probed: Server | None = None
    """What an earlier connection has found out, which counts while the server is the same."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a server says of itself; zeros for what it does not say."""

    kind: ServerKind
    context: int = 0
    concurrent_prompts: int = 0
    tokenise_path: str = ""
    version: str = ""


def open_server(options: ServerOptions, client: ServerClient | None = None) -> ServerEngine:
    """Connect to a server and check that it has the model.

    The engine closes the client, which has its own time limits if it is given. Raises EngineError
    when the server cannot be used, and ModelError when it lacks the model or does not say its
    context.
    """
    client = client or ServerClient(options.url, options.key, start_hint=options.start_hint)
    try:
        return _open(client, options)
    except BaseException:
        client.close()
        raise


def _open(client: ServerClient, options: ServerOptions) -> ServerEngine:
    entry = _model_entry(client, options.model)
    facts = _facts(client, options.model, entry)
    context = options.context or facts.context
    if not context:
        raise ModelError(
            f"the server at {client.url} does not say its context",
            hint="Give it in tokens with `repo-mhm model add --context`.",
        )

    concurrent_prompts = (
        options.concurrent_prompts
        or facts.concurrent_prompts
        or CONCURRENT_REQUESTS.get(facts.kind, _CONCURRENT_REQUESTS)
    )
    server = Server(options.model, facts.kind, facts.version)
    probed = options.probed
    is_same = probed is not None and (probed.kind, probed.version) == (server.kind, server.version)
    server = probed if probed is not None and is_same else _probed(client, server)
    counter = _counter(client, facts, options.model)
    capabilities = ServerCapabilities(
        forces_leads=server.continues or server.fills_forms,
        counts=counter is not None,
        thinks=server.thinks,
    )
    info = EngineInfo(
        model=options.model,
        model_id=options.model_id or f"{client.url} {options.model}",
        device=_device(client, facts, options),
        on_gpu=False,
        context=context,
        concurrent_prompts=concurrent_prompts,
        counts_exactly=False,
        limits=capabilities.limits(),
    )
    return ServerEngine(server, client, info, counter)


def _device(client: ServerClient, facts: _Facts, options: ServerOptions) -> str:
    """For people: the kind of server, and where it is."""
    kind = "server" if facts.kind == "other" else facts.kind
    elsewhere = ", not this machine" if options.is_remote else ""
    return f"{kind} at {httpx.URL(client.url).netloc.decode()}{elsewhere}"


def _model_entry(client: ServerClient, model: str) -> Mapping[str, Any]:
    """What the server's list of models says of this one. Raises ModelError when it lacks it."""
    listing = client.run(client.get("models"))
    entries = listing.get("data") if isinstance(listing, dict) else None
    if not isinstance(entries, list):
        return {}

    entry_by_id = {str(entry.get("id")): entry for entry in entries if isinstance(entry, dict)}
    if model in entry_by_id:
        return entry_by_id[model]
    names = list(entry_by_id)
    nearest = difflib.get_close_matches(model, names, n=1)
    hint = f"Did you mean {nearest[0]}? " if nearest else ""
    more = f" and {len(names) - _LISTED_MODELS} more" if len(names) > _LISTED_MODELS else ""
    hint += f"It has: {', '.join(names[:_LISTED_MODELS])}{more}." if names else "It has none."
    raise ModelError(f"the server at {client.url} has no model {model!r}", hint=hint)


# What each kind of server says of itself


def _facts(client: ServerClient, model: str, entry: Mapping[str, Any]) -> _Facts:
    for ask in (_llama_server, _ollama, _lm_studio):
        facts = ask(client, model)
        if facts is not None:
            return facts
    if context := number(entry.get("max_model_len")):
        return _Facts("vllm", context, tokenise_path=_root(client) + "/tokenize")
    if client.run(client.post(_root(client) + "/extras/tokenize/count", {"input": "a"})):
        path = _root(client) + "/extras/tokenize/count"
        return _Facts("llama-cpp-python", concurrent_prompts=1, tokenise_path=path)
    return _Facts("other", number(entry.get("context_length")))


def _llama_server(client: ServerClient, model: str) -> _Facts | None:
    props = client.run(client.get(_root(client) + "/props"))
    if not isinstance(props, dict) or "default_generation_settings" not in props:
        return None
    settings = props["default_generation_settings"]
    context = number(settings.get("n_ctx")) if isinstance(settings, dict) else 0
    path = _root(client) + "/tokenize"
    slots, version = number(props.get("total_slots")), str(props.get("build_info", ""))[:100]
    return _Facts("llama-server", context, slots, path, version)


def _ollama(client: ServerClient, model: str) -> _Facts | None:
    version = client.run(client.get(_root(client) + "/api/version"))
    if not isinstance(version, dict) or "version" not in version:
        return None
    context = _ollama_context(client, model)
    return _Facts("ollama", context, version=str(version["version"])[:100])


def _ollama_context(client: ServerClient, model: str) -> int:
    """The context that Ollama has loaded a model with, or will: it cuts longer prompts silently."""
    running = client.run(client.get(_root(client) + "/api/ps"))
    models = running.get("models") if isinstance(running, dict) else None
    for entry in models if isinstance(models, list) else []:
        is_it = isinstance(entry, dict) and model in (entry.get("name"), entry.get("model"))
        if is_it and (context := number(entry.get("context_length"))):
            return context

    shown = client.run(client.post(_root(client) + "/api/show", {"model": model}))
    parameters = shown.get("parameters") if isinstance(shown, dict) else None
    for line in parameters.splitlines() if isinstance(parameters, str) else []:
        name, _, value = line.partition(" ")
        if name == "num_ctx" and value.strip().isdecimal():
            return int(value)
    return _OLLAMA_CONTEXT


def _lm_studio(client: ServerClient, model: str) -> _Facts | None:
    listing = client.run(client.get(_root(client) + "/api/v0/models"))
    entries = listing.get("data") if isinstance(listing, dict) else None
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict) and entry.get("id") == model:
            loaded = number(entry.get("loaded_context_length"))
            return _Facts("lm-studio", loaded or number(entry.get("max_context_length")))
    return None


def _root(client: ServerClient) -> str:
    """The server's address without the path of the API."""
    return str(httpx.URL(client.url).join("/")).rstrip("/")


# What it does


def _probed(client: ServerClient, server: Server) -> Server:
    """The server with what two or three short requests show of how it replies."""
    prompt = Prompt("", _PROBE, (Slot("", 8),))
    plain = _reply(client, chat_body(server, prompt, 8))
    server = replace(server, thinks=plain.thinks)

    if server.may_continue:
        continued = _reply(client, chat_body(server, prompt, 1, so_far=_CONTINUED))
        added = continued.prompt_tokens - plain.prompt_tokens
        if plain.prompt_tokens > 0 and added < _FEWEST_TEMPLATE_TOKENS:
            return replace(server, continues=True)
    # A model that thinks first writes what no schema allows.
    return replace(server, fills_forms=not server.thinks and _fills_forms(client, server))


def _fills_forms(client: ServerClient, server: Server) -> bool:
    """Whether a reply keeps to a schema that its prompt does not ask for."""
    prompt = Prompt("", _PROBE, (Slot("the word", 8), Slot("the same word again", 8)))
    try:
        reply = _reply(client, form_body(server, prompt, _FORM_TOKENS))
    except (Unavailable, PromptTooLong):
        raise
    except EngineError:  # it refuses a field that it does not know
        return False
    return all(form_texts(reply.text, prompt.slots))


@dataclass(frozen=True, slots=True)
class _ProbeReply:
    """What one of these requests gave; the tokens of its prompt include those from a cache."""

    text: str
    thinks: bool
    prompt_tokens: int


def _reply(client: ServerClient, body: dict[str, Any]) -> _ProbeReply:
    deltas: list[Delta] = []
    client.run(client.stream(body, deltas.append))
    usages = [delta.usage for delta in deltas if delta.usage is not None]
    usage = usages[-1] if usages else Usage()
    text = "".join(delta.text for delta in deltas)
    thinks = text.lstrip().startswith("<think>") or any(delta.thought for delta in deltas)
    return _ProbeReply(text, thinks, usage.prompt_tokens + usage.cached_tokens)


def _counter(client: ServerClient, facts: _Facts, model: str) -> Callable[[str], int] | None:
    """A function that asks the server's tokeniser, if it answers; None where there is none."""
    if not facts.tokenise_path:
        return None

    def count_remotely(text: str) -> int:
        sent = text.encode("utf-8", "replace").decode("utf-8")
        body: dict[str, Any] = {
            "llama-server": {"content": sent, "add_special": False},
            "vllm": {"model": model, "prompt": sent, "add_special_tokens": False},
        }.get(facts.kind, {"input": sent})
        reply = client.run(client.post(facts.tokenise_path, body, _COUNT_SECONDS))
        return _counted(reply, client.url)

    def count(text: str) -> int:
        # A server that works on prompts may count for nobody meanwhile.
        try:
            return count_remotely(text)
        except EngineError:
            return token_bound(text)

    return count


def _counted(reply: Any, url: str) -> int:
    """The number in a tokeniser's reply. Raises EngineError."""
    if isinstance(reply, dict):
        if isinstance(reply.get("count"), int):
            return int(reply["count"])
        if isinstance(reply.get("tokens"), list):
            return len(reply["tokens"])
    raise EngineError(f"the tokeniser of {url} does not count", hint="Look at the server's log.")
