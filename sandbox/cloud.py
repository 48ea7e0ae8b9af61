"""The cloud as one object: everything that a handler needs, without HTTP."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from sandbox.call_log import CallLog
from sandbox.chat import Chat
from sandbox.chat_model import ChatEvent, Message, Room
from sandbox.clock import Clock
from sandbox.event_log import EventLog
from sandbox.faults import FaultRegistry
from sandbox.idempotency import IdempotencyKeys
from sandbox.ids import public_id
from sandbox.mercury.activities import ActivityContext, activity_of
from sandbox.mercury.hub import Hub
from sandbox.organization import Organization
from sandbox.organization.dect_simulator import DectSimulator
from sandbox.organization.entities import DectNetwork
from sandbox.organization.phone_simulator import PhoneSimulator, SimulatedPhone
from sandbox.people import Person, by_email
from sandbox.rate_limit import RateLimit
from sandbox.scheduler import Scheduler
from sandbox.seed_data import SeedData
from sandbox.settings import Settings
from sandbox.tokens import SERVICE_APP_SCOPES, Token, Tokens
from sandbox.visibility import audience, hears
from sandbox.webhook_delivery import WebhookSender
from sandbox.webhook_rules import Webhook

SPACE_AGE: Final = timedelta(days=1)  # of the spaces that exist from the beginning


@dataclass(frozen=True)
class ServiceApp:
    """The credentials of the service app, and the account it acts as."""

    client_id: str
    client_secret: str
    person_key: str
    scopes: frozenset[str]
    refresh_token: str


@dataclass
class Cloud:
    """State and rules of the simulated cloud. The URLs are known once it listens."""

    settings: Settings
    clock: Clock
    people: dict[str, Person]
    organization: Organization
    tokens: Tokens
    bot_key: str
    bot_token: str
    service_app: ServiceApp
    webhooks: dict[str, Webhook] = field(default_factory=dict)
    idempotency_keys: IdempotencyKeys = field(default_factory=IdempotencyKeys)
    calls: CallLog = field(init=False)
    wrong_cloud_calls: CallLog = field(init=False)  # by the commercial cloud of `--gov`
    event_log: EventLog = field(init=False)
    base_url: str = ""
    wrong_cloud_url: str = ""  # empty without `--gov`
    page_url: str = ""
    ca_file: str = ""
    scenario: str = ""
    initial_settings: Settings = field(init=False)
    listeners: list[Callable[[ChatEvent], None]] = field(default_factory=list)
    rate_limit: RateLimit = field(init=False)
    scheduler: Scheduler = field(init=False)
    webhook_sender: WebhookSender = field(init=False)
    phone_simulator: PhoneSimulator = field(init=False)
    dect_simulator: DectSimulator = field(init=False)
    faults: FaultRegistry = field(init=False)
    hub: Hub = field(init=False)
    chat: Chat = field(init=False)

    def __post_init__(self) -> None:
        self.initial_settings = self.settings
        self.calls = CallLog(self.settings.kept_calls)
        self.wrong_cloud_calls = CallLog(self.settings.kept_calls)
        self.event_log = EventLog(self.settings.kept_changes)
        self.rate_limit = RateLimit(self.clock)
        self.scheduler = Scheduler(self.clock)
        self.phone_simulator = PhoneSimulator(
            self.organization, self.scheduler, self.clock.now, self._publish_phone
        )
        self.dect_simulator = DectSimulator(
            self.organization, self.scheduler, self.clock.now, self._publish_dect
        )
        self.faults = FaultRegistry(self.clock, self.scheduler, self.settings.seed)
        self.hub = Hub(self.settings, self.clock, self.faults, self.scheduler)
        self.webhook_sender = WebhookSender(self.settings, self.clock, self.event_log)
        self.chat = Chat(self.people, self.clock, self._publish, self.settings)

    def apply_settings(self, settings: Settings) -> None:
        """Use other settings from now on; existing state stays as it is."""
        self.settings = self.organization.settings = self.hub.settings = settings
        self.webhook_sender.settings = settings

    @property
    def api_url(self) -> str:
        """Base of the REST API, without a trailing slash."""
        return f"{self.base_url}/v1"

    @property
    def u2c_url(self) -> str:
        """The service catalog."""
        return f"{self.base_url}/u2c/api/v1/catalog"

    @property
    def bot(self) -> Person:
        """The bot's account."""
        return self.people[self.bot_key]

    def person_of(self, token: Token) -> Person:
        """Return the account of a token."""
        return self.people[token.person_key]

    def person_by_email(self, email: str) -> Person | None:
        """Return the account with this address, ignoring case."""
        return by_email(self.people, email)

    def _publish(self, event: ChatEvent) -> None:
        """Log an event of a room and deliver it to the members' devices."""
        event.room.seq = self.event_log.append(_EVENT_KINDS[event.verb], **_facts(event))
        if event.message is not None:
            _keep_in_order(event.room, event.message, deleted=event.verb == "delete")
        for listener in self.listeners:
            listener(event)
        hearers = [key for key in audience(event) if hears(self.people[key], event)]
        if any(map(self.hub.is_online, hearers)):
            context = ActivityContext(self.people, f"{self.base_url}/conversation/api/v1")
            activity = activity_of(event, context)
            self.hub.deliver(hearers, {"eventType": "conversation.activity", "activity": activity})

    def _publish_phone(self, change: str, phone: SimulatedPhone) -> None:
        """Log an event of a simulated phone."""
        owner = self.organization.owner_name(phone.record.owner) if phone.record else ""
        self.event_log.append(
            "organization", what=change, owner=owner, mac=phone.mac, state=phone.state
        )

    def _publish_dect(self, change: str, network: DectNetwork) -> None:
        """Log an event of a simulated base station or handset."""
        self.event_log.append("organization", what=change, name=network.name)

    def publish_presence(self, person_key: str) -> None:
        """Log that a socket of a person was opened or closed."""
        online = self.hub.is_online(person_key)
        self.event_log.append("presence", email=self.people[person_key].email, online=online)


