"""Add and remove base stations of a DECT network."""

from typing import Any

import pytest

from bot.core.api_calls import ADD_BASE_STATIONS
from bot.core.errors import OutcomeUnknown, Refused, WebexError, Withdrawn
from bot.domain import error_messages
from bot.domain.plan import Outcome
from bot.operations.actions import dect_steps
from bot.operations.actions.base_station import ADD_BASE, DELETE_BASE
from tests.bot.operations.actions.dect_jobs import (
    MACS,
    NEW,
    REF,
    THERE,
    bases,
    jobs,
    look_up_many,
    run_many,
)
from tests.bot.operations.forms import context
from tests.fake_calling import FakeCalling, LostAfter, lost
from tests.fake_dect import refusal


@pytest.fixture
def calling() -> FakeCalling:
    return FakeCalling()


def macs(calling: FakeCalling) -> list[str]:
    return [station.mac for station in calling.dect.stations.get(REF.id, ())]


def kinds(results: list[Any]) -> list[type]:
    return [type(result) for result in results]


async def test_adding_one_gives_its_id(calling):
    (job,) = bases(MACS[0])

    outcome = await ADD_BASE.run(job, {}, context(calling))

    assert outcome.title == "The base station D8:2E:3E:00:00:01 was added to Warehouse"
    assert outcome.values == {"base": calling.dect.stations[REF.id][0].id}


async def test_a_base_of_a_network_that_was_just_created_goes_to_its_id(calling):
    new = calling.dect.held[0].model_copy(update={"id": "net-9", "name": "Hall"})
    calling.dect.held.append(new)
    step = dect_steps.add_base(MACS[0], NEW, 1)

    (job,) = jobs(step, values={"network": "net-9"})
    await ADD_BASE.run(job, {}, context(calling))

    assert [station.mac for station in calling.dect.stations["net-9"]] == [MACS[0]]


async def test_a_refusal_of_one_is_an_error(calling):
    calling.foreign_macs.add(MACS[0])

    with pytest.raises(WebexError) as caught:
        await ADD_BASE.run(bases(MACS[0])[0], {}, context(calling))

    assert caught.value.status == 409
    assert "MAC address" in error_messages.for_storage(caught.value)


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (400, error_messages.BASE_REFUSED),
        (409, "Another device already uses this MAC address"),
    ],
)
async def test_a_refusal_without_words_is_told_in_words(calling, status, sentence):
    trouble = refusal(status, f"HTTP status {status}")
    trouble.call = ADD_BASE_STATIONS.call
    calling.troubles = [trouble]

    with pytest.raises(WebexError) as caught:
        await ADD_BASE.run(bases(MACS[0])[0], {}, context(calling))

    assert error_messages.for_storage(caught.value).startswith(sentence)
    assert error_messages.quoted(caught.value) == ""


async def test_several_are_one_call_with_a_result_each(calling):
    calling.foreign_macs.add(MACS[1])

    results = await run_many(ADD_BASE, bases(*MACS), context(calling))

    assert [isinstance(result, Outcome) for result in results] == [True, False, True]
    assert isinstance(results[1], WebexError)
    assert (macs(calling), calling.changes) == ([MACS[0], MACS[2]], 1)


async def test_what_the_answer_leaves_out_is_read_at_once(calling):
    calling.dect.left_out = {MACS[0], MACS[1]}
    calling.foreign_macs.add(MACS[1])

    results = await run_many(ADD_BASE, bases(*MACS), context(calling))

    assert isinstance(results[0], Outcome)
    assert results[1] is None
    assert calling.asked == ["base_stations"]


async def test_without_that_list_it_stays_unknown(calling):
    calling.dect.left_out = {MACS[0]}
    calling.broken["base_stations"] = [WebexError(500, "broken")]

    results = await run_many(ADD_BASE, bases(*MACS), context(calling))

    assert kinds(results) == [type(None), Outcome, Outcome]


async def test_one_whose_answer_tells_nothing_is_unknown(calling):
    calling.dect.left_out = {MACS[0]}
    calling.foreign_macs.add(MACS[0])

    with pytest.raises(OutcomeUnknown):
        await ADD_BASE.run(bases(MACS[0])[0], {}, context(calling))


async def test_if_the_whole_list_is_refused_each_goes_alone(calling):
    calling.troubles = [refusal(400, "HTTP status 400")]
    calling.foreign_macs.add(MACS[1])

    results = await run_many(ADD_BASE, bases(*MACS), context(calling))

    assert [isinstance(result, Outcome) for result in results] == [True, False, True]
    assert (macs(calling), calling.changes) == ([MACS[0], MACS[2]], 4)


async def test_an_answer_that_gets_lost_when_each_goes_alone_concerns_one(calling):
    calling.troubles = [refusal(400, "HTTP status 400"), None, LostAfter(), None]

    results = await run_many(ADD_BASE, bases(*MACS), context(calling))

    assert kinds(results) == [Outcome, type(None), Outcome]


async def test_a_stop_while_each_goes_alone_keeps_what_was_done(calling):
    calling.troubles = [refusal(400, "HTTP status 400"), None, Withdrawn()]

    results = await run_many(ADD_BASE, bases(*MACS), context(calling))

    assert kinds(results) == [Outcome, type(None), type(None)]


@pytest.mark.parametrize("status", [401, 403, 404, 429])
async def test_a_refusal_that_is_not_about_one_of_them_is_about_all(calling, status):
    calling.troubles = [refusal(status, "no")]

    with pytest.raises(WebexError):
        await run_many(ADD_BASE, bases(*MACS), context(calling))

    assert calling.changes == 1


