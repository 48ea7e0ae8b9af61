"""The short forms: the same as `make torture`, with a fixed seed, in less than a minute."""

from pathlib import Path

import pytest

from sandbox.server import Sandbox
from sandbox.settings import Settings
from tests import postgres_server
from tests.journeys.world import ADA, SAM
from tests.torture.__main__ import FEWEST, shrunk
from tests.torture.play import Plan, play
from tests.torture.stage import APPROVERS, HANDSET_OWNERS, settle

SHORT = Plan(seed=12, commands=150, people=25, pause=0.7, deaths=14.0, restarts=5.0)
# The dice freeze the leader for nine seconds.
REPLICAS = Plan(
    seed=2301, commands=20, people=25, pause=2.0, deaths=0, restarts=0, replicas=2, upheavals=15
)


@pytest.mark.timeout(400)
@pytest.mark.usefixtures("forks")
async def test_nothing_is_lost_done_twice_or_left_unanswered(tmp_path: Path):
    result = await play(SHORT, tmp_path)

    assert not result.findings, result.trace()
    assert len(result.record.deeds) >= SHORT.commands
    assert result.figures["kill"], result.summary()
    assert any(change.good for change in result.record.changes)


@pytest.mark.timeout(400)
@pytest.mark.usefixtures("forks")
async def test_another_replica_goes_on_with_it(tmp_path: Path):
    postgres_server.required()
    result = await play(REPLICAS, tmp_path)

    assert not result.findings, result.trace()
    assert len(result.record.deeds) >= REPLICAS.commands
    assert "frozen" in {each.why for each in result.record.fail_overs}, result.summary()


async def test_the_attackers_are_nobody_whom_the_stage_needs():
    needed = {ADA, SAM, *dict(APPROVERS), *(f"{name}@acme.example" for name in HANDSET_OWNERS)}
    async with Sandbox(Settings()) as sandbox:
        cast = [person.email for person in settle(sandbox.cloud, FEWEST)]

    assert needed <= {*cast[:-2]}


def test_a_failure_is_shrunk_while_it_still_fails():
    def fails(plan: Plan) -> bool:
        return plan.commands >= 300 and plan.people >= 40

    smallest = shrunk(Plan(seed=7, commands=10_000, people=100), fails)
    assert (smallest.seed, smallest.commands, smallest.people) == (7, 312, 50)


def test_a_flaky_failure_is_shrunk_as_well():
    tries = iter(range(100))
    smallest = shrunk(Plan(seed=7, commands=80), lambda _: next(tries) % 2 == 1)
    assert smallest.commands == 20
