"""Whole sentences that new users wrote, and what is read of them."""

import pytest

from bot.domain.command_parser import Command
from bot.operations import PARSER


@pytest.mark.parametrize(
    ("text", "verb", "args"),
    [
        (
            "please add a new phone for Bob Keller, it's an 8865, mac 00 11 22 33 44 66",
            "add phone",
            {"mac": "00:11:22:33:44:66", "model": "8865", "owner": "Bob Keller"},
        ),
        (
            "bob got a new phone",
            "add phone",
            {"owner": "bob"},
        ),
        (
            "I need an activation code for the lobby",
            "activation code",
            {"owner": "the lobby"},
        ),
        (
            "give Kim a 8845 d82e3eef4ec4",
            "add phone",
            {"mac": "D8:2E:3E:EF:4E:C4", "model": "8845", "owner": "Kim"},
        ),
        ("status", "requests", {}),
        (
            "add fone 8845 00:23:AA:BB:CC:41 for kim",
            "add phone",
            {"mac": "00:23:AA:BB:CC:41", "model": "8845", "owner": "kim"},
        ),
        (
            "add phnoe 8845 00:23:AA:BB:CC:41 for kim",
            "add phone",
            {"mac": "00:23:AA:BB:CC:41", "model": "8845", "owner": "kim"},
        ),
        (
            "add phoen 8845 00:23:AA:BB:CC:41 for kim",
            "add phone",
            {"mac": "00:23:AA:BB:CC:41", "model": "8845", "owner": "kim"},
        ),
        (
            "for carol 8845 00:23:AA:BB:CC:41, she is in Lyon",
            "add phone",
            {"mac": "00:23:AA:BB:CC:41", "model": "8845", "owner": "carol in Lyon"},
        ),
        (
            "add 8845 00:23:AA:BB:CC:41 for carol, she's in Lyon",
            "add phone",
            {"mac": "00:23:AA:BB:CC:41", "model": "8845", "owner": "carol in Lyon"},
        ),
        (
            "delete 0011223344D4 cause display is dead",
            "delete device",
            {"device": "0011223344D4", "reason": "display is dead"},
        ),
        (
            "delete 0011223344D4 cuz it died",
            "delete device",
            {"device": "0011223344D4", "reason": "it died"},
        ),
        (
            "delete 0011223344D4 b/c it died",
            "delete device",
            {"device": "0011223344D4", "reason": "it died"},
        ),
        (
            "delete 0011223344D4 as it is dead",
            "delete device",
            {"device": "0011223344D4", "reason": "as it is dead"},
        ),
        (
            "delete 0011223344D4, display broken",
            "delete device",
            {"device": "0011223344D4", "reason": "display broken"},
        ),
        (
            "delete 0011223344D4 it's broken",
            "delete device",
            {"device": "0011223344D4", "reason": "it's broken"},
        ),
        (
            "delete device franks phone its broken",
            "delete device",
            {"device": "franks phone", "reason": "its broken"},
        ),
        ("delete device Broken Hill Lobby", "delete device", {"device": "Broken Hill Lobby"}),
        ("delete device Lobby, Broken", "delete device", {"device": "Lobby, Broken"}),
        ("what's up with phone of grace", "device", {"text": "grace"}),
        ("reboot the phone of grace", "restart phone", {"text": "of grace"}),
        ("what's the status of K4WR?", "requests", {"text": "K4WR"}),
        ("status of erin", "device", {"text": "erin"}),
        (
            "ad phone D82E3EEF4EA1 8865 for kim, thanks! 👍",
            "add phone",
            {"mac": "D8:2E:3E:EF:4E:A1", "model": "8865", "owner": "kim"},
        ),
        ("how do I add a phone?", "help", {"text": "add a phone"}),
        (
            "remove 00:11:22:33:44:55",
            "delete device",
            {"device": "00:11:22:33:44:55"},
        ),
        (
            "can you add phone D8:2E:3E:EF:4E:5C 8865 for Kim?",
            "add phone",
            {"mac": "D8:2E:3E:EF:4E:5C", "model": "8865", "owner": "Kim"},
        ),
        (
            "make sam a technician",
            "grant",
            {"who": "sam", "role": "technician"},
        ),
        (
            "neues Telefon für Bob Keller 8865 D82E3EEF4EA1",
            "add phone",
            {"mac": "D8:2E:3E:EF:4E:A1", "model": "8865", "owner": "Bob Keller"},
        ),
        (
            "ajouter un téléphone pour Kim",
            "add phone",
            {"owner": "Kim"},
        ),
        (
            "añadir teléfono para Kim",
            "add phone",
            {"owner": "Kim"},
        ),
        (
            "add phone d82e3eef4ee3 cisco cp-8865 for kim",
            "add phone",
            {"mac": "D8:2E:3E:EF:4E:E3", "model": "cisco cp-8865", "owner": "kim"},
        ),
        (
            "add phone d82e3eef4ee3 CP-8865-3PW-NA-K9= for kim",
            "add phone",
            {"mac": "D8:2E:3E:EF:4E:E3", "model": "CP-8865-3PW-NA-K9=", "owner": "kim"},
        ),
        (
            "add phone d82e3eef4ee3 FCH2345ABCD 8865 for kim",
            "add phone",
            {"mac": "D8:2E:3E:EF:4E:E3", "model": "8865", "owner": "kim"},
        ),
        (
            "add phone D82E3EEF4EA1 8865 kim@acme.example",
            "add phone",
            {"mac": "D8:2E:3E:EF:4E:A1", "model": "8865", "owner": "kim@acme.example"},
        ),
        (
            "add phone for bob@acme.example 8865 00:11:22:33:44:66",
            "add phone",
            {"mac": "00:11:22:33:44:66", "model": "8865", "owner": "bob@acme.example"},
        ),
        (
            "add phone D82E3EEF4EA1 8865 to Kim",
            "add phone",
            {"mac": "D8:2E:3E:EF:4E:A1", "model": "8865", "owner": "Kim"},
        ),
        (
            "add phone D82E3EEF4EA1, 8865, Kim Larsen",
            "add phone",
            {"mac": "D8:2E:3E:EF:4E:A1", "model": "8865", "owner": "Kim Larsen"},
        ),
        (
            "mac=D82E3EEF4EA1 model=8865 for=Kim",
            "add phone",
            {"mac": "D8:2E:3E:EF:4E:A1", "model": "8865", "owner": "Kim"},
        ),
        (
            "D82E3EEF4EA1;8865;kim@acme.example",
            "add phone",
            {"mac": "D8:2E:3E:EF:4E:A1", "model": "8865", "owner": "kim@acme.example"},
        ),
        (
            "hey, add phone D82E3EEF4EA1 8865 for Kim thanks!",
            "add phone",
            {"mac": "D8:2E:3E:EF:4E:A1", "model": "8865", "owner": "Kim"},
        ),
        (
            "ad phone D82E3EEF4EA1 8865 for Kim",
            "add phone",
            {"mac": "D8:2E:3E:EF:4E:A1", "model": "8865", "owner": "Kim"},
        ),
        (
            "add tag lobby to 00:11:22:33:44:55",
            "tag",
            {"device": "00:11:22:33:44:55", "tags": "+lobby"},
        ),
        (
            "tag 00:11:22:33:44:55 lobby",
            "tag",
            {"device": "00:11:22:33:44:55", "tags": "+lobby"},
        ),
        (
            "tag 00:11:22:33:44:55 #vip",
            "tag",
            {"device": "00:11:22:33:44:55", "tags": "+vip"},
        ),
        (
            "delete the phone of frank weber",
            "delete device",
            {"device": "frank weber"},
        ),
    ],
)
def test_a_sentence_about_a_change_fills_in_what_it_says(text, verb, args):
    assert PARSER.parse(text) in (Command(verb, args), Command(verb, args, corrected=True))


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("what is 00:11:22:33:44:55", "device"),
        ("who has 00:11:22:33:44:55", "device"),
        ("who has extension 1234", "device"),
        ("find Erin", "devices"),
        ("where are my requests", "requests"),
        ("what can you do", "help"),
        ("00:11:22:33:44:55", "device"),
        ("69FW", "request"),
        ("thanks", "thanks"),
        ("ok", "yes"),
        ("👍", "yes"),
        ("bye", "bye"),
        ("yes", "yes"),
        ("no", "no"),
        ("confirm", "confirm"),
        ("stop", "stop"),
        ("exit", "bye"),
        ("test", "version"),
        ("version", "version"),
        ("who are you", "who are you"),
        ("hilfe", "help"),
        ("aide", "help"),
        ("ayuda", "help"),
        ("add these phones", "add phones"),
        ("add 3 phones", "add phones"),
        ("how do I add a phone?", "help"),
        ("dect networks", "dect"),
        ("show me the dect networks", "dect"),
        ("pairing sheet of Warehouse", "dect sheet"),
        ("print handsets of Warehouse", "dect sheet"),
        ("print the handsets of Warehouse", "dect sheet"),
        ("add base station to Warehouse", "add base"),
        ("add handset for kim", "add handset"),
        ("undo", "undo"),
        ("undo Y6AC", "undo"),
        ("request 69fw please", "request"),
        ("help add phone", "help"),
    ],
)
def test_a_question_or_a_word_gets_its_answer(text, verb):
    parsed = PARSER.parse(text)
    assert isinstance(parsed, Command)
    assert parsed.verb == verb
