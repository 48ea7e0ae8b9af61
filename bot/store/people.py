"""The people that the bot knows, and the table `people`: their addresses and time zones."""

from dataclasses import dataclass

from bot.core.models.people import Sender
from bot.store.sql import Database, select, upsert


@dataclass(frozen=True)
class PersonZone:
    """The time zone of an account. `person` is its key, `seen_at` is in Unix seconds."""

    person: str
    email: str
    zone: str
    seen_at: float


def is_participant(db: Database, person: Sender) -> bool:
    """Whether this person made a request, decided on one, was asked to, or asked for access."""
    rows = select(
        db,
        "select 1 from requests where requester_id = ?"
        " union all select 1 from decisions where person_id = ?"
        " union all select 1 from approval_cards where email = ?"
        " union all select 1 from access_asks where email = ? limit 1",
        [person.person_id, person.person_id, person.email, person.email],
    )
    return next(rows, None) is not None


def zones(db: Database) -> list[PersonZone]:
    """Return the known time zones, the oldest first."""
    rows = select(db, "select * from people where time_zone is not null order by seen_at")
    return [
        PersonZone(row["person_id"], row["email"], row["time_zone"], row["seen_at"]) for row in rows
    ]


def keep_zone(db: Database, person: PersonZone) -> None:
    """Store the time zone of a person, in place of an earlier one."""
    row = {"person_id": person.person, "email": person.email, "time_zone": person.zone}
    upsert(db, "people", "person_id", row | {"seen_at": person.seen_at})
