"""The finished answer: put together, and kept in the store as a turn of its conversation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repo_mhm.answer.citations import Citation, all_citations
from repo_mhm.answer.context import AnswerContext
from repo_mhm.answer.draft import AnswerDraft
from repo_mhm.answer.events import Answer
from repo_mhm.answer.left_out_lookup import left_out_remarks
from repo_mhm.errors import StoreError
from repo_mhm.store import open_store

if TYPE_CHECKING:
    from repo_mhm.answer.prompt_plan import PromptPlan
    from repo_mhm.answer.staleness import RepositoryChanges

WRITE_SECONDS = 3.0
"""How long a finished answer waits for an index that writes, before it is not kept."""


def record_answer(
    draft: AnswerDraft,
    plan: PromptPlan | None = None,
    model: str = "",
    *,
    interrupted: bool = False,
) -> Answer:
    """Make the answer from its draft, and keep it.

    `plan` is None and `model` empty where no model was asked. An answer that cannot be kept is
    returned all the same, with a warning.
    """
    answer = _answer(draft, plan, model, interrupted=interrupted)
    if not (answer.session and answer.answer):
        return answer

    problem = _write(draft, answer)
    if problem:
        warning = f"this exchange was not kept: {problem}"
        return replace(answer, warnings=(*answer.warnings, warning))
    return answer


def _answer(
    draft: AnswerDraft, plan: PromptPlan | None, model: str, *, interrupted: bool
) -> Answer:
    context = draft.context
    # An interrupted answer does not wait for the comparison.
    changes = None if interrupted else context.comparison.result()
    unknown_names = (name for sentence in draft.sentences for name in sentence.unknown_names)
    locations = plan.shown_locations() if plan else ()

    return Answer(
        question=context.question,
        kind=draft.located.kind,
        answer=draft.text,
        sentences=tuple(draft.sentences),
        citations=tuple(all_citations(draft.sentences)),
        unknown_names=tuple(dict.fromkeys(unknown_names)),
        abstained=draft.abstained,
        mode=context.options.mode,
        coverage=context.store.coverage(),
        commit=context.store.meta("commit"),
        first_token_seconds=round(draft.first_token_seconds, 3),
        seconds=round(context.elapsed(), 3),
        session=context.options.session,
        interrupted=interrupted,
        model=model,
        prompt_tokens=plan.prompt_tokens if plan else 0,
        evidence=tuple(map(Citation, locations)),
        stale_chunks=_stale_chunks(context, changes),
        warnings=_warnings(draft),
        files=context.options.file_names,
        scope=context.options.scope.names,
        attached_lines=len(context.options.attached.splitlines()),
        heading=draft.located.heading,
        locations=draft.located.lines,
        total=draft.located.total,
        locations_seconds=round(draft.locations_seconds, 3),
        target_seconds=round(plan.target_seconds, 1) if plan else 0.0,
    )


def _stale_chunks(context: AnswerContext, changes: RepositoryChanges | None) -> int | None:
    if changes is not None:
        return changes.stale_chunks(context.store)
    return 0 if context.options.stale_source == "" else None


def _warnings(draft: AnswerDraft) -> tuple[str, ...]:
    context = draft.context
    stale_source = context.options.stale_source or ""
    is_complete = draft.located.kind != "free" or draft.abstained
    left_out = left_out_remarks(context.store, context.question, is_complete=is_complete)
    return tuple(filter(None, (stale_source, *draft.warnings, *left_out)))


def _write(draft: AnswerDraft, answer: Answer) -> str:
    """Keep the turn; return what went wrong, or an empty text.

    Opens a connection of its own, since the answer's connection only sees the store as it was when
    the answer began.
    """
    directory = draft.context.store.path.parent
    try:
        with open_store(directory, wait_seconds=WRITE_SECONDS) as store:
            store.add_turn(answer.session, answer.question, answer.answer, answer.as_json())
    except StoreError as exc:
        return exc.message
    return ""
