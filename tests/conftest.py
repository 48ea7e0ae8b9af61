"""Holds for every test: none reaches another machine, and sandboxes answer only as Webex does."""

import gc
import ipaddress
import itertools
import logging
import os
import signal
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
import stamina
import structlog
from hypothesis import Phase, settings

from sandbox.server import OBSERVERS
from tests import database, postgres_schemas, postgres_server
from tests.journeys.programs import fork_server
from tests.measurement import Measurement
from tests.sandbox import contract, contract_monitor
from tests.scheduling import COMPUTING_WORKERS, NICENESS, FileScheduling, sort_queue
from tests.worker_events import send_fewer

# `make life`: the plays of tests/bot/requests/test_life.py at length, other ones each time.
settings.register_profile("long", print_blob=True, deadline=None)
# A busy machine is no defect: how long an example takes by the clock says nothing.
settings.register_profile("unhurried", deadline=None)
# To shrink a failure may take five minutes. In CI the failing example is printed as it is, with a
# blob (`@reproduce_failure`) that brings it back on a developer's machine, where it is shrunk. The
# examples are the same each time there: a change is refused for what it does, not for its luck.
settings.register_profile(
    "ci",
    deadline=None,
    derandomize=True,
    print_blob=True,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.target],
)
settings.load_profile("ci" if os.environ.get("CI") else "unhurried")

# structlog's own rendering of a traceback takes seconds: it shows every local variable.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        ),
    ]
)

OBSERVERS.append(contract_monitor.observer)

# By default the garbage collector looks after each 700 new objects, which takes a third of the
# collection of the tests, and a tenth of their run: hardly any leaves a cycle that is worth it.
gc.set_threshold(20_000, 50, 100)


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """Send reports without keywords: nobody reads them, and there are 20,000 reports."""
    content = yield
    if content is not None and "keywords" in content:
        content["keywords"] = {}
    return content


def pytest_configure(config: pytest.Config) -> None:
    """Measure tests only, send fewer events, and let a worker that computes give way."""
    send_fewer(config)
    config.pluginmanager.register(Measurement())
    if getattr(config, "workerinput", {}).get("workerid") in COMPUTING_WORKERS:
        os.nice(NICENESS)


def pytest_sessionstart() -> None:
    """Let Ctrl-C interrupt the tests as before, by a handler that is not Python's own.

    Where Python's own is set, each `asyncio.Runner.run` replaces and restores it, and writes out
    the whole task for that: six times for a test, in eight milliseconds.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


QUICK = ("tests/bot/", "tests/cards/")  # what `make quick` runs, but for the tests marked slow

_reached: list[str] = []
_processes: list[str] = []


class ReachedOutside(Exception):
    """A test wanted to speak to another machine."""


def _watch(event: str, args: tuple[Any, ...]) -> None:
    """An audit hook: Python calls it before each connect, datagram, name lookup and new process."""
    if event in ("socket.connect", "socket.sendto"):
        _check(args[1][0] if isinstance(args[1], tuple) else None)
    elif event == "socket.getaddrinfo":
        _check(args[0])
    elif event == "subprocess.Popen":
        _processes.append(str(args[1]))


def _check(host: str | bytes | None) -> None:
    if host and not is_loopback(host.decode() if isinstance(host, bytes) else host):
        _reached.append(str(host))
        raise ReachedOutside(f"This test reached for {host!r}.")


def is_loopback(host: str) -> bool:
    """Whether a name or address can only mean this machine."""
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


# Audit hooks cannot be taken back, so there is one for the whole run.
sys.addaudithook(_watch)


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders that are not there yet."""
    base = tmp_path_factory.mktemp("tests")
    return (base / str(number) for number in itertools.count())


@pytest.fixture
def tmp_path(folders: Iterator[Path]) -> Path:
    """A folder of the test's own. That of pytest reads all others first, to number them."""
    folder = next(folders)
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture(autouse=True)
def reached() -> Iterator[list[str]]:
    """The hosts a test reached for: none, even where the code under test swallowed the error."""
    _reached.clear()
    yield _reached
    assert not _reached, f"This test reached for {_reached}."


@pytest.fixture(autouse=True)
def processes(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """The processes that a test started: none, if `make quick` runs the test."""
    _processes.clear()
    yield _processes
    if request.node.nodeid.startswith(QUICK) and not request.node.get_closest_marker("slow"):
        assert not _processes, f"This test needs @pytest.mark.slow: it started {_processes}."


ENGINES = [database.SQLITE, pytest.param(database.POSTGRES, marks=pytest.mark.slow)]


@pytest.fixture(scope="session", autouse=True)
def default_engine() -> Iterator[None]:
    """Start the server, if all tests are to run on it, before any is watched."""
    os.environ.pop("PROVBOT_TESTS_ON", None)  # was read; the bot would take it for a setting
    if database.on_postgres():
        postgres_server.server()
    yield
    postgres_schemas.close()


@pytest.fixture(autouse=True)
def own_databases() -> Iterator[None]:
    """The databases that a test makes on PostgreSQL are given to other tests afterwards."""
    with database.released():
        yield


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, own_databases: None) -> Iterator[str]:
    """The test runs on SQLite and on PostgreSQL: on the one that this says."""
    name: str = request.param
    if name == database.POSTGRES:
        postgres_server.required()
    with database.using(name):
        yield name


def pytest_report_header() -> list[str]:
    """Say which tests there will not be."""
    return [] if postgres_server.programs() else [postgres_server.NOT_INSTALLED]


@pytest.fixture(autouse=True)
def unfit() -> Iterator[list[str]]:
    """The answers of sandboxes in this process that do not fit Webex's contract: none."""
    yield contract_monitor.VIOLATIONS
    violations = list(dict.fromkeys(contract_monitor.VIOLATIONS))
    contract_monitor.VIOLATIONS.clear()  # that of a world which several tests share counts once
    assert not violations, "\n".join(["Webex's contract knows no such answer:", *violations])


@pytest.fixture(autouse=True)
def own_retries() -> Iterator[None]:
    """What a test makes of stamina's waits and attempts does not last beyond it."""
    yield
    is_left_on = stamina.is_testing()
    stamina.set_testing(False)
    assert not is_left_on, "This test left stamina's testing mode on."


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """What a command sets up for its own process (`provbot run`) does not last beyond its test."""
    root, ours = (logging.root.level, logging.root.handlers[:]), structlog.get_config()
    disabled = logging.root.manager.disable
    yield
    structlog.configure(**ours)
    logging.disable(disabled)
    logging.root.setLevel(root[0])
    logging.root.handlers[:] = root[1]


@pytest.fixture(scope="session")
def forks() -> Iterator[None]:
    """While it is there, bots are forks of a process that has loaded them."""
    contract.validator_class()  # a bot that waits for its first answer would give up meanwhile
    with fork_server():
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests into the order of tests/scheduling.py."""
    sort_queue(items)


def pytest_collection_finish() -> None:
    """Keep the garbage collector from looking through all modules and tests again and again."""
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FileScheduling:
    """Distribute the tests to the workers."""
    return FileScheduling(config, log)
