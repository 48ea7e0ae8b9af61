"""The tables `decisions` and `approval_cards`."""

from bot.core.models.people import Sender
from bot.core.models.requests import APPROVE, REJECT, CardCopy, Vote
from bot.store.sql import Database, select, upsert


def decide(db: Database, code: str, by: Sender, *, verdict: str, reason: str, now: float) -> bool:
    """Record a decision; False if this person has decided before.

    A person who approved may still reject while the request waits for other approvers. The audit
    trail keeps both decisions.
    """
    done = db.execute(
        "insert into decisions (request, person_id, email, name, verdict, reason, at)"
        " values (?, ?, ?, ?, ?, ?, ?)"
        " on conflict (request, person_id) do update"
        " set verdict = excluded.verdict, reason = excluded.reason, at = excluded.at"
        " where decisions.verdict = ? and excluded.verdict = ?",
        [code, by.person_id, by.email, by.name, verdict, reason, now, APPROVE, REJECT],
    )
    return done.rowcount == 1


def votes(db: Database, code: str) -> list[Vote]:
    """Return the votes on a request, oldest first."""
    rows = select(
        db,
        "select person_id, email, coalesce(name, '') as name, verdict, reason, at from decisions"
        " where request = ? order by at, rowid",
        [code],
    )
    return [Vote.model_validate(row) for row in rows]


def add_card(db: Database, card: CardCopy) -> None:
    """Record a posted approval card."""
    upsert(db, "approval_cards", "message_id", card.model_dump())


def cards(db: Database, code: str) -> list[CardCopy]:
    """Return the approval cards of a request that are still shown."""
    rows = select(db, "select * from approval_cards where request = ?", [code])
    return [CardCopy.model_validate(row) for row in rows]


def is_shown_by(db: Database, message_id: str) -> bool:
    """Whether the message is an approval card that is still shown."""
    return bool(
        db.execute("select 1 from approval_cards where message_id = ?", [message_id]).fetchone()
    )


def drop_card(db: Database, message_id: str) -> None:
    """Forget an approval card that was replaced."""
    db.execute("delete from approval_cards where message_id = ?", [message_id])


def decided_with_cards(db: Database) -> list[str]:
    """Return the codes of decided requests with approval cards, left by a process that crashed."""
    rows = select(
        db,
        "select distinct request from approval_cards join requests on code = request"
        " where state != 'waiting'",
    )
    return [str(row["request"]) for row in rows]
