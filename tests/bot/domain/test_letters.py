"""Text pasted from an email or a list: what stands around the message names nothing."""

import pytest

from bot.domain.command_parser import Command, Unknown
from bot.operations import PARSER

MAC = "D8:2E:3E:EF:4E:A1"
PHONE = {"mac": MAC, "model": "8865", "owner": "Kim Larsen"}
ASK = f"please add {MAC} 8865 for Kim Larsen"


@pytest.mark.parametrize(
    "text",
    [
        f"Hi Tom,\n{ASK}.\nBest regards\nBob Keller\nbob@acme.example\n+49 30 1234567",
        f"Hi Tom, {ASK}. Thanks, Bob",
        f"Hello,\n{ASK}\nsent from my phone",
        f"{ASK}\n--\nTom Berger\nIT Support",
        f"From: Bob Keller <bob@acme.example>\nTo: Tom <tom@acme.example>\nSubject: phone\n\n{ASK}",
        f"Von: Bob\nAn: Tom\nBetreff: WG: Telefon\n\nHallo Tom,\n{ASK}\nViele Grüße\nBob",
        f"From: Bob\nSubject: Fwd: add phone {MAC} 8865 for Kim Larsen",
        f"FW: new phone for Kim Larsen 8865 {MAC}",
        f"1. add phone {MAC} 8865 for Kim Larsen",
        f"- add phone {MAC} 8865 for Kim Larsen",
        f"**add phone** {MAC} _8865_ for *Kim Larsen*",
        f"add phone\nMAC: {MAC}\nModel: 8865\nTo: Kim Larsen",
    ],
)
def test_a_letter_is_read_without_what_surrounds_it(text):
    assert PARSER.parse_all(text) == (Command("add phone", PHONE),)


def test_numbered_lines_are_commands_of_their_own():
    text = f"1) add phone {MAC} 8865 for Kim Larsen\n2) delete device {MAC}"
    assert PARSER.parse_all(text) == (
        Command("add phone", PHONE),
        Command("delete device", {"device": MAC}),
    )


def test_a_line_that_negates_what_follows_negates_all_of_it():
    text = f"please do not do this yet:\nadd phone {MAC} 8865 for Kim\ndelete {MAC}"
    (parsed,) = PARSER.parse_all(text)
    assert isinstance(parsed, Unknown)
    assert parsed.negated


@pytest.mark.parametrize("line", ["don't", "no, don't", "never mind", "no wait"])
def test_a_last_line_takes_back_what_was_said(line):
    (parsed,) = PARSER.parse_all(f"delete {MAC}\n{line}")
    assert isinstance(parsed, Unknown)
    assert parsed.negated
