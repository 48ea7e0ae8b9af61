"""What people hear of followed devices: in their thread, once, and again after a failure."""

from itertools import pairwise

import pytest

from bot.core.errors import Forbidden, NotFound, Unavailable
from bot.requests.interaction import Reply
from bot.store import checkpoint, followed, retention
from bot.store.sql import Database
from tests.bot.requests.fixtures import DIRECT, GROUP, RequestFixture, card, text_of
from tests.bot.requests.lists import run_lines
from tests.bot.requests.telling import (
    CODES,
    EXPIRED,
    GONE,
    LOST,
    OTHER_MAC,
    REGISTERED,
    THREE,
    WINDOW,
    added,
    devices,
    look,
    seen_at_end,
    settle,
    summed_up,
    tell,
)


async def test_a_registration_is_told_once(world: RequestFixture):
    code = await added(world)
    assert await tell(world) == []

    world.clock.now += 354
    await settle(world, code, REGISTERED, 0)

    sentence = "✓ Ann Alder's 8865 is registered, 6 minutes after it was added."
    assert await tell(world) == [sentence]
    assert world.messenger.posted[-1].place == DIRECT
    assert await tell(world) == []


async def test_in_a_group_space_the_requester_is_mentioned_in_the_thread(world: RequestFixture):
    code = await added(world, GROUP)
    await settle(world, code, REGISTERED, 0)

    (text,) = await tell(world)

    assert text.startswith("<@personId:id-tom|tom@example.com> ✓ Ann Alder's 8865 is registered")
    assert world.messenger.posted[-1].place == GROUP


async def test_a_card_in_a_group_space_mentions_the_requester(world: RequestFixture):
    code = await added(world, GROUP)
    await seen_at_end(world, code)

    (text,) = await tell(world)

    assert text.startswith("<@personId:id-tom|tom@example.com> Not registered yet: ")
    assert world.messenger.posted[-1].card


async def test_nothing_is_told_before_the_result(world: RequestFixture):
    code = await added(world)
    await settle(world, code, REGISTERED, 0)
    await world.store.call(_set_result_told, code, told=False)

    assert await tell(world) == []

    await world.store.call(_set_result_told, code, told=True)
    assert len(await tell(world)) == 1


def _set_result_told(db: Database, code: str, *, told: bool) -> None:
    db.execute("update requests set told = ? where code = ?", [told, code])


async def test_a_failure_is_tried_again_at_longer_and_longer_intervals(world: RequestFixture):
    code = await added(world)
    await settle(world, code, REGISTERED, 0)
    world.messenger.troubles = [Unavailable(503, "Down.") for _ in range(4)]
    tries, times = 4, []

    for _ in range(30):
        await tell(world)
        if len(world.messenger.troubles) < tries:
            tries = len(world.messenger.troubles)
            times.append(world.clock())

    assert [round(later - first) for first, later in pairwise(times)] == [
        3, 6, 12,
    ]  # fmt: skip
    assert world.messenger.texts[-1].startswith("✓ Ann Alder's 8865 is registered")
    assert (await devices(world, code))[0].told


@pytest.mark.parametrize("error", [Forbidden(403, "No."), NotFound(404, "No such space.")])
async def test_a_space_that_refuses_is_given_up(world: RequestFixture, error):
    code = await added(world)
    await settle(world, code, REGISTERED, 0)
    world.messenger.troubles = [error] * 3

    for _ in range(10):
        assert await tell(world) == []

    assert world.messenger.troubles == []
    assert (await devices(world, code))[0].told


async def test_a_space_that_refuses_the_late_card_is_given_up(world: RequestFixture):
    code = await added(world)
    await seen_at_end(world, code)
    world.messenger.troubles = [Forbidden(403, "No.")] * 3

    for _ in range(10):
        assert await tell(world) == []

    assert (await devices(world, code))[0].late_told


