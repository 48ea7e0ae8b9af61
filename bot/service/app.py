"""The composition root: it creates all parts of the bot and connects them."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from bot.audit import Trail
from bot.chat.catchup import CatchUp
from bot.chat.event_reader import EventReader
from bot.chat.inbox import Inbox
from bot.chat.label_worker import LabelWorker
from bot.chat.list_worker import ListWorker
from bot.chat.listener import BOT_UNAUTHORIZED, Listener
from bot.chat.messenger import Messenger
from bot.chat.progress import Progress
from bot.chat.rate_limit_notice import RateLimitNotice
from bot.chat.receiver import Receiver
from bot.core import logs, metrics, retry
from bot.core.clouds import Cloud
from bot.core.config import Config
from bot.core.errors import ConfigError, DatabaseError, TokenRefused, Unauthorized
from bot.core.models.database_address import PostgresAddress
from bot.core.models.people import Sender
from bot.core.models.webex import Location
from bot.dispatch import Dispatch
from bot.domain import policy_file
from bot.domain.identity import Identities, organizations
from bot.domain.lists.sheet import Limits
from bot.domain.policy_file import EffectivePolicy
from bot.operations import COMMANDS, PARSER, POLICY, QUESTIONS
from bot.requests.accepted_phones import StoredAcceptedPhones
from bot.requests.allowlist import StoredAllowlist, seed_admins
from bot.requests.approval_space import StoredApprovalSpace
from bot.requests.authorization import Authorization
from bot.requests.drafts import Drafts
from bot.requests.form_secrets import attach_persistence
from bot.requests.interaction import Reply
from bot.requests.late_events import LateEvents
from bot.requests.message_files import MessageFiles
from bot.requests.message_photos import MessagePhotos
from bot.requests.missed_presses import MissedPressNotice
from bot.requests.private_replies import PrivateReplies
from bot.requests.registration_polling import RegistrationPolling
from bot.requests.strangers import Strangers
from bot.requests.zones import ZoneReader, Zones
from bot.service.bot import HAND_OVER_TIMEOUT, Bot
from bot.service.health import DatabaseIsWritable, Health, nothing_is_stuck, serving
from bot.service.leader import Leadership, leadership_of, leading
from bot.service.request_parts import (
    access_asks_of,
    create_drafts,
    edits_of,
    following_of,
    plan_expiry_of,
)
from bot.service.retention import Retention
from bot.service.service_app import readable, service_app
from bot.service.start_checks import check_standby, prepare_database
from bot.store import checkpoint, grants
from bot.store.database import Store, explain, instance, open_standby
from bot.store.encryption import Cipher
from bot.store.unclaimed import Unclaimed, beside
from bot.webex.bot_token import BotToken
from bot.webex.cache import Cache
from bot.webex.calling import CallingApi
from bot.webex.client import Client, FixedToken, TokenSource, ssl_context
from bot.webex.cloud_clock import DATE_RESOLUTION, CloudClock
from bot.webex.http_client import http_client
from bot.webex.messaging import MessagesApi, key_of
from bot.webex.tokens import ServiceAppToken

log = logs.get_logger("app")

REVOKED = (
    "Webex no longer accepts the service app of provbot, so changes fail or will soon fail. Please"
    " authorize it in Control Hub ({control_hub}) > Apps > Service Apps. provbot checks at least"
    " once a minute, and tells you when it works again. If you hear nothing within two minutes, its"
    " tokens have ended: generate new ones on {portal}, set the new"
    " WEBEX_SERVICE_APP_REFRESH_TOKEN, and restart provbot."
)
RESTORED = "Webex accepts the service app of provbot again. Changes work as before."


def revoked(cloud: Cloud) -> str:
    """Tell admins that the service app must be authorized again, and where in that cloud."""
    return REVOKED.format(control_hub=cloud.control_hub, portal=cloud.portal)


@asynccontextmanager
async def assemble(
    config: Config, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> AsyncIterator[Bot]:
    """Create and connect all parts. The runner waits between its look-ups with `sleep`."""
    takes_turns = isinstance(config.database, PostgresAddress)
    opened = partial(Store, config.database, opening=open_standby if takes_turns else None)
    store = await asyncio.to_thread(opened)  # a locked file takes seconds
    try:
        async with AsyncExitStack() as parts:
            try:
                bot = await _build(parts, config, store, sleep)
            except DatabaseError as error:
                raise explain(error, config.database) from error
            yield bot
    finally:
        store.close()


async def _build(
    parts: AsyncExitStack,
    config: Config,
    store: Store,
    sleep: Callable[[float], Awaitable[None]],
) -> Bot:
    in_force = read_policy(config.policy)  # first, because a faulty file must stop the start
    health = Health(store, time.time)
    await parts.enter_async_context(serving(config.http, health))
    leadership = await _lead(parts, config, store, health)
    cipher = await readable(config, store)
    before_change = leadership.check if leadership else None
    client = http_client(ssl_context(config.ca_file), before_change=before_change)
    http = await parts.enter_async_context(client)
    bot = await _connect_parts(config, store, cipher, http, health, sleep, in_force, leadership)
    await attach_persistence(bot.runner.form_secrets, store, cipher, time.time())
    return replace(bot, finish_timeout=HAND_OVER_TIMEOUT) if leadership else bot


async def _lead(
    parts: AsyncExitStack, config: Config, store: Store, health: Health
) -> Leadership | None:
    """Wait until this process leads; None if it is the only one."""
    if not isinstance(config.database, PostgresAddress):
        metrics.LEADER.set(1)
        return None
    leadership = leadership_of(config.database)
    await check_standby(config, store)  # before it is ready
    health.stand_by(leadership)
    await parts.enter_async_context(leading(leadership, store))
    return leadership


async def _connect_parts(  # noqa: PLR0913 - what `_build` opened
    config: Config,
    store: Store,
    cipher: Cipher,
    http: httpx.AsyncClient,
    health: Health,
    sleep: Callable[[float], Awaitable[None]],
    in_force: EffectivePolicy,
    leadership: Leadership | None,
) -> Bot:
    bot_token = create_bot_token(config, http)
    messages, clock = _messages(config, http, bot_token)
    messenger = Messenger(messages, clock.now)
    listener, me = await reach(messages, await _discovery(config, store))
    await prepare_database(config, store, me)
    zones = await _known_before(config, store)
    service_token = service_app(config, http, store, cipher)
    trail = Trail(store, time.time)
    space = StoredApprovalSpace(store, messages, config.approval_room, time.time)
    authorization = Authorization(
        store,
        _calling(
            config, store, Client(http, config.api_url, service_token, trail.record_call), zones
        ),
        identities(messages, me, config, zones.note),
        COMMANDS,
        in_force.rules,
        config.government,
        StoredAllowlist(store, time.time),
        trail,
        StoredAcceptedPhones(store, time.time),
        space,
        in_force.guests,
        in_force.undo_minutes,
        dect_spacing=config.dect_spacing,
    )
    drafts = create_drafts(
        authorization,
        RateLimitNotice(Progress(store, messenger)),
        space,
        sleep=sleep,
        zones=zones,
        limits=Limits(rows=config.bulk_rows),
        follows=config.follow_minutes > 0,
    )
    _report_revocation(service_token, config.cloud, drafts.approvals.notifications.notify_admins)
    late_events = await _late_events(config, store, clock.now)
    following = following_of(drafts, config.follow_minutes * 60)
    reader = EventReader(
        frozenset({me["id"], key_of(me["id"])}),
        listener.cluster_of,
        messages,
        authorization.identities,
        store,
        PARSER,
    )
    dispatch = _dispatch(config, reader, drafts, trail, late_events, following.polling)
    inbox = _inbox(config, dispatch, late_events, health, leadership)
    catch_up = CatchUp(
        messages,
        store,
        inbox.take,
        me["id"],
        late_events.now,
        late_events.age_limit,
        late_events.act_after,
    )
    receiver = Receiver(
        me["id"],
        listener,
        inbox.take,
        inbox.unclaimed,
        catch_up,
        MissedPressNotice(store, messenger, zones).tell,
        bot_token,
        leadership.check if leadership else None,
    )
    watch(health, store, listener, service_token)
    return Bot(
        receiver,
        inbox,
        drafts.runner,
        drafts.approvals,
        service_token,
        Retention(store, config.keep_for, time.time, form_secrets=drafts.runner.form_secrets),
        bot_token,
        dispatch.strangers,
        ZoneReader(zones, authorization.identities, authorization.calling),
        dispatch.access_asks,
        plan_expiry_of(drafts),
        following,
    )


def _report_revocation(
    token: TokenSource, cloud: Cloud, notify_admins: Callable[[str], Awaitable[None]]
) -> None:
    """Tell the admins: only an admin can authorize the service app again."""
    if isinstance(token, ServiceAppToken):
        token.on_revoked = partial(notify_admins, revoked(cloud))
        token.on_restored = partial(notify_admins, RESTORED)


def _inbox(
    config: Config,
    dispatch: Dispatch,
    late_events: LateEvents,
    health: Health,
    leadership: Leadership | None,
) -> Inbox[Reply]:
    path = config.database
    unclaimed = Unclaimed(beside(path) if isinstance(path, Path) else None)
    if leadership is not None:  # the process that led before may have had unstored presses
        unclaimed.to_tell = leadership.lost_predecessor
        leadership.owes_notice = lambda: unclaimed.is_owed
    return Inbox(
        dispatch.store, dispatch, late_events.now, not_given=health.not_given, unclaimed=unclaimed
    )


def _calling(config: Config, store: Store, client: Client, zones: Zones) -> CallingApi:
    """Return the admin APIs; the locations that they list are stored for `provbot access`."""

    def note_locations(locations: list[Location]) -> None:
        zones.note_locations(locations)
        store.write_behind(grants.note_locations, [location.ref for location in locations])

    return CallingApi(client, Cache(time.monotonic), config.org_id, note_locations=note_locations)


def _dispatch(
    config: Config,
    reader: EventReader,
    drafts: Drafts,
    trail: Trail,
    late_events: LateEvents,
    polling: RegistrationPolling,
) -> Dispatch:
    store, messenger = drafts.store, drafts.runner.progress.messenger
    return Dispatch(
        reader=reader,
        messenger=messenger,
        rate_limit_notice=drafts.runner.rate_limit_notice,
        store=store,
        authorization=drafts.authorization,
        drafts=drafts,
        files=MessageFiles(
            reader.messages,
            ListWorker(drafts.lists.limits),
            drafts,
            MessagePhotos(reader.messages, LabelWorker(), drafts, PARSER),
        ),
        approvals=drafts.approvals,
        edits=edits_of(drafts),
        strangers=Strangers(store, trail, time.time),
        access_asks=access_asks_of(drafts, messenger),
        private_replies=PrivateReplies(time.monotonic),
        trail=trail,
        parser=PARSER,
        operations=drafts.runner.executor.operations,
        questions={question.name: question for question in QUESTIONS},
        late_events=late_events,
        zones=drafts.approvals.zones,
        polling=polling,
        act_within=config.act_within_minutes * 60,
    )


def _messages(
    config: Config, http: httpx.AsyncClient, token: BotToken
) -> tuple[MessagesApi, CloudClock]:
    """Return the Messages API, and Webex's clock, which every response updates."""
    clock = CloudClock()
    http.event_hooks = {"response": [clock.note_answer]}
    return MessagesApi(Client(http, config.api_url, token), clock.note_created), clock


