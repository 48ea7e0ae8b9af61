"""Remove a device from Webex.

`DELETE /devices/{id}`, https://developer.webex.com/docs/api/v1/devices/delete-a-device;
rules: docs/webex/provisioning.md §4.3 and §4.5.
It cannot be undone: a snapshot keeps what was there.
"""

import asyncio

from pydantic import BaseModel, Field

from bot.core import api_calls as calls
from bot.core.models.mac import show_mac
from bot.core.models.people import Role
from bot.core.models.webex import Device, Licence, Owner, OwnerKind
from bot.domain import fallback
from bot.domain.commands import DeviceButton
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
from bot.domain.operation import Context, Operation
from bot.domain.plan import Plan
from bot.domain.policy import CHANGE, Decision, Rule
from bot.domain.text_readers import non_empty, search_text
from bot.operations.actions import delete_device as action
from bot.operations.actions import steps
from cards import forms

NAME = steps.DELETE_DEVICE
LICENCE_UNREAD = (
    "I could not check the owner's licence. If it is Webex Calling Standard,"
    " deleting the phone switches calling on in their Webex apps."
)
OWNER = "Owner"  # a fact of the plan


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
        locations=(device.at(location),),
        steps=(steps.delete_device(device, (owner.email or owner.name) if owner else ""),),
        unread=form.unread,
        dependents={
            calls.PERSON.name: (OWNER, steps.UNDO_OWNER, *effects),
            calls.WORKSPACE.name: (OWNER, steps.UNDO_OWNER),
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


async def _owner(form: ParsedForm, device: Device, ctx: Context) -> Owner | None:
    """The owner, for people who read the plan; nothing depends on it."""
    key = device.owner_key
    if not key:
        return None
    call = calls.PERSON if device.person_id else calls.WORKSPACE
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


def read(arguments: Arguments) -> dict[str, str]:
    """The whole text is the device."""
    return non_empty(device=search_text(arguments))


DELETE_DEVICE = Operation(
    name=NAME,
    title="Delete device",
    usage=("delete device DEVICE",),
    aliases=("delete", "remove device"),
    device_button=DeviceButton("Delete", "destructive"),
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
    actions=(action.DELETE_DEVICE,),
)
