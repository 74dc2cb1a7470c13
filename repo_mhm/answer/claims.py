"""Claims: what a sentence says about the names in it, as far as its form is clear. Pure.

The idea: each verb of a list (`calls`, `is raised by`, `defaults to`) makes one claim for every
name after it, if a name before it is clearly its subject: `Session.send` calls `get_adapter`. The
subject is found by walking left from the verb over adverbs and nouns. A verb after `and` or a comma
has the subject of the sentence, one after `which` the name before it. Some forms without a verb
claim something too: `Session.send`, the `send` method of `Session`, the `timeout` parameter of
`send`.

Whatever is not clear is no claim, and a negated verb makes none. After `may`, in relative clauses
and after pronouns a claim is uncertain: code may bear it out, but cannot contradict it.
`claim_checks` compares claims with the code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from repo_mhm.answer.claim_words import (
    ADJECTIVES,
    ADVERBS,
    AUXILIARIES,
    CONDITIONS,
    DETERMINERS,
    KINDS,
    MEMBER_NOUNS,
    NEGATIONS,
    NOUNS,
    OWNING,
    PARAMETER_NOUNS,
    PREPOSITIONS,
    RESERVES,
    Relation,
    Token,
    Verb,
    tokens_of,
    verb_at,
)

MAX_CLAIMS = 12
"""Most claims that are read from one sentence."""
MAX_SENTENCE = 1_500
"""Characters; a longer sentence is no prose, and no claim is read from it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a sentence says of a name: `Session.send` calls `get_adapter`."""

    relation: Relation
    subject: str
    object: str
    """A name, a path, a kind of definition, or the text of a literal."""
    is_certain: bool = True
    """False where the sentence has a reserve, or where its form is not quite clear."""


def read_claims(sentence: str, topic: str = "") -> list[Claim]:
    """The claims of one sentence. `topic` is what `it` means; empty where that is not clear."""
    if len(sentence) > MAX_SENTENCE or sentence.rstrip().endswith("?"):
        return []
    reader = _Reader(tokens_of(sentence), topic)
    claims = dict.fromkeys([*reader.verb_claims(), *reader.noun_claims()])
    return list(claims)[:MAX_CLAIMS]


def topic_of(sentence: str) -> str:
    """The name that a sentence is about, which `it` means in the next one; empty if not clear."""
    if len(sentence) > MAX_SENTENCE:
        return ""
    head = _Reader(tokens_of(sentence), "").head
    return head.name if head else ""


class _Phrase(NamedTuple):
    """A name with the nouns around it: `the send method of Session`."""

    name: str
    start: int
    end: int
    """Half open."""
    nouns: frozenset[str] = frozenset()
    is_certain: bool = True
    kind: str = "name"


@dataclass(slots=True)
class _Reader:
    """Reads the claims of one sentence."""

    tokens: Sequence[Token]
    topic: str
    head: _Phrase | None = field(init=False)
    """What the sentence is about, if it begins with it."""

    def __post_init__(self) -> None:
        self.head = self._head()

    # Claims -----------------------------------------------------------------------------------

    def verb_claims(self) -> Iterator[Claim]:
        """What the verbs of the sentence claim."""
        index = 0
        while index < len(self.tokens):
            match = verb_at(self.tokens, index)
            if match is None:
                index += 1
                continue
            verb, end = match
            subject = self._subject(index, verb)
            if subject is not None:
                yield from self._claims_of(subject, verb, end)
            index = end

    def _claims_of(self, subject: _Phrase, verb: Verb, end: int) -> Iterator[Claim]:
        is_certain = verb.is_certain and subject.is_certain
        for phrase in self._objects(end):
            certain = is_certain and phrase.is_certain
            if verb.relation == "has":
                yield from _possession(subject, phrase, is_certain=certain)
            elif verb.form == "passive":
                if phrase.kind == "name":
                    yield Claim(verb.relation, phrase.name, subject.name, certain)
            elif _fits(verb.relation, phrase):
                yield Claim(verb.relation, subject.name, phrase.name, certain)

    def noun_claims(self) -> Iterator[Claim]:
        """What the names claim by how they are written or joined, without a verb."""
        for index, token in enumerate(self.tokens):
            if token.text in NEGATIONS:
                return
            if token.kind != "name":
                continue
            owner, _, member = token.text.replace("::", ".").replace("#", ".").rpartition(".")
            if owner:
                yield Claim("belongs to", member, owner)
            yield from self._joined_claims(index, token.text)

    def _joined_claims(self, index: int, name: str) -> Iterator[Claim]:
        """Claims such as `NAME method of NAME`, `NAME in PATH`, `NAME is a class`."""
        after = self._skip(index + 1, NOUNS | PARAMETER_NOUNS)
        nouns = {token.text for token in self.tokens[index + 1 : after]}
        joint = self._text(after)
        before = self._skip_left(index - 1, DETERMINERS)
        value = self._at(after + 1)
        if joint == "is" and self._words_before(before, "default value of", "default of"):
            if value is not None and value.kind == "literal":
                yield Claim("equals", name, value.text)
            return
        if joint == "is":
            yield from self._kind_claims(name, after + 1)
            return
        if joint not in OWNING and joint != "(":
            return

        owner = self._at(self._skip(after + 1, DETERMINERS))
        if owner is None:
            return
        if owner.kind == "path":
            yield Claim("is defined in", name, owner.text, is_certain=False)
        elif owner.kind == "name" and joint != "(":
            if nouns & PARAMETER_NOUNS:
                yield Claim("takes", owner.text, name, joint == "of")
            elif nouns & MEMBER_NOUNS and "." not in name:
                yield Claim("belongs to", name, owner.text, joint == "of")

    def _kind_claims(self, name: str, index: int) -> Iterator[Claim]:
        index = self._skip(index, DETERMINERS | (ADJECTIVES - {"of"}))
        kind = KINDS.get(self._text(index))
        if kind and self._text(index + 1) not in NOUNS:
            yield Claim("is a", name, kind)

    # Subjects ---------------------------------------------------------------------------------

    def _head(self) -> _Phrase | None:
        """The phrase that the sentence begins with, after `In X,` where there is that."""
        start = 0
        if self._text(0) in ("in", "within", "inside"):
            owner = self._phrase_at(1)
            if owner is None or self._text(owner.end) != ",":
                return None
            start = owner.end + 1
        return self._phrase_at(start)

    def _subject(self, verb_start: int, verb: Verb) -> _Phrase | None:
        """The subject of the verb that begins at `verb_start`; None if negated or not clear."""
        index = verb_start - 1
        skipped: set[str] = set()
        while index >= 0 and self._text(index) in ADVERBS | RESERVES | NEGATIONS | AUXILIARIES:
            skipped.add(self._text(index))
            index -= 1
        if skipped & NEGATIONS:
            return None
        if verb.form == "bare" and not skipped & AUXILIARIES:
            return None

        if verb.form == "gerund":
            is_negated = {self._text(before) for before in range(index - 2, index + 1)} & NEGATIONS
            return None if is_negated else self._sentence_subject(verb_start)
        subject = self._subject_left_of(index, verb_start)
        if subject is not None and skipped & RESERVES:
            return subject._replace(is_certain=False)
        return subject

    def _subject_left_of(self, index: int, verb_start: int) -> _Phrase | None:
        text = self._text(index)
        if index < 0:
            return self._pronoun_subject(verb_start)
        if text == "(":
            return self._phrase_before(index - 1)
        if text in ("which", "that", "who"):
            return self._relative_subject(index)
        if text in ("and", "or", ",", "then"):
            return self._sentence_subject(verb_start)
        if text == "it" or self._is_this_noun(index):
            return self._pronoun_subject(index)
        if text in (":", "-", "–", "—"):
            index -= 1
        return self._phrase_before(index)

    def _is_this_noun(self, index: int) -> bool:
        return self._text(index) in NOUNS and self._text(index - 1) in ("this", "the")

    def _pronoun_subject(self, index: int) -> _Phrase | None:
        """What `it` or `this method` means: the item of a list, else the topic before."""
        if self.head is not None and self.head.start < index:
            return self.head._replace(is_certain=False)
        return _Phrase(self.topic, 0, 0, is_certain=False) if self.topic else None

    def _relative_subject(self, index: int) -> _Phrase | None:
        """The name before `which`, or the one that `is a method that` speaks of."""
        before = index - 1
        if self._text(before) == ",":
            before -= 1
        at = self._skip_left(before, NOUNS)
        token = self._at(at)
        if token is not None and token.is_named:
            is_clear = self._text(self._skip_left(at - 1, DETERMINERS)) not in OWNING
            return _Phrase(token.text, at, before + 1, is_certain=False) if is_clear else None

        while before >= 0 and self._text(before) in NOUNS | ADJECTIVES | {"a", "an", "the"}:
            before -= 1
        return self._phrase_before(before - 1) if self._text(before) == "is" else None

    def _sentence_subject(self, verb_start: int) -> _Phrase | None:
        """The head, for a further verb of the sentence; uncertain after another clause."""
        if self.head is None:
            begins_with_pronoun = self._text(0) == "it" or self._is_this_noun(1)
            return self._pronoun_subject(0) if begins_with_pronoun else None
        between = {token.text for token in self.tokens[self.head.end : verb_start]}
        is_clear = not between & (CONDITIONS | {"which", "that", "who", ";", "it", "while"})
        return self.head._replace(is_certain=self.head.is_certain and is_clear)

    def _phrase_before(self, index: int) -> _Phrase | None:
        """The phrase whose last token is at `index`; None if it is no clear subject."""
        if self._text(index) == ")":
            index = self._opening(index) - 1
        at = self._skip_left(index, NOUNS)
        token = self._at(at)
        if token is None or not token.is_named:
            return None

        before = self._skip_left(at - 1, DETERMINERS)
        joint = self._text(before)
        if joint == "'s":
            owner_at = self._skip_left(before - 1, NOUNS)
            owner = self._at(owner_at)
            is_name = owner is not None and owner.kind == "name"
            name = _qualified(owner.text, token.text) if owner and is_name else token.text
            return _Phrase(name, owner_at, index + 1)
        if joint in OWNING:
            return self._owned_before(before, token, index)
        if joint in PREPOSITIONS or joint in NEGATIONS:
            return None
        is_alone = joint not in CONDITIONS and joint not in ("and", "or")
        return _Phrase(token.text, at, index + 1, is_certain=is_alone)

    def _owned_before(self, joint: int, owner: Token, index: int) -> _Phrase | None:
        """`NAME method of OWNER`, where `joint` is the index of `of`."""
        at = self._skip_left(joint - 1, NOUNS | PARAMETER_NOUNS)
        token = self._at(at)
        is_negated = self._text(self._skip_left(at - 1, DETERMINERS)) in NEGATIONS
        if token is None or token.kind != "name" or is_negated:
            return None
        name = _qualified(owner.text, token.text) if owner.kind == "name" else token.text
        return _Phrase(name, at, index + 1)

    # Objects ----------------------------------------------------------------------------------

    def _objects(self, start: int) -> Iterator[_Phrase]:
        """The phrases that are listed from `start` on."""
        is_certain = True
        is_first = True
        while (phrase := self._phrase_at(start)) is not None:
            if not is_first and self._begins_clause(phrase.end):
                return
            yield phrase._replace(is_certain=is_certain)
            is_first = False

            start = self._after_parentheses(phrase.end)
            separators = self._skip(start, frozenset({",", "and", "or"}))
            if separators == start:
                return
            is_certain = is_certain and "or" not in map(self._text, range(start, separators))
            start = separators

    def _begins_clause(self, index: int) -> bool:
        index = self._skip(index, ADVERBS | RESERVES)
        return self._text(index) in ("is", "has") or verb_at(self.tokens, index) is not None

    def _phrase_at(self, start: int) -> _Phrase | None:
        """The phrase that begins at `start`, after determiners and adjectives."""
        at = self._skip(start, DETERMINERS | ADJECTIVES | NOUNS | PARAMETER_NOUNS | {":"}, most=6)
        token = self._at(at)
        if token is None or token.kind not in ("name", "path", "literal"):
            return None
        end = self._skip(at + 1, NOUNS | PARAMETER_NOUNS)
        nouns = frozenset(self._text(index) for index in (*range(start, at), *range(at + 1, end)))

        member = self._at(end + 1)
        if self._text(end) == "'s" and member is not None and member.kind == "name":
            end = self._skip(end + 2, NOUNS)
            return _Phrase(_qualified(token.text, member.text), start, end, nouns)
        if self._text(end) == "of" and nouns & (MEMBER_NOUNS | PARAMETER_NOUNS):
            owner_at = self._skip(end + 1, DETERMINERS)
            owner = self._at(owner_at)
            if owner is not None and owner.kind == "name":
                name = _qualified(owner.text, token.text)
                return _Phrase(name, start, self._skip(owner_at + 1, NOUNS), nouns)
        return _Phrase(token.text, start, end, nouns, kind=token.kind)

    # Tokens -----------------------------------------------------------------------------------

    def _at(self, index: int) -> Token | None:
        return self.tokens[index] if 0 <= index < len(self.tokens) else None

    def _text(self, index: int) -> str:
        """The word or mark at `index`; empty for a name, and outside of the sentence."""
        token = self._at(index)
        return token.text if token is not None and token.kind in ("word", "mark") else ""

    def _skip(self, index: int, words: frozenset[str], most: int = 8) -> int:
        last = index + most
        while index < last and self._text(index) in words:
            index += 1
        return index

    def _skip_left(self, index: int, words: frozenset[str]) -> int:
        while self._text(index) in words:
            index -= 1
        return index

    def _words_before(self, index: int, *phrases: str) -> bool:
        """Whether one of these phrases ends at `index`, or with the nouns after it."""
        texts = " ".join(map(self._text, range(max(0, index - 4), index + 1)))
        return texts.endswith(phrases)

    def _opening(self, index: int) -> int:
        """The index of the parenthesis that the one at `index` closes; `index` if there is none."""
        for opening in range(index - 1, -1, -1):
            if self._text(opening) == "(":
                return opening
        return index

    def _after_parentheses(self, index: int) -> int:
        if self._text(index) != "(":
            return index
        for closing in range(index + 1, len(self.tokens)):
            if self._text(closing) == ")":
                return closing + 1
        return index


def _qualified(owner: str, member: str) -> str:
    return member if "." in member or "::" in member else f"{owner}.{member}"


def _fits(relation: Relation, phrase: _Phrase) -> bool:
    """Whether a relation may have such an object."""
    if phrase.kind == "literal":
        return relation in ("returns", "equals")
    if phrase.kind == "path":
        return relation in ("is defined in", "imports")
    return True


def _possession(owner: _Phrase, phrase: _Phrase, *, is_certain: bool) -> Iterator[Claim]:
    """What `OWNER has PHRASE` claims: a parameter or a member, as its noun says."""
    if phrase.kind != "name":
        return
    if phrase.nouns & PARAMETER_NOUNS:
        yield Claim("takes", owner.name, phrase.name, is_certain)
    elif phrase.nouns & MEMBER_NOUNS:
        yield Claim("belongs to", phrase.name, owner.name, is_certain)
