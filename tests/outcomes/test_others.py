"""Each call of everything else meets each fault; and the table knows nothing besides."""

from collections import defaultdict
from itertools import product

import pytest

from tests.outcomes import (
    test_adding,
    test_codes,
    test_dect_additions,
    test_dect_changes,
    test_devices,
)
from tests.outcomes.cases import check, documented_rows, is_played
from tests.outcomes.faults import NAMES, Fault
from tests.outcomes.journeys import JOURNEYS, named

FILES = (test_adding, test_codes, test_dect_additions, test_dect_changes, test_devices)
ELSEWHERE = {name for file in FILES for name in file.JOURNEYS}


@pytest.mark.timeout(600)  # seconds; hundreds of cases, on a machine that may be busy
@pytest.mark.parametrize(
    "name", [journey.name for journey in JOURNEYS if journey.name not in ELSEWHERE]
)
def test_whatever_one_call_answers_people_are_told_the_truth(name: str):
    check(named(name))


def test_the_table_tells_of_these_journeys_alone():
    assert {where.journey for where in documented_rows()} == {journey.name for journey in JOURNEYS}


def test_a_journey_of_each_call_meets_each_fault():
    same = defaultdict(list)
    for where in documented_rows():
        same[where.call, where.done].append(where)
    met = {
        (name, calls, lasting)
        for calls, wheres in enumerate(same.values())
        for name in NAMES
        for lasting in (False, True)
        if any(is_played(where, Fault(name, lasting)) for where in wheres)
    }
    assert {(name, calls) for name, calls, _ in met} == {*product(NAMES, range(len(same)))}
    assert {(name, lasting) for name, _, lasting in met} == {*product(NAMES, (False, True))}
