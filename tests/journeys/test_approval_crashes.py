"""kill -9 at every step of an approval, then a start: nothing is lost, nothing is done twice."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.journeys import cards
from tests.journeys.approving import (
    BOB,
    approving,
    ask_for_network,
    ask_to_delete,
    became,
    card_of,
    count_messages,
    has_card,
    heard,
    is_card,
    networks,
    no_card,
    verdicts,
)
from tests.journeys.crash import hang, start_again, start_again_at_rest, trail_is_whole
from tests.journeys.gates import held
from tests.journeys.world import ANA, ELI, NAMES, TOM, Json, World, in_progress, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

POST = ("POST", "/messages")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(allowlist: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Approvers hear of requests in direct messages; the bot is killed again and again."""
    async with approving(allowlist, tmp_path_factory.mktemp("world")) as world:
        yield world


async def asked(world: World, name: str) -> tuple[str, Json]:
    """Tom asks for a DECT network; the code, and Ana's card."""
    code = cards.code_of(await ask_for_network(world, TOM, name))
    await card_of(world, BOB, code)
    card = await card_of(world, ANA, code)
    await world.at_rest()  # what is not handled from now on is the decision
    return code, card


async def was_done_once(world: World, code: str, name: str, seq: int) -> None:
    """The network is there, one call made it, and all who should know do."""
    await became(world, code, "done")
    await world.at_rest()
    assert len(await networks(world, name)) == 1
    assert [call["status"] for call in await world.changes(seq)] == [201]
    assert await count_messages(world, TOM, f"The DECT network {name} was created", seq) == 1
    for who in (ANA, BOB):
        await no_card(world, who, code)
        assert await count_messages(world, who, "✓ Approved by", seq) >= 1
    await trail_is_whole(world)


async def old_card_says(world: World, card: Json, expected: str) -> None:
    """A press on the card as it was before the power cut is answered, and changes nothing."""
    other = await world.say(ANA, "help")
    async with world.nothing_changes():
        answer = await world.craft(ANA, other, **cards.data_of(card, "Approve"))
    assert expected in answer["text"], answer["text"]


async def is_unhandled(world: World) -> bool:
    return bool(world.rows("select id from events where handled_at is null"))


async def test_a_restart_while_it_waits_changes_nothing_and_the_old_card_works(world: World):
    code, card = await asked(world, "Alder")
    seq = await world.client.seq()
    await start_again_at_rest(world)
    assert world.state(code) == "waiting"
    assert await count_messages(world, ANA, code, seq) == 0  # not asked a second time

    await world.client.press(ANA, card["id"], "Approve")

    await was_done_once(world, code, "Alder", seq)
    await old_card_says(world, card, "is already done")


async def test_a_secret_lost_in_a_kill_is_reported(world: World):
    world.said_in_secret.add("7391")
    waiting = await ask_for_network(world, TOM, "Ash", code="7391")
    code = cards.code_of(waiting)
    card = await card_of(world, ANA, code)
    assert "7391" not in str(card)
    await start_again_at_rest(world)
    seq = await world.client.seq()

    async with world.nothing_changes():
        await world.client.press(ANA, card["id"], "Approve")
        message = await heard(world, TOM, "that you entered was not kept", after=seq)

    await heard(world, ANA, "that you entered was not kept", after=seq)
    assert world.state(code) == "cancelled"
    form = await world.press(TOM, message, "Ask again")  # no plan without the code
    assert "Please enter it again" in form["text"]
    assert cards.filled(form)["name"] == "Ash"
    plan = await world.press(TOM, form, "Continue", access_code="7391")
    assert "never shown" in cards.facts(plan)["Access code"]
    code = cards.code_of(await world.press(TOM, plan, "Confirm"))
    await world.client.press(ANA, (await card_of(world, ANA, code))["id"], "Approve")
    await heard(world, TOM, "The DECT network Ash was created", after=seq)


@pytest.mark.parametrize("typed", [False, True])
async def test_killed_between_receiving_the_decision_and_reading_it(world: World, typed: bool):
    name = f"Beech {typed}"
    code, card = await asked(world, name)
    await hang(world, "GET", "/messages/*" if typed else "/attachment/actions/*")
    seq = await world.client.seq()
    if typed:
        await world.client.say(ANA, f"approve {code}")
    else:
        await world.client.press(ANA, card["id"], "Approve")
    await until(lambda: is_unhandled(world), "the decision was taken")
    assert verdicts(world, code) == []

    await start_again(world)

    await was_done_once(world, code, name, seq)
    assert verdicts(world, code) == [(ANA, "approve")]


