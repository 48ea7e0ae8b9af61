"""The table of states: which steps exist, and that no others do."""

import pytest

from bot.requests.lifecycle import (
    ENDED,
    PLAN_LIFETIME,
    STEP_TRANSITIONS,
    TRANSITIONS,
    UNDER_WAY,
    State,
    StepState,
    describe,
    is_allowed,
    is_stale,
)

# Written out from the picture in the design, not read from the code.
STEPS = {
    ("draft", "draft"),
    ("draft", "waiting"),
    ("draft", "approved"),
    ("draft", "expired"),
    ("draft", "cancelled"),
    ("waiting", "waiting"),  # where two must approve, the first of them
    ("waiting", "approved"),
    ("waiting", "rejected"),
    ("waiting", "expired"),
    ("waiting", "cancelled"),
    ("approved", "running"),
    ("approved", "expired"),
    ("approved", "cancelled"),
    ("running", "done"),
    ("running", "failed"),
    ("running", "unknown"),
    ("running", "partly"),
    ("running", "cancelled"),  # stopped
    ("unknown", "running"),
    ("unknown", "done"),
    ("unknown", "failed"),
    ("unknown", "partly"),
    ("unknown", "cancelled"),
}
MOVES_OF_STEPS = {
    ("pending", "running"),
    ("pending", "skipped"),
    ("running", "done"),
    ("running", "failed"),
    ("running", "unknown"),
    ("running", "skipped"),  # stopped before it was sent
    ("running", "pending"),  # this cloud has no call for several steps
    ("unknown", "running"),
    ("unknown", "done"),
    ("unknown", "failed"),
}


@pytest.mark.parametrize("now", list(State))
@pytest.mark.parametrize("then", list(State))
def test_exactly_these_steps_exist(now, then):
    assert is_allowed(now, then) is ((now.value, then.value) in STEPS)


@pytest.mark.parametrize("now", list(StepState))
@pytest.mark.parametrize("then", list(StepState))
def test_exactly_these_moves_of_steps_exist(now, then):
    assert (then in STEP_TRANSITIONS[now]) is ((now.value, then.value) in MOVES_OF_STEPS)


def test_every_state_is_in_the_table():
    assert set(TRANSITIONS) == set(State)


def test_the_ends_are_those_without_a_next_step():
    assert {state.value for state in ENDED} == {
        "done",
        "partly",
        "failed",
        "rejected",
        "expired",
        "cancelled",
    }
    assert {state.value for state in UNDER_WAY} == {"approved", "running", "unknown"}


def test_every_state_can_be_reached_from_a_draft():
    seen, new = {State.DRAFT}, {State.DRAFT}
    while new:
        new = {after for state in new for after in TRANSITIONS[state]} - seen
        seen |= new
    assert seen == set(State)


def test_nothing_runs_that_was_not_approved():
    assert {now for now in State if State.RUNNING in TRANSITIONS[now]} == {
        State.APPROVED,
        State.UNKNOWN,
    }
    assert {now for now in State if State.UNKNOWN in TRANSITIONS[now]} == {State.RUNNING}


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_words_that_name_the_request(state):
    sentence = describe("7K3F", state, "ann@example.com", "at 14:13 UTC")
    assert sentence.startswith("7K3F ")
    by_a_person = state in (State.APPROVED, State.REJECTED, State.CANCELLED)
    assert (" by ann@example.com at 14:13 UTC" in sentence) == by_a_person


def test_what_no_person_did_has_only_a_time():
    sentence = describe("7K3F", State.CANCELLED, "", "yesterday at 23:50 CET")
    assert sentence == "7K3F was cancelled yesterday at 23:50 CET. Nothing was changed."


def test_the_words_differ_between_states():
    assert len({describe("7K3F", state, "", "at 14:13 UTC") for state in State}) == len(State)


@pytest.mark.parametrize(("age", "stale"), [(0, False), (900, False), (900.1, True), (-5, False)])
def test_a_plan_is_stale_after_fifteen_minutes(age, stale):
    assert PLAN_LIFETIME == 900
    assert is_stale(1_000.0, 1_000.0 + age) is stale
