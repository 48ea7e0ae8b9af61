"""`/healthz`, `/readyz` and `/metrics` on PROVBOT_HTTP, for the container platform and Prometheus.

/healthz: the process responds. /readyz: the websocket is connected, the database can be written,
the tokens work, and no event waits for minutes; each failed check is named, without secrets.
"""

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from bot.core import logs, metrics
from bot.core.config import DEFAULT_HTTP
from bot.core.errors import ConfigError, DatabaseError
from bot.core.outage import without_address
from bot.requests.lifecycle import State
from bot.service import connection_limit
from bot.service.connection_limit import TIMEOUTS, ConnectionLimit, LogThrottle, Timeouts
from bot.service.leader import LEADER, STANDBY
from bot.store import stats
from bot.store.database import Store
from bot.webex.cache import Cache

log = logs.get_logger("health")

STUCK_AFTER = 300.0  # seconds; provbot retries for longer when Webex is down
# Seconds. Platforms wait for five or ten, and a locked database must not look like a dead process.
CHECK_TIMEOUT = 4.0

# NaN, which Prometheus neither draws nor compares: an old value would look like a current one.
UNKNOWN = stats.Figures(
    states={},
    waiting=math.nan,
    oldest_event=math.nan,
    oldest_approval=math.nan,
    last_event=math.nan,
)

Check = Callable[[], Awaitable[str]]  # returns a sentence about the problem, or an empty string


class Role(Protocol):
    """What is asked of `bot.service.leader.Leadership`."""

    @property
    def role(self) -> str:
        """Whether this process leads, is ready to, or does not know."""

    @property
    def leader(self) -> str:
        """The name of the process that leads, as a standby has seen it."""

    async def problem(self) -> str:
        """Check that the lease lasts."""


WRITE_INTERVAL = 10.0  # seconds between test writes to the database
# Seconds that a response is cached, so that frequent requests cost at most five checks a second.
CACHE_SECONDS = 0.2


@dataclass
class Health:
    """The handlers of the health port. `checks` are by name."""

    store: Store
    clock: Callable[[], float]
    checks: dict[str, Check] = field(default_factory=lambda: {"start": _starting})
    _cache: Cache = field(default_factory=lambda: Cache(time.monotonic))
    leadership: Role | None = None  # None: there is no other process
    not_given: set[str] = field(default_factory=set)  # ids of events that do not count as waiting

    def stand_by(self, leadership: Role) -> None:
        """Another process may lead: until this one does, the database must be readable, no more."""
        self.leadership = leadership

    @property
    def _is_standby(self) -> bool:
        return self.leadership is not None and self.leadership.role == STANDBY

    async def healthz(self, _request: web.Request) -> web.Response:
        """Respond while the event loop runs."""
        return web.Response(text="ok\n")

    async def readyz(self, _request: web.Request) -> web.Response:
        """Respond with 200 if all checks pass, otherwise 503, and with the result of each check."""
        status, body = await self._cache.get("ready", self._ready, CACHE_SECONDS)
        return web.json_response(body, status=status)

    async def _ready(self) -> tuple[int, dict[str, str]]:
        role = self._role()  # it may change during the checks
        problems, last_event = await asyncio.gather(self._problems(), self._last_event())
        body = {name: problem or "ok" for name, problem in problems.items()}
        return 503 if any(problems.values()) else 200, {**body, "last event": last_event, **role}

    def _role(self) -> dict[str, str]:
        """Whether this process leads, and for a standby who does; empty if there is no other."""
        if self.leadership is None:
            return {}
        role = {"role": self.leadership.role}
        return {**role, "leader": self.leadership.leader} if self.leadership.leader else role

    async def _problems(self) -> dict[str, str]:
        checks = self._checks_as_standby() if self._is_standby else self._checks_as_leader()
        problems = await asyncio.gather(*(check() for check in checks.values()))
        return dict(zip(checks, problems, strict=True))

    def _checks_as_standby(self) -> dict[str, Check]:
        return {"database": partial(database_is_readable, self.store)}

    def _checks_as_leader(self) -> dict[str, Check]:
        if self.leadership is None:
            return dict(self.checks)
        return {**self.checks, "lease": self.leadership.problem}

    async def _last_event(self) -> str:
        """Describe when an event was last answered. This never fails the check."""
        now = self.clock()
        try:
            figures = await read(self.store, now)
        except Exception as error:  # noqa: BLE001 - the check of the database reports it
            return f"unknown: {reason_of(error)}"
        if not figures.last_event:
            return "none yet"
        return f"answered {now - figures.last_event:.0f} s ago"

    async def metrics(self, _request: web.Request) -> web.Response:
        """Respond with the metrics; figures of the database are NaN if it cannot be read."""
        text = await self._cache.get("metrics", self._text, CACHE_SECONDS)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _text(self) -> bytes:
        problems, _ = await asyncio.gather(self._problems(), self._set_figures())
        metrics.set_checks(problems)
        if self.leadership is not None:  # a lease runs out while nobody notices
            metrics.LEADER.set(self.leadership.role == LEADER)
        return metrics.text()

    async def _set_figures(self) -> None:
        figures = UNKNOWN if self._is_standby else await self._figures()
        by_state = {state.value: figures.states.get(state, 0) for state in State}
        metrics.set_requests({} if figures is UNKNOWN else by_state)
        metrics.APPROVAL_AGE.set(figures.oldest_approval)
        metrics.QUEUE.set(figures.waiting)
        metrics.OLDEST.set(figures.oldest_event)
        metrics.LAST_EVENT.set(figures.last_event)

    async def _figures(self) -> stats.Figures:
        try:
            return await read(self.store, self.clock(), self.not_given)
        except Exception as error:  # noqa: BLE001 - the check of the database reports it
            log.warning("metrics_read_failed", reason=reason_of(error))
            return UNKNOWN


