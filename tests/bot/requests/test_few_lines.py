"""A few typed lines are shown like one thing, a long list by its rows; DECT requests are both."""

from typing import Any

import pytest

from bot.core.models.local_time import utc
from bot.domain.dect_plans import TIME_NEEDED
from bot.domain.plan import Plan, RowCheck
from bot.requests import countdown, decision_views, differences, list_views, step_views, views
from tests.bot.requests.dect_examples import CREATE, NEW, base, handset, planned, records
from tests.bot.requests.list_examples import fits, request, shown, titles, wrong
from tests.bot.requests.test_countdown import SIZES

WHOLE = [CREATE, base(1, NEW), *handset(1, second=9, target=NEW), *handset(2, target=NEW)]
NOTES = ("This is what ZZ9A did not do.",)


def few(steps: Any = tuple(WHOLE), *checks: Any) -> Plan:
    return planned(steps, *checks).model_copy(update={"is_short": True})


def card_of(plan: Plan, *, needs_approval: bool = False, changes: tuple[str, ...] = ()) -> Any:
    return list_views.plan_of_few(
        request("draft"), plan, NOTES, status="Confirm within 15 minutes.",
        needs_approval=needs_approval, changes=changes,
    )  # fmt: skip


def test_few_lines_read_like_one_plan():
    card = card_of(few())

    assert shown(card) == (
        "Set up Ward 3\nRequest QH4A · Confirm within 15 minutes.\nLocation: Lyon\n"
        "1. Create the DECT network Ward 3 in Lyon\n"
        "2. Add the base station D8:2E:3E:00:00:01\n"
        "3. Add the handset “Handset 1” of Nurse 1\n"
        "4. Give the handset “Handset 1” a second line for Nurse 9\n"
        "5. Add the handset “Handset 2” of Nurse 2\n"
        f"{NOTES[0]}\n"
        "Or type: confirm QH4A, cancel QH4A"
    )
    assert titles(card) == ["Confirm", "Change", "Cancel"]
    assert fits(card)


def test_a_single_base_station_is_not_listed_below_its_own_title():
    assert "1. Add" not in shown(card_of(few([base(1)])))


def test_a_few_lines_are_not_counted():
    counted = few(WHOLE, wrong(3)).model_copy(
        update={"facts": (("Rows", "3"), ("Ready", "2"), ("Wrong", "1"), ("Location", "Lyon"))}
    )
    for card in (card_of(counted), approval(counted)):
        assert "Rows:" not in shown(card)
        assert "Location: Lyon" in shown(card)


def test_a_wrong_line_is_left_out_by_its_number():
    text = shown(card_of(few(WHOLE, wrong(3, "Nobody is called Zoe."))))
    assert "⚠ Line 3 is left out: Nobody is called Zoe." in text


def test_what_the_plan_says_already_is_not_said_of_its_lines():
    app = "Nurse 2 loses calling in the app."
    there = RowCheck(number=1, is_wrong=False, reason="The base station is there already.")
    both = RowCheck(number=2, is_wrong=False, reason=f"Nurse 2 is in Berlin. {app}")
    same = RowCheck(number=3, is_wrong=False, reason=app)
    plan = few(WHOLE, there, both, same).model_copy(update={"warnings": (app,)})
    told = [line for line in shown(card_of(plan)).splitlines() if line.startswith("⚠")]
    assert told == [
        f"⚠ {app}",
        "⚠ Line 1: The base station is there already.",
        "⚠ Line 2: Nurse 2 is in Berlin.",
    ]


@pytest.mark.parametrize(
    ("reason", "title", "end"),
    [
        ("Nobody is called Zoe.", list_views.NO_LINE_READY, "To correct it, press Change."),
        ("Nothing needs to be added.", list_views.NO_LINE_LEFT, "Nothing was changed."),
    ],
)
def test_lines_of_which_none_can_run_say_why_without_a_confirm(reason, title, end):
    card = card_of(few([], wrong(1, reason), wrong(2, reason)))

    assert shown(card).startswith(f"{title}\n{reason}\n")
    assert f"{end}\nRequest QH4A" in shown(card)
    assert titles(card) == ["Change", "Cancel"]


def approval(plan: Plan) -> Any:
    asked = request("waiting", plan=plan.model_dump(mode="json"))
    return decision_views.approval(asked, utc(0.0))


def test_approvers_see_the_same_of_few_lines_and_the_file_of_long_ones():
    text = shown(approval(few(WHOLE, wrong(3, "Nobody is called Zoe."))))

    assert "2. Add the base station D8:2E:3E:00:00:01" in text
    assert "⚠ Line 3 is left out: Nobody is called Zoe." in text
    assert titles(approval(few())) == ["Approve", "Reject"]
    assert titles(approval(planned(WHOLE))) == ["Approve", "Reject", "Show list"]


def test_approvers_see_all_parts_of_the_rows_of_a_long_list():
    assert (
        "Row 1: base station D8:2E:3E:00:00:01, handset “Handset 1” of Nurse 1, second line for"
        " Nurse 9\nRow 2: handset “Handset 2” of Nurse 2"
    ) in shown(approval(planned(WHOLE)))


def test_few_lines_run_step_by_step_with_the_time_they_need():
    takes = countdown.time_needed(few(), SIZES)
    card = step_views.running(request("running"), few(), takes)

    assert shown(card).startswith(
        "⏳ Set up Ward 3\nRequest QH4A · 5 steps · about 3 minutes\n1. Create the DECT network"
    )
    assert titles(card) == ["Stop"]


def test_a_plan_without_pauses_names_no_time():
    assert countdown.time_needed(few([base(1), base(2)]), SIZES) == ""
    assert countdown.time_needed(few(handset(1)), SIZES) == ""


def test_the_progress_of_few_lines_counts_steps():
    running = request("running", plan=few().model_dump(mode="json"))
    steps = records(WHOLE, "done", "done", "pending")
    assert step_views.progress(running, steps, 1.0).startswith("⏳ QH4A: 2 of 5 done")
    assert "2 of 5 steps are done" in step_views.stopping(running, steps)


def test_the_details_of_few_lines_have_each_step():
    steps = records(WHOLE, "done")
    entries = step_views.entries(steps, utc(0.0), is_short=True)
    assert [entry.partition(" ")[0] for entry in entries] == ["1.", "2.", "3.", "4.", "5."]


def test_what_changed_of_few_lines_is_told_by_lines():
    after = few(WHOLE[:2], wrong(2, "Nurse 2 has left."))
    assert differences.differences(few(), after)[1:3] == [
        "Line 2 is wrong now.",
        "Line 2: Nurse 2 has left.",
    ]


def test_the_time_needed_is_told_until_the_end():
    plan = few().model_copy(update={"facts": ((TIME_NEEDED, "about 3 minutes"),)})
    for state, is_told in (("running", True), ("done", False)):
        asked = request(state, plan=plan.model_dump(mode="json"))
        assert ("about 3 minutes" in shown(views.details(asked, [], 0.0))) is is_told


def test_whether_a_list_is_short_changes_no_plan():
    assert planned(WHOLE).digest() == few().digest()
    assert planned(WHOLE).is_still(few())


def test_a_plan_that_creates_a_network_first_is_about_a_list():
    plan = planned(WHOLE)
    assert plan.is_of_list
    assert plan.ready_rows == (1, 2)
    assert views.is_of_list(request("draft", plan=plan.model_dump(mode="json")))
