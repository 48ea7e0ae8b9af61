"""Looking at DECT networks, and getting their pairing sheets."""

import dataclasses
import re
import uuid

import pytest

from sandbox.organization.entities import BaseStation, DectNetwork
from tests.journeys import cards
from tests.journeys.world import ANA, ELI, TESS, TOM, VERA, Json, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

WAREHOUSE = "Warehouse DECT"  # of every sandbox: one code for all, two base stations, five handsets
CODE = "1234"


def add_network(
    world: World, name: str, location: str, *, bases: int = 0, handsets: int = 0
) -> DectNetwork:
    """A network with a code for each handset, none of which is paired."""
    org = world.sandbox.cloud.organization
    like = next(each for each in org.dect_networks.values() if each.name == WAREHOUSE)
    handset = next(iter(like.handsets.values()))
    place = next(each for each in org.locations.values() if each.name == location)
    stations = [BaseStation(str(uuid.uuid4()), f"00005E{number:06X}") for number in range(bases)]
    sets = [
        dataclasses.replace(
            handset, key=str(uuid.uuid4()), index=number, name=f"Set {number}",
            access_code=f"{5000 + number}", mac=None, base_key=None, registered=None,
        )
        for number in range(1, handsets + 1)
    ]  # fmt: skip
    network = dataclasses.replace(
        like, key=str(uuid.uuid4()), name=name, display_name="", location_key=place.key,
        access_code="", access_code_enabled=False,
        base_stations={each.key: each for each in stations},
        handsets={each.key: each for each in sets},
    )  # fmt: skip
    org.dect_networks[network.key] = network
    return network


def remove_network(world: World, network: DectNetwork) -> None:
    del world.sandbox.cloud.organization.dect_networks[network.key]


async def dect_calls(world: World, after: int) -> list[str]:
    """The paths of the calls about DECT since then, without ids."""
    calls = [each["path"] for each in await world.client.calls(after)]
    return sorted(
        re.sub(r"/(locations|dectNetworks)/[^/]+", r"/\1/…", path)
        for path in calls
        if "dect" in path.lower()
    )


async def page_of(world: World, person: str, message: Json) -> str:
    """The sheet that came with a message."""
    return (await world.client.file(person, message)).decode()


async def test_networks_are_listed_and_one_is_opened_by_its_button(world: World):
    before = await world.client.seq()
    answer = await world.say(VERA, "dect")

    assert answer["text"].startswith("1 DECT network\nWarehouse DECT\nAustin · DBS210 · bases 2")
    assert await dect_calls(world, before) == ["/v1/telephony/config/dectNetworks"]
    async with world.nothing_changes():
        shown = await world.press(VERA, answer, WAREHOUSE)
    facts = cards.facts(shown)
    assert facts["Location"] == "Austin"
    assert facts["Base stations"] == "2 of 250"
    assert facts["Lines"] == "5 of 1000"
    assert "00:11:22:33:66:D1\n3 lines registered" in shown["text"]
    assert "Eli Novak\next. 3103 · +15125550103 · paired" in shown["text"]


async def test_one_network_costs_three_reads(world: World):
    before = await world.client.seq()
    await world.say(ELI, "dect warehouse")
    assert await dect_calls(world, before) == [
        "/v1/telephony/config/dectNetworks",
        "/v1/telephony/config/locations/…/dectNetworks/…/baseStations",
        "/v1/telephony/config/locations/…/dectNetworks/…/handsets",
    ]


@pytest.mark.parametrize("text", ["dect networks", "show me the dect networks", "list dect"])
async def test_the_list_has_many_names(world: World, text: str):
    assert (await world.say(VERA, text))["text"].startswith("1 DECT network")


async def test_who_may_not_look_is_told_so(world: World):
    assert "does not allow “dect”" in (await world.say(ANA, "dect"))["text"]
    assert "does not allow “dect sheet”" in (await world.say(ANA, "dect sheet warehouse"))["text"]
    assert "no DECT network in your locations" in (await world.say(TESS, "dect"))["text"]


async def test_a_code_is_on_the_card_of_a_direct_message_only(world: World):
    alone = await world.say(TOM, "dect warehouse")
    assert cards.facts(alone)["Access code"] == f"{CODE} (one for all)"
    viewer = await world.say(VERA, "dect warehouse")
    assert cards.facts(viewer)["Access code"] == "one for all"

    room = await world.client.room(TOM, "Field team")
    sent = await world.client.say(TOM, "dect warehouse", roomId=room, mention=True)
    public = await world.answer(TOM, sent["seq"], room=room)
    assert cards.facts(public)["Access code"] == "one for all; Pairing sheet sends it to you alone"

    pressed = await world.client.press(TOM, public["id"], "Pairing sheet", validate=True)
    notice = await world.answer(TOM, pressed["seq"], room=room)
    assert notice["text"] == (
        "I sent the pairing sheet of Warehouse DECT to you in a direct message."
    )
    assert not notice.get("fileNames")
    private = await world.answer(TOM, pressed["seq"])
    assert private["fileNames"] == ["Warehouse-DECT-handsets.html"]
    page = await page_of(world, TOM, private)
    assert f'<dd class="code">{CODE}</dd>' in page
    assert page.count("<section>") == 5
    messages = await world.client.messages(TOM, room=room, after=sent["seq"])
    assert CODE not in str([message.get("text") for message in messages])


