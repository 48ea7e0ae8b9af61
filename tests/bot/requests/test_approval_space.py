"""The space that an admin chose in chat: kept, audited, and used for what is asked from then on."""

import json
from pathlib import Path

import pytest

from bot.core.errors import Forbidden, NotFound, Refused, Unavailable
from bot.core.models.people import Grant, Place, Role, Space
from bot.requests.approval_space import MEMBERS_LIFETIME
from bot.store import audit, grants
from tests.bot.requests import fixtures as worlds
from tests.bot.requests.approving import APPROVERS, HOURS, cards, direct_messages
from tests.bot.requests.fixtures import ADA, NETWORK, TOM, RequestFixture, text_of
from tests.bot.requests.strategies import ANA, LEA
from tests.fake_people import OWN_ORG

EVE = "eve@example.com"
OPS, NEW = Place("room-ops", direct=False), Place("room-new", direct=False)


@pytest.fixture
async def world(tmp_path: Path):
    """With approvers, and two spaces in which all of them are."""
    async with worlds.world(tmp_path / "provbot.db") as made:
        await made.allow(*APPROVERS)
        for place, title in ((OPS, "Ops"), (NEW, "New")):
            made.spaces.titles[place.room_id] = title
            made.spaces.addresses[place.room_id] = {ANA.email: OWN_ORG, LEA.email: OWN_ORG}
        yield made


async def choose(world: RequestFixture, where: str = "this space", place: Place = OPS) -> None:
    """An admin says it and confirms."""
    shown = await world.ask("approval space", {"where": where}, ADA, place)
    await world.press(shown, "confirm", ADA)
    await world.rest()


def places(world: RequestFixture) -> list[str]:
    """Where the standing cards are, in order."""
    return [card.place.room_id if card.place else str(card.email) for card in cards(world)]


async def test_cards_go_to_the_chosen_space_also_after_a_restart(world: RequestFixture):
    await choose(world)
    world.restart()
    await world.asked("create dect network", NETWORK)
    assert places(world) == [OPS.room_id]
    await choose(world, "direct messages")
    await world.asked("create dect network", {**NETWORK, "name": "Yard"})
    assert places(world) == [OPS.room_id, ANA.email, LEA.email]


async def test_the_change_is_in_the_trail_and_told_to_other_admins(world: RequestFixture):
    await world.allow(Grant(EVE, Role.ADMIN))
    await choose(world)
    entries = await world.store.call(lambda db: [*audit.entries(db)])
    (entry,) = [entry for entry in entries if entry.action == "approval space"]
    assert entry.actor == ADA.email
    assert direct_messages(world, EVE) == [
        "ada@example.com: Approval cards are posted in the space “Ops”. To see it, type: access"
    ]
    assert direct_messages(world, ADA.email) == []
    assert json.loads(entry.detail) == {"room_id": OPS.room_id, "space": "Ops"}


async def test_open_requests_stay_where_they_were_asked(world: RequestFixture):
    direct = await world.asked("create dect network", NETWORK)
    await choose(world)
    in_ops = await world.asked("create dect network", {**NETWORK, "name": "Yard"})
    await choose(world, place=NEW)
    world.restart()
    await world.approvals.recover()
    assert places(world) == [ANA.email, LEA.email, OPS.room_id]
    mark = len(world.messenger.posted)
    world.clock.now += 2 * HOURS
    await world.approvals.tick()
    reminded = [
        (message.place.room_id if message.place else message.email)
        for message in world.messenger.posted[mark:]
        if message.text.startswith("⏰")
    ]
    assert sorted(map(str, reminded)) == sorted([ANA.email, LEA.email, OPS.room_id])
    await world.decide(in_ops.code, "reject", ANA, "no", room=OPS.room_id)
    await world.decide(direct.code, "reject", ANA, "no")
    await world.rest()
    assert cards(world) == []
    assert NEW.room_id not in {
        message.place.room_id for message in world.messenger.posted[mark:] if message.place
    }


