"""All cases: each call that a journey makes meets each fault.

The calls are those of a run without faults.

`make outcomes`, which CI runs, plays all cases, and compares what they come to with the table of
docs/reliability.md. `make test` deals the faults of each call out to the journeys that make it, so
that one of them meets each fault: once for some calls, and for a minute for the others.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from tests.outcomes import table
from tests.outcomes.cloud import ADMIN, BOT, EVERY, Call
from tests.outcomes.expected import unexpected
from tests.outcomes.faults import NAMES, Fault, faults_for
from tests.outcomes.journeys import Journey
from tests.outcomes.run import EXCEPTION, WRONG, Case, Result, played
from tests.outcomes.table import Cells, Rows, Where, cells, worst

UPDATE = "`make outcomes` writes the table."

Results = Mapping[tuple[str, bool], Sequence[str]]  # cells by the name of a fault and `lasting`


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
        return where_of(self.journey, self.case)


def where_of(journey: Journey, case: Case) -> Where:
    """The row of the table that tells what the case comes to."""
    return Where(case.call, case.fault.done, journey.name, journey.acts[case.act].name)


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


def _results(outcomes: Sequence[Outcome]) -> Mapping[Where, Results]:
    results: defaultdict[Where, defaultdict[tuple[str, bool], list[str]]]
    results = defaultdict(lambda: defaultdict(list))
    for outcome in outcomes:
        fault = outcome.case.fault
        results[outcome.where][fault.name, fault.lasting].append(outcome.result.cell)
    return results


def rows(outcomes: Sequence[Outcome]) -> dict[Where, Cells]:
    """As the table has them."""
    return {where: cells(by_fault) for where, by_fault in _results(outcomes).items()}


def wrong(outcomes: Sequence[Outcome]) -> list[str]:
    """What no judge lets pass, a sentence each."""
    return [str(outcome) for outcome in outcomes if outcome.result.cell == WRONG]


def differences(outcomes: Sequence[Outcome], documented: Rows) -> list[str]:
    """What comes to something else than the table says, a sentence each."""
    return [
        f"{where}: {name}{' for a minute' if lasting else ''}: {cell!r} instead of {expected!r}"
        for where, by_fault in _results(outcomes).items()
        for (name, lasting), cell in worst(by_fault).items()
        if cell != (expected := _cell(documented[where], name, lasting=lasting))
    ]


def _cell(row: Cells, name: str, *, lasting: bool) -> str:
    """The sign of one fault; an outage lasts, so its cells have one sign."""
    signs = row[NAMES.index(name)]
    return signs[-1:] if lasting else signs[:1]


@cache
def documented_rows() -> Rows:
    """The table of docs/reliability.md."""
    return table.read(table.DOCUMENT.read_text(encoding="utf-8"))


@cache
def _same_calls() -> Mapping[Where, tuple[int, Sequence[Where]]]:
    """By each row: all in which the same call meets a fault in the same moment, and its number."""
    same: defaultdict[tuple[Call, bool], list[Where]] = defaultdict(list)
    for where in sorted(documented_rows()):
        same[where.call, where.done].append(where)
    return {
        where: (number, wheres) for number, wheres in enumerate(same.values()) for where in wheres
    }


def is_played(where: Where, fault: Fault) -> bool:
    """Whether `make test` plays it, or leaves it to other journeys with the same call, or to CI."""
    call, same = _same_calls().get(where, (0, [where]))
    name = NAMES.index(fault.name)
    if (same.index(where) - 2 * name - call) % len(same) != 0:
        return False
    return where.call.method == EVERY or fault.lasting == bool((name + call) % 2)


def check(journey: Journey) -> None:
    """The cases of a journey are judged well, and come to what docs/reliability.md says."""
    documented = {
        where: row for where, row in documented_rows().items() if where.journey == journey.name
    }
    every = list(cases(journey))
    assert {where_of(journey, case) for case in every} == documented.keys(), UPDATE
    outcomes = [
        outcome(journey, case) for case in every if is_played(where_of(journey, case), case.fault)
    ]
    assert not wrong(outcomes), "\n".join(wrong(outcomes))
    others = differences(outcomes, documented)
    assert not others, "\n".join([*others, UPDATE])
