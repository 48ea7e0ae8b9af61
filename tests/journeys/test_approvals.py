"""Approvals by direct message: who is asked, who decides, and who hears what became of it."""

import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.journeys import cards
from tests.journeys.approving import (
    BOB,
    HUGO,
    approving,
    ask_for_network,
    ask_to_delete,
    became,
    card_of,
    count_messages,
    give,
    has_card,
    heard,
    networks,
    no_card,
    take,
    verdicts,
)
from tests.journeys.gates import held
from tests.journeys.world import ANA, ELI, NAMES, TESS, TOM, Json, World, in_progress

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(allowlist: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Approvers hear of requests in direct messages."""
    async with approving(allowlist, tmp_path_factory.mktemp("world")) as world:
        yield world


async def cancelled(world: World, person: str, waiting: Json) -> None:
    """Leave nothing behind for the next journey."""
    await world.press(person, waiting, "Cancel")


async def test_only_approvers_get_the_plan_as_it_was_shown(world: World):
    form = await world.say(TOM, "create dect network Fair at Berlin")
    plan = await world.press(TOM, form, "Continue")
    assert "needs approval" in plan["text"]

    async with world.nothing_changes():
        waiting = await world.press(TOM, plan, "Confirm")

    code = cards.code_of(waiting)
    assert waiting["text"].startswith("Waiting for approval: Create the DECT network Fair")
    assert cards.buttons(waiting) == ["Cancel"]
    assert world.state(code) == "waiting"
    for approver in (ANA, BOB):
        card = await card_of(world, approver, code)
        assert cards.facts(card) == cards.facts(plan)
        assert f"{NAMES[TOM]} asks for your approval." in cards.plain(card["text"])
        assert list(cards.boxes(card)) == ["reason"]
        assert cards.data_of(card, "Approve").keys() == {"request", "version", "press"}
    assert not await has_card(world, HUGO, code)
    assert not await has_card(world, TOM, code)
    await world.gone(TOM, plan)
    await cancelled(world, TOM, waiting)


async def test_the_approver_sees_why_it_is_asked(world: World):
    plan = await world.say(ELI, f"delete device {await placed(world, 'D82E3EEF7009')}")
    assert cards.boxes(plan)["reason"]["label"] == "Why? (optional; the approver sees it)"
    assert cards.buttons(plan) == ["Confirm", "Change", "Cancel"]
    waiting = await world.press(ELI, plan, "Confirm", reason="It is *broken*")
    code = cards.code_of(waiting)
    card = await card_of(world, ANA, code)
    assert "Why: “It is *broken*”" in cards.plain(card["text"])
    assert cards.facts(await world.say(ELI, f"request {code}"))["Why"] == "It is *broken*"
    await cancelled(world, ELI, waiting)

    typed = await world.say(ELI, "delete device D82E3EEF7009 because Kim left")
    assert cards.filled(typed) == {"reason": "Kim left"}
    code = cards.code_of(typed)
    waiting = await world.say(ELI, f"confirm {code} because Kim Larsen left")
    card = await card_of(world, ANA, code)
    assert "Why: “Kim Larsen left”" in cards.plain(card["text"])
    assert "Kim Larsen left" in (await world.say(ANA, "approvals"))["text"]
    await cancelled(world, ELI, waiting)


async def test_decisions_show_progress_while_the_facts_are_read(world: World):
    form = await world.say(TOM, "create dect network Slow at Berlin")
    plan = await world.press(TOM, form, "Continue")
    code = cards.code_of(plan)
    facts = ("GET", "/telephony/config/dectNetworks")

    async with held(world, *facts):
        pressed = await world.client.press(TOM, plan["id"], "Confirm")
        asking = await world.answer(TOM, pressed["seq"], where=in_progress)
        assert asking["text"] == f"⏳ {code}: asking for approval …"
        assert world.state(code) == "draft"
    waiting = await world.answer(TOM, pressed["seq"])
    assert waiting["text"].startswith("Waiting for approval")
    await world.gone(TOM, asking)

    card = await card_of(world, ANA, code)
    async with held(world, *facts):
        pressed = await world.client.press(ANA, card["id"], "Approve")
        checking = await world.answer(ANA, pressed["seq"], where=in_progress)
        assert checking["text"] == f"⏳ {code}: checking whether anything has changed …"
        assert world.state(code) == "waiting"
    await heard(world, ANA, f"✓ Approved by {NAMES[ANA]}", after=pressed["seq"])
    await world.gone(ANA, checking)


async def test_no_message_is_removed_twice(world: World):
    waiting = await ask_for_network(world, TOM, "Twice")
    card = await card_of(world, ANA, cards.code_of(waiting))
    seq = await world.client.seq()

    await world.client.press(ANA, card["id"], "Approve")
    await heard(world, TOM, "The DECT network Twice was created", after=seq)
    await world.at_rest()

    removed = [call for call in await world.client.calls(seq) if call["method"] == "DELETE"]
    paths = [call["path"] for call in removed]
    assert len(paths) == len(set(paths))
    assert {call["status"] for call in removed} == {204}


async def test_the_card_shows_the_warnings_of_the_plan(world: World):
    await world.client.place_phone("D82E3EEF7001", "DMS Cisco 8865", ownerEmail="paul@acme.example")
    plan = await world.say(ELI, "delete device D82E3EEF7001")
    waiting = await world.press(ELI, plan, "Confirm")

    card = await card_of(world, ANA, cards.code_of(waiting))

    assert len(cards.warnings(plan)) == 2
    assert cards.warnings(card) == cards.warnings(plan)
    await cancelled(world, ELI, waiting)


async def test_an_approver_for_lyon_is_asked_about_lyon_only(world: World):
    lyon = await ask_for_network(world, TESS, "Rhone", "Lyon")
    berlin = await ask_for_network(world, TOM, "Spree", "Berlin")
    of_lyon, of_berlin = cards.code_of(lyon), cards.code_of(berlin)
    await card_of(world, HUGO, of_lyon)
    await card_of(world, ANA, of_lyon)
    assert not await has_card(world, HUGO, of_berlin)
    listed = await world.say(HUGO, "approvals")
    assert of_lyon in listed["text"]
    assert of_berlin not in listed["text"]

    async with world.nothing_changes():
        refused = await world.say(HUGO, f"approve {of_berlin}")

    assert (
        f"Only people with the role approver may decide on {of_berlin} in Berlin" in refused["text"]
    )
    seq = await world.client.seq()
    await world.client.say(HUGO, f"approve {of_lyon}")
    await heard(world, TESS, "The DECT network Rhone was created in Lyon", after=seq)
    await cancelled(world, TOM, berlin)


async def test_approve_by_button_runs_the_request_and_everybody_is_told(world: World):
    waiting = await ask_for_network(world, TOM, "Tower")
    code, seq = cards.code_of(waiting), await world.client.seq()
    card = {who: await card_of(world, who, code) for who in (ANA, BOB)}

    await world.client.press(ANA, card[ANA]["id"], "Approve")

    final = await heard(world, TOM, "✓ Approved by", after=seq)
    assert re.match(rf"✓ Approved by {NAMES[ANA]} at \d\d:\d\d CES?T\. {code}: ", final["text"])
    result = await heard(world, TOM, "The DECT network Tower was created", after=seq)
    assert result["seq"] > final["seq"]
    await heard(world, ANA, f"{code} is done: Create the DECT network Tower", after=seq)
    for who in (ANA, BOB):
        await world.gone(who, card[who])
        assert await count_messages(world, who, "✓ Approved by", seq) == 1
    assert await count_messages(world, BOB, code, seq) == 1  # he hears who decided, and no more
    await world.gone(TOM, waiting)
    assert len(await networks(world, "Tower")) == 1
    assert verdicts(world, code) == [(ANA, "approve")]


async def test_reject_by_button_tells_the_requester_the_reason(world: World):
    waiting = await ask_for_network(world, TOM, "Shed")
    code, seq = cards.code_of(waiting), await world.client.seq()
    card = await card_of(world, ANA, code)

    async with world.nothing_changes():
        await world.client.press(
            ANA, card["id"], "Reject", inputs={"reason": "The *shed* is torn down"}
        )
        answer = await heard(world, TOM, "Rejected: ", after=seq)

    title, reason, small = cards.plain(answer["text"]).split("\n")
    assert title.startswith("Rejected: Create the DECT network Shed")
    assert reason == f"{NAMES[ANA]}: “The *shed* is torn down”"
    assert re.fullmatch(rf"Request {code} · \d\d:\d\d CES?T · Nothing was changed\.", small)
    assert cards.buttons(answer) == ["Ask again"]
    for who in (ANA, BOB):
        await no_card(world, who, code)
        assert await count_messages(world, who, "✗ Rejected by", seq) == 1
    assert world.state(code) == "rejected"
    assert verdicts(world, code) == [(ANA, "reject")]


@pytest.mark.parametrize(
    "typed", ["approve {}", "Approve {} fine with me", "APPROVE {}!", "approve request {}"]
)
async def test_approve_can_be_typed(world: World, typed: str):
    waiting = await ask_to_delete(world, ELI, await placed(world, "D82E3EEF7002"))
    code, seq = cards.code_of(waiting), await world.client.seq()

    final = await world.say(ANA, typed.format(code.lower()))

    assert final["text"].startswith(f"✓ Approved by {NAMES[ANA]} at ")
    await heard(world, ELI, "was deleted", after=seq)
    assert await world.devices("D82E3EEF7002") == []
    assert await count_messages(world, ANA, "✓ Approved by", seq) == 1
    await no_card(world, ANA, code)


@pytest.mark.parametrize("typed", ["reject {} because it rings", "reject {} it rings"])
async def test_reject_can_be_typed(world: World, typed: str):
    waiting = await ask_to_delete(world, ELI, await placed(world, "D82E3EEF7003"))
    code, seq = cards.code_of(waiting), await world.client.seq()

    async with world.nothing_changes():
        await world.client.say(BOB, typed.format(code))
        answer = await heard(world, ELI, "Rejected: ", after=seq)

    assert f"{NAMES[BOB]}: “it rings”" in answer["text"]
    assert world.state(code) == "rejected"


async def placed(world: World, mac: str) -> str:
    """A phone to delete, unless it is there already."""
    if not await world.devices(mac):
        await world.client.place_phone(mac, "DMS Cisco 8865", workspace="Lobby Lyon")
    return mac


@pytest.mark.parametrize("reason", ["", "   "])
async def test_rejecting_without_a_reason_keeps_the_card_and_says_so(world: World, reason: str):
    waiting = await ask_for_network(world, TOM, "Yard")
    code = cards.code_of(waiting)
    card = await card_of(world, ANA, code)

    pressed = await world.press(ANA, card, "Reject", reason=reason)
    typed = await world.say(ANA, f"reject {code} because")

    assert "Please give a reason" in pressed["text"]
    assert f"reject {code} because …" in typed["text"]
    assert world.state(code) == "waiting"
    assert await has_card(world, ANA, code)
    assert await has_card(world, BOB, code)
    await world.client.press(ANA, card["id"], "Reject", inputs={"reason": "no"})
    assert await became(world, code, "rejected") == "rejected"


async def test_approvals_lists_open_decisions_oldest_first(world: World):
    assert "Nothing waits for you" in (await world.say(ANA, "approvals"))["text"]
    waiting = [
        await ask_for_network(world, who, f"List {number}", place)
        for number, (who, place) in enumerate([(TOM, "Berlin"), (TESS, "Lyon"), (TOM, "Austin")])
    ]
    codes = [cards.code_of(card) for card in waiting]

    listed = (await world.say(ANA, "approvals"))["text"]

    assert [code for code in re.findall(r"\b[0-9A-Z]{4}\b", listed) if code in codes] == codes
    assert "does not allow “approvals”" in (await world.say(TOM, "approvals"))["text"]
    assert re.findall("List [0-9]", (await world.say(HUGO, "approvals"))["text"]) == ["List 1"]
    for who, card in zip((TOM, TESS, TOM), waiting, strict=True):
        await cancelled(world, who, card)


async def test_the_requester_can_cancel_while_it_waits_and_cards_are_removed(world: World):
    waiting = await ask_for_network(world, TOM, "Pier")
    code, seq = cards.code_of(waiting), await world.client.seq()
    card = await card_of(world, ANA, code)

    answer = await world.press(TOM, waiting, "Cancel")

    assert answer["text"] == f"{code} is cancelled. Nothing was changed."
    for who in (ANA, BOB):
        final = await heard(world, who, f"✗ Cancelled by {NAMES[TOM]} at", after=seq)
        assert code in final["text"]
        await no_card(world, who, code)
    await world.gone(ANA, card)
    await world.gone(TOM, waiting)
    late = await world.say(ANA, f"approve {code}")
    assert late["text"].startswith(f"{code} was cancelled by Tom Berger at ")
    assert world.state(code) == "cancelled"


async def test_cancel_can_be_typed_while_it_waits(world: World):
    waiting = await ask_for_network(world, TOM, "Dock")
    code = cards.code_of(waiting)
    await card_of(world, ANA, code)

    await world.say(TOM, f"cancel {code}")

    assert world.state(code) == "cancelled"
    await world.gone(TOM, waiting)
    await no_card(world, ANA, code)


async def test_approvers_are_reminded_once_half_way_and_then_it_expires(world: World):
    waiting = await ask_for_network(world, TOM, "Attic")
    code, seq = cards.code_of(waiting), await world.client.seq()
    await card_of(world, ANA, code)

    world.write("update requests set approve_by = approve_by - 7260 where code = ?", code)
    for who in (ANA, BOB):
        reminder = await heard(world, who, f"⏰ {code} still waits", after=seq)
        assert f"approve {code}" in reminder["text"]
    # The clocks are looked at every five seconds: more than once before it ends.
    world.write("update requests set approve_by = ? where code = ?", time.time() + 7, code)
    async with world.nothing_changes():
        message = await heard(world, TOM, "⌛ Expired at", after=seq)

    assert "nobody decided. Nothing was changed." in message["text"]
    assert cards.buttons(message) == ["Ask again"]
    for who in (ANA, BOB):
        await heard(world, who, "⌛ Expired at", after=seq)
        assert await count_messages(world, who, "⏰", seq) == 1
        await no_card(world, who, code)
    assert await count_messages(world, HUGO, code, seq) == 0
    late = await world.say(ANA, f"approve {code}")
    assert "has expired. Nothing was changed. Please ask again." in late["text"]
    assert world.state(code) == "expired"


async def test_a_press_after_the_deadline_expires_the_request(world: World):
    waiting = await ask_for_network(world, TOM, "Cellar")
    code = cards.code_of(waiting)
    card = await card_of(world, ANA, code)
    world.write("update requests set approve_by = 1, reminded_at = 1 where code = ?", code)
    seq = await world.client.seq()

    async with world.nothing_changes():
        await world.client.press(ANA, card["id"], "Approve")
        await heard(world, TOM, "⌛ Expired at", after=seq)

    assert world.state(code) == "expired"
    assert verdicts(world, code) == []


async def test_a_request_that_nobody_can_approve_is_refused_at_once(world: World):
    form = await world.say(TOM, "create dect network Void at Berlin")
    plan = await world.press(TOM, form, "Continue")
    for approver in (ANA, BOB):
        take(world, approver, "approver")

    async with world.nothing_changes():
        answer = await world.press(TOM, plan, "Confirm")

    assert "there is nobody who could give it for Berlin" in answer["text"]
    assert world.state(cards.code_of(plan)) == "draft"
    for approver in (ANA, BOB):
        give(world, approver, "approver")
    waiting = await world.press(TOM, plan, "Confirm")
    assert waiting["text"].startswith("Waiting for approval")
    await cancelled(world, TOM, waiting)


async def test_a_decision_before_the_waiting_message_leaves_no_such_message(world: World):
    form = await world.say(TOM, "create dect network Quick at Berlin")
    plan = await world.press(TOM, form, "Continue")
    code, seq = cards.code_of(plan), await world.client.seq()
    await world.client.fault(method="POST", path="/messages", nth=4, latency=1.0)  # after two cards
    async with held(world, "GET", "/telephony/config/dectNetworks"):
        await world.client.press(TOM, plan["id"], "Confirm")
        await world.answer(TOM, seq, where=in_progress)  # the first
    card = await card_of(world, ANA, code)

    await world.client.press(ANA, card["id"], "Approve")
    await heard(world, TOM, "The DECT network Quick was created", after=seq)

    await world.at_rest()
    assert await count_messages(world, TOM, "Waiting for approval", seq) == 0
