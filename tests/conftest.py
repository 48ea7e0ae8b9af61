"""What holds for every test: nobody reaches further than this machine, and no sandbox answers what Webex would not."""

import ipaddress
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import settings

from sandbox.server import ONLOOKERS
from tests.sandbox import conformity
from tests.sandbox.contract import CONTRACT

# `make life`: the plays of tests/bot/requests/test_life.py at length, other ones each time.
settings.register_profile("long", print_blob=True, deadline=None)
# A busy machine is no defect: how long an example takes by the clock says nothing.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# structlog's own rendering of a traceback takes seconds: it shows every local variable.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        ),
    ]
)

ONLOOKERS.append(conformity.onlooker)

_reached: list[str] = []


class ReachedOutside(Exception):
    """A test wanted to speak to another machine."""


def _watch(event: str, args: tuple[Any, ...]) -> None:
    """An audit hook: Python calls it before each connect, datagram and name look-up."""
    if event in ("socket.connect", "socket.sendto"):
        _check(args[1][0] if isinstance(args[1], tuple) else None)
    elif event == "socket.getaddrinfo":
        _check(args[0])


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


@pytest.fixture(autouse=True)
def reached() -> Iterator[list[str]]:
    """The hosts a test reached for: none, even where the code under test swallowed the error."""
    _reached.clear()
    yield _reached
    assert not _reached, f"This test reached for {_reached}."


@pytest.fixture(autouse=True)
def unfit() -> Iterator[list[str]]:
    """The answers of sandboxes in this process that do not fit Webex's contract: none."""
    yield conformity.UNFIT
    found = list(dict.fromkeys(conformity.UNFIT))
    conformity.UNFIT.clear()  # that of a world which several tests share counts once
    assert not found, "\n".join(["Webex's contract knows no such answer:", *found])


def pytest_report_header() -> str:
    """Say whether there is a contract, once for a whole run."""
    if conformity.CONTRACT is None:
        return f"contract: none at {CONTRACT}, so no answer of the sandbox is compared with it"
    return f"contract: every answer of the sandbox is compared with {CONTRACT.name}"


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """What a command sets up for its own process (`provbot run`) does not last beyond its test."""
    root, ours = (logging.root.level, logging.root.handlers[:]), structlog.get_config()
    yield
    structlog.configure(**ours)
    logging.root.setLevel(root[0])
    logging.root.handlers[:] = root[1]
