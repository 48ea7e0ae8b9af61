"""The websocket of a registration (webex-messaging.md §1.3-1.8)."""

import asyncio
import contextlib
import json
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import WSMsgType, web

from sandbox.clock import epoch_ms
from sandbox.cloud import Cloud
from sandbox.endpoints import NO_TOKEN, Endpoint, bearer
from sandbox.faults import OnConnect
from sandbox.ids import random_uuid
from sandbox.mercury.hub import Device, Envelope, frame_text
from sandbox.problems import not_found, unauthorized
from sandbox.tokens import Token

# The cloud says seconds where it means milliseconds (§1.3).
AUTH_TIMEOUT: Final = "Authentication timeout: no authorization within 30000 seconds"
CLOSE_SECONDS: Final = 2.0
CUT_OFF: Final = 1006


@dataclass(frozen=True)
class Close:
    """The last thing in an outbox."""

    code: int
    reason: str


@dataclass(frozen=True)
class Stall:
    """From here on the socket is half open."""


class Socket:
    """One accepted websocket of a device. A single task writes what its outbox holds."""

    def __init__(
        self, cloud: Cloud, device: Device, request: web.Request, ws: web.WebSocketResponse
    ) -> None:
        self.cloud = cloud
        self.device = device
        self.query = request.query
        self.ws = ws
        self.token = ""
        self.draining = False
        self.deaf = False
        self._transport = request.transport
        self._outbox: asyncio.Queue[Envelope | dict[str, Any] | Stall | Close] = asyncio.Queue()
        self._sent = 0
        self._stalled = False

    def asked(self, option: str) -> bool:
        """Whether the URL switches an option on."""
        return self.query.get(option) == "true"

    def send(self, envelope: Envelope) -> None:
        """Queue one envelope, unless this socket is one that never gets any."""
        if self.deaf:
            return
        if self._outbox.qsize() >= self.cloud.settings.kept_outbox:
            self.drop()
        else:
            self._outbox.put_nowait(envelope)

    def send_bare(self, frame: dict[str, Any]) -> None:
        """Queue a frame that is no envelope."""
        self._outbox.put_nowait(frame)

    def close(self, code: int, reason: str) -> None:
        """Close after what is queued; 1006 is a code that nobody sends: the connection is cut."""
        if code == CUT_OFF:
            self.drop()
        self._outbox.put_nowait(Close(code, reason))

    def drop(self) -> None:
        """Cut the TCP connection: the client sees 1006."""
        if self._transport is not None:
            self._transport.abort()

    def stall(self) -> None:
        """After what is queued stay open, but hear and say nothing any more, pongs included."""
        self._outbox.put_nowait(Stall())

    def let_go(self) -> None:
        """A stalled socket hears nobody hang up: it is cut, or it would stay open for ever."""
        if self._stalled:
            self.drop()

    async def pump(self) -> None:
        """Write until the outbox says close, or the other side is gone."""
        with contextlib.suppress(ConnectionError):
            while not isinstance(item := await self._outbox.get(), Close):
                await self._do(item)
            await self.ws.close(code=item.code, message=item.reason.encode())

    async def _do(self, item: Envelope | dict[str, Any] | Stall) -> None:
        if isinstance(item, Stall):
            self._stalled = True
            if isinstance(self._transport, asyncio.ReadTransport):
                self._transport.pause_reading()
        elif not self._stalled:
            await self._write(item)

    def _text_of(self, item: Envelope | dict[str, Any]) -> str:
        if isinstance(item, dict):
            return json.dumps(item)
        self._sent += 2 if item.gap else 1
        return frame_text(item, self._sent, self.cloud.clock.now())

    def _in_binary(self, item: Envelope | dict[str, Any]) -> bool:
        if isinstance(item, Envelope) and item.binary:
            return True
        as_text = self.query.get("outboundWireFormat") == "text"
        return self.cloud.settings.binary_frames and not as_text

    async def _write(self, item: Envelope | dict[str, Any]) -> None:
        text = self._text_of(item)
        if not self._in_binary(item):
            await self.ws.send_str(text)
        else:
            await self.ws.send_bytes(text.encode())


