"""A new operation is one file and one entry of the list: everything else is derived from it."""

import pytest

from bot.core import api_calls
from bot.core.models.people import Grant, Role
from bot.domain import policy_file
from bot.domain.command_parser import Command
from bot.domain.commands import DeviceButton, built_in_policy
from bot.domain.identity import Identities
from bot.domain.language.arguments import Arguments
from bot.domain.message_parser import MessageParser
from bot.domain.operation import Caller, Operation, Permission, Question
from bot.domain.policy import CHANGE, Decision, Rule
from bot.domain.text_readers import non_empty
from bot.operations import COMMANDS, OPERATIONS
from bot.operations.devices import DEVICE
from bot.operations.help import help_card
from bot.operations.tag import TAG
from bot.requests.authorization import Authorization
from bot.requests.suggestions import Suggestions
from bot.setup import guide
from bot.setup.scopes import lost_without, needed_for, scope_named
from bot.store.database import Store
from cards import render
from tests.bot.operations.forms import context
from tests.cards import rules
from tests.database import migrated
from tests.docs import command_table
from tests.fake_calling import FakeCalling
from tests.fake_people import FakePeople


def read(arguments: Arguments) -> dict[str, str]:
    """`Lobby` → device."""
    return non_empty(device=arguments.text)


PAINT = Operation(
    name="paint device",
    title="Paint device",
    usage=("paint device DEVICE",),
    aliases=("paint",),
    help="Paint a device",
    examples=("paint device Lobby",),
    group="Change",
    guide=(("paint it", "paint device Lobby"),),
    help_button="Paint",
    device_button=DeviceButton("Paint"),
    read=read,
    rule=Rule({**CHANGE, Role.TECHNICIAN: Decision.ASK}),
    needs={api_calls.TAG: "paint device"},
    does_without={api_calls.LOCATIONS: "the colour"},
    form=TAG.form,
    fields=TAG.fields,
    plan=TAG.plan,
    actions=TAG.actions,
)
WITH_PAINT = (PAINT, *COMMANDS)
PARSER = MessageParser(WITH_PAINT)
POLICY = built_in_policy(WITH_PAINT)


@pytest.mark.parametrize("typed", ["paint device Lobby", "Paint: Lobby"])
def test_the_parser_knows_the_command(typed):
    assert PARSER.parse(typed) == Command("paint device", {"device": "Lobby"})


def test_a_misspelt_command_is_understood():
    assert PARSER.parse("paimt device Lobby") == Command("paint device", {"device": "Lobby"})
    assert Suggestions(PARSER).may_offer("paint device")
    assert not PARSER.acts_at_once(PARSER.parse_all("paint device Lobby"))


def test_the_policy_has_a_rule_that_the_policy_file_can_change():
    assert POLICY["paint device"].roles[Role.TECHNICIAN] is Decision.ASK
    changed = policy_file.parse('["paint device"]\nadmin = "ask"', WITH_PAINT)
    assert changed.rules["paint device"].roles[Role.ADMIN] is Decision.ASK
    assert "paint device" in policy_file.describe(changed, WITH_PAINT)


def test_the_help_lists_the_command_with_its_button(tmp_path):
    store = Store(migrated(tmp_path / "provbot.db"))
    authorization = Authorization(
        store, FakeCalling(), Identities(FakePeople()), WITH_PAINT, POLICY
    )
    caller = authorization.caller("ann@example.com", (Grant("ann@example.com", Role.TECHNICIAN),))
    store.close()
    card = help_card(caller)
    assert "Change: paint device (needs approval) · tag" in render.to_text(card)
    assert rules.buttons(render.to_content(card))[0] == "Paint"


async def test_the_card_of_a_device_has_the_commands_button():
    permission = Permission(PAINT.name, device_button=PAINT.device_button)
    caller = Caller("ann@example.com", ("technician",), (permission,))
    card = await DEVICE.answer("Ann Alder", caller, context(FakeCalling()))
    assert rules.buttons(render.to_content(card)) == ["Paint"]


def test_the_guide_and_the_documentation_list_the_command():
    assert guide.rows(WITH_PAINT)["paint it"] == ["paint device Lobby"]
    row = command_table.rows(WITH_PAINT)["`paint device DEVICE`"]
    assert row == ("`paint`", "engineer, admin; technicians need approval")


def test_the_scopes_name_the_operation():
    assert "paint device" in needed_for([api_calls.TAG], WITH_PAINT)
    assert "the colour in paint device" in lost_without([api_calls.LOCATIONS], WITH_PAINT)
    assert "paint device" in scope_named(api_calls.DEVICES_WRITE, WITH_PAINT).required_for


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_each_command_can_be_typed_as_its_usage_says(command):
    parser = MessageParser(COMMANDS)
    for text in (*command.usage[:1], *(typed for _, typed in command.guide), command.name):
        parsed = parser.parse(text)
        assert isinstance(parsed, Command)
        assert parsed.verb == command.name


@pytest.mark.parametrize(
    "command",
    [
        command
        for command in COMMANDS
        if isinstance(command, Operation | Question) and command.usage
    ],
    ids=lambda command: command.name,
)
def test_each_operation_and_question_has_a_rule_and_a_line_in_the_help(command):
    assert command.rule or command.follows in POLICY
    assert command.help
    assert command.examples
    # The topic of another one may name it.
    assert command.group or command.many_of or command.listed_by


def test_no_word_stands_for_two_commands():
    names = [word for command in COMMANDS for word in command.names]
    assert sorted(names) == sorted(set(names))


def test_only_operations_can_need_approval():
    assert [command for command in COMMANDS if command.may_need_approval] == list(OPERATIONS)