async def test_a_request_that_cannot_be_told_does_not_hold_up_others(world: RequestFixture):
    broken = await added(world)
    await settle(world, broken, REGISTERED, 0)
    world.clock.now += 1
    other = await run_lines(world, f"{OTHER_MAC} 8865 Lobby")
    await settle(world, other, REGISTERED, 0)
    await world.store.call(_set_target, broken, '{"kind": "of a newer version", "name": "?"}')

    assert len(await tell(world)) == 1
    assert (await devices(world, other))[0].told


def _set_target(db: Database, code: str, target: str) -> None:
    db.execute("update followed set target = ? where request = ?", [target, code])


@pytest.mark.parametrize("state", [GONE, LOST])
async def test_of_one_device_that_is_gone_or_lost_nothing_is_told(world: RequestFixture, state):
    code = await added(world)
    await settle(world, code, state, 0)

    assert await tell(world) == []
    assert (await devices(world, code))[0].told


async def test_a_late_phone_is_told_once_and_its_registration_later(world: RequestFixture):
    code = await added(world)
    assert await tell(world, WINDOW - 60) == []
    await seen_at_end(world, code)

    (text,) = await tell(world)

    assert text.startswith("Not registered yet: Ann Alder's 8865\n")
    assert await tell(world) == []
    world.clock.now += 7200
    await settle(world, code, REGISTERED, 0)
    (text,) = await tell(world)
    assert text.endswith("is registered, 4 hours after it was added.")


async def test_lateness_waits_for_a_look_that_shows_it(world: RequestFixture):
    """As after a restart: nobody has looked yet."""
    code = await added(world)

    assert await tell(world, WINDOW + 1200) == []

    look(world, await devices(world, code))
    assert len(await tell(world)) == 1


async def test_if_webex_cannot_be_asked_the_card_says_so(world: RequestFixture):
    code = await added(world)
    world.clock.now += 1800
    look(world, await devices(world, code))
    world.following.polling.problem = Unavailable(503, "Down.")

    assert await tell(world, 1800) == []  # it may pass
    (text,) = await tell(world, 600)

    assert text.startswith("Not known whether it is registered: Ann Alder's 8865\n")
    assert "has not been able to ask Webex about it since 14:16 UTC" in text
    assert await tell(world) == []


async def test_looks_that_never_come_to_an_end_are_told_as_unknown(world: RequestFixture):
    """Lists with a hole, again and again: no call fails, and yet nothing is known."""
    await added(world)
    world.clock.now += WINDOW
    world.restart()

    assert await tell(world, 1490) == []
    (text,) = await tell(world, 10)

    assert text.startswith("Not known whether it is registered: Ann Alder's 8865\n")
    assert "since 14:46 UTC" in text  # the start: what was known before is forgotten


async def test_after_a_restart_looks_have_time_to_succeed(world: RequestFixture):
    code = await added(world)
    world.clock.now += WINDOW + 3600
    world.restart()
    world.following.polling.problem = Unavailable(503, "Down.")

    assert await tell(world, 590) == []
    world.following.polling.problem = None
    look(world, await devices(world, code))

    (text,) = await tell(world)
    assert text.startswith("Not registered yet: Ann Alder's 8865\n")


async def test_an_expired_code_is_told_once(world: RequestFixture):
    inputs = {"model": "8865", "owner": "ann@example.com"}
    code = await world.confirmed("activation code", inputs)
    await settle(world, code, EXPIRED, 0)

    (text,) = await tell(world)

    assert text.startswith("The activation code for Ann Alder (8865) has expired\n")
    assert (
        "activation code Cisco 8865 for ann@example.com" in text or world.messenger.posted[-1].card
    )
    assert await tell(world) == []