async def _late_events(config: Config, store: Store, now: Callable[[], float]) -> LateEvents:
    # A message of the same second as the restore may have been handled before it.
    restored_at = now() + DATE_RESOLUTION
    act_after = await store.call(checkpoint.act_after, restored_at)
    return LateEvents(now, config.catch_up_hours * 3600, act_after)


def create_bot_token(config: Config, http: httpx.AsyncClient) -> BotToken:
    """Return the bot's token, which is checked by a client that does not repeat after 401."""
    value = config.bot_token.get_secret_value()
    return BotToken(value, MessagesApi(Client(http, config.api_url, FixedToken(value))).me)


async def _known_before(config: Config, store: Store) -> Zones:
    """Add the admins of PROVBOT_ADMINS, and return the time zones that are stored."""
    await _seed(config, store)
    zones = Zones(config.zone, store=store)
    await zones.load()
    return zones


async def _seed(config: Config, store: Store) -> None:
    """Add the admins of PROVBOT_ADMINS. Others stay, so that a lost setting locks nobody out."""
    await store.call(seed_admins, config.admins, time.time())
    former = await store.call(grants.former_first_admins, config.admins)
    if former:
        log.warning("admin_not_in_settings", admins=len(former))


def identities(
    messages: MessagesApi,
    me: Mapping[str, Any],
    config: Config,
    note: Callable[[Sender], None] = lambda _account: None,
) -> Identities:
    """Return who is who. Our organizations are the bot's own, and the one that it acts in."""
    own = organizations(me.get("orgId"), config.org_id)
    if not own:
        log.warning("own_organization_unknown")
    return Identities(messages, own, note=note)


