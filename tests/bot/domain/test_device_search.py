"""Phrases that name devices: what is found, by which reads of the API, and what is asked."""

import pytest

from bot.core.errors import Unavailable, WebexError
from bot.core.models.webex import Device, Licence
from bot.domain.forms import NONE_OF_THESE, ParsedForm
from bot.domain.lookup.device_phrases import fits, read_device_phrase
from bot.domain.lookup.devices import device_field, find_device, search_devices
from bot.domain.operation import Context
from tests.example_org import (
    ANN,
    ANNS_PHONE,
    BERLIN,
    BOB,
    LYON,
    SOUTH,
    SOUTHS_PHONE,
    person,
    workspace,
)  # fmt: skip
from tests.fake_calling import FakeCalling

ANNS_SECOND = ANNS_PHONE.model_copy(
    update={
        "id": "dev-3", "mac": "00005E0053A1", "product": "Cisco 8865", "tags": ("vip",),
        "status": "disconnected", "serial": "FCH9",
    }
)  # fmt: skip
SUED = workspace("Büro Süd", BERLIN)
SUEDS_PHONE = Device(
    id="dev-4", name="Büro Süd", product="Cisco 8845", mac="00005E0053B2", workspace_id=SUED.id,
    location_id=BERLIN.id, status="connected_with_issues",
)  # fmt: skip
MEG = person("moak", "Meg Oak", LYON, Licence.PROFESSIONAL)
MEGS_PHONE = Device(
    id="dev-5", name="Hotline", product="Cisco 8851", mac="00005E0053C3", person_id=MEG.id,
    location_id=LYON.id, status="connected", software="sip88xx.12-8-1MPP0001-41",
)  # fmt: skip
ALL = [ANNS_PHONE, SOUTHS_PHONE, ANNS_SECOND, SUEDS_PHONE, MEGS_PHONE]


def org() -> FakeCalling:
    """With five phones; the extension 1107 is Meg's."""
    return FakeCalling(
        owners=[ANN, BOB, MEG, SOUTH, SUED], held=list(ALL), extensions={MEG.key: "1107"}
    )


def context(calling: FakeCalling, *places: str) -> Context:
    """Of somebody who looks after these places; of all where none is named."""
    return Context(
        calling, lambda where: not places or where.name in places, bool(places),
        domain="example.com",
    )  # fmt: skip


