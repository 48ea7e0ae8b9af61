"""Which rows of a DECT list can run: base stations, owners, second lines, names and limits."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.directory import Directory
from bot.core.models.dect import (
    BaseStation,
    DectNetwork,
    Handset,
    HandsetLine,
    LineMember,
    MemberKind,
)
from bot.core.models.webex import Licence, Location, MacState, Owner
from bot.domain.dect_limits import limits_of
from bot.domain.lists.dect_lines import read_dect_lines
from bot.domain.lists.rows import ListRow
from bot.domain.lookup.dect_checks import CheckedDectRow, check_rows
from bot.domain.lookup.dect_facts import DectFacts
from bot.domain.lookup.row_owners import OwnerFacts, Searched
from tests.example_org import (
    ANN,
    ANNS_PHONE,
    BERLIN,
    BOARDROOM,
    BOB,
    CARL,
    LOBBY,
    LYON,
    NORTH,
    STORE_ROOM,
    person,
)

MAC, OTHER_MAC = "D82E3EEF4E60", "D82E3EEF4E61"
IN_USE = MacState(available=False, message="[Error 5675] MAC Address is in use.")
STORE = LineMember(
    id="line-store", kind=MemberKind.VIRTUAL_LINE, name="Store", extension="7000",
    location_id=BERLIN.id, location=BERLIN.name,
)  # fmt: skip
EVERYBODY = OwnerFacts(
    Directory(owners=(ANN, BOB, CARL, LOBBY, NORTH, BOARDROOM, STORE_ROOM)), lambda _: True
)


def network(model: str = "DMS Cisco DBS210", **counts: Any) -> DectNetwork:
    """The network Hall in Berlin."""
    return DectNetwork(
        id="net-7", name="Hall", model=model, location_id=BERLIN.id, location=BERLIN.name, **counts
    )


def facts(where: DectNetwork | None = None, **known: Any) -> DectFacts:
    """What Webex says, with what is given in place of an empty network."""
    hall = where or network()
    made = DectFacts(hall, EVERYBODY, lambda _: True, limits_of(hall.model))
    return replace(made, **known)


def handset(name: str, *owners: Owner | LineMember, key: str = "set-1") -> Handset:
    """A handset of these members."""
    lines = tuple(HandsetLine(id=owner.id, name=owner.name) for owner in owners)
    return Handset(id=key, display_name=name, lines=lines)


def member(owner: str, number: int = 1, **more: Any) -> ListRow:
    """A row with a handset."""
    return ListRow(number, owner=owner, **more)


def base(mac: str = MAC, number: int = 1, **more: Any) -> ListRow:
    """A row with a base station."""
    return ListRow(number, base=mac, **more)


def checked(row: ListRow, known: DectFacts | None = None) -> CheckedDectRow:
    """The only row of a list."""
    (one,) = check_rows([row], known or facts())
    return one


def problems(row: ListRow, known: DectFacts | None = None) -> str:
    """Why it cannot run."""
    return " ".join(checked(row, known).problems)


def warnings(row: ListRow, known: DectFacts | None = None) -> str:
    """What people must know of it; it can run."""
    made = checked(row, known)
    assert made.problems == ()
    return " ".join(made.warnings)


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


def test_the_whole_row_is_left_out_if_a_part_of_it_is_wrong():
    made = checked(base(owner="Nobody"))
    assert made.problems[-1] == "The base station of the same row is left out, too."
    taken = facts(mac_states={MAC: IN_USE})
    made = checked(base(owner="Lobby"), taken)
    assert made.problems[-1] == "The handset of the same row is left out, too."
    for row in (member("Nobody"), base(owner="Nobody")):
        assert "left out" not in problems(row, taken)


def in_boxes(bases: str, members: str) -> ListRow:
    """The first row of what was typed into the two boxes."""
    return read_dect_lines(bases, members).rows[0]


def test_of_two_boxes_each_part_is_judged_alone():
    made = checked(in_boxes(MAC, "Nobody"))
    assert (made.problems, made.adds_base, made.has_handset) == ((), True, False)
    assert made.warnings[0].startswith("The handset is left out: I found no person or workspace")

    taken = facts(mac_states={MAC: IN_USE})
    made = checked(in_boxes(MAC, "Lobby"), taken)
    assert (made.problems, made.adds_base, made.adds_handset) == ((), False, True)
    assert made.warnings[0].startswith("The base station D8:2E:3E:EF:4E:60 is left out: ")

    made = checked(in_boxes("nonsense", "Lobby"))
    assert (made.problems, made.adds_base, made.adds_handset) == ((), False, True)
    assert "“nonsense” is no base station. A MAC address has twelve" in made.warnings[0]

    made = checked(in_boxes(MAC, "Nobody"), taken)
    assert (len(made.problems), made.adds_base, made.has_handset) == (2, False, False)


def test_of_two_boxes_what_is_there_needs_nothing():
    there = facts(stations=[BaseStation(id="base-1", mac=MAC)], handsets=[handset("Lobby", LOBBY)])
    made = checked(in_boxes(MAC, "Lobby"), there)
    assert made.problems[0].endswith("is in this network already.")
    assert made.problems.count("Nothing needs to be added.") == 1
    made = checked(in_boxes(MAC, "Nobody"), there)
    assert "othing needs" not in " ".join(made.problems)
    made = checked(in_boxes(MAC, "Ann Alder"), there)
    assert (made.problems, made.adds_base, made.adds_handset) == ((), False, True)


def test_a_row_that_the_reader_found_wrong_stays_so():
    assert problems(base(problems=("Not a MAC address.",))) == "Not a MAC address."


def test_a_licence_that_was_missing_and_cannot_be_read_now_is_still_missing():
    unknown = CARL.model_copy(update={"licence": Licence.UNKNOWN})
    owners = OwnerFacts(Directory(owners=(unknown,)), lambda _: True)
    sentence = problems(member("Carl Cedar"))
    known = facts(owners=owners, shown={1: sentence})
    assert problems(member("Carl Cedar"), known) == sentence
    assert checked(member("Carl Cedar"), facts(owners=owners)).problems == ()


def test_a_network_of_another_location_has_its_own_name_in_the_sentence():
    lyon = Location(id=LYON.id, name=LYON.name)
    there = network().model_copy(update={"location_id": lyon.id, "location": lyon.name})
    assert "Ann Alder is in Berlin, but the network is in Lyon" in warnings(
        member("Ann Alder"), facts(there)
    )


def test_a_name_of_a_row_that_is_left_out_is_free():
    rows = [
        member("Nobody", 1, display_name="Kim DECT"),
        member("Ann Alder", 2, display_name="Kim DECT"),
        member("Lobby", 3, display_name="Kim DECT"),
    ]
    _, second, third = check_rows(rows, facts())
    assert second.problems == ()
    assert third.problems[0].startswith("Row 2 has the name “Kim DECT”, too.")


def test_a_line_with_too_many_parts_says_only_that():
    made = checked(in_boxes(MAC, "a; b; c; d"))
    assert made.adds_base
    assert made.warnings[0].startswith("The handset is left out: The line has more parts than")
    assert "I found no" not in made.warnings[0]
    alone = checked(in_boxes("", "a; b; c; d"))
    assert len(alone.problems) == 1
