"""The card of one device: what Webex tells of it, and buttons for what may be done with it."""

from adaptivecardbuilder import AdaptiveCard

from bot.core.models.local_time import LocalTime
from bot.core.models.mac import show_mac
from bot.core.models.webex import Device, Line
from bot.domain.lookup import devices
from bot.domain.operation import Caller
from cards import answers
from cards.parts import Button, say

NO_PHONES = ("roomdesk", "accessory", "webexgo")  # values of `type`


def device_card(
    device: Device, location: str, line: Line | None, caller: Caller, local: LocalTime
) -> AdaptiveCard:
    """The device, with the line of its owner. `location` is for people; empty: it has none."""
    extension, number = (line.extension, line.number) if line else ("", "")
    return answers.details(
        device.name or "Device",
        [
            ("Product", device.product),
            ("MAC", show_mac(device.mac)),
            ("Status", devices.status(device)),
            ("Location", location),
            ("Extension", extension),
            ("Number", number),
            ("Serial", device.serial),
            ("Tags", ", ".join(device.tags)),
            ("IP", device.ip),
            ("Software", device.software),
            ("Last seen", local.show_iso(device.last_seen) if device.last_seen else ""),
        ],
        buttons=_next_buttons(device, caller),
    )


def _next_buttons(device: Device, caller: Caller) -> list[Button]:
    """Buttons for what this person may do with the device."""
    key = device.mac or device.name
    return [
        Button(button.title, say(f"{permission.name} {key}"), button.style)
        for permission in caller.permissions
        if (button := permission.device_button)
        and not (button.phones_only and device.type in NO_PHONES)
    ]
