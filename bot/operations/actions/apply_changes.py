"""Let a phone fetch its configuration: the step, and its look-up. Nothing takes it back.

`POST /telephony/config/devices/{id}/actions/applyChanges/invoke`; rules:
docs/webex/provisioning.md §4.7. Webex only passes the order on: no call tells whether the phone has
fetched its configuration.
"""

from collections.abc import Mapping

from bot.domain.operation import Action, Context, Job, LookupInconclusive
from bot.domain.plan import Outcome
from bot.operations.actions import steps

NOT_TAKEN_BACK = "This needs no undo: the phone only fetches the configuration that Webex has."
NOT_TOLD = (
    "Webex does not say when the phone has applied it. If you see no difference after a few"
    " minutes, please restart the phone."
)
WAITS = (
    "The phone is offline. It fetches its configuration once it is connected; Webex does not say"
    " when."
)
NOT_KNOWN = (
    "Webex did not answer, and nobody can look up whether the phone fetches its configuration."
    " Doing it twice does no harm, so please try again."
)


async def run(job: Job, _secrets: Mapping[str, str], ctx: Context) -> Outcome:
    """Make the one call that asks the phone. One that is offline has fetched nothing yet."""
    await ctx.calling.apply_changes(job.details["calling_id"])
    phone = f"{job.details['product']} of {job.details['name']}"
    is_offline = steps.IS_OFFLINE in job.details
    return Outcome(
        title=f"The {phone} will fetch its configuration when it is online"
        if is_offline
        else f"The {phone} fetches its configuration",
        facts=job.plan.facts,
        notes=(WAITS if is_offline else NOT_TOLD,),
    )


async def look_up(_job: Job, _ctx: Context) -> Outcome | None:
    """Raise: Webex keeps no record of it that could be read (docs/webex/provisioning.md §10)."""
    raise LookupInconclusive(NOT_KNOWN)


APPLY_CHANGES = Action(steps.APPLY_CHANGES, run, look_up, without_undo=NOT_TAKEN_BACK)
