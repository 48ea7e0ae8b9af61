"""Asking without changing: help, whoami, devices, requests, and what is not understood."""

import pytest

from tests.journeys import cards
from tests.journeys.world import ADA, ANA, ELI, SAM, TESS, TOM, VERA, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

OF_TECHNICIANS = (
    "add phones · activation codes · create dect network · set up dect · tag devices · move phone"
    " · remove base · remove handset · change dect network · delete device · delete devices"
)


@pytest.mark.parametrize("text", ["help", "HELP", "Hello!", "?", "hi"])
async def test_help_shows_what_the_role_allows(world: World, text: str):
    answer = await world.say(TOM, text)

    assert "add phone D8:2E:3E:EF:4E:5C 8865 for ann@example.com" in answer["text"]
    assert "(needs approval)" in answer["text"]
    assert cards.buttons(answer) == [
        "Add phone", "Activation code", "Devices", "DECT", "Who am I",
    ]  # fmt: skip


async def test_help_omits_what_a_viewer_may_not_do(world: World):
    answer = await world.say(VERA, "help")

    assert "add phone" not in answer["text"]
    assert "confirm" not in answer["text"]  # a viewer cannot open a request
    assert cards.buttons(answer) == ["Devices", "DECT", "Who am I"]


async def test_the_buttons_of_help_equal_typed_commands(world: World):
    answer = await world.say(TOM, "help")

    form = await world.press(TOM, answer, "Add phone")
    assert list(cards.boxes(form)) == ["mac", "model", "owner"]
    whoami = await world.press(TOM, answer, "Who am I")
    assert "Roles: technician" in whoami["text"]
    await world.press(TOM, form, "Cancel")


@pytest.mark.parametrize(
    ("person", "roles", "asks"),
    [
        (VERA, "viewer", "nothing"),
        (TOM, "technician", OF_TECHNICIANS),
        (TESS, "technician at Lyon", OF_TECHNICIANS),
        (ELI, "engineer", "delete dect network · delete device · delete devices"),
        (ANA, "approver", "nothing"),
        (ADA, "admin", "nothing"),
    ],
)
async def test_whoami_shows_roles_and_what_needs_approval(
    world: World, person: str, roles: str, asks: str
):
    answer = await world.say(person, "whoami")

    assert cards.facts(answer)["Roles"] == roles
    assert cards.facts(answer)["Needs approval"] == asks


async def test_devices_are_listed_with_the_number_of_further_ones(world: World):
    answer = await world.say(VERA, "devices")

    assert answer["text"].startswith("11 devices")
    assert "1 to 8 of 11. 3 more. To narrow the list" in answer["text"]
    assert answer["text"].endswith("Or type: devices page 2")
    assert cards.buttons(answer)[-2:] == ["More", "As file"]

    rest = await world.press(VERA, answer, "More")
    assert "9 to 11 of 11." in rest["text"]
    assert "Meeting Room North" in rest["text"]
    assert (await world.say(VERA, "devices page 2"))["text"] == rest["text"]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("phones offline in Austin", "Offline phones in Austin: 1\nErin Walsh\n"),
        ("list all 8865 phones in Berlin", "No 8865 devices in Berlin\n"),
        ("all 8865 phones in Austin", "8865 phones in Austin: 1\n"),
        ("devices #lab", "Phones tagged #lab: 3\n"),
        ("which devices are tagged lab and online?", "Online phones tagged #lab: 2\n"),
        ("devices with software version 12.0 in Austin", "Phones with software 12.0 in Austin: 1"),
        ("devices offline of grace@acme.example", "Offline phones of Grace Lam: 1\n"),
        ("devices offline in berlim", "Offline phones in Berlin: 1\nI read “berlim” as Berlin."),
        ("devices berlim", "Devices in Berlin: 9\nI read “berlim” as Berlin."),
        ("device erin wlash", "2 devices of Erin Walsh, as I read “erin wlash”\n"),
        ("offline gizmo phones", "Offline phones: 2\nI found no name with “gizmo”"),
    ],
)
async def test_devices_are_filtered_in_words(world: World, text: str, title: str):
    assert (await world.say(VERA, text))["text"].startswith(title)


