"""What a message says about its command beside naming it: negations, questions, conditions."""

import pytest

from bot.domain.command_parser import Command, Unknown
from bot.operations import PARSER

MAC = "00:11:22:33:44:55"


@pytest.mark.parametrize(
    "text",
    [
        f"I don't want you to delete {MAC}",
        f"I don’t think that you should delete {MAC}",
        f"you must not remove the phone {MAC}",
        f"delete {MAC}? No, don't.",
        f"delete {MAC} - no, better not",
        f"delete {MAC}. On second thought, forget it",
        f"delete {MAC}, never mind",
        f"add phone {MAC} 8865 for Kim, no, wait",
        f"ich möchte nicht, dass du wartest, lösche das {MAC} nicht",
        f"lösche {MAC}, nein",
        f"instead of deleting {MAC} look at it",
        f"without deleting {MAC}, add D82E3EEF4EA1 8865 for Kim",
        "I can't approve 7K3F",
        "I won't approve 7K3F",
        "I cannot confirm 7K3F",
        "approve 7K3F? no",
        "cancel 7K3F - no, don't do it",
    ],
)
def test_what_is_not_to_be_done_or_taken_back_is_not_done(text):
    parsed = PARSER.parse(text)
    assert isinstance(parsed, Unknown), parsed
    assert parsed.negated


@pytest.mark.parametrize(
    "text",
    [
        f"Kim's phone does not work, delete {MAC}",
        f"it is not in use any more: delete {MAC}",
        f"there is no phone for Kim left, delete {MAC}",
        f"she doesn't work here and you can delete {MAC}",
    ],
)
def test_a_negation_in_another_clause_negates_nothing(text):
    parsed = PARSER.parse(text)
    assert isinstance(parsed, Command), parsed
    assert parsed.verb == "delete device"
    assert MAC in parsed.args["device"]


@pytest.mark.parametrize(
    "text",
    [
        f"should I delete {MAC}?",
        f"did you delete {MAC}",
        f"what happens if I delete {MAC}?",
        f"before you delete {MAC} tell me the owner",
        f"why would somebody delete {MAC}",
        f"when can I delete {MAC}",
        f"soll ich {MAC} löschen",
    ],
)
def test_a_question_about_a_change_shows_the_device(text):
    assert PARSER.parse(text) == Command("device", {"text": MAC})


@pytest.mark.parametrize("text", ["did someone delete Kim's phone?", "who can delete Kim's phone"])
def test_a_question_about_a_change_without_a_mac_is_asked_back(text):
    assert PARSER.parse(text) == Unknown(text.rstrip("?"), ("delete Kim's phone",))


@pytest.mark.parametrize(
    ("text", "guess"),
    [
        ("stop sending me messages", "stop"),
        ("stop by my office", "stop"),
        ("cancel the order for Kim", "cancel"),
        ("cancel 7K3F for Kim", "cancel 7K3F"),
        ("undo the deletion of Kim's phone", "undo"),
        ("confirm that Kim has a phone", "confirm"),
        ("please confirm that you got this", "confirm"),
        ("can I cancel 7K3F?", "cancel 7K3F"),
        ("should I approve 7K3F", "approve 7K3F"),
        ("maybe approve 7K3F", "approve 7K3F"),
        ("I think we should cancel 7K3F", "cancel 7K3F"),
        ("could somebody approve 7K3F?", "approve 7K3F"),
        ("who can approve 7K3F?", "approve 7K3F"),
        ("approve 7K3F tomorrow", "approve 7K3F"),
        ("approve tomorrow 7K3F", "approve 7K3F"),
        ("approve 7K3F only if Kim agrees", "approve 7K3F"),
        ("approve 7K3F but not for Kim", "approve 7K3F"),
        ("approve 7K3F never ever", "approve 7K3F"),
        ("approve or reject 7K3F?", "approve 7K3F"),
        ("reject 7K3F unless Kim agrees", "reject 7K3F"),
        ("lehne 7K3F nicht ab", "reject 7K3F"),
        ("genehmige nicht 7K3F", "approve 7K3F"),
        ("approve the request for 8865", "approve"),
        ("revert Kim's phone to 8845", "undo"),
        ("deny access to sam", "reject"),
        ("decline the meeting with Kim", "reject"),
    ],
)
def test_what_acts_at_once_is_asked_about_where_more_is_said(text, guess):
    parsed = PARSER.parse(text)
    assert isinstance(parsed, Unknown), parsed
    assert parsed.guesses == (guess,)
    assert not PARSER.acts_at_once(PARSER.parse_all(text))


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("please cancel my last request", "cancel"),
        ("undo the last change", "undo"),
        ("I want to cancel request 7K3F, please", "cancel"),
        ("can you confirm 7K3F?", "confirm"),
        ("stop it now", "stop"),
        ("approve 7K3F, looks good", "approve"),
        ("approve the request 7K3F because it is not too dear", "approve"),
        ("reject 7K3F not needed", "reject"),
        ("decline because it is too late", "reject"),
    ],
)
def test_what_acts_at_once_is_done_where_it_is_clear(text, verb):
    parsed = PARSER.parse(text)
    assert isinstance(parsed, Command), parsed
    assert parsed.verb == verb


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Mark Tag needs an 8865, mac D82E3EEF4EA1", "Mark Tag"),
        ("Will Stop needs an 8865 D82E3EEF4EA1", "Will Stop"),
        ("Please add D82E3EEF4EA1 8865 for Mary Delete", "Mary Delete"),
    ],
)
def test_a_surname_is_no_verb(text, name):
    parsed = PARSER.parse(text)
    assert isinstance(parsed, Command), parsed
    assert parsed.args == {"mac": "D8:2E:3E:EF:4E:A1", "model": "8865", "owner": name}