def watch(health: Health, store: Store, listener: Listener, token: TokenSource) -> None:
    """Replace the check of the start with the checks of a running bot."""
    health.checks.clear()
    health.checks["socket"] = listener.problem
    health.checks["database"] = DatabaseIsWritable(store, time.monotonic)
    health.checks["events"] = partial(nothing_is_stuck, store, time.time, health.not_given)
    if isinstance(token, ServiceAppToken):
        health.checks["service app"] = token.problem


def read_policy(file: Path | None) -> EffectivePolicy:
    """Return the built-in policy with the changes of PROVBOT_POLICY. Raises ConfigError."""
    if file is None:
        return EffectivePolicy(POLICY)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"PROVBOT_POLICY: {file} cannot be read: {error}.") from error
    return policy_file.parse(text, COMMANDS, str(file))


async def _discovery(config: Config, store: Store) -> Callable[[], Awaitable[Listener]]:
    return partial(
        Listener.open,
        config.bot_token.get_secret_value(),
        name=f"provbot-{await store.call(instance)}",
        u2c_url=config.u2c_url,
        context=ssl_context(config.ca_file),
    )


async def reach(
    messages: MessagesApi, discover: Callable[[], Awaitable[Listener]]
) -> tuple[Listener, dict[str, Any]]:
    """Return the listener and the bot's account; retry until Webex can be reached."""

    async def identify_and_discover() -> tuple[Listener, dict[str, Any]]:
        try:
            me = (
                await messages.me()
            )  # first, because only this call tells that the token is refused
        except Unauthorized as error:
            raise TokenRefused(BOT_UNAUTHORIZED) from error
        return await discover(), me

    return await retry.run(retry.REACH_WEBEX, identify_and_discover)
