"""Which tests a worker runs together, and in which order.

`make test` runs four workers on two cores, because many journeys wait (for a lock, a reconnect, a
second look at Webex) while tests/outcomes computes. The longest start first: a long one that starts
last would be waited for.
"""

from collections.abc import Sequence

import pytest
from xdist.scheduler import LoadFileScheduling

# Tests that share nothing with others of their file: each may run on any worker.
INDEPENDENT = ("tests/outcomes/",)

# Files and folders, longest first. Those that wait stand between those that compute.
LONGEST: Sequence[str] = (
    "tests/journeys/test_replicas.py",
    "tests/journeys/test_database_trouble.py",
    "tests/journeys/test_approval_lost.py",
    "tests/outcomes/test_adding.py",
    "tests/journeys/test_start.py",
    "tests/torture",
    "tests/outcomes/test_devices.py",
    "tests/journeys/test_timeouts.py",
    "tests/bench",
    "tests/journeys/test_connection.py",
    "tests/journeys/test_delivery.py",
    "tests/bot/requests/test_life.py",
    "tests/outcomes/test_codes.py",
    "tests/browser",
    "tests/journeys",
    "tests/outcomes",
    "tests/deploy",
    "tests/sandbox",
)


class FileScheduling(LoadFileScheduling):
    """A file at a time, as its tests share fixtures; independent tests one at a time."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if nodeid.startswith(INDEPENDENT) else super()._split_scope(nodeid)


def rank(nodeid: str) -> int:
    """Return a test's place in the order: that of the first entry that names its file or folder."""
    path = nodeid.partition("::")[0]
    for place, name in enumerate(LONGEST):
        if path == name or path.startswith(f"{name}/"):
            return place
    return len(LONGEST)


def sort_longest_first(items: list[pytest.Item]) -> None:
    """Sort the tests by rank; tests of one rank keep their order."""
    items.sort(key=lambda item: rank(item.nodeid))
