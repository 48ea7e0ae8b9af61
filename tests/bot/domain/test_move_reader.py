"""Which phone goes to whom: as people say it, with and without the verb."""

import pytest

from bot.domain.command_parser import Unknown
from bot.operations import PARSER
from tests.bot.domain.two_phones import read

MAC = "00:11:22:33:44:55"


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        (f"move {MAC} to kim@example.com", "kim@example.com"),
        (f"reassign {MAC} to Sam Stone", "Sam Stone"),
        (f"transfer the phone {MAC} to Lobby Berlin", "Lobby Berlin"),
        (f"move {MAC} in Lobby Berlin", "Lobby Berlin"),
        (f"move {MAC} for Kim Lee", "Kim Lee"),
        (f"move {MAC} to Lobby in Berlin", "Lobby in Berlin"),
        (f"move {MAC} in Desk for Visitors", "Desk for Visitors"),
        (f"move phone {MAC} from kim@example.com to sam@example.com", "sam@example.com"),
        (f"move {MAC} to sam@example.com from kim@example.com", "sam@example.com"),
        (f"move the phone {MAC} of Kim to Sam", "Sam"),
        (f"move to Sam {MAC}", "Sam"),
        (f"move {MAC} sam@example.com", "sam@example.com"),
        (f"reassign {MAC}: Sam Stone", "Sam Stone"),
        (f"move {MAC} -> Sam Stone", "Sam Stone"),
        ("move MAC: 0011.2233.4455 to Sam", "Sam"),
        ("move SEP001122334455 to Sam", "Sam"),
        (f"phone {MAC} moves to Sam", "Sam"),
        (f"Kim left, move {MAC} to Sam", "Sam"),
        (f"move {MAC} to Sam, not to Jack", "Sam"),
        (f"move {MAC} to Jack, sorry, to Sam", "Sam"),
        (f"move {MAC} to Jack, no wait, Sam Stone", "Sam Stone"),
        (f"move the phone {MAC} over to Sam", "Sam"),
        (f"move {MAC} to Sam Stone, thanks", "Sam Stone"),
        (f"move {MAC} to PEOPLE:Y2lzY29zcGFy", "PEOPLE:Y2lzY29zcGFy"),
        (f"mvoe {MAC} to Sam", "Sam"),
        (f"change the owner of {MAC} to Sam", "Sam"),
        (f"new owner of {MAC}: Sam Stone", "Sam Stone"),
        (f"the new owner of {MAC} is Sam Stone", "Sam Stone"),
        (f"verschiebe {MAC} zu Sam", "Sam"),
        (f"{MAC} zu Sam umziehen", "Sam"),
        (f"déplacer {MAC} à Sam", "Sam"),
        (f"mover {MAC} a Sam", "Sam"),
        (f"Kim moved to the desk of Jack, give {MAC} to Sam Stone", "Sam Stone"),
    ],
)
def test_the_new_owner_of_a_mac_is_read(text, owner):
    assert read(text) == ("move phone", {"device": MAC, "owner": owner})


