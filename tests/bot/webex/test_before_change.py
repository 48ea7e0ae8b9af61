"""What is awaited before a change is sent: with its connection in hand, and before any byte."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
import stamina

from bot.core.errors import LeadershipUnknown, Unreached
from bot.webex.client import Client, FixedToken
from bot.webex.connections import Pool
from bot.webex.http_client import MayNotSend, http_client
from bot.webex.tokens import Credentials, exchange
from sandbox.tls import Tls, make_tls
from tests.bot.webex.http_server import OK, Server, says, serving

CHANGES = ["POST", "PUT", "PATCH", "DELETE"]
UNKNOWN = "The database does not say whether this process still leads."


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    """The server's certificate."""
    return make_tls(tmp_path_factory.mktemp("tls"))


@asynccontextmanager
async def calling(
    server: Server,
    tls: Tls,
    before_change: Callable[[], Awaitable[None]],
    before_body: Callable[[], Awaitable[None]] | None = None,
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the server, with one connection at most."""
    context = ssl.create_default_context(cafile=str(tls.ca_file))

    def pool() -> Pool:
        return Pool(context, 1, before_change=before_change)

    client = http_client(context, {}, pool=pool, before_change=before_body)
    async with serving(server, tls.context) as port, client as http:
        http.base_url = f"https://127.0.0.1:{port}/v1/"
        yield http


class Check:
    """Notes what the server had when it was asked, and answers what it is told."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.seen: list[tuple[int, int]] = []  # connections and requests
        self.error: BaseException | None = None

    async def __call__(self) -> None:
        """Look after what was sent had time to arrive."""
        for _ in range(20):
            await asyncio.sleep(0)
        self.seen.append((self.server.connections, len(self.server.requests)))
        if self.error is not None:
            raise self.error


@pytest.mark.parametrize("method", CHANGES)
async def test_a_change_has_its_connection_and_was_not_sent(tls, method):
    server = Server(says(OK))
    check = Check(server)
    async with calling(server, tls, check) as http:
        await http.request(method, "people", content=b"x" * 100_000)
        await http.request(method, "people", content=b"x" * 100_000)
    assert check.seen == [(1, 0), (1, 1)]
    assert [len(body) for body in server.bodies] == [100_000] * 2


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_read_needs_no_leader(tls, method):
    server = Server(says(OK if method == "GET" else OK[:-2]))
    check = Check(server)
    async with calling(server, tls, check) as http:
        await http.request(method, "people")
    assert check.seen == []
    assert len(server.requests) == 1


async def test_changes_that_wait_for_a_connection_are_checked_when_they_have_it(tls):
    server = Server(says(OK))
    check = Check(server)
    async with calling(server, tls, check) as http:
        await asyncio.gather(*(http.post("people") for _ in range(5)))
    assert check.seen == [(1, number) for number in range(5)]


@pytest.mark.parametrize("error", [MayNotSend(UNKNOWN), asyncio.CancelledError(), OSError("x")])
async def test_where_it_fails_nothing_is_sent_and_the_connection_is_used_again(tls, error):
    server = Server(says(OK))
    check = Check(server)
    async with calling(server, tls, check) as http:
        check.error = error
        with pytest.raises((httpx.TransportError, asyncio.CancelledError)):
            await http.post("people", json={})
        check.error = None
        async with asyncio.timeout(10):
            await http.post("people", json={})
    assert len(server.requests) == 1
    assert server.connections == 1


async def test_where_nobody_knows_who_leads_the_client_says_that_it_sent_nothing(tls):
    server = Server(says(OK))
    check = Check(server)
    check.error = MayNotSend(UNKNOWN)
    async with calling(server, tls, check) as http:
        client = Client(http, str(http.base_url), FixedToken("t"))
        with stamina.set_testing(True, attempts=3), pytest.raises(LeadershipUnknown) as raised:
            await client.change("POST", "devices", {})
        assert await client.get("people") == {}  # the connection is free
    assert isinstance(raised.value, Unreached)
    assert UNKNOWN in raised.value.message
    assert [request.split()[0] for request in server.requests] == ["GET"]
    assert check.seen == [(1, 0)] * 3  # a change that was not sent is tried again


async def test_where_nobody_knows_who_leads_no_access_token_is_fetched(tls):
    """It is no failure of Webex's token service."""
    server = Server(says(OK))
    check = Check(server)
    check.error = MayNotSend(UNKNOWN)
    async with calling(server, tls, check) as http:
        with pytest.raises(LeadershipUnknown, match="does not say"):
            await exchange(http, "access_token", Credentials("id", "secret", "refresh"), "refresh")
    assert server.requests == []


async def test_a_body_is_checked_again_when_its_first_byte_leaves(tls):
    """The event loop may have had other work since the connection was there."""
    server = Server(says(OK))
    check, again = Check(server), Check(server)
    again.error = MayNotSend(UNKNOWN)
    async with calling(server, tls, check, again) as http:
        with pytest.raises(MayNotSend):
            await http.post("people", json={})
        assert server.requests == []
        again.error = None
        await http.post("people", json={})
        await http.delete("people")  # without a body it is written at once
    assert [request.split()[0] for request in server.requests] == ["POST", "DELETE"]
    assert again.seen == [(1, 0), (2, 0)]
