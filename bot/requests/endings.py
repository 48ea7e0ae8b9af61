"""What a request keeps of its end, and what its steps have done together. Pure."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from bot.core.models.steps import StepRecord
from bot.domain.operation import Operation, no_undo
from bot.domain.plan import Outcome, Plan, Undo
from bot.domain.policy import UNDO
from bot.requests import journal, list_rows, step_views
from bot.requests.lifecycle import State, StepState
from bot.requests.step_transitions import Conclude, was_skipped_by_stop


def conclusion(operation: Operation, plan: Plan) -> Conclude:
    """What makes the stored end of a request of this operation from its steps."""
    return partial(_stored_end, operation, plan)


def outcome(operation: Operation, plan: Plan, outcomes: Mapping[str, Outcome]) -> Outcome:
    """What all steps together have done, given the outcome of each by its key."""
    whole = operation.outcome(plan, outcomes)
    undo = _undo(operation, plan, State.DONE, outcomes)
    return whole.model_copy(update={"undo": undo}) if undo else whole


def _undo(operation: Operation, plan: Plan, state: State, done: Collection[str]) -> Undo | None:
    """The undo of many steps, of which those with these keys are done; None if there is none.

    The only row of a list is taken back as many are, and so is the only step of some operations.
    An undo itself has none: what is left of it is taken back by another undo of the same request.
    """
    actions = {step.action for step in plan.steps if step.key in done}
    has_undo = any(
        action.name in actions and action.undo is not no_undo for action in operation.actions
    )
    by_steps = operation.takes_list or operation.undoes_steps(plan)
    if not by_steps or operation.is_undo or not has_undo:
        return None
    title = "Undo" if state is State.DONE else operation.undo_title_half_done
    return Undo(operation=f"{UNDO}{operation.name}", inputs={}, title=title)


def _stored_end(
    operation: Operation, plan: Plan, state: State, steps: Sequence[StepRecord]
) -> dict[str, Any]:
    done = journal.with_state(steps, StepState.DONE)
    if state is State.DONE:
        outcomes = {step.key: journal.outcome_of(step) for step in done}
        whole = outcome(operation, plan, outcomes)
        return whole.model_dump(mode="json", exclude={"secret"})
    title = _title(plan, steps)
    undo = _undo(operation, plan, state, [step.key for step in done])
    references = [step.reference for step in steps if step.reference]
    return {
        "title": title,
        **({"reference": references[0]} if references else {}),
        **({"undo": undo.model_dump(mode="json")} if undo else {}),
    }


def _title(plan: Plan, steps: Sequence[StepRecord]) -> str:
    """What was done and what was not; of the rows of a list, how many."""
    if not plan.has_many_steps:
        return steps[0].reason
    if plan.is_told_by_rows:
        return list_rows.summary(plan, steps)
    return step_views.summary(_without_stop(steps))


def _without_stop(steps: Sequence[StepRecord]) -> list[StepRecord]:
    """The steps without the reason “Stopped by …”: who stopped the request is told before it."""
    return [
        step.model_copy(update={"reason": ""}) if was_skipped_by_stop(step) else step
        for step in steps
    ]
