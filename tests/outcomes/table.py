"""The table of outcomes in docs/reliability.md: one row for calls that come to the same."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from tests.outcomes.cloud import Call
from tests.outcomes.faults import NAMES
from tests.outcomes.run import (
    AGAIN,
    EXCEPTION,
    LATER,
    NEW_REQUEST,
    PARTLY,
    UNNOTICED,
    UNSURE,
    WRONG,
)

DOCUMENT = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- outcomes: begin -->", "<!-- outcomes: end -->"
ORDER = (UNNOTICED, LATER, AGAIN, NEW_REQUEST, PARTLY, UNSURE, EXCEPTION, WRONG)
NONE = ""  # no such fault of that call


@dataclass(frozen=True, order=True)
class Where:
    """A call of a journey: its act, and whether Webex does what it asks for before the fault."""

    call: Call
    done: bool
    journey: str
    act: str

    def __str__(self) -> str:
        done = ", done" if self.done else ""
        return f"{self.journey} ({self.act}): {self.call.token}: {self.call}{done}"


Cells: TypeAlias = tuple[str, ...]  # for each fault: once and for a minute
Rows: TypeAlias = Mapping[Where, Cells]


def worst(outcomes: Mapping[tuple[str, bool], Iterable[str]]) -> dict[tuple[str, bool], str]:
    """The worst of what came of each fault, by its name and whether it lasts."""
    return {key: max(results, key=ORDER.index) for key, results in outcomes.items()}


def cells(outcomes: Mapping[tuple[str, bool], Iterable[str]]) -> Cells:
    """A row, of what came by fault and by whether it lasts; the worst of several counts."""
    by_fault = worst(outcomes)
    pairs = [(by_fault.get((name, False), ""), by_fault.get((name, True), "")) for name in NAMES]
    return tuple(once + lasting for once, lasting in pairs)


def written(rows: Rows) -> str:
    """The table in markdown."""
    alike: defaultdict[tuple[Call, bool, Cells], list[Where]] = defaultdict(list)
    for where in sorted(rows):
        alike[where.call, where.done, rows[where]].append(where)
    lines = [
        f"| call | in | {' | '.join(NAMES)} |",
        f"|---|---|{'---|' * len(NAMES)}",
        *(_line(*key, wheres) for key, wheres in sorted(alike.items())),
    ]
    return "\n".join(lines)


def _line(call: Call, done: bool, row: Cells, wheres: Iterable[Where]) -> str:
    acts: defaultdict[str, list[str]] = defaultdict(list)
    for where in wheres:
        acts[where.journey].append(where.act)
    places = "; ".join(f"{journey} ({' + '.join(names)})" for journey, names in acts.items())
    what = f"{call.token}: `{call}`{', done' if done else ''}"
    return f"| {what} | {places} | {' | '.join(row)} |"


def read(text: str) -> dict[Where, Cells]:
    """The rows of a document."""
    rows = {}
    for line in text.partition(BEGIN)[2].partition(END)[0].splitlines():
        shape = re.match(r"\| ([^:|]+): `(\w+) ([^`]+)`(, done)? \| ([^|]+) \| (.*) \|$", line)
        if shape:
            token, method, path, done, places, row = shape.groups()
            call, values = Call(token, method, path), tuple(cell.strip() for cell in row.split("|"))
            for place in places.split("; "):
                journey, acts = re.fullmatch(r"(.+) \((.+)\)", place).groups()  # type: ignore[union-attr]
                for act in acts.split(" + "):
                    rows[Where(call, bool(done), journey, act)] = values
    return rows


def replaced(document: str, table: str) -> str:
    """The document with another table."""
    before, _, rest = document.partition(BEGIN)
    return f"{before}{BEGIN}\n{table}\n{END}{rest.partition(END)[2]}"
