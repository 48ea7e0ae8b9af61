"""How calls leave: httpx gives and takes, aiohttp carries.

httpx's own carrier looks at every connection for every call. That was half of the CPU time of an event,
and grows with the number of people who wait at the same time. aiohttp's parser is compiled, and
finds a connection without looking at the others.
"""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Self
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from yarl import URL

# What aiohttp calls it when nothing was sent.
NEVER_LEFT = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientConnectorSSLError,
    aiohttp.ClientConnectorCertificateError,
    aiohttp.ClientHttpProxyError,
)


class Transport(httpx.AsyncBaseTransport):
    """Carries each request once. Raises the errors of httpx: ConnectError and ConnectTimeout when it never left.

    `limits` as with httpx; of its keep-alive only the seconds count. `proxies` are addresses by scheme.
    """

    def __init__(
        self,
        context: ssl.SSLContext,
        limits: httpx.Limits,
        proxies: Mapping[str, str] | None = None,
    ) -> None:
        self._context, self._limits = context, limits
        self._proxies = getproxies() if proxies is None else proxies
        self._proxy_of: dict[str, str | None] = {}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            ssl=self._context,
            limit=self._limits.max_connections or 0,
            keepalive_timeout=self._limits.keepalive_expiry or 0,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # httpx does
            middlewares=(_once,),
        )
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it, and return the answer with all of its body."""
        assert self._session is not None  # noqa: S101 - httpx enters its transport before the first call
        url = str(request.url)
        sending = self._session.request(
            request.method,
            URL(url, encoded=True),
            headers=request.headers.multi_items(),
            data=await request.aread() or None,
            allow_redirects=False,
            timeout=_patience(request.extensions.get("timeout") or {}),
            proxy=self._proxy(request.url),
        )
        with _in_words_of_httpx():
            async with sending as answer:
                body = await answer.read()
        return httpx.Response(
            answer.status, headers=answer.raw_headers, content=body, request=request
        )

    def _proxy(self, url: httpx.URL) -> str | None:
        """The proxy of the machine for this host, looked for once."""
        if url.host not in self._proxy_of:
            found = None if proxy_bypass(url.host) else self._proxies.get(url.scheme)
            self._proxy_of[url.host] = found
        return self._proxy_of[url.host]


def _patience(timeout: Mapping[str, float | None]) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(
        total=None,
        connect=timeout.get("pool"),
        sock_connect=timeout.get("connect"),
        sock_read=timeout.get("read"),
    )


async def _once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """aiohttp would send a GET, PUT or DELETE again by itself, had it not become an error of httpx here."""
    with _in_words_of_httpx():
        return await handler(request)


@contextmanager
def _in_words_of_httpx() -> Iterator[None]:
    try:
        yield
    except NEVER_LEFT as problem:
        raise httpx.ConnectError(str(problem)) from problem
    except aiohttp.ConnectionTimeoutError as problem:
        raise httpx.ConnectTimeout(str(problem)) from problem
    except TimeoutError as problem:
        raise httpx.ReadTimeout(str(problem)) from problem
    except (aiohttp.ClientError, OSError) as problem:
        raise httpx.ReadError(str(problem)) from problem
