"""Helpers for tests of the organization: a seeded one, and short names for its parts."""

from datetime import UTC, datetime

from sandbox.clock import ManualClock
from sandbox.organization import Organization
from sandbox.organization.entities import Owner, Phone, Workspace
from sandbox.people import Person, by_email
from sandbox.seed import seed
from sandbox.settings import Settings

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def seeded(settings: Settings | None = None) -> Organization:
    return seed(settings or Settings(), ManualClock(NOW)).organization


def person(org: Organization, name: str) -> Person:
    matches = by_email(org.people, f"{name}@acme.example")
    assert matches is not None, name
    return matches


def owner(org: Organization, name: str) -> Owner:
    """Return a person by mailbox, or a workspace by name."""
    workspace = next((w for w in org.workspaces.values() if w.name == name), None)
    if workspace:
        return Owner("workspace", workspace.key)
    return Owner("person", person(org, name).key)


def workspace(org: Organization, name: str) -> Workspace:
    return org.workspaces[owner(org, name).key]


def location_key(org: Organization, name: str) -> str:
    matches = org.location_named(name)
    assert matches is not None, name
    return matches.key


def phone_with(org: Organization, mac: str) -> Phone:
    return next(phone for phone in org.phones.values() if phone.mac == mac)
