"""The service app's access token: fetched by refresh grant and renewed before it expires.

Facts: docs/webex/provisioning.md §2. The refresh token of each response is stored; a response
without one leaves the current one in place.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, NoReturn

import httpx

from bot.core import logs, masking, metrics
from bot.core.errors import (
    GrantRefused,
    LeadershipUnknown,
    RateLimited,
    ServiceAppRevoked,
    Unavailable,
    WebexError,
)
from bot.webex import responses
from bot.webex.http_client import MayNotSend
from bot.webex.refresh_token import RefreshToken, RefreshTokenStore

log = logs.get_logger("tokens")

RENEW_AHEAD = 24 * 3600.0  # seconds before expiry, or a tenth of the lifetime if that is less
RENEW_RETRY_INTERVAL = 300.0  # seconds between attempts to renew a token that still works
# Seconds. A refusal that does not name the grant may come from a proxy: only the second one counts.
SECOND_TRY_AFTER = 2.0
# Seconds between checks whether somebody authorized the service app again: short, because people
# wait for it, and long enough that many people who ask at once cause one check.
REVOKED_RETRY_INTERVAL = 10.0
SECOND_REFUSAL_WINDOW = 60.0  # seconds; a second 401 for the same token within it is real
MAX_LIMIT_WAIT = 10.0  # seconds of a Retry-After; the person hears of a longer one instead
CLOSE_TIMEOUT = 1.0  # seconds that an exchange may still take when the process ends
UNAVAILABLE = "No access token works, and the token service does not issue a new one."
LIMITED = "Webex limits how many calls are made."
REVOKED = "The service app's refresh token is not accepted any more."


@dataclass(frozen=True)
class Credentials:
    """What the refresh grant needs besides the refresh token."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)


async def exchange(
    http: httpx.AsyncClient, url: str, credentials: Credentials, refresh_token: str
) -> Any:
    """`POST {base}/access_token`: a refresh grant, with `access_token` and `expires_in`.

    Raises a WebexError with Webex's words; Unavailable if there is no answer.
    """
    form = {
        "grant_type": "refresh_token",
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
        "refresh_token": refresh_token,
    }
    began = time.perf_counter()
    try:
        answer = await http.post(url, data=form)
    except MayNotSend as problem:
        raise LeadershipUnknown(503, str(problem)) from problem
    except httpx.RequestError as problem:
        metrics.call("POST", "access_token", 0, time.perf_counter() - began)
        raise Unavailable(503, "The token service did not answer.") from problem
    metrics.call("POST", "access_token", answer.status_code, time.perf_counter() - began)
    with masking.during((credentials.client_secret, refresh_token)):
        return responses.read(answer.status_code, answer.headers, answer.content)


