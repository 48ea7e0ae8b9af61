"""Set the lines of a DECT handset."""

import pytest

from bot.core.api_calls import UPDATE_HANDSET
from bot.core.errors import OutcomeUnknown, Refused, WebexError
from bot.core.models.dect import HandsetLine
from bot.domain import error_messages
from bot.domain.operation import Job, LookupPending
from bot.domain.plan import Outcome
from bot.operations.actions import dect_steps
from bot.operations.actions.handset import SECOND_LINE
from tests.bot.operations.actions.dect_jobs import (
    REF,
    SPACING,
    THERE,
    blank,
    handset_steps,
    jobs,
    with_handsets,
)
from tests.bot.operations.forms import context
from tests.example_org import ANN, BOB, SOUTH
from tests.fake_calling import FakeCalling, LostAfter, lost
from tests.fake_dect import TWO_LINES, refusal


@pytest.fixture
async def calling() -> FakeCalling:
    """Warehouse has two handsets of Bob's with one line."""
    fake = FakeCalling()
    await with_handsets(fake, "Other", "Bob")
    fake.changes = 0
    return fake


def job(handset_id: str | None = None) -> Job:
    """The second line for South, after the step that added the handset with this id."""
    steps = handset_steps(second=SOUTH)
    return jobs(*steps, values={} if handset_id is None else {"handset": handset_id})[1]


def bobs_id(calling: FakeCalling) -> str:
    return calling.dect.sets[REF.id][1].id


def lines(calling: FakeCalling) -> list[list[str]]:
    return [[line.id for line in each.lines] for each in calling.dect.sets[REF.id]]


async def test_both_lines_are_set(calling):
    outcome = await SECOND_LINE.run(job(bobs_id(calling)), {}, context(calling))

    assert (
        outcome.title == "The handset “Bob” of Bob Birch has a second line, of Meeting Room South"
    )
    assert outcome.values == {"handset": bobs_id(calling)}
    assert lines(calling) == [[BOB.id], [BOB.id, SOUTH.id]]


@pytest.mark.parametrize("handset_id", [None, ""])
async def test_without_an_id_the_handset_is_found_by_name_and_member(calling, handset_id):
    await SECOND_LINE.run(job(handset_id), {}, context(calling))

    assert lines(calling) == [[BOB.id], [BOB.id, SOUTH.id]]


async def test_a_handset_that_has_them_already_needs_no_call(calling):
    await SECOND_LINE.run(job(bobs_id(calling)), {}, context(calling))

    outcome = await SECOND_LINE.run(job(bobs_id(calling)), {}, context(calling))

    assert outcome.title.startswith("The handset “Bob”")
    assert calling.changes == 1


async def test_a_read_that_fails_does_not_stop_it(calling):
    calling.broken["handset"] = [WebexError(500, "broken")]

    await SECOND_LINE.run(job(bobs_id(calling)), {}, context(calling))

    assert lines(calling)[1] == [BOB.id, SOUTH.id]


async def test_a_handset_that_is_gone_is_named(calling):
    with pytest.raises(Refused, match="Warehouse lists no handset “Bob” of Bob Birch"):
        await SECOND_LINE.run(job("set-0"), {}, context(calling))

    calling.dect.sets[REF.id].clear()
    with pytest.raises(Refused, match="lists no handset"):
        await SECOND_LINE.run(job(), {}, context(calling))
    assert calling.changes == 0


async def test_a_handset_that_may_be_another_stays(calling):
    blank(calling, display_name="")

    with pytest.raises(Refused, match="may be “Bob” of Bob Birch"):
        await SECOND_LINE.run(job(), {}, context(calling))

    assert calling.changes == 0


async def test_a_handset_that_somebody_gave_to_another_stays(calling):
    blank(calling, lines=(HandsetLine(id=ANN.id),))

    with pytest.raises(Refused, match="is not that of Bob Birch any more"):
        await SECOND_LINE.run(job(bobs_id(calling)), {}, context(calling))

    assert calling.changes == 0


async def test_a_refused_second_line_is_told_in_words():
    error = refusal(400, TWO_LINES, 5302)
    error.call = UPDATE_HANDSET.call

    assert "keeps its first line" in error_messages.for_storage(error)


@pytest.mark.parametrize(("trouble", "is_set"), [(LostAfter(), True), (lost(), False)])
@pytest.mark.parametrize("knows_id", [True, False])
async def test_a_lost_answer_is_looked_up(calling, trouble, is_set, knows_id):
    sent = job(bobs_id(calling) if knows_id else None)
    calling.troubles = [trouble]
    with pytest.raises(OutcomeUnknown):
        await SECOND_LINE.run(sent, {}, context(calling))

    assert bool(await SECOND_LINE.look_up(sent, context(calling))) is is_set


async def test_lines_that_webex_does_not_tell_are_in_doubt(calling):
    blank(calling, lines=(HandsetLine(id=BOB.id), HandsetLine(id="")))

    with pytest.raises(LookupPending, match="does not say whose its second line is"):
        await SECOND_LINE.look_up(job(bobs_id(calling)), context(calling))


async def test_of_a_network_that_is_gone_it_is_absent(calling):
    calling.dect.held.clear()

    assert await SECOND_LINE.look_up(job(), context(calling)) is None


async def test_it_goes_with_the_handset_that_the_same_request_added(calling):
    reversal = await SECOND_LINE.undo(job(bobs_id(calling)), Outcome(title=""), context(calling))

    assert (reversal.steps, reversal.warnings) == ((), ())


def of_older_handset(calling: FakeCalling) -> Job:
    """The second line of a handset that another request has added, beside a new one of Ann's."""
    settings = dect_steps.settings_of(handset_steps(second=SOUTH)[1])
    details = {"owner_name": "Bob Birch", "second_name": "South"}
    step = dect_steps.second_line(
        settings, THERE, details, spacing=SPACING, key="row 2 line 2", handset_id=bobs_id(calling)
    )
    return jobs(*handset_steps(ANN, "Ann"), step)[1]


async def test_the_second_line_of_an_older_handset_is_taken_away(calling):
    sent = of_older_handset(calling)
    outcome = await SECOND_LINE.run(sent, {}, context(calling))

    reversal = await SECOND_LINE.undo(sent, outcome, context(calling))

    (back,) = reversal.steps
    assert (back.key, back.spacing) == ("undo row 2 line 2", SPACING)
    told = await SECOND_LINE.run(jobs(back)[0], {}, context(calling))
    assert told.title == "The handset “Bob” of Bob Birch has one line"
    assert lines(calling) == [[BOB.id], [BOB.id]]
    assert (await SECOND_LINE.undo(sent, outcome, context(calling))).steps == ()


async def test_the_name_is_part_of_what_is_set(calling):
    sent = of_older_handset(calling)
    await SECOND_LINE.run(sent, {}, context(calling))
    blank(calling, display_name="Other name")

    assert await SECOND_LINE.look_up(sent, context(calling)) is None
