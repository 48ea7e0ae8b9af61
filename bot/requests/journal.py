"""What the steps of a request add up to: which one is next, and how the request ends. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from bot.core.models.steps import StepRecord
from bot.domain.plan import Outcome, Step
from bot.requests.lifecycle import STEP_ENDED, State, StepState


def step_of(record: StepRecord) -> Step:
    """The step as it was approved."""
    return Step.model_validate(record.spec)


def outcome_of(record: StepRecord) -> Outcome:
    """What came of a step that is done."""
    return Outcome.model_validate(record.result or {"title": ""})


def with_state(records: Iterable[StepRecord], *states: StepState) -> list[StepRecord]:
    """The steps in these states."""
    return [record for record in records if record.state in states]


def is_due(record: StepRecord, records: Iterable[StepRecord]) -> bool:
    """Whether a step can begin or must be looked up: all steps before it are done."""
    if record.state == StepState.UNKNOWN:
        return True
    done = {other.key for other in records if other.state == StepState.DONE}
    return record.state == StepState.PENDING and set(step_of(record).after) <= done


def next_due(
    records: Sequence[StepRecord], subject: str, given_up: Iterable[str] = ()
) -> StepRecord | None:
    """The next step about this subject; those that were `given_up` wait for the next start.

    Steps of one subject keep their order, so one that was given up holds the others back.
    """
    for record in records:
        if step_of(record).subject != subject or record.state in STEP_ENDED:
            continue
        is_held_back = record.key in given_up or not is_due(record, records)
        return None if is_held_back else record
    return None


def due_subjects(records: Sequence[StepRecord], given_up: Iterable[str] = ()) -> list[str]:
    """The subjects with a step that is due, each once."""
    subjects = dict.fromkeys(step_of(record).subject for record in records)
    return [subject for subject in subjects if next_due(records, subject, given_up)]


def blocked(records: Sequence[StepRecord], *, stop: bool) -> list[StepRecord]:
    """The pending steps that never begin, as an earlier one was not done.

    With `stop`, all of them after a failure; else those that need it.
    """
    pending = with_state(records, StepState.PENDING)
    failed = {record.key for record in with_state(records, StepState.FAILED, StepState.SKIPPED)}
    if stop and failed:
        return pending
    never: list[StepRecord] = []
    for record in pending:  # in the order of the plan: a step comes after those that it needs
        if failed & set(step_of(record).after):
            failed.add(record.key)
            never.append(record)
    return never


def request_state(records: Sequence[StepRecord], *, stopped: bool) -> State:
    """The state of a request that runs, given those of its steps."""
    states = {record.state for record in records}
    if states <= STEP_ENDED:
        return _end(states, stopped=stopped)
    goes_on = any(
        record.state == StepState.RUNNING
        or (record.state == StepState.PENDING and is_due(record, records))
        for record in records
    )
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
