"""Add and remove handsets of a DECT network."""

import pytest

from bot.core.errors import OutcomeUnknown, Refused, WebexError
from bot.core.models.dect import HandsetLine
from bot.domain import error_messages
from bot.domain.operation import Job, LookupInconclusive, LookupPending, NoBulk
from bot.domain.plan import Outcome
from bot.operations.actions import dect_steps
from bot.operations.actions.handset import ADD_HANDSET, DELETE_HANDSET
from tests.bot.operations.actions.dect_jobs import (
    NEW,
    REF,
    SPACING,
    THERE,
    blank,
    handsets,
    jobs,
    look_up_many,
    names,
    run_many,
    with_handsets,
)
from tests.bot.operations.forms import context
from tests.example_org import ANN, BOB, CARL, SOUTH
from tests.fake_calling import FakeCalling, LostAfter, lost
from tests.fake_dect import refusal

THREE = ((ANN, "Ann"), (CARL, "Carl"), (SOUTH, "South"))  # Carl has no licence


@pytest.fixture
def calling() -> FakeCalling:
    return FakeCalling()


def removals(calling: FakeCalling) -> list[Job]:
    """Jobs that remove all handsets."""
    return jobs(
        *(
            dect_steps.delete_handset(
                each.id,
                each.display_name,
                "Bob Birch",
                THERE,
                spacing=SPACING,
                key=f"row {row}",
                details=dect_steps.undo_details(each),
            )
            for row, each in enumerate(calling.dect.sets[REF.id], 1)
        )
    )


async def test_adding_one_tells_its_id(calling):
    (job,) = handsets((BOB, "Bob"))

    outcome = await ADD_HANDSET.run(job, {}, context(calling))

    assert outcome.title == "The handset “Bob” of Bob Birch was added to Warehouse"
    assert outcome.values == {"handset": calling.dect.sets[REF.id][0].id}
    assert [line.id for line in calling.dect.sets[REF.id][0].lines] == [BOB.id]


async def test_a_name_with_braces_is_shown_as_it_is(calling):
    (job,) = handsets((BOB, "{name} {0}"))

    outcome = await ADD_HANDSET.run(job, {}, context(calling))

    assert "“{name} {0}”" in outcome.title


async def test_without_the_list_it_is_added_all_the_same(calling):
    calling.broken["handsets"] = [WebexError(500, "broken")]

    outcome = await ADD_HANDSET.run(handsets((BOB, "Bob"))[0], {}, context(calling))

    assert outcome.values == {"handset": ""}


async def test_several_are_one_call_with_a_result_each(calling):
    results = await run_many(ADD_HANDSET, handsets(*THREE), context(calling))

    assert [isinstance(result, Outcome) for result in results] == [True, False, True]
    ids = [each.id for each in calling.dect.sets[REF.id]]
    assert [results[0].values["handset"], results[2].values["handset"]] == ids
    assert "cannot give this owner a line" in error_messages.for_storage(results[1])
    assert (calling.changes, calling.asked) == (1, ["handsets"])


async def test_without_the_list_the_added_ones_are_done_and_the_unknown_are_not(calling):
    calling.broken["handsets"] = [WebexError(500, "broken")]
    calling.dect.left_out = {"South"}

    results = await run_many(ADD_HANDSET, handsets(*THREE), context(calling))

    assert results[0].values == {"handset": ""}
    assert results[2] is None


async def test_what_the_answer_leaves_out_is_found_in_the_list(calling):
    calling.dect.left_out = {"Ann", "Carl"}

    results = await run_many(ADD_HANDSET, handsets(*THREE), context(calling))

    assert results[0].values["handset"] == calling.dect.sets[REF.id][0].id
    assert results[1] is None