async def test_the_sheet_has_each_handsets_own_code(world: World):
    network = add_network(world, "Hall", "Lyon", bases=1, handsets=3)
    sheet = await world.say(TESS, "pairing sheet of the hall")

    assert sheet["text"].startswith("The pairing sheet of Hall, with 3 handsets.")
    page = await page_of(world, TESS, sheet)
    assert [f'<dd class="code">{code}</dd>' in page for code in (5001, 5002, 5003)] == [True] * 3
    one = await world.say(TESS, "print handsets of hall for Set 2")
    assert "5001" not in await page_of(world, TESS, one)
    refused = await world.say(VERA, "dect sheet hall")
    assert refused["text"].startswith("The pairing sheet of Hall has access codes")
    assert not refused.get("fileNames")
    remove_network(world, network)


async def test_long_lists_are_turned_page_by_page(world: World):
    network = add_network(world, "Big Hall", "Berlin", bases=250, handsets=300)
    first = await world.say(VERA, "dect big hall")
    assert "1 to 8 of 300. 292 more." in first["text"]
    second = await world.press(VERA, first, "More")
    assert "9 to 16 of 300. 284 more." in second["text"]
    back = await world.press(VERA, second, "First page")
    assert back["text"] == first["text"]
    bases = await world.press(VERA, back, "Base stations")
    assert "1 to 20 of 250. 230 more." in bases["text"]
    last = await world.say(VERA, "dect big hall bases page 13")
    assert "241 to 250 of 250." in last["text"]
    file = await world.press(VERA, first, "As file")
    assert file["fileNames"] == ["dect-big-hall.csv"]
    assert len((await world.client.file(VERA, file)).splitlines()) == 301
    remove_network(world, network)


async def test_networks_of_the_same_name_and_of_a_location_are_listed(world: World):
    networks = [add_network(world, "Lobby", place, handsets=1) for place in ("Berlin", "Lyon")]
    both = await world.say(ELI, "dect lobby")
    assert cards.buttons(both)[:2] == ["Lobby in Berlin", "Lobby in Lyon"]
    lyon = await world.press(ELI, both, "Lobby in Lyon")
    assert cards.facts(lyon)["Location"] == "Lyon"
    there = await world.say(ELI, "dect Berlin")
    assert there["text"].startswith("1 DECT network in Berlin\nLobby\n")
    for network in networks:
        remove_network(world, network)
    gone = await world.press(ELI, both, "Lobby in Berlin")
    assert gone["text"].startswith("This DECT network does not exist any more")


async def test_what_webex_does_not_deliver_is_said_and_the_rest_is_shown(world: World):
    await world.client.fault(method="GET", path="*/baseStations", status=403, times=0)
    answer = await world.say(ELI, "dect warehouse")
    assert "Webex refused GET telephony/config/locations/{id}/dectNetworks/{id}" in answer["text"]
    assert "Omar Haddad" in answer["text"]
    await world.client.clear_faults()
    await world.client.fault(method="GET", path="*/dectNetworks", status=403, times=0)
    failed = await world.say(ELI, "dect warehouse")
    assert failed["text"].startswith("That did not work")


async def test_creating_a_network_is_asked_for_by_name(world: World):
    for text in ("create dect network", "new dect network"):
        form = await world.say(ELI, text)
        assert form["text"].startswith("Create DECT network")
        await world.press(ELI, form, "Cancel")


@pytest.mark.parametrize(
    ("title", "form"),
    [("Add base", "Add base stations"), ("Add handset", "Add handsets")],
)
async def test_buttons_open_forms_with_the_network_filled_in(world: World, title: str, form: str):
    shown = await world.say(ELI, "dect warehouse")
    opened = await world.press(ELI, shown, title)
    assert opened["text"].startswith(f"{form}\nDECT network: Warehouse DECT · Austin · DBS210\n")
    assert "network" in cards.filled(opened)
    await world.press(ELI, opened, "Cancel")


@pytest.mark.parametrize(
    ("title", "form"),
    [
        ("Remove base", "Remove base station"),
        ("Remove handset", "Remove handset"),
        ("Rename", "Change DECT network"),
        ("Access code", "Change DECT network"),
        ("Delete network", "Delete the DECT network Warehouse DECT in Austin"),
    ],
)
async def test_what_may_be_changed_is_behind_one_button(world: World, title: str, form: str):
    shown = await world.say(ELI, "dect warehouse")
    options = await world.press(ELI, shown, "Change…")
    opened = await world.press(ELI, options, title)
    assert opened["text"].startswith(form)
    assert "Warehouse DECT" in opened["text"]
    assert "Y2lz" not in opened["text"]  # nothing that only Webex understands
    await world.press(ELI, opened, "Cancel")


async def test_a_base_station_and_a_handset_are_found_in_any_network(world: World):
    answer = await world.say(TOM, "where is base 00:11:22:33:66:D1?")
    assert cards.facts(answer)["DECT network"] == WAREHOUSE
    answer = await world.say(TOM, "dect Eli Novak")
    assert answer["text"].startswith("Eli Novak: 1 DECT handset\n")
    assert "Warehouse DECT in Austin" in answer["text"]


async def test_a_question_for_a_code_is_answered_with_the_sheet(world: World):
    for text in ("what's the access code of warehouse?", "pair Eli's handset"):
        sheet = await page_of(world, TOM, await world.say(TOM, text))
        assert "Eli Novak" in sheet
        assert CODE in sheet


async def test_a_base_station_is_no_phone_to_swap(world: World):
    old, new = "00:11:22:33:66:D1", "D8:2E:3E:AA:0B:09"
    async with world.nothing_changes():
        answer = await world.say(TOM, f"replace base {old} with {new}")
        assert f"add {new} first, then remove this one." in answer["text"]
        assert cards.data_of(answer, "Add base")["say"].startswith(f"add base {new} to ")


async def test_help_about_pairing_is_about_the_sheet(world: World):
    for text in ("how do I pair a handset?", "how do I pair the handset of Eli Novak?"):
        assert "dect sheet" in (await world.say(TOM, text))["text"].lower()
