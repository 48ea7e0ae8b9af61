"""Remove a device from Webex.

`DELETE /devices/{id}`, https://developer.webex.com/docs/api/v1/devices/delete-a-device;
rules: webex-provisioning.md §4.3 and §4.5. It cannot be taken back: what was there is kept as a snapshot.
"""

from collections.abc import Mapping

from pydantic import BaseModel, Field

from bot import resolve
from bot.models import Device, Licence, Owner, OwnerKind, show_mac
from bot.operation import Context, Filled, Inputs, Operation, Outcome, Plan, PlannedCall, Undo
from cards import forms

NAME = "delete device"
LOST = "Its tags, its own settings, line keys and call history on the phone cannot come back; adding it again starts fresh."


class Form(BaseModel):
    """Which device."""

    device: str = Field(title="Device", min_length=1)


async def fields(inputs: Inputs, _ctx: Context) -> list[forms.Field]:
    """The device."""
    return [resolve.device_box(inputs.get("device", ""))]


async def plan(filled: Filled, ctx: Context) -> Plan:
    """What would go, whose it is, and what else that changes."""
    device = await resolve.device(filled, ctx)
    filled.insist()
    assert device  # noqa: S101 - `insist` has raised otherwise
    place, owner = await resolve.place_of(device, ctx), await _owner(device, ctx)
    return Plan(
        title=f"Delete the {device.product} of {device.name}",
        facts=(
            ("Device", device.product),
            ("Owner", owner.described if owner else device.name),
            ("MAC", show_mac(device.mac)),
            ("Location", place),
        ),
        context=(("Status", resolve.status(device)), ("Tags", ", ".join(device.tags))),
        warnings=(_reset(device), *_licence(owner)),
        calls=(PlannedCall(method="DELETE", path=f"/devices/{device.id}"),),
        location=place,
        subject=owner.key if owner else f"device:{device.id}",
        details={
            "device": device.id, "name": device.name, "mac": device.mac, "product": device.product,
            "owner": (owner.email or owner.name) if owner else "",
        },
    )  # fmt: skip


def _reset(device: Device) -> str:
    what = "phone" if device.type == "phone" else "device"
    return f"The {what} is reset and can make no more calls. Adding it again starts fresh."


async def _owner(device: Device, ctx: Context) -> Owner | None:
    if device.workspace_id:
        return await ctx.calling.owner(f"{OwnerKind.WORKSPACE}:{device.workspace_id}")
    return (
        await ctx.calling.owner(f"{OwnerKind.PERSON}:{device.person_id}")
        if device.person_id
        else None
    )


def _licence(owner: Owner | None) -> list[str]:
    if owner and owner.kind is OwnerKind.PERSON and owner.licence is Licence.STANDARD:
        return [
            f"{owner.name} has Webex Calling Standard: without the phone, calling comes back in their Webex apps."
        ]
    return []


async def run(planned: Plan, _secrets: Mapping[str, str], ctx: Context) -> Outcome:
    """The one call that removes it."""
    await ctx.calling.delete_device(planned.details["device"])
    return _deleted(planned)


async def look_up(planned: Plan, ctx: Context) -> Outcome | None:
    """A device that is gone is deleted."""
    return (
        _deleted(planned) if await ctx.calling.device(planned.details["device"]) is None else None
    )


def _deleted(planned: Plan) -> Outcome:
    details = planned.details
    again = {"mac": details["mac"], "model": details["product"], "owner": details["owner"]}
    return Outcome(
        title=f"The {details['product']} of {details['name']} is deleted",
        facts=planned.facts,
        undo=Undo(operation="add phone", inputs=again, title="Add it again", note=LOST)
        if details["mac"]
        else None,
        # Tags stand beside the plan, not in it: another tag is no reason to ask everybody again.
        snapshot={**details, "tags": dict(planned.context).get("Tags", "")},
    )


DELETE_DEVICE = Operation(
    name=NAME,
    help="Delete a device",
    example="delete device 00:11:22:33:44:55",
    form=Form,
    fields=fields,
    plan=plan,
    run=run,
    look_up=look_up,
)
