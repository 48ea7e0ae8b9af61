"""What is removed from DECT networks or changed in them: as people say it."""

import pytest

from bot.domain.command_parser import Unknown
from bot.operations import PARSER
from tests.bot.domain.two_phones import read

MAC = "D8:2E:3E:EF:4E:5C"


@pytest.mark.parametrize(
    ("text", "network"),
    [
        (f"remove base {MAC}", ""),
        (f"remove base {MAC} from Lobby", "Lobby"),
        ("remove base d82e.3eef.4e5c from Lobby", "Lobby"),
        (f"delete base station {MAC} from the dect network Lobby at Lyon", "Lobby at Lyon"),
        (f"remove the base {MAC} in Lobby", "Lobby"),
        (f"{MAC} remove base", ""),
        (f"remove {MAC} base station of Lobby", "Lobby"),
        (f"remove from Lobby the base {MAC}", "Lobby"),
        (f"please remove the dect base {MAC}", ""),
        (f"remove base station with mac {MAC}", ""),
        (f"entferne die Basisstation {MAC} aus Lobby", "Lobby"),
        (f"Basisstation {MAC} löschen", ""),
    ],
)
def test_a_base_station_is_read_by_its_mac_wherever_it_stands(text, network):
    inputs = {"base": MAC} | ({"network": network} if network else {})
    assert read(text) == ("remove base", inputs)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        (f"delete {MAC}", ("delete device", {"device": MAC})),
        (f"remove device {MAC}", ("delete device", {"device": MAC})),
        ("delete device Lobby", ("delete device", {"device": "Lobby"})),
        ("delete the phone of Bob", ("delete device", {"device": "Bob"})),
        ("remove base from Lobby", ("remove base", {"network": "Lobby"})),
        ("remove base", ("remove base", {})),
    ],
)
def test_devices_and_base_stations_are_told_apart(text, command):
    assert read(text) == command


@pytest.mark.parametrize(
    ("text", "owner", "network"),
    [
        ("remove handset of Bob Baker", "Bob Baker", ""),
        ("delete the handset of Bob Baker", "Bob Baker", ""),
        ("remove handset of Bob Baker from Lobby", "Bob Baker", "Lobby"),
        ("remove Bob Baker's handset from Lobby", "Bob Baker's", "Lobby"),
        ("delete Bob's handset", "Bob's", ""),
        ("remove handset bob@example.com", "bob@example.com", ""),
        ("remove handset bob@example.com Lobby", "bob@example.com", "Lobby"),
        ("remove the handset from bob@example.com", "bob@example.com", ""),
        ("remove the handset from Bob", "Bob", ""),
        ("remove from Lobby the handset of Bob", "Bob", "Lobby"),
        ("remove handset of Bob from dect network Lobby", "Bob", "Lobby"),
        (
            "remove handset of Bob Baker and Ann Archer from the network Lobby at Lyon",
            "Bob Baker and Ann Archer",
            "Lobby at Lyon",
        ),
        ("remove handsets of Bob, Ann and kim@a.example", "Bob, Ann and kim@a.example", ""),
        ("remove all handsets of Bob", "Bob", "all"),
        ("remove all handsets of Bob from Lobby", "Bob", "Lobby/all"),
        ("remove both handsets of Bob", "Bob", "all"),
        ("remove handset of PEOPLE:Y2lzY29zcGFy", "PEOPLE:Y2lzY29zcGFy", ""),
        ("entferne das Mobilteil von Bob aus Lobby", "Bob", "Lobby"),
        ("supprimer le combiné de Bob du réseau Lobby", "Bob", "Lobby"),
        ("das Mobilteil von Bob löschen", "Bob", ""),
        ("remove Bob Baker from the dect network Lobby", "Bob Baker", "Lobby"),
        ("remove user bob@example.com from dect network Lobby", "bob@example.com", "Lobby"),
        ("Bob lost his handset, remove it", "Bob", ""),
        ("the handset of Bob is broken, remove it", "Bob", ""),
        ("handset of Bob: delete", "Bob", ""),
        ("remove handset", "", ""),
        ("delete the handset", "", ""),
    ],
)
def test_owners_and_network_of_handsets_are_read(text, owner, network):
    inputs = {"owner": owner, "network": network}
    expected = {name: value for name, value in inputs.items() if value}
    assert read(text) == ("remove handset", expected)


