"""Add a desk phone by MAC, for a person or a workspace.

`POST /devices`, https://developer.webex.com/docs/api/v1/devices/create-a-device-by-mac-address;
rules: webex-provisioning.md §4.1 to §4.3 and §6.
"""

import asyncio
from collections.abc import Mapping

from pydantic import BaseModel, Field, SecretStr

from bot import resolve
from bot.errors import NotFound
from bot.models import (
    Device,
    Mac,
    OwnedDevices,
    Owner,
    OwnerKind,
    PhoneModel,
    same_mac,
    show_mac,
)
from bot.operation import (
    CannotTell,
    CannotTellYet,
    Context,
    Filled,
    Inputs,
    Operation,
    Outcome,
    Plan,
    PlannedCall,
    Undo,
)
from cards import forms

NAME = "add phone"
BY_MAC = "MAC_ADDRESS"


class Form(BaseModel):
    """What has to be known to add a phone."""

    mac: Mac = Field(title="MAC")
    model: str = Field(title="Model", min_length=1)
    owner: str = Field(title="Owner", min_length=1)
    password: SecretStr | None = Field(None, title="SIP password")


async def fields(inputs: Inputs, ctx: Context) -> list[forms.Field]:
    """MAC, model, owner; and the SIP password where the model needs one."""
    text = inputs.get("model", "")
    boxes = [
        forms.Field(
            "mac", "MAC address", "D8:2E:3E:EF:4E:5C", value=inputs.get("mac", ""), max_length=60
        ),
        await resolve.model_box(ctx, BY_MAC, text),
        resolve.owner_box(inputs.get("owner", "")),
    ]
    fits = resolve.matching(text, await ctx.calling.models()) if text else []
    if len(fits) == 1 and fits[0].wants_password:
        boxes.append(
            forms.Field(
                "password", "SIP password", "Set on the phone as well", secret=True, max_length=80
            )
        )
    return boxes


async def plan(filled: Filled, ctx: Context) -> Plan:
    """Resolve everything; every problem is told at once."""
    models, owner, has, _ = await asyncio.gather(
        ctx.calling.models(), resolve.owner(filled, ctx), _same_owners(ctx), _check_mac(filled, ctx)
    )
    model = resolve.model(filled, models, BY_MAC)
    if model and model.wants_password and not filled.values.get("password"):
        filled.object_to(
            "password",
            f"{model.display_name} is a third-party phone: please give its SIP password.",
        )
    model, owner = resolve.together(filled, model, owner)
    if has is None or not ctx.shown or ctx.shown.details["owner"] != owner.key:
        has = await ctx.calling.devices_of(owner)
    return _plan(filled, model, owner, _limit(owner, has))


async def _check_mac(filled: Filled, ctx: Context) -> None:
    mac = filled.values.get("mac")
    if not mac:
        return
    state = await ctx.calling.mac_state(mac)
    if not state.available:
        filled.object_to(
            "mac",
            resolve.taken(mac, await _holder(mac, ctx))
            if "in use" in state.words.lower()
            else f"Webex does not accept {show_mac(mac)}: {state.words or 'invalid MAC'}.",
        )


async def _holder(mac: str, ctx: Context) -> str:
    """By whom, where that can be found and the person may know."""
    found = await _holders(mac, ctx)
    if not found:
        return ", but not by a device I can see: it may be in another organization, a DECT base or a phone that is still being set up"
    if not ctx.scoped or ctx.reaches(await location_of(found[0], ctx)):
        return f" by the {found[0].product} of {found[0].name}"
    return " in a location that you do not look after"


async def _holders(mac: str, ctx: Context) -> list[Device]:
    return [device for device in await ctx.calling.devices(mac=mac) if same_mac(device.mac, mac)]


async def location_of(device: Device, ctx: Context) -> str:
    """The name of a device's location; empty where Webex names none."""
    locations = await ctx.calling.locations()
    return next((one.name for one in locations if one.id == device.location_id), "")


async def _same_owners(ctx: Context) -> OwnedDevices | None:
    """What the owner of the plan that was shown has: read beside the rest, for it is hardly ever another."""
    if ctx.shown is None:
        return None
    kind, _, key = ctx.shown.details["owner"].partition(":")
    try:
        return await ctx.calling.devices_of(Owner(kind=OwnerKind(kind), id=key, name=""))
    except NotFound:  # gone; who is meant now is told by the rest
        return None


