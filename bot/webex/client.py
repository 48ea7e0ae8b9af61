"""Calls to the Webex REST API: one place for time limits, retries, paging and lost answers.

A 429 is not repeated here: it holds back all calls of the token, so `turns.py` does it for them all.
"""

import ssl
import time
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol

import certifi
import httpx
import stamina

from bot import metrics, telemetry
from bot.errors import OutcomeUnknown, RateLimited, Unauthorized, Unavailable, Unreached
from bot.webex import wire
from bot.webex.transport import Transport
from bot.webex.turns import Turns

log = telemetry.get_logger("webex")

# A person waits: give a slow answer half a minute, then say so.
TIMEOUT = httpx.Timeout(30.0, connect=5.0)
# Each of a hundred people needs up to three calls side by side; Webex says itself when it is too much.
LIMITS = httpx.Limits(max_connections=320)
ATTEMPTS, PATIENCE = 4, 40.0  # tries of one read; seconds of all its tries together
LONGEST_LOCK = 30.0  # a Retry-After of a 423 beyond this is told to the person instead
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
MOST_PAGES = 200  # a stop against a `next` link that leads in circles


# Method, path, status (0: no answer), tracking id of a changing call. Never the body.
OnMade = Callable[[str, str, int, str], Awaitable[None]]


class TokenSource(Protocol):
    """Where a client gets its access token."""

    async def get(self) -> str:
        """The token to use now."""
        ...

    async def renew(self, rejected: str) -> str:
        """A newer token than the one Webex has just refused; raises Unauthorized if there is none."""
        ...


@dataclass(frozen=True)
class FixedToken:
    """A token that nobody renews: the bot's own, or a trial's."""

    value: str

    async def get(self) -> str:
        """The token."""
        return self.value

    async def renew(self, rejected: str) -> str:  # noqa: ARG002 - the Protocol's signature
        """Nothing newer exists."""
        raise Unauthorized(401, "The access token is not accepted.")


