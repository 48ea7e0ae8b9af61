"""Each call of setting up a DECT network, and of adding to one, meets each fault."""

import pytest

from tests.outcomes.cases import check
from tests.outcomes.journeys import named

JOURNEYS = ("set up dect", "add base", "add handset")


@pytest.mark.timeout(600)  # seconds; hundreds of cases, on a machine that may be busy
@pytest.mark.parametrize("name", JOURNEYS)
def test_whatever_one_call_answers_people_are_told_the_truth(name: str):
    check(named(name))
