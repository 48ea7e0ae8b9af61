"""What this person may do, and who they are to the bot."""

from dataclasses import replace

import pytest

from bot.core.models.people import Grant, Role
from bot.domain.command_parser import Command
from bot.domain.identity import Identities
from bot.domain.unsupported import GAPS, Feature
from bot.operations import COMMANDS, OPERATIONS, PARSER, POLICY
from bot.operations.help import HELP, MAX_BUTTONS, WHOAMI
from bot.requests.authorization import Authorization
from bot.store.database import Store
from cards import render
from tests.bot.operations.forms import context
from tests.cards import rules
from tests.database import migrated
from tests.fake_calling import FakeCalling
from tests.fake_people import FakePeople

CHANGES = [
    *("add phone", "add phones", "activation code", "set up dect", "add base", "add handset"),
    *("tag", "apply changes", "swap phone", "move phone", "delete device"),
]
FIND = ["devices", "device", "followed", "dect"]
ROLES = ["grant", "revoke", "approval space", "access", "audit"]
REQUESTS = ["requests", "request"]
OWN_REQUESTS = ["confirm", "cancel", "undo", "stop"]  # for those who can open one
APPROVALS = ["approvals", "approve", "reject"]
YOU = ["whoami", "help"]
MAX_LINES = 12  # of the card, in lines of about 45 characters
CHARACTERS_A_LINE = 45


@pytest.fixture
def authorization(tmp_path):
    """A gate over an empty allowlist: grants are handed in."""
    store = Store(migrated(tmp_path / "provbot.db"))
    yield Authorization(store, FakeCalling(), Identities(FakePeople()), COMMANDS, POLICY)
    store.close()


async def answered(authorization, question, *grants, text=""):
    """Words and card of the answer for who holds these."""
    card = await question.answer(
        text, authorization.caller("ann@example.com", grants), context(FakeCalling())
    )
    content = render.to_content(card)
    assert rules.violations(content) == []
    return render.to_text(card), rules.buttons(content)


def listed(card_text):
    """The commands on the help card."""
    groups = [line.partition(": ")[2] for line in card_text.split("\n")[1:-2]]
    names = [name for group in groups for name in group.split(" · ")]
    return {name.removesuffix(" (needs approval)") for name in names}


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.VIEWER, [*FIND]),
        (Role.TECHNICIAN, [*CHANGES, *FIND, *OWN_REQUESTS]),
        (Role.ENGINEER, [*CHANGES, *FIND, *OWN_REQUESTS]),
        (Role.ADMIN, [*CHANGES, *FIND, *ROLES, *OWN_REQUESTS]),
        (Role.APPROVER, [*APPROVALS]),
    ],
)
async def test_help_shows_only_what_the_role_allows(authorization, role, may):
    shown, titles = await answered(authorization, HELP, Grant("ann@example.com", role))
    assert listed(shown) == {*may, *REQUESTS, *YOU}, "The lists at the top of this file name them."
    buttons = [
        command.help_button
        for command in COMMANDS
        if command.name in {*may, *YOU} and command.help_button
    ]
    assert titles == buttons[:MAX_BUTTONS]


@pytest.mark.parametrize("role", Role)
async def test_help_fits_one_screen_of_a_phone(authorization, role):
    shown, _ = await answered(authorization, HELP, Grant("ann@example.com", role))
    lines = [-(-len(line) // CHARACTERS_A_LINE) for line in shown.split("\n")]
    assert sum(lines) <= MAX_LINES + 3  # and title, example and last line


async def test_help_says_what_needs_approval(authorization):
    shown, _ = await answered(authorization, HELP, Grant("ann@example.com", Role.TECHNICIAN))
    assert "set up dect (needs approval)" in shown
    shown, _ = await answered(authorization, HELP, Grant("ann@example.com", Role.ADMIN))
    assert "needs approval" not in shown


async def test_help_says_what_the_government_cloud_lacks(authorization):
    there = replace(authorization, government=True)
    grant = Grant("ann@example.com", Role.ADMIN)
    shown, titles = await answered(there, HELP, grant)
    assert "set up dect (not in Webex for Government)" in shown
    assert "DECT" not in titles
    shown, titles = await answered(there, HELP, grant, text="create dect network")
    assert GAPS[Feature.DECT].sentence in shown
    assert titles == ["Help"]
    shown, titles = await answered(authorization, HELP, grant, text="dect")
    assert "Government" not in shown
    assert titles == ["DECT", "Help"]


async def test_help_shows_an_example_that_the_person_may_type(authorization):
    shown, _ = await answered(authorization, HELP, Grant("ann@example.com", Role.TECHNICIAN))
    assert f"Write for example: {OPERATIONS[0].examples[0]}" in shown
    shown, _ = await answered(authorization, HELP, Grant("ann@example.com", Role.APPROVER))
    assert "Write for example: requests" in shown


async def test_help_names_where_the_other_commands_of_dect_are(authorization):
    grant = Grant("ann@example.com", Role.TECHNICIAN)
    shown, _ = await answered(authorization, HELP, grant)
    assert "help lists, help dect" in shown
    shown, _ = await answered(authorization, HELP, grant, text="dect")
    assert (
        "Also there: create dect network, remove base, remove handset, change dect network,"
        " dect sheet" in shown
    )


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("add phone", "add phone"),
        ("Add  Phone", "add phone"),
        ("new phone", "add phone"),
        ("with add phone please", "add phone"),
        ("tag", "tag"),
        ("approvals", "approvals"),
        ("deny", "reject"),
        ("undo", "undo"),
        ("ad phone", "add phone"),
        ("add phones", "add phones"),
        ("adding phones", "add phones"),
        ("lists", "add phones"),
        ("lists of phones", "add phones"),
        ("many phones", "add phones"),
        ("excel file", "add phones"),
        ("list", "devices"),
        ("retry", "retry"),
        ("tag devices", "tag devices"),
    ],
)
async def test_help_about_a_command_shows_that_command_alone(authorization, topic, name):
    command = next(command for command in COMMANDS if command.name == name)
    shown, titles = await answered(
        authorization, HELP, Grant("ann@example.com", Role.TECHNICIAN), text=topic
    )
    assert shown.startswith(f"{name}\nDoes: {command.help}\nType: {' or '.join(command.usage)}")
    for example in command.examples:
        assert f"For example: {example}" in shown
    assert titles[-1] == "Help"


