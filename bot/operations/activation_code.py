"""Get an activation code, which is typed on the phone instead of its MAC here.

`POST /devices/activationCode`,
https://developer.webex.com/docs/api/v1/devices/create-a-device-activation-code;
rules: docs/webex/provisioning.md §4.4. The code is a secret: it goes to the requester alone.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, Field, SecretStr

from bot.core import api_calls as calls
from bot.core.errors import Invalid, WebexError
from bot.core.models.webex import Owner, OwnerKind, PhoneModel
from bot.domain import fallback
from bot.domain.forms import Inputs, ParsedForm
from bot.domain.language.arguments import Arguments
from bot.domain.lookup import models, owners
from bot.domain.lookup.locations import FROM_LOCATIONS, LOCATION, location_text, time_zone
from bot.domain.operation import Context, LookupInconclusive, Operation, Outcome, Plan, PlannedCall
from bot.domain.policy import CHANGE, Rule
from bot.domain.text_readers import non_empty, read_phone
from cards import forms

NAME = "activation code"
BY_CODE = "ACTIVATION_CODE"
RESET_TO_FREE = frozenset({"none", "thirdPartySipCalling"})


class Form(BaseModel):
    """What must be known for a code."""

    model: str = Field(title="Model", min_length=1)
    owner: str = Field(title="Owner", min_length=1)


async def fields(inputs: Inputs, ctx: Context) -> list[forms.Field]:
    """Model and owner."""
    known_models, problem, owner = await asyncio.gather(
        fallback.models(ParsedForm({}), ctx),
        _room_device_problem(inputs, ctx),
        owners.owner_field(inputs.get("owner", ""), ctx),
    )
    return [
        models.model_field(known_models, BY_CODE, inputs.get("model", "")),
        replace(owner, error=problem),
    ]


async def _room_device_problem(inputs: Inputs, ctx: Context) -> str:
    """Why the owner can have no phone, if it is a workspace for room devices.

    Told before somebody chooses a model. With a model, the plan tells it. A read that fails is no
    reason to withhold the form.
    """
    text = inputs.get("owner", "")
    if not text or inputs.get("model"):
        return ""
    form = ParsedForm({"owner": text})
    try:
        owner = await owners.find_owner(form, ctx)
    except (WebexError, Invalid):
        return ""
    if owner is None or owner.kind is not OwnerKind.WORKSPACE or owner.takes_phones:
        return ""
    return (
        f"{owner.name} is a workspace for Webex room devices. Please create their activation code "
        "in Control Hub, under Management › Devices."
    )


async def plan(form: ParsedForm, ctx: Context) -> Plan:
    """Look up model and owner, and say what else changes."""
    known_models, owner = await asyncio.gather(
        fallback.models(form, ctx), owners.find_owner(form, ctx)
    )
    model = models.find_model(form, known_models, BY_CODE)
    model, owner = owners.check_compatible(form, model, owner)
    return _plan(form, model, owner, await time_zone(owner, ctx))


def _plan(form: ParsedForm, model: PhoneModel, owner: Owner, zone: str) -> Plan:
    effects = owners.licence_effects(form, owner)
    return Plan(
        title=f"Get an activation code for {owner.name}",
        facts=(
            ("Phone", model.display_name),
            ("For", owner.described),
            (LOCATION, location_text(form, owner.location)),
        ),
        context=owners.number_note(owner),
        warnings=(*effects, *_reset_warnings(owner), *form.unread.values()),
        calls=(
            PlannedCall(
                method="POST",
                path="/devices/activationCode",
                body={"model": model.model, **owner.field},
            ),
        ),
        location=owner.location,
        location_id=owner.location_id or "",
        subject=owner.key,
        details={
            "model": model.model,
            "name": model.display_name,
            "owner": owner.key,
            "owner_name": owner.name,
            "zone": zone,
        },
        unread=form.unread,
        dependents={
            calls.LICENCES.name: effects,
            calls.LOCATIONS.name: FROM_LOCATIONS,
        },
    )


def _reset_warnings(owner: Owner) -> tuple[str, ...]:
    if owner.kind is OwnerKind.WORKSPACE and owner.calling_type in RESET_TO_FREE:
        return (
            f"{owner.name} has no Webex Calling: Webex will set its calling to “free calling”"
            " when the code is created.",
        )
    return ()


async def run(planned: Plan, _secrets: Mapping[str, str], ctx: Context) -> Outcome:
    """Make the one call that creates a code."""
    owner = owners.planned_owner(planned)
    created = await ctx.calling.activation_code(model=planned.details["model"], owner=owner)
    return Outcome(
        title=f"The activation code for {owner.name} is ready",
        facts=planned.facts,
        notes=("The code was sent to the requester in a direct message.",),
        again=NAME,
        again_title="Another code",
        secret=SecretStr(grouped(created.code.get_secret_value())),
        secret_facts=(
            *planned.facts[:2],
            ("Valid until", local_time(created.expiry_time, planned.details["zone"])),
        ),
    )


async def look_up(_planned: Plan, _ctx: Context) -> Outcome | None:
    """Raise: Webex does not show a code again (docs/webex/provisioning.md §10)."""
    raise LookupInconclusive(
        "Webex may have created a code, but does not show it again. Nobody can use it, and it will"
        " expire. Please ask for a new one."
    )


def grouped(code: str) -> str:
    """`5414011256173816` → `5414 0112 5617 3816`, in groups that are easy to read."""
    return " ".join(code[i : i + 4] for i in range(0, len(code), 4))


def local_time(expiry_time: str, zone: str) -> str:
    """`2026-12-22T09:06:40.100Z` → `22 December 2026, 10:06 (Europe/Berlin)`.

    A time that cannot be parsed is returned as it is.
    """
    try:
        moment = datetime.fromisoformat(expiry_time)
        local = moment.astimezone(ZoneInfo(zone))
    except (ValueError, ZoneInfoNotFoundError):
        return expiry_time
    return f"{local.day} {local:%B %Y, %H:%M} ({zone})"


def read(arguments: Arguments) -> dict[str, str]:
    """`8865 for ann@example.com` → model and owner."""
    inputs = read_phone(arguments)
    return non_empty(model=inputs.get("model", ""), owner=inputs.get("owner", ""))


ACTIVATION_CODE = Operation(
    name=NAME,
    title="Activation code",
    usage=("activation code MODEL for EMAIL", "in WORKSPACE"),
    aliases=("get activation code", "get an activation code", "activation", "code"),
    guide=(("get an activation code", "activation code 8865 for bob@example.com"),),
    help_button="Activation code",
    read=read,
    rule=Rule(CHANGE),
    needs={
        calls.ACTIVATION_CODE: NAME,
        calls.PEOPLE: f"{NAME} … for EMAIL",
        calls.WORKSPACES: f"{NAME} … in WORKSPACE",
    },
    does_without={
        calls.MODELS: "the list of models",
        calls.PERSON: "the warnings about licences",
        calls.LICENCES: "the warnings about licences",
        calls.LOCATIONS: "the location",
        calls.MEMBERS: "the search by last name, extension or number",
        calls.NUMBERS: "the search by last name, extension or number",
    },
    help="Get an activation code for a phone",
    examples=(
        "activation code 8865 for ann@example.com",
        "activation code 8865 in Lobby Berlin",
    ),
    group="Add",
    form=Form,
    fields=fields,
    plan=plan,
    run=run,
    look_up=look_up,
)
