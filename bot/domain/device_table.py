"""Lists of devices as CSV files: how they are asked for, and what is in them. Pure."""

import re
from collections.abc import Sequence

from bot.core.models.files import FileMessage
from bot.core.models.mac import show_mac
from bot.core.models.text import fold_loosely
from bot.core.models.webex import Device
from bot.domain.lookup.devices import LocationNames, status
from bot.domain.tables import csv_file

# A file of about 2 MB, which every client and spreadsheet opens. Larger organizations have the
# report of Control Hub.
MAX_ROWS = 10_000
AS_FILE = "as file"
MAX_NAME = 40  # characters of a file name
COLUMNS = (
    "Owner", "Model", "MAC", "Status", "Location", "Serial number", "Tags", "IP address",
    "Software", "Last seen", "Type",
)  # fmt: skip
_SHEET = r"(?:csv|excel|spreadsheet)(?:\s+file)?"
_EXPORT = re.compile(
    rf"\b(?:as|en|como|comme)\s+(?:an?\s+|un\s+)?(?:{_SHEET}|file|fichier|archivo)\b"
    rf"|\b(?:in|into|to)\s+(?:an?\s+)?{_SHEET}\b"
    r"|^\s*(?:please\s+)?(?:export|download|save)\b"
    r"|\b(?:export|download|csv)[\s.!?]*$",
    re.IGNORECASE,
)


def asks_for_file(text: str) -> bool:
    """Whether a list is wanted as a file: `devices in Berlin as csv`, `export all devices`."""
    return bool(_EXPORT.search(text))


def split_file(text: str) -> tuple[str, bool]:
    """The text without the words that ask for a file, and whether there were such words."""
    rest = " ".join(_EXPORT.sub(" ", text).split())
    return rest, asks_for_file(text)


def device_file(
    title: str, search: str, devices: Sequence[Device], names: LocationNames
) -> FileMessage:
    """The devices as a file, with a sentence that says how many there are."""
    rows = [_row(device, names) for device in devices[:MAX_ROWS]]
    hidden_count = len(devices) - len(rows)
    cut = (
        f" Only the first {MAX_ROWS} are in the file, because longer spreadsheets are slow. Please"
        " narrow the search, for example to a location."
    )
    return FileMessage(
        text=f"{title}{cut if hidden_count > 0 else ''}",
        name=file_name(search),
        content=csv_file(COLUMNS, rows),
    )


def file_name(search: str) -> str:
    """`devices-offline-berlin.csv`."""
    words = re.findall(r"[a-z0-9]+", fold_loosely(search))
    return f"{'-'.join(['devices', *words])[:MAX_NAME].rstrip('-')}.csv"


def _row(device: Device, names: LocationNames) -> tuple[str, ...]:
    return (
        device.name,
        device.product,
        show_mac(device.mac) if device.mac else "",
        status(device),
        (names or {}).get(device.location_id or "", ""),
        device.serial,
        ", ".join(device.tags),
        device.ip,
        device.software,
        device.last_seen,
        device.type,
    )
