"""`python -m tests.outcomes`: plays every case, and writes the table into docs/reliability.md.

With names of journeys (or parts of them) it only prints what is wrong there.
"""

import os
import sys
from collections.abc import Iterator
from multiprocessing import Pool

from tests.outcomes.cases import Outcome, cases, outcome, rows, wrong
from tests.outcomes.journeys import JOURNEYS, Journey
from tests.outcomes.run import Case
from tests.outcomes.table import DOCUMENT, replaced, written


def _wanted(names: list[str]) -> list[Journey]:
    return [
        journey for journey in JOURNEYS if not names or any(name in journey.name for name in names)
    ]


def _played(work: tuple[Journey, Case]) -> Outcome:
    return outcome(*work)


def _all(names: list[str]) -> Iterator[Outcome]:
    """As they come; what is wrong is printed at once."""
    work = [(journey, case) for journey in _wanted(names) for case in cases(journey)]
    with Pool(os.cpu_count()) as pool:
        for outcome in pool.imap_unordered(_played, work, chunksize=16):
            print(*wrong([outcome]), sep="\n", end="\n" if wrong([outcome]) else "", flush=True)
            yield outcome


def main(names: list[str]) -> int:
    """The exit status: 1 where something is wrong."""
    outcomes = list(_all(names))
    problems = wrong(outcomes)
    print(f"{len(outcomes)} cases, {len(problems)} wrong")
    if not names:
        document = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(replaced(document, written(rows(outcomes))), encoding="utf-8")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
