"""Bounds of pictures from outside. Plain data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PictureLimits:
    """Bytes of the file, pixels of the picture, and seconds of work for all attempts to read it.

    The seconds are fewer than those after which the system ends the process, so that a picture
    without a code has an answer of its own.
    """

    bytes: int = 20 * 1_048_576
    pixels: int = 40_000_000
    seconds: float = 3.8
