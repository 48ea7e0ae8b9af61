"""The cards of lists before they run, and the states of their rows."""

import pytest

from bot.core.models.local_time import utc
from bot.domain.lists.answer import RowStatus
from bot.domain.plan import RowCheck
from bot.operations.actions import steps as actions
from bot.requests import (
    decision_views,
    differences,
    list_rows,
    step_views,
)
from cards import render
from tests.bot.requests.list_examples import (
    check,
    planned,
    record,
    request,
    shown,
    step,
    titles,
    wrong,
)
from tests.cards import rules


@pytest.mark.parametrize(
    ("action", "status"),
    [
        (actions.ADD_PHONE, "added"),
        (actions.ACTIVATION_CODE, "code sent"),
        (actions.DELETE_DEVICE, "deleted"),
        (actions.TAG, "tagged"),
    ],
)
def test_a_row_that_is_done_is_called_by_what_was_done(action: str, status: str):
    row = step(2, action)

    assert list_rows.answers(planned([row]), [record(row)])[2].status == status


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("pending", "not begun"),
        ("skipped", "not begun"),
        ("running", "unknown"),
        ("unknown", "unknown"),
        ("failed", "failed"),
    ],
)
def test_a_row_that_is_not_done_is_called_by_its_state(state: str, status: str):
    row = step(2)

    assert list_rows.answers(planned([row]), [record(row, state)])[2].status == status


def test_a_failed_row_that_may_be_done_is_unknown():
    row = step(2)

    answers = list_rows.answers(planned([row]), [record(row, "failed", unclear=True)])

    assert answers[2].status == RowStatus.UNKNOWN


@pytest.mark.parametrize(
    ("state", "unclear", "sentence"),
    [
        ("failed", False, "Its tags were not set. Too many tags."),
        ("failed", True, "I do not know whether its tags were set. Too many tags."),
        ("unknown", False, "I do not know whether its tags were set. Too many tags."),
    ],
)
def test_a_phone_without_its_tags_is_added_and_says_so(state: str, unclear: bool, sentence: str):
    add, tags = step(2), step(2, actions.TAG, key="row 2 tags")
    steps = [record(add), record(tags, state, reason="Too many tags.", unclear=unclear)]

    answers = list_rows.answers(planned([add, tags]), steps)

    assert (answers[2].status, answers[2].reason) == (RowStatus.ADDED, sentence)
    assert list_rows.to_retry(answers) == []


def test_a_lost_code_can_be_retried_and_a_lost_password_cannot():
    code, phone = step(2, actions.ACTIVATION_CODE), step(3)
    made = {"title": "", "secret_facts": [["Valid until", "soon"]], "secret_lost": "It is lost."}
    steps = [record(code, result=made), record(phone, result=made)]

    answers = list_rows.answers(planned([code, phone]), steps, ["row 2", "row 3"])

    assert answers[2].status == RowStatus.UNKNOWN
    assert (answers[3].status, answers[3].reason) == (RowStatus.ADDED, "It is lost.")
    assert list_rows.to_retry(answers) == [2]


def test_rows_are_counted_with_those_that_were_not_done():
    steps = [step(row) for row in (2, 3, 4, 5)]
    records = [record(steps[0]), record(steps[1], "failed"), record(steps[2], "skipped"),
               record(steps[3], "unknown")]  # fmt: skip

    summary = list_rows.summary(planned(steps, wrong(6)), records)

    assert summary == "1 of 4 rows done, 1 failed, 1 not begun, 1 unknown."


def test_tags_are_no_row_of_their_own():
    add, tags = step(2), step(2, actions.TAG, key="row 2 tags")

    assert list_rows.progress([record(add), record(tags, "done")]) == "1 of 1 row done"
    assert list_rows.progress([record(add), record(tags, "skipped")]) == "1 of 1 row done"


def test_a_row_is_done_only_with_its_tags():
    add, tags = step(2), step(2, actions.TAG, key="row 2 tags")

    assert list_rows.progress([record(add), record(tags, "pending")]) == "0 of 1 row done"


def test_the_running_card_and_the_details_are_about_rows():
    steps = [
        each
        for row in range(2, 14)
        for each in (step(row), step(row, actions.TAG, "Tags", key=f"row {row} tags"))
    ]
    records = [record(each) for each in steps[:-1]]
    records.append(record(steps[-1], "failed", reason="The device is gone."))

    running = shown(step_views.running(request("running"), planned(steps)))
    entries = step_views.entries(records, utc(0.0))

    assert "Request QH4A · 12 rows" in running
    assert "for Tags" not in running
    assert entries[0] == "12 rows: 11 done, 1 not done"
    assert entries[1].startswith("Row 13: Add a Cisco 8865 for Tags · not done")
    assert entries[-1] == "and 2 more"
    assert all("for Tags" not in entry for entry in entries[2:])


def test_the_check_names_five_wrong_rows_and_counts_the_others():
    text = shown(check(planned([step(2)], *(wrong(row) for row in range(3, 12)))))

    assert "Row 7: The row has no owner." in text
    assert "Row 8:" not in text
    assert "and 4 more, in the file" in text
    assert "Confirm runs the 1 ready row and leaves out 9." in text


