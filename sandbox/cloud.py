"""The cloud as one object: everything a handler may need, and nothing that speaks HTTP."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from aiohttp import web

from sandbox.attempts import Attempts
from sandbox.calls import CallLog
from sandbox.changes import Changes
from sandbox.chat import Chat
from sandbox.chat_model import ChatEvent, Message, Room
from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.ids import public_id
from sandbox.mercury.activities import Surroundings, activity_of
from sandbox.mercury.hub import Hub
from sandbox.organization import Organization
from sandbox.organization.life import Life, SimulatedPhone
from sandbox.people import Person, by_email
from sandbox.rate_limit import RateLimit
from sandbox.schedule import Schedule
from sandbox.settings import Settings
from sandbox.tokens import SERVICE_APP_SCOPES, Token, Tokens
from sandbox.visibility import audience, hears
from sandbox.webhook_delivery import Deliveries
from sandbox.webhook_rules import Webhook
from sandbox.world import World


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
    """State and rules of the stand-in cloud. The URLs are known once it listens."""

    settings: Settings
    clock: Clock
    people: dict[str, Person]
    organization: Organization
    tokens: Tokens
    bot_key: str
    bot_token: str
    service_app: ServiceApp
    webhooks: dict[str, Webhook] = field(default_factory=dict)
    attempts: Attempts = field(default_factory=Attempts)
    calls: CallLog = field(init=False)
    changes: Changes = field(init=False)
    base_url: str = ""
    page_url: str = ""
    ca_file: str = ""
    scenario: str = ""
    first_settings: Settings = field(init=False)
    listeners: list[Callable[[ChatEvent], None]] = field(default_factory=list)
    rate_limit: RateLimit = field(init=False)
    schedule: Schedule = field(init=False)
    deliveries: Deliveries = field(init=False)
    life: Life = field(init=False)
    faults: Faults = field(init=False)
    hub: Hub = field(init=False)
    chat: Chat = field(init=False)

    def __post_init__(self) -> None:
        self.first_settings = self.settings
        self.calls = CallLog(self.settings.kept_calls)
        self.changes = Changes(self.settings.kept_changes)
        self.rate_limit = RateLimit(self.clock)
        self.schedule = Schedule(self.clock)
        self.life = Life(self.organization, self.schedule, self.clock.now, self._note_phone)
        self.faults = Faults(self.clock, self.schedule, self.settings.seed)
        self.hub = Hub(self.settings, self.clock, self.faults, self.schedule)
        self.deliveries = Deliveries(self.settings, self.clock, self.changes)
        self.chat = Chat(self.people, self.clock, self._publish, self.settings)

    def set_up(self, settings: Settings) -> None:
        """Go by other settings from here on; what was made by the old ones stays as it is."""
        self.settings = self.organization.settings = self.hub.settings = settings
        self.deliveries.settings = settings

    @property
    def api_url(self) -> str:
        """Base of the REST API, without a slash at the end."""
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
        """The account a token stands for."""
        return self.people[token.person_key]

    def person_by_email(self, email: str) -> Person | None:
        """The account with this address, whatever its case."""
        return by_email(self.people, email)

    def _publish(self, event: ChatEvent) -> None:
        """Number what happened in a room, wake who waits for it, and tell the members' devices."""
        event.room.seq = self.changes.note(_CHANGES[event.verb], **_facts(event))
        if event.message is not None:
            _keep_in_order(event.room, event.message, gone=event.verb == "delete")
        for listener in self.listeners:
            listener(event)
        hearers = [key for key in audience(event) if hears(self.people[key], event)]
        if any(map(self.hub.is_online, hearers)):
            around = Surroundings(self.people, f"{self.base_url}/conversation/api/v1")
            activity = activity_of(event, around)
            self.hub.deliver(hearers, {"eventType": "conversation.activity", "activity": activity})

    def _note_phone(self, what: str, phone: SimulatedPhone) -> None:
        """Something became of a simulated phone."""
        owner = self.organization.owner_name(phone.record.owner) if phone.record else ""
        self.changes.note("organization", what=what, owner=owner, mac=phone.mac, state=phone.state)

    def note_presence(self, person_key: str) -> None:
        """Somebody's socket came or went."""
        online = self.hub.is_online(person_key)
        self.changes.note("presence", email=self.people[person_key].email, online=online)


_CHANGES: Final = {
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


def _keep_in_order(room: Room, message: Message, *, gone: bool) -> None:
    message.seq = room.seq
    room.by_change.pop(message.key, None)
    if not gone:
        room.by_change[message.key] = message


def _facts(event: ChatEvent) -> dict[str, str]:
    message_key = event.message.key if event.message else event.action and event.action.message_key
    facts = {"roomId": public_id("ROOM", event.room.key)}
    return facts | ({"messageId": public_id("MESSAGE", message_key)} if message_key else {})


CLOUD: Final = web.AppKey("cloud", Cloud)


def build_cloud(settings: Settings, clock: Clock, world: World) -> Cloud:
    """Found a cloud on a seeded world, with fresh random tokens."""
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
        cloud.chat.create_group(space.members[0], space.title, space.members[1:])
    return cloud


def _service_app(tokens: Tokens, clock: Clock, world: World, settings: Settings) -> ServiceApp:
    expires_at = clock.now() + timedelta(seconds=settings.refresh_token_s)
    scopes = SERVICE_APP_SCOPES - settings.without_scopes
    refresh = tokens.issue("refresh", world.service_app_key, scopes, expires_at)
    return ServiceApp(
        client_id=f"C{secrets.token_hex(32)}",
        client_secret=secrets.token_hex(32),
        person_key=world.service_app_key,
        scopes=scopes,
        refresh_token=refresh.value,
    )
