"""`python -m tests.torture`: the long form, on demand; see docs/reliability.md."""

import argparse
import asyncio
import pickle
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests import postgres_server
from tests.torture.play import Plan, Result, play

# People: all of the sandbox's seed. The last two of the cast become attackers, one under another
# address; among fewer that can be an approver, or the owner of a handset that is there already.
FEWEST = 25


def run(plan: Plan, kept: Path | None = None) -> Result:
    """Play it once. `kept`: the folder for database and logs, if they are to be kept."""
    if kept is not None:
        kept.mkdir(parents=True)
        return asyncio.run(play(plan, kept))
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        return asyncio.run(play(plan, Path(folder)))


def shrunk(plan: Plan, fails: Callable[[Plan], bool]) -> Plan:
    """The smallest play that still fails, by halving: first the commands, then the people.

    The dice are the same each time, the timing is not: a play counts as good after two good tries.
    """
    for field, least in (("commands", 20), ("people", FEWEST)):
        while getattr(plan, field) // 2 >= least:
            smaller = replace(plan, **{field: getattr(plan, field) // 2})
            if not (fails(smaller) or fails(smaller)):
                break
            plan = smaller
    return plan


def _fails(plan: Plan) -> bool:
    result = run(plan)
    sys.stdout.write(result.trace(5) + "\n")
    return bool(result.findings)


def main() -> int:
    """Exit status 1 where a promise was broken."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--commands", type=int, default=1000)
    parser.add_argument("--people", type=int, default=60)
    parser.add_argument("--pause", type=float, default=1.5)
    parser.add_argument("--deaths", type=float, default=4.0)
    parser.add_argument("--restarts", type=float, default=1.0)
    parser.add_argument("--faster", type=float, default=20.0)
    parser.add_argument("--silence", type=float, default=0.0)
    parser.add_argument("--replicas", type=int, default=1)
    parser.add_argument("--upheavals", type=int, default=150)
    parser.add_argument("--shrink", action="store_true")
    parser.add_argument("--folder", type=Path)
    arguments = vars(parser.parse_args())
    shrink, folder = arguments.pop("shrink"), arguments.pop("folder")
    plan = Plan(**arguments)
    if plan.people < FEWEST:
        parser.error(f"It takes {FEWEST} people or more.")
    if plan.replicas > 1 and postgres_server.programs() is None:
        parser.error("Replicas need PostgreSQL, which is not installed.")
    result = run(plan, folder)
    if folder is not None:
        (folder / "record.pickle").write_bytes(pickle.dumps(result.record))
    sys.stdout.write(result.trace() + "\n")
    if result.findings and shrink:
        sys.stdout.write(f"The smallest that fails: {shrunk(plan, _fails)}\n")
    return 1 if result.findings else 0


if __name__ == "__main__":
    sys.exit(main())
