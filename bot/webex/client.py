"""Calls to the Webex REST API: one place for time limits, retries, paging and lost answers.

A 429 is not repeated here: it holds back all calls of the token, so `turns.py` does it for them all.
"""

import json
import ssl
import time
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import quote, urlencode

import certifi

from bot import metrics, tally, telemetry
from bot.again import again
from bot.errors import OutcomeUnknown, RateLimited, Unauthorized, Unavailable, Unreached
from bot.webex import wire
from bot.webex.transport import Answer, Carrier, NoAnswer, NotSent
from bot.webex.turns import Turns

T = TypeVar("T")

log = telemetry.get_logger("webex")

ATTEMPTS, PATIENCE = 4, 40.0  # tries of one read; seconds of all its tries together
LONGEST_LOCK = 30.0  # a Retry-After of a 423 beyond this is told to the person instead
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

    value: str = field(repr=False)

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
        http: Carrier,
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
        reading = partial(self._authorized, "GET", _where(path, params))
        return (await _repeated(reading, worth_another_try))[0]

    async def query(self, path: str, body: Any, **params: Any) -> Any:
        """A POST that changes nothing (validateMacs): repeated like a read."""
        asking = partial(self._authorized, "POST", _where(path, params), _Body(body))
        return (await _repeated(asking, worth_another_try))[0]

    async def pages(
        self, path: str, key: str = "items", **params: Any
    ) -> AsyncGenerator[Any, None]:
        """The items of all pages, following `Link: rel="next"` as given."""
        where = _where(path, params)
        for _ in range(MOST_PAGES):
            reading = partial(self._authorized, "GET", where)
            body, headers = await _repeated(reading, worth_another_try)
            for item in _items(body, key):
                yield item
            where = wire.next_page(headers) or ""  # the link carries the whole query
            if not where:
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
        given = _Body(body, content_type) if body is not None else None
        changing = partial(self._change, method, _where(path, params or {}), given)
        return await _repeated(changing, worth_repeating_a_change)

    async def _change(self, method: str, path: str, body: "_Body | None") -> Any:
        try:
            return (await self._authorized(method, path, body, changing=True))[0]
        except Unreached:
            raise
        except Unavailable as problem:
            raise OutcomeUnknown(problem.status, problem.words, problem.tracking_id) from problem

    async def _tell(self, method: str, path: str, status: int, tracking_id: str) -> None:
        if self._made is not None:
            await self._made(method, path.removeprefix(self._base), status, tracking_id)

    async def _authorized(
        self, method: str, path: str, body: "_Body | None" = None, *, changing: bool = False
    ) -> tuple[Any, Mapping[str, str]]:
        """Once more with a newer token on a 401: the old one may have expired a moment ago."""
        call = partial(self._call, method, path, body, changing)
        token = await _token(self._tokens.get())
        try:
            return await self.turns.through(partial(call, token))
        except Unauthorized:
            newer = await _token(self._tokens.renew(token))
            tally.retried(tally.CALL, "token")
            return await self.turns.through(partial(call, newer))

    async def _call(
        self, method: str, path: str, body: "_Body | None", changing: bool, token: str
    ) -> tuple[Any, Mapping[str, str]]:
        tracking = f"provbot_{uuid.uuid4()}"
        headers = {"authorization": f"Bearer {token}", "trackingid": tracking}
        began, noting = time.perf_counter(), tally.current()
        with noting.api:
            answer = await self._send(method, path, headers, body)
        status = answer.status if answer is not None else 0
        tracking = answer.headers.get("trackingid", tracking) if answer is not None else tracking
        took, short = time.perf_counter() - began, path.removeprefix(self._base).split("?")[0]
        noting.called(tracking)
        log.debug(
            "call", method=method, path=short, status=status, tracking_id=tracking,
            ms=round(took * 1000),
        )  # fmt: skip
        metrics.call(method, short, status, took)
        if changing:
            await self._tell(method, path.split("?")[0], status, tracking)
        if answer is None:
            raise Unavailable(504, "Webex did not answer in time.", tracking)
        return wire.read(status, answer.headers, answer.content), answer.headers

    async def _send(
        self, method: str, path: str, headers: dict[str, str], body: "_Body | None"
    ) -> Answer | None:
        """The answer; None where the call left but no answer came back."""
        if body is not None:
            headers["content-type"] = body.type
        content = body.content if body is not None else None
        try:
            return await self._http.send(method, self._url(path), headers, content)
        except NotSent as problem:
            raise Unreached(503, "Webex cannot be reached.", headers["trackingid"]) from problem
        except NoAnswer as problem:
            log.warning("no answer", method=method, reason=str(problem))
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


@dataclass(frozen=True)
class _Body:
    """What a call carries, in JSON."""

    value: Any
    type: str = "application/json"

    @property
    def content(self) -> bytes:
        return json.dumps(
            self.value, ensure_ascii=False, separators=(",", ":"), allow_nan=False
        ).encode()


async def _repeated(call: Callable[[], Awaitable[T]], on: Callable[[Exception], bool | float]) -> T:
    return await again(call, on, name=tally.CALL, attempts=ATTEMPTS, timeout=PATIENCE)


def _items(body: Any, key: str) -> list[Any]:
    """The list in an answer; nothing where there is none."""
    found = body.get(key) if isinstance(body, dict) else None
    return found if isinstance(found, list) else []


def _where(path: str, params: Mapping[str, Any]) -> str:
    """The path with its query, encoded; what has no value is left out."""
    given = {name: value for name, value in params.items() if value is not None}
    path = quote(path, safe="/=")
    return f"{path}?{urlencode(given, quote_via=quote)}" if given else path
