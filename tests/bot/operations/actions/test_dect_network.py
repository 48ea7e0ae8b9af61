"""Create, change and delete a DECT network."""

from typing import Any

import pytest
from pydantic import SecretStr

from bot.core.errors import OutcomeUnknown, Refused, WebexError
from bot.core.models.dect import HandsetSettings, NetworkRef
from bot.domain.operation import Job, LookupInconclusive
from bot.domain.plan import Outcome, Step
from bot.operations.actions import dect_steps
from bot.operations.actions.base_station import ADD_BASE
from bot.operations.actions.dect_network import CREATE_NETWORK, DELETE_NETWORK, UPDATE_NETWORK
from bot.operations.actions.dect_steps import Code
from bot.operations.actions.handset import ADD_HANDSET
from tests.bot.operations.actions.dect_jobs import MACS, NEW, REF, SPACING, THERE, jobs
from tests.bot.operations.forms import context
from tests.example_org import BOB, LYON, SOUTH
from tests.fake_calling import FakeCalling, LostAfter, lost
from tests.fake_dect import refusal

CODE = {"access_code": "0042"}


@pytest.fixture
def calling() -> FakeCalling:
    return FakeCalling()


def creation(**facts: Any) -> Job:
    return jobs(dect_steps.create_network(NEW, "DBS210", **facts))[0]


def change(**facts: Any) -> Job:
    step = dect_steps.update_network(THERE, old_display_name="Ware", spacing=SPACING, **facts)
    return jobs(step)[0]


def deletion() -> Job:
    return jobs(dect_steps.delete_network(THERE))[0]


async def set_up(calling: FakeCalling, *more: Step) -> tuple[Job, Outcome]:
    """Create Hall with a base station and a handset; returns the job that created it."""
    steps = (
        dect_steps.create_network(NEW, "DBS210"),
        dect_steps.add_base(MACS[0], NEW, 1),
        *dect_steps.add_handset(BOB, "Bob", NEW, 1, spacing=SPACING),
        *more,
    )
    created = await CREATE_NETWORK.run(jobs(*steps)[0], {}, context(calling))
    first, base, handset = jobs(*steps, values=created.values)[:3]
    await ADD_BASE.run(base, {}, context(calling))
    await ADD_HANDSET.run(handset, {}, context(calling))
    return first, created


def hall(calling: FakeCalling) -> NetworkRef:
    return calling.dect.held[-1].ref


async def test_creating_it_gives_its_id(calling):
    outcome = await CREATE_NETWORK.run(creation(), {}, context(calling))

    assert outcome.title == "The DECT network Hall was created in Lyon"
    assert outcome.values == {"network": calling.dect.held[-1].id}


async def test_its_step_needs_the_code_and_does_not_hold_it(calling):
    job = creation(has_code=True, display_name="Hall")

    await CREATE_NETWORK.run(job, CODE, context(calling))

    assert job.step.needs == ("access_code",)
    assert calling.dect.held[-1].access_code == SecretStr("0042")
    assert "0042" not in job.plan.model_dump_json()


@pytest.mark.parametrize(("trouble", "is_there"), [(LostAfter(), True), (lost(), False)])
async def test_a_lost_creation_is_looked_up_with_its_id(calling, trouble, is_there):
    calling.troubles = [trouble]
    with pytest.raises(OutcomeUnknown):
        await CREATE_NETWORK.run(creation(), {}, context(calling))

    outcome = await CREATE_NETWORK.look_up(creation(), context(calling))

    assert (outcome is not None) is is_there
    assert not outcome or outcome.values == {"network": calling.dect.held[-1].id}


async def test_a_step_of_an_older_version_still_runs(calling):
    """It was confirmed before an update of provbot, and has other details."""
    details = {"location": LYON.id, "place": "Lyon", "name": "Hall", "per_user": "yes"}
    step = creation().step.model_copy(update={"details": details})

    outcome = await CREATE_NETWORK.run(jobs(step)[0], {}, context(calling))

    assert outcome.title == "The DECT network Hall was created in Lyon"
    assert await CREATE_NETWORK.look_up(jobs(step)[0], context(calling)) == outcome


async def test_a_new_network_is_taken_back_with_all_that_its_request_added(calling):
    job, outcome = await set_up(calling)

    reversal = await CREATE_NETWORK.undo(job, outcome, context(calling))

    (step,) = reversal.steps
    assert (step.key, step.action) == ("undo network", dect_steps.DELETE_NETWORK)
    assert reversal.warnings == ("Deleting Hall also deletes 1 base station and 1 handset.",)
    await DELETE_NETWORK.run(jobs(step)[0], {}, context(calling))
    assert [network.name for network in calling.dect.held] == ["Warehouse"]


