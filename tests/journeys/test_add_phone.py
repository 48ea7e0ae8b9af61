"""A phone by its MAC: for a person, for a workspace, third-party, 9800; typed and by form."""

import pytest

from tests.journeys import cards
from tests.journeys.world import ELI, TOM, World, in_progress, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_typed_command_leads_to_the_plan_and_confirm_to_the_phone(world: World):
    plan = await world.say(TOM, "add phone D8:2E:3E:EF:4E:01 8865 for bob@acme.example")
    assert cards.buttons(plan) == ["Confirm", "Change", "Cancel"]
    assert cards.facts(plan) == {
        "Phone": "Cisco 8865",
        "MAC": "D8:2E:3E:EF:4E:01",
        "For": "Bob Keller (bob@acme.example)",
        "Location": "Berlin",
        "Number": "ext. 1107 · +493023125107",
    }
    assert await world.devices("D82E3EEF4E01") == []

    result = await world.press(TOM, plan, "Confirm")

    assert "D8:2E:3E:EF:4E:01 now belongs to Bob Keller" in result["text"]
    assert cards.facts(result)["Number"] == "ext. 1107 · +493023125107"
    (device,) = await world.devices("D82E3EEF4E01")
    assert (device["owner"], device["model"]) == ("Bob Keller", "DMS Cisco 8865")
    assert world.state(cards.code_of(plan)) == "done"
    await world.gone(TOM, plan)

    async def nothing_is_in_progress() -> bool:
        return not any(in_progress(message) for message in await world.client.messages(TOM))

    await until(nothing_is_in_progress, "the line that says so was taken away")


async def test_the_form_leads_to_the_plan_and_the_phone_goes_to_a_workspace(world: World):
    form = await world.say(TOM, "add phone")
    assert list(cards.boxes(form)) == ["mac", "model", "owner"]
    assert cards.buttons(form) == ["Continue", "Cancel"]
    assert cards.mistakes(form) == {}

    plan = await world.press(
        TOM, form, "Continue",
        mac="d82e.3eef.4e02", model="DMS Cisco 8845", owner="Reception Austin",
    )  # fmt: skip
    assert cards.facts(plan)["For"] == "Reception Austin (workspace)"
    await world.press(TOM, plan, "Confirm")

    (device,) = await world.devices("D82E3EEF4E02")
    assert (device["owner"], device["ownerKind"]) == ("Reception Austin", "workspace")
    (call,) = [c for c in await world.changes() if (c["body"] or {}).get("mac") == "D82E3EEF4E02"]
    assert call["body"].keys() == {"mac", "model", "workspaceId"}
    await world.gone(TOM, form)
    await world.gone(TOM, plan)


async def test_an_incomplete_command_opens_the_filled_in_form(world: World):
    form = await world.say(TOM, "add phone d8-2e-3e-ef-4e-03 for omar@acme.example")

    assert cards.filled(form) == {"mac": "D8:2E:3E:EF:4E:03", "owner": "omar@acme.example"}
    assert cards.mistakes(form) == {}
    plan = await world.press(TOM, form, "Continue", model="DMS Cisco 6821")
    assert cards.facts(plan)["MAC"] == "D8:2E:3E:EF:4E:03"
    await world.press(TOM, plan, "Cancel")


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("A1", "D8:2E:3E:EF:4E:A1"),
        ("A2", "d82e.3eef.4ea2"),
        ("A3", "D8-2E-3E-EF-4E-A3"),
        ("A4", "d82e3eef4ea4"),
        ("A5", "d8 2e 3e ef 4e a5"),
        ("A6", "MAC: D82E3EEF4EA6"),
    ],
)
async def test_a_mac_is_read_in_every_written_form(world: World, number: str, written: str):
    plan = await world.say(TOM, f"add phone {written} 8865 for jack@acme.example")

    assert cards.facts(plan)["MAC"] == f"D8:2E:3E:EF:4E:{number}"
    await world.press(TOM, plan, "Cancel")


