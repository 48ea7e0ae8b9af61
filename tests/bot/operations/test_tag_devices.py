"""Tag devices from a list: tags for all rows, and those of each row."""

import pytest

from bot.core.errors import Invalid
from bot.domain.operation import Job
from bot.operations.actions.tag import TAG as ACTION
from bot.operations.tag_devices import NO_TAGS, TAG_DEVICES
from tests.bot.operations.forms import context, done
from tests.bot.operations.lists import plan_lines, plan_table, rows_of, wrong
from tests.example_org import SOUTHS_PHONE
from tests.fake_calling import FakeCalling

MAC = "00:00:5E:00:53:01"


@pytest.fixture
def calling() -> FakeCalling:
    """An organization."""
    return FakeCalling()


async def test_the_tags_of_the_command_are_for_all_rows(calling):
    lines = f"{MAC}\nMeeting Room South"
    made = await plan_lines(TAG_DEVICES, lines, context(calling), tags="+vip -front")
    assert made.title == "Tag 2 devices"
    assert rows_of(made) == ["row 1", "row 2"]
    assert dict(made.facts)["Add"] == "vip"
    assert dict(made.facts)["Remove"] == "front"


async def test_a_row_has_tags_of_its_own(calling):
    ctx = context(calling)
    table = f"MAC;Tags\n{MAC};floor 2, -front\n"
    made = await plan_table(TAG_DEVICES, table, ctx, tags="+vip")
    await done(TAG_DEVICES, made, ctx)
    assert calling.held[0].tags == ("vip", "floor 2")


async def test_a_row_without_any_tags_is_wrong(calling):
    table = f"MAC;Tags\n{MAC};\n{SOUTHS_PHONE.mac};lobby\n"
    made = await plan_table(TAG_DEVICES, table, context(calling))
    assert wrong(made) == {2: NO_TAGS}
    assert rows_of(made) == ["row 3"]


async def test_tags_are_asked_for_where_no_row_has_some(calling):
    with pytest.raises(Invalid) as caught:
        await plan_lines(TAG_DEVICES, MAC, context(calling))
    assert caught.value.problems.keys() == {"tags"}


async def test_a_row_that_changes_nothing_is_wrong(calling):
    made = await plan_lines(TAG_DEVICES, MAC, context(calling), tags="+front")
    assert wrong(made) == {1: "That changes nothing: Ann Alder has the tag front."}


async def test_the_command_says_which_of_the_tags_of_a_column_go(calling):
    ctx = context(calling)
    made = await plan_table(TAG_DEVICES, f"MAC;Tags\n{MAC};front\n", ctx, tags="+vip -front")
    await done(TAG_DEVICES, made, ctx)
    assert calling.held[0].tags == ("vip",)


async def test_rows_of_one_device_with_other_tags_are_all_wrong(calling):
    table = f"MAC;Tags\n{MAC};a\n{MAC};b\n"
    made = await plan_table(TAG_DEVICES, table, context(calling))
    assert made.steps == ()


async def test_a_tag_cannot_be_added_and_removed(calling):
    table = f"MAC;Tags\n{MAC};-vip\n"
    made = await plan_table(TAG_DEVICES, table, context(calling), tags="+vip")
    assert wrong(made) == {2: "The same tag cannot be added and removed at once."}


async def test_the_undo_brings_back_tags_with_blanks(calling):
    ctx = context(calling)
    made = await plan_table(TAG_DEVICES, f"MAC;Tags\n{MAC};floor 2\n", ctx)
    (step,) = made.steps
    outcome = await ACTION.run(Job(made, step), {}, ctx)
    assert calling.held[0].tags == ("front", "floor 2")

    reversal = await ACTION.undo(Job(made, step), outcome, ctx)
    await ACTION.run(Job(made, reversal.steps[0]), {}, ctx)

    assert calling.held[0].tags == ("front",)
