"""The code of a request is found wherever it is typed, but never within a reason."""

import pytest

from bot.core.models.request_codes import find_codes, likely_code
from bot.domain.language.arguments import Arguments
from bot.domain.language.tokens import tokenize
from bot.operations import PARSER
from bot.operations.request_commands import read_code, read_decision


def arguments(text: str) -> Arguments:
    """What stands behind the name of a command."""
    return Arguments(text, tokenize(text), raw=text)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("7K3F", ["7K3F"]),
        ("#7k3f:", ["7K3F"]),
        ("request 7k3f please", ["7K3F"]),
        ("“7K3F” and 69fw", ["7K3F", "69FW"]),
        ("7K3F or 7k3f", ["7K3F"]),
        ("the 8865 of Ann", []),  # 8 and 5 are in no code
        ("D82E3EEF4E5C", []),
        ("wait 2026 TEXT", []),  # a code has a digit
        ("7K3FA", []),
    ],
)
def test_codes_are_found_in_a_text(text, codes):
    assert find_codes(text) == codes


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("69fw please", "69FW"),
        ("request 69FW", "69FW"),
        ("my 7k0f", "7K0F"),  # misread: it is answered with what was typed
        ("ZZZZ", "ZZZZ"),
        ("all", "all"),
        ("it", ""),
        ("my last request please", ""),
        ("the one for Bob", ""),
        ("", ""),
    ],
)
def test_what_was_meant_as_a_code_is_read(text, code):
    assert likely_code(text) == code
    assert read_code(arguments(text)) == ({"text": code} if code else {})


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("7K3F", {"request": "7K3F"}),
        ("request 7k3f", {"request": "7K3F"}),
        ("7K3F please", {"request": "7K3F"}),
        ("please 7K3F, thanks", {"request": "7K3F"}),
        ("7K3F because it is too dear", {"request": "7K3F", "reason": "it is too dear"}),
        ("7K3F: it is too dear.", {"request": "7K3F", "reason": "it is too dear"}),
        ("request 7K3F Because: no", {"request": "7K3F", "reason": "no"}),
        ("because 69FW is cheaper", {"reason": "69FW is cheaper"}),
        ("it because 69FW is cheaper", {"reason": "69FW is cheaper"}),
        ("7K3F because 69FW is cheaper", {"request": "7K3F", "reason": "69FW is cheaper"}),
        ("no budget this year", {"reason": "no budget this year"}),
        ("it please", {}),
        ("all", {"request": "all"}),
        ("7K3F because", {"request": "7K3F"}),
        ("7K3F no because never", {"request": "7K3F", "reason": "no because never"}),
        ("7K3F please because no", {"request": "7K3F", "reason": "no"}),
        ("7K3F and 69FW", {"request": "7K3F", "reason": "and 69FW", "other": "69FW"}),
        ("", {}),
    ],
)
def test_a_decision_has_a_code_and_a_reason(text, read):
    assert read_decision(arguments(text)) == read


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("stop", ""),
        ("stop it", ""),
        ("stop that swap", ""),
        ("stop that SWAP", ""),
        ("STOP THAT SWAP", ""),
        ("stop the move please", ""),
        ("stop the swap 7K3F", "7K3F"),
        ("stop that 7k3f", "7K3F"),
        ("stop 4NNA", "4NNA"),
    ],
)
def test_a_request_to_stop_is_named_by_its_code_or_by_its_kind(text, code):
    command = PARSER.parse(text)
    assert getattr(command, "verb", "") == "stop"
    assert getattr(command, "args", {}).get("text", "") == code


@pytest.mark.parametrize("text", ["stop the swap of Kim", "stop if it works"])
def test_what_may_mean_something_else_stops_nothing(text):
    assert not getattr(PARSER.parse(text), "verb", "")


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("deny 7K3F because no", "reject"),
        ("decline 7K3F because no", "reject"),
        ("confirm 7K3F", "confirm"),
        ("undo", "undo"),
        ("stop 7K3F", "stop"),
        ("request 69fw please", "request"),
    ],
)
def test_the_verbs_of_decisions_are_known(text, verb):
    command = PARSER.parse(text)
    assert getattr(command, "verb", "") == verb
    assert PARSER.acts_at_once(PARSER.parse_all(text)) == (verb != "request")
