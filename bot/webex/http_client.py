"""The HTTP client: one pool of connections, a time limit for calls and a size limit for answers.

aiohttp is below httpx, because the pool of httpx's own transport looks at every connection for each
call: a hundred people waited several times as long (docs/performance.md).
"""

import ssl
import zlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from aiohttp.abc import AbstractStreamWriter
from yarl import URL

from bot.webex.connections import FRESH, KEEPALIVE, MAX_CONNECTIONS, Attempt, Pool, attempt

# Seconds. A person waits: after half a minute without a byte a call is given up. A whole call may
# take a minute, because an answer can come byte by byte. `connect` includes the wait for a free
# connection.
TIMEOUT = aiohttp.ClientTimeout(total=60.0, sock_read=30.0, sock_connect=5.0, connect=30.0)
# Decoded bytes. The largest answer, a page of a hundred people with their calling data, is far
# below 1 MiB.
MAX_ANSWER = 16 * 2**20
TOO_LARGE = b'{"message": "The answer was too large."}'
MAX_BYTES = "max_bytes"  # the extension of a request with a limit of its own
ENCODINGS = ("gzip", "deflate")
BeforeChange = Callable[[], Awaitable[None]]
READS = frozenset({"GET", "HEAD"})
# These mean that nothing of the call was sent. After any other error the call may have arrived.
NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
# What aiohttp raises before it sends anything.
NOT_CONNECTED = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientConnectorSSLError,
    aiohttp.ClientConnectorCertificateError,
)
# They describe the body as it was sent; it is decoded already.
DROPPED_HEADERS = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})


class MayNotSend(httpx.ConnectError):
    """`before_change` raises it: it is unknown whether this process still leads."""


class BrokenConnection(httpx.ReadError):
    """The connection ended before the answer began."""


def http_client(
    context: ssl.SSLContext,
    proxies: Mapping[str, str] | None = None,
    *,
    timeout: aiohttp.ClientTimeout = TIMEOUT,
    max_answer: int = MAX_ANSWER,
    pool: Callable[[], Pool] | None = None,
    before_change: BeforeChange | None = None,
) -> httpx.AsyncClient:
    """Make the client. `proxies` are addresses by scheme; the default is those of the environment.

    It sends each change once, follows no redirects and keeps no cookies. `pool` makes the pool of
    connections. `before_change` is awaited right before a change is sent; if it raises
    httpx.ConnectError, nothing is.
    """
    addresses = getproxies() if proxies is None else proxies
    make_pool = pool or (lambda: Pool(context, MAX_CONNECTIONS, before_change=before_change))
    return DirectClient(Transport(make_pool, addresses, timeout, max_answer, before_change))


class DirectClient(httpx.AsyncClient):
    """Passes each request to the transport, and each answer to the hooks, and nothing else.

    The client of httpx also looks for cookies, redirects and signatures, which takes as long as
    sending the call.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        super().__init__(
            transport=transport,
            headers={
                "User-Agent": "provbot",
                "Accept": "application/json",
                "Accept-Encoding": ", ".join(ENCODINGS),
            },
        )
        self._direct = transport

    async def send(self, request: httpx.Request, **_options: Any) -> httpx.Response:
        """The answer with its whole body."""
        response = await self._direct.handle_async_request(request)
        for hook in self.event_hooks["response"]:
            await hook(response)
        return response


class Transport(httpx.AsyncBaseTransport):
    """Sends a call, directly or through a proxy, and reads its answer within the limits."""

    def __init__(
        self,
        make_pool: Callable[[], Pool],
        proxies: Mapping[str, str],
        timeout: aiohttp.ClientTimeout,
        max_answer: int,
        before_change: BeforeChange | None = None,
    ) -> None:
        self._before_change = before_change
        self._make_pool, self._timeout, self._max_answer = make_pool, timeout, max_answer
        self._session: aiohttp.ClientSession | None = None
        self._proxies = {
            scheme: _proxy(proxies[scheme]) for scheme in ("http", "https") if proxies.get(scheme)
        }
        self._needs_no_proxy = cache(proxy_bypass)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer with its whole body; 502 if the body is too large.

        Beyond the limit of the request itself it is 413: asking again brings the same.
        Only a read is sent a second time: at once, if its connection ended while it was idle.
        """
        changing = request.method not in READS
        first = Attempt(max_idle=FRESH if changing else KEEPALIVE, changing=changing)
        try:
            return await self._send(request, first)
        except BrokenConnection:
            if changing or not first.reused:
                raise
            return await self._send(request, Attempt(max_idle=0.0))

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    async def _send(self, request: httpx.Request, current: Attempt) -> httpx.Response:
        attempt.set(current)
        session = self._session or self._open()
        body = self._body(await request.aread(), current)
        try:
            async with session.request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=[(name.decode(), value.decode()) for name, value in request.headers.raw],
                data=body,
                allow_redirects=False,
                proxy=self._proxy_for(request.url),
            ) as answer:
                max_bytes = request.extensions.get(MAX_BYTES)
                status, content = await _read(answer, max_bytes or self._max_answer)
        except TimeoutError as error:
            raise httpx.ReadTimeout("The call took too long.") from error
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as error:
            raise httpx.UnsupportedProtocol(type(error).__name__) from error
        except (aiohttp.ClientError, OSError) as error:
            refusal = body.refusal if body else None
            raise refusal or httpx.ReadError(type(error).__name__) from error
        if max_bytes and content is TOO_LARGE:
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return _response(request, status, answer.raw_headers, content)

    def _body(self, content: bytes, current: Attempt) -> "_Body | None":
        return (
            _Body(content, self._before_change if current.changing else None) if content else None
        )

    def _open(self) -> aiohttp.ClientSession:
        """The session; it cannot be made before the event loop runs."""
        self._session = aiohttp.ClientSession(
            connector=self._make_pool(),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeout,
            auto_decompress=False,
            middlewares=(_send_once,),
        )
        return self._session

    def _proxy_for(self, url: httpx.URL) -> URL | None:
        if not self._proxies or url.scheme not in self._proxies or self._needs_no_proxy(url.host):
            return None
        proxy = self._proxies[url.scheme]
        if proxy is None:  # the address is not repeated: it may hold a password
            raise httpx.ProxyError("The address of the proxy cannot be used.")
        return proxy


