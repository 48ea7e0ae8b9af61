"""Which rows of a DECT list can run: base stations, owners, second lines, names and limits."""

from dataclasses import replace

import pytest

from bot.core.directory import Directory
from bot.core.models.dect import (
    BaseStation,
    Handset,
)
from bot.core.models.webex import Licence, MacState
from bot.domain.lookup.dect_checks import check_rows
from bot.domain.lookup.row_owners import OwnerFacts, Searched
from tests.bot.domain.dect_rows import (
    EVERYBODY,
    IN_USE,
    MAC,
    OTHER_MAC,
    STORE,
    base,
    checked,
    facts,
    handset,
    member,
    network,
    problems,
    warnings,
)
from tests.example_org import (
    ANN,
    ANNS_PHONE,
    BERLIN,
    BOARDROOM,
    BOB,
    LOBBY,
    NORTH,
    person,
)


def test_a_base_station_that_is_free_is_added():
    made = checked(base(), facts(mac_states={MAC: MacState(available=True)}))
    assert (made.adds_base, made.has_handset, made.check) == (True, False, None)


def test_a_base_station_whose_state_is_not_known_is_added():
    assert checked(base(), facts(stations=None)).check is None


def test_a_base_station_of_this_network_needs_nothing():
    there = facts(stations=[BaseStation(id="base-1", mac=MAC)], mac_states={MAC: IN_USE})
    assert problems(base(), there) == (
        "The base station D8:2E:3E:EF:4E:60 is in this network already. Nothing needs to be added."
    )
    assert "is in this network already." in warnings(base(owner="Lobby"), there)


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        (
            {"mac_states": {MAC: IN_USE}},
            "is in use by a device that I cannot see. Please read the label again.",
        ),
        (
            {"mac_states": {MAC: IN_USE}, "holders": {MAC: [ANNS_PHONE]}},
            "is in use by the Cisco 8845 of Ann Alder.",
        ),
        ({"holders": {MAC: [ANNS_PHONE]}}, "is in use by the Cisco 8845 of Ann Alder."),
        (
            {"mac_states": {MAC: IN_USE}, "base_networks": {MAC: network()}},
            "is a base station of the DECT network Hall in Berlin.",
        ),
        (
            {
                "mac_states": {MAC: IN_USE},
                "holders": {MAC: [ANNS_PHONE]},
                "is_limited": True,
                "reaches": lambda where: where.name == "Lyon",
            },
            "is in use in a location that is not yours.",
        ),
        (
            {"mac_states": {MAC: MacState(available=False, message="Invalid")}},
            "Webex does not accept D8:2E:3E:EF:4E:60.",
        ),
    ],
)
def test_a_base_station_in_use_is_wrong(known, sentence):
    assert sentence in problems(base(), facts(**known))


@pytest.mark.parametrize("text", ["ann@example.com", "Ann Alder", "Lobby", ANN.key])
def test_an_owner_gets_a_handset(text):
    known = facts()
    if text == ANN.key:
        searched = {text: Searched((ANN,), sure=True)}
        known = facts(owners=replace(EVERYBODY, searched=searched))
    made = checked(member(text), known)
    assert (made.adds_handset, made.problems) == (True, ())
    assert made.display_name == made.sure_owner.name


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("carl@example.com", "Carl Cedar has no Webex Calling licence."),
        ("Store Room", "Store Room has no Webex Calling, and a handset needs it."),
        ("Nobody", "I found no person or workspace called “Nobody”."),
    ],
)
def test_an_owner_who_cannot_have_a_line_is_wrong(text, sentence):
    assert sentence in problems(member(text))
    if text != "Nobody":
        assert sentence in problems(member("Lobby", line2=text))


def test_an_owner_of_another_organization_is_wrong():
    stranger = ANN.model_copy(update={"foreign": True})
    known = facts(owners=OwnerFacts(Directory(owners=(stranger,)), lambda _: True))
    assert "belongs to another organization" in problems(member("Ann Alder"), known)


