"""Phones that only the list of their owner shows: the 9800 series (docs/webex/provisioning.md §6).

That list has their id for calling, so they can be asked to fetch their configuration.
"""

from collections.abc import Iterable
from dataclasses import replace

from bot.core.models.mac import find_macs, same_mac
from bot.core.models.webex import Device, Owner, OwnerKind
from bot.domain.forms import ParsedForm
from bot.domain.lookup.device_phrases import passes
from bot.domain.lookup.devices import FoundDevices, choose_device, search_devices
from bot.domain.lookup.locations import scope_suffix
from bot.domain.operation import Context

NAME_THE_OWNER = (
    "Webex lists some phones of the 9800 series for their owner alone: if it is one of them, please"
    " type its owner instead."
)


async def find_phone(form: ParsedForm, ctx: Context) -> Device | None:
    """The device that the field `device` means, or the phone of an owner that only they list.

    None, and an error, if it is not clear.
    """
    text = form.values.get("device")
    if not text:
        return None
    result = await search_devices(text, ctx)
    if result.devices:
        return choose_device(form, text, result, ctx)
    if find_macs(text) and not (result.owner or result.late or result.removal):
        scope = scope_suffix(ctx)
        form.add_error("device", f"I found no device “{text}”{scope}. {NAME_THE_OWNER}")
        return None
    unlisted = await _unlisted(text, result, ctx)
    return choose_device(form, text, replace(result, devices=unlisted), ctx, key=_key)


async def _unlisted(text: str, result: FoundDevices, ctx: Context) -> tuple[Device, ...]:
    """The phones of the owner, or of our request for this MAC, that fit and have such an id."""
    owned: list[Device] = []
    if result.owner:
        phones = result.hidden or (await ctx.calling.devices_of(result.owner)).devices
        owned = _as_listed(phones, result.owner)
    elif result.late:
        accepted = result.late[0]
        kind, _, owner_id = accepted.owner.partition(":")
        owner = Owner(
            kind=OwnerKind(kind),
            id=owner_id,
            name=accepted.owner_name,
            location=accepted.location,
            location_id=accepted.location_id,
            partial=True,
        )
        phones = (await ctx.calling.devices_of(owner)).devices
        fitting = [phone for phone in phones if same_mac(phone.mac, accepted.mac)]
        owned = _as_listed(fitting, owner)
    macs = [match.digits for match in find_macs(text)]
    device_filter = result.filter.without_states
    return tuple(
        phone
        for phone in owned
        if phone.calling_id
        and passes(device_filter, phone, _location(result))
        and (not macs or any(same_mac(phone.mac, mac) for mac in macs))
    )


def _location(result: FoundDevices) -> str:
    return result.owner.location if result.owner else result.late[0].location


def _as_listed(phones: Iterable[Device], owner: Owner) -> list[Device]:
    """The phones with what the list of all devices tells beside: whose they are, and where."""
    is_person = owner.kind is OwnerKind.PERSON
    fields = {
        "name": owner.name,
        "person_id": owner.id if is_person else None,
        "workspace_id": None if is_person else owner.id,
        "location_id": owner.location_id,
    }
    return [phone.model_copy(update=fields) for phone in phones]


def _key(phone: Device) -> str:
    """What finds it again: Webex does not look it up by its MAC."""
    return f"{phone.mac} {phone.owner_key}"
