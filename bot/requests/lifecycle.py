"""The states of a request and the transitions between them. Pure; no other module knows them.

A request starts as a draft: its form can be filled in repeatedly, and each valid form makes a plan.
Confirm starts the approval and the run:

    draft ──confirm──▶ approved ──take──▶ running ──▶ done, partly, failed
      │ │                                   │  ▲ └──▶ cancelled (stopped: the rest never begins)
      │ └─▶ cancelled, expired              ▼  │
      └──▶ waiting ──approve──▶ approved   unknown (answer lost: look up before sending again)

The steps of its plan have states of their own, and the request follows them while it runs:

    pending ◀─▶ running ──▶ done, failed, skipped
       └▶ skipped  │  ▲
                   ▼  │
                  unknown ──▶ done, failed
"""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """The state of a request; its value stands in the database and on cards."""

    DRAFT = "draft"
    WAITING = "waiting"
    APPROVED = "approved"
    RUNNING = "running"
    UNKNOWN = "unknown"
    DONE = "done"
    PARTLY = "partly"
    FAILED = "failed"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.DRAFT: frozenset(
        {State.DRAFT, State.WAITING, State.APPROVED, State.EXPIRED, State.CANCELLED}
    ),
    State.WAITING: frozenset(
        {State.WAITING, State.APPROVED, State.REJECTED, State.EXPIRED, State.CANCELLED}
    ),
    State.APPROVED: frozenset({State.RUNNING, State.EXPIRED, State.CANCELLED}),
    State.RUNNING: frozenset(
        {State.DONE, State.PARTLY, State.FAILED, State.CANCELLED, State.UNKNOWN}
    ),
    State.UNKNOWN: frozenset(
        {State.RUNNING, State.DONE, State.PARTLY, State.FAILED, State.CANCELLED}
    ),
    State.DONE: frozenset(),
    State.PARTLY: frozenset(),
    State.FAILED: frozenset(),
    State.REJECTED: frozenset(),
    State.EXPIRED: frozenset(),
    State.CANCELLED: frozenset(),
}
ENDED = frozenset(state for state, after in TRANSITIONS.items() if not after)
UNDER_WAY = frozenset({State.APPROVED, State.RUNNING, State.UNKNOWN})
RUN_ENDS = frozenset({State.DONE, State.PARTLY, State.FAILED})  # how a run ends by itself
# A request in one of these states was confirmed, and may have changed something or may yet.
CONFIRMED = UNDER_WAY | RUN_ENDS | {State.WAITING}
PLAN_LIFETIME = 15 * 60.0  # seconds in which a plan can be confirmed; then its facts are stale


class StepState(StrEnum):
    """The state of a step; its value stands in the journal."""

    PENDING = "pending"
    RUNNING = "running"
    UNKNOWN = "unknown"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


STEP_TRANSITIONS: Mapping[StepState, frozenset[StepState]] = {
    StepState.PENDING: frozenset({StepState.RUNNING, StepState.SKIPPED}),
    # `skipped`: it was stopped while it waited to be sent, so that Webex never got it. `pending`:
    # the cloud has no call for several steps, so that each is sent alone.
    StepState.RUNNING: frozenset(
        {
            StepState.DONE,
            StepState.FAILED,
            StepState.UNKNOWN,
            StepState.SKIPPED,
            StepState.PENDING,
        }
    ),
    StepState.UNKNOWN: frozenset({StepState.RUNNING, StepState.DONE, StepState.FAILED}),
    StepState.DONE: frozenset(),
    StepState.FAILED: frozenset(),
    StepState.SKIPPED: frozenset(),
}
# What a step that was sent can come to.
STEP_RESULTS = STEP_TRANSITIONS[StepState.RUNNING] - {StepState.PENDING}
STEP_ENDED = frozenset(state for state, after in STEP_TRANSITIONS.items() if not after)


def is_allowed(before: State, after: State) -> bool:
    """Whether the table allows this transition."""
    return after in TRANSITIONS[before]


def stage(before: State, after: State) -> str:
    """Return the stage of a transition: `plan`, `confirm`, `decide` or `run`."""
    if before is State.DRAFT:
        return "plan" if after is State.DRAFT else "confirm"
    return "decide" if before is State.WAITING else "run"


def is_stale(planned_at: float, now: float) -> bool:
    """Whether a plan is too old to be confirmed. Times are Unix seconds."""
    return now - planned_at > PLAN_LIFETIME


def describe(code: str, state: State, by: str, at: str, outcome: str = "") -> str:
    """Describe the state, with who caused it and when, for a press that came too late.

    `at` is a part of the sentence: `at 14:02 CET`. `by` is empty if no person did it. `outcome`
    tells what the steps did, if the run has ended half done.
    """
    is_stopped = state is State.CANCELLED and bool(outcome)
    description = STOPPED if is_stopped else _DESCRIPTIONS[state]
    sentence = description.format(by=f"by {by} " if by else "", at=at, outcome=outcome)
    return " ".join(f"{code} {sentence}".split())


STOPPED = "was stopped {by}{at}. {outcome}"


_DESCRIPTIONS: Mapping[State, str] = {
    State.DRAFT: "is still open, but a newer card replaced that one. Please use the newest card.",
    State.WAITING: "is waiting for an approver.",
    State.APPROVED: "was already confirmed {by}{at} and is about to run.",
    State.RUNNING: "is already confirmed and running. I will tell you how it ends.",
    State.UNKNOWN: "is being checked: Webex did not answer clearly. I will tell you how it ended.",
    State.DONE: "is already done. Nothing was done a second time.",
    State.PARTLY: "has ended. {outcome} Nothing more is tried.",
    State.FAILED: "has already failed. Nothing more was tried.",
    State.REJECTED: "was rejected {by}{at}. Nothing was changed.",
    State.EXPIRED: "has expired. Nothing was changed. Please ask again.",
    State.CANCELLED: "was cancelled {by}{at}. Nothing was changed.",
}