async def macs(text: str, calling: FakeCalling | None = None, *places: str) -> list[str]:
    """The last two digits of the MACs that are found."""
    found = await search_devices(text, context(calling or org(), *places))
    return [device.mac[-2:] for device in found.devices]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("00005E005301", ["01"]),
        ("SEP00005E005301", ["01"]),
        ("MAC: 0000.5e00.5302", ["02"]),
        ("5e00.53a1", ["A1"]),
        ("53-a1", ["A1"]),
        ("53:A1", ["A1"]),
        ("53a1", ["A1"]),
        ("00005E005301 and 00005E005302", ["01", "02"]),
        ("for Ann", ["01", "A1"]),
        ("ann's 8865", ["A1"]),
        ("the phone of Ann Alder, please", ["01", "A1"]),
        ("FCH9", ["A1"]),
        ("#vip", ["A1"]),
        ("vip", ["A1"]),
        ("at Lyon", ["02", "C3"]),
        ("offline", ["A1", "02"]),
        ("offline phones in Berlin", ["A1"]),
        ("online devices in Berlin", ["01", "B2"]),
        ("8845 with issues", ["B2"]),
        ("all 8865 phones in Berlin", ["A1"]),
        ("8865 phones in Berlin that are online", []),
        ("offline 8865", ["A1", "02"]),
        ("8845 or 8851", ["01", "B2", "C3"]),
        ("Ann Alder 8851", []),
        ("ann@example.com 8851", []),
        ("tagged vip", ["A1"]),
        ("tagged #vip in Berlin", ["A1"]),
        ("tag front and online", ["01"]),
        ("tagged vip in Lyon", []),
        ("software 12.8", ["C3"]),
        ("running version 12.8.1", ["C3"]),
        ("firmware 2.8", []),
        ("with software 12.8 in Berlin", []),
        ("offline and tagged vip", ["A1"]),
        ("offline gizmo in Berlin", ["A1"]),
        ("53a1 offline", ["A1"]),
        ("5302", ["02"]),
        ("which phones are offline in Berlin", ["A1"]),
        ("not online in Berlin", ["A1"]),
        ("#VIP", ["A1"]),
        ("DMS Cisco 8851", ["C3"]),
        ("meeting room", ["02"]),
        ("Ann and Meg", ["01", "A1", "C3"]),
        ("Büro Süd", ["B2"]),
        ("buro sud", ["B2"]),
        ("B\u00fcro Su\u0308d", ["B2"]),
        ("ann@example.com", ["01", "A1"]),
        ("Ann Alder <ann@example.com>", ["01", "A1"]),
        ("ann@example.com 8865", ["A1"]),
        (ANN.key, ["01", "A1"]),
        ("Ann Aldr", ["01", "A1"]),
        ("meg", ["C3"]),  # her phone has another name
        ("Oak", ["C3"]),
        ("moak", ["C3"]),
        ("1107", ["C3"]),
        ("extension 1107", ["C3"]),
        ("dev-5", ["C3"]),
        ("", ["01", "02", "A1", "B2", "C3"]),
        ("phones", ["01", "02", "A1", "B2", "C3"]),
        ("bob@example.com", []),
        ("nothing like it", []),
        ("D82E3EEF4E5C", []),
        ("53-ff", []),
    ],
)
async def test_devices_are_found_as_people_write_them(text, found):
    assert await macs(text) == found


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("00005E005301", [{"mac": "00005E005301"}]),
        ("#vip", [{"tag": "vip"}]),
        ("devices at Lyon", [{"locationId": LYON.id}]),
        ("offline in lyon", [{"locationId": LYON.id}]),
        ("8865 in lyon", [{"locationId": LYON.id}]),
        ("offline #vip in Berlin", [{"tag": "vip"}]),
        (
            "asleep",
            [{"connectionStatus": "offline_deep_sleep"}, {"connectionStatus": "unknown"}],
        ),
        ("ann@example.com", [{"personId": ANN.id}]),
        ("ann", [{}]),
        ("1107", [{}, {"personId": MEG.id}]),
    ],
)
async def test_the_filters_of_the_api_are_used_where_it_has_them(text, filters):
    calling = org()
    await macs(text, calling)
    assert calling.device_filters == filters


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("with errors", ["A1", "B2"]),
        ("with problems", ["A1", "B2"]),
        ("that report errors", ["A1", "B2"]),
        ("with issues in Berlin", ["A1", "B2"]),
        ("offline with errors", ["A1"]),
        ("8865 phones with faults", ["A1"]),
        ("with errors in Lyon", []),
    ],
)
async def test_a_device_with_errors_reports_one_or_has_issues_whatever_its_status(text, found):
    troubled = ANNS_SECOND.model_copy(update={"errors": ("ntpstatus",)})
    calling = FakeCalling(owners=[ANN, SUED], held=[ANNS_PHONE, troubled, SUEDS_PHONE])
    assert await macs(text, calling) == found


async def test_a_device_with_errors_and_without_a_status_is_counted_once():
    troubled = ANNS_SECOND.model_copy(update={"errors": ("ntpstatus",), "status": "unknown"})
    calling = FakeCalling(owners=[ANN], held=[ANNS_PHONE, troubled])
    found = await search_devices("with errors", context(calling))
    assert ([each.mac for each in found.devices], found.unsure) == ([troubled.mac], ())


@pytest.mark.parametrize(
    "text",
    ["ann", "ann@example.com", "00005E005301", "#vip", "Berlin", "8845", "Ann Aldr", "front"],
)
async def test_devices_elsewhere_are_not_found(text):
    assert await macs(text, None, "Lyon") == []


