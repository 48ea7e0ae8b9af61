"""The HTTP client, against a server that does what it is told."""

import asyncio
import gzip
import ssl
import tracemalloc
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

import aiohttp
import httpx
import pytest

from bot.webex.connections import Pool
from bot.webex.http_client import (
    MAX_ANSWER,
    MAX_BYTES,
    NOT_SENT,
    TIMEOUT,
    TOO_LARGE,
    http_client,
)
from tests.bot.webex.http_server import (
    OK,
    Answering,
    Server,
    hangs_up,
    says,
    says_and_closes,
    says_half,
    says_nothing,
)
from tests.ports import free_port

HASTY = aiohttp.ClientTimeout(sock_read=0.05)
CROWDED = aiohttp.ClientTimeout(connect=0.5)  # the first must connect in time on a busy machine
BRIEF = aiohttp.ClientTimeout(total=0.2)


@asynccontextmanager
async def cloud(
    server: Server,
    max_connections: int = 10,
    proxies: dict[str, str] | None = None,
    time_limit: aiohttp.ClientTimeout = TIMEOUT,
    max_answer: int = MAX_ANSWER,
) -> AsyncIterator[httpx.AsyncClient]:
    """The client; relative addresses are the server's."""
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    through = {scheme: address.format(port=port) for scheme, address in (proxies or {}).items()}
    context = ssl.create_default_context()
    made = http_client(
        context,
        through,
        timeout=time_limit,
        max_answer=max_answer,
        pool=lambda: Pool(context, max_connections),
    )
    async with listening, made as http:
        http.base_url = f"http://127.0.0.1:{port}/v1/"
        yield http


async def lost(calling: Awaitable[object]) -> httpx.RequestError:
    """The error of a call that may have arrived."""
    with pytest.raises(httpx.RequestError) as raised:
        await calling
    assert not isinstance(raised.value, NOT_SENT)
    return raised.value


async def test_a_call_arrives_unchanged_and_its_answer_is_returned():
    answer = (
        b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\nX-Twice: a\r\nX-Twice: b\r\n\r\n"
        + b'{"a": "\xc3\xa4"}'[:9]
    )
    server = Server(says(answer))
    async with cloud(server) as http:
        received = await http.post(
            f"{http.base_url}devices?cursor=a%2Fb%3D%20c",
            json={"mac": "00"},
            headers={"trackingid": "T1"},
        )

    assert server.requests[0].startswith("POST /v1/devices?cursor=a%2Fb%3D%20c HTTP/1.1\r\n")
    assert "trackingid: t1\r\n" in server.requests[0].lower()
    assert "content-type: application/json\r\n" in server.requests[0].lower()
    assert server.bodies == [b'{"mac":"00"}']
    assert received.status_code == 201
    assert (received.headers["x-twice"], received.headers["X-TWICE"]) == ("a, b", "a, b")
    assert received.content == b'{"a": "\xc3\xa4"}'[:9]


async def test_a_compressed_answer_is_decompressed():
    packed = gzip.compress(b'{"items": []}')
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
    async with cloud(Server(says(head.encode() + packed))) as http:
        assert (await http.get("people")).content == b'{"items": []}'


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress"])
async def test_an_answer_in_an_encoding_that_was_not_requested_counts_as_lost(encoding):
    answer = with_length(b"{}", b"Content-Encoding: %b\r\n" % encoding.encode())
    async with cloud(Server(says(answer), says(OK))) as http:
        await lost(http.post("devices"))
        assert (await http.get("people")).content == b"{}"


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_damaged_compressed_answer_counts_as_lost(encoding):
    answer = with_length(b"{}", b"Content-Encoding: %b\r\n" % encoding.encode())
    async with cloud(Server(says(answer))) as http:
        await lost(http.get("people"))


@pytest.mark.parametrize(
    "url",
    [
        "devices/Y2lz-_b%3D%3D",
        "people?email=a%2Bb%40x.example&x=%20%27",
        "a%2Fb?c=d%2fe",
        "x?q=%25",
    ],
)
async def test_an_encoded_path_is_sent_unchanged(url):
    server = Server(says(OK))
    async with cloud(server) as http:
        await http.get(httpx.URL(f"{http.base_url}{url}"))

    assert server.requests[0].startswith(f"GET /v1/{url} HTTP/1.1\r\n")


async def test_no_cookie_is_kept():
    server = Server(says(with_length(b"{}", b"Set-Cookie: a=b; Path=/\r\n")), says(OK))
    async with cloud(server) as http:
        await http.get("people")
        await http.get("people")

    assert "cookie:" not in server.requests[1].lower()