class ServiceAppToken:
    """A TokenSource for the admin APIs.

    Calls `on_revoked` once when only a person can help, and `on_restored` when it works again.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        base_url: str,
        credentials: Credentials,
        store: RefreshTokenStore,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._http, self._url, self._sleep = http, f"{base_url}/access_token", sleep
        self._credentials, self._clock = credentials, clock
        self._refresh_token = RefreshToken(store, credentials.refresh_token, sleep)
        self._refreshing: set[asyncio.Task[None]] = set()
        self._lock = asyncio.Lock()
        self._token, self._renew_at, self._expires_at = "", 0.0, 0.0
        self._refused_until, self._is_missing = 0.0, False
        self._limited_until = 0.0  # the token service must not be asked before
        self._suspect_until = 0.0  # a call with this token was refused a moment ago
        self._is_refused = False  # the refresh token; no access token was issued since
        self._notified = False  # `on_revoked` was called for the current token
        self.on_revoked: Callable[[], Awaitable[None]] | None = None
        self.on_restored: Callable[[], Awaitable[None]] | None = None

    async def get(self) -> str:
        """The access token; it is fetched or renewed first if necessary."""
        if not self._token or self._clock() >= self._renew_at:
            await self._renew_ahead()
        return self._token

    async def problem(self) -> str:
        """A sentence while there is no token that works."""
        if self._is_refused:
            return REVOKED
        is_missing = self._is_missing or self._clock() >= self._expires_at > 0
        return UNAVAILABLE if is_missing else self._refresh_token.problem()

    async def close(self) -> None:
        """Before the process ends: an answer that is on its way may carry a new refresh token."""
        if self._refreshing:
            await asyncio.wait(self._refreshing, timeout=CLOSE_TIMEOUT)
        await self._refresh_token.close()

    async def renew(self, rejected: str) -> str:
        """Webex refused `rejected`: fetch another, unless somebody just did."""
        try:
            await self._refresh(rejected)
            if self._token == rejected:
                await self._handle_same_token()
        except ServiceAppRevoked:
            self._renew_at = self._refused_until  # nobody may ask for hours: `get` tries again
            raise
        return self._token

    async def _handle_same_token(self) -> None:
        """A refresh may return the same token. If that is refused too, the app is refused."""
        suspect_until, self._suspect_until = (
            self._suspect_until,
            self._clock() + SECOND_REFUSAL_WINDOW,
        )
        if self._clock() < suspect_until:
            await self._revoked("The service app is not accepted any more.")

    async def _renew_ahead(self) -> None:
        try:
            await self._refresh(self._token)
        except WebexError:
            # The old token works until its end, whatever became of the refresh token.
            if not self._token or self._clock() >= self._expires_at:
                self._is_missing = True
                raise
            self._renew_at = self._clock() + (
                REVOKED_RETRY_INTERVAL if self._is_refused else RENEW_RETRY_INTERVAL
            )

    async def _refresh(self, known: str) -> None:
        """Refresh in a separate task: the response must not be lost if the caller is cancelled."""
        refreshing = asyncio.create_task(self._refresh_unless_known(known))
        self._refreshing.add(refreshing)
        refreshing.add_done_callback(self._refreshed)
        await asyncio.shield(refreshing)

    def _refreshed(self, refreshing: asyncio.Task[None]) -> None:
        self._refreshing.discard(refreshing)
        if not refreshing.cancelled():
            refreshing.exception()  # the callers that waited have it

    async def _refresh_unless_known(self, known: str) -> None:
        async with self._lock:
            if self._token != known:
                return
            if self._clock() < self._refused_until:
                raise ServiceAppRevoked(401, REVOKED)
            self._check_limit()
            refresh_token = await self._refresh_token.newest()
            await self._accept(await self._exchange(refresh_token), refresh_token)

    def _check_limit(self) -> None:
        """Raise RateLimited during a Retry-After: each call of each person would ask again."""
        seconds = self._limited_until - self._clock()
        if 0 < seconds <= responses.MAX_WAIT:  # more is left only if the clock was set back
            raise RateLimited(HTTPStatus.TOO_MANY_REQUESTS, LIMITED, retry_after=seconds)

    async def _exchange(self, refresh_token: str) -> Any:
        """Exchange the refresh token; a refusal has two documented shapes (provisioning.md §2)."""
        for pause in (SECOND_TRY_AFTER, 0.0):
            try:
                return await self._exchange_within_limit(refresh_token)
            except (Unavailable, RateLimited):
                raise
            except WebexError as problem:
                log.warning(
                    "token_refresh_refused", status=problem.status, tracking_id=problem.tracking_id
                )
                if isinstance(problem, GrantRefused):
                    break
            await self._sleep(pause)
        return await self._revoked(REVOKED)

    async def _exchange_within_limit(self, refresh_token: str) -> Any:
        """Exchange the refresh token. A short Retry-After is waited for, once."""
        try:
            return await exchange(self._http, self._url, self._credentials, refresh_token)
        except RateLimited as problem:
            if problem.retry_after > MAX_LIMIT_WAIT:
                self._limited_until = self._clock() + problem.retry_after
                raise
            await self._sleep(problem.retry_after)
        try:
            return await exchange(self._http, self._url, self._credentials, refresh_token)
        except RateLimited as problem:
            self._limited_until = self._clock() + problem.retry_after
            raise

    async def _accept(self, body: Any, refresh_token: str) -> None:
        if not isinstance(body, dict) or not isinstance(body.get("access_token"), str):
            raise Unavailable(502, "The token service answered without a token.")
        lifetime = _seconds(body.get("expires_in"))
        # The same token may be the refused one.
        is_restored = self._notified and body["access_token"] != self._token
        self._token, self._is_missing, self._is_refused = body["access_token"], False, False
        self._expires_at = self._clock() + lifetime
        self._renew_at = self._expires_at - min(RENEW_AHEAD, lifetime / 10)
        await self._refresh_token.replace(_text(body.get("refresh_token")) or refresh_token)
        metrics.TOKEN_LIFE.labels("access").set_function(lambda: self._expires_at - self._clock())
        self._note_refresh_token(body.get("refresh_token_expires_in"))
        log.info("access_token_renewed", lifetime_s=lifetime)
        if is_restored:
            await self._restored()

    def _note_refresh_token(self, lifetime: Any) -> None:
        """Set the metric of the refresh token's lifetime, if the response has it."""
        if isinstance(lifetime, int | float) and lifetime > 0:
            until = self._clock() + lifetime
            metrics.TOKEN_LIFE.labels("refresh").set_function(lambda: until - self._clock())

    async def _restored(self) -> None:
        self._notified = False
        if self.on_restored is not None:
            await self.on_restored()

    async def _revoked(self, message: str) -> NoReturn:
        self._is_refused, self._refused_until = True, self._clock() + REVOKED_RETRY_INTERVAL
        if not self._notified and self.on_revoked is not None:
            self._notified = True
            await self.on_revoked()
        raise ServiceAppRevoked(401, message)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _seconds(lifetime: Any) -> float:
    """`expires_in`; an hour if it is missing, so that the next refresh comes early."""
    try:
        return float(lifetime or 3600)
    except (TypeError, ValueError) as problem:
        raise Unavailable(502, "The token service answered without a lifetime.") from problem