async def test_a_handset_that_may_be_another_is_looked_up_later(calling):
    await with_handsets(calling, "Bob")
    blank(calling, display_name="", lines=())
    calling.dect.left_out = {"Carl"}

    (result,) = await run_many(ADD_HANDSET, handsets((CARL, "Carl")), context(calling))

    assert result is None


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_without_such_a_call_each_goes_alone(calling, status):
    calling.troubles = [refusal(status, f"HTTP status {status}")]

    with pytest.raises(NoBulk):
        await run_many(ADD_HANDSET, handsets(*THREE), context(calling))

    assert names(calling) == []


async def test_a_network_that_is_gone_is_no_missing_call(calling):
    calling.dect.held.clear()

    with pytest.raises(WebexError) as caught:
        await run_many(ADD_HANDSET, handsets(*THREE), context(calling))

    assert error_messages.is_network_gone(caught.value)


async def test_a_404_is_no_missing_call_if_the_network_cannot_be_read(calling):
    calling.troubles = [refusal(404, "HTTP status 404")]
    calling.broken["dect_network"] = [WebexError(500, "broken")]

    with pytest.raises(WebexError):
        await run_many(ADD_HANDSET, handsets(*THREE), context(calling))


async def test_a_refusal_of_the_content_is_no_missing_call(calling):
    calling.troubles = [refusal(404, "[Error 4008] no such member", 4008)]

    with pytest.raises(WebexError):
        await run_many(ADD_HANDSET, handsets(*THREE), context(calling))


async def test_two_that_are_the_same_go_alone(calling):
    with pytest.raises(NoBulk):
        await run_many(ADD_HANDSET, handsets((BOB, "Bob"), (BOB, "Bob")), context(calling))

    assert calling.changes == 0


@pytest.mark.parametrize(("trouble", "are_there"), [(LostAfter(), True), (lost(), False)])
async def test_a_lost_answer_is_looked_up_with_one_list(calling, trouble, are_there):
    two = handsets((ANN, "Ann"), (SOUTH, "South"))
    calling.troubles = [trouble]
    with pytest.raises(OutcomeUnknown):
        await run_many(ADD_HANDSET, two, context(calling))

    results = await look_up_many(ADD_HANDSET, two, context(calling))

    assert [result is not None for result in results] == [are_there] * 2
    assert calling.asked == ["handsets"]
    assert bool(await ADD_HANDSET.look_up(two[0], context(calling))) is are_there


async def test_of_two_doubles_one_is_absent(calling):
    await with_handsets(calling, "Bob")

    results = await look_up_many(
        ADD_HANDSET, handsets((BOB, "Bob"), (BOB, "Bob")), context(calling)
    )

    assert [result is not None for result in results] == [True, False]


@pytest.mark.parametrize("fields", [{"display_name": ""}, {"lines": ()}])
async def test_one_that_may_be_another_is_in_doubt(calling, fields):
    await with_handsets(calling, "Bob")
    blank(calling, **fields)

    (result,) = await look_up_many(ADD_HANDSET, handsets((BOB, "Bob")), context(calling))

    assert isinstance(result, LookupPending)
    with pytest.raises(LookupInconclusive, match="Please look in Control Hub before you add it"):
        await ADD_HANDSET.look_up(handsets((BOB, "Bob"))[0], context(calling))


async def test_of_a_network_that_is_gone_all_are_absent(calling):
    calling.dect.held.clear()

    assert await ADD_HANDSET.look_up(handsets((BOB, "Bob"))[0], context(calling)) is None


async def test_adding_is_taken_back_by_its_removal_with_a_pause(calling):
    (job,) = handsets((BOB, "Bob"))
    outcome = await ADD_HANDSET.run(job, {}, context(calling))

    reversal = await ADD_HANDSET.undo(job, outcome, context(calling))

    (step,) = reversal.steps
    assert (step.key, step.action) == ("undo row 1", dect_steps.DELETE_HANDSET)
    assert (step.spacing, step.subject) == (SPACING, job.step.subject)
    assert step.details["handset"] == outcome.values["handset"]
    await DELETE_HANDSET.run(jobs(step)[0], {}, context(calling))
    assert names(calling) == []