async def test_devices_whose_status_is_not_told_are_counted_beside_a_state(world: World):
    answer = await world.say(VERA, "devices offline in Berlin")

    assert "Webex does not show the status of 1 more" in answer["text"]
    unknown = await world.say(VERA, "devices unknown")
    assert "status unknown" in unknown["text"]
    assert cards.buttons(unknown) == ["Lobby Berlin 2N"]


async def test_a_list_is_sent_as_a_file(world: World):
    answer = await world.say(VERA, "export all phones in Austin as csv")

    assert answer["fileNames"] == ["devices-austin.csv"]
    assert answer["text"] == "Phones in Austin: 2."
    lines = (await world.client.file(VERA, answer)).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Owner,Model,MAC,Status,Location,")
    assert "Erin Walsh,Cisco 8845,00:11:22:33:44:55,online,Austin," in lines[1]
    assert len(lines) == 3


async def test_a_button_of_a_long_list_sends_all_of_it(world: World):
    listing = await world.say(VERA, "devices")

    answer = await world.press(VERA, listing, "As file")
    assert answer["fileNames"] == ["devices.csv"]
    assert len((await world.client.file(VERA, answer)).splitlines()) == 12


async def test_a_file_has_no_devices_of_other_locations(world: World):
    answer = await world.say(TESS, "devices as file")

    assert answer["text"].startswith("No devices in your locations")


async def test_devices_are_found_by_part_of_the_name_and_a_button_shows_one(world: World):
    answer = await world.say(TOM, "devices erin")
    assert answer["text"].startswith("2 devices for “erin”")
    assert "00:11:22:33:44:55 · Austin · online" in answer["text"]

    device = await world.press(TOM, answer, "Erin Walsh 8845")

    assert cards.facts(device)["Product"].endswith(("8845", "8865"))
    assert cards.buttons(device) == ["Tag", "Apply changes", "Swap", "Move", "Delete"]


@pytest.mark.parametrize("text", ["001122334455", "00:11:22:33:44:55", "0011.2233.4455"])
async def test_a_device_is_shown_by_its_mac(world: World, text: str):
    answer = await world.say(VERA, f"device {text}")

    shown = cards.facts(answer)
    assert (shown["MAC"], shown["Location"], shown["Status"]) == (
        "00:11:22:33:44:55",
        "Austin",
        "online",
    )
    assert shown["Tags"] == "austin, desk"
    assert shown["Extension"] == "3110"
    assert shown["Number"].startswith("+1512555")


async def test_a_device_says_what_it_reports_and_what_to_do(world: World):
    answer = await world.say(VERA, "device 0011223344F6")

    assert cards.facts(answer)["Status"] == "online, but reports issues"
    assert "The device reports" in answer["text"]
    assert "It is not registered for calls" in answer["text"]
    assert "Check its network and firewall" in answer["text"]

    codes = ["ntpstatus", "brandNew_trouble", "temperaturecheck", "networkquality"]
    await world.client.report("0011223344F6", error_codes=codes)
    changed = await world.say(VERA, "device 0011223344F6")

    assert "It cannot reach a time server" in changed["text"]
    assert "Brand new trouble" in changed["text"]
    assert "1 more: see the device in Control Hub." in changed["text"]


async def test_a_device_that_is_offline_says_for_how_long(world: World):
    shown = cards.facts(await world.say(VERA, "device 0011223344E3"))

    assert shown["Status"].startswith("offline for ")
    assert shown["Status"].endswith(" days")
    assert shown["Last seen"].endswith((" CET", " CEST"))

    await world.client.unplug("0011223344D4")
    unplugged = await world.say(VERA, "device 0011223344D4")
    await world.client.plug("0011223344D4")

    assert cards.facts(unplugged)["Status"] == "offline for less than a minute"


