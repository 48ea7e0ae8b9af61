"""The HTTP client: one pool of connections, a time limit for calls and a size limit for answers.

aiohttp is below httpx, because the pool of httpx's own transport looks at every connection for each
call: a hundred people waited several times as long (docs/performance.md).
"""

import asyncio
import ssl
import zlib
from collections.abc import Callable, Mapping
from contextlib import aclosing
from contextvars import ContextVar
from http import HTTPStatus
from http.cookiejar import CookieJar
from typing import cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

# A person waits: after half a minute without a byte a call is given up.
TIMEOUT = httpx.Timeout(30.0, connect=5.0)
CALL_TIMEOUT = 60.0  # seconds for the whole call, because an answer can come byte by byte
# Each of a hundred people needs up to three calls at once; Webex itself says when it is too much.
MAX_CONNECTIONS = 320
KEEPALIVE = 5.0  # seconds that an idle connection is kept: Webex must not close it first
# Decoded bytes. The largest answer, a page of a hundred people with their calling data, is far
# below 1 MiB.
MAX_ANSWER = 16 * 2**20
TOO_LARGE = b'{"message": "The answer was too large."}'
ENCODINGS = ("gzip", "deflate")
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
# The body is decoded already and redirects are not followed, so httpx must not look at these.
DROPPED_HEADERS = ("content-encoding", "content-length", "transfer-encoding", "location")

_url: ContextVar[httpx.URL] = ContextVar("url")  # of the call that is sent


def http_client(
    context: ssl.SSLContext,
    proxies: Mapping[str, str] | None = None,
    *,
    timeout: httpx.Timeout = TIMEOUT,
    call_timeout: float = CALL_TIMEOUT,
    max_connections: int = MAX_CONNECTIONS,
    max_answer: int = MAX_ANSWER,
) -> httpx.AsyncClient:
    """Make the client. `proxies` are addresses by scheme; the default is those of the environment.

    It sends each call once, follows no redirects and keeps no cookies.
    """
    addresses = getproxies() if proxies is None else proxies
    return httpx.AsyncClient(
        transport=Transport(context, addresses, call_timeout, max_connections, max_answer),
        timeout=timeout,
        follow_redirects=False,
        cookies=NoCookies(),
        headers={
            "User-Agent": "provbot",
            "Accept": "application/json",
            "Accept-Encoding": ", ".join(ENCODINGS),
        },
    )


class NoCookies(CookieJar):
    """Keeps no cookies: Webex needs none, and looking for them takes a tenth of a call's work."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Keep nothing."""


class Transport(httpx.AsyncBaseTransport):
    """Sends a call once, directly or through a proxy, and reads its answer within the limits."""

    def __init__(
        self,
        context: ssl.SSLContext,
        proxies: Mapping[str, str],
        call_timeout: float,
        max_connections: int,
        max_answer: int,
    ) -> None:
        self._context, self._max_connections = context, max_connections
        self._call_timeout, self._max_answer = call_timeout, max_answer
        self._session: aiohttp.ClientSession | None = None
        self._direct = self._transport()
        self._proxied = {
            scheme: self._through(proxies[scheme])
            for scheme in ("http", "https")
            if proxies.get(scheme)
        }

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer with its whole body; 502 if the body is too large."""
        transport = self._transport_for(request.url)
        _url.set(request.url)
        try:
            async with asyncio.timeout(self._call_timeout):
                response = await transport.handle_async_request(request)
                response.status_code, content = await _read(response, self._max_answer)
        except TimeoutError as error:
            raise httpx.ReadTimeout("The call took too long.") from error
        for name in DROPPED_HEADERS:
            response.headers.pop(name, None)
        response.stream = httpx.ByteStream(content)
        return response

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    def _transport_for(self, url: httpx.URL) -> AiohttpTransport:
        if url.scheme not in self._proxied or proxy_bypass(url.host):
            return self._direct
        transport = self._proxied[url.scheme]
        if transport is None:  # the address is not repeated: it may hold a password
            raise httpx.ProxyError("The address of the proxy cannot be used.")
        return transport

    def _through(self, address: str) -> AiohttpTransport | None:
        """The transport through a proxy; None if its address cannot be used."""
        try:
            parts = urlsplit(address)
            usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
            proxy = httpx.Proxy(address)
        except (httpx.InvalidURL, ValueError):
            return None
        # aiohttp takes name and password from the address; given alone they are deprecated.
        proxy.url, proxy.auth = httpx.URL(address), None
        return self._transport(proxy) if usable else None

    def _transport(self, proxy: httpx.Proxy | None = None) -> AiohttpTransport:
        return AiohttpTransport(
            verify=self._context, trust_env=False, proxy=proxy, client=self._shared_session
        )

    def _shared_session(self) -> aiohttp.ClientSession:
        """The pool of connections; it cannot be made before the event loop runs."""
        if self._session is None:
            connector = aiohttp.TCPConnector(
                ssl=self._context, limit=self._max_connections, keepalive_timeout=KEEPALIVE
            )
            self._session = aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), middlewares=(_send_once,)
            )
        return self._session


async def _send_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Send one call to the exact address, and tell lost answers from calls that were never sent.

    This corrects three things. aiohttp would encode the address again, and would repeat a GET, PUT
    or DELETE whose connection broke. httpx-aiohttp would report such a broken connection as one
    that was never made. Raising the errors of httpx here prevents the last two.
    """
    request.url = type(request.url)(str(_url.get()), encoded=True)
    try:
        return await handler(request)
    except aiohttp.ClientHttpProxyError as error:
        raise httpx.ProxyError(f"The proxy answered {error.status}.") from error
    except NOT_CONNECTED as error:
        raise httpx.ConnectError(str(error)) from error
    except aiohttp.ConnectionTimeoutError as error:
        raise httpx.ConnectTimeout(str(error)) from error
    except TimeoutError as error:
        raise httpx.ReadTimeout(str(error)) from error
    except (aiohttp.ClientError, OSError) as error:
        raise httpx.ReadError(type(error).__name__) from error


async def _read(response: httpx.Response, max_answer: int) -> tuple[int, bytes]:
    """Status and decoded body. If this fails, the call was sent, whatever the error is called."""
    try:
        async with aclosing(cast(httpx.AsyncByteStream, response.stream)) as stream:
            return await _decoded(stream, response, max_answer)
    except (*NOT_SENT, aiohttp.ClientError, OSError) as error:
        raise httpx.ReadError(type(error).__name__) from error


async def _decoded(
    stream: httpx.AsyncByteStream, response: httpx.Response, max_answer: int
) -> tuple[int, bytes]:
    """Status and body. httpx itself would decode each piece whole, to a thousand times its size."""
    decode, body = _decoder(response.headers.get("content-encoding", "")), bytearray()
    async for chunk in stream:
        body += decode(chunk, max_answer + 1 - len(body))
        if len(body) > max_answer:
            return HTTPStatus.BAD_GATEWAY, TOO_LARGE
    return response.status_code, bytes(body)


def _decoder(encoding: str) -> Callable[[bytes, int], bytes]:
    """What decodes a piece of a body, up to so many bytes."""
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
