"""Each call of creating an activation code or a DECT network meets each fault."""

import pytest

from tests.outcomes.cases import check
from tests.outcomes.journeys import named

JOURNEYS = ("activation code, in a space", "create dect network", "create dect network, approved")


@pytest.mark.timeout(600)  # seconds; hundreds of cases, on a machine that may be busy
@pytest.mark.parametrize("name", JOURNEYS)
def test_whatever_one_call_answers_people_are_told_the_truth(name: str):
    check(named(name))
