"""Get an activation code: the step, and its look-up. Nothing takes it back.

`POST /devices/activationCode`,
https://developer.webex.com/docs/api/v1/devices/create-a-device-activation-code;
rules: docs/webex/provisioning.md §4.4. The code is a secret: it goes to the requester alone.
"""

from collections.abc import Mapping

from pydantic import SecretStr

from bot.core.models.followed import FollowKind, FollowTarget
from bot.domain.lists.rows import row_number
from bot.domain.operation import Action, Context, Job, LookupInconclusive
from bot.domain.plan import Outcome
from bot.operations.actions import steps

ON_PHONE = "Type it on the phone. It cannot be shown a second time."
ON_ROOM_DEVICE = (
    "Connect the room device to the network, choose Webex in its setup assistant, and type the"
    " code there. A device that is in use must be factory reset first. The code cannot be shown"
    " a second time."
)
EXPIRES = "Activation codes are not taken back: one that nobody uses expires on its own."
VALID_UNTIL = "Valid until"  # a fact of the secret


async def run(job: Job, _secrets: Mapping[str, str], ctx: Context) -> Outcome:
    """Make the one call that creates a code."""
    is_of_list = row_number(job.step.key) > 0  # its code is told in a file
    created = await ctx.calling.activation_code(job.step.call.body)
    return Outcome(
        title=f"The activation code for {job.details['owner_name']} is ready",
        facts=job.plan.facts,
        notes=(f"The code was sent to {ctx.person or 'the requester'} in a direct message.",),
        again=steps.ACTIVATION_CODE,
        again_title="Another code",
        values={"expires": created.expiry_time},
        secret=SecretStr(grouped(created.code.get_secret_value())),
        secret_facts=(
            *(job.plan.facts[:2] if len(job.plan.steps) == 1 else ()),
            (VALID_UNTIL, ctx.local().show_iso(created.expiry_time, for_file=is_of_list)),
        ),
        secret_notes=(ON_PHONE if job.details["model"] else ON_ROOM_DEVICE,),
    )


async def look_up(_job: Job, _ctx: Context) -> Outcome | None:
    """Raise: Webex does not show a code again (docs/webex/provisioning.md §10)."""
    raise LookupInconclusive(
        "Webex may have created a code, but does not show it again. Nobody can use it, and it will"
        " expire. Please ask for a new one."
    )


def grouped(code: str) -> str:
    """`5414011256173816` → `5414 0112 5617 3816`, in groups that are easy to read."""
    return " ".join(code[i : i + 4] for i in range(0, len(code), 4))


def follow(job: Job, outcome: Outcome) -> FollowTarget:
    """The device on which somebody types the code."""
    return FollowTarget(
        kind=FollowKind.CODE,
        name=job.details["name"],
        owner=job.details["owner"],
        owner_name=job.details["owner_name"],
        model=job.details["model"],
        expires=outcome.values.get("expires", ""),
    )


ACTIVATION_CODE = Action(steps.ACTIVATION_CODE, run, look_up, without_undo=EXPIRES, follow=follow)
