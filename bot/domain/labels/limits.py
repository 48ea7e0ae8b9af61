"""Bounds of pictures from outside. Plain data."""

from dataclasses import dataclass

ABOUT = 1.1  # times the pixels of a side that are wanted: as good, so nothing is reduced again


@dataclass(frozen=True)
class PictureLimits:
    """Bytes of the file, pixels of the picture, and seconds of work for all attempts to read it.

    The seconds are fewer than those after which the system ends the process, so that a picture
    without a code has an answer of its own. A WebP takes four times the memory of others while it
    is decoded, so it may have fewer pixels.
    """

    bytes: int = 20 * 1_048_576
    pixels: int = 40_000_000
    webp_pixels: int = 24_000_000
    seconds: float = 3.8
