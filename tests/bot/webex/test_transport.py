"""The transport, against a server that does what it is told."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from bot.webex.transport import Transport

TIMEOUT = httpx.Timeout(5.0)
HASTY = httpx.Timeout(5.0, read=0.05, pool=0.05)
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


@asynccontextmanager
async def cloud(
    server: Server, most: int = 10, proxies: dict[str, str] | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A client; relative addresses are the server's."""
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    limits = httpx.Limits(max_connections=most, keepalive_expiry=5.0)
    through = {scheme: at.format(port=port) for scheme, at in (proxies or {}).items()}
    transport = Transport(ssl.create_default_context(), limits, through)
    async with listening, httpx.AsyncClient(
        transport=transport, base_url=f"http://127.0.0.1:{port}/v1/", timeout=TIMEOUT
    ) as http:  # fmt: skip
        yield http


async def test_a_call_arrives_as_it_was_given_and_the_answer_comes_back():
    answer = b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\nX-Twice: a\r\nX-Twice: b\r\n\r\n" + b'{"a": "\xc3\xa4"}'[:9]  # fmt: skip
    server = Server(says(answer))
    async with cloud(server) as http:
        found = await http.post(
            "devices?cursor=a%2Fb%3D%20c", json={"mac": "00"}, headers={"trackingid": "T1"}
        )

    assert server.requests[0].startswith("POST /v1/devices?cursor=a%2Fb%3D%20c HTTP/1.1\r\n")
    assert "trackingid: t1\r\n" in server.requests[0].lower()
    assert "content-type: application/json\r\n" in server.requests[0].lower()
    assert server.bodies == [b'{"mac":"00"}']
    assert found.status_code == 201
    assert found.headers.get_list("x-twice") == ["a", "b"]
    assert found.content == b'{"a": "\xc3\xa4"}'[:9]


async def test_a_packed_answer_is_unpacked():
    packed = gzip.compress(b'{"items": []}')
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
    async with cloud(Server(says(head.encode() + packed))) as http:
        assert (await http.get("people")).json() == {"items": []}


async def test_a_redirect_is_not_followed():
    away = (
        b"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\nContent-Length: 0\r\n\r\n"
    )
    async with cloud(Server(says(away))) as http:
        assert (await http.get("people")).status_code == 302


async def test_one_connection_serves_one_call_after_the_other():
    server = Server(says(OK), says(OK), says(OK))
    async with cloud(server) as http:
        for _ in range(3):
            await http.get("people")

    assert server.connections == 1


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_a_call_that_may_have_arrived_is_never_sent_twice(method: str):
    server = Server(says(OK), hangs_up)
    async with cloud(server) as http:
        await http.get("people")  # so that the connection is a used one
        with pytest.raises(httpx.ReadError):
            await http.request(method, "devices/1")

    assert len(server.requests) == 2


async def test_half_an_answer_is_none():
    async with cloud(Server(says_half)) as http:
        with pytest.raises(httpx.ReadError):
            await http.get("people")


async def test_a_slow_answer_is_a_read_that_timed_out():
    async with cloud(Server(says_nothing)) as http:
        with pytest.raises(httpx.ReadTimeout):
            await http.get("people", timeout=HASTY)


async def test_where_nobody_listens_nothing_was_sent():
    async with cloud(Server()) as http:
        free = await asyncio.start_server(Server().serve, "127.0.0.1", 0)
        port = free.sockets[0].getsockname()[1]
        free.close()
        await free.wait_closed()
        with pytest.raises(httpx.ConnectError):
            await http.post(f"http://127.0.0.1:{port}/")


async def test_where_tls_cannot_be_agreed_on_nothing_was_sent():
    async def rude(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"No TLS here.")
        writer.close()

    listening = await asyncio.start_server(rude, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with listening, cloud(Server()) as http:
        with pytest.raises(httpx.ConnectError):
            await http.post(f"https://127.0.0.1:{port}/")


async def test_who_finds_no_free_connection_in_time_has_sent_nothing():
    server = Server(says_nothing)
    async with cloud(server, most=1) as http:
        first = asyncio.create_task(http.get("people"))
        await server.asked.wait()
        with pytest.raises(httpx.ConnectTimeout):
            await http.post("devices", timeout=HASTY)
        first.cancel()

    assert len(server.requests) == 1


async def test_the_proxy_of_the_machine_is_asked():
    server = Server(says(OK))
    async with cloud(server, proxies={"http": "http://127.0.0.1:{port}"}) as http:
        await http.get("http://webex.example/v1/people")

    assert server.requests[0].startswith("GET http://webex.example/v1/people HTTP/1.1\r\n")


async def test_a_proxy_that_will_not_let_us_through_has_sent_nothing():
    refused = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
    async with cloud(Server(says(refused)), proxies={"https": "http://127.0.0.1:{port}"}) as http:
        with pytest.raises(httpx.ConnectError):
            await http.post("https://webex.example/v1/people")
