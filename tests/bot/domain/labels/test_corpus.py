"""Photos of labels are read, and never wrongly: 61 pictures that the tests draw.

Takes 20 seconds of CPU: each picture without a MAC costs all attempts.
"""

from functools import cache, partial

import pytest

from bot.domain.labels.finder import WORKING, find_codes
from bot.domain.labels.limits import PictureLimits
from bot.domain.labels.pictures import open_picture
from bot.domain.labels.reading import LabelReading, read_labels
from tests.labels.corpus import LABELS, OTHERS, Case
from tests.labels.drawing import encoded, photo

pytestmark = pytest.mark.slow


@cache
def reading(name: str) -> LabelReading:
    """What is read in the photo of that name."""
    [case] = (case for case in (*LABELS, *OTHERS) if case.name == name)
    content = encoded(photo(case.scene), case.kind, **case.options)
    opened = partial(open_picture, content, PictureLimits())
    return read_labels(find_codes(opened(WORKING), whole=opened))


def told(name: str) -> list[tuple[tuple[str, ...], str]]:
    return sorted((label.macs, label.model) for label in reading(name).labels)


@pytest.mark.parametrize("case", [*LABELS, *OTHERS], ids=lambda case: case.name)
def test_nothing_is_read_that_is_not_on_the_label(case: Case):
    true = dict(case.devices)
    for macs, model in told(case.name):
        assert macs in true
        assert model in {true[macs], ""}


def test_at_least_95_percent_are_read_whole():
    missed = [case.name for case in LABELS if told(case.name) != sorted(case.devices)]
    assert len(LABELS) >= 40
    assert len(missed) <= 0.05 * len(LABELS), missed


def test_labels_beside_each_other_are_read_from_left_to_right():
    macs = [label.macs for label in reading("three beside each other").labels]
    assert macs == [macs for macs, _ in next(_devices("three beside each other"))]


def _devices(name: str):
    return (case.devices for case in LABELS if case.name == name)
