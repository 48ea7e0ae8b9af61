"""The seeded organization: state made from the tables of sandbox.data.acme."""

import uuid
from datetime import datetime, timedelta
from functools import cache
from itertools import cycle
from typing import Final, cast

from sandbox.clock import Clock
from sandbox.data import acme
from sandbox.organization import Organization
from sandbox.organization.device_models import Model, load
from sandbox.organization.entities import (
    BaseStation,
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
from sandbox.organization.phones import new_phone, store_phone
from sandbox.people import Person, PersonKind, by_email
from sandbox.seed_data import SeedData, Space
from sandbox.settings import Settings

AGE: Final = timedelta(days=400)
# By status: how long before the start of the sandbox a phone was seen. Others were never.
LAST_SEEN: Final = {
    "connected": timedelta(minutes=2),
    "connected_with_issues": timedelta(minutes=5),
    "disconnected": timedelta(days=3),
    "offline_expired": timedelta(days=40),
}
HANDSET_NAME: Final = 16  # characters


@cache
def key_for(*parts: str) -> str:
    """Return a uuid that is the same for the same thing at every start."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, "/".join((acme.DOMAIN, *parts))))


ORGANIZATION_KEY: Final = key_for("organization")


def seed(settings: Settings, clock: Clock) -> SeedData:
    """Return the organization in its initial state."""
    created = clock.now() - AGE
    bot = _account("provbot@webex.bot", ("Provbot", "", "Prov"), "bot", created)
    machine_names = ("Provisioning", "", "Provisioning")
    machine = _account(f"provisioning@{acme.DOMAIN}", machine_names, "appuser", created)
    members = [new_member(index, row, created) for index, row in enumerate(acme.PEOPLE)]
    people = {person.key: person for person in (bot, machine, *members)}
    organization = _organization(people, settings, created)
    return SeedData(people, organization, bot.key, machine.key, _spaces(people, bot))


def _organization(people: dict[str, Person], settings: Settings, created: datetime) -> Organization:
    org = Organization(
        key=ORGANIZATION_KEY,
        name=acme.ORGANIZATION_NAME,
        created=created,
        people=people,
        catalogue=load(),
        settings=settings,
        locations={location.key: location for location in map(_location, acme.LOCATIONS)},
        licences={licence.key: licence for licence in map(_licence, acme.LICENCES)},
        workspaces={
            workspace.key: workspace
            for workspace in (_workspace(row, created) for row in acme.WORKSPACES)
        },
        foreign_macs={acme.FOREIGN_MAC},
        boxed=dict(acme.BOXED),
    )
    for row in acme.PHONES:
        store_phone(org, _phone(org, row))
    store_phone(org, _board(org))
    for name, place, extension in acme.VIRTUAL_LINES:
        line = VirtualLine(key_for("line", name), name, key_for("location", place), extension)
        org.virtual_lines[line.key] = line
    network = _dect_network(org)
    org.dect_networks[network.key] = network
    return org


def _licence(row: acme.LicenceRow) -> Licence:
    return Licence(key_for("licence", row.name), row.name, row.total, cast("Tier | None", row.tier))


def _location(row: acme.LocationRow) -> Location:
    return Location(
        key=key_for("location", row.name),
        name=row.name,
        address={
            "address1": row.street,
            "city": row.city,
            "state": row.state,
            "postalCode": row.postal_code,
            "country": row.country,
        },
        time_zone=row.time_zone,
        language=row.language,
        latitude=row.latitude,
        longitude=row.longitude,
    )


def _workspace(row: acme.WorkspaceRow, created: datetime) -> Workspace:
    return Workspace(
        key=key_for("workspace", row.name),
        name=row.name,
        location_key=key_for("location", row.location),
        created=created,
        calling=row.calling,
        supported_devices=row.supported_devices,
        licences=[key_for("licence", row.licence)] if row.licence else [],
        room_type=row.room_type,
        capacity=row.capacity,
    )


def _account(
    email: str, names: tuple[str, str, str], kind: PersonKind, created: datetime
) -> Person:
    first, last, nick = names
    key = key_for("account", email)
    return Person(
        key=key,
        email=email,
        first_name=first,
        last_name=last,
        display_name=f"{first} {last}".strip(),
        nick_name=nick,
        kind=kind,
        org_key=ORGANIZATION_KEY,
        avatar=f"https://avatars.{acme.DOMAIN}/{key}.png",
        created=created,
    )


def new_member(index: int, row: acme.PersonRow, created: datetime) -> Person:
    """Return a person of the organization; the index makes their number and extension."""
    names = (row.first_name, row.last_name, row.first_name)
    person = _account(f"{row.mailbox}@{acme.DOMAIN}", names, "person", created)
    person.location_key = key_for("location", row.location)
    held = [acme.MESSAGING] + ([row.calling] if row.calling else [])
    person.licences = [key_for("licence", name) for name in held]
    person.calling_in_apps = row.calling is not None
    person.cast = row.cast
    if row.cast and row.cast.role == "admin":
        person.roles = [key_for("role", "full administrator")]
    if row.own_time_zone:
        person.time_zone = _place(row.location).time_zone
    if row.calling and row.number:
        _give_number(person, index, row.location)
    return person


def _give_number(person: Person, index: int, location: str) -> None:
    place = _place(location)
    length = 4 if location != "Berlin" else 3
    person.extension = f"{place.extension}{100 + index}"
    person.phone_number = place.number + f"{100 + index:0{length}d}"


def _place(name: str) -> acme.LocationRow:
    return next(place for place in acme.LOCATIONS if place.name == name)


def _owner(org: Organization, name: str) -> Owner:
    person = by_email(org.people, name)
    return Owner("person", person.key) if person else Owner("workspace", key_for("workspace", name))


def _phone(org: Organization, row: acme.PhoneRow) -> Phone:
    model = cast("Model", org.catalogue.find(row.model))
    phone = new_phone(org, row.mac, model, _owner(org, row.owner), org.created)
    phone.key, phone.calling_key = key_for("phone", row.mac), key_for("calling", row.mac)
    # A phone that Webex manages has all three ids, a customer-managed one only two.
    phone.webex_key = phone.key if phone.managed_by == "CISCO" else None
    phone.status = row.status
    phone.tags, phone.error_codes = list(row.tags), list(row.error_codes)
    phone.listed_from = org.created if row.listed else None
    phone.last_seen = _last_seen(org, row.status)
    phone.first_seen = org.created if phone.last_seen else None
    if row.status.startswith("connected"):
        phone.ip, phone.software = "192.0.2.20", "sip88xx.12-0-5MPP0101-41"
    return phone


def _last_seen(org: Organization, status: str) -> datetime | None:
    """When a phone of this status was on the network last; None: never."""
    age = LAST_SEEN.get(status)
    return org.created + AGE - age if age is not None else None


def _board(org: Organization) -> Phone:
    """Return the only room device; it is no Webex Calling device."""
    key = key_for("phone", acme.BOARD_MAC)
    return Phone(
        key=key,
        calling_key=None,
        webex_key=key,
        mac=acme.BOARD_MAC,
        model=acme.BOARD_PRODUCT,
        product=acme.BOARD_PRODUCT,
        owner=_owner(org, "Boardroom"),
        location_key=key_for("location", "Berlin"),
        created=org.created,
        known_from=org.created,
        listed_from=org.created,
        primary=True,
        kind="roomdesk",
        status="connected",
        first_seen=org.created,
        last_seen=_last_seen(org, "connected"),
        ip="192.0.2.10",
        software="RoomOS 11.20.1.7 b2f0b1e0c3d",
        serial="FOC0000SMPL",
    )


def _dect_network(org: Organization) -> DectNetwork:
    network = DectNetwork(
        key=key_for("dect", acme.DECT_NAME),
        name=acme.DECT_NAME,
        display_name="Warehouse",
        model="DMS Cisco DBS210",
        location_key=key_for("location", "Austin"),
        access_code="1234",
        access_code_enabled=True,
        chain_id=1001,
        base_stations={base.key: base for base in map(_base, acme.DECT_BASES)},
    )
    for index, name in enumerate(acme.DECT_HANDSETS, 1):
        handset = _handset(org, index, name)
        network.handsets[handset.key] = handset
    _register_all(network, org.created)
    return network


def _register_all(network: DectNetwork, moment: datetime) -> None:
    """Pair the handsets, in turn with each base station."""
    for handset, base in zip(network.handsets.values(), cycle(network.base_stations.values())):
        base.state = "online"
        handset.mac = handset.key.replace("-", "")[-12:].upper()
        handset.base_key, handset.registered = base.key, moment


def _base(mac: str) -> BaseStation:
    return BaseStation(key_for("base", mac), mac)


def _handset(org: Organization, index: int, name: str) -> Handset:
    owner = _owner(org, name)
    display_name = org.owner_name(owner)[:HANDSET_NAME]
    line = Member(owner.kind, owner.key)
    return Handset(key_for("handset", name), index, display_name, f"{4000 + index}", [line])


def _spaces(people: dict[str, Person], bot: Person) -> list[Space]:
    cast_keys = [person.key for person in people.values() if person.cast]
    tom, tess, vera, ada = map(_account_key, ("tom", "tess", "vera", "ada"))
    everybody = (ada, bot.key, *(key for key in cast_keys if key != ada))
    return [Space("Phone rollout", everybody), Space("Field team", (tom, bot.key, tess, vera))]


def _account_key(mailbox: str) -> str:
    return key_for("account", f"{mailbox}@{acme.DOMAIN}")
