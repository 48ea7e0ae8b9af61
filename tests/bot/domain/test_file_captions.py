"""The text beside a file: what is to be done with the list in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.command_parser import Command
from bot.domain.file_captions import list_command
from bot.operations import PARSER

MAC = "D8:2E:3E:EF:4E:A1"


def meant(text: str) -> Command | None:
    """What is done with the file of a message with this text."""
    return list_command(PARSER, PARSER.parse_all(text) if text else (), text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "add phones",
        "please add",
        "please add these",
        "bitte anlegen",
        "add these phones for the new office",
        "please add these for the new office",
        "here are the phones for floor 3",
        "the phones of the Berlin office",
        "phones for floor 3",
        "list of phones",
        "see attached",
        "Hi Tom",
        "Hello,\nhere is the list.\nThanks\nErin Walsh",
        "thanks",
        "for monday",
        "import this csv",
        "here is a photo",
        "qwertz uiop",
    ],
)
def test_without_another_command_the_phones_of_the_file_are_added(text):
    command = meant(text)
    assert command is not None
    assert command.verb == "add phones"
    assert "rows" not in command.args


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("activation codes 8865", Command("activation codes", {"model": "8865"})),
        ("activation code 8865", Command("activation codes", {"model": "8865"})),
        ("activation codes for these people", Command("activation codes")),
        ("get codes for these people", Command("activation codes")),
        ("delete devices", Command("delete devices")),
        ("please delete these", Command("delete devices")),
        ("delete the devices in this list", Command("delete devices")),
        ("tag devices +a -b", Command("tag devices", {"tags": "+a -b"})),
        ("tag these +a", Command("tag devices", {"tags": "+a"})),
        (
            "add phones because the floor is new",
            Command("add phones", {"reason": "the floor is new"}),
        ),
    ],
)
def test_a_list_that_is_named_is_meant(text, command):
    assert meant(text) == command


@pytest.mark.parametrize(
    "text",
    [
        "whoami",
        "help",
        "devices erin",
        "devices",
        "device 00:11",
        "which phones does Erin have",
        "who has these phones?",
        "show phones in Lobby",
        "delete device Lobby",
        "delete Lobby Berlin",
        f"add phone {MAC} 8865 for Kim",
        "add phone 8865 for Kim",
        "add phone for kim@acme.example",
        f"add phones\n{MAC} 8865 kim@acme.example",
        f"delete devices\n{MAC}",
        "delete devices\nkim@acme.example",
        "don't add these phones",
        "please do not add these yet",
        "whoami\nadd phones",
        "swap these",
        "approve QH4A",
    ],
)
def test_beside_another_command_the_file_is_ignored(text):
    assert meant(text) is None


@given(st.text(max_size=60))
def test_any_text_beside_a_file_is_read(text):
    command = meant(text)
    assert command is None or (command.verb in PARSER.by_name and "rows" not in command.args)
