"""Add a desk phone by MAC: the step, its look-up, and how it is taken back.

`POST /devices`, https://developer.webex.com/docs/api/v1/devices/create-a-device-by-mac-address;
rules: docs/webex/provisioning.md §4.1 to §4.3 and §6.
"""

from collections.abc import Mapping

from bot.core.errors import OutcomeUnknown, Refused, WebexError
from bot.core.models.followed import FollowKind, FollowTarget
from bot.core.models.mac import same_mac, show_mac
from bot.core.models.webex import Device, OwnedDevices, Owner
from bot.domain import fallback, third_party
from bot.domain.lists.rows import row_number
from bot.domain.lookup import devices, owners, taken_macs
from bot.domain.operation import Action, Context, Job, LookupInconclusive, LookupPending
from bot.domain.plan import Outcome, Reversal, Undo
from bot.operations.actions import steps

NOT_LISTED = (
    "Webex does not list the {phone} yet, so it cannot be deleted here. Please try again when it is"
    " listed, or delete it in Control Hub."
)
NOT_THEIRS = "The {phone} does not belong to {name} any more, so it is not deleted."
ACCEPTED = (
    "Webex is still setting it up. You can plug it in now. It appears in a few minutes, sometimes"
    " later."
)
GONE = "The {phone} of {name} is not there any more: it need not be deleted."


async def run(job: Job, secrets: Mapping[str, str], ctx: Context) -> Outcome:
    """Send the call that adds the phone, with its password."""
    owner = owners.planned_owner(job.step)
    device = await ctx.calling.add_phone(job.step.call.body, password=secrets.get("password"))
    if device is None and not _awaits_listing(job):
        raise OutcomeUnknown(502, "The answer names no device.")
    outcome = await _added(job, owner, device, ctx)
    return third_party.with_password(outcome, job.step, secrets)


async def look_up(job: Job, ctx: Context) -> Outcome | None:
    """Whether the phone is there and belongs to the owner; None if its MAC is free.

    There are three sources: the owner's list, validateMacs, and the list of all devices.
    """
    owner, mac = owners.planned_owner(job.step), job.details["mac"]
    owned_devices = await fallback.read_or_error(ctx.calling.devices_of(owner))
    if phone := _with_mac(owned_devices, mac):
        return await _found(job, owner, phone, ctx)
    state = await fallback.read_or_error(ctx.calling.mac_state(mac))
    if not isinstance(state, WebexError) and state.available:
        return None
    holders = await fallback.read_or_error(taken_macs.devices_with(mac, ctx))
    if phone := _of_owner(holders, owner):
        return await _found(job, owner, phone, ctx)
    if isinstance(state, WebexError):
        _require_lists(owned_devices, holders)
        if not holders:
            return None
    raise _in_use_by_another(mac, holders)


def _require_lists(*answers: OwnedDevices | list[Device] | WebexError) -> None:
    """Without validateMacs, a phone is absent only if both lists were read and lack it."""
    for answer in answers:
        if isinstance(answer, WebexError):
            raise answer


def _with_mac(answer: OwnedDevices | WebexError, mac: str) -> Device | None:
    devices = () if isinstance(answer, WebexError) else answer.devices
    return next((device for device in devices if same_mac(device.mac, mac)), None)


def _of_owner(answer: list[Device] | WebexError, owner: Owner) -> Device | None:
    devices = () if isinstance(answer, WebexError) else answer
    return next((device for device in devices if taken_macs.belongs_to(device, owner)), None)


def _in_use_by_another(mac: str, holders: list[Device] | WebexError) -> LookupInconclusive:
    if isinstance(holders, WebexError) or not holders:
        # Very likely our phone: the MAC was free just before, and phones appear late
        # (docs/webex/provisioning.md §6).
        return LookupPending(
            f"Webex did not say whether it was done. {show_mac(mac)} is in use now,"
            " but its phone is not listed yet. Please look in a few minutes,"
            " in Control Hub if need be, before you ask again."
        )
    # The holder is not named: nobody knows here whether the requester looks after its location.
    return LookupInconclusive(devices.mac_in_use_message(mac, " by another device"))


async def _found(job: Job, owner: Owner, device: Device, ctx: Context) -> Outcome:
    return third_party.without_password(await _added(job, owner, device, ctx), job.step)


