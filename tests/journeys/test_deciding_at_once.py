"""Two approvers press at the same instant: one decides, both learn the truth, it is done once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.journeys import cards
from tests.journeys.approving import BOB, approving, card_of, verdicts
from tests.journeys.world import ANA, NAMES, TOM, Json, World, settled, until

# Fifty rounds take half a minute, and several times that on a busy machine.
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

MAC = "001122334455"
POLICY = """
[tag]
technician = "ask"

["delete device"]
approvers = 2
"""
ROUNDS = 50  # of each kind


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(allowlist: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A change that is cheap and leaves traces, and needs approval."""
    folder = tmp_path_factory.mktemp("world")
    async with approving(allowlist, folder, policy=POLICY) as world:
        yield world


async def tags(world: World) -> list[str]:
    (device,) = await world.devices(MAC)
    listed: list[str] = device["tags"]
    return listed


async def changed(world: World, code: str) -> int:
    """How many calls that change something the audit trail has for a request."""
    return len(world.rows("select seq from audit where request = ? and action = 'call'", code))


def of(code: str, messages: list[Json]) -> list[str]:
    """What was said about a request and stays, without the cards."""
    return [
        message["text"]
        for message in messages
        if code in message["text"] and not message.get("attachments") and settled(message)
    ]


async def both_heard(world: World, code: str, after: int, count: int) -> dict[str, list[str]]:
    """Wait until each approver has heard the final message, and both together that many words."""

    async def texts() -> dict[str, list[str]] | None:
        heard = {who: of(code, await world.client.messages(who, after=after)) for who in (ANA, BOB)}
        return heard if sum(map(len, heard.values())) >= count else None

    result: dict[str, list[str]] = await until(texts, f"both had heard of {code}")
    return result


@pytest.mark.parametrize("second", ["Approve", "Reject"])
async def test_one_of_two_simultaneous_presses_decides(world: World, second: str):
    winners = set()
    for number in range(ROUNDS):
        tag = f"round-{second[0]}{number}"
        plan = await world.say(TOM, f"tag {MAC} +{tag}")
        code = cards.code_of(await world.press(TOM, plan, "Confirm"))
        card = {who: await card_of(world, who, code, after=plan["seq"]) for who in (ANA, BOB)}
        seq = await world.client.seq()
        # Whose press is sent first changes from round to round.
        presses = [(ANA, "Approve", {}), (BOB, second, {"reason": "no"})]
        await asyncio.gather(
            *(
                world.client.press(who, card[who]["id"], title, inputs=inputs)
                for who, title, inputs in presses[:: 1 if number % 2 else -1]
            )
        )
        await world.at_rest()

        ((winner, verdict),) = verdicts(world, code)
        (loser,) = {ANA, BOB} - {winner}
        approved = verdict == "approve"
        assert world.state(code) == ("done" if approved else "rejected")
        assert (tag in await tags(world)) == approved
        assert await changed(world, code) == (1 if approved else 0)
        # Both: the final message. Who lost: an answer. Who approved: what became of it.
        texts = await both_heard(world, code, seq, 4 if approved else 3)
        final = f"{'✓ Approved' if approved else '✗ Rejected'} by {NAMES[winner]}"
        for who in (ANA, BOB):
            assert [text.startswith(final) for text in texts[who]].count(True) == 1, texts
        (answer,) = [text for text in texts[loser] if text.startswith(code)]
        assert ("already confirmed" in answer or "already done" in answer) == approved, answer
        assert ("was rejected" in answer) != approved, answer
        assert len(texts[loser]) == 2, texts
        winners.add(winner)
    # A rejection needs no look at the facts, so it may be the faster one every time.
    assert winners == {ANA, BOB} or second == "Reject", "the race was no race"


async def test_two_required_approvals_can_be_simultaneous(world: World):
    for number in range(10):
        mac = f"D82E3EEF75{number:02d}"
        await world.client.place_phone(mac, "DMS Cisco 8865", workspace="Lobby Lyon")
        plan = await world.say(TOM, f"delete device {mac}")
        code = cards.code_of(await world.press(TOM, plan, "Confirm"))
        card = {who: await card_of(world, who, code, after=plan["seq"]) for who in (ANA, BOB)}

        await asyncio.gather(
            *(
                world.client.press(who, card[who]["id"], "Approve")
                for who in (ANA, BOB, ANA, BOB)[number % 2 :]
            )
        )
        await world.at_rest()

        assert world.state(code) == "done"
        assert await world.devices(mac) == []
        assert sorted(verdicts(world, code)) == [(ANA, "approve"), (BOB, "approve")]
        assert await changed(world, code) == 1


async def test_simultaneous_cancel_and_approve_do_one_of_them(world: World):
    for number in range(10):
        plan = await world.say(TOM, f"tag {MAC} +taken-back-{number}")
        waiting = await world.press(TOM, plan, "Confirm")
        code = cards.code_of(waiting)
        card = await card_of(world, ANA, code, after=plan["seq"])

        await asyncio.gather(
            world.client.press(ANA, card["id"], "Approve"),
            world.client.press(TOM, waiting["id"], "Cancel"),
        )
        await world.at_rest()

        state = world.state(code)
        assert state in ("done", "cancelled")
        assert (f"taken-back-{number}" in await tags(world)) == (state == "done")
        assert await changed(world, code) == (1 if state == "done" else 0)
        assert len(verdicts(world, code)) == (1 if state == "done" else 0)


async def test_simultaneous_expiry_and_approve_do_one_of_them(world: World):
    plan = await world.say(TOM, f"tag {MAC} +too-late")
    code = cards.code_of(await world.press(TOM, plan, "Confirm"))
    card = {who: await card_of(world, who, code, after=plan["seq"]) for who in (ANA, BOB)}
    world.write("update requests set approve_by = 1 where code = ?", code)

    await asyncio.gather(
        *(world.client.press(who, card[who]["id"], "Approve") for who in (ANA, BOB))
    )
    await world.at_rest()

    assert world.state(code) == "expired"
    assert "too-late" not in await tags(world)
    assert verdicts(world, code) == []
