"""What Webex for Government lacks stands in one table, and each command names what it needs."""

import pytest

from bot.domain.unsupported import GAPS, Feature, gap, warnings
from bot.operations import COMMANDS


def test_every_feature_has_its_sentence():
    assert set(GAPS) == set(Feature)
    assert all("Webex for Government" in missing.sentence for missing in GAPS.values())


@pytest.mark.parametrize("feature", Feature)
def test_only_the_government_cloud_lacks_it(feature):
    assert gap(feature, government=True) is GAPS[feature]
    assert gap(feature, government=False) is None
    assert warnings(feature, government=True) == (GAPS[feature].sentence,)
    assert warnings(feature, government=False) == ()


def test_a_command_without_a_feature_lacks_nothing():
    assert gap(None, government=True) is None
    assert warnings(None, government=True) == ()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_each_command_that_makes_a_dect_call_names_the_feature(command):
    calls = [call.call.lower() for call in (*command.needs, *command.does_without)]
    makes_dect_calls = any("dect" in call for call in calls)
    names_dect = any("dect" in name for name in command.names)
    assert (command.feature is Feature.DECT) is (makes_dect_calls or names_dect)