_EVENT_KINDS: Final = {
    "post": "message",
    "share": "message",
    "update": "message_updated",
    "edit": "message_updated",
    "delete": "message_deleted",
    "cardAction": "action",
    "create": "room",
    "rename": "room",
    "assignModerator": "room",
    "unassignModerator": "room",
    "add": "room",
    "leave": "room",
}


def _keep_in_order(room: Room, message: Message, *, deleted: bool) -> None:
    message.seq = room.seq
    room.by_change.pop(message.key, None)
    if not deleted:
        room.by_change[message.key] = message


def _facts(event: ChatEvent) -> dict[str, str]:
    message_key = event.message.key if event.message else event.action and event.action.message_key
    facts = {"roomId": public_id("ROOM", event.room.key)}
    return facts | ({"messageId": public_id("MESSAGE", message_key)} if message_key else {})


CLOUD: Final = web.AppKey("cloud", Cloud)


def build_cloud(settings: Settings, clock: Clock, world: SeedData) -> Cloud:
    """Build a cloud from seed data, with new random tokens."""
    tokens = Tokens(clock, world.organization.key, settings.kept_tokens)
    cloud = Cloud(
        settings=settings,
        clock=clock,
        people=world.people,
        organization=world.organization,
        tokens=tokens,
        bot_key=world.bot_key,
        bot_token=tokens.issue("bot", world.bot_key).value,
        service_app=_service_app(tokens, clock, world, settings),
    )
    for space in world.spaces:
        room = cloud.chat.create_group(space.members[0], space.title, space.members[1:])
        _age(room, clock.now() - SPACE_AGE)
    return cloud


def _service_app(tokens: Tokens, clock: Clock, world: SeedData, settings: Settings) -> ServiceApp:
    expires_at = clock.now() + timedelta(seconds=settings.refresh_lifetime_s)
    scopes = SERVICE_APP_SCOPES - settings.without_scopes
    refresh = tokens.issue("refresh", world.service_app_key, scopes, expires_at)
    return ServiceApp(
        client_id=f"C{secrets.token_hex(32)}",
        client_secret=secrets.token_hex(32),
        person_key=world.service_app_key,
        scopes=scopes,
        refresh_token=refresh.value,
    )


def _age(room: Room, created: datetime) -> None:
    """Make a space older: bots greet the spaces that add them, not those they were always in."""
    room.created = room.last_activity = created
    for key, membership in room.members.items():
        room.members[key] = replace(membership, created=created)
