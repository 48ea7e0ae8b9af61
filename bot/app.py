"""The composition root: the only place where parts are made and joined, started and stopped."""

import asyncio
import gc
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import stamina

from bot import metrics, policy, telemetry
from bot.access import POLICY, Policy
from bot.audit import Trail
from bot.chat.catchup import CatchUp
from bot.chat.lines import Lines
from bot.chat.listener import TOKEN_DEAD, Listener
from bot.chat.messenger import Messenger
from bot.chat.waiting import Waiting
from bot.config import Config
from bot.dispatch import Dispatch
from bot.errors import ConfigError, TokenRefused, Unauthorized, Unavailable, WebexError
from bot.health import Health, database_is_writable, nothing_is_stuck, serving
from bot.hearing import Hearing
from bot.inbox import Inbox
from bot.operations import OPERATIONS, QUESTIONS
from bot.requests.allowlist import StoredAllowlist, seed_admins
from bot.requests.announce import Announcer
from bot.requests.away import Away
from bot.requests.board import Board
from bot.requests.desk import Desk
from bot.requests.gate import Gate
from bot.requests.ledger import Ledger
from bot.requests.lifecycle import State
from bot.requests.recheck import Recheck
from bot.requests.runner import Runner
from bot.requests.vault import Vault, survive
from bot.retention import Retention
from bot.store import access, restoring, tokens
from bot.store.database import Store, instance
from bot.store.seal import Seal, SealedAway
from bot.webex.cache import Cache
from bot.webex.calling import CallingApi
from bot.webex.client import Client, FixedToken, TokenSource, trust
from bot.webex.messages import MessagesApi, key_of
from bot.webex.tokens import Credentials, ServiceAppToken
from bot.webex.transport import Carrier, transport

log = telemetry.get_logger("app")

TICK = 5.0  # seconds between looks at what waits for approval
TOKEN_TICK = 60.0  # seconds between looks whether the access token must be renewed
# Seconds: with the goodbye to the socket twenty in all; container platforms kill after thirty.
FINISH_WITHIN, PARK_WITHIN = 14.0, 3.0
REVOKED = "The Webex service app of provbot must be authorized again: Control Hub > Apps > Service Apps; then set the new WEBEX_SERVICE_APP_REFRESH_TOKEN and restart provbot. Until then nothing can be provisioned."

KEY_LOST = "Set PROVBOT_KEY to the key it was written with: it is still there. If that key is lost, generate new tokens for the service app on developer.webex.com, and set the new WEBEX_SERVICE_APP_REFRESH_TOKEN."


@dataclass(frozen=True)
class RefreshTokens:
    """The newest refresh token in the database, as `bot.webex.tokens` wants it."""

    store: Store
    configured: str = field(repr=False)
    seal: Seal = tokens.PLAIN

    async def load(self) -> str | None:
        """The newest one, if one was ever kept."""
        return await self.store.call(tokens.load, self.configured, self.seal)

    async def save(self, refresh_token: str) -> None:
        """Keep it."""
        await self.store.call(tokens.save, self.configured, refresh_token, self.seal)


async def unlocked(config: Config, store: Store) -> Seal:
    """What closes and opens the secrets of the database; what the first key did not close is closed anew.

    ConfigError where no key fits what is needed.
    """
    seal = Seal(config.keys)
    configured = config.refresh_token.get_secret_value() if config.refresh_token else None
    try:
        written = await store.call(tokens.close_anew, configured, seal)
    except SealedAway as problem:
        raise ConfigError(f"{problem} {KEY_LOST}") from problem
    if seal.has_a_key and not await store.empty_log():
        log.warning("the write-ahead log may hold secrets until the next start")
    if written:
        log.info("secrets encrypted with the first key", written=written)
    return seal


def service_app(
    config: Config, http: Carrier, store: Store, seal: Seal = tokens.PLAIN
) -> TokenSource:
    """Where the admin APIs' token comes from: the refresh grant, or a fixed one for a trial."""
    if config.access_token is not None:
        return FixedToken(config.access_token.get_secret_value())
    assert config.client_id and config.client_secret and config.refresh_token  # noqa: S101, PT018 - Config insists
    configured = config.refresh_token.get_secret_value()
    credentials = Credentials(config.client_id, config.client_secret.get_secret_value(), configured)
    return ServiceAppToken(
        http, config.api_url, credentials, RefreshTokens(store, configured, seal), time.time
    )


