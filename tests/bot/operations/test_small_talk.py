"""Politeness gets one short line; what cannot be done yet, what to do meanwhile."""

import pytest

from bot.domain.command_parser import Command
from bot.domain.commands import RequestCommand
from bot.domain.operation import Caller, Permission, Question
from bot.operations import COMMANDS, PARSER, POLICY, QUESTIONS
from bot.operations.small_talk import introduce
from cards import render
from tests.bot.operations.forms import context
from tests.cards import rules
from tests.fake_calling import FakeCalling

SMALL_TALK = [command for command in COMMANDS if command.alone]
MEANWHILE = [command for command in QUESTIONS if not command.usage and not command.alone]
TECHNICIAN = Caller(
    "tom@example.com", ("technician",), (Permission("add phone"), Permission("delete device"))
)
VIEWER = Caller("vera@example.com", ("viewer",), ())


async def answered(
    text: str, caller: Caller = TECHNICIAN, *, government: bool = False
) -> tuple[str, list[str]]:
    """Words and buttons of the answer to something typed."""
    command = PARSER.parse(text)
    assert isinstance(command, Command)
    question = PARSER.by_name[command.verb]
    assert isinstance(question, Question)
    ctx = context(FakeCalling(), government=government)
    answer = await question.answer(command.args.get("text", ""), caller, ctx)
    if isinstance(answer, str):
        return answer, []
    content = render.to_content(answer)
    assert rules.violations(content) == []
    return render.to_text(answer), rules.buttons(content)


@pytest.mark.parametrize("command", SMALL_TALK, ids=lambda command: command.name)
async def test_small_talk_gets_one_short_line(command):
    for name in command.names:
        assert PARSER.parse(f"{name}!") == Command(command.name)
        if isinstance(command, Question):
            answer, _ = await answered(name)
            assert "\n" not in answer
            assert 1 <= len(answer) < 140


@pytest.mark.parametrize("command", SMALL_TALK, ids=lambda command: command.name)
def test_small_talk_counts_only_when_nothing_else_is_said(command):
    for name in command.names:
        parsed = PARSER.parse(f"{name} zzz 00:11:22:33:44:55")
        assert not isinstance(parsed, Command) or parsed.verb != command.name


@pytest.mark.parametrize("command", [*SMALL_TALK, *MEANWHILE], ids=lambda command: command.name)
def test_what_nobody_has_to_learn_is_in_no_help_and_no_policy(command):
    assert not command.help
    assert not command.group
    assert command.name not in POLICY


def test_yes_and_no_are_answered_with_what_waits():
    for text in ("yes", "ok", "OK!", "👍", "no", "nope"):
        command = PARSER.parse(text)
        assert isinstance(command, Command)
        assert isinstance(PARSER.by_name[command.verb], RequestCommand)
        assert not PARSER.acts_at_once(PARSER.parse_all(text))


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("ok, great, thanks", "yes"),
        ("perfect, thanks!", "yes"),
        ("yes please do it", "yes"),
        ("👍🏽", "yes"),
        ("🎉🎉", "yes"),
        ("nein danke", "no"),
        ("thank you so much!!", "thanks"),
    ],
)
def test_several_polite_words_are_small_talk(text, verb):
    assert PARSER.parse(text) == Command(verb)


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("thanks, add a phone for Kim", "add phone"),
        ("go ahead and delete 00:11:22:33:44:55", "delete device"),
        ("ok, confirm 7K3F", "confirm"),
        ("Kim's phone is broken, replace 001122334455 with 6C5E3BA0B1C2", "swap phone"),
        ("add 3 phones", "add phones"),
        ("add phones for Bob and Kim", "add phones"),
        ("add phone 001122334455 8865 for Kim", "add phone"),
    ],
)
def test_what_is_asked_for_counts_more_than_politeness(text, verb):
    command = PARSER.parse(text)
    assert isinstance(command, Command)
    assert command.verb == verb


@pytest.mark.parametrize("text", ["version", "test", "ping"])
async def test_provbot_says_that_it_is_there(text):
    answer, _ = await answered(text)
    assert answer.startswith("provbot ")
    assert answer.endswith(" is here and listening.")


async def test_nobody_is_offered_what_they_may_not_do():
    assert (await answered("photo", TECHNICIAN))[1] == ["Add phone"]
    assert (await answered("photo", VIEWER))[1] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("reboot the phone of Kim", "Please restart it in Control Hub"),
    ],
)
async def test_what_cannot_be_done_yet_says_what_to_do_meanwhile(text, expected):
    answer, _ = await answered(text)
    assert " yet\n" in answer or " for now\n" in answer
    assert expected in answer


async def test_who_may_apply_changes_is_offered_that_instead_of_a_restart():
    may_apply = Caller("tom@example.com", ("technician",), (Permission("apply changes"),))
    text, buttons = await answered("reboot the phone of Kim", may_apply)
    assert "Apply changes lets it fetch them." in text
    assert buttons == ["Apply changes"]
    text, buttons = await answered("reboot the phone of Kim", VIEWER)
    assert "Apply changes" not in text
    assert buttons == []


async def test_who_speaks_of_a_photo_hears_how_to_send_it():
    answer, _ = await answered("photo")
    assert answer.startswith("Please send a photo of the label")


def test_creating_a_network_is_still_understood():
    assert PARSER.parse("dect network Hall at Lyon") == Command(
        "create dect network", {"name": "Hall", "location": "Lyon"}
    )


@pytest.mark.parametrize(
    ("government", "things"),
    [(False, "phones, activation codes and DECT networks"), (True, "phones and activation codes")],
)
async def test_it_introduces_itself_with_what_the_cloud_has(government, things):
    ctx = context(FakeCalling(), government=government)
    assert f"I add {things} to Webex Calling." in str(await introduce("", VIEWER, ctx))
