"""`dect MAC` and `dect OWNER`: what is looked for in all networks."""

from bot.core.errors import Unavailable
from bot.core.models.dect import HandsetLine
from bot.domain.operation import PrivateAnswer
from bot.operations.dect import DECT_SHEET
from tests.bot.operations.dect_networks import (
    HALL,
    ID,
    LOBBY_BERLIN,
    LOBBY_LYON,
    VIEWER,
    asked,
    handset,
    network,
    organization,
    said_by,
    shown,
)
from tests.example_org import ANN, BOB
from tests.fake_calling import FakeCalling

MAC, NEW = "00:00:5E:00:00:01", "D8:2E:3E:EF:4E:5C"


def anns(*networks, **more) -> FakeCalling:
    """Ann has the first line of a handset in each network, and Carol one beside her."""
    calling = organization(*networks, sets=1, **more)
    line = HandsetLine(id=ANN.id, name=ANN.name, extension="1001")
    for each in networks:
        calling.dect.sets[each.id].append(handset(7, lines=(line,), display_name="A. Archer"))
    return calling


async def test_a_mac_finds_the_base_station_and_its_network():
    calling = organization(LOBBY_LYON, HALL)
    calling.dect.stations[HALL.id] = organization(HALL, bases=3).dect.stations[HALL.id]
    text, buttons = await shown(calling, f"{MAC} bases")
    assert text == (
        f"Base station {MAC}\nDECT network: Hall\nLocation: Lyon\nState: none registered yet\n"
        "Others there: 2"
    )
    assert buttons == ["Network", "Add base", "Remove base"]
    typed = await said_by(calling, MAC, "Remove base")
    assert typed == f"remove base {MAC} from network {HALL.id}"
    _, buttons = await shown(calling, MAC, caller=VIEWER)
    assert buttons == ["Network"]


async def test_a_base_station_is_replaced_by_adding_and_removing():
    calling = organization(HALL, bases=2)
    text, _ = await shown(calling, f"{MAC} {NEW}")
    assert f"add {NEW} first, then remove this one." in text
    assert await said_by(calling, f"{MAC} {NEW}", "Add base") == f"add base {NEW} to {HALL.id}"


async def test_a_mac_of_no_network_can_be_added():
    text, buttons = await shown(organization(HALL), NEW)
    assert text.startswith(f"No DECT network has the base station {NEW}\n")
    assert buttons == ["Add base", "Device", "All networks"]


async def test_networks_of_other_locations_are_not_searched_for_a_mac():
    text, _ = await shown(organization(HALL, bases=2), MAC, "Berlin")
    assert text.startswith(f"No DECT network has the base station {MAC} in your locations\n")


async def test_a_network_that_cannot_be_read_leaves_it_open():
    broken: list[Exception | None] = [Unavailable(503, "Service unavailable", "T-1")]
    text, buttons = await shown(organization(HALL, base_stations=broken), NEW)
    assert text.startswith(f"{NEW} could not be looked up in all DECT networks\n")
    assert buttons == ["Try again", "All networks"]


async def test_an_owner_finds_the_handset_and_its_network():
    calling = anns(HALL)
    for typed in (ANN.email, ANN.name, f"{ANN.name.split()[0]}'s handset"):
        text, buttons = await shown(calling, typed)
        assert (
            text == f"{ANN.name}: 1 DECT handset\nA. Archer\nHall in Lyon · {ANN.name} · ext. 1001"
        )
        assert buttons == ["Pairing sheet", "Hall in Lyon"]
    assert (await shown(calling, ANN.email, caller=VIEWER))[1] == ["Hall in Lyon"]


async def test_handsets_in_several_networks_have_a_button_for_each():
    calling = anns(LOBBY_LYON, LOBBY_BERLIN)
    for question in ({}, {"question": DECT_SHEET}):
        text, buttons = await shown(calling, ANN.email, **question)
        assert text.startswith(f"{ANN.name}: 2 DECT handsets\n")
        assert buttons == [
"Lobby in Berlin", "Sheet: Lobby in Berlin", "Lobby in Lyon", "Sheet: Lobby in Lyon",
        ]  # fmt: skip


async def test_an_owner_without_a_handset_can_get_one():
    text, buttons = await shown(anns(HALL), BOB.email)
    assert text.startswith(f"{BOB.name} has no DECT handset\n")
    assert buttons == ["Add handset", "Devices", "All networks"]


async def test_one_handset_of_a_large_network_is_found_by_its_owner():
    calling = organization(HALL, sets=118)
    for typed in ("Hall Ann Alder 97", "Ann Alder 97 in Hall", "Hall for Ann Alder 97"):
        text, _ = await shown(calling, typed)
        assert text.startswith("Ann Alder 97: 1 DECT handset\nA. Alder 97\n"), typed


async def test_the_sheet_of_an_owner_is_of_the_network_with_the_handset():
    answer = await asked(anns(HALL), ANN.email, question=DECT_SHEET)
    assert isinstance(answer, PrivateAnswer)
    assert b"A. Archer" in answer.answer.content
    assert b"A. Alder 1" not in answer.answer.content
    text, buttons = await shown(anns(HALL), ANN.email, question=DECT_SHEET, caller=VIEWER)
    assert text.startswith("The pairing sheet of Hall has access codes\n")
    assert buttons == ["Network"]


async def test_a_button_of_a_deleted_network_searches_no_owner():
    calling = organization(network("Hall"))
    text, _ = await shown(calling, ID)
    assert text.startswith("This DECT network does not exist any more\n")
    assert calling.asked == ["dect_networks"]
