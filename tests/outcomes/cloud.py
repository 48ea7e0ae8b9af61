"""The sandbox without sockets.

A transport of httpx passes each call to its application, and events come as frames.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import format_datetime
from functools import cache, lru_cache
from http import HTTPStatus
from typing import Any, cast

import httpx
from aiohttp import web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpVersion11, RawRequestMessage
from aiohttp.streams import StreamReader
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from sandbox.admin import ADMIN_ENDPOINTS
from sandbox.chat_model import ChatEvent, Draft, Room
from sandbox.cloud import CLOUD, Cloud, build_cloud
from sandbox.endpoints import mount
from sandbox.mercury.activities import ActivityContext, activity_of
from sandbox.messaging import MESSAGING_ENDPOINTS
from sandbox.middleware import error_responses
from sandbox.people import Person
from sandbox.seed import seed
from sandbox.settings import Settings
from sandbox.visibility import hears
from tests.outcomes.clock import CloudClock

BASE = "https://cloud.test"
API, DOMAIN = f"{BASE}/v1", "acme.example"
DECT_SPACING = 1.0  # seconds between changes of handsets, in place of the 90 of Webex
Json = dict[str, Any]
# What tells one use of a list from another; all other parameters only say how long a page is.
TELLING = ("email", "displayName", "mac")
BOT, ADMIN, NOBODY = "bot", "service app", "no token"
EVERY = "every"  # instead of a method: an outage


@dataclass(frozen=True, order=True)
class Call:
    """A kind of call: whose token, method, and path with `{id}` for what differs."""

    token: str
    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def is_one_of(self, other: "Call") -> bool:
        """Whether it is that kind of call; one kind stands for every call of a token."""
        return self == other or (other.method == EVERY and self.token == other.token)

    @property
    def changes(self) -> bool:
        """Whether it changes the organization."""
        asks = self.method == "GET" or self.path.endswith("/validateMacs/invoke")
        return self.token == ADMIN and not asks


def kind_of(request: httpx.Request, token: str) -> Call:
    """The kind of a call."""
    return _kind(token, request.method, request.url)


@lru_cache(1000)
def _kind(token: str, method: str, url: httpx.URL) -> Call:
    parts = ["{id}" if len(part) > 40 else part for part in url.path.split("/")[2:]]
    names = [name for name in TELLING if name in url.params]
    return Call(token, method, "/".join(parts) + (f"?{names[0]}" if names else ""))


class DirectClient(httpx.AsyncClient):
    """Passes each call to a transport and nothing else.

    The client of httpx also looks for cookies, redirects and signatures, which takes as long as the
    cloud's answer.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        super().__init__(transport=transport, trust_env=False)
        self._direct = transport

    async def send(self, request: httpx.Request, **_options: Any) -> httpx.Response:
        """The transport's answer."""
        await request.aread()
        response = await self._direct.handle_async_request(request)
        response.request = request
        return response


@dataclass
class _Protocol:
    """What a request wants to know of its connection."""

    ssl_context: None = None
    peername: tuple[str, int] = ("127.0.0.1", 1)
    sockname: tuple[str, int] = ("127.0.0.1", 2)
    transport: None = None
    # Of the headers of a part, in bytes and as a count: files are uploaded in parts.
    max_field_size: int = 8190
    max_headers: int = 128


@dataclass
class MemoryCloud(httpx.AsyncBaseTransport):
    """The sandbox in memory. `heard` is called with the frames that the bot's socket would get."""

    heard: Callable[[Json], None] = field(default=lambda _frame: None)
    changed: list[Call] = field(default_factory=list)  # changes of the organization that were made

    def __post_init__(self) -> None:
        clock = CloudClock()
        settings = Settings(phone_registers_s=None, dect_spacing_s=DECT_SPACING)
        self.cloud: Cloud = build_cloud(settings, clock, seed(settings, clock))
        self.cloud.base_url = BASE
        self.cloud.listeners.append(self._publish)
        self._around = ActivityContext(self.cloud.people, f"{BASE}/conversation/api/v1")
        self._app = _application()
        self._app._state[CLOUD] = self.cloud
        self._app._loop = asyncio.get_running_loop()

    def _publish(self, event: ChatEvent) -> None:
        if hears(self.cloud.bot, event):
            activity = activity_of(event, self._around)
            self.heard({"data": {"eventType": "conversation.activity", "activity": activity}})

    # Playing people

    def person(self, mailbox: str) -> Person:
        """Somebody of the organization."""
        person = self.cloud.person_by_email(f"{mailbox}@{DOMAIN}")
        assert person is not None
        return person

    def room(self, mailbox: str, title: str = "") -> Room:
        """The direct room of the person with the bot, or the group space of that title."""
        key = self.person(mailbox).key
        if not title:
            return self.cloud.chat.direct_room(key, self.cloud.bot_key)
        return next(room for room in self.cloud.chat.rooms_of(key) if room.title == title)

    def say(self, mailbox: str, text: str, title: str = "") -> None:
        """The person writes something; in a group space they mention the bot."""
        mention = f"<@personEmail:{self.cloud.bot.email}|Bot> "
        draft = Draft(markdown=mention + text) if title else Draft(text=text)
        self.cloud.chat.post(self.person(mailbox).key, self.room(mailbox, title), draft)

    # Answering

    def token_of(self, headers: Mapping[str, str]) -> str:
        """Whose call it is."""
        value = headers.get("authorization", "").removeprefix("Bearer ")
        if not value:
            return NOBODY
        return BOT if value == self.cloud.bot_token else ADMIN

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The sandbox's answer."""
        response = cast(web.Response, await self._app._handle(self._request(request)))
        kind = kind_of(request, self.token_of(request.headers))
        if kind.changes and response.status < HTTPStatus.MULTIPLE_CHOICES:
            self.changed.append(kind)
        body = response.body if isinstance(response.body, bytes | bytearray) else b""
        response.headers["Date"] = format_datetime(CloudClock().now(), usegmt=True)
        return httpx.Response(response.status, headers=dict(response.headers), content=bytes(body))

    def _request(self, request: httpx.Request) -> web.Request:
        loop = asyncio.get_running_loop()
        # httpx names the host only in requests that it builds itself; aiohttp adds it to all.
        host = {"host": request.url.netloc.decode(), **request.headers}
        headers = CIMultiDictProxy(CIMultiDict(host))
        target = request.url.raw_path.decode()
        message = RawRequestMessage(
            request.method, target, HttpVersion11, headers, (),
            False, None, False, False, URL(target, encoded=True),
        )  # fmt: skip
        payload = StreamReader(BaseProtocol(loop), 2**16, loop=loop)
        payload.feed_data(request.content)
        payload.feed_eof()
        nothing: Any = None
        return self._app._make_request(message, payload, cast(Any, _Protocol()), nothing, nothing)


@cache
def _application() -> web.Application:
    """The endpoints. Mounting them takes longer than a journey, so the clouds take turns."""
    app = web.Application(middlewares=[error_responses])
    mount(app, MESSAGING_ENDPOINTS, prefix="/v1")
    mount(app, ADMIN_ENDPOINTS, prefix="/v1")
    app[CLOUD] = cast(Cloud, None)
    app.freeze()
    return app
