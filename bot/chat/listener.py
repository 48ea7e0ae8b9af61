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
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import requests
import websockets
from requests.adapters import HTTPAdapter
from webex_bot.websockets import webex_websocket_client as stock

from bot import metrics, telemetry
from bot.chat import connection, events
from bot.chat.connection import Backoff, End, Then
from bot.errors import TokenRefused, Unavailable

log = telemetry.get_logger("listener")

LARGEST_FRAME = 32 * 2**20  # bytes; the default of 1 MiB would close the socket on a big one
PING_EVERY = 20.0  # seconds; the JS SDK's 15 s work, so these do (webex-messaging.md §1.6)
metrics.expect(metrics.DISCONNECTIONS, (*(then.name.lower() for then in Then), "drained"))
QUIET = 60.0  # seconds without any frame or pong after which the connection counts as dead
DRAIN_FOR = 60.0  # seconds that an old socket may go on beside its successor
HTTP_TIMEOUT, GOODBYE_TIMEOUT = 30.0, 2.0
CLOSE_TIMEOUT = 1.0  # seconds; a socket that is open and dead would hold up the end of the process
TOKEN_DEAD = "Webex does not accept WEBEX_BOT_TOKEN any more, or it was not copied whole. Copy it again, or make a new one on developer.webex.com (My Apps, your bot, Regenerate), set it, and start provbot again."  # noqa: S105 - a sentence


@dataclass(frozen=True)
class Ears:
    """Who hears what of a connection, and who `me` is: the bot's uuid."""

    me: str
    event: Callable[[events.Event], Awaitable[object]]  # has stored it when it returns
    connected: Callable[[], None]  # the socket is in service: time to ask what was missed
    alive: Callable[[], None]  # a frame came, of whatever kind
    token_lives: Callable[[], Awaitable[bool]]