async def test_without_its_id_it_is_found_by_name_and_member(calling):
    await with_handsets(calling, "Other", "Bob")
    (job,) = handsets((BOB, "Bob"))

    reversal = await ADD_HANDSET.undo(job, Outcome(title=""), context(calling))

    assert reversal.steps[0].details["handset"] == calling.dect.sets[REF.id][1].id


async def test_a_handset_that_is_gone_needs_no_undo(calling):
    (job,) = handsets((BOB, "Bob"))

    gone = await ADD_HANDSET.undo(job, Outcome(title=""), context(calling))
    calling.dect.held.clear()
    without_network = await ADD_HANDSET.undo(job, Outcome(title=""), context(calling))

    assert "is not in Warehouse any more" in gone.warnings[0]
    assert "does not exist any more" in without_network.warnings[0]
    assert gone.steps == without_network.steps == ()


async def test_a_handset_that_somebody_gave_to_another_stays(calling):
    (job,) = handsets((BOB, "Bob"))
    outcome = await ADD_HANDSET.run(job, {}, context(calling))
    blank(calling, lines=(HandsetLine(id=ANN.id, name=ANN.name),))

    with pytest.raises(Refused, match="is not that of Bob Birch any more"):
        await ADD_HANDSET.undo(job, outcome, context(calling))


async def test_a_handset_of_a_new_network_goes_with_the_network(calling):
    add = dect_steps.add_handset(BOB, "Bob", NEW, 1, spacing=SPACING)
    job = jobs(dect_steps.create_network(NEW, "DBS210"), *add, values={"network": REF.id})[1]

    reversal = await ADD_HANDSET.undo(job, Outcome(title=""), context(calling))

    assert (reversal.steps, reversal.warnings) == ((), ())


async def test_several_are_removed_with_one_call(calling):
    await with_handsets(calling, "A", "B")
    pair = removals(calling)
    calling.changes = 0

    results = await run_many(DELETE_HANDSET, pair, context(calling))

    assert [result.title for result in results] == [
        f"The handset “{name}” of Bob Birch was removed from Warehouse" for name in "AB"
    ]
    assert (names(calling), calling.changes) == ([], 1)


async def test_if_one_is_gone_the_others_are_sent_again(calling):
    await with_handsets(calling, "A", "B", "C")
    three = removals(calling)
    await calling.dect.delete_handset(REF, three[1].details["handset"])

    results = await run_many(DELETE_HANDSET, three, context(calling))

    assert all(isinstance(result, Outcome) for result in results)
    assert names(calling) == []


async def test_if_one_is_gone_and_the_list_cannot_be_read_nobody_knows(calling):
    await with_handsets(calling, "A", "B")
    pair = removals(calling)
    await calling.dect.delete_handset(REF, pair[1].details["handset"])
    calling.broken["handsets"] = [WebexError(500, "broken")]

    assert await run_many(DELETE_HANDSET, pair, context(calling)) == [None, None]


async def test_without_a_call_for_several_each_is_removed_alone(calling):
    await with_handsets(calling, "A", "B")
    pair = removals(calling)
    calling.dect.lacks_bulk = True

    with pytest.raises(NoBulk):
        await run_many(DELETE_HANDSET, pair, context(calling))

    await DELETE_HANDSET.run(pair[0], {}, context(calling))
    assert names(calling) == ["B"]


@pytest.mark.parametrize("is_missing", [True, False])
async def test_if_one_is_gone_and_there_is_no_call_for_several(calling, is_missing):
    """Webex says so either with a 404, as for one that is gone, or with a 405."""
    await with_handsets(calling, "A", "B", "C")
    three = removals(calling)
    await calling.dect.delete_handset(REF, three[1].details["handset"])
    calling.dect.lacks_bulk = is_missing
    calling.troubles = [] if is_missing else [refusal(405, "HTTP status 405")]

    with pytest.raises(NoBulk):
        await run_many(DELETE_HANDSET, three, context(calling))

    assert names(calling) == ["A", "C"]