async def test_killed_while_waiting_before_any_card_is_posted(world: World):
    form = await world.say(TOM, "create dect network Cedar at Berlin")
    plan = await world.press(TOM, form, "Continue")
    code, seq = cards.code_of(plan), await world.client.seq()
    await hang(world, *POST)
    await world.client.press(TOM, plan["id"], "Confirm")
    assert await became(world, code, "waiting") == "waiting"
    assert not await has_card(world, ANA, code)

    await start_again(world)

    card = {who: await card_of(world, who, code) for who in (ANA, BOB)}
    message = await heard(world, TOM, f"{code} is waiting for an approver.", after=seq)
    assert message["seq"] > seq
    assert await count_messages(world, ANA, code, seq) == 1
    await world.client.press(ANA, card[ANA]["id"], "Approve")
    await was_done_once(world, code, "Cedar", seq)


async def test_killed_between_posting_two_cards(world: World):
    form = await world.say(TOM, "create dect network Elm at Berlin")
    plan = await world.press(TOM, form, "Continue")
    code, seq = cards.code_of(plan), await world.client.seq()
    await hang(world, *POST, nth=3)
    async with held(world, "GET", "/telephony/config/dectNetworks"):
        await world.client.press(TOM, plan["id"], "Confirm")
        await world.answer(TOM, seq, where=in_progress)  # the first that is posted

    async def is_noted() -> bool:
        return bool(world.rows("select * from approval_cards where request = ?", code))

    await until(is_noted, "one card was posted and noted")
    assert [await has_card(world, who, code) for who in (ANA, BOB)].count(True) == 1

    await start_again(world)

    card = {who: await card_of(world, who, code) for who in (ANA, BOB)}
    for who in (ANA, BOB):
        assert await count_messages(world, who, code, seq) == 1  # one card each
    await world.client.press(BOB, card[BOB]["id"], "Approve")
    await was_done_once(world, code, "Elm", seq)


async def test_killed_after_posting_a_card_before_recording_it(world: World):
    form = await world.say(TOM, "create dect network Fir at Berlin")
    plan = await world.press(TOM, form, "Continue")
    code, seq = cards.code_of(plan), await world.client.seq()
    call = world.sandbox.fault(method=POST[0], path=POST[1], times=0, latency=1.0)
    await world.client.press(TOM, plan["id"], "Confirm")

    async def are_under_way() -> bool:
        return call.seen > 2

    await until(are_under_way, "the cards were on their way")
    await world.kill()
    first = {who: await card_of(world, who, code, after=seq) for who in (ANA, BOB)}
    await world.client.clear_faults()
    await world.start()

    async def is_asked_again() -> bool:
        messages = await world.client.messages(ANA, after=seq)
        return len([message for message in messages if is_card(message, code)]) == 2

    await until(is_asked_again, "Ana was asked once more")
    # Both work; the one that nobody noted stays, and says what became of it.
    await world.client.press(ANA, first[ANA]["id"], "Approve")
    await became(world, code, "done")
    await world.at_rest()
    late = await world.press(BOB, first[BOB], "Reject", reason="late")
    assert late["text"].startswith(f"{code} is already done. Nothing was done a second time.")
    assert [call["status"] for call in await world.changes(seq)] == [201]
    assert verdicts(world, code) == [(ANA, "approve")]
    await trail_is_whole(world)


async def test_killed_after_approve_before_the_cards_are_replaced(world: World):
    code, card = await asked(world, "Hazel")
    await hang(world, *POST)
    seq = await world.client.seq()
    await world.client.press(ANA, card["id"], "Approve")
    assert await became(world, code, "approved") == "approved"  # and not yet running
    assert await has_card(world, BOB, code)

    await start_again(world)

    await was_done_once(world, code, "Hazel", seq)
    await old_card_says(world, card, "is already done")
    assert verdicts(world, code) == [(ANA, "approve")]


async def test_killed_after_reject_before_anybody_is_told(world: World):
    code, card = await asked(world, "Larch")
    await hang(world, *POST)
    seq = await world.client.seq()
    await world.client.press(ANA, card["id"], "Reject", inputs={"reason": "too dark"})
    assert await became(world, code, "rejected") == "rejected"

    async with world.nothing_changes():
        await start_again(world)
        message = await heard(world, TOM, "“too dark”", after=seq)
        for who in (ANA, BOB):
            await heard(world, who, "“too dark”", after=seq)
            await no_card(world, who, code)

    assert cards.buttons(message) == ["Ask again"]
    assert await count_messages(world, TOM, "“too dark”", seq) == 1
    await old_card_says(world, card, "was rejected by")
    await trail_is_whole(world)


