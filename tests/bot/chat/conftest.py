"""What tests of progress messages share."""

from functools import partial
from pathlib import Path

import pytest

from tests.bot.chat.timed import Play, played


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Do something with progress messages on a virtual clock; what was shown, and when."""
    return partial(played, tmp_path / "provbot.db")
