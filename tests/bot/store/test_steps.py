"""Steps that other requests ask for."""

import json

import pytest

from bot.core.models.webex import LocationRef
from bot.store import steps
from bot.store.sql import Database, insert
from tests.database import on_postgres

pytestmark = pytest.mark.usefixtures("engine")
MAC, COLONS = "6C7E5A0B1C2D", "6c:7e:5a:0b:1c:2d"
BERLIN, MUNICH = LocationRef("Berlin", "loc-1"), LocationRef("Munich", "loc-2")
PARSED = "select pg_stat_get_xact_function_calls('as_json'::regproc)"


def list_of_phones(db: Database, code: str, location: LocationRef, *, accepted: int) -> None:
    """A request that is done, whose phones Webex has accepted unlisted."""
    place = {"name": location.name, "id": location.id}
    plan = {"steps": [{"details": {}}] * accepted, "locations": [place]}
    insert(db, "requests", {"code": code, "event_id": code, "plan": json.dumps(plan)})
    for number in range(accepted):
        done(db, code, number=number, result={"awaits_listing": True})


def done(db: Database, code: str, *, number: int = 1, at: float = 2.0, **columns: object) -> None:
    """A step that is done."""
    written = {
        name: json.dumps(value) if isinstance(value, dict) else value
        for name, value in columns.items()
    }
    defaults = {"key": str(number), "spec": "{}", "state": "done", "changed_at": at}
    insert(db, "steps", {"request": code, "number": number, **defaults, **written})


def removal(mac: str, method: str = "DELETE") -> dict[str, object]:
    """What a step does with a device."""
    return {"details": {"mac": mac}, "call": {"method": method}}


def test_steps_that_await_a_listing_come_with_the_locations_of_their_plan(db):
    list_of_phones(db, "AAAA", BERLIN, accepted=2)
    list_of_phones(db, "BBBB", MUNICH, accepted=1)
    done(db, "AAAA", number=7, result={"awaits_listing": False})
    done(db, "AAAA", number=8, result={"title": "awaits_listing"})
    done(db, "AAAA", number=9, at=0.5, result={"awaits_listing": True})
    done(db, "GONE", result={"awaits_listing": True})
    found = steps.awaiting_listing(db, 1.0)
    assert sorted((step.request, step.number, places) for step, places in found) == [
        ("AAAA", 0, (BERLIN,)),
        ("AAAA", 1, (BERLIN,)),
        ("BBBB", 0, (MUNICH,)),
    ]
    assert steps.awaiting_listing(db, 3.0) == []


def test_the_plan_of_a_list_is_parsed_once(db):
    if not on_postgres():
        pytest.skip("SQLite keeps what it has parsed.")
    list_of_phones(db, "AAAA", BERLIN, accepted=50)
    db.execute("set track_functions = 'pl'")
    db.begin_immediate()
    before = db.execute(PARSED).fetchone()[0] or 0
    assert len(steps.awaiting_listing(db, 1.0)) == 50
    after = db.execute(PARSED).fetchone()[0]
    db.rollback()
    of_results, of_plans, of_codes = 50, 1, 1
    assert after - before == of_results + of_plans + of_codes


@pytest.mark.parametrize("mac", [MAC, COLONS])
def test_the_last_removal_of_a_device_is_found_however_its_mac_is_written(db, mac):
    done(db, "AAAA", at=2.0, spec=removal(mac))
    done(db, "BBBB", at=3.0, spec=removal(mac))
    done(db, "CCCC", at=4.0, spec=removal(mac, "POST"))
    done(db, "DDDD", at=4.0, spec=removal("6C7E5A0B1C2E"))
    assert steps.last_removal(db, MAC, 1.0) == "BBBB"
    assert steps.last_removal(db, MAC, 3.5) == ""
