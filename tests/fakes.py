"""Stand-ins that work: an organization in memory and a messenger that remembers.

They are asked what they hold. `broken` makes single calls fail, as the real ones do.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.chat.messenger import Answer, Messenger
from bot.core.errors import NotFound, OutcomeUnknown, WebexError
from bot.core.models.mac import same_mac
from bot.core.models.people import Grant, Place, Sender
from bot.core.models.webex import (
    ActivationCode,
    DectNetwork,
    Device,
    Licence,
    Location,
    MacState,
    OwnedDevices,
    Owner,
    OwnerKind,
    PhoneModel,
)
from bot.domain.identity import Directory
from bot.domain.ports import Allowlist, WebexCalling
from bot.webex.calling import CallingApi
from bot.webex.messaging import key_of
from cards import render

BERLIN = Location(id="loc-berlin", name="Berlin", time_zone="Europe/Berlin")
LYON = Location(id="loc-lyon", name="Lyon", time_zone="Europe/Paris")
BOTH = frozenset({"PEOPLE", "PLACE"})
EITHER_WAY = frozenset({"MAC_ADDRESS", "ACTIVATION_CODE"})


def person(mailbox: str, name: str, where: Location, licence: Licence) -> Owner:
    """A person of example.com."""
    return Owner(
        kind=OwnerKind.PERSON, id=f"id-{mailbox}", name=name, email=f"{mailbox}@example.com",
        location_id=where.id, location=where.name, licence=licence,
    )  # fmt: skip


def workspace(name: str, where: Location, **facts: Any) -> Owner:
    """A workspace for desk phones, changed by `facts`."""
    known = {"licence": Licence.PROFESSIONAL, "calling_type": "webexCalling"} | facts
    key = "id-" + name.lower().replace(" ", "-")
    return Owner(
        kind=OwnerKind.WORKSPACE, id=key, name=name, location_id=where.id, location=where.name, **known
    )  # fmt: skip


def model(number: str, **facts: Any) -> PhoneModel:
    """A desk phone that can be added by MAC and by code, changed by `facts`."""
    known: dict[str, Any] = {"supported_for": BOTH, "onboarding": EITHER_WAY, "type": "MPP"}
    names = {"model": f"DMS Cisco {number}", "display_name": f"Cisco {number}"}
    return PhoneModel(**(names | known | facts))


ANN = person("ann", "Ann Alder", BERLIN, Licence.PROFESSIONAL)
BOB = person("bob", "Bob Birch", LYON, Licence.STANDARD)
CARL = person("carl", "Carl Cedar", BERLIN, Licence.NONE)
DORA = person("dora", "Dora Daisy", BERLIN, Licence.UNKNOWN)
LOBBY = workspace("Lobby", BERLIN)
NORTH = workspace("Meeting Room North", BERLIN)
SOUTH = workspace("Meeting Room South", LYON)
BOARDROOM = workspace("Boardroom", BERLIN, takes_phones=False)
STORE_ROOM = workspace("Store Room", LYON, licence=Licence.NONE, calling_type="none")
THIRD_PARTY = PhoneModel(
    model="Generic IPPhone Customer Managed", display_name="Customer Managed IP Phone",
    type="GENERIC_SIP", manufacturer="THIRD_PARTY", managed_by="CUSTOMER",
    supported_for=BOTH, onboarding=frozenset({"MAC_ADDRESS"}),
)  # fmt: skip
MODELS = [
    model("8845"),
    model("8865"),
    model("6871", onboarding=frozenset({"ACTIVATION_CODE"})),
    model("7811", onboarding=frozenset({"MAC_ADDRESS"})),
    model("840", onboarding=frozenset({"NONE"})),
    model("7832", supported_for=frozenset({"PLACE"})),
    model("9861", type="DESK_PHONE"),
    THIRD_PARTY,
]
ANNS_PHONE = Device(
    id="dev-1", name="Ann Alder", product="Cisco 8845", mac="00005E005301", serial="FCH1",
    person_id=ANN.id, location_id=BERLIN.id, status="connected", tags=("front",),
    last_seen="2026-11-20T09:06:40.100Z",
)  # fmt: skip
SOUTHS_PHONE = Device(
    id="dev-2", name="Meeting Room South", product="Cisco 8865", mac="00:00:5E:00:53:02",
    workspace_id=SOUTH.id, location_id=LYON.id, status="offline_expired",
)  # fmt: skip
FREE_MAC = "D82E3EEF4E5C"
FOREIGN_MAC = "00005E0053FF"  # in use, but by nobody in this organization
WAREHOUSE = DectNetwork(
    id="net-1", name="Warehouse", display_name="Ware", model="DMS Cisco DBS210",
    location_id=LYON.id, access_code="1234",
)  # fmt: skip


class LostAfter(Exception):
    """Put into `troubles`: Webex makes the change, and its answer gets lost."""


def lost() -> OutcomeUnknown:
    """Put into `troubles`: the call gets lost, and the client cannot tell."""
    return OutcomeUnknown(504, "Webex did not answer in time.", "T-lost")


@dataclass
class FakeCalling:
    """An organization. `asked` lists the called methods; `changes` counts the sent changes."""

    owners: list[Owner] = field(
        default_factory=lambda: [ANN, BOB, CARL, DORA, LOBBY, NORTH, SOUTH, BOARDROOM, STORE_ROOM]
    )
    supported: list[PhoneModel] = field(default_factory=lambda: list(MODELS))
    places: list[Location] = field(default_factory=lambda: [BERLIN, LYON])
    held: list[Device] = field(default_factory=lambda: [ANNS_PHONE, SOUTHS_PHONE])
    networks: list[DectNetwork] = field(default_factory=lambda: [WAREHOUSE])
    foreign_macs: set[str] = field(default_factory=lambda: {FOREIGN_MAC})
    unlisted: set[str] = field(default_factory=set)  # MACs of phones that no list shows yet
    codes: list[ActivationCode] = field(default_factory=list)
    passwords: dict[str, str] = field(default_factory=dict)  # by MAC
    most: int | None = None  # devices an owner may have
    troubles: list[Exception | None] = field(default_factory=list)  # one for each change, in order
    broken: dict[str, list[Exception | None]] = field(default_factory=dict)  # reads, by method
    asked: list[str] = field(default_factory=list)
    changes: int = 0
    freshened: int = 0
    on_ask: Callable[[], object] = lambda: None  # called at each read
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    at_once: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    most_at_once: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def __post_init__(self) -> None:
        self.gate.set()

    def uncached(self) -> "FakeCalling":
        """This fake has no cache; it counts the calls."""
        self.freshened += 1
        return self

    async def models(self) -> list[PhoneModel]:
        """All supported models."""
        self._ask("models")
        return list(self.supported)

    async def locations(self) -> list[Location]:
        """All of them."""
        self._ask("locations")
        return list(self.places)

    async def person(self, email: str) -> Owner | None:
        """By email."""
        self._ask("person")
        return next((one for one in self.owners if one.email == email.lower()), None)

    async def people_named(self, name: str) -> list[Owner]:
        """By a part of the name."""
        self._ask("people_named")
        return self._named(name, OwnerKind.PERSON)

    async def workspaces_named(self, name: str) -> list[Owner]:
        """By a part of the name."""
        self._ask("workspaces_named")
        return self._named(name, OwnerKind.WORKSPACE)

    def _named(self, name: str, kind: OwnerKind) -> list[Owner]:
        return [one for one in self.owners if one.kind is kind and name.lower() in one.name.lower()]

    async def owner(self, key: str) -> Owner | None:
        """By key."""
        self._ask("owner")
        return next((one for one in self.owners if one.key == key), None)

    async def mac_state(self, mac: str) -> MacState:
        """In use if anybody has it."""
        self._ask("mac_state")
        if mac in self.foreign_macs or any(same_mac(one.mac, mac) for one in self.held):
            return MacState(available=False, words="[Error 5675] MAC Address is in use.")
        return MacState(available=True)

    async def devices(self, **filters: str) -> list[Device]:
        """All, or the one with that MAC."""
        self._ask("devices")
        assert set(filters) <= {"mac"}
        mac = filters.get("mac")
        listed = [one for one in self.held if one.mac not in self.unlisted]
        return [one for one in listed if mac is None or same_mac(one.mac, mac)]

    async def devices_of(self, owner: Owner) -> OwnedDevices:
        """The devices of an owner."""
        self._ask("devices_of")
        listed = [one for one in self.held if one.mac not in self.unlisted]
        his = tuple(one for one in listed if owner.id in (one.person_id, one.workspace_id))
        return OwnedDevices(devices=his, most=self.most)

    async def dect_networks(self, *, location_id: str | None = None) -> list[DectNetwork]:
        """The networks of a location, or all."""
        self._ask("dect_networks")
        return [one for one in self.networks if location_id in (None, one.location_id)]

    async def add_phone(
        self, *, mac: str, model: str, owner: Owner, password: str | None
    ) -> Device | None:
        """Keep the phone; for the 9800 series the answer is empty."""
        known = next(one for one in self.supported if one.model == model)
        device = Device(
            id=f"dev-{len(self.held) + 1}", name=owner.name, product=known.display_name, mac=mac,
            location_id=owner.location_id, status="activating",
            person_id=owner.id if owner.kind is OwnerKind.PERSON else None,
            workspace_id=owner.id if owner.kind is OwnerKind.WORKSPACE else None,
        )  # fmt: skip
        after = await self._begin(owner.key)
        self.held.append(device)
        if password:
            self.passwords[mac] = password
        self._end(after)
        return None if known.phone_os else device

    async def device(self, device_id: str) -> Device | None:
        """By id."""
        self._ask("device")
        return next((one for one in self.held if one.id == device_id), None)

    async def delete_device(self, device_id: str) -> None:
        """Forget the device."""
        after = await self._begin(device_id)
        self.held = [one for one in self.held if one.id != device_id]
        self._end(after)

    async def add_tags(self, device_id: str, tags: Sequence[str]) -> None:
        """Add to the tags that the device has then."""
        after = await self._begin(device_id)
        self._tag(device_id, lambda now: tuple(dict.fromkeys([*now, *tags])))
        self._end(after)

    async def replace_tags(self, device_id: str, tags: Sequence[str]) -> None:
        """Set exactly these tags."""
        after = await self._begin(device_id)
        self._tag(device_id, lambda _now: tuple(tags))
        self._end(after)

    def _tag(self, device_id: str, change: Callable[[tuple[str, ...]], tuple[str, ...]]) -> None:
        device = next(one for one in self.held if one.id == device_id)
        tagged = device.model_copy(update={"tags": change(device.tags)})
        self.held[self.held.index(device)] = tagged

    async def activation_code(self, *, model: str, owner: Owner) -> ActivationCode:
        """A new code with each call."""
        after = await self._begin(owner.key)
        code = ActivationCode(
            code=f"541401125617{len(self.codes):04}", expiry_time="2026-12-22T09:06:40.100Z"
        )
        self.codes.append(code)
        self._end(after)
        return code

    async def create_dect_network(self, location_id: str, settings: Mapping[str, Any]) -> str:
        """Keep the network."""
        after = await self._begin(location_id)
        network = DectNetwork(
            id=f"net-{len(self.networks) + 1}", name=settings["name"], model=settings["model"],
            display_name=settings.get("displayName", ""), location_id=location_id,
            access_code=settings.get("defaultAccessCode"),
        )  # fmt: skip
        self.networks.append(network)
        self._end(after)
        return network.id

    def phone(self, mac: str) -> Device | None:
        """The device with this MAC."""
        return next((one for one in self.held if same_mac(one.mac, mac)), None)

    def _ask(self, method: str) -> None:
        self.asked.append(method)
        self.on_ask()
        problems = self.broken.get(method)
        problem = problems.pop(0) if problems else None
        if problem:
            raise problem

    async def _begin(self, subject: str) -> Exception | None:
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
    def _end(trouble: Exception | None) -> None:
        if trouble:
            raise lost()


@dataclass
class FakeAllowlist:
    """The allowlist in memory."""

    held: list[Grant] = field(default_factory=list)

    async def grants(self) -> list[Grant]:
        """All of them."""
        return list(self.held)

    async def add(self, grant: Grant) -> bool:
        """Whether the grant is new."""
        new = not any(one.is_same(grant) for one in self.held)
        self.held += [grant] if new else []
        return new

    async def remove(self, grant: Grant) -> bool:
        """Whether the grant was there."""
        left = [one for one in self.held if not one.is_same(grant)]
        there = left != self.held
        self.held = left
        return there


OWN_ORG, OTHER_ORG = "org-own", "org-other"


@dataclass
class FakePeople:
    """Accounts by id. People who were not added have an id made from their address, in our org."""

    emails: dict[str, str] = field(default_factory=dict)
    orgs: dict[str, str | None] = field(default_factory=dict)
    troubles: list[Exception | None] = field(default_factory=list)  # one for each read, in order
    odd: dict[str, dict[str, Any]] = field(
        default_factory=dict
    )  # answers that are not as they should be
    deleted: set[str] = field(default_factory=set)
    read: list[str] = field(default_factory=list)

    def meet(self, sender: Sender) -> None:
        """Give the account this address, unless a test changed it before."""
        self.emails.setdefault(sender.person_id, sender.email)

    async def person(self, person_id: str) -> dict[str, Any]:
        """By id, in the form of people or in that of the socket."""
        person_id = key_of(person_id) or person_id
        self.read.append(person_id)
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble:
            raise trouble
        if person_id in self.deleted:
            raise NotFound(404, "There is no such person.")
        if person_id in self.odd:
            return self.odd[person_id]
        email = self.emails.get(person_id, f"{person_id.removeprefix('id-').title()}@Example.com")
        return {"id": person_id, "emails": [email], "orgId": self.orgs.get(person_id, OWN_ORG)}

    async def people(self, email: str) -> list[dict[str, Any]]:
        """By address; nobody for an address that was never met."""
        if self.troubles:
            raise self.troubles.pop(0) or LookupError
        ids = [key for key, address in self.emails.items() if address.lower() == email]
        return [await self.person(key) for key in ids]


def _is_a_directory(fake: FakePeople) -> Directory:
    return fake


def _is_an_allowlist(fake: FakeAllowlist) -> Allowlist:
    return fake


def _fits(fake: FakeCalling) -> WebexCalling:
    return fake


def _real_one_fits(real: CallingApi) -> WebexCalling:
    return real


@dataclass(frozen=True)
class Said:
    """A message of the bot: its text, and the content of its card."""

    id: str
    place: Place | None
    email: str | None
    words: str
    card: dict[str, Any] | None


class FakeMessenger(Messenger):
    """Remembers what was posted and removed; each of `troubles` spoils one answer.

    Spaces and emails among `unreachable` cannot be written to.
    """

    def __init__(self) -> None:
        self.said: list[Said] = []
        self.removed: list[str] = []
        self.troubles: list[WebexError | None] = []
        self.unreachable: set[str] = set()
        self.sticky: set[str] = set()  # messages that cannot be taken away
        self.gate = asyncio.Event()  # cleared: messages do not get through
        self.gate.set()

    async def answer(self, place: Place, answer: Answer) -> str:
        """Remember it."""
        await self.gate.wait()
        return self._keep(place, None, answer)

    async def post_progress(
        self, place: Place, words: str, *, maybe_posted: bool = False
    ) -> str | None:
        """Remember it like other messages."""
        return await self.answer(place, words)

    async def tell(self, email: str, answer: Answer) -> str:
        """Remember it."""
        return self._keep(None, email, answer)

    async def tell_account(self, sender: Sender, answer: Answer) -> str:
        """Remember it by the address of the account."""
        return await self.tell(sender.email, answer)

    async def remove(self, message_id: str | None) -> bool:
        """Remember it, even if it fails."""
        if not message_id:
            return True
        self.removed.append(message_id)
        return message_id not in self.sticky

    @property
    def words(self) -> list[str]:
        """All texts in order."""
        return [one.words for one in self.said]

    @property
    def standing(self) -> list[Said]:
        """The messages that were not removed."""
        gone = set(self.removed) - self.sticky
        return [one for one in self.said if one.id not in gone]

    def _keep(self, place: Place | None, email: str | None, answer: Answer) -> str:
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble:
            raise trouble
        if {email, place.room_id if place else None} & self.unreachable:
            raise NotFound(404, "There is no such space.", "T-gone")
        card = None if isinstance(answer, str) else render.to_content(answer)
        words = answer if isinstance(answer, str) else render.to_text(answer)
        self.said.append(Said(f"msg-{len(self.said) + 1}", place, email, words, card))
        return self.said[-1].id
