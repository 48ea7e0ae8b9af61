"""Swap a phone: the old one goes first, the new one gets its owner and tags, or people hear why."""

import asyncio
from collections.abc import Iterable

import pytest

from tests.journeys import cards
from tests.journeys.approving import heard
from tests.journeys.world import ELI, TESS, TOM, Json, World, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

MODEL = "DMS Cisco 8845"
LOST = "The new phone starts without the settings, line keys and call history of the old one."
REFUSAL = "Webex does not support this model in your organization."
MESSAGING = "Messaging - Basic Messaging"


def shown(mac: str) -> str:
    """With colons."""
    return ":".join(mac[at : at + 2] for at in range(0, 12, 2))


def set_tags(world: World, mac: str, tags: Iterable[str]) -> None:
    """Somebody tags it in Control Hub."""
    phones = world.sandbox.cloud.organization.phones.values()
    next(phone for phone in phones if phone.mac == mac).tags = list(tags)


def removed_elsewhere(world: World, mac: str) -> None:
    """Somebody deletes it in Control Hub."""
    phones = world.sandbox.cloud.organization.phones
    del phones[next(key for key, phone in phones.items() if phone.mac == mac)]


async def placed(world: World, mac: str, owner: str = "bob@acme.example", *tags: str) -> str:
    """A phone of that owner, with these tags; those of earlier journeys are taken away."""
    phones = world.sandbox.cloud.organization.phones
    owner_key = next(
        each.key for each in world.sandbox.cloud.people.values() if each.email == owner
    )
    earlier = [key for key, phone in phones.items() if phone.owner.key == owner_key]
    for key in earlier:
        del phones[key]
    await world.client.place_phone(mac, MODEL, ownerEmail=owner)
    set_tags(world, mac, tags)
    return mac


async def planned(world: World, old: str, new: str, person: str = TOM) -> Json:
    """The plan of a swap for an 8865."""
    return await world.say(person, f"swap {old} with {new} 8865")


async def test_a_typed_swap_leads_to_the_plan_and_confirm_to_the_new_phone(world: World):
    old = await placed(world, "D82E3EEF8001", "bob@acme.example", "lobby", "vip")
    new = "D82E3EEF8002"
    plan = await planned(world, old, new)
    assert cards.buttons(plan) == ["Confirm", "Change", "Cancel"]
    assert plan["text"].startswith("Replace the Cisco 8845 of Bob Keller with a Cisco 8865")
    assert cards.facts(plan) == {
        "Old": f"Cisco 8845 {shown(old)}",
        "New": f"Cisco 8865 {shown(new)}",
        "For": "Bob Keller (bob@acme.example)",
        "Location": "Berlin",
        "Tags": "lobby, vip",
        "Old status": "offline",
        "Number": "ext. 1107 · +493023125107",
    }
    seq = await world.client.seq()

    result = await world.press(TOM, plan, "Confirm")

    assert result["text"].startswith(
        f"✓ The Cisco 8865 {shown(new)} took the place of the Cisco 8845 {shown(old)}"
    )
    assert LOST in result["text"]
    assert "Plug in the new phone: it fetches its settings on its own." in result["text"]
    (device,) = await world.devices(new)
    assert (device["owner"], device["model"]) == ("Bob Keller", "DMS Cisco 8865")
    assert device["tags"] == ["lobby", "vip"]
    assert await world.devices(old) == []
    calls = await world.changes(seq)
    assert [call["method"] for call in calls] == ["DELETE", "POST", "PATCH"]
    assert world.state(cards.code_of(plan)) == "done"
    await world.gone(TOM, plan)


