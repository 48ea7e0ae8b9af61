"""Calls to the Webex REST API: one place for time limits, retries, paging and lost answers.

A 429 is not repeated here: it holds back all calls of its API, so the rate limiter repeats them.
"""

import asyncio
import json
import secrets
import ssl
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar
from urllib.parse import quote, urlencode

import certifi
import httpx

from bot.core import call_stats, logs, masking, metrics, retry
from bot.core.errors import (
    LeadershipUnknown,
    OutcomeUnknown,
    Unauthorized,
    Unavailable,
    Undecodable,
    Unreached,
    Unreadable,
)
from bot.core.models.files import FileMessage
from bot.webex import responses
from bot.webex.http_client import MAX_BYTES, NOT_SENT, MayNotSend
from bot.webex.rate_limiter import RateLimiter

T = TypeVar("T")

# Half of the addresses are used again soon, and parsing one takes a tenth of a call's CPU.
_parsed = lru_cache(maxsize=256)(httpx.URL)

log = logs.get_logger("webex")

MAX_PAGES = 200  # stops at a `next` link that leads in circles
PAGES_TIMEOUT = 600.0  # seconds for all pages of a list, waits for the rate limit included


# Called with method, path, status (0: no answer) and tracking id of a change. Never with its body.
OnWrite = Callable[[str, str, int, str], Awaitable[None]]


class TokenSource(Protocol):
    """Where a client gets its access token."""

    async def get(self) -> str:
        """The token to use now."""
        ...

    async def renew(self, rejected: str) -> str:
        """A newer token than the refused one; raises Unauthorized if there is none."""
        ...


@dataclass(frozen=True)
class FixedToken:
    """A token that cannot be renewed: the bot's own, or one for a trial."""

    value: str = field(repr=False)

    async def get(self) -> str:
        """The token."""
        return self.value

    async def renew(self, rejected: str) -> str:  # noqa: ARG002 - the Protocol's signature
        """Raise Unauthorized: there is no newer token."""
        raise Unauthorized(401, "The access token is not accepted.")


@cache
def ssl_context(ca_file: Path | None) -> ssl.SSLContext:
    """A context that trusts the machine's authorities, certifi's, and those in `ca_file`.

    Cached, because loading takes long.
    """
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


@dataclass(frozen=True)
class Body:
    """The body of a call, as it is sent, and its media type."""

    content: bytes = b""
    content_type: str = ""

    @classmethod
    def of_json(cls, value: Any, content_type: str = "application/json") -> "Body":
        """The value in JSON."""
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return cls(text.encode(), content_type)

    @classmethod
    def of_form(cls, fields: Mapping[str, str], file: FileMessage) -> "Body":
        """A form with one file."""
        files = {"files": (file.name, file.content, file.media_type)}
        form = httpx.Request("POST", "", data=dict(fields), files=files)
        return cls(form.read(), form.headers["content-type"])


NO_BODY = Body()


class Page(NamedTuple):
    """A page of a list: its rows, the whole answer, and the link to the next page, if any."""

    rows: list[dict[str, Any]]
    body: Any
    next_link: str = ""

    @property
    def is_last(self) -> bool:
        """Whether no page comes after it."""
        return not self.next_link


_items = partial(responses.rows, key="items")


