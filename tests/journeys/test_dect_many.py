"""A large DECT network from one file, with faults and a kill: nothing is lost, nothing is early."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from sandbox.settings import Settings
from tests.database import copy
from tests.journeys import cards
from tests.journeys.world import ELI, Json, World, living, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

SPACING = 0.5  # seconds
BASES, HANDSETS = 250, 300
SECOND_LINES = 3
TIMEOUT = 120.0  # seconds
CAPTION = "set up dect Plant at Lyon DBS210"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def plant(
    allowlist: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[World, list[Json]]]:
    """A world with many people, and those of them with calling."""
    folder = tmp_path_factory.mktemp("plant")
    copy(allowlist, folder / "provbot.db")
    settings = Settings(dect_spacing_s=SPACING)
    async with living(folder, settings, PROVBOT_DECT_SPACING=str(SPACING)) as world:
        crowd = await world.client.crowd(people=HANDSETS * 4 // 3)
        people = [person for person in crowd["people"] if person["calling"]][:HANDSETS]
        assert len(people) == HANDSETS
        yield world, people


def sheet(people: list[Json]) -> bytes:
    """A base station in each of the first rows, and an owner in each; a few have second lines."""
    lines = ["base mac,owner,line 2,display name"]
    for number, person in enumerate(people):
        base = f"D8:2E:3E:50:{number // 256:02X}:{number % 256:02X}" if number < BASES else ""
        second = people[number - 1]["email"] if 0 < number <= SECOND_LINES else ""
        lines.append(f"{base},{person['email']},{second},DECT {number}")
    return "\n".join(lines).encode()


async def network(world: World) -> Json:
    """The network as the sandbox has it."""
    return next(each for each in await world.client.dect() if each["name"] == "Plant")


async def rows_of(world: World, name: str) -> list[dict[str, str]]:
    """The rows of the newest file of this kind."""
    messages = await world.client.messages(ELI)
    message = [each for each in messages if any(name in file for file in each["fileNames"])][-1]
    text = (await world.client.file(ELI, message)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


async def confirmed(world: World, content: bytes, **fields: Any) -> str:
    """The code of a request about a file that was just confirmed."""
    sent = await world.client.send_file(ELI, "plant.csv", content, text=CAPTION, **fields)
    *_, plan = await world.answers(ELI, sent["seq"] - 1)
    await world.client.press(ELI, plan["id"], "Confirm")
    return str(cards.data_of(plan, "Confirm")["request"])


async def test_a_large_network_is_built_once_in_spite_of_faults_and_a_kill(
    plant: tuple[World, list[Json]],
):
    world, people = plant
    await world.client.fault(what="refused_base", mac="D8:2E:3E:50:00:07")
    await world.client.fault(what="refused_handset", member=people[60]["email"])
    await world.client.fault(
        what="refused_base", mac="D8:2E:3E:50:00:60", missing=True, afterCommit=True
    )
    await world.client.fault(what="lost_answer", path="*/handsets/bulk")
    await world.client.fault(what="too_many_requests", method="POST", path="*/baseStations")

    code = await confirmed(world, sheet(people))

    async def is_half_built() -> bool:
        count = world.rows(
            "select count(*) as n from steps where request = ? and state = 'done'", code
        )
        return int(count[0]["n"]) >= BASES + 60

    await until(is_half_built, "half of it is built", TIMEOUT)
    await world.kill()
    await world.launch()
    await until(lambda: _has_ended(world, code), "all of it has ended", TIMEOUT)
    await world.at_rest()

    built = await network(world)
    macs = [base["mac"] for base in built["baseStations"]]
    names = [handset["name"] for handset in built["handsets"]]
    assert len(macs) == len(set(macs)) == BASES - 1
    assert sorted(names) == sorted(f"DECT {n}" for n in range(HANDSETS) if n != 60)
    assert sum(len(handset["lines"]) == 2 for handset in built["handsets"]) == SECOND_LINES
    assert built["earlyChanges"] == 0
    rows = await rows_of(world, f"{code}-result.csv")
    failed = [number for number, row in enumerate(rows) if row["status"] != "added"]
    assert failed == [7, 60]
    assert {row["status"] for row in rows} == {"added", "failed"}

    await world.client.clear_faults()
    await retried(world, code)
    again = await network(world)
    assert len(again["baseStations"]) == BASES
    assert len(again["handsets"]) == HANDSETS
    assert again["earlyChanges"] == 0


async def _has_ended(world: World, code: str) -> bool:
    return world.state(code) in ("done", "partly", "failed", "cancelled")


async def retried(world: World, code: str) -> None:
    """`Retry failed`, and its Confirm."""
    seq = await world.client.seq()
    await world.client.say(ELI, f"retry {code}")
    plan = (await world.answers(ELI, seq))[-1]
    await world.client.press(ELI, plan["id"], "Confirm")
    again = str(cards.data_of(plan, "Confirm")["request"])
    await until(lambda: _has_ended(world, again), "the retry has ended", TIMEOUT)
    await asyncio.wait_for(world.at_rest(), 60)
