"""Devices: the one that a form means, and searches by name, MAC, tag or location."""

import asyncio

from bot.core import api_calls
from bot.core.models.mac import parse_mac, same_mac, show_mac
from bot.core.models.webex import Device
from bot.domain import fallback
from bot.domain.forms import ANOTHER_DEVICE, MAX_CHOICES, ParsedForm
from bot.domain.lookup.locations import scope_suffix
from bot.domain.operation import Context
from cards.forms import Choice, Field

STATUS = {
    "connected": "online",
    "connected_with_issues": "online, with issues",
    "disconnected": "offline",
    "offline_expired": "offline for a long time",
    "offline_deep_sleep": "asleep",
    "activating": "being activated",
    "pending": "being set up",
    "unknown": "not registered yet",
}


async def find_device(form: ParsedForm, ctx: Context) -> Device | None:
    """The device that the field `device` means; None, and an error, if it is not clear."""
    text = form.values.get("device")
    if not text:
        return None
    matches = prefer_exact_name(text, await search_devices(text, ctx))
    if len(matches) == 1:
        return matches[0]
    if matches:
        form.add_error(
            "device",
            f"“{text}” fits {len(matches)} devices: please choose one.",
            [*(_choice(device) for device in matches[:MAX_CHOICES]), ANOTHER_DEVICE],
        )
    else:
        form.add_error(
            "device",
            f"I found no device “{text}”{scope_suffix(ctx)}. Phones of the 9800 series that are not"
            " Webex Aware can be managed in Control Hub only.",
        )
    return None


def _choice(device: Device) -> Choice:
    title = f"{device.name} · {device.product} · {show_mac(device.mac)}"
    return Choice(title, device.mac or device.id)


def prefer_exact_name(text: str, devices: list[Device]) -> list[Device]:
    """The devices with exactly this name; all if none has it."""
    exact = [device for device in devices if device.name.casefold() == text.casefold()]
    return exact or devices


async def search_devices(text: str, ctx: Context) -> list[Device]:
    """The devices that match the text and that this person may see.

    Webex itself looks up a MAC: one answer instead of all devices.
    """
    devices, names = await asyncio.gather(
        ctx.calling.devices(**mac_filter(text)), fallback.location_names(ctx)
    )
    located = [(device, (names or {}).get(device.location_id or "", "")) for device in devices]
    return [
        device
        for device, location in located
        if (not ctx.scoped or ctx.reaches(device.at(location))) and matches(device, text, location)
    ]


async def location_of(device: Device, ctx: Context, form: ParsedForm | None = None) -> str:
    """The name of a device's location; empty if Webex names none, or its list cannot be read.

    A list that cannot be read is noted on the form.
    """
    names = await fallback.location_names(ctx)
    if form and names is None and device.location_id:
        form.note_unread(api_calls.LOCATIONS)
    return (names or {}).get(device.location_id or "", "")


def mac_filter(text: str) -> dict[str, str]:
    """The filter of the API for a text that is a MAC; empty for other texts."""
    try:
        return {"mac": parse_mac(text)}
    except ValueError:
        return {}


def matches(device: Device, text: str, location: str) -> bool:
    """Whether the text is the device's MAC, or each word of it is in what identifies the device."""
    mac = mac_filter(text).get("mac", "")
    if mac and same_mac(device.mac, mac):
        return True
    parts = (device.name, device.product, device.mac, show_mac(device.mac), device.serial)
    identity = " ".join((*parts, *device.tags, location)).casefold()
    return all(word in identity for word in text.casefold().split())


def mac_in_use_message(mac: str, holder: str) -> str:
    """The sentence for a MAC that another device has."""
    return (
        f"{show_mac(mac)} is in use{holder}."
        " Please read the label again, or remove that device first."
    )


def device_field(text: str) -> Field:
    """The input for the device."""
    return Field("device", "Device", "MAC or name", value=text, max_length=120)


def status(device: Device) -> str:
    """The status in words; a status that provbot does not know is shown as it is."""
    return STATUS.get(device.status, device.status)
