"""The plan that takes back many steps: which steps it has, in which order, and what it says."""

from typing import Any

from bot.core.models.webex import LocationRef
from bot.domain.operation import Job, no_undo
from bot.domain.plan import DoneStep, DoneSteps, Outcome, Plan, PlannedCall, Reversal, Step
from bot.operations import OPERATIONS
from bot.operations.swap_phone import SWAP_PHONE
from bot.operations.undo import MAX_FACTS, compose, outcome, undo_of, worth_undoing

BERLIN, LYON = LocationRef("Berlin", "loc-berlin"), LocationRef("Lyon", "loc-lyon")


def step(key: str, action: str = "change", **facts: Any) -> Step:
    """A step with this key."""
    call = PlannedCall(method="POST", path="/")
    return Step(key=key, action=action, title=key, call=call, subject="owner", **facts)


def done(*steps: Step, locations: tuple[LocationRef, ...] = (), **facts: Any) -> DoneSteps:
    """A request of these steps, all of them done."""
    plan = Plan(title="Change much", facts=(), steps=steps, locations=locations, **facts)
    outcomes = [DoneStep(step=each, outcome=Outcome(title=each.key)) for each in steps]
    return DoneSteps(code="7K3F", plan=plan, steps=tuple(outcomes))


def reversed_by(*keys: str, **facts: Any) -> Reversal:
    """A reversal with one step for each key; each waits for the one before."""
    steps = [
        step(key, after=() if number == 0 else (keys[number - 1],))
        for number, key in enumerate(keys)
    ]
    return Reversal(steps=tuple(steps), **facts)


def order(plan: Plan) -> dict[str, tuple[str, ...]]:
    """After which steps each comes, in the order of the plan."""
    return {each.key: each.after for each in plan.steps}


def test_what_came_last_is_taken_back_first():
    original = done(step("a"), step("b", after=("a",)), step("c", after=("b",)))
    undo = compose(original, {key: reversed_by(f"undo {key}") for key in "abc"})
    assert order(undo) == {"undo c": (), "undo b": ("undo c",), "undo a": ("undo b",)}
    assert undo.title == "Undo 7K3F: Change much"


def test_a_step_without_a_reversal_hands_its_order_on():
    original = done(step("a"), step("b", after=("a",)), step("c", after=("b",)))
    undo = compose(original, {"c": reversed_by("undo c"), "b": Reversal(), "a": reversed_by("x")})
    assert order(undo) == {"undo c": (), "x": ("undo c",)}


def test_steps_of_one_reversal_keep_their_own_order():
    original = done(step("a"), step("b", after=("a",)))
    undo = compose(original, {"a": reversed_by("add", "tags"), "b": reversed_by("delete")})
    assert order(undo) == {"delete": (), "add": ("delete",), "tags": ("add",)}


def test_steps_that_were_independent_stay_independent_and_one_refusal_stops_no_other():
    original = done(step("a"), step("b"), on_refusal="go on")
    undo = compose(original, {key: reversed_by(f"undo {key}") for key in "ab"})
    assert order(undo) == {"undo b": (), "undo a": ()}
    assert undo.on_refusal == "go on"


def test_the_last_location_is_that_of_the_owner_who_gets_the_phone_back():
    original = done(step("remove"), step("add", after=("remove",)), locations=(BERLIN, LYON))
    undo = compose(
        original,
        {
            "add": reversed_by("delete", location=LocationRef("", LYON.id)),
            "remove": reversed_by("put back", location=BERLIN),
        },
    )
    assert undo.locations == (LYON, BERLIN)


def test_a_location_into_which_an_owner_has_moved_is_reached_as_well():
    original = done(step("add"), locations=(BERLIN,))
    undo = compose(original, {"add": reversed_by("delete", location=LYON)})
    assert undo.locations == (BERLIN, LYON)


def test_each_warning_is_said_once_and_what_could_not_be_read_too():
    original = done(step("a"), step("b"))
    undo = compose(
        original,
        {
            "a": reversed_by("x", warnings=("Reset.",), unread={"MACS": "Not checked."}),
            "b": reversed_by("y", warnings=("Reset.",)),
        },
    )
    assert undo.warnings == ("Reset.", "Not checked.")
    assert undo.unread == {"MACS": "Not checked."}


def test_the_facts_of_many_steps_are_cut_and_counted():
    keys = [f"add-{number}" for number in range(MAX_FACTS + 3)]
    original = done(*(step(key) for key in keys))
    undo = compose(
        original, {key: reversed_by(f"undo {key}", facts=(("Delete", key),)) for key in keys}
    )
    names = [name for name, _ in undo.facts]
    assert names.count("Delete") == MAX_FACTS
    assert dict(undo.facts)["More"].startswith("3 more")
    assert len(undo.steps) == len(keys)


def test_tags_of_a_phone_that_the_request_added_are_not_taken_off():
    add = DoneStep(
        step=step("add", "add phone"), outcome=Outcome(title="", values={"device": "dev-7"})
    )
    new = DoneStep(step=step("tags", "tag", details={"device": ""}), outcome=Outcome(title=""))
    same = DoneStep(step=step("t2", "tag", details={"device": "dev-7"}), outcome=Outcome(title=""))
    other = DoneStep(step=step("t3", "tag", details={"device": "dev-8"}), outcome=Outcome(title=""))
    assert worth_undoing([add, new, same, other]) == [add, other]


async def test_an_action_without_an_undo_says_what_cannot_be_brought_back():
    change = step("Create the DECT network Hall")
    plan = done(change).plan
    reversal = await no_undo(Job(plan, change), Outcome(title=""), None)  # type: ignore[arg-type]
    assert reversal.warnings == ("This cannot be undone: Create the DECT network Hall.",)
    assert reversal.steps == ()


def test_the_result_says_what_is_undone():
    undo = compose(done(step("a")), {"a": reversed_by("x", facts=(("Delete", "a"),))})
    told = outcome(undo, {"x": Outcome(title="")})
    assert told.title == "7K3F is undone: Change much"
    assert told.undo is None


def test_an_undo_exists_for_each_operation_undone_from_steps_and_for_no_undo():
    undo = undo_of(SWAP_PHONE)
    assert undo is undo_of(SWAP_PHONE)
    assert (undo.name, undo.is_undo, undo.undo_from_steps) == ("undo swap phone", True, False)
    assert undo.usage == ()
    assert undo not in OPERATIONS
    assert SWAP_PHONE.undo_from_steps
    undoable = {each.name for each in OPERATIONS if each.undo_from_steps}
    assert {"swap phone", "move phone"} <= undoable
    assert "add phone" not in undoable
