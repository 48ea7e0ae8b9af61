"""Tags: read, merged, set, looked at again; what somebody else tagged meanwhile stays."""

from collections.abc import Sequence
from typing import TypeAlias

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.core.errors import OutcomeUnknown, Refused, Unavailable
from bot.domain.forms import NONE_OF_THESE, read_form
from bot.domain.operation import Job, LookupPending
from bot.domain.plan import Undo
from bot.domain.tag_text import FORMAT_HINT, REMOVAL_UNCERTAIN
from bot.operations.actions.steps import split_tags
from bot.operations.actions.tag import MAX_ATTEMPTS, merged
from bot.operations.tag import TAG
from tests.bot.operations.forms import context, plan, problems
from tests.example_org import ANNS_PHONE
from tests.fake_calling import FakeCalling, LostAfter, lost

Tags: TypeAlias = tuple[str, ...]
MAC = "00:00:5E:00:53:01"  # Ann's phone, tagged `front`


class Contested(FakeCalling):
    """Another person sets a list of tags around each of our changes, once for each list."""

    def __init__(self, before: Sequence[Tags] = (), after: Sequence[Tags] = ()) -> None:
        super().__init__()
        self.before, self.after = list(before), list(after)

    async def add_tags(self, device_id: str, tags: Sequence[str]) -> None:
        """Theirs, ours, theirs."""
        await self._theirs(device_id, self.before)
        await super().add_tags(device_id, tags)
        await self._theirs(device_id, self.after)

    async def replace_tags(self, device_id: str, tags: Sequence[str]) -> None:
        """Ours, theirs."""
        await super().replace_tags(device_id, tags)
        await self._theirs(device_id, self.after)

    async def _theirs(self, device_id: str, turns: list[Tags]) -> None:
        if turns:
            await super().replace_tags(device_id, turns.pop(0))


@pytest.fixture
def calling() -> FakeCalling:
    """An organization."""
    return FakeCalling()


def tags(calling: FakeCalling) -> tuple[str, ...]:
    """The tags of Ann's phone."""
    return calling.held[0].tags


async def done(calling: FakeCalling, wanted: str):
    """What running it comes to."""
    planned = await plan(TAG, {"device": MAC, "tags": wanted}, context(calling))
    return await TAG.actions[0].run(Job.only(planned), {}, context(calling))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("+a", "+a"),
        ("+a -b", "+a -b"),
        ("+a,+b , -c", "+a +b -c"),
        ("+a +a", "+a"),
        (" +a ", "+a"),
        ("+a-b", "+a-b"),
        ("+" + "x" * 64, "+" + "x" * 64),
        ("+Straße", "+Straße"),
        ("+a+b", "+a+b"),
    ],
)
def test_tags_are_read_in_each_notation(typed, kept):
    form = read_form(TAG.form, {"device": MAC, "tags": typed})
    assert (form.values["tags"], form.problems) == (kept, {})


@pytest.mark.parametrize(
    "typed", ["a", "+", "+a b", "+a -", "+ a", "++a", "+-a", "+a;b c", ",", "+" + "x" * 65]
)
def test_an_invalid_tag_is_reported_with_the_format(typed):
    assert read_form(TAG.form, {"device": MAC, "tags": typed}).problems == {"tags": FORMAT_HINT}


@pytest.mark.parametrize("typed", ["+a -a", "-a +b +a"])
def test_a_tag_cannot_be_added_and_removed_at_once(typed):
    problems = read_form(TAG.form, {"device": MAC, "tags": typed}).problems
    assert problems == {"tags": "The same tag cannot be added and removed at once."}


TAGS = st.lists(st.from_regex(r"[a-e]", fullmatch=True), max_size=5)
WANTED = st.dictionaries(st.from_regex(r"[a-e]", fullmatch=True), st.sampled_from("+-"), min_size=1)


@given(TAGS, WANTED)
def test_merging_adds_removes_keeps_the_order_and_is_done_once(now, wanted):
    written = " ".join(sign + tag for tag, sign in wanted.items())
    after = merged(now, written)
    add, remove = split_tags(written)
    assert set(after) == (set(now) | set(add)) - set(remove)
    assert len(after) == len(set(after))
    kept = [tag for tag in dict.fromkeys(now) if tag not in remove]
    assert after[: len(kept)] == kept
    assert merged(after, written) == after


