"""The card of one device: what Webex tells of it, and buttons for what may be done with it."""

from collections import Counter
from collections.abc import Sequence

from adaptivecardbuilder import AdaptiveCard

from bot.core.models.local_time import LocalTime, unix_time
from bot.core.models.mac import show_mac
from bot.core.models.webex import Device, Line
from bot.domain import device_errors
from bot.domain.lookup import devices
from bot.domain.lookup.device_phrases import OFFLINE, ONLINE
from bot.domain.operation import Caller
from cards import answers
from cards.parts import Button, say

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600  # seconds
LONGEST_OFFLINE = 10 * 365 * DAY  # a time of Webex that is longer ago is a mistake
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
            ("Status", _status(device, local)),
            ("Location", location),
            ("Extension", extension),
            ("Number", number),
            ("Serial", device.serial),
            ("Tags", ", ".join(device.tags)),
            ("IP", device.ip),
            ("Software", device.software),
            ("Last seen", _last_seen(device, local)),
        ],
        sections=_problems(device.errors),
        buttons=_next_buttons(device, caller),
    )


def _status(device: Device, local: LocalTime) -> str:
    """The status in words: `offline for 3 hours`, as far as Webex tells since when."""
    word = devices.status(device)
    if device.status not in OFFLINE:
        return word
    if never_registered(device):
        added = _lasting(local.since_iso(device.created))
        return f"not registered yet, added {added} ago" if added else "not registered yet"
    lasting = _lasting(local.since_iso(device.last_seen))
    if not lasting:
        return word
    return f"{'asleep' if word == 'asleep' else 'offline'} for {lasting}"


def _last_seen(device: Device, local: LocalTime) -> str:
    """When it was seen; empty if that is when it was added."""
    return "" if never_registered(device) else local.show_iso(device.last_seen)


def never_registered(device: Device) -> bool:
    """Whether Webex tells when it was added, and nothing of the time since then.

    What the real Webex sends for such a device is unknown: docs/webex/provisioning.md §4.5.
    """
    created = unix_time(device.created)
    if created is None or device.ip or device.software or device.status in ONLINE:
        return False
    if not device.last_seen:
        return not device.first_seen
    last_seen = unix_time(device.last_seen)
    return last_seen is not None and last_seen <= created


def _lasting(seconds: float | None) -> str:
    """`less than a minute`, `3 hours`, `12 days`; empty if the time is unknown or cannot be."""
    if seconds is None or not 0 <= seconds <= LONGEST_OFFLINE:
        return ""
    if seconds < MINUTE:
        return "less than a minute"
    if seconds < 2 * HOUR:
        return _counted(seconds // MINUTE, "minute")
    return _counted(seconds // HOUR, "hour") if seconds < 2 * DAY else f"{seconds // DAY:.0f} days"


def _counted(number: float, unit: str) -> str:
    return f"{number:.0f} {unit}{'s' if number != 1 else ''}"


def _problems(codes: Sequence[str]) -> list[answers.Section]:
    """What the device reports about itself, with what to do; the rest is counted."""
    errors = device_errors.explained(codes)
    if not errors:
        return []
    shown, hidden = errors[: device_errors.MAX_SHOWN], len(errors) - device_errors.MAX_SHOWN
    times = Counter(error.advice for error in shown)
    rows = [
        answers.Entry(error.meaning, error.advice if times[error.advice] == 1 else "")
        for error in shown
    ]
    common = [advice for advice, count in times.items() if count > 1]  # said once, below
    rest = [f"{hidden} more: see the device in Control Hub."] if hidden > 0 else []
    return [answers.Section("The device reports", rows, end=" ".join([*common, *rest]))]


def _next_buttons(device: Device, caller: Caller) -> list[Button]:
    """Buttons for what this person may do with the device."""
    key = device.mac or device.name
    return [
        Button(button.title, say(f"{permission.name} {key}"), button.style)
        for permission in caller.permissions
        if (button := permission.device_button)
        and not (button.phones_only and device.type in NO_PHONES)
        and not (button.managed_only and device.customer_managed)
    ]
