"""The state of the organization, and queries on it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.organization.device_models import Catalogue
from sandbox.organization.entities import (
    ActivationCode,
    DectNetwork,
    Handset,
    Licence,
    Location,
    Member,
    Owner,
    Phone,
    Tier,
    VirtualLine,
    Workspace,
)
from sandbox.people import Person
from sandbox.settings import Settings

# If an owner holds several licences, the best one counts.
TIERS: tuple[Tier, ...] = ("professional", "standard", "basic")


@dataclass
class Organization:
    """All state of the admin APIs. `people` is shared with the rest of the cloud.

    `boxed` are phones without an owner, still in their boxes: MAC to model.
    """

    key: str
    name: str
    created: datetime
    people: dict[str, Person]
    catalogue: Catalogue
    settings: Settings
    locations: dict[str, Location] = field(default_factory=dict)
    licences: dict[str, Licence] = field(default_factory=dict)
    workspaces: dict[str, Workspace] = field(default_factory=dict)
    phones: dict[str, Phone] = field(default_factory=dict)
    dect_networks: dict[str, DectNetwork] = field(default_factory=dict)
    virtual_lines: dict[str, VirtualLine] = field(default_factory=dict)
    codes: list[ActivationCode] = field(default_factory=list)
    foreign_macs: set[str] = field(default_factory=set)
    boxed: dict[str, str] = field(default_factory=dict)

    def member(self, key: str | None) -> Person | None:
        """Return a person of this organization (bots and machine accounts included), or None."""
        person = self.people.get(key or "")
        return person if person is not None and person.org_key == self.key else None

    def owner(self, owner: Owner) -> Person | Workspace | None:
        """Return the person or workspace that an owner refers to, or None."""
        if owner.kind == "person":
            return self.member(owner.key)
        return self.workspaces.get(owner.key)

    def owner_name(self, owner: Owner) -> str:
        """Return the display name of an owner."""
        person_or_workspace = self.owner(owner)
        if person_or_workspace is None:
            return ""
        return (
            person_or_workspace.name
            if isinstance(person_or_workspace, Workspace)
            else person_or_workspace.display_name
        )

    def phones_of(self, owner: Owner) -> list[Phone]:
        """Return every phone of an owner, oldest first, including those not visible yet."""
        return [phone for phone in self.phones.values() if phone.owner == owner]

    def phone(self, key: str, now: datetime) -> Phone | None:
        """Return the phone that `/devices` knows by any of its three keys."""
        listed = (phone for phone in self.phones.values() if phone.is_listed(now))
        return next((p for p in listed if key in (p.key, p.webex_key, p.calling_key)), None)

    def mac_in_use(self, mac: str) -> bool:
        """Whether a phone or DECT base station has this address, in any organization."""
        return mac in self.macs_in_use()

    def macs_in_use(self) -> set[str]:
        """Return the addresses of all phones and DECT base stations, in any organization."""
        networks = self.dect_networks.values()
        bases = (base for network in networks for base in network.base_stations.values())
        phones = {phone.mac for phone in self.phones.values()}
        return phones | self.foreign_macs | {base.mac for base in bases}

    def handsets_of(self, member: Member) -> list[tuple[DectNetwork, Handset]]:
        """Return every DECT handset with a line of this member, and its network."""
        return [
            (network, handset)
            for network in self.dect_networks.values()
            for handset in network.handsets.values()
            if member in handset.lines
        ]

    def is_first_line(self, owner: Owner) -> bool:
        """Whether a DECT handset has this owner on line 1."""
        member = Member(owner.kind, owner.key)
        return any(handset.lines[0] == member for _, handset in self.handsets_of(member))

    def tier(self, owner: Owner) -> Tier | None:
        """Return the calling licence of an owner; None: no Webex Calling."""
        person_or_workspace = self.owner(owner)
        held = (
            {self.licences[key].tier for key in person_or_workspace.licences}
            if person_or_workspace
            else set()
        )
        return next((tier for tier in TIERS if tier in held), None)

    def device_limit(self, owner: Owner) -> int:
        """Return how many devices an owner may have (docs/webex/provisioning.md §4.3, §7)."""
        tier = self.tier(owner)
        if tier == "professional":
            return self.settings.owner_device_limit
        return 1 if tier else 0

    def licence_named(self, name: str) -> Licence | None:
        """Return the licence with that name, or None."""
        return next((licence for licence in self.licences.values() if licence.name == name), None)

    def location_named(self, name: str) -> Location | None:
        """Return the location with that name, or None."""
        return next(
            (location for location in self.locations.values() if location.name == name), None
        )

    def holders(self, licence: Licence) -> Iterator[Owner]:
        """Yield every person and workspace that holds a licence."""
        for person in self.people.values():
            if person.holds(licence.key):
                yield Owner("person", person.key)
        for workspace in self.workspaces.values():
            if licence.key in workspace.licences:
                yield Owner("workspace", workspace.key)