class Client:
    """One token's view of the API. Paths are below `base_url`, without a leading slash."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        base_url: str,
        tokens: TokenSource,
        on_write: OnWrite | None = None,
    ) -> None:
        """`on_write` is called after every change, with status 0 if there was no answer."""
        self._http, self._headers = http, http.headers.raw
        others = (pair for pair in self._headers if pair[0].lower() != b"accept")
        self._file_headers = [*others, (b"accept", b"*/*")]
        self._base = base_url
        self._tokens = tokens
        self._on_write = on_write
        self._rate_limiter = RateLimiter()

    async def get(self, path: str, *, lists: str = "", **params: Any) -> Any:
        """A read: retried while Webex fails or the answer is empty.

        `lists` is the key of a list: an answer without it is Unreadable.
        """
        check = partial(responses.rows, key=lists) if lists else None
        read = partial(self._read, _with_query(path, params), check)
        return (await retry.run(retry.READ, read))[0]

    async def headers(self, path: str) -> Mapping[str, str]:
        """A HEAD: the headers of a file. Not retried: no change needs them."""
        return (await self._call_with_token("HEAD", _with_query(path, {}), max_bytes=1))[1]

    async def download(self, path: str, max_bytes: int) -> tuple[bytes, Mapping[str, str]]:
        """The bytes of a file, and the headers. Not retried.

        WebexError with status 413 if it has more bytes, whatever its Content-Length says.
        """
        path = _with_query(path, {})
        content, headers = await self._call_with_token("GET", path, max_bytes=max_bytes)
        return content, headers

    async def query(self, path: str, body: Any, **params: Any) -> Any:
        """A POST that changes nothing (validateMacs): retried like a read."""
        ask = partial(self._call_with_token, "POST", _with_query(path, params), Body.of_json(body))
        return (await retry.run(retry.READ, ask))[0]

    async def pages(
        self, path: str, key: str = "items", **params: Any
    ) -> AsyncGenerator[Any, None]:
        """The items of all pages. Each page must have its list."""
        rows = partial(responses.rows, key=key)
        async with aclosing(self.page_by_page(path, rows, **params)) as pages:
            async for page in pages:
                for item in page.rows:
                    yield item

    async def page_by_page(
        self,
        path: str,
        rows: Callable[[Any], list[dict[str, Any]]] = _items,
        *,
        max_pages: int = MAX_PAGES,
        **params: Any,
    ) -> AsyncGenerator[Page, None]:
        """All pages, following `Link: rel="next"`. `rows` finds the list in an answer.

        `path` may be the link to a page, without `params`. Ends without a last page after
        `max_pages`, and if the links lead in a circle.
        """
        clock = asyncio.get_running_loop().time
        url = path if "://" in path else _with_query(path, params)
        seconds_left = PAGES_TIMEOUT
        read: set[str] = set()
        while url and (short := self._short(url)) not in read and len(read) < max_pages:
            read.add(short)
            began = clock()
            async with _time_limit(seconds_left):
                body, headers = await retry.run(retry.READ, partial(self._read, url, rows))
            seconds_left -= clock() - began  # without the time that the caller spends on the items
            url = responses.next_page(headers) or ""  # the link contains the whole query
            yield Page(rows(body), body, url)

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

        Raises Unreached or Withdrawn if it never left, OutcomeUnknown if the answer was lost or
        tells nothing.
        """
        sent = NO_BODY if body is None else Body.of_json(body, content_type)
        change = partial(self._change_once, method, _with_query(path, params or {}), sent)
        return (await retry.run(retry.CHANGE, change))[0]

    async def change_several(
        self, path: str, body: Any, *, params: Mapping[str, Any]
    ) -> tuple[Any, str]:
        """A POST of several things, whose good answer may refuse some; with its tracking id.

        Sent and retried like `change`.
        """
        change = partial(self._change_once, "POST", _with_query(path, params), Body.of_json(body))
        answer, headers = await retry.run(retry.CHANGE, change)
        return answer, responses.tracking_id(headers)

    async def upload(self, path: str, fields: Mapping[str, str], file: FileMessage) -> Any:
        """A POST of a form with one file. Sent and retried like `change`."""
        sent = Body.of_form(fields, file)
        change = partial(self._change_once, "POST", _with_query(path, {}), sent)
        return (await retry.run(retry.CHANGE, change))[0]

    async def _read(
        self, url: str, check: Callable[[Any], object] | None = None
    ) -> tuple[Any, Mapping[str, str]]:
        body, headers = await self._call_with_token("GET", url)
        if body is None:
            raise Unreadable(HTTPStatus.BAD_GATEWAY, "The answer was empty.")
        if check is not None:
            check(body)
        return body, headers

    async def _change_once(
        self, method: str, path: str, body: Body
    ) -> tuple[Any, Mapping[str, str]]:
        try:
            return await self._call_with_token(method, path, body, changing=True)
        except Unreached:
            raise
        except (Unavailable, Undecodable) as error:
            raise OutcomeUnknown(error.status, error.message, error.tracking_id) from error

    async def _call_with_token(
        self,
        method: str,
        path: str,
        body: Body = NO_BODY,
        *,
        changing: bool = False,
        max_bytes: int | None = None,
    ) -> tuple[Any, Mapping[str, str]]:
        """Make a call; after a 401 once more with a newer token, as the old may have expired.

        With `max_bytes` the answer is a file, else JSON.
        """
        call = partial(self._call, method, path, body, changing, max_bytes)
        limited = partial(self._rate_limiter.run, self._short(path), changing=changing)
        token = await _token(self._tokens.get())
        try:
            return await limited(partial(call, token))
        except Unauthorized:
            newer = await _token(self._tokens.renew(token))
            call_stats.count_retry(call_stats.CALL, "unauthorized")
            return await limited(partial(call, newer))

    async def _call(
        self, method: str, path: str, body: Body, changing: bool, max_bytes: int | None, token: str
    ) -> tuple[Any, Mapping[str, str]]:
        """Send it, and read the answer. Unavailable if it left but no answer came back."""
        tracking = f"provbot_{secrets.token_hex(16)}"
        began, answer = time.perf_counter(), None
        try:
            with call_stats.current().api:
                request = self._request(method, path, body, max_bytes, token, tracking)
                answer = await self._http.send(request)
        except MayNotSend as error:
            raise LeadershipUnknown(503, str(error), tracking) from error
        except NOT_SENT as error:
            raise Unreached(503, "Webex cannot be reached.", tracking) from error
        except httpx.RequestError as error:
            log.warning("no_response", method=method, reason=type(error).__name__)
        took = time.perf_counter() - began
        await self._note_call(method, path, answer, tracking, took, changing)
        if answer is None:
            raise Unavailable(504, "Webex did not answer in time.", tracking)
        with masking.during((token,)):
            read = responses.read if max_bytes is None else responses.content
            return read(answer.status_code, answer.headers, answer.content), answer.headers

    def _request(
        self, method: str, path: str, body: Body, max_bytes: int | None, token: str, tracking: str
    ) -> httpx.Request:
        headers = [
            *(self._headers if max_bytes is None else self._file_headers),
            (b"authorization", f"Bearer {token}".encode()),  # whatever a person typed as a token
            (b"trackingid", tracking.encode()),
        ]
        if body.content_type:
            headers.append((b"content-type", body.content_type.encode()))
        # `content` instead of `stream` would make httpx look at all headers again.
        stream = httpx.ByteStream(body.content)
        limits = {} if max_bytes is None else {MAX_BYTES: max_bytes}
        return httpx.Request(
            method, self._url(path), headers=headers, stream=stream, extensions=limits
        )

    async def _note_call(
        self,
        method: str,
        path: str,
        answer: httpx.Response | None,
        tracking: str,
        took: float,
        changing: bool,
    ) -> None:
        """Count and log a call, with status 0 if there was no answer; report it if it is a change.

        `tracking` is the id that was sent; Webex may answer with another.
        """
        status = answer.status_code if answer is not None else 0
        if answer is not None:
            tracking = responses.tracking_id(answer.headers) or tracking
        short = path.removeprefix(self._base).split("?")[0]
        call_stats.current().add_call(tracking)
        log.debug(
            "call",
            method=method,
            path=short,
            status=status,
            tracking_id=tracking,
            ms=round(took * 1000),
        )
        metrics.call(method, short, status, took)
        if changing and self._on_write is not None:
            await self._on_write(method, short, status, tracking)

    def _short(self, path: str) -> str:
        """The path below the base address: the link to a next page has the whole address."""
        return path.removeprefix(self._base + "/")

    def _url(self, path: str) -> httpx.URL:
        """The address of a path or of the next page; both are already encoded."""
        if "://" not in path:
            return _parsed(f"{self._base}/{path}")
        with suppress(httpx.InvalidURL):
            if path.startswith(self._base + "/"):
                return httpx.URL(path)
        # Another host would receive the token.
        raise Unavailable(502, "Webex named an unexpected address for the next page.")


async def _token(token: Awaitable[str]) -> str:
    """The token. Raises Unreached without one: then the call did nothing."""
    try:
        return await token
    except Unavailable as error:
        raise Unreached(error.status, error.message, error.tracking_id) from error


@asynccontextmanager
async def _time_limit(seconds: float) -> AsyncGenerator[None, None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise Unavailable(504, "Webex took too long to list everything.") from error


def _with_query(path: str, params: Mapping[str, Any]) -> str:
    """The encoded path with its query; parameters without a value are left out."""
    query = {name: value for name, value in params.items() if value is not None}
    path = quote(path, safe="/=")
    return f"{path}?{urlencode(query, quote_via=quote)}" if query else path
