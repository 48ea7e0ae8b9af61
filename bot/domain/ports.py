"""Protocols of what operations rely on: admin APIs, allowlist, accounts, audit trail."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol, Self

from pydantic import SecretStr

from bot.core.directory import Directory
from bot.core.models.audit import TrailFilter
from bot.core.models.dect import (
    AddResult,
    BaseStation,
    DectModel,
    DectNetwork,
    Handset,
    HandsetSettings,
    LineMember,
    MemberNetwork,
    NetworkChange,
    NetworkRef,
)
from bot.core.models.followed import FollowedDevice, FollowedEntry
from bot.core.models.people import Grant, Sender, Space
from bot.core.models.webex import (
    AcceptedPhone,
    ActivationCode,
    Device,
    DevicePage,
    Line,
    Location,
    MacState,
    OwnedDevices,
    Owner,
    PhoneModel,
    RemovedPhone,
    SipSettings,
)
from bot.domain.plan import DoneSteps


class WebexCalling(Protocol):
    """The admin side of Webex, as far as operations need it."""

    @property
    def dect(self) -> "DectCalling":
        """The calls about DECT."""
        ...

    def uncached(self) -> Self:
        """The same APIs without the cache: each read asks Webex."""
        ...

    async def models(self) -> list[PhoneModel]:
        """The models this organization supports."""
        ...

    async def locations(self) -> list[Location]:
        """All locations."""
        ...

    async def person(self, email: str) -> Owner | None:
        """The person with exactly this email."""
        ...

    async def people_named(self, name: str) -> list[Owner]:
        """People with that name, or with a name that begins with it."""
        ...

    async def people_like(self, start: str) -> list[Owner]:
        """The same people, partial: for comparing names, in one call."""
        ...

    async def owners_like(self, word: str) -> list[Owner]:
        """People and workspaces with calling whose name contains the word. Partial."""
        ...

    async def owners_at(self, *, extension: str = "", number: str = "") -> list[Owner]:
        """Whose extension this is, or whose number ends in these digits. Partial."""
        ...

    async def line_of(self, key: str, name: str) -> Line | None:
        """How to call the owner with this `Owner.key` and name; None: unknown."""
        ...

    async def first_owners(self) -> list[Owner]:
        """The first thousand owners with calling: in most organizations, all. Partial."""
        ...

    async def workspaces_named(self, name: str) -> list[Owner]:
        """Workspaces whose name contains `name`."""
        ...

    async def owner(self, key: str) -> Owner | None:
        """The owner with this `Owner.key`."""
        ...

    async def mac_state(self, mac: str) -> MacState:
        """Whether a phone with this MAC could be added. A check, not a reservation."""
        ...

    async def mac_states(self, macs: Sequence[str]) -> dict[str, MacState]:
        """The state of each of these MACs, in few calls. Not cached."""
        ...

    async def directory(self, emails: Collection[str], names: Collection[str]) -> Directory:
        """The people at these addresses, and the people and workspaces with these names.

        In few calls. Raises if an address cannot be looked up; other failures are its `unread`.
        """
        ...

    async def devices_with_macs(self, macs: Collection[str]) -> dict[str, tuple[Device, ...]]:
        """The devices with each of these MACs, in few calls; `GET /devices` must list them."""
        ...

    async def devices(self, **filters: str) -> list[Device]:
        """`GET /devices` with its own filters."""
        ...

    async def device_page(self, link: str = "", **filters: str) -> DevicePage:
        """One page of `GET /devices`: the first one with these filters, or the one at a link."""
        ...

    async def devices_of(self, owner: Owner) -> OwnedDevices:
        """The telephony devices of an owner; it lists phones that `devices` lacks."""
        ...

    async def sip_settings(self, device: Device) -> SipSettings:
        """What must be entered on a phone that Webex does not manage."""
        ...

    async def add_phone(
        self, body: Mapping[str, Any], *, password: str | None = None
    ) -> Device | None:
        """Add by MAC; None if Webex accepts the phone without describing it (9800 series)."""
        ...

    async def device(self, device_id: str) -> Device | None:
        """`GET /devices/{id}`; None if it is gone."""
        ...

    async def delete_device(self, device_id: str) -> None:
        """Remove it. A device that is gone already counts as removed."""
        ...

    async def apply_changes(self, calling_id: str) -> None:
        """Let the phone with this `Device.calling_id` fetch its configuration."""
        ...

    async def add_tags(self, device_id: str, tags: Sequence[str]) -> None:
        """Add these tags to those that the device has by then."""
        ...

    async def replace_tags(self, device_id: str, tags: Sequence[str]) -> None:
        """Set exactly these tags."""
        ...

    async def activation_code(self, body: Mapping[str, Any]) -> ActivationCode:
        """A new code with each call. Without a model, it is for a room device."""
        ...


class DectCalling(Protocol):
    """The part of `WebexCalling` about DECT. Lists are whole, and nothing is cached but models.

    Changes of a network's handsets need a pause between them (`bot.domain.dect_pace`). A list of a
    network that is gone raises NotFound. A deletion of what is gone counts as done.
    """

    async def models(self) -> list[DectModel]:
        """The models of base stations, with their limits."""
        ...

    async def networks(self, *, location_id: str | None = None) -> list[DectNetwork]:
        """The DECT networks of a location, or all."""
        ...

    async def networks_of(self, owner: Owner) -> list[MemberNetwork]:
        """The networks in which the owner has handsets."""
        ...

    async def network(self, network: NetworkRef) -> DectNetwork | None:
        """One network; None if it is gone."""
        ...

    async def create_network(self, location_id: str, settings: Mapping[str, Any]) -> str:
        """Create one and return its id."""
        ...

    async def update_network(self, network: NetworkRef, change: NetworkChange) -> None:
        """Change its names or its access code, and keep the rest. Repeatable."""
        ...

    async def delete_network(self, network: NetworkRef) -> None:
        """Delete it with its base stations and handsets."""
        ...

    async def base_stations(self, network: NetworkRef) -> list[BaseStation]:
        """Its base stations, without their handsets."""
        ...

    async def base_station(self, network: NetworkRef, base_station_id: str) -> BaseStation | None:
        """One base station with its handsets; None if it is gone."""
        ...

    async def add_base_stations(self, network: NetworkRef, macs: Sequence[str]) -> list[AddResult]:
        """Add 1 to 50 different MACs; a result for each, in their order."""
        ...

    async def delete_base_station(self, network: NetworkRef, base_station_id: str) -> None:
        """Delete one; its handsets stay in the network."""
        ...

    async def handsets(self, network: NetworkRef, *, member_id: str | None = None) -> list[Handset]:
        """Its handsets, or those that are or may be a member's."""
        ...

    async def handset(self, network: NetworkRef, handset_id: str) -> Handset | None:
        """One handset, with MAC and base station once it is paired; None if it is gone."""
        ...

    async def add_handset(self, network: NetworkRef, settings: HandsetSettings) -> None:
        """Add one. Webex does not tell its id: read `handsets`."""
        ...

    async def add_handsets(
        self, network: NetworkRef, handsets: Sequence[HandsetSettings]
    ) -> list[AddResult]:
        """Add 1 to 50, all different; a result for each, in their order."""
        ...

    async def update_handset(
        self, network: NetworkRef, handset_id: str, settings: HandsetSettings
    ) -> None:
        """Set its name and its lines. Repeatable."""
        ...

    async def delete_handset(self, network: NetworkRef, handset_id: str) -> None:
        """Delete one."""
        ...

    async def delete_handsets(self, network: NetworkRef, handset_ids: Sequence[str]) -> None:
        """Delete 1 to 50; NotFound if one is gone and another is left."""
        ...

    async def available_members(
        self, *, location_id: str | None = None, second_line: bool = False, **filters: str
    ) -> list[LineMember]:
        """Who can have a first line of a handset, or a second one."""
        ...

    async def has_serviceability_password(self, network: NetworkRef) -> bool:
        """Whether the base stations take the password for service."""
        ...

    async def switch_serviceability_password(self, network: NetworkRef, *, enabled: bool) -> None:
        """Switch it; may restart all base stations."""
        ...

    async def new_serviceability_password(self, network: NetworkRef) -> SecretStr:
        """Make a new one, which cannot be read again; may restart all base stations."""
        ...


