"""Undo without approval: only of what one did oneself, only for a while, and only once."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.errors import Denied, Refused
from bot.core.models.people import Grant, Role
from bot.core.models.requests import Request
from bot.domain.plan import Plan
from bot.domain.policy import Decision, Rule
from bot.operations import POLICY
from bot.requests.interaction import Reply
from bot.requests.undo import FREE_UNDO, UNDO_TOO_LATE
from bot.store import grants
from bot.store.sql import select
from tests.bot.requests import fixtures
from tests.bot.requests.fixtures import ADA, ELI, GROUP, PHONE, TOM, VERA, RequestFixture, text_of
from tests.bot.requests.strategies import ANA
from tests.database import count
from tests.example_org import FREE_MAC, LYON, SOUTH

NO_APPROVAL = "needs no approval. Confirm within 15 minutes."
MINUTE = 60.0
# Viewers may ask for a deletion, and for nothing else.
VIEWERS_ASK = {
    **POLICY,
    "delete device": Rule({**POLICY["delete device"].roles, Role.VIEWER: Decision.ASK}),
}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[RequestFixture]:
    """With an approver."""
    async with fixtures.world(tmp_path / "provbot.db", policy=VIEWERS_ASK) as made:
        await made.allow(Grant(ANA.email, Role.APPROVER))
        yield made


async def added(world: RequestFixture) -> Request:
    """A phone that Tom has just added."""
    return await world.row(await world.confirmed("add phone", PHONE))


async def needs_approval(world: RequestFixture, original: Request) -> Reply:
    """The undo's plan, which asks for approval, and then waits for it."""
    plan = await world.press(original, "undo")
    assert "· needs approval" in text_of(plan)
    await world.press(plan, "confirm")
    assert plan.request
    assert await world.state(plan.request.code) == "waiting"
    assert world.calling.phone(FREE_MAC)
    return plan


async def allow_viewer_only(world: RequestFixture) -> None:
    """Tom may ask for a deletion, and no longer add phones."""
    await world.allow(Grant(TOM.email, Role.VIEWER))
    await world.store.call(grants.revoke, Grant(TOM.email, Role.TECHNICIAN))


async def test_an_undo_of_ones_own_change_runs_without_approval_and_the_trail_says_why(
    world: RequestFixture,
):
    phone = await added(world)
    world.clock.now += 14 * MINUTE
    plan = await world.press(phone, "undo")
    assert f"undo of {phone.code}, needs no approval. Confirm within 1 minute." in text_of(plan)

    await world.press(plan, "confirm")
    await world.rest()

    assert world.calling.phone(FREE_MAC) is None
    assert plan.request
    code = plan.request.code
    rows = await world.store.call(
        lambda db: list(select(db, "select action, detail from audit where request = ?", [code]))
    )
    confirmed = next(json.loads(row["detail"]) for row in rows if row["action"] == "confirmed")
    assert confirmed["no_approval"] == f"undo of {phone.code} by the person who did it"


async def test_without_an_undo_a_deletion_needs_approval_as_before(world: RequestFixture):
    await added(world)
    plan = await world.ask("delete device", {"device": FREE_MAC})
    assert "· needs approval" in text_of(plan)


async def test_the_plan_of_a_deletion_names_the_undo_that_needs_no_approval(
    world: RequestFixture,
):
    phone = await added(world)
    told = FREE_UNDO.format(code=phone.code)
    deletion = {"device": FREE_MAC}
    assert told in text_of(await world.ask("delete device", deletion))
    for plan in (
        await world.ask("delete device", {"device": "00:00:5E:00:53:01"}),
        await world.ask("delete device", deletion, ELI),
        await world.ask("delete device", deletion, place=GROUP),
    ):
        assert "needs approval" in text_of(plan)
        assert "The undo of" not in text_of(plan)
    world.clock.now += 15 * MINUTE
    assert "The undo of" not in text_of(await world.ask("delete device", deletion))


async def test_an_open_undo_is_named_and_one_under_way_is_not(world: RequestFixture):
    phone = await added(world)
    deletion = {"device": FREE_MAC}
    undo = await world.press(phone, "undo")
    told = FREE_UNDO.format(code=phone.code)
    assert told in text_of(await world.ask("delete device", deletion))
    await world.put(undo, "approved")
    assert told not in text_of(await world.ask("delete device", deletion))