async def test_without_its_id_the_new_network_is_found_by_name(calling):
    job, _ = await set_up(calling)

    reversal = await CREATE_NETWORK.undo(job, Outcome(title=""), context(calling))

    assert reversal.steps[0].details["network"] == calling.dect.held[-1].id


async def test_a_new_network_stays_if_others_added_something(calling):
    job, outcome = await set_up(calling)
    await calling.dect.add_base_stations(hall(calling), [MACS[1]])
    for name in ("South", "South 2"):
        settings = HandsetSettings(line1=SOUTH.id, display_name=name)
        await calling.dect.add_handset(hall(calling), settings)

    with pytest.raises(Refused) as caught:
        await CREATE_NETWORK.undo(job, outcome, context(calling))

    assert str(caught.value) == (
        "The DECT network Hall has 1 base station and 2 handsets that this request did not add, so"
        " it is not deleted. To delete it with all that it has, type “delete dect network Hall”."
    )


async def test_a_handset_that_may_be_of_others_keeps_the_network(calling):
    job, outcome = await set_up(calling)
    sets = calling.dect.sets[hall(calling).id]
    sets[0] = sets[0].model_copy(update={"display_name": ""})

    with pytest.raises(Refused, match="has 1 handset that this request did not add"):
        await CREATE_NETWORK.undo(job, outcome, context(calling))


async def test_a_new_network_whose_contents_cannot_be_read_is_not_deleted(calling):
    job, outcome = await set_up(calling)
    calling.broken["handsets"] = [WebexError(500, "broken")]

    with pytest.raises(WebexError):
        await CREATE_NETWORK.undo(job, outcome, context(calling))


async def test_a_new_network_that_is_gone_needs_no_undo(calling):
    job, outcome = await set_up(calling)
    calling.dect.held.pop()

    for known in (outcome, Outcome(title="")):
        reversal = await CREATE_NETWORK.undo(job, known, context(calling))
        assert (reversal.steps, len(reversal.warnings)) == ((), 1)


@pytest.mark.parametrize(
    ("facts", "title"),
    [
        ({"name": "Store"}, "is now called Store"),
        ({"display_name": "Shop"}, "shows “Shop” on its handsets"),
        ({"display_name": ""}, "has no name on its handsets"),
        ({"code": Code.EACH}, "has one access code for each handset"),
        ({"name": "Store", "code": Code.TYPED}, "is now called Store and has a new access code"),
    ],
)
async def test_a_change_is_made_and_told(calling, facts, title):
    outcome = await UPDATE_NETWORK.run(change(**facts), CODE, context(calling))

    assert outcome.title == f"The DECT network Warehouse in Lyon {title}"
    assert "0042" not in outcome.model_dump_json()
    network = calling.dect.held[0]
    assert network.name == facts.get("name", "Warehouse")
    assert network.display_name == facts.get("display_name", "Ware")
    kept = {Code.TYPED: SecretStr("0042"), Code.EACH: None}
    assert network.access_code == kept.get(facts.get("code"), SecretStr("1234"))


async def test_a_code_that_provbot_made_goes_to_the_requester_alone(calling):
    job = change(code=Code.MADE)

    outcome = await UPDATE_NETWORK.run(job, CODE, context(calling))

    assert job.step.generates == ("access_code",)
    assert outcome.secret == SecretStr("0042")
    assert "0042" not in outcome.title + repr(outcome.facts)
    assert outcome.secret_lost == "To see the access code, type: dect Warehouse"


async def test_a_made_code_that_another_network_has_is_refused(calling):
    other = calling.dect.held[0].model_copy(
        update={"id": "net-2", "access_code": SecretStr("0042")}
    )
    calling.dect.held.append(other)

    with pytest.raises(Refused, match="is in use by another DECT network in Lyon"):
        await UPDATE_NETWORK.run(change(code=Code.MADE), CODE, context(calling))

    assert calling.changes == 0


async def test_that_check_does_not_stand_in_the_way(calling):
    calling.broken["dect_networks"] = [WebexError(500, "broken")]

    await UPDATE_NETWORK.run(change(code=Code.MADE), CODE, context(calling))

    assert calling.dect.held[0].access_code == SecretStr("0042")


@pytest.mark.parametrize(("trouble", "changes"), [(LostAfter(), 1), (lost(), 2)])
async def test_a_code_whose_answer_was_lost_is_compared(calling, trouble, changes):
    """Only here: the look-up does not have the code."""
    calling.troubles = [trouble]

    outcome = await UPDATE_NETWORK.run(change(code=Code.TYPED), CODE, context(calling))

    assert outcome.title.endswith("has a new access code")
    assert (calling.dect.held[0].access_code, calling.changes) == (SecretStr("0042"), changes)


