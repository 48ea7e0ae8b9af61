"""Add a desk phone by MAC, for a person or a workspace.

`POST /devices`, https://developer.webex.com/docs/api/v1/devices/create-a-device-by-mac-address;
rules: docs/webex/provisioning.md §4.1 to §4.3 and §6.
"""

import asyncio

from pydantic import BaseModel, Field

from bot.core import api_calls as calls
from bot.core.models.mac import Mac, show_mac
from bot.core.models.secret import SipPassword, new_sip_password
from bot.core.models.webex import Owner, PhoneModel
from bot.domain import fallback, third_party, unsupported
from bot.domain.forms import Inputs, ParsedForm, mac_field
from bot.domain.language.arguments import Arguments
from bot.domain.language.device_sentences import is_whole
from bot.domain.language.tokens import Kind
from bot.domain.language.vocabulary import (
    ARTICLES,
    LABELS,
    PREPOSITIONS,
    QUESTION_WORDS,
)
from bot.domain.lookup import device_limits, late_phones, models, owners, taken_macs
from bot.domain.lookup.locations import FROM_LOCATIONS, LOCATION, location_text
from bot.domain.move_reader import is_move
from bot.domain.operation import Context, Operation
from bot.domain.phone_reader import read_phone
from bot.domain.plan import Plan
from bot.domain.policy import CHANGE, Rule
from bot.domain.swap_reader import is_swap
from bot.domain.text_readers import tells_of_defect
from bot.domain.unsupported import Feature
from bot.operations.actions import add_phone as action
from bot.operations.actions import steps
from cards import forms

NAME = steps.ADD_PHONE


class Form(BaseModel):
    """What must be known to add a phone."""

    mac: Mac = Field(title="MAC", description="Please enter the MAC address.")
    model: str = Field(title="Model", description=models.MODEL_MISSING, min_length=1)
    owner: str = Field(title="Owner", description=owners.OWNER_MISSING, min_length=1)
    password: SipPassword | None = Field(None, title="SIP password")


async def fields(inputs: Inputs, ctx: Context) -> list[forms.Field]:
    """MAC, model and owner; also the SIP password if the model needs one."""
    typed_model = inputs.get("model", "")
    known_models = await fallback.models(ParsedForm({}), ctx)
    form_fields = [
        mac_field(inputs.get("mac", "")),
        models.model_field(known_models, models.BY_MAC, typed_model, ctx.recent_models),
        await owners.owner_field(inputs.get("owner", ""), ctx),
    ]
    candidates = models.matching(typed_model, known_models) if typed_model else []
    if len(candidates) == 1 and candidates[0].wants_password:
        form_fields.append(third_party.password_field(candidates[0]))
    return form_fields


async def plan(form: ParsedForm, ctx: Context) -> Plan:
    """Look up everything, and note all errors at once."""
    known_models, owner, owned_devices, holder = await asyncio.gather(
        fallback.models(form, ctx),
        owners.find_owner(form, ctx),
        device_limits.devices_of_shown_owner(ctx),
        taken_macs.find_holder(form, ctx),
    )
    await taken_macs.note_holder(form, holder, owner, ctx)
    model = models.find_model(form, known_models, models.BY_MAC)
    third_party.check_password(form, model, ctx)
    model, owner = owners.check_compatible(form, model, owner)
    limits = await device_limits.limit_warnings(form, owner, owned_devices, ctx)
    return _plan(form, model, owner, limits, _later(model, ctx))


def _later(model: PhoneModel, ctx: Context) -> tuple[str, ...]:
    """What cannot be seen of the phone after it was added."""
    details = Feature.THIRD_PARTY_DETAILS if model.customer_managed else None
    return (
        *((late_phones.NOT_LISTED_YET,) if model.phone_os else ()),
        *unsupported.warnings(details, government=ctx.government),
    )


