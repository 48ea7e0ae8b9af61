"""Lines below a command about DECT, and the texts beside files."""

import pytest

from bot.domain import dect_reader
from bot.domain.command_parser import Command, Unknown
from bot.domain.file_captions import list_command
from bot.domain.lists.dect_lines import read_dect_lines
from bot.operations import PARSER
from tests.bot.domain.dect_texts import LOBBY, A, B, said, set_up


@pytest.mark.parametrize(
    ("lines", "inputs"),
    [
        ([A, B], {"bases": f"{A}\n{B}"}),
        (["bob@x.example", "Lobby West; Carol"], {"members": "bob@x.example\nLobby West; Carol"}),
        ([f"base 1: {A}", "for Bob Baker"], {"bases": f"base 1: {A}", "members": "for Bob Baker"}),
        (
            ["Name: Lobby", "Location: Lyon", "Model: DBS210", "Code: 1234", A],
            {**LOBBY, "model": "DBS210", "access_code": "1234", "bases": A},
        ),
        (["bob@x.example, code 0042"], {"members": "bob@x.example", "access_code": "0042"}),
        (
            ["The base stations are:", A, "and handsets for", "Bob Baker"],
            {"bases": A, "members": "Bob Baker"},
        ),
        (
            ["base mac;owner", f"{A};bob@x.example", ";Lobby"],
            {"bases": f"base mac;owner\n{A};bob@x.example\n;Lobby"},
        ),
        (["", "  "], {}),
    ],
)
def test_lines_below_set_up_dect(lines: list[str], inputs: dict[str, str]):
    assert dect_reader.read_lines(lines) == inputs


@pytest.mark.parametrize(
    ("text", "verb", "inputs"),
    [
        (
            f"set up dect Lobby at Lyon with base {A}\n{B}\nbob@x.example\nCarol Cole; Dan",
            "set up dect",
            {**LOBBY, "bases": f"{A}\n{B}", "members": "bob@x.example\nCarol Cole; Dan"},
        ),
        (
            f"Hi Tom,\nplease set up DECT for Lobby in Lyon:\n{A}\nbob@x.example\n\nThanks\nEve",
            "set up dect",
            {**LOBBY, "bases": A, "members": "bob@x.example"},
        ),
        (
            f"set up dect Lobby at Lyon\nbase {A}\nbase {B}\nbecause the hall is new",
            "set up dect",
            {**LOBBY, "bases": f"{A}\n{B}"},
        ),
        (f"add bases to Lobby:\n{A}\n{B}", "add base", {"network": "Lobby", "bases": f"{A}\n{B}"}),
        (
            f"add base {A} to Lobby\nadd base {B} to Lobby",
            "add base",
            {"network": "Lobby", "bases": f"{A}\n{B}"},
        ),
        (
            f"add base to Lobby\n{A}\nXYZ-1",
            "add base",
            {"network": "Lobby", "bases": f"{A}\nXYZ-1"},
        ),
        (
            "add handsets to Lobby\nbob@x.example\nGrant Hill, line 2 Dan\nfor Eve",
            "add handset",
            {"network": "Lobby", "members": "bob@x.example\nGrant Hill, line 2 Dan\nEve"},
        ),
        (
            "add handset for Bob to Lobby\nadd handset for Carol to Lobby",
            "add handset",
            {"network": "Lobby", "members": "Bob\nCarol"},
        ),
    ],
)
def test_lines_below_a_command_are_its_inputs(text: str, verb: str, inputs: dict[str, str]):
    said_verb, told = said(text)
    told.pop("reason", "")
    assert (said_verb, told) == (verb, inputs)


def test_another_command_below_is_one_of_its_own():
    first, second = PARSER.parse_all(f"add base {A} to Lobby\nadd phone {B} 8865 for Bob")
    assert isinstance(first, Command)
    assert first.args == {"network": "Lobby", "bases": A}
    assert isinstance(second, Command)
    assert second.verb == "add phone"


def test_what_is_taken_back_is_not_done():
    (parsed,) = PARSER.parse_all(f"add base {A} to Lobby\nno wait, don't")
    assert isinstance(parsed, Unknown)
    assert parsed.negated


@pytest.mark.parametrize(
    ("text", "verb", "inputs"),
    [
        ("set up dect Lobby at Lyon", "set up dect", LOBBY),
        ("set up dect", "set up dect", {}),
        ("add base to Lobby", "add base", {"network": "Lobby"}),
        ("please add these handsets to Lobby", "add handset", {"network": "Lobby"}),
        ("here are the bases for the new hall", "add base", {"network": "hall"}),
        ("base stations for Lobby", "add base", {"network": "Lobby"}),
        ("add the attached bases to Lobby", "add base", {"network": "Lobby"}),
        ("bases and handsets for Lobby", "set up dect", {"name": "Lobby"}),
    ],
)
def test_a_caption_of_a_file(text: str, verb: str, inputs: dict[str, str]):
    command = list_command(PARSER, PARSER.parse_all(text), text)
    assert command == Command(verb, inputs)


def test_a_caption_with_rows_of_its_own_is_no_caption():
    text = f"add base {A} to Lobby"
    assert list_command(PARSER, PARSER.parse_all(text), text) is None


@pytest.mark.parametrize(
    ("base_heading", "handset_heading"),
    [
        ("bases:", "handsets:"),
        ("base stations:", "and the handsets are for:"),
        ("Bases", "Owners"),
        ("model DBS210\nbase stations", "users:"),
        ("Basisstationen:", "Mobilteile:"),
        ("add base stations:", "add handsets:"),
    ],
)
def test_headings_between_the_lines_leave_it_one_command(base_heading, handset_heading):
    lines = f"{base_heading}\n{A}\n{handset_heading}\nbob@example.com\nCarol Cole"
    inputs = set_up(f"set up dect Lobby at Lyon\n{lines}")
    assert inputs.pop("model", "DBS210") == "DBS210"
    read = read_dect_lines(inputs.pop("bases"), inputs.pop("members"))
    assert [row.cells[0] for row in read.rows] == [A, ""]
    assert [row.owner for row in read.rows] == ["bob@example.com", "Carol Cole"]
    assert inputs == LOBBY


def test_numbered_handsets_are_owners():
    read = read_dect_lines("", "handset 1: Bob Baker\nhandset 2: Carol Cole")
    assert [row.owner for row in read.rows] == ["Bob Baker", "Carol Cole"]