async def test_the_form_leads_to_the_plan_and_the_model_stays_as_it_was(world: World):
    old, new = await placed(world, "D82E3EEF8003"), "D82E3EEF8004"
    form = await world.say(TOM, "swap phone")
    assert list(cards.boxes(form)) == ["device", "mac", "model"]
    assert cards.buttons(form) == ["Continue", "Cancel"]

    plan = await world.press(TOM, form, "Continue", device=old, mac=new)

    assert plan["text"].startswith("Replace the Cisco 8845 of Bob Keller with another Cisco 8845")
    await world.press(TOM, plan, "Confirm")
    (device,) = await world.devices(new)
    assert (device["model"], device["tags"]) == (MODEL, [])
    assert await world.devices(old) == []


async def test_the_button_on_a_device_opens_the_filled_in_form(world: World):
    old, new = await placed(world, "D82E3EEF8005"), "D82E3EEF8006"
    device = await world.say(TOM, f"device {old}")
    form = await world.press(TOM, device, "Swap")
    assert cards.filled(form)["device"] == shown(old)

    plan = await world.press(TOM, form, "Continue", mac=new, model="DMS Cisco 8865")
    await world.press(TOM, plan, "Confirm")

    assert [len(await world.devices(mac)) for mac in (old, new)] == [0, 1]


async def test_a_third_party_phone_gets_a_password_that_only_the_requester_sees(world: World):
    old, new = await placed(world, "D82E3EEF8007"), "D82E3EEF8008"
    form = await world.say(ELI, f"swap {old} with {new} Generic IPPhone Customer Managed")
    plan = await world.press(ELI, form, "Continue")
    assert cards.facts(plan)["Password"] == "made by provbot, shown to the requester alone"

    result = await world.press(ELI, plan, "Confirm")

    facts = cards.facts(result)
    assert "took the place of" in result["text"]
    assert facts["SIP domain"] == "sip.acme.example"
    world.said_in_secret.add(facts["SIP password"])
    assert LOST in result["text"]


async def test_the_tags_of_a_9800_are_left_to_people(world: World):
    old, new = await placed(world, "D82E3EEF8009", "hugo@acme.example", "desk"), "D82E3EEF800A"
    plan = await world.say(TOM, f"swap {old} with {new} 9851")
    later = f"Once it is listed, type: tag {shown(new)} +desk"
    assert any(later in text for text in cards.warnings(plan))

    result = await world.press(TOM, plan, "Confirm")

    assert result["text"].startswith(f"✓ Webex accepted the Cisco 9851 {shown(new)} in place of")
    assert later in cards.plain(result["text"])
    assert "Tags" not in cards.facts(result)
    assert "It appears in a few minutes, sometimes later." in result["text"]
    assert len(await world.devices(new)) == 1
    told = f"was accepted just now for Hugo Petit ({cards.code_of(plan)})"
    assert told in (await world.say(TOM, f"device {new}"))["text"]


async def test_a_standard_licence_holds_one_phone_and_the_old_one_goes_first(world: World):
    old, new = await placed(world, "D82E3EEF8091", "paul@acme.example"), "D82E3EEF8092"
    plan = await planned(world, old, new)
    assert any("until the new phone is added" in text for text in cards.warnings(plan))

    result = await world.press(TOM, plan, "Confirm")

    assert "took the place of" in result["text"]
    people = (await world.client.organization())["people"]
    (paul,) = [each for each in people if each["email"] == "paul@acme.example"]
    assert not paul["callingInApps"]


async def test_a_refused_phone_leaves_the_old_one_removed_and_says_so(world: World):
    old, new = await placed(world, "D82E3EEF800B", "bob@acme.example", "lobby"), "D82E3EEF800C"
    plan = await planned(world, old, new)
    refused = {"status": 400, "message": "Device model is not supported."}
    await world.client.fault(method="POST", path="/devices", **refused)

    told = await world.press(TOM, plan, "Confirm")

    assert told["text"].startswith("Partly done: Replace the Cisco 8845 of Bob Keller")
    assert "1 of 3 done: Delete the Cisco 8845 of Bob Keller." in told["text"]
    assert f"The second (Add a Cisco 8865 for Bob Keller) was refused: {REFUSAL}" in told["text"]
    assert "Not begun: Put the tag lobby on it." in told["text"]
    stands = f"Bob Keller does not have the old phone ({shown(old)}) any more, and not the new one"
    assert stands in told["text"]
    command = f"add phone {shown(new)} Cisco 8865 for bob@acme.example"
    assert f"To finish it, fix the cause and type: {command}" in cards.plain(told["text"])
    addition = await world.say(TOM, command)
    assert addition["text"].startswith("Add a Cisco 8865 for Bob Keller")
    await world.press(TOM, addition, "Cancel")
    assert "Nothing was changed" not in told["text"]
    assert world.state(cards.code_of(plan)) == "partly"
    assert [await world.devices(mac) for mac in (old, new)] == [[], []]


