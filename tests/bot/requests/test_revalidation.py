"""What must still be so when it counts: who people are, and what the plan was made of."""

import pytest

from bot.core.errors import Conflict, Refused
from bot.core.models.people import Grant, Role
from bot.core.models.requests import Request
from bot.core.models.webex import Licence
from bot.domain.plan import Plan
from bot.domain.policy import Decision, Rule
from bot.operations import POLICY
from bot.requests.revalidation import FACTS_LIFETIME, SECRETS_FORGOTTEN
from bot.requests.step_checks import NOT_UNDERSTOOD
from bot.store import approvals, grants
from bot.store.sql import Database
from tests.bot.requests.fixtures import ELI, NETWORK, PHONE, TOM, RequestFixture
from tests.bot.requests.strategies import ANA, LEA
from tests.example_org import ANNS_PHONE, BERLIN, BOB, FREE_MAC, LYON, THIRD_PARTY

DELETE = {"device": "00:00:5E:00:53:01"}
BOBS = PHONE | {"owner": "bob@example.com"}
NEVER_MORE = f"{TOM.email} is no longer allowed to do this."


async def planned(world: RequestFixture, name: str, inputs: dict[str, str], sender=TOM) -> Request:
    """A request with its plan, as Confirm finds it."""
    shown = await world.ask(name, inputs, sender)
    assert shown.request
    return await world.row(shown.request.code)


async def changes(world: RequestFixture, request: Request, checked_at: float | None = None) -> str:
    """What is found to be different."""
    revalidation = world.drafts.revalidation
    shown = Plan.model_validate(request.plan)
    return " ".join(await revalidation.differences(request, shown, facts_checked_at=checked_at))


async def test_an_unchanged_plan_has_no_differences(world: RequestFixture):
    for name, inputs in (
        ("add phone", PHONE),
        ("delete device", DELETE),
        ("create dect network", NETWORK),
    ):
        assert await changes(world, await planned(world, name, inputs)) == ""


async def test_a_changed_licence_is_named(world: RequestFixture):
    request = await planned(world, "add phone", PHONE)
    world.calling.owners[0] = world.calling.owners[0].model_copy(
        update={"licence": Licence.STANDARD}
    )
    assert await changes(world, request) == (
        "This has changed since you saw it: Ann Alder has Webex Calling Standard: adding a "
        "phone switches calling off in their Webex apps. Removing the phone brings it back."
    )


async def test_an_owner_who_moved_is_named(world: RequestFixture):
    request = await planned(world, "add phone", BOBS)
    moved = {"location": BERLIN.name, "location_id": BERLIN.id}
    world.calling.owners[1] = BOB.model_copy(update=moved)
    assert "Location: now “Berlin”, before “Lyon”." in await changes(world, request)


async def test_a_deleted_owner_is_named(world: RequestFixture):
    request = await planned(world, "add phone", PHONE)
    world.calling.owners.pop(0)
    assert "found no person" in await changes(world, request)


async def test_a_mac_that_was_taken_is_named(world: RequestFixture):
    request = await planned(world, "add phone", PHONE)
    world.calling.foreign_macs.add(FREE_MAC)
    assert "D8:2E:3E:EF:4E:5C is in use" in await changes(world, request)


async def test_a_model_that_is_no_longer_supported_is_named(world: RequestFixture):
    request = await planned(world, "add phone", PHONE)
    world.calling.supported = [
        model for model in world.calling.supported if "8865" not in model.model
    ]
    assert "8865" in await changes(world, request)


async def test_a_deleted_device_is_named(world: RequestFixture):
    request = await planned(world, "delete device", DELETE)
    world.calling.held.clear()
    assert "found no device" in await changes(world, request)


async def test_a_device_with_another_owner_is_named(world: RequestFixture):
    request = await planned(world, "delete device", DELETE)
    others = {"name": "Bob Birch", "person_id": BOB.id, "location_id": LYON.id}
    world.calling.held[0] = ANNS_PHONE.model_copy(update=others)
    differences = await changes(world, request)
    assert (
        "Owner: now “Bob Birch (bob@example.com)”, before “Ann Alder (ann@example.com)”."
        in differences
    )
    assert "Location: now “Lyon”, before “Berlin”." in differences


