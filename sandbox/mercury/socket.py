"""The websocket of a registration (docs/webex/messaging.md §1.3-1.8)."""

import asyncio
import contextlib
import json
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import WSMsgType, web

from sandbox.clock import epoch_ms
from sandbox.cloud import Cloud
from sandbox.endpoints import NO_TOKEN, Endpoint, bearer
from sandbox.errors import not_found, unauthorized
from sandbox.faults import ConnectFault
from sandbox.ids import random_uuid
from sandbox.mercury.hub import Device, Envelope, frame_text
from sandbox.tokens import Token

# Webex writes seconds here and means milliseconds (messaging.md §1.3).
AUTH_TIMEOUT: Final = "Authentication timeout: no authorization within 30000 seconds"
CLOSE_SECONDS: Final = 2.0
ABNORMAL_CLOSURE: Final = 1006


@dataclass(frozen=True)
class Close:
    """The last item of an outbox."""

    code: int
    reason: str


@dataclass(frozen=True)
class Stall:
    """From here on the socket is half open."""


class Socket:
    """One accepted websocket of a device. A single task writes the contents of its outbox."""

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
        self._sequence = 0
        self._stalled = False

    def option_enabled(self, option: str) -> bool:
        """Whether the URL enables an option."""
        return self.query.get(option) == "true"

    def send(self, envelope: Envelope) -> None:
        """Queue one envelope, unless this socket is deaf."""
        if self.deaf:
            return
        if self._outbox.qsize() >= self.cloud.settings.kept_outbox:
            self.drop()
        else:
            self._outbox.put_nowait(envelope)

    def send_bare(self, frame: dict[str, Any]) -> None:
        """Queue a frame without an envelope."""
        self._outbox.put_nowait(frame)

    def close(self, code: int, reason: str) -> None:
        """Close after the queued frames; 1006 is never sent, it cuts the connection."""
        if code == ABNORMAL_CLOSURE:
            self.drop()
        self._outbox.put_nowait(Close(code, reason))

    def drop(self) -> None:
        """Cut the TCP connection: the client sees 1006."""
        if self._transport is not None:
            self._transport.abort()

    def stall(self) -> None:
        """After the queued frames, stay open but receive and send nothing, not even pongs."""
        self._outbox.put_nowait(Stall())

    def cut_if_stalled(self) -> None:
        """Cut a stalled socket, which does not notice the client's close."""
        if self._stalled:
            self.drop()

    async def write_outbox(self) -> None:
        """Send the outbox until it says close or the client is gone."""
        with contextlib.suppress(ConnectionError):
            while not isinstance(item := await self._outbox.get(), Close):
                await self._process(item)
            await self.ws.close(code=item.code, message=item.reason.encode())

    async def _process(self, item: Envelope | dict[str, Any] | Stall) -> None:
        if isinstance(item, Stall):
            self._stalled = True
            if isinstance(self._transport, asyncio.ReadTransport):
                self._transport.pause_reading()
        elif not self._stalled:
            await self._write(item)

    def _frame_text(self, item: Envelope | dict[str, Any]) -> str:
        if isinstance(item, dict):
            return json.dumps(item)
        self._sequence += 2 if item.gap else 1
        return frame_text(item, self._sequence, self.cloud.clock.now())

    def _is_binary(self, item: Envelope | dict[str, Any]) -> bool:
        if isinstance(item, Envelope) and item.binary:
            return True
        as_text = self.query.get("outboundWireFormat") == "text"
        return self.cloud.settings.binary_frames and not as_text

    async def _write(self, item: Envelope | dict[str, Any]) -> None:
        text = self._frame_text(item)
        if not self._is_binary(item):
            await self.ws.send_str(text)
        else:
            await self.ws.send_bytes(text.encode())


async def connect(request: web.Request, cloud: Cloud, _token: Token) -> web.StreamResponse:
    """GET /v1/apps/wx2/registrations/{id}/messages: 404 for an unknown registration."""
    device = cloud.hub.devices.get(request.match_info["device_id"])
    if device is None:
        raise not_found()
    if "Authorization" in request.headers and bearer(request.headers, cloud) is None:
        raise unauthorized()
    ws = web.WebSocketResponse(compress=True, timeout=CLOSE_SECONDS)
    await ws.prepare(request)
    await _serve(
        Socket(cloud, device, request, ws), cloud.faults.fault_for_connection() or ConnectFault()
    )
    return ws


async def _serve(socket: Socket, fault: ConnectFault) -> None:
    writer = asyncio.create_task(socket.write_outbox())
    try:
        if fault.code is not None and not fault.after_authorization:
            socket.close(fault.code, fault.reason)
            await writer
        elif await _authorized(socket):
            await _receive_frames(socket, fault)
        else:
            await writer  # a close is queued
    finally:
        writer.cancel()
        await asyncio.wait([writer])
        socket.cut_if_stalled()


async def _receive_frames(socket: Socket, fault: ConnectFault) -> None:
    hub = socket.cloud.hub
    if fault.greeting:
        socket.send(_greeting(socket))
    _apply_fault(socket, fault)
    hub.attach(socket.device, socket, alongside=socket.option_enabled("multipleConnections"))
    socket.cloud.publish_presence(socket.device.person_key)
    try:
        while (frame := await _next_frame(socket)) is not None:
            _handle_frame(socket, frame)
    finally:
        hub.detach(socket.device, socket)
        socket.cloud.publish_presence(socket.device.person_key)


def _apply_fault(socket: Socket, fault: ConnectFault) -> None:
    socket.deaf = fault.deaf
    if fault.stall:
        socket.stall()
    if fault.code is not None:
        socket.close(fault.code, fault.reason)


async def _authorized(socket: Socket) -> bool:
    """Wait for a valid token; without one, queue a close and return False."""
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
    """Return the next JSON object from the client; None if it is gone. Other frames are ignored."""
    while True:
        message = await socket.ws.receive()
        if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
            return None
        with contextlib.suppress(ValueError):
            frame = json.loads(message.data)
            if isinstance(frame, dict):
                return frame


def _handle_frame(socket: Socket, frame: dict[str, Any]) -> None:
    kind = frame.get("type")
    if kind == "ping":
        now = epoch_ms(socket.cloud.clock.now())
        socket.send_bare({"id": frame.get("id"), "type": "pong", "wsWriteTimestamp": now})
    elif kind == "ack":
        socket.cloud.hub.acknowledge(socket.device, str(frame.get("messageId")))


def _greeting(socket: Socket) -> Envelope:
    """Return the first frame, without which the JS SDK never connects (messaging.md §1.3)."""
    states = dict.fromkeys(("conversation", "locus", "room"), "UNKNOWN")
    data: dict[str, Any] = {"eventType": "mercury.buffer_state", "bufferState": states}
    if socket.option_enabled("mercuryRegistrationStatus"):
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