async def test_refused_tags_leave_the_new_phone_without_them(world: World):
    old, new = await placed(world, "D82E3EEF800D", "bob@acme.example", "lobby"), "D82E3EEF800E"
    plan = await planned(world, old, new)
    await world.client.fault(method="PATCH", path="/devices/*", status=400, message="No.")

    told = await world.press(TOM, plan, "Confirm")

    assert "2 of 3 done: Delete the Cisco 8845 of Bob Keller; Add a Cisco 8865" in told["text"]
    assert "The third (Put the tag lobby on it) was refused: Webex says “No”." in told["text"]
    assert "The swap itself is done." in told["text"]
    assert f"To finish it, fix the cause and type: tag {shown(new)} +lobby" in cards.plain(
        told["text"]
    )
    assert "Nothing was changed" not in told["text"]
    (device,) = await world.devices(new)
    assert device["tags"] == []


async def test_the_password_of_a_half_done_swap_is_told_all_the_same(world: World):
    old, new = await placed(world, "D82E3EEF8071", "kim@acme.example", "lobby"), "D82E3EEF8072"
    form = await world.say(ELI, f"swap {old} with {new} Generic IPPhone Customer Managed")
    plan = await world.press(ELI, form, "Continue")
    await world.client.fault(method="PATCH", path="/devices/*", status=400, message="No.")

    secret = await world.press(ELI, plan, "Confirm")

    world.said_in_secret.add(cards.facts(secret)["SIP password"])
    assert cards.buttons(secret) == []
    assert cards.facts(secret)["SIP domain"] == "sip.acme.example"
    told = await world.answer(ELI, secret["seq"])
    assert "2 of 3 done" in told["text"]


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/devices/*"), ("POST", "/devices"), ("PATCH", "/devices/*")]
)
async def test_a_lost_answer_of_each_step_is_looked_up(world: World, method: str, path: str):
    number = ("DELETE", "POST", "PATCH").index(method)
    old = await placed(world, f"D82E3EEF801{number}", "bob@acme.example", "lobby")
    new = f"D82E3EEF802{number}"
    plan = await planned(world, old, new)
    await world.client.fault(method=method, path=path, afterCommit=True, drop=True)
    seq = await world.client.seq()

    result = await world.press(TOM, plan, "Confirm")

    assert "took the place of" in result["text"]
    calls = await world.changes(seq)
    assert [call["method"] for call in calls] == ["DELETE", "POST", "PATCH"]
    (device,) = await world.devices(new)
    assert device["tags"] == ["lobby"]


async def test_an_old_phone_that_somebody_removed_meanwhile(world: World):
    plan = await planned(world, await placed(world, "D82E3EEF8031"), "D82E3EEF8032")
    removed_elsewhere(world, "D82E3EEF8031")

    async with world.nothing_changes():
        form = await world.press(TOM, plan, "Confirm")

    assert "I found no device" in cards.mistakes(form)["device"]
    await world.press(TOM, form, "Cancel")


async def test_an_old_phone_that_somebody_removed_and_added_again_meanwhile(world: World):
    plan = await planned(world, await placed(world, "D82E3EEF80A1"), "D82E3EEF80A2")
    await placed(world, "D82E3EEF80A1")

    async with world.nothing_changes():
        again = await world.press(TOM, plan, "Confirm")

    assert "The phone was removed and added again meanwhile." in again["text"]
    await world.press(TOM, again, "Cancel")


async def test_a_new_mac_that_somebody_took_meanwhile(world: World):
    plan = await planned(world, await placed(world, "D82E3EEF8033"), "D82E3EEF8034")
    await placed(world, "D82E3EEF8034", "hugo@acme.example")

    async with world.nothing_changes():
        form = await world.press(TOM, plan, "Confirm")

    assert "is in use by the Cisco 8845 of Hugo Petit" in cards.mistakes(form)["mac"]
    await world.press(TOM, form, "Cancel")


async def test_a_new_mac_that_somebody_takes_between_the_steps(world: World):
    plan = await planned(world, await placed(world, "D82E3EEF8035"), "D82E3EEF8036")
    removal = world.sandbox.fault(method="DELETE", path="/devices/*", latency=0.5)
    pressed = await world.client.press(TOM, plan["id"], "Confirm")

    async def is_on_its_way() -> bool:
        return removal.seen > 0

    await until(is_on_its_way, "the removal was on its way")
    await placed(world, "D82E3EEF8036", "hugo@acme.example")
    told = await world.answer(TOM, pressed["seq"])

    assert "1 of 2 done: Delete the Cisco 8845 of Bob Keller." in told["text"]
    assert "(Add a Cisco 8865 for Bob Keller) was refused: Another device already" in told["text"]
    (device,) = await world.devices("D82E3EEF8036")
    assert device["owner"] == "Hugo Petit"


async def test_an_owner_without_a_licence_keeps_the_old_phone(world: World):
    old = await placed(world, "D82E3EEF8037", "jack@acme.example")
    plan = await planned(world, old, "D82E3EEF8038")
    await world.client.change_person("jack@acme.example", licences=[MESSAGING])

    async with world.nothing_changes():
        form = await world.press(TOM, plan, "Confirm")

    assert "has no Webex Calling licence" in cards.mistakes(form)["device"]
    await world.press(TOM, form, "Cancel")


async def test_an_owner_whose_account_is_gone_gets_no_phone(world: World):
    old = await placed(world, "D82E3EEF8039", "lena@acme.example")
    plan = await planned(world, old, "D82E3EEF803A")
    await world.client.recreate_person("lena@acme.example")

    async with world.nothing_changes():
        form = await world.press(TOM, plan, "Confirm")

    assert "Webex does not say who has the Cisco 8845" in cards.mistakes(form)["device"]
    await world.press(TOM, form, "Cancel")


async def test_two_people_swap_the_same_phone_and_one_of_them_does(world: World):
    old = await placed(world, "D82E3EEF8041", "bob@acme.example", "lobby")
    news = {TOM: "D82E3EEF8042", ELI: "D82E3EEF8043"}
    plans = {person: await planned(world, old, mac, person) for person, mac in news.items()}
    await world.client.fault(method="DELETE", path="/devices/*", latency=0.5)

    answers = await asyncio.gather(
        *(world.press(person, plan, "Confirm") for person, plan in plans.items())
    )

    done, not_done = sorted(answers, key=lambda answer: "took the place of" not in answer["text"])
    assert "took the place of" in done["text"]
    assert "I found no device" in not_done["text"]
    added = [mac for mac in news.values() if await world.devices(mac)]
    assert [shown(mac) in done["text"] for mac in added] == [True]
    assert await world.devices(old) == []


@pytest.mark.parametrize(
    ("new", "box", "expected"),
    [
        ("D82E3EEF8051", "mac", "is the old phone itself"),
        ("0011223344D4", "mac", "is in use by the Cisco 6841 of Frank Weber"),
        ("0A0B0C0D0E0F", "mac", "I cannot see the device"),
    ],
)
async def test_a_mistake_stands_beside_its_box(world: World, new: str, box: str, expected: str):
    if not await world.devices("D82E3EEF8051"):
        await placed(world, "D82E3EEF8051")

    async with world.nothing_changes():
        form = await world.say(TOM, f"swap D82E3EEF8051 with {new} 8865")

    assert expected in cards.mistakes(form)[box]
    await world.press(TOM, form, "Cancel")


async def test_a_room_device_is_not_swapped(world: World):
    async with world.nothing_changes():
        form = await world.say(TOM, "swap 0011223344F7 with D82E3EEF8061 8865")

    assert "The Cisco Board Pro 55 of Boardroom is not a desk phone" in form["text"]
    await world.press(TOM, form, "Cancel")


async def test_a_phone_of_another_location_is_not_found(world: World):
    async with world.nothing_changes():
        form = await world.say(TESS, "swap 0011223344D4 with D82E3EEF8062 8865")

    assert "device" in cards.mistakes(form)
    assert "Frank" not in form["text"]
    await world.press(TESS, form, "Cancel")


async def test_a_power_cut_while_the_new_phone_is_being_added(fresh: World):
    old, new = await placed(fresh, "D82E3EEF8081", "bob@acme.example", "lobby"), "D82E3EEF8082"
    plan = await planned(fresh, old, new)
    call = fresh.sandbox.fault(method="POST", path="/devices", latency=1.5)
    pressed = await fresh.client.press(TOM, plan["id"], "Confirm")

    async def is_under_way() -> bool:
        return call.seen > 0

    async def is_added() -> bool:
        return bool(await fresh.devices(new))

    await until(is_under_way, "the new phone was on its way")
    await fresh.kill()
    await until(is_added, "Webex added the phone")
    await fresh.start()

    result = await heard(fresh, TOM, "took the place of", after=pressed["seq"])
    (device,) = await fresh.devices(new)
    assert device["tags"] == ["lobby"]
    assert await fresh.devices(old) == []
    assert result["text"].startswith("✓ The Cisco 8865")
    calls = await fresh.changes(pressed["seq"])
    assert [each["method"] for each in calls] == ["DELETE", "POST", "PATCH"]


async def test_words_that_contradict_the_old_phone_are_not_dropped(world: World):
    old, new = await placed(world, "D82E3EEF80C1"), "D82E3EEF80C2"
    async with world.nothing_changes():
        form = await world.say(TOM, f"swap {old} 6841 with {new} for Kim Larsen")
        told = cards.mistakes(form)["device"]
        assert told == (
            f"Device {shown(old)} is a Cisco 8845, but you wrote 6841. Please check its MAC."
        )
        form = await world.say(TOM, f"swap {old} with {new} for Kim Larsen")
        assert f"type: move {shown(old)} to Kim Larsen" in cards.mistakes(form)["device"]
        form = await world.say(TOM, f"swap {old} with {new} DECT")
        assert "I could not find a model in “DECT”" in cards.mistakes(form)["model"]
    plan = await world.say(TOM, f"swap {old} 8845 with {new} for Bob Keller")
    assert "Replace the Cisco 8845 of Bob Keller" in plan["text"]


async def test_two_people_who_exchange_their_phones_are_told_to_move_them(world: World):
    async with world.nothing_changes():
        form = await world.say(TOM, "swap the phone of Bob Keller with the phone of Kim Larsen")
    assert "two people, give each of them to the other" in cards.mistakes(form)["mac"]
    assert cards.filled(form)["device"] == "Bob Keller"


async def test_a_phone_that_was_just_replaced_is_told_by_its_mac(world: World):
    old, new = await placed(world, "D82E3EEF80D1"), "D82E3EEF80D2"
    plan = await planned(world, old, new)
    await world.press(TOM, plan, "Confirm")
    code = cards.code_of(plan)
    told = f"It was removed by {code}. To put it back, type: undo {code}"
    assert told in (await world.say(TOM, f"device {old}"))["text"]
    assert told not in (await world.say(TESS, f"device {old}"))["text"]
