"""Who has the MAC of a phone that is to be added, and what the form says about it.

Facts: docs/webex/provisioning.md §4.2. validateMacs does not name the owner of a MAC.
"""

from dataclasses import dataclass

from bot.core import api_calls as calls
from bot.core.errors import WebexError
from bot.core.models.mac import same_mac, show_mac
from bot.core.models.webex import Device, Owner
from bot.domain import fallback
from bot.domain.forms import ParsedForm
from bot.domain.lookup import devices, late_phones
from bot.domain.operation import Context

SHOW = "Show"
UNSEEN = (
    ", but I cannot see the device: it may belong to another organization,"
    " or be a DECT base station or a phone that is still being set up"
)
NOT_ACCEPTED = "Webex does not accept {mac}. Please read the label again."
OWN = "{name} already has this phone, the {product} {mac}: nothing needs to be added."
ELSEWHERE = (
    "{mac} is in use in a location that is not yours. Please read the label again. If it is right,"
    " ask an admin, or somebody who looks after that location, to remove that device."
)


@dataclass(frozen=True)
class Holder:
    """The device that has the MAC; None: no list of devices shows it, or none could be read."""

    mac: str
    device: Device | None = None
    visible: bool = False  # whether the person may know the device
    was_read: bool = True  # whether the list of devices could be read


async def find_holder(form: ParsedForm, ctx: Context) -> Holder | None:
    """Who has the MAC of the form; None if nobody has it, or if that cannot be checked.

    A MAC that Webex does not accept is noted on the form.
    """
    mac = form.values.get("mac")
    if not mac:
        return None
    state = await fallback.read_or_error_briefly(ctx.calling.mac_state(mac))
    if isinstance(state, WebexError):
        return await _listed_holder(form, mac, ctx)
    if state.available:
        return None
    if "in use" in state.message.lower():
        return await _any_holder(mac, ctx)
    form.add_error("mac", NOT_ACCEPTED.format(mac=show_mac(mac)))
    return None


async def _any_holder(mac: str, ctx: Context) -> Holder:
    holders = await fallback.read_or_error_briefly(devices_with(mac, ctx))
    if isinstance(holders, WebexError):
        return Holder(mac, was_read=False)
    return await _holder(mac, holders[0], ctx) if holders else Holder(mac)


async def _listed_holder(form: ParsedForm, mac: str, ctx: Context) -> Holder | None:
    """The second source: a listed device has its MAC, but an unlisted one may have it, too."""
    holders = await fallback.read_or_error_briefly(devices_with(mac, ctx))
    if isinstance(holders, list) and holders:
        return await _holder(mac, holders[0], ctx)
    form.note_unread(calls.MACS)
    return None


async def _holder(mac: str, device: Device, ctx: Context) -> Holder:
    visible = not ctx.scoped or ctx.reaches(device.at(await devices.location_of(device, ctx)))
    return Holder(mac, device, visible)


async def devices_with(mac: str, ctx: Context) -> list[Device]:
    """The devices with this MAC, whatever else Webex lists for it."""
    if mac in ctx.devices_by_mac:
        return list(ctx.devices_by_mac[mac])
    return [device for device in await ctx.calling.devices(mac=mac) if same_mac(device.mac, mac)]


async def note_holder(
    form: ParsedForm, holder: Holder | None, owner: Owner | None, ctx: Context
) -> None:
    """Note on the form that the MAC is taken. `owner` is the one who is to get the phone."""
    if holder is None:
        return
    if holder.device is None:
        await _note_unlisted(form, holder, owner, ctx)
    elif not holder.visible:
        form.add_error("mac", ELSEWHERE.format(mac=show_mac(holder.mac)))
    else:
        _note_listed(form, holder.mac, holder.device, owner)


def _note_listed(form: ParsedForm, mac: str, device: Device, owner: Owner | None) -> None:
    form.offer(SHOW, f"device {show_mac(mac)}")
    if owner and belongs_to(device, owner):
        _note_own(form, mac, device.product, owner)
        return
    receiver = (owner.email or owner.name) if owner else "OWNER"
    form.add_error(
        "mac",
        f"{show_mac(mac)} is in use by the {device.product} of {device.name}. Please read the label"
        f" again. To move that phone, type: move {show_mac(mac)} to {receiver}",
    )


def _note_own(form: ParsedForm, mac: str, product: str, owner: Owner) -> None:
    form.add_error("mac", OWN.format(name=owner.name, product=product, mac=show_mac(mac)))


async def _note_unlisted(
    form: ParsedForm, holder: Holder, owner: Owner | None, ctx: Context
) -> None:
    """The owner's own list has phones that the list of all devices lacks."""
    mac = holder.mac
    if late := await late_phones.late_phone(mac, ctx):
        form.add_error("mac", f"{late_phones.sentence(late)} Nothing needs to be added.")
        return
    if owner:
        owned = await fallback.read_or_error_briefly(ctx.calling.devices_of(owner))
        own = [] if isinstance(owned, WebexError) else owned.devices
        for device in own:
            if same_mac(device.mac, mac):
                form.offer(SHOW, f"devices {owner.email or owner.name}")
                _note_own(form, mac, device.product, owner)
                return
    form.add_error("mac", devices.mac_in_use_message(mac, UNSEEN if holder.was_read else ""))


def belongs_to(device: Device, owner: Owner) -> bool:
    """Whether the device is this owner's."""
    return owner.id in (device.person_id, device.workspace_id)
