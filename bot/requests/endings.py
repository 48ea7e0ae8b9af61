"""What a request keeps of its end, and what its steps have done together. Pure."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from bot.core.models.steps import StepRecord
from bot.domain.operation import Operation
from bot.domain.plan import Outcome, Plan
from bot.requests import journal, step_views
from bot.requests.lifecycle import State, StepState
from bot.requests.step_transitions import Conclude


def conclusion(operation: Operation, plan: Plan) -> Conclude:
    """What makes the stored end of a request of this operation from its steps."""
    return partial(_stored_end, operation, plan)


def outcome(operation: Operation, plan: Plan, outcomes: Mapping[str, Outcome]) -> Outcome:
    """What all steps together have done, given the outcome of each by its key."""
    return operation.outcome(plan, outcomes)


def _stored_end(
    operation: Operation, plan: Plan, state: State, steps: Sequence[StepRecord]
) -> dict[str, Any]:
    done = journal.with_state(steps, StepState.DONE)
    if state is State.DONE:
        outcomes = {step.key: journal.outcome_of(step) for step in done}
        whole = outcome(operation, plan, outcomes)
        return whole.model_dump(mode="json", exclude={"secret"})
    title = step_views.summary(steps) if plan.has_many_steps else steps[0].reason
    references = [step.reference for step in steps if step.reference]
    return {"title": title, **({"reference": references[0]} if references else {})}
