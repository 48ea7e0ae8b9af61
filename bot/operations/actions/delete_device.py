"""Remove a device: the step, its look-up, and how it is taken back.

`DELETE /devices/{id}`, https://developer.webex.com/docs/api/v1/devices/delete-a-device;
rules: docs/webex/provisioning.md §4.3 and §4.5.
Its settings cannot be restored: a snapshot keeps what was there.
"""

import asyncio
from collections.abc import Mapping

from bot.core.errors import Refused
from bot.core.models.followed import Removed
from bot.core.models.mac import bare_mac, same_mac, show_mac
from bot.core.models.webex import Device, Owner, PhoneModel
from bot.domain import fallback, third_party
from bot.domain.forms import ParsedForm
from bot.domain.lookup import models, old_phone, owners, taken_macs
from bot.domain.lookup.taken_macs import Holder
from bot.domain.operation import Action, Context, Job
from bot.domain.plan import TAGS_BEFORE, Outcome, Reversal, Undo
from bot.domain.third_party import MANAGED_BY
from bot.operations.actions import steps

NOT_RESTORED = (
    "The phone starts without its old tags, settings, line keys and call history."
    " They cannot be restored."
)
SETTINGS_CHANGE = (
    "The tags of the phone cannot be restored. Its SIP settings change: enter the new ones and the"
    " new password on the phone."
)

STARTS_EMPTY = (
    "The {phone} starts without its old settings, line keys and call history. They cannot be"
    " restored."
)
NEW_SIP_SETTINGS = (
    "The SIP settings of the {phone} change: enter the new ones and the new password on it."
)
NOT_BY_MAC = (
    "The {phone} of {name} cannot be brought back: your organization cannot add it by its MAC."
)
OWNER_GONE = "{name} does not exist any more, so the {phone} cannot be added for them again."
IN_USE = (
    "The {phone} cannot be added for {name} again: its MAC is in use by {holder}. If that is the"
    " same phone, delete it there first."
)
THERE_ALREADY = "{name} has the {phone} already: it need not be added again."


async def run(job: Job, _secrets: Mapping[str, str], ctx: Context) -> Outcome:
    """Make the one call that removes it."""
    await ctx.calling.delete_device(job.details["device"])
    return _deleted(job)


async def look_up(job: Job, ctx: Context) -> Outcome | None:
    """Whether the device is gone."""
    device = await ctx.calling.device(job.details["device"])
    return _deleted(job) if device is None else None


def _deleted(job: Job) -> Outcome:
    details = job.details
    add_phone_inputs = {
        "mac": details["mac"],
        "model": details["product"],
        "owner": details["owner"],
    }
    return Outcome(
        title=f"The {details['product']} of {details['name']} was deleted",
        facts=job.plan.facts,
        undo=Undo(
            operation="add phone",
            inputs=add_phone_inputs,
            title="Add it again",
            note=SETTINGS_CHANGE if MANAGED_BY in details else NOT_RESTORED,
        )
        if details["mac"]
        else None,
        # They are part of the plan only where they are put back: else another tag is no reason to
        # ask for approval again.
        snapshot={
            **details,
            "tags": details.get(TAGS_BEFORE)
            or dict((*job.plan.facts, *job.plan.context)).get("Tags", ""),
        },
    )


def removes(job: Job) -> Removed:
    """The device, which is followed no more."""
    return Removed(mac=bare_mac(job.details["mac"]))


async def undo(job: Job, outcome: Outcome, ctx: Context) -> Reversal:
    """Add the phone for its owner again, and put its tags back. Refused if that is impossible."""
    details = job.details
    phone = " ".join(filter(None, (details["product"] or "device", show_mac(details["mac"]))))
    device = _deleted_device(job, outcome)
    if not device.mac or not device.owner_key:
        raise Refused(NOT_BY_MAC.format(phone=phone, name=device.name))
    form = ParsedForm({"mac": device.mac})
    owner, known_models, holder = await asyncio.gather(
        ctx.calling.owner(device.owner_key),
        fallback.models(form, ctx),
        taken_macs.find_holder(form, ctx),
    )
    model = old_phone.model_of(device, known_models)
    if model is None:
        raise Refused(NOT_BY_MAC.format(phone=phone, name=device.name))
    if owner is None:
        raise Refused(OWNER_GONE.format(phone=phone, name=device.name))
    if holder and holder.device and taken_macs.belongs_to(holder.device, owner):
        return _tags_alone(
            job, device, holder.device, THERE_ALREADY.format(phone=phone, name=owner.name)
        )
    is_ours = holder and holder.device and holder.device.owner_key in _added_for(job)
    _check(form, phone, model, owner, None if is_ours else holder)
    effects = _licence_effects(form, job, owner)
    reversal = _addition(job, device, phone, model, owner, ctx)
    return reversal.model_copy(
        update={"unread": form.unread, "warnings": (*effects, *reversal.warnings)}
    )