def test_a_virtual_line_can_be_the_second_line_only():
    known = facts(virtual_lines={"Store": [STORE]})
    assert problems(member("Store"), known).startswith("Store is a virtual line")
    made = checked(member("Lobby", line2="Store"), known)
    assert (made.problems, made.second and made.second.id) == ((), STORE.id)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("ann@example.com", ANN.id), ("Lobby", LOBBY.id), ("7000", STORE.id), ("Sto", STORE.id)],
)
def test_a_second_line_is_found_by(text, expected):
    known = facts(virtual_lines={"7000": [STORE], "Sto": [STORE]})
    made = checked(member("Lobby", line2=text), known)
    assert (made.problems, made.second and made.second.id) == ((), expected)
    assert ("I read “Sto” as the virtual line Store." in made.warnings) == (text == "Sto")


def test_a_whole_name_counts_more_than_a_part_of_another_one():
    searched = {"Store": Searched((NORTH,), sure=True)}
    owners = replace(EVERYBODY, searched=searched)
    made = checked(
        member("Lobby", line2="Store"), facts(owners=owners, virtual_lines={"Store": [STORE]})
    )
    assert made.second
    assert made.second.id == STORE.id


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([], "I found no person, workspace or virtual line called “Sto”. Please check"),
        (None, "“Sto” could not be looked up among the virtual lines."),
        (
            [STORE, STORE.model_copy(update={"name": "Stock", "extension": ""})],
            "2 virtual lines fit “Sto”: Store (ext. 7000) and Stock. Please write the extension",
        ),
    ],
)
def test_a_second_line_that_is_not_clear_is_wrong(lines, sentence):
    known = facts(virtual_lines={"Sto": lines})
    assert problems(member("Lobby", line2="Sto"), known).startswith(sentence)


def test_a_virtual_line_elsewhere_is_as_good_as_unknown():
    known = facts(virtual_lines={"Store": [STORE]}, reaches=lambda where: where.name == "Lyon")
    assert "I found no person" in problems(member("Lobby", line2="Store"), known)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (member("bob@example.com"), "Bob Birch has Webex Calling Standard: adding a handset"),
        (member("bob@example.com"), "Bob Birch is in Lyon, but the network is in Berlin"),
        (member("Lobby", line2="bob@example.com"), "Bob Birch is in Lyon, but the network is in"),
        (member("Boardroom"), "Boardroom is a workspace for Webex room devices"),
        (member("Una Undine"), "Una Undine has neither a phone number nor an extension"),
    ],
)
def test_what_webex_may_refuse_is_a_warning(row, sentence):
    una = person("una", "Una Undine", BERLIN, Licence.PROFESSIONAL)
    una = una.model_copy(update={"has_number": False})
    board = BOARDROOM.model_copy(update={"calling_type": "webexCalling"})
    owners = OwnerFacts(Directory(owners=(ANN, BOB, LOBBY, board, una)), lambda _: True)
    assert sentence in warnings(row, facts(owners=owners))


def test_a_standard_licence_counts_for_the_first_line_only():
    assert "Standard" not in warnings(member("Lobby", line2="bob@example.com"))


def test_a_handset_that_is_there_needs_nothing():
    there = facts(handsets=[handset("Ann Alder", ANN)])
    assert problems(member("ann@example.com"), there) == (
        "Ann Alder has the handset “Ann Alder” in this network already. Nothing needs to be added."
        " For one more handset, please write a name for it."
    )
    named = facts(handsets=[handset("Desk", ANN, LOBBY)])
    row = member("ann@example.com", display_name="desk", line2="Lobby")
    assert problems(row, named).endswith("Nothing needs to be added.")


def test_a_second_handset_with_a_name_is_added():
    there = facts(handsets=[handset("Ann Alder", ANN)])
    row = member("ann@example.com", display_name="Ann at home")
    assert warnings(row, there) == (
        "Ann Alder has the handset “Ann Alder” in this network already; this adds another one."
    )
    assert checked(row, there).display_name == "Ann at home"


def test_a_handset_that_lacks_its_second_line_gets_it():
    there = facts(handsets=[handset("Ann Alder", ANN)])
    made = checked(member("ann@example.com", line2="Lobby"), there)
    assert (made.adds_handset, made.handset_id, made.problems) == (False, "set-1", ())
    other = facts(handsets=[handset("Ann Alder", ANN, NORTH)])
    assert problems(member("ann@example.com", line2="Lobby"), other).startswith(
        "The handset “Ann Alder” of Ann Alder has another second line, Meeting Room North."
    )


