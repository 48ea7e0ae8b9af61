"""Replace a phone by another one, for the same owner and with the same tags.

Webex has no call for it: the old phone is removed, the new one is added, and the tags are set
(docs/webex/provisioning.md §4.1 to §4.6). The old one is always removed first, as a Standard
licence holds one device (§7).
"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from bot.core import api_calls as calls
from bot.core.errors import WebexError
from bot.core.models.mac import parse_mac, same_mac, show_mac
from bot.core.models.secret import SipPassword, new_sip_password
from bot.core.models.text import clean
from bot.core.models.webex import Licence, Owner, OwnerKind, PhoneModel
from bot.domain import fallback, third_party
from bot.domain.commands import DeviceButton
from bot.domain.forms import Inputs, ParsedForm, mac_field
from bot.domain.lookup import models, old_phone, owners, taken_macs
from bot.domain.lookup.devices import DEVICE_MISSING, device_field, find_device, status
from bot.domain.lookup.locations import FROM_LOCATIONS, LOCATION
from bot.domain.lookup.old_phone import OldPhone
from bot.domain.lookup.owner_phrases import KEY
from bot.domain.lookup.taken_macs import Holder
from bot.domain.operation import Context, Operation, Remainder
from bot.domain.plan import Outcome, Plan, Step
from bot.domain.policy import CHANGE, Rule
from bot.domain.swap_reader import is_swap, read_swap
from bot.operations.actions import add_phone, delete_device, steps, tag
from cards import forms

NAME = "swap phone"
LOST = (
    "The new phone starts without the settings, line keys and call history of the old one. They"
    " cannot be restored."
)
NO_EXCHANGE = (
    "A swap needs the MAC of a new phone. To exchange the phones of two people, give each of them"
    " to the other: move PHONE to PERSON"
)
REMOVE, ADD, TAGS = "remove", "add", "tags"  # the keys of its steps


def _new_mac(text: str) -> str:
    """The MAC of the new phone; ValueError with a sentence, also for words that name a phone."""
    if any(char.isdigit() for char in text):
        return parse_mac(text)
    raise ValueError(NO_EXCHANGE)


class Form(BaseModel):
    """The old phone, and the new one. Without a model, the new one is like the old one.

    `old_model` and `owner` are only typed: the form does not ask for them, and Continue drops them.
    """

    device: str = Field(title="Old phone", description=DEVICE_MISSING, min_length=1)
    mac: Annotated[str, AfterValidator(_new_mac)] = Field(
        title="MAC", description="Please enter the MAC address of the new phone."
    )
    model: str = Field("", title="Model")
    password: SipPassword | None = Field(None, title="SIP password")
    old_model: str = Field("", title="Old model")
    owner: str = Field("", title="For")


async def fields(inputs: Inputs, ctx: Context) -> list[forms.Field]:
    """Old phone, MAC and model of the new one; also the SIP password if the model needs one."""
    typed_model = inputs.get("model", "")
    known_models = await fallback.models(ParsedForm({}), ctx)
    model_field = models.model_field(known_models, models.BY_MAC, typed_model, ctx.recent_models)
    form_fields = [
        replace(device_field(inputs.get("device", "")), label="Old phone"),
        mac_field(inputs.get("mac", ""), "MAC address of the new phone"),
        replace(model_field, placeholder="As the old one", required=False),
    ]
    name = typed_model or await _old_model(inputs.get("device", ""), ctx)
    candidates = models.matching(name, known_models) if name else []
    if len(candidates) == 1 and candidates[0].wants_password:
        form_fields.append(third_party.password_field(candidates[0]))
    return form_fields


async def _old_model(device: str, ctx: Context) -> str:
    """The model of the old phone, which may need a password; empty if it is not clear."""
    form = ParsedForm({"device": device})
    phone = await fallback.read_or_error_briefly(find_device(form, ctx))
    return "" if phone is None or isinstance(phone, WebexError) else phone.product


async def plan(form: ParsedForm, ctx: Context) -> Plan:
    """Look up both phones and the owner, and note all errors before anything is removed."""
    old, known_models, holder = await asyncio.gather(
        old_phone.find(form, ctx), fallback.models(form, ctx), taken_macs.find_holder(form, ctx)
    )
    owner = _checked_owner(form, old)
    if old:
        _check_words(form, old)
    await _check_mac(form, holder, old, ctx)
    model = _new_model(form, old, known_models)
    third_party.check_password(form, model, ctx)
    if owner and model and (problem := models.owner_kind_problem(model, owner)):
        form.add_error("model", problem)
    return _plan(form, form.valid(old), form.valid(owner), form.valid(model), ctx)


def _checked_owner(form: ParsedForm, old: OldPhone | None) -> Owner | None:
    """The owner of the old phone, if they can have the new one; else an error."""
    if old is None:
        return None
    if old.owner is None:
        form.add_error(
            "device",
            f"Webex does not say who has the {old.described}, so I do not know for whom to add the"
            f" new phone. Please do it in two steps: delete device {old.key}, then add phone.",
        )
    elif problem := owners.calling_problem(old.owner):
        form.add_error("device", problem)
    return old.owner


def _check_words(form: ParsedForm, old: OldPhone) -> None:
    """Note an error if what was typed of the old phone or of its owner is not so."""
    typed_model, typed_owner = form.values.get("old_model"), form.values.get("owner")
    if typed_model and models.is_other(typed_model, old.device.product):
        form.add_error(
            "device",
            f"Device {old.key} is a {old.device.product}, but you wrote {clean(typed_model, 40)}."
            " Please check its MAC.",
        )
    if typed_owner and old.owner and not owners.is_called(old.owner, typed_owner):
        shown = "NAME" if KEY.fullmatch(typed_owner) else clean(typed_owner, 60)
        form.add_error(
            "device",
            f"A swap keeps the owner, {old.owner.name}. To give a phone to somebody else, type:"
            f" move {old.key} to {shown}",
        )


async def _check_mac(
    form: ParsedForm, holder: Holder | None, old: OldPhone | None, ctx: Context
) -> None:
    """Note an error if the new MAC is in use, by the old phone or by another."""
    mac, owner = form.values.get("mac", ""), old.owner if old else None
    if old and mac and same_mac(old.device.mac, mac):
        form.add_error(
            "mac",
            f"{show_mac(mac)} is the old phone itself, the {old.device.product} of"
            f" {old.device.name}. Please read the label of the new phone.",
        )
    elif old and owner and holder and _has_it(owner, holder):
        form.add_error(
            "mac",
            f"{owner.name} already has the phone {show_mac(mac)}: it need not be added."
            f" To remove the old phone, type: delete device {old.key}",
        )
    else:
        await taken_macs.note_holder(form, holder, owner, ctx)


def _has_it(owner: Owner, holder: Holder) -> bool:
    device = holder.device if holder.visible else None
    return device is not None and taken_macs.belongs_to(device, owner)


def _new_model(
    form: ParsedForm, old: OldPhone | None, known_models: models.Models
) -> PhoneModel | None:
    """The model that was given, else that of the old phone; None, and an error, if neither is."""
    if form.values.get("model"):
        return models.find_model(form, known_models, models.BY_MAC)
    if old is None:
        return None
    same = old_phone.model_of(old.device, known_models)
    if same is None:
        form.add_error(
            "model",
            f"Please choose the model of the new phone. The old one is a {old.described}.",
        )
    return same


def _plan(form: ParsedForm, old: OldPhone, owner: Owner, model: PhoneModel, ctx: Context) -> Plan:
    mac, device = form.values["mac"], old.device
    effects = _licence_effects(form, owner)
    article = "another" if device.product == model.display_name else "a"
    locations = old_phone.unique_locations(old.location, owner.where)
    return Plan(
        title=f"Replace the {device.product} of {owner.name} with {article} {model.display_name}",
        facts=(
            ("Old", old.described),
            ("New", f"{model.display_name} {show_mac(mac)}"),
            ("For", owner.described),
            (LOCATION, old_phone.location_names(form, locations)),
            ("Tags", ", ".join(device.tags)),
            ("Password", third_party.shown_password(form, model)),
        ),
        context=(("Old status", status(device)), *owners.number_note(owner)),
        warnings=(
            old_phone.reset_warning(device),
            LOST,
            *effects,
            *old_phone.later(device, mac, model, government=ctx.government),
            *form.unread.values(),
        ),
        locations=locations,
        steps=_steps(form, old, owner, model),
        unread=form.unread,
        dependents={
            old.owner_call.name: ("For", "owner", "owner_name", *effects),
            calls.LICENCES.name: effects,
            calls.LOCATIONS.name: FROM_LOCATIONS,
        },
    )


def _steps(form: ParsedForm, old: OldPhone, owner: Owner, model: PhoneModel) -> tuple[Step, ...]:
    mac = form.values["mac"]
    return (
        steps.delete_device(old.device, owner.email or owner.name, key=REMOVE),
        steps.add_phone(
            mac,
            model,
            owner,
            has_password=bool(form.values.get("password")),
            key=ADD,
            after=(REMOVE,),
        ),
        *steps.put_tags_back(old.device.tags, mac, model, owner, key=TAGS, after=ADD),
    )


def _licence_effects(form: ParsedForm, owner: Owner) -> tuple[str, ...]:
    if owner.licence is Licence.UNKNOWN:
        form.note_unread(calls.LICENCES)
    if owner.kind is OwnerKind.PERSON and owner.licence is Licence.STANDARD:
        return (
            f"{owner.name} has Webex Calling Standard: calling is on in their Webex apps until the"
            " new phone is added, then off again.",
        )
    return ()


def outcome(plan: Plan, outcomes: Mapping[str, Outcome]) -> Outcome:
    """That the new phone took the place of the old one. SIP settings and password stay."""
    added, facts = outcomes[ADD], dict(plan.facts)
    new, old = facts["New"], facts["Old"]
    title = f"The {new} took the place of the {old}"
    if added.awaits_listing:
        title = f"Webex accepted the {new} in place of the {old}"
    notes = (LOST, *old_phone.tags_later(plan))
    return old_phone.outcome_of_all(added, title, notes, plug_in=old_phone.PLUG_IN_NEW)


def remainder(plan: Plan, done: Collection[str]) -> Remainder | None:
    """How things are where the swap is half done, and what finishes it."""
    by_key = {step.key: step for step in plan.steps}
    if REMOVE not in done:
        return None
    if ADD not in done:
        name, old = by_key[ADD].details["owner_name"], by_key[REMOVE].details
        phone = show_mac(old["mac"]) or old["product"]
        state = f"{name} does not have the old phone ({phone}) any more, and not the new one yet."
        return old_phone.remaining_addition(plan, by_key[ADD], state)
    return old_phone.remaining_tags(by_key[TAGS], "The swap itself is done.")


SWAP_PHONE = Operation(
    name=NAME,
    title="Swap phone",
    usage=("swap DEVICE with MAC MODEL",),
    aliases=("swap", "replace phone", "replace", "exchange phone", "exchange"),
    claims=is_swap,
    device_button=DeviceButton("Swap", phones_only=True),
    help="Replace a phone by another one, for the same owner and with the same tags."
    " Leave MODEL out if it stays the same",
    examples=(
        "swap 00:11:22:33:44:55 with D8:2E:3E:EF:4E:5C",
        "swap Lobby Berlin with D8:2E:3E:EF:4E:5C 8865",
    ),
    group="Change",
    guide=(("replace a broken phone", "swap 00:11:22:33:44:55 with D8:2E:3E:EF:4E:5C 8865"),),
    read=read_swap,
    rule=Rule(CHANGE),
    needs={
        calls.DEVICES: NAME,
        calls.DELETE_DEVICE: NAME,
        calls.ADD_PHONE: NAME,
        calls.DEVICE: NAME,
        calls.TAG: NAME,
    },
    does_without={
        calls.PERSON: "the owner, and the warnings about licences",
        calls.WORKSPACE: "the owner",
        calls.MODELS: "the list of models",
        calls.MACS: "the check of the MAC",
        calls.SIP_SETTINGS: "the SIP settings of a third-party phone",
        calls.LICENCES: "the warnings about licences",
        calls.LOCATIONS: "the location",
    },
    form=Form,
    fields=fields,
    plan=plan,
    actions=(delete_device.DELETE_DEVICE, add_phone.ADD_PHONE, tag.TAG),
    outcome=outcome,
    remainder=remainder,
    undo_title_half_done="Put the old one back",
    secrets=frozenset({"password"}),
    generators={"password": new_sip_password},
)