async def _added(job: Job, owner: Owner, device: Device | None, ctx: Context) -> Outcome:
    """The outcome; without a device, Webex has only accepted the phone."""
    mac = job.details["mac"]
    phone = f"{job.details['name']} {show_mac(mac)}"
    if device is None:
        title = f"Webex accepted the {phone} for {owner.name}"
        note = ACCEPTED
    else:
        title = f"{phone} now belongs to {owner.name}"
        note = third_party.PLUG_IN
    outcome = Outcome(
        title=title,
        facts=(*job.plan.facts, *owners.line_fact(job.plan.context)),
        notes=(note,),
        again=steps.ADD_PHONE,
        again_title="Add another",
        undo=_undo(mac, owner, device),
        awaits_listing=_awaits_listing(job),
        values={"device": device.id, "listed": device.listed_id} if device else {},
    )
    return await third_party.with_settings(outcome, job.step, device, ctx) if device else outcome


def _awaits_listing(job: Job) -> bool:
    """Whether the phone is of the 9800 series, also where only its owner's list shows it."""
    return steps.AWAITS_LISTING in job.details


def _undo(mac: str, owner: Owner, device: Device | None) -> Undo:
    """Its deletion. Before Webex lists the phone, the refusal of the undo says what to do."""
    made = {"device": device.id} if device else {}
    made |= {"mac": mac, "subject": owner.key}
    return Undo(operation="delete device", inputs={"device": mac}, made=made)


async def undo(job: Job, _outcome: Outcome, ctx: Context) -> Reversal:
    """Delete the phone with that MAC. Refused if it is not its owner's any more."""
    owner, mac = owners.planned_owner(job.step), job.details["mac"]
    phone = f"{job.details['name']} {show_mac(mac)}"
    listed = await taken_macs.devices_with(mac, ctx)
    if not listed and _awaits_listing(job) and not await _is_free(mac, ctx):
        raise Refused(NOT_LISTED.format(phone=phone))
    if not listed:
        return Reversal(warnings=(GONE.format(phone=phone, name=owner.name),))
    device = next((device for device in listed if taken_macs.belongs_to(device, owner)), None)
    if device is None:
        raise Refused(NOT_THEIRS.format(phone=phone, name=owner.name))
    return Reversal(
        steps=(steps.delete_device(device, key=steps.undo_key(job.step)),),
        facts=(("Delete", f"{device.product} · {show_mac(mac)}"), ("From", owner.described)),
        warnings=(*_licence_effects(job, owner), reset_warning(device)),
        location=device.at(await devices.location_of(device, ctx)),
    )


def _licence_effects(job: Job, owner: Owner) -> tuple[str, ...]:
    """What else its deletion changes, judged by the licence that the plan warned of."""
    warned = f"{owner.name} has Webex Calling Standard: adding a phone switches calling off"
    number = row_number(job.step.key)
    of_row = (check.reason for check in job.plan.checks if check.number == number)
    if not any(warned in text for text in (*job.plan.warnings, *of_row)):
        return ()
    return (
        f"{owner.name} has Webex Calling Standard: without this phone, calling is switched on"
        " in their Webex apps.",
    )


async def _is_free(mac: str, ctx: Context) -> bool:
    state = await fallback.read_or_error_briefly(ctx.calling.mac_state(mac))
    return not isinstance(state, WebexError) and state.available


def reset_warning(device: Device) -> str:
    """What its deletion means for the phone itself."""
    if device.customer_managed:
        return (
            f"Webex does not reset the {device.product}: please remove the SIP settings from it as"
            " well."
        )
    return f"The {device.product} is reset."


def follow(job: Job, outcome: Outcome) -> FollowTarget | None:
    """The phone with that MAC; None if the customer manages it, as Webex may never hear of it."""
    if third_party.MANAGED_BY in job.details:
        return None
    return FollowTarget(
        kind=FollowKind.PHONE,
        name=job.details["name"],
        owner=job.details["owner"],
        owner_name=job.details["owner_name"],
        mac=job.details["mac"],
        model=job.details["model"],
        device=outcome.values.get("listed", ""),
    )


ADD_PHONE = Action(steps.ADD_PHONE, run, look_up, undo, follow=follow)
