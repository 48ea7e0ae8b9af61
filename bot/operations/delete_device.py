"""Remove a device from Webex.

`DELETE /devices/{id}`, https://developer.webex.com/docs/api/v1/devices/delete-a-device;
rules: docs/webex/provisioning.md §4.3 and §4.5.
It cannot be undone: a snapshot keeps what was there.
"""

import asyncio
from collections.abc import Mapping

from pydantic import BaseModel, Field

from bot.core import api_calls as calls
from bot.core.models.mac import show_mac
from bot.core.models.people import Role
from bot.core.models.webex import Device, Licence, Owner, OwnerKind
from bot.domain import fallback
from bot.domain.forms import Inputs, ParsedForm
from bot.domain.language.arguments import Arguments
from bot.domain.lookup.devices import (
    DEVICE_MISSING,
    device_field,
    find_device,
    location_of,
    status,
)
from bot.domain.lookup.locations import FROM_LOCATIONS, LOCATION, location_text
from bot.domain.operation import Context, Operation, Outcome, Plan, PlannedCall, Undo
from bot.domain.policy import CHANGE, Decision, Rule
from bot.domain.text_readers import non_empty, search_text
from bot.domain.third_party import MANAGED_BY
from cards import forms

NAME = "delete device"
NOT_RESTORED = (
    "The phone starts without its old tags, settings, line keys and call history."
    " They cannot be restored."
)
SETTINGS_CHANGE = (
    "The tags of the phone cannot be restored. Its SIP settings change: enter the new ones and the"
    " new password on the phone."
)
LICENCE_UNREAD = (
    "I could not check the owner's licence. If it is Webex Calling Standard,"
    " deleting the phone switches calling on in their Webex apps."
)
OWNER, UNDO_OWNER = "Owner", "owner"  # a fact and a detail of the plan


class Form(BaseModel):
    """The device to delete."""

    device: str = Field(title="Device", description=DEVICE_MISSING, min_length=1)


async def fields(inputs: Inputs, _ctx: Context) -> list[forms.Field]:
    """The device."""
    return [device_field(inputs.get("device", ""))]


async def plan(form: ParsedForm, ctx: Context) -> Plan:
    """Look up the device and its owner, and say what else changes."""
    device = form.valid(await find_device(form, ctx))
    location, owner = await asyncio.gather(
        location_of(device, ctx, form), _owner(form, device, ctx)
    )
    effects = _licence_effects(owner)
    return Plan(
        title=f"Delete the {device.product} of {device.name}",
        facts=(
            ("Device", device.product),
            (OWNER, owner.described if owner else device.name),
            ("MAC", show_mac(device.mac)),
            (LOCATION, location_text(form, location)),
        ),
        context=(("Status", status(device)), ("Tags", ", ".join(device.tags))),
        warnings=(_consequence(device), *effects, *form.unread.values()),
        calls=(PlannedCall(method="DELETE", path=f"/devices/{device.id}"),),
        location=location,
        location_id=device.location_id or "",
        subject=_owner_key(device) or f"device:{device.id}",
        details={
            "device": device.id,
            "name": device.name,
            "mac": device.mac,
            "product": device.product,
            UNDO_OWNER: (owner.email or owner.name) if owner else _owner_key(device),
            **({MANAGED_BY: device.managed_by} if device.customer_managed else {}),
        },
        unread=form.unread,
        dependents={
            calls.PERSON.name: (OWNER, UNDO_OWNER, *effects),
            calls.WORKSPACE.name: (OWNER, UNDO_OWNER),
            calls.LICENCES.name: effects,
            calls.LOCATIONS.name: FROM_LOCATIONS,
        },
    )


def _consequence(device: Device) -> str:
    """What the deletion means for the device itself."""
    if device.customer_managed:
        return (
            "The phone can no longer make calls. Webex does not reset it: please remove the SIP"
            " settings from the phone as well."
        )
    kind = "phone" if device.type == "phone" else "device"
    return (
        f"The {kind} is reset and can no longer make calls."
        " If you add it again, it starts without its old settings."
    )


def _owner_key(device: Device) -> str:
    if device.workspace_id:
        return f"{OwnerKind.WORKSPACE}:{device.workspace_id}"
    return f"{OwnerKind.PERSON}:{device.person_id}" if device.person_id else ""


async def _owner(form: ParsedForm, device: Device, ctx: Context) -> Owner | None:
    """The owner, for people who read the plan; nothing depends on it."""
    key = _owner_key(device)
    if not key:
        return None
    call = calls.WORKSPACE if device.workspace_id else calls.PERSON
    owner = await fallback.optional(form, call, ctx.calling.owner(key))
    if owner is None:  # also if Webex names an owner that it does not know
        form.note_unread(call)
    elif owner.licence is Licence.UNKNOWN and owner.kind is OwnerKind.PERSON:
        form.note_unread(calls.LICENCES, LICENCE_UNREAD)
    return owner


def _licence_effects(owner: Owner | None) -> tuple[str, ...]:
    if owner and owner.kind is OwnerKind.PERSON and owner.licence is Licence.STANDARD:
        return (
            f"{owner.name} has Webex Calling Standard: deleting the phone switches calling"
            " on in their Webex apps.",
        )
    return ()


async def run(planned: Plan, _secrets: Mapping[str, str], ctx: Context) -> Outcome:
    """Make the one call that removes it."""
    await ctx.calling.delete_device(planned.details["device"])
    return _deleted(planned)


async def look_up(planned: Plan, ctx: Context) -> Outcome | None:
    """Whether the device is gone."""
    device = await ctx.calling.device(planned.details["device"])
    return _deleted(planned) if device is None else None


def _deleted(planned: Plan) -> Outcome:
    details = planned.details
    add_phone_inputs = {
        "mac": details["mac"],
        "model": details["product"],
        "owner": details["owner"],
    }
    return Outcome(
        title=f"The {details['product']} of {details['name']} was deleted",
        facts=planned.facts,
        undo=Undo(
            operation="add phone",
            inputs=add_phone_inputs,
            title="Add it again",
            note=SETTINGS_CHANGE if MANAGED_BY in details else NOT_RESTORED,
        )
        if details["mac"]
        else None,
        # Tags are not part of the plan: another tag is no reason to ask for approval again.
        snapshot={**details, "tags": dict(planned.context).get("Tags", "")},
    )


def read(arguments: Arguments) -> dict[str, str]:
    """The whole text is the device."""
    return non_empty(device=search_text(arguments))


DELETE_DEVICE = Operation(
    name=NAME,
    title="Delete device",
    usage=("delete device DEVICE",),
    aliases=("delete", "remove device"),
    device_button=("Delete", "destructive"),
    guide=(("remove it", "delete device D8:2E:3E:EF:4E:5C"),),
    read=read,
    rule=Rule({**CHANGE, Role.TECHNICIAN: Decision.ASK, Role.ENGINEER: Decision.ASK}),
    needs={calls.DEVICES: NAME, calls.DELETE_DEVICE: NAME},
    does_without={
        calls.PERSON: "the owner",
        calls.WORKSPACE: "the owner",
        calls.LICENCES: "the warnings about licences",
        calls.LOCATIONS: "the location",
    },
    help="Delete a device",
    examples=("delete device 00:11:22:33:44:55", "delete device Lobby Berlin"),
    group="Change",
    form=Form,
    fields=fields,
    plan=plan,
    run=run,
    look_up=look_up,
)
