"""Plans, steps and requests for tests of what people read about them."""

from collections.abc import Sequence
from typing import Any

from bot.core.models.people import Place, Sender
from bot.core.models.requests import Request
from bot.core.models.steps import StepRecord
from bot.domain.plan import Plan, PlannedCall, Step
from bot.requests import journal, step_views
from bot.requests.lifecycle import ENDED, State, StepState

BEGAN = 1_795_000_000.0  # 2026-11-18 11:06:40 UTC
ANN = Sender("id-ann", "ann@acme.example", name="Ann Alder")
TITLES = ("Delete the old phone", "Add the new phone", "Change its tags", "Rename it")
UNCLEAR = "unclear"  # failed, and perhaps done all the same
STATES = (*StepState, UNCLEAR)  # what a step can be in


def step(number: int, title: str = "") -> Step:
    """A step of a plan; each needs the one before."""
    return Step(
        key=f"step {number}",
        action="add phone",
        title=title or (TITLES[number - 1] if number <= len(TITLES) else f"Add phone {number}"),
        call=PlannedCall(method="POST", path="/devices"),
        subject="owner",
        after=(f"step {number - 1}",) if number > 1 else (),
    )


def plan(count: int, **more: Any) -> Plan:
    """A plan of so many steps."""
    steps = tuple(step(number) for number in range(1, count + 1))
    values: dict[str, Any] = {"title": "Swap the phone of Bob", "facts": (("For", "Bob"),)}
    return Plan(steps=steps, **values | more)


def record(number: int, state: str, **more: Any) -> StepRecord:
    """A row of the journal; `state` is one of `STATES`."""
    is_unclear = state == UNCLEAR
    was_sent = state not in (StepState.PENDING, StepState.SKIPPED)
    values: dict[str, Any] = {"attempts": int(was_sent), "changed_at": BEGAN + number}
    if state in (StepState.FAILED, UNCLEAR):
        values |= {"reason": "It was no good", "reference": "Webex 400 · tracking id t"}
    return StepRecord(
        request="7K3F",
        number=number,
        key=f"step {number}",
        spec=step(number).model_dump_json(),
        state=str(StepState.FAILED if is_unclear else state),
        unclear=is_unclear,
        **values | more,
    )


def records(*states: str) -> list[StepRecord]:
    """A journal whose steps are in these states."""
    return [record(number, state) for number, state in enumerate(states, start=1)]


def request(
    steps: Sequence[StepRecord], *, stopped: bool = False, state: State | None = None
) -> Request:
    """The request of these steps, in the state that follows from them, with its stored end."""
    state = state or journal.request_state(steps, stopped=stopped)
    title = step_views.summary(steps) if len(steps) > 1 else steps[0].reason
    return Request(
        code="7K3F", state=state.value, version=5, operation="swap", event_id="e", requester=ANN,
        place=Place("room", direct=True), inputs={}, plan=plan(len(steps)).model_dump(mode="json"),
        stopped_by=ANN.email if stopped else "", created_at=BEGAN - 60, changed_at=BEGAN + 60,
        changed_by="provbot", outcome={"title": title} if state in ENDED else None,
    )  # fmt: skip
