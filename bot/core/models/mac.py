"""MAC addresses: reads any written form, shows one."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator

from bot.core.models.mac_text import BETWEEN_DIGITS, DIGITS_OF_A_MAC, HEX, LOOK_ALIKES, PlainText
from bot.core.models.mac_text import MacMatch as MacMatch
from bot.core.models.mac_text import find_macs as find_macs
from bot.core.models.mac_text import show_mac as show_mac
from bot.core.models.near_mac import find_near_macs as find_near_macs
from bot.core.models.text import join_words

_NOT_A_MAC = "A MAC address has twelve hex digits (0–9, A–F), for example D8:2E:3E:EF:4E:5C."
_NO_PHONE_HAS = {"0" * DIGITS_OF_A_MAC, "F" * DIGITS_OF_A_MAC}


def parse_mac(text: str) -> str:
    """The one MAC within the text → twelve upper-case hex digits; ValueError with a sentence."""
    macs = distinct_macs(text)
    if len(macs) > 1:
        raise ValueError(several_macs_message(macs))
    digits = BETWEEN_DIGITS.sub("", PlainText.of(text).text)
    if HEX.issuperset(digits):  # nothing else stands there: each digit counts
        macs = macs if len(digits) > DIGITS_OF_A_MAC + 2 else [digits]
    if not macs or len(macs[0]) != DIGITS_OF_A_MAC:
        raise ValueError(_not_a_mac_message(text))
    if macs[0] in _NO_PHONE_HAS:
        raise ValueError("No phone has that MAC address: please read the label again.")
    return macs[0]


def distinct_macs(text: str) -> list[str]:
    """The different MACs in the text, as twelve upper-case hex digits.

    A label names those of Wi-Fi and Bluetooth beside the one by which Webex knows the phone.
    """
    matches = find_macs(text)
    wired = [match.digits for match in matches if not match.is_radio]
    return list(dict.fromkeys(wired or [match.digits for match in matches]))


def several_macs_message(macs: list[str]) -> str:
    """What a person is asked who gives several MACs for one device."""
    count = "two" if len(macs) == 2 else str(len(macs))
    shown = join_words((show_mac(mac) for mac in macs[:5]), "and")
    more = f" and {len(macs) - 5} more" if len(macs) > 5 else ""
    return f"I read {count} MAC addresses: {shown}{more}. Please give one of them."


def _not_a_mac_message(text: str) -> str:
    """What a MAC is, and what is wrong with the one that was typed, if one was meant."""
    near = {match.digits for match in find_near_macs(text)}
    digits = near.pop() if len(near) == 1 else ""
    if not digits or (len(digits) == DIGITS_OF_A_MAC and HEX.issuperset(digits)):
        return _NOT_A_MAC
    wrong = list(dict.fromkeys(char for char in digits if char not in HEX))
    if not wrong:
        return f"{_NOT_A_MAC} I read {len(digits)} digits: {digits}."
    look_alikes = [LOOK_ALIKES[char] for char in wrong if char in LOOK_ALIKES]
    letters = f"letter{'s' * (len(wrong) > 1)} {join_words(map(_with_script, wrong), 'and')}"
    sentence = f"{_NOT_A_MAC} {digits} has the {letters}, which no MAC address has."
    if len(look_alikes) != len(wrong):
        return sentence
    if len(look_alikes) == 1:
        return f"{sentence} Is it the digit {look_alikes[0]}?"
    return f"{sentence} Are they the digits {join_words(look_alikes, 'and')}?"


def _with_script(letter: str) -> str:
    """The letter, and its alphabet where it only looks like a hex digit."""
    if letter.isascii():
        return letter
    return f"{letter} ({unicodedata.name(letter, 'unknown').split()[0].title()})"


def mac_fragment(text: str) -> str | None:
    """A part of a MAC in any form, as upper-case hex digits; None for other text.

    It has 3 to 12 digits. Letters alone without a separator are a word: `cafe`, `ada`.
    """
    plain = PlainText.of(text).text.strip()
    label = re.match(r"(?:MAC[ :=#]*|SEP|ATA)(?=[0-9A-F])", plain)
    plain = plain[label.end() :] if label else plain
    if not re.fullmatch(r"[:.\-]?[0-9A-F]+(?:[:.\- _][0-9A-F]+)*[:.\-]?", plain):
        return None
    digits = BETWEEN_DIGITS.sub("", plain)
    is_word = digits.isalpha() and not re.search(r"[:.\-]", plain)
    return digits if 3 <= len(digits) <= DIGITS_OF_A_MAC and not is_word else None


def bare_mac(mac: str) -> str:
    """The digits in capitals, without separators: the form in which MACs are compared."""
    return BETWEEN_DIGITS.sub("", mac).upper()


def same_mac(mac: str | None, other: str) -> bool:
    """Whether the digits are the same: Webex answers with and without colons.

    See docs/webex/provisioning.md §4.5.
    """
    return bare_mac(mac or "") == bare_mac(other)


Mac = Annotated[str, AfterValidator(parse_mac)]
