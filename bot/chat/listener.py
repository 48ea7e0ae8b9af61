"""The websocket: keeps what webex-bot does well, on one asyncio loop.

Kept from webex-bot: service discovery, device registration and the headers. Replaced: everything
that docs/webex/messaging.md §5 proves broken (items 1 to 9, 16, 19, 20). Only this module imports
webex_bot.
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

from bot.chat import events, reconnect
from bot.chat.reconnect import Backoff, Disconnect, Reaction
from bot.chat.threads import in_daemon_thread
from bot.core import logs, metrics
from bot.core.errors import TokenRefused, Unavailable
from bot.webex.http_client import MayNotSend
from bot.webex.response_guard import SHAPE_ERRORS

log = logs.get_logger("listener")

MAX_FRAME_BYTES = 32 * 2**20  # the default of 1 MiB would close the socket on a larger frame
PING_INTERVAL = 20.0  # seconds; the JS SDK uses 15 (docs/webex/messaging.md §1.6)
SILENCE_TIMEOUT = 60.0  # seconds without a frame or pong after which the connection counts as dead
MAX_UNSTORED_FRAMES = 2_000  # kept in memory while the database is locked; about 10 MB
DRAIN_TIMEOUT = 60.0  # seconds that an old socket stays open beside its successor
HTTP_TIMEOUT, CLEANUP_TIMEOUT = 30.0, 2.0  # seconds
CLOSE_TIMEOUT = 1.0  # seconds; an open but dead socket must not delay the end of the process
BOT_UNAUTHORIZED = (
    "Webex does not accept WEBEX_BOT_TOKEN any more, or it was not copied completely."
)

metrics.expect(
    metrics.DISCONNECTIONS, (*(each.value for each in Reaction), reconnect.DRAINED_LABEL)
)


@dataclass(frozen=True)
class ListenerCallbacks:
    """What the listener calls. `me` is the bot's uuid."""

    me: str
    on_event: Callable[[events.Event], Awaitable[object]]  # returns once the event is stored
    on_connected: Callable[[], None]  # the socket is in service: time to fetch what was missed
    on_frame: Callable[[], None]  # any frame arrived
    is_token_alive: Callable[[], Awaitable[bool]]
    # Where several processes take turns, the check that this one still leads; before it connects,
    # and before it deletes its registration.
    before_connecting: Callable[[], Awaitable[None]] | None = None


