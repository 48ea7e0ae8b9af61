"""The grammar of typed commands, row by row of the contract."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.models.mac import parse_mac
from bot.domain import command_parser
from bot.domain.command_parser import Command, Unknown
from bot.operations import COMMANDS, PARSER

MAC = "D8:2E:3E:EF:4E:5C"
ANN = "ann@example.com"
CATALOGUE = Path(__file__).parents[3] / "sandbox" / "data" / "supported-devices.json"
MODELS = sorted(
    {
        row[key]
        for row in json.loads(CATALOGUE.read_text())["devices"]
        for key in ("model", "displayName")
    }
)


def said(text: str) -> tuple[str, dict[str, str]]:
    """Verb and arguments of what must be a command."""
    parsed = PARSER.parse(text)
    assert isinstance(parsed, Command), parsed
    return parsed.verb, dict(parsed.args)


@pytest.mark.parametrize(
    ("text", "verb", "args"),
    [
        ("help", "help", {}),
        ("", "help", {}),
        ("whoami", "whoami", {}),
        ("add phone", "add phone", {}),
        (f"add phone {MAC}", "add phone", {"mac": MAC}),
        ("add phone 8865", "add phone", {"model": "8865"}),
        (f"add phone for {ANN}", "add phone", {"owner": ANN}),
        ("add phone in Lobby West", "add phone", {"owner": "Lobby West"}),
        (f"add phone {MAC} 8865", "add phone", {"mac": MAC, "model": "8865"}),
        (f"add phone {MAC} for {ANN}", "add phone", {"mac": MAC, "owner": ANN}),
        (f"add phone 8865 for {ANN}", "add phone", {"model": "8865", "owner": ANN}),
        (
            f"add phone {MAC} 8865 for {ANN}",
            "add phone",
            {"mac": MAC, "model": "8865", "owner": ANN},
        ),
        (
            f"add phone 8865 {MAC} in Lobby",
            "add phone",
            {"mac": MAC, "model": "8865", "owner": "Lobby"},
        ),
        (f"add phone for {ANN} {MAC}", "add phone", {"mac": MAC, "owner": ANN}),
        ("activation code", "activation code", {}),
        ("activation code 8865", "activation code", {"model": "8865"}),
        (f"activation code 8865 for {ANN}", "activation code", {"model": "8865", "owner": ANN}),
        ("activation code in Lobby", "activation code", {"owner": "Lobby"}),
        ("create dect network", "create dect network", {}),
        ("create dect network Hall", "create dect network", {"name": "Hall"}),
        ("create dect network at Lyon", "create dect network", {"location": "Lyon"}),
        (
            "create dect network Hall at Lyon",
            "create dect network",
            {"name": "Hall", "location": "Lyon"},
        ),
        (
            "create dect network Hall at Lyon access code 0042",
            "create dect network",
            {"name": "Hall", "location": "Lyon", "access_code": "0042"},
        ),
        (
            "create dect network Hall, code: 0042 at Lyon",
            "create dect network",
            {"name": "Hall", "location": "Lyon", "access_code": "0042"},
        ),
        (
            'create dect network "Hall 2" at Lyon',
            "create dect network",
            {"name": "Hall 2", "location": "Lyon"},
        ),
        (
            "create dect network Look at me at Lyon",
            "create dect network",
            {"name": "Look at me", "location": "Lyon"},
        ),
        ("devices", "devices", {}),
        ("devices lobby", "devices", {"text": "lobby"}),
        (f"device {MAC}", "device", {"text": MAC}),
        ("Kim's phone is broken", "device", {"text": "Kim's"}),
        ("Kim's 8845 is defective since Monday", "device", {"text": "Kim's 8845"}),
        ("das Telefon von Kim ist kaputt", "device", {"text": "das von Kim"}),
        ("device Meeting Room North", "device", {"text": "Meeting Room North"}),
        ("requests", "requests", {}),
        ("request 7K3F", "request", {"text": "7K3F"}),
        ("cancel 7K3F", "cancel", {"text": "7K3F"}),
        ("cancel", "cancel", {}),
    ],
)
def test_every_row_of_the_contract_is_understood(text, verb, args):
    assert said(text) == (verb, args)


@pytest.mark.parametrize(
    ("alias", "verb"), [(alias, command.name) for command in COMMANDS for alias in command.names]
)
def test_every_alias_means_its_verb_in_any_case_and_spacing(alias, verb):
    for text in (
        alias,
        alias.upper(),
        f"  {alias.title()} ",
        alias.replace(" ", "   "),
        f"{alias}!",
    ):
        assert said(text) == (verb, {})


def test_no_alias_has_two_meanings():
    aliases = [alias for command in COMMANDS for alias in command.names]
    assert len(aliases) == len(set(aliases))


@pytest.mark.parametrize(
    ("text", "verb"), [("help?", "help"), ("who am i?", "whoami"), ("?", "help")]
)
def test_a_question_mark_does_not_matter(text, verb):
    assert said(text) == (verb, {})


@pytest.mark.parametrize(
    "mac",
    [
        "D8:2E:3E:EF:4E:5C",
        "d82e.3eef.4e5c",
        "D8-2E-3E-EF-4E-5C",
        "d82e3eef4e5c",
        "D8 2E 3E EF 4E 5C",
        "d82e 3eef 4e5c",
        "d82e3e-ef4e5c",
        "MAC: d82e3eef4e5c",
        "mac D8:2E:3E:EF:4E:5C",
        "MAC address: d82e.3eef.4e5c",
        "mac-address=D8-2E-3E-EF-4E-5C",
    ],
)
@pytest.mark.parametrize("form", ["add phone {} 8865 for Ann", "add phone 8865 {} for Ann"])
def test_a_mac_is_found_in_every_written_form(mac, form):
    verb, args = said(form.format(mac))
    assert (verb, args["model"], args["owner"]) == ("add phone", "8865", "Ann")
    assert parse_mac(args["mac"]) == "D82E3EEF4E5C"


@pytest.mark.parametrize(
    "nearly",
    [
        "D8:2E:3E:EF:4E",
        "D8:2E:3E:EF:4E:5C:FF",
        "FF:D8:2E:3E:EF:4E:5C",
        "D8:2E:3E:EF:4E:5",
        "D8:2E:3E:EF:4E:5G",
        "O8:2E:3E:EF:4E:5C",
        "d82e.3eef.4e5c.00ff",
        "d82e.3eef.4e",
        "d82e3eef4e5",
        "d82e3eef4e5c0",
        "MAC: d82e3eef4e5",
    ],
)
def test_a_malformed_mac_is_taken_whole_and_refused(nearly):
    _, args = said(f"add phone {nearly} 8865 for {ANN}")
    assert args == {"mac": nearly, "model": "8865", "owner": ANN}
    with pytest.raises(ValueError, match="twelve hex digits"):
        parse_mac(args["mac"])


@pytest.mark.parametrize("model", MODELS)
def test_no_supported_model_is_mistaken_for_a_mac(model):
    assert said(f"add phone {model} for {ANN}")[1] == {"model": model, "owner": ANN}


@pytest.mark.parametrize(
    "owner", ["001122334455@example.com", "face2face1234@example.com", "deadbeef99@x.example"]
)
def test_an_email_is_not_mistaken_for_a_mac(owner):
    assert said(f"add phone 8865 for {owner}")[1] == {"model": "8865", "owner": owner}


@pytest.mark.parametrize(
    "text",
    [
        f"add phone {MAC}, 8865, for Ann",
        f"add phone {MAC}. 8865 for Ann",
        f"add phone: 8865, {MAC} for Ann,",
    ],
)
def test_commas_and_full_stops_are_ignored(text):
    assert said(text)[1] == {"mac": MAC, "model": "8865", "owner": "Ann"}


@pytest.mark.parametrize(
    ("text", "verb", "args"),
    [
        ("adn phone", "add phone", {}),
        (f"ad phone for {ANN}", "add phone", {"owner": ANN}),
        ("activaton code 8865", "activation code", {"model": "8865"}),
        (
            "create dcet network Hall at Lyon",
            "create dect network",
            {"name": "Hall", "location": "Lyon"},
        ),
        ("devces lobby", "devices", {"text": "lobby"}),
        ("whoam", "whoami", {}),
        ("delte device Lobby", "delete device", {"device": "Lobby"}),
        ("tags Lobby +a", "tag", {"device": "Lobby", "tags": "+a"}),
        ("audits", "audit", {}),
    ],
)
def test_a_misspelt_command_that_shows_a_plan_first_is_understood(text, verb, args):
    assert said(text) == (verb, args)


@pytest.mark.parametrize(
    ("text", "guess"), [("halp", "help"), ("cancle 7K3F", "cancel 7K3F"), ("lits", "list")]
)
def test_what_is_not_sure_gets_did_you_mean(text, guess):
    parsed = PARSER.parse(text)
    assert isinstance(parsed, Unknown)
    assert parsed.guesses == (guess,)


@pytest.mark.parametrize("text", ["xyzzy", "42", "the printer is on fire again", "¯\\_(ツ)_/¯"])
def test_a_text_without_a_similar_command_gets_no_suggestion(text):
    parsed = PARSER.parse(text)
    assert isinstance(parsed, Unknown)
    assert parsed.guesses == ()


@given(st.text(st.characters(), max_size=3_000))
def test_any_text_is_a_command_or_unknown(text):
    parsed = PARSER.parse(text)
    assert isinstance(parsed, Command | Unknown)
    if isinstance(parsed, Command):
        assert parsed.verb in PARSER.by_name
        assert all(isinstance(value, str) and value for value in parsed.args.values())


words = st.sampled_from(
    [
        "add",
        "phone",
        "for",
        "in",
        "at",
        "mac",
        "code",
        "8865",
        MAC,
        "d82e3eef",
        ":",
        ANN,
        "dect",
        "device",
        "-",
    ]
)


@given(st.lists(words, max_size=12))
def test_any_order_of_known_words_is_understood_without_losing_any(tokens):
    parsed = PARSER.parse(" ".join(tokens))
    assert isinstance(parsed, Command | Unknown)
    if isinstance(parsed, Unknown):
        assert len(parsed.guesses) <= 2
        assert all(isinstance(PARSER.parse(guess), Command) for guess in parsed.guesses)


def test_a_megabyte_is_answered_at_once():
    assert isinstance(PARSER.parse("add phone " + "a:" * 500_000), Command)
    unknown = PARSER.parse("x" * 1_000_000)
    assert len(unknown.text) <= command_parser.MAX_COMMAND_LENGTH  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "args"),
    [
        (
            '{"mac":"6C5E3BA0B1C2","pid":"CP-8865-K9","sn":"FCH2145D1AB"} for Ann',
            {"mac": "6C:5E:3B:A0:B1:C2", "model": "CP-8865-K9", "owner": "Ann"},
        ),
        (
            "add phone onboardingMethod:3 mac:6C5E3BA0B1C2 8865 for Ann",
            {"mac": "6C:5E:3B:A0:B1:C2", "model": "8865", "owner": "Ann"},
        ),
        (
            "add phone P/N: 74-12345-01 PID: CP-8865-K9 MAC 6C5E3BA0B1C2 for Ann",
            {"mac": "6C:5E:3B:A0:B1:C2", "model": "CP-8865-K9", "owner": "Ann"},
        ),
        (
            'add phone "6C5E3BA0B1C2" "8865" for "Ann Alder"',
            {"mac": "6C:5E:3B:A0:B1:C2", "model": "8865", "owner": '"Ann Alder"'},
        ),
    ],
)
def test_what_scanners_give_is_read(text, args):
    assert said(text) == ("add phone", args)


@pytest.mark.parametrize(
    ("lines", "verbs"),
    [
        (["devices lobby", "whoami"], ["devices", "whoami"]),
        (["hello,", "add phone 8865", "for Ann", "thanks"], ["add phone"]),
        (["add phone 8865 for Ann", "add phone 8845 for Bob"], ["add phone", "add phone"]),
        ([f"{MAC} 8865 Ann", "tag D8:2E:3E:EF:4E:5D +hall"], ["add phone", "tag"]),
        (["add phone", f"MAC: {MAC}", "Model: 8865", "For: Ann"], ["add phone"]),
    ],
)
def test_each_line_that_is_a_command_is_read_by_itself(lines, verbs):
    parsed = PARSER.parse_all("\n".join(lines))
    assert [command.verb for command in parsed if isinstance(command, Command)] == verbs
    assert len(parsed) == len(verbs)


@pytest.mark.parametrize(
    "text",
    [
        f"a new 8865 for Ann, MAC {MAC}. Best regards, Erin Walsh (erin@example.com)",
        f"Bitte ein 8865 für Ann, {MAC}. Mit freundlichen Grüßen, Erin Walsh (erin@example.com)",
        f"un 8865 pour Ann, adresse MAC {MAC}. Cordialement, Erin",
        f"para Ann, modelo 8865 mac {MAC}",
        f"Hello. Thanks, add phone {MAC} 8865 for Ann",
    ],
)
def test_what_closes_a_letter_and_labels_name_nobody(text):
    (parsed,) = PARSER.parse_all(text)
    assert parsed == Command("add phone", {"mac": MAC, "model": "8865", "owner": "Ann"})
