"""A Webex organization in memory. `broken` and `troubles` make single calls fail."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlencode

from bot.core.api_calls import Call
from bot.core.directory import Directory
from bot.core.errors import OutcomeUnknown
from bot.core.models.mac import same_mac
from bot.core.models.webex import (
    ActivationCode,
    Device,
    DevicePage,
    Licence,
    Line,
    Location,
    MacState,
    OwnedDevices,
    Owner,
    OwnerKind,
    PhoneModel,
    SipSettings,
)
from bot.domain.ports import WebexCalling
from bot.webex.calling import CallingApi
from tests.example_org import (
    ANN,
    ANNS_PHONE,
    BERLIN,
    BOARDROOM,
    BOB,
    CARL,
    DORA,
    FOREIGN_MAC,
    LOBBY,
    LYON,
    MODELS,
    NORTH,
    SOUTH,
    SOUTHS_PHONE,
    STORE_ROOM,
)
from tests.fake_dect import FakeDect


class LostAfter(Exception):
    """Put into `troubles`: Webex makes the change, and its answer gets lost."""


def lost() -> OutcomeUnknown:
    """Put into `troubles`: the call gets lost, and the client cannot tell."""
    return OutcomeUnknown(504, "Webex did not answer in time.", "T-lost")


DEVICE_FILTERS: dict[str, Callable[[Device, str], bool]] = {
    "mac": lambda device, mac: same_mac(device.mac, mac),
    "personId": lambda device, key: device.person_id == key,
    "workspaceId": lambda device, key: device.workspace_id == key,
    "locationId": lambda device, key: device.location_id == key,
    "tag": lambda device, tag: tag in device.tags,
    "connectionStatus": lambda device, status: device.status == status,
}


def _partial(owners: list[Owner]) -> list[Owner]:
    """As in lists that have neither emails nor licences."""
    unknown = {"email": "", "licence": Licence.UNKNOWN, "partial": True}
    return [owner.model_copy(update=unknown) for owner in owners]


@dataclass
class FakeCalling:
    """An organization. `asked` lists the called methods; `changes` counts the sent changes."""

    owners: list[Owner] = field(
        default_factory=lambda: [ANN, BOB, CARL, DORA, LOBBY, NORTH, SOUTH, BOARDROOM, STORE_ROOM]
    )
    supported: list[PhoneModel] = field(default_factory=lambda: list(MODELS))
    places: list[Location] = field(default_factory=lambda: [BERLIN, LYON])
    held: list[Device] = field(default_factory=lambda: [ANNS_PHONE, SOUTHS_PHONE])
    known_ids: set[str] = field(default_factory=set)  # of devices that are or were there
    foreign_macs: set[str] = field(default_factory=lambda: {FOREIGN_MAC})
    unlisted: set[str] = field(default_factory=set)  # MACs of phones that no list shows yet
    owned_only: set[str] = field(default_factory=set)  # MACs that only the owner's list shows
    codes: list[ActivationCode] = field(default_factory=list)
    models_of_codes: list[str] = field(default_factory=list)
    passwords: dict[str, str] = field(default_factory=dict)  # by MAC
    extensions: dict[str, str] = field(default_factory=dict)  # by key of the owner
    numbers: dict[str, str] = field(default_factory=dict)  # digits, by key of the owner
    unread: tuple[Call, ...] = ()  # of a directory: the reads that failed
    gone: set[str] = field(default_factory=set)  # keys of owners whom lists still name
    applied: list[str] = field(default_factory=list)  # ids for calling
    most: int | None = None  # devices an owner may have
    troubles: list[Exception | None] = field(default_factory=list)  # one for each change, in order
    broken: dict[str, list[Exception | None]] = field(default_factory=dict)  # reads, by method
    asked: list[str] = field(default_factory=list)
    page_size: int = 100  # devices of a page
    device_filters: list[dict[str, str]] = field(default_factory=list)
    failed_reads: list[str] = field(default_factory=list)  # by method
    changes: int = 0
    freshened: int = 0
    on_ask: Callable[[], object] = lambda: None  # called at each read
    dect: FakeDect = field(init=False, repr=False)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    at_once: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    most_at_once: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def __post_init__(self) -> None:
        self.gate.set()
        self.dect = self._new_dect()

    def _new_dect(self) -> FakeDect:
        return FakeDect(self)

    def uncached(self) -> "FakeCalling":
        """This fake has no cache; it counts the calls."""
        self.freshened += 1
        return self

    async def models(self) -> list[PhoneModel]:
        """All supported models."""
        self.ask("models")
        return list(self.supported)

    async def locations(self) -> list[Location]:
        """All of them."""
        self.ask("locations")
        return list(self.places)

    async def person(self, email: str) -> Owner | None:
        """By email."""
        self.ask("person")
        return next((owner for owner in self.owners if owner.email == email.lower()), None)

    async def people_named(self, name: str) -> list[Owner]:
        """By the beginning of the name, as Webex does."""
        self.ask("people_named")
        return self._people_starting(name)

    async def people_like(self, start: str) -> list[Owner]:
        """The same, partial."""
        self.ask("people_like")
        return _partial(self._people_starting(start))

    def _people_starting(self, name: str) -> list[Owner]:
        people = [owner for owner in self.owners if owner.kind is OwnerKind.PERSON]
        return [owner for owner in people if owner.name.lower().startswith(name.lower())]

    async def workspaces_named(self, name: str) -> list[Owner]:
        """By a part of the name."""
        self.ask("workspaces_named")
        workspaces = [owner for owner in self.owners if owner.kind is OwnerKind.WORKSPACE]
        return [owner for owner in workspaces if name.lower() in owner.name.lower()]

    async def owners_like(self, word: str) -> list[Owner]:
        """By a part of the name; only owners with calling."""
        self.ask("owners_like")
        members = _partial(self._members)
        return [owner for owner in members if word.lower() in owner.name.lower()]

    async def owners_at(self, *, extension: str = "", number: str = "") -> list[Owner]:
        """By extension, or by the end of the number."""
        self.ask("owners_at")
        return _partial(
            [
                owner
                for owner in self._members
                if (extension and self.extensions.get(owner.key) == extension)
                or (number and self.numbers.get(owner.key, "").endswith(number))
            ]
        )

    async def line_of(self, key: str, name: str) -> Line | None:
        """By key."""
        self.ask("line_of")
        extension, number = self.extensions.get(key, ""), self.numbers.get(key, "")
        if not (extension or number):
            return None
        return Line(extension=extension, number=f"+{number}" if number else "")

    async def first_owners(self) -> list[Owner]:
        """All with calling."""
        self.ask("first_owners")
        return _partial(self._members)

    @property
    def _members(self) -> list[Owner]:
        return [owner for owner in self.owners if owner.licence is not Licence.NONE]

    async def owner(self, key: str) -> Owner | None:
        """By key."""
        self.ask("owner")
        known = [owner for owner in self.owners if owner.key not in self.gone]
        return next((owner for owner in known if owner.key == key), None)

    async def mac_state(self, mac: str) -> MacState:
        """In use if anybody has it."""
        self.ask("mac_state")
        return self._mac_state(mac)

    async def mac_states(self, macs: Sequence[str]) -> dict[str, MacState]:
        """The same of each."""
        self.ask("mac_states")
        return {mac: self._mac_state(mac) for mac in macs}

    def _mac_state(self, mac: str) -> MacState:
        if mac in self.foreign_macs or any(same_mac(device.mac, mac) for device in self.held):
            return MacState(available=False, message="[Error 5675] MAC Address is in use.")
        return MacState(available=True)

    async def directory(self, emails: Collection[str], names: Collection[str]) -> Directory:
        """All who are meant; the others are only proposed."""
        self.ask("directory")
        everybody = Directory(owners=tuple(self.owners))
        meant = [owner for email in emails if (owner := everybody.at(email))]
        meant += [owner for name in names for owner in everybody.named(name)]
        owners = {owner.key: owner for owner in meant if owner.key not in self.gone}
        others = _partial([owner for owner in self.owners if owner.key not in owners])
        return Directory(tuple(owners.values()), tuple(others), unread=self.unread)

    async def devices_with_macs(self, macs: Collection[str]) -> dict[str, tuple[Device, ...]]:
        """Those that lists show."""
        self.ask("devices_with_macs")
        hidden = self.unlisted | self.owned_only
        listed = [device for device in self.held if device.mac not in hidden]
        return {
            mac: tuple(device for device in listed if same_mac(device.mac, mac)) for mac in macs
        }

    async def devices(self, **filters: str) -> list[Device]:
        """Those that pass all filters of the API."""
        self.ask("devices")
        return self._listed(filters)

    async def device_page(self, link: str = "", **filters: str) -> DevicePage:
        """Of the same; a link is where the page begins, and the filters."""
        self.ask("device_page")
        if link:
            start, filters = int(link.partition("?")[0]), dict(parse_qsl(link.partition("?")[2]))
        else:
            start = 0
        listed, end = self._listed(filters), start + self.page_size
        more = f"{end}?{urlencode(filters)}" if end < len(listed) else ""
        return DevicePage(devices=tuple(listed[start:end]), next_link=more)

    def _listed(self, filters: dict[str, str]) -> list[Device]:
        self.device_filters.append(filters)
        hidden = self.unlisted | self.owned_only
        listed = [device for device in self.held if device.mac not in hidden]
        return [
            device
            for device in listed
            if all(DEVICE_FILTERS[name](device, value) for name, value in filters.items())
        ]

    async def devices_of(self, owner: Owner) -> OwnedDevices:
        """The devices of an owner, with the id for calling alone."""
        self.ask("devices_of")
        listed = [device for device in self.held if device.mac not in self.unlisted]
        owned = tuple(
            device.model_copy(
                update={
                    "id": device.calling_id or device.id,
                    "activation": "ACTIVATING" if device.status == "activating" else "ACTIVATED",
                }
            )
            for device in listed
            if owner.id in (device.person_id, device.workspace_id)
        )
        return OwnedDevices(devices=owned, most=self.most)

    async def sip_settings(self, device: Device) -> SipSettings:
        """Made of its MAC."""
        self.ask("sip_settings")
        line_id = f"{device.mac.lower()}_01"
        return SipSettings(
            user_name=line_id,
            line_id=line_id,
            domain="sip.example.com",
            outbound_proxy="proxy.example.com",
        )

    async def add_phone(
        self, body: Mapping[str, Any], *, password: str | None = None
    ) -> Device | None:
        """Keep the phone; for the 9800 series the answer is empty."""
        mac, owner = body["mac"], self._owner_in(body)
        known = next(known for known in self.supported if known.model == body["model"])
        device_id = self._free_id()
        device = Device(
            id=device_id, calling_id=f"calling-{device_id}",
            name=owner.name, product=known.display_name, mac=mac,
            location_id=owner.location_id, status="activating",
            person_id=owner.id if owner.kind is OwnerKind.PERSON else None,
            workspace_id=owner.id if owner.kind is OwnerKind.WORKSPACE else None,
            managed_by=known.managed_by,
        )  # fmt: skip
        after = await self.begin(owner.key)
        self.held.append(device)
        if password:
            self.passwords[mac] = password
        self.end(after)
        return None if known.phone_os else device

    def _owner_in(self, body: Mapping[str, Any]) -> Owner:
        return next(owner for owner in self.owners if owner.field.items() <= body.items())

    async def device(self, device_id: str) -> Device | None:
        """By any of its ids."""
        self.ask("device")
        ids = ((device, (device.id, device.calling_id)) for device in self.held)
        return next((device for device, own in ids if device_id in own), None)

    async def delete_device(self, device_id: str) -> None:
        """Forget the device."""
        after = await self.begin(device_id)
        self.held = [device for device in self.held if device.id != device_id]
        self.end(after)

    async def apply_changes(self, calling_id: str) -> None:
        """Note which phone fetches its configuration."""
        after = await self.begin(calling_id)
        self.applied.append(calling_id)
        self.end(after)

    async def add_tags(self, device_id: str, tags: Sequence[str]) -> None:
        """Add to the tags that the device has then."""
        after = await self.begin(device_id)
        self._tag(device_id, lambda now: tuple(dict.fromkeys([*now, *tags])))
        self.end(after)

    async def replace_tags(self, device_id: str, tags: Sequence[str]) -> None:
        """Set exactly these tags."""
        after = await self.begin(device_id)
        self._tag(device_id, lambda _now: tuple(tags))
        self.end(after)

    def _tag(self, device_id: str, change: Callable[[tuple[str, ...]], tuple[str, ...]]) -> None:
        device = next(device for device in self.held if device.id == device_id)
        tagged = device.model_copy(update={"tags": change(device.tags)})
        self.held[self.held.index(device)] = tagged

    async def activation_code(self, body: Mapping[str, Any]) -> ActivationCode:
        """A new code with each call."""
        after = await self.begin(self._owner_in(body).key)
        code = ActivationCode(
            code=f"541401125617{len(self.codes):04}", expiry_time="2026-12-22T09:06:40.100Z"
        )
        self.codes.append(code)
        self.models_of_codes.append(body.get("model", ""))
        self.end(after)
        return code

    def _free_id(self) -> str:
        """One that no device has or had: Webex never gives an id again."""
        self.known_ids |= {device.id for device in self.held}
        ids = (f"dev-{number}" for number in count(len(self.held) + 1))
        free = next(device_id for device_id in ids if device_id not in self.known_ids)
        self.known_ids.add(free)
        return free

    def phone(self, mac: str) -> Device | None:
        """The device with this MAC."""
        return next((device for device in self.held if same_mac(device.mac, mac)), None)

    def ask(self, method: str) -> None:
        """Note a read, and fail if the test says so."""
        self.asked.append(method)
        self.on_ask()
        problems = self.broken.get(method)
        problem = problems.pop(0) if problems else None
        if problem:
            self.failed_reads.append(method)
            raise problem

    async def begin(self, subject: str) -> Exception | None:
        """Count the calls that run at once; a closed gate holds them."""
        self.changes += 1
        self.at_once[subject] += 1
        self.most_at_once[subject] = max(self.most_at_once[subject], self.at_once[subject])
        await self.gate.wait()
        self.at_once[subject] -= 1
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble and not isinstance(trouble, LostAfter):
            raise trouble
        return trouble

    @staticmethod
    def end(trouble: Exception | None) -> None:
        """Lose the answer if the test says so."""
        if trouble:
            raise lost()


def _fits(fake: FakeCalling) -> WebexCalling:
    return fake


def _real_one_fits(real: CallingApi) -> WebexCalling:
    return real
