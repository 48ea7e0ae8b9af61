"""A database of the version in which plans had no steps: its requests go on after the upgrade."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.core.models.webex import Device
from bot.domain.plan import Plan
from bot.requests.step_lookups import LOOKUP_DELAYS
from bot.store import steps
from bot.store.migrations import MIGRATIONS
from bot.store.sql import Database
from tests.bot.requests import fixtures
from tests.bot.requests.approving import APPROVERS, PHONES
from tests.bot.requests.fixtures import ADA, PHONE, RequestFixture, text_of
from tests.bot.requests.strategies import ANA
from tests.database import sqlite_only
from tests.example_org import ANN, FREE_MAC
from tests.fake_calling import LostAfter

pytestmark = sqlite_only

STEPS = next(name for name in MIGRATIONS if name.endswith("_steps"))
NEW = MIGRATIONS[MIGRATIONS.index(STEPS) :]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[RequestFixture]:
    """Adding a phone needs an approval; the admin needs none."""
    async with fixtures.world(tmp_path / "provbot.db", policy=PHONES) as made:
        await made.allow(*APPROVERS)
        yield made


def old_plan(plan: dict[str, Any], name_of_dependents: str) -> dict[str, Any]:
    """The plan as the older version stored it."""
    (step,), (place,) = plan["steps"], plan["locations"] or [{"name": "", "id": ""}]
    details = {key: value for key, value in step["details"].items() if key != "awaits_listing"}
    new = ("steps", "locations", "on_refusal", "dependents")
    return {name: value for name, value in plan.items() if name not in new} | {
        "calls": [step["call"]],
        "subject": step["subject"],
        "needs": step["needs"],
        "generates": step["generates"],
        "details": details,
        "location": place["name"],
        "location_id": place["id"],
        name_of_dependents: plan["dependents"],
    }


def make_old(db: Database, name_of_dependents: str = "dependents") -> None:
    """Bring a database back to how the older version left it."""
    for code, plan in db.execute("select code, plan from requests where plan <> ''").fetchall():
        old = json.dumps(old_plan(json.loads(plan), name_of_dependents))
        db.execute("update requests set plan = ? where code = ?", [old, code])
    db.execute("drop table steps")
    db.execute("drop table lists")
    db.execute("drop table followed")
    db.execute("drop table followed_messages")
    for column in ("finish_by", "stopped_by"):
        db.execute(f"alter table requests drop column {column}")
    for column in ("bot", "bot_email", "organization"):
        db.execute(f"alter table instance drop column {column}")
    for name in NEW:
        db.execute("delete from _sqlite_migrations where name = ?", [name])


async def upgrade(world: RequestFixture, name_of_dependents: str = "dependents") -> None:
    """The older version ends, the new one starts and goes on."""
    await world.store.call(make_old, name_of_dependents)
    world.restart()
    await world.runner.recover()
    await world.rest()


@pytest.mark.parametrize("name_of_dependents", ["dependents", "hangs"])
@pytest.mark.parametrize("model", ["8865", "9861"])
async def test_a_plan_is_the_same_after_the_upgrade(
    world: RequestFixture, model, name_of_dependents
):
    request = await world.asked("add phone", PHONE | {"model": model})
    await upgrade(world, name_of_dependents)
    plan = Plan.model_validate((await world.row(request.code)).plan)
    assert plan == Plan.model_validate(request.plan)
    assert ("awaits_listing" in plan.first.details) == (model == "9861")


async def test_a_draft_is_confirmed(world: RequestFixture):
    shown = await world.ask("add phone", PHONE, ADA)
    await upgrade(world)
    assert shown.request
    assert await world.store.call(steps.of, shown.request.code) == []
    await world.press(shown, "confirm", ADA)
    await world.rest()
    assert await world.state(shown.request.code) == "done"
    assert world.calling.phone(FREE_MAC)


async def test_a_waiting_request_is_approved(world: RequestFixture):
    request = await world.asked("add phone", PHONE)
    await upgrade(world)
    await world.decide(request.code, "approve", ANA)
    await world.rest()
    assert await world.state(request.code) == "done"
    assert world.calling.changes == 1


async def test_a_waiting_request_is_cancelled(world: RequestFixture):
    request = await world.asked("add phone", PHONE)
    await upgrade(world)
    await world.press(request, "cancel")
    assert await world.state(request.code) == "cancelled"
    (step,) = await world.store.call(steps.of, request.code)
    assert step.state == "skipped"


async def test_an_approved_request_runs(world: RequestFixture):
    shown = await world.ask("add phone", PHONE, ADA)
    request = await world.put(shown, "approved")
    await upgrade(world)
    assert await world.state(request.code) == "done"
    assert world.calling.changes == 1


@pytest.mark.parametrize("states", [("running",), ("running", "unknown")])
@pytest.mark.parametrize("is_there", [True, False])
async def test_a_request_that_ran_is_looked_up(world: RequestFixture, states, is_there):
    shown = await world.ask("add phone", PHONE, ADA)
    request = await world.put(shown, "approved", *states)
    if is_there:
        device = Device(mac=FREE_MAC, person_id=ANN.id, product="Cisco 8865")
        world.calling.held.append(device)
    await upgrade(world)
    assert await world.state(request.code) == "done"
    assert world.calling.changes == (0 if is_there else 1)
    assert tuple(world.clock.slept) == (LOOKUP_DELAYS[:1] if is_there else LOOKUP_DELAYS)
    (step,) = await world.store.call(steps.of, request.code)
    assert (step.state, step.attempts) == ("done", 1 if is_there else 2)


async def test_a_phone_that_is_listed_late_is_waited_for(world: RequestFixture):
    shown = await world.ask("add phone", PHONE | {"model": "9861"}, ADA)
    request = await world.put(shown, "approved", "running")
    device = Device(mac=FREE_MAC, person_id=ANN.id, product="Cisco 9861")
    world.calling.held.append(device)
    world.calling.unlisted = {FREE_MAC}
    world.clock.events[2] = world.calling.unlisted.clear
    await upgrade(world)
    assert await world.state(request.code) == "done"
    assert ((await world.row(request.code)).outcome or {})["awaits_listing"]


async def test_a_done_request_is_undone(world: RequestFixture):
    shown = await world.ask("add phone", PHONE, ADA)
    await world.press(shown, "confirm", ADA)
    await world.rest()
    assert shown.request
    outcome = (await world.row(shown.request.code)).outcome
    await upgrade(world)
    row = await world.row(shown.request.code)
    (step,) = await world.store.call(steps.of, row.code)
    assert (step.state, step.result) == ("done", outcome)
    plan = await world.press(row, "undo", ADA)
    assert "Delete the Cisco 8865 of Ann Alder" in text_of(plan)
    await world.press(plan, "confirm", ADA)
    await world.rest()
    assert world.calling.phone(FREE_MAC) is None


async def test_a_failed_request_keeps_its_reason(world: RequestFixture):
    world.calling.troubles = [LostAfter(), LostAfter()]
    shown = await world.ask("activation code", {"model": "8865", "owner": ANN.email}, ADA)
    await world.press(shown, "confirm", ADA)
    await world.rest()
    assert shown.request
    outcome = (await world.row(shown.request.code)).outcome or {}
    await upgrade(world)
    (step,) = await world.store.call(steps.of, shown.request.code)
    assert (step.state, step.reason) == ("failed", outcome["title"])


async def test_a_plan_of_a_still_older_version_gets_a_name_for_its_owner(world: RequestFixture):
    request = await world.asked("add phone", PHONE)
    await world.store.call(make_old, "hangs")
    await world.store.call(_drop_owner_name, request.code)
    world.restart()
    plan = Plan.model_validate((await world.row(request.code)).plan)
    assert plan.first.details["owner_name"] == "Ann Alder (ann@example.com)"


def _drop_owner_name(db: Database, code: str) -> None:
    (plan,) = db.execute("select plan from requests where code = ?", [code]).fetchone()
    old = json.loads(plan)
    del old["details"]["owner_name"]
    db.execute("update requests set plan = ? where code = ?", [json.dumps(old), code])