def test_two_macs_stand_side_by_side_and_the_form_asks():
    macs = {"base": f"{MAC} D8:2E:3E:EF:4E:5D"}
    assert read(f"remove base {MAC} and D8:2E:3E:EF:4E:5D") == ("remove base", macs)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("set up dect network Hall at Lyon code 1234", "set up dect"),
        ("dect network Hall at Lyon code 1234", "create dect network"),
        ("create dect network Hall at Lyon code 1234", "create dect network"),
        ("activation code 8865 for Bob", "activation code"),
        ("code 8865 for Bob", "activation code"),
    ],
)
def test_other_codes_are_left_to_other_commands(text, command):
    assert read(text)[0] == command


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("delete dect network Lobby", "Lobby"),
        ("remove dect network Lobby at Lyon", "Lobby at Lyon"),
        ("delete the DECT network “Lobby” in Lyon please", "“Lobby” in Lyon"),
        ("delete the Lobby dect network", "Lobby"),
        ("delete network A", "A"),
        ("lösche das DECT Netz Lobby", "Lobby"),
        ("das DECT Netz Lobby löschen", "Lobby"),
    ],
)
def test_the_network_to_delete_is_read(text, network):
    assert read(text) == ("delete dect network", {"network": network})


def test_what_is_negated_is_not_deleted():
    answer = PARSER.parse("don't delete dect network Lobby")
    assert isinstance(answer, Unknown)
    assert answer.negated


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("rename dect network Lobby to Foyer", {"network": "Lobby", "name": "Foyer"}),
        ("rename dect network A to B", {"network": "A", "name": "B"}),
        ("DECT Netz Lobby in Foyer umbenennen", {"network": "Lobby", "name": "Foyer"}),
        ("rename the dect network Lobby -> Foyer", {"network": "Lobby", "name": "Foyer"}),
        (
            "rename dect network Front Hall at Lyon to Back Hall",
            {"network": "Front Hall at Lyon", "name": "Back Hall"},
        ),
        ('rename network Lobby to "Way to Hall"', {"network": "Lobby", "name": "Way to Hall"}),
        ("change the name of dect network Lobby to Foyer", {"network": "Lobby", "name": "Foyer"}),
        ("change dect network Lobby", {"network": "Lobby"}),
        ("edit the dect network", {}),
        ("change dect network Lobby in Lyon", {"network": "Lobby in Lyon"}),
        ("set the access code", {}),
        (
            "change the display name of dect network Lobby to Foyer",
            {"network": "Lobby", "display_name": "Foyer"},
        ),
        ("set the access code of Lobby to 1234", {"network": "Lobby", "access_code": "1234"}),
        ("set access code 0042 for Lobby", {"network": "Lobby", "access_code": "0042"}),
        ("change access code of Lobby 2 to 0042", {"network": "Lobby 2", "access_code": "0042"}),
        ("change access code of Lobby to 12", {"network": "Lobby", "access_code": "12"}),
        ("access code of Lobby: 1234", {"network": "Lobby", "access_code": "1234"}),
        ("set code of Lobby to 1234", {"network": "Lobby", "access_code": "1234"}),
        ("change the code of Lobby to 1234", {"network": "Lobby", "access_code": "1234"}),
        ("dect Lobby access code 1234", {"network": "Lobby", "access_code": "1234"}),
        ("set dect network Lobby access code 1234", {"network": "Lobby", "access_code": "1234"}),
        (
            "the access code for Lobby should be 1234",
            {"network": "Lobby", "access_code": "1234"},
        ),
        ("change access code of Lobby", {"network": "Lobby"}),
        ("new access code for Lobby", {"network": "Lobby", "codes": "new"}),
        ("reset the access code of the dect network Lobby", {"network": "Lobby", "codes": "new"}),
        ("generate a new access code for Lobby", {"network": "Lobby", "codes": "new"}),
        ("one access code per handset for Lobby", {"network": "Lobby", "codes": "each"}),
        ("change dect network Lobby to one code per user", {"network": "Lobby", "codes": "each"}),
    ],
)
def test_what_changes_in_a_network_is_read(text, inputs):
    assert read(text) == ("change dect network", inputs)
