"""What people hear of followed devices: in their thread, once, and again after a failure."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from sqlite_utils import Database

from bot.core.errors import Forbidden, NotFound, Unavailable
from bot.core.models.followed import FollowedDevice, FollowState
from bot.domain.registration import key_of
from bot.store import followed, retention
from tests.bot.requests.fixtures import DIRECT, GROUP, PHONE, ROLES, RequestFixture, text_of
from tests.bot.requests.harness import DispatchHarness
from tests.bot.requests.lists import run_lines
from tests.example_org import FREE_MAC
from tests.fake_messenger import PostedMessage

WINDOW = 3600.0
OTHER_MAC, THIRD_MAC = "D82E3EEF4E61", "D82E3EEF4E62"
THREE = f"{FREE_MAC} 8865 ann@example.com\n{OTHER_MAC} 8865 Lobby\n{THIRD_MAC} 8865 ann@example.com"
CODES = "8865 ann@example.com\n8865 bob@example.com"
REGISTERED, GONE, EXPIRED = FollowState.REGISTERED, FollowState.GONE, FollowState.EXPIRED
LOST = FollowState.LOST


async def devices(world: RequestFixture, code: str) -> list[FollowedDevice]:
    return await world.store.call(followed.of, code)


async def settle(world: RequestFixture, code: str, state: FollowState, *numbers: int) -> None:
    """What a look has shown of the devices with these numbers, from 0."""
    rows = await devices(world, code)
    for number in numbers:
        await world.store.call(followed.settle, rows[number], state, world.clock())


async def tell(world: RequestFixture, passes: float = 3.0) -> list[str]:
    """The texts that are posted when so many seconds have passed."""
    mark = len(world.messenger.posted)
    world.clock.now += passes
    await world.following.news.tell()
    await world.runner.progress.finish()
    return [message.text for message in world.messenger.posted[mark:]]


def look(world: RequestFixture, waiting: Sequence[FollowedDevice]) -> None:
    """A complete look was made just now."""
    seen = {key_of(device): world.clock() for device in waiting}
    world.following.looks._memory.listed_at.update(seen)


async def seen_at_end(world: RequestFixture, code: str) -> None:
    """The window is over, and a look at its end has shown everything."""
    world.clock.now += WINDOW
    look(world, await devices(world, code))


async def added(world: RequestFixture, place=DIRECT) -> str:
    return await world.confirmed("add phone", PHONE, place=place)


def summed_up(world: RequestFixture) -> list[PostedMessage]:
    """The messages that sum up, of those that stand."""
    return [each for each in world.messenger.standing if " registered" in each.text.split(";")[0]]


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
    world.following.looks.problem = Unavailable(503, "Down.")

    assert await tell(world, 1800) == []  # it may pass
    (text,) = await tell(world, 600)

    assert text.startswith("Not known whether it is registered: Ann Alder's 8865\n")
    assert "could not ask Webex about it since 14:16 UTC" in text
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
    world.following.looks.problem = Unavailable(503, "Down.")

    assert await tell(world, 590) == []
    world.following.looks.problem = None
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


async def test_the_details_of_a_request_say_whether_it_registered(world: RequestFixture):
    code = await added(world)
    assert "Not registered yet" in text_of(await world.type("request", code))

    world.clock.now += 360
    await settle(world, code, REGISTERED, 0)

    shown = text_of(await world.type("request", code))
    assert "Registered at 13:52 UTC, 6 minutes after it was added" in shown


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


# Killed at each durable effect


async def kill_at_each_effect(tmp_path: Path, play) -> int:
    """Play a story in one world after another, each killed one effect later, until none is."""
    for effects in range(100):
        harness = DispatchHarness(tmp_path / f"{effects}.db")
        await harness.allow(*ROLES)
        survived = await play(harness, effects)
        harness.store.close()
        if survived:
            return effects
    raise AssertionError("It never ended.")


async def told_in_spite_of_death(harness: DispatchHarness, effects: int) -> bool:
    """Tell, die after so many effects, and tell again; whether it did not die."""
    survived = await harness.live(harness.following.news.tell(), crash_timer=effects)
    if not survived:
        harness.restart()
        await harness.pick_up()
        await harness.live(harness.following.news.tell())
    return survived


@pytest.mark.slow
async def test_a_registration_is_told_whenever_the_process_dies(tmp_path: Path):
    async def play(harness: DispatchHarness, effects: int) -> bool:
        code = await added(harness)
        await settle(harness, code, REGISTERED, 0)
        survived = await told_in_spite_of_death(harness, effects)
        told = [text for text in harness.messenger.texts if " is registered" in text]
        assert 1 <= len(told) <= 2
        assert survived <= (len(told) == 1)
        assert (await devices(harness, code))[0].told
        return survived

    assert await kill_at_each_effect(tmp_path, play) >= 5


@pytest.mark.slow
async def test_lateness_is_told_whenever_the_process_dies(tmp_path: Path):
    async def play(harness: DispatchHarness, effects: int) -> bool:
        code = await added(harness)
        await seen_at_end(harness, code)
        survived = await harness.live(harness.following.news.tell(), crash_timer=effects)
        if not survived:
            harness.restart()
            look(harness, await devices(harness, code))
            await harness.live(harness.following.news.tell())
        told = [text for text in harness.messenger.texts if text.startswith("Not registered yet")]
        assert 1 <= len(told) <= 2
        assert (await devices(harness, code))[0].late_told
        return survived

    assert await kill_at_each_effect(tmp_path, play) >= 5


@pytest.mark.slow
@pytest.mark.parametrize("edits", [0, 10])
async def test_a_summary_stands_once_or_twice_whenever_the_process_dies(tmp_path: Path, edits: int):
    """Edited, posted again after ten edits, and replaced by the last message."""

    async def play(harness: DispatchHarness, effects: int) -> bool:
        code = await run_lines(harness, THREE)
        await settle(harness, code, REGISTERED, 0)
        survived = await told_in_spite_of_death(harness, effects)
        await harness.store.call(_set_edits, edits)
        for passes, numbers in ((60.0, (1,)), (60.0, (2,))):
            await settle(harness, code, REGISTERED, *numbers)
            harness.clock.now += passes
            survived &= await told_in_spite_of_death(harness, effects)
        standing = [each.text for each in summed_up(harness)]
        assert len([text for text in standing if text.startswith("✓ 3 of 3")]) in (1, 2)
        assert len(standing) == 1 if survived else len(standing) <= 4
        assert all(device.told for device in await devices(harness, code))
        return survived

    assert await kill_at_each_effect(tmp_path, play) >= 8


def _set_edits(db: Database, edits: int) -> None:
    db.execute("update followed_messages set edits = ?", [edits])
