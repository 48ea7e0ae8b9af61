"""Look at DECT networks."""

from dataclasses import replace

import pytest

from bot.core.errors import Forbidden, NotFound, Unavailable, WebexError
from bot.core.models.dect import HandsetLine
from bot.core.models.files import FileMessage
from bot.core.models.webex import LocationRef
from bot.domain.command_parser import Command
from bot.domain.operation import Permission
from bot.domain.unsupported import GAPS, Feature
from bot.operations import PARSER
from bot.operations.dect import DECT, DECT_SHEET
from tests.bot.operations.dect_networks import (
    ADMIN,
    HALL,
    ID,
    LOBBY_BERLIN,
    LOBBY_LYON,
    SHARED,
    SPACE,
    VIEWER,
    asked,
    handset,
    network,
    organization,
    said_by,
    shown,
)


async def test_networks_are_listed_with_counts_and_buttons_to_open_them():
    text, buttons = await shown(organization(HALL, LOBBY_BERLIN, bases=2, sets=3))

    assert text.startswith("2 DECT networks\nHall\nLyon · DBS210 · bases 2 of 250 · handsets 3")
    assert buttons == ["Hall", "Lobby", "Set up a network"]


async def test_networks_of_the_same_name_have_different_buttons():
    _, buttons = await shown(organization(LOBBY_BERLIN, LOBBY_LYON), "lobby")
    assert buttons[:2] == ["Lobby in Berlin", "Lobby in Lyon"]


async def test_networks_of_other_locations_do_not_exist_for_a_person():
    text, buttons = await shown(organization(HALL, LOBBY_BERLIN), "", "Berlin", caller=VIEWER)
    assert text.startswith("1 DECT network\nLobby\n")
    assert buttons == ["Lobby"]
    text, _ = await shown(organization(HALL), "hall", "Berlin")
    assert text.startswith("No DECT network for “hall” in your locations")


async def test_many_networks_have_pages_and_a_button_for_each():
    many = organization(*(network(f"N{number:02}") for number in range(11)))

    first, buttons = await shown(many)
    assert "1 to 4 of 11. 7 more." in first
    assert first.endswith("Or type: dect page 2")
    assert buttons == ["N00", "N01", "N02", "N03", "More"]
    last, buttons = await shown(many, "page 3")
    assert "9 to 11 of 11." in last
    assert buttons == ["N08", "N09", "N10", "Set up a network"]


async def test_without_networks_one_can_be_set_up():
    assert await shown(organization()) == (
        "There is no DECT network yet\n"
        "A DECT network has base stations, and handsets that people carry around.",
        ["Set up a network"],
    )
    assert (await shown(organization(), caller=VIEWER))[1] == []


async def test_a_network_is_shown_with_what_it_has():
    calling = organization(HALL, bases=1)
    store = HandsetLine(id="s", name="Store", extension="7000")
    two = handset(2, lines=(*handset(2).lines, store), mac="1357D4A1B492")
    calling.dect.sets[HALL.id] = [handset(1), two]

    text, buttons = await shown(calling, "hall")

    assert text.split("\n")[:7] == [
        "Hall",
        "Location: Lyon",
        "Model: DBS210",
        "Base stations: 1 of 250",
        "Handsets: 2",
        "Lines: 3 of 1000",
        "Access code: one per user",
    ]
    assert "00:00:5E:00:00:00\nnone registered yet" in text
    assert "A. Alder 1\nAnn Alder 1 · ext. 1001 · not paired yet · access code 5001" in text
    # A code is of no use for one that is paired.
    assert "A. Alder 2\nAnn Alder 2 · ext. 1002 · line 2: Store · ext. 7000 · paired" in text
    assert "5002" not in text
    assert buttons == ["Add base", "Add handset", "Pairing sheet", "Change…", "Refresh"]


async def test_an_empty_network_has_no_sheet():
    text, buttons = await shown(organization(HALL), "hall")
    assert text.endswith("Base stations\nnone yet\nHandsets\nnone yet")
    assert buttons == ["Add base", "Add handset", "Change…", "Refresh", "All networks"]


async def test_what_has_no_room_has_no_button():
    full = network("Full", model="DMS Cisco DBS110")
    _, buttons = await shown(organization(full, bases=1, sets=30), "full")
    assert "Add base" not in buttons
    assert "Add handset" not in buttons


async def test_a_viewer_sees_the_network_without_codes_and_changes():
    text, buttons = await shown(organization(HALL, SHARED, bases=1, sets=1), "hall", caller=VIEWER)
    assert "5001" not in text
    assert buttons == ["Refresh", "All networks"]
    text, _ = await shown(organization(SHARED, sets=1), "shared", caller=VIEWER)
    assert "2468" not in text
    assert "Access code: one for all" in text


async def test_roles_for_another_location_give_neither_buttons_nor_codes():
    def allows(name: str, where: LocationRef) -> bool:
        return name == "dect" or where.name == "Berlin"

    elsewhere = replace(ADMIN, allows=allows)
    text, buttons = await shown(organization(HALL, sets=1), "hall", caller=elsewhere)
    assert "5001" not in text
    assert buttons == ["Refresh", "All networks"]


