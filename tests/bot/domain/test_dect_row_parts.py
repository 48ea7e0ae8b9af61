"""Rows of DECT lists with several parts: what is left out with what is wrong."""

from bot.core.directory import Directory
from bot.core.models.dect import (
    BaseStation,
)
from bot.core.models.webex import Licence, Location
from bot.domain.lists.dect_lines import read_dect_lines
from bot.domain.lists.rows import ListRow
from bot.domain.lookup.dect_checks import check_rows
from bot.domain.lookup.row_owners import OwnerFacts
from tests.bot.domain.dect_rows import (
    IN_USE,
    MAC,
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
    CARL,
    LOBBY,
    LYON,
)


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
