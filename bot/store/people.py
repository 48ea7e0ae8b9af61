"""The people that the bot knows."""

from sqlite_utils import Database

from bot.core.models.people import Sender


def is_participant(db: Database, person: Sender) -> bool:
    """Whether this person has made a request, decided on one, or was asked to decide."""
    rows = db.query(
        "select 1 from requests where requester_id = ?"
        " union all select 1 from decisions where person_id = ?"
        " union all select 1 from approval_cards where email = ? limit 1",
        [person.person_id, person.person_id, person.email],
    )
    return next(rows, None) is not None