@pytest.mark.parametrize("name", ["add phones", "activation codes", "tag devices"])
async def test_help_about_a_list_names_the_other_lists_and_retry(authorization, name):
    grant = Grant("ann@example.com", Role.TECHNICIAN)
    shown, _ = await answered(authorization, HELP, grant, text=name)
    lists = {command.name for command in COMMANDS if command.many_of}
    (other,) = (line for line in shown.split("\n") if line.startswith("Other lists: "))
    assert {*other.partition(": ")[2].split(", ")} == lists - {name}
    assert "“retry CODE”" in shown
    shown, _ = await answered(authorization, HELP, grant, text="add phone")
    assert "Other lists" not in shown
    assert "retry" not in shown


@pytest.mark.parametrize(("role", "told"), [(Role.TECHNICIAN, True), (Role.VIEWER, False)])
async def test_help_tells_those_who_may_use_lists_how_to_read_about_them(authorization, role, told):
    shown, _ = await answered(authorization, HELP, Grant("ann@example.com", role))
    assert ("help lists" in shown) is told


async def test_help_about_swap_says_what_may_be_left_out(authorization):
    grant = Grant("ann@example.com", Role.TECHNICIAN)
    shown, _ = await answered(authorization, HELP, grant, text="swap")
    assert "Leave MODEL out if it stays the same\n" in shown


@pytest.mark.parametrize(
    ("topic", "role", "expected"),
    [
        ("add phone", Role.TECHNICIAN, "You may: yes\n"),
        ("delete device", Role.TECHNICIAN, "You may: yes, if somebody else approves it"),
        ("delete device", Role.VIEWER, "You may: no: your roles do not allow it."),
        ("approve", Role.TECHNICIAN, "You may: no: your roles do not allow it."),
        ("approve", Role.APPROVER, "You may: yes\n"),
        ("confirm", Role.VIEWER, "You may: yes\n"),
    ],
)
async def test_help_about_a_command_says_whether_the_person_may_use_it(
    authorization, topic, role, expected
):
    shown, _ = await answered(authorization, HELP, Grant("ann@example.com", role), text=topic)
    assert expected in shown


@pytest.mark.parametrize("topic", ["thanks", "singing", "x" * 500])
async def test_help_without_that_topic_shows_everything(authorization, topic):
    shown, _ = await answered(
        authorization, HELP, Grant("ann@example.com", Role.VIEWER), text=topic
    )
    assert shown.startswith("What I can do for you\nThe help has no topic “")
    assert "Find: devices · device" in shown


@pytest.mark.parametrize(
    "command", [command for command in COMMANDS if command.help], ids=lambda command: command.name
)
def test_each_example_is_understood(command):
    for example in command.examples:
        parsed = PARSER.parse(example)
        assert isinstance(parsed, Command)
        assert parsed.verb == command.name


async def test_whoami_names_roles_scopes_and_what_needs_approval(authorization):
    grants = (Grant("ann@example.com", Role.TECHNICIAN, "Lyon"), Grant("@example.com", Role.VIEWER))
    shown, _ = await answered(authorization, WHOAMI, *grants)
    assert "ann@example.com" in shown
    assert "Roles: technician at Lyon, viewer" in shown
    assert "You may use: add phone · activation code · add base · add handset · tag" in shown
    networks = "create dect network · set up dect"
    needs_approval = f"add phones · activation codes · {networks} · tag devices · move phone"
    assert f"Needs approval: {needs_approval} · remove base" in shown


async def test_whoami_says_that_nothing_needs_approval(authorization):
    shown, _ = await answered(authorization, WHOAMI, Grant("ann@example.com", Role.ADMIN))
    assert "Needs approval: nothing" in shown
