"""All cases: each call that a journey makes meets each fault.

The calls are those of a run without faults.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.outcomes import table
from tests.outcomes.cloud import ADMIN, BOT, EVERY, Call
from tests.outcomes.expected import unexpected
from tests.outcomes.faults import faults_for
from tests.outcomes.journeys import Journey
from tests.outcomes.run import EXCEPTION, WRONG, Case, Result, played
from tests.outcomes.table import Cells, Where, cells


@dataclass(frozen=True)
class Outcome:
    """What one case came to."""

    journey: Journey
    case: Case
    result: Result

    def __str__(self) -> str:
        act = self.journey.acts[self.case.act].name
        where = f"{self.journey.name} ({act}): {self.case.call.token}: {self.case.call}"
        return f"{where}: {self.case.fault}: {'; '.join(self.result.wrong)}"

    @property
    def where(self) -> Where:
        """Its row of the table."""
        act = self.journey.acts[self.case.act].name
        return Where(self.case.call, self.case.fault.done, self.journey.name, act)


def cases(journey: Journey) -> Iterator[Case]:
    """Every call of every act, each with every fault."""
    healthy = played(journey)
    assert not healthy.wrong, f"{journey.name} does not work at all: {healthy.wrong}"
    for act, calls in enumerate(healthy.calls):
        kinds = (*dict.fromkeys(calls), *_outages(calls)) if act >= journey.first else ()
        for call in kinds:
            if journey.only_changes and not call.changes:
                continue
            for fault in faults_for(call):
                yield Case(act, call, fault)


def _outages(calls: Sequence[Call]) -> list[Call]:
    """Every call of a token, for those that have a part in it."""
    tokens = {call.token for call in calls}
    return [Call(token, EVERY, "call") for token in (BOT, ADMIN) if token in tokens]


def outcome(journey: Journey, case: Case) -> Outcome:
    """Play it."""
    result = played(journey, case)
    left = unexpected(journey, case, result.wrong)
    if result.wrong and not left:
        result.cell = EXCEPTION
    result.wrong = left
    return Outcome(journey, case, result)


def rows(outcomes: list[Outcome]) -> dict[Where, Cells]:
    """As the table has them."""
    cells_by_fault: defaultdict[Where, defaultdict[tuple[str, bool], list[str]]]
    cells_by_fault = defaultdict(lambda: defaultdict(list))
    for outcome in outcomes:
        fault = outcome.case.fault
        cells_by_fault[outcome.where][fault.name, fault.lasting].append(outcome.result.cell)
    return {where: cells(by_fault) for where, by_fault in cells_by_fault.items()}


def wrong(outcomes: list[Outcome]) -> list[str]:
    """What no judge lets pass, a sentence each."""
    return [str(outcome) for outcome in outcomes if outcome.result.cell == WRONG]


def check(journey: Journey) -> None:
    """Every case of a journey is judged well, and comes to what docs/reliability.md says."""
    outcomes = [outcome(journey, case) for case in cases(journey)]
    assert wrong(outcomes) == []
    documented = table.read(table.DOCUMENT.read_text(encoding="utf-8"))
    expected = {where: row for where, row in documented.items() if where.journey == journey.name}
    assert rows(outcomes) == expected, "`make outcomes` writes the table."
