"""The time zone of each person: from what is read anyway, else from a read in the background."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.core.errors import Unavailable
from bot.core.models.people import Place, Sender
from bot.core.models.requests import Request
from bot.core.models.webex import Location
from bot.domain.identity import Identities
from bot.requests.zones import (
    FAILURE_LIFETIME,
    MAX_PEOPLE,
    MAX_WAITING,
    ZONE_LIFETIME,
    ZoneReader,
    Zones,
)
from bot.store import retention
from bot.store.database import Store
from bot.store.sql import Database
from tests.bot.requests.fixtures import Clock
from tests.example_org import ANN
from tests.fake_calling import FakeCalling
from tests.fake_people import OWN_ORG, FakePeople
from tests.plans import any_plan

TESS = Sender("id-tess", "tess@example.com", zone="Europe/Paris")
LYON = Location(id="loc-lyon", name="Lyon", time_zone="Europe/Paris")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A real file."""
    made = Store(tmp_path / "provbot.db")
    yield made
    made.close()


@pytest.fixture
def clock() -> Clock:
    """A clock."""
    return Clock()


def shown(zones: Zones, who: Sender | str, location_id: str = "") -> str:
    """The zone in which a person reads times."""
    return str(zones.local(who, location_id).zone)


def total_changes(db: Database) -> int:
    """How many rows were written since the file was opened."""
    return int(db.execute("select total_changes()").fetchone()[0])


@pytest.mark.parametrize(
    ("zone", "location", "expected"),
    [
        ("Europe/Paris", "", "Europe/Paris"),
        ("Europe/Paris", "loc-austin", "Europe/Paris"),
        ("", "loc-austin", "America/Chicago"),
        ("Mars/Olympus", "loc-austin", "America/Chicago"),
        ("../etc/passwd", "", "Asia/Tokyo"),
        (None, "loc-austin", "America/Chicago"),
        ("", "loc-unknown", "Asia/Tokyo"),
        ("", "loc-broken", "Asia/Tokyo"),
    ],
)
def test_a_person_comes_before_a_location_and_a_location_before_the_setting(
    clock, zone, location, expected
):
    zones = Zones(ZoneInfo("Asia/Tokyo"), clock)
    zones.note_locations(
        [
            Location(id="loc-austin", name="Austin", time_zone="America/Chicago"),
            Location(id="loc-broken", name="Broken", time_zone="Nowhere"),
        ]
    )
    zones.note(Sender("id-tess", "tess@example.com", zone=zone))
    assert shown(zones, TESS, location) == expected


def test_a_space_reads_times_as_people_at_the_location_do(clock):
    zones = Zones(ZoneInfo("Asia/Tokyo"), clock)
    zones.note_locations([LYON])
    assert str(zones.at_location("loc-lyon").zone) == "Europe/Paris"
    assert str(zones.at_location("").zone) == "Asia/Tokyo"


def test_a_request_is_read_in_the_zone_of_its_location(clock):
    zones = Zones(ZoneInfo("Asia/Tokyo"), clock)
    zones.note_locations([LYON])
    place = Place("room", direct=True)
    form = Request(
        code="7K3F", state="draft", version=1, operation="add phone", event_id="e",
        requester=Sender("id-tom", "tom@example.com"), place=place, inputs={},
        created_at=0.0, changed_at=0.0, changed_by="tom@example.com",
    )  # fmt: skip
    planned = any_plan().model_copy(update={"locations": (LYON.ref,)})
    request = form.model_copy(update={"plan": planned.model_dump(mode="json")})
    assert str(zones.of(request, "").zone) == "Europe/Paris"
    assert str(zones.of(request, request.requester).zone) == "Europe/Paris"
    assert str(zones.of(form, "").zone) == "Asia/Tokyo"


def test_an_approver_is_found_by_email(clock):
    zones = Zones(clock=clock)
    zones.note(TESS)
    assert shown(zones, "tess@example.com") == "Europe/Paris"
    zones.note(Sender("id-tess", "tess.moreau@example.com", zone="Europe/Paris"))
    assert shown(zones, "tess.moreau@example.com") == "Europe/Paris"
    assert shown(zones, "tess@example.com") == "UTC"  # the address may be another person's


async def test_zones_outlive_a_restart_and_old_ones_are_deleted(store, clock):
    zones = Zones(clock=clock, store=store)
    zones.note(TESS)
    zones.keep(TESS)
    zones.keep(Sender("id-tom", "tom@example.com"))  # was never read
    again = Zones(clock=clock, store=store)
    await again.load()
    assert shown(again, TESS) == shown(again, TESS.email) == "Europe/Paris"
    assert shown(again, "tom@example.com") == "UTC"
    assert await store.call(retention.forget_people, clock() + 1) == 1
    empty = Zones(clock=clock, store=store)
    await empty.load()
    assert shown(empty, TESS) == "UTC"


async def test_a_zone_is_written_once_a_day(store, clock):
    zones = Zones(clock=clock, store=store)

    async def writes() -> int:
        before = await store.call(total_changes)
        zones.note(TESS)
        zones.keep(TESS)
        return int(await store.call(total_changes)) - int(before)

    assert [await writes(), await writes()] == [1, 0]
    clock.now += ZONE_LIFETIME + 1
    assert await writes() == 1


