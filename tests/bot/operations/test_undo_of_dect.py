"""What the plan for the undo of a DECT request says: counts, what goes, how long it takes."""

from bot.core.models.dect import HandsetSettings
from bot.core.models.webex import LocationRef
from bot.domain.dect_plans import TIME_NEEDED
from bot.domain.plan import DoneStep, DoneSteps, Outcome, Plan, Reversal, Step
from bot.operations.actions import dect_steps
from bot.operations.undo import compose, outcome
from tests.bot.requests.dect_examples import (
    CREATE,
    NEW,
    SPACING,
    THERE,
    base,
    handset,
    mac,
    planned,
)


def removed_base(row: int) -> Step:
    return dect_steps.delete_base(mac(row), f"b{row}", THERE, key=f"undo row {row} base")


def removed_handset(row: int) -> Step:
    return dect_steps.delete_handset(
        f"h{row}", f"Handset {row}", f"Nurse {row}", THERE, spacing=SPACING, key=f"undo row {row}"
    )


def undone(rows: range) -> Plan:
    """The undo of a request that added a base station and a handset for each row."""
    steps = [*(base(row) for row in rows), *(step for row in rows for step in handset(row))]
    done = [DoneStep(step=step, outcome=Outcome(title="")) for step in steps]
    reversals = {
        **{f"row {row} base": Reversal(steps=(removed_base(row),)) for row in rows},
        **{f"row {row}": Reversal(steps=(removed_handset(row),)) for row in rows},
    }
    return compose(DoneSteps(code="QH4A", plan=planned(steps), steps=tuple(done)), reversals)


def test_few_are_named():
    assert undone(range(1, 3)).facts == (
        ("Remove handset", "Handset 2 · Nurse 2"),
        ("Remove handset", "Handset 1 · Nurse 1"),
        ("Remove base", "D8:2E:3E:00:00:02"),
        ("Remove base", "D8:2E:3E:00:00:01"),
        ("Location", "Lyon"),
    )


def test_many_are_counted_with_the_time_that_the_pauses_take():
    facts = dict(undone(range(1, 131)).facts)

    assert facts["Remove handset"] == "130 handsets"
    assert facts["Remove base"] == "130 base stations"
    assert facts[TIME_NEEDED].startswith("about 3 minutes: Webex wants 90 s between changes")


def test_the_result_tells_no_time_that_was_needed():
    plan = undone(range(1, 131))
    told = outcome(plan, {step.key: Outcome(title="") for step in plan.steps})
    assert told.title.startswith("QH4A is undone: Set up Ward 3")
    assert dict(told.facts) == {
        "Removed handset": "130 handsets",
        "Removed base": "130 base stations",
        "Location": "Lyon",
    }


def test_a_network_that_the_request_created_goes_as_a_whole():
    steps = [CREATE, base(1, NEW), *handset(1, target=NEW)]
    done = [DoneStep(step=step, outcome=Outcome(title="")) for step in steps]
    goes = dect_steps.delete_network(THERE, key="undo network")
    reversals = {
        "network": Reversal(
            steps=(goes,), warnings=("With Ward 3, 1 base station and 1 handset are deleted.",)
        ),
        **{step.key: Reversal() for step in steps[1:]},
    }

    plan = compose(DoneSteps(code="QH4A", plan=planned(steps), steps=tuple(done)), reversals)

    assert plan.steps == (goes,)
    assert plan.facts == (("Delete network", "Ward 3"), ("Location", "Lyon"))
    assert plan.warnings == ("With Ward 3, 1 base station and 1 handset are deleted.",)


def test_handsets_that_an_undo_adds_again_have_a_sheet():
    added = dect_steps.handset_step(
        HandsetSettings(line1="p1", display_name="Zoe Martin"),
        THERE,
        {"owner_name": "Zoe Martin"},
        spacing=SPACING,
        key="undo remove handset",
    )
    removal = dect_steps.delete_handset("h1", "Zoe Martin", "Zoe Martin", THERE, spacing=SPACING)
    done = DoneStep(step=removal, outcome=Outcome(title=""))
    plan = compose(
        DoneSteps(code="QH4A", plan=planned([removal]), steps=(done,)),
        {removal.key: Reversal(steps=(added,))},
    )

    told = outcome(plan, {added.key: Outcome(title="")})

    assert told.notes == (
        "To get the pairing sheet with the access codes, type: dect sheet Ward 3 in Lyon",
    )


def test_the_location_is_that_of_the_network_not_of_owners():
    steps = [base(1)]
    done = [DoneStep(step=step, outcome=Outcome(title="")) for step in steps]
    berlin = LocationRef("Berlin", "berlin")
    before = planned(steps).model_copy(update={"locations": (berlin, THERE.where)})

    plan = compose(
        DoneSteps(code="QH4A", plan=before, steps=tuple(done)),
        {"row 1 base": Reversal(steps=(removed_base(1),))},
    )

    assert dict(plan.facts)["Location"] == "Lyon"
    assert plan.locations == before.locations
