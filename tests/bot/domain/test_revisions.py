"""Messages that correct themselves: what is said last counts, or it is asked."""

import pytest

from bot.domain.command_parser import Command, Unknown
from bot.operations import PARSER

MAC, OTHER = "D8:2E:3E:EF:4E:A1", "00:11:22:33:44:55"
PHONE = {"mac": MAC, "model": "8865", "owner": "Bob"}


@pytest.mark.parametrize(
    "text",
    [
        f"add phone {MAC} 8865 for Kim, no wait, for Bob",
        f"add phone {MAC} 8865 for Kim, no wait, Bob",
        f"add phone {MAC} 8865 for Kim. Sorry, I meant Bob",
        f"add phone {MAC} 8865 for Kim, no, Bob",
        f"add phone {MAC} 8865 for Kim, actually for Bob",
        f"add phone {MAC} 8865 for Kim, no wait, for Jack, no, for Bob",
        f"add phone {MAC} 8845, sorry, 8865 for Bob",
        f"add phone {MAC} 8845 no 8865 for Bob",
        f"add phone {MAC} 8845 for Bob. Oops, I meant 8865",
        f"add phone {OTHER}, I mean {MAC}, 8865 for Bob",
        f"delete {MAC}, no wait, add phone {MAC} 8865 for Bob",
        f"füge {MAC} 8865 für Kim hinzu, nein, für Bob",
        f"add phone {MAC} 8865 for Bob, no rush",
    ],
)
def test_what_is_said_last_counts(text):
    parsed = PARSER.parse(text)
    assert isinstance(parsed, Command), parsed
    assert (parsed.verb, parsed.args) == ("add phone", PHONE)


@pytest.mark.parametrize(
    ("text", "verb", "args"),
    [
        (f"delete {OTHER}, no wait, {MAC}", "delete device", {"device": MAC}),
        (f"tag {MAC} +lobby, sorry, +door", "tag", {"device": MAC, "tags": "+door"}),
        (
            "create dect network Hall at Lyon, no wait, at Berlin",
            "create dect network",
            {"name": "Hall", "location": "Berlin"},
        ),
    ],
)
def test_every_kind_of_input_can_be_corrected(text, verb, args):
    assert PARSER.parse(text) == Command(verb, args)


@pytest.mark.parametrize(
    "text",
    [
        f"tag {MAC} lobby, no wait, door",
        "delete Erin's phone, no wait, Bob's",
        "approve 7K3F, no wait, QH4A",
        f"delete {MAC}, no wait, approve",
    ],
)
def test_an_unclear_correction_is_no_command(text):
    assert isinstance(PARSER.parse(text), Unknown)


def test_an_apology_corrects_nothing():
    parsed = PARSER.parse(f"add phone {MAC} 8865 for Bob, sorry for the trouble")
    assert isinstance(parsed, Command)
    assert parsed.args["owner"].startswith("Bob")
