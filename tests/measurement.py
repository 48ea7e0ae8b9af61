"""What `pytest --cov` measures: `bot` and `cards`, while their own tests run.

While coverage measures, Python runs every line of every module two to three times as slowly. So it
measures fixtures and tests, but not what pytest does between them. It does not measure tests that
add nothing: those of the sandbox and of the documents, and what plays the same code many times.
Processes that tests start measure themselves if the environment says so.
"""

import importlib
import os
import pkgutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

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


T = TypeVar("T")


class Measurement:
    """A plugin of pytest that switches the measurement of its process on and off.

    Without `--cov` it does nothing.
    """

    def __init__(self) -> None:
        self._coverage: coverage.Coverage | None = None
        self._on = False  # during the fixtures and the call of the present test

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> Generator[None, T, T]:
        """Measure what only imports run, and nothing else while tests are collected or sent.

        They run the same lines in each worker, and take three times as long where it measures.
        """
        plugin = session.config.pluginmanager.getplugin("_cov")
        controller = plugin and plugin.cov_controller
        self._coverage = controller and controller.cov
        runs_tests = session.config.getoption("dist") == "no"  # instead of sending them to workers
        worker = getattr(session.config, "workerinput", {"workerid": FIRST_WORKER})["workerid"]
        if self._coverage and runs_tests and worker == FIRST_WORKER:
            import_packages()
        self._stop()
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, T, T]:
        """Decide for this test and the processes that it starts."""
        self._on = self._coverage is not None and is_measured(item)
        measure_processes(on=item.nodeid.startswith(STARTS_MEASURED))
        return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_fixture_setup(self) -> Generator[None, T, T]:
        """Measure a fixture."""
        with self._measured():
            return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_pyfunc_call(self) -> Generator[None, T, T]:
        """Measure the test itself."""
        with self._measured():
            return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_teardown(self) -> Generator[None, T, T]:
        """Measure the end of its fixtures."""
        with self._measured():
            return (yield)

    @contextmanager
    def _measured(self) -> Iterator[None]:
        """Measure meanwhile, if the present test is measured. A fixture may ask for another."""
        if not self._on or self._coverage is None or type(self._coverage).current() is not None:
            yield
            return
        self._coverage.start()
        try:
            yield
        finally:
            self._stop()

    def _stop(self) -> None:
        """Stop every measurement of this process.

        A worker of pytest also measures itself as any process does that a test starts, and
        pytest-cov's own `no_cover` leaves that on.
        """
        while self._coverage and (measurement := type(self._coverage).current()):
            measurement.stop()
