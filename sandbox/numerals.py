"""Numbers as they stand in addresses."""

from typing import Final

# Python itself reads no number of more than some thousand digits; nobody means one of nineteen.
MOST_DIGITS: Final = 18


def whole_number(text: str) -> int | None:
    """The number that these digits (ASCII, no sign) write; None for anything else."""
    if not text.isascii() or not text.isdigit() or len(text) > MOST_DIGITS:
        return None
    return int(text)
