"""What the text of one code tells: MAC addresses, models, serial numbers. Pure.

A code may have one value alone, values with their names (`MAC: …`, JSON, the parameters of an
address), or data identifiers (`23S` is a MAC, `1P` a product, `S` a serial number). A number with
another name than that of a MAC is none, whatever its digits are.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.core.models.mac_text import PlainText, scan
from bot.core.models.text import clean
from bot.domain.labels.codes import MAX_TEXT
from bot.domain.language.model_text import find_models

# Between values: signs of text and JSON, and the separators of ISO 15434.
_BETWEEN_VALUES = re.compile(r"[,;|\t\r\n\x1c-\x1f\x04\[\]]+")
_BETWEEN_PARAMETERS = re.compile(r"[?&#]")
_IS_ADDRESS = re.compile(r"\s*[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_WORD = re.compile(r"[A-Z0-9/]+")
_QUOTES, _SIGNS_OF_NAMES = " \"'({<", (":", "=", "#")
_MAC_NAME = re.compile(
    r"MAC(?!H)|\bETH(?:ERNET|\d)?\b|\bLAN\b|\bWIRED\b|\bHW ?ADDR|\bSEP\b|\bATA\b"
)
_RADIO_NAME = re.compile(r"WI[ -]?FI|WLAN|WIRELESS|BLUETOOTH|\bBT|\bBLE\b")
_MODEL_NAME = re.compile(r"\bPI?D\b|MODEL|PROD|\bP/?N\b|\bTYPE\b|\bPART\b|\bITEM\b|\bCISCO\b")
_LONGEST_NAME = 24  # characters of the name of a value, with the signs behind it
_MAC_IDENTIFIER = "23S"
_PRODUCT_IDENTIFIER = re.compile(r"\s*(?:1P|30P|P)(?=(?:CP|DP|ATA|DBS|SPA|VG)-?\d)")
_SERIAL = re.compile(r"(?<![A-Z0-9])S?([A-Z]{3}\d{4}[0-9A-Z]{4})(?![A-Z0-9])")
_SERIAL_NAME = re.compile(
    r"(?<![A-Z])(?:S/?N|SERIAL(?: ?(?:NO|NUMBER|NUM|NR))?)\W*([A-Z0-9]{5,20})"
)
# Spare parts whose product id has the number of the phone that they belong to.
_SPARE_PART = re.compile(
    r"-(?:A-)?(?:KEM|BEKEM|PWR|POE|PS|HS|HANDSET|WMK|WMB|FS|MIC|CORD|CBL|CABLE|BATT?|BAT|CASE"
    r"|STAND|HOLSTER|CLIP|MCHGR|DCHGR|BEZEL|LENS)(?![A-Z])"
    r"|CP-(?:BATT?|PWR|MCHGR|DCHGR|HANDSET|CAB|CLIP|HOLSTER|CASE|WMK)-"
)
MAX_MODEL = 60  # characters


@dataclass(frozen=True)
class CodeFacts:
    """What one code tells; MACs as twelve upper-case hex digits, models as they are written.

    `doubtful` are numbers of twelve decimal digits without a name: a MAC or something else.
    """

    macs: tuple[str, ...] = ()
    radio_macs: tuple[str, ...] = ()  # of Wi-Fi or Bluetooth: a phone is added by its other
    doubtful: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    serials: tuple[str, ...] = ()


def read_code(text: str) -> CodeFacts:
    """The facts in the text of a code."""
    text = text[:MAX_TEXT]
    is_address = bool(_IS_ADDRESS.match(text))
    macs: dict[str, list[str]] = {"wired": [], "radio": [], "doubtful": []}
    models: list[str] = []
    for value in _values(text, is_address):
        for kind, digits in _macs(value, is_address):
            if len(set(digits)) > 1:  # no phone has 000000000000
                macs[kind].append(digits)
        models += [] if is_address else _models(value)
    return CodeFacts(
        _unique(macs["wired"]),
        _unique(macs["radio"]),
        _unique(macs["doubtful"]),
        _unique(models),
        _serials(PlainText.of(text).text),
    )


def _values(text: str, is_address: bool) -> list[str]:
    """The values with their names, one by one."""
    separator = _BETWEEN_PARAMETERS if is_address else _BETWEEN_VALUES
    values = separator.split(text)
    return values[1:] if is_address else values  # before them is the page


def _macs(value: str, needs_name: bool) -> Iterator[tuple[str, str]]:
    """The MACs of a value, each with its kind."""
    plain = PlainText.of(value).text
    for start, end, digits in scan(plain)[1]:
        before = plain[:start]
        name = _name(before)
        if _RADIO_NAME.search(name):
            yield "radio", digits
        elif _MAC_NAME.search(name) or before.endswith(_MAC_IDENTIFIER):
            yield "wired", digits
        elif not name and not needs_name:
            yield ("doubtful" if plain[start:end].isdigit() else "wired"), digits


def _name(before: str) -> str:
    """The words directly before a number, which name it: `MAC ID` in `CP-8865 MAC ID: `.

    Another value before it is no name.
    """
    words: list[str] = []
    must_be_name = before.rstrip(_QUOTES)[-1:] in _SIGNS_OF_NAMES
    for word in reversed(_WORD.findall(before)):
        if _is_value(word) and not must_be_name:
            break
        words.insert(0, word)
        must_be_name = False
    return " ".join(words)


def _is_value(word: str) -> bool:
    """Whether it is no part of a name: `8865`, `K9`; but `MAC1` and the 1 of `MAC 1` are."""
    has_digit = any(map(str.isdigit, word))
    return has_digit and len(word) > 1 and not (_MAC_NAME.search(word) or _RADIO_NAME.search(word))


def _models(value: str) -> list[str]:
    """The product ids and models of a value; a number alone needs the name of one."""
    value = _PRODUCT_IDENTIFIER.sub("", value)
    if _SPARE_PART.search(value.upper()):
        return []
    matches = find_models(value)
    return [
        clean(match.text, MAX_MODEL)
        for match in matches
        if any(map(str.isalpha, match.text)) or _is_named_model(value, match.start)
    ]


def _is_named_model(value: str, start: int) -> bool:
    return bool(_MODEL_NAME.search(value[max(0, start - _LONGEST_NAME) : start].upper()))


def _serials(plain: str) -> tuple[str, ...]:
    named = [match[1] for match in _SERIAL_NAME.finditer(plain)]
    return _unique([*named, *(match[1] for match in _SERIAL.finditer(plain))])


def _unique(values: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
