"""Each call of adding a phone meets each fault. Several files let several workers share them."""

import pytest

from tests.outcomes.cases import check
from tests.outcomes.journeys import named

JOURNEYS = (
    "add phone",
    "add phone, by form",
    "add phone, in a workspace",
    "add phone, with a password",
)


@pytest.mark.timeout(600)  # seconds; hundreds of cases, on a machine that may be busy
@pytest.mark.parametrize("name", JOURNEYS)
def test_whatever_one_call_answers_people_are_told_the_truth(name: str):
    check(named(name))
