"""Registered devices, their open sockets, and what is sent down them (webex-messaging.md §1.2-1.7)."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from sandbox.clock import Clock, epoch_ms
from sandbox.faults import Faults, OnFrame
from sandbox.ids import random_uuid
from sandbox.problems import forbidden
from sandbox.schedule import Schedule
from sandbox.settings import Settings

# What is to be overtaken waits this long for something to overtake it.
HELD_SECONDS: Final = 1.0


@dataclass(frozen=True)
class Envelope:
    """One frame of data: its id, which is what gets acknowledged, and its ``data`` as JSON text.

    ``gap``: a sequence number is left out before it. ``binary``: sent so, whatever was asked for.
    """

    id: str
    data: str
    tracking_id: str
    gap: bool = False
    binary: bool = False


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
    acked: int = 0
    unknown_acks: int = 0


class Hub:
    """Who is connected, and the one place through which everything is delivered."""

    def __init__(
        self, settings: Settings, clock: Clock, faults: Faults, schedule: Schedule
    ) -> None:
        self.settings = settings
        self._clock = clock
        self._faults = faults
        self._schedule = schedule
        self._held: defaultdict[str, list[Envelope]] = defaultdict(list)
        self.devices: dict[str, Device] = {}
        self._of_person: defaultdict[str, dict[str, Device]] = defaultdict(dict)
        self._lines: dict[str, list[Line]] = {}

    # Devices

    def devices_of(self, person_key: str) -> list[Device]:
        """A person's registrations, oldest first."""
        return list(self._of_person[person_key].values())

    def register(self, person_key: str, facts: dict[str, Any]) -> Device:
        """A new device; 403 once the person has too many (§1.2)."""
        if len(self._of_person[person_key]) >= self.settings.device_cap:
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
        if self.settings.redeliver:
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
            struck = [] if self._faults.quiet else self._faults.on_frame()
            for envelope in envelopes_of(data, text, struck):
                self._deliver(device, envelope, held=any(one.how == "reorder" for one in struck))

    def _connected(self, person_keys: Iterable[str]) -> Iterable[Device]:
        for person_key in person_keys:
            devices = self._of_person.get(person_key, {})
            yield from (device for device in devices.values() if self._lines.get(device.key))

    def _deliver(self, device: Device, envelope: Envelope, *, held: bool) -> None:
        device.unacked[envelope.id] = envelope
        if len(device.unacked) > self.settings.kept_unacked:
            del device.unacked[next(iter(device.unacked))]
        if held:
            self._held[device.key].append(envelope)
            self._schedule.after(HELD_SECONDS, lambda: self._let_go(device))
            return
        self._send(device, envelope)
        self._let_go(device)

    def _let_go(self, device: Device) -> None:
        """Send what was held back, now that something later has gone before it."""
        for envelope in self._held.pop(device.key, []):
            self._send(device, envelope)

    def _send(self, device: Device, envelope: Envelope) -> None:
        for line in self._lines.get(device.key, []):
            line.send(envelope)

    def acknowledge(self, device: Device, message_id: str) -> None:
        """Note an ack; one for an id that was never sent changes nothing (§1.5)."""
        if device.unacked.pop(message_id, None) is not None:
            device.acked += 1
        else:
            device.unknown_acks += 1


def envelopes_of(data: dict[str, Any], text: str, struck: list[OnFrame]) -> list[Envelope]:
    """The envelopes in which an event goes to one device: one, unless a fault has it otherwise.

    ``text`` is the data as JSON, made once for everybody.
    """
    how = {one.how for one in struck}
    if "lose" in how:
        return []
    missing = [path for one in struck if one.how == "bare" for path in one.fields]
    words = json.dumps(without(data, missing)) if missing else text
    return [
        Envelope(random_uuid(), words, f"CLIENT_{random_uuid()}_0", "gap" in how, "binary" in how)
        for _ in range(2 if "duplicate" in how else 1)
    ]


def without(data: dict[str, Any], paths: list[str]) -> dict[str, Any]:
    """A copy of the data in which these fields, written with dots, are missing."""
    copy: dict[str, Any] = json.loads(json.dumps(data))
    for path in paths:
        *way, last = path.split(".")
        for part in _at_the_end(copy, way):
            part.pop(last, None)
    return copy


def _at_the_end(value: Any, way: list[str]) -> list[dict[str, Any]]:
    """The objects at the end of a way; a list on it is gone through."""
    if isinstance(value, list):
        return [found for one in value for found in _at_the_end(one, way)]
    if not isinstance(value, dict):
        return []
    return _at_the_end(value.get(way[0]), way[1:]) if way else [value]


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
