"""The setting of a benchmark: a sandbox, its people, and a program in a process of its own."""

import asyncio
import os
import resource
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from bench.connections import Connections
from bench.people import DOMAIN, Crowd, Wanted, with_button, with_text
from sandbox.call_log import Call
from sandbox.recipes import exports
from sandbox.server import Sandbox
from sandbox.settings import Settings

# Phones that register would be noise; everything must be kept until it is counted.
SETTINGS = Settings(phone_registers_s=None, kept_calls=10**6)
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
STARTS_WITHIN = 30.0  # seconds
TAIL = 40
AT_REST = 0.25  # seconds without a call after which nothing more comes
MIB = 2**20
CPU_CLOCK = 2  # in the id that Linux gives the clocks of a process (CPUCLOCK_SCHED)
REPOSITORY = Path(__file__).parents[1]


@dataclass(frozen=True)
class Program:
    """A contestant, and how to start it."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Manner(Program):
    """A bot: what to run before, and how people add a phone (`mac` and `email` are filled in)."""

    before: tuple[str, ...] = ()
    says: str
    button: str
    inputs: tuple[tuple[str, str], ...]
    done: str

    def typed(self, mac: str, email: str) -> str:
        """The text to type."""
        return self.says.format(mac=mac, email=email)

    def filled(self, mac: str, email: str) -> dict[str, str]:
        """The inputs to fill in."""
        return {name: value.format(mac=mac, email=email) for name, value in self.inputs}

    @property
    def is_card(self) -> Wanted:
        """Whether a message is the card whose button is pressed."""
        return with_button(self.button)

    @property
    def is_result(self) -> Wanted:
        """Whether a message says that the phone was added."""
        return with_text(self.done)


PROVBOT = Manner(
    name="provbot",
    command=("-m", "bot", "run"),
    before=("-m", "bot", "access", "add", f"@{DOMAIN}", "engineer"),
    says="add phone {mac} 8865 for {email}",
    button="Confirm",
    inputs=(),
    done="now belongs to",
)
STOCK = Manner(
    name="stock webex-bot",
    command=("-m", "bench.stock"),
    says="add phone",
    button="Submit",
    inputs=(("mac", "{mac}"), ("model", "DMS Cisco 8865"), ("email", "{email}")),
    done="was added for",
)
BOTS = (PROVBOT, STOCK)
# Without it, provbot asks Webex now and then whether what was added has registered.
NOT_FOLLOWING = {"PROVBOT_FOLLOW_MINUTES": "0"}

T = TypeVar("T", bound="Place")


class Place:
    """A sandbox with its people, where a program runs."""

    def __init__(self, sandbox: Sandbox, folder: Path, more: Mapping[str, str]) -> None:
        """`more` goes into the environment of the programs."""
        self.sandbox, self.cloud, self.folder = sandbox, sandbox.cloud, folder
        self._more = more
        self.crowd = Crowd(sandbox.cloud)
        self.connections = Connections(sandbox.cloud)
        self._macs = 0
        self._moved = (0, time.perf_counter())

    async def run(self, command: Sequence[str], more: Mapping[str, str] | None = None) -> Process:
        """Start a Python program that finds the sandbox in its environment, and `more`."""
        with (self.folder / "log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable, *command, env=self._env() | {**(more or {})}, cwd=REPOSITORY,
                stdout=log, stderr=log,
            )  # fmt: skip

    def log_tail(self) -> str:
        """Return the last lines that the programs printed."""
        lines = (self.folder / "log").read_text("utf-8", "replace").splitlines()
        return "\n".join(lines[-TAIL:])

    def _env(self) -> dict[str, str]:
        of_the_machine = {
            name: value
            for name, value in os.environ.items()  # noqa: TID251 - a program of its own
            if not name.startswith(("WEBEX_", "PROVBOT_")) and name not in PROXIES
        }
        mine = {"PROVBOT_DATABASE": str(self.folder / "provbot.db"), "PROVBOT_LOG": "json"}
        return of_the_machine | exports(self.sandbox.env) | mine | {**self._more}

    def mac(self) -> str:
        """Return an unused MAC."""
        self._macs += 1
        return f"AC7A56{self._macs:06X}"

    def quiet_after(self, seconds: float) -> Callable[[], bool]:
        """The condition that from now on, nothing has happened for that many seconds."""
        began = time.perf_counter()
        return lambda: time.perf_counter() - max(began, self._last_moved()) > seconds

    def _last_moved(self) -> float:
        seq = self.cloud.event_log.seq
        if seq != self._moved[0]:
            self._moved = (seq, time.perf_counter())
        return self._moved[1]

    async def at_rest(self, seconds: float = AT_REST, at_most: float = STARTS_WITHIN) -> None:
        """Wait until nothing has happened for that many seconds."""
        changes, end = self.cloud.event_log, time.perf_counter() + at_most
        while await changes.next(changes.deadline(seconds)) and time.perf_counter() < end:
            pass

    def calls(self, after: int) -> list[Call]:
        """The calls of the program since a value of `now`, oldest first."""
        return self.cloud.calls.after(after)

    @property
    def now(self) -> int:
        """Return the end of the log of calls."""
        return self.cloud.event_log.seq

    @contextmanager
    def trouble(self, **order: Any) -> Iterator[Any]:
        """Switch a fault of the sandbox on for a while; `trouble()` switches none on."""
        fault = self.sandbox.fault(**order) if order else None
        try:
            yield fault
        finally:
            self.cloud.faults.clear()


class Stage(Place):
    """A place where a bot runs."""

    def __init__(
        self, sandbox: Sandbox, manner: Manner, folder: Path, more: Mapping[str, str]
    ) -> None:
        super().__init__(sandbox, folder, more)
        self.manner = manner
        self._process: Process | None = None

    async def prepare(self) -> None:
        """Do what is needed once before the first start."""
        if self.manner.before:
            process = await self.run(self.manner.before)
            assert await process.wait() == 0, "the bot could not be prepared"

    async def start(self) -> float:
        """Start the bot; return the seconds until its websocket was connected."""
        began, changes = time.perf_counter(), self.cloud.event_log
        self._process = await self.run(self.manner.command)
        deadline = changes.deadline(STARTS_WITHIN)
        while not self.cloud.hub.is_online(self.cloud.bot_key):
            assert await changes.next(deadline), f"the bot does not come:\n{self.log_tail()}"
        return time.perf_counter() - began

    async def stop(self) -> None:
        """Stop the bot, and wait until the cloud knows."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        deadline = self.cloud.event_log.deadline(STARTS_WITHIN)
        while self.cloud.hub.is_online(self.cloud.bot_key):
            assert await self.cloud.event_log.next(deadline), "the cloud does not notice the end"

    @property
    def pid(self) -> int:
        """The id of the bot's process."""
        assert self._process is not None
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the bot still runs."""
        return self._process is not None and self._process.returncode is None

    def memory(self) -> float:
        """Its resident memory in MiB."""
        return resident(self.pid)

    def memory_of_children(self) -> float:
        """The resident memory of the processes that it has started, in MiB."""
        try:
            own = Path(f"/proc/{self.pid}/cmdline").read_bytes()
            children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text("utf-8")
            # Until a new process has loaded its program, it is the bot once more.
            return sum(
                resident(int(child))
                for child in children.split()
                if Path(f"/proc/{child}/cmdline").read_bytes() != own
            )
        except OSError:  # one has just ended
            return 0.0

    def cpu(self) -> float:
        """The CPU time of all its threads so far, in seconds (exact to the nanosecond)."""
        return cpu_of(self.pid)


def cpu_of(pid: int) -> float:
    """The CPU time of a process so far, in seconds."""
    return time.clock_gettime(~pid << 3 | CPU_CLOCK)


def resident(pid: int) -> float:
    """The memory of a process in MiB, with what it shares."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("utf-8").split()[1])
    return pages * resource.getpagesize() / MIB


@asynccontextmanager
async def bare_stage(
    settings: Settings = SETTINGS, more: Mapping[str, str] | None = None
) -> AsyncIterator[Place]:
    """Run a sandbox for programs; `more` goes into their environment."""
    with TemporaryDirectory(prefix="bench-") as folder:
        async with _running(Place(Sandbox(settings), Path(folder), more or {})) as made:
            yield made


@asynccontextmanager
async def stage(
    manner: Manner, settings: Settings = SETTINGS, more: Mapping[str, str] | None = None
) -> AsyncIterator[Stage]:
    """Run a sandbox for a bot, which is prepared but not started.

    `more` goes into the environment of the bot; unless it says so, the bot follows nothing.
    """
    with TemporaryDirectory(prefix="bench-") as folder:
        environment = {**NOT_FOLLOWING, **(more or {})}
        async with _running(Stage(Sandbox(settings), manner, Path(folder), environment)) as made:
            await made.prepare()
            try:
                yield made
            finally:
                await made.stop()


@asynccontextmanager
async def _running(made: T) -> AsyncIterator[T]:
    with made.connections.counted():
        async with made.sandbox:
            yield made
