"""Connections: how many there are, how long they are kept, and which of them a call takes."""

import asyncio
import socket
import ssl
import time
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from bot.webex.connections import FRESH, KEEPALIVE, MAX_CONNECTIONS, SWEEP_INTERVAL, Pool
from bot.webex.http_client import http_client
from sandbox.tls import Tls, make_tls
from tests.bot.webex.http_server import (
    OK,
    Answering,
    Server,
    hangs_up,
    says,
    serving,
)

CHANGES = ["POST", "PUT", "PATCH", "DELETE"]


class Clock:
    """A clock that a test moves. aiohttp compares its times with those of the machine's clock."""

    def __init__(self) -> None:
        self.now = time.monotonic()

    def __call__(self) -> float:
        """Seconds."""
        return self.now


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    """The server's certificate."""
    return make_tls(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def clock() -> Clock:
    """The clock of the pool."""
    return Clock()


@asynccontextmanager
async def calling(
    server: Server, tls: Tls, clock: Clock, limit: int = 10, sweep_interval: float = 600.0
) -> AsyncIterator[httpx.AsyncClient]:
    """A client; relative addresses are the server's."""
    context = ssl.create_default_context(cafile=str(tls.ca_file))

    def pool() -> Pool:
        return Pool(context, limit, clock=clock, sweep_interval=sweep_interval)

    async with serving(server, tls.context) as port, http_client(context, {}, pool=pool) as http:
        http.base_url = f"https://127.0.0.1:{port}/v1/"
        yield http


def after_a_moment(raw: bytes) -> Answering:
    """An answer that lets other calls begin meanwhile."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.02)
        writer.write(raw)
        await writer.drain()

    return answer


async def at_once(http: httpx.AsyncClient, count: int, method: str = "GET") -> None:
    """So many calls at the same time."""
    for answer in await asyncio.gather(*(http.request(method, "people") for _ in range(count))):
        assert answer.content == b"{}"


async def test_a_crowd_shares_few_connections(tls, clock):
    server = Server(after_a_moment(OK))
    async with calling(server, tls, clock, limit=4) as http:
        await at_once(http, 30)

    assert (server.connections, server.most_open, len(server.requests)) == (4, 4, 30)


async def test_a_call_less_than_a_minute_later_needs_no_handshake(tls, clock):
    server = Server(after_a_moment(OK))
    async with calling(server, tls, clock) as http:
        await at_once(http, 3)
        clock.now += 60
        await at_once(http, 3)

    assert server.connections == 3


async def test_a_connection_that_idled_for_too_long_is_not_used(tls, clock):
    server = Server(says(OK))
    async with calling(server, tls, clock) as http:
        await http.get("people")
        clock.now += KEEPALIVE + 1
        await http.get("people")

    assert server.connections == 2


async def test_connections_are_closed_soon_after_a_crowd_left(tls, clock):
    server = Server(after_a_moment(OK))
    async with calling(server, tls, clock, sweep_interval=0.01) as http:
        await at_once(http, 5)
        clock.now += KEEPALIVE - 1
        await http.get("people")
        clock.now += 2
        await server.until_open(1)
        await http.get("people")  # that one is in use
        assert server.connections == 5
        clock.now += KEEPALIVE + 1
        await server.until_open(0)


def test_no_connection_idles_for_more_than_a_minute_and_a_half():
    assert 60 < KEEPALIVE < KEEPALIVE + SWEEP_INTERVAL <= 90
    assert MAX_CONNECTIONS < 200


async def test_the_connection_that_was_used_last_is_taken(tls, clock):
    server = Server(after_a_moment(OK))
    async with calling(server, tls, clock) as http:
        await at_once(http, 3)
        for _ in range(5):
            await http.get("people")

    assert sorted(server.calls.values()) == [1, 1, 6]


def hangs_up_on_a_used_connection() -> Answering:
    """A server that ends each connection when the second call arrives on it."""
    used: set[asyncio.StreamWriter] = set()

    async def answer(writer: asyncio.StreamWriter) -> None:
        await (hangs_up if writer in used else says(OK))(writer)
        used.add(writer)

    return answer


@pytest.mark.parametrize("method", CHANGES)
async def test_a_change_is_not_risked_on_a_connection_that_idled(tls, clock, method):
    server = Server(hangs_up_on_a_used_connection())
    async with calling(server, tls, clock) as http:
        await http.get("people")
        clock.now += FRESH + 1
        assert (await http.request(method, "people")).content == b"{}"

    assert (len(server.requests), server.connections) == (2, 2)


@pytest.mark.parametrize("method", CHANGES)
async def test_a_change_takes_the_connection_of_the_call_before(tls, clock, method):
    server = Server(says(OK))
    async with calling(server, tls, clock) as http:
        await http.get("people")
        clock.now += FRESH - 1
        await http.request(method, "people")

    assert server.connections == 1


async def test_new_connections_for_changes_replace_those_that_idled(tls, clock):
    server = Server(after_a_moment(OK))
    async with calling(server, tls, clock, limit=4) as http:
        await at_once(http, 4)
        clock.now += FRESH + 1
        await at_once(http, 3, "POST")
        await server.until_open(4)
        await at_once(http, 4)

    assert server.connections == 7


async def test_a_read_is_sent_once_more_when_all_idle_connections_are_dead(tls, clock):
    server = Server(hangs_up_on_a_used_connection())
    async with calling(server, tls, clock) as http:
        await at_once(http, 3)
        clock.now += 30
        assert (await http.get("people")).content == b"{}"

    assert (len(server.requests), server.connections) == (5, 4)


@pytest.mark.parametrize("method", ["GET", *CHANGES])
async def test_a_connection_is_not_used_whose_end_the_event_loop_has_not_noticed(
    tls, clock, method
):
    server = Server(says(OK))
    async with calling(server, tls, clock) as http:
        await http.get("people")
        [writer] = server.writers
        writer.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        assert (await http.request(method, "people")).content == b"{}"

    assert (len(server.requests), server.connections) == (2, 2)


@pytest.mark.parametrize("method", ["GET", *CHANGES])
@pytest.mark.parametrize(
    "late",
    [OK.replace(b"{}", b"[]"), b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"],
)
async def test_what_comes_after_an_answer_is_not_taken_for_the_next_one(tls, clock, method, late):
    server = Server(says(OK))
    async with calling(server, tls, clock) as http:
        await http.get("people")
        [writer] = server.writers
        writer.write(late)
        await asyncio.sleep(0.02)  # the event loop reads it, so that the socket is silent again
        assert (await http.request(method, "people")).content == b"{}"

    assert (len(server.requests), server.connections) == (2, 2)


async def test_a_connection_takes_little_memory(tls, clock):
    server = Server(after_a_moment(OK))
    async with calling(server, tls, clock, limit=20) as http:
        await http.get("people")
        tracemalloc.start()
        await at_once(http, 20)
        grown, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert grown < 20 * 2 * 64 * 2**10  # bytes, both sides