async def test_the_plan_lists_added_and_removed_tags_and_changes_nothing(calling):
    made = await plan(TAG, {"device": MAC, "tags": "+lobby -front"}, context(calling))
    facts = dict(made.facts)
    assert made.title == "Tag the Cisco 8845 of Ann Alder"
    assert (facts["Add"], facts["Remove"], facts["Location"]) == ("lobby", "front", "Berlin")
    assert made.context[0] == ("Tags now", "front")
    assert (made.only_location, made.first.subject) == ("Berlin", "device:dev-1")
    (step,) = made.steps
    assert (step.call.method, step.call.path) == ("PATCH", "/devices/dev-1")
    assert calling.changes == 0


async def test_tags_added_meanwhile_do_not_change_the_plan(calling):
    given_ = {"device": MAC, "tags": "+a"}
    before = await plan(TAG, given_, context(calling))
    calling.held[0] = ANNS_PHONE.model_copy(update={"tags": ("front", "other")})
    assert (await plan(TAG, given_, context(calling))).digest() == before.digest()


@pytest.mark.parametrize(
    ("typed", "now"), [(tags, "has the tag front") for tags in ("+front", "-x", "+front -x")]
)
async def test_tags_that_change_nothing_are_reported(calling, typed, now):
    refusal = await problems(TAG, {"device": MAC, "tags": typed}, context(calling))
    assert refusal.problems == {"tags": f"That changes nothing: Ann Alder {now}."}


async def test_a_device_in_another_location_is_not_found(calling):
    refusal = await problems(TAG, {"device": MAC, "tags": "+a"}, context(calling, "Lyon"))
    assert "found no device" in refusal.problems["device"]


async def test_several_devices_with_one_name_become_a_choice(calling):
    calling.held.append(ANNS_PHONE.model_copy(update={"id": "dev-9", "mac": "00005E005309"}))
    refusal = await problems(TAG, {"device": "Ann Alder", "tags": "+a"}, context(calling))
    assert [choice.value for choice in refusal.choices["device"]] == [
        ANNS_PHONE.mac,
        "00005E005309",
        NONE_OF_THESE,
    ]


async def test_tags_are_merged_into_existing_ones(calling):
    outcome = await done(calling, "+lobby +x -front")
    assert tags(calling) == ("lobby", "x")
    assert outcome.title == "Ann Alder has the tags lobby and x"
    assert calling.changes == 1


async def test_the_last_tag_can_be_removed(calling):
    outcome = await done(calling, "-front")
    assert (tags(calling), outcome.title) == ((), "Ann Alder has no tags")


async def test_tags_added_between_plan_and_run_stay(calling):
    planned = await plan(TAG, {"device": MAC, "tags": "+a -front"}, context(calling))
    calling.held[0] = ANNS_PHONE.model_copy(update={"tags": ("front", "other")})
    await TAG.actions[0].run(Job.only(planned), {}, context(calling))
    assert tags(calling) == ("other", "a")


async def test_tags_that_are_already_right_are_not_set_again(calling):
    planned = await plan(TAG, {"device": MAC, "tags": "+a"}, context(calling))
    calling.held[0] = ANNS_PHONE.model_copy(update={"tags": ("front", "a")})
    outcome = await TAG.actions[0].run(Job.only(planned), {}, context(calling))
    assert (calling.changes, outcome.undo) == (0, None)


@pytest.mark.parametrize("times", range(MAX_ATTEMPTS))
async def test_a_lost_update_is_noticed_and_merged(times):
    calling = Contested(after=[("front", f"theirs-{number}") for number in range(times)])
    await done(calling, "+a -front")
    last = (f"theirs-{times - 1}",) if times else ()
    assert tags(calling) == (*last, "a")


@pytest.mark.parametrize("wanted", ["+a", "+a -gone"])
async def test_a_tag_added_right_before_ours_stays(wanted):
    calling = Contested(before=[("front", "in between")])
    outcome = await done(calling, wanted)
    assert tags(calling) == ("front", "in between", "a")
    assert outcome.title == "Ann Alder has the tags front, in between and a"
    assert calling.changes == 2  # theirs and ours: nothing had to be repaired


async def test_only_removing_sets_the_whole_list_and_the_plan_warns_of_it(calling):
    for typed, op, warned in (("+a", "add", False), ("+a -front", "replace", True)):
        made = await plan(TAG, {"device": MAC, "tags": typed}, context(calling))
        assert made.first.call.body["op"] == op
        assert (("Note", REMOVAL_UNCERTAIN) in made.context) is warned


