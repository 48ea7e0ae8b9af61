"""Draws labels with codes, and photos of them: tilted, blurred, badly lit, several at once.

All pictures are made of a seed, so that a failure can be repeated.
"""

import io
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import segno
import zxingcpp
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageFont

WHITE, BLACK, DESK = 255, 0, 105
CODE_128, CODE_39, DATA_MATRIX, QR = "Code128", "Code39", "DataMatrix", "QRCode"
OTHER_LINEAR = {"EAN13", "ITF"}
_BAR_HEIGHT = 14  # modules
_QUIET = 10  # modules of white around a code, as the standards ask for
_FORMATS = {
    name: getattr(zxingcpp, name)
    for name in (CODE_128, CODE_39, DATA_MATRIX, "EAN13", "ITF", "PDF417")
}

Quad = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Printed:
    """One code of a label, with the text in print above it."""

    text: str
    kind: str = CODE_128
    caption: str = ""


@dataclass(frozen=True)
class Look:
    """How a photo looks. Angles are in degrees, `fill` is the label's part of the width."""

    size: tuple[int, int] = (1600, 1200)
    fill: float = 0.6
    angle: float = 0
    tilt: float = 0  # perspective: by which part the far edge is shorter
    blur: float = 0  # pixels
    motion: int = 0  # pixels sideways
    light: float = 1  # brightness of the whole
    shade: float = 0  # how much darker one side is than the other
    glare: float = 0  # strength of a reflection
    contrast: float = 1
    noise: float = 0  # part of the grain in each pixel
    ink: int = BLACK
    paper: int = WHITE


@dataclass(frozen=True)
class Scene:
    """A photo to be made: labels from left to right, or below each other."""

    labels: Sequence[Sequence[Printed]]
    look: Look = field(default_factory=Look)
    is_column: bool = False
    seed: int = 1


def draw_code(printed: Printed, module: int = 3) -> Image.Image:
    """The code alone, black on white, with its quiet zone; `module` is in pixels."""
    if printed.kind == QR:
        picture = io.BytesIO()
        segno.make_qr(printed.text).save(picture, kind="png", scale=module + 1, border=4)
        return Image.open(picture).convert("L")
    code = zxingcpp.create_barcode(printed.text, _FORMATS[printed.kind])
    drawn = Image.fromarray(code.to_image(scale=1, add_quiet_zones=False))
    is_linear = printed.kind in {CODE_128, CODE_39, *OTHER_LINEAR}
    height = _BAR_HEIGHT * 3 if is_linear else drawn.height * (module + 1)
    width = drawn.width * (module if is_linear else module + 1)
    drawn = drawn.resize((width, height), Image.Resampling.NEAREST)
    framed = Image.new("L", (width + 2 * _QUIET * module, height + 2 * module), WHITE)
    framed.paste(drawn, (_QUIET * module, module))
    return framed


def draw_label(codes: Sequence[Printed], module: int = 3) -> Image.Image:
    """A label: each code below its caption."""
    drawn = [draw_code(code, module) for code in codes]
    line, font = 11 * module, ImageFont.load_default(8 * module)
    width = max(code.width for code in drawn) + 8 * module
    height = sum(code.height + line + 3 * module for code in drawn) + 4 * module
    label = Image.new("L", (width, height), WHITE)
    pen, y = ImageDraw.Draw(label), 3 * module
    for code, picture in zip(codes, drawn, strict=True):
        pen.text((_QUIET * module, y), code.caption or code.text[:40], BLACK, font)
        label.paste(picture, (2 * module, y + line))
        y += picture.height + line + 3 * module
    return label


def photo(scene: Scene) -> Image.Image:
    """The photo as a grey picture."""
    look, grain = scene.look, random.Random(scene.seed)  # noqa: S311 - a texture
    picture = _desk(look.size, grain)
    labels = [_printed(draw_label(codes), look) for codes in scene.labels]
    for place, label in zip(_places(scene, labels), labels, strict=True):
        _put(picture, label, place, look)
    return _taken(picture, look, grain)