@dataclass(frozen=True)
class Bot:
    """Everything, joined."""

    hearing: Hearing
    inbox: Inbox
    runner: Runner
    board: Board
    token: TokenSource  # for the admin APIs
    retention: Retention

    async def run(self) -> None:
        """Pick up what was left, then listen until cancelled."""
        await self.runner.recover()
        await self.inbox.recover()
        beside = [
            asyncio.create_task(one)
            for one in (self._watch_the_clocks(), self._keep_the_token(), self.retention.daily())
        ]
        try:
            await self.hearing.listen()
        finally:
            for task in beside:
                task.cancel()

    async def _keep_the_token(self) -> None:
        """Renewed also while nobody asks: a refresh token that is not used runs out within months."""
        while True:
            await asyncio.sleep(TOKEN_TICK)
            try:
                await self.token.get()
            except WebexError as problem:  # readiness tells
                log.warning("no access token", status=problem.status)
            except Exception:
                log.exception("the token was not kept")

    async def _watch_the_clocks(self) -> None:
        """What was left half-told is told; then what waits is reminded of, and expires."""
        started = False
        while True:
            try:
                if not started:
                    await self.board.recover()
                    started = True
                await self.board.tick()
            except Exception:  # the clocks must go on, whatever is wrong with one request
                log.exception("the clocks stumbled")
            await asyncio.sleep(TICK)

    async def finish(self) -> None:
        """Let what runs come to its end; what takes too long is parked, and goes on at the next start."""
        until = time.monotonic() + FINISH_WITHIN
        await self.inbox.finish(FINISH_WITHIN)
        await self.runner.finish(max(until - time.monotonic(), 0.1))
        await self.inbox.park()
        try:
            await self.runner.park(PARK_WITHIN)
        except Exception:  # a full disk, say; the exit status must still tell why the run ended
            log.exception("not parked; looked up at the next start")