async def test_killed_after_cancel_before_the_cards_are_replaced(world: World):
    waiting = await ask_for_network(world, TOM, "Linden")
    code = cards.code_of(waiting)
    card = await card_of(world, ANA, code)
    await hang(world, *POST)
    seq = await world.client.seq()
    await world.client.press(TOM, waiting["id"], "Cancel")
    assert await became(world, code, "cancelled") == "cancelled"

    async with world.nothing_changes():
        await start_again(world)
        await heard(world, TOM, f"{code} was cancelled", after=seq)
        await heard(world, ANA, f"✗ Cancelled by {NAMES[TOM]}", after=seq)
        await no_card(world, ANA, code)

    await old_card_says(world, card, "was cancelled by")


async def test_killed_while_approved_and_queued(world: World):
    for mac in ("D82E3EEF7701", "D82E3EEF7702"):
        await world.client.place_phone(mac, "DMS Cisco 8865", ownerEmail="nora@acme.example")
    first = cards.code_of(await ask_to_delete(world, TOM, "D82E3EEF7701"))
    second = cards.code_of(await ask_to_delete(world, ELI, "D82E3EEF7702"))
    await hang(world, "DELETE", "/devices/*")
    seq = await world.client.seq()
    await world.client.say(ANA, f"approve {first}")
    await became(world, first, "running")
    await world.client.say(BOB, f"approve {second}")
    await heard(world, ELI, "✓ Approved by", after=seq)
    assert world.state(second) == "approved"
    await world.kill()
    world.write("update requests set run_by = 1 where code = ?", second)  # it was a long night
    await world.client.clear_faults()
    plan = await world.client.organization()
    assert len([d for d in plan["devices"] if d["mac"].startswith("D82E3EEF770")]) == 2
    # Somebody removed the first one in Control Hub meanwhile: a look-up finds that it is gone.
    phones = world.sandbox.cloud.organization.phones
    del phones[next(key for key, phone in phones.items() if phone.mac == "D82E3EEF7701")]

    await world.start()

    await became(world, first, "done")
    message = await heard(world, ELI, "could not start in time", after=seq)
    assert message["text"].startswith("Not done: ")
    await heard(world, BOB, f"{second} is expired", after=seq)
    assert await became(world, second, "expired") == "expired"
    assert len(await world.devices("D82E3EEF7702")) == 1
    assert [call["status"] for call in await world.changes(seq) if call["status"] < 500] == []
    await trail_is_whole(world)


async def test_killed_during_a_change_that_webex_makes(world: World):
    code, card = await asked(world, "Maple")
    path = "/telephony/config/locations/*/dectNetworks"
    call = world.sandbox.fault(method="POST", path=path, latency=1.5)
    seq = await world.client.seq()
    await world.client.press(ANA, card["id"], "Approve")

    async def is_under_way() -> bool:
        return call.seen > 0

    async def is_made() -> bool:
        return bool(await networks(world, "Maple"))

    await until(is_under_way, "the change was on its way")
    await world.kill()
    assert world.state(code) == "running"
    assert not await is_made()
    await until(is_made, "Webex made the network")
    await world.start()

    await was_done_once(world, code, "Maple", seq)
    await heard(world, ANA, f"{code} is done", after=seq)
    await old_card_says(world, card, "is already done")


async def test_killed_when_done_before_the_requester_is_told(world: World):
    code, card = await asked(world, "Oak")
    path = "/telephony/config/locations/*/dectNetworks"
    await world.client.fault(method="POST", path=path, latency=1.0)
    seq = await world.client.seq()
    await world.client.press(ANA, card["id"], "Approve")
    await became(world, code, "running")
    await hang(world, *POST)
    await became(world, code, "done")
    assert await count_messages_now(world, TOM, "was created", seq) == 0

    await start_again(world)

    await was_done_once(world, code, "Oak", seq)
    await old_card_says(world, card, "is already done")


async def count_messages_now(world: World, person: str, text: str, after: int) -> int:
    """As `count_messages`, without waiting for everything to be answered."""
    messages = await world.client.messages(person, after=after)
    return len([message for message in messages if text in message.get("text", "")])


async def test_a_request_that_expired_during_downtime_is_reported_at_the_start(world: World):
    code, card = await asked(world, "Pine")
    await world.at_rest()
    seq = await world.client.seq()
    await world.kill()
    world.write("update requests set approve_by = 1 where code = ?", code)

    async with world.nothing_changes():
        await world.start()
        await heard(world, TOM, "⌛ Expired at", after=seq)
        for who in (ANA, BOB):
            await heard(world, who, "⌛ Expired at", after=seq)
            await no_card(world, who, code)

    assert world.state(code) == "expired"
    await old_card_says(world, card, "has expired. Nothing was changed")