async def test_standard_calling_leads_to_a_warning(world: World):
    plan = await world.say(TOM, "add phone D82E3EEF4E04 8851 for paul@acme.example")

    (warning,) = cards.warnings(plan)
    assert "switches calling off in their Webex apps" in warning
    await world.press(TOM, plan, "Confirm")
    (paul,) = [
        person
        for person in (await world.client.organization())["people"]
        if person["email"] == "paul@acme.example"
    ]
    assert paul["callingInApps"] is False


async def test_a_third_party_phone_needs_a_password_that_nobody_sees(world: World):
    world.said_in_secret.add("rosebud-4711!")
    form = await world.say(ELI, "add phone D82E3EEF4E05 2N Customer Managed for Lobby Lyon")
    assert "leave it empty and press Continue: I make one" in cards.hints(form)["password"]
    assert cards.mistakes(form) == {}
    assert "Please correct" not in form["text"]

    plan = await world.press(ELI, form, "Continue", password="rosebud-4711!")
    assert cards.facts(plan)["Password"] == "as entered (never shown)"
    result = await world.press(ELI, plan, "Confirm")

    assert "now belongs to Lobby Lyon" in result["text"]
    assert len(await world.devices("D82E3EEF4E05")) == 1
    messages = await world.client.messages(ELI)
    assert "rosebud" not in str(messages)


async def test_provbot_makes_the_password_and_tells_what_to_enter_on_the_phone(world: World):
    room = await world.client.room(ELI, "Phone rollout")
    text = "add phone D82E3EEF4E12 Generic IPPhone Customer Managed for Reception Austin"
    form = await world.say(ELI, text, roomId=room, mention=True)
    plan = await world.press(ELI, form, "Continue")
    assert cards.facts(plan)["Password"] == "made by provbot, shown to the requester alone"
    pressed = await world.client.press(ELI, plan["id"], "Confirm")

    alone = await world.answer(ELI, pressed["seq"])
    assert alone["roomType"] == "direct"
    password = cards.facts(alone)["SIP password"]
    assert cards.facts(alone)["Outbound proxy"] == "proxy.sip.acme.example"
    assert cards.facts(alone)["SIP domain"] == "sip.acme.example"
    assert "cannot be shown a second time" in alone["text"]

    (seen,) = await world.answers(ELI, plan["seq"], room)
    assert "sent to the requester in a direct message" in seen["text"]
    assert "fetches its settings" not in seen["text"]
    assert password not in str(await world.client.messages(ELI, room=room))
    world.said_in_secret.add(password)

    plan = await world.say(ELI, "delete device D82E3EEF4E12")
    assert any("Webex does not reset it" in text for text in cards.warnings(plan))
    await world.press(ELI, plan, "Cancel")


async def test_change_keeps_the_password_without_showing_it(world: World):
    world.said_in_secret.add("hush-hush-22")
    form = await world.say(
        ELI, "add phone D82E3EEF4E06 Generic IPPhone Customer Managed for hugo@acme.example"
    )
    plan = await world.press(ELI, form, "Continue", password="hush-hush-22")

    again = await world.press(ELI, plan, "Change")
    assert "hush" not in str(again)
    assert "Kept" in cards.boxes(again)["password"]["placeholder"]
    plan = await world.press(ELI, again, "Continue", mac="D82E3EEF4E07")
    await world.press(ELI, plan, "Confirm")

    assert await world.devices("D82E3EEF4E06") == []
    assert len(await world.devices("D82E3EEF4E07")) == 1


async def test_a_9800_is_accepted_and_explained(world: World):
    plan = await world.say(TOM, "add phone D82E3EEF4E08 9851 for grace@acme.example")
    assert any("already has 5 of 5" in text for text in cards.warnings(plan))
    await world.press(TOM, plan, "Cancel")
    plan = await world.say(TOM, "add phone D82E3EEF4E08 9851 for ivy@acme.example")
    assert any("some only later" in text for text in cards.warnings(plan))

    result = await world.press(TOM, plan, "Confirm")

    assert "Webex accepted the Cisco 9851" in result["text"]
    assert "appears in a few minutes" in result["text"]
    (device,) = await world.devices("D82E3EEF4E08")
    assert device["model"] == "Cisco 9851"


