"""Add tags to a device and take others away: the step, its look-up, and how it is taken back.

`PATCH /devices/{id}`, https://developer.webex.com/docs/api/v1/devices/modify-device-tags;
rules: docs/webex/provisioning.md §4.6. Webex adds tags to the present ones, so that tags which
somebody else adds are not lost. It cannot remove single tags, only set the whole list: the list is
read, merged, set and read again. The plan tells of the remaining risk: a tag that is added in
Control Hub between the read and the change.
"""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus

from bot.core.errors import OutcomeUnknown, Refused, WebexError
from bot.core.models.webex import Device
from bot.domain.lookup import devices
from bot.domain.operation import Action, Context, Job, LookupPending
from bot.domain.plan import Outcome, Reversal, Undo
from bot.operations.actions import steps

MAX_ATTEMPTS = 3  # while somebody else changes the tags of the same device
DEVICE_GONE = (
    "Webex does not show this device any more. Nothing was changed."
    " Please check whether it is still there, and try again."
)
DEVICE_GONE_AFTER_CHANGE = (
    "Webex does not show this device any more, so nobody can tell whether it was tagged."
    " Please check in Control Hub whether it is still there, and which tags it has."
)
TAGS_STAY = "The tags of {name} stay as they are: I do not know which ones were there before."
DEVICE_NOT_THERE = "The device of {name} is not there any more: its tags need not be changed."


def merged(now: Iterable[str], tags: str) -> list[str]:
    """The tags of a device after the change, in their order."""
    add, remove = steps.split_tags(tags)
    return [tag for tag in dict.fromkeys([*now, *add]) if tag not in remove]


async def run(job: Job, _secrets: Mapping[str, str], ctx: Context) -> Outcome:
    """Read, change, read again; repeat if somebody else set other tags in between."""
    device = await _device(job, ctx)
    before = device.tags
    for _ in range(MAX_ATTEMPTS):
        if _is_done(job, device):
            return _tagged(job, before, device.tags)
        await _change(device, job.details["tags"], ctx)
        device = await _device_after(job, ctx)
    if not _is_done(job, device):
        raise Refused(
            "Somebody else is changing the tags of this device at the same time."
            " Please look at the device, and try again."
        )
    return _tagged(job, before, device.tags)


async def _change(device: Device, tags: str, ctx: Context) -> None:
    add, remove = steps.split_tags(tags)
    if set(remove) & set(device.tags):
        await ctx.calling.replace_tags(device.id, merged(device.tags, tags))
    else:
        await ctx.calling.add_tags(device.id, [tag for tag in add if tag not in device.tags])


def _is_done(job: Job, device: Device) -> bool:
    return merged(device.tags, job.details["tags"]) == list(device.tags)


async def look_up(job: Job, ctx: Context) -> Outcome | None:
    """Whether the tags are as they should be."""
    device = await ctx.calling.device(_device_id(job))
    if device is None:
        raise LookupPending(DEVICE_GONE_AFTER_CHANGE)
    return _tagged(job, (), device.tags, undo=False) if _is_done(job, device) else None


def _device_id(job: Job) -> str:
    """The device of the step, or the one that an earlier step added."""
    return job.details["device"] or job.values["device"]


async def _device(job: Job, ctx: Context) -> Device:
    device = await ctx.calling.device(_device_id(job))
    if device is None:
        raise Refused(DEVICE_GONE)
    return device


async def _device_after(job: Job, ctx: Context) -> Device:
    """The device after a change; OutcomeUnknown if it cannot be read."""
    try:
        device = await ctx.calling.device(_device_id(job))
    except WebexError as error:
        raise OutcomeUnknown(error.status, error.message, error.tracking_id) from error
    if device is None:
        raise OutcomeUnknown(HTTPStatus.NOT_FOUND, "The device is not there.")
    return device


def _tagged(job: Job, before: Iterable[str], after: Iterable[str], *, undo: bool = True) -> Outcome:
    tags_before, tags_after = list(before), list(after)
    undo_tags = [f"-{tag}" for tag in tags_after if tag not in tags_before] + [
        f"+{tag}" for tag in tags_before if tag not in tags_after
    ]
    changed = {tag for tags in steps.split_tags(job.details["tags"]) for tag in tags}
    undo_tags = [tag for tag in undo_tags if tag[1:] in changed]  # not what others changed
    key = job.details["mac"] or job.details["name"]
    return Outcome(
        title=f"{job.details['name']} has {steps.named_tags(tags_after)}",
        facts=job.plan.facts[:3],
        undo=Undo(operation=steps.TAG, inputs={"device": key, "tags": _joined(undo_tags)})
        if undo and undo_tags
        else None,
    )


def _joined(tags: Sequence[str]) -> str:
    """As steps have them: tags with blanks stand one in a line."""
    has_blank = any(char.isspace() for tag in tags for char in tag)
    return "".join(f"{tag}\n" for tag in tags) if has_blank else " ".join(tags)


async def undo(job: Job, outcome: Outcome, ctx: Context) -> Reversal:
    """Change the tags back, as far as nobody else has done so."""
    name = job.details["name"]
    if outcome.undo is None:
        return Reversal(warnings=(TAGS_STAY.format(name=name),))
    tags = outcome.undo.inputs["tags"]
    device = await ctx.calling.device(_device_id(job))
    if device is None:
        return Reversal(warnings=(DEVICE_NOT_THERE.format(name=name),))
    if merged(device.tags, tags) == list(device.tags):
        return Reversal()
    add, remove = steps.split_tags(tags)
    return Reversal(
        steps=(steps.tag(device, tags, key=steps.undo_key(job.step)),),
        facts=(
            ("Device", f"{device.name} · {device.product}"),
            ("Add tags", ", ".join(add)),
            ("Remove tags", ", ".join(remove)),
        ),
        location=device.at(await devices.location_of(device, ctx)),
    )


TAG = Action(steps.TAG, run, look_up, undo)
