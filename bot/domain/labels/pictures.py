"""Opens a picture from outside as grey pixels, within limits.

Pillow decodes in C what somebody else made: only `chat/label_process.py` calls this, in a process
of its own with limits of time and memory.
"""

import io
import struct
import warnings
import zlib
from math import ceil

from PIL import Image

from bot.core.errors import Refused
from bot.domain.labels.limits import ABOUT, PictureLimits
from bot.domain.labels.picture_kinds import HEIC, JPEG, WEBP, picture_kind
from bot.domain.labels.sentences import DAMAGED, NO_HEIC, OTHER_KIND, TOO_MANY_PIXELS

# What Pillow raises for pictures that are broken or made to break it.
_DAMAGE = (
    OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, OverflowError,
    ArithmeticError, RuntimeError, struct.error, zlib.error,
)  # fmt: skip
_WHITE = 255
_ENOUGH = (2_500, 2_500)  # pixels of a JPEG; one with twice as many is decoded by halves
_ORIENTATION = 0x0112  # the tag of EXIF
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def open_picture(content: bytes, limits: PictureLimits, longest: int = 0) -> Image.Image:
    """The picture upright in shades of grey; Refused with a sentence if it cannot be read.

    With `longest`, a JPEG is decoded at a half of its size or less, if its longer side then has
    about that many pixels: this takes half of the time.
    """
    kind = picture_kind(content)
    if not kind:
        raise Refused(OTHER_KIND)
    if kind == HEIC:
        _prepare_heic()
    Image.MAX_IMAGE_PIXELS = None  # limits.pixels, which also bounds what Pillow only warns of
    try:
        # It warns of what it repairs.
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(io.BytesIO(content), formats=[kind]) as picture,
        ):
            most = limits.webp_pixels if kind == WEBP else limits.pixels
            _check_size(picture.size, most)
            if kind == JPEG:
                picture.draft("L", _draft_size(picture.size, longest))
            turn = _TURNS.get(_orientation(picture))
            grey = _grey(picture)
            return grey if turn is None else grey.transpose(turn)
    except _DAMAGE as error:
        raise Refused(DAMAGED) from error


def _prepare_heic() -> None:
    """Teach Pillow HEIC, if the reader is installed."""
    try:
        import pillow_heif
    except ImportError as error:
        raise Refused(NO_HEIC) from error
    pillow_heif.register_heif_opener(thumbnails=False)


def _check_size(size: tuple[int, int], most: int) -> None:
    pixels = size[0] * size[1]
    if pixels > most:
        million = 1_000_000
        raise Refused(TOO_MANY_PIXELS.format(count=ceil(pixels / million), limit=most // million))


def _draft_size(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """The size to ask Pillow for, which decodes at a half, a quarter or an eighth of the size."""
    for part in (2, 4, 8):
        if longest <= max(size) / part <= longest * ABOUT:
            return size[0] // part, size[1] // part
    return _ENOUGH


def _orientation(picture: Image.Image) -> int:
    """How the camera was held, as EXIF says; 0 if it says nothing that can be read."""
    try:
        return int(picture.getexif().get(_ORIENTATION, 0))
    except _DAMAGE:
        return 0


def _grey(picture: Image.Image) -> Image.Image:
    """In shades of grey; what is transparent is white, as on the page where it is seen."""
    if picture.mode.startswith("I;16"):
        return picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if not picture.has_transparency_data:
        return picture.convert("L")
    if "A" not in picture.getbands():
        picture = picture.convert("RGBA")
    opacity = picture.getchannel("A")
    return Image.composite(picture.convert("L"), Image.new("L", picture.size, _WHITE), opacity)