class Journal(Protocol):
    """What requests have changed, as far as operations need it."""

    async def done_steps(self, code: str) -> DoneSteps:
        """The steps of a request that were done, or may have been."""
        ...

    async def others_about(self, subject: str, code: str) -> Sequence[DoneSteps]:
        """What later requests than this one have done about a subject, without undone ones."""
        ...


class Allowlist(Protocol):
    """The table of roles, as far as operations need it."""

    async def grants(self) -> list[Grant]:
        """All grants."""
        ...

    async def add(self, grant: Grant) -> bool:
        """Add a grant; whether it is new."""
        ...

    async def remove(self, grant: Grant) -> bool:
        """Remove a grant; whether it was there. Refused for the last admin."""
        ...


class AcceptedPhones(Protocol):
    """Phones of our requests that Webex does not list, as far as operations need them."""

    async def recent(self) -> Sequence[AcceptedPhone]:
        """The phones that Webex accepted in the last days, newest first."""
        ...

    async def removed(self, mac: str) -> RemovedPhone | None:
        """The phone with this MAC (12 hex digits), if a request removed it lately."""
        ...


class FollowedDevices(Protocol):
    """What requests added and has not registered yet, for one person who asks."""

    @property
    def is_on(self) -> bool:
        """Whether anything is followed."""
        ...

    async def listed(self, code: str, *, everybody: bool) -> Sequence[FollowedDevice]:
        """Those of the person's own requests, or of all, oldest first.

        With a code, of that request alone, and also those for which nobody looks any more. They are
        looked at soon.
        """
        ...

    async def entries(self, devices: Sequence[FollowedDevice]) -> Sequence[FollowedEntry]:
        """What is shown of these, in their order."""
        ...

    async def sees(self, code: str, *, everybody: bool) -> bool:
        """Whether there is a request with that code that the person may see."""
        ...

    async def look_soon(self, mac: str) -> None:
        """Look soon whether what was added with that MAC has registered."""
        ...