async def connect(request: web.Request, cloud: Cloud, _token: Token) -> web.StreamResponse:
    """GET /v1/apps/wx2/registrations/{id}/messages: 404 for a registration that is unknown."""
    device = cloud.hub.devices.get(request.match_info["device_id"])
    if device is None:
        raise not_found()
    if "Authorization" in request.headers and bearer(request.headers, cloud) is None:
        raise unauthorized()
    ws = web.WebSocketResponse(compress=True, timeout=CLOSE_SECONDS)
    await ws.prepare(request)
    await _serve(Socket(cloud, device, request, ws), cloud.faults.on_connect() or OnConnect())
    return ws


async def _serve(socket: Socket, flaw: OnConnect) -> None:
    writer = asyncio.create_task(socket.pump())
    try:
        if flaw.code is not None and not flaw.after_authorization:
            socket.close(flaw.code, flaw.reason)
            await writer
        elif await _authorized(socket):
            await _in_service(socket, flaw)
        else:
            await writer  # it has a close to send
    finally:
        writer.cancel()
        await asyncio.wait([writer])
        socket.let_go()


async def _in_service(socket: Socket, flaw: OnConnect) -> None:
    hub = socket.cloud.hub
    if flaw.greeting:
        socket.send(_greeting(socket))
    _spoil(socket, flaw)
    hub.attach(socket.device, socket, alongside=socket.asked("multipleConnections"))
    socket.cloud.note_presence(socket.device.person_key)
    try:
        while (frame := await _next_frame(socket)) is not None:
            _react(socket, frame)
    finally:
        hub.detach(socket.device, socket)
        socket.cloud.note_presence(socket.device.person_key)


def _spoil(socket: Socket, flaw: OnConnect) -> None:
    socket.deaf = flaw.deaf
    if flaw.stall:
        socket.stall()
    if flaw.code is not None:
        socket.close(flaw.code, flaw.reason)


async def _authorized(socket: Socket) -> bool:
    """Wait for a valid token; else a close is queued and the answer is no."""
    try:
        async with asyncio.timeout(socket.cloud.settings.socket_auth_seconds):
            frame = await _next_frame(socket)
            while frame is not None and frame.get("type") != "authorization":
                frame = await _next_frame(socket)
    except TimeoutError:
        socket.close(1008, AUTH_TIMEOUT)
        return False
    token = _token_in(frame or {}, socket.cloud)
    if token is None or token.person_key != socket.device.person_key:
        socket.close(4401, "Authorization failed")
        return False
    socket.token = token.value
    return True


def _token_in(frame: dict[str, Any], cloud: Cloud) -> Token | None:
    data = frame.get("data")
    value = data.get("token") if isinstance(data, dict) else None
    return bearer({"Authorization": value}, cloud) if isinstance(value, str) else None


async def _next_frame(socket: Socket) -> dict[str, Any] | None:
    """The next JSON object from the client; None when it is gone. Anything else is passed over."""
    while True:
        message = await socket.ws.receive()
        if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
            return None
        with contextlib.suppress(ValueError):
            frame = json.loads(message.data)
            if isinstance(frame, dict):
                return frame


def _react(socket: Socket, frame: dict[str, Any]) -> None:
    kind = frame.get("type")
    if kind == "ping":
        now = epoch_ms(socket.cloud.clock.now())
        socket.send_bare({"id": frame.get("id"), "type": "pong", "wsWriteTimestamp": now})
    elif kind == "ack":
        socket.cloud.hub.acknowledge(socket.device, str(frame.get("messageId")))


def _greeting(socket: Socket) -> Envelope:
    """The first frame, without which the JS SDK never connects (§1.3)."""
    states = dict.fromkeys(("conversation", "locus", "room"), "UNKNOWN")
    data: dict[str, Any] = {"eventType": "mercury.buffer_state", "bufferState": states}
    if socket.asked("mercuryRegistrationStatus"):
        data["eventType"] = "mercury.registration_status"
        base = socket.cloud.base_url
        data["localClusterServiceUrls"] = {
            "mercuryConnectionServiceClusterUrl": f"{base}/mercury/api/v1",
            "mercuryApiServiceClusterUrl": f"{base}/mercury/api/v1",
        }
    return Envelope(random_uuid(), json.dumps(data), f"MERCURY_{random_uuid()}")


ENDPOINTS: Final = [
    Endpoint("GET", "/v1/apps/wx2/registrations/{device_id}/messages", connect, NO_TOKEN),
]
