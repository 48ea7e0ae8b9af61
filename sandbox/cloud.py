"""The cloud as one object: everything a handler may need, and nothing that speaks HTTP."""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from aiohttp import web

from sandbox.calls import CallLog
from sandbox.changes import Changes
from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.organization import Organization
from sandbox.people import Person, by_email
from sandbox.settings import Settings
from sandbox.tokens import SERVICE_APP_SCOPES, Token, Tokens
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
    calls: CallLog = field(default_factory=CallLog)
    faults: Faults = field(default_factory=Faults)
    changes: Changes = field(default_factory=Changes)
    base_url: str = ""
    page_url: str = ""
    ca_file: str = ""

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


CLOUD: Final = web.AppKey("cloud", Cloud)


def build_cloud(settings: Settings, clock: Clock, world: World) -> Cloud:
    """Found a cloud on a seeded world, with fresh random tokens."""
    tokens = Tokens(clock, world.organization.key)
    return Cloud(
        settings=settings,
        clock=clock,
        people=world.people,
        organization=world.organization,
        tokens=tokens,
        bot_key=world.bot_key,
        bot_token=tokens.issue("bot", world.bot_key).value,
        service_app=_service_app(tokens, clock, world, settings),
    )


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
