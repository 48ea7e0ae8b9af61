"""A code as it was found in a picture: its text and where it stands. Plain data."""

from dataclasses import dataclass

MAX_CODES = 100  # of a picture; a pallet of phones has fewer
MAX_TEXT = 1_000  # characters of a code; the largest label has 300
MAX_TEXTS = 10_000  # characters of all codes of a picture


@dataclass(frozen=True)
class Code:
    """The text of a code, as it is encoded, and the centre of the code in pixels from top left.

    The text comes from outside: it is read, and never shown as it is.
    """

    text: str
    x: float = 0
    y: float = 0