async def test_an_existing_network_with_that_name_is_named(world: RequestFixture):
    request = await planned(world, "create dect network", NETWORK)
    taken = {"id": "net-9", "name": "hall"}
    world.calling.dect.held.append(world.calling.dect.held[0].model_copy(update=taken))
    assert "already has a DECT network called “Hall”" in await changes(world, request)


async def test_context_of_the_plan_may_change(world: RequestFixture):
    request = await planned(world, "delete device", DELETE)
    world.calling.held[0] = ANNS_PHONE.model_copy(update={"status": "disconnected", "tags": ("x",)})
    assert await changes(world, request) == ""


async def test_a_lost_secret_is_named(world: RequestFixture):
    inputs = PHONE | {"model": THIRD_PARTY.model, "password": "hunter2!"}
    request = await planned(world, "add phone", inputs)
    assert await changes(world, request) == ""
    world.restart()
    assert await changes(world, request) == SECRETS_FORGOTTEN


async def test_facts_are_valid_for_seconds_only(world: RequestFixture):
    request = await planned(world, "add phone", PHONE)
    checked_at = world.clock()
    world.calling.foreign_macs.add(FREE_MAC)
    world.clock.now += FACTS_LIFETIME - 0.1
    asked = len(world.calling.asked)
    assert await changes(world, request, checked_at) == ""
    assert len(world.calling.asked) == asked
    world.clock.now += 0.2
    assert "is in use" in await changes(world, request, checked_at)


async def test_a_run_right_after_confirm_reads_the_facts_once(world: RequestFixture):
    shown = await world.ask("add phone", PHONE)
    asked = len(world.calling.asked)
    await world.press(shown, "confirm")
    await world.rest()
    at_once = len(world.calling.asked) - asked
    other = await world.ask("add phone", PHONE | {"mac": "D82E3EEF4E5D"})
    approved = await world.put(other, "approved")
    asked = len(world.calling.asked)
    world.runner.start(approved)
    await world.rest()
    assert world.calling.changes == 2
    assert len(world.calling.asked) - asked == at_once


async def test_an_approval_reads_the_facts_again(approving: RequestFixture):
    request = await approving.asked("add phone", PHONE)
    approving.calling.foreign_macs.add(FREE_MAC)
    await approving.decide(request.code, "approve", ANA)
    assert await approving.state(request.code) == "cancelled"


async def test_the_requesters_role_is_checked_each_time(world: RequestFixture):
    request = await planned(world, "add phone", PHONE)
    now = world.clock()
    assert await changes(world, request, now) == ""
    await world.store.call(grants.revoke, Grant(TOM.email, Role.TECHNICIAN))
    assert await changes(world, request, now) == NEVER_MORE
    await world.allow(Grant(TOM.email, Role.TECHNICIAN, "Lyon"))
    assert await changes(world, request, now) == NEVER_MORE
    await world.allow(Grant(TOM.email, Role.TECHNICIAN, "Berlin"))
    assert await changes(world, request, now) == ""


async def test_a_run_needs_approval_if_the_role_requires_it_now(world: RequestFixture):
    request = await planned(world, "create dect network", NETWORK, ELI)
    approved = request.model_copy(update={"state": "approved"})
    assert await changes(world, approved) == ""
    await world.store.call(grants.revoke, Grant(ELI.email, Role.ENGINEER))
    await world.allow(Grant(ELI.email, Role.TECHNICIAN))
    assert await changes(world, approved) == "It needs approval now."
    assert await changes(world, request) == ""  # a draft will be asked about


async def approved_by(world: RequestFixture, *who) -> Request:
    """A network that these have approved."""
    await world.allow(Grant(ANA.email, Role.APPROVER), Grant(LEA.email, Role.APPROVER, "Lyon"))
    request = await planned(world, "create dect network", NETWORK)
    for approver in who:
        await world.store.call(
            approvals.decide, request.code, approver, verdict="approve", reason="", now=0.0
        )
    return request.model_copy(update={"state": "approved"})


