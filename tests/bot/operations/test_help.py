"""What this person may do, and who they are to the bot."""

import pytest

from bot.core.models.people import Grant, Role
from bot.domain.identity import Identities
from bot.operations import COMMANDS, OPERATIONS, POLICY, QUESTIONS
from bot.operations.help import HELP, MAX_BUTTONS, WHOAMI
from bot.requests.authorization import Authorization
from bot.store.database import Store
from cards import render
from tests.bot.operations.forms import context
from tests.cards import rules
from tests.fake_calling import FakeCalling
from tests.fake_people import FakePeople

EVERY = [operation.name for operation in OPERATIONS] + [question.name for question in QUESTIONS]
ADMINS = {"grant", "revoke", "access", "audit"}
NOT_ADMINS = [name for name in EVERY if name not in ADMINS]
NO_CHANGE = [question.name for question in QUESTIONS if question.name not in ADMINS]


@pytest.fixture
def authorization(tmp_path):
    """A gate over an empty allowlist: grants are handed in."""
    store = Store(tmp_path / "provbot.db")
    yield Authorization(store, FakeCalling(), Identities(FakePeople()), COMMANDS, POLICY)
    store.close()


async def answered(authorization, question, *grants):
    """Words and card of the answer for who holds these."""
    card = await question.answer(
        "", authorization.caller("ann@example.com", grants), context(FakeCalling())
    )
    content = render.to_content(card)
    assert rules.violations(content) == []
    return render.to_text(card), rules.buttons(content)


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.VIEWER, NO_CHANGE),
        (Role.TECHNICIAN, NOT_ADMINS),
        (Role.ENGINEER, NOT_ADMINS),
        (Role.ADMIN, EVERY),
        (Role.APPROVER, ["whoami", "help"]),
    ],
)
async def test_help_shows_only_what_the_role_allows(authorization, role, may):
    text, titles = await answered(authorization, HELP, Grant("ann@example.com", role))
    examples = {operation.name: operation.example for operation in OPERATIONS} | {
        question.name: question.example for question in QUESTIONS
    }
    lines = text.split("\n")
    assert [name for name in EVERY if examples[name] in lines] == may
    known = [*may, "approvals"] if role is Role.APPROVER else may
    buttons = [
        command.help_button for command in COMMANDS if command.name in known and command.help_button
    ]
    assert titles == buttons[:MAX_BUTTONS]


async def test_help_says_what_needs_approval(authorization):
    text, _ = await answered(authorization, HELP, Grant("ann@example.com", Role.TECHNICIAN))
    assert "a location; a form asks for the model (needs approval)" in text
    text, _ = await answered(authorization, HELP, Grant("ann@example.com", Role.ADMIN))
    assert "needs approval" not in text


async def test_whoami_names_roles_scopes_and_what_needs_approval(authorization):
    grants = (Grant("ann@example.com", Role.TECHNICIAN, "Lyon"), Grant("@example.com", Role.VIEWER))
    text, _ = await answered(authorization, WHOAMI, *grants)
    assert "ann@example.com" in text
    assert "Roles: technician at Lyon, viewer" in text
    assert "Needs approval: create dect network, delete device" in text


async def test_whoami_says_that_nothing_needs_approval(authorization):
    text, _ = await answered(authorization, WHOAMI, Grant("ann@example.com", Role.ADMIN))
    assert "Needs approval: nothing" in text
