"""Approvals in a space of their own, for what was asked for in another space."""

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
from tests.journeys.world import ADA, ANA, ELI, NAMES, SAM, TESS, TOM, VERA, Json, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SPACE, ELSEWHERE = "Phone rollout", "Field team"  # where it is decided, and where it is asked
POLICY = """
["delete device"]
approvers = 2

[tag]
engineer = "ask"
approvers = 3
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(allowlist: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One space for all approval cards."""
    folder = tmp_path_factory.mktemp("world")
    async with approving(
        allowlist, folder, room=SPACE, policy=POLICY, TESTS_INTERVALS_BY="10"
    ) as world:
        yield world


async def asked(world: World, name: str) -> tuple[str, Json, str, str]:
    """Tom asks in the field team's space: code, card in the approval space, both spaces."""
    team, space = await world.client.room(TOM, ELSEWHERE), await world.client.room(ANA, SPACE)
    waiting = await ask_for_network(world, TOM, name, room=team)
    code = cards.code_of(waiting)
    assert waiting["roomId"] == team
    return code, await card_of(world, ANA, code, room=space), team, space


async def test_one_card_is_posted_in_the_space_and_none_elsewhere(world: World):
    code, card, team, space = await asked(world, "Alpha")

    assert cards.buttons(card) == ["Approve", "Reject"]
    assert f"{NAMES[TOM]} asks for your approval." in cards.plain(card["text"])
    assert not await has_card(world, ANA, code)
    assert not await has_card(world, TOM, code, team)
    await world.client.say(TOM, f"cancel {code}")
    final = await heard(world, ANA, f"✗ Cancelled by {NAMES[TOM]}", after=card["seq"], room=space)
    assert code in final["text"]
    await no_card(world, ANA, code, space)


async def test_an_approval_is_told_to_the_requester_in_the_thread_and_directly(world: World):
    code, card, team, space = await asked(world, "Beta")
    (request,) = world.rows("select thread_id from requests where code = ?", code)
    await world.at_rest()
    seq = await world.client.seq()

    await world.client.press(ANA, card["id"], "Approve")

    in_thread = await heard(world, TOM, f"✓ Approved by {NAMES[ANA]}", after=seq, room=team)
    directly = await heard(world, TOM, f"✓ Approved by {NAMES[ANA]}", after=seq)
    result = await heard(world, TOM, "The DECT network Beta was created", after=seq, room=team)
    # That its card stands outside any thread is known, and not asked for.
    read = [call["path"] for call in await world.client.calls(seq) if call["method"] == "GET"]
    assert [path.rpartition("/")[0] for path in read if "/messages/" in path] == []
    assert in_thread["parentId"] == result["parentId"] == request["thread_id"]
    assert "parentId" not in directly
    await heard(world, ANA, f"{code} is done", after=seq, room=space)
    await no_card(world, ANA, code, space)
    assert await count_messages(world, ANA, "✓ Approved by", seq, space) == 1
    assert await count_messages(world, ANA, code, seq) == 0  # all of it in the space
    assert len(await networks(world, "Beta")) == 1


async def test_a_rejection_is_told_with_its_reason_and_can_be_repeated(world: World):
    code, card, team, space = await asked(world, "Gamma")
    seq = await world.client.seq()

    async with world.nothing_changes():
        await world.client.press(ANA, card["id"], "Reject", inputs={"reason": "Call it Delta"})
        in_thread = await heard(world, TOM, "“Call it Delta”", after=seq, room=team)
        directly = await heard(world, TOM, "“Call it Delta”", after=seq)
        final = await heard(world, ANA, "“Call it Delta”", after=seq, room=space)

    assert "parentId" not in final
    assert cards.buttons(in_thread) == ["Ask again"]
    again = await world.press(TOM, in_thread, "Ask again")
    assert again["parentId"] == in_thread["parentId"]
    assert cards.code_of(again) != code
    assert cards.facts(again)["Name"] == "Gamma"
    assert not directly.get("attachments")  # its buttons would do nothing there