@pytest.mark.parametrize("location", [b"https://elsewhere.example/", b"http://[", b"", b":", b"//"])
async def test_a_redirect_is_not_followed(location):
    away = b"HTTP/1.1 302 Found\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % location
    async with cloud(Server(says(away))) as http:
        assert (await http.get("people")).status_code == 302


async def test_one_connection_serves_consecutive_calls():
    server = Server(says(OK), says(OK), says(OK))
    async with cloud(server) as http:
        for _ in range(3):
            await http.get("people")

    assert server.connections == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_change_that_may_have_arrived_is_never_sent_twice(method: str):
    server = Server(says(OK), hangs_up)
    async with cloud(server) as http:
        await http.get("people")  # so that the connection is a used one
        await lost(http.request(method, "devices/1"))

    assert len(server.requests) == 2


async def test_a_read_whose_used_connection_breaks_is_sent_once_more_on_a_new_one():
    server = Server(says(OK), hangs_up, says(OK), hangs_up, hangs_up)
    async with cloud(server) as http:
        await http.get("people")
        assert (await http.get("people")).content == b"{}"
        assert (len(server.requests), server.connections) == (3, 2)
        await lost(http.get("people"))

    assert (len(server.requests), server.connections) == (5, 3)


async def test_a_truncated_answer_counts_as_lost():
    async with cloud(Server(says_half)) as http:
        await lost(http.get("people"))


async def test_a_slow_answer_is_a_read_timeout():
    async with cloud(Server(says_nothing), time_limit=HASTY) as http:
        assert isinstance(await lost(http.get("people")), httpx.ReadTimeout)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("reset", [True, False])
async def test_a_new_connection_that_breaks_after_the_request_may_have_carried_it(method, reset):
    async def closes(writer: asyncio.StreamWriter) -> None:
        writer.transport.abort() if reset else writer.close()

    server = Server(closes)
    async with cloud(server) as http:
        await lost(http.request(method, "devices", content=b"1" * 300_000))

    assert len(server.requests) == 1


async def test_a_connection_that_the_server_closed_while_idle_is_not_used():
    server = Server(says_and_closes, says(OK))
    async with cloud(server) as http:
        await http.get("people")
        await asyncio.sleep(0.05)
        assert (await http.post("devices")).status_code == 200

    assert (len(server.requests), server.connections) == (2, 2)


async def test_a_refused_connection_means_that_nothing_was_sent():
    async with cloud(Server()) as http:
        with pytest.raises(NOT_SENT):
            await http.post(f"http://127.0.0.1:{free_port()}/")