def _licence_effects(form: ParsedForm, job: Job, owner: Owner) -> tuple[str, ...]:
    """What else changes when the owner has the phone again instead of the one added for them."""
    effects = owners.licence_effects(form, owner)
    is_replaced = any(
        step.action == steps.ADD_PHONE and step.subject == owner.key for step in job.plan.steps
    )
    if not effects or not is_replaced:
        return effects
    return (
        f"{owner.name} has Webex Calling Standard: calling is on in their Webex apps until the old"
        " phone is added, then off again.",
    )


def _tags_alone(job: Job, before: Device, device: Device, already: str) -> Reversal:
    """What a phone lacks that somebody, or an earlier undo, has added again."""
    missing = [tag for tag in before.tags if tag not in device.tags]
    tags = "".join(f"+{tag}\n" for tag in missing)
    return Reversal(
        steps=(steps.tag(device, tags, key=steps.undo_key(job.step)),) if tags else (),
        facts=(("Tags", ", ".join(missing)),),
        warnings=(already,),
    )


def _deleted_device(job: Job, outcome: Outcome) -> Device:
    """The device as it was before it was deleted."""
    kind, _, owner_id = job.step.subject.partition(":")
    snapshot = outcome.snapshot or _deleted(job).snapshot  # none if nobody knew whether it was done
    tags = snapshot["tags"]
    owner = {"PEOPLE": "person_id", "PLACE": "workspace_id"}.get(kind)
    return Device(
        name=job.details["name"],
        product=job.details["product"],
        mac=show_mac(job.details["mac"]).replace(":", ""),
        managed_by=job.details.get(MANAGED_BY, "CISCO"),
        tags=tuple(tags.split(", ")) if tags else (),
        **({owner: owner_id} if owner else {}),
    )


def _added_for(job: Job) -> set[str]:
    """The keys of owners for whom the same request added the phone: its undo deletes it there."""
    mac = job.details["mac"]
    return {
        step.subject
        for step in job.plan.steps
        if step.action == steps.ADD_PHONE and same_mac(step.details["mac"], mac)
    }


def _check(
    form: ParsedForm, phone: str, model: PhoneModel, owner: Owner, holder: Holder | None
) -> None:
    """Refused if the owner cannot have the phone again, or if another device has its MAC."""
    form.raise_if_invalid()
    if problem := owners.calling_problem(owner) or models.owner_kind_problem(model, owner):
        raise Refused(problem)
    if holder:
        raise Refused(IN_USE.format(phone=phone, name=owner.name, holder=_shown(holder)))


def _shown(holder: Holder) -> str:
    """The device that has the MAC, if the person may know it."""
    if holder.device is None or not holder.visible:
        return "another device"
    return f"the {holder.device.product} of {holder.device.name}"


def _addition(
    job: Job, device: Device, phone: str, model: PhoneModel, owner: Owner, ctx: Context
) -> Reversal:
    key = steps.undo_key(job.step)
    add = steps.with_own_secrets(steps.add_phone(device.mac, model, owner, key=key))
    tags = steps.put_tags_back(device.tags, device.mac, model, owner, key=f"{key} tags", after=key)
    sip = (NEW_SIP_SETTINGS.format(phone=phone),) if model.wants_password else ()
    return Reversal(
        steps=(add, *tags),
        facts=(
            ("Add", f"{model.display_name} · {show_mac(device.mac)}"),
            ("For", owner.described),
            ("Tags", ", ".join(device.tags) if tags else ""),
            ("Password", third_party.GENERATED if model.wants_password else ""),
        ),
        warnings=(
            STARTS_EMPTY.format(phone=phone),
            *sip,
            *old_phone.later(device, device.mac, model, government=ctx.government),
        ),
        location=owner.where,
    )


DELETE_DEVICE = Action(steps.DELETE_DEVICE, run, look_up, undo, removes=removes)