def test_a_handset_of_which_webex_does_not_tell_whose_it_is_counts_as_there():
    there = facts(handsets=[Handset(id="set-1", display_name="Ann Alder")])
    assert problems(member("ann@example.com"), there).endswith("write a name for it.")


def test_both_lines_may_be_of_the_same_person():
    made = checked(member("ann@example.com", line2="ann@example.com"))
    assert (made.problems, made.second and made.second.id) == ((), ANN.id)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("x" * 17, f"“{'x' * 17}” has 17. It could be “{'x' * 16}”."),
        ("Maximiliane Mustermann", "has 22. It could be “M. Mustermann”."),
        ("front", "“front” is the name of another handset in this network."),
    ],
)
def test_a_name_that_cannot_be_is_wrong(name, sentence):
    there = facts(handsets=[handset("Front", LOBBY)])
    assert sentence in problems(member("ann@example.com", display_name=name), there)


def test_names_differ_within_a_list():
    rows = [
        member("ann@example.com", 1),
        member("ann@example.com", 2),
        member("Lobby", 3, display_name="ann alder"),
        member("Lobby", 4, display_name="ANN ALDER"),
    ]
    first, second, third, fourth = check_rows(rows, facts())
    assert [first.display_name, second.display_name] == ["Ann Alder 2", "Ann Alder 3"]
    assert (first.warnings, second.warnings) == (
        (),
        ("Ann Alder gets a handset by row 1, too; this one is called “Ann Alder 3”.",),
    )
    assert (third.display_name, third.problems) == ("ann alder", ())
    assert fourth.problems[0].startswith("Row 3 has the name “ANN ALDER”, too.")


def test_the_same_list_names_the_same_handsets_again():
    rows = [member("ann@example.com", 1), member("ann@example.com", 2)]
    one = facts(handsets=[handset("Ann Alder 2", ANN)])
    first, second = check_rows(rows, one)
    assert (first.display_name, first.problems) == ("Ann Alder", ())
    assert "has the handset “Ann Alder 2” in this network already." in second.problems[0]
    both = [handset("Ann Alder", ANN), handset("Ann Alder 2", ANN, key="set-2")]
    assert [len(row.problems) > 0 for row in check_rows(rows, facts(handsets=both))] == [True] * 2


def test_a_name_of_somebody_else_is_not_taken_for_the_owners():
    there = facts(handsets=[handset("Ann Alder", LOBBY)])
    made = checked(member("ann@example.com"), there)
    assert (made.adds_handset, made.display_name) == (True, "Ann Alder 2")


def test_rows_beyond_the_base_stations_of_the_model_are_wrong():
    small = network("DMS Cisco DBS110", base_stations=0)
    first, second = check_rows([base(), base(OTHER_MAC, 2)], facts(small))
    assert first.problems == ()
    assert second.problems == (
        "Hall is a network of DBS110, for 1 base station at most, and this row would make 2."
        " Please leave it out, or use another network.",
    )
    full = facts(small, stations=[BaseStation(id="base-1", mac=OTHER_MAC)])
    assert "this row would make 2" in problems(base(), full)
    unread = facts(small.model_copy(update={"base_stations": 1}), stations=None)
    assert "this row would make 2" in problems(base(), unread)


def test_rows_beyond_the_lines_of_the_model_are_wrong():
    small = network("DMS Cisco DBS110")
    there = [handset(f"Set {number}", LOBBY, key=f"set-{number}") for number in range(28)]
    rows = [
        member("ann@example.com", 1, line2="Lobby"),
        member("Lobby", 2, display_name="One more"),
    ]
    first, second = check_rows(rows, facts(small, handsets=there))
    assert first.problems == ()
    assert "for 30 lines at most, and this row would make 31." in second.problems[0]


def test_a_wrong_row_takes_no_room():
    small = network("DMS Cisco DBS110")
    wrong = base(number=1, problems=("Something.",))
    _, second = check_rows([wrong, base(OTHER_MAC, 2)], facts(small))
    assert second.problems == ()


def test_a_model_without_known_limits_takes_all():
    assert checked(base(), facts(network("DMS Cisco DBS999"))).problems == ()
