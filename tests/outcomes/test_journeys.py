"""Every operation and question has a journey, and each works where nothing goes wrong."""

import pytest

from tests.outcomes.cloud import ADMIN, Call
from tests.outcomes.faults import NAMES
from tests.outcomes.journeys import JOURNEYS, Journey, names_without_journey
from tests.outcomes.run import UNNOTICED, played
from tests.outcomes.table import Where, cells, read, replaced, written


def test_every_operation_and_question_has_a_journey():
    assert not names_without_journey(), "Add a journey to tests/outcomes/journeys.py."


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.name)
def test_a_journey_works_where_nothing_goes_wrong(journey: Journey):
    result = played(journey)
    assert (result.cell, result.wrong) == (UNNOTICED, [])


def test_a_journey_makes_the_same_calls_each_time():
    assert played(JOURNEYS[0]).calls == played(JOURNEYS[0]).calls


def test_the_table_is_read_as_it_was_written():
    call, row = (
        Call(ADMIN, "GET", "people?email"),
        cells({("401", False): "·l", ("401", True): "a"}),
    )
    rows = {
        Where(call, done, journey, act): row
        for done in (False, True)
        for journey, act in (("add phone", "typed"), ("add phone", "Confirm"), ("tag", "typed"))
    }
    assert row[0] == "la"
    assert len(row) == len(NAMES)
    assert (
        read(
            replaced(
                "Above\n<!-- outcomes: begin -->\nold\n<!-- outcomes: end -->\n", written(rows)
            )
        )
        == rows
    )
