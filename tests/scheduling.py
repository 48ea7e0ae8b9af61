"""Which tests a worker runs together, and in which order.

`make test` runs seven workers on two cores, because journeys and the tests of the chat page mostly
wait (for a lock, a reconnect, a second look at Webex) while the others compute. So the queue has
those that wait at its front and those that compute at its back, the longest at both ends, where
they start first: a long one that starts last would be waited for. Three workers take from the back
and let the others go first; what waits has deadlines. Of three, one may also wait for a moment.
"""

from collections.abc import Iterable, Sequence
from typing import SupportsIndex

import pytest
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

# Tests that share nothing with others of their file: each may run on any worker.
INDEPENDENT = ("tests/outcomes/",)

COMPUTING_WORKERS = ("gw0", "gw1", "gw2")
NICENESS = 5

# Files and folders, longest first.
WAITING: Sequence[str] = (
    "tests/journeys/test_approval_lost.py",
    "tests/journeys/test_connection.py",
    "tests/torture",
    "tests/journeys/test_replicas.py",
    "tests/journeys/test_start.py",
    "tests/browser/test_photos.py",
    "tests/journeys/test_delivery.py",
    "tests/browser/test_user_stories.py",
    "tests/journeys/test_database_trouble.py",
    "tests/journeys/test_approvers_out_of_reach.py",
    "tests/journeys/test_stray_refusals.py",
    "tests/browser",
    "tests/journeys/test_timeouts.py",
    "tests/journeys/test_tokens.py",
    "tests/journeys/test_unwell.py",
    "tests/journeys/test_wrong_standby.py",
    "tests/journeys/test_crashes.py",
    "tests/journeys/test_rate_limit.py",
    "tests/journeys/test_replicas_cut_off.py",
    "tests/journeys/test_stopping.py",
    "tests/bot/test_demo.py",
    "tests/bot/test_doctor_webex.py",
    "tests/bot/test_init.py",
    "tests/journeys",
    "tests/bench",
    "tests/deploy",
)
COMPUTING: Sequence[str] = (
    "tests/outcomes/test_dect_additions.py",
    "tests/outcomes",
    "tests/bot/requests/test_life.py",
    "tests/bot/operations/test_unreadable.py",
    "tests/bot/requests",
    "tests/bot/webex",
    "tests/bot/domain",
)


class IndexedList(list[str]):
    """A list of different strings that need not be searched for the index of one."""

    def __init__(self, strings: Iterable[str]) -> None:
        super().__init__(strings)
        self._indexes = {string: index for index, string in enumerate(self)}

    def index(self, string: str, *_: SupportsIndex) -> int:
        """Return its index."""
        return self._indexes[string]


class FileScheduling(LoadFileScheduling):
    """A file at a time, as its tests share fixtures; independent tests one at a time."""

    def add_node_collection(self, node: WorkerController, collection: Sequence[str]) -> None:
        """Take the tests that a worker found; xdist looks for the index of each of them."""
        super().add_node_collection(node, collection)
        self.registered_collections[node] = IndexedList(collection)

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if nodeid.startswith(INDEPENDENT) else super()._split_scope(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        if node.gateway.id in COMPUTING_WORKERS:
            self.workqueue.move_to_end(next(reversed(self.workqueue)), last=False)
        super()._assign_work_unit(node)
        self._forget_finished(node)

    def _forget_finished(self, node: WorkerController) -> None:
        """Drop units that are done: xdist looks through all of them after each test."""
        units = self.assigned_work[node]
        for scope in [scope for scope, tests in units.items() if all(tests.values())]:
            del units[scope]


def _place(nodeid: str, names: Sequence[str]) -> int:
    """The index of the first name of its file or of a folder that it is in; else their number."""
    path = nodeid.partition("::")[0]
    for place, name in enumerate(names):
        if path == name or path.startswith(f"{name}/"):
            return place
    return len(names)


def rank(nodeid: str) -> tuple[int, int]:
    """Return a test's place in the queue."""
    return _place(nodeid, WAITING), -_place(nodeid, COMPUTING)


def sort_queue(items: list[pytest.Item]) -> None:
    """Sort the tests by rank; tests of one rank keep their order."""
    items.sort(key=lambda item: rank(item.nodeid))