async def test_a_space_that_closed_is_replaced_by_the_new_one_or_direct_messages(
    world: RequestFixture,
):
    await choose(world)
    world.messenger.unreachable = {OPS.room_id}
    asked = await world.asked("create dect network", NETWORK)
    assert places(world) == [ANA.email, LEA.email]
    (told,) = direct_messages(world, ADA.email)
    assert told.startswith(f"{asked.code} waits for approval")
    assert "write “use this space for approvals” in another one" in told
    await choose(world, place=NEW)
    world.clock.now += 600.0
    await world.approvals.tick()
    assert NEW.room_id in places(world)


async def test_approvers_who_are_not_in_the_space_are_asked_directly(world: RequestFixture):
    world.spaces.addresses[OPS.room_id] = {TOM.email: OWN_ORG, "ben@example.com": OWN_ORG}
    await choose(world)
    await world.asked("create dect network", NETWORK)
    assert places(world) == [OPS.room_id, ANA.email, LEA.email]
    assert direct_messages(world, ADA.email) == []
    mark = len(world.messenger.posted)
    world.clock.now += 2 * HOURS
    await world.approvals.tick()
    assert [text[:1] for text in world.messenger.texts[mark:]] == ["⏰"] * 3  # here and there


async def test_a_space_without_approvers_is_told_until_one_joins(world: RequestFixture):
    for grant in APPROVERS:
        await world.store.call(grants.revoke, grant)
    await world.allow(Grant("@approvers.example", Role.APPROVER))
    await choose(world)
    shown = await world.press(await world.ask("create dect network", NETWORK), "confirm")
    assert "The approval space has too few members who are approvers." in text_of(shown)
    (told,) = direct_messages(world, ADA.email)
    assert "Please add approvers to the space. Or: Please name an approver" in told
    world.spaces.addresses[OPS.room_id]["zoe@approvers.example"] = OWN_ORG
    for _ in range(5):
        world.clock.now += MEMBERS_LIFETIME / 2
        await world.approvals.tick()
    assert world.messenger.posted[-1].text.startswith("Waiting for approval")
    assert places(world) == [OPS.room_id]


@pytest.mark.parametrize("trouble", [NotFound(404, ""), Forbidden(403, ""), Unavailable(503, "")])
async def test_members_that_cannot_be_read_are_unknown(world: RequestFixture, trouble):
    world.spaces.troubles[OPS.room_id] = trouble
    assert await world.space.members(OPS.room_id) is None


async def test_members_are_cached_for_minutes(world: RequestFixture):
    first = await world.space.members(OPS.room_id)
    assert [member.email for member in first or ()] == [ANA.email, LEA.email]  # not the bot
    world.spaces.addresses[OPS.room_id].clear()
    assert await world.space.members(OPS.room_id) == first
    world.clock.now += MEMBERS_LIFETIME
    assert await world.space.members(OPS.room_id) == []


async def test_the_setting_wins(tmp_path: Path):
    async with worlds.world(tmp_path / "provbot.db", approval_room=OPS.room_id) as world:
        world.spaces.titles[OPS.room_id] = "Ops"
        assert await world.space.current() == Space(OPS.room_id, "Ops")
        with pytest.raises(Refused, match="set by PROVBOT_APPROVAL_ROOM"):
            await world.ask("approval space", {"where": "this space"}, ADA, NEW)
        world.spaces.troubles[OPS.room_id] = Unavailable(503, "Down.")
        assert await world.space.current() == Space(OPS.room_id)


async def test_only_admins_choose(world: RequestFixture):
    await world.allow(Grant(TOM.email, Role.ENGINEER))
    with pytest.raises(Refused, match="does not allow “approval space”"):
        await world.ask("approval space", {"where": "this space"}, TOM, OPS)


async def test_a_press_cannot_name_another_space(world: RequestFixture):
    """The space is where the plan was shown, whatever a crafted press says."""
    shown = await world.ask("approval space", {"where": "this space"}, ADA, OPS)
    form = await world.press(shown, "change", ADA)
    again = await world.press(
        form, "continue", ADA, inputs={"where": "this space", "room_id": NEW.room_id}
    )
    assert "“Ops”" in text_of(again)
