"""`/healthz`, `/readyz` and `/metrics` on PROVBOT_HTTP, for the container platform and Prometheus.

healthz: the process answers. readyz: the socket is in service, the database can be written, the
tokens are alive, and nothing said has waited for minutes; what is not so is named, without secrets.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from bot import metrics, telemetry
from bot.config import DEFAULT_HTTP
from bot.errors import ConfigError
from bot.requests.lifecycle import State
from bot.store import figures
from bot.store.database import Store

log = telemetry.get_logger("health")

STUCK_AFTER = 300.0  # seconds; Webex may be down for a while, and is then tried on
ANSWERS_WITHIN = (
    4.0  # seconds: who asks waits for five or ten, and a locked database must not look dead
)

# What Prometheus neither draws nor compares: an old figure would be taken for a new one.
UNKNOWN = figures.Figures(
    states={},
    waiting=math.nan,
    oldest_event=math.nan,
    oldest_approval=math.nan,
    last_event=math.nan,
)

Check = Callable[[], Awaitable[str]]  # empty where all is well, else a sentence


@dataclass(frozen=True)
class Health:
    """Answers what the platform asks. `checks` by name."""

    store: Store
    clock: Callable[[], float]
    checks: dict[str, Check] = field(default_factory=lambda: {"start": _starting})

    async def healthz(self, _request: web.Request) -> web.Response:
        """The process lives, and its loop turns."""
        return web.Response(text="ok\n")

    async def readyz(self, _request: web.Request) -> web.Response:
        """200 where it can do its work, else 503; each check by name either way."""
        said, last_event = await asyncio.gather(self._said(), self._last_event())
        body = {name: trouble or "ok" for name, trouble in said.items()}
        body["last event"] = last_event
        return web.json_response(body, status=503 if any(said.values()) else 200)

    async def _said(self) -> dict[str, str]:
        checks = dict(self.checks)
        said = await asyncio.gather(*(check() for check in checks.values()))
        return dict(zip(checks, said, strict=True))

    async def _last_event(self) -> str:
        """For the reader: how long ago somebody was answered. Nobody asking is no trouble."""
        now = self.clock()
        try:
            found = await read(self.store, now)
        except Exception as problem:  # noqa: BLE001 - the check of the database names it
            return f"unknown: {type(problem).__name__}"
        return f"answered {now - found.last_event:.0f} s ago" if found.last_event else "none yet"

    async def metrics(self, _request: web.Request) -> web.Response:
        """Counters as they are, and what the database knows: that, too, where it knows nothing."""
        said, _ = await asyncio.gather(self._said(), self._set_figures())
        metrics.set_checks(said)
        return web.Response(body=metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _set_figures(self) -> None:
        try:
            found = await read(self.store, self.clock())
        except Exception as problem:  # noqa: BLE001 - the check of the database names it
            log.warning("no figures", reason=type(problem).__name__)
            found = UNKNOWN
        counted = {state.value: found.states.get(state, 0) for state in State}
        metrics.set_requests({} if found is UNKNOWN else counted)
        metrics.APPROVAL_AGE.set(found.oldest_approval)
        metrics.QUEUE.set(found.waiting)
        metrics.OLDEST.set(found.oldest_event)
        metrics.LAST_EVENT.set(found.last_event)


async def read(store: Store, now: float) -> figures.Figures:
    """What the database knows; in vain after some seconds."""
    async with asyncio.timeout(ANSWERS_WITHIN):
        return await store.call(figures.figures, now)


async def _starting() -> str:
    return "It is starting: Webex was not reached yet."


async def database_is_writable(store: Store) -> str:
    """A claim must be kept before anything else happens."""
    try:
        async with asyncio.timeout(ANSWERS_WITHIN):
            await store.call(figures.touch)
    except Exception as problem:  # noqa: BLE001 - whatever it is, it is what the platform must know
        return f"The database cannot be written: {type(problem).__name__}."
    return ""


async def nothing_is_stuck(store: Store, clock: Callable[[], float]) -> str:
    """Every event was answered within minutes."""
    try:
        found = await read(store, clock())
    except Exception as problem:  # noqa: BLE001 - as above
        return f"The database cannot be read: {type(problem).__name__}."
    if found.oldest_event > STUCK_AFTER:
        return f"{found.waiting:.0f} events wait for an answer, the oldest for {found.oldest_event:.0f} s."
    return ""


@asynccontextmanager
async def serving(address: str | None, health: Health) -> AsyncIterator[None]:
    """Serve while inside. ConfigError where the address that was asked for cannot be had."""
    if address is None:
        yield
        return
    app = web.Application()
    app.add_routes([
        web.get("/healthz", health.healthz), web.get("/readyz", health.readyz),
        web.get("/metrics", health.metrics),
    ])  # fmt: skip
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await _listen(runner, address)
        yield
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, address: str) -> None:
    host, _, port = address.rpartition(":")
    try:
        await web.TCPSite(runner, host.strip("[]") or None, int(port)).start()
    except (OSError, OverflowError) as problem:
        if address != DEFAULT_HTTP:
            raise ConfigError(
                f"PROVBOT_HTTP: {address} cannot be listened on: {problem}."
            ) from problem
        # Nobody asked for it: a second bot on the machine is no reason not to work.
        log.warning("no health and metrics", address=address, reason=str(problem))
