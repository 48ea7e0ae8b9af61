"""Helpers with which commands read the text behind their name: owner, location, MAC. Pure."""

import re

from bot.core.models.mac import MAC_IN_TEXT

PUNCTUATION = " ,;.:"  # it separates the parts of a command and means nothing
OWNER = re.compile(r"(?:^|\s)(?:for|in)\s+(?P<value>.+)$", re.IGNORECASE)
LOCATION = re.compile(r"(?:^|\s)at\s+(?P<value>(?:(?!\s+at\s).)+)$", re.IGNORECASE)  # the last one
# Meant as a MAC, but with a digit too few or too many.
_NEARLY_MAC = re.compile(
    r"(?:\bmac(?:[ -]?address)?\s*[:=]?\s*)?"
    r"(?<!\S)(?:[0-9a-z]{1,6}(?:[:.\-][0-9a-z]{1,6}){2,}|(?=[a-f]*\d)[0-9a-f]{9,})(?!\S)",
    re.IGNORECASE,
)


def non_empty(**inputs: str) -> dict[str, str]:
    """Those inputs that are not empty."""
    return {name: value for name, value in inputs.items() if value}


def read_text(arguments: str) -> dict[str, str]:
    """The whole text as one input: the reader of commands without fields."""
    return non_empty(text=arguments)


def split_at(keyword: re.Pattern[str], text: str) -> tuple[str, str]:
    """The value behind the keyword, and the text before it."""
    match = keyword.search(text)
    if not match:
        return "", text.strip()
    return match["value"].strip(), text[: match.start()].strip()


def split_mac(text: str) -> tuple[str, str]:
    """A MAC in any notation, or what was meant as one; and the text around it."""
    match = MAC_IN_TEXT.search(text)
    if match:
        return match["mac"], f"{text[: match.start()]} {text[match.end() :]}".strip()
    owner = OWNER.search(text)
    match = _NEARLY_MAC.search(text[: owner.start()] if owner else text)
    if match:
        return match.group().strip(), f"{text[: match.start()]} {text[match.end() :]}".strip()
    return "", text
