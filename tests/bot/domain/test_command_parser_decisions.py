"""The grammar of commands that tag, delete, decide and administer."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.models.request_codes import ALPHABET
from bot.core.models.text import clean
from bot.domain.command_parser import Command, Unknown
from bot.operations import PARSER

MAC = "00:11:22:33:44:55"


@pytest.mark.parametrize(
    ("text", "verb", "args"),
    [
        ("tag", "tag", {}),
        (f"tag {MAC} +a", "tag", {"device": MAC, "tags": "+a"}),
        ("tag Meeting Room North +a -b", "tag", {"device": "Meeting Room North", "tags": "+a -b"}),
        ("tag Meeting Room North -b", "tag", {"device": "Meeting Room North", "tags": "-b"}),
        ("TAG Lobby +A,+b -C", "tag", {"device": "Lobby", "tags": "+A,+b -C"}),
        ("tag Lobby-West +x", "tag", {"device": "Lobby-West", "tags": "+x"}),
        ("tag Lobby + x", "tag", {"device": "Lobby + x"}),
        ("tag Lobby", "tag", {"device": "Lobby"}),
        ("tag +a -b", "tag", {"tags": "+a -b"}),
        ("delete device", "delete device", {}),
        (f"delete device {MAC}", "delete device", {"device": MAC}),
        ("Delete Device Meeting Room South", "delete device", {"device": "Meeting Room South"}),
        (f"delete {MAC}", "delete device", {"device": MAC}),
        ("remove device Lobby", "delete device", {"device": "Lobby"}),
        ("approve 7K3F", "approve", {"request": "7K3F"}),
        ("approve", "approve", {}),
        ("APPROVE 7k3f!", "approve", {"request": "7K3F"}),
        ("approve #7K3F", "approve", {"request": "7K3F"}),
        (
            "reject 7K3F because it is too dear",
            "reject",
            {"request": "7K3F", "reason": "it is too dear"},
        ),
        ("reject 7K3F because: no", "reject", {"request": "7K3F", "reason": "no"}),
        ("reject 7K3F Because, no", "reject", {"request": "7K3F", "reason": "no"}),
        (
            "reject 7K3F because of the budget",
            "reject",
            {"request": "7K3F", "reason": "of the budget"},
        ),
        (
            "reject 7K3F no because never",
            "reject",
            {"request": "7K3F", "reason": "no because never"},
        ),
        ("reject 7K3F too dear", "reject", {"request": "7K3F", "reason": "too dear"}),
        ("reject 7K3F becausewhat", "reject", {"request": "7K3F", "reason": "becausewhat"}),
        ("reject 7K3F", "reject", {"request": "7K3F"}),
        ("reject 7K3F because", "reject", {"request": "7K3F"}),
        ("reject because no", "reject", {"reason": "no"}),
        ("reject", "reject", {}),
        ("approvals", "approvals", {}),
        ("cancel 7K3F", "cancel", {"text": "7K3F"}),
        ("cancel 7K3F because it is wrong", "cancel", {"text": "7K3F"}),
        ("cancel 7K3F, it is wrong", "cancel", {"text": "7K3F"}),
        ("grant", "grant", {}),
        ("grant ann@example.com", "grant", {"who": "ann@example.com"}),
        (
            "grant ann@example.com technician",
            "grant",
            {"who": "ann@example.com", "role": "technician"},
        ),
        (
            "grant @example.com viewer at Lyon",
            "grant",
            {"who": "@example.com", "role": "viewer", "location": "Lyon"},
        ),
        (
            "Grant Ann@Example.com Viewer AT Lyon Sud",
            "grant",
            {"who": "Ann@Example.com", "role": "Viewer", "location": "Lyon Sud"},
        ),
        (
            "revoke ann@example.com technician",
            "revoke",
            {"who": "ann@example.com", "role": "technician"},
        ),
        (
            "revoke @example.com viewer at Lyon",
            "revoke",
            {"who": "@example.com", "role": "viewer", "location": "Lyon"},
        ),
        ("access", "access", {}),
        ("audit", "audit", {}),
    ],
)
def test_typed_decisions_are_understood(text, verb, args):
    parsed = PARSER.parse(text)
    assert isinstance(parsed, Command), parsed
    assert (parsed.verb, dict(parsed.args)) == (verb, args)


@pytest.mark.parametrize(
    ("text", "guess"),
    [
        ("aprove 7K3F", "approve 7K3F"),
        ("rejct 7K3F because no", "reject 7K3F because no"),
        ("grnat ann@example.com viewer", "grant ann@example.com viewer"),
    ],
)
def test_a_misspelt_decision_is_not_executed_but_suggested(text, guess):
    parsed = PARSER.parse(text)
    assert isinstance(parsed, Unknown), parsed
    assert guess in parsed.guesses


# With a letter that no MAC has (three numbers as tags would look like one), and one that English
# words for commands do not end in: `tag kitchen as +loud` is about the kitchen.
WORD = st.from_regex(r"[A-Za-z0-9äöü]{0,7}[jJöüÖ]", fullmatch=True)
NAMES = st.lists(WORD, min_size=1, max_size=4).map(" ".join)


@given(NAMES, st.lists(st.tuples(st.sampled_from("+-"), WORD), min_size=1, max_size=4))
def test_names_and_tags_are_separated(name, tags):
    written = " ".join(sign + tag for sign, tag in tags)
    parsed = PARSER.parse(f"tag {name} {written}")
    assert isinstance(parsed, Command)
    assert dict(parsed.args) == {"device": name, "tags": written}


CODE = st.from_regex(rf"[{ALPHABET}]{{3}}[34679]", fullmatch=True)


@given(CODE, st.text(min_size=1, max_size=60))
def test_a_reason_is_kept_word_for_word(code, reason):
    said = clean(reason).rstrip("!?").strip()
    parsed = PARSER.parse(f"reject {code} because {reason}")
    assert isinstance(parsed, Command)
    expected = re.sub(r"^(because\b)?[\s:,]*", "", said, count=1, flags=re.IGNORECASE)
    assert parsed.args.get("reason", "") in (said, expected, said.lstrip(" :,"))
    assert parsed.args["request"] == code


@given(
    st.sampled_from(["tag", "delete device", "approve", "reject", "grant", "revoke", "cancel"]),
    st.text(),
)
def test_no_text_breaks_the_parser(verb, text):
    parsed = PARSER.parse(f"{verb} {text}")
    if isinstance(parsed, Command):
        # A MAC is shown where the text asks about it; `grant` can be the name of an owner.
        assert parsed.verb in (verb, "device", "add phone")
        assert all(value and value == value.strip() for value in parsed.args.values())
    else:
        assert parsed.negated or PARSER.by_name[verb].acts_at_once


@pytest.mark.parametrize(
    ("text", "device", "tags"),
    [
        (f"remove lobby tag from {MAC}", MAC, "-lobby"),
        ("remove the tag lobby from Kim's 8845", "Kim's 8845", "-lobby"),
        (f"take the tag lobby off {MAC}", MAC, "-lobby"),
        ("take the tag lobby off the phone of Kim", "the phone of Kim", "-lobby"),
        (f"entferne den Tag lobby von {MAC}", MAC, "-lobby"),
        ("add the tags lobby and door to Kim's 8845", "Kim's 8845", "+lobby +door"),
        (f"tag {MAC} remove lobby", MAC, "-lobby"),
        (f"tag {MAC} with lobby and door, remove old", MAC, "+lobby +door -old"),
        ("tag the phone of Erin with desk", "the phone of Erin", "+desk"),
        # The signs are not clear: the form asks.
        (f"untag {MAC} +austin", MAC, "austin"),
        (f"tag {MAC} -austin lobby", MAC, "-austin lobby"),
    ],
)
def test_words_tell_whether_a_tag_is_added_or_removed(text, device, tags):
    parsed = PARSER.parse(text)
    assert isinstance(parsed, Command), parsed
    assert parsed.verb == "tag"
    assert parsed.args["tags"] == tags
    assert device.removeprefix("the phone of ") in parsed.args["device"]


def test_a_device_of_somebody_called_tag_can_be_deleted():
    assert PARSER.parse("delete phone of Mark Tag") == Command(
        "delete device", {"device": "Mark Tag"}
    )


@pytest.mark.parametrize(
    ("text", "verb", "who"),
    [
        ("remove sam's access", "revoke", "sam"),
        ("delete sam's role", "revoke", "sam"),
        ("remove kim from the allowlist", "revoke", "kim"),
        ("grant access to sam", "grant", "sam"),
        ("take away sam's role", "revoke", "sam"),
        ("take away sam's access", "revoke", "sam"),
    ],
)
def test_access_is_given_and_taken_not_a_device(text, verb, who):
    assert PARSER.parse(text) == Command(verb, {"who": who})


@pytest.mark.parametrize(
    ("text", "verb", "args"),
    [
        ("add sam to the approvers", "grant", {"role": "approver"}),
        ("add sam to the approvers in Berlin", "grant", {"role": "approver", "location": "Berlin"}),
        ("remove sam from the approvers", "revoke", {"role": "approver"}),
        ("grant sam technician and approver", "grant", {"role": "technician and approver"}),
        ("grant sam technician, approver", "grant", {"role": "technician and approver"}),
        ("grant sam technician at Admin Building", "grant",
         {"role": "technician", "location": "Admin Building"}),
    ],
)  # fmt: skip
def test_roles_are_read_in_the_plural_and_two_at_a_time(text, verb, args):
    assert PARSER.parse(text) == Command(verb, {"who": "sam"} | args)


@pytest.mark.parametrize("text", ["remove the engineers phone", "delete phone of the technicians"])
def test_a_phone_of_people_with_a_role_is_a_device(text):
    parsed = PARSER.parse(text)
    assert isinstance(parsed, Command)
    assert parsed.verb == "delete device"


@pytest.mark.parametrize("text", ["who is admin", "who may do what?", "who are the admins"])
def test_a_question_for_the_roles_shows_them(text):
    assert PARSER.parse(text) == Command("access", {})


@pytest.mark.parametrize("text", ["I deleted {} yesterday", "Kim tagged {}", "we cancelled {}"])
def test_what_was_done_is_not_done_again(text):
    parsed = PARSER.parse(text.format(MAC))
    assert isinstance(parsed, Command)
    assert parsed.verb == "device"


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("add phone {} 8865 for An Nguyen", "An Nguyen"),
        ("add phone {} 8865 in For Rent", "For Rent"),
        ("add phone {} 8865 for Ann Add", "Ann Add"),
        ("Grant Hill needs an 8865 {}", "Grant Hill"),
        ("add phone {} 8865 for Der Tag", "Der Tag"),
        ("add phone {} 8865 in Room No 5", "Room No 5"),
        ("add phone {} 8865 in Do Not Disturb Room", "Do Not Disturb Room"),
        ("add phone {} 8865 for Since Lee", "Since Lee"),
    ],
)
def test_small_words_and_verbs_may_be_names(text, owner):
    parsed = PARSER.parse(text.format("D8:2E:3E:EF:4E:A1"))
    assert isinstance(parsed, Command), parsed
    assert (parsed.verb, parsed.args["owner"]) == ("add phone", owner)


def test_the_number_of_a_room_is_no_negation():
    assert PARSER.parse("Room No 5") == Unknown("Room No 5", (), "Room No 5")


HOLDERS = {
    "sam": [
        "grant sam technician{}",
        "make sam a technician{}",
        "give sam the role technician{}",
        "give sam the technician role{}",
        "add sam as technician{}",
        "promote sam to technician{}",
        "sam needs the role technician{}",
        "take the role technician{} from sam",
        "remove technician from sam{}",
        "revoke sam technician{}",
        "grant technician to sam{}",
        "grant technician for sam{}",
        "grant technician{} to sam",
    ],
    "sam@acme.example": [
        "grant sam@acme.example technician{}",
        "grant mailto:sam@acme.example technician{}",
        "grant technician for sam@acme.example{}",
    ],
}
PLACES = {
    "": "",
    " at Berlin": "Berlin",
    " in Berlin": "Berlin",
    " for Berlin": "Berlin",
    " on Berlin": "Berlin",
    " in the Berlin office": "Berlin office",
    " only in Berlin": "Berlin",
    " für Berlin": "Berlin",
    " in": "in",
    " in Berlin and Lyon": "Berlin and Lyon",
    " everywhere": "everywhere",
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("text", "who"), [(text, who) for who, texts in HOLDERS.items() for text in texts]
)
def test_no_place_gets_lost_wherever_it_stands(text, who, place):
    parsed = PARSER.parse(text.format(place))
    assert isinstance(parsed, Command), parsed
    assert parsed.verb == ("revoke" if text.split()[0] in ("take", "remove", "revoke") else "grant")
    assert parsed.args["role"] == "technician"
    assert parsed.args["who"].removeprefix("mailto:") == who
    assert parsed.args.get("location", "") == PLACES[place]


@pytest.mark.parametrize(
    ("text", "who", "location"),
    [
        ("grant sam technician Berlin", "sam", "Berlin"),
        ("grant sam technician, Berlin", "sam", "Berlin"),
        ("grant sam technician (Berlin)", "sam", "Berlin"),
        ("make sam a Berlin technician", "sam", "Berlin"),
        ("grant Berlin technician to sam", "sam", "Berlin"),
        ("grant sam@acme.example Berlin technician", "sam@acme.example", "Berlin"),
        ("grant Sam Stone <sam@acme.example> technician (Berlin)",
         "Sam Stone <sam@acme.example", "Berlin"),
        ("grant sam technician access to Berlin", "sam", "Berlin"),
        ("grant sam technician rights for Berlin", "sam", "Berlin"),
        ("grant sam technician near Berlin", "sam", "near Berlin"),
        ("grant @acme.example technician for Berlin", "@acme.example", "Berlin"),
        ("grant Anna von Berg technician in Berlin", "Anna von Berg", "Berlin"),
        ("grant sam technician in the office on the hill", "sam", "office on the hill"),
        ("grant sam technician everywhere but not Berlin", "sam",
         "everywhere but not Berlin"),
        ("grant sam technician, not in Berlin", "sam", "not in Berlin"),
        ("grant sam technician, not admin", "sam", ""),
    ],
)  # fmt: skip
def test_what_is_neither_person_nor_role_is_a_place(text, who, location):
    parsed = PARSER.parse(text)
    assert isinstance(parsed, Command), parsed
    assert parsed.args["role"] == "technician"
    assert (parsed.args["who"].rstrip(">"), parsed.args.get("location", "")) == (who, location)
