"""How many transactions an event takes: each costs two changes of thread, and most a flush.

Here each call of the store is one; in the bot, those that wait at the same time share one.
"""

from collections.abc import Coroutine
from typing import Any

from tests.bot.requests.fixtures import PHONE, TOM
from tests.bot.requests.harness import DispatchHarness
from tests.cards import rules
from tests.fake_messenger import PostedMessage

ADD = f"add phone {PHONE['mac']} {PHONE['model']} for {PHONE['owner']}"


async def count(
    harness: DispatchHarness, acting: Coroutine[Any, Any, list[PostedMessage]]
) -> tuple[int, PostedMessage]:
    """How many transactions begin until the bot is at rest, and the last answer."""
    statements: list[str] = []
    harness.db.conn.set_trace_callback(statements.append)
    *_, answer = await acting
    harness.db.conn.set_trace_callback(None)
    return statements.count("BEGIN IMMEDIATE"), answer


async def test_a_question_takes_three(harness: DispatchHarness):
    await harness.authorization.identities.of(TOM.person_id)
    number, _ = await count(harness, harness.says(TOM, "help"))
    assert number == 3  # claimed; roles and version of the message; handled


async def test_a_question_of_somebody_who_was_not_read_takes_one_more(harness: DispatchHarness):
    number, _ = await count(harness, harness.says(TOM, "help"))
    assert number == 4  # also: whether a role for the domain depends on the organization


async def test_a_plan_takes_seven_and_its_confirmation_ten(harness: DispatchHarness):
    await harness.authorization.identities.of(TOM.person_id)
    # Also: the request; its plan; others about the same phone; the id of the card.
    number, plan = await count(harness, harness.says(TOM, ADD))
    assert number == 7
    confirm = rules.button(plan.card or {}, "Confirm")
    # Claimed; roles and request; confirmed; handled; then those of the run: its steps, roles,
    # begun, settled; the progress message; told.
    number, _ = await count(harness, harness.presses(TOM, confirm, card=plan.id))
    assert number == 10
