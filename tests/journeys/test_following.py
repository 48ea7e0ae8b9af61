"""What was added is seen to register, with few calls, whatever it is and whatever happens."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.settings import Settings
from tests.database import copy
from tests.journeys import cards
from tests.journeys.dect_networks import placed_handset, placed_network
from tests.journeys.test_activation_code import newest_code
from tests.journeys.world import ELI, TOM, Json, World, living, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOB, HUGO, KIM, JACK = (f"{name}@acme.example" for name in ("bob", "hugo", "kim", "jack"))
MODEL = "DMS Cisco 8845"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(allowlist: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """New phones wait until somebody plugs them in; lists have one page."""
    folder = tmp_path_factory.mktemp("world")
    copy(allowlist, folder / "provbot.db")
    settings = Settings(phone_registers_s=0.1, page_cap=100, phoneos_appears_s=0)
    async with living(
        folder, settings, PROVBOT_FOLLOW_MINUTES="60", TESTS_INTERVALS_BY="10"
    ) as world:
        await world.client.phone_settings(wait_for_plug=True)
        yield world


async def done(world: World, text: str, person: str = TOM) -> str:
    """Ask for something and confirm it; the code of the request, whose result was told."""
    plan = await world.say(person, text)
    await world.press(person, plan, "Confirm")
    await world.at_rest()
    assert world.state(cards.code_of(plan)) == "done"
    return cards.code_of(plan)


async def told(world: World, after: int, start: str, person: str = TOM) -> Json:
    """The message about a registration that begins with that."""
    return await world.answer(person, after, where=lambda each: each["text"].startswith(start))


async def reads(world: World, after: int) -> list[Json]:
    """The calls that look for devices."""
    return [
        call
        for call in await world.client.calls(after)
        if call["token"] == "service_app"
        and call["method"] == "GET"
        and any(word in call["path"] for word in ("/devices", "baseStations"))
    ]


def busiest_minute(calls: list[Json]) -> int:
    """The most calls in any 60 seconds."""
    times = [datetime.fromisoformat(call["at"]).timestamp() for call in calls]
    return max((sum(begin <= at < begin + 60 for at in times) for begin in times), default=0)


async def test_an_added_phone_is_seen_with_one_call_a_look(world: World):
    code = await done(world, f"add phone D82E3EEFC101 8865 for {BOB}")
    seq = await world.client.seq()

    async def is_looked_at() -> bool:
        return bool(await reads(world, seq))

    await until(is_looked_at, "it was looked at")
    await world.client.plug("D82E3EEFC101")

    await told(world, seq, "✓ Bob Keller's 8865 is registered, ")
    (row,) = world.rows("select * from followed where request = ?", code)
    assert row["state"] == "registered"
    calls = await reads(world, seq)
    assert {call["path"].rpartition("/")[0] for call in calls} == {"/v1/devices"}
    assert 2 <= len(calls) == busiest_minute(calls) <= 4
    assert '"event": "device_registered"' in world.log.read_text()


async def test_what_registers_while_the_bot_is_dead_is_seen_by_the_next_one(world: World):
    await world.client.place_phone("D82E3EEFC110", MODEL, ownerEmail=KIM)
    await world.client.place_phone("D82E3EEFC111", MODEL, ownerEmail=JACK)
    network = placed_network(world, "Stairs", code="4711")
    world.said_in_secret.add("4711")
    placed_handset(world, network, "Porter", HUGO)
    codes = {
        "swap": await done(world, "swap D82E3EEFC110 with D82E3EEFC112 8865"),
        "move": await done(world, f"move D82E3EEFC111 to {HUGO}", ELI),
        "9861": await done(world, f"add phone D82E3EEFC113 9861 for {BOB}"),
        "code": await done(world, f"activation code 8845 for {BOB}"),
        "base": await done(world, "add base D82E3EEFC120 to Stairs"),
    }
    await world.kill()
    seq = await world.client.seq()
    await world.client.activate(newest_code(world), "D82E3EEFC114")
    for number in range(111, 114):
        await world.client.plug(f"D82E3EEFC{number}")
    await world.client.switch_base("D82E3EEFC120", online=True)

    async def is_paired() -> bool:
        online = (await world.client.dect())[-1]["baseStations"][0]["state"] == "online"
        return online and bool(await world.client.pair_handset("D82E3EEFC120", "4711"))

    await until(is_paired, "a handset was paired")
    await world.start()

    await told(world, seq, "✓ Kim Larsen's 8865 is registered, ")
    await told(world, seq, "✓ Hugo Petit's 8845 is registered, ", ELI)
    await told(world, seq, "✓ Bob Keller's 9861 is registered, ")
    await told(world, seq, "✓ Bob Keller's 8845 is registered, ")
    await told(world, seq, "✓ The base station D8:2E:3E:EF:C1:20 of Stairs ")
    rows = world.rows("select request, state, target from followed")
    states = {row["request"]: row["state"] for row in rows}
    assert {states[code] for code in codes.values()} == {"registered"}
    assert "D82E3EEFC114" in next(row["target"] for row in rows if row["request"] == codes["code"])
    calls = await reads(world, seq)
    assert Counter(call["path"].rpartition("/")[2] for call in calls)["devices"] <= 4
    assert busiest_minute(calls) <= 4


async def test_a_phone_that_is_moved_is_followed_at_its_new_owner_only(world: World):
    code = await done(world, f"add phone D82E3EEFC130 8865 for {KIM}")
    again = await done(world, "move D82E3EEFC130 to Lobby Lyon", ELI)
    await world.kill()
    await world.client.plug("D82E3EEFC130")
    seq = await world.client.seq()
    await world.start()

    await told(world, seq, "✓ The 8865 of Lobby Lyon is registered, ", ELI)

    states = {row["request"]: row["state"] for row in world.rows("select * from followed")}
    assert (states[code], states[again]) == ("gone", "registered")
    assert world.rows("select * from followed where state = 'waiting'") == []
