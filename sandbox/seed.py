"""The seeded organization."""

import uuid
from typing import Final

from sandbox.clock import Clock
from sandbox.organization import Organization
from sandbox.people import CastRole, Person, PersonKind
from sandbox.settings import Settings
from sandbox.world import Space, World

ORGANIZATION_KEY: Final = str(uuid.uuid5(uuid.NAMESPACE_DNS, "acme.example"))

CAST: Final = (
    ("vera", "Vera", "Lindqvist", CastRole("viewer")),
    ("tom", "Tom", "Berger", CastRole("technician")),
    ("tess", "Tess", "Moreau", CastRole("technician", "Lyon")),
    ("eli", "Eli", "Novak", CastRole("engineer")),
    ("ana", "Ana", "Costa", CastRole("approver")),
    ("ada", "Ada", "Fischer", CastRole("admin")),
    ("sam", "Sam", "Stone", CastRole(None, note="On no list.")),
)


def seed(settings: Settings, clock: Clock) -> World:  # noqa: ARG001 - the seeded world will depend on gov
    """The organization as every sandbox starts."""
    bot = _account("provbot@webex.bot", ("Provbot", "", "Prov"), "bot", clock)
    machine = _account(
        "provisioning@acme.example", ("Provisioning", "", "Provisioning"), "appuser", clock
    )
    cast = {name: _cast_member(name, first, last, role, clock) for name, first, last, role in CAST}
    people = {person.key: person for person in (bot, machine, *cast.values())}
    spaces = [
        Space(
            "Phone rollout",
            (cast["ada"].key, bot.key, *(p.key for n, p in cast.items() if n != "ada")),
        ),
        Space("Field team", (cast["tom"].key, bot.key, cast["tess"].key, cast["vera"].key)),
    ]
    return World(
        people, Organization(ORGANIZATION_KEY, "Acme Industries"), bot.key, machine.key, spaces
    )


def _cast_member(name: str, first: str, last: str, role: CastRole, clock: Clock) -> Person:
    person = _account(f"{name}@acme.example", (first, last, first), "person", clock)
    person.cast = role
    return person


def _account(email: str, names: tuple[str, str, str], kind: PersonKind, clock: Clock) -> Person:
    first, last, nick = names
    key = str(uuid.uuid5(uuid.NAMESPACE_DNS, email))
    return Person(
        key=key,
        email=email,
        first_name=first,
        last_name=last,
        display_name=f"{first} {last}".strip(),
        nick_name=nick,
        kind=kind,
        org_key=ORGANIZATION_KEY,
        avatar=f"https://avatars.acme.example/{key}.png",
        created=clock.now(),
    )
