"""Who decided what, and which messages show an approval card."""

from sqlite_utils import Database

from bot.models import Sender, Value

APPROVE, REJECT = "approve", "reject"


class Verdict(Value):
    """One person's decision on one request. `at` is in Unix seconds."""

    person_id: str
    email: str
    verdict: str
    reason: str
    at: float


class CardCopy(Value):
    """A message that shows an approval card: in a space (`room_id`), or to one person (`email`)."""

    message_id: str
    request: str
    room_id: str
    email: str


def decide(db: Database, code: str, by: Sender, *, verdict: str, reason: str, now: float) -> bool:
    """Note a decision; False where this person has decided before.

    Who approved may still reject while others are needed: nobody has to stand by a change they
    have come to doubt. The trail keeps both.
    """
    done = db.execute(
        "insert into decisions (request, person_id, email, verdict, reason, at)"
        " values (?, ?, ?, ?, ?, ?)"
        " on conflict (request, person_id) do update"
        " set verdict = excluded.verdict, reason = excluded.reason, at = excluded.at"
        " where verdict = ? and excluded.verdict = ?",
        [code, by.person_id, by.email, verdict, reason, now, APPROVE, REJECT],
    )
    return done.rowcount == 1


def verdicts(db: Database, code: str) -> list[Verdict]:
    """All decisions on a request, in order."""
    rows = db.query(
        "select person_id, email, verdict, reason, at from decisions where request = ? order by at, rowid",
        [code],
    )
    return [Verdict.model_validate(row) for row in rows]


def add_card(db: Database, card: CardCopy) -> None:
    """A copy was posted."""
    db.table("approval_cards").insert(card.model_dump(), pk="message_id", replace=True)


def cards(db: Database, code: str) -> list[CardCopy]:
    """The copies that are still shown."""
    rows = db.query("select * from approval_cards where request = ?", [code])
    return [CardCopy.model_validate(row) for row in rows]


def is_shown_by(db: Database, message_id: str) -> bool:
    """Whether that message is an approval card that is still shown."""
    return bool(
        db.execute("select 1 from approval_cards where message_id = ?", [message_id]).fetchone()
    )


def drop_card(db: Database, message_id: str) -> None:
    """A copy was replaced."""
    db.execute("delete from approval_cards where message_id = ?", [message_id])


def decided_with_cards(db: Database) -> list[str]:
    """Requests that wait no more but still show cards: the process died before replacing them."""
    rows = db.query(
        "select distinct request from approval_cards join requests on code = request"
        " where state != 'waiting'"
    )
    return [str(row["request"]) for row in rows]