def _limit(owner: Owner, has: OwnedDevices) -> list[str]:
    """What counts against one more phone. Webex decides, so this only warns."""
    if has.most == 0:
        return [
            f"Webex allows {owner.name} no devices so far: it may refuse this one. A Webex Calling licence in Control Hub would change that."
        ]
    if has.most is not None and len(has.devices) >= has.most:
        return [
            f"{owner.name} already has {len(has.devices)} of {has.most} allowed devices: Webex may refuse one more."
        ]
    return []


def _plan(filled: Filled, model: PhoneModel, owner: Owner, limits: list[str]) -> Plan:
    mac = filled.values["mac"]
    return Plan(
        title=f"Add a {model.display_name} for {owner.name}",
        facts=(
            ("Phone", model.display_name),
            ("MAC", show_mac(mac)),
            ("For", owner.described),
            ("Location", owner.location),
            ("Password", "as you gave it (not shown)" if model.wants_password else ""),
        ),
        warnings=(*resolve.licence_effects(owner), *limits, *_later(model)),
        calls=(
            PlannedCall(
                method="POST",
                path="/devices",
                body={"mac": mac, "model": model.model, **owner.field},
            ),
        ),
        location=owner.location,
        subject=owner.key,
        needs=("password",) if model.wants_password else (),
        details={"mac": mac, "model": model.model, "name": model.display_name, "owner": owner.key},
    )


def _later(model: PhoneModel) -> list[str]:
    if not model.phone_os:
        return []
    return [
        "Phones of the 9800 series appear some minutes after they were added, and until they are Webex Aware they can be managed in Control Hub only."
    ]


async def run(planned: Plan, secrets: Mapping[str, str], ctx: Context) -> Outcome:
    """The one call that adds the phone."""
    owner = await resolve.planned_owner(planned, ctx.calling)
    device = await ctx.calling.add_phone(
        mac=planned.details["mac"],
        model=planned.details["model"],
        owner=owner,
        password=secrets.get("password"),
    )
    return _added(planned, owner, accepted_only=device is None)


async def look_up(planned: Plan, ctx: Context) -> Outcome | None:
    """Whether the phone is there, with our owner. None: it is not, and its MAC is free."""
    owner = await resolve.planned_owner(planned, ctx.calling)
    mac = planned.details["mac"]
    if any(same_mac(device.mac, mac) for device in (await ctx.calling.devices_of(owner)).devices):
        return _added(planned, owner)
    state = await ctx.calling.mac_state(mac)
    return None if state.available else await _by_another(mac, ctx)


async def _by_another(mac: str, ctx: Context) -> Outcome:
    if not await _holders(mac, ctx):
        # Very likely ours: the MAC was free just before, and phones appear late (webex-provisioning.md §6).
        raise CannotTellYet(
            f"Webex did not say whether it was done. {show_mac(mac)} is in use now, but its phone is not listed yet. Please look in a few minutes, in Control Hub if need be, before you ask again."
        )
    # Not by whom: here nobody knows whether the requester looks after that place.
    raise CannotTell(resolve.taken(mac, " by another device"))


def _added(planned: Plan, owner: Owner, *, accepted_only: bool = False) -> Outcome:
    what = f"{planned.details['name']} {show_mac(planned.details['mac'])}"
    if accepted_only:
        title, note = (
            f"{what} is accepted for {owner.name}",
            "Webex is still setting it up. It appears in a few minutes; plug it in meanwhile.",
        )
    else:
        title, note = (
            f"{what} now belongs to {owner.name}",
            "Plug it in: it fetches its settings by itself.",
        )
    return Outcome(
        title=title,
        facts=planned.facts,
        notes=(note,),
        again=NAME,
        again_title="Add another",
        undo=None if accepted_only else _undo(planned),
    )


def _undo(planned: Plan) -> Undo:
    return Undo(operation="delete device", inputs={"device": planned.details["mac"]})


ADD_PHONE = Operation(
    name=NAME,
    help="Add a desk phone by its MAC",
    example="add phone D8:2E:3E:EF:4E:5C 8865 for ann@example.com",
    form=Form,
    fields=fields,
    plan=plan,
    run=run,
    look_up=look_up,
    secrets=frozenset({"password"}),
)
