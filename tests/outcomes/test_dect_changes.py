"""Each call of reading, changing and deleting a DECT network or a part of it meets each fault."""

import pytest

from tests.outcomes.cases import check
from tests.outcomes.journeys import named

JOURNEYS = (
    "remove base",
    "remove handset",
    "change dect network",
    "delete dect network",
    "dect",
    "dect sheet",
)


@pytest.mark.timeout(600)  # seconds; hundreds of cases, on a machine that may be busy
@pytest.mark.parametrize("name", JOURNEYS)
def test_whatever_one_call_answers_people_are_told_the_truth(name: str):
    check(named(name))