@pytest.mark.parametrize(
    ("text", "device", "owner"),
    [
        ("move Kim's phone to Lobby Berlin", "Kim's phone", "Lobby Berlin"),
        ("move Kim's phone in Lobby Berlin", "Kim's phone", "Lobby Berlin"),
        ("move the phone in Lobby Berlin to Kim", "Lobby Berlin", "Kim"),
        ("move the 8845 of Kim Lee to Sam", "8845 of Kim Lee", "Sam"),
        ("move Kim's old phone to Sam", "Kim's phone", "Sam"),
        ("move the phone from Kim to Sam", "Kim", "Sam"),
        ("move the 8845 from Kim to Sam", "8845 Kim", "Sam"),
        (
            "move phone from kim@example.com to sam@example.com",
            "kim@example.com",
            "sam@example.com",
        ),
        ("move kim@example.com sam@example.com", "kim@example.com", "sam@example.com"),
        ("move the phone with extension 1107 to Sam", "extension 1107", "Sam"),
        ("move Kim Lee to Berlin", "Kim Lee", "Berlin"),
        ("Kim's phone is free, move it to Sam", "Kim's phone", "Sam"),
        ("move to Sam Stone the phone of Kim", "Kim", "Sam Stone"),
        ("new owner of Kim's phone: Sam", "Kim's phone", "Sam"),
        ("give the phone of Kim to Sam Stone", "Kim", "Sam Stone"),
        ("give Kim's phone to Sam", "Kim's phone", "Sam"),
        ("give Sam Kim's phone", "Kim's phone", "Sam"),
        ("give Sam Stone the phone of Kim Lee", "Kim Lee", "Sam Stone"),
        ("assign Kim's 8845 to Sam", "Kim's 8845", "Sam"),
        ("Sam gets Kim's phone", "Kim's phone", "Sam"),
        ("Sam Stone takes over the phone of Kim Lee", "Kim Lee", "Sam Stone"),
        ("Sam gets the 8845 from Kim", "8845 Kim", "Sam"),
        ("Kim's phone goes to Sam Stone", "Kim's phone", "Sam Stone"),
        ("the phone of Kim should go to Sam", "Kim", "Sam"),
        ("the 8845 of Kim goes to Sam", "8845 of Kim", "Sam"),
        ("Kims Telefon geht an Sam Stone", "Kims Telefon", "Sam Stone"),
        ("give Kim's phone back to Sam", "Kim's phone", "Sam"),
        ("move Kim's phone back to Sam", "Kim's phone", "Sam"),
        ("Back Office gets Kim's phone", "Kim's phone", "Back Office"),
        ("give Kim's phone to my colleague Sam Stone", "Kim's phone", "Sam Stone"),
        ("move Kim's phone to my colleague Sam", "Kim's phone", "Sam"),
        ("meine Kollegin Sam Stone bekommt das Telefon von Kim", "Kim", "Sam Stone"),
        ("Kims Telefon zu Sam verschieben", "Kims Telefon", "Sam"),
        ("übertrage das Telefon von Kim an Sam", "Kim", "Sam"),
        ("gib Sam das Telefon von Kim", "Kim", "Sam"),
        ("Sam bekommt Kims Telefon", "Kims Telefon", "Sam"),
        ("transférer le téléphone de Kim à Sam", "Kim", "Sam"),
        ("mover el teléfono de Kim a Sam", "Kim", "Sam"),
    ],
)
def test_the_phone_may_be_named_by_who_has_it(text, device, owner):
    assert read(text) == ("move phone", {"device": device, "owner": owner})


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("move phone", {}),
        (f"move phone {MAC}", {"device": MAC}),
        (f"move phone {MAC} of Kim", {"device": MAC}),
        (f"move {MAC} to", {"device": MAC}),
        ("move phone Lobby Berlin", {"device": "Lobby Berlin"}),
        ("move phone in Lobby Berlin", {"device": "Lobby Berlin"}),
        ("move Kim's phone", {"device": "Kim's phone"}),
        ("Kim left, move her phone to Sam", {"owner": "Sam"}),
        (f"move {MAC} and {MAC[:-2]}66 to Sam", {"device": f"{MAC}, {MAC[:-2]}66", "owner": "Sam"}),
        (
            f"move {MAC} to Sam because Kim left",
            {"device": MAC, "owner": "Sam", "reason": "Kim left"},
        ),
    ],
)
def test_what_is_missing_or_not_clear_is_asked_for(text, inputs):
    assert read(text) == ("move phone", inputs)


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("Kim gets a new phone", "add phone"),
        ("Kim gets an 8865", "add phone"),
        ("give Sam a new phone", "add phone"),
        ("give Kim a 8845 d82e3eef4ec4", "add phone"),
        ("give D8:2E:3E:EF:4E:5C 8865 to Sam", "add phone"),
        ("add phone D8:2E:3E:EF:4E:5C 8865, new owner Sam", "add phone"),
        ("who gets Kim's phone", "device"),
        ("what phone does Kim have", "device"),
        ("rename Kim's phone to Sam", "device"),
        ("Kim's phone goes to voicemail", "device"),
        ("where does Kim's phone go to", "device"),
        (f"Kim left, give {MAC} 8845 to Sam", "add phone"),
        (f"delete {MAC} and move on", "delete device"),
    ],
)
def test_not_every_phone_for_somebody_is_moved(text, verb):
    assert read(text)[0] == verb


@pytest.mark.parametrize(
    "text", [f"don't move {MAC} to Sam", "please do not give Kim's phone to Sam"]
)
def test_what_is_not_to_be_moved_is_not_moved(text):
    (parsed,) = PARSER.parse_all(text)
    assert isinstance(parsed, Unknown)
    assert parsed.negated
