"""Reads the MAC in a cell, and names what a spreadsheet did to it."""

import re

from bot.core.models.mac import parse_mac, show_mac
from bot.core.models.text import clean, fold
from bot.domain.lists.sheet import CellNote

DIGITS = 12
_MOST_SHOWN = 40  # characters of a cell
_SCIENTIFIC = re.compile(r"\d+(?:[.,]\d+)?E[+\-]?\d+", re.IGNORECASE)
_HEX = re.compile(r"[0-9A-Fa-f]{12}")
_COMMON_FORM = re.compile(r"[0-9A-Fa-f]{2}([:\-]?)[0-9A-Fa-f]{2}(?:\1[0-9A-Fa-f]{2}){4}")
_WITHOUT_SEPARATORS = str.maketrans("", "", ":-")
_WHOLE_NUMBER = re.compile(r"(\d+)[.,]0+")  # `8865.0`: how programs write a column with gaps
_FEWEST_DIGITS = 6  # of a number that was a MAC with zeros in front
# What people write where a phone has no MAC yet.
_NO_MAC = frozenset({
    "-", "--", "n/a", "na", "none", "kein", "keine", "aucun", "aucune", "ninguno", "ninguna",
    "activation code", "aktivierungscode", "code d'activation", "codigo de activacion",
})  # fmt: skip

SCIENTIFIC = (
    "A spreadsheet turned the MAC address into the number {cell}, and some of its digits are lost."
    " Please format the column as text, and type the address again."
)
ZEROS_GONE = (
    "The MAC address has only {count} digits: {cell}. A spreadsheet probably removed zeros in front"
    " of it. Please format the column as text, and type all 12 digits."
)
MAY_BE_POWER = (
    "The MAC address may be wrong: a spreadsheet turns {example} into the number {cell}. Please"
    " write it with colons, such as {shown}, if that is what the label says."
)


def whole_number(cell: str) -> str:
    """`8865.0` → 8865; other texts as they are."""
    match = _WHOLE_NUMBER.fullmatch(cell)
    return match[1] if match else cell


def is_nothing(cell: str) -> bool:
    """Whether it is empty, or says that there is nothing: `-`, `n/a`, `keine`."""
    return not cell or fold(cell) in _NO_MAC


def is_spoilt_mac(cell: str) -> bool:
    """Whether it looks like what a spreadsheet makes of a MAC."""
    if not cell[:1].isdigit():  # most words of a line
        return False
    return _scientific(cell) or _zeros_gone(whole_number(cell), fewest=9)


def read_mac_cell(cell: str, note: CellNote | None = None) -> tuple[str, str]:
    """Twelve upper-case hex digits and no problem, or no digits and a sentence.

    Both are empty for a cell without a MAC.
    """
    text = whole_number(cell)
    if is_nothing(text):
        return "", ""
    problem = _spoilt(text, note)
    if problem:
        return "", problem
    if _COMMON_FORM.fullmatch(text) and len({*text.upper()} - {*":-"}) > 1:
        return text.translate(_WITHOUT_SEPARATORS).upper(), ""  # a tenth of parse_mac's time
    try:
        return parse_mac(text), ""
    except ValueError as error:
        return "", str(error)


def _spoilt(text: str, note: CellNote | None) -> str:
    shown = clean(text, _MOST_SHOWN)
    if _scientific(text):
        return SCIENTIFIC.format(cell=shown)
    if _zeros_gone(text, fewest=_FEWEST_DIGITS):
        return ZEROS_GONE.format(count=len(text), cell=shown)
    # `1122334455E2` becomes a number that looks like a MAC as well.
    if note is CellNote.NUMBER and len(text) == DIGITS and text.endswith("00"):
        example = f"{text[:10]}E2"
        return MAY_BE_POWER.format(example=example, cell=shown, shown=show_mac(text))
    return ""


def _scientific(text: str) -> bool:
    return bool(_SCIENTIFIC.fullmatch(text)) and not _HEX.fullmatch(text)


def _zeros_gone(text: str, *, fewest: int) -> bool:
    return text.isascii() and text.isdigit() and fewest <= len(text) < DIGITS
