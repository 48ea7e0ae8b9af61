"""The results and the files of lists, also of lists with a thousand rows."""

from bot.core.models.local_time import utc
from bot.domain.lists.answer import RowStatus
from bot.domain.lists.rows import ListRow, ReadList
from bot.domain.lookup import row_checks
from bot.domain.plan import RowCheck
from bot.operations.actions import steps as actions
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
from tests.bot.requests.list_examples import (
    CODE_RESULT,
    LONG,
    MANY,
    SIP_RESULT,
    check,
    fits,
    many,
    planned,
    record,
    request,
    result,
    rows_of,
    shown,
    step,
    titles,
)
from tests.cards import rules


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


def test_a_list_whose_codes_are_lost_does_not_end_with_a_tick():
    code = step(2, actions.ACTIVATION_CODE)
    made = {"title": "", "secret_facts": [["Valid until", "soon"]], "secret_lost": "It is lost."}
    plan, steps = planned([code]), [record(code, result=made)]
    answers = list_rows.answers(plan, steps, ["row 2"])

    card = list_views.result(request("done", outcome={"title": "Got 1 code"}), plan, steps, answers)

    assert shown(card).startswith("Some of it did not reach you")
