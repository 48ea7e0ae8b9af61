"""List devices, and show one.

`GET /devices`, https://developer.webex.com/docs/api/v1/devices/list-devices; facts: webex-provisioning.md §4.5.
"""

from adaptivecardbuilder import AdaptiveCard

from bot import resolve
from bot.models import Device, Location, clean, show_mac
from bot.operation import Asker, Context, Question
from cards import answers
from cards.parts import Button, say

MOST_SHOWN = 8  # what one thumb scrolls past; the search narrows the rest


async def list_devices(text: str, asker: Asker, ctx: Context) -> AdaptiveCard:
    """Those whose name, product, MAC, serial, tag or location contains the words searched for."""
    found = await resolve.devices(text, ctx)
    return _list_card(text, found, await _places(ctx), asker, ctx)


async def show_device(text: str, asker: Asker, ctx: Context) -> AdaptiveCard:
    """One device by MAC or name; several that fit are listed."""
    if not text:
        return answers.notice(
            "Which device?",
            "Type its MAC or its name, for example: device 00:11:22:33:44:55",
            [Button("Devices", say("devices"))],
        )
    found = await resolve.devices(text, ctx)
    exact = [one for one in found if one.name.casefold() == text.casefold()] or found
    if len(exact) == 1:
        return _device_card(exact[0], await _places(ctx), asker)
    return _list_card(text, exact, await _places(ctx), asker, ctx)


async def _places(ctx: Context) -> dict[str, Location]:
    return {place.id: place for place in await ctx.calling.locations()}


def _place(device: Device, places: dict[str, Location]) -> str:
    place = places.get(device.location_id or "")
    return place.name if place else ""


def _list_card(
    text: str, found: list[Device], locations: dict[str, Location], asker: Asker, ctx: Context
) -> AdaptiveCard:
    about = f" for “{clean(text, 60)}”" if text else ""
    if not found:
        return answers.notice(
            f"No devices{about}{resolve.within(ctx)}",
            "Try a part of the owner's name, the MAC or the model. Phones of the 9800 series are listed once they are Webex Aware.",
            [Button("All devices", say("devices"))] if text else _next(asker),
        )
    rows = [
        answers.Entry(device.name or "(no name)", _line(device, locations))
        for device in found[:MOST_SHOWN]
    ]
    more = len(found) - MOST_SHOWN
    return answers.entries(
        f"{len(found)} device{'s' if len(found) != 1 else ''}{about}",
        rows,
        end=f"{more} more. Narrow it down: devices NAME"
        if more > 0
        else "Details: device NAME or MAC",
        buttons=[
            *(
                Button(_short(device), say(f"device {device.mac or device.name}"))
                for device in found[:4]
                if len(found) <= 4
            ),
            *_next(asker),
        ][:5],
    )


def _short(device: Device) -> str:
    """Owner and model: somebody may have several."""
    return clean(f"{device.name or show_mac(device.mac)} {device.product.rpartition(' ')[2]}", 28)


def _line(device: Device, locations: dict[str, Location]) -> str:
    parts = (
        device.product,
        show_mac(device.mac),
        _place(device, locations),
        resolve.status(device),
    )
    return " · ".join(part for part in parts if part)


def _device_card(device: Device, locations: dict[str, Location], asker: Asker) -> AdaptiveCard:
    return answers.details(
        device.name or "Device",
        [
            ("Product", device.product),
            ("MAC", show_mac(device.mac)),
            ("Status", resolve.status(device)),
            ("Location", _place(device, locations)),
            ("Serial", device.serial),
            ("Tags", ", ".join(device.tags)),
            ("IP", device.ip),
            ("Software", device.software),
            (
                "Last seen",
                device.last_seen.replace("T", " ")[:16] + " UTC" if device.last_seen else "",
            ),
        ],
        buttons=_about(device, asker),
    )


def _about(device: Device, asker: Asker) -> list[Button]:
    """What this person may do with it next."""
    key = device.mac or device.name
    return [
        Button(title, say(f"{name} {key}"), style)
        for name, title, style in (("tag", "Tag", ""), ("delete device", "Delete", "destructive"))
        if asker.may(name)
    ]


def _next(asker: Asker) -> list[Button]:
    return [Button("Add phone", say("add phone"))] if asker.may("add phone") else []


DEVICES = Question("devices", "List devices, or search them", "devices lobby", list_devices)
DEVICE = Question("device", "Show one device", "device 00:11:22:33:44:55", show_device)
