"""Starting `python -m bot …`: as a new process, or as a fork of one that has loaded it."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol

from tests.coverage_env import unmeasured

ROOT = Path(__file__).parents[2]


class Program(Protocol):
    """What journeys ask of a process; that of asyncio is one."""

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
        self, arguments: Sequence[str], env: Mapping[str, str], folder: Path, output: IO[Any]
    ) -> Fork:
        """Start `python -m bot`."""
        mine, its = socket.socketpair()
        request = {"arguments": [*arguments], "env": dict(env), "folder": str(folder)}
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


async def started(
    arguments: Sequence[str], env: Mapping[str, str], folder: Path, output: IO[Any]
) -> Program:
    """Start `python -m bot` with that output."""
    if _running:
        return await _running[0].start(arguments, env, folder, output)
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *arguments, env=env, cwd=folder, stdout=output, stderr=output
    )
