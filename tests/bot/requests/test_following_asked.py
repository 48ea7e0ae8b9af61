"""Who asks for what was added makes that it is looked at soon."""

from bot.requests.followed_devices import StoredFollowedDevices
from tests.bot.requests.fixtures import ADA, ELI, TOM, RequestFixture
from tests.bot.requests.lists import run_lines
from tests.bot.requests.telling import LOST, OTHER_MAC, WINDOW, added, devices, settle
from tests.example_org import FREE_MAC


async def asked_by(world: RequestFixture, person=TOM) -> StoredFollowedDevices:
    sender = await world.known(person)
    return StoredFollowedDevices(world.store, sender.person_id, world.following.polling)


async def looks_within(world: RequestFixture, seconds: float) -> int:
    """How often Webex is asked."""
    world.calling.asked.clear()
    await world.follow(seconds)
    return len(world.calling.asked)


async def test_after_the_window_a_question_is_a_reason_to_look(world: RequestFixture):
    await added(world)
    await world.follow(WINDOW + 60)
    assert await looks_within(world, 30) == 0

    await (await asked_by(world)).listed("", everybody=False)
    assert await looks_within(world, 30) >= 1
    assert await looks_within(world, 30) == 0

    await (await asked_by(world, ELI)).look_soon(FREE_MAC)
    assert await looks_within(world, 30) >= 1

    await (await asked_by(world, ELI)).listed("", everybody=False)  # it is not Eli's
    await (await asked_by(world, ELI)).look_soon(OTHER_MAC)
    await (await asked_by(world, ELI)).look_soon("")
    assert await looks_within(world, 30) == 0


async def test_what_nobody_looks_for_any_more_is_not_looked_for_again(world: RequestFixture):
    code = await added(world)
    await settle(world, code, LOST, 0)

    (listed,) = await (await asked_by(world)).listed(code, everybody=False)

    assert listed.state == LOST
    assert await looks_within(world, 30) == 0


async def test_admins_see_who_added_it(world: RequestFixture):
    code = await run_lines(world, f"{FREE_MAC} 8865 ann@example.com")
    rows = await devices(world, code)

    (own,) = await (await asked_by(world, ELI)).entries(rows)
    (others,) = await (await asked_by(world, ADA)).entries(rows)

    assert (own.added_by, others.added_by) == ("", ELI.shown)
    assert own.new_code == ""


async def test_who_sees_a_request(world: RequestFixture):
    code = await added(world)

    assert await (await asked_by(world)).sees(code, everybody=False)
    assert not await (await asked_by(world, ELI)).sees(code, everybody=False)
    assert await (await asked_by(world, ADA)).sees(code, everybody=True)
    assert not await (await asked_by(world, ADA)).sees("ZZZZ", everybody=True)


async def test_a_code_has_what_asks_for_another(world: RequestFixture):
    code = await world.confirmed("activation code", {"model": "8865", "owner": "ann@example.com"})

    (entry,) = await (await asked_by(world)).entries(await devices(world, code))

    assert entry.new_code == "activation code Cisco 8865 for ann@example.com"
