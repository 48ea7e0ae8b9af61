"""How many transactions an event takes: each costs two changes of thread, and most a flush.

Here each call of the store is one; in the bot, those that wait at the same time share one.
"""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import pytest

from bot.store.database import Store
from bot.store.sql import Database
from tests.bot.requests.fixtures import PHONE, ROLES, TOM
from tests.bot.requests.harness import DispatchHarness
from tests.bot.requests.inline_store import CrashTimer, InlineStore
from tests.cards import rules
from tests.database import statements_of
from tests.fake_messenger import PostedMessage

pytestmark = pytest.mark.usefixtures("engine")

P = ParamSpec("P")
T = TypeVar("T")
ADD = f"add phone {PHONE['mac']} {PHONE['model']} for {PHONE['owner']}"


async def count(
    harness: DispatchHarness, acting: Coroutine[Any, Any, list[PostedMessage]]
) -> tuple[int, PostedMessage]:
    """How many transactions begin until the bot is at rest, and the last answer."""
    with statements_of(harness.db) as statements:
        *_, answer = await acting
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


class FlushingStore(InlineStore):
    """Notes the names of the functions whose transactions are flushed to disk."""

    def __init__(self, path: Path, crash_timer: CrashTimer) -> None:
        super().__init__(path, crash_timer)
        self.flushed: list[str] = []

    async def call(
        self, function: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Flushed."""
        self.flushed.append(function.__name__)
        return await super().call(function, *args, **kwargs)

    async def call_without_fsync(
        self, function: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Not flushed."""
        return await super().call(function, *args, **kwargs)


class FlushingHarness(DispatchHarness):
    """On such a store."""

    def open_store(self) -> Store:
        """On the same file."""
        return FlushingStore(self.path, self.crash_timer)


async def test_a_confirmation_is_flushed_with_its_first_step(tmp_path: Path):
    """After a power cut before that, the press is handled again: the event is flushed at once."""
    harness = FlushingHarness(tmp_path / "provbot.db")
    await harness.allow(*ROLES)
    store = harness.store
    assert isinstance(store, FlushingStore)
    *_, plan = await harness.says(TOM, ADD)
    assert "write" in store.flushed  # the plan
    store.flushed.clear()
    await harness.presses(TOM, rules.button(plan.card or {}, "Confirm"), card=plan.id)
    writes = [name for name in store.flushed if name in ("claim", "write", "_begin", "_settle")]
    assert writes == ["claim", "_begin", "_settle"]
    store.close()
