"""Finds the codes in a grey picture: as it is, turned, sharpened, larger, until the time is over.

What reads most pictures comes first. The attempts end when a MAC and a model are known, earlier
with a MAC alone than with nothing, because many labels tell no model in their codes.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import hypot

import zxingcpp
from PIL import Image, ImageChops, ImageFilter, ImageOps

from bot.domain.labels.codes import MAX_CODES, MAX_TEXT, Code
from bot.domain.labels.limits import ABOUT
from bot.domain.labels.reading import read_labels
from bot.domain.labels.survey import apart, survey, turned_back

FORMATS = zxingcpp.BarcodeFormats([
    zxingcpp.Code128, zxingcpp.Code39, zxingcpp.DataMatrix, zxingcpp.QRCode,
])  # fmt: skip
WORKING, PART, LARGE = 2_000, 2_200, 4_200  # pixels of the longer side
_MOST_ENLARGED = 2
_WIDER_THAN_BARS = 40  # pixels, in an enlarged part
_SWEEP = (-10, 10, -20, 20, -30, 30, -40, 40)  # degrees, when no measured angle was right
_TRIED = 4  # degrees around an angle that need no other attempt
_SAME_PLACE = 0.25  # of the length of a code


@dataclass(frozen=True)
class TimeBudget:
    """Seconds of work: with nothing found, and with a MAC but not its model."""

    nothing: float = 3.5
    without_model: float = 1.2
    now: Callable[[], float] = time.process_time


@dataclass(frozen=True)
class _View:
    """The picture or a part of it, prepared for reading.

    A point of the view is (point / scale + origin) in the picture.
    """

    picture: Image.Image
    scale: float = 1.0
    origin: tuple[float, float] = (0, 0)


@dataclass
class _Finds:
    """The codes that were found, each once."""

    codes: list[Code] = field(default_factory=list)

    def add(self, code: Code, length: float) -> None:
        """Keep the code, unless an attempt found it already."""
        is_known = any(
            code.text == other.text
            and hypot(code.x - other.x, code.y - other.y) < _SAME_PLACE * length
            for other in self.codes
        )
        if not is_known and len(self.codes) < MAX_CODES:
            self.codes.append(code)


def find_codes(
    picture: Image.Image,
    budget: TimeBudget | None = None,
    whole: Callable[[], Image.Image] | None = None,
) -> list[Code]:
    """The codes in a grey picture, with their places in its pixels.

    `whole` makes the same picture with more pixels, if it was reduced to `WORKING` of them: most
    pictures do not need it.
    """
    budget = budget or TimeBudget()
    started, finds = budget.now(), _Finds()
    for view, angles in _views(picture, whole or (lambda: picture)):
        for angle in angles:
            _look(view, angle, finds)
            if budget.now() - started > budget.nothing:
                return finds.codes
        if _is_enough(finds.codes, budget.now() - started, budget):
            break
    return finds.codes


def _is_enough(codes: Sequence[Code], seconds: float, budget: TimeBudget) -> bool:
    labels = read_labels(codes).labels
    if not labels:
        return False
    return all(label.model for label in labels) or seconds > budget.without_model


def _look(view: _View, angle: float, finds: _Finds) -> None:
    """Read the codes of a view that is turned by an angle."""
    picture = view.picture
    if angle:
        picture = picture.rotate(
            -angle, Image.Resampling.BILINEAR, expand=True, fillcolor=_mean(picture)
        )
    barcodes = zxingcpp.read_barcodes(
        picture, FORMATS, try_invert=False, text_mode=zxingcpp.TextMode.Plain
    )
    for barcode in barcodes:
        corners = _corners(barcode.position)
        centre = (sum(x for x, _ in corners) / 4, sum(y for _, y in corners) / 4)
        x, y = turned_back(centre, -angle, view.picture.size, picture.size)
        left, top = view.origin
        code = Code(barcode.text[:MAX_TEXT], x / view.scale + left, y / view.scale + top)
        finds.add(code, _longest(corners) / view.scale)


def _mean(picture: Image.Image) -> int:
    """The mean shade, for corners that are no edge to a reader."""
    return picture.resize((1, 1), Image.Resampling.BOX).tobytes()[0]


def _corners(position: zxingcpp.Position) -> list[tuple[int, int]]:
    points = (
        position.top_left, position.top_right, position.bottom_right, position.bottom_left
    )  # fmt: skip
    return [(point.x, point.y) for point in points]


def _longest(corners: Sequence[tuple[int, int]]) -> float:
    (x, y), *others = corners
    return max(hypot(x - other_x, y - other_y) for other_x, other_y in others)


def _views(
    picture: Image.Image, whole: Callable[[], Image.Image]
) -> Iterator[tuple[_View, Sequence[float]]]:
    """The views to look at, each with the angles to turn it by; most pictures need the first."""
    is_small = max(picture.size) <= WORKING * ABOUT
    working = _View(picture) if is_small else _scaled(_View(picture), WORKING)
    labels = survey(working.picture)
    yield working, (0.0, *labels.angles)
    full = whole()
    source = _View(full, full.width / picture.width)
    if full.size != picture.size:
        # What the decoder reduced differs a little: other codes can be read in it.
        working = _scaled(source, WORKING)
        labels = survey(working.picture)
        yield working, (0.0, *labels.angles)
    angles = (0.0, *labels.angles)
    part = _part(source, [side / working.scale for side in labels.box])
    even = replace(part, picture=_evened(part.picture))
    yield even, angles
    yield replace(even, picture=_sharpened(even.picture)), angles
    # The library's own inverting leaves out bars.
    yield replace(even, picture=ImageOps.invert(even.picture)), angles
    if max(full.size) > WORKING:
        yield _scaled(source, LARGE), angles
    yield even, [angle for angle in _SWEEP if _is_untried(angle, angles)]


def _is_untried(angle: float, angles: Sequence[float]) -> bool:
    return all(apart(angle, other) > _TRIED for other in angles)


def _part(source: _View, box: Sequence[float]) -> _View:
    """The part of the picture with the labels, enlarged or reduced to the size for reading.

    `box` is left, top, right and bottom in the picture.
    """
    left, top, right, bottom = (round(side * source.scale) for side in box)
    origin = (left / source.scale, top / source.scale)
    part = _View(source.picture.crop((left, top, right, bottom)), source.scale, origin)
    return _scaled(part, PART, _MOST_ENLARGED)


def _scaled(view: _View, longest: int, most: float = 1) -> _View:
    """The view with its longer side not above that, enlarged at most by a factor."""
    picture = view.picture
    scale = min(longest / max(picture.size), most)
    if scale == 1:
        return view
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    how = Image.Resampling.BICUBIC if scale > 1 else Image.Resampling.BOX
    return replace(view, picture=picture.resize(size, how), scale=view.scale * scale)


def _evened(picture: Image.Image) -> Image.Image:
    """Without shadows and reflections, which are wider than bars, and with full contrast."""
    around = picture.filter(ImageFilter.BoxBlur(_WIDER_THAN_BARS))
    return ImageOps.autocontrast(ImageChops.subtract(picture, around, 1, 128), cutoff=1)


def _sharpened(picture: Image.Image) -> Image.Image:
    """With the edges that a blurred picture has lost."""
    return picture.filter(ImageFilter.UnsharpMask(radius=4, percent=200, threshold=0))
