"""The health port over real sockets: no client can keep others out.

Neither one that holds connections, nor one that sends requests without end.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, cast

import pytest

from bot.service.connection_limit import (
    LOG_INTERVAL,
    MAX_CONNECTIONS,
    MAX_PER_SECOND,
    TIMEOUTS,
    LogThrottle,
    Timeouts,
)
from bot.service.health import WRITE_INTERVAL, Check, DatabaseIsWritable, Health, serving
from bot.store import stats
from bot.store.database import Store
from tests.ports import free_port

WHOLE = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
NO_ACCEPT = "socket.accept() out of system resource"
READY = b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"


@dataclass
class Port:
    """Where health is served, and who has connected."""

    number: int
    store: Store
    clients: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def connect(self, sent: bytes = b"") -> asyncio.StreamReader:
        """Connect and send something, and hold on."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.number)
        self.clients.callback(writer.close)
        writer.write(sent)
        return reader

    async def ask(self, request: bytes = WHOLE) -> bytes:
        """All bytes until the server closes; empty if it closes without an answer."""
        reader = await self.connect(request)
        try:
            return await asyncio.wait_for(reader.read(), 10)
        except ConnectionError:
            return b""


@asynccontextmanager
async def served(folder: Path, timeouts: Timeouts = TIMEOUTS) -> AsyncIterator[Port]:
    """Health over a real database."""
    store, number = Store(folder / "provbot.db"), free_port()
    checks: dict[str, Check] = {"database": DatabaseIsWritable(store, time.monotonic)}
    async with serving(f"127.0.0.1:{number}", Health(store, time.time, checks), timeouts):
        made = Port(number, store)
        async with made.clients:
            yield made
    store.close()


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[Port]:
    """Health as in production."""
    async with served(tmp_path) as made:
        yield made


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


@pytest.mark.parametrize("sent", [b"", b"GET /healthz HTTP/1.1\r\nX:", b"G", b"\r\n"])
async def test_silent_connections_block_nobody(port: Port, sent: bytes):
    await asyncio.gather(*(port.connect(sent) for _ in range(200)))
    began = time.monotonic()
    assert status(await port.ask(READY)) == 200
    assert time.monotonic() - began < 4  # before theirs are closed


async def test_endless_connections_block_no_other_address(port: Port):
    await asyncio.gather(*(port.connect(b"GET") for _ in range(MAX_CONNECTIONS)))
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port.number, local_addr=("127.0.0.2", 0)
    )
    port.clients.callback(writer.close)
    for _ in range(3):
        await asyncio.gather(*(port.connect(b"GET") for _ in range(MAX_CONNECTIONS)))
    writer.write(WHOLE)
    assert status(await asyncio.wait_for(reader.read(), 10)) == 200


async def test_the_number_of_connections_is_limited(port: Port):
    readers = await asyncio.gather(*(port.connect(b"GET") for _ in range(3 * MAX_CONNECTIONS)))
    closed = [asyncio.create_task(_closed(reader)) for reader in readers]
    # Within three seconds: after five, those that are served are closed as well.
    for ended in islice(asyncio.as_completed(closed, timeout=3), 2 * MAX_CONNECTIONS):
        await ended
    await asyncio.sleep(0.1)
    assert sum(task.done() for task in closed) == 2 * MAX_CONNECTIONS
    for task in closed:
        task.cancel()


async def _closed(reader: asyncio.StreamReader) -> None:
    try:
        await reader.read()
    except ConnectionError:
        return


async def test_a_slow_request_is_cut_off(tmp_path: Path):
    async with served(tmp_path, Timeouts(request=0.3)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port.number)
        port.clients.callback(writer.close)
        closed = asyncio.create_task(_closed(reader))
        began = time.monotonic()
        while not closed.done() and time.monotonic() - began < 5:
            writer.write(b"X")
            await asyncio.sleep(0.05)
        assert 0.2 < time.monotonic() - began < 5


