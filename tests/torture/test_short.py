"""The short form: the same as `make torture`, with a fixed seed, in less than a minute."""

from pathlib import Path

import pytest

from tests.torture.play import Plan, play

SHORT = Plan(seed=12, commands=220, people=25, pause=0.7, deaths=14.0, restarts=5.0)


@pytest.mark.timeout(400)
async def test_nothing_is_lost_done_twice_or_left_unanswered(tmp_path: Path):
    result = await play(SHORT, tmp_path)

    assert not result.findings, result.trace()
    assert len(result.record.deeds) >= SHORT.commands
    assert result.figures["kill"], result.summary()
    assert any(change.good for change in result.record.changes)
