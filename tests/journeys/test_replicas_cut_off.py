"""Two processes that both lose the database: what they tell operators, and what people get."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
import pytest_asyncio

from tests.journeys.crash import trail_is_whole
from tests.journeys.database_line import State
from tests.journeys.replicas import Replica, Replicas, replicated
from tests.journeys.world import VERA, until

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

KEY = base64.urlsafe_b64encode(b"replicas" * 4).decode()
# What runs by itself in a leader and needs the database.
WORK = {"following", "timer", "plan_expiry"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Replicas]:
    """One process leads, the other one is ready."""
    async with replicated(tmp_path_factory.mktemp("world"), PROVBOT_KEY=KEY) as made:
        await made.start()
        yield made
        await made.at_rest()
        made.check()
        await trail_is_whole(made)


def lines(replica: Replica, since: int) -> list[dict[str, Any]]:
    """What a process has logged since then."""
    logged = replica.log.read_text().splitlines()[since:]
    return [json.loads(line) for line in logged if line.startswith("{")]


async def _names(standby: Replica, leader: Replica) -> bool:
    """Whether the standby says who leads."""
    assert leader.process
    return str((await standby.checks()).get("leader")).endswith(f":{leader.process.pid}")


async def test_nobody_claims_to_lead_without_the_database_and_the_log_is_short(world: Replicas):
    leader, standby = await world.both()
    await until(partial(_names, standby, leader), "the standby has looked")
    before = {replica.port: len(replica.log.read_text().splitlines()) for replica in world.all}
    for replica in world.all:
        replica.line.set(State.CUT)

    async def claims_nothing() -> bool:
        return (await leader.checks()).get("role") == "unknown"

    await until(claims_nothing, "the lease has run out")

    async def has_waited() -> bool:
        return "lease_available" in standby.events()

    question = await world.client.say(VERA, "whoami")
    await asyncio.sleep(12.0)  # the slowest of them looks every ten seconds
    checks = await leader.checks()
    assert checks["lease"].startswith("The lease was last renewed ")
    assert "server closed the connection" in checks["lease"]
    assert checks["database"].startswith("The database cannot be written: ")
    assert "Unavailable" not in f"{checks}{await standby.checks()}"
    for replica in world.all:
        assert "provbot_leader 0.0" in await replica.ask("metrics")
    assert await world.client.messages(VERA, after=question["seq"]) == []

    for replica in world.all:
        replica.line.set(State.WHOLE)
    await world.led_by(leader)  # who has the question in memory

    assert len(await world.answers(VERA, question["seq"])) == 1
    logged = lines(leader, before[leader.port])
    names = [line["event"] for line in logged]
    assert not [line for line in logged if line["level"] == "error" or "exception" in line]
    assert {name for name in names if name.endswith("_waits")} == {f"{name}_waits" for name in WORK}
    assert all(names.count(f"{name}_waits") == 1 for name in WORK)
    (renewed,) = (line for line in logged if line["event"] == "lease_renewed")
    assert renewed["lasted_s"] > 12
    assert 1 <= names.count("lease_not_renewed") <= 3
    assert names.count("retry_scheduled") <= 2
    await until(has_waited, "the standby tells of the end of the outage")
    waited = [line["event"] for line in lines(standby, before[standby.port])]
    assert 1 <= waited.count("lease_unavailable") <= 3
    assert waited.count("lease_available") == 1