async def test_a_failed_tls_handshake_means_that_nothing_was_sent():
    async def rude(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"No TLS here.")
        writer.close()

    listening = await asyncio.start_server(rude, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with listening, cloud(Server()) as http:
        with pytest.raises(NOT_SENT):
            await http.post(f"https://127.0.0.1:{port}/")


async def test_a_pool_timeout_means_that_nothing_was_sent():
    server = Server(says_nothing)
    async with cloud(server, max_connections=1, time_limit=CROWDED) as http:
        first = asyncio.create_task(http.get("people"))
        await server.asked.wait()
        with pytest.raises(NOT_SENT):
            await http.post("devices")
        first.cancel()

    assert len(server.requests) == 1


async def test_the_proxy_of_the_machine_is_used():
    server = Server(says(OK))
    async with cloud(server, proxies={"http": "http://127.0.0.1:{port}"}) as http:
        await http.get("http://webex.example/v1/people")

    assert server.requests[0].startswith("GET http://webex.example/v1/people HTTP/1.1\r\n")


async def test_a_refusal_of_the_proxy_means_that_nothing_was_sent():
    refused = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
    async with cloud(Server(says(refused)), proxies={"https": "http://127.0.0.1:{port}"}) as http:
        with pytest.raises(NOT_SENT):
            await http.post("https://webex.example/v1/people")


@pytest.mark.parametrize(
    "address",
    [
        "http://ann:hunter2@127.0.0.1:99999",
        "http://ann:hunter2@[127",
        "socks5://ann:hunter2@127.0.0.1:1080",
        "ftp://ann:hunter2@127.0.0.1",
        "ann:hunter2@127.0.0.1",
        "http://",
    ],
)
async def test_an_invalid_proxy_address_sends_nothing_and_is_not_revealed(address):
    async with cloud(Server(says(OK)), proxies={"https": address}) as http:
        with pytest.raises(httpx.ProxyError) as raised:
            await http.post("https://webex.example/v1/people")
    assert "hunter2" not in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize("address", ["http://127.0.0.1:{port}", "http://127.0.0.1:99999"])
async def test_a_host_that_needs_no_proxy_is_reached_directly(monkeypatch, address):
    monkeypatch.setenv("no_proxy", "10.0.0.0/8,fd00::/8,.internal.example,127.0.0.1")
    server = Server(says(OK))
    async with cloud(server, proxies={"http": address}) as http:
        await http.get("people")

    assert server.requests[0].startswith("GET /v1/people HTTP/1.1\r\n")


async def test_the_proxy_of_the_environment_is_the_default(monkeypatch):
    server = Server(says(OK))
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", f"http://ann:hunter%402@127.0.0.1:{port}")
    async with listening, http_client(ssl.create_default_context()) as http:
        await http.get("http://webex.example/v1/people")

    assert server.requests[0].startswith("GET http://webex.example/v1/people HTTP/1.1\r\n")
    assert "proxy-authorization: basic yw5uomh1bnrlckay\r\n" in server.requests[0].lower()


def test_a_person_waits_half_a_minute_for_an_answer_and_five_seconds_for_a_connection():
    assert (TIMEOUT.total, TIMEOUT.sock_read) == (60, 30)
    assert (TIMEOUT.connect, TIMEOUT.sock_connect) == (30, 5)


def drips(head: bytes) -> Answering:
    """One byte now and then, without end."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(b"{")
            await writer.drain()
            await asyncio.sleep(0.02)

    return answer


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Slow: "],
    ids=["body", "headers"],
)
async def test_a_dripping_answer_is_given_up_although_each_byte_is_in_time(method, head):
    async with cloud(Server(drips(head)), time_limit=BRIEF) as http:
        await asyncio.wait_for(lost(http.request(method, "people")), 5)


def with_length(body: bytes, more: bytes = b"") -> bytes:
    """A whole answer."""
    return b"HTTP/1.1 200 OK\r\n" + more + b"Content-Length: %d\r\n\r\n" % len(body) + body


@pytest.mark.parametrize("surplus", [0, 1])
async def test_the_largest_answer_is_accepted_and_one_more_byte_is_not(surplus):
    server = Server(says(with_length(b"1" * (300_000 + surplus))), says(OK))
    async with cloud(server, max_answer=300_000) as http:
        answer = await http.get("people")
        assert (answer.status_code, len(answer.content)) == (
            (502, len(TOO_LARGE)) if surplus else (200, 300_000)
        )
        assert (await http.get("people")).content == b"{}"


async def test_the_length_of_a_file_is_told_without_its_body():
    server = Server(says(b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n"), says(OK))
    async with cloud(server) as http:
        answer = await http.head("contents/a")
        assert (answer.headers["content-length"], answer.content) == ("300000", b"")
        assert (await http.get("people")).content == b"{}"


@pytest.mark.parametrize("surplus", [0, 1])
@pytest.mark.parametrize("is_packed", [False, True])
async def test_a_file_has_a_limit_of_its_own(surplus, is_packed):
    content = b"1" * (300_000 + surplus)
    sent = with_length(content)
    if is_packed:
        sent = with_length(gzip.compress(content), b"Content-Encoding: gzip\r\n")
    server = Server(says(sent), says(OK))
    async with cloud(server) as http:
        call = http.build_request("GET", "contents/a", extensions={MAX_BYTES: 300_000})
        answer = await http.send(call)
        assert (answer.status_code, len(answer.content)) == (
            (413, len(TOO_LARGE)) if surplus else (200, 300_000)
        )
        assert (await http.get("people")).content == b"{}"


async def test_a_file_that_does_not_end_is_left_at_its_limit():
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"400\r\n%b\r\n" % (b"1" * 0x400))
            await writer.drain()

    async with cloud(Server(endless)) as http:
        call = http.build_request("GET", "contents/a", extensions={MAX_BYTES: 300_000})
        assert (await http.send(call)).status_code == 413


@pytest.mark.slow
async def test_a_decompression_bomb_is_not_decompressed():
    bomb = gzip.compress(b"0" * (64 * MAX_ANSWER))
    server = Server(says(with_length(bomb, b"Content-Encoding: gzip\r\n")))
    async with cloud(server) as http:
        tracemalloc.start()
        answer = await http.get("people")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert answer.status_code == 502
    assert peak < 4 * MAX_ANSWER