async def test_a_request_in_parts_is_answered_once_then_closed(port: Port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port.number)
    port.clients.callback(writer.close)
    for chunk in (WHOLE[:7], WHOLE[7:-3], WHOLE[-3:-1], WHOLE[-1:] + WHOLE):
        writer.write(chunk)
        await asyncio.sleep(0.02)
    answer = await asyncio.wait_for(reader.read(), 5)
    assert answer.count(b"HTTP/1.1 200") == 1
    assert b"connection: close" in answer.lower()


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (WHOLE, {200}),
        (b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", {404}),
        (
            b"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n"
            + b"x" * 100_000,
            {405, 0},
        ),
        (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n", {400, 0}),
        (b"GET /healthz HTTP/1.1\r\nX: " + b"a" * 100_000, {400, 0}),
        (b"\x16\x03\x01\x02\x00\r\n\r\n", {400}),
    ],
)
async def test_the_size_of_a_request_is_limited(
    tmp_path: Path, request_: bytes, expected: set[int]
):
    async with served(tmp_path, Timeouts(response=1.0)) as port:
        assert status(await port.ask(request_)) in expected
        assert status(await port.ask()) == 200


@pytest.mark.parametrize("sent", [0, 100, 100_000])
async def test_a_body_is_neither_waited_for_nor_logged(port: Port, caplog, sent: int):
    head = b"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n"
    began = time.monotonic()
    assert status(await port.ask(head + b"x" * sent)) in {405, 0}
    assert time.monotonic() - began < 5
    assert status(await port.ask()) == 200
    assert [record for record in caplog.records if record.name == "health.http"] == []


async def test_endless_requests_are_paced(port: Port):
    began = time.monotonic()
    for _ in range(3):
        answers = await asyncio.gather(*(port.ask() for _ in range(MAX_CONNECTIONS)))
        assert {status(answer) for answer in answers} == {200}
    assert time.monotonic() - began >= 2 * MAX_CONNECTIONS / MAX_PER_SECOND


class CountingStore:
    """In place of a store; no more of it is used than `call`."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.writes: list[float] = []
        self.reads = 0

    async def call(self, function: Callable[[Any], None]) -> None:
        """Note when it would write."""
        if function is stats.touch:
            self.writes.append(self.clock())
        else:
            self.reads += 1


async def test_reads_write_at_most_every_ten_seconds():
    now = 0.0
    store = CountingStore(lambda: now)
    check = DatabaseIsWritable(cast(Store, store), lambda: now)
    while now < 3 * WRITE_INTERVAL:
        assert await check() == ""
        now += 0.5
    assert store.writes == [0.0, WRITE_INTERVAL, 2 * WRITE_INTERVAL]
    assert store.reads > 3


@pytest.mark.parametrize("path", [b"/readyz", b"/metrics"])
async def test_concurrent_requests_share_one_answer(port: Port, path: bytes):
    asked: list[float] = []

    async def check() -> str:
        asked.append(time.monotonic())
        await asyncio.sleep(0.05)
        return ""

    number = free_port()
    async with serving(f"127.0.0.1:{number}", Health(port.store, time.time, {"one": check})):
        other = Port(number, port.store, port.clients)
        answers = await asyncio.gather(
            *(other.ask(b"GET " + path + b" HTTP/1.0\r\n\r\n") for _ in range(20))
        )
    assert {status(answer) for answer in answers} == {200}
    assert len(asked) <= 2


def test_a_full_server_is_logged_once_in_a_minute():
    logged = []

    class Listening:
        now = 0.0

        def time(self) -> float:
            return self.now

        def default_exception_handler(self, context: dict[str, Any]) -> None:
            logged.append(context["message"])

    listening: Any = Listening()
    handle = LogThrottle(listening.time).handle
    for _ in range(1000):
        handle(listening, {"message": NO_ACCEPT})
    handle(listening, {"message": "something else"})
    handle(listening, {"message": "something else"})
    listening.now = LOG_INTERVAL
    handle(listening, {"message": NO_ACCEPT})
    assert logged == [NO_ACCEPT, "something else", "something else", NO_ACCEPT]


async def test_malformed_requests_do_not_fill_the_log(port: Port, caplog):
    answers = await asyncio.gather(*(port.ask(b"\x16\x03\x01\r\n\r\n") for _ in range(20)))
    assert {status(answer) for answer in answers} == {400}
    assert len(caplog.records) <= 1
