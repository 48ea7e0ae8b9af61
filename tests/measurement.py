"""What `pytest --cov` measures: `bot` and `cards`, while their own tests run.

While coverage measures, Python runs every line of every module two to three times as slowly. So it
does not measure while tests are collected, nor while tests run that add nothing: those of the
sandbox and of the documents, and what plays the same code many times. Processes that tests start
measure themselves if the environment says so.
"""

import importlib
import os
import pkgutil
from typing import TYPE_CHECKING

import pytest

from tests.coverage_env import coverage_env

if TYPE_CHECKING:
    import coverage

PACKAGES = ("bot", "cards")
FOLDERS = ("tests/bot/", "tests/cards/")
STARTS_MEASURED = (*FOLDERS, "tests/journeys/test_start.py")  # the processes that they start
UNMEASURED = {  # files that play the same code many times; others cover it
    "test_any_answer",
    "test_any_bytes",
    "test_any_press",
    "test_any_wording",
    "test_following_crashes",
    "test_list_crashes",
    "test_rate_limits_simulated",
    "test_typed_lists",
    "test_undo_crashes",
    "test_unreadable",
}
# Slow, because they want a server of PostgreSQL, and alone in what they play.
MEASURED = ("postgres", "lease", "leader", "migrate_database")
FIRST_WORKER = "gw0"


def is_measured(item: pytest.Item) -> bool:
    """Whether a test adds to the coverage. Slow ones start processes, or repeat what is covered."""
    is_alone = any(name in item.path.stem for name in MEASURED)
    is_slow = item.get_closest_marker("slow") and not is_alone
    repeats = is_slow or item.path.stem in UNMEASURED
    return item.nodeid.startswith(FOLDERS) and not repeats


_removed: dict[str, str] = {}  # variables of the environment


def measure_processes(*, on: bool) -> None:
    """Let processes that are started from now on measure themselves, or not."""
    if on:
        os.environ.update(_removed)
        _removed.clear()
    else:
        _removed.update(coverage_env())
        for name in _removed:
            os.environ.pop(name, None)


def import_packages() -> None:
    """Import all modules: some of their lines run only then, and only once."""
    for package in map(importlib.import_module, PACKAGES):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)


class Measurement:
    """Switches the measurement of this process on and off; does nothing without `--cov`."""

    def __init__(self, config: pytest.Config) -> None:
        plugin = config.pluginmanager.getplugin("_cov")
        controller = plugin and plugin.cov_controller
        self._coverage: coverage.Coverage | None = controller and controller.cov
        runs_tests = config.getoption("dist") == "no"  # instead of sending them to workers
        worker = getattr(config, "workerinput", {"workerid": FIRST_WORKER})["workerid"]
        self._measures_imports = runs_tests and worker == FIRST_WORKER

    def begin(self) -> None:
        """Measure what only imports run, then nothing until a test is measured.

        They run the same lines in each worker, and take three times as long where it measures.
        """
        if self._coverage and self._measures_imports:
            import_packages()
        self.switch(on=False)

    def switch(self, *, on: bool) -> None:
        """Switch it on or off.

        A worker of pytest also measures itself as any process does that a test starts, and
        pytest-cov's own `no_cover` leaves that on.
        """
        if self._coverage is None:
            return
        running = type(self._coverage).current
        if on and running() is None:
            self._coverage.start()
        while not on and (measurement := running()):
            measurement.stop()