async def test_codes_are_on_a_card_only_where_nobody_else_reads():
    calling = organization(HALL, SHARED, sets=1)

    assert "Access code: 2468 (one for all)" in (await shown(calling, "shared"))[0]
    assert "5001" in (await shown(calling, "hall"))[0]
    for name in ("shared", "hall"):
        text, buttons = await shown(calling, name, place=SPACE)
        assert "2468" not in text
        assert "5001" not in text
        assert "Pairing sheet sends it to you alone" in text
        assert "Pairing sheet" in buttons


async def test_codes_that_webex_does_not_give_are_in_control_hub():
    calling = organization(HALL)
    calling.dect.sets[HALL.id] = [handset(1, access_code=None)]
    assert "Access code: one per user, see Control Hub" in (await shown(calling, "hall"))[0]


async def test_a_thousand_handsets_and_250_bases_fit_on_cards():
    long = network("W" * 40, display_name="W" * 11)
    calling = organization(long, bases=250)
    wide = HandsetLine(id="x", name="W" * 60, extension="1" * 10, number="+" + "1" * 15)
    calling.dect.sets[long.id] = [
        handset(number, display_name="W" * 16, lines=(wide, wide)) for number in range(1, 1_001)
    ]

    text, buttons = await shown(calling, long.name)
    assert "1 to 8 of 1000. 992 more." in text
    assert "247 more. To see all" in text
    assert buttons == ["Pairing sheet", "Change…", "More", "Base stations", "As file"]
    text, buttons = await shown(calling, f"{long.name} page 125")
    assert "993 to 1000 of 1000." in text
    assert buttons == ["First page", "As file", "Pairing sheet", "Change…"]
    text, buttons = await shown(calling, f"{long.name} bases page 13")
    assert "241 to 250 of 250." in text
    assert buttons == ["Remove base", "Network"]
    lists = organization(*(network("W" * 38 + f"{number:02}") for number in range(99)))
    await shown(lists)


@pytest.mark.parametrize(
    ("broken", "sentence", "rest"),
    [
        ("base_stations", "I could not read the base stations of the DECT network.", "A. Alder 1"),
        ("handsets", "I could not read the handsets of the DECT network.", "00:00:5E:00:00:00"),
    ],
)
async def test_what_cannot_be_read_is_said_and_the_rest_is_shown(broken, sentence, rest):
    trouble: list[Exception | None] = [Unavailable(503, "down", "T")] * 5
    text, _ = await shown(organization(HALL, bases=1, sets=1, **{broken: trouble}), "hall")
    assert sentence in text
    assert rest in text
    assert text.startswith("Hall\n")


async def test_a_missing_scope_is_named_with_the_call():
    trouble = Forbidden(403, "no", "T")
    trouble.call = "GET telephony/config/locations/{id}/dectNetworks/{id}/handsets"
    calling = organization(HALL, bases=1, handsets=[trouble])
    text, _ = await shown(calling, "hall")
    assert "The scope spark-admin:telephony_config_read is missing" in text


async def test_a_network_that_is_deleted_meanwhile_is_gone():
    gone = NotFound(404, "[Error 27455] DECT network does not exist.", "T")
    text, buttons = await shown(organization(HALL, base_stations=[gone], handsets=[gone]), "hall")
    assert text.startswith("This DECT network does not exist any more\n")
    assert buttons == ["All networks"]


async def test_a_button_for_a_network_that_is_gone_says_so():
    text, _ = await shown(organization(HALL), ID)
    assert text.startswith("This DECT network does not exist any more\n")


async def test_without_the_list_of_networks_the_failure_is_webexs():
    with pytest.raises(Unavailable):
        await asked(organization(HALL, dect_networks=[Unavailable(503, "down", "T")]))


async def test_changes_are_offered_by_permission_and_by_what_is_there():
    _, buttons = await shown(organization(HALL, bases=1, sets=1), "hall options")
    assert buttons == [
        "Remove base", "Remove handset", "Rename", "Access code", "Delete network",
    ]  # fmt: skip
    _, buttons = await shown(organization(HALL), "hall options")
    assert buttons == ["Rename", "Access code", "Delete network"]
    renames = replace(VIEWER, permissions=(Permission("change dect network"),))
    assert (await shown(organization(HALL), "hall options", caller=renames))[1] == [
        "Rename", "Access code",
    ]  # fmt: skip
    text, buttons = await shown(organization(HALL), "hall options", caller=VIEWER)
    assert "Your role does not allow changes here." in text
    assert buttons == ["Network"]


