"""A step, the decision behind it and its entry in the trail: all three or none."""

import asyncio
import json

import pytest

from bot.audit import SYSTEM_ACTOR, verify
from bot.core.errors import Refused
from bot.core.models.audit import AuditEntry
from bot.core.models.people import Grant, Role
from bot.core.models.requests import Request
from bot.requests.lifecycle import TRANSITIONS, State
from bot.requests.transitions import DecisionInput
from bot.store import approvals, audit
from bot.store.sql import Database
from tests.bot.requests.fixtures import NETWORK, PHONE, TOM, RequestFixture
from tests.bot.requests.strategies import ANA, LEA
from tests.database import refuse_inserts

pytestmark = pytest.mark.usefixtures("engine")

APPROVED = DecisionInput("approve")


async def planned(world: RequestFixture) -> Request:
    """With a plan, not confirmed yet."""
    shown = await world.ask("create dect network", NETWORK)
    assert shown.request
    return await world.row(shown.request.code)


async def waiting(world: RequestFixture) -> Request:
    """Confirmed."""
    return await world.transitions.apply(await planned(world), State.WAITING, by=TOM)


async def entries(world: RequestFixture) -> list[AuditEntry]:
    """All of the trail."""
    return await world.store.call(lambda db: list(audit.entries(db)))


def fill_the_disk(db: Database) -> None:
    """Nothing more goes into the trail."""
    refuse_inserts(db, "audit", "disk full")


async def test_a_step_is_recorded_with_actor_action_and_digest(world: RequestFixture):
    request = await waiting(world)
    (entry,) = await entries(world)
    assert (entry.actor_id, entry.actor, entry.action) == (TOM.person_id, TOM.email, "waiting")
    assert (entry.request, entry.digest) == (request.code, request.digest)
    assert request.plan
    detail = json.loads(entry.detail)
    assert detail["operation"] == "create dect network"
    assert (detail["title"], detail["facts"]) == (request.plan["title"], request.plan["facts"])
    assert detail["version"] == request.version


async def test_a_decision_is_recorded_with_its_reason(world: RequestFixture):
    request = await waiting(world)
    await world.transitions.apply(
        request, State.REJECTED, by=ANA, decided=DecisionInput("reject", "too dear")
    )
    entry = (await entries(world))[-1]
    assert (entry.actor, entry.action) == (ANA.email, "reject")
    assert json.loads(entry.detail)["reason"] == "too dear"
    (vote,) = await world.store.call(approvals.votes, request.code)
    assert (vote.email, vote.verdict, vote.reason) == (ANA.email, "reject", "too dear")


async def test_an_end_is_recorded_with_its_outcome(world: RequestFixture):
    request = await world.transitions.apply(await planned(world), State.APPROVED, by=TOM)
    request = await world.transitions.apply(request, State.RUNNING, by=SYSTEM_ACTOR)
    await world.transitions.apply(request, State.FAILED, by=SYSTEM_ACTOR, outcome={"title": "No."})
    assert [(entry.actor, entry.action) for entry in await entries(world)] == [
        (TOM.email, "confirmed"),
        ("provbot", "running"),
        ("provbot", "failed"),
    ]
    assert json.loads((await entries(world))[-1].detail)["outcome"] == "No."
    assert (await world.row(request.code)).told is False


async def test_drafts_leave_no_audit_entry(world: RequestFixture):
    shown = await world.ask("add phone", PHONE)
    await world.press(shown, "change")
    assert await entries(world) == []


async def test_a_step_is_not_made_without_its_audit_entry(world: RequestFixture):
    request = await waiting(world)
    await world.store.call(fill_the_disk)
    with pytest.raises(Exception, match="disk full"):
        await world.transitions.apply(request, State.APPROVED, by=ANA, decided=APPROVED)
    assert await world.row(request.code) == request
    assert await world.store.call(approvals.votes, request.code) == []
    assert len(await entries(world)) == 1


async def test_no_role_changes_without_its_audit_entry(world: RequestFixture):
    await world.store.call(fill_the_disk)
    before = await world.authorization.grants_or_none(TOM)
    for change in (world.authorization.allowlist.add, world.authorization.allowlist.remove):  # type: ignore[union-attr]
        with pytest.raises(Exception, match="disk full"):
            await change(
                Grant(TOM.email, Role.ADMIN)
                if "add" in change.__name__
                else Grant(TOM.email, Role.TECHNICIAN)
            )
    assert await world.authorization.grants_or_none(TOM) == before


async def test_a_step_that_was_made_already_is_not_made_again(world: RequestFixture):
    request = await waiting(world)
    steps = [
        world.transitions.apply(request, State.APPROVED, by=ANA, decided=APPROVED),
        world.transitions.apply(
            request, State.REJECTED, by=LEA, decided=DecisionInput("reject", "no")
        ),
    ]
    first, second = await asyncio.gather(*steps, return_exceptions=True)
    assert isinstance(first, Request)
    assert isinstance(second, Refused)
    assert str(second).startswith(f"{request.code} was already confirmed by {ANA.email} at ")
    assert [vote.email for vote in await world.store.call(approvals.votes, request.code)] == [
        ANA.email
    ]
    assert [entry.action for entry in await entries(world)] == ["waiting", "approve"]


async def test_the_same_person_decides_once(world: RequestFixture):
    request = await waiting(world)
    request = await world.transitions.apply(request, State.WAITING, by=ANA, decided=APPROVED)
    with pytest.raises(
        Refused,
        match=r"You have decided on .{4} already. It also needs a decision by somebody else",
    ):
        await world.transitions.apply(request, State.APPROVED, by=ANA, decided=APPROVED)
    assert await world.row(request.code) == request
    assert len(await entries(world)) == 2


@pytest.mark.parametrize("now", list(State))
@pytest.mark.parametrize("then", list(State))
async def test_an_impossible_step_is_not_made(world: RequestFixture, now, then):
    request = (await planned(world)).model_copy(update={"state": now.value})
    try:
        await world.transitions.apply(request, then, by=SYSTEM_ACTOR)
    except Refused:
        assert then not in TRANSITIONS[now]
        assert await world.state(request.code) == "draft"
    else:
        assert then in TRANSITIONS[now]


async def test_an_unknown_code_is_an_error(world: RequestFixture):
    with pytest.raises(Refused, match="There is no request ZZZZ"):
        await world.transitions.find(" zzzz ")


async def test_two_processes_write_one_audit_trail(world: RequestFixture):
    """`provbot access` and the bot: the chain must not fork."""
    other = RequestFixture(world.path)
    for number in range(10):
        writer = (world, other)[number % 2]
        await asyncio.gather(
            writer.authorization.allowlist.add(Grant(f"p{number}@example.com", Role.VIEWER)),  # type: ignore[union-attr]
            other.authorization.allowlist.add(Grant(f"q{number}@example.com", Role.VIEWER)),  # type: ignore[union-attr]
            world.authorization.allowlist.add(Grant(f"r{number}@example.com", Role.VIEWER)),  # type: ignore[union-attr]
        )
    other.store.close()
    assert len(await entries(world)) == 30
    wrong = await world.store.call(lambda db: list(verify(audit.entries(db), audit.head(db))))
    assert wrong == []