@cache
def trust(ca_file: Path | None) -> ssl.SSLContext:
    """The machine's authorities, certifi's, and one more for proxies that inspect TLS; read once, for it is slow."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


def http_client(context: ssl.SSLContext) -> httpx.AsyncClient:
    """The one connection pool."""
    return httpx.AsyncClient(
        timeout=TIMEOUT, transport=Transport(context, LIMITS), follow_redirects=False
    )


def worth_another_try(error: Exception) -> bool | float:
    """Whether a read may be repeated, or in how many seconds Webex wants it."""
    if isinstance(error, RateLimited):
        soon = error.status == HTTPStatus.LOCKED and error.retry_after <= LONGEST_LOCK
        return error.retry_after if soon else False
    return isinstance(error, Unavailable)


def worth_repeating_a_change(error: Exception) -> bool | float:
    """423 and a connection never made mean that nothing was done; else never twice."""
    return isinstance(error, RateLimited | Unreached) and worth_another_try(error)


class Client:
    """One token's view of the API. Paths are below `base_url`, without a leading slash."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        base_url: str,
        tokens: TokenSource,
        made: OnMade | None = None,
    ) -> None:
        """`made` hears of every changing call that got an answer, or none (status 0)."""
        self._http = http
        self._base = base_url
        self._tokens = tokens
        self._made = made
        self.turns = Turns()

    async def get(self, path: str, **params: Any) -> Any:
        """A read: repeated with jitter while Webex is unwell."""
        async for attempt in _attempts(worth_another_try):
            with attempt:
                return (await self._authorized("GET", path, params=_given(params)))[0]
        raise AssertionError

    async def query(self, path: str, body: Any, **params: Any) -> Any:
        """A POST that changes nothing (validateMacs): repeated like a read."""
        async for attempt in _attempts(worth_another_try):
            with attempt:
                return (await self._authorized("POST", path, params=_given(params), json=body))[0]
        raise AssertionError

    async def pages(
        self, path: str, key: str = "items", **params: Any
    ) -> AsyncGenerator[Any, None]:
        """The items of all pages, following `Link: rel="next"` as given."""
        where: str | None = path
        query: Mapping[str, Any] | None = _given(params)
        for _ in range(MOST_PAGES):
            body, headers = await self._page(where, query)
            for item in _items(body, key):
                yield item
            where, query = wire.next_page(headers), None  # the link carries the whole query
            if where is None:
                return

    async def change(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content_type: str = "application/json",
        params: Mapping[str, Any] | None = None,
    ) -> Any:
        """A call that changes something. Sent once, unless Webex says it did nothing (429, 423).

        Raises Unreached when it never left, OutcomeUnknown when the answer was lost or says nothing about what happened.
        """
        headers = {"content-type": content_type} if body is not None else {}
        sent = {"params": _given(params or {}), "json": body, "headers": headers}
        async for attempt in _attempts(worth_repeating_a_change):
            with attempt:
                return await self._change(method, path, sent)
        raise AssertionError

    async def _change(self, method: str, path: str, sent: dict[str, Any]) -> Any:
        try:
            return (await self._authorized(method, path, changing=True, **sent))[0]
        except Unreached:
            raise
        except Unavailable as problem:
            raise OutcomeUnknown(problem.status, problem.words, problem.tracking_id) from problem

    async def _tell(self, method: str, path: str, status: int, tracking_id: str) -> None:
        if self._made is not None:
            await self._made(method, path.removeprefix(self._base), status, tracking_id)

    async def _page(self, where: str | None, query: Mapping[str, Any] | None) -> Any:
        async for attempt in _attempts(worth_another_try):
            with attempt:
                return await self._authorized("GET", where or "", params=query)
        raise AssertionError

    async def _authorized(self, method: str, path: str, **kwargs: Any) -> tuple[Any, httpx.Headers]:
        """Once more with a newer token on a 401: the old one may have expired a moment ago."""
        call = partial(self._call, method, path, **kwargs)
        token = await _token(self._tokens.get())
        try:
            return await self.turns.through(partial(call, token))
        except Unauthorized:
            newer = await _token(self._tokens.renew(token))
            return await self.turns.through(partial(call, newer))

    async def _call(
        self, method: str, path: str, token: str, *, changing: bool = False, **kwargs: Any
    ) -> tuple[Any, httpx.Headers]:
        tracking = f"provbot_{uuid.uuid4()}"
        own = {"authorization": f"Bearer {token}", "trackingid": tracking}
        kwargs["headers"] = {**kwargs.get("headers", {}), **own}
        began = time.perf_counter()
        answer = await self._request(method, path, tracking, kwargs)
        status = answer.status_code if answer is not None else 0
        tracking = answer.headers.get("trackingid", tracking) if answer is not None else tracking
        took, short = time.perf_counter() - began, path.removeprefix(self._base).split("?")[0]
        log.info(
            "call", method=method, path=short, status=status, tracking_id=tracking,
            ms=round(took * 1000),
        )  # fmt: skip
        metrics.CALLS.labels(method, metrics.template(short), str(status)).observe(took)
        if changing:
            await self._tell(method, path, status, tracking)
        if answer is None:
            raise Unavailable(504, "Webex did not answer in time.", tracking)
        return wire.read(status, answer.headers, answer.content), answer.headers

    async def _request(
        self, method: str, path: str, tracking: str, kwargs: dict[str, Any]
    ) -> httpx.Response | None:
        """The answer; None where the call left but no answer came back."""
        try:
            return await self._http.request(method, self._url(path), **kwargs)
        except NOT_SENT as problem:
            raise Unreached(503, "Webex cannot be reached.", tracking) from problem
        except httpx.TransportError as problem:
            log.warning("no answer", method=method, reason=type(problem).__name__)
            return None

    def _url(self, path: str) -> str:
        if path.startswith(self._base + "/"):
            return path
        if "://" in path:
            # A paging link to another host would carry our token there.
            raise Unavailable(502, "Webex named an unexpected address for the next page.")
        return f"{self._base}/{path}"


async def _token(getting: Awaitable[str]) -> str:
    """Without a token nothing was sent, or what was sent was refused: in no case was anything done."""
    try:
        return await getting
    except Unavailable as problem:
        raise Unreached(problem.status, problem.words, problem.tracking_id) from problem


def _attempts(on: Callable[[Exception], bool | float]) -> Any:
    return stamina.retry_context(on=on, attempts=ATTEMPTS, timeout=PATIENCE)


def _items(body: Any, key: str) -> list[Any]:
    """The list in an answer; nothing where there is none."""
    found = body.get(key) if isinstance(body, dict) else None
    return found if isinstance(found, list) else []


def _given(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value is not None}
