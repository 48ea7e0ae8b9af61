"""A plan that nobody confirmed says so on its card, and can be asked for again in one press."""

import asyncio
from contextlib import suppress
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from bot.core.errors import DatabaseUnavailable, NotFound, Unavailable
from bot.core.models.requests import Request
from bot.requests.expiry import ANNOUNCED_WITHIN, GRACE, MAX_PER_CHECK, PlanExpiry
from bot.requests.interaction import Reply
from bot.requests.lifecycle import PLAN_LIFETIME
from bot.service.request_parts import plan_expiry_of
from bot.store import requests as rows
from tests.bot.requests.fixtures import GROUP, NETWORK, PHONE, RequestFixture, text_of
from tests.cards import rules
from tests.virtual_clock import virtually

OVER = PLAN_LIFETIME + GRACE + 1


@pytest.fixture
def expiry(world: RequestFixture) -> PlanExpiry:
    """Of the world's requests."""
    return plan_expiry_of(world.drafts)


async def shown(world: RequestFixture, mac: str = PHONE["mac"], **more) -> Request:
    """A plan whose card is known."""
    plan = await world.ask("add phone", PHONE | {"mac": mac}, **more)
    assert plan.request
    await world.store.call(rows.set_card, plan.request.code, f"card-{plan.request.code}")
    return await world.row(plan.request.code)


def texts(world: RequestFixture) -> list[str]:
    """What stands, in words."""
    return [message.text for message in world.messenger.standing]


async def test_a_plan_is_replaced_when_its_time_is_over(world: RequestFixture, expiry: PlanExpiry):
    plan = await shown(world, place=GROUP)
    world.clock.now += PLAN_LIFETIME + 1
    await expiry.tick()
    assert texts(world) == []  # a Confirm that was pressed in time may still be handled
    world.clock.now += GRACE
    for _ in range(3):
        await expiry.tick()
    (card,) = world.messenger.standing
    assert card.place == GROUP
    assert "Expired: Add a Cisco 8865 for Ann Alder" in card.text
    assert "This plan has expired. Nothing was changed." in card.text
    assert rules.buttons(card.card or {}) == ["Ask again"]
    assert world.messenger.removed == [plan.card_id]
    row = await world.row(plan.code)
    assert (row.state, row.told, row.card_id) == ("expired", True, card.id)


async def test_ask_again_makes_a_fresh_plan_and_replaces_the_card(
    world: RequestFixture, expiry: PlanExpiry
):
    plan = await shown(world)
    world.clock.now += OVER
    await expiry.tick()
    expired = await world.row(plan.code)
    again = await world.press(expired, "again")
    assert text_of(again).startswith("Add a Cisco 8865 for Ann Alder")
    assert again.request
    assert again.request.code != plan.code
    assert again.replaces == expired.card_id
    second = await world.press(expired, "again")
    assert second.request
    assert second.request.code == again.request.code
    assert text_of(second) == text_of(again)


async def test_a_press_on_an_expired_plan_offers_ask_again(
    world: RequestFixture, expiry: PlanExpiry
):
    plan = await shown(world)
    world.clock.now += PLAN_LIFETIME + 1
    late = await world.press(plan, "confirm")
    again = await world.press(plan, "change")
    typed = await world.type("confirm", plan.code)
    for answer in (late, again, typed):
        assert "This plan has expired. Nothing was changed." in text_of(answer)
        assert answer.request
        assert answer.request.code == plan.code
    world.clock.now += OVER
    await expiry.tick()
    assert world.messenger.posted == []  # the person knows


async def test_a_plan_that_expired_long_ago_is_not_announced(
    world: RequestFixture, expiry: PlanExpiry
):
    plan = await shown(world)
    world.clock.now += OVER + ANNOUNCED_WITHIN
    await expiry.tick()
    assert texts(world) == []
    assert await world.state(plan.code) == "draft"
    assert "State: expired" in text_of(await world.type("request", plan.code))


async def test_only_a_few_cards_are_replaced_at_once(world: RequestFixture, expiry: PlanExpiry):
    for number in range(MAX_PER_CHECK + 2):
        await shown(world, f"D8:2E:3E:EF:4E:{number:02}")
    world.clock.now += OVER
    await expiry.tick()
    assert len(texts(world)) == MAX_PER_CHECK
    await expiry.tick()
    assert len(texts(world)) == MAX_PER_CHECK + 2


async def test_what_was_confirmed_cancelled_or_is_a_form_does_not_expire(
    world: RequestFixture, expiry: PlanExpiry
):
    confirmed = await shown(world)
    await world.press(confirmed, "confirm")
    await world.rest()
    cancelled = await shown(world, "D8:2E:3E:EF:4E:01")
    await world.press(cancelled, "cancel")
    form = await shown(world, "D8:2E:3E:EF:4E:02")
    await world.press(form, "change")
    mark = len(world.messenger.posted)
    world.clock.now += OVER
    await expiry.tick()
    assert len(world.messenger.posted) == mark


async def test_an_outage_only_delays_the_new_card(world: RequestFixture, expiry: PlanExpiry):
    plan = await shown(world)
    world.clock.now += OVER
    world.messenger.troubles = [Unavailable(503, "Down.")]
    await expiry.tick()
    assert (texts(world), world.messenger.removed) == ([], [])
    await expiry.tick()
    assert len(texts(world)) == 1
    assert world.messenger.removed == [plan.card_id]


async def test_where_the_bot_may_not_post_any_more_it_does_not_try_again(
    world: RequestFixture, expiry: PlanExpiry
):
    await shown(world)
    world.clock.now += OVER
    world.messenger.troubles = [NotFound(404, "No such space.")]
    await expiry.tick()
    await expiry.tick()
    assert texts(world) == []


async def test_a_crash_before_the_card_was_posted_is_made_up_for(
    world: RequestFixture, expiry: PlanExpiry
):
    plan = await shown(world)
    await world.store.call(
        rows.change, plan, by="provbot", now=world.clock(), state="expired", told=0
    )
    world.restart()
    await world.approvals.recover()  # which tells how other requests ended
    assert texts(world) == []
    await plan_expiry_of(world.drafts).tick()
    (text,) = texts(world)
    assert "This plan has expired" in text


async def test_secrets_are_asked_for_again(world: RequestFixture, expiry: PlanExpiry):
    plan = await world.ask("create dect network", NETWORK | {"access_code": "4711"})
    assert isinstance(plan, Reply)
    assert plan.request
    await world.store.call(rows.set_card, plan.request.code, "card-1")
    world.clock.now += OVER
    await expiry.tick()
    assert world.form_secrets.secrets(plan.request.code) == {}


def test_an_outage_of_the_database_is_logged_once():
    troubles = ["Connection refused", "the server is closed", "", "Connection refused", "over"]

    class Gone:
        """In place of a store whose database is gone at times."""

        async def call(self, function: object, *_: object) -> list[object]:
            """A check asks twice; the second time, it goes well."""
            trouble = troubles[0]
            if trouble == "over":
                raise asyncio.CancelledError
            if trouble or function is rows.untold_expired_plans:
                troubles.pop(0)
            if trouble:
                raise DatabaseUnavailable(trouble)
            return []

    expiry = PlanExpiry(*cast(Any, (Gone(), None, None, None)), lambda: 0.0)  # type: ignore[call-arg]
    with capture_logs() as logs, suppress(asyncio.CancelledError):
        virtually(expiry.run)
    lines = [(line["event"], line["reason"], "exc_info" in line) for line in logs]
    assert lines == [("plan_expiry_waits", "Connection refused", False)] * 2
