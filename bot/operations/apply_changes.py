"""Let a phone fetch its configuration from Webex.

`POST /telephony/config/devices/{id}/actions/applyChanges/invoke`,
https://developer.webex.com/docs/api/v1/device-call-settings/apply-changes-for-a-specific-device;
rules: docs/webex/provisioning.md §4.7.
"""

import asyncio
from dataclasses import replace

from pydantic import BaseModel, Field

from bot.core import api_calls as calls
from bot.core.models.mac import same_mac, show_mac
from bot.core.models.webex import Device, Owner, OwnerKind
from bot.domain.commands import DeviceButton
from bot.domain.forms import Inputs, ParsedForm
from bot.domain.language.arguments import Arguments
from bot.domain.language.device_sentences import told_to_fetch
from bot.domain.language.model_name import read_model_name
from bot.domain.lookup.device_phrases import OFFLINE
from bot.domain.lookup.devices import (
    DEVICE_MISSING,
    UNTOLD,
    device_field,
    location_of,
    status,
)
from bot.domain.lookup.locations import FROM_LOCATIONS, LOCATION, location_text
from bot.domain.lookup.old_phone import PHONE_TYPES
from bot.domain.lookup.unlisted_phones import find_phone
from bot.domain.operation import Context, Operation
from bot.domain.plan import Plan
from bot.domain.policy import CHANGE, Rule
from bot.domain.text_readers import non_empty, search_text
from bot.operations.actions import apply_changes as action
from bot.operations.actions import steps
from cards import forms

NAME = steps.APPLY_CHANGES
WITHOUT_ID = "phones whose id for calling stands in the list of their owner alone"
FETCHES = (
    "The phone fetches its configuration from Webex and applies it. It may restart, so please make"
    " sure that nobody is on a call."
)
IS_OFFLINE = "The phone is offline. It fetches its configuration once it is connected."
MUST_BE_ONLINE = (
    "The phone is offline. Webex refuses this for phones of the 9800 series that are not online:"
    " please connect it first."
)
STATUS_UNTOLD = (
    "Webex does not show the status of this phone. It refuses this for phones of the 9800 series"
    " that are not online."
)
NOT_A_PHONE = (
    "The {device} is not a desk phone, and only desk phones fetch their configuration when Webex"
    " asks them to. Please use Control Hub."
)
NOT_MANAGED = (
    "The {device} does not fetch its configuration from Webex, because the customer manages it."
    " Please change its settings on the phone."
)
NO_CALLING_ID = (
    "Webex does not list the {device} among the phones of its owner, so I cannot ask it to fetch"
    " its configuration. Please use Control Hub."
)


class Form(BaseModel):
    """The phone."""

    device: str = Field(title="Phone", description=DEVICE_MISSING, min_length=1)


async def fields(inputs: Inputs, _ctx: Context) -> list[forms.Field]:
    """The phone."""
    return [device_field(inputs.get("device", ""))]


async def plan(form: ParsedForm, ctx: Context) -> Plan:
    """Look up the phone and its id for calling, and say what may happen to it."""
    device = form.valid(await find_phone(form, ctx))
    _check_kind(form, device)
    location, calling_id = await asyncio.gather(
        location_of(device, ctx, form), _calling_id(form, device, ctx)
    )
    waits = device.status in OFFLINE and not _must_be_online(device)
    step = steps.apply_changes(device, form.valid(calling_id), is_offline=waits)
    return Plan(
        title=step.title,
        facts=(
            ("Device", f"{device.name} · {device.product}"),
            ("MAC", show_mac(device.mac)),
            (LOCATION, location_text(form, location)),
        ),
        context=(("Status", status(device)),),
        warnings=(*_effects(device), *form.unread.values()),
        locations=(device.at(location),),
        steps=(step,),
        unread=form.unread,
        dependents={calls.LOCATIONS.name: FROM_LOCATIONS},
    )


def _check_kind(form: ParsedForm, device: Device) -> None:
    """Note an error if Webex does not configure the device in this way."""
    if device.type not in PHONE_TYPES:
        form.add_error("device", NOT_A_PHONE.format(device=_described(device)))
    elif device.customer_managed:
        form.add_error("device", NOT_MANAGED.format(device=_described(device)))
    form.raise_if_invalid()


def _described(device: Device) -> str:
    return f"{device.product} of {device.name}"


async def _calling_id(form: ParsedForm, device: Device, ctx: Context) -> str | None:
    """Its id in `telephony/config/devices`; None, and an error, if its owner's list has none."""
    if device.calling_id:
        return device.calling_id
    kind, _, owner_id = device.owner_key.partition(":")
    if owner_id and device.mac:
        owner = Owner(kind=OwnerKind(kind), id=owner_id, name=device.name, partial=True)
        for owned in (await ctx.calling.devices_of(owner)).devices:
            if owned.calling_id and same_mac(owned.mac, device.mac):
                return owned.calling_id
    form.add_error("device", NO_CALLING_ID.format(device=_described(device)))
    return None


def _effects(device: Device) -> tuple[str, ...]:
    """What happens to the phone. Nobody is on a call with one that is offline."""
    if device.status in OFFLINE:
        return (MUST_BE_ONLINE if _must_be_online(device) else IS_OFFLINE,)
    if device.status in UNTOLD and _must_be_online(device):
        return (FETCHES, STATUS_UNTOLD)
    return (FETCHES,)


def _must_be_online(device: Device) -> bool:
    """Whether Webex refuses this while the phone is offline: docs/webex/provisioning.md §4.7."""
    return read_model_name(device.product).number.startswith("98")


def claims(arguments: Arguments) -> bool:
    """`let Bob's phone fetch its configuration`."""
    return told_to_fetch(arguments.message) is not None


def read(arguments: Arguments) -> dict[str, str]:
    """The whole text is the device, but for `let … fetch its configuration`."""
    named = told_to_fetch(arguments.message)
    own = arguments if named is None else replace(arguments, tokens=named)
    return non_empty(device=search_text(own))


APPLY_CHANGES = Operation(
    name=NAME,
    title="Apply changes",
    usage=("apply changes to DEVICE",),
    aliases=("resync", "sync phone", "reload configuration"),
    device_button=DeviceButton("Apply changes", phones_only=True, managed_only=True),
    guide=(("let it fetch its settings", "apply changes to D8:2E:3E:EF:4E:5C"),),
    read=read,
    claims=claims,
    rule=Rule(CHANGE),
    needs={calls.DEVICES: NAME, calls.APPLY_CHANGES: NAME},
    does_without={
        calls.PERSONS_DEVICES: WITHOUT_ID,
        calls.WORKSPACES_DEVICES: WITHOUT_ID,
        calls.LOCATIONS: "the location",
    },
    help="Let a phone fetch its configuration",
    examples=("apply changes to 00:11:22:33:44:55", "apply changes to Lobby Berlin"),
    group="Change",
    form=Form,
    fields=fields,
    plan=plan,
    actions=(action.APPLY_CHANGES,),
    without_undo=action.NOT_TAKEN_BACK,
)