@pytest.mark.parametrize(
    "text",
    [
        "add phone D82E3EEF4EA1 8865, not 8845 for Kim",
        "add phone D82E3EEF4EA1 8865 not an 8845 for Kim",
        "Kim's old one is broken, add phone D82E3EEF4EA1 8865 for Kim",
        "it does not ring any more: add phone D82E3EEF4EA1 8865 for Kim",
    ],
)
def test_what_is_said_beside_the_command_names_no_owner(text):
    parsed = PARSER.parse(text)
    assert isinstance(parsed, Command), parsed
    assert parsed.args == {"mac": "D8:2E:3E:EF:4E:A1", "model": "8865", "owner": "Kim"}


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("what phone does Kim have", "device"),
        ("does Kim have a phone?", "device"),
        ("did Kim get a new phone?", "device"),
        ("which phones does Kim have", "devices"),
        ("how many phones does Kim have", "devices"),
    ],
)
def test_a_question_about_phones_adds_none(text, verb):
    assert PARSER.parse(text) == Command(verb, {"text": "Kim"})


@pytest.mark.parametrize(
    "text", [f"rename {MAC} to Lobby", f"unassign {MAC} from Erin", f"{MAC} -> Kim"]
)
def test_an_unknown_verb_adds_and_tags_nothing(text):
    parsed = PARSER.parse(text)
    assert isinstance(parsed, Command), parsed
    assert parsed.verb == "device"
    assert MAC in parsed.args["text"]


@pytest.mark.parametrize(
    "text", ["Bob does not need an 8865", "Kim doesn't want a new phone", "no 8865 for Kim"]
)
def test_what_is_not_wanted_is_not_added(text):
    parsed = PARSER.parse(text)
    assert isinstance(parsed, Unknown), parsed
    assert parsed.negated


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("I think we should add D82E3EEF4EA1 8865 for Kim", "Kim"),
        ("could somebody add D82E3EEF4EA1 8865 for Kim?", "Kim"),
        ("put an 8865 D82E3EEF4EA1 in Lobby Berlin", "Lobby Berlin"),
        ("send Kim a code for an 8865", "Kim"),
        ("create an activation code for Kim, model 8865", "Kim"),
        ("Bitte Telefon D82E3EEF4EA1 (8865) an Kim geben", "Kim"),
        ("il faut un téléphone pour Kim, D82E3EEF4EA1 8865", "Kim"),
    ],
)
def test_verbs_of_everyday_speech_are_no_names(text, owner):
    parsed = PARSER.parse(text)
    assert isinstance(parsed, Command), parsed
    assert parsed.args["owner"] == owner


def test_a_verb_at_the_end_is_the_command():
    parsed = PARSER.parse("Bitte das Telefon von Erin löschen")
    assert isinstance(parsed, Command)
    assert (parsed.verb, parsed.args["device"][-4:]) == ("delete device", "Erin")


@pytest.mark.parametrize(
    ("text", "search"),
    [
        ("which phones are not online?", "offline"),
        ("phones that aren't connected", "offline"),
        ("list devices in Berlin that are not registered", "Berlin unregistered"),
        ("devices not offline", "online"),
    ],
)
def test_a_negated_state_is_the_other_state(text, search):
    parsed = PARSER.parse(text)
    assert isinstance(parsed, Command)
    assert (parsed.verb, " ".join(parsed.args["text"].split())) == ("devices", search)
