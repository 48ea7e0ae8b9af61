"""Each judge finds what was doctored."""

from collections.abc import Callable

import pytest

from sandbox.chat_model import Draft
from tests.outcomes import clock, judges
from tests.outcomes.cloud import ADMIN, Call
from tests.outcomes.journeys import GROUP, PASSWORD, named
from tests.outcomes.run import WRONG, _Play
from tests.outcomes.stage import Stage, staged

ADD = Call(ADMIN, "POST", "devices")


def posted(text: str, room: str = "") -> Callable[[Stage], None]:
    """The bot says something."""

    def say(stage: Stage) -> None:
        cloud = stage.cloud.cloud
        cloud.chat.post(cloud.bot_key, stage.cloud.room("tom", room), Draft(text=text))

    return say


def changed(times: int) -> Callable[[Stage], None]:
    """Webex is changed, and nobody knows."""
    return lambda stage: stage.cloud.changed.extend([ADD] * times)


def wrote(sql: str) -> Callable[[Stage], None]:
    """The database holds something else."""

    def write(stage: Stage) -> None:
        stage.store.db.conn.execute(sql)

    return write


@pytest.mark.parametrize(
    ("doctored", "expected"),
    [
        (posted("⏳ 7K3F: Tag the Cisco 8845 …"), "a line stands"),
        (posted("I found no person called Ann."), "found no person"),
        (posted("Something went wrong in provbot, and nothing more was done."), "it broke"),
        (posted(f"The password is {PASSWORD}."), "the password was posted"),
        (posted("The access code is 1234.", GROUP), "a code is in a group space"),
        (changed(1), "1 changes"),
        (changed(2), "more than one change"),
        (
            wrote(
                "insert into events (id, kind, event, received_at) values ('e', 'said', '{}', 0)"
            ),
            "unanswered",
        ),
        (lambda stage: stage.log.append({"event": "x", "exception": "Traceback"}), "exception"),
        (lambda stage: stage.log.append({"event": stage.cloud.cloud.bot_token}), "secret"),
    ],
)
def test_what_is_wrong_is_found(doctored: Callable[[Stage], None], expected: str):
    async def play() -> list[str]:
        async with staged() as stage:
            play = _Play(stage, named("whoami"), None)
            doctored(stage)
            await play.all()
            assert play.result.cell == WRONG
            return play.result.wrong

    assert any(expected in judgement for judgement in clock.run(play()))


def test_nothing_was_changed_is_no_truth_after_a_change():
    async def play() -> list[str]:
        async with staged() as stage:
            posted("Nothing was changed.", GROUP)(stage)
            assert list(judges.broken_words(stage, 0)) == []
            changed(1)(stage)
            posted("Nothing was changed.")(stage)
            return list(judges.broken_words(stage, 0))

    (judgement,) = clock.run(play())
    assert "after a change" in judgement


@pytest.mark.parametrize(
    ("text", "is_true"),
    [
        ("Partly done: 1 of 3 done. Nothing else was changed.", True),
        ("Partly done: 1 of 3 done. Nothing was changed.", False),
        ("Not done. Nothing else was changed.", False),
    ],
)
def test_nothing_else_was_changed_is_true_of_a_part_alone(text: str, is_true: bool):
    async def play() -> list[str]:
        async with staged() as stage:
            changed(1)(stage)
            posted(text)(stage)
            return list(judges.broken_words(stage, 0))

    assert (clock.run(play()) == []) == is_true


@pytest.mark.parametrize(
    ("text", "is_true"),
    [
        ("1 of 3 done", True),
        ("2 of 3 done", False),
        ("Not done", False),
        ("Partly done: Add 3 phones\nAdded: 1\nFailed: 2", True),
        ("Partly done: Add 3 phones\nAdded: 2\nFailed: 1", False),
        ("Added: 1", False),
    ],
)
def test_a_part_is_told_as_the_journal_has_it(text: str, is_true: bool):
    async def play() -> bool:
        async with staged() as stage:
            wrote(
                "insert into steps (request, number, key, state) values"
                " ('7K3F', 1, 'remove', 'done'), ('7K3F', 2, 'add', 'failed')"
            )(stage)
            return judges.tells_half_done(stage, text)

    assert clock.run(play()) == is_true


@pytest.mark.parametrize(
    ("text", "is_true"),
    [
        ("Partly done: Set up\nBases added: 1\nThe DECT network Hall was created in Lyon.", True),
        ("Partly done: Set up\nBases added: 1", False),
        ("Partly done: Set up\nFailed: 1\nThe DECT network Hall was created in Lyon.", False),
    ],
)
def test_a_part_of_a_dect_network_is_told_with_the_network(text: str, is_true: bool):
    async def play() -> bool:
        async with staged() as stage:
            wrote(
                "insert into steps (request, number, key, state) values"
                " ('7K3F', 1, 'network', 'done'), ('7K3F', 2, 'row 1 base', 'done'),"
                " ('7K3F', 3, 'row 1', 'failed')"
            )(stage)
            return judges.tells_half_done(stage, text)

    assert clock.run(play()) == is_true
