"""What the name of a model says: maker, family, number, variant, and what kind of device it is."""

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from bot.core.models.mac_text import PlainText
from bot.domain.language.model_text import (
    ANY_ROOM_DEVICE,
    OTHER_FAMILIES,
    OTHER_MAKERS,
    ROOM_DEVICE,
    without_macs,
)

CISCO = "CISCO"
_ADAPTER, _BASE = "ATA", "DBS"
_DECT_HANDSETS = frozenset({"6823", "6825"})
_MULTIPLATFORM = frozenset({"MPP", "3PCC", "3PW", "3PC", "MULTIPLATFORM"})
_NO_RADIO = "NR"  # a phone without Wi-Fi and Bluetooth is a product of its own
_WIFI = "WIFI"  # likewise: the `Cisco 6861 Wi-Fi`
# Signs in front of a number that belong to the product id and name no family.
_ID_SIGNS = frozenset({CISCO, "CP", "DP", "DMS", "IP", "SIP", "MPP"})
_FAMILIES = frozenset(
    {*(family.split()[0] for family in OTHER_FAMILIES), _ADAPTER, _BASE, "SPA", "VG"}
)
_NUMBER = re.compile(r"([A-Z]*)(\d{2,4})([A-Z]*?)(?:K9)?")
_ADAPTER_NUMBER = re.compile(r"1[89]\d")


class DeviceKind(Enum):
    """Devices that people take for desk phones."""

    DECT_BASE = "DECT base"
    DECT_HANDSET = "DECT handset"
    ROOM_DEVICE = "room device"


@dataclass(frozen=True)
class ModelName:
    """The parts of a name, in upper case; a part that the name lacks is empty."""

    maker: str = ""
    family: str = ""  # `VVX`, `ATA`; Cisco's desk phones have none
    number: str = ""  # `8865`
    variant: str = ""  # letters that make it another product: `NR`
    is_multiplatform: bool = False


@lru_cache(2000)  # each search reads the names of all models
def read_model_name(text: str) -> ModelName:
    """The parts of the first name in the text: `CP-8865-3PCC-K9=` → number 8865, multiplatform."""
    words = _words(text)
    maker = next((word for word in words if word == CISCO or word in OTHER_MAKERS), "")
    maker = "POLYCOM" if maker == "POLY" else maker
    is_multiplatform = not _MULTIPLATFORM.isdisjoint(words)
    for index, word in enumerate(words):
        if parts := _NUMBER.fullmatch(word):
            letters, number, variant = parts.groups()
            family = _family(letters, number, words[:index])
            is_multiplatform |= variant == "MPP"
            variant = _variant(variant, family, words[index + 1 :])
            return ModelName(maker, family, number, variant, is_multiplatform)
    return ModelName(maker, is_multiplatform=is_multiplatform)


def _words(text: str) -> list[str]:
    plain = without_macs(PlainText.of(text).text)
    plain = plain.replace("MULTI-PLATFORM", "MULTIPLATFORM").replace("WI-FI", _WIFI)
    return re.findall(r"[A-Z0-9]+", re.sub(r"\d+ SERIES\b", "", plain))


def _family(letters: str, number: str, before: list[str]) -> str:
    """The family by the letters at the number, or by the word before it: `VVX 450`, `DBS-210`."""
    letters = letters or (before[-1] if before and before[-1] in _FAMILIES else "")
    if letters == "E" and "EDGE" in before:
        return "EE"  # Webex calls the Poly Edge E350 `Polycom EE350`
    if "SOUNDSTATION" in before:
        return "SSIP"
    if letters and letters not in _ID_SIGNS and not (letters == "WP" and number.startswith("98")):
        return letters
    if "DECT" in before and len(number) == len("210"):  # the `DECT 210 Base` is the DBS-210
        return _BASE
    return _ADAPTER if _ADAPTER_NUMBER.fullmatch(number) else ""


def _variant(letters: str, family: str, after: list[str]) -> str:
    is_plural = letters == "S" and not family  # `two 8865s`
    if letters and letters != "MPP" and not is_plural:
        return letters
    return next((word for word in after if word in (_NO_RADIO, _WIFI)), "")


def kind_of(text: str) -> DeviceKind | None:
    """What the text names, if that is no desk phone or adapter."""
    plain = PlainText.of(text).text
    if ROOM_DEVICE.search(plain) or ANY_ROOM_DEVICE.search(plain):
        return DeviceKind.ROOM_DEVICE
    name, words = read_model_name(text), _words(text)
    if name.family == _BASE or {"DECT", "BASE"} <= set(words):
        return DeviceKind.DECT_BASE
    is_handset = name.number in _DECT_HANDSETS and name.maker in ("", CISCO)
    return DeviceKind.DECT_HANDSET if is_handset or {"DECT", "HANDSET"} <= set(words) else None
