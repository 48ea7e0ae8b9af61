"""The text beside a photo: what is to be done with the phone on it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.command_parser import Command
from bot.domain.labels.reading import Label, LabelReading
from bot.domain.photo_captions import TAKES, PhotoWish, fills, only_read, owner_alone, photo_wish
from bot.operations import COMMANDS, OPERATIONS, PARSER

MAC, SHOWN, PID = "6C5E3BA0B1C2", "6C:5E:3B:A0:B1:C2", "CP-8865-K9"
OTHER_MAC, OTHER_SHOWN = "D82E3EEF4E5C", "D8:2E:3E:EF:4E:5C"
ONE = LabelReading((Label((MAC,), PID),), PID)
TWO = LabelReading((Label((MAC,), PID), Label((OTHER_MAC,), PID)), PID)
LINES = f"{SHOWN} {PID}\n{OTHER_SHOWN} {PID}"
CHOICE = LabelReading((Label((MAC, OTHER_MAC), "ATA192-3PW-K9"),), "ATA192-3PW-K9")
NOTHING = LabelReading(codes=1)


def unread(text: str, reading: LabelReading = ONE) -> str:
    wish = photo_wish(PARSER, PARSER.parse_all(text), text, reading)
    return wish.unread if wish else ""


def meant(text: str, reading: LabelReading = ONE) -> Command | None:
    wish = photo_wish(PARSER, PARSER.parse_all(text) if text else (), text, reading)
    return wish.command if wish else None


def add(**inputs: str) -> Command:
    return Command("add phone", inputs)


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("for bob@acme.example", "bob@acme.example"),
        ("bob@acme.example", "bob@acme.example"),
        ("for Bob Keller", "Bob Keller"),
        ("für Bob", "Bob"),
        ("add phone for bob@acme.example", "bob@acme.example"),
        ("please add this phone for Bob in Austin", "Bob in Austin"),
        ("Hello, this is for Bob. Thanks!", "Bob"),
        ("8865 for Bob", "Bob"),
    ],
)
def test_the_phone_is_added_for_the_one_who_is_named(text, owner):
    assert meant(text) == add(mac=SHOWN, model=PID, owner=owner)


@pytest.mark.parametrize(
    "text",
    [
        "phone of Bob",
        "Telefon von Bob",
        "das ist das neue Telefon von Bob",
        "le téléphone de Bob",
        "c'est le téléphone de Bob",
        "teléfono de Bob",
        "es el teléfono de Bob",
        "du Bob",
        "von Bob",
        "de Bob",
        "del Bob",
        "of Bob",
        "Bob's new phone",
        "it's Bob's",
        "this is Bob's phone",
        "the label of Bob's phone",
        "installed this at Bob",
        "plugged in at Bob's desk",
        "put it on Bob's desk",
        "this one goes to Bob",
        "just plugged in this phone for Bob",
        "this belongs to Bob",
        "das gehört Bob",
    ],
)
def test_words_that_only_describe_the_phone_tell_its_owner(text):
    assert meant(text) == add(mac=SHOWN, model=PID, owner="Bob")
    rows = "\n".join(f"{line} Bob" for line in LINES.splitlines())
    assert meant(text, TWO) == Command("add phones", {"rows": rows})


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("installed this at lobby lyon", "lobby lyon"),
        ("this one goes to the meeting room south", "meeting room south"),
        ("ext 1107", "ext 1107"),
    ],
)
def test_the_rest_of_the_words_is_the_owner(text, owner):
    assert meant(text) == add(mac=SHOWN, model=PID, owner=owner)
    assert unread(text) == ""


def test_words_behind_the_owner_are_not_taken_for_a_model():
    assert meant("Bob Keller, 2nd floor") == add(mac=SHOWN, model=PID, owner="Bob Keller")
    assert unread("Bob Keller, 2nd floor") == "2nd floor"
    assert unread("Bob Keller, 2nd floor", TWO) == "2nd floor"
    assert meant("Bob Keller, 8865") == add(mac=SHOWN, model=PID, owner="Bob Keller")


@pytest.mark.parametrize("text", ["this is installed", "voilà", "plugged in now", "this one"])
def test_words_that_only_point_name_nobody(text):
    assert meant(text) == add(mac=SHOWN, model=PID)


def test_what_is_not_to_be_done_is_not_understood():
    assert meant("don't add this for Bob") == add(mac=SHOWN, model=PID)
    assert unread("don't add this for Bob") == "don't add this for Bob"


def test_a_text_without_a_meaning_leaves_what_was_read():
    assert only_read("one two", ONE) == PhotoWish(add(mac=SHOWN, model=PID), "one two")
    assert only_read("one two", TWO).command == Command("add phones", {"rows": LINES})
    assert only_read("one two", BASES).command.verb == "add base"


@pytest.mark.parametrize(
    "text", ["", "hi", "thanks", "here is a photo", "photo", "this one", "good morning"]
)
def test_a_text_that_names_nobody_leaves_the_owner_open(text):
    assert meant(text) == add(mac=SHOWN, model=PID)


@pytest.mark.parametrize(
    "text",
    [
        "device",
        "devices",
        "what is this",
        "whose phone is this?",
        "who has this phone",
        "is this online?",
        "status?",
        "wem gehört das?",
        "wem gehört dieses Telefon?",
        "à qui est ce téléphone",
        "de quién es este teléfono",
    ],
)
def test_a_question_is_about_the_device_in_the_photo(text):
    assert meant(text) == Command("device", {"text": f"{SHOWN} {PID}"})


@pytest.mark.parametrize("text", ["phone for Bob", "Telefon für Bob", "un teléfono para Bob"])
def test_a_phone_for_somebody_is_no_search(text):
    assert meant(text) == add(mac=SHOWN, model=PID, owner="Bob")


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("for bob@acme.example", "bob@acme.example"),
        ("this is for Bob Keller", "Bob Keller"),
        ("für Bob", "Bob"),
        ("pour Bob", "Bob"),
        ("para Bob Keller", "Bob Keller"),
        ("phone for Bob", "Bob"),
        ("this one goes to the lobby", "lobby"),
        ("installed at Bob's desk", "Bob"),
    ],
)
def test_words_for_whom_a_phone_is_complete_a_form(text, owner):
    assert owner_alone(PARSER, PARSER.parse_all(text), text) == {"owner": owner}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Bob",
        "devices for Bob",
        "activation code for Bob",
        "help",
        "8865 for Bob",
        "yes",
        "Bob's phone",
    ],
)
def test_other_words_complete_no_form(text):
    assert owner_alone(PARSER, PARSER.parse_all(text), text) == {}


def test_a_photo_fills_in_a_form_that_lacks_one():
    owner = {"owner": "Bob"}
    assert fills("add phone", owner, ONE) == {"mac": SHOWN, "model": PID, **owner}
    assert fills("swap phone", {"device": "Kim"}, ONE)["mac"] == SHOWN
    assert fills("add base", {"network": "Lobby"}, BASES)["bases"] == f"{SHOWN}\n{OTHER_SHOWN}"


def test_a_photo_fills_in_no_other_form():
    assert fills("add phone", {"mac": OTHER_SHOWN}, ONE) == {}
    assert fills("add phone", {}, TWO) == {}
    assert fills("add phone", {}, BASES) == {}
    assert fills("add base", {}, ONE) == {}
    assert fills("activation code", {}, ONE) == {}
    assert fills("add handset", {}, ONE) == {}


def test_a_reason_stays_one():
    assert meant("for Bob because his broke") == add(
        mac=SHOWN, model=PID, owner="Bob", reason="his broke"
    )


@pytest.mark.parametrize(
    ("text", "command"),
    [
        (
            "swap Kim's phone",
            Command("swap phone", {"device": "Kim's phone", "mac": SHOWN, "model": PID}),
        ),
        (
            "replace Kim's phone with this one",
            Command("swap phone", {"device": "Kim's phone", "mac": SHOWN, "model": PID}),
        ),
        (
            f"swap {OTHER_SHOWN}",
            Command("swap phone", {"device": OTHER_SHOWN, "mac": SHOWN, "model": PID}),
        ),
        ("activation code for Bob", Command("activation code", {"owner": "Bob", "model": PID})),
        ("delete this phone", Command("delete device", {"device": SHOWN})),
        ("delete Kim's phone", Command("delete device", {"device": "Kim's phone"})),
        ("tag this +lobby", Command("tag", {"device": SHOWN, "tags": "+lobby"})),
        (
            "move this phone to bob@acme.example",
            Command("move phone", {"device": SHOWN, "owner": "bob@acme.example"}),
        ),
        ("add phones", Command("add phones", {"rows": f"{SHOWN} {PID}"})),
    ],
)
def test_another_command_has_the_phone_of_the_photo(text, command):
    assert meant(text) == command


BASES = LabelReading(
    (Label((MAC,), "DBS-210-3PC"), Label((OTHER_MAC,), "DBS-210-3PC")), "DBS-210-3PC"
)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        (
            "set up dect Lobby at Lyon",
            Command("set up dect", {"name": "Lobby", "location": "Lyon"}),
        ),
        ("add these to Lobby", Command("add base", {"network": "Lobby"})),
        ("add base to Lobby", Command("add base", {"network": "Lobby"})),
        ("", Command("add base", {})),
    ],
)
def test_base_stations_are_added_to_a_network(text, command):
    filled = meant(text, BASES)

    assert filled is not None
    assert filled.verb == command.verb
    assert filled.args["bases"] == f"{SHOWN}\n{OTHER_SHOWN}"
    assert command.args.items() <= filled.args.items()


def test_a_base_station_is_removed_by_its_photo():
    assert meant("remove this base", BASES) == Command("remove base", {"base": ""})


def test_the_phone_of_a_photo_fetches_its_configuration():
    assert meant("apply changes", ONE) == Command("apply changes", {"device": SHOWN})


@pytest.mark.parametrize("text", ["", "add phone", "add phones", "here is a photo"])
def test_several_labels_are_a_list(text):
    assert meant(text, TWO) == Command("add phones", {"rows": LINES})


@pytest.mark.parametrize(
    "text",
    ["for Bob", "add phone for Bob", "phone for Bob", "add phones for Bob", "add these for Bob"],
)
def test_several_labels_for_one_owner_are_a_list_with_that_owner(text):
    rows = "\n".join(f"{line} Bob" for line in LINES.splitlines())
    assert meant(text, TWO) == Command("add phones", {"rows": rows})


def test_several_labels_are_deleted_together():
    assert meant("delete these", TWO) == Command(
        "delete devices", {"rows": f"{SHOWN}\n{OTHER_SHOWN}"}
    )
    assert meant("move this to Bob", TWO) == Command("move phone", {"device": "", "owner": "Bob"})


def test_a_device_with_two_macs_is_looked_for_by_its_first():
    assert meant("delete this phone", CHOICE) == Command("delete device", {"device": SHOWN})
    assert meant("device", CHOICE) == Command("device", {"text": f"{SHOWN} ATA192-3PW-K9"})


def test_a_question_about_a_base_station_is_one_about_dect():
    base = LabelReading((Label((MAC,), "DBS-210-3PC"),), "DBS-210-3PC")
    assert meant("what is this?", base) == Command("dect", {"text": SHOWN})


def test_several_macs_of_one_phone_stand_in_the_form_for_a_choice():
    command = meant("for Bob", CHOICE)
    assert command == add(mac=f"{SHOWN} {OTHER_SHOWN}", model="ATA192-3PW-K9", owner="Bob")


def test_another_mac_that_was_typed_stands_beside_that_of_the_photo():
    assert meant(f"add phone {OTHER_SHOWN} for Bob") == add(
        mac=f"{OTHER_SHOWN} {SHOWN}", model=PID, owner="Bob"
    )


def test_another_model_that_was_typed_stands_beside_that_of_the_photo():
    assert meant("8845 for Bob") == add(mac=SHOWN, model=f"8845 {PID}", owner="Bob")


def test_a_photo_without_a_mac_leaves_the_form_as_it_was_typed():
    assert meant("for Bob", NOTHING) == add(owner="Bob")
    assert meant("", NOTHING) == add()
    assert meant("delete this phone", NOTHING) == Command("delete device", {})
    assert meant("for Bob", LabelReading(model=PID, codes=1)) == add(owner="Bob", model=PID)


@pytest.mark.parametrize(
    "text", ["help", "requests", "confirm", "undo", "delete Kim's phone\ndevices", "device Bob"]
)
def test_a_text_about_something_else_is_none_for_the_photo(text):
    assert meant(text) is None


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_a_photo_fills_fields_that_the_form_has(operation):
    if takes := TAKES.get(operation.name):
        assert {*filter(None, vars(takes).values())} <= operation.form.model_fields.keys()


def test_each_of_them_is_a_command():
    assert TAKES.keys() <= {command.name for command in COMMANDS}


@given(st.text(max_size=200))
def test_no_text_breaks_it(text):
    for reading in (ONE, TWO, CHOICE, NOTHING):
        meant(text, reading)