@pytest.mark.parametrize(
    ("text", "title", "verb"),
    [
        ("", "Hall", "dect"),
        ("hall", "Refresh", "dect"),
        ("hall", "Change…", "dect"),
        ("hall", "Pairing sheet", "dect sheet"),
    ],
)
async def test_buttons_type_what_is_understood(text, title, verb):
    said = await said_by(organization(HALL, bases=1, sets=1), text, title)
    command = PARSER.parse(said)
    assert isinstance(command, Command)
    assert command.verb == verb
    assert command.args["text"].startswith(HALL.id)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("dect", ""),
        ("show the handsets of Hall", "Hall"),
        ("list handsets in Berlin please", "Berlin"),
        ("show base stations of the Hall", "the Hall bases"),
        ("list base stations", ""),
        ("dect Hall bases page 2", "Hall bases page 2"),
    ],
)
def test_handsets_and_base_stations_are_asked_for_in_words(typed, text):
    assert PARSER.parse(typed) == Command("dect", {"text": text} if text else {})


@pytest.mark.parametrize(
    ("title", "verb"),
    [
        ("Remove base", "remove base"),
        ("Remove handset", "remove handset"),
        ("Rename", "change dect network"),
        ("Access code", "change dect network"),
        ("Delete network", "delete dect network"),
    ],
)
async def test_buttons_of_changes_name_the_network(title, verb):
    hall = network("Hall", id=ID)
    said = await said_by(organization(hall, bases=1, sets=1), "hall options", title)
    assert PARSER.parse(said) == Command(verb, {"network": ID})


@pytest.mark.parametrize("title", ["Add base", "Add handset"])
async def test_buttons_of_additions_name_the_network(title):
    said = await said_by(organization(network("Hall", id=ID)), "hall", title)
    assert PARSER.parse(said) == Command(title.lower(), {"network": ID})


@pytest.mark.parametrize(
    "name", ["delete device lobby", "Add phone", "page 2", "bases", "help", "sheet", "as file"]
)
async def test_a_network_with_any_name_is_opened_by_its_button(name):
    odd = network(name, id=ID)
    said = await said_by(organization(odd, HALL), "", name)
    command = PARSER.parse(said)
    assert isinstance(command, Command)
    assert command.verb == "dect"
    text, _ = await shown(organization(odd, HALL), command.args["text"])
    assert text.startswith(f"{name}\nLocation: Lyon")


async def test_lists_are_sent_as_files_without_codes():
    calling = organization(HALL, SHARED, sets=2)
    all_networks = await asked(calling, "as file")
    assert isinstance(all_networks, FileMessage)
    assert (all_networks.name, all_networks.text) == ("dect.csv", "2 DECT networks.")
    handsets = await asked(calling, "hall as file")
    assert handsets.text == "2 handsets of Hall in Lyon."
    assert b"5001" not in handsets.content
    assert b"2468" not in all_networks.content


@pytest.mark.parametrize(("question", "typed"), [(DECT, "dect"), (DECT_SHEET, "dect sheet")])
async def test_the_government_cloud_is_asked_only_after_a_sentence(question, typed):
    unasked = organization(HALL, sets=1, dect_networks=[WebexError(404, "never asked", "T")])
    text, buttons = await shown(unasked, "hall", question=question, government=True)

    assert GAPS[Feature.DECT].sentence in text
    assert buttons == ["Try anyway"]
    said = await said_by(unasked, "hall", "Try anyway", question=question, government=True)
    assert said == f"{typed} hall anyway"


async def test_after_try_anyway_webexs_own_answer_is_passed_on():
    refused = organization(HALL, dect_networks=[NotFound(404, "No such path.", "T-1")])
    text, buttons = await shown(refused, "hall anyway", government=True)
    assert "Webex refused it (404): DECT is not available in Webex for Government." in text
    assert "No such path. · tracking id T-1" in text
    assert buttons == []


async def test_where_the_government_cloud_has_dect_all_buttons_go_on():
    calling = organization(HALL, sets=30)
    text, _ = await shown(calling, "hall anyway", government=True)
    assert text.startswith("Hall\nLocation: Lyon")
    said = await said_by(calling, "hall anyway", "More", government=True)
    assert said == f"dect {HALL.id} page 2 anyway"
    text, _ = await shown(calling, said.removeprefix("dect "), government=True)
    assert "9 to 16 of 30." in text


async def test_networks_with_unusual_names_are_valid_cards():
    odd = [
        network(sign * 40, id=f"net-{number}", display_name=sign * 11, model=sign * 80)
        for number, sign in enumerate(["*", "_", "W", "😀", "<", "{"])
    ]
    line = HandsetLine(id="x", name="*_[]" * 20, extension="#" * 20)
    calling = organization(*odd, bases=30)
    for each in odd:
        calling.dect.sets[each.id] = [
            handset(number, display_name="{{" * 8, lines=(line, line)) for number in range(1, 31)
        ]
    await shown(calling)
    await shown(calling, "", question=DECT_SHEET)
    for number in range(len(odd)):
        for part in ("", " bases", " options", " page 2"):
            await shown(calling, f"net-{number}{part}")


async def test_a_network_without_a_name_is_shown():
    bare = network("", id="net-bare", location="")
    assert (await shown(organization(bare)))[0].startswith("1 DECT network\n(no name)\n")
    await shown(organization(bare, sets=9), "net-bare")
