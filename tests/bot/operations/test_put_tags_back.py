"""The tags of a phone that is removed and added again: put on it once it is there."""

import pytest

from bot.core.errors import OutcomeUnknown, Refused
from bot.domain.operation import Job
from bot.domain.plan import Plan
from bot.operations.actions import steps
from bot.operations.actions.tag import TAG
from tests.bot.operations.forms import context
from tests.example_org import ANN, ANNS_PHONE, model
from tests.fake_calling import FakeCalling, LostAfter

MAC = ANNS_PHONE.mac


def job(*tags: str, device: str = ANNS_PHONE.id) -> Job:
    """The job after the step `add` told the id of the phone."""
    step = steps.put_tags_back(tags, MAC, model("8845"), ANN, key="tags", after="add")
    plan = Plan(title="", facts=(), steps=step)
    return Job(plan, plan.first, {"device": device})


@pytest.fixture
def calling() -> FakeCalling:
    """An organization, where Ann's phone was just added."""
    return FakeCalling(held=[ANNS_PHONE.model_copy(update={"tags": ()})])


def test_there_is_no_step_without_tags_or_for_a_phone_that_is_listed_later():
    late = model("9861", type="DESK_PHONE")
    assert steps.put_tags_back((), MAC, model("8845"), ANN, key="tags", after="add") == ()
    assert steps.put_tags_back(("vip",), MAC, late, ANN, key="tags", after="add") == ()


@pytest.mark.parametrize("tags", [("vip",), ("lobby", "vip"), ("front desk",), ("+1", "-a b")])
async def test_the_phone_gets_exactly_its_tags(calling, tags):
    outcome = await TAG.run(job(*tags), {}, context(calling))
    assert calling.held[0].tags == tags
    assert outcome.title.startswith("Ann Alder has the tag")
    assert calling.changes == 1


async def test_tags_that_somebody_set_meanwhile_stay(calling):
    calling.held[0] = ANNS_PHONE.model_copy(update={"tags": ("new", "vip")})
    await TAG.run(job("lobby", "vip"), {}, context(calling))
    assert calling.held[0].tags == ("new", "vip", "lobby")


async def test_tags_that_are_there_already_cost_no_change(calling):
    calling.held[0] = ANNS_PHONE.model_copy(update={"tags": ("vip",)})
    await TAG.run(job("vip"), {}, context(calling))
    assert calling.changes == 0


async def test_a_lost_answer_is_looked_up_by_the_id_that_the_step_before_told(calling):
    calling.troubles = [LostAfter()]
    with pytest.raises(OutcomeUnknown):
        await TAG.run(job("front desk"), {}, context(calling))
    assert await TAG.look_up(job("front desk"), context(calling)) is not None
    assert await TAG.look_up(job("other"), context(calling)) is None


async def test_a_phone_that_is_gone_again_gets_no_tags(calling):
    with pytest.raises(Refused, match="does not show this device any more"):
        await TAG.run(job("vip", device="dev-9"), {}, context(calling))
