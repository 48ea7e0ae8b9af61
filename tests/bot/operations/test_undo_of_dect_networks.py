"""The plan that takes back a request about a DECT network."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from bot.core.errors import Invalid
from bot.core.models.dect import HandsetSettings
from bot.domain import dect_plans
from bot.domain.forms import ParsedForm
from bot.domain.operation import Action, Job
from bot.domain.plan import DoneStep, DoneSteps, Plan, Step
from bot.operations import undo
from bot.operations.actions import base_station, dect_network, dect_steps, handset
from bot.operations.actions.dect_steps import Target
from tests.bot.operations.forms import context
from tests.example_org import ANN, BOB, LYON, SOUTH, WAREHOUSE
from tests.fake_calling import FakeCalling

THERE, NEW = Target.of(WAREHOUSE), Target("Hall", LYON.ref)
MACS = ("D82E3E000001", "D82E3E000002")
ACTIONS: dict[str, Action] = {
    action.name: action
    for action in (
        dect_network.CREATE_NETWORK,
        *undo.ACTIONS,
        base_station.ADD_BASE,
        handset.ADD_HANDSET,
        handset.SECOND_LINE,
    )
}


@dataclass
class FakeJournal:
    """Has one request, and those that came later."""

    request: DoneSteps
    later: Sequence[DoneSteps] = ()

    async def done_steps(self, _code: str) -> DoneSteps:
        """The request."""
        return self.request

    async def others_about(self, _subject: str, _code: str) -> Sequence[DoneSteps]:
        """Those that came later."""
        return self.later


def rows(target: Target) -> list[Step]:
    """Two base stations, and two handsets of which one has two lines."""
    bases = [dect_steps.add_base(mac, target, row) for row, mac in enumerate(MACS, 1)]
    ann = dect_steps.add_handset(ANN, "Ann", target, 1, spacing=90.0)
    bob = dect_steps.add_handset(BOB, "Bob", target, 2, second=SOUTH, spacing=90.0)
    return [*bases, *ann, *bob]


async def done(calling: FakeCalling, steps: Sequence[Step]) -> DoneSteps:
    """Run all steps, one after another."""
    plan = Plan(
        title="Set up much", facts=(), steps=tuple(steps), locations=(LYON.ref,), on_refusal="go on"
    )
    finished: dict[str, DoneStep] = {}
    for step in steps:
        values: dict[str, str] = {}
        for key in step.after:
            values |= finished[key].outcome.values
        outcome = await ACTIONS[step.action].run(Job(plan, step, values), {}, context(calling))
        finished[step.key] = DoneStep(step=step, outcome=outcome, values=values)
    return DoneSteps(code="7K3F", plan=plan, steps=tuple(finished.values()))


async def undo_plan(calling: FakeCalling, request: DoneSteps, *later: DoneSteps) -> Plan:
    """The plan that takes the request back."""
    calling.asked.clear()
    ctx = replace(context(calling), journal=FakeJournal(request, later), undoes="7K3F")
    return await undo.plan(ACTIONS, ParsedForm({}), ctx)


@pytest.fixture
def calling() -> FakeCalling:
    return FakeCalling()


async def test_what_was_added_to_a_network_is_removed_and_the_network_is_read_once(calling):
    request = await done(calling, rows(THERE))

    plan = await undo_plan(calling, request)

    assert [(step.key, step.action) for step in plan.steps] == [
        ("undo row 2", dect_steps.DELETE_HANDSET),
        ("undo row 1", dect_steps.DELETE_HANDSET),
        ("undo row 2 base", dect_steps.DELETE_BASE),
        ("undo row 1 base", dect_steps.DELETE_BASE),
    ]
    assert sorted(calling.asked) == ["base_stations", "dect_network", "handsets"]
    assert dict(plan.facts)["Remove handset"] in {"Bob · Bob Birch", "Ann · Ann Alder"}
    await done(calling, plan.steps)
    assert (calling.dect.stations["net-1"], calling.dect.sets["net-1"]) == ([], [])


async def test_the_time_for_the_pauses_is_told(calling):
    """51 handsets are removed with two calls."""
    steps = [
        step
        for row in range(1, 52)
        for step in dect_steps.add_handset(ANN, f"Ann {row}", THERE, row, spacing=90.0)
    ]
    few = FakeCalling()
    plan = await undo_plan(few, await done(few, steps[:50]))
    assert dect_plans.TIME_NEEDED not in dict(plan.facts)
    plan = await undo_plan(calling, await done(calling, steps))
    assert dict(plan.facts)[dect_plans.TIME_NEEDED].startswith("about 2 minutes: Webex wants 90 s")


async def test_a_new_network_is_deleted_whole_with_one_step(calling):
    request = await done(calling, [dect_steps.create_network(NEW, "DBS210"), *rows(NEW)])

    plan = await undo_plan(calling, request)

    (step,) = plan.steps
    assert (step.key, step.action) == ("undo network", dect_steps.DELETE_NETWORK)
    assert plan.warnings == ("Deleting Hall also deletes 2 base stations and 2 handsets.",)
    await done(calling, plan.steps)
    assert [network.name for network in calling.dect.held] == ["Warehouse"]


async def test_a_new_network_that_others_use_stays_with_all_that_it_has(calling):
    request = await done(calling, [dect_steps.create_network(NEW, "DBS210"), *rows(NEW)])
    settings = HandsetSettings(line1=SOUTH.id, display_name="South")
    await calling.dect.add_handset(calling.dect.held[-1].ref, settings)

    with pytest.raises(Invalid, match="has 1 handset that this request did not add"):
        await undo_plan(calling, request)


async def test_a_later_request_about_the_network_is_undone_first(calling):
    request = await done(calling, [dect_steps.create_network(NEW, "DBS210"), *rows(NEW)])
    there = Target.of(calling.dect.held[-1])
    added = dect_steps.add_handset(ANN, "Ann 2", there, 3, spacing=90.0)
    retry = (await done(calling, added)).model_copy(update={"code": "QH4B"})

    with pytest.raises(Invalid) as caught:
        await undo_plan(calling, request, retry)

    assert str(caught.value) == (
        "The DECT network Hall has 1 handset of QH4B, so it is not deleted."
        " To take that back first, type “undo QH4B”."
    )
    settings = HandsetSettings(line1=SOUTH.id, display_name="South")
    await calling.dect.add_handset(calling.dect.held[-1].ref, settings)
    with pytest.raises(Invalid, match="has 2 handsets that this request did not add"):
        await undo_plan(calling, request, retry)


async def test_without_the_network_nothing_is_left(calling):
    request = await done(calling, rows(THERE))
    calling.dect.held.clear()

    with pytest.raises(Invalid) as caught:
        await undo_plan(calling, request)

    nothing, gone = str(caught.value).split(". ")
    assert nothing == "Nothing is left to be undone"
    assert gone == "The DECT network Warehouse does not exist any more."


async def test_requests_about_phones_read_no_networks(calling):
    with pytest.raises(Invalid, match="Nothing is left"):
        await undo_plan(calling, await done(calling, []))

    assert calling.asked == []
