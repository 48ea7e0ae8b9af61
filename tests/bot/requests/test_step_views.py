"""What people read about the steps of a request: exact, and true in every state."""

import re
from collections.abc import Iterator, Sequence
from itertools import product

import pytest

from bot.core.errors import RateLimited, Unchecked, WebexError
from bot.core.models.local_time import utc
from bot.core.models.requests import APPROVE, Request, Vote
from bot.core.models.steps import StepRecord
from bot.domain import error_messages
from bot.domain.operation import Remainder
from bot.domain.plan import Plan
from bot.requests import decision_views, differences, journal, listings, step_views, timeline, views
from bot.requests.lifecycle import ENDED, State, StepState, describe
from bot.requests.step_checks import NOT_UNDERSTOOD, STARTED_TOO_LATE
from bot.requests.step_transitions import STOPPED
from cards import render
from tests.bot.requests.step_examples import (
    ANN,
    BEGAN,
    STATES,
    TITLES,
    UNCLEAR,
    plan,
    record,
    records,
    request,
    step,
)

DONE, FAILED, SKIPPED = StepState.DONE, StepState.FAILED, StepState.SKIPPED
PENDING, RUNNING, UNKNOWN = StepState.PENDING, StepState.RUNNING, StepState.UNKNOWN
LOCAL = utc(BEGAN + 120)
NOTHING = re.compile(r"nothing (?!else)(?:\w+ ){0,3}changed", re.IGNORECASE)
NOTHING_ELSE = re.compile(r"nothing else (?:\w+ ){0,3}changed", re.IGNORECASE)


@pytest.mark.parametrize(
    ("states", "sentences"),
    [
        (
            (DONE, DONE, FAILED),
            [
                "2 of 3 done: Delete the old phone; Add the new phone.",
                "The third (Change its tags) was refused: It was no good.",
                "Nothing else was changed.",
            ],
        ),
        (
            (DONE, FAILED, SKIPPED),
            [
                "1 of 3 done: Delete the old phone.",
                "The second (Add the new phone) was refused: It was no good.",
                "Not begun: Change its tags.",
                "Nothing else was changed.",
            ],
        ),
        (
            (FAILED, SKIPPED, SKIPPED),
            [
                "The first (Delete the old phone) was refused: It was no good.",
                "Not begun: Add the new phone; Change its tags.",
                "Nothing was changed.",
            ],
        ),
        (
            (DONE, UNCLEAR, SKIPPED),
            [
                "1 of 3 done: Delete the old phone.",
                "The second (Add the new phone) is not certain: It was no good.",
                "Not begun: Change its tags.",
            ],
        ),
        (
            (DONE, UNKNOWN, PENDING),
            [
                "1 of 3 done: Delete the old phone.",
                "The second (Add the new phone) is not certain: Webex did not confirm it.",
                "Not begun yet: Change its tags.",
            ],
        ),
        (
            (UNCLEAR, SKIPPED),
            [
                "0 of 2 done.",
                "The first (Delete the old phone) is not certain: It was no good.",
                "Not begun: Add the new phone.",
            ],
        ),
    ],
)
def test_the_steps_are_told_in_short_sentences(states, sentences):
    assert step_views.lines(records(*states)) == sentences


@pytest.mark.parametrize("status", [0, 401, 423, 429, 500, 503])
def test_only_a_clear_no_of_webex_is_a_refusal(status):
    steps = [record(1, DONE), record(2, FAILED, reference=f"Webex {status}", reason="Busy.")]
    assert step_views.lines(steps)[1] == "The second (Add the new phone) was not done: Busy."


def test_who_stopped_it_is_told_once():
    stopped = STOPPED.format(who=ANN.shown)
    steps = [record(1, DONE), *(record(number, SKIPPED, reason=stopped) for number in (2, 3))]
    assert step_views.summary(steps) == (
        "1 of 3 done: Delete the old phone. Not begun: Add the new phone; Change its tags. "
        "Stopped by Ann Alder. Nothing else was changed."
    )


