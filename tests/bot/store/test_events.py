"""The inbox: claimed once, unhandled until answered."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.store import events
from bot.store.sql import transaction

pytestmark = pytest.mark.usefixtures("engine")
EVENT: dict[str, object] = {"id": "a1", "kind": "said", "room": "r", "direct": True}


def test_an_event_is_claimed_once(db, open_db):
    with transaction(db):
        assert events.claim(db, "a1", "said", EVENT, 1.0)
        assert not events.claim(db, "a1", "said", EVENT, 2.0)
    assert not events.claim(open_db(), "a1", "said", EVENT, 3.0)


def test_a_recurring_event_is_claimed_again_but_not_its_redelivery(db):
    def heard(at: float | None) -> bool:
        return events.claim(db, "welcome r", "welcomed", EVENT | {"at": at}, 1.0)

    assert heard(1000.0)
    events.handled(db, "welcome r", 2.0)
    assert not heard(1000.0 + events.SAME_JOIN_WINDOW)  # of the same moment, from elsewhere
    assert not heard(900.0)
    assert not heard(None)
    assert events.unhandled(db) == []
    assert heard(1001.0 + events.SAME_JOIN_WINDOW)
    assert [row.event["at"] for row in events.unhandled(db)] == [1001.0 + events.SAME_JOIN_WINDOW]


def test_one_of_many_concurrent_claims_succeeds(open_db, db):
    def claim(number: int) -> bool:
        mine = open_db()
        with transaction(mine):
            return events.claim(mine, "a1", "said", EVENT, float(number))

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(claim, range(16))) == [False] * 15 + [True]


def test_unanswered_events_survive_a_crash_oldest_first(open_db, db):
    for number, name in enumerate(("a1", "a2", "a3")):
        with transaction(db):
            events.claim(db, name, "said", EVENT | {"id": name}, 10.0 - number)
    with transaction(db):
        events.handled(db, "a2", 11.0)
    # Not closed: the process simply ended. Another one opens the database.
    after = open_db()
    assert [row.event for row in events.unhandled(after)] == [
        EVENT | {"id": "a3"},
        EVENT | {"id": "a1"},
    ]


def test_events_of_the_same_time_keep_their_order(db):
    for name in ("b", "c", "a"):
        events.claim(db, name, "said", {"id": name}, 1.0)
    assert [row.event["id"] for row in events.unhandled(db)] == ["b", "c", "a"]


def test_only_events_answered_long_ago_are_deleted(db):
    for name, handled_at in (("old", 1.0), ("new", 1_000_000.0)):
        events.claim(db, name, "said", {"id": name}, 0.0)
        events.handled(db, name, handled_at)
    events.claim(db, "open", "said", {"id": "open"}, 0.0)
    events.forget(db, 2.0 + events.RETENTION)
    assert events.claim(db, "old", "said", {"id": "old"}, 1.0)
    assert not events.claim(db, "new", "said", {"id": "new"}, 1.0)
    assert not events.claim(db, "open", "said", {"id": "open"}, 1.0)
