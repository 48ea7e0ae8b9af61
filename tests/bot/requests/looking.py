"""Looks over an organization in memory, on a virtual clock, without a database."""

from dataclasses import dataclass, field

from bot.core.models.dect import DectNetwork
from bot.core.models.followed import FollowedDevice
from bot.core.models.webex import Device
from bot.domain.registration import Key, Sighting, key_of
from bot.requests.following import INTERVAL
from bot.requests.registration_polling import RegistrationPolling
from tests.bot.domain.followed_devices import BOB, NOW, record
from tests.bot.requests.fixtures import Clock
from tests.fake_calling import FakeCalling

WINDOW = 3600.0


def network(network_id: str) -> DectNetwork:
    """A network that has base stations only."""
    return DectNetwork(id=network_id, name=network_id, location_id="loc-1")


def waiting_record(number: int, owner: str = BOB, **more: str) -> Device:
    """A device that Webex lists and that has not registered."""
    return record(number, owner, status="disconnected", **more)


def others(count: int) -> list[Device]:
    """Devices of people for whom nothing is followed."""
    return [record(number, f"PEOPLE:p{number}") for number in range(10_000, 10_000 + count)]


@dataclass
class Looker:
    """What waits, and when it was seen to end. `calls` are the times of all calls."""

    waiting: list[FollowedDevice]
    clock: Clock = field(default_factory=lambda: Clock(NOW))
    calling: FakeCalling = field(default_factory=lambda: FakeCalling(held=[]))
    calls: list[float] = field(default_factory=list)
    seen: dict[Key, Sighting] = field(default_factory=dict)
    seen_at: dict[Key, float] = field(default_factory=dict)
    settled: list[FollowedDevice] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.polling = RegistrationPolling(self.calling, WINDOW, self.clock)
        self.calling.on_ask = lambda: self.calls.append(self.clock.now)

    async def tick(self) -> None:
        """One round of the loop."""
        self.clock.now += INTERVAL
        read = self.polling.next_read(self.waiting)
        if read is None:
            return
        look = await self.polling.look(read, self.waiting, [*self.waiting, *self.settled])
        for sighting in look.sightings:
            key = key_of(sighting.device)
            if key not in self.seen:
                self.seen[key], self.seen_at[key] = sighting, self.clock.now
                end = {"state": sighting.state, "target": sighting.target or sighting.device.target}
                self.settled.append(sighting.device.model_copy(update=end))
        self.waiting = [
            device.model_copy(update={"known": tuple(sorted(look.known[key_of(device)]))})
            if key_of(device) in look.known
            else device
            for device in self.waiting
            if key_of(device) not in self.seen
        ]

    async def run(self, seconds: float) -> None:
        """Many rounds."""
        end = self.clock.now + seconds
        while self.clock.now < end:
            await self.tick()

    def register(self, mac: str, **more: str) -> None:
        """A phone reports to Webex."""
        self.change(mac, status="connected", **more)

    def change(self, mac: str, **values: str) -> None:
        """Webex knows something else about a phone."""
        self.calling.held = [
            device.model_copy(update=values) if device.mac == mac else device
            for device in self.calling.held
        ]

    def add(self, *records: Device) -> None:
        """Devices that are in the organization."""
        self.calling.held += records

    def state(self, device: FollowedDevice) -> str:
        """What has come of it."""
        sighting = self.seen.get(key_of(device))
        return sighting.state if sighting else "waiting"

    def busiest_minute(self) -> int:
        """The most calls in any 60 seconds."""
        return max(
            (sum(begin <= at < begin + 60 for at in self.calls) for begin in self.calls), default=0
        )
