"""Each call of everything else meets each fault; and the table knows nothing besides."""

import pytest

from tests.outcomes import table, test_adding, test_codes, test_devices
from tests.outcomes.cases import check
from tests.outcomes.journeys import JOURNEYS, named

ELSEWHERE = (*test_adding.JOURNEYS, *test_codes.JOURNEYS, *test_devices.JOURNEYS)


@pytest.mark.timeout(600)  # seconds; hundreds of cases, on a machine that may be busy
@pytest.mark.parametrize(
    "name", [journey.name for journey in JOURNEYS if journey.name not in ELSEWHERE]
)
def test_whatever_one_call_answers_people_are_told_the_truth(name: str):
    check(named(name))


def test_the_table_tells_of_these_journeys_alone():
    rows = table.read(table.DOCUMENT.read_text(encoding="utf-8"))
    assert {where.journey for where in rows} == {journey.name for journey in JOURNEYS}
