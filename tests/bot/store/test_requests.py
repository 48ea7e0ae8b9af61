"""Requests: rows that change by compare-and-set only."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.core.models.people import Place, Sender
from bot.core.models.request_codes import ALPHABET
from bot.core.models.requests import Request
from bot.store import requests
from bot.store.requests import StaleVersion
from bot.store.sql import Database, transaction
from tests.database import count

pytestmark = pytest.mark.usefixtures("engine")
ANN = Sender("id-ann", "ann@example.com")
PLACE = Place("room-1", direct=False, thread_id="thread-1")


def draft(db: Database, event: str = "e1", who: Sender = ANN, now: float = 5.0) -> Request:
    """A new request."""
    return requests.create(
        db, operation="add phone", event_id=event, requester=who, place=PLACE, now=now
    )


def test_a_new_request_is_a_draft_with_all_its_facts(db):
    made = draft(db)
    assert (made.state, made.version, made.operation) == ("draft", 1, "add phone")
    assert (made.requester, made.place) == (ANN, PLACE)
    assert (made.inputs, made.plan, made.outcome, made.told) == ({}, None, None, False)
    assert (made.created_at, made.changed_at, made.changed_by) == (5.0, 5.0, "ann@example.com")


def test_an_event_creates_only_one_request(db):
    assert draft(db) == draft(db)
    assert count(db, "requests") == 1


def test_codes_can_be_read_out_on_the_phone(db):
    codes = [draft(db, f"e{number}").code for number in range(500)]
    assert len(set(codes)) == 500
    assert all(len(code) == 4 and set(code) <= set(ALPHABET) for code in codes)
    assert all(any(c.isdigit() for c in code) for code in codes)
    assert [code for code in codes if re.search(r"\d\d", code)] == []  # T37P is a model


def test_the_alphabet_has_no_confusable_characters():
    assert len(set(ALPHABET)) == len(ALPHABET)
    assert not set(ALPHABET) & set("O01IL2Z5S8BUV")
    assert ALPHABET.upper() == ALPHABET


@pytest.mark.parametrize("typed", ["{}", " {} ", "lower"])
def test_a_request_is_found_by_its_code_as_people_type_it(db, typed):
    made = draft(db)
    text = made.code.lower() if typed == "lower" else typed.format(made.code)
    assert requests.find(db, text) == made


@pytest.mark.parametrize("code", ["", "ZZZZ", "7K3F' or '1'='1", "%"])
def test_an_invalid_code_finds_nothing(db, code):
    draft(db)
    assert requests.find(db, code) is None


def test_the_models_that_a_person_added_last_come_first_and_once(db):
    added = ["8845", "8865", "8845", "", "8811", "8851", "8861"]
    for number, model in enumerate(added):
        made = draft(db, f"e{number}", now=float(number))
        steps = [{"details": {"model": model} if model else {}}]
        plan = {"title": "Add a phone", "facts": [], "steps": steps}
        state = "failed" if model == "8861" else "done"
        requests.change(db, made, by="ann@example.com", now=9.0, state=state, plan=plan)
    assert requests.recent_models(db, ANN.person_id, 3) == ("8851", "8811", "8845")
    assert requests.recent_models(db, "id-eli", 3) == ()


@pytest.mark.parametrize("others", [[], ["00:00:00:00:00:01"]])
def test_open_requests_about_a_device_are_found_however_its_mac_is_written(db, others):
    for number, mac in enumerate(["6c:7e:5a:0b:1c:2d", "6C7E5A0B1C2D", "6C7E5A0B1C2E"]):
        made = draft(db, f"e{number}", now=float(number))
        plan = {"title": mac, "steps": [{"details": {}}, {"details": {"mac": mac}}]}
        requests.change(db, made, by="ann@example.com", now=9.0, state="waiting", plan=plan)
    untold = {"title": "6C7E5A0B1C2D", "steps": []}
    requests.change(
        db, draft(db, "e9"), by="ann@example.com", now=9.0, state="waiting", plan=untold
    )
    found = requests.open_about(db, ["6C:7E:5A:0B:1C:2D", *others], 0.0)
    assert [request.event_id for request in found] == ["e1", "e0"]


def test_a_change_increments_the_version_and_names_the_actor(db):
    plan = {"title": "Add a phone", "facts": [["MAC", "x"]]}
    after = requests.change(db, draft(db), by="eli@example.com", now=9.0, state="done", plan=plan)
    assert (after.version, after.state, after.plan) == (2, "done", plan)
    assert (after.changed_at, after.changed_by, after.created_at) == (9.0, "eli@example.com", 5.0)


def test_the_second_of_two_writers_gets_the_current_request(db, open_db):
    with transaction(db):
        before = draft(db)
    other = open_db()
    seen = requests.find_or_fail(other, before.code)
    with transaction(db):
        won = requests.change(db, before, by="one", now=6.0, state="approved")
    with pytest.raises(StaleVersion) as caught:
        requests.change(other, seen, by="two", now=7.0, state="cancelled")
    assert caught.value.request == won
    assert requests.find(db, before.code) == won


def test_one_of_many_concurrent_writers_wins(open_db, db):
    with transaction(db):
        before = draft(db)

    def write(number: int) -> bool:
        mine = open_db()
        try:
            with transaction(mine):
                requests.change(mine, before, by=str(number), now=6.0, state="approved")
        except StaleVersion:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(write, range(16))) == [False] * 15 + [True]
    assert requests.find_or_fail(db, before.code).version == 2


def test_a_deleted_request_counts_as_moved(db):
    before = draft(db)
    db.execute("delete from requests where code = ?", [before.code])
    with pytest.raises(StaleVersion) as caught:
        requests.change(db, before, by="x", now=6.0, state="done")
    assert caught.value.request is None


def test_card_and_notification_do_not_change_the_version(db):
    made = draft(db)
    requests.set_card(db, made.code, "msg-1")
    requests.set_notified(db, made.code)
    after = requests.find_or_fail(db, made.code)
    assert (after.card_id, after.told, after.version) == ("msg-1", True, 1)


def test_the_requests_of_a_person_are_listed_newest_first(db):
    mine = [draft(db, f"e{number}", now=float(number)) for number in range(3)]
    draft(db, "other", who=Sender("id-bob", "bob@example.com"))
    assert requests.forms(db, "id-ann", 10) == mine[::-1]
    assert requests.forms(db, "id-ann", 2) == mine[:0:-1]
    planned = requests.change(db, mine[1], by="x", now=9.0, plan={"title": "Add"})
    assert requests.planned(db, "id-ann", 10) == [planned]
    assert requests.forms(db, "id-ann", 10) == [mine[2], mine[0]]


def test_the_last_change_of_a_person_is_the_one_that_ended_last(db):
    first, second, _ = (draft(db, f"e{number}", now=float(number)) for number in range(3))
    assert requests.last_done(db, "id-ann", 9.0) is None
    requests.change(db, second, by="x", now=5.0, state="done")
    done = requests.change(db, first, by="x", now=6.0, state="done")
    assert requests.last_done(db, "id-ann", 9.0) == done
    assert requests.last_done(db, "id-ann", 4.0) is None
    assert requests.last_done(db, "id-bob", 9.0) is None


def test_requests_in_given_states_are_found_oldest_first(db):
    states = ["draft", "approved", "running", "unknown", "done"]
    for number, state in enumerate(states):
        made = draft(db, f"e{number}", now=10.0 - number)
        requests.change(db, made, by="x", now=20.0, state=state)
    listed = requests.in_states(db, ["approved", "unknown", "running"])
    assert [request.state for request in listed] == ["unknown", "running", "approved"]


def test_requests_of_the_same_moment_keep_their_order_whatever_was_written_last(db):
    made = [draft(db, f"e{number}") for number in range(4)]
    for state, told in (("approved", 1), ("done", 0)):
        for request in reversed(made):  # PostgreSQL moves a row when it is written
            current = requests.find_or_fail(db, request.code)
            requests.change(db, current, by="x", now=6.0, state=state, told=told)
        listed = requests.in_states(db, [state]) if told else requests.unnotified(db)
        assert [request.event_id for request in listed] == ["e0", "e1", "e2", "e3"]


@pytest.mark.parametrize(
    ("state", "notified", "is_untold"),
    [
        ("done", 0, True),
        ("failed", 0, True),
        ("done", 1, False),
        ("cancelled", 0, True),
        ("rejected", 0, True),
        ("cancelled", 1, False),
        ("running", 0, False),
    ],
)
def test_ended_requests_without_notification_are_found(db, state, notified, is_untold):
    requests.change(db, draft(db), by="x", now=6.0, state=state, told=notified)
    assert bool(requests.unnotified(db)) is is_untold
