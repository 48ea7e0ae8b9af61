"""What ended long ago is removed in small steps; what is open and the audit trail stay."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from bot import audit
from bot.core.config import new_key
from bot.core.models.people import Place, Sender
from bot.requests.form_secrets import FormSecrets, attach_persistence
from bot.requests.lifecycle import ENDED, PLAN_LIFETIME, State
from bot.service.retention import BATCH, DAY, FIRST_SWEEP, Retention
from bot.store import audit as audit_rows
from bot.store import events, requests
from bot.store.database import Store
from bot.store.encryption import Cipher
from bot.store.sql import Database
from tests.bot.requests.fixtures import Clock
from tests.bot.store import sample
from tests.database import migrated
from tests.virtual_clock import virtually

pytestmark = pytest.mark.usefixtures("engine")

ANN = Sender("id-ann", "ann@example.com")
PLACE = Place("room-1", direct=False, thread_id="thread-1")
NOW, KEEP = 1_000 * DAY, 400 * DAY
OLD, YOUNG = NOW - KEEP - 1, NOW - KEEP + 1


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A real file."""
    made = Store(migrated(tmp_path / "provbot.db"))
    yield made
    made.close()


def put(db: Database, state: str, at: float, number: int = 0) -> str:
    """A request with a decision, a card and an entry in the trail."""
    made = requests.create(
        db, operation="tag", event_id=f"{state}-{at}-{number}", requester=ANN, place=PLACE, now=at
    )
    db.execute("update requests set state = ? where code = ?", [state, made.code])
    db.execute(
        "insert into decisions (request, person_id, email, verdict, reason, at)"
        " values (?, 'id', 'e', 'approve', '', ?)",
        [made.code, at],
    )
    db.execute("insert into approval_cards values (?, ?, '', '')", [f"card-{made.code}", made.code])
    audit_rows.append(db, at=audit.moment(at), actor=ANN, action=state, request=made.code)
    return made.code


def left(db: Database) -> set[str]:
    """The codes that are still there, the same in each table."""
    tables = (("requests", "code"), ("decisions", "request"), ("approval_cards", "request"))
    queries = [f"select {column} from {table}" for table, column in tables]  # noqa: S608 - our own
    requests, decisions, cards = ({row[0] for row in db.execute(query)} for query in queries)
    assert requests == decisions == cards
    return requests


def retention(store: Store, keep: float | None = KEEP) -> Retention:
    """At that moment, without a pause."""
    return Retention(store, keep, lambda: NOW, lambda _: asyncio.sleep(0))


async def test_only_requests_that_ended_before_are_removed(store):
    gone = {await store.call(put, state.value, OLD) for state in (*ENDED, State.DRAFT)}
    young = {await store.call(put, state.value, YOUNG) for state in State}
    still_open = {
        await store.call(put, state.value, OLD)
        for state in State
        if state not in ENDED and state is not State.DRAFT
    }

    assert await retention(store).sweep() == len(gone)

    assert await store.call(left) == young | still_open


async def test_the_audit_trail_stays_intact(store):
    codes = {await store.call(put, "done", OLD, number) for number in range(3)}
    await retention(store).sweep()

    def trail(db: Database) -> tuple[list[str], set[str]]:
        entries = list(audit_rows.entries(db))
        wrong = audit.verify(entries, audit_rows.head(db))
        return list(wrong), {entry.request for entry in entries}

    assert await store.call(trail) == ([], codes)


async def test_a_code_in_the_trail_is_not_used_again(store):
    code = await store.call(put, "done", OLD)
    assert await store.call(requests._was_used, code)
    await retention(store).sweep()
    assert await store.call(requests._was_used, code)
    assert not await store.call(requests._was_used, "AAAA")


async def test_unlimited_retention_removes_nothing(store):
    code = await store.call(put, "done", 0.0)
    assert await retention(store, keep=None).sweep() == 0
    assert await store.call(left) == {code}


async def test_ids_of_events_are_removed_after_a_week(store):
    for number, at in enumerate((NOW - 8 * DAY, NOW - 6 * DAY)):
        await store.call(events.claim, f"e{number}", "message", {}, at)
        await store.call(events.handled, f"e{number}", at)
    await store.call(events.claim, "open", "message", {}, 0.0)
    await retention(store, keep=None).sweep()
    rows = await store.call(lambda db: [row[0] for row in db.execute("select id from events")])
    assert sorted(rows) == ["e1", "open"]


@pytest.mark.parametrize("keep", [None, KEEP])
async def test_secrets_of_abandoned_plans_are_removed(store, keep):
    clock = Clock(NOW - 2 * PLAN_LIFETIME)
    form_secrets = FormSecrets(clock)
    await attach_persistence(form_secrets, store, Cipher((new_key(),)), clock.now)
    form_secrets.keep("LEFT", {"password": "one"})
    clock.now += 1
    form_secrets.keep("OPEN", {"password": "two"})
    clock.now = NOW
    await Retention(store, keep, clock, lambda _: asyncio.sleep(0), form_secrets).sweep()
    rows = await store.call(
        lambda db: [row[0] for row in db.execute("select request from secrets")]
    )
    assert rows == ["OPEN"]
    assert (form_secrets.secrets("LEFT"), form_secrets.secrets("OPEN")) == ({}, {"password": "two"})


async def test_emails_of_people_not_seen_since_are_removed(store):
    await store.call(sample.remember, "id-old", "old@example.com", OLD)
    await store.call(sample.remember, "id-young", "young@example.com", YOUNG)
    await retention(store).sweep()
    assert await store.call(sample.email_of, "id-old", 0.0) is None
    assert await store.call(sample.email_of, "id-young", 0.0) == "young@example.com"


async def test_it_removes_in_steps_between_which_others_write(store):
    def fill(db: Database) -> None:
        for number in range(3 * BATCH - 1):
            put(db, "done", OLD, number)

    await store.call(fill)
    seen: list[int] = []

    async def others(_: float) -> None:
        await store.call(sample.remember, f"id-{len(seen)}", "x@example.com", NOW)
        seen.append(len(await store.call(left)))

    assert await Retention(store, KEEP, lambda: NOW, others).sweep() == 3 * BATCH - 1
    assert seen == [2 * BATCH - 1, BATCH - 1, 0]


def test_it_runs_after_the_start_and_then_daily_despite_failures():
    class Broken:
        """In place of a store: counts, and fails each time."""

        asked = 0

        async def call(self, *_: object) -> None:
            self.asked += 1
            raise OSError("disk full")

    broken = Broken()

    async def work() -> None:
        days = asyncio.create_task(Retention(broken, KEEP, lambda: NOW).daily())  # type: ignore[arg-type]  # no more of it is used
        await asyncio.sleep(FIRST_SWEEP - 1)
        assert broken.asked == 0
        await asyncio.sleep(2 * DAY + 2)
        days.cancel()
        with suppress(asyncio.CancelledError):
            await days

    virtually(work)
    assert broken.asked == 3
