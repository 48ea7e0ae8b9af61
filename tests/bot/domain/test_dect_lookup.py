"""What is found in a network after an answer was lost."""

import pytest

from bot.core.models.dect import BaseStation, Handset, HandsetLine, HandsetSettings
from bot.domain.dect_lookup import find_handsets, missing_macs

ANN = HandsetSettings(line1="ann", display_name="Ann")
ANN_2 = HandsetSettings(line1="ann", line2="bob", display_name="Ann 2")
BOB = HandsetSettings(line1="bob", display_name="Bob")


def handset(key: str, name: str, *members: str) -> Handset:
    return Handset(id=key, display_name=name, lines=tuple(HandsetLine(id=m) for m in members))


def test_base_stations_are_compared_by_their_digits():
    stations = [BaseStation(id="b1", mac="00:00:5e:00:53:01")]
    macs = ["00005E005302", "00005E005301", "00005E005303"]
    assert missing_macs(macs, stations) == ["00005E005302", "00005E005303"]


@pytest.mark.parametrize(
    ("listed", "found"),
    [
        ([], ["", "", ""]),
        ([handset("h1", "ann", "ann"), handset("h2", "Bob", "bob")], ["h1", "", "h2"]),
        # Another handset of the same person, and another person's of the same name.
        ([handset("h1", "Ann desk", "ann"), handset("h2", "Ann", "bob")], ["", "", ""]),
        # The same handset is not found twice.
        ([handset("h1", "Ann 2", "ann"), handset("h2", "Ann 2", "ann")], ["", "h1", ""]),
        ([handset("h1", "", "ann")], ["h1?", "", ""]),
        ([handset("h1", "Bob")], ["", "", "h1?"]),
        ([handset("h1", "Bob", "")], ["", "", "h1?"]),
        # What is certain goes first.
        ([handset("h1", "", "ann"), handset("h2", "Ann", "ann")], ["h2", "h1?", ""]),
        # A second line alone is no first one.
        ([handset("h1", "Bob", "ann", "bob")], ["", "", ""]),
    ],
)
def test_handsets_are_found_by_name_and_first_line(listed, found):
    matches = find_handsets([ANN, ANN_2, BOB], listed)
    assert [match.settings for match in matches] == [ANN, ANN_2, BOB]
    ids = [match.handset.id if match.handset else "" for match in matches]
    marks = [key + "?" * match.is_doubtful for key, match in zip(ids, matches, strict=True)]
    assert marks == found
    assert [match.is_absent for match in matches] == [not key for key in ids]
