"""The socket: what webex-bot does well, on one asyncio loop, and without what it gets wrong.

Kept of webex-bot: service discovery, device registration, the headers. Replaced: everything that
webex-messaging.md §5 proves broken (items 1 to 9, 16, 19, 20). The only importer of webex_bot.
"""

import asyncio
import json
import random
import ssl
import uuid
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import requests
import websockets
from requests.adapters import HTTPAdapter
from webex_bot.websockets import webex_websocket_client as stock

from bot import telemetry
from bot.chat import events
from bot.errors import ConfigError, Unavailable

log = telemetry.get_logger("listener")

LARGEST_FRAME = (
    8 * 2**20
)  # the default of 1 MiB would close the socket on every delivery of a big one
FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0  # seconds between attempts to connect
HEALTHY_AFTER = 60.0  # seconds connected before the waits start small again
QUIET = 60.0  # seconds without any frame or pong after which the connection counts as dead
HTTP_TIMEOUT = 30.0
US_CLUSTERS = frozenset({"urn:TEAM:us-east-2_a", "urn:TEAM:us-east-1_int13"})

OnEvent = Callable[[events.Event], Awaitable[None]]


class TokenRefused(ConfigError):
    """The bot's own token is not accepted: nobody can be told in chat, so the process must end."""


class _Trusting(HTTPAdapter):
    """Sends requests' calls with our TLS context; requests itself knows no second CA file."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)

    def send(self, request: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """With a time limit: webex-bot's own calls have none."""
        return super().send(request, **{**kwargs, "timeout": HTTP_TIMEOUT})


class Listener(stock.WebexWebsocketClient):  # type: ignore[misc]  # webex-bot ships no types
    """Connects, stores and acknowledges events, reconnects. Made by `open`, never directly."""

    def __init__(
        self, token: str, *, name: str, u2c_url: str | None, context: ssl.SSLContext
    ) -> None:
        self._u2c_url = u2c_url or stock.DEFAULT_U2C_URL
        self._context = context
        self._instance = name
        self.host_catalog: dict[str, Any] = {}
        self._device: dict[str, Any] | None = None
        super().__init__(token, name)

    @classmethod
    async def open(
        cls, token: str, *, name: str, u2c_url: str | None, context: ssl.SSLContext
    ) -> "Listener":
        """Discover the services. webex-bot does so in its constructor, blocking: hence the thread.

        Raises Unavailable where the discovery cannot be reached, TokenRefused for a bad token.
        """
        try:
            return await asyncio.to_thread(cls, token, name=name, u2c_url=u2c_url, context=context)
        except requests.RequestException as problem:
            raise Unavailable(
                503, f"Service discovery failed: {type(problem).__name__}"
            ) from problem

    def _get_device_url(self) -> str:
        """Service discovery at our address, keeping the catalog that tells clusters apart (§1.1)."""
        self.session.mount("https://", _Trusting(self._context))
        answer = self.session.get(self._u2c_url, params={"format": "hostmap"})
        if answer.status_code == requests.codes.unauthorized:
            raise TokenRefused(
                "Webex does not accept WEBEX_BOT_TOKEN. Make a new one on developer.webex.com (My Apps, your bot, Regenerate)."
            )
        answer.raise_for_status()
        catalog = answer.json()
        self.host_catalog = catalog.get("hostCatalog") or {}
        return str(catalog["serviceLinks"]["wdm"])

    def cluster_of(self, conversation_url: str) -> str:
        """The cluster part of public ids for things that live at this address (§1.1)."""
        for entry in self.host_catalog.get(urlsplit(conversation_url).netloc) or ():
            team = str(entry.get("id", "")).rpartition(":")[0]
            if team and team not in US_CLUSTERS:
                return team
        return "us"

    async def listen(self, me: str, on_event: OnEvent) -> None:
        """Stay connected until cancelled; `on_event` must have stored the event when it returns."""
        wait = FIRST_WAIT
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._connect_once(me, on_event)
            except TokenRefused:
                raise
            except Exception as problem:  # noqa: BLE001 - whatever it is, the remedy is to connect again
                log.warning("connection lost", reason=f"{type(problem).__name__}: {problem}"[:200])
            if asyncio.get_running_loop().time() - began > HEALTHY_AFTER:
                wait = FIRST_WAIT
            await asyncio.sleep(wait * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
            wait = min(wait * 2, LONGEST_WAIT)

    async def _connect_once(self, me: str, on_event: OnEvent) -> None:
        if self._device is None:
            self._device = await asyncio.to_thread(self._register)
        try:
            async with websockets.connect(
                self._device["webSocketUrl"],
                ssl=self._context,
                max_size=LARGEST_FRAME,
                ping_interval=QUIET / 3,
                ping_timeout=QUIET / 3,
                **self._get_websocket_connect_kwargs(websockets.connect),
            ) as socket:
                await self._receive(socket, me, on_event)
        except stock.InvalidStatus as problem:
            await self._refused(problem.response.status_code)
            raise

    async def _refused(self, status: int) -> None:
        if status == requests.codes.not_found:
            self._device = None  # the registration is gone: make another
        elif status == requests.codes.unauthorized:
            raise TokenRefused("Webex does not accept WEBEX_BOT_TOKEN any more.")

    async def _receive(self, socket: Any, me: str, on_event: OnEvent) -> None:
        """One writer, one reader, one loop. Every frame is acknowledged by its own id, once stored."""
        hello = {
            "id": str(uuid.uuid4()),
            "type": "authorization",
            "data": {"token": f"Bearer {self.access_token}"},
        }
        await socket.send(json.dumps(hello))
        log.info("connected")
        async for text in socket:
            message = events.frame(text)
            event = events.read(message, me)
            if event is not None:
                await on_event(event)
            if message.get("id") and "data" in message:
                await socket.send(json.dumps({"type": "ack", "messageId": message["id"]}))

    def _register(self) -> dict[str, Any]:
        """Use the device this instance registered before, or register one (§1.2)."""
        known = self.session.get(f"{self.device_url}/devices")
        devices = known.json().get("devices", []) if known.ok else []
        mine = [
            device
            for device in devices
            if device.get("name") == self._instance and device.get("webSocketUrl")
        ]
        return mine[0] if mine else self._new_device()

    def _new_device(self) -> dict[str, Any]:
        wanted = {**stock.DEVICE_DATA, "name": self._instance, "deviceName": self._instance}
        answer = self.session.post(f"{self.device_url}/devices", json=wanted)
        answer.raise_for_status()
        device: dict[str, Any] = answer.json()
        return device