def test_a_long_list_names_the_first_of_each_kind_and_counts_the_rest():
    steps = records(*[DONE] * 380, *[FAILED] * 5, *[UNCLEAR] * 4, *[SKIPPED] * 11)
    text = step_views.lines(steps)
    assert text[0] == (
        "380 of 400 done: Delete the old phone; Add the new phone; Change its tags; and 377 more."
    )
    assert text[3] == "The 383rd (Add phone 383) was refused: It was no good."
    assert text[4] == "2 more are not done."
    assert text[8] == "1 more is not certain."
    assert text[9] == "Not begun: Add phone 390; Add phone 391; Add phone 392; and 8 more."
    assert len(" ".join(text)) < 1000


@pytest.mark.parametrize("number", [11, 12, 13, 20, 24, 100, 111, 112, 113, 213, 1000])
def test_most_ordinals_end_in_th(number):
    assert step_views.ordinal(number) == f"{number}th"


@pytest.mark.parametrize(
    ("number", "text"),
    [(1, "first"), (10, "tenth"), (21, "21st"), (22, "22nd"), (23, "23rd"), (101, "101st")],
)
def test_other_ordinals_end_as_they_do_in_english(number, text):
    assert step_views.ordinal(number) == text


@pytest.mark.parametrize(
    ("reason", "left"),
    [
        ("Webex refused it. Nothing was changed.", "Webex refused it."),
        ("Busy. Nothing was changed. Please try again.", "Busy. Please try again."),
        ("It is another account, so nothing was changed. Ask.", "It is another account. Ask."),
        ("It is gone.", "It is gone."),
    ],
)
def test_the_reason_of_a_step_claims_nothing_about_the_others(reason, left):
    assert step_views.without_claim(reason) == left


def test_of_many_steps_it_is_told_which_are_others_and_how_many():
    before, after = plan(3), plan(3)
    changed = step(2, "Add another phone")
    fifth = step(5, "Add phone 5")
    after = after.model_copy(update={"steps": (after.steps[0], changed, fifth)})
    assert differences.differences(before, after) == [
        "This has changed since you saw it:",
        "1 step is changed: Add another phone.",
        "1 step is new: Add phone 5.",
        "1 step is no longer there: Change its tags.",
    ]


def test_of_hundreds_of_steps_the_first_that_are_others_are_named():
    before, after = plan(400), plan(400)
    others = tuple(step(number, f"Other {number}") for number in range(1, 401))
    after = after.model_copy(update={"steps": others})
    assert differences.differences(before, after)[1:] == [
        "400 steps are changed: Other 1; Other 2; Other 3; and 397 more."
    ]


def test_the_only_step_of_a_plan_is_not_told_as_one():
    after = plan(1).model_copy(update={"steps": (step(1, "Other"),)})
    assert differences.differences(plan(1), after)[1:] == ["Something that this card leaves out."]


def test_a_phone_that_was_removed_and_added_again_is_told_as_that():
    def planned(device: str, mac: str) -> Plan:
        details = {"device": device, "mac": mac}
        return plan(1).model_copy(
            update={"steps": (step(1).model_copy(update={"details": details}), step(2))}
        )

    again = differences.differences(planned("a", "00005E005301"), planned("b", "00:00:5E:00:53:01"))
    assert again[1:] == ["The phone was removed and added again meanwhile."]
    other = differences.differences(planned("a", "00005E005301"), planned("b", "00005E005302"))
    assert other[1:] == ["1 step is changed: Delete the old phone."]
    unknown = differences.differences(planned("a", ""), planned("b", ""))
    assert unknown[1:] == ["1 step is changed: Delete the old phone."]


REFUSED = "Webex refused it."  # what is kept of a refusal that has no sentence of ours


def test_where_no_reason_is_kept_webex_is_quoted_as_long_as_its_words_are_known():
    steps = [record(1, DONE), record(2, FAILED, reason=REFUSED)]
    problem = WebexError(400, "Device is busy today.")
    quoted = step_views.with_words(steps, {"step 2": problem})
    assert step_views.lines(quoted)[1] == (
        "The second (Add the new phone) was refused: Webex says “Device is busy today”."
    )
    assert step_views.lines(step_views.with_words(steps, {}))[1] == (
        "The second (Add the new phone) was refused. I do not keep what Webex said about it."
    )
    known = [record(1, DONE), record(2, FAILED)]
    assert step_views.with_words(known, {"step 2": problem}) == known


