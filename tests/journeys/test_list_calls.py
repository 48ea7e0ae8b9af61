"""A list of many rows is checked with few calls, whatever Webex shows in its lists."""

import csv
import io
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.settings import Settings
from tests.database import copy
from tests.journeys import cards
from tests.journeys.world import ELI, Json, World, living

pytestmark = pytest.mark.asyncio(loop_scope="module")

PEOPLE, ROOMS = 300, 30
UNKNOWN = "nobody@acme.example"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def crowded(
    allowlist: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[World, Json]]:
    """A world with many people, and who they are."""
    folder = tmp_path_factory.mktemp("crowded")
    copy(allowlist, folder / "provbot.db")
    async with living(folder, Settings(page_cap=100)) as world:
        yield world, await world.client.crowd(people=PEOPLE, workspaces=ROOMS)


def sheet(crowd: Json) -> bytes:
    """A hundred people, ten workspaces by name, and somebody whom nobody knows."""
    owners = [person["email"] for person in crowd["people"][:100]]
    owners += [room["displayName"] for room in crowd["workspaces"][:10]] + [UNKNOWN]
    lines = [f"02AA0000{number:04X},8865,{owner}" for number, owner in enumerate(owners)]
    return "\n".join(["MAC,Model,Owner", *lines]).encode()


async def checked(world: World, content: bytes) -> tuple[list[dict[str, str]], Counter[str]]:
    """The rows of the check, and the admin calls that it took, by path."""
    seq = await world.client.seq()
    sent = await world.client.send_file(ELI, "phones.csv", content)
    check, plan = await world.answers(ELI, sent["seq"] - 1)
    calls = [call for call in await world.client.calls(seq) if call["token"] == "service_app"]
    text = (await world.client.file(ELI, check)).decode("utf-8-sig")
    await world.press(ELI, plan, "Cancel")
    paths = Counter(call["path"].removeprefix("/v1/").partition("/")[0] for call in calls)
    return list(csv.DictReader(io.StringIO(text))), paths


async def test_a_hundred_rows_are_checked_with_few_calls(crowded: tuple[World, Json]):
    world, crowd = crowded

    rows, calls = await checked(world, sheet(crowd))

    calling = [person["calling"] for person in crowd["people"][:100]]
    expected = ["ready" if kind else "wrong" for kind in calling] + ["ready"] * 10 + ["wrong"]
    assert [row["status"] for row in rows] == expected
    standard = [row for row in rows[:100] if "Webex Calling Standard" in row["reason"]]
    assert len(standard) == calling.count("standard")
    assert calls["people"] <= 4 + 1  # pages of all, and the one whom nobody knows
    assert calls["workspaces"] == 1
    assert calls.total() <= 12


async def test_licences_that_lists_of_people_lack_come_from_their_holders(
    crowded: tuple[World, Json],
):
    world, crowd = crowded
    shown, _ = await checked(world, sheet(crowd))
    fault = await world.client.fault(
        method="GET", path="/people", without=["items.licenses"], times=0
    )

    rows, calls = await checked(world, sheet(crowd))

    assert rows == shown
    assert 0 < calls["licenses"] <= 8
    await world.client.end_fault(fault)


async def test_licences_that_cannot_be_read_are_a_warning(crowded: tuple[World, Json]):
    world, crowd = crowded
    await world.client.fault(method="GET", path="/people", without=["items.licenses"], times=0)
    await world.client.fault(method="GET", path="/licenses/*", status=403, times=0)

    sent = await world.client.send_file(ELI, "phones.csv", sheet(crowd))
    _, plan = await world.answers(ELI, sent["seq"] - 1)

    assert "I could not check the licences of all people." in str(plan)
    assert "Confirm" in cards.buttons(plan)
    await world.press(ELI, plan, "Cancel")
    await world.client.clear_faults()
