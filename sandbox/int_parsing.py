"""Strict parsing of integers in URLs."""

from typing import Final

# Python refuses numbers of several thousand digits; no valid value has more than 18.
MAX_DIGITS: Final = 18


def parse_int(text: str) -> int | None:
    """Return the number that these ASCII digits write, without a sign; None for anything else."""
    if not text.isascii() or not text.isdigit() or len(text) > MAX_DIGITS:
        return None
    return int(text)
