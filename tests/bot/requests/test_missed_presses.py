"""The notice after an outage: what each open card was about, and how many are not named."""

from bot.core.models.local_time import utc
from bot.core.models.people import Grant, Role
from bot.requests.missed_presses import MissedPressNotice
from bot.store import requests as requests_table
from tests.bot.requests.fixtures import NETWORK, PHONE, RequestFixture

OUTAGE = 60.0  # seconds


async def notices(world: RequestFixture) -> list[str]:
    """What people hear after an outage that ends now."""
    notice = MissedPressNotice(world.store, world.messenger, world.zones, world.clock)
    heard = len(world.messenger.texts)
    await notice.tell(world.clock.now - OUTAGE, world.clock.now)
    return world.messenger.texts[heard:]


async def with_card(world: RequestFixture, inputs: dict[str, str]) -> str:
    """The code of a request whose card is shown."""
    reply = await world.ask("add phone", inputs)
    assert reply.request
    await world.store.call(requests_table.set_card, reply.request.code, "card-1")
    world.clock.now += 1
    return reply.request.code


async def test_the_notice_says_what_the_request_is_about(world: RequestFixture):
    code = await with_card(world, PHONE)
    (text,) = await notices(world)
    assert text.endswith(
        f"If you pressed a button of {code} (Add a Cisco 8865 for Ann Alder, D8:2E:3E:EF:4E:5C) "
        "in that time and got no answer, please press it again."
    )


async def test_an_outage_within_a_minute_has_one_time(world: RequestFixture):
    await with_card(world, PHONE)
    notice = MissedPressNotice(world.store, world.messenger, world.zones, world.clock)
    await notice.tell(world.clock.now - 5, world.clock.now, force=True)
    assert world.messenger.texts[-1].startswith(
        f"I was away for a moment {utc(world.clock.now).phrase(world.clock.now)}. If you pressed"
    )
    (text,) = await notices(world)
    shown_until = utc(world.clock.now).show(world.clock.now)
    assert text.startswith("I was away from ")
    assert f" to {shown_until}. If you pressed" in text


async def test_of_many_requests_the_newest_are_named_and_the_others_counted(world: RequestFixture):
    codes = [await with_card(world, {}) for _ in range(12)]
    (text,) = await notices(world)
    assert [code for code in codes if code in text] == codes[-3:]
    assert "or 9 other requests in that time" in text


async def test_a_single_request_that_is_not_named_is_counted(world: RequestFixture):
    for _ in range(4):
        await with_card(world, {})
    assert "or 1 other request in that time" in (await notices(world))[0]


async def test_approvers_hear_what_their_cards_are_about(world: RequestFixture):
    await world.allow(Grant("ana@example.com", Role.APPROVER))
    waiting = await world.asked("create dect network", NETWORK)
    await world.store.call(requests_table.set_card, waiting.code, "card-1")
    texts = await notices(world)
    assert len(texts) == 2
    assert all(f"{waiting.code} (Create the DECT network Hall" in text for text in texts)