def encoded(picture: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    """The picture as a file; `options` are those of Pillow's writer."""
    file = io.BytesIO()
    if kind == "JPEG":
        options = {"quality": 85, **options}
    picture.save(file, kind, **options)
    return file.getvalue()


def _desk(size: tuple[int, int], grain: random.Random) -> Image.Image:
    """What the label lies on: a surface with stripes and a few edges."""
    small = (size[0] // 16 + 1, size[1] // 16 + 1)
    rough = Image.frombytes("L", small, grain.randbytes(small[0] * small[1]))
    surface = Image.new("L", size, DESK)
    surface = Image.blend(surface, rough.resize(size, Image.Resampling.BILINEAR), 0.15)
    pen = ImageDraw.Draw(surface)
    for _ in range(6):
        x, y = grain.randrange(size[0]), grain.randrange(size[1])
        pen.line((x, 0, size[0] - x, y), fill=grain.randrange(40, 200), width=grain.randrange(2, 9))
    return surface


def _printed(label: Image.Image, look: Look) -> Image.Image:
    return label.point([look.ink + (look.paper - look.ink) * value // 255 for value in range(256)])


def _places(scene: Scene, labels: Sequence[Image.Image]) -> list[tuple[float, float, float]]:
    """Centre and width of each label in the photo."""
    (width, height), count = scene.look.size, len(labels)
    if scene.is_column:
        rows = [height * (index + 0.5) / count for index in range(count)]
        return [
            (width / 2, y, min(width * scene.look.fill, height / count * 0.9 * _ratio(label)))
            for y, label in zip(rows, labels, strict=True)
        ]
    columns = [width * (index + 0.5) / count for index in range(count)]
    return [(x, height / 2, width / count * scene.look.fill) for x in columns]


def _ratio(label: Image.Image) -> float:
    return label.width / label.height


def _put(
    picture: Image.Image, label: Image.Image, place: tuple[float, float, float], look: Look
) -> None:
    """Paste a label at its place, scaled, seen from the side, and turned."""
    x, y, width = place
    label = label.resize(
        (round(width), round(width / _ratio(label))), Image.Resampling.LANCZOS, reducing_gap=None
    )
    mask = Image.new("L", label.size, WHITE)
    if look.tilt:
        label, mask = _tilted(label, look.tilt), _tilted(mask, look.tilt)
    label, mask = (
        each.rotate(look.angle, Image.Resampling.BICUBIC, expand=True) for each in (label, mask)
    )
    picture.paste(label, (round(x - label.width / 2), round(y - label.height / 2)), mask)


def _tilted(label: Image.Image, tilt: float) -> Image.Image:
    """The label with its upper edge shorter than its lower one."""
    (width, height), inset = label.size, label.size[0] * tilt / 2
    seen = ((inset, inset / 2), (width - inset, inset / 2), (width, height), (0, height))
    flat = ((0, 0), (width, 0), (width, height), (0, height))
    return label.transform(
        label.size, Image.Transform.PERSPECTIVE, _perspective(seen, flat), Image.Resampling.BICUBIC
    )


def _perspective(seen: Quad, flat: Quad) -> list[float]:
    """The eight numbers that take each corner of the photo to that of the label."""
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(seen, flat, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    return _solved(rows)


def _solved(rows: list[list[float]]) -> list[float]:
    """Gaussian elimination; the last number of each row is its right side."""
    size = len(rows)
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [value / rows[column][column] for value in rows[column]]
        for other in range(size):
            if other != column and rows[other][column]:
                factor = rows[other][column]
                pairs = zip(rows[other], rows[column], strict=True)
                rows[other] = [value - factor * of_pivot for value, of_pivot in pairs]
    return [row[-1] for row in rows]


def _taken(picture: Image.Image, look: Look, grain: random.Random) -> Image.Image:
    """What light, lens, hand and sensor make of it."""
    picture = _lit(picture, look)
    if look.motion:
        picture = _moved(picture, look.motion)
    if look.blur:
        picture = picture.filter(ImageFilter.GaussianBlur(look.blur))
    if look.contrast != 1:
        picture = ImageEnhance.Contrast(picture).enhance(look.contrast)
    if look.noise:
        sensor = Image.frombytes("L", picture.size, grain.randbytes(picture.width * picture.height))
        picture = Image.blend(picture, sensor, look.noise)
    return picture


def _lit(picture: Image.Image, look: Look) -> Image.Image:
    if look.light != 1:
        picture = picture.point([min(255, round(value * look.light)) for value in range(256)])
    if look.shade:
        side = Image.linear_gradient("L").rotate(90).resize(picture.size)
        side = side.point([round(255 - look.shade * (255 - value)) for value in range(256)])
        picture = ImageChops.multiply(picture, side)
    if look.glare:
        spot = Image.radial_gradient("L").resize((picture.width // 2, picture.height // 2))
        spot = spot.point([round(look.glare * max(0, 255 - 2 * value)) for value in range(256)])
        light = Image.new("L", picture.size, BLACK)
        light.paste(spot, (picture.width // 3, picture.height // 3))
        picture = ImageChops.screen(picture, light)
    return picture


def _moved(picture: Image.Image, pixels: int) -> Image.Image:
    """Blurred sideways: the mean of copies beside one another."""
    mean = picture
    for index in range(1, pixels):
        moved = ImageChops.offset(picture, index, 0)
        mean = Image.blend(mean, moved, 1 / (index + 1))
    return mean
