"""Registered devices, their open sockets, and what is sent down them (webex-messaging.md §1.2-1.7)."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from sandbox.clock import Clock, epoch_ms
from sandbox.ids import random_uuid
from sandbox.problems import forbidden
from sandbox.settings import Settings

KEPT_UNACKED: Final = 1000


@dataclass(frozen=True)
class Envelope:
    """One frame of data: its id, which is what gets acknowledged, and its ``data`` as JSON text."""

    id: str
    data: str
    tracking_id: str


class Line(Protocol):
    """An open, authorized socket."""

    token: str
    draining: bool

    def send(self, envelope: Envelope) -> None:
        """Queue one envelope."""
        ...

    def send_bare(self, frame: dict[str, Any]) -> None:
        """Queue a frame that is no envelope."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Close after what is queued."""
        ...

    def drop(self) -> None:
        """Cut the TCP connection."""
        ...

    def stall(self) -> None:
        """Stay open, but hear and say nothing any more."""
        ...


@dataclass
class Device:
    """A registration. ``facts`` are what the client said about itself; ``acked`` counts frames."""

    key: str
    person_key: str
    facts: dict[str, Any]
    created: datetime
    modified: datetime
    etag: str
    unacked: dict[str, Envelope] = field(default_factory=dict)
    acked: list[str] = field(default_factory=list)
    unknown_acks: list[str] = field(default_factory=list)


class Hub:
    """Who is connected, and the one place through which everything is delivered."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self.devices: dict[str, Device] = {}
        self._of_person: defaultdict[str, dict[str, Device]] = defaultdict(dict)
        self._lines: dict[str, list[Line]] = {}
        self.accepting = True
        self.duplicating = False

    # Devices

    def devices_of(self, person_key: str) -> list[Device]:
        """A person's registrations, oldest first."""
        return list(self._of_person[person_key].values())

    def register(self, person_key: str, facts: dict[str, Any]) -> Device:
        """A new device; 403 once the person has too many (§1.2)."""
        if len(self._of_person[person_key]) >= self._settings.device_cap:
            raise forbidden("User has excessive device registrations")
        now = self._clock.now()
        device = Device(random_uuid(), person_key, facts, now, now, random_uuid())
        self.devices[device.key] = device
        self._of_person[person_key][device.key] = device
        return device

    def refresh(self, device: Device, facts: dict[str, Any]) -> None:
        """Renew a registration, perhaps with new facts."""
        device.facts |= facts
        device.modified = self._clock.now()
        device.etag = random_uuid()

    def unregister(self, device: Device) -> None:
        """Forget a device; its sockets are closed."""
        del self.devices[device.key]
        del self._of_person[device.person_key][device.key]
        for line in self._lines.pop(device.key, []):
            line.close(1000, "done (forced)")

    # Sockets

    def attach(self, device: Device, line: Line, *, alongside: bool) -> None:
        """Take a socket into service; an older one of the same device gives way (§1.7, §1.8)."""
        older = self._lines.setdefault(device.key, [])
        if not alongside:
            for other in older:
                other.close(4001 if other.draining else 4000, "replaced")
            older.clear()
        older.append(line)
        if self._settings.redeliver:
            for envelope in list(device.unacked.values()):
                line.send(envelope)

    def detach(self, device: Device, line: Line) -> None:
        """A socket is gone."""
        lines = self._lines.get(device.key, [])
        if line in lines:
            lines.remove(line)

    def lines(self) -> list[Line]:
        """Every socket in service."""
        return [line for lines in self._lines.values() for line in lines]

    def is_online(self, person_key: str) -> bool:
        """Whether the person has a socket in service."""
        return any(self._lines.get(key) for key in self._of_person[person_key])

    # Delivery

    def deliver(self, person_keys: Iterable[str], data: dict[str, Any]) -> None:
        """Send data to every connected device of these people; who is offline misses it."""
        text = ""
        for device in self._connected(person_keys):
            text = text or json.dumps(data)
            for _ in range(2 if self.duplicating else 1):
                self._deliver(device, text)

    def _connected(self, person_keys: Iterable[str]) -> Iterable[Device]:
        for person_key in person_keys:
            devices = self._of_person.get(person_key, {})
            yield from (device for device in devices.values() if self._lines.get(device.key))

    def _deliver(self, device: Device, text: str) -> None:
        envelope = Envelope(random_uuid(), text, f"CLIENT_{random_uuid()}_0")
        device.unacked[envelope.id] = envelope
        if len(device.unacked) > KEPT_UNACKED:
            del device.unacked[next(iter(device.unacked))]
        for line in self._lines[device.key]:
            line.send(envelope)

    def acknowledge(self, device: Device, message_id: str) -> None:
        """Note an ack; one for an id that was never sent changes nothing (§1.5)."""
        if device.unacked.pop(message_id, None) is not None:
            device.acked.append(message_id)
        else:
            device.unknown_acks.append(message_id)


def frame_text(envelope: Envelope, number: int, at: datetime) -> str:
    """An envelope as it goes over the wire (§1.4)."""
    now = epoch_ms(at)
    head = {"id": envelope.id}
    tail = {
        "timestamp": now,
        "trackingId": envelope.tracking_id,
        "alertType": "full",
        "headers": {},
        "sequenceNumber": number,
        "filterMessage": False,
        "wsWriteTimestamp": now,
    }
    return f'{json.dumps(head)[:-1]}, "data": {envelope.data}, {json.dumps(tail)[1:]}'
