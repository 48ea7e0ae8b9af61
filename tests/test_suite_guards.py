"""The suite guards itself: no network, and what must agree is compared."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from bot.operations import OPERATIONS, QUESTIONS
from tests.conftest import ReachedOutside, is_loopback
from tests.scheduling import COMPUTING, INDEPENDENT, WAITING, rank

README = (Path(__file__).parents[1] / "README.md").read_text()
COMMANDS = re.search(r"^## Commands\n(.*?)^## ", README, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("address", ["192.0.2.1", "198.51.100.7"])
def test_a_connection_to_another_machine_fails_loudly(address, reached):
    with socket.socket() as outside, pytest.raises(ReachedOutside, match=address):
        outside.connect((address, 443))
    assert reached == [address]
    reached.clear()


def test_a_datagram_to_another_machine_fails_loudly(reached):
    with socket.socket(type=socket.SOCK_DGRAM) as outside, pytest.raises(ReachedOutside):
        outside.sendto(b"hello", ("192.0.2.1", 53))
    reached.clear()


def test_looking_up_the_real_cloud_fails_loudly(reached):
    with pytest.raises(ReachedOutside):
        socket.getaddrinfo("webexapis.com", 443)
    reached.clear()


def test_this_machine_can_be_reached(reached):
    with socket.create_server(("127.0.0.1", 0)) as here:
        socket.create_connection(here.getsockname()).close()
    assert not reached


@pytest.mark.parametrize(
    ("host", "ours"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True)]
    + [(other, False) for other in ("10.0.0.1", "::", "0.0.0.0", "example.com", "localhost.evil")],  # noqa: S104
)
def test_only_loopback_is_this_machine(host, ours):
    assert is_loopback(host) is ours


@pytest.mark.parametrize("named", [*OPERATIONS, *QUESTIONS], ids=lambda command: command.name)
def test_the_readme_lists_every_command_but_small_talk(named):
    assert COMMANDS, "the README has no chapter 'Commands'"
    is_listed = re.search(rf"`{named.name}\b", COMMANDS[1]) is not None
    assert is_listed == bool(named.usage), "README.md, Commands, has a row for each."


def test_a_started_process_is_noticed(processes):
    subprocess.run([sys.executable, "-c", ""], check=True)
    assert len(processes) == 1


@pytest.mark.parametrize("name", [*WAITING, *COMPUTING, *INDEPENDENT])
def test_what_is_scheduled_first_exists(name):
    assert (Path(__file__).parents[1] / name).exists()


def test_the_longest_tests_are_at_both_ends_of_the_queue():
    waiting, computing = ([f"{name}::a" for name in names] for names in (WAITING, COMPUTING))
    queue = [*waiting, "tests/bot/test_cli.py::b", *reversed(computing)]
    backwards = queue[::-1]
    assert sorted(backwards, key=rank) == queue


def test_no_failure_is_shrunk_in_ci():
    ci = settings.get_profile("ci")
    assert Phase.shrink not in ci.phases
    assert ci.print_blob