async def found(text: str, calling: FakeCalling | None = None) -> tuple[Device | None, ParsedForm]:
    """The one device, and the form with what was noted."""
    form = ParsedForm({"device": text})
    return await find_device(form, context(calling or org())), form


async def test_an_exact_name_is_preferred():
    calling = org()
    calling.held.append(ANNS_PHONE.model_copy(update={"id": "x", "name": "Hotline West"}))
    assert (await found("hotline", calling))[0] == MEGS_PHONE


async def test_several_devices_are_a_choice_that_leads_on():
    device, form = await found("ann alder")
    assert device is None
    assert form.problems["device"] == "2 devices match “ann alder”. Which one?"
    first, _, last = form.choices["device"]
    assert (await found(first.value))[0] == ANNS_PHONE
    assert (last.title, last.value) == ("Another device (type its name)", NONE_OF_THESE)


async def test_of_many_devices_it_is_said_that_not_all_are_shown():
    calling = org()
    calling.held = [
        ANNS_PHONE.model_copy(update={"id": str(n), "mac": f"00005E0054{n:02}"}) for n in range(13)
    ]
    _, form = await found("ann", calling)
    assert "Which one? The first 10 are listed." in form.problems["device"]
    assert len(form.choices["device"]) == 11


async def test_a_device_without_a_mac_can_be_chosen():
    calling = org()
    bare = [ANNS_PHONE.model_copy(update={"id": key, "mac": ""}) for key in ("board-1", "board-2")]
    calling.held = bare
    _, form = await found("ann", calling)
    assert (await found(form.choices["device"][1].value, calling))[0] == bare[1]


async def test_the_only_phone_of_an_owner_who_is_only_likely_is_asked_about():
    calling = org()
    calling.owners.append(person("moakes", "Meg Oakes", LYON, Licence.PROFESSIONAL))
    device, form = await found("Meg Oakk", calling)
    assert device is None
    assert form.problems["device"].startswith("“Meg Oakk” is not the exact name of a device.")


async def test_an_owner_without_devices_is_named():
    _, form = await found("bob@example.com")
    assert form.problems["device"].startswith("Bob Birch (bob@example.com) has no device.")


async def test_phones_that_webex_does_not_list_are_named():
    calling = org()
    hidden = MEGS_PHONE.model_copy(update={"person_id": BOB.id, "product": "Cisco 9841"})
    calling.held, calling.owned_only = [hidden], {hidden.mac}
    _, form = await found("bob@example.com", calling)
    assert form.problems["device"] == (
        "Bob Birch (bob@example.com) has no device that Webex lists. Please use Control Hub"
        " for the Cisco 9841 00:00:5E:00:53:C3."
    )


async def test_another_device_is_asked_for_by_name():
    assert device_field(NONE_OF_THESE).value == ""


async def test_where_webex_does_not_know_a_status_all_devices_are_read():
    calling = org()
    calling.broken = {"devices": [WebexError(400, "Unknown status.")]}
    assert await macs("offline", calling) == ["02", "A1"]


async def test_a_word_that_nothing_has_makes_the_device_a_question():
    device, form = await found("offline gizmo in Berlin")
    assert device is None
    assert form.problems["device"].startswith("“offline gizmo in Berlin” is not the exact name")


async def test_where_owners_cannot_be_searched_the_list_decides():
    calling = org()
    calling.broken = {
        name: [Unavailable(503, "")] * 9 for name in ("people_named", "workspaces_named")
    }
    assert await macs("hotline", calling) == ["C3"]
    assert await macs("nothing like it", calling) == []


def test_a_word_is_compared_as_a_whole_in_tags_with_a_sign():
    device = ANNS_PHONE.model_copy(update={"tags": ("vip-west",)})
    assert not fits(read_device_phrase("#vip"), device, "")
    assert fits(read_device_phrase("vip"), device, "")
    assert fits(read_device_phrase("#VIP-West ann"), device, "")
