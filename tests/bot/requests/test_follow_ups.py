"""“Ask again”, “Try again” and “Undo”: each a request of its own, under the same policy."""

import pytest

from bot.core.errors import Denied, Refused
from bot.core.models.people import Grant, Role, Sender
from bot.operations.actions.delete_device import NOT_RESTORED
from bot.requests.interaction import Reply
from bot.requests.lifecycle import PLAN_LIFETIME
from bot.requests.presses import REENTER_SECRETS
from bot.store import grants
from tests.bot.requests.fixtures import (
    ADA,
    ELI,
    GROUP,
    NETWORK,
    PHONE,
    TESS,
    TOM,
    VERA,
    RequestFixture,
    card,
    text_of,
)
from tests.bot.requests.strategies import ANA
from tests.cards import rules
from tests.database import count
from tests.example_org import FREE_MAC, THIRD_PARTY

FIRST = "00:00:5E:00:53:01"


async def done(
    world: RequestFixture, name: str, inputs: dict[str, str], sender=TOM, **more
) -> Reply:
    """A request that was run."""
    code = await world.confirmed(name, inputs, sender, **more)
    row = await world.row(code)
    assert row.state == "done"
    return Reply(None, row)


async def undone(world: RequestFixture, shown: Reply, sender=TOM) -> Reply:
    """What Undo leads to, confirmed and run."""
    plan = await world.press(shown, "undo", sender)
    await world.press(plan, "confirm", sender)
    await world.rest()
    return plan


async def test_add_another_keeps_what_the_operation_says(world: RequestFixture):
    added = await done(world, "add phone", PHONE)
    form = await world.press(added, "another")
    assert form.request
    assert form.request.inputs == {"model": PHONE["model"]}
    assert f"As in {codes(added)[0]}: model." in text_of(form)

    network = await done(world, "create dect network", NETWORK | {"access_code": "8362"}, ELI)
    form = await world.press(network, "another", ELI)
    assert form.request
    assert form.request.inputs == {name: NETWORK[name] for name in ("location", "model")}
    assert world.form_secrets.secrets(form.request.code) == {}


async def test_add_another_opens_one_form_for_each_person(world: RequestFixture):
    added = await done(world, "add phone", PHONE, place=GROUP)
    first = await world.press(added, "another")
    again = await world.press(added, "another")
    others = await world.press(added, "another", ELI)
    assert codes(first) == codes(again) != codes(others)
    assert others.request
    assert (others.request.requester.email, others.request.place.room_id) == (
        ELI.email,
        GROUP.room_id,
    )

    await world.press(again, "cancel")
    new = await world.press(added, "another")
    assert codes(new) == codes(await world.press(added, "another"))
    assert codes(new)[0] not in codes(first, others)


async def test_a_plan_of_add_another_that_is_too_old_is_made_again(world: RequestFixture):
    added = await done(world, "add phone", PHONE)
    form = await world.press(added, "another")
    plan = await world.press(form, "continue", inputs=PHONE | {"mac": "D82E3EEF4E5D"})
    world.clock.now += PLAN_LIFETIME + 1

    again = await world.press(added, "another")

    assert codes(again) == codes(plan)
    await world.press(again, "confirm")
    await world.rest()
    assert again.request
    assert (await world.row(again.request.code)).state == "done"


async def test_add_another_in_another_space_is_for_the_requester(world: RequestFixture):
    issued = await done(world, "activation code", {"model": "8865", "owner": PHONE["owner"]})
    with pytest.raises(Refused, match="Only the person who asked for it can"):
        await world.press(issued, "another", ELI, room=GROUP.room_id)
    form = await world.press(issued, "another", room=GROUP.room_id)
    assert form.request
    assert form.request.place.room_id == GROUP.room_id


async def test_add_another_needs_the_role(world: RequestFixture):
    added = await done(world, "add phone", PHONE, place=GROUP)
    with pytest.raises(Denied):
        await world.press(added, "another", VERA)


def codes(*shown: Reply) -> list[str]:
    """Of these requests."""
    return [reply.request.code for reply in shown if reply.request]


async def test_undo_shows_progress_while_it_reads(world: RequestFixture):
    added = await done(world, "add phone", PHONE, ADA)
    mark, (code,) = len(world.messenger.posted), codes(added)
    await world.press(added, "undo", ADA)
    await world.rest()
    (line,) = world.messenger.posted[mark:]
    assert line.text == f"⏳ {code}: looking it up …"
    assert line not in world.messenger.standing


async def test_an_added_phone_is_undone_by_a_request_of_its_own(world: RequestFixture):
    added = await done(world, "add phone", PHONE, ADA)
    assert "Undo" in rules.buttons(world.messenger.standing[-1].card or {})
    plan = await world.press(added, "undo", ADA)
    assert text_of(plan).startswith("Delete the Cisco 8865 of Ann Alder")
    assert len({*codes(added, plan)}) == 2
    assert world.calling.phone(FREE_MAC)
    await world.press(plan, "confirm", ADA)
    await world.rest()
    assert world.calling.phone(FREE_MAC) is None


async def test_tags_are_undone_to_what_they_were(world: RequestFixture):
    tagged = await done(world, "tag", {"device": FIRST, "tags": "+a -front"})
    assert world.calling.held[0].tags == ("a",)
    await undone(world, tagged)
    assert world.calling.held[0].tags == ("front",)