class _TlsAdapter(HTTPAdapter):
    """Gives the calls of requests our TLS context: requests cannot combine two CA files."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Use the context for a proxy too: requests makes separate pools for proxies."""
        return super().proxy_manager_for(*args, ssl_context=self._context, **kwargs)

    def send(self, request: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """Send with a time limit: webex-bot's own calls have none."""
        return super().send(request, **{**kwargs, "timeout": kwargs.get("timeout") or HTTP_TIMEOUT})


class Listener(stock.WebexWebsocketClient):  # type: ignore[misc]  # webex-bot ships no types
    """Connects, stores and acknowledges events, reconnects. Call `open`, not the constructor."""

    def __init__(self, token: str, *, name: str, u2c_url: str, context: ssl.SSLContext) -> None:
        self._u2c_url = u2c_url
        self._context = context
        self._name = name
        self.host_catalog: dict[str, Any] = {}
        self._device: dict[str, Any] | None = None
        self._discarded_urls: list[str] = []  # of registrations to delete
        self._other_names: set[str] = set()  # registrations of other provbots
        self._drained = asyncio.Event()
        self._in_service = 0  # sockets
        self._sockets: set[asyncio.Task[Disconnect]] = set()
        self._storing: set[asyncio.Task[None]] = set()
        self._frame_slots = asyncio.Semaphore(MAX_UNSTORED_FRAMES)
        self.ping_interval, self.silence_timeout = PING_INTERVAL, SILENCE_TIMEOUT
        super().__init__(token, name)
        # webex-bot's own client always calls the commercial cloud, with the token.
        self.teams = None

    @classmethod
    async def open(
        cls, token: str, *, name: str, u2c_url: str, context: ssl.SSLContext
    ) -> "Listener":
        """Discover the services, in a thread: webex-bot blocks in its constructor.

        Raises Unavailable if the discovery cannot be reached or answers something unexpected.
        """
        try:
            return await in_daemon_thread(cls, token, name=name, u2c_url=u2c_url, context=context)
        except (requests.RequestException, TimeoutError, *SHAPE_ERRORS) as error:
            raise Unavailable(503, f"Service discovery failed: {type(error).__name__}") from error

    def _get_device_url(self) -> str:
        """Discover the services, and keep the catalog that tells clusters apart.

        See docs/webex/messaging.md §1.1.
        """
        self.session.mount("https://", _TlsAdapter(self._context))
        response = self.session.get(self._u2c_url, params={"format": "hostmap"})
        # Raises for a 401 too: the token is verified before it counts as dead.
        response.raise_for_status()
        catalog = response.json()
        self.host_catalog = catalog.get("hostCatalog") or {}
        return str(catalog["serviceLinks"]["wdm"])

    def cluster_of(self, conversation_url: str) -> str:
        """The cluster part of the public ids of objects at this address.

        See docs/webex/messaging.md §1.1.
        """
        return reconnect.cluster_of(self.host_catalog, conversation_url)

    async def problem(self) -> str:
        """A sentence while no websocket is in service, else an empty string."""
        return (
            "" if self._in_service else "The websocket is not connected; provbot is reconnecting."
        )

    async def try_connecting(self, within: float) -> tuple[str, list[str]]:
        """Connect once, then delete the registration.

        Returns the reason for a failure (empty if it worked), and the names of all registrations.
        """
        connected, names = asyncio.Event(), list[str]()
        callbacks = ListenerCallbacks("", _ignore, connected.set, lambda: None, _always)
        socket = asyncio.create_task(self._run_connection(callbacks, asyncio.Event()))
        connecting = asyncio.create_task(connected.wait())
        self._sockets.add(socket)
        try:
            await asyncio.wait(
                {socket, connecting}, timeout=within, return_when=asyncio.FIRST_COMPLETED
            )
            if socket.done():
                return socket.result().reason, names
            names = await in_daemon_thread(self._registration_names)
            return "" if connected.is_set() else f"nothing in {within:.0f} s", names
        finally:
            connecting.cancel()
            await self._shut_down()

    # Staying connected

    async def listen(self, callbacks: ListenerCallbacks) -> None:
        """Stay connected until cancelled, then delete the registration. Raises TokenRefused."""
        backoff, loop = Backoff(random.uniform), asyncio.get_running_loop()
        try:
            while True:
                began = loop.time()
                disconnect = await self._one_connection(callbacks)
                metrics.DISCONNECTIONS.labels(reconnect.label(disconnect)).inc()
                await self._prepare_reconnect(disconnect, callbacks)
                if disconnect is not reconnect.DRAINED:
                    log.warning("connection_lost", reason=disconnect.reason)
                await asyncio.sleep(backoff.after(disconnect, loop.time() - began))
        finally:
            await self._shut_down(callbacks.before_connecting)

    def reregister(self) -> None:
        """Register again and connect beside the old socket, which is open but brings no events."""
        self._discard_registration()
        self._drained.set()

    async def log_other_registrations(self) -> None:
        """Log each registration that another provbot made with this token, once."""
        try:
            names = await in_daemon_thread(self._registration_names)
        except (requests.RequestException, TimeoutError, *SHAPE_ERRORS) as error:
            log.debug("registrations_read_failed", reason=type(error).__name__)
            return
        other_names = reconnect.other_registrations(names, self._name)
        for name in sorted(other_names - self._other_names):
            log.warning("duplicate_registration", registration=name)
        self._other_names = other_names

    def _discard_registration(self) -> None:
        if self._device is not None:
            self._discarded_urls.append(str(self._device.get("url", "")))
        self._device = None

    async def _one_connection(self, callbacks: ListenerCallbacks) -> Disconnect:
        """Connect and listen until the connection ends or Webex wants another one beside it."""
        self._drained = asyncio.Event()
        socket = asyncio.create_task(self._run_connection(callbacks, self._drained))
        self._sockets.add(socket)
        socket.add_done_callback(self._sockets.discard)
        drained = asyncio.create_task(self._drained.wait())
        try:
            await asyncio.wait({socket, drained}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            drained.cancel()
        if socket.done():
            return socket.result()
        # Events still arrive on the old socket; with both sockets open nothing is lost
        # (messaging.md §1.7).
        asyncio.get_running_loop().call_later(DRAIN_TIMEOUT, socket.cancel)
        return reconnect.DRAINED

    async def _prepare_reconnect(
        self, disconnect: Disconnect, callbacks: ListenerCallbacks
    ) -> None:
        if disconnect.reaction is Reaction.RECONNECT:
            return
        is_dead = (
            disconnect.reaction is Reaction.VERIFY_TOKEN and not await callbacks.is_token_alive()
        )
        if is_dead:
            raise TokenRefused(BOT_UNAUTHORIZED)
        self._discard_registration()

    async def _run_connection(
        self, callbacks: ListenerCallbacks, drained: asyncio.Event
    ) -> Disconnect:
        try:
            if callbacks.before_connecting is not None:
                await callbacks.before_connecting()
            if self._device is None:
                self._device = await in_daemon_thread(self._register)
            await self._connect(self._device["webSocketUrl"], callbacks, drained)
        except Exception as error:  # noqa: BLE001 - the remedy is always to connect again
            return reconnect.interpret(error)
        return Disconnect(Reaction.RECONNECT, "it ended")

    async def _connect(
        self, url: str, callbacks: ListenerCallbacks, drained: asyncio.Event
    ) -> None:
        async with websockets.connect(
            url,
            ssl=self._context,
            max_size=MAX_FRAME_BYTES,
            close_timeout=CLOSE_TIMEOUT,
            ping_interval=self.ping_interval,
            ping_timeout=self.ping_interval,
            **self._get_websocket_connect_kwargs(websockets.connect),
        ) as socket:
            await socket.send(
                _frame("authorization", data={"token": f"Bearer {self.access_token}"})
            )
            pings = asyncio.create_task(self._ping(socket))
            try:
                await self._receive(socket, callbacks, drained)
            finally:
                pings.cancel()

    async def _ping(self, socket: Any) -> None:
        """Send pings: only the pongs show whether Webex still serves an open socket."""
        with suppress(websockets.ConnectionClosed):
            while True:
                await asyncio.sleep(self.ping_interval)
                await socket.send(_frame("ping"))

    async def _receive(
        self, socket: Any, callbacks: ListenerCallbacks, drained: asyncio.Event
    ) -> None:
        """Read frames and hand their events on in order.

        The socket is in service from its first frame on. Each frame is acknowledged once stored.
        """
        message = await self._next_frame(socket, callbacks)
        callbacks.on_connected()
        self._count_in_service(1)
        log.info("connected")
        try:
            while True:
                if message.get("type") == "shutdown":
                    drained.set()
                event = events.read(message, callbacks.me)
                if event is None:  # most frames: what the bot itself does, for example
                    await self._acknowledge(socket, message)
                else:
                    await self._store_in_task(socket, message, event, callbacks)
                message = await self._next_frame(socket, callbacks)
        finally:
            self._count_in_service(-1)

    async def _store_in_task(
        self,
        socket: Any,
        message: dict[str, Any],
        event: events.Event,
        callbacks: ListenerCallbacks,
    ) -> None:
        """Store in a task that outlives the socket, and read on while the database is locked."""
        await self._frame_slots.acquire()
        task = asyncio.create_task(self._store(socket, message, event, callbacks))
        self._storing.add(task)
        task.add_done_callback(self._storing.discard)

    async def _store(
        self,
        socket: Any,
        message: dict[str, Any],
        event: events.Event,
        callbacks: ListenerCallbacks,
    ) -> None:
        """Store the event, then acknowledge its frame."""
        try:
            await callbacks.on_event(event)
            await self._acknowledge(socket, message)
        except websockets.ConnectionClosed:  # Webex sends it again; the inbox knows its id
            pass
        except Exception:  # nobody awaits this task
            log.exception("event_store_failed")
        finally:
            self._frame_slots.release()

    async def _acknowledge(self, socket: Any, message: dict[str, Any]) -> None:
        if message.get("id") and "data" in message:
            await socket.send(json.dumps({"type": "ack", "messageId": message["id"]}))

    async def _next_frame(self, socket: Any, callbacks: ListenerCallbacks) -> dict[str, Any]:
        async with asyncio.timeout(self.silence_timeout):
            message = events.frame(await socket.recv())
        callbacks.on_frame()
        return message

    def _count_in_service(self, change: int) -> None:
        self._in_service += change
        metrics.CONNECTED.set(self._in_service)
        metrics.CONNECTIONS.inc(max(change, 0))

    # Registrations

    def _register(self) -> dict[str, Any]:
        """Use the device that this instance registered before, or register one (messaging.md §1.2).

        Discovers the services again: a device of the wrong region receives no events
        (messaging.md §1.1).
        """
        self.device_url = self._get_device_url()
        own_devices = self._own_devices()
        usable = [device for device in own_devices if device.get("url") not in self._discarded_urls]
        current = usable[0] if usable else None
        for device in own_devices:
            if device is not current:
                self.session.delete(device["url"])
        self._discarded_urls.clear()
        return current or self._new_device()

    def _devices(self) -> list[dict[str, Any]]:
        response = self.session.get(f"{self.device_url}/devices")
        return list(response.json().get("devices", [])) if response.ok else []

    def _registration_names(self) -> list[str]:
        return [str(device.get("name", "")) for device in self._devices()]

    def _own_devices(self) -> list[dict[str, Any]]:
        """The devices of this instance, the latest first."""
        own_devices = [
            device
            for device in self._devices()
            if device.get("name") == self._name and device.get("webSocketUrl")
        ]
        return sorted(
            own_devices, key=lambda device: str(device.get("modificationTime", "")), reverse=True
        )

    def _new_device(self) -> dict[str, Any]:
        body = {**stock.DEVICE_DATA, "name": self._name, "deviceName": self._name}
        response = self.session.post(f"{self.device_url}/devices", json=body)
        response.raise_for_status()
        device: dict[str, Any] = response.json()
        # A device without an address would be kept, and no later connection would register again.
        if not isinstance(device["webSocketUrl"], str):
            raise TypeError("webSocketUrl")
        return device

    async def _shut_down(
        self, before_deleting: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Close the sockets and delete the registration: Webex limits their number.

        A process that leads now uses the same registration, so it stays if that may be another one.
        """
        device, sockets = self._device, list(self._sockets)
        for socket in sockets:
            socket.cancel()
        await asyncio.gather(*sockets, return_exceptions=True)
        if device and device.get("url"):
            with suppress(requests.RequestException, TimeoutError, MayNotSend):
                # The timeout of requests does not limit the DNS lookup.
                async with asyncio.timeout(CLEANUP_TIMEOUT):
                    if before_deleting is not None:
                        await before_deleting()
                    await in_daemon_thread(
                        self.session.delete, device["url"], timeout=CLEANUP_TIMEOUT
                    )
        self.session.close()


async def _ignore(_: events.Event) -> None:
    """Ignore events: the running bot receives them over its own socket."""


async def _always() -> bool:
    return True


def _frame(kind: str, **fields: Any) -> str:
    return json.dumps({"id": str(uuid.uuid4()), "type": kind, **fields})
