"""Pictures from outside: upright and grey, or a sentence that says what is wrong with them."""

import io
import struct
import zlib

import pillow_heif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from bot.core.errors import Refused
from bot.domain.labels.limits import PictureLimits
from bot.domain.labels.picture_kinds import picture_kind
from bot.domain.labels.pictures import open_picture
from tests.labels.drawing import encoded

LIMITS = PictureLimits(pixels=20_000, webp_pixels=20_000)
DARK, LIGHT = 60, 190  # up to which a pixel is dark, from which it is light
MADE_FOR_SIZE = 30_000


def picture(mode: str = "RGB") -> Image.Image:
    """White with a black upper left quarter, 120 by 80."""
    drawn = Image.new("L", (120, 80), 255)
    ImageDraw.Draw(drawn).rectangle((0, 0, 59, 39), fill=0)
    return drawn.convert(mode)


def is_upright(read: Image.Image) -> bool:
    if read.size != (120, 80):
        return False
    shades = {(x, y): read.tobytes()[y * read.width + x] for x in (10, 110) for y in (10, 70)}
    dark = shades.pop((10, 10))
    return read.mode == "L" and dark < DARK and min(shades.values()) > LIGHT


def heic(drawn: Image.Image) -> bytes:
    file = io.BytesIO()
    pillow_heif.from_pillow(drawn).save(file, quality=90)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_opened_in_grey(kind):
    assert is_upright(open_picture(encoded(picture(), kind), LIMITS))


def test_a_heic_picture_is_opened():
    assert is_upright(open_picture(heic(picture()), LIMITS))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "LA", "CMYK", "I;16"])
def test_a_picture_of_any_mode_is_opened(mode):
    drawn = picture("L").convert("I").point(lambda value: value * 257) if "I" in mode else picture()
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert is_upright(open_picture(encoded(drawn.convert(mode), kind), LIMITS))


def test_what_is_transparent_is_white():
    drawn = Image.new("RGBA", (120, 80), (0, 0, 0, 0))
    ImageDraw.Draw(drawn).rectangle((0, 0, 59, 39), fill=(0, 0, 0, 255))
    assert is_upright(open_picture(encoded(drawn, "PNG"), LIMITS))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_the_camera_was_held(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    held = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }.get(orientation)
    drawn = picture() if held is None else picture().transpose(held)

    assert is_upright(open_picture(encoded(drawn, "JPEG", exif=exif), LIMITS))


def test_broken_exif_does_not_matter():
    exif = b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\xff\xff" + b"\xff" * 40
    assert is_upright(open_picture(encoded(picture(), "JPEG", exif=exif), LIMITS))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MAC,Model,Owner\n",
        b"GIF89a" + bytes(40),
        b"%PDF-1.7",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00mif1avif",
        b"\x00\x00\x00\x18ftypmp42" + bytes(40),
        b"RIFF\x00\x00\x00\x00WAVEfmt ",
    ],
)
def test_another_kind_of_file_has_its_sentence(content):
    with pytest.raises(Refused, match="not a picture that I can read"):
        open_picture(content, LIMITS)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("part", [0.02, 0.5])
def test_a_picture_that_ends_too_early_is_damaged(kind, part):
    grain = Image.frombytes("L", (120, 80), bytes(index * 7919 % 256 for index in range(9_600)))
    whole = encoded(grain, kind)
    with pytest.raises(Refused, match="damaged or incomplete"):
        open_picture(whole[: max(20, round(part * len(whole)))], LIMITS)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_with_too_many_pixels_is_not_decoded(kind):
    with pytest.raises(Refused, match="has 1 megapixels"):
        open_picture(encoded(Image.new("L", (200, 101)), kind), LIMITS)


def test_a_bomb_is_refused_by_what_it_says_of_itself():
    size = struct.pack(">IIBBBBB", MADE_FOR_SIZE, MADE_FOR_SIZE, 8, 0, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(b""))
    with pytest.raises(Refused, match="900 megapixels, and I read at most 40"):
        open_picture(content, PictureLimits())


def chunk(name: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + checksum


def test_the_kind_is_told_by_the_content_alone():
    assert [picture_kind(encoded(picture(), kind)) for kind in ("JPEG", "PNG", "WEBP")] == [
        "JPEG", "PNG", "WEBP",
    ]  # fmt: skip
    assert picture_kind(heic(picture())) == "HEIF"


BEGINNINGS = [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x00\x00\x00\x00WEBP"]


@given(st.sampled_from(BEGINNINGS), st.binary(max_size=400))
def test_no_bytes_break_it(beginning, rest):
    with pytest.raises(Refused):
        open_picture(beginning + rest, LIMITS)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_kind(content):
    assert picture_kind(content) in {"", "JPEG", "PNG", "WEBP", "HEIF"}


def test_a_webp_may_have_fewer_pixels_than_others():
    limits = PictureLimits(webp_pixels=9_000)  # the picture has 9,600
    assert is_upright(open_picture(encoded(picture(), "PNG"), limits))
    with pytest.raises(Refused, match="has 1 megapixels"):
        open_picture(encoded(picture(), "WEBP"), limits)


@pytest.mark.parametrize(
    ("kind", "size", "opened"),
    [
        ("JPEG", (400, 300), (200, 150)),
        ("JPEG", (436, 300), (218, 150)),  # a little longer is as good
        ("JPEG", (441, 300), (441, 300)),
        ("JPEG", (398, 300), (398, 300)),  # half would be less
        ("JPEG", (300, 800), (75, 200)),
        ("JPEG", (200, 150), (200, 150)),
        ("PNG", (400, 300), (400, 300)),
    ],
)
def test_a_jpeg_is_decoded_at_a_part_of_its_size_if_that_is_enough(kind, size, opened):
    limits = PictureLimits(pixels=300_000)
    content = encoded(Image.new("L", size, 200), kind)

    assert open_picture(content, limits, 200).size == opened
    assert open_picture(content, limits).size == size


def test_a_jpeg_that_is_decoded_at_a_half_is_upright():
    drawn = picture().resize((240, 160)).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it by 90° clockwise

    assert is_upright(open_picture(encoded(drawn, exif=exif), PictureLimits(pixels=40_000), 120))
