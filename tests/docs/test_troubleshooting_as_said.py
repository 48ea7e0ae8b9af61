"""What is really said, name and time filled in, is found on the page."""

import re
from collections.abc import Iterator

import pytest

from bot.core.config import misspelt
from bot.core.errors import ConfigError, RateLimited, WebexError
from bot.domain import error_messages, policy_file
from bot.operations import COMMANDS
from bot.requests import lifecycle
from bot.requests.lifecycle import State
from tests.docs.test_troubleshooting import PAGE

SHORT = 12  # letters: what is shorter fits too much
LINES = [line for line in re.findall(r"^> - (.*)$", PAGE, re.MULTILINE) if len(line) > SHORT]
FITS = [re.compile(".*".join(map(re.escape, line.strip("… ").split("…")))) for line in LINES]


def refusals() -> Iterator[str]:
    """Of Webex: each text, each number and each kind that has a sentence; and one that has none."""
    for text in (
        part
        for part, _ in (*error_messages.MESSAGES_BY_TEXT, ("something nobody has heard of", ""))
    ):
        yield error_messages.for_person(WebexError(400, text))
    for code, _ in error_messages.MESSAGES_BY_CODE:
        yield error_messages.for_person(WebexError(400, f"Unexpected error [Error {code}]"))
    yield error_messages.for_person(RateLimited(429, "no", retry_after=20.0))
    for kind, _ in error_messages.MESSAGES_BY_TYPE:
        if kind is not RateLimited:
            yield error_messages.for_person(kind(500, "no"))


def late_presses() -> Iterator[str]:
    """On a card of a request in each state."""
    for state in State:
        done = "1 of 2 done: Add the phone." if state is State.PARTLY else ""
        yield lifecycle.describe("QH4A", state, "ann@example.com", "at 14:02 UTC", done)


def faulty_policies() -> Iterator[str]:
    """One of each mistake."""
    for text in (
        "[sing]",
        "tag = 1",
        "[tag]\nking = 1",
        '[tag]\nviewer = "yes"',
        "[tag]\napprovers = 9",
        '[help]\nviewer = "ask"',
        "[tag]\napprove = 1",
    ):
        with pytest.raises(ConfigError) as problem:
            policy_file.parse(text, COMMANDS, "policy.toml")
        yield str(problem.value)


SAID = dict.fromkeys(
    [*refusals(), *late_presses(), *faulty_policies(), *misspelt(["PROVBOT_ADMIN", "PROVBOT_X"])]
)


def matching_lines(sentence: str) -> list[str]:
    return [line for line, fits in zip(LINES, FITS, strict=True) if fits.search(sentence)]


@pytest.mark.parametrize("sentence", SAID, ids=range(len(SAID)))
def test_what_was_said_is_found(sentence):
    assert matching_lines(sentence)


@pytest.mark.parametrize("sentence", ["The moon is full.", "QH4A is blue (ann@example.com)"])
def test_what_nobody_says_is_not_found(sentence):
    assert not matching_lines(sentence)
