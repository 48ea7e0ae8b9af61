"""Registered devices, their open sockets, and the delivery of events.

See docs/webex/messaging.md §1.2-1.7.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from sandbox.clock import Clock, epoch_ms
from sandbox.errors import forbidden
from sandbox.faults import FaultRegistry, FrameFault
from sandbox.faults.missing_fields import without_fields
from sandbox.ids import random_uuid
from sandbox.scheduler import Scheduler
from sandbox.settings import Settings

# A reordered envelope waits at most this long for a later one.
REORDER_HOLD_SECONDS: Final = 1.0


@dataclass(frozen=True)
class Envelope:
    """One data frame: its id, which clients acknowledge, and its ``data`` as JSON text.

    ``gap``: skip a sequence number before it. ``binary``: send it as a binary frame in any case.
    """

    id: str
    data: str
    tracking_id: str
    gap: bool = False
    binary: bool = False


class Connection(Protocol):
    """An open, authorized socket."""

    token: str
    draining: bool

    def send(self, envelope: Envelope) -> None:
        """Queue one envelope."""
        ...

    def send_bare(self, frame: dict[str, Any]) -> None:
        """Queue a frame without an envelope."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Close after the queued frames were sent."""
        ...

    def drop(self) -> None:
        """Cut the TCP connection."""
        ...

    def stall(self) -> None:
        """Stay open, but receive and send nothing any more."""
        ...


@dataclass
class Device:
    """A registration. ``facts`` are what the client sent about itself; ``acked`` counts frames."""

    key: str
    person_key: str
    facts: dict[str, Any]
    created: datetime
    modified: datetime
    etag: str
    unacked: dict[str, Envelope] = field(default_factory=dict)
    acked: int = 0
    unknown_acks: int = 0


class Hub:
    """All connected devices, and the only place through which events are delivered."""

    def __init__(
        self, settings: Settings, clock: Clock, faults: FaultRegistry, scheduler: Scheduler
    ) -> None:
        self.settings = settings
        self._clock = clock
        self._faults = faults
        self._scheduler = scheduler
        self._held: defaultdict[str, list[Envelope]] = defaultdict(list)
        self.devices: dict[str, Device] = {}
        self._of_person: defaultdict[str, dict[str, Device]] = defaultdict(dict)
        self._connections: dict[str, list[Connection]] = {}

    # Devices

    def devices_of(self, person_key: str) -> list[Device]:
        """Return a person's registrations, oldest first."""
        return list(self._of_person[person_key].values())

    def register(self, person_key: str, facts: dict[str, Any]) -> Device:
        """Register a new device; 403 if the person has too many (messaging.md §1.2)."""
        if len(self._of_person[person_key]) >= self.settings.device_cap:
            raise forbidden("User has excessive device registrations")
        now = self._clock.now()
        device = Device(random_uuid(), person_key, facts, now, now, random_uuid())
        self.devices[device.key] = device
        self._of_person[person_key][device.key] = device
        return device

    def refresh(self, device: Device, facts: dict[str, Any]) -> None:
        """Renew a registration; new facts replace old ones."""
        device.facts |= facts
        device.modified = self._clock.now()
        device.etag = random_uuid()

    def unregister(self, device: Device) -> None:
        """Remove a device and close its sockets."""
        del self.devices[device.key]
        del self._of_person[device.person_key][device.key]
        for connection in self._connections.pop(device.key, []):
            connection.close(1000, "done (forced)")

    # Sockets

    def attach(self, device: Device, connection: Connection, *, alongside: bool) -> None:
        """Put a socket into service; it replaces an older one of the same device.

        See docs/webex/messaging.md §1.7, §1.8.
        """
        older = self._connections.setdefault(device.key, [])
        if not alongside:
            for other in older:
                other.close(4001 if other.draining else 4000, "replaced")
            older.clear()
        older.append(connection)
        if self.settings.redeliver:
            for envelope in list(device.unacked.values()):
                connection.send(envelope)

    def detach(self, device: Device, connection: Connection) -> None:
        """Remove a closed socket."""
        connections = self._connections.get(device.key, [])
        if connection in connections:
            connections.remove(connection)

    def connections(self) -> list[Connection]:
        """Return every socket in service."""
        return [
            connection for connections in self._connections.values() for connection in connections
        ]

    def is_online(self, person_key: str) -> bool:
        """Whether the person has a socket in service."""
        return any(self._connections.get(key) for key in self._of_person[person_key])

    # Delivery

    def deliver(self, person_keys: Iterable[str], data: dict[str, Any]) -> None:
        """Send data to every connected device of these people; offline devices miss it."""
        text = ""
        for device in self._connected(person_keys):
            text = text or json.dumps(data)
            faults = [] if self._faults.is_empty else self._faults.faults_for_frame()
            for envelope in envelopes_of(data, text, faults):
                self._deliver(
                    device, envelope, held=any(fault.how == "reorder" for fault in faults)
                )

    def _connected(self, person_keys: Iterable[str]) -> Iterable[Device]:
        for person_key in person_keys:
            devices = self._of_person.get(person_key, {})
            yield from (device for device in devices.values() if self._connections.get(device.key))

    def _deliver(self, device: Device, envelope: Envelope, *, held: bool) -> None:
        device.unacked[envelope.id] = envelope
        if len(device.unacked) > self.settings.kept_unacked:
            del device.unacked[next(iter(device.unacked))]
        if held:
            self._held[device.key].append(envelope)
            self._scheduler.after(REORDER_HOLD_SECONDS, lambda: self._release_held(device))
            return
        self._send(device, envelope)
        self._release_held(device)

    def _release_held(self, device: Device) -> None:
        """Send the held envelopes, now that a later one has overtaken them."""
        for envelope in self._held.pop(device.key, []):
            self._send(device, envelope)

    def _send(self, device: Device, envelope: Envelope) -> None:
        for connection in self._connections.get(device.key, []):
            connection.send(envelope)

    def acknowledge(self, device: Device, message_id: str) -> None:
        """Record an ack; an unknown id is only counted (messaging.md §1.5)."""
        if device.unacked.pop(message_id, None) is not None:
            device.acked += 1
        else:
            device.unknown_acks += 1


def envelopes_of(data: dict[str, Any], text: str, faults: list[FrameFault]) -> list[Envelope]:
    """Return the envelopes of an event for one device: one, unless a fault changes that.

    ``text`` is the data as JSON, encoded once for all devices.
    """
    how = {fault.how for fault in faults}
    if "lose" in how:
        return []
    missing = [path for fault in faults if fault.how == "bare" for path in fault.fields]
    payload = json.dumps(without_fields(data, missing)) if missing else text
    return [
        Envelope(random_uuid(), payload, f"CLIENT_{random_uuid()}_0", "gap" in how, "binary" in how)
        for _ in range(2 if "duplicate" in how else 1)
    ]


def frame_text(envelope: Envelope, number: int, sent_at: datetime) -> str:
    """Return an envelope as it is sent over the wire (messaging.md §1.4)."""
    now = epoch_ms(sent_at)
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