class Accounts(Protocol):
    """The accounts of people, as far as operations need them."""

    async def is_ours_at(self, email: str) -> bool | None:
        """Whether this address belongs to our organization; None if no account has it."""
        ...

    async def account_at(self, email: str) -> Sender | None:
        """The account with exactly this address; None if there is none."""
        ...

    def is_ours(self, sender: Sender) -> bool:
        """Whether the account is of our own organization; true if that is not known."""
        ...


class ApprovalSpace(Protocol):
    """Where approval cards are posted, as far as operations need it."""

    @property
    def is_configured(self) -> bool:
        """Whether a setting decides, so that nobody can change it in chat."""
        ...

    async def current(self) -> Space | None:
        """The space; None if approvers get direct messages."""
        ...

    async def title(self, room_id: str) -> str:
        """The title of a space. WebexError or TimeoutError if it cannot be read soon."""
        ...

    async def members(self, room_id: str) -> Sequence[Sender] | None:
        """The members but bots; None if they cannot be read soon."""
        ...

    def note_posting(self, room_id: str, *, refused: bool) -> None:
        """Remember whether Webex refused the last card in this space."""
        ...

    def is_known_closed(self, room_id: str) -> bool:
        """Whether Webex refused the last card in this space, since the start."""
        ...

    async def use(self, space: Space | None) -> None:
        """Use this space from now on; None: direct messages."""
        ...


class HolderNotices(Protocol):
    """Messages to those who get or lose a role. Each returns a sentence for the result."""

    async def granted(self, grant: Grant) -> str:
        """Tell the holder; empty if there is nobody to be told."""
        ...

    async def revoked(self, grant: Grant) -> str:
        """Tell the former holder; empty if there is nobody to be told."""
        ...


class TrailEntry(Protocol):
    """The part of an entry that is shown."""

    @property
    def at(self) -> str:
        """Time, ISO 8601."""
        ...

    @property
    def actor(self) -> str:
        """The email of the person who did it."""
        ...

    @property
    def action(self) -> str:
        """Name of the action."""
        ...

    @property
    def request(self) -> str:
        """Code of the request."""
        ...

    @property
    def about(self) -> str:
        """The subject of the action, in words."""
        ...

    @property
    def facts(self) -> Mapping[str, Any]:
        """What the entry holds beside these."""
        ...


class Trail(Protocol):
    """Read access to the audit trail."""

    async def search(
        self, trail_filter: TrailFilter, limit: int, offset: int = 0
    ) -> Sequence[TrailEntry]:
        """The newest entries that pass the filter, newest first."""
        ...

    async def count(self, trail_filter: TrailFilter) -> int:
        """How many entries pass the filter."""
        ...

    async def actors(self) -> Sequence[str]:
        """The addresses of people who did something."""
        ...
