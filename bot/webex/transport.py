"""How calls leave: aiohttp carries each of them once, and says whether it left.

aiohttp and not httpx: its parser is compiled and it finds a free connection without looking at the
others, which is less than half the CPU time for each call (bench/results.md).
"""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol
from urllib.request import getproxies, proxy_bypass

import aiohttp
from yarl import URL

# A person waits: give a slow answer half a minute, then say so.
PATIENCE = aiohttp.ClientTimeout(total=None, connect=30.0, sock_connect=5.0, sock_read=30.0)
# Each of a hundred people needs up to three calls side by side; Webex says itself when it is too much.
MOST_CONNECTIONS = 320
KEPT_FOR = 5.0  # seconds that a connection without a call is kept: Webex must not close it first
# What aiohttp calls it when nothing was sent.
NEVER_LEFT = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientConnectorSSLError,
    aiohttp.ClientConnectorCertificateError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ConnectionTimeoutError,
)
UNANSWERED = (aiohttp.ClientError, OSError)  # a TimeoutError is an OSError


class NotSent(Exception):
    """The call never left: nothing was done."""


class NoAnswer(Exception):
    """The call may have arrived; no whole answer came back. Says of which kind it was."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; the names of headers are found in any case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Carrier(Protocol):
    """Sends one call."""

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None
    ) -> Answer:
        """Send it once, follow nobody. `url` is whole and encoded. Raises NotSent, NoAnswer."""
        ...


@dataclass(frozen=True)
class Transport:
    """The Carrier over the network, by the proxy of the machine where it has one."""

    session: aiohttp.ClientSession
    proxies: Mapping[str, str]  # addresses by scheme

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None
    ) -> Answer:
        """Send it once, follow nobody. `url` is whole and encoded. Raises NotSent, NoAnswer."""
        at = URL(url, encoded=True)
        proxy = self._proxy(at)
        sending = self.session.request(
            method, at, headers=headers, data=content, allow_redirects=False, proxy=proxy
        )
        try:
            async with sending as answer:
                return Answer(answer.status, answer.headers, await answer.read())
        except UNANSWERED as problem:
            raise NoAnswer(type(problem).__name__) from problem

    def _proxy(self, url: URL) -> URL | None:
        found = self.proxies.get(url.scheme)
        if not found or proxy_bypass(url.host or ""):
            return None
        try:
            return URL(found)
        except ValueError as problem:  # its port, say; the address may hold a password
            raise NotSent("The address of the proxy is none.") from problem


@asynccontextmanager
async def transport(
    context: ssl.SSLContext,
    patience: aiohttp.ClientTimeout = PATIENCE,
    most: int = MOST_CONNECTIONS,
    proxies: Mapping[str, str] | None = None,
) -> AsyncIterator[Transport]:
    """The one pool of connections, for as long as it is needed."""
    connector = aiohttp.TCPConnector(ssl=context, limit=most, keepalive_timeout=KEPT_FOR)
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=patience,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "provbot", "Accept": "application/json"},
        middlewares=(_once,),
    ) as session:
        yield Transport(session, getproxies() if proxies is None else proxies)


async def _once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """aiohttp would send a GET, PUT or DELETE again by itself, had it not become our error here."""
    try:
        return await handler(request)
    except NEVER_LEFT as problem:
        raise NotSent(str(problem)) from problem
    except UNANSWERED as problem:
        raise NoAnswer(type(problem).__name__) from problem
