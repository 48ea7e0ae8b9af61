"""The results of requests about DECT networks: counts, half rows, a thousand rows, one sentence."""

from typing import Any

import pytest

from bot.domain.error_messages import NETWORK_IS_GONE
from bot.domain.lists.answer import RowStatus
from bot.domain.lists.rows import ListRow, ReadList
from bot.domain.plan import RowCheck
from bot.requests import list_files, list_rows, list_views, row_results
from tests.bot.requests.dect_examples import (
    CREATE,
    NEW,
    base,
    handset,
    planned,
    records,
)
from tests.bot.requests.list_examples import fits, record, request, rows_of, shown, titles

STEPS = (base(2), base(3), *handset(2, second=9), *handset(4))
FOLLOW_UPS = {"Show network": "dect Ward 3"}
UNDO = {"title": "", "undo": {"operation": "undo set up dect", "inputs": {}}}


def result(state: str, steps: Any, journal: Any, **more: Any) -> Any:
    plan = planned(steps).model_copy(update={"is_short": more.pop("is_short", False)})
    notes = more.pop("notes", ())
    answers = list_rows.answers(plan, journal)
    ended = request(state, **more)
    return list_views.result(ended, plan, journal, answers, notes, FOLLOW_UPS)


def test_the_result_counts_what_was_added_not_rows():
    again = {"title": "Set up Ward 3", "again": "add handset", "again_title": "Add another"}
    card = result("done", STEPS, records(STEPS, "done"), outcome={**again, **UNDO, "title": "S"})

    assert shown(card).startswith(
        "✓ S\nBases added: 2\nHandsets added: 2\nSecond lines set: 1\nRequest QH4A"
    )
    assert titles(card) == ["Undo", "Show network", "Add another"]
    assert fits(card)


def test_half_a_row_is_told_in_words_with_the_owner():
    refused = "Webex refused it: Nurse 9 has no extension."
    journal = records(STEPS, "done")
    journal[3] = record(STEPS[3], "failed", number=4, reason=refused, tracking_id="T-1")

    card = result("partly", STEPS, journal, outcome=UNDO)

    assert shown(card).startswith(
        "Partly done: Set up Ward 3\nBases added: 2\nHandsets added: 2\nFailed: 1\n"
        "Row 2 (Nurse 2): The base station was added. The handset was added. The second line was"
        f" not added: {refused}"
    )
    assert titles(card) == ["Retry failed", "Undo", "Show network"]


@pytest.mark.parametrize(
    ("state", "reason", "is_told"),
    [
        ("partly", "It was refused.", True),
        ("cancelled", "It was refused.", True),
        ("partly", NETWORK_IS_GONE, False),
    ],
)
def test_that_the_network_was_created_is_told_where_nothing_else_was(state, reason, is_told):
    steps = (CREATE, base(2, NEW))
    journal = records(steps, "done", "failed", reason=reason)

    text = shown(result(state, steps, journal, outcome=UNDO, stopped_by="tom@example.com"))

    assert ("The DECT network Ward 3 was created in Lyon." in text) == is_told


def test_a_base_station_that_failed_is_named_by_its_mac():
    journal = [record(STEPS[1], "failed", reason="It is in use.")]
    card = result("failed", STEPS[1:2], journal, is_short=True)
    assert "Line 3 (D8:2E:3E:00:00:03): It is in use." in shown(card)
    assert "in the file" not in shown(card)


def test_all_that_failed_of_a_few_lines_is_told_whole_and_counted():
    journal = records(STEPS, "done")
    journal[0] = record(STEPS[0], "failed", number=1, reason="It is in use." + " Oh." * 80)
    journal[2] = record(STEPS[2], "failed", number=3, reason="Give it an extension.")

    card = result("partly", STEPS, journal, outcome=UNDO, is_short=True)

    assert "\nFailed: 2\n" in shown(card)
    assert "The base station D8:2E:3E:00:00:02 was not added: It is in use. Oh." in shown(card)
    assert "The handset was not added: Give it an extension." in shown(card)
    assert fits(card)


def test_lines_that_were_left_out_are_told_again_with_the_result():
    wrong = RowCheck(number=3, is_wrong=True, reason="I am not sure who “bob” is.")
    plan = planned(STEPS[:1], wrong).model_copy(update={"is_short": True})
    journal = records(STEPS[:1], "done")
    done = request("done", outcome={"title": "S"})

    card = list_views.result(done, plan, journal, list_rows.answers(plan, journal))

    assert "Left out: 1" in shown(card)
    assert "Line 3 is left out: I am not sure who “bob” is." in shown(card)


def test_the_running_card_names_the_network_and_all_parts_of_a_row():
    steps = (CREATE, base(2, NEW), *handset(2, target=NEW), base(3, NEW))
    assert list_rows.titles(planned(steps)) == [
        CREATE.title,
        "Add base station D8:2E:3E:00:00:02, handset “Handset 2” of Nurse 2",
        "Add the base station D8:2E:3E:00:00:03",
    ]


