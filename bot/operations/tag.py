"""Add tags to a device and take others away.

`PATCH /devices/{id}`, https://developer.webex.com/docs/api/v1/devices/modify-device-tags;
rules: webex-provisioning.md §4.6. Webex adds tags to those there are, so nothing that somebody else tags
meanwhile is lost. It cannot take single tags away, only set the whole list: that is read, merged, set and
looked at again, and the plan says what remains (a tag set in Control Hub between the read and the change).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from bot import resolve
from bot.errors import OutcomeUnknown, Refused, WebexError
from bot.models import Device, listed, show_mac
from bot.operation import Context, Filled, Inputs, Operation, Outcome, Plan, PlannedCall, Undo
from cards import forms

NAME = "tag"
TRIES = 3
TAKING_AWAY = "To take a tag away, Webex sets the whole list. A tag that somebody adds in Control Hub in that second can get lost."
SHAPE = "Write +tag to add and -tag to remove, for example: +lobby -old."


def _tags(text: str) -> str:
    parts = re.split(r"[\s,]+", text.strip())
    if not all(re.fullmatch(r"[+-][^\s,+-][^\s,]{0,63}", part) for part in parts):
        raise ValueError(SHAPE)
    if {part[1:] for part in parts if part[0] == "+"} & {
        part[1:] for part in parts if part[0] == "-"
    }:
        raise ValueError("The same tag cannot be added and removed at once.")
    return " ".join(dict.fromkeys(parts))


class Form(BaseModel):
    """Which device, and which tags come and go."""

    device: str = Field(title="Device", min_length=1)
    tags: Annotated[str, AfterValidator(_tags)] = Field(title="Tags")


async def fields(inputs: Inputs, _ctx: Context) -> list[forms.Field]:
    """Device and tags."""
    return [
        resolve.device_box(inputs.get("device", "")),
        forms.Field("tags", "Tags", "+add -remove", value=inputs.get("tags", ""), max_length=400),
    ]


async def plan(filled: Filled, ctx: Context) -> Plan:
    """What would come and go on which device."""
    device = await resolve.device(filled, ctx)
    filled.insist()
    assert device  # noqa: S101 - `insist` has raised otherwise
    add, remove = split(filled.values["tags"])
    if merged(device.tags, filled.values["tags"]) == list(device.tags):
        now = listed(device.tags, "and") or "no tags"
        filled.object_to("tags", f"That changes nothing: {device.name} has {now}.")
        filled.insist()
    place = await resolve.place_of(device, ctx)
    return Plan(
        title=f"Tag the {device.product} of {device.name}",
        facts=(
            ("Device", f"{device.name} · {device.product}"),
            ("MAC", show_mac(device.mac)),
            ("Location", place),
            ("Add", ", ".join(add)),
            ("Remove", ", ".join(remove)),
        ),
        context=(
            ("Tags now", ", ".join(device.tags) or "none"),
            *((("Note", TAKING_AWAY),) if remove else ()),
        ),
        calls=(
            PlannedCall(
                method="PATCH",
                path=f"/devices/{device.id}",
                body={"op": "replace" if remove else "add", "path": "tags"},
            ),
        ),
        location=place,
        subject=f"device:{device.id}",
        details={
            "device": device.id,
            "name": device.name,
            "mac": device.mac,
            "tags": filled.values["tags"],
        },
    )


def split(tags: str) -> tuple[list[str], list[str]]:
    """`+a -b` → what is added, what is removed."""
    parts = tags.split()
    return [part[1:] for part in parts if part[0] == "+"], [
        part[1:] for part in parts if part[0] == "-"
    ]


def merged(now: Iterable[str], tags: str) -> list[str]:
    """The tags a device has, with those added and without those removed; order kept."""
    add, remove = split(tags)
    return [tag for tag in dict.fromkeys([*now, *add]) if tag not in remove]


async def run(planned: Plan, _secrets: Mapping[str, str], ctx: Context) -> Outcome:
    """Read, change, look again; once more if somebody else set other tags in between."""
    device = await _device(planned, ctx)
    before = device.tags
    for _ in range(TRIES):
        if _is_done(planned, device):
            return _tagged(planned, before, device.tags)
        await _change(device, planned.details["tags"], ctx)
        device = await _device_after(planned, ctx)
    if not _is_done(planned, device):
        raise Refused(
            "Somebody else is changing the tags of this device at the same time. Please look at it, and try again."
        )
    return _tagged(planned, before, device.tags)


async def _change(device: Device, tags: str, ctx: Context) -> None:
    add, remove = split(tags)
    if set(remove) & set(device.tags):
        await ctx.calling.replace_tags(device.id, merged(device.tags, tags))
    else:
        await ctx.calling.add_tags(device.id, [tag for tag in add if tag not in device.tags])


def _is_done(planned: Plan, device: Device) -> bool:
    return merged(device.tags, planned.details["tags"]) == list(device.tags)


async def look_up(planned: Plan, ctx: Context) -> Outcome | None:
    """Tags that are as wanted are done, whoever did it."""
    device = await _device(planned, ctx)
    return _tagged(planned, (), device.tags, undo=False) if _is_done(planned, device) else None


async def _device(planned: Plan, ctx: Context) -> Device:
    device = await ctx.calling.device(planned.details["device"])
    if device is None:
        raise Refused("The device was removed from Webex in the meantime. Nothing was changed.")
    return device


async def _device_after(planned: Plan, ctx: Context) -> Device:
    """The device after a change: while it cannot be read, nobody knows what became of the change."""
    try:
        device = await ctx.calling.device(planned.details["device"])
    except WebexError as problem:
        raise OutcomeUnknown(problem.status, problem.words, problem.tracking_id) from problem
    if device is None:
        raise Refused("The device was removed from Webex right after it was tagged.")
    return device


def _tagged(
    planned: Plan, before: Iterable[str], after: Iterable[str], *, undo: bool = True
) -> Outcome:
    was, now = list(before), list(after)
    back = [f"-{tag}" for tag in now if tag not in was] + [
        f"+{tag}" for tag in was if tag not in now
    ]
    wanted = {tag for tags in split(planned.details["tags"]) for tag in tags}
    back = [tag for tag in back if tag[1:] in wanted]  # only what this request changed
    key = planned.details["mac"] or planned.details["name"]
    return Outcome(
        title=f"{planned.details['name']} has the tags {listed(now, 'and')}"
        if now
        else f"{planned.details['name']} has no tags",
        facts=planned.facts[:3],
        undo=Undo(operation=NAME, inputs={"device": key, "tags": " ".join(back)})
        if undo and back
        else None,
    )


TAG = Operation(
    name=NAME,
    help="Tag a device",
    example="tag 00:11:22:33:44:55 +lobby -old",
    form=Form,
    fields=fields,
    plan=plan,
    run=run,
    look_up=look_up,
)