async def test_approvers_must_still_have_their_role(world: RequestFixture):
    request = await approved_by(world, ANA)
    assert await changes(world, request) == ""
    await world.store.call(grants.revoke, Grant(ANA.email, Role.APPROVER))
    assert await changes(world, request) == f"{ANA.email} is no longer allowed to approve this."
    await world.allow(Grant(ANA.email, Role.APPROVER, "Berlin"))
    assert await changes(world, request) == f"{ANA.email} is no longer allowed to approve this."
    await world.allow(Grant(ANA.email, Role.APPROVER, "Lyon"))
    assert await changes(world, request) == ""


async def test_enough_approvals_must_still_count_before_it_runs(tmp_path, world: RequestFixture):
    two = Rule({Role.TECHNICIAN: Decision.ASK}, approvers=2)
    world.policy = {**POLICY, "create dect network": two}
    world.restart()
    first = await approved_by(world, ANA)
    assert await changes(world, first) == "It needs approval now."
    await world.store.call(approvals.decide, first.code, LEA, verdict="approve", reason="", now=0.0)
    assert await changes(world, first) == ""


async def test_a_role_lost_between_two_checks_is_reported_without_an_exception(
    world: RequestFixture,
):
    """The allowlist is read twice: for the person, and for what the plan may reach."""
    request = await planned(world, "add phone", PHONE)
    real = world.store.call
    reads = 0

    async def call(function, *args, **kwargs):
        nonlocal reads
        if function in (grants.grants_for, world.authorization.grants_or_deny):
            reads += 1
            if reads == 2:
                await real(grants.revoke, Grant(TOM.email, Role.TECHNICIAN))
        return await real(function, *args, **kwargs)

    object.__setattr__(world.store, "call", call)
    assert "in your locations" in await changes(world, request)


async def run_approved(world: RequestFixture, request: Request) -> Request:
    """What the runner makes of it."""
    after = await world.put(type("S", (), {"request": request})(), "approved")
    world.runner.start(after)
    await world.rest()
    return await world.row(request.code)


async def test_the_runner_checks_again_and_cancels_with_the_reason(world: RequestFixture):
    request = await planned(world, "add phone", PHONE)
    world.calling.foreign_macs.add(FREE_MAC)
    ended = await run_approved(world, request)
    assert (ended.state, ended.changed_by, world.calling.changes) == ("cancelled", "provbot", 0)
    assert ended.outcome
    assert "is in use" in ended.outcome["title"]
    assert "is in use" in world.messenger.texts[-1]


@pytest.mark.parametrize(
    ("problem", "why"),
    [
        (Conflict(409, "No."), "already has something with this name or MAC"),
        (KeyError("id"), NOT_UNDERSTOOD),
        (Refused("Not that."), "Not that."),
    ],
)
async def test_unreadable_facts_send_nothing_and_are_reported(world: RequestFixture, problem, why):
    request = await planned(world, "add phone", PHONE)
    world.calling.broken["person"] = [problem]
    ended = await run_approved(world, request)
    assert (ended.state, world.calling.changes) == ("cancelled", 0)
    assert ended.outcome
    assert why in ended.outcome["title"]
    assert why in world.messenger.texts[-1]


async def test_a_request_that_starts_too_late_does_not_run(world: RequestFixture):
    request = await planned(world, "add phone", PHONE)

    def due(db: Database, at: float) -> None:
        db.execute("update requests set run_by = ?", [at])

    await world.store.call(due, world.clock())
    assert (await run_approved(world, request)).state == "done"  # the last moment is in time
    other = await planned(world, "add phone", PHONE | {"mac": "D82E3EEF4E5D"})
    await world.store.call(due, world.clock() - 0.1)
    assert (await run_approved(world, other)).state == "expired"
    assert world.calling.changes == 1