async def test_a_lost_change_with_the_same_code_as_before_is_not_taken_for_made(calling):
    job = change(name="Store", code=Code.TYPED)
    calling.troubles = [lost()]

    await UPDATE_NETWORK.run(job, {"access_code": "1234"}, context(calling))

    assert calling.dect.held[0].name == "Store"


async def test_the_network_itself_may_have_the_made_code_already(calling):
    job = change(code=Code.MADE)

    assert await UPDATE_NETWORK.run(job, {"access_code": "1234"}, context(calling))


async def test_a_lost_code_that_cannot_be_read_is_unknown(calling):
    calling.troubles = [LostAfter()]
    calling.broken["dect_network"] = [WebexError(500, "broken")]

    with pytest.raises(OutcomeUnknown):
        await UPDATE_NETWORK.run(change(code=Code.TYPED), CODE, context(calling))

    with pytest.raises(LookupInconclusive, match="type: dect Warehouse"):
        await UPDATE_NETWORK.look_up(change(code=Code.TYPED), context(calling))


@pytest.mark.parametrize("facts", [{"name": "Store"}, {"display_name": ""}, {"code": Code.EACH}])
@pytest.mark.parametrize(("trouble", "is_made"), [(LostAfter(), True), (lost(), False)])
async def test_a_lost_change_is_looked_up(calling, trouble, is_made, facts):
    job = change(**facts)
    calling.troubles = [trouble]
    with pytest.raises(OutcomeUnknown):
        await UPDATE_NETWORK.run(job, {}, context(calling))

    assert bool(await UPDATE_NETWORK.look_up(job, context(calling))) is is_made


async def test_a_shared_code_is_absent_while_each_handset_has_its_own(calling):
    calling.dect.held[0] = calling.dect.held[0].model_copy(update={"has_shared_code": False})

    assert await UPDATE_NETWORK.look_up(change(code=Code.TYPED), context(calling)) is None


async def test_a_change_of_a_network_that_is_gone_is_absent(calling):
    calling.dect.held.clear()

    assert await UPDATE_NETWORK.look_up(change(name="Store"), context(calling)) is None


async def test_names_are_put_back(calling):
    job = change(name="Store", display_name="Shop")
    await UPDATE_NETWORK.run(job, {}, context(calling))

    reversal = await UPDATE_NETWORK.undo(job, Outcome(title=""), context(calling))

    (step,) = reversal.steps
    assert (step.spacing, step.subject) == (SPACING, f"dect:{LYON.id}:store")
    await UPDATE_NETWORK.run(jobs(step)[0], {}, context(calling))
    network = calling.dect.held[0]
    assert (network.name, network.display_name) == ("Warehouse", "Ware")


async def test_names_that_somebody_changed_meanwhile_stay(calling):
    job = change(name="Store")
    await UPDATE_NETWORK.run(job, {}, context(calling))
    calling.dect.held[0] = calling.dect.held[0].model_copy(update={"name": "Depot"})

    with pytest.raises(Refused, match="The name of Depot"):
        await UPDATE_NETWORK.undo(job, Outcome(title=""), context(calling))


async def test_codes_stay(calling):
    reversal = await UPDATE_NETWORK.undo(
        change(code=Code.TYPED), Outcome(title=""), context(calling)
    )

    assert reversal.steps == ()
    assert "I do not keep the old ones" in reversal.warnings[0]


async def test_a_network_is_deleted(calling):
    assert await DELETE_NETWORK.look_up(deletion(), context(calling)) is None

    outcome = await DELETE_NETWORK.run(deletion(), {}, context(calling))

    assert outcome.title == "The DECT network Warehouse in Lyon was deleted"
    assert calling.dect.held == []
    assert await DELETE_NETWORK.look_up(deletion(), context(calling)) == outcome
    assert "cannot be restored" in DELETE_NETWORK.without_undo


async def test_a_network_that_is_gone_is_deleted(calling):
    calling.troubles = [refusal(400, "[Error 27455] DECT network does not exist.", 27455)]

    assert (await DELETE_NETWORK.run(deletion(), {}, context(calling))).title.endswith("deleted")


async def test_a_network_that_cannot_be_read_is_not_taken_for_deleted(calling):
    calling.broken["dect_network"] = [WebexError(500, "broken")]

    with pytest.raises(WebexError):
        await DELETE_NETWORK.look_up(deletion(), context(calling))
    assert REF in [network.ref for network in calling.dect.held]
