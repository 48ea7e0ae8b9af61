"""Adds many people, workspaces and phones at once: an organization as large as a test needs."""

import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import count, islice
from typing import Final, cast

from sandbox.data import acme, crowd
from sandbox.organization import Organization
from sandbox.organization.device_models import Model
from sandbox.organization.entities import Owner, Phone, Workspace
from sandbox.organization.phones import new_phone, store_phone
from sandbox.people import Person
from sandbox.seed import key_for, new_member

MODEL: Final = "DMS Cisco 8845"
FIRST_MAC: Final = 0x02C0_0000_0000  # locally administered: no phone of the seed has such a MAC
# Letters that have no base letter; the others lose their marks in a mailbox.
LETTERS: Final = str.maketrans({"ø": "o", "ı": "i", "ł": "l"})


def add_people(org: Organization, number: int, now: datetime) -> list[Person]:
    """Add people, spread over locations: seven in ten with Professional, two Standard, one none."""
    taken = {person.email for person in org.people.values()}
    rows = (row for row in _rows() if f"{row.mailbox}@{acme.DOMAIN}" not in taken)
    people = [
        new_member(len(org.people) + index, row, now)
        for index, row in enumerate(islice(rows, number))
    ]
    org.people.update({person.key: person for person in people})
    _buy_licences(org)
    return people


def _rows() -> Iterator[acme.PersonRow]:
    """People without end. Names repeat after 2,000 with a middle initial, mailboxes never."""
    locations, firsts, lasts = acme.LOCATIONS, crowd.FIRST_NAMES, crowd.LAST_NAMES
    for index in count():
        round_, place = divmod(index, len(firsts) * len(lasts))
        # Neighbours differ in both names.
        last = lasts[(place // len(firsts) + place) % len(lasts)]
        first = firsts[place % len(firsts)]
        initials = f" {chr(ord('A') + (round_ - 1) % 26)}." if round_ else ""
        calling = {7: acme.STANDARD, 8: acme.STANDARD, 9: None}.get(index % 10, acme.PROFESSIONAL)
        yield acme.PersonRow(
            f"{_plain(first)}.{_plain(last)}{index + 1}",
            f"{first}{initials}",
            last,
            locations[index % len(locations)].name,
            calling,
        )


def _plain(name: str) -> str:
    """The name in the letters of a mailbox."""
    text = unicodedata.normalize("NFKD", name.lower().translate(LETTERS))
    return "".join(char for char in text if char.isascii() and char.isalpha())


def add_workspaces(org: Organization, number: int, now: datetime) -> list[Workspace]:
    """Add workspaces for desk phones, with Professional."""
    licence = org.licence_named(acme.PROFESSIONAL)
    places = list(org.locations.values())
    taken = {workspace.name for workspace in org.workspaces.values()}
    names = (f"{crowd.ROOMS[index % len(crowd.ROOMS)]} {101 + index}" for index in count())
    workspaces = [
        Workspace(
            key=key_for("workspace", name),
            name=name,
            location_key=places[index % len(places)].key,
            created=now,
            licences=[licence.key] if licence else [],
        )
        for index, name in enumerate(islice((n for n in names if n not in taken), number))
    ]
    org.workspaces.update({workspace.key: workspace for workspace in workspaces})
    _buy_licences(org)
    return workspaces


def add_phones(org: Organization, owners: list[Person], now: datetime) -> list[Phone]:
    """Add a phone for each of these people; they must have Webex Calling."""
    model = cast("Model", org.catalogue.find(MODEL))
    in_use = org.macs_in_use()
    macs = (f"{FIRST_MAC + index:012X}" for index in count())
    free = (mac for mac in macs if mac not in in_use)
    phones = [
        new_phone(org, mac, model, Owner("person", person.key), now)
        for person, mac in zip(owners, free, strict=False)
    ]
    for phone in phones:
        store_phone(org, phone)
    return phones


def _buy_licences(org: Organization) -> None:
    """Raise the number of licences to what is used."""
    for key, licence in org.licences.items():
        used = sum(1 for _ in org.holders(licence))
        org.licences[key] = replace(licence, total=max(licence.total, used))
