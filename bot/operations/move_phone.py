"""Give a phone to another person or workspace; its tags stay.

Webex has no call for it: the phone is removed and added for the new owner, and the tags are set
(docs/webex/provisioning.md §4.1 to §4.6).
"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import replace

from pydantic import BaseModel, Field

from bot.core import api_calls as calls
from bot.core.models.mac import show_mac
from bot.core.models.people import Role
from bot.core.models.webex import Licence, Owner, OwnerKind, PhoneModel
from bot.domain import fallback
from bot.domain.commands import DeviceButton
from bot.domain.forms import Inputs, ParsedForm
from bot.domain.lookup import device_limits, models, old_phone, owners, taken_macs
from bot.domain.lookup.devices import DEVICE_MISSING, device_field, status
from bot.domain.lookup.locations import FROM_LOCATIONS, LOCATION
from bot.domain.lookup.old_phone import OldPhone
from bot.domain.move_reader import is_move, read_move
from bot.domain.operation import Context, Operation, Remainder
from bot.domain.plan import Outcome, Plan
from bot.domain.policy import CHANGE, Decision, Rule
from bot.operations.actions import add_phone, delete_device, steps, tag
from cards import forms

NAME = "move phone"
LOST = (
    "The phone starts without its old settings, line keys and call history. They cannot be"
    " restored."
)
RESET = (
    "The phone is reset: it loses its settings, line keys and call history. They cannot be"
    " restored."
)
LICENCE_UNREAD = (
    "I could not check the licences. If the new owner has none, Webex refuses the phone, and it"
    " belongs to nobody until it is put back. If one of the owners has Webex Calling Standard,"
    " calling is switched on or off in their Webex apps."
)
REMOVE, ADD, TAGS = "remove", "add", "tags"  # the keys of its steps


class Form(BaseModel):
    """The phone, and who gets it."""

    device: str = Field(title="Phone", description=DEVICE_MISSING, min_length=1)
    owner: str = Field(title="New owner", description=owners.OWNER_MISSING, min_length=1)


async def fields(inputs: Inputs, ctx: Context) -> list[forms.Field]:
    """The phone and its new owner."""
    owner_field = await owners.owner_field(inputs.get("owner", ""), ctx)
    return [
        replace(device_field(inputs.get("device", "")), label="Phone"),
        replace(owner_field, label="New owner"),
    ]


async def plan(form: ParsedForm, ctx: Context) -> Plan:
    """Look up the phone and both owners, and note all errors before anything is removed."""
    old, known_models, owner, owned_devices = await asyncio.gather(
        old_phone.find(form, ctx),
        fallback.models(form, ctx),
        owners.find_owner(form, ctx),
        device_limits.devices_of_shown_owner(ctx),
    )
    model = _same_model(form, old, known_models)
    _check_owner(form, old, model, owner)
    old, model, owner = form.valid(old), form.valid(model), form.valid(owner)
    limits = await device_limits.limit_warnings(form, owner, owned_devices, ctx, is_moved=True)
    return _plan(form, old, model, owner, limits, ctx)


def _same_model(
    form: ParsedForm, old: OldPhone | None, known_models: models.Models
) -> PhoneModel | None:
    """The model with which the phone is added again; None, and an error, if it cannot be."""
    if old is None:
        return None
    device = old.device
    model = old_phone.model_of(device, known_models)
    if not device.mac:
        reason = f"Webex does not show the MAC of the {device.product} of {device.name}."
    elif device.customer_managed or (model and model.wants_password):
        reason = (
            f"The {device.product} is a third-party phone: with a new owner it needs another SIP"
            " password, which somebody must enter on the phone."
        )
    elif model is None:
        reason = f"A {device.product} cannot be added by its MAC again."
    else:
        return model
    form.add_error(
        "device",
        f"{reason} Please do it in two steps: delete device {old.key}, then add it for its new"
        " owner.",
    )
    return None


def _check_owner(
    form: ParsedForm, old: OldPhone | None, model: PhoneModel | None, owner: Owner | None
) -> None:
    """Note an error if the new owner has the phone, or can have none of its model."""
    if owner is None:
        return
    if old and taken_macs.belongs_to(old.device, owner):
        form.add_error(
            "owner",
            f"{owner.name} already has this phone, the {old.described}: nothing needs to be moved.",
        )
    elif problem := owners.calling_problem(owner) or _kind_problem(model, owner):
        form.add_error("owner", problem)


def _kind_problem(model: PhoneModel | None, owner: Owner) -> str:
    return models.owner_kind_problem(model, owner) if model else ""


def _plan(
    form: ParsedForm,
    old: OldPhone,
    model: PhoneModel,
    owner: Owner,
    limits: tuple[str, ...],
    ctx: Context,
) -> Plan:
    device, mac = old.device, old.mac
    effects = _licence_effects(form, old.owner, owner)
    locations = old_phone.unique_locations(old.location, owner.where)
    return Plan(
        title=f"Move the {device.product} of {device.name} to {owner.name}",
        facts=(
            ("Phone", device.product),
            ("MAC", show_mac(mac)),
            ("From", old.owner.described if old.owner else device.name),
            ("For", owner.described),
            (LOCATION, old_phone.location_names(form, locations)),
            ("Tags", ", ".join(device.tags)),
        ),
        context=(
            ("Status", status(device)),
            *owners.spelling_note(form, owner),
            *owners.number_note(owner, owners.NEW_NUMBER),
        ),
        warnings=(
            *limits,
            *device_limits.move_risks(owner),
            RESET,
            *effects,
            *old_phone.later(device, mac, model, government=ctx.government),
            *form.unread.values(),
        ),
        locations=locations,
        steps=(
            steps.delete_device(device, _typed(old.owner), key=REMOVE),
            steps.add_phone(mac, model, owner, key=ADD, after=(REMOVE,)),
            *steps.put_tags_back(device.tags, mac, model, owner, key=TAGS, after=ADD),
        ),
        unread=form.unread,
        dependents={
            old.owner_call.name: ("From", steps.UNDO_OWNER, *effects),
            calls.LICENCES.name: effects,
            device_limits.devices_call(owner).name: limits,
            calls.LOCATIONS.name: FROM_LOCATIONS,
        },
    )


def _typed(owner: Owner | None) -> str:
    """The owner as people write it; empty if unknown."""
    return (owner.email or owner.name) if owner else ""


def _licence_effects(form: ParsedForm, before: Owner | None, owner: Owner) -> tuple[str, ...]:
    people = [person for person in (before, owner) if person and person.kind is OwnerKind.PERSON]
    if any(person.licence is Licence.UNKNOWN for person in people):
        form.note_unread(calls.LICENCES, LICENCE_UNREAD)
    return (*_effects_of_removal(before), *owners.licence_effects(form, owner))


def _effects_of_removal(owner: Owner | None) -> tuple[str, ...]:
    if owner and owner.kind is OwnerKind.PERSON and owner.licence is Licence.STANDARD:
        return (
            f"{owner.name} has Webex Calling Standard: without this phone, calling is switched on"
            " in their Webex apps.",
        )
    return ()


def outcome(plan: Plan, outcomes: Mapping[str, Outcome]) -> Outcome:
    """That the phone belongs to its new owner, and what it lost."""
    added = outcomes[ADD]
    title = added.title if added.awaits_listing else f"The {added.title}"
    return old_phone.outcome_of_all(added, title, (LOST, *old_phone.tags_later(plan)), plug_in="")


def remainder(plan: Plan, done: Collection[str]) -> Remainder | None:
    """How things are where the move is half done, and what finishes it."""
    by_key = {step.key: step for step in plan.steps}
    if REMOVE not in done:
        return None
    if ADD not in done:
        old, new = by_key[REMOVE].details["name"], by_key[ADD].details["owner_name"]
        mac = show_mac(by_key[REMOVE].details["mac"])
        state = f"{old} does not have the phone {mac} any more, and {new} does not have it yet."
        return old_phone.remaining_addition(plan, by_key[ADD], state)
    return old_phone.remaining_tags(by_key[TAGS], "The move itself is done.")


MOVE_PHONE = Operation(
    name=NAME,
    title="Move phone",
    usage=("move DEVICE to EMAIL", "in WORKSPACE"),
    aliases=("move device", "move", "reassign", "transfer", "change owner"),
    claims=is_move,
    device_button=DeviceButton("Move", phones_only=True),
    help="Give a phone to another person or workspace, with its tags",
    examples=(
        "move 00:11:22:33:44:55 to ann@example.com",
        "move 00:11:22:33:44:55 in Lobby Berlin",
    ),
    group="Change",
    guide=(("give a phone to somebody else", "move 00:11:22:33:44:55 to bob@example.com"),),
    read=read_move,
    rule=Rule({**CHANGE, Role.TECHNICIAN: Decision.ASK}),
    needs={
        calls.DEVICES: NAME,
        calls.DELETE_DEVICE: NAME,
        calls.ADD_PHONE: NAME,
        calls.DEVICE: NAME,
        calls.TAG: NAME,
        calls.PEOPLE: f"{NAME} … to EMAIL",
        calls.WORKSPACES: f"{NAME} … in WORKSPACE",
    },
    does_without={
        calls.PERSON: "the old owner, and the warnings about licences",
        calls.WORKSPACE: "the old owner",
        calls.MODELS: "the list of models",
        calls.PERSONS_DEVICES: "the warning about the number of devices",
        calls.WORKSPACES_DEVICES: "the warning about the number of devices",
        calls.LICENCES: "the warnings about licences",
        calls.LOCATIONS: "the location",
        calls.MEMBERS: "the search by last name, extension or number",
        calls.NUMBERS: "the search by last name, extension or number",
    },
    form=Form,
    fields=fields,
    plan=plan,
    actions=(delete_device.DELETE_DEVICE, add_phone.ADD_PHONE, tag.TAG),
    outcome=outcome,
    remainder=remainder,
    undo_title_half_done="Put the old one back",
)