class _Body(aiohttp.BytesPayload):
    """A body that is checked again as its first byte leaves, with the headers.

    The event loop may have had other work since the connection was there.
    """

    refusal: MayNotSend | None = None

    def __init__(self, content: bytes, before_change: BeforeChange | None) -> None:
        super().__init__(content)
        self._before_change = before_change

    async def write_with_length(
        self, writer: AbstractStreamWriter, content_length: int | None
    ) -> None:
        """Send it, if this process still leads."""
        if self._before_change is not None:
            try:
                await self._before_change()
            except MayNotSend as error:
                self.refusal = error
                raise
        await super().write_with_length(writer, content_length)


def _response(
    request: httpx.Request, status: int, headers: Iterable[tuple[bytes, bytes]], content: bytes
) -> httpx.Response:
    """The answer with its decoded body, and without the headers about its encoding."""
    dropped = DROPPED_HEADERS
    if request.method == "HEAD":  # there was no body, and its length is asked for
        dropped -= {b"content-length"}
    kept = [pair for pair in headers if pair[0].lower() not in dropped]
    # `content` instead of `stream` would make httpx look at all headers again.
    response = httpx.Response(
        status, headers=kept, stream=httpx.ByteStream(content), request=request
    )
    response.read()
    return response


def _proxy(address: str) -> URL | None:
    """The address of a proxy, with name and password; None if it cannot be used."""
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        return URL(address) if usable else None
    except ValueError:
        return None


async def _send_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Tell lost answers from calls that were never sent.

    aiohttp would repeat a GET, PUT or DELETE whose connection broke. Raising the errors of httpx
    here prevents that.
    """
    try:
        return await handler(request)
    except aiohttp.ClientHttpProxyError as error:
        raise httpx.ProxyError(f"The proxy answered {error.status}.") from error
    except NOT_CONNECTED as error:
        raise httpx.ConnectError(str(error)) from error
    except aiohttp.ConnectionTimeoutError as error:
        raise httpx.ConnectTimeout(str(error)) from error
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, ConnectionError) as error:
        raise BrokenConnection(type(error).__name__) from error


async def _read(answer: aiohttp.ClientResponse, max_answer: int) -> tuple[int, bytes]:
    """Status and decoded body, which is decoded piece by piece because of its limit."""
    decode, body = _decoder(answer.headers.get("content-encoding", "")), bytearray()
    while chunk := await answer.content.readany():
        body += decode(chunk, max_answer + 1 - len(body))
        if len(body) > max_answer:
            return HTTPStatus.BAD_GATEWAY, TOO_LARGE
    return answer.status, bytes(body)


def _decoder(encoding: str) -> Callable[[bytes, int], bytes]:
    """What decodes a piece of a body, up to a number of bytes."""
    if encoding.strip().lower() in ("", "identity"):
        return lambda chunk, _limit: chunk
    if encoding.strip().lower() not in ENCODINGS:
        raise httpx.DecodingError("The answer has an encoding that was not asked for.")
    decompressor = zlib.decompressobj(zlib.MAX_WBITS | 32)  # tells gzip and deflate apart itself

    def decompress(chunk: bytes, limit: int) -> bytes:
        try:
            return decompressor.decompress(chunk, limit)
        except zlib.error as error:
            raise httpx.DecodingError("The answer cannot be decompressed.") from error

    return decompress
