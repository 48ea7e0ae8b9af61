"""The service app's access token: fetched by refresh grant, renewed ahead of time, one at a time.

Facts: webex-provisioning.md §2. The refresh token of each answer is kept, the old one if it names none.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol
from urllib.parse import urlencode

from bot import metrics, telemetry
from bot.errors import RateLimited, ServiceAppRevoked, Unavailable, WebexError
from bot.webex import wire
from bot.webex.transport import Carrier, NoAnswer, NotSent

log = telemetry.get_logger("tokens")

AHEAD = 24 * 3600.0  # renew with a day in hand, or a tenth of the lifetime if that is shorter
# A refused refresh token does not mend itself; ask again at most this often, in case a person did.
REVOKED_PAUSE = 300.0
FORM = {"content-type": "application/x-www-form-urlencoded"}
NONE = "There is no access token that works: the token service gives none."
REVOKED = "The service app's refresh token is not accepted any more."


class RefreshTokenStore(Protocol):
    """Where the newest refresh token survives a restart."""

    async def load(self) -> str | None:
        """The newest one, if one was ever kept."""
        ...

    async def save(self, refresh_token: str) -> None:
        """Keep it."""
        ...


@dataclass(frozen=True)
class Credentials:
    """What the refresh grant needs besides the refresh token."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)


async def exchange(http: Carrier, url: str, credentials: Credentials, refresh_token: str) -> Any:
    """`POST {base}/access_token`: the answer of a refresh grant, with `access_token` and `expires_in`.

    Raises a WebexError with Webex's words; Unavailable where there is no answer.
    """
    form = {
        "grant_type": "refresh_token",
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
        "refresh_token": refresh_token,
    }
    began = time.perf_counter()
    try:
        answer = await http.send("POST", url, FORM, urlencode(form).encode())
    except (NotSent, NoAnswer) as problem:
        metrics.call("POST", "access_token", 0, time.perf_counter() - began)
        raise Unavailable(503, "The token service did not answer.") from problem
    metrics.call("POST", "access_token", answer.status, time.perf_counter() - began)
    return wire.read(answer.status, answer.headers, answer.content)


class ServiceAppToken:
    """A TokenSource for the admin APIs; tells `on_revoked` once when only a person can help."""

    def __init__(
        self,
        http: Carrier,
        base_url: str,
        credentials: Credentials,
        store: RefreshTokenStore,
        clock: Callable[[], float],
    ) -> None:
        self._http, self._url = http, f"{base_url}/access_token"
        self._credentials, self._store, self._clock = credentials, store, clock
        self._lock = asyncio.Lock()
        self._token, self._renew_at, self._expires_at = "", 0.0, 0.0
        self._refused_until, self._missing = 0.0, False
        self._refused = False  # since then no token was given
        self._told = False  # `on_revoked`, since there was another token
        self.on_revoked: Callable[[], Awaitable[None]] | None = None

    async def get(self) -> str:
        """The access token, fetched or renewed first where its time has come."""
        if not self._token or self._clock() >= self._renew_at:
            await self._renew_ahead()
        return self._token

    async def trouble(self) -> str:
        """A sentence while there is no token that works."""
        if self._refused:
            return REVOKED
        return NONE if self._missing or self._clock() >= self._expires_at > 0 else ""

    async def renew(self, rejected: str) -> str:
        """Webex refused `rejected`: fetch another, unless somebody just did."""
        try:
            await self._refresh(rejected)
            if self._token == rejected:
                # Refreshing often may return the same token; then it is the app that is refused.
                await self._revoked("The service app is not accepted any more.")
        except ServiceAppRevoked:
            self._renew_at = self._refused_until  # nobody may ask for hours: `get` tries again
            raise
        return self._token

    async def _renew_ahead(self) -> None:
        try:
            await self._refresh(self._token)
        except WebexError:
            # The old token works until its end, whatever became of the refresh token.
            if not self._token or self._clock() >= self._expires_at:
                self._missing = True
                raise
            self._renew_at = self._clock() + REVOKED_PAUSE

    async def _refresh(self, known: str) -> None:
        async with self._lock:
            if self._token != known:
                return
            if self._clock() < self._refused_until:
                raise ServiceAppRevoked(401, REVOKED)
            refresh_token = await self._store.load() or self._credentials.refresh_token
            await self._take(await self._exchange(refresh_token), refresh_token)

    async def _exchange(self, refresh_token: str) -> Any:
        try:
            return await exchange(self._http, self._url, self._credentials, refresh_token)
        except (Unavailable, RateLimited):
            raise
        except WebexError as problem:
            # Both documented shapes end here, whatever their status: nothing to retry.
            log.warning("refresh refused", status=problem.status, tracking_id=problem.tracking_id)
            await self._revoked(REVOKED)

    async def _take(self, body: Any, refresh_token: str) -> None:
        if not isinstance(body, dict) or not isinstance(body.get("access_token"), str):
            raise Unavailable(502, "The token service answered without a token.")
        lifetime = _seconds(body.get("expires_in"))
        if body["access_token"] != self._token:  # the same again may be the one that is refused
            self._told = False
        self._token, self._missing, self._refused = body["access_token"], False, False
        self._expires_at = self._clock() + lifetime
        self._renew_at = self._expires_at - min(AHEAD, lifetime / 10)
        await self._store.save(body.get("refresh_token") or refresh_token)
        metrics.TOKEN_LIFE.labels("access").set_function(lambda: self._expires_at - self._clock())
        self._note_refresh_token(body.get("refresh_token_expires_in"))
        log.info("access token renewed", lifetime_s=lifetime)

    def _note_refresh_token(self, lifetime: Any) -> None:
        """How long it can be exchanged: only a person makes another one. Not every answer tells."""
        if isinstance(lifetime, int | float) and lifetime > 0:
            until = self._clock() + lifetime
            metrics.TOKEN_LIFE.labels("refresh").set_function(lambda: until - self._clock())

    async def _revoked(self, words: str) -> NoReturn:
        self._refused, self._refused_until = True, self._clock() + REVOKED_PAUSE
        if not self._told and self.on_revoked is not None:
            self._told = True
            await self.on_revoked()
        raise ServiceAppRevoked(401, words)


def _seconds(lifetime: Any) -> float:
    """`expires_in`; an hour where it is missing, so that the next refresh comes early."""
    try:
        return float(lifetime or 3600)
    except (TypeError, ValueError) as problem:
        raise Unavailable(502, "The token service answered without a lifetime.") from problem
