"""The tables `access_asks` and `access_ask_cards`."""

from bot.core.models.access_asks import GIVEN, AccessAsk, AskCard
from bot.store.sql import Database, insert, select, upsert

COLUMNS = "id, event_id, person_id, email, name, wants, asked_at, outcome, ended_by, role"


def add(db: Database, ask: AccessAsk) -> None:
    """Record a new ask."""
    insert(db, "access_asks", ask.model_dump())


def find(db: Database, ask_id: str) -> AccessAsk | None:
    """Return the ask with that id."""
    return _first(db, "where id = ?", ask_id)


def latest_of(db: Database, person_id: str) -> AccessAsk | None:
    """Return the newest ask of that account."""
    return _first(db, "where person_id = ? order by asked_at desc", person_id)


def _first(db: Database, condition: str, value: str) -> AccessAsk | None:
    query = f"select {COLUMNS} from access_asks {condition} limit 1"  # noqa: S608 - our own names
    row = next(select(db, query, [value]), None)
    return AccessAsk.model_validate(row) if row else None


def count_open(db: Database) -> int:
    """Return how many asks no admin has decided."""
    row = db.execute("select count(*) from access_asks where outcome = ''").fetchone()
    return int(row[0])


def count_since(db: Database, since: float) -> int:
    """Return how many people have asked since a time."""
    row = db.execute("select count(*) from access_asks where asked_at > ?", [since]).fetchone()
    return int(row[0])


def end(db: Database, ask_id: str, outcome: str, by: str) -> bool:
    """End an open ask; False if it was ended before."""
    done = db.execute(
        "update access_asks set outcome = ?, ended_by = ? where id = ? and outcome = ''",
        [outcome, by, ask_id],
    )
    return done.rowcount == 1


def answer(db: Database, email: str, role: str, by: str) -> bool:
    """End the open asks of an address that now has this role; whether there were any."""
    done = db.execute(
        "update access_asks set outcome = ?, ended_by = ?, role = ?"
        " where email = ? and outcome = ''",
        [GIVEN, by, role, email],
    )
    return done.rowcount > 0


def add_card(db: Database, card: AskCard) -> None:
    """Record a card that an admin has."""
    upsert(db, "access_ask_cards", "message_id", card.model_dump())


def cards(db: Database, ask_id: str) -> list[AskCard]:
    """Return the cards about an ask."""
    rows = select(db, "select * from access_ask_cards where ask = ?", [ask_id])
    return [AskCard.model_validate(row) for row in rows]


def cards_of_ended(db: Database) -> list[tuple[AccessAsk, AskCard]]:
    """Return the cards that are still shown about asks that ended."""
    rows = select(
        db,
        "select message_id, ask, access_ask_cards.email from access_ask_cards"
        " join access_asks on ask = id where outcome <> ''",
    )
    shown = [AskCard.model_validate(row) for row in rows]
    return [(ask, card) for card in shown if (ask := find(db, card.ask))]


def unseen(db: Database, since: float) -> list[AccessAsk]:
    """Return the open asks since a time about which no admin has a card, oldest first."""
    rows = select(
        db,
        f"select {COLUMNS} from access_asks where outcome = '' and asked_at > ?"  # noqa: S608 - our own names
        " and not exists (select 1 from access_ask_cards where ask = id)"
        " order by asked_at, id",
        [since],
    )
    return [AccessAsk.model_validate(row) for row in rows]


def drop_card(db: Database, message_id: str) -> None:
    """Forget a card that was taken away."""
    db.execute("delete from access_ask_cards where message_id = ?", [message_id])


def forget(db: Database, before: float) -> int:
    """Delete asks from before a time; return how many."""
    db.execute(
        "delete from access_ask_cards where ask in (select id from access_asks where asked_at < ?)",
        [before],
    )
    return db.execute("delete from access_asks where asked_at < ?", [before]).rowcount
