"""The organization as it stands, and the questions one may ask of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.organization.catalogue import Catalogue
from sandbox.organization.facts import (
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

# The better licence decides when somebody holds several.
TIERS: tuple[Tier, ...] = ("professional", "standard", "basic")


@dataclass
class Organization:
    """All state of the admin APIs. `people` is shared with the rest of the cloud.

    `boxed` are phones that stand unpacked beside a desk: MAC to model.
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
        """Return who or what an owner is, or None."""
        if owner.kind == "person":
            return self.member(owner.key)
        return self.workspaces.get(owner.key)

    def owner_name(self, owner: Owner) -> str:
        """Return the name to show for an owner."""
        found = self.owner(owner)
        if found is None:
            return ""
        return found.name if isinstance(found, Workspace) else found.display_name

    def phones_of(self, owner: Owner) -> list[Phone]:
        """Return every phone of an owner, oldest first, those that nobody sees yet included."""
        return [phone for phone in self.phones.values() if phone.owner == owner]

    def phone(self, key: str, now: datetime) -> Phone | None:
        """Return the phone that `/devices` knows by any of its three keys."""
        listed = (phone for phone in self.phones.values() if phone.is_listed(now))
        return next((p for p in listed if key in (p.key, p.webex_key, p.calling_key)), None)

    def mac_in_use(self, mac: str) -> bool:
        """Whether any phone or DECT base station, here or elsewhere, has this address."""
        phones = any(phone.mac == mac for phone in self.phones.values())
        networks = self.dect_networks.values()
        bases = (base for network in networks for base in network.base_stations.values())
        return phones or mac in self.foreign_macs or any(base.mac == mac for base in bases)

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
        """Return the calling licence of an owner, None: no Webex Calling."""
        found = self.owner(owner)
        held = {self.licences[key].tier for key in found.licences} if found else set()
        return next((tier for tier in TIERS if tier in held), None)

    def device_limit(self, owner: Owner) -> int:
        """Return how many devices an owner may have (webex-provisioning.md §4.3, §7)."""
        tier = self.tier(owner)
        if tier == "professional":
            return self.settings.owner_device_limit
        return 1 if tier else 0

    def licence_named(self, name: str) -> Licence | None:
        """Return the licence of that name, or None."""
        return next((one for one in self.licences.values() if one.name == name), None)

    def location_named(self, name: str) -> Location | None:
        """Return the location of that name, or None."""
        return next((one for one in self.locations.values() if one.name == name), None)

    def holders(self, licence: Licence) -> Iterator[Owner]:
        """Yield everybody and every workspace that holds a licence."""
        for person in self.people.values():
            if licence.key in person.licences:
                yield Owner("person", person.key)
        for workspace in self.workspaces.values():
            if licence.key in workspace.licences:
                yield Owner("workspace", workspace.key)