@pytest.mark.parametrize(
    "trouble", [OutcomeUnknown(408, "late"), refusal(400, "[Error 27455] gone", 27455)]
)
async def test_an_unknown_outcome_and_a_network_that_is_gone_are_about_all(calling, trouble):
    calling.troubles = [trouble]

    with pytest.raises(WebexError):
        await run_many(ADD_BASE, bases(*MACS), context(calling))

    assert calling.changes == 1


async def test_the_same_mac_twice_is_added_once(calling):
    results = await run_many(ADD_BASE, bases(MACS[0], MACS[0]), context(calling))

    assert isinstance(results[0], Outcome)
    assert isinstance(results[1], WebexError)
    assert macs(calling) == [MACS[0]]


@pytest.mark.parametrize(("trouble", "are_there"), [(LostAfter(), True), (lost(), False)])
async def test_a_lost_answer_is_looked_up_with_one_list(calling, trouble, are_there):
    calling.troubles = [trouble]
    with pytest.raises(OutcomeUnknown):
        await run_many(ADD_BASE, bases(*MACS), context(calling))

    results = await look_up_many(ADD_BASE, bases(*MACS), context(calling))

    assert [result is not None for result in results] == [are_there] * 3
    assert calling.asked == ["base_stations"]
    assert bool(await ADD_BASE.look_up(bases(MACS[0])[0], context(calling))) is are_there


async def test_of_a_network_that_is_gone_all_are_absent(calling):
    calling.dect.held.clear()

    assert await look_up_many(ADD_BASE, bases(*MACS), context(calling)) == [None] * 3


async def test_a_list_that_cannot_be_found_does_not_prove_that_they_are_absent(calling):
    calling.broken["base_stations"] = [refusal(404, "HTTP status 404")]

    with pytest.raises(WebexError):
        await look_up_many(ADD_BASE, bases(*MACS), context(calling))


async def test_adding_is_taken_back_by_its_removal_found_by_mac(calling):
    (job,) = bases(MACS[0])
    await ADD_BASE.run(job, {}, context(calling))

    reversal = await ADD_BASE.undo(job, Outcome(title="unknown"), context(calling))

    (step,) = reversal.steps
    station = calling.dect.stations[REF.id][0]
    assert (step.key, step.action) == ("undo row 1 base", dect_steps.DELETE_BASE)
    assert step.call.path.endswith(f"/dectNetworks/{REF.id}/baseStations/{station.id}")


async def test_the_undo_goes_to_the_network_as_it_is_called_now(calling):
    (job,) = bases(MACS[0])
    await ADD_BASE.run(job, {}, context(calling))
    calling.dect.held = [calling.dect.held[0].model_copy(update={"name": "Store"})]

    reversal = await ADD_BASE.undo(job, Outcome(title=""), context(calling))

    assert reversal.steps[0].subject.endswith(":store")


async def test_a_base_that_is_gone_or_whose_network_is_gone_needs_no_undo(calling):
    (job,) = bases(MACS[0])

    gone = await ADD_BASE.undo(job, Outcome(title=""), context(calling))
    calling.dect.held.clear()
    without_network = await ADD_BASE.undo(job, Outcome(title=""), context(calling))

    assert gone.warnings == (
        "The base station D8:2E:3E:00:00:01 is not in Warehouse any more: it need not be removed.",
    )
    assert without_network.warnings == ("The DECT network Warehouse does not exist any more.",)
    assert gone.steps == without_network.steps == ()


async def test_a_base_of_a_new_network_goes_with_the_network(calling):
    create = dect_steps.create_network(NEW, "DBS210")
    job = jobs(create, dect_steps.add_base(MACS[0], NEW, 1), values={"network": "net-1"})[1]

    reversal = await ADD_BASE.undo(job, Outcome(title=""), context(calling))

    assert (reversal.steps, reversal.warnings) == ((), ())


async def test_removing_one_is_looked_up_and_taken_back(calling):
    await ADD_BASE.run(bases(MACS[0])[0], {}, context(calling))
    station = calling.dect.stations[REF.id][0]
    (job,) = jobs(dect_steps.delete_base(MACS[0], station.id, THERE))
    assert await DELETE_BASE.look_up(job, context(calling)) is None

    outcome = await DELETE_BASE.run(job, {}, context(calling))

    assert outcome.title == "The base station D8:2E:3E:00:00:01 was removed from Warehouse"
    assert await DELETE_BASE.look_up(job, context(calling)) == outcome
    reversal = await DELETE_BASE.undo(job, outcome, context(calling))
    assert [step.action for step in reversal.steps] == [dect_steps.ADD_BASE]
    assert "handsets of Warehouse stayed" in reversal.warnings[0]
    await ADD_BASE.run(jobs(*reversal.steps)[0], {}, context(calling))
    assert macs(calling) == [MACS[0]]


async def test_a_base_is_not_added_again_if_it_is_there_or_its_network_is_gone(calling):
    await ADD_BASE.run(bases(MACS[0])[0], {}, context(calling))
    (job,) = jobs(dect_steps.delete_base(MACS[0], "base-0", THERE))

    there = await DELETE_BASE.undo(job, Outcome(title=""), context(calling))
    calling.dect.held.clear()

    assert (there.steps, len(there.warnings)) == ((), 1)
    with pytest.raises(Refused, match="does not exist any more"):
        await DELETE_BASE.undo(job, Outcome(title=""), context(calling))


async def test_a_removal_from_a_network_that_is_gone_is_done(calling):
    calling.troubles = [refusal(404, "[Error 27455] gone", 27455)]
    (job,) = jobs(dect_steps.delete_base(MACS[0], "base-1", THERE))

    assert (await DELETE_BASE.run(job, {}, context(calling))).title.endswith("from Warehouse")
