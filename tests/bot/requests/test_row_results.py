"""Rows that do several things: a base station, a handset, its second line."""

import pytest

from bot.core.models.webex import LocationRef, Owner, OwnerKind
from bot.domain.lists.answer import RowAnswer, RowStatus
from bot.operations.actions import dect_steps
from bot.operations.actions.dect_steps import Target
from bot.requests import list_rows
from tests.bot.requests.list_examples import planned, record

BOB = Owner(kind=OwnerKind.PERSON, id="bob", name="Bob Baker")
LOBBY = Target("Lobby", LocationRef("Lyon", "lyon"), "n1")
BASE = dect_steps.add_base("001122334455", LOBBY, 2)
HANDSET, SECOND = dect_steps.add_handset(BOB, "Bob", LOBBY, 2, second=BOB, spacing=90.0)
STEPS = (BASE, HANDSET, SECOND)


def answer(*states: str, reasons: dict[int, str] | None = None) -> RowAnswer:
    """That of row 2, whose steps are in these states."""
    records = [
        record(step, state, number=at, reason=(reasons or {}).get(at, ""))
        for at, (step, state) in enumerate(zip(STEPS, states, strict=True), start=1)
    ]
    return list_rows.answers(planned(STEPS), records)[2]


@pytest.mark.parametrize(
    ("states", "status"),
    [
        (("done", "done", "done"), RowStatus.ADDED),
        (("done", "failed", "skipped"), RowStatus.FAILED),
        (("done", "done", "failed"), RowStatus.FAILED),
        (("failed", "unknown", "pending"), RowStatus.UNKNOWN),
        (("done", "pending", "pending"), RowStatus.NOT_BEGUN),
        (("skipped", "skipped", "skipped"), RowStatus.NOT_BEGUN),
    ],
)
def test_the_worst_part_is_the_status_of_the_row(states, status):
    assert answer(*states).status is status


def test_what_is_done_of_a_row_is_told_where_something_is_not():
    told = answer("done", "done", "failed", reasons={3: "Webex refused it."})
    assert told.reason == (
        "The base station was added. The handset was added."
        " The second line was not added: Webex refused it."
    )


def test_a_row_that_is_done_needs_no_words():
    assert answer("done", "done", "done") == RowAnswer(RowStatus.ADDED)


def test_a_row_counts_once_and_only_when_all_of_it_is_done():
    records = [record(step, "done") for step in STEPS]
    assert list_rows.progress(records) == "1 of 1 row done"
    assert list_rows.progress([*records[:2], record(SECOND, "pending")]) == "0 of 1 row done"


def test_a_half_done_row_is_listed_by_what_is_not_done():
    records = [record(BASE), record(HANDSET), record(SECOND, "failed")]
    assert [step.key for step in list_rows.decisive_steps(records)] == ["row 2 line 2"]
    waiting = [record(BASE), record(HANDSET), record(SECOND, "pending")]
    assert [step.key for step in list_rows.decisive_steps(waiting)] == ["row 2 line 2"]
