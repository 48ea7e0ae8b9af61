"""Where in a picture labels may be, and how they lie, before anything is read.

Readers of bar codes look along lines, and the bars of a label are short: 6° are too much for them.
To try all angles takes seconds, to measure them takes a twentieth of one.
"""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import atan2, cos, degrees, hypot, radians, sin

from PIL import Image, ImageFilter, ImageMath

_LONGEST = 800  # pixels: bars of a label that can be read at all are still seen
_TILE = 40  # pixels: a label is larger
_STEP = 3  # degrees; angles within that are one
_STRAIGHT = 3  # degrees; less needs no turning
_CLEAR = 0.35  # part of the edges of a tile that lie alike, at which it counts
_WEAK = 0.12  # of the strongest angle
_MOST = 3  # angles
_GREY = 128  # of a pixel without an edge
_ACROSS = ImageFilter.Kernel((3, 3), (-1, 0, 1, -2, 0, 2, -1, 0, 1), 8, _GREY)
_DOWN = ImageFilter.Kernel((3, 3), (-1, -2, -1, 0, 0, 0, 1, 2, 1), 8, _GREY)

_FAINT = 0.02  # of the strongest tile: the desk, not the label

Vector = tuple[float, float]


@dataclass(frozen=True)
class Tiles:
    """A picture cut into columns and rows of tiles, row by row.

    For each the mean direction of its edges, and their mean strength. A direction is a vector with
    four times the angle: so the bars of a code and the edges of its label, a right angle apart, add
    up.
    """

    shape: tuple[int, int]
    directions: Sequence[Vector]
    strengths: Sequence[float]


@dataclass(frozen=True)
class Survey:
    """What can be seen of labels without reading them.

    `angles` by which they are turned, in degrees within -45 and 45, the clearest first: readers
    also look at a picture turned by a right angle. Empty if everything is straight. `box` is left,
    top, right and bottom of the part with the clear edges, in pixels of the picture.
    """

    angles: tuple[float, ...]
    box: tuple[int, int, int, int]


def survey(picture: Image.Image) -> Survey:
    """Look at a grey picture."""
    small = picture.copy()
    small.thumbnail((_LONGEST, _LONGEST), Image.Resampling.BOX)
    tiles = _tiles(small)
    return Survey(_angles(_votes(tiles)), _box(tiles, picture.size))


def _angles(votes: Mapping[int, Vector]) -> tuple[float, ...]:
    strongest = max(map(_length, votes.values()), default=0)
    angles: list[float] = []
    for step in sorted(votes, key=lambda step: -_length(votes[step])):
        angle = _angle(votes[step])
        is_new = all(apart(angle, other) > 2 * _STEP for other in angles)
        if is_new and apart(angle, 0) > _STRAIGHT and _length(votes[step]) > _WEAK * strongest:
            angles.append(angle)
    return tuple(angles[:_MOST])


def _box(tiles: Tiles, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The part with strong edges, with a tile around it; the whole if there are none."""
    columns, rows = tiles.shape
    strongest = max(map(_length, tiles.directions))
    strong = [
        divmod(index, columns)
        for index, direction in enumerate(tiles.directions)
        if _length(direction) > _FAINT * strongest
    ]
    if not strong or not strongest:
        return (0, 0, *size)
    top, bottom = min(row for row, _ in strong) - 1, max(row for row, _ in strong) + 2
    left, right = min(column for _, column in strong) - 1, max(column for _, column in strong) + 2
    width, height = size[0] / columns, size[1] / rows
    return (
        max(0, round(left * width)),
        max(0, round(top * height)),
        min(size[0], round(right * width)),
        min(size[1], round(bottom * height)),
    )


def apart(one: float, other: float) -> float:
    """By how many degrees two angles differ, where a right angle is no difference."""
    difference = abs(one - other) % 90
    return min(difference, 90 - difference)


def _tiles(small: Image.Image) -> Tiles:
    shape = (max(1, small.width // _TILE), max(1, small.height // _TILE))
    # Filters leave the outermost pixels as they are.
    inner = (1, 1, max(2, small.width - 1), max(2, small.height - 1))
    x, y = (small.filter(each).crop(inner).convert("F") for each in (_ACROSS, _DOWN))
    x2, y2, xy = (
        ImageMath.lambda_eval(lambda v: (v["x"] - _GREY) * (v["x"] - _GREY), x=x),
        ImageMath.lambda_eval(lambda v: (v["y"] - _GREY) * (v["y"] - _GREY), y=y),
        ImageMath.lambda_eval(lambda v: (v["x"] - _GREY) * (v["y"] - _GREY), x=x, y=y),
    )
    powers = {"x2": x2, "y2": y2, "xy": xy}
    difference = ImageMath.lambda_eval(lambda v: v["x2"] - v["y2"], **powers)
    powers["difference"] = difference
    cosines = ImageMath.lambda_eval(
        lambda v: v["difference"] * v["difference"] - 4 * (v["xy"] * v["xy"]), **powers
    )
    sines = ImageMath.lambda_eval(lambda v: 4 * (v["xy"] * v["difference"]), **powers)
    strengths = ImageMath.lambda_eval(lambda v: (v["x2"] + v["y2"]) * (v["x2"] + v["y2"]), **powers)
    directions = zip(_means(cosines, shape), _means(sines, shape), strict=True)
    return Tiles(shape, tuple(directions), tuple(_means(strengths, shape)))


def _means(image: Image.Image, shape: tuple[int, int]) -> Sequence[float]:
    return array("f", image.resize(shape, Image.Resampling.BOX).tobytes())


def _votes(tiles: Tiles) -> dict[int, Vector]:
    """The sum of the directions that are about the same, by their angle in steps."""
    votes: dict[int, Vector] = {}
    for direction, strength in zip(tiles.directions, tiles.strengths, strict=True):
        if strength and _length(direction) > _CLEAR * strength:
            step = round(_angle(direction) / _STEP)
            x, y = votes.get(step, (0.0, 0.0))
            votes[step] = (x + direction[0], y + direction[1])
    return {step: _with_neighbours(step, votes) for step in votes}


def _with_neighbours(step: int, votes: dict[int, Vector]) -> Vector:
    near = [votes[other] for other in votes if apart(step * _STEP, other * _STEP) <= _STEP]
    return sum(x for x, _ in near), sum(y for _, y in near)


def _length(vector: Vector) -> float:
    return hypot(*vector)


def _angle(vector: Vector) -> float:
    return degrees(atan2(vector[1], vector[0])) / 4


def turned_back(
    point: Vector, angle: float, size: tuple[int, int], turned: tuple[int, int]
) -> Vector:
    """A point of a picture that was turned by an angle in degrees, in the picture before that.

    `size` is that of the picture, `turned` what it became.
    """
    x, y = point[0] - turned[0] / 2, point[1] - turned[1] / 2
    turn = radians(angle)
    return (
        x * cos(turn) - y * sin(turn) + size[0] / 2,
        x * sin(turn) + y * cos(turn) + size[1] / 2,
    )
