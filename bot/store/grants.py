"""The tables `access` (the allowlist), `locations` and `first_admins`."""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.core.models.people import Grant, Role
from bot.core.models.text import clean
from bot.core.models.webex import LocationRef
from bot.store.sql import Database, insert, select, upsert

MAX_NAME_LENGTH = 120  # characters of a location's name that are stored

COLUMNS = "who, role, location, location_id"


class LastAdmin(Exception):
    """The grant cannot be removed: nobody else is admin for the whole organization."""

    def __init__(self, who: str) -> None:
        super().__init__(who)
        self.who = who


def grants(db: Database) -> list[Grant]:
    """Return all grants. The list is short: it holds people and domains, not devices."""
    query = f"select {COLUMNS} from access order by {COLUMNS}"  # noqa: S608 - our own names
    rows = select(db, query)
    return [_grant(row) for row in rows]


def grants_for(db: Database, email: str) -> list[Grant]:
    """Return the grants of one person, by email address or domain."""
    address = email.strip().lower()
    rows = select(
        db,
        f"select {COLUMNS} from access where who in (?, ?) order by {COLUMNS}",  # noqa: S608 - our own
        [address, "@" + address.rpartition("@")[2]],
    )
    return [_grant(row) for row in rows]


def _grant(row: Mapping[str, Any]) -> Grant:
    return Grant(row["who"], Role(row["role"]), row["location"], row["location_id"])


def add(db: Database, grant: Grant, now: float) -> bool:
    """Add a grant; False if it exists already."""
    if any(existing.is_same(grant) for existing in grants(db)):
        return False
    values = {"who": grant.who, "role": grant.role.value, "location": grant.location}
    insert(db, "access", {**values, "location_id": grant.location_id, "granted_at": now})
    return True


def revoke(db: Database, grant: Grant) -> bool:
    """Remove a grant; False if it does not exist. Raises LastAdmin if nobody else is admin."""
    all_grants = grants(db)
    stored = next((other for other in all_grants if other.is_same(grant)), None)
    if stored is None:
        return False
    if [other for other in all_grants if other.is_admin_everywhere] == [stored]:
        raise LastAdmin(stored.who)
    _delete(db, stored)
    return True


def _delete(db: Database, grant: Grant) -> None:
    db.execute(
        "delete from access where who = ? and role = ? and location = ? and location_id = ?",
        _key(grant),
    )


def _key(grant: Grant) -> list[str]:
    return [grant.who, grant.role.value, grant.location, grant.location_id]


def note_locations(db: Database, places: Iterable[LocationRef]) -> None:
    """Store the locations that Webex listed, and update the names and ids of grants.

    A grant that has only a name gets the id of the location with that name.
    """
    read = [LocationRef(clean(place.name, MAX_NAME_LENGTH), place.id) for place in places]
    if not read or (read == locations(db) and not by_name_only(db)):
        return
    db.execute("delete from locations")
    for place in read:
        upsert(db, "locations", "id", {"id": place.id, "name": place.name})
    for grant in grants(db):
        _follow(db, grant, read)


def _follow(db: Database, grant: Grant, read: Iterable[LocationRef]) -> None:
    matches = [place for place in read if grant.where.is_same(place)]
    if len(matches) == 1 and matches[0] != grant.where:
        moved = Grant(grant.who, grant.role, matches[0].name, matches[0].id)
        _delete(db, moved)  # the same grant by the id, if there is one
        db.execute(
            "update access set location = ?, location_id = ?"
            " where who = ? and role = ? and location = ? and location_id = ?",
            [moved.location, moved.location_id, *_key(grant)],
        )


def locations(db: Database) -> list[LocationRef]:
    """Return the locations as last read from Webex; empty if they were never read."""
    rows = select(db, "select name, id from locations order by rowid")
    return [LocationRef(row["name"], row["id"]) for row in rows]


def by_name_only(db: Database) -> bool:
    """Whether a grant names a location whose id is not known yet."""
    return any(grant.location and not grant.location_id for grant in grants(db))


def first_seen(db: Database, email: str, now: float) -> bool:
    """Record an address of PROVBOT_ADMINS; False if it is recorded already."""
    done = db.execute(
        "insert into first_admins (email, at) values (?, ?) on conflict do nothing", [email, now]
    )
    return done.rowcount == 1


def former_first_admins(db: Database, now_named: Iterable[str]) -> list[str]:
    """Return the admins that PROVBOT_ADMINS named once and does not name now."""
    seeded = {row["email"] for row in select(db, "select email from first_admins")}
    return sorted((seeded & {*admins(db)}) - {*now_named})


def admins(db: Database) -> list[str]:
    """Return the email addresses of the admins of the whole organization."""
    return [grant.who for grant in grants(db) if grant.is_admin_everywhere and not grant.for_domain]
