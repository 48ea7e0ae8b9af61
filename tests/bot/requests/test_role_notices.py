"""Who gets or loses a role is told, and the admin hears whether that worked."""

import asyncio
import json
from dataclasses import replace

from bot.audit import CURRENT_REQUEST
from bot.chat.messenger import Answer
from bot.core.errors import Unavailable
from bot.core.models.people import Grant, Role
from bot.domain.operation import Job
from bot.domain.plan import Plan
from bot.operations.grants import GRANT
from bot.requests.role_notices import RoleNotices
from bot.store.sql import select
from tests.bot.requests.fixtures import ADA, SAM
from tests.bot.requests.harness import DispatchHarness
from tests.cards import rules
from tests.fake_messenger import FakeMessenger, PostedMessage


async def confirm(harness: DispatchHarness, text: str) -> tuple[PostedMessage, list[PostedMessage]]:
    """Type and confirm it as an admin; the result, and what Sam was told."""
    (plan,) = await harness.says(ADA, text)
    before = len(harness.messenger.posted)
    *_, result = await harness.presses(ADA, rules.button(plan.card or {}, "Confirm"), card=plan.id)
    return result, [
        message for message in harness.messenger.posted[before:] if message.email == SAM.email
    ]


async def test_who_gets_a_role_is_told_what_they_may_do_and_by_whom(harness: DispatchHarness):
    result, (notice,) = await confirm(harness, f"grant {SAM.email} technician at Lyon")
    assert notice.text.startswith(
        f"{ADA.email} gave you the role technician in Lyon. You may now use: add phone, "
    )
    assert notice.text.endswith("To see how, type: help")
    assert ", delete device (needs approval), " in notice.text
    assert rules.violations(notice.card or {}) == []
    assert rules.button(notice.card or {}, "Help") == {"say": "help"}
    assert "whoami" not in notice.text
    assert f"{SAM.email} was told in a direct message." in result.text


async def test_who_loses_a_role_is_told_what_is_left(harness: DispatchHarness):
    await harness.allow(Grant(SAM.email, Role.VIEWER), Grant(SAM.email, Role.APPROVER))
    _, (notice,) = await confirm(harness, f"revoke {SAM.email} approver")
    assert notice.text == (
        f"{ADA.email} took the role approver everywhere from you. You still have: viewer."
    )
    result, (notice,) = await confirm(harness, f"revoke {SAM.email} viewer")
    assert notice.text.endswith("It was your only role. An admin can give you another one.")
    assert f"{SAM.email} was told in a direct message." in result.text


async def test_who_cannot_be_reached_has_the_role_all_the_same(harness: DispatchHarness):
    harness.messenger.troubles = [None, None, Unavailable(503, "Down.")]
    result, told = await confirm(harness, f"grant {SAM.email} viewer")
    assert told == []
    assert f"{SAM.email} is now a viewer everywhere" in result.text
    assert f"Webex did not deliver my message to {SAM.email}" in result.text
    assert harness.db.execute("select 1 from access where who = ?", [SAM.email]).fetchone()


async def test_an_address_that_nobody_has_is_called_that(harness: DispatchHarness):
    harness.messenger.unreachable.add(SAM.email)
    for command in ("grant", "revoke"):
        result, told = await confirm(harness, f"{command} {SAM.email} viewer")
        assert told == []
        assert f"Webex finds nobody with the address {SAM.email}." in result.text
        assert "tell them" not in result.text


async def test_nobody_is_told_of_a_role_for_a_domain_or_of_their_own(harness: DispatchHarness):
    before = len(harness.messenger.posted)
    await confirm(harness, "grant @partner.example viewer")
    await confirm(harness, f"grant {ADA.email} approver")
    assert not any(message.email for message in harness.messenger.posted[before:])


class SilentMessenger(FakeMessenger):
    """Webex does not answer."""

    async def tell(self, email: str, answer: Answer) -> str:
        """Never."""
        await asyncio.Event().wait()
        return ""


async def test_a_message_that_takes_long_does_not_hold_the_result(harness: DispatchHarness):
    notices = RoleNotices(SilentMessenger(), harness.authorization, timeout=0.01)
    note = await notices.granted(Grant(SAM.email, Role.VIEWER))
    assert note.startswith(f"Webex did not deliver my message to {SAM.email}")


async def test_the_admin_is_named_with_the_address(harness: DispatchHarness):
    CURRENT_REQUEST.set(("7K3F", replace(ADA, name="Ada Fischer")))
    notices = RoleNotices(harness.messenger, harness.authorization)
    await notices.granted(Grant(SAM.email, Role.VIEWER))
    assert harness.messenger.posted[-1].text.startswith(f"Ada Fischer ({ADA.email}) gave you")


async def test_after_a_crash_the_look_up_tells_them(harness: DispatchHarness):
    await harness.allow(Grant(SAM.email, Role.VIEWER))
    await harness.says(ADA, f"grant {SAM.email} technician")
    row = next(select(harness.db, "select plan from requests"))
    planned = Plan.model_validate(json.loads(row["plan"]))
    executor = harness.runner.executor
    assert await GRANT.actions[0].look_up(Job.only(planned), executor.context) is None
    assert not any(message.email == SAM.email for message in harness.messenger.posted)
    await harness.allow(Grant(SAM.email, Role.TECHNICIAN))
    outcome = await GRANT.actions[0].look_up(Job.only(planned), executor.context)
    assert outcome
    assert outcome.notes == (f"{SAM.email} was told in a direct message.",)
    assert harness.messenger.posted[-1].email == SAM.email
