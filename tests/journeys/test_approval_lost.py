"""Killed while an approved change is on its way, and Webex never makes it.

That nothing came is certain only after two minutes of looking: here after twenty seconds.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.journeys import cards
from tests.journeys.approving import (
    approving,
    ask_for_network,
    ask_to_delete,
    became,
    card_of,
    count_messages,
    heard,
    networks,
)
from tests.journeys.crash import hang, start_again, trail_is_whole
from tests.journeys.world import ANA, ELI, TOM, World, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

SPEED = "6"  # two minutes in twenty seconds
MAC = "D82E3EEF7B01"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(allowlist: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """With approvers."""
    folder = tmp_path_factory.mktemp("world")
    async with approving(allowlist, folder, TORTURE_FASTER=SPEED) as world:
        yield world


async def test_a_change_that_never_arrived_is_sent_once_more_when_that_is_certain(world: World):
    await world.client.place_phone(MAC, "DMS Cisco 8865", workspace="Lobby Lyon")
    made = cards.code_of(await ask_for_network(world, TOM, "Lost"))
    gone = cards.code_of(await ask_to_delete(world, ELI, MAC))
    card = await card_of(world, ANA, made)
    await hang(world, "POST", "/telephony/config/locations/*/dectNetworks")
    await hang(world, "DELETE", "/devices/*")
    seq = await world.client.seq()
    for code in (made, gone):
        await world.client.say(ANA, f"approve {code}")
        await became(world, code, "running")

    async def are_sent() -> bool:
        faults = world.sandbox.cloud.faults._faults
        return all(fault.seen for fault in faults)

    async def are_done() -> bool:
        return {world.state(made), world.state(gone)} == {"done"}

    await until(are_sent, "both changes were on their way")
    await start_again(world)
    for code, who in ((made, TOM), (gone, ELI)):
        assert await became(world, code, "unknown") == "unknown"
        await heard(world, who, f"{code}: Webex did not confirm the change.", after=seq)
    other = await world.say(ANA, "help")
    late = await world.craft(ANA, other, **cards.data_of(card, "Approve"))
    assert late["text"].startswith(f"{made} is being checked:")
    assert await networks(world, "Lost") == []
    assert len(await world.devices(MAC)) == 1
    assert [call for call in await world.changes(seq) if call["status"] < 500] == []
    await until(are_done, "both were sent once more")
    await world.at_rest()

    assert len(await networks(world, "Lost")) == 1
    assert await world.devices(MAC) == []
    sent = [call for call in await world.changes(seq) if call["status"] < 500]
    assert sorted(call["method"] for call in sent) == ["DELETE", "POST"]  # each of them once
    assert await count_messages(world, TOM, "The DECT network Lost was created", seq) == 1
    assert await count_messages(world, ELI, "was deleted", seq) == 1
    for code in (made, gone):
        await heard(world, ANA, f"{code} is done", after=seq)
    await trail_is_whole(world)
