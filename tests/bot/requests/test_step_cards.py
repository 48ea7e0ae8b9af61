"""The cards of requests with many steps: approval, progress, and lists of hundreds."""

import json
from typing import Any

import pytest

from bot.core.models.local_time import utc
from bot.core.models.webex import LocationRef
from bot.requests import decision_views, step_views, views
from bot.requests.lifecycle import State, StepState
from cards import render
from tests.bot.requests.step_examples import (
    BEGAN,
    UNCLEAR,
    plan,
    records,
    request,
    step,
)
from tests.cards import rules

DONE, FAILED, SKIPPED = StepState.DONE, StepState.FAILED, StepState.SKIPPED
PENDING, RUNNING, UNKNOWN = StepState.PENDING, StepState.RUNNING, StepState.UNKNOWN
LOCAL = utc(BEGAN + 120)


def approval_text(count: int, *names: str, **more: Any) -> str:
    """The approval card of a plan with so many steps that reaches into these locations."""
    places = tuple(LocationRef(id=name, name=name) for name in names)
    planned = plan(count, locations=places, **more).model_dump(mode="json")
    asked = request(records(*[PENDING] * count), state=State.WAITING)
    return render.to_text(
        decision_views.approval(asked.model_copy(update={"plan": planned}), LOCAL)
    )


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["Berlin"], "Locations: Berlin\n"),
        (["Berlin", "Lyon"], "Locations: Berlin and Lyon\n"),
        ([f"B{number}" for number in range(1, 12)], "B7, B8 and 3 more\n"),
        ([], "Locations: the whole organization\n"),
    ],
)
def test_the_approval_card_of_many_steps_names_steps_and_locations(names, shown):
    text = approval_text(3, *names)
    assert shown in text
    assert "1. Delete the old phone\n2. Add the new phone\n3. Change its tags\n" in text


def test_the_approval_card_names_no_location_twice_and_no_single_step():
    facts = (("Location", "Berlin and Lyon"),)
    assert approval_text(2, "Berlin", "Lyon", facts=facts).count("Berlin") == 1
    assert "Locations" not in approval_text(1, "Berlin")
    assert "1. " not in approval_text(1, "Berlin")


@pytest.mark.parametrize(
    ("states", "text"),
    [
        ((DONE, RUNNING, PENDING, PENDING), "1 of 4 done, about 30 s left."),
        ((DONE, FAILED, UNCLEAR, RUNNING), "1 of 4 done, 2 not done, about 10 s left."),
        ((DONE, DONE, FAILED, SKIPPED), "2 of 4 done, 2 not done."),
        ((DONE, UNKNOWN, PENDING), "1 of 3 done. Webex did not confirm one; checking it."),
        (
            (DONE, FAILED, UNKNOWN, UNKNOWN, PENDING),
            "1 of 5 done, 1 not done. Webex did not confirm 2; checking them.",
        ),
    ],
)
def test_progress_counts_only_what_is_done_as_done(states, text):
    steps = records(*states)
    assert step_views.progress(request(steps), steps, 10.0) == f"⏳ 7K3F: {text}"


@pytest.mark.parametrize(
    ("states", "text"),
    [
        ((DONE, RUNNING, SKIPPED), "1 of 3 done, being stopped."),
        ((DONE, FAILED, RUNNING, SKIPPED), "1 of 4 done, 1 not done, being stopped."),
        (
            (DONE, UNKNOWN, SKIPPED),
            "1 of 3 done, being stopped. Webex did not confirm one; checking it.",
        ),
    ],
)
def test_progress_of_a_request_that_is_stopped_promises_no_time(states, text):
    steps = records(*states)
    assert step_views.progress(request(steps, stopped=True), steps, 10.0) == f"⏳ 7K3F: {text}"


def test_cards_about_a_thousand_steps_are_accepted_by_webex():
    long = "Add a phone for 😀 " * 12
    steps = [
        each.model_copy(
            update={"spec": step(each.number, long).model_dump_json(), "reason": long * 2}
        )
        for each in records(*[DONE] * 500, *[FAILED] * 200, *[UNCLEAR] * 100, *[SKIPPED] * 200)
    ]
    ended, planned = request(steps), plan(1000)
    titled = planned.model_copy(
        update={"steps": tuple(step(number, long) for number in range(1, 1001))}
    )
    for shown in (
        step_views.half_done(ended, titled, steps),
        views.details(ended, [], BEGAN, step_views.entries(steps, LOCAL)),
        views.plan(ended, titled),
        step_views.running(ended, titled),
    ):
        assert not isinstance(shown, str)
        assert rules.violations(render.to_content(shown)) == []
        assert len(render.to_text(shown).encode()) <= rules.MOST_TEXT_BYTES
        assert len(json.dumps(render.to_content(shown))) < 20_000
    assert len(step_views.summary(steps)) < 8_000
