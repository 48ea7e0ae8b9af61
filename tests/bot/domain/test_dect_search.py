"""What somebody asks about DECT networks, and which networks that means."""

import pytest

from bot.core.models.dect import DectNetwork, Handset, HandsetLine
from bot.domain.dect_search import (
    Part,
    Search,
    matches_of,
    owned_by,
    read_dect,
    split_owner,
    with_part,
)

ID = "Y2lzY29zcGFyazovL3VzL0RFQ1RfTkVUV09SSy8wMDExMjIzMy00NDU1LTY2NzctODg5OS1hYWJiY2NkZGVlZmY"


def network(number: int, name: str, location: str) -> DectNetwork:
    """A network there."""
    return DectNetwork(id=f"net-{number}", name=name, location=location, location_id=location)


LOBBY_BERLIN = network(1, "Lobby", "Berlin")
LOBBY_LYON = network(2, "Lobby", "Lyon")
HALL = network(3, "Warehouse Hall", "Lyon")
LYON_BRANCH = network(4, "Lyon Branch", "Austin")
BASES = network(5, "Spare Bases", "Austin")
ALL = [LOBBY_BERLIN, LOBBY_LYON, HALL, LYON_BRANCH, BASES]


@pytest.mark.parametrize(
    ("text", "search"),
    [
        ("", Search()),
        ("Warehouse", Search("Warehouse")),
        ("the Warehouse?", Search("Warehouse")),
        ("in Berlin", Search("Berlin")),
        ("Warehouse page 3", Search("Warehouse", page=3)),
        ("page 2", Search(page=2)),
        ("Warehouse as file", Search("Warehouse", as_file=True)),
        ("as csv", Search(as_file=True)),
        (f"{ID} page 2", Search(ID, page=2)),
        ("Warehouse anyway", Search("Warehouse anyway")),
    ],
)
def test_words_at_the_end_say_what_is_wanted(text, search):
    assert read_dect(text) == search


@pytest.mark.parametrize(
    ("text", "search"),
    [
        ("anyway", Search(anyway=True)),
        ("Warehouse anyway", Search("Warehouse", anyway=True)),
        ("Warehouse page 2 anyway", Search("Warehouse", page=2, anyway=True)),
        ("Anyway Hall", Search("Anyway Hall")),
    ],
)
def test_where_the_cloud_may_lack_dect_anyway_means_more(text, search):
    assert read_dect(text, government=True) == search


@pytest.mark.parametrize(
    ("text", "part", "rest"),
    [
        ("Hall", Part.ALL, "Hall"),
        ("Hall bases", Part.BASES, "Hall"),
        ("Hall base stations", Part.BASES, "Hall"),
        ("base stations of the Hall", Part.BASES, "Hall"),
        ("Hall handsets", Part.ALL, "Hall"),
        ("handsets in Hall", Part.ALL, "Hall"),
        ("Hall options", Part.OPTIONS, "Hall"),
        ("Spare Bases", Part.ALL, "Spare Bases"),  # its name
        ("spare bases bases", Part.BASES, "spare bases"),
        ("bases", Part.ALL, "bases"),
    ],
)
def test_a_part_of_a_network_is_named_on_either_side(text, part, rest):
    assert with_part(Search(text), ALL) == Search(rest, part)


@pytest.mark.parametrize(
    ("text", "networks", "is_one", "location"),
    [
        ("", ALL, False, ""),
        ("Hall", [HALL], True, ""),
        ("warehose hall", [HALL], True, ""),
        ("Lobby", [LOBBY_BERLIN, LOBBY_LYON], False, ""),
        ("Lobby in Lyon", [LOBBY_LYON], True, ""),
        ("net-4", [LYON_BRANCH], True, ""),
        ("Berlin", [LOBBY_BERLIN], False, "Berlin"),
        # A location, and what has its name.
        ("Lyon", [LOBBY_LYON, HALL, LYON_BRANCH], False, ""),
        ("lyon branch", [LYON_BRANCH], True, ""),
        ("Zurich", [], False, ""),
    ],
)
def test_networks_are_meant_by_name_or_by_location(text, networks, is_one, location):
    matches = matches_of(text, ALL)

    assert list(matches.networks) == networks
    assert (matches.is_one, matches.location) == (is_one, location)


def test_a_network_called_like_a_location_is_meant_before_the_location():
    berlin = network(6, "Berlin", "Austin")

    matches = matches_of("Berlin", [*ALL, berlin])

    assert matches.networks == (berlin,)
    assert matches.is_one


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Warehouse for Ann", ("Warehouse", "Ann")),
        ("Rooms for hire for Ann Alder", ("Rooms for hire", "Ann Alder")),
        ("Warehouse", ("Warehouse", "")),
        ("for Ann", ("for Ann", "")),
    ],
)
def test_the_owner_of_handsets_stands_behind_for(text, expected):
    assert split_owner(text) == expected


def test_handsets_are_chosen_by_owner_or_else_by_their_own_name():
    ann = Handset(id="1", display_name="Desk", lines=(HandsetLine(id="a", name="Ann Alder"),))
    bob = Handset(id="2", display_name="Ann 2", lines=(HandsetLine(id="b", name="Bob Birch"),))

    assert owned_by("ann", [ann, bob]) == [ann]
    assert owned_by("Ann 2", [bob]) == [bob]
    assert owned_by("Carol", [ann, bob]) == []