async def test_a_9800_that_webex_does_not_list_yet_is_known_by_its_request(world: World):
    add = "add phone D82E3EEF4E11 9841 for eli@acme.example"
    plan = await world.say(TOM, add)
    result = await world.press(TOM, plan, "Confirm")
    told = f"was accepted just now for Eli Novak ({cards.code_of(plan)}); Webex does not list it"

    for question in ("device D8:2E:3E:EF:4E:11", "devices eli", "devices D82E3EEF4E11"):
        assert told in (await world.say(TOM, question))["text"]
    for command in ("tag D82E3EEF4E11 +desk", "delete device D82E3EEF4E11"):
        form = await world.say(TOM, command)
        assert told in cards.mistakes(form)["device"]
        await world.press(TOM, form, "Cancel")
    form = await world.say(TOM, add)
    assert told in cards.mistakes(form)["mac"]
    await world.press(TOM, form, "Cancel")
    async with world.nothing_changes():
        refusal = await world.press(TOM, result, "Undo")
    assert refusal["text"].startswith(f"{cards.code_of(plan)} cannot be undone now.")
    assert told in refusal["text"]
    assert not refusal.get("attachments")

    organization = world.sandbox.cloud.organization
    (phone,) = [each for each in organization.phones.values() if each.mac == "D82E3EEF4E11"]
    phone.known_from = phone.listed_from = phone.created
    plan = await world.say(TOM, f"undo {cards.code_of(plan)}")
    assert plan["text"].startswith("Delete the Cisco 9841 of Eli Novak")
    await world.press(TOM, plan, "Cancel")
    shown = await world.say(TOM, "device D82E3EEF4E11")
    assert cards.facts(shown)["Product"] == "Cisco 9841"


async def test_add_another_keeps_the_model_and_opens_one_form(world: World):
    plan = await world.say(TOM, "add phone D82E3EEF4E09 8865 for lena@acme.example")
    result = await world.press(TOM, plan, "Confirm")
    assert cards.data_of(result, "Add another").keys() == {"request", "version", "press"}

    form = await world.press(TOM, result, "Add another")
    models = [*cards.choices(form, "model").values()]
    assert models[0] == "DMS Cisco 8865"  # used last
    assert len(models) == len({*models}) > 20
    assert cards.filled(form) == {"model": "DMS Cisco 8865"}
    assert f"As in {cards.code_of(plan)}: model." in form["text"]
    filled_in = {"mac": "D82E3EEF4E19", "owner": "Meeting Room"}
    question = await world.press(TOM, form, "Continue", **filled_in)
    again = await world.press(TOM, result, "Add another")

    assert cards.code_of(again) == cards.code_of(question) != cards.code_of(plan)
    assert cards.filled(again)["mac"] == filled_in["mac"]
    await world.gone(TOM, question)
    await world.press(TOM, again, "Cancel")
    other = await world.press(TOM, result, "Add another")
    assert cards.filled(other) == {"model": "DMS Cisco 8865"}
    await world.press(TOM, other, "Cancel")


async def test_a_refusal_of_webex_is_reported_with_the_tracking_id(world: World):
    plan = await world.say(TOM, "add phone D82E3EEF4E10 8865 for grace@acme.example")

    failure = await world.press(TOM, plan, "Confirm")

    assert "Not done: Add a Cisco 8865 for Grace Lam" in failure["text"]
    assert "the limit is reached, or the licence does not allow it" in failure["text"]
    assert "tracking id" in failure["text"]
    assert world.state(cards.code_of(plan)) == "failed"
    devices = await world.press(TOM, failure, "Show devices")
    assert devices["text"].startswith("5 devices for “Grace Lam")
    again = await world.press(TOM, failure, "Try again")
    assert cards.facts(again)["MAC"] == "D8:2E:3E:EF:4E:10"
    await world.press(TOM, again, "Cancel")