async def test_a_typed_approval_is_answered_by_the_final_message(world: World):
    code, _, team, space = await asked(world, "Epsilon")
    seq = await world.client.seq()

    await world.client.say(BOB, f"approve {code}")
    await heard(world, BOB, f"✓ Approved by {NAMES[BOB]}", after=seq)  # in his own direct message
    await heard(world, ANA, f"✓ Approved by {NAMES[BOB]}", after=seq, room=space)
    await heard(world, TOM, "The DECT network Epsilon was created", after=seq, room=team)

    code, _, team, space = await asked(world, "Zeta")
    seq = await world.client.seq()
    await world.client.say(ANA, f"approve {code}", roomId=space, mention=True)
    await heard(world, TOM, "The DECT network Zeta was created", after=seq, room=team)
    assert await count_messages(world, ANA, f"✓ Approved by {NAMES[ANA]}", seq, space) == 1


@pytest.mark.parametrize("who", [VERA, TESS, ELI, ADA])
@pytest.mark.parametrize("button", ["Approve", "Reject"])
async def test_a_person_without_the_approver_role_decides_nothing(
    world: World, who: str, button: str
):
    code, card, _, space = await asked(world, "Eta")

    async with world.nothing_changes():
        answer = await world.press_aside(who, card, button, reason="because I can")
        typed = await world.say(who, f"{button} {code} because I can")

    refusal = f"Only people with the role approver may decide on {code} in Berlin"
    assert refusal in answer["text"]
    assert refusal in typed["text"]
    assert world.state(code) == "waiting"
    assert verdicts(world, code) == []
    assert await has_card(world, ANA, code, space)
    await world.say(TOM, f"cancel {code}")


@pytest.mark.parametrize("role", [None, "approver", "admin", "engineer"])
async def test_no_role_lets_requesters_decide_on_their_own_request(world: World, role: str | None):
    code, card, _, _ = await asked(world, "Theta")
    if role:
        give(world, TOM, role)

    async with world.nothing_changes():
        answers = [
            await world.press_aside(TOM, card, "Approve"),
            await world.press_aside(TOM, card, "Reject", reason="oh no"),
            await world.say(TOM, f"approve {code}"),
            await world.say(TOM, f"reject {code} because oh no"),
        ]

    assert {answer["text"] for answer in answers} == {
        f"{code} is your own request: somebody else must decide on it."
    }
    assert world.state(code) == "waiting"
    assert verdicts(world, code) == []
    if role:
        take(world, TOM, role)
    await world.say(TOM, f"cancel {code}")


async def test_a_requester_with_the_approver_role_is_not_asked(world: World):
    give(world, ANA, "technician")

    waiting = await ask_for_network(world, ANA, "Iota")

    code = cards.code_of(waiting)
    assert "Nothing waits for you" in (await world.say(ANA, "approvals"))["text"]
    assert code in (await world.say(BOB, "approvals"))["text"]
    own = await world.say(ANA, f"approve {code}")
    assert "is your own request" in own["text"]
    await world.press(ANA, waiting, "Cancel")
    take(world, ANA, "technician")


async def test_two_required_approvers_press_the_same_card(world: World):
    space = await world.client.room(ANA, SPACE)
    await world.client.place_phone("D82E3EEF7401", "DMS Cisco 8865", workspace="Lobby Lyon")
    give(world, ADA, "approver")
    plan = await world.say(ELI, "delete device D82E3EEF7401")
    code = cards.code_of(await world.press(ELI, plan, "Confirm"))
    card = await card_of(world, ANA, code, room=space)

    async with world.nothing_changes():
        noted = await world.press(ANA, card, "Approve")
        again = await world.press_aside(ANA, card, "Approve")
    seq = await world.client.seq()
    await world.client.press(ADA, card["id"], "Approve")

    assert noted["text"] == f"Noted: you approved {code}. It needs approval by 1 more person."
    assert again["text"].startswith(f"You have decided on {code} already")
    await heard(world, ANA, f"✓ Approved by {NAMES[ANA]} and {NAMES[ADA]}", after=seq, room=space)
    await heard(world, ELI, "was deleted", after=seq)
    assert await world.devices("D82E3EEF7401") == []
    take(world, ADA, "approver")


