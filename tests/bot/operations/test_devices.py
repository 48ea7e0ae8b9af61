"""List devices, and show one."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.models.files import FileMessage
from bot.core.models.local_time import LocalTime, utc
from bot.core.models.webex import Licence
from bot.domain.lookup.devices import STATUS, status
from bot.domain.operation import Caller, Permission
from bot.operations.delete_device import DELETE_DEVICE
from bot.operations.devices import DEVICE, DEVICES, named_devices
from bot.operations.tag import TAG
from cards import render
from tests.bot.operations.forms import context
from tests.cards import rules
from tests.example_org import (
    ANN,
    ANNS_PHONE,
    BERLIN,
    BOB,
    LYON,
    SOUTHS_PHONE,
    person,
    workspace,
)
from tests.fake_calling import FakeCalling

VIEWER = Caller("vera@example.com", ("viewer",), ())
TECHNICIAN = Caller(
    "tom@example.com",
    ("technician",),
    (
        Permission("tag", device_button=TAG.device_button),
        Permission("delete device", device_button=DELETE_DEVICE.device_button),
    ),
)


async def shown(
    question: Any,
    text: str,
    *places: str,
    caller: Caller = VIEWER,
    calling: FakeCalling | None = None,
) -> str:
    """The answer in words."""
    card = await question.answer(text, caller, context(calling or FakeCalling(), *places))
    assert rules.violations(render.to_content(card)) == []
    return render.to_text(card)


async def test_all_devices_are_listed():
    text = await shown(DEVICES, "")
    assert text.startswith("2 devices\n")
    assert "Cisco 8845 · 00:00:5E:00:53:01 · Berlin · online" in text
    assert "Cisco 8865 · 00:00:5E:00:53:02 · Lyon · offline for a long time" in text


@pytest.mark.parametrize(
    "text",
    [
        "ann",
        "ALDER",
        "cisco berlin",
        "00:00:5e:00:53:01",
        "00005E005301",
        "0000.5e00.5301",
        "5301",
        "FCH1",
        "front",
    ],
)
async def test_a_device_is_found_by_each_of_its_identifiers(text):
    message = await shown(DEVICES, text)
    assert message.startswith(f"1 device for “{text}”")
    assert "Ann Alder" in message


@pytest.mark.parametrize("text", ["nothing like it", "8845 in Berlin", "tagged nobody"])
async def test_an_unknown_device_is_reported_without_a_hint_about_other_phones(text):
    assert "9800 series" not in await shown(DEVICES, text)


@pytest.mark.parametrize("text", ["00:00:5E:00:53:99", "9861 in Lyon"])
async def test_what_may_be_a_late_phone_is_reported_with_a_hint(text):
    assert "9800 series" in await shown(DEVICES, text)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("ofline", "offline"),
        ("offlin", "offline"),
        ("onlin", "online"),
    ],
)
async def test_a_misspelt_state_becomes_a_question(text, state):
    assert f"Did you mean {state}?" in await shown(DEVICES, text)


async def test_a_name_without_its_apostrophe_is_the_owner():
    assert (await shown(DEVICE, "anns phone")).startswith("1 device for")


async def test_devices_of_other_locations_are_not_listed():
    text = await shown(DEVICES, "", "Lyon")
    assert "Ann" not in text
    assert text.startswith("1 device\n")


async def test_a_role_for_a_location_does_not_see_devices_without_one():
    lost = ANNS_PHONE.model_copy(update={"location_id": None})
    card = await DEVICES.answer("", VIEWER, context(FakeCalling(held=[lost]), "Berlin"))
    assert render.to_text(card).startswith("No devices")


@pytest.mark.parametrize(
    "text", ["Ann Alder", "ann alder", "00:00:5E:00:53:01", "MAC: 0000.5e00.5301"]
)
async def test_a_single_device_is_shown_with_its_details(text):
    message = await shown(DEVICE, text)
    assert message.split("\n")[:5] == [
        "Ann Alder",
        "Product: Cisco 8845",
        "MAC: 00:00:5E:00:53:01",
        "Status: online",
        "Location: Berlin",
    ]
    assert "Last seen: 20 November 2026, 09:06 UTC" in message


async def test_several_matches_are_listed():
    assert (await shown(DEVICE, "cisco")).startswith("2 devices for “cisco”")


async def test_a_device_of_another_location_is_not_shown():
    assert (await shown(DEVICE, SOUTHS_PHONE.mac, "Berlin")).startswith("In your locations, no")


async def test_without_a_name_it_asks_for_the_device():
    assert (await shown(DEVICE, "")).startswith("Which device?")


@pytest.mark.parametrize(("caller", "titles"), [(VIEWER, []), (TECHNICIAN, ["Tag", "Delete"])])
async def test_the_buttons_are_those_that_the_role_allows(caller, titles):
    card = await DEVICE.answer("Ann Alder", caller, context(FakeCalling()))
    assert rules.buttons(render.to_content(card)) == titles


async def test_pressing_a_device_asks_for_it_by_its_mac():
    content = render.to_content(await DEVICES.answer("", VIEWER, context(FakeCalling())))
    assert rules.button(content, "Ann Alder 8845") == {"say": "device 00005E005301"}


def many(count: int) -> FakeCalling:
    """An organization with this many phones: Desk 000, Desk 001, …"""
    return FakeCalling(
        held=[
            ANNS_PHONE.model_copy(
                update={"name": f"Desk {n:03}", "id": str(n), "mac": f"00005E006{n:03}"}
            )
            for n in reversed(range(count))
        ]
    )


async def test_a_long_list_has_pages_and_says_how_much_is_hidden():
    card = await DEVICES.answer("desk", TECHNICIAN, context(many(500)))
    text = render.to_text(card)
    assert text.startswith("500 devices for “desk”\nDesk 000\n")
    assert "1 to 8 of 500. 492 more. To narrow the list, type: devices NAME" in text
    assert text.endswith("\nOr type: devices desk page 2")
    content = render.to_content(card)
    assert rules.violations(content) == []
    assert rules.button(content, "More") == {"say": "devices desk page 2"}
    assert rules.buttons(content)[0] == "Desk 000 8845"


async def test_the_last_page_has_the_rest_and_no_further_page():
    card = await DEVICES.answer("desk page 63", TECHNICIAN, context(many(500)))
    text = render.to_text(card)
    assert "497 to 500 of 500." in text
    assert ("Desk 499" in text, "Desk 495" in text) == (True, False)
    assert "More" not in rules.buttons(render.to_content(card))
    beyond = await DEVICES.answer("desk page 99", TECHNICIAN, context(many(500)))
    assert render.to_text(beyond) == text


@pytest.mark.parametrize(
    ("count", "titles"),
    [
        (5, ["Desk 000 8845", "Desk 001 8845", "Desk 002 8845", "Desk 003 8845", "Desk 004 8845"]),
        (6, ["Desk 000 8845", "Desk 001 8845", "Desk 002 8845", "Desk 003 8845", "Add phone"]),
        (9, ["Desk 000 8845", "Desk 001 8845", "Desk 002 8845", "More", "As file"]),
    ],
)
async def test_the_first_devices_of_a_list_have_buttons(count, titles):
    content = render.to_content(await DEVICES.answer("", ADDER, context(many(count))))
    assert rules.buttons(content) == titles


async def file_of(text: str, calling: FakeCalling, *places: str) -> FileMessage:
    """The file that is answered."""
    answer = await DEVICES.answer(text, VIEWER, context(calling, *places))
    assert isinstance(answer, FileMessage)
    return answer


async def test_all_devices_of_a_search_fit_into_a_file():
    file = await file_of("desk page 2 as file", many(500))
    lines = file.content.decode("utf-8-sig").splitlines()
    assert (len(lines), lines[1].split(",")[0], lines[-1].split(",")[0]) == (
        501,
        "Desk 000",
        "Desk 499",
    )
    assert file.text == "500 devices for “desk”."
    assert file.name == "devices-desk.csv"


async def test_a_file_has_only_what_the_person_may_see():
    file = await file_of("as file", FakeCalling(), "Lyon")
    assert b"Meeting Room South" in file.content
    assert b"Ann" not in file.content
    assert file.text == "1 device."


async def test_the_text_beside_a_file_says_what_was_left_out():
    file = await file_of("offline gizmo as file", FakeCalling(held=[SOUTHS_PHONE, LATE[0]]))
    assert file.text == (
        "Offline devices: 1. I found no name with “gizmo”, so I left that out. Webex does not show "
        "the status of 1 more. To see it, type: devices unknown."
    )


async def test_a_search_without_devices_makes_no_file():
    assert (await shown(DEVICES, "nothing like it as file")).startswith("No devices for “nothing")


PHONES = [ANNS_PHONE.model_copy(update={"type": "phone", "software": "sip88xx.12-8-1MPP-41"})]
LATE = [
    SOUTHS_PHONE.model_copy(update={"id": f"late-{status}", "status": status})
    for status in ("unknown", "")
]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("online 8845 in Berlin", "Online 8845 phones in Berlin: 1"),
        ("8845", "8845 phones: 1"),
        ("in Berlin", "Phones in Berlin: 1"),
        ("tagged front", "Phones tagged #front: 1"),
        ("with software 12.8", "Phones with software 12.8: 1"),
        ("online ann", "Online phones for “ann”: 1"),
        ("offline", "Offline devices: 1"),
        ("unknown", "No devices with an unknown status\n"),
        ("asleep in Lyon", "No devices that are asleep in Lyon\n"),
        ("8865 with issues", "No 8865 devices with issues\n"),
        ("offline 8845 in Berlin", "No offline 8845 devices in Berlin\n"),
        ("offline ann@example.com", "Ann Alder (ann@example.com) has no offline device\n"),
    ],
)
async def test_the_list_says_what_was_understood(text, title):
    calling = FakeCalling(held=[*PHONES, SOUTHS_PHONE])
    card = await DEVICES.answer(text, VIEWER, context(calling))
    assert render.to_text(card).startswith(title)


async def test_words_that_no_device_has_are_named():
    text = await shown(DEVICES, "offline gizmo phones")
    assert text.startswith(
        "Offline devices: 1\nI found no name with “gizmo”, so I left that out.\n"
    )


async def test_devices_whose_status_webex_does_not_tell_are_counted():
    calling = FakeCalling(held=[SOUTHS_PHONE, *LATE])
    text = render.to_text(await DEVICES.answer("offline in Lyon", VIEWER, context(calling)))
    assert text.startswith("Offline devices in Lyon: 1\n")
    assert "Webex does not show the status of 2 more. To see them, type: devices unknown." in text


@pytest.mark.parametrize(
    ("reported", "shown"), [*STATUS.items(), ("brand_new", "brand_new"), ("", "")]
)
def test_a_status_is_shown_in_words_and_an_unknown_one_unchanged(reported, shown):
    assert status(ANNS_PHONE.model_copy(update={"status": reported})) == shown


ADDER = Caller("tom@example.com", ("technician",), (Permission("add phone"),))


async def test_a_mac_that_no_device_has_can_be_added():
    card = await DEVICE.answer("d82e.3eef.4e5c", ADDER, context(FakeCalling()))
    assert render.to_text(card).startswith(
        "No device has the MAC D8:2E:3E:EF:4E:5C\nTo add a new phone,"
    )
    assert rules.button(render.to_content(card), "Add phone") == {
        "say": "add phone D8:2E:3E:EF:4E:5C"
    }


@pytest.mark.parametrize("text", ["D8:2E:3E:EF:4E:5C", BOB.email])
async def test_what_is_no_device_can_be_looked_for_in_dect(text):
    looks = Caller("vera@example.com", ("viewer",), (Permission("dect"),))
    card = await DEVICE.answer(text, looks, context(FakeCalling()))
    button = rules.button(render.to_content(card), "Look in DECT")
    assert button == {"say": f"dect {text}"}


async def test_who_may_not_add_phones_is_not_told_to():
    card = await DEVICE.answer("d82e.3eef.4e5c", VIEWER, context(FakeCalling()))
    assert render.to_text(card).startswith("No device has the MAC D8:2E:3E:EF:4E:5C")
    assert "Add phone" not in render.to_text(card)
    assert rules.buttons(render.to_content(card)) == []


async def test_an_owner_without_devices_can_get_one():
    card = await DEVICES.answer("bob@example.com", ADDER, context(FakeCalling()))
    assert render.to_text(card).startswith("Bob Birch (bob@example.com) has no device")
    assert rules.button(render.to_content(card), "Add phone") == {
        "say": "add phone for bob@example.com"
    }


async def test_buttons_of_a_list_have_different_titles():
    twin = ANNS_PHONE.model_copy(update={"id": "dev-9", "mac": "00005E0053A9"})
    other = ANNS_PHONE.model_copy(
        update={"id": "dev-8", "mac": "00005E0053A8", "product": "2N Customer Managed"}
    )
    calling = FakeCalling(held=[ANNS_PHONE, twin, other])
    content = render.to_content(await DEVICES.answer("ann", VIEWER, context(calling)))
    assert rules.buttons(content) == [
        "Ann Alder 8845 …5301",
        "Ann Alder 8845 …53A9",
        "Ann Alder 2N",
    ]
    assert rules.button(content, "Ann Alder 8845 …53A9") == {"say": "device 00005E0053A9"}


@pytest.mark.parametrize(
    ("product", "title"),
    [
        ("DMS Cisco 8865", "Ann Alder 8865"),
        ("Cisco Board Pro 55", "Ann Alder Board Pro 55"),
        ("2N Customer Managed", "Ann Alder 2N"),
        ("Cisco ATA192", "Ann Alder ATA192"),
    ],
)
async def test_a_button_names_the_model_in_short(product: str, title: str):
    phone = ANNS_PHONE.model_copy(update={"product": product})
    calling = FakeCalling(held=[phone, SOUTHS_PHONE])
    content = render.to_content(await DEVICES.answer("", VIEWER, context(calling)))
    assert rules.buttons(content)[0] == title


async def test_a_device_of_unknown_status_is_shown_as_such():
    phone = ANNS_PHONE.model_copy(update={"status": "unknown"})
    calling = FakeCalling(held=[phone])
    assert "Status: unknown\n" in await shown(DEVICE, "Ann Alder", calling=calling)
    assert "· Berlin · status unknown\n" in await shown(DEVICES, "", calling=calling)


async def test_an_owner_who_is_only_likely_gets_no_card_of_a_device():
    owners = [BOB, person("birchley", "Bob Birchs", LYON, Licence.STANDARD)]
    phone = SOUTHS_PHONE.model_copy(update={"name": "Desk 1", "person_id": BOB.id})
    text = render.to_text(
        await DEVICE.answer("Bob Birchh", VIEWER, context(FakeCalling(owners=owners, held=[phone])))
    )
    assert text.startswith("1 device for “Bob Birchh”")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Ann Alder", "Ann Alder"),
        ("cisco", "2 devices for “cisco”"),
        ("bob birch", "Bob Birch (bob@example.com) has no device"),
    ],
)
async def test_a_bare_name_shows_the_devices_that_it_names(text, title):
    card = await named_devices(text, VIEWER, context(FakeCalling()))
    assert card
    assert render.to_text(card).startswith(title)


@pytest.mark.parametrize("text", ["nothing like it", "Ann Aldershot"])
async def test_a_bare_text_that_is_no_name_is_left_to_others(text):
    assert await named_devices(text, VIEWER, context(FakeCalling())) is None


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("berlim", "Devices in Berlin: 1\nI read “berlim” as Berlin.\nAnn Alder"),
        ("ann in berlim", "Devices in Berlin for “ann”: 1\nI read “berlim” as Berlin.\nAnn Alder"),
        ("online in berlim", "Online devices in Berlin: 1\nI read “berlim” as Berlin.\nAnn Alder"),
        ("8865 in berlim", "No 8865 devices in Berlin\nI read “berlim” as Berlin."),
        ("Ann Aldr", "1 device of Ann Alder, as I read “Ann Aldr”\nAnn Alder"),
        ("offline Ann Aldr", "No offline device of Ann Alder, as I read “Ann Aldr”"),
    ],
)
@pytest.mark.parametrize("question", [DEVICES, DEVICE], ids=["devices", "device"])
async def test_a_guess_by_spelling_is_told_and_a_location_goes_first(question, text, start):
    lobby = workspace("Lobby Berlin", BERLIN)

    calling = FakeCalling(owners=[ANN, BOB, lobby], held=[ANNS_PHONE, SOUTHS_PHONE])

    assert (await shown(question, text, calling=calling)).startswith(start)


async def test_a_location_of_others_is_not_guessed():
    text = await shown(DEVICES, "in berlim", "Lyon")

    assert text.startswith("No devices for “in berlim” in your locations\n")


async def test_somebody_of_some_locations_is_told_that_another_is_not_theirs():
    text = await shown(DEVICES, "8845 in Berlin", "Lyon")

    assert text.startswith("Berlin is not one of your locations\nYour locations: Lyon.")
    assert "No " not in text


async def test_a_mac_elsewhere_is_not_said_to_be_free():
    text = await shown(DEVICE, "00:00:5E:00:53:01", "Lyon")

    assert text.startswith("In your locations, no device has the MAC 00:00:5E:00:53:01\n")


async def test_a_time_is_read_at_the_location_of_the_device():
    asked: list[str] = []

    def local(location_id: str) -> LocalTime:
        asked.append(location_id)
        return utc(0.0)

    await DEVICE.answer("5301", VIEWER, replace(context(FakeCalling()), local=local))

    assert asked == [BERLIN.id]