async def test_an_undo_after_the_time_follows_the_policy(world: RequestFixture):
    phone = await added(world)
    world.clock.now += 15 * MINUTE
    await needs_approval(world, phone)


async def test_with_no_time_for_it_an_undo_follows_the_policy(tmp_path: Path):
    async with fixtures.world(tmp_path / "provbot.db", undo_minutes=0) as world:
        await world.allow(Grant(ANA.email, Role.APPROVER))
        await needs_approval(world, await added(world))


async def test_a_confirm_after_the_time_shows_the_plan_again_before_approvers_are_asked(
    world: RequestFixture,
):
    phone = await added(world)
    world.clock.now += 10 * MINUTE
    plan = await world.press(phone, "undo")
    world.clock.now += 10 * MINUTE

    again = await world.press(plan, "confirm")

    assert UNDO_TOO_LATE.format(code=phone.code) in text_of(again)
    assert "· needs approval" in text_of(again)
    await world.press(again, "confirm")
    assert again.request
    assert await world.state(again.request.code) == "waiting"


@pytest.mark.parametrize("way", ["typed", "opened", "undone again"])
async def test_a_plan_shown_after_the_time_says_so_once(world: RequestFixture, way: str):
    phone = await added(world)
    world.clock.now += 12 * MINUTE
    plan = await world.press(phone, "undo")
    assert plan.request
    assert "Confirm within 3 minutes" in text_of(plan)
    world.clock.now += 4 * MINUTE

    if way == "typed":
        again = await world.type("confirm", plan.request.code)
    elif way == "opened":
        again = await world.press(plan, "open")
    else:
        again = await world.type("undo", phone.code)

    assert UNDO_TOO_LATE.format(code=phone.code) in text_of(again)
    assert "Nothing was confirmed." in text_of(again)
    assert await world.state(plan.request.code) == "draft"
    await world.type("confirm", plan.request.code)
    assert await world.state(plan.request.code) == "waiting"


def _replaced(world: RequestFixture, **values: object) -> None:
    phone = world.calling.phone(FREE_MAC)
    assert phone
    position = world.calling.held.index(phone)
    world.calling.held[position] = phone.model_copy(update=values)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "dev-of-somebody-else"},
        {"person_id": None, "workspace_id": SOUTH.id},
        {"location_id": LYON.id},
        {"location_id": None},
    ],
    ids=["another device", "another owner", "another place", "no place"],
)
async def test_an_undo_of_what_is_no_longer_the_same_follows_the_policy(
    world: RequestFixture, change
):
    phone = await added(world)
    _replaced(world, **change)
    await needs_approval(world, phone)


async def test_a_device_that_changes_hands_before_confirm_is_not_deleted(world: RequestFixture):
    phone = await added(world)
    plan = await world.press(phone, "undo")
    assert NO_APPROVAL in text_of(plan)
    _replaced(world, person_id=None, workspace_id=SOUTH.id)

    again = await world.press(plan, "confirm")

    assert "· needs approval" in text_of(again)
    assert world.calling.phone(FREE_MAC)


async def test_an_undo_whose_device_is_chosen_anew_follows_the_policy(world: RequestFixture):
    phone = await added(world)
    plan = await world.press(phone, "undo")
    form = await world.press(plan, "change")
    other = await world.press(form, "continue", inputs={"device": "00:00:5E:00:53:01"})
    assert "· needs approval" in text_of(other)


async def test_an_undo_of_an_approved_change_follows_the_policy(tmp_path: Path):
    rules = {**POLICY, "add phone": Rule({Role.TECHNICIAN: Decision.ASK})}
    async with fixtures.world(tmp_path / "provbot.db", policy=rules) as world:
        await world.allow(Grant(ANA.email, Role.APPROVER))
        asked = await world.asked("add phone", PHONE)
        await world.decide(asked.code, "approve", ANA)
        await world.rest()
        plan = await world.ask("delete device", {"device": FREE_MAC})
        assert "The undo of" not in text_of(plan)
        await needs_approval(world, await world.row(asked.code))


