"""Each call of tagging, deleting, swapping, moving and resyncing a device meets each fault."""

import pytest

from tests.outcomes.cases import check
from tests.outcomes.journeys import named

JOURNEYS = (
    "tag",
    "tag, taking one away",
    "apply changes",
    "delete device",
    "delete device, approved",
    "delete device, rejected",
    "swap phone",
    "move phone",
    "undo of add phone",
)


@pytest.mark.timeout(600)  # seconds; hundreds of cases, on a machine that may be busy
@pytest.mark.parametrize("name", JOURNEYS)
def test_whatever_one_call_answers_people_are_told_the_truth(name: str):
    check(named(name))
