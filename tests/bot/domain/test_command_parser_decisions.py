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


WORD = st.from_regex(r"[A-Za-z0-9äöü]{1,8}", fullmatch=True)
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
        assert parsed.verb in (verb, "device")  # a MAC is shown where the text asks about it
        assert all(value and value == value.strip() for value in parsed.args.values())
    else:
        assert parsed.negated or PARSER.by_name[verb].acts_at_once
