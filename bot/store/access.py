"""The allowlist's rows."""

from collections.abc import Iterable

from sqlite_utils import Database

from bot.models import Grant, Role

KEY = ("who", "role", "location")


def grants(db: Database) -> list[Grant]:
    """All of them. The list is short: people and domains, not devices."""
    rows = db.query("select who, role, location from access order by who, role, location")
    return [Grant(row["who"], Role(row["role"]), row["location"]) for row in rows]


def grants_for(db: Database, email: str) -> list[Grant]:
    """Those of one person, by email or by domain."""
    address = email.strip().lower()
    rows = db.query(
        "select who, role, location from access where who in (?, ?)",
        [address, "@" + address.rpartition("@")[2]],
    )
    return [Grant(row["who"], Role(row["role"]), row["location"]) for row in rows]


def add(db: Database, grant: Grant, now: float) -> bool:
    """Whether the row is new."""
    values = {"who": grant.who, "role": grant.role.value, "location": grant.location}
    before = db.table("access").count
    db.table("access").insert({**values, "granted_at": now}, pk=KEY, ignore=True)
    return db.table("access").count > before


def remove(db: Database, who: str, role: Role | None, location: str | None) -> list[Grant]:
    """Take rows away, all of `who` where role and location are not named; answers which."""
    gone = [
        grant
        for grant in grants(db)
        if grant.who == who
        and role in (None, grant.role)
        and (location is None or grant.location.casefold() == location.casefold())
    ]
    for grant in gone:
        db.table("access").delete((grant.who, grant.role.value, grant.location))
    return gone


def seed_admins(db: Database, emails: Iterable[str], now: float) -> list[str]:
    """Make each email an admin the first time it is seen, so that a later revoke stays revoked."""
    new = []
    for email in emails:
        seen = db.table("first_admins").count_where("email = ?", [email])
        if not seen:
            db.table("first_admins").insert({"email": email, "at": now})
            add(db, Grant(email, Role.ADMIN), now)
            new.append(email)
    return new


def admins(db: Database) -> list[str]:
    """The emails of those who are admin for the whole organization."""
    return [
        grant.who
        for grant in grants(db)
        if grant.role is Role.ADMIN and not grant.who.startswith("@") and not grant.location
    ]