async def test_devices_with_errors_are_those_that_report_any(world: World):
    await world.client.report("0011223344E3", error_codes=["OFFLINE_EXPIRED", "FAN_BLOCKED"])
    await world.client.report("0011223344F6", error_codes=["ntpstatus"])

    listing = await world.say(VERA, "devices with errors")
    assert listing["text"].startswith("Phones with errors: 2")
    card = await world.say(VERA, "device 0011223344E3")
    await world.client.report("0011223344E3", error_codes=[])

    assert "Offline expired\nFan blocked\nLook in Control Hub" in card["text"]
    assert card["text"].count("Look in Control Hub") == 1


async def test_a_phone_that_nobody_has_plugged_in_is_not_registered_yet(world: World):
    await world.client.phone_settings(wait_for_plug=True)
    await world.client.place_phone("D82E3EEF5D01", "DMS Cisco 8865", ownerEmail="bob@acme.example")
    await world.client.phone_settings(wait_for_plug=False)

    shown = cards.facts(await world.say(VERA, "device D82E3EEF5D01"))

    assert shown["Status"] == "not registered yet, added less than a minute ago"
    assert "Last seen" not in shown


@pytest.mark.parametrize("text", ["did Frank Weber's phone come up?", "is frank's phone offline?"])
async def test_a_question_about_a_phone_shows_its_card(world: World, text: str):
    answer = await world.say(VERA, text)

    assert cards.facts(answer)["MAC"] == "00:11:22:33:44:D4"


async def test_a_short_list_has_the_extensions_of_the_owners(world: World):
    listing = await world.say(VERA, "devices erin")

    assert "online · ext. 3110" in listing["text"]


async def test_a_device_is_shown_by_its_name(world: World):
    answer = await world.say(VERA, "device Frank Weber")

    assert cards.facts(answer)["MAC"] == "00:11:22:33:44:D4"


async def test_an_unknown_device_is_answered_with_a_hint(world: World):
    answer = await world.say(VERA, "device 0A0B0C0D0E0E")

    assert "No device has the MAC 0A:0B:0C:0D:0E:0E" in answer["text"]
    assert "9800 series" in answer["text"]


async def test_requests_are_listed_and_shown_to_their_requester(world: World):
    plan = await world.say(ELI, "add phone D82E3EEF5001 8865 for bob@acme.example")
    code = cards.code_of(plan)

    listing = await world.say(ELI, "requests")
    assert f"{code} · waits for your Confirm · just now" in listing["text"]
    assert cards.buttons(listing)[0] == f"Open {code}"
    assert f"{code} · waits for your Confirm" in (await world.say(ELI, "status"))["text"]
    status = await world.say(ELI, f"what's the status of {code}?")
    assert cards.facts(status)["State"] == "draft"
    details = await world.say(ELI, f"request {code.lower()}")
    assert cards.facts(details)["State"] == "draft"
    assert cards.facts(details)["MAC"] == "D8:2E:3E:EF:50:01"
    others = await world.say(TOM, f"request {code}")
    assert "somebody else's request" in others["text"]
    assert "D8:2E" not in others["text"]

    cancelled = await world.say(ELI, f"cancel {code}")
    assert cancelled["text"] == f"{code} is cancelled. Nothing was changed."
    await world.gone(ELI, plan)
    again = await world.say(ELI, f"cancel {code}")
    assert again["text"].startswith(f"{code} was cancelled by Eli Novak at ")


async def test_cancel_without_a_code_cancels_the_newest_and_names_what_remains(world: World):
    assert "no open request" in (await world.say(ADA, "cancel"))["text"]
    await world.say(ADA, "add phone")
    code_form = await world.say(ADA, "activation code in Lobby Berlin")

    answer = (await world.say(ADA, "cancel"))["text"]
    assert (
        "(activation code, Lobby Berlin) is cancelled. Nothing was changed. Still open:" in answer
    )
    assert "(add phone, just now). To cancel, type: cancel" in answer
    await world.gone(ADA, code_form)
    assert "(add phone) is cancelled" in (await world.say(ADA, "cancel"))["text"]
    assert "no open request" in (await world.say(ADA, "cancel"))["text"]


