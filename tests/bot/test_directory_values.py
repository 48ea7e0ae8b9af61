"""How the owners of a list are compared with what its rows say."""

import pytest

from bot.core.directory import MAX_COMPARED, Directory
from bot.core.models.webex import Licence, LocationRef, Owner
from tests.example_org import ANN, BERLIN, BOB, LOBBY, LYON, SOUTH, person, workspace

JORG = person("jorg", "Jörg Åkesson", BERLIN, Licence.PROFESSIONAL)
JORGS_ROOM = workspace("JORG  AKESSON", LYON)
ANNE = person("anne", "Anne Alder", LYON, Licence.PROFESSIONAL)
DIRECTORY = Directory((ANN, BOB, LOBBY, JORG), (SOUTH, ANNE))


@pytest.mark.parametrize(
    "email", ["ann@example.com", " Ann@Example.COM ", "ann@example.com\u200b", "\tann@example.com"]
)
def test_an_address_is_compared_as_people_see_it(email):
    assert DIRECTORY.at(email) == ANN


@pytest.mark.parametrize("email", ["", " ", "ann", "ann@example.org", "anne@example.com"])
def test_no_other_address_is_taken_for_it(email):
    assert DIRECTORY.at(email) is None


def test_an_owner_has_further_addresses():
    directory = Directory((ANN,), aliases={"annie@example.com": ANN})
    assert directory.at("annie@example.com") == directory.at("ann@example.com") == ANN


@pytest.mark.parametrize(
    ("name", "owners"),
    [
        ("ann alder", [ANN]),
        ("Jörg   Åkesson", [JORG]),
        ("Jorg Akesson", [JORGS_ROOM]),
        ("jörg akesson", [JORG, JORGS_ROOM]),
        ("Lobby", [LOBBY]),
        ("Lobb", []),
        ("Alder Ann", []),
        ("", []),
        (" ", []),
    ],
)
def test_the_first_round_in_which_a_name_fits_counts(name, owners):
    assert list(Directory((ANN, LOBBY, JORG, JORGS_ROOM)).named(name)) == owners


@pytest.mark.parametrize(
    ("text", "owners"),
    [
        ("amn@example.com", [ANN, ANNE]),
        ("bob@example.con", [BOB]),
        ("ann.adler@acme.example", [ANN, ANNE]),
        ("Ann Aldr", [ANN, ANNE]),
        ("Anne Aldr", [ANNE, ANN]),
        ("Aldr, Bob", []),
        ("Birch, Bob", [BOB]),
        ("jorg akeson", [JORG]),
        ("Meeting Rom South", [SOUTH]),
        ("An", []),
        ("", []),
        ("@", []),
        ("somebody else", []),
    ],
)
def test_the_nearest_owners_are_proposed(text, owners):
    assert list(DIRECTORY.near(text)) == owners


def test_owners_elsewhere_are_not_proposed():
    def is_in_lyon(where: LocationRef) -> bool:
        return where.is_same(LYON.ref)

    assert DIRECTORY.near("Ann Aldr", reaches=is_in_lyon) == (ANNE,)
    assert DIRECTORY.near("Bob Brich", limit=1) == (BOB,)
    assert DIRECTORY.near("Jorg Akeson", reaches=is_in_lyon) == ()
    assert len(DIRECTORY.near("Ann Alder", limit=1)) == 1


def crowd(count: int) -> tuple[Owner, ...]:
    names = [f"Person {number:05} of {number % 97} Example" for number in range(count)]
    return tuple(person(f"p{n}", name, BERLIN, Licence.OTHER) for n, name in enumerate(names))


def test_a_large_organization_is_compared_in_part():
    owners = crowd(MAX_COMPARED + 10)
    directory = Directory((), owners)
    assert directory.near(owners[3].name[1:], limit=1) == (owners[3],)
    assert directory.near("x" + owners[-1].email, limit=1000).count(owners[-1]) == 0
    assert Directory((owners[-1],), owners).near(owners[-1].name[1:], limit=1) == (owners[-1],)