def test_what_is_left_is_told_with_the_command_that_finishes_it():
    left = Remainder("Bob has none.", "add phone")
    failed, stopped = records(DONE, FAILED), records(DONE, SKIPPED)
    assert step_views.to_finish(left, failed) == [
        "Bob has none.",
        "To finish it, fix the cause and type: add phone",
    ]
    assert step_views.to_finish(left, stopped)[1] == "To finish it, type: add phone"
    assert step_views.to_finish(left, records(DONE, UNCLEAR)) == []
    assert step_views.to_finish(None, failed) == []


def webex_problems() -> list[WebexError]:
    """One of each kind that has a sentence, and one that has none."""
    kinds = [kind for kind, _ in error_messages.MESSAGES_BY_TYPE if kind is not RateLimited]
    texts = [text for text, _ in error_messages.MESSAGES_BY_TEXT]
    return [
        RateLimited(429, "no", retry_after=20.0),
        *(kind(500, "no") for kind in kinds),
        *(WebexError(400, text) for text in (*texts, "no")),
    ]


def test_no_reason_that_is_kept_of_a_step_claims_that_nothing_was_changed():
    reasons = [error_messages.for_storage(problem) for problem in webex_problems()]
    reasons += [str(Unchecked()), STARTED_TOO_LATE, NOT_UNDERSTOOD]
    assert sum(bool(NOTHING.search(reason)) for reason in reasons) > len(reasons) / 3
    left = [step_views.without_claim(reason) for reason in reasons]
    assert [reason for reason in left if NOTHING.search(reason) or not reason] == []


def test_half_done_is_no_advice_to_ask_for_the_whole_again():
    again = "Webex is away. Please try again in a few minutes, or tell an admin."
    failed = record(2, FAILED, reason=again, reference="Webex 503")
    sentence = "The second (Add the new phone) was not done: Webex is away."
    assert step_views.lines([record(1, DONE), failed])[1] == sentence
    assert again in step_views.summary([record(1, FAILED), failed])


@pytest.mark.parametrize(
    ("states", "stopped", "headline"),
    [
        ((DONE, FAILED), False, "Partly done: "),
        ((DONE, SKIPPED), True, "Stopped: "),
        ((FAILED, SKIPPED), False, "Not done: "),
        ((UNCLEAR, SKIPPED), False, "Not certain: "),
        ((DONE, UNKNOWN), False, "Not certain: "),
    ],
)
def test_the_headline_of_the_card_says_how_it_ended(states, stopped, headline):
    steps = records(*states)
    ended = request(steps, stopped=stopped)
    text = render.to_text(step_views.half_done(ended, plan(len(steps)), steps))
    assert text.startswith(headline)
    assert ("Please check in Control Hub" in text) is (UNKNOWN in states)


def told(ended: Request, steps: Sequence[StepRecord]) -> Iterator[str]:
    """Everything that anybody reads about the end of a request with these steps."""
    planned = plan(len(steps))
    votes = [Vote(person_id="b", email="bo@acme.example", verdict=APPROVE, reason="", at=BEGAN)]
    trail = [("waiting", BEGAN - 50), ("approve", BEGAN - 9), ("running", BEGAN)]
    yield step_views.notice(ended, planned, steps)
    yield decision_views.final(ended, votes, LOCAL)
    yield decision_views.notice(ended, decision_views.final(ended, votes, LOCAL), votes, LOCAL)
    state, outcome = State(ended.state), views.half_done_outcome(ended)
    yield describe(ended.code, state, "", "at 11:07 UTC", outcome)
    yield " ".join(timeline.summary(ended, trail, votes, LOCAL, steps))
    yield " ".join(timeline.lines(ended, trail, votes, LOCAL, steps))
    yield listings.state(ended, BEGAN)
    if views.was_stopped(ended):
        yield listings.cancelled(ended, [], BEGAN)
    if ended.state not in ENDED:
        yield views.restart_notice(ended)
    yield render.to_text(views.details(ended, [], BEGAN, step_views.entries(steps, LOCAL)))
    if len(steps) > 1:
        yield render.to_text(step_views.half_done(ended, planned, steps))