class _Trusting(HTTPAdapter):
    """Sends requests' calls with our TLS context; requests itself knows no second CA file."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Through a proxy as well: requests makes other pools for it, which knew nothing of the context."""
        return super().proxy_manager_for(*args, ssl_context=self._context, **kwargs)

    def send(self, request: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """With a time limit: webex-bot's own calls have none."""
        return super().send(request, **{**kwargs, "timeout": kwargs.get("timeout") or HTTP_TIMEOUT})


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
        self._worn_out: list[str] = []  # addresses of registrations to give back
        self._drained = asyncio.Event()
        self._in_service = 0  # sockets
        self._sockets: set[asyncio.Task[End]] = set()
        self.ping_every, self.quiet = PING_EVERY, QUIET
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
            raise TokenRefused(TOKEN_DEAD)
        answer.raise_for_status()
        catalog = answer.json()
        self.host_catalog = catalog.get("hostCatalog") or {}
        return str(catalog["serviceLinks"]["wdm"])

    def cluster_of(self, conversation_url: str) -> str:
        """The cluster part of public ids for things that live at this address (§1.1)."""
        return connection.cluster_of(self.host_catalog, conversation_url)

    async def trouble(self) -> str:
        """A sentence while nothing that people say is heard."""
        return "" if self._in_service else "No websocket is in service; it is being connected."

    async def tried(self, within: float) -> tuple[str, list[str]]:
        """Connect once, and take everything back: why it failed or nothing, and the names of all devices."""
        connected, names = asyncio.Event(), list[str]()
        ears = Ears("", _deaf, connected.set, lambda: None, _always)
        socket = asyncio.create_task(self._to_its_end(ears, asyncio.Event()))
        waiting = asyncio.create_task(connected.wait())
        self._sockets.add(socket)
        try:
            await asyncio.wait({socket, waiting}, timeout=within, return_when=asyncio.FIRST_COMPLETED)  # fmt: skip
            if socket.done():
                return socket.result().why, names
            names = await asyncio.to_thread(self._names)
            return "" if connected.is_set() else f"nothing in {within:.0f} s", names
        finally:
            waiting.cancel()
            await self._say_goodbye()

    # Staying connected

    async def listen(self, ears: Ears) -> None:
        """Stay connected until cancelled, then take the registration back. Raises TokenRefused."""
        backoff, loop = Backoff(random.uniform), asyncio.get_running_loop()
        try:
            while True:
                began = loop.time()
                end = await self._one_connection(ears)
                metrics.DISCONNECTIONS.labels(connection.label(end)).inc()
                await self._prepare(end, ears)
                if end is not connection.DRAINED:
                    log.warning("connection lost", reason=end.why)
                await asyncio.sleep(backoff.after(end, loop.time() - began))
        finally:
            await self._say_goodbye()

    def renew(self) -> None:
        """Register anew and connect beside the old socket: it is open, yet events do not arrive."""
        self._give_up_device()
        self._drained.set()

    def _give_up_device(self) -> None:
        if self._device is not None:
            self._worn_out.append(str(self._device.get("url", "")))
        self._device = None

    async def _one_connection(self, ears: Ears) -> End:
        """Connect and listen, until it ends or Webex wants another connection beside it."""
        self._drained = asyncio.Event()
        socket = asyncio.create_task(self._to_its_end(ears, self._drained))
        self._sockets.add(socket)
        socket.add_done_callback(self._sockets.discard)
        drained = asyncio.create_task(self._drained.wait())
        try:
            await asyncio.wait({socket, drained}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            drained.cancel()
        if socket.done():
            return socket.result()
        # What is pressed meanwhile still arrives on the old socket; both together lose nothing (§1.7).
        asyncio.get_running_loop().call_later(DRAIN_FOR, socket.cancel)
        return connection.DRAINED

    async def _prepare(self, end: End, ears: Ears) -> None:
        if end.then is Then.AGAIN:
            return
        if end.then is Then.VERIFY and not await ears.token_lives():
            raise TokenRefused(TOKEN_DEAD)
        self._give_up_device()

    async def _to_its_end(self, ears: Ears, drained: asyncio.Event) -> End:
        try:
            if self._device is None:
                self._device = await asyncio.to_thread(self._register)
            await self._connect(self._device["webSocketUrl"], ears, drained)
        except TokenRefused:
            raise
        except Exception as problem:  # noqa: BLE001 - whatever it is, the remedy is to connect again
            return connection.ended(problem)
        return End(Then.AGAIN, "it ended")

    async def _connect(self, url: str, ears: Ears, drained: asyncio.Event) -> None:
        async with websockets.connect(
            url,
            ssl=self._context,
            max_size=LARGEST_FRAME,
            close_timeout=CLOSE_TIMEOUT,
            ping_interval=self.ping_every,
            ping_timeout=self.ping_every,
            **self._get_websocket_connect_kwargs(websockets.connect),
        ) as socket:
            await socket.send(
                _frame("authorization", data={"token": f"Bearer {self.access_token}"})
            )
            pings = asyncio.create_task(self._ping(socket))
            try:
                await self._receive(socket, ears, drained)
            finally:
                pings.cancel()

    async def _ping(self, socket: Any) -> None:
        """Webex may keep a socket open that nobody serves any more: its pongs tell."""
        with suppress(websockets.ConnectionClosed):
            while True:
                await asyncio.sleep(self.ping_every)
                await socket.send(_frame("ping"))

    async def _receive(self, socket: Any, ears: Ears, drained: asyncio.Event) -> None:
        """In service from the first frame on; every frame is acknowledged by its own id, once stored."""
        message = await self._next_frame(socket, ears)
        ears.connected()
        self._count(1)
        log.info("connected")
        try:
            while True:
                if message.get("type") == "shutdown":
                    drained.set()
                event = events.read(message, ears.me)
                if event is not None:
                    await ears.event(event)
                if message.get("id") and "data" in message:
                    await socket.send(json.dumps({"type": "ack", "messageId": message["id"]}))
                message = await self._next_frame(socket, ears)
        finally:
            self._count(-1)

    async def _next_frame(self, socket: Any, ears: Ears) -> dict[str, Any]:
        async with asyncio.timeout(self.quiet):
            message = events.frame(await socket.recv())
        ears.alive()
        return message

    def _count(self, change: int) -> None:
        self._in_service += change
        metrics.CONNECTED.set(self._in_service)
        metrics.CONNECTIONS.inc(max(change, 0))

    # Registrations

    def _register(self) -> dict[str, Any]:
        """Use the device this instance registered before, or register one (§1.2).

        The services are discovered anew: a device of the wrong region hears nothing (§1.1).
        """
        self.device_url = self._get_device_url()
        mine = self._my_devices()
        usable = [one for one in mine if one.get("url") not in self._worn_out]
        kept = usable[0] if usable else None
        for stale in mine:
            if stale is not kept:
                self.session.delete(stale["url"])
        self._worn_out.clear()
        return kept or self._new_device()

    def _devices(self) -> list[dict[str, Any]]:
        known = self.session.get(f"{self.device_url}/devices")
        return list(known.json().get("devices", [])) if known.ok else []

    def _names(self) -> list[str]:
        return [str(one.get("name", "")) for one in self._devices()]

    def _my_devices(self) -> list[dict[str, Any]]:
        mine = [
            one
            for one in self._devices()
            if one.get("name") == self._instance and one.get("webSocketUrl")
        ]
        return sorted(mine, key=lambda one: str(one.get("modificationTime", "")), reverse=True)

    def _new_device(self) -> dict[str, Any]:
        wanted = {**stock.DEVICE_DATA, "name": self._instance, "deviceName": self._instance}
        answer = self.session.post(f"{self.device_url}/devices", json=wanted)
        answer.raise_for_status()
        device: dict[str, Any] = answer.json()
        return device

    async def _say_goodbye(self) -> None:
        """Nothing more is taken; the registration is given back, of which Webex allows only so many."""
        device, sockets = self._device, list(self._sockets)
        for socket in sockets:
            socket.cancel()
        await asyncio.gather(*sockets, return_exceptions=True)
        if device and device.get("url"):
            with suppress(requests.RequestException, TimeoutError):
                async with asyncio.timeout(
                    GOODBYE_TIMEOUT
                ):  # requests' own does not limit the look-up of names
                    await asyncio.to_thread(
                        self.session.delete, device["url"], timeout=GOODBYE_TIMEOUT
                    )
        self.session.close()


async def _deaf(_: events.Event) -> None:
    """What is heard meanwhile is for the bot that runs; it has a socket of its own."""


async def _always() -> bool:
    return True


def _frame(kind: str, **more: Any) -> str:
    return json.dumps({"id": str(uuid.uuid4()), "type": kind, **more})