async def test_reminder_and_expiry_are_posted_in_the_space(world: World):
    code, _, team, space = await asked(world, "Kappa")
    seq = await world.client.seq()

    world.write("update requests set approve_by = approve_by - 7260 where code = ?", code)
    await heard(world, ANA, f"⏰ {code} still waits", after=seq, room=space)
    world.write("update requests set approve_by = 1 where code = ?", code)
    await heard(world, ANA, "⌛ Expired at", after=seq, room=space)
    in_thread = await heard(world, TOM, "⌛ Expired at", after=seq, room=team)
    await heard(world, TOM, "⌛ Expired at", after=seq)

    assert in_thread.get("parentId")
    await no_card(world, ANA, code, space)
    assert await became(world, code, "expired") == "expired"
    assert await count_messages(world, ANA, "⏰", seq, space) == 1


LATE = {
    "cancelled": "was cancelled by",
    "rejected": "was rejected by",
    "done": "is already done. Nothing was done a second time.",
    "expired": "has expired. Nothing was changed. Please ask again.",
}


@pytest.mark.parametrize("state", list(LATE))
@pytest.mark.parametrize("button", ["approve", "reject"])
async def test_a_decided_card_shows_the_decision(world: World, state: str, button: str):
    code, card, _, _ = await asked(world, f"Late {state} {button}")
    data = cards.data_of(card, "Approve")
    match state:
        case "cancelled":
            await world.client.say(TOM, f"cancel {code}")
        case "rejected":
            await world.client.say(HUGO, f"reject {code} because Lyon is fairer")  # he may not
            await world.client.say(BOB, f"reject {code} because of that")
        case "done":
            await world.client.say(BOB, f"approve {code}")
        case _:
            world.write("update requests set approve_by = 1 where code = ?", code)
            await world.client.say(BOB, f"approve {code}")
    assert await became(world, code, state) == state
    other = await world.say(ANA, "help")  # to craft the press on: the old card is gone

    async with world.nothing_changes():
        answer = await world.craft(ANA, other, **{**data, "press": button}, reason="late")

    assert answer["text"].startswith(f"{code} {LATE[state]}")
    assert len(verdicts(world, code)) == (1 if state in ("rejected", "done") else 0)


async def test_anybody_of_an_approving_domain_but_the_requester_can_approve(world: World):
    give(world, "@acme.example", "approver", "Berlin")
    try:
        code, card, team, _ = await asked(world, "Sigma")
        seq = await world.client.seq()
        own = await world.press_aside(TOM, card, "Approve")
        assert "your own request" in own["text"]

        await world.client.press(SAM, card["id"], "Approve")

        await heard(world, TOM, f"✓ Approved by {NAMES[SAM]}", after=seq, room=team)
        await heard(world, TOM, "The DECT network Sigma was created", after=seq, room=team)
    finally:
        take(world, "@acme.example", "approver")
    assert verdicts(world, code) == [(SAM, "approve")]
    assert len(await networks(world, "Sigma")) == 1


async def test_the_third_of_three_required_approvals_decides(world: World):
    space = await world.client.room(ANA, SPACE)
    give(world, ADA, "approver")
    plan = await world.say(ELI, "tag 0011223344E1 +thrice")
    code = cards.code_of(await world.press(ELI, plan, "Confirm"))
    card = await card_of(world, ANA, code, room=space)

    async with world.nothing_changes():
        first = await world.press(ANA, card, "Approve")
        second = await world.say(BOB, f"approve {code}")  # he is not in the space
    seq = await world.client.seq()
    await world.client.press(ADA, card["id"], "Approve")

    assert "It needs approval by 2 more" in first["text"]
    assert "It needs approval by 1 more" in second["text"]
    await heard(
        world,
        ANA,
        f"✓ Approved by {NAMES[ANA]}, {NAMES[BOB]} and {NAMES[ADA]}",
        after=seq,
        room=space,
    )
    await heard(world, ELI, "has the tags lab and thrice", after=seq)
    take(world, ADA, "approver")