async def test_roles_are_searched_and_listed(world: World):
    answer = await world.say(ADA, "access Lyon")

    assert answer["text"].startswith("Who may do what: “Lyon”\n")
    assert TESS in answer["text"]
    assert TOM not in answer["text"]
    assert (await world.say(ADA, "access nowhere"))["text"].startswith("No role fits “nowhere”")


async def test_drafts_are_listed_apart_and_in_pages(world: World):
    for number in range(10, 18):
        await world.say(TESS, f"add phone D82E3EEF51{number}")

    listing = await world.say(TESS, "requests")
    assert "Not confirmed" in listing["text"]
    drafts = await world.press(TESS, listing, "Drafts")
    assert "add phone, D8:2E:3E:EF:51:17" in drafts["text"]
    more = await world.press(TESS, drafts, "More")
    assert "D8:2E:3E:EF:51:10" in more["text"]
    assert "D8:2E:3E:EF:51:17" not in more["text"]


async def test_nobody_else_can_cancel_a_request(world: World):
    form = await world.say(ELI, "add phone D82E3EEF5002")
    (request,) = world.rows(
        "select code from requests where requester_email = ? and state = 'draft'", ELI
    )

    answer = await world.say(TOM, f"cancel {request['code']}")

    assert "Only the person who asked for it can cancel request" in answer["text"]
    assert world.state(request["code"]) == "draft"
    await world.press(ELI, form, "Cancel")


@pytest.mark.parametrize("text", ["request ZZZZ", "cancel ZZZZ"])
async def test_an_unknown_request_is_reported(world: World, text: str):
    assert "There is no request ZZZZ" in (await world.say(TOM, text))["text"]


async def test_a_misspelt_command_that_shows_a_plan_is_understood(world: World):
    plan = await world.say(TOM, "ad phnoe D8:2E:3E:EF:50:03 8865 for bob@acme.example")

    assert cards.facts(plan)["MAC"] == "D8:2E:3E:EF:50:03"
    await world.press(TOM, plan, "Cancel")


async def test_a_text_without_a_command_gets_an_example_and_three_buttons(world: World):
    answer = await world.say(TOM, "sing me a song about Rotterdam")

    assert answer["text"].split("\n") == [
        "I do not understand “sing me a song about Rotterdam”",
        "Write for example: add phone D8:2E:3E:EF:4E:5C 8865 for ann@example.com",
    ]
    assert cards.buttons(answer) == ["Add phone", "Devices", "Help"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("help add phone", "add phone\nDoes: Add a desk phone by its MAC"),
        ("thanks", "You are welcome."),
        ("thank you!", "You are welcome."),
        ("ok", "All right. Nothing waits for you."),
        ("👍", "All right. Nothing waits for you."),
        ("who are you?", "I am provbot"),
        ("reboot the phone of Kim", "I cannot restart phones yet"),
    ],
)
async def test_small_talk_and_what_cannot_be_done_get_a_short_answer(
    world: World, text: str, expected: str
):
    assert (await world.say(TESS, text))["text"].startswith(expected)


async def test_a_file_without_text_is_answered(world: World):
    sent = await world.client.send_file(TOM, "manual.pdf", b"%PDF-")

    assert "I did not read “manual.pdf”" in (await world.answer(TOM, sent["seq"]))["text"]


async def test_a_stranger_learns_only_whom_to_ask(world: World):
    seq = await world.client.seq()
    for text in ("help", "devices", "whoami", "request ZZZZ", "nonsense", ""):
        await world.client.say(SAM, text or "👍")
    (answer,) = await world.answers(SAM, seq)
    assert answer["text"] == (
        "Sorry, you are not on the list of people I work for."
        " Please ask a provbot admin to add you (sam@acme.example)."
        f" The admin is Ada Fischer ({ADA})."
    )
    assert cards.buttons(answer) == ["Ask for access"]