def every_journal() -> list[tuple[str, ...]]:
    """All combinations of states of one to four steps, of a request that has begun."""
    return [
        states
        for count in range(1, 5)
        for states in product(STATES, repeat=count)
        if set(states) - {PENDING, SKIPPED}
    ]


def _may_have_changed(states: Sequence[str]) -> bool:
    return bool(set(states) & {DONE, RUNNING, UNKNOWN, UNCLEAR})


@pytest.mark.parametrize("stopped", [False, True])
def test_nobody_is_told_that_nothing_was_changed_where_something_may_have_been(stopped):
    wrong = []
    for states in every_journal():
        steps = records(*states)
        ended = request(steps, stopped=stopped)
        assert journal.nothing_changed(steps) is not _may_have_changed(states)
        is_uncertain = bool(set(states) & {RUNNING, UNKNOWN, UNCLEAR})
        for text in told(ended, steps):
            if NOTHING.search(text) and _may_have_changed(states):
                wrong.append((states, text))
            if NOTHING_ELSE.search(text) and is_uncertain:
                wrong.append((states, text))
    assert wrong == []


@pytest.mark.parametrize("stopped", [False, True])
def test_every_step_that_is_done_is_named_with_its_count(stopped):
    for states in every_journal():
        if len(states) == 1:
            continue
        steps = records(*states)
        ended = request(steps, stopped=stopped)
        done = [TITLES[number] for number, state in enumerate(states) if state == DONE]
        if journal.request_state(steps, stopped=stopped) is State.DONE:
            continue  # its card tells what all steps together have done
        card = render.to_text(step_views.half_done(ended, plan(len(steps)), steps))
        assert all(title in card for title in done), states
        if done:
            assert f"{len(done)} of {len(states)} done: {'; '.join(done)}." in card
        late = describe("7K3F", State(ended.state), "", "", views.half_done_outcome(ended))
        if ended.state in (State.PARTLY, State.CANCELLED):
            assert all(title in late for title in done), states
        details = render.to_text(views.details(ended, [], BEGAN, step_views.entries(steps, LOCAL)))
        assert all(f"{title} · done at 11:06 UTC" in details for title in done), states


def test_a_step_that_was_stopped_before_it_began_has_no_time():
    stopped = record(3, SKIPPED, reason=STOPPED.format(who="Ann Alder"))
    entry = step_views.entry(stopped, LOCAL)
    assert entry == "3. Change its tags · not begun · Stopped by Ann Alder."


@pytest.mark.parametrize(
    ("states", "state", "is_warned"),
    [((DONE, UNKNOWN), "being checked", True), ((DONE, FAILED), "partly done", False)],
)
def test_the_details_warn_only_of_what_is_still_to_come(states, state, is_warned):
    steps = records(*states)
    planned = plan(2, warnings=("Its settings are lost.",)).model_dump(mode="json")
    shown = request(steps).model_copy(update={"plan": planned})
    text = render.to_text(views.details(shown, [], BEGAN))
    assert f"State: {state}" in text
    assert ("Its settings are lost." in text) is is_warned


def test_where_nothing_was_changed_that_is_said():
    for states in every_journal():
        if len(states) > 1 and not _may_have_changed(states):
            steps = records(*states)
            card = step_views.half_done(request(steps), plan(len(steps)), steps)
            assert "Nothing was changed." in render.to_text(card), states


def test_a_step_that_waits_for_its_spacing_says_when_it_begins():
    (waiting,) = records(PENDING)
    waiting = waiting.model_copy(update={"not_before": BEGAN + 90})
    told = f"not begun yet · begins {LOCAL.phrase(BEGAN + 90)} at the earliest"
    assert step_views.entry(waiting, LOCAL).endswith(told)
    done = waiting.model_copy(update={"state": DONE.value})
    assert "at the earliest" not in step_views.entry(done, LOCAL)
