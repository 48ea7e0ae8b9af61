"""The transport, against a server that does what it is told."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest

from bot.webex.transport import PATIENCE, Answer, NoAnswer, NotSent, Transport, transport

PATIENT = aiohttp.ClientTimeout(total=None, connect=5.0, sock_connect=5.0, sock_read=5.0)
HASTY = aiohttp.ClientTimeout(total=None, connect=0.05, sock_connect=5.0, sock_read=0.05)
CROWDED = aiohttp.ClientTimeout(total=None, connect=0.05, sock_connect=5.0, sock_read=None)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

Answering = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Server:
    """Notes every request, and answers it by the next of its answers."""

    def __init__(self, *answers: Answering) -> None:
        self.requests: list[str] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self.asked = asyncio.Event()
        self._answers = list(answers)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                text = head.decode()
                self.requests.append(text)
                self.asked.set()
                length = [
                    line for line in text.lower().split("\r\n") if line.startswith("content-length")
                ]
                size = int(length[0].partition(":")[2]) if length else 0
                self.bodies.append(await reader.readexactly(size))
                await self._answers.pop(0)(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def says(raw: bytes) -> Answering:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()

    return answer


async def hangs_up(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def says_half(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}")
    await writer.drain()
    writer.close()


async def says_nothing(_writer: asyncio.StreamWriter) -> None:
    return


class Asking:
    """Calls of one transport; relative addresses are the server's."""

    def __init__(self, carrier: Transport, base: str) -> None:
        self.carrier, self._base = carrier, base

    async def __call__(
        self, method: str, path: str, content: bytes | None = None, **headers: str
    ) -> Answer:
        url = path if "://" in path else self._base + path
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.carrier.send(method, url, named, content)


@asynccontextmanager
async def cloud(
    server: Server,
    most: int = 10,
    proxies: dict[str, str] | None = None,
    patience: aiohttp.ClientTimeout = PATIENT,
) -> AsyncIterator[Asking]:
    """How the server is asked."""
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    through = {scheme: at.format(port=port) for scheme, at in (proxies or {}).items()}
    made = transport(ssl.create_default_context(), patience, most, through)
    async with listening, made as carrier:
        yield Asking(carrier, f"http://127.0.0.1:{port}/v1/")


async def test_a_call_arrives_as_it_was_given_and_the_answer_comes_back():
    answer = b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\nX-Twice: a\r\nX-Twice: b\r\n\r\n" + b'{"a": "\xc3\xa4"}'[:9]  # fmt: skip
    server = Server(says(answer))
    async with cloud(server) as ask:
        found = await ask(
            "POST", "devices?cursor=a%2Fb%3D%20c", b'{"mac":"00"}',
            trackingid="T1", content_type="application/json",
        )  # fmt: skip

    assert server.requests[0].startswith("POST /v1/devices?cursor=a%2Fb%3D%20c HTTP/1.1\r\n")
    assert "trackingid: t1\r\n" in server.requests[0].lower()
    assert "content-type: application/json\r\n" in server.requests[0].lower()
    assert server.bodies == [b'{"mac":"00"}']
    assert found.status == 201
    assert (found.headers["x-twice"], found.headers["X-TWICE"]) == ("a", "a")
    assert found.content == b'{"a": "\xc3\xa4"}'[:9]


async def test_a_packed_answer_is_unpacked():
    packed = gzip.compress(b'{"items": []}')
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
    async with cloud(Server(says(head.encode() + packed))) as ask:
        assert (await ask("GET", "people")).content == b'{"items": []}'


async def test_a_redirect_is_not_followed():
    away = (
        b"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\nContent-Length: 0\r\n\r\n"
    )
    async with cloud(Server(says(away))) as ask:
        assert (await ask("GET", "people")).status == 302


async def test_one_connection_serves_one_call_after_the_other():
    server = Server(says(OK), says(OK), says(OK))
    async with cloud(server) as ask:
        for _ in range(3):
            await ask("GET", "people")

    assert server.connections == 1


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_a_call_that_may_have_arrived_is_never_sent_twice(method: str):
    server = Server(says(OK), hangs_up)
    async with cloud(server) as ask:
        await ask("GET", "people")  # so that the connection is a used one
        with pytest.raises(NoAnswer):
            await ask(method, "devices/1")

    assert len(server.requests) == 2


async def test_half_an_answer_is_none():
    async with cloud(Server(says_half)) as ask:
        with pytest.raises(NoAnswer):
            await ask("GET", "people")


async def test_a_slow_answer_is_a_read_that_timed_out():
    async with cloud(Server(says_nothing), patience=HASTY) as ask:
        with pytest.raises(NoAnswer, match="Timeout"):
            await ask("GET", "people")


async def test_where_nobody_listens_nothing_was_sent():
    async with cloud(Server()) as ask:
        free = await asyncio.start_server(Server().serve, "127.0.0.1", 0)
        port = free.sockets[0].getsockname()[1]
        free.close()
        await free.wait_closed()
        with pytest.raises(NotSent):
            await ask("POST", f"http://127.0.0.1:{port}/")


async def test_where_tls_cannot_be_agreed_on_nothing_was_sent():
    async def rude(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"No TLS here.")
        writer.close()

    listening = await asyncio.start_server(rude, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with listening, cloud(Server()) as ask:
        with pytest.raises(NotSent):
            await ask("POST", f"https://127.0.0.1:{port}/")


async def test_who_finds_no_free_connection_in_time_has_sent_nothing():
    server = Server(says_nothing)
    async with cloud(server, most=1, patience=CROWDED) as ask:
        first = asyncio.create_task(ask("GET", "people"))
        await server.asked.wait()
        with pytest.raises(NotSent):
            await ask("POST", "devices")
        first.cancel()

    assert len(server.requests) == 1


async def test_the_proxy_of_the_machine_is_asked():
    server = Server(says(OK))
    async with cloud(server, proxies={"http": "http://127.0.0.1:{port}"}) as ask:
        await ask("GET", "http://webex.example/v1/people")

    assert server.requests[0].startswith("GET http://webex.example/v1/people HTTP/1.1\r\n")


async def test_a_proxy_that_will_not_let_us_through_has_sent_nothing():
    refused = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
    async with cloud(Server(says(refused)), proxies={"https": "http://127.0.0.1:{port}"}) as ask:
        with pytest.raises(NotSent):
            await ask("POST", "https://webex.example/v1/people")


async def test_a_proxy_that_can_be_none_has_sent_nothing():
    async with cloud(Server(says(OK)), proxies={"https": "http://127.0.0.1:99999"}) as ask:
        with pytest.raises(NotSent):
            await ask("POST", "https://webex.example/v1/people")


def test_a_person_waits_half_a_minute_for_an_answer_and_five_seconds_for_a_connection():
    assert (PATIENCE.total, PATIENCE.sock_read, PATIENCE.sock_connect) == (None, 30, 5)