def reason_of(error: Exception) -> str:
    """Why the database does not do what it should: one line without secrets or addresses."""
    if isinstance(error, TimeoutError):
        return f"no answer within {CHECK_TIMEOUT:.0f} s"
    if isinstance(error, DatabaseError) and (lines := str(error).strip().splitlines()):
        return logs.hide(without_address(lines[0]).rstrip("."))
    return type(error).__name__


async def read(store: Store, now: float, apart: Collection[str] = ()) -> stats.Figures:
    """Read the figures from the database; TimeoutError after some seconds."""
    async with asyncio.timeout(CHECK_TIMEOUT):
        return await store.call(stats.figures, now, frozenset(apart))


async def _starting() -> str:
    return "provbot is starting and has not reached Webex yet."


async def database_is_readable(store: Store) -> str:
    """Check that a standby can read the database."""
    try:
        async with asyncio.timeout(CHECK_TIMEOUT):
            await store.call(stats.look)
    except Exception as error:  # noqa: BLE001 - any failure is the result of the check
        return f"The database cannot be read: {reason_of(error)}."
    return ""


@dataclass
class DatabaseIsWritable:
    """Check that the database can be written, without writing at every check."""

    store: Store
    clock: Callable[[], float]
    _written_at: float = -math.inf

    async def __call__(self) -> str:
        """Check for a lock each time, and write if the last write was some seconds ago."""
        now = self.clock()
        due = now - self._written_at >= WRITE_INTERVAL
        try:
            async with asyncio.timeout(CHECK_TIMEOUT):
                await self.store.call(stats.touch if due else stats.look)
        except Exception as error:  # noqa: BLE001 - any failure is the result of the check
            self._written_at = -math.inf
            return f"The database cannot be written: {reason_of(error)}."
        self._written_at = now if due else self._written_at
        return ""


async def nothing_is_stuck(
    store: Store, clock: Callable[[], float], not_given: Collection[str] = ()
) -> str:
    """Check that no event waits for minutes, except those that Webex has not delivered."""
    try:
        figures = await read(store, clock(), not_given)
    except Exception as error:  # noqa: BLE001 - any failure is the result of the check
        return f"The database cannot be read: {reason_of(error)}."
    if figures.oldest_event > STUCK_AFTER:
        waiting, oldest = figures.waiting, figures.oldest_event
        return f"{waiting:.0f} events wait for an answer, the oldest for {oldest:.0f} s."
    return ""


@asynccontextmanager
async def serving(
    address: str | None, health: Health, timeouts: Timeouts = TIMEOUTS
) -> AsyncIterator[None]:
    """Serve the health port. Raises ConfigError if a configured address cannot be used."""
    if address is None:
        yield
        return
    runner = _runner(health)
    await runner.setup()
    assert runner.server is not None  # noqa: S101 - `setup` created it
    limit, server = ConnectionLimit(runner.server, timeouts), None
    asyncio.get_running_loop().set_exception_handler(LogThrottle(time.monotonic).handle)
    try:
        server = await _listening(limit, address)
        yield
    finally:
        if server:
            server.close()
        limit.close()
        await runner.cleanup()


def _runner(health: Health) -> web.AppRunner:
    app = web.Application()
    app.router.add_get("/healthz", health.healthz)
    app.router.add_get("/readyz", health.readyz)
    app.router.add_get("/metrics", health.metrics)
    app.on_response_prepare.append(_close_after_response)
    http_log = logging.getLogger("health.http")
    http_log.addFilter(LogThrottle(time.monotonic))
    # Nobody reads what follows the headers, so the server must not wait for it.
    return web.AppRunner(app, access_log=None, logger=http_log, lingering_time=0)


async def _close_after_response(_request: web.Request, response: web.StreamResponse) -> None:
    """Allow one request per connection, so that no client occupies one that others need."""
    response.headers["Connection"] = "close"
    response.force_close()


async def _listening(limit: ConnectionLimit, address: str) -> asyncio.Server | None:
    host, _, port = address.rpartition(":")
    loop = asyncio.get_running_loop()
    try:
        return await loop.create_server(
            limit, host.strip("[]") or None, int(port), backlog=connection_limit.MAX_CONNECTIONS
        )
    except (OSError, OverflowError) as error:
        if address != DEFAULT_HTTP:
            raise ConfigError(f"PROVBOT_HTTP: cannot listen on {address}: {error}.") from error
        # The default address may be used by a second bot on the machine, which is no error.
        log.warning("health_server_not_started", address=address, reason=str(error))
        return None