async def test_a_list_is_summed_up_in_one_message(world: RequestFixture):
    code = await run_lines(world, THREE)
    assert await tell(world) == []
    await settle(world, code, REGISTERED, 0)

    (text,) = await tell(world)

    assert text.startswith("1 of 3 registered; not yet: Lobby 8865 D8:2E:3E:EF:4E:61, Ann Alder")
    await settle(world, code, REGISTERED, 1)
    assert await tell(world) == []
    assert world.messenger.edits == []  # not within the same minute
    assert await tell(world, 60) == []
    ((message_id, edited),) = world.messenger.edits
    assert edited.startswith("2 of 3 registered; not yet: Ann Alder 8865 D8:2E:3E:EF:4E:62 ·")
    assert await tell(world, 60) == []
    assert len(world.messenger.edits) == 1  # nothing has changed

    await settle(world, code, REGISTERED, 2)
    (last,) = await tell(world)

    assert last.startswith("✓ 3 of 3 registered, the last one 2 minutes after it was added")
    assert [each.text for each in summed_up(world)] == [last]
    assert message_id in world.messenger.removed
    assert await tell(world, 60) == []


async def test_ten_edits_are_followed_by_another_message(world: RequestFixture):
    macs = [f"D82E3EEF4F{number:02X}" for number in range(14)]
    code = await run_lines(world, "\n".join(f"{mac} 8865 ann@example.com" for mac in macs))

    posted = []
    for number in range(13):
        await settle(world, code, REGISTERED, number)
        posted += await tell(world, 60)

    assert [text.split(";")[0] for text in posted] == [
        "1 of 14 registered", "12 of 14 registered",
    ]  # fmt: skip
    assert len(world.messenger.edits) == 11
    (standing,) = summed_up(world)
    assert standing.text == posted[1]


async def test_a_message_that_somebody_deleted_is_posted_again(world: RequestFixture):
    code = await run_lines(world, THREE)
    await settle(world, code, REGISTERED, 0)
    await tell(world)
    await settle(world, code, REGISTERED, 1)
    world.messenger.troubles = [NotFound(404, "No such message.")]

    assert await tell(world, 60) == []
    (text,) = await tell(world, 60)

    assert text.startswith("2 of 3 registered")


async def test_an_edit_that_webex_did_not_take_is_tried_again(world: RequestFixture):
    code = await run_lines(world, THREE)
    await settle(world, code, REGISTERED, 0)
    await tell(world)
    await settle(world, code, REGISTERED, 1)
    world.messenger.troubles = [Unavailable(503, "Down.")]

    assert await tell(world, 60) == []
    assert await tell(world, 60) == []

    assert [text.split(";")[0] for _, text in world.messenger.edits] == ["2 of 3 registered"]


async def test_a_list_whose_devices_are_all_removed_is_not_told(world: RequestFixture):
    code = await run_lines(world, THREE)
    await settle(world, code, GONE, 0, 1, 2)

    assert await tell(world) == []
    assert all(device.told for device in await devices(world, code))


async def test_a_list_of_which_some_were_never_found_keeps_its_message(world: RequestFixture):
    code = await run_lines(world, THREE)
    await settle(world, code, REGISTERED, 0)
    assert len(await tell(world)) == 1
    await settle(world, code, GONE, 1)
    await settle(world, code, LOST, 2)

    assert await tell(world) == []

    ((_, text),) = world.messenger.edits
    assert text.startswith("1 of 3 registered; 1 removed or given to somebody else; not yet: Ann")
    assert len(summed_up(world)) == 1
    assert all(device.told for device in await devices(world, code))


async def test_codes_of_a_list_that_expire_are_told_in_one_card(world: RequestFixture):
    code = await run_lines(world, CODES)
    await settle(world, code, EXPIRED, 0)
    assert await tell(world) == []  # the other one is about to
    await settle(world, code, EXPIRED, 1)

    (text,) = await tell(world)

    assert text.startswith("0 of 2 registered; 2 codes expired\n")
    assert "Nobody used them in time: Ann Alder 8865, Bob" in text


