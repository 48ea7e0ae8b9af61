"""SIP passwords that provbot makes: shown once, to the requester alone, and kept nowhere."""

import pytest

from bot.audit import SYSTEM_ACTOR
from bot.core.errors import Unavailable
from bot.domain.operation import Job
from bot.domain.plan import Plan
from bot.requests.lifecycle import State
from bot.requests.step_lookups import LOOKUP_DELAYS
from tests.bot.requests.fixtures import DIRECT, GROUP, PHONE, RequestFixture, text_of
from tests.example_org import ANNS_PHONE, THIRD_PARTY
from tests.fake_calling import lost


@pytest.mark.parametrize("place", [DIRECT, GROUP], ids=["direct", "space"])
async def test_a_password_that_provbot_makes_is_shown_once_and_alone(world: RequestFixture, place):
    inputs = PHONE | {"model": THIRD_PARTY.model}
    form = await world.ask("add phone", inputs, place=place)
    assert "leave it empty and press Continue" in text_of(form)
    plan = await world.press(form, "continue", inputs=inputs | {"password": ""})
    await world.press(plan, "confirm")
    await world.rest()

    (password,) = world.calling.passwords.values()
    shown = [each for each in world.messenger.standing if password in str(each)]
    assert len(shown) == 1
    assert shown[0].place is None or shown[0].place.direct
    assert plan.request
    assert password not in str(await world.row(plan.request.code))
    assert world.form_secrets.secrets(plan.request.code) == {}


async def test_a_client_may_leave_out_the_empty_password(world: RequestFixture):
    inputs = PHONE | {"model": THIRD_PARTY.model}
    form = await world.ask("add phone", inputs)
    plan = await world.press(form, "continue", inputs=inputs)
    assert "made by provbot" in text_of(plan)


async def test_a_password_that_is_lost_in_a_restart_is_told_so(world: RequestFixture):
    inputs = PHONE | {"model": THIRD_PARTY.model}
    form = await world.ask("add phone", inputs)
    plan = await world.press(form, "continue", inputs=inputs)
    request = await world.put(plan, "approved", "running")
    job = Job.only(Plan.model_validate(request.plan))
    (action,) = world.authorization.operation("add phone").actions
    secrets = {"password": "made-by-us-1"}
    outcome = await action.run(job, secrets, world.authorization.unrestricted_context())
    await world.transitions.apply(
        request,
        State.DONE,
        by=SYSTEM_ACTOR,
        outcome=outcome.model_dump(mode="json", exclude={"secret"}),
    )
    world.restart()
    await world.runner.recover()
    await world.rest()
    assert "If the SIP password did not reach you" in str(world.messenger.standing[-1])
    assert "made-by-us-1" not in str(world.messenger.standing)


async def test_a_password_of_a_step_before_a_restart_is_told_lost(world: RequestFixture):
    """The phone was added before the restart, its tags after it: nobody knows the password."""
    world.calling.held = [ANNS_PHONE.model_copy(update={"tags": ("lobby",)})]
    inputs = {"device": ANNS_PHONE.mac, "mac": PHONE["mac"], "model": THIRD_PARTY.model}
    form = await world.ask("swap phone", inputs)
    plan = await world.press(form, "continue", inputs=inputs | {"password": ""})
    world.calling.troubles = [None, None, lost()]
    world.calling.broken["device"] = [None, *[Unavailable(503, "No.")] * len(LOOKUP_DELAYS)]
    await world.press(plan, "confirm")
    await world.rest()
    (password,) = world.calling.passwords.values()
    assert "Not certain" in world.messenger.texts[-1]

    world.restart()
    world.messenger.posted.clear()
    await world.runner.recover()
    await world.rest()

    assert plan.request
    assert await world.state(plan.request.code) == "done"
    assert "If the SIP password did not reach you" in str(world.messenger.posted[-1])
    assert password not in str(world.messenger.posted)
