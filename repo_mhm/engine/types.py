"""What a model is asked: prompts, slots and the replies they get.

Owns the words put to the model. Knows nothing about tokenisers, chat templates or engines.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slot:
    """One piece of a reply: `lead` is forced, then the model writes until `stop` or `max_tokens` tokens.

    `stop` is a string the completion ends before (not included in the reply); empty means only the model's own
    end of turn ends it.
    """

    lead: str
    max_tokens: int
    stop: str = "\n"


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of a conversation."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """A system message, earlier turns, a user message and the slots of the reply.

    Every text in it is untrusted: engines tokenise it with special tokens off. `system` is the prefix prompts
    share, so it is evaluated once and its state may be saved.
    """

    system: str
    user: str
    slots: tuple[Slot, ...]
    history: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back for one prompt: one text per slot (without the leads), and what it cost.

    `prompt_tokens` were evaluated for this prompt (forced leads included), `cached_tokens` were reused from a
    shared or saved prefix, `generated_tokens` were sampled. `seconds` runs from submission to the last token.
    """

    texts: tuple[str, ...]
    prompt_tokens: int = 0
    cached_tokens: int = 0
    generated_tokens: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two texts for the one place between `before` and `after`: how likely does a model find where they part ways?"""

    before: str
    after: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Weighed:
    """Natural logarithms of the probabilities of the first token that is not in both texts, for each of them."""

    first: float
    second: float