async def test_what_is_late_of_a_list_is_told_once(world: RequestFixture):
    code = await run_lines(world, THREE)
    await settle(world, code, REGISTERED, 0)
    await tell(world)
    await seen_at_end(world, code)

    (text,) = await tell(world)

    assert text.startswith("Not registered yet: 2 of 3\n")
    assert await tell(world) == []
    await settle(world, code, REGISTERED, 1, 2)
    (last,) = await tell(world)
    assert last.startswith("✓ 3 of 3 registered, the last one 60 minutes after it was added")


async def test_what_registered_before_a_restore_is_not_told_again(world: RequestFixture):
    before, late = await added(world), await run_lines(world, f"{OTHER_MAC} 8865 Lobby")
    await world.store.call(checkpoint.set_received_until, world.clock())
    await world.store.call(checkpoint.restored)
    await world.store.call(followed.restored)
    world.clock.now += WINDOW
    restored_at = world.clock()
    await world.store.call(checkpoint.act_after, restored_at)

    (device,) = await devices(world, before)
    await world.store.call(followed.settle, device, REGISTERED, restored_at - 60)
    look(world, await devices(world, late))
    assert await tell(world) == []

    await settle(world, late, REGISTERED, 0)
    assert len(await tell(world)) == 1


async def test_a_message_is_edited_once_a_minute_although_the_rest_is_late(world: RequestFixture):
    code = await run_lines(world, THREE)
    await seen_at_end(world, code)
    world.clock.now -= 30
    await settle(world, code, REGISTERED, 0)
    await tell(world)
    await settle(world, code, REGISTERED, 1)

    texts = await tell(world, 30)

    assert [text.split("\n")[0] for text in texts] == ["Not registered yet: 1 of 3"]
    assert world.messenger.edits == []
    await tell(world, 30)
    assert [text.split(";")[0] for _, text in world.messenger.edits] == ["2 of 3 registered"]


async def test_lateness_waits_for_a_look_at_the_end(world: RequestFixture):
    """The phone was plugged in since the look before."""
    code = await added(world)
    world.clock.now += WINDOW - 20
    look(world, await devices(world, code))

    assert await tell(world, 20) == []
    await settle(world, code, REGISTERED, 0)

    (text,) = await tell(world)
    assert text == "✓ Ann Alder's 8865 is registered, 60 minutes after it was added."


async def test_lateness_waits_for_seconds_only(world: RequestFixture):
    """As when no call of this minute is left."""
    code = await added(world)
    world.clock.now += WINDOW - 20
    look(world, await devices(world, code))

    assert await tell(world, 20) == []
    assert await tell(world, 18) == []

    (text,) = await tell(world, 2)
    assert text.startswith("Not registered yet: Ann Alder's 8865\n")


async def test_the_details_of_a_request_say_whether_it_registered(world: RequestFixture):
    code = await added(world)
    waiting = await world.type("request", code)
    assert "Not registered yet" in text_of(waiting)
    assert _says(waiting)["Not registered yet"] == f"followed {code}"

    world.clock.now += 360
    await settle(world, code, REGISTERED, 0)

    done = await world.type("request", code)
    assert "Registered at 13:52 UTC, 6 minutes after it was added" in text_of(done)
    assert "Not registered yet" not in _says(done)


def _says(shown: Reply) -> dict[str, str]:
    """What the buttons of a card type, by their titles."""
    return {each["title"]: each["data"].get("say", "") for each in card(shown).get("actions", [])}


async def test_what_is_followed_goes_with_old_requests(world: RequestFixture):
    code = await run_lines(world, THREE)
    await settle(world, code, REGISTERED, 0)
    await tell(world)

    def tables(db: Database) -> int:
        return sum(
            db.execute(f"select count(*) from {name} where request = ?", [code]).fetchone()[0]  # noqa: S608
            for name in ("followed", "followed_messages")
        )

    assert await world.store.call(tables) == 4
    assert await world.store.call(retention.sweep, world.clock() + 1, 10) == 1
    assert await world.store.call(tables) == 0
