"""DECT networks in words and in files."""

import csv
import io

import pytest
from pydantic import SecretStr

from bot.core.models.dect import BaseStation, DectNetwork, Handset, HandsetLine
from bot.domain import dect_table

NETWORK = DectNetwork(
    id="n", name="Warehouse", location="Berlin", model="DMS Cisco DBS210", display_name="WH",
    base_stations=2, handsets=40, lines=41, has_shared_code=True, access_code=SecretStr("2468"),
)  # fmt: skip
ANN = HandsetLine(id="a", name="Ann Alder", extension="1234")
STORE = HandsetLine(id="s", name="Store", extension="7000", number="+4930")
PAIRED = Handset(id="1", display_name="Ann", mac="1357D4A1B492", lines=(ANN, STORE))
WAITING = Handset(id="2", display_name="Ann 2", access_code=SecretStr("0478"), lines=(ANN,))


def rows(content: bytes) -> list[list[str]]:
    """The cells of a file."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_network_is_counted_against_the_limits_of_its_model():
    assert dect_table.network_line(NETWORK) == (
        "Berlin · DBS210 · bases 2 of 250 · handsets 40 · lines 41 of 1000"
    )


def test_what_webex_does_not_tell_is_unknown_and_has_no_limit():
    bare = DectNetwork(id="n", name="x", model="DMS Cisco DBS999", lines=3)
    assert dect_table.network_line(bare) == (
        "DMS Cisco DBS999 · bases unknown · handsets unknown · lines 3"
    )
    assert dect_table.kind_of_code(bare) == "unknown"


@pytest.mark.parametrize(
    ("registered", "line"),
    [
        (None, "registered lines unknown"),
        (0, "none registered yet"),
        (1, "1 line registered"),
        (3, "3 lines registered"),
    ],
)
def test_a_base_station_has_no_state_but_its_lines(registered, line):
    assert dect_table.base_line(BaseStation(id="b", mac="m", lines_registered=registered)) == line


def test_a_handset_tells_owner_second_line_and_state():
    same = WAITING.model_copy(update={"display_name": "ann alder"})

    assert dect_table.handset_line(PAIRED, "paired") == (
        "Ann Alder · ext. 1234 · line 2: Store · ext. 7000 · +4930 · paired"
    )
    assert dect_table.handset_line(same, "") == "ext. 1234"
    assert dect_table.handset_line(Handset(id="3"), "paired") == "(no owner) · paired"


@pytest.mark.parametrize(
    ("handsets", "registered", "is_told"),
    [
        ([PAIRED, WAITING], 1, True),
        ([WAITING], 0, True),
        ([WAITING], 3, False),
        ([], 3, False),
    ],
)
def test_nobody_is_called_unpaired_where_webex_does_not_tell(handsets, registered, is_told):
    stations = [BaseStation(id="b", mac="m", lines_registered=registered)]
    assert dect_table.tells_pairing(handsets, stations) is is_told


def test_the_state_is_left_out_where_it_is_not_told():
    assert dect_table.state_of(WAITING, is_told=True) == "not paired yet"
    assert dect_table.state_of(WAITING, is_told=False) == ""
    assert dect_table.state_of(PAIRED, is_told=False) == "paired"


def test_files_have_all_but_the_codes():
    networks = dect_table.networks_file("1 DECT network.", "Berlin", [NETWORK])
    handsets = dect_table.handsets_file("2.", NETWORK, [PAIRED, WAITING], is_told=True)

    assert networks.name == "dect-berlin.csv"
    assert rows(networks.content)[1] == [
        "Warehouse", "Berlin", "DBS210", "2", "40", "41", "WH", "one for all",
    ]  # fmt: skip
    assert handsets.name == "dect-warehouse.csv"
    assert rows(handsets.content)[1:] == [
        ["Ann", "Ann Alder", "1234", "", "Store", "7000", "'+4930", "yes"],
        ["Ann 2", "Ann Alder", "1234", "", "", "", "", "no"],
    ]
    assert b"0478" not in handsets.content
    assert b"2468" not in networks.content


def test_a_name_from_outside_is_no_formula_and_no_path():
    evil = NETWORK.model_copy(update={"name": "=1+2", "location": "../../x"})
    file = dect_table.networks_file("", "../../x", [evil])
    assert file.name == "dect-x.csv"
    assert rows(file.content)[1][0] == "'=1+2"