def test_the_check_counts_rows_with_a_warning_and_tells_notes_of_the_reader():
    warned = RowCheck(number=2, is_wrong=False, reason="Webex lists it later.")

    text = shown(check(planned([step(2), step(3)], warned), "The workbook has 3 sheets."))

    assert "With warnings: 1 row, in the file" in text
    assert "The workbook has 3 sheets." in text
    assert "Confirm runs all 2 ready rows." in text


def test_rows_with_a_warning_of_their_own_are_named_first():
    same = [RowCheck(number=n, is_wrong=False, reason="Webex lists it later.") for n in (2, 3, 4)]
    guess = RowCheck(number=5, is_wrong=False, reason="I read “Hugo Petitt” as Hugo Petit.")
    plan = planned([step(row) for row in (2, 3, 4, 5)], *same, guess)
    asked = request("waiting", plan=plan.model_dump(mode="json"))

    for text in (shown(check(plan)), shown(decision_views.approval(asked, utc(0.0)))):
        assert "With warnings: 4 rows, in the file\n" in text
        assert "Row 5: I read “Hugo Petitt” as Hugo Petit.\nRow 2: Webex lists" in text
        assert "Row 4: Webex lists it later." not in text


def test_wrong_rows_leave_less_room_for_warnings():
    warned = [RowCheck(number=n, is_wrong=False, reason="Webex lists it later.") for n in (2, 3)]
    plan = planned([step(2), step(3)], *warned, *(wrong(row) for row in range(4, 8)))

    text = shown(check(plan))

    assert "Row 7: The row has no owner.\nRow 2: Webex lists it later.\n" in text
    assert "Row 3: Webex lists" not in text


def test_approvers_read_whose_phones_a_list_is_about():
    steps = [
        step(2),
        step(2, actions.TAG, key="row 2 tags"),
        step(3, actions.ACTIVATION_CODE, name="Bob Keller"),
    ]
    asked = request("waiting", plan=planned(steps).model_dump(mode="json"))

    text = shown(decision_views.approval(asked, utc(0.0)))

    assert "Row 2: D8:2E:3E:00:00:02, Cisco 8865 for Ann Alder\n" in text
    assert "Row 3: activation code, Cisco 8865 for Bob Keller\n" in text
    assert "Add a Cisco 8865" not in text


def test_approvers_of_a_long_list_read_its_first_rows():
    plan = planned([step(row) for row in range(2, 20)])

    text = shown(decision_views.approval(request("waiting", plan=plan.model_dump()), utc(0.0)))

    assert "Row 9: " in text
    assert "Row 10: " not in text
    assert "and 10 more, in the file" in text


def test_a_check_that_needs_approval_says_so_and_asks_why():
    card = check(planned([step(2), step(3)]), needs_approval=True, status="needs approval")

    assert "Confirm asks for approval of all 2 ready rows." in shown(card)
    assert rules.inputs(render.to_content(card)) == ["reason"]


def test_without_a_ready_row_nothing_can_be_confirmed():
    card = check(planned([], wrong(2)), needs_approval=True)

    assert titles(card) == ["Change", "Cancel"]
    assert rules.inputs(render.to_content(card)) == []


def test_a_list_of_what_is_there_already_needs_no_correction():
    own = "Grace Lam already has this phone, the Cisco 8865 D8:2E: nothing needs to be added."

    text = shown(check(planned([], wrong(2, own), wrong(3, f"It was accepted. {own}"))))
    mixed = shown(check(planned([], wrong(2, own), wrong(3))))

    assert text.startswith("This list has nothing left to do\n")
    assert "All rows already match Webex. Nothing was changed." in text
    assert "correct the list" not in text
    assert "Please correct the list" in mixed


def test_rows_that_changed_are_named_with_their_numbers():
    before = planned([step(2), step(3), step(4)], wrong(5))
    other = step(4).model_copy(update={"subject": "PEOPLE:other"})
    after = planned([step(2), other, step(5)], wrong(3, "It is in use."))

    assert differences.differences(before, after) == [
        "This has changed since you saw it:",
        "Row 3 is wrong now.",
        "Row 3: It is in use.",
        "Row 5 is ready now.",
        "Row 4 is different now.",
    ]


def test_a_step_that_all_rows_build_on_is_named_instead_of_the_rows():
    first = step(2).model_copy(update={"key": "network", "title": "Create the network"})
    rows = [step(2), step(3)]
    later = [each.model_copy(update={"after": ("network",)}) for each in rows]

    assert differences.differences(planned([first, *later]), planned(rows))[1:] == [
        "No longer needed: Create the network."
    ]
    assert differences.differences(planned(rows), planned([first, *later]))[1:] == [
        "Needed now: Create the network."
    ]
    nothing_runs = planned([], wrong(2), wrong(3))
    assert not any(
        "No longer needed" in text
        for text in differences.differences(planned([first, *later]), nothing_runs)
    )


def test_of_many_changed_rows_the_first_are_named():
    before = planned([step(row) for row in range(2, 32)])
    after = planned([step(2)], *(wrong(row) for row in range(3, 32)))

    assert "Rows 3, 4, 5, 6, 7, 8, 9, 10 and 21 more are wrong now." in differences.differences(
        before, after
    )
