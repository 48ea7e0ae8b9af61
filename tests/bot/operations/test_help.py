"""What this person may do, and who they are to the bot."""

import pytest

from bot.models import Grant, Role
from bot.operations import OPERATIONS, QUESTIONS
from bot.operations.help import BUTTONS, HELP, WHOAMI
from bot.requests.gate import Gate
from bot.store.database import Store
from cards import render
from tests.bot.operations.forms import context
from tests.cards import rules
from tests.fakes import FakeCalling

EVERY = [one.name for one in OPERATIONS] + [one.name for one in QUESTIONS]
ADMINS = {"grant", "revoke", "access", "audit"}
NOT_ADMINS = [name for name in EVERY if name not in ADMINS]
NO_CHANGE = [one.name for one in QUESTIONS if one.name not in ADMINS]


@pytest.fixture
def gate(tmp_path):
    """A gate over an empty allowlist: grants are handed in."""
    store = Store(tmp_path / "provbot.db")
    yield Gate(store, FakeCalling(), (*OPERATIONS, *QUESTIONS))
    store.close()


async def answered(gate, question, *grants):
    """Words and card of the answer for who holds these."""
    card = await question.answer("", gate.asker("ann@example.com", grants), context(FakeCalling()))
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
async def test_help_shows_what_this_person_may_do_and_nothing_else(gate, role, may):
    words, titles = await answered(gate, HELP, Grant("ann@example.com", role))
    examples = {one.name: one.example for one in OPERATIONS} | {one.name: one.example for one in QUESTIONS}  # fmt: skip
    lines = words.split("\n")
    assert [name for name in EVERY if examples[name] in lines] == may
    known = [*may, "approvals"] if role is Role.APPROVER else may
    assert titles == [title for name, title in BUTTONS if name in known]


async def test_help_says_what_needs_approval(gate):
    words, _ = await answered(gate, HELP, Grant("ann@example.com", Role.TECHNICIAN))
    assert "Create a DECT network in a location (needs approval)" in words
    words, _ = await answered(gate, HELP, Grant("ann@example.com", Role.ADMIN))
    assert "needs approval" not in words


async def test_whoami_names_roles_scopes_and_what_needs_approval(gate):
    grants = (Grant("ann@example.com", Role.TECHNICIAN, "Lyon"), Grant("@example.com", Role.VIEWER))
    words, _ = await answered(gate, WHOAMI, *grants)
    assert "ann@example.com" in words
    assert "Roles: technician at Lyon, viewer" in words
    assert "With approval: create dect network, delete device" in words


async def test_whoami_says_that_nothing_needs_approval(gate):
    words, _ = await answered(gate, WHOAMI, Grant("ann@example.com", Role.ADMIN))
    assert "With approval: nothing" in words