def test_a_notice_says_what_was_added_of_rows_that_are_not_done():
    journal = [*records(STEPS[:4:2], "done"), record(STEPS[3], "skipped")]
    assert list_rows.summary(planned(STEPS), journal) == (
        "0 of 1 row done, 1 not begun. Bases added: 1, Handsets added: 1."
    )


def test_handsets_without_a_base_station_cannot_be_paired():
    steps = (CREATE, base(2, NEW), *handset(2, target=NEW))
    journal = records(steps, "done", "failed", "done")
    assert "The new network has no base station yet." in shown(result("partly", steps, journal))
    assert "no base station" not in shown(result("done", steps, records(steps, "done")))


def test_a_network_that_was_refused_is_tried_again_and_not_shown():
    steps = (CREATE, base(2, NEW))
    journal = [
        record(CREATE, "failed", reason="The name is in use."),
        record(steps[1], "skipped", number=2),
    ]
    assert titles(result("failed", steps, journal)) == ["Retry failed"]


def test_a_row_that_was_stopped_half_way_is_named_and_the_rest_counted():
    journal = [
        *records(STEPS[:3], "done"),
        *(record(step, "skipped", reason="Stopped by Tom.") for step in STEPS[3:]),
    ]
    card = result("cancelled", STEPS, journal, stopped_by="tom@example.com", outcome=UNDO)

    text = shown(card)
    assert "Row 2 (Nurse 2): The base station was added. The handset was added." in text
    assert text.count("\nStopped by Tom.\n") == 1  # once for all rows that never began
    assert titles(card) == ["Run the rest", "Undo", "Show network"]


def test_parts_of_a_row_with_the_same_end_say_it_once():
    steps = (base(2), *handset(2))
    journal = [record(step, "skipped", reason="Stopped by Tom.") for step in steps]
    answer = list_rows.answers(planned(steps), journal)[2]
    assert (answer.status, answer.reason) == (RowStatus.NOT_BEGUN, "Stopped by Tom.")


def test_a_network_that_is_gone_is_told_once():
    steps = [step for row in range(2, 102) for step in handset(row)]
    gone = NETWORK_IS_GONE.replace(" Nothing was changed.", "")
    journal = [
        *records(steps[:10], "done"),
        *(record(step, "failed", reason=gone) for step in steps[10:60]),
        *(record(step, "skipped", reason=row_results.NETWORK_GONE) for step in steps[60:]),
    ]

    text = shown(result("partly", steps, journal, outcome=UNDO))

    assert text.count("deleted meanwhile") == 1
    assert "nothing more could be added to it (90 rows)." in text
    assert "does not exist any more" not in text
    assert "Failed: 50\nNot begun: 40\n" in text


def a_thousand(state: str, **more: Any) -> Any:
    name = "Ann-Sophie Alder-Birkenstock of the third floor, behind the kitchen. "
    steps = [
        step for row in range(2, 1002) for step in (base(row), *handset(row, 5_000 + row, name))
    ]
    return result(state, steps, records(steps, state_of(state), **more), notes=("Sheet." * 20,))


def state_of(request_state: str) -> str:
    return {"done": "done", "failed": "failed", "cancelled": "skipped"}[request_state]


@pytest.mark.parametrize(
    ("state", "more"),
    [("done", {}), ("failed", {"reason": "It was refused. " * 60}), ("cancelled", {})],
)
def test_the_cards_of_a_thousand_rows_fit(state, more):
    assert fits(a_thousand(state, **more))


def test_the_file_has_the_columns_of_the_input_and_what_became_of_each_row():
    read = ReadList(
        ("Base MAC", "Owner"),
        (
            ListRow(2, base="D82E3E000002", owner="n2@x.y", cells=("D8:2E:3E:00:00:02", "n2@x.y")),
            ListRow(3, owner="n3@x.y", cells=("", "n3@x.y")),
        ),
    )
    steps = (base(2), *handset(2), *handset(3))
    journal = [
        record(steps[0]),
        record(steps[1], "failed", reason="No licence.", tracking_id="T-7"),
        record(steps[2]),
    ]
    plan = planned(steps)
    ended = request("partly", plan=plan.model_dump(mode="json"))

    rows = rows_of(list_files.result_file(ended, read, list_rows.answers(plan, journal)).content)

    assert rows == [
        {"Base MAC": "D8:2E:3E:00:00:02", "Owner": "n2@x.y", "status": "failed",
         "reason": "The base station was added. The handset was not added: No licence.",
         "tracking id": "T-7"},
        {"Base MAC": "", "Owner": "n3@x.y", "status": "added", "reason": "", "tracking id": ""},
    ]  # fmt: skip


def test_a_network_that_was_not_created_leaves_all_rows_to_be_tried_again():
    steps = (CREATE, base(1, NEW), *handset(2, target=NEW))
    journal = [record(CREATE, "failed", reason="No."), *records(steps[1:], "skipped")]
    assert list_rows.to_retry(list_rows.answers(planned(steps), journal)) == [1, 2]
    text = shown(result("failed", steps, journal, outcome={"title": ""}))
    assert "Not begun: 2\n" in text
    assert "(Create the DECT network Ward 3 in Lyon) was not done: No." in text
