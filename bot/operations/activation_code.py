"""Get an activation code, which is typed on the phone instead of its MAC here.

`POST /devices/activationCode`,
https://developer.webex.com/docs/api/v1/devices/create-a-device-activation-code;
rules: docs/webex/provisioning.md §4.4. The code is a secret: it goes to the requester alone.
"""

import asyncio
from dataclasses import replace

from pydantic import BaseModel, Field

from bot.core import api_calls as calls
from bot.core.errors import Invalid, WebexError
from bot.core.models.webex import Owner, PhoneModel
from bot.domain import fallback
from bot.domain.forms import Inputs, ParsedForm
from bot.domain.language.arguments import (
    Arguments,
    split_at_preposition,
    without,
    without_noise,
)
from bot.domain.lookup import models, owners
from bot.domain.lookup.locations import FROM_LOCATIONS, LOCATION, location_text
from bot.domain.operation import Context, Operation
from bot.domain.phone_reader import read_phone
from bot.domain.plan import Plan
from bot.domain.policy import CHANGE, Rule
from bot.domain.text_readers import non_empty
from bot.operations.actions import activation_code as action
from bot.operations.actions import steps
from cards import forms

NAME = steps.ACTIVATION_CODE


class Form(BaseModel):
    """What must be known for a code."""

    # None for a room device.
    model: str = Field("", title="Model", description=models.MODEL_MISSING)
    owner: str = Field(title="Owner", description=owners.OWNER_MISSING, min_length=1)


async def fields(inputs: Inputs, ctx: Context) -> list[forms.Field]:
    """Model and owner."""
    text = inputs.get("model", "")
    known_models, owner = await asyncio.gather(
        fallback.models(ParsedForm({}), ctx), owners.owner_field(inputs.get("owner", ""), ctx)
    )
    if not text and await _takes_room_devices_only(inputs.get("owner", ""), ctx):
        text = models.ROOM_DEVICE
    model = models.model_field(known_models, models.BY_CODE, text, ctx.recent_models)
    return [models.with_room_device(model, known_models, text), owner]


async def _takes_room_devices_only(text: str, ctx: Context) -> bool:
    """Whether the owner is a workspace for room devices: then no model has to be chosen."""
    try:
        owner = await owners.find_owner(ParsedForm({"owner": text}), ctx)
    except (WebexError, Invalid):  # a read that fails is no reason to withhold the form
        return False
    return owner is not None and not owner.takes_phones


async def plan(form: ParsedForm, ctx: Context) -> Plan:
    """Look up model and owner, and say what else changes."""
    text = form.values.get("model", "")
    known_models, owner = await asyncio.gather(
        _models_for(text, form, ctx), owners.find_owner(form, ctx)
    )
    if _is_room_device(text, known_models, owner):
        form.unread.pop(calls.MODELS.name, None)  # nothing depends on the list
        owner = owners.check_room_device(form, owner)
        return _plan(form, None, owner)
    model = models.find_model(form, known_models, models.BY_CODE)
    if owner and not text:
        form.add_error("model", models.MODEL_MISSING)
    model, owner = owners.check_compatible(form, model, owner)
    return _plan(form, model, owner)


async def _models_for(text: str, form: ParsedForm, ctx: Context) -> list[PhoneModel]:
    return await fallback.models(form, ctx) if text else []


def _is_room_device(text: str, known_models: list[PhoneModel], owner: Owner | None) -> bool:
    """Whether the code is for a room device: the text says so, or the owner takes nothing else."""
    if text:
        return models.names_room_device(text, known_models)
    return owner is not None and not owner.takes_phones


def _plan(form: ParsedForm, model: PhoneModel | None, owner: Owner) -> Plan:
    """The plan; without a model, for a room device."""
    effects = owners.licence_effects(form, owner, "phone" if model else "device")
    device = ("Phone", model.display_name) if model else ("Device", models.ANY_ROOM_DEVICE)
    return Plan(
        title=f"Get an activation code for {owner.name}",
        facts=(
            device,
            ("For", owner.described),
            (LOCATION, location_text(form, owner.location)),
        ),
        context=owners.number_note(owner) if model else (),
        warnings=(*effects, *owners.reset_warnings(owner), *form.unread.values()),
        locations=(owner.where,),
        steps=(steps.activation_code(model, owner, device[1]),),
        unread=form.unread,
        dependents={
            calls.LICENCES.name: effects,
            calls.LOCATIONS.name: FROM_LOCATIONS,
        },
    )


def read(arguments: Arguments) -> dict[str, str]:
    """`8865 for ann@example.com`, `room device for …`, `desk for …` → model and owner."""
    before, preposition, _ = split_at_preposition(arguments.values())
    if preposition and models.room_device_words([token.word for token in without_noise(before)]):
        rest = without(arguments.tokens, *before)
        owner = read_phone(replace(arguments, tokens=rest)).get("owner", "")
        return non_empty(model=models.ROOM_DEVICE, owner=owner)
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
    help="Get an activation code for a phone or a room device",
    examples=(
        "activation code 8865 for ann@example.com",
        "activation code room device in Boardroom",
    ),
    group="Add",
    form=Form,
    fields=fields,
    plan=plan,
    actions=(action.ACTIVATION_CODE,),
    kept=frozenset({"model"}),
    without_undo="A code that is not used expires on its own.",
)