class Background:
    """The reader, with a directory and admin APIs that tests can look into."""

    def __init__(self, clock: Clock, **more: Any) -> None:
        self.people, self.calling, self.clock = FakePeople(), FakeCalling(**more), clock
        self.zones = Zones(clock=clock)
        self.identities = Identities(
            self.people, frozenset({OWN_ORG}), clock, clock.sleep, self.zones.note
        )
        self.reader = ZoneReader(self.zones, self.identities, self.calling)

    async def read_waiting(self) -> int:
        """Read what is missing; how much that was."""
        number = 0
        while not self.zones._unknown.empty():
            await self.reader.read_next()
            number += 1
        return number


async def test_a_missing_zone_is_read_in_the_background(clock):
    background = Background(clock)
    background.people.malformed["id-tess"] = {
        "id": "id-tess", "emails": ["tess@example.com"], "timezone": "Europe/Paris",
    }  # fmt: skip
    unread = Sender("id-tess", "tess@example.com")
    assert shown(background.zones, unread) == shown(background.zones, unread) == "UTC"
    assert background.people.read == []  # nobody waits for it
    assert await background.read_waiting() == 1
    assert background.people.read == ["id-tess"]
    assert shown(background.zones, unread) == "Europe/Paris"
    assert await background.read_waiting() == 0
    clock.now += ZONE_LIFETIME + 1
    assert shown(background.zones, unread) == "Europe/Paris"
    assert await background.read_waiting() == 1


@pytest.mark.parametrize(
    ("own", "expected"),
    [("Asia/Tokyo", "Asia/Tokyo"), ("", "Europe/Berlin"), ("x", "Europe/Berlin")],
)
async def test_the_service_app_sees_what_the_bot_does_not(clock, own, expected):
    background = Background(clock)
    owner = ANN.model_copy(update={"id": "id-ann", "time_zone": own})
    background.calling.owners = [owner]
    assert shown(background.zones, Sender("id-ann", ANN.email)) == "UTC"
    await background.read_waiting()
    assert shown(background.zones, Sender("id-ann", ANN.email)) == expected


async def test_an_approver_who_never_wrote_is_read_by_address(clock):
    background = Background(clock)
    background.people.emails["id-tess"] = "tess@example.com"
    background.people.malformed["id-tess"] = {
        "id": "id-tess", "emails": ["tess@example.com"], "timeZone": "Europe/Paris",
    }  # fmt: skip
    assert shown(background.zones, "tess@example.com") == "UTC"
    await background.read_waiting()
    assert shown(background.zones, "tess@example.com") == "Europe/Paris"


async def test_a_failed_read_is_repeated_after_a_while_and_hurts_nobody(clock):
    background = Background(clock)
    unread = Sender("id-tess", "tess@example.com")
    for problem in (Unavailable(503, "Down."), KeyError("odd")):
        background.people.troubles = [problem]
        assert shown(background.zones, unread) == "UTC"
        assert await background.read_waiting() == 1
        assert shown(background.zones, unread) == "UTC"
        assert await background.read_waiting() == 0
        clock.now += FAILURE_LIFETIME + 1


async def test_somebody_unknown_to_webex_has_the_zone_of_the_setting(clock):
    background = Background(clock)
    assert shown(background.zones, "nobody@example.com") == "UTC"
    assert await background.read_waiting() == 1
    assert shown(background.zones, "nobody@example.com") == "UTC"


def test_background_reads_and_memory_are_bounded(clock):
    zones = Zones(clock=clock)
    for number in range(MAX_WAITING + 50):
        shown(zones, f"p{number}@example.com")
    assert zones._unknown.qsize() == MAX_WAITING
    for number in range(MAX_PEOPLE + 50):
        zones.note(Sender(f"id-{number}", f"p{number}@example.com", zone="Europe/Paris"))
    assert len(zones._people) == len(zones._by_email) == MAX_PEOPLE
    assert shown(zones, f"p{MAX_PEOPLE + 49}@example.com") == "Europe/Paris"


async def test_the_reader_reads_one_after_another_until_it_is_cancelled(clock):
    background = Background(clock)
    for name in ("tess", "tom"):
        shown(background.zones, Sender(f"id-{name}", f"{name}@example.com"))
    running = asyncio.create_task(background.reader.run())
    async with asyncio.timeout(5):
        while len(background.people.read) < 2:  # noqa: ASYNC110 - the fake has no event
            await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert background.people.read == ["id-tess", "id-tom"]


async def test_a_zone_that_another_read_brought_is_not_read_again(clock):
    background = Background(clock)
    background.people.emails["id-tess"] = "tess@example.com"
    background.people.malformed["id-tess"] = {
        "id": "id-tess", "emails": ["tess@example.com"], "timezone": "Europe/Paris",
    }  # fmt: skip
    assert shown(background.zones, "tess@example.com") == "UTC"
    await background.identities.account_at("tess@example.com")
    assert shown(background.zones, "tess@example.com") == "Europe/Paris"
    reads = len(background.people.read)
    assert await background.read_waiting() == 1
    assert len(background.people.read) == reads