async def test_an_undo_by_somebody_who_may_not_do_the_original_any_more_follows_the_policy(
    world: RequestFixture,
):
    phone = await added(world)
    await allow_viewer_only(world)
    await needs_approval(world, phone)


async def test_a_role_lost_after_confirm_stops_the_undo_before_it_runs(world: RequestFixture):
    phone = await added(world)
    plan = await world.press(phone, "undo")
    confirmed = await world.put(plan, "approved")
    revalidation = world.drafts.revalidation
    world.clock.now += 20 * MINUTE  # the time counts until Confirm
    assert await revalidation.differences(confirmed, Plan.model_validate(confirmed.plan)) == []

    await allow_viewer_only(world)

    assert await revalidation.differences(confirmed, Plan.model_validate(confirmed.plan)) == [
        "It needs approval now."
    ]


async def test_an_undo_whose_operation_is_denied_is_denied(tmp_path: Path):
    rules = {**POLICY, "delete device": Rule({Role.ADMIN: Decision.DO})}
    async with fixtures.world(tmp_path / "provbot.db", policy=rules) as world:
        phone = await added(world)
        with pytest.raises(Denied, match="does not allow “delete device”"):
            await world.press(phone, "undo")


async def test_an_outcome_that_names_nothing_it_made_follows_the_policy(world: RequestFixture):
    phone = await added(world)
    assert phone.outcome
    phone.outcome["undo"].pop("made")  # as an older provbot stored it
    await world.store.call(
        lambda db: db.execute(
            "update requests set outcome = ? where code = ?",
            [json.dumps(phone.outcome), phone.code],
        )
    )
    await needs_approval(world, phone)


async def test_pressed_twice_and_typed_at_the_same_instant_it_is_one_request(
    world: RequestFixture,
):
    phone = await added(world)
    shown = await asyncio.gather(
        world.press(phone, "undo"), world.type("undo", phone.code), world.type("undo")
    )
    later = await world.press(phone, "undo")
    assert {text_of(reply) for reply in shown} == {text_of(later)}
    assert len({reply.request.code for reply in (*shown, later) if reply.request}) == 1
    assert await world.store.call(count, "requests") == 2


async def test_a_change_is_undone_once(world: RequestFixture):
    phone = await added(world)
    plan = await world.press(phone, "undo")
    await world.press(plan, "confirm")
    await world.rest()
    assert plan.request
    with pytest.raises(Refused, match=f"{plan.request.code} is the undo of {phone.code}"):
        await world.press(phone, "undo")
    with pytest.raises(Refused, match="is already done"):
        await world.type("undo", phone.code)


async def test_an_undo_that_was_cancelled_can_be_asked_for_again(world: RequestFixture):
    phone = await added(world)
    first = await world.press(phone, "undo")
    await world.press(first, "cancel")
    plan = await world.press(phone, "undo")
    assert NO_APPROVAL in text_of(plan)
    await world.press(plan, "confirm")
    await world.rest()
    assert world.calling.phone(FREE_MAC) is None


async def test_try_again_of_a_failed_undo_is_an_undo(world: RequestFixture):
    phone = await added(world)
    plan = await world.press(phone, "undo")
    failed = await world.put(plan, "approved", "running", "failed")
    assert NO_APPROVAL in text_of(await world.press(failed, "again"))


async def test_what_an_undo_did_can_be_added_again_by_who_may_add(world: RequestFixture):
    phone = await added(world)
    plan = await world.press(phone, "undo")
    await world.press(plan, "confirm")
    await world.rest()
    assert plan.request
    form = await world.press(await world.row(plan.request.code), "undo")
    assert "Add phone" in text_of(form)


async def test_an_admin_needs_no_undo_to_delete_alone(world: RequestFixture):
    code = await world.confirmed("add phone", PHONE, ADA)
    plan = await world.press(await world.row(code), "undo", ADA)
    assert "needs" not in text_of(plan).splitlines()[1]


@pytest.mark.parametrize("presser", [VERA, ADA])
async def test_somebody_elses_change_is_not_undone(world: RequestFixture, presser):
    phone = await added(world)
    with pytest.raises(Refused, match="Only the person who asked for it can undo"):
        await world.press(phone, "undo", presser)
