"""Remove a device: the step, its look-up, and how it is taken back.

`DELETE /devices/{id}`, https://developer.webex.com/docs/api/v1/devices/delete-a-device;
rules: docs/webex/provisioning.md §4.3 and §4.5.
Its settings cannot be restored: a snapshot keeps what was there.
"""

from collections.abc import Mapping

from bot.actions import steps
from bot.domain.operation import Action, Context, Job
from bot.domain.plan import Outcome, Undo
from bot.domain.third_party import MANAGED_BY

NOT_RESTORED = (
    "The phone starts without its old tags, settings, line keys and call history."
    " They cannot be restored."
)
SETTINGS_CHANGE = (
    "The tags of the phone cannot be restored. Its SIP settings change: enter the new ones and the"
    " new password on the phone."
)


async def run(job: Job, _secrets: Mapping[str, str], ctx: Context) -> Outcome:
    """Make the one call that removes it."""
    await ctx.calling.delete_device(job.details["device"])
    return _deleted(job)


async def look_up(job: Job, ctx: Context) -> Outcome | None:
    """Whether the device is gone."""
    device = await ctx.calling.device(job.details["device"])
    return _deleted(job) if device is None else None


def _deleted(job: Job) -> Outcome:
    details = job.details
    add_phone_inputs = {
        "mac": details["mac"],
        "model": details["product"],
        "owner": details["owner"],
    }
    return Outcome(
        title=f"The {details['product']} of {details['name']} was deleted",
        facts=job.plan.facts,
        undo=Undo(
            operation="add phone",
            inputs=add_phone_inputs,
            title="Add it again",
            note=SETTINGS_CHANGE if MANAGED_BY in details else NOT_RESTORED,
        )
        if details["mac"]
        else None,
        # They are part of the plan only where they are put back: else another tag is no reason to
        # ask for approval again.
        snapshot={
            **details,
            "tags": dict((*job.plan.facts, *job.plan.context)).get("Tags", ""),
        },
    )


DELETE_DEVICE = Action(steps.DELETE_DEVICE, run, look_up)