@asynccontextmanager
async def assemble(
    config: Config, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> AsyncIterator[Bot]:
    """Make every part and join them. `sleep` is how the runner waits between its look-ups."""
    store = Store(config.database)
    try:
        seal = await unlocked(config, store)
        health = Health(store, time.time)
        async with transport(trust(config.ca_file)) as http, serving(config.http, health):
            bot = await _join(config, store, seal, http, health, sleep)
            await survive(bot.runner.vault, store, seal, time.time())
            yield bot
    finally:
        store.close()


async def _join(
    config: Config,
    store: Store,
    seal: Seal,
    http: Carrier,
    health: Health,
    sleep: Callable[[float], Awaitable[None]],
) -> Bot:
    # First: a faulty file stops the start, whatever Webex says.
    in_force = read_policy(config.policy)
    bot_token = FixedToken(config.bot_token.get_secret_value())
    messages = MessagesApi(Client(http, config.api_url, bot_token))
    messenger = Messenger(messages)
    await store.call(seed_admins, config.admins, time.time())
    listener, me = await _reach(messages, await _discovery(config, store))
    service_token = service_app(config, http, store, seal)
    if isinstance(service_token, ServiceAppToken):
        service_token.on_revoked = partial(tell_admins, store, messenger)
    trail = Trail(store, time.time)
    admin_client = Client(http, config.api_url, service_token, trail.record_call)
    calling = CallingApi(admin_client, Cache(time.monotonic), config.org_id)
    gate = Gate(
        store, calling, (*OPERATIONS, *QUESTIONS), in_force, config.government,
        StoredAllowlist(store, time.time), trail,
    )  # fmt: skip
    desk = join_desk(
        store,
        gate,
        Waiting(Lines(store, messenger), admin_client.turns.expected),
        config.approval_room,
        sleep=sleep,
    )
    age_limit = config.catch_up_hours * 3600
    dispatch = Dispatch(
        me=frozenset({me["id"], key_of(me["id"])}),
        cluster_of=listener.cluster_of,
        messages=messages,
        messenger=messenger,
        waiting=desk.runner.waiting,
        store=store,
        gate=gate,
        desk=desk,
        board=desk.board,
        trail=trail,
        operations=desk.runner.operations,
        questions={question.name: question for question in QUESTIONS},
        clock=time.time,
        age_limit=age_limit,
    )
    inbox = Inbox(store, dispatch)
    catch_up = CatchUp(messages, store, inbox.take, me["id"], time.time, age_limit)
    hearing = Hearing(me["id"], listener, inbox, catch_up, Away(store, messenger), messages)
    watch(health, store, listener, service_token)
    return Bot(
        hearing,
        inbox,
        desk.runner,
        desk.board,
        service_token,
        Retention(store, config.keep_for, time.time, vault=desk.runner.vault),
    )


def watch(health: Health, store: Store, listener: Listener, token: TokenSource) -> None:
    """From now on readiness means that all of this works."""
    health.checks.clear()
    health.checks.update({
        "socket": listener.trouble,
        "database": partial(database_is_writable, store),
        "events": partial(nothing_is_stuck, store, time.time),
    })  # fmt: skip
    if isinstance(token, ServiceAppToken):
        health.checks["service app"] = token.trouble


def join_desk(
    store: Store,
    gate: Gate,
    waiting: Waiting,
    approval_room: str | None = None,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Desk:
    """Everything a request meets on its way."""
    vault, ledger = Vault(clock), Ledger(store, clock)
    recheck = Recheck(store, gate, vault, clock)
    announcer = Announcer(store, waiting.lines.messenger, approval_room)
    operations = {operation.name: operation for operation in OPERATIONS}
    metrics.expect(metrics.RESULT, operations, (State.DONE, State.FAILED))
    runner = Runner(
        store, ledger, recheck, gate.everywhere(), waiting, announcer, vault, operations, clock, sleep
    )  # fmt: skip
    board = Board(store, ledger, gate, recheck, runner, announcer, vault, clock)
    return Desk(store, gate, ledger, runner, board, recheck, vault, clock)


def read_policy(file: Path | None) -> Policy:
    """The built-in policy, with what PROVBOT_POLICY changes; ConfigError where that cannot be."""
    if file is None:
        return POLICY
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(f"PROVBOT_POLICY: {file} cannot be read: {problem}.") from problem
    return policy.parse(text, str(file))


async def _discovery(config: Config, store: Store) -> Callable[[], Awaitable[Listener]]:
    return partial(
        Listener.open,
        config.bot_token.get_secret_value(),
        name=f"provbot-{await store.call(instance)}",
        u2c_url=config.u2c_url,
        context=trust(config.ca_file),
    )


async def _reach(
    messages: MessagesApi, discover: Callable[[], Awaitable[Listener]]
) -> tuple[Listener, dict[str, Any]]:
    """Who we are, and where the socket is; tried until Webex can be reached."""
    async for attempt in stamina.retry_context(
        on=Unavailable, attempts=None, timeout=None, wait_max=60.0
    ):
        with attempt:
            try:
                listener, me = await asyncio.gather(discover(), messages.me())
            except Unauthorized as problem:
                raise TokenRefused(TOKEN_DEAD) from problem
            return listener, me
    raise AssertionError


async def tell_admins(store: Store, messenger: Messenger) -> None:
    """Each admin, in a direct message: only they can authorize the service app again."""
    for email in await store.call(access.admins):
        with suppress(WebexError):
            await messenger.tell(email, REVOKED)


async def main(config: Config, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
    """Run until SIGTERM or SIGINT."""
    restoring.forget(config.database)
    async with assemble(config, sleep) as bot:
        running = asyncio.ensure_future(bot.run())
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, running.cancel)
        gc.freeze()  # what is there now stays: looking through it again and again held everybody up for 60 ms
        log.info("ready")
        await until_stopped(bot, running)
    log.info("stopped")


async def until_stopped(bot: Bot, running: asyncio.Future[None]) -> None:
    """Until the run is cancelled, or breaks: either way what was begun may come to its end."""
    try:
        with suppress(asyncio.CancelledError):
            await running
    finally:
        log.info("stopping")
        await bot.finish()
