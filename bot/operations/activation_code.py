"""Get an activation code: typed in on the phone instead of a MAC typed in here.

`POST /devices/activationCode`, https://developer.webex.com/docs/api/v1/devices/create-a-device-activation-code;
rules: webex-provisioning.md §4.4. The code is a secret: it goes to the requester alone.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, Field, SecretStr

from bot import resolve
from bot.models import Owner, OwnerKind, PhoneModel
from bot.operation import (
    CannotTell,
    Context,
    Filled,
    Inputs,
    Operation,
    Outcome,
    Plan,
    PlannedCall,
)
from cards import forms

NAME = "activation code"
BY_CODE = "ACTIVATION_CODE"
RESET_TO_FREE = frozenset({"none", "thirdPartySipCalling"})


class Form(BaseModel):
    """What has to be known for a code."""

    model: str = Field(title="Model", min_length=1)
    owner: str = Field(title="Owner", min_length=1)


async def fields(inputs: Inputs, ctx: Context) -> list[forms.Field]:
    """Model and owner."""
    return [
        await resolve.model_box(ctx, BY_CODE, inputs.get("model", "")),
        resolve.owner_box(inputs.get("owner", "")),
    ]


async def plan(filled: Filled, ctx: Context) -> Plan:
    """Resolve model and owner, and say what changes besides."""
    models, owner = await asyncio.gather(ctx.calling.models(), resolve.owner(filled, ctx))
    model = resolve.model(filled, models, BY_CODE)
    model, owner = resolve.together(filled, model, owner)
    return _plan(model, owner, await resolve.time_zone(owner, ctx))


def _plan(model: PhoneModel, owner: Owner, zone: str) -> Plan:
    return Plan(
        title=f"Get an activation code for {owner.name}",
        facts=(
            ("Phone", model.display_name),
            ("For", owner.described),
            ("Location", owner.location),
        ),
        warnings=(*resolve.licence_effects(owner), *_reset(owner)),
        calls=(
            PlannedCall(
                method="POST",
                path="/devices/activationCode",
                body={"model": model.model, **owner.field},
            ),
        ),
        location=owner.location,
        subject=owner.key,
        details={
            "model": model.model,
            "name": model.display_name,
            "owner": owner.key,
            "zone": zone,
        },
    )


def _reset(owner: Owner) -> list[str]:
    if owner.kind is OwnerKind.WORKSPACE and owner.calling_type in RESET_TO_FREE:
        return [
            f"{owner.name} has no Webex Calling: Webex will set its calling to “free calling” when the code is made."
        ]
    return []


async def run(planned: Plan, _secrets: Mapping[str, str], ctx: Context) -> Outcome:
    """The one call that makes a code."""
    owner = await resolve.planned_owner(planned, ctx.calling)
    made = await ctx.calling.activation_code(model=planned.details["model"], owner=owner)
    return Outcome(
        title=f"Activation code for {owner.name} is made",
        facts=planned.facts,
        notes=("The code was sent in a direct message to the one who asked.",),
        again=NAME,
        again_title="Another code",
        secret=SecretStr(grouped(made.code.get_secret_value())),
        secret_facts=(
            *planned.facts[:2],
            ("Valid until", in_words(made.expiry_time, planned.details["zone"])),
        ),
    )


async def look_up(_planned: Plan, _ctx: Context) -> Outcome | None:
    """Codes cannot be read back (webex-provisioning.md §10)."""
    raise CannotTell(
        "Webex may have made a code, but it cannot be read again. It is of no use to anybody and will expire. Please ask for a new one."
    )


def grouped(code: str) -> str:
    """`5414011256173816` → `5414 0112 5617 3816`, as people read digits."""
    return " ".join(code[i : i + 4] for i in range(0, len(code), 4))


def in_words(expiry_time: str, zone: str) -> str:
    """`2026-12-22T09:06:40.100Z` → `22 December 2026, 10:06 (Europe/Berlin)`; as it came if unreadable."""
    try:
        moment = datetime.fromisoformat(expiry_time)
        local = moment.astimezone(ZoneInfo(zone))
    except (ValueError, ZoneInfoNotFoundError):
        return expiry_time
    return f"{local.day} {local:%B %Y, %H:%M} ({zone})"


ACTIVATION_CODE = Operation(
    name=NAME,
    help="Get an activation code for a phone",
    example="activation code 8865 for ann@example.com",
    form=Form,
    fields=fields,
    plan=plan,
    run=run,
    look_up=look_up,
)