async def test_undoing_a_deletion_opens_a_form_that_says_what_is_lost(world: RequestFixture):
    deleted = await done(world, "delete device", {"device": FIRST}, ADA)
    form = await world.press(deleted, "undo", ADA)
    content = card(form)
    assert rules.buttons(content) == ["Continue", "Cancel"]
    assert NOT_RESTORED in text_of(form)
    form = await world.press(deleted, "undo", ADA)
    assert NOT_RESTORED in text_of(form)
    form = await world.press(form, "open", ADA)
    assert NOT_RESTORED in text_of(form)
    values = {name: rules.field(content, name).get("value") for name in ("mac", "model", "owner")}
    assert values == {"mac": "00005E005301", "model": "DMS Cisco 8845", "owner": "ann@example.com"}
    plan = await world.press(form, "continue", ADA, inputs=values)
    await world.press(plan, "confirm", ADA)
    await world.rest()
    phone = world.calling.phone(FIRST)
    assert phone
    assert phone.name == "Ann Alder"


ZOE = Sender("id-zoe", "zoe@example.com")


async def test_a_granted_role_is_undone(world: RequestFixture):
    granted = await done(world, "grant", {"who": "zoe@example.com", "role": "viewer"}, ADA)
    assert await world.authorization.grants_or_none(ZOE)
    await undone(world, granted, ADA)
    assert await world.authorization.grants_or_none(ZOE) == ()


async def test_a_late_undo_needs_approval_if_its_operation_does(world: RequestFixture):
    await world.allow(Grant(ANA.email, Role.APPROVER))
    added = await done(world, "add phone", PHONE)
    world.clock.now += 3600
    plan = await world.press(added, "undo")
    assert "needs approval" in text_of(plan)
    await world.press(plan, "confirm")
    assert plan.request
    assert await world.state(plan.request.code) == "waiting"
    assert world.calling.phone(FREE_MAC)


async def test_undo_is_refused_if_its_operation_is(world: RequestFixture):
    tagged = await done(world, "tag", {"device": FIRST, "tags": "+a"})
    await world.store.call(grants.revoke, Grant(TOM.email, Role.TECHNICIAN))
    with pytest.raises(Denied, match="not on the list"):
        await world.press(tagged, "undo")
    await world.allow(Grant(TOM.email, Role.VIEWER))
    with pytest.raises(Denied, match=r"Your role \(viewer\) does not allow “tag”"):
        await world.press(tagged, "undo")
    assert world.calling.held[0].tags == ("front", "a")


@pytest.mark.parametrize("presser", [TESS, ELI, VERA, ADA])
@pytest.mark.parametrize("kind", ["undo", "again"])
async def test_another_persons_result_has_no_follow_up(world: RequestFixture, kind, presser):
    tagged = await done(world, "tag", {"device": FIRST, "tags": "+a"})
    with pytest.raises(Refused, match="Only the person who asked for it can"):
        await world.press(tagged, kind, presser)


async def test_an_operation_without_undo_refuses_it(world: RequestFixture):
    made = await done(world, "activation code", {"model": "8865", "owner": PHONE["owner"]})
    with pytest.raises(Refused, match="cannot be undone"):
        await world.press(made, "undo")
    assert world.calling.changes == 1


@pytest.mark.parametrize("kind", ["undo", "again"])
async def test_a_request_under_way_has_no_follow_up(world: RequestFixture, kind):
    plan = await world.ask("add phone", PHONE)
    with pytest.raises(Refused):
        await world.press(plan, kind)
    assert await world.store.call(count, "requests") == 1


async def test_undo_pressed_twice_undoes_once(world: RequestFixture):
    tagged = await done(world, "tag", {"device": FIRST, "tags": "+a"})
    await undone(world, tagged)
    with pytest.raises(Refused, match="is the undo of"):
        await world.press(tagged, "undo")
    assert world.calling.changes == 2


async def test_the_same_press_twice_is_one_request(world: RequestFixture):
    tagged = await done(world, "tag", {"device": FIRST, "tags": "+a"})
    before = world.events
    first = await world.press(tagged, "undo")
    world.events = before
    again = await world.press(tagged, "undo")
    assert codes(first) == codes(again)


async def test_again_opens_the_form_with_the_same_inputs(world: RequestFixture):
    plan = await world.ask("add phone", PHONE, place=GROUP)
    cancelled = await world.press(plan, "cancel", room=GROUP.room_id)
    again = await world.press(cancelled, "again", room=GROUP.room_id)
    assert text_of(again).startswith("Add a Cisco 8865 for Ann Alder")
    assert again.request
    assert again.request.place == GROUP
    assert codes(plan) != codes(again)


async def test_again_after_expiry_reads_the_facts_again(world: RequestFixture):
    plan = await world.ask("add phone", PHONE)
    world.clock.now += 3600.0
    assert "This plan has expired." in text_of(await world.press(plan, "confirm"))
    world.calling.foreign_macs.add(FREE_MAC)
    assert "is in use" in text_of(await world.press(plan, "again"))


async def test_again_asks_for_the_secret_and_says_why(world: RequestFixture):
    inputs = PHONE | {"model": THIRD_PARTY.model, "password": "hunter2!"}
    plan = await world.ask("add phone", inputs)
    await world.press(plan, "cancel")
    form = await world.press(plan, "again")
    assert REENTER_SECRETS in text_of(form)
    assert "hunter2!" not in str(card(form))
    assert "isRequired" not in rules.field(card(form), "password")
