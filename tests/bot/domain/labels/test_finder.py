"""Codes are found with their places, and the attempts end in time."""

from itertools import count

import pytest
from PIL import Image

from bot.domain.labels.finder import TimeBudget, find_codes
from bot.domain.labels.survey import apart, survey
from tests.labels.corpus import MAC, phone
from tests.labels.drawing import Look, Scene, photo

CODES = {"CP-8865-K9", f"FCH2145{MAC[-4:]}", MAC}


@pytest.mark.parametrize("angle", [0, 13, 40, 90, 200])
def test_codes_are_where_they_are_in_the_picture(angle):
    picture = photo(Scene([phone()], Look(angle=angle)))
    codes = {code.text: code for code in find_codes(picture)}
    flat = {code.text: code for code in find_codes(photo(Scene([phone()], Look())))}

    assert set(codes) == CODES
    for text, code in codes.items():
        turned = photo_point(flat[text].x, flat[text].y, angle)
        # Codes of bars are found at any height of their bars.
        assert abs(code.x - turned[0]) < 40
        assert abs(code.y - turned[1]) < 40


def photo_point(x: float, y: float, angle: float) -> tuple[float, float]:
    """Where a point of the straight photo is in the one that is turned."""
    dot = Image.new("L", (1_600, 1_200), 0)
    dot.paste(255, (round(x) - 6, round(y) - 6, round(x) + 6, round(y) + 6))
    turned = dot.rotate(angle)
    box = turned.point([0] * 128 + [255] * 128).getbbox()
    assert box
    left, top, right, bottom = box
    return (left + right) / 2, (top + bottom) / 2


def test_each_code_is_found_once_though_several_attempts_read_it():
    picture = photo(Scene([phone()[1:]], Look(angle=10)))  # without a model, attempts go on
    assert sorted(code.text for code in find_codes(picture)) == sorted(CODES - {"CP-8865-K9"})


def test_the_whole_picture_is_not_made_if_a_small_one_is_enough():
    made: list[Image.Image] = []
    picture = photo(Scene([phone()], Look(angle=10)))

    def whole() -> Image.Image:
        made.append(picture.resize((3_200, 2_400)))
        return made[0]

    assert {code.text for code in find_codes(picture, whole=whole)} == CODES
    assert not made


def test_codes_of_the_whole_picture_are_where_they_are_in_the_small_one():
    whole = photo(Scene([phone()], Look(size=(3_200, 2_400), fill=0.2, angle=8)))
    small = whole.resize((800, 600), Image.Resampling.BOX)  # too small for the bars
    codes = find_codes(small, whole=lambda: whole)

    assert find_codes(small) == []
    assert {code.text for code in codes} == CODES
    for code in codes:
        assert abs(code.x - 400) < 60
        assert abs(code.y - 300) < 60


def test_attempts_end_when_the_time_is_over():
    ticks = count()
    find_codes(Image.new("L", (400, 300), 200), TimeBudget(nothing=2, now=lambda: next(ticks)))
    assert next(ticks) <= 5


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (1, 3_000), (3_000, 1), (39, 41)])
def test_a_tiny_picture_breaks_nothing(size):
    assert find_codes(Image.new("L", size, 200)) == []


@pytest.mark.parametrize("angle", [5, 20, 44, 70, 100])
def test_the_angle_of_a_label_is_measured(angle):
    seen = survey(photo(Scene([phone()], Look(angle=angle))))
    assert apart(seen.angles[0], angle) < 3


def test_a_straight_label_needs_no_turning():
    assert survey(photo(Scene([phone()], Look()))).angles == ()


def test_the_part_with_the_label_is_measured():
    left, top, right, bottom = survey(photo(Scene([phone()], Look(fill=0.3)))).box

    assert left < 560 < 1_040 < right  # 30 % of the width, in the middle
    assert (right - left) * (bottom - top) < 0.3 * 1_600 * 1_200
    assert top < 600 < bottom
