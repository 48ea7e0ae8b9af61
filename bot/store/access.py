"""The allowlist's rows."""

from sqlite_utils import Database

from bot.errors import Refused
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


def revoke(db: Database, grant: Grant) -> bool:
    """Take one grant away; Refused where nobody would be admin everywhere any more."""
    everybody = grants(db)
    if grant not in everybody:
        return False
    if [one for one in everybody if one.role is Role.ADMIN and not one.location] == [grant]:
        raise Refused(f"{grant.who} is the last admin. Make somebody else admin first.")
    db.table("access").delete((grant.who, grant.role.value, grant.location))
    return True


def first_seen(db: Database, email: str, now: float) -> bool:
    """Note an email of PROVBOT_ADMINS; False where it was noted before."""
    done = db.execute("insert or ignore into first_admins (email, at) values (?, ?)", [email, now])
    return done.rowcount == 1


def admins(db: Database) -> list[str]:
    """The emails of those who are admin for the whole organization."""
    return [
        grant.who
        for grant in grants(db)
        if grant.role is Role.ADMIN and not grant.who.startswith("@") and not grant.location
    ]