async def test_a_change_that_cannot_be_read_back_is_looked_up_and_no_failure(calling):
    planned = await plan(TAG, {"device": MAC, "tags": "+a"}, context(calling))
    calling.broken["device"] = [None, Unavailable(503, "busy", "T-9")]
    with pytest.raises(OutcomeUnknown):
        await TAG.actions[0].run(Job.only(planned), {}, context(calling))
    assert await TAG.actions[0].look_up(Job.only(planned), context(calling))


class Fleeting(FakeCalling):
    """The device is removed once it is tagged."""

    async def add_tags(self, device_id: str, tags: Sequence[str]) -> None:
        """And away."""
        await super().add_tags(device_id, tags)
        self.held.clear()


async def test_without_the_device_after_tagging_the_outcome_is_unknown():
    calling = Fleeting()
    planned = await plan(TAG, {"device": MAC, "tags": "+a"}, context(calling))
    with pytest.raises(OutcomeUnknown):
        await TAG.actions[0].run(Job.only(planned), {}, context(calling))
    with pytest.raises(LookupPending, match="nobody can tell whether it was tagged"):
        await TAG.actions[0].look_up(Job.only(planned), context(calling))


async def test_tags_that_somebody_else_keeps_changing_are_refused():
    calling = Contested(after=[("front",)] * 9)
    with pytest.raises(Refused, match="Somebody else is changing the tags"):
        await done(calling, "+a")


async def test_a_deleted_device_is_reported(calling):
    planned = await plan(TAG, {"device": MAC, "tags": "+a"}, context(calling))
    calling.held.clear()
    with pytest.raises(Refused, match=r"does not show this device any more\. Nothing was changed"):
        await TAG.actions[0].run(Job.only(planned), {}, context(calling))


@pytest.mark.parametrize(
    ("wanted", "back"),
    [
        ("+a", "-a"),
        ("-front", "+front"),
        ("+a -front", "-a +front"),
        ("+a +front", "-a"),
        ("+a -x", "-a"),
    ],
)
async def test_undo_reverts_only_this_change(calling, wanted, back):
    outcome = await done(calling, wanted)
    assert outcome.undo == Undo(operation="tag", inputs={"device": ANNS_PHONE.mac, "tags": back})


async def test_undo_keeps_changes_of_others():
    calling = Contested(after=[("theirs",)])
    outcome = await done(calling, "+a")
    assert tags(calling) == ("theirs", "a")
    assert outcome.undo
    assert outcome.undo.inputs["tags"] == "-a"


@given(before=TAGS, wanted=WANTED)
async def test_undo_of_undo_restores_the_tags(before, wanted):
    calling = FakeCalling()
    start = tuple(dict.fromkeys(before))
    calling.held[0] = ANNS_PHONE.model_copy(update={"tags": start})
    written = " ".join(sign + tag for tag, sign in wanted.items())
    assume(merged(start, written) != list(start))
    outcome = await done(calling, written)
    assert outcome.undo
    await done(calling, outcome.undo.inputs["tags"])
    assert set(tags(calling)) == set(start)


async def test_undo_finds_a_device_without_a_mac_by_its_name(calling):
    calling.held[0] = ANNS_PHONE.model_copy(update={"mac": ""})
    planned = await plan(TAG, {"device": "Ann Alder", "tags": "+a"}, context(calling))
    outcome = await TAG.actions[0].run(Job.only(planned), {}, context(calling))
    assert outcome.undo
    assert outcome.undo.inputs["device"] == "Ann Alder"


@pytest.mark.parametrize(("trouble", "is_done"), [(LostAfter(), True), (lost(), False)])
async def test_a_lost_answer_is_resolved_by_reading_the_tags(calling, trouble, is_done):
    calling.troubles = [trouble]
    planned = await plan(TAG, {"device": MAC, "tags": "+a"}, context(calling))
    with pytest.raises(OutcomeUnknown):
        await TAG.actions[0].run(Job.only(planned), {}, context(calling))
    outcome = await TAG.actions[0].look_up(Job.only(planned), context(calling))
    assert (outcome is not None) is is_done
    assert outcome is None or (outcome.title, outcome.undo) == (
        "Ann Alder has the tags front and a",
        None,
    )


async def test_the_form_asks_for_device_and_tags(calling):
    boxes = await TAG.fields({"device": MAC, "tags": "+a"}, context(calling))
    assert [(box.id, box.value) for box in boxes] == [("device", MAC), ("tags", "+a")]