def _plan(
    form: ParsedForm,
    model: PhoneModel,
    owner: Owner,
    limits: tuple[str, ...],
    later: tuple[str, ...],
) -> Plan:
    mac, effects = form.values["mac"], owners.licence_effects(form, owner)
    return Plan(
        title=f"Add a {model.display_name} for {owner.name}",
        facts=(
            ("Phone", model.display_name),
            ("MAC", show_mac(mac)),
            ("For", owner.described),
            (LOCATION, location_text(form, owner.location)),
            ("Password", third_party.shown_password(form, model)),
        ),
        context=(*owners.spelling_note(form, owner), *owners.number_note(owner)),
        warnings=(*effects, *limits, *later, *form.unread.values()),
        locations=(owner.where,),
        steps=(steps.add_phone(mac, model, owner, has_password=bool(form.values.get("password"))),),
        unread=form.unread,
        dependents={
            calls.LICENCES.name: effects,
            device_limits.devices_call(owner).name: limits,
            calls.LOCATIONS.name: FROM_LOCATIONS,
        },
    )


def claims(arguments: Arguments) -> bool:
    """`Kim needs a new phone`, `D8:2E:3E:EF:4E:5C 8865 for Kim`: without the word `add`."""
    if arguments.alias not in ((), ("device",), ("new", "device")):
        return False
    if is_swap(arguments) or is_move(arguments) or tells_of_defect(arguments):
        return False
    if is_whole(arguments.message):
        return False
    kinds = {token.kind for token in arguments.tokens}
    has_phone = bool({Kind.MAC, Kind.NEAR_MAC} & kinds)
    wants = bool({"get", "new"} & arguments.meanings) and not _asks(arguments)
    wants_device = wants and "device" in arguments.meanings
    inputs = read_phone(arguments)
    for_somebody = "owner" in inputs and _has_preposition(arguments)
    # `device erin's 8845` asks for a device that is there.
    is_model_for = for_somebody if arguments.alias else "owner" in inputs
    return (
        wants_device
        or (Kind.MODEL in kinds and (has_phone or is_model_for))
        or (Kind.MAC in kinds and for_somebody and _begins_with_phone(arguments))
    )


def _asks(arguments: Arguments) -> bool:
    """`what phone does Kim have`: nothing is wanted."""
    return any(token.word in QUESTION_WORDS for token in arguments.tokens)


def _begins_with_phone(arguments: Arguments) -> bool:
    """`D8:2E:3E:EF:4E:5C for Kim`, `for Kim: …`; not `rename … to Kim`, which nobody knows."""
    first = arguments.tokens[0]
    begins = first.kind is Kind.MAC or first.word in PREPOSITIONS | LABELS | ARTICLES
    return begins or bool({"get", "new"} & arguments.meanings)


def _has_preposition(arguments: Arguments) -> bool:
    return any(token.word in PREPOSITIONS for token in arguments.tokens)


ADD_PHONE = Operation(
    name=NAME,
    title="Add phone",
    usage=("add phone MAC MODEL for EMAIL", "in WORKSPACE"),
    aliases=("add a phone", "new phone", "add"),
    claims=claims,
    help="Add a desk phone by its MAC",
    examples=(
        "add phone D8:2E:3E:EF:4E:5C 8865 for ann@example.com",
        "add phone D8:2E:3E:EF:4E:5C 8865 in Lobby Berlin",
    ),
    group="Add",
    guide=(
        ("add a phone", "add phone D8:2E:3E:EF:4E:5C 8865 for bob@example.com"),
        ("for a room or lobby", "add phone D8:2E:3E:EF:4E:5C 8865 in Lobby Berlin"),
    ),
    help_button="Add phone",
    read=read_phone,
    rule=Rule(CHANGE),
    needs={
        calls.ADD_PHONE: NAME,
        calls.PEOPLE: f"{NAME} … for EMAIL",
        calls.WORKSPACES: f"{NAME} … in WORKSPACE",
        calls.DELETE_DEVICE: "Undo",
    },
    does_without={
        calls.MODELS: "the list of models",
        calls.PERSONS_DEVICES: "the warning about the number of devices",
        calls.WORKSPACES_DEVICES: "the warning about the number of devices",
        calls.MACS: "the check of the MAC",
        calls.SIP_SETTINGS: "the SIP settings of a third-party phone",
        calls.PERSON: "the warnings about licences",
        calls.LICENCES: "the warnings about licences",
        calls.LOCATIONS: "the location",
        calls.MEMBERS: "the search by last name, extension or number",
        calls.NUMBERS: "the search by last name, extension or number",
    },
    form=Form,
    fields=fields,
    plan=plan,
    actions=(action.ADD_PHONE,),
    secrets=frozenset({"password"}),
    kept=frozenset({"model"}),
    generators={"password": new_sip_password},
)
