"""The cards, sentences and files of lists, also of lists with a thousand rows."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import pytest

from bot.actions import steps as actions
from bot.core.models.local_time import utc
from bot.core.models.requests import Request
from bot.core.models.steps import StepRecord
from bot.domain.lists.answer import RowStatus
from bot.domain.lists.rows import ListRow, ReadList
from bot.domain.lookup import row_checks
from bot.domain.plan import Plan, PlannedCall, RowCheck, Step
from bot.requests import (
    decision_views,
    differences,
    list_files,
    list_rows,
    list_secrets,
    list_views,
    step_views,
)
from bot.requests.runs import Run
from bot.requests.step_transitions import RunState
from cards import render
from tests.bot.requests.fixtures import DIRECT, ELI
from tests.cards import rules

MANY = 1_000
LONG = "Ann-Sophie Alder-Birkenstock of the third floor, behind the kitchen. " * 12


def request(state: str, **more: Any) -> Request:
    return Request(
        code="QH4A", state=state, version=3, operation="add phones", event_id="e",
        requester=ELI, place=DIRECT, inputs={}, created_at=0.0, changed_at=0.0,
        changed_by=ELI.email, **more,
    )  # fmt: skip


def step(row: int, action: str = actions.ADD_PHONE, name: str = "Ann Alder", **more: Any) -> Step:
    return Step(
        key=more.pop("key", f"row {row}"),
        action=action,
        title=f"Add a Cisco 8865 for {name}",
        call=PlannedCall(method="POST", path="/devices"),
        subject=f"PEOPLE:{row}",
        details={
            "owner_name": name,
            "name": "Cisco 8865",
            "mac": f"D82E3E{row:06X}",
            "tags": more.pop("tags", ""),
        },
        **more,
    )


def planned(steps: Sequence[Step], *checks: RowCheck) -> Plan:
    facts = (("Rows", str(len(steps))), ("Location", "Berlin"))
    return Plan(
        title=f"Add {len(steps)} phones",
        facts=facts,
        steps=tuple(steps),
        checks=checks,
        on_refusal="go on",
    )


def record(step: Step, state: str = "done", **more: Any) -> StepRecord:
    number = more.pop("number", 1)
    attempts = more.pop("attempts", int(state != "pending" and state != "skipped"))
    return StepRecord(
        request="QH4A", number=number, key=step.key, spec=step.model_dump_json(), state=state,
        attempts=attempts, changed_at=0.0, **more,
    )  # fmt: skip


def wrong(row: int, reason: str = "The row has no owner.") -> RowCheck:
    return RowCheck(number=row, is_wrong=True, reason=reason)


def shown(card: Any) -> str:
    return render.to_text(card)


def titles(card: Any) -> list[str]:
    return [action["title"] for action in render.to_content(card).get("actions", [])]


def fits(card: Any) -> bool:
    """Whether Webex takes the card."""
    return rules.violations(render.to_content(card)) == []


def check(plan: Plan, *notes: str, **more: Any) -> Any:
    options: dict[str, Any] = {"status": "Confirm.", "needs_approval": False, "changes": ()}
    return list_views.check(request("draft"), plan, notes, **{**options, **more})


# What became of the rows


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
        ("failed", True, "Whether its tags were set is not certain. Too many tags."),
        ("unknown", False, "Whether its tags were set is not certain. Too many tags."),
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


# The check


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
    assert "All rows are already as the list asks for. Nothing was changed." in text
    assert "correct the list" not in text
    assert "Please correct the list" in mixed


# The differences at Confirm


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


def test_of_many_changed_rows_the_first_are_named():
    before = planned([step(row) for row in range(2, 32)])
    after = planned([step(2)], *(wrong(row) for row in range(3, 32)))

    assert "Rows 3, 4, 5, 6, 7, 8, 9, 10 and 21 more are wrong now." in differences.differences(
        before, after
    )


# The result


def result(state: str, plan: Plan, steps: Sequence[StepRecord], **more: Any) -> Any:
    ended = request(state, **more)
    return list_views.result(ended, plan, steps, list_rows.answers(plan, steps))


def test_a_stopped_list_can_run_its_rest():
    steps = [step(2), step(3)]
    records = [record(steps[0]), record(steps[1], "skipped", reason="Stopped by Tom.")]

    card = result("cancelled", planned(steps), records, stopped_by="tom@example.com")

    assert shown(card).startswith("Stopped: Add 2 phones\nAdded: 1\nNot begun: 1\nStopped by Tom.")
    assert titles(card) == ["Run the rest"]


def test_a_list_that_is_still_looked_up_has_no_retry():
    steps = [step(2), step(3)]
    records = [record(steps[0], "unknown"), record(steps[1])]

    card = result("unknown", planned(steps), records)

    assert titles(card) == []
    assert step_views.CHECK in shown(card)


def test_a_list_that_never_began_says_why():
    steps = [step(2), step(3)]
    records = [record(each, "skipped") for each in steps]
    why = {"title": "It was approved, but could not start in time. Nothing was changed."}

    text = shown(result("expired", planned(steps), records, outcome=why))

    assert "It was approved, but could not start in time." in text
    assert text.count("Nothing was changed.") == 1


def test_a_list_whose_facts_changed_was_not_stopped():
    steps = [step(2), step(3)]
    records = [record(each, "skipped") for each in steps]

    card = result("cancelled", planned(steps), records, outcome={"title": "Row 2 is wrong now."})

    assert shown(card).startswith("Not done: Add 2 phones\nNot begun: 2\nRow 2 is wrong now.\n")
    assert fits(result("cancelled", planned(steps), records))


def test_the_card_tells_of_phones_without_their_tags():
    add, tags = step(2), step(2, actions.TAG, key="row 2 tags")
    records = [record(add), record(tags, "failed", reason="The device is gone.")]

    text = shown(result("partly", planned([add, tags]), records))

    assert "Added: 1\nRow 2 (Ann Alder): Its tags were not set. The device is gone.\n" in text


def test_the_card_and_the_file_say_how_to_set_the_tags_that_are_left():
    phones = [step(row) for row in (2, 3, 4)]
    tags = [
        step(row, actions.TAG, key=f"row {row} tags", tags=change)
        for row, change in ((2, "+floor-3\n"), (3, "+floor-3\n"), (4, "+floor 4\n"))
    ]
    records = [*map(record, phones), *(record(each, "skipped") for each in tags)]
    plan = planned([*phones, *tags])

    text = shown(result("cancelled", plan, records))
    answers = list_rows.answers(plan, records)

    macs = "D8:2E:3E:00:00:02, D8:2E:3E:00:00:03"
    change = "type: tag devices +floor-3, and below it"
    assert f"To set the tag floor-3 on 2 phones, {change}: {macs}\n" in text
    command = "To set them, type: tag D8:2E:3E:00:00:02 +floor-3"
    assert answers[2].reason == f"Its tags were not set. {command}"
    assert answers[4].reason == "Its tags were not set."  # a tag with a blank cannot be typed


def test_the_card_and_the_file_tell_of_tags_that_must_wait():
    later = [
        RowCheck(number=2, is_wrong=False, reason=f"It starts later. {row_checks.TAGS_NOT_SET}"),
        RowCheck(number=3, is_wrong=False, reason=row_checks.TAGS_OF_CODE),
        RowCheck(number=4, is_wrong=False, reason=row_checks.TAGS_NOT_SET),
    ]
    steps = [step(2), step(3, actions.ACTIVATION_CODE), step(4), step(5)]
    plan = planned(steps, *later)
    records = [record(steps[0]), record(steps[1]), record(steps[2], "failed"), record(steps[3])]

    answers = list_rows.answers(plan, records)
    text = shown(result("partly", plan, records))

    sentence = "Its tags are not set yet. Please tag it when Webex lists it."
    assert [answer.reason for answer in answers.values()] == [sentence, sentence, "", ""]
    assert "The tags of 2 rows are not set yet." in text


def test_rows_that_were_being_sent_are_counted_and_named_once():
    steps = [step(row) for row in (2, 3, 4)]
    plan = planned(steps)
    records = (record(steps[0]), record(steps[1], "unknown"), record(steps[2], "unknown"))
    run = Run(RunState(request("unknown"), records), plan, lambda _state: None, None)

    sentence = run.first_checking()

    assert sentence.startswith("QH4A: Webex did not confirm 2 changes (rows 3 and 4). I am")
    assert run.first_checking() == ""


def test_an_approver_sees_whom_the_only_row_is_about():
    plan = planned([step(2)])

    text = shown(
        decision_views.approval(request("waiting", plan=plan.model_dump(mode="json")), utc(0.0))
    )

    assert "Row 2: D8:2E:3E:00:00:02, Cisco 8865 for Ann Alder" in text


# A thousand rows


def many(state: str, **more: Any) -> tuple[Plan, list[StepRecord]]:
    steps = [step(row, name=LONG[:120]) for row in range(2, MANY + 2)]
    checks = [wrong(row, LONG) for row in range(MANY + 2, 2 * MANY + 2)]
    records = [record(each, state, number=at, **more) for at, each in enumerate(steps, start=1)]
    return planned(steps, *checks), records


def test_no_card_of_a_long_list_is_too_big_for_webex():
    plan, records = many("failed", reason=LONG, reference=LONG[:200], tracking_id="T-1")
    plan = plan.model_copy(update={"warnings": (LONG,) * 50, "facts": (("Phones", LONG[:300]),)})
    asked = request("waiting", plan=plan.model_dump(mode="json"))
    few = planned(plan.steps[:1], *plan.checks)

    assert fits(check(plan, LONG, LONG, changes=(LONG,) * 20))
    assert fits(check(plan, changes=differences.differences(plan, few)))
    assert fits(result("failed", plan, records))
    assert fits(decision_views.approval(asked, utc(0.0)))
    running = step_views.running(asked, plan)
    assert not isinstance(running, str)
    assert fits(running)


def test_sentences_about_a_long_list_are_short():
    plan, records = many("failed", reason=LONG)

    assert len(step_views.notice(request("partly"), plan, records)) < 150
    assert step_views.progress(request("running"), records, 60.0).startswith(
        "⏳ QH4A: 0 of 1,000 rows done, 1,000 not done"
    )
    assert len(step_views.entries(records, utc(0.0))) == step_views.MAX_LISTED + 2


def test_the_check_and_the_result_of_a_long_list_are_files_of_all_rows():
    plan, records = many("failed", reason=LONG)
    answers = list_rows.answers(plan, records)

    assert len(answers) == 2 * MANY
    assert list_rows.counts(answers) == {RowStatus.WRONG: MANY, RowStatus.FAILED: MANY}


# Codes and passwords

CODE_RESULT = {"title": "", "secret_facts": [["Valid until", "Mon 12:00"]]}
SIP_RESULT = {
    "title": "", "secret_facts": [["SIP domain", "x"]],
    "facts": [["Rows", "2"], ["SIP user name", "u1"], ["SIP domain", "sip.example"]],
}  # fmt: skip


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_the_file_of_codes_has_what_is_entered_on_each_phone():
    code, made, typed = (
        step(2, actions.ACTIVATION_CODE),
        step(3),
        step(4, needs=("row 4/password",)),
    )
    records = [
        record(code, result=CODE_RESULT),
        record(made, result=SIP_RESULT),
        record(typed, result={**SIP_RESULT, "secret_facts": []}),
        record(step(5)),
    ]

    file = list_secrets.file(request("done"), records, {"row 2": "5414 0112", "row 3": "Kx7mQ"})

    assert file is not None
    assert file.name == "QH4A-codes.csv"
    assert file.text.startswith("Activation codes and SIP passwords of QH4A.")
    rows = rows_of(file.content)
    assert [(row["Row"], row["Activation code"], row["SIP password"]) for row in rows] == [
        ("2", "5414 0112", ""), ("3", "", "Kx7mQ"), ("4", "", "as in your list"),
    ]  # fmt: skip
    assert rows[1]["SIP user name"] == "u1"
    assert "Line ID" not in rows[1]


def test_the_file_of_codes_has_the_addresses_of_owners():
    steps = [step(2, actions.ACTIVATION_CODE), step(3, actions.ACTIVATION_CODE, name="Lobby")]
    records = [record(each, result=CODE_RESULT) for each in steps]
    rows = (ListRow(2, owner="ann@example.com"), ListRow(3, owner="Lobby"))
    known = {"row 2": "5414 0112", "row 3": "5414 0113"}

    file = list_secrets.file(request("done"), records, known, ReadList((), rows))

    assert file is not None
    assert [row["Email"] for row in rows_of(file.content)] == ["ann@example.com", ""]


def test_a_list_without_codes_has_no_file_of_them():
    assert list_secrets.file(request("done"), [record(step(2))], {}) is None


def test_where_files_are_refused_all_codes_come_as_messages():
    steps = [step(row, actions.ACTIVATION_CODE) for row in range(2, MANY + 2)]
    records = [record(each, result=CODE_RESULT) for each in steps]
    known = {each.key: f"{row:04} 0112" for row, each in enumerate(steps)}

    file = list_secrets.file(request("done"), records, known)

    assert file is not None
    assert max(len(text.encode()) for text in file.instead) <= rules.MOST_TEXT_BYTES
    text = "\n".join(file.instead)
    assert all(f"Activation code {code} " in text for code in known.values())


def test_lost_passwords_and_codes_are_counted():
    code, phone = step(2, actions.ACTIVATION_CODE), step(3)
    records = [record(code, result=CODE_RESULT), record(phone, result=SIP_RESULT)]

    sentences = list_secrets.sentences(request("done"), records, ["row 2", "row 3"])

    assert sentences[0].startswith("1 activation code is lost: provbot was restarted")
    assert sentences[1].startswith("1 SIP password is lost: provbot was restarted")
    assert len(sentences) == 2


def test_the_steps_of_other_long_requests_come_as_a_file():
    steps = [step(row, key=f"undo row {row}") for row in range(2, 24)]
    records = [record(each, number=at) for at, each in enumerate(steps, start=1)]

    file = list_files.steps_file(request("done"), records)

    assert file.name == "QH4A-steps.csv"
    assert rows_of(file.content)[0] == {
        "Step": "1", "What": "Add a Cisco 8865 for Ann Alder", "MAC": "D8:2E:3E:00:00:02",
        "Owner": "Ann Alder", "status": "done", "reason": "", "tracking id": "",
    }  # fmt: skip
    assert len(rows_of(file.content)) == len(steps)