async def test_a_refusal_of_all_removals_is_about_all(calling):
    await with_handsets(calling, "A", "B")
    calling.troubles = [refusal(404, "[Error 4008] no", 4008)]

    with pytest.raises(WebexError, match="4008"):
        await run_many(DELETE_HANDSET, removals(calling), context(calling))


async def test_removals_from_a_network_that_is_gone_are_done(calling):
    await with_handsets(calling, "A", "B")
    pair = removals(calling)
    calling.dect.held.clear()

    results = await run_many(DELETE_HANDSET, pair, context(calling))

    assert all(isinstance(result, Outcome) for result in results)
    assert isinstance(await DELETE_HANDSET.run(pair[0], {}, context(calling)), Outcome)
    assert isinstance(await DELETE_HANDSET.look_up(pair[0], context(calling)), Outcome)


@pytest.mark.parametrize(("trouble", "are_gone"), [(LostAfter(), True), (lost(), False)])
async def test_a_lost_removal_is_looked_up_with_one_list(calling, trouble, are_gone):
    await with_handsets(calling, "A", "B")
    pair = removals(calling)
    calling.troubles = [trouble]
    with pytest.raises(OutcomeUnknown):
        await run_many(DELETE_HANDSET, pair, context(calling))

    results = await look_up_many(DELETE_HANDSET, pair, context(calling))

    assert [result is not None for result in results] == [are_gone] * 2
    assert calling.asked == ["handsets"]


async def test_a_removal_is_taken_back_with_both_lines_and_a_warning(calling):
    await with_handsets(calling, "Bob", second=SOUTH)
    (job,) = removals(calling)
    outcome = await DELETE_HANDSET.run(job, {}, context(calling))

    reversal = await DELETE_HANDSET.undo(job, outcome, context(calling))

    add, both = reversal.steps
    assert (add.action, both.action) == (dect_steps.ADD_HANDSET, dect_steps.SECOND_LINE)
    assert add.call.body == {"line1MemberId": BOB.id, "customDisplayName": "Bob"}
    assert both.call.body == add.call.body | {"line2MemberId": SOUTH.id}
    assert (both.after, both.spacing) == ((add.key,), SPACING)
    assert "must be paired again" in reversal.warnings[0]


async def test_a_handset_that_is_there_again_is_not_added_twice(calling):
    await with_handsets(calling, "Bob")
    (job,) = removals(calling)

    reversal = await DELETE_HANDSET.undo(job, Outcome(title=""), context(calling))

    assert (reversal.steps, len(reversal.warnings)) == ((), 1)


async def test_a_removal_that_cannot_be_taken_back_is_refused(calling):
    await with_handsets(calling, "Bob")
    (job,) = removals(calling)
    await DELETE_HANDSET.run(job, {}, context(calling))
    calling.gone.add(BOB.key)
    with pytest.raises(Refused, match="Bob Birch does not exist any more"):
        await DELETE_HANDSET.undo(job, Outcome(title=""), context(calling))

    calling.dect.held.clear()
    with pytest.raises(Refused, match="the DECT network Warehouse does not exist any more"):
        await DELETE_HANDSET.undo(job, Outcome(title=""), context(calling))


async def test_a_handset_whose_members_webex_did_not_tell_cannot_be_added_again(calling):
    await with_handsets(calling, "Bob")
    blank(calling, lines=(HandsetLine(id=BOB.id), HandsetLine(id="")))
    (job,) = removals(calling)

    with pytest.raises(Refused, match="Webex did not say whose lines it had"):
        await DELETE_HANDSET.undo(job, Outcome(title=""), context(calling))
