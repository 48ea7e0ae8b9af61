"""What the steps of a request add up to: which one is next, and how the request ends. Pure."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.core.models.steps import StepRecord
from bot.domain.plan import Outcome, Step
from bot.requests.lifecycle import STEP_ENDED, State, StepState


def step_of(record: StepRecord) -> Step:
    """The step as it was approved."""
    return _parsed(record.spec)


# The end of a list is made in several passes over all its steps. Each takes 4 KB.
@lru_cache(maxsize=2048)
def _parsed(spec: str) -> Step:
    return Step.model_validate_json(spec)


def forget_steps() -> None:
    """Free the memory of `step_of`: a long list has ended, and is not looked at any more."""
    _parsed.cache_clear()


def outcome_of(record: StepRecord) -> Outcome:
    """What came of a step that is done."""
    return Outcome.model_validate(record.result or {"title": ""})


def with_state(records: Iterable[StepRecord], *states: StepState) -> list[StepRecord]:
    """The steps in these states."""
    return [record for record in records if record.state in states]


@dataclass(frozen=True)
class Layout:
    """Where the steps of a request are in its journal: by key, and by subject in their order.

    `after` has the keys of the steps that must be done first, by the key of the step.
    """

    positions: Mapping[str, int]
    by_subject: Mapping[str, tuple[int, ...]]
    after: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, records: Sequence[StepRecord]) -> "Layout":
        """The layout of all steps of a request."""
        by_subject: defaultdict[str, list[int]] = defaultdict(list)
        after: dict[str, tuple[str, ...]] = {}
        for position, record in enumerate(records):
            step = step_of(record)
            by_subject[step.subject].append(position)
            if step.after:
                after[step.key] = step.after
        return cls(
            {record.key: position for position, record in enumerate(records)},
            {subject: tuple(positions) for subject, positions in by_subject.items()},
            after,
        )


def next_due(
    about_one_subject: Iterable[StepRecord],
    given_up: Collection[str],
    is_done: Callable[[str], bool],
) -> StepRecord | None:
    """The next of these steps; see `due_by_subject`. `is_done` tells it of any key."""
    record = next((record for record in about_one_subject if record.state not in STEP_ENDED), None)
    if record is None or record.key in given_up or not _is_due(record, is_done):
        return None
    return record


def due_by_subject(
    records: Sequence[StepRecord], given_up: Collection[str] = ()
) -> dict[str, StepRecord]:
    """The next step of each subject, where it can begin or must be looked up.

    Those that were `given_up` wait for the next start. Steps of one subject keep their order, so
    one that was given up, or that comes after a step of another subject, holds the others back.
    """
    done = {record.key for record in records if record.state == StepState.DONE}
    first: dict[str, StepRecord] = {}
    for record in records:
        if record.state not in STEP_ENDED:
            first.setdefault(step_of(record).subject, record)
    return {
        subject: record
        for subject, record in first.items()
        if record.key not in given_up and _is_due(record, done.__contains__)
    }


def with_same_call(
    first: StepRecord,
    about_one_subject: Iterable[StepRecord],
    limit: int,
    given_up: Collection[str],
    is_done: Callable[[str], bool],
) -> list[StepRecord]:
    """The first step that is due, and those after it of the same action and state: `limit` at most.

    What has ended between them does not matter; anything else ends the call, as steps of a subject
    keep their order.
    """
    action, call = step_of(first).action, list[StepRecord]()
    for record in about_one_subject:
        if record.state in STEP_ENDED:
            continue
        is_like = step_of(record).action == action and record.state == first.state
        is_next = is_like and record.key not in given_up and _is_due(record, is_done)
        if not is_next or len(call) == limit:
            break
        call.append(record)
    return call


def _is_due(record: StepRecord, is_done: Callable[[str], bool]) -> bool:
    """Whether all steps before it are done; one whose outcome is unknown was begun already."""
    if record.state == StepState.UNKNOWN:
        return True
    return record.state == StepState.PENDING and all(map(is_done, step_of(record).after))


def blocked(
    records: Sequence[StepRecord], after: Mapping[str, Sequence[str]], *, stop: bool
) -> list[StepRecord]:
    """The pending steps that never begin, as an earlier one was not done.

    With `stop`, all of them after a failure; else those that need it. `after` as in a `Layout`.
    """
    pending = with_state(records, StepState.PENDING)
    failed = {record.key for record in with_state(records, StepState.FAILED, StepState.SKIPPED)}
    if stop and failed:
        return pending
    never: list[StepRecord] = []
    for record in pending:  # in the order of the plan: a step comes after those that it needs
        if not failed.isdisjoint(after.get(record.key, ())):
            failed.add(record.key)
            never.append(record)
    return never


def request_state(records: Sequence[StepRecord], *, stopped: bool) -> State:
    """The state of a request that runs, given those of its steps."""
    states = {record.state for record in records}
    if states <= STEP_ENDED:
        return _end(states, stopped=stopped)
    if StepState.RUNNING in states:
        return State.RUNNING
    due = due_by_subject(records).values()
    goes_on = any(step.state == StepState.PENDING for step in due)
    return State.RUNNING if goes_on else State.UNKNOWN


def _end(states: set[str], *, stopped: bool) -> State:
    if states == {StepState.DONE}:
        return State.DONE
    if stopped and StepState.SKIPPED in states:
        return State.CANCELLED
    if StepState.DONE in states:
        return State.PARTLY
    return State.FAILED if StepState.FAILED in states else State.CANCELLED


def done_count(records: Sequence[StepRecord]) -> str:
    """`2 of 3 done`."""
    return f"{len(with_state(records, StepState.DONE))} of {len(records)} done"


def nothing_changed(records: Iterable[StepRecord]) -> bool:
    """Whether it is certain that no step changed anything."""
    return not any(
        record.unclear or record.state in (StepState.DONE, StepState.RUNNING, StepState.UNKNOWN)
        for record in records
    )


def values_for(step: Step, outcomes: Mapping[str, Outcome]) -> dict[str, str]:
    """What the steps before it gave: the values of their outcomes."""
    values: dict[str, str] = {}
    for key in step.after:
        values |= outcomes[key].values
    return values
