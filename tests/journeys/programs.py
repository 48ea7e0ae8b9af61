"""Starting `python -m bot …`: as a new process, or as a fork of one that has loaded it.

Where the environment says how much faster, what runs is the bot of tests/torture/fast_lookups.py or
of tests/journeys/short_intervals.py.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Protocol

from tests.coverage_env import has_coverage_variables, unmeasured

ROOT = Path(__file__).parents[2]
FASTER = "TORTURE_FASTER"  # so many times as fast as in production
# What runs the bot instead of itself, by the variable that says how much faster.
HURRYING = {
    FASTER: "tests.torture.fast_lookups",
    "TESTS_INTERVALS_BY": "tests.journeys.short_intervals",
}
# Runs its arguments as the leader of the session of the terminal that its input is.
AT_TERMINAL = (
    "import fcntl, os, sys, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    " os.execv(sys.argv[1], sys.argv[1:])"
)


class Program(Protocol):
    """What tests ask of a process; that of asyncio is one."""

    @property
    def pid(self) -> int:
        """Its process id."""

    @property
    def returncode(self) -> int | None:
        """Its exit status, once it has ended."""

    def send_signal(self, signal: int, /) -> None:
        """Send it a signal."""

    async def wait(self) -> int:
        """Wait for its end, and return its exit status."""


class Fork:
    """A process that the fork server made."""

    def __init__(self, pid: int, reply: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ending = asyncio.create_task(self._ended(reply))

    async def _ended(self, reply: socket.socket) -> int:
        with reply:
            self.returncode = int(await _line(reply))
        return self.returncode

    def send_signal(self, signal: int, /) -> None:
        """Send it a signal."""
        if self.returncode is None:
            os.kill(self.pid, signal)

    async def wait(self) -> int:
        """Wait for its end, and return its exit status."""
        return await asyncio.shield(self._ending)


async def _line(reply: socket.socket) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        content = await asyncio.get_running_loop().sock_recv(reply, 1)
        assert content, "The fork server is gone."
        line += content
    return line


class ForkServer:
    """The other end of tests/journeys/fork_server.py."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control

    async def start(
        self,
        arguments: Sequence[str],
        env: Mapping[str, str],
        folder: Path,
        output: IO[Any],
        *,
        measured: bool,
        at_terminal: bool,
    ) -> Fork:
        """Start `python -m bot`."""
        mine, its = socket.socketpair()
        request = {
            "module": _module(arguments, env),
            "arguments": [*arguments],
            "env": dict(env),
            "folder": str(folder),
            "measured": measured,
            "at_terminal": at_terminal,
        }
        with its:
            content = json.dumps(request).encode()
            sent = socket.send_fds(self._control, [content], [output.fileno(), its.fileno()])
            assert sent == len(content)
        mine.setblocking(False)
        return Fork(int(await _line(mine)), mine)


_running: list[ForkServer] = []


@contextmanager
def fork_server() -> Iterator[None]:
    """While it runs, `started` forks."""
    mine, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in (mine, its):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    with its:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.journeys.fork_server"],
            stdin=its.fileno(),
            cwd=ROOT,
            env=unmeasured(os.environ),  # measured, journeys would take twice as long
        )
    _running.append(ForkServer(mine))
    try:
        yield
    finally:
        _running.clear()
        mine.close()
        assert process.wait(20) == 0


@contextmanager
def new_processes() -> Iterator[None]:
    """While it lasts, `started` does not fork."""
    servers = _running[:]
    _running.clear()
    try:
        yield
    finally:
        _running[:] = servers


def _module(arguments: Sequence[str], env: Mapping[str, str]) -> str:
    """What runs the command: only the running bot may hurry."""
    hurrying = [module for variable, module in HURRYING.items() if variable in env]
    return hurrying[0] if hurrying and [*arguments] == ["run"] else "bot"


async def started(
    arguments: Sequence[str],
    env: Mapping[str, str],
    folder: Path,
    output: IO[Any],
    *,
    measured: bool = False,
    at_terminal: bool = False,
) -> Program:
    """Start `python -m bot …` with that output; at a terminal, it also reads from it.

    A fork measures its coverage only if it is `measured` and `env` has the variables for it.
    """
    if _running:
        measured = measured and has_coverage_variables(env)
        return await _running[0].start(
            arguments, env, folder, output, measured=measured, at_terminal=at_terminal
        )
    program = [sys.executable, "-m", "bot", *arguments]
    if (module := _module(arguments, env)) != "bot":
        file = ROOT.joinpath(*module.split(".")).with_suffix(".py")
        program = [sys.executable, str(file), *arguments]
    if at_terminal:
        program = [sys.executable, "-c", AT_TERMINAL, *program]
    return await asyncio.create_subprocess_exec(
        *program,
        env=env,
        cwd=folder,
        stdin=output if at_terminal else None,
        stdout=output,
        stderr=output,
    )


async def finished(
    arguments: Sequence[str], env: Mapping[str, str], folder: Path, *, measured: bool = False
) -> tuple[int, str]:
    """Run `python -m bot …` to its end; its exit status and what it printed."""
    with TemporaryFile() as output:
        process = await started(arguments, env, folder, output, measured=measured)
        status = await process.wait()
        output.seek(0)
        return status, output.read().decode()
