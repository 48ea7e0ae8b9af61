"""Questions whether one device is connected lead to its card, whatever its state."""

import pytest

from bot.domain.command_parser import Command
from bot.operations import PARSER

MAC = "00:00:5E:00:53:01"


@pytest.mark.parametrize(
    ("text", "device"),
    [
        ("did Lobby Lyon come up", "Lobby Lyon"),
        ("Hi, did Lobby Lyon come up yet?", "Lobby Lyon"),
        ("has Lobby Lyon come back up?", "Lobby Lyon"),
        ("is Lobby Lyon online again", "Lobby Lyon"),
        ("when did Lobby Lyon last register?", "Lobby Lyon"),
        ("is bob's phone registered", "bob's phone"),
        ("is bob's phone not registered yet?", "bob's phone"),
        ("has bob's new phone registered yet?", "bob's phone"),
        ("is the new phone of bob up", "bob"),
        ("is bob@example.com's phone down?", "bob@example.com's phone"),
        ("is bob's 8865 up", "bob's 8865"),
        ("is New York registered", "New York"),
    ],
)
def test_a_question_about_a_device_names_it_alone(text: str, device: str):
    assert [*PARSER.parse_all(text)] == [Command("device", {"text": device})]


def test_a_question_about_no_device_asks_which_one():
    assert [*PARSER.parse_all("is the new phone up?")] == [Command("device", {})]


@pytest.mark.parametrize("text", [f"did {MAC} come up", f"is {MAC} registered?"])
def test_a_question_about_a_mac_has_it(text: str):
    (command,) = PARSER.parse_all(text)
    assert isinstance(command, Command)
    assert (command.verb, MAC in command.args["text"]) == ("device", True)


@pytest.mark.parametrize(
    "text",
    [
        "is it registered",
        "is everything registered?",
        "is the bot online?",
        "are all phones registered?",
        "which phones are registered",
        "is the handset of bob registered",
        "is dect lobby up",
        "is the network down?",
        "is control hub down?",
        "which phones are not registered",
    ],
)
def test_other_questions_stay_what_they_are(text: str):
    (command,) = PARSER.parse_all(text)
    assert getattr(command, "verb", "") != "device"


def test_a_wish_for_a_phone_is_no_question():
    (command,) = PARSER.parse_all("bob has to get a new phone")
    assert getattr(command, "verb", "") == "add phone"
