"""Somebody without a role in a space with our cards gets one sentence once, whatever they do."""

import json

import pytest

from tests.journeys import cards
from tests.journeys.world import SAM, TOM, Json, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SENTENCE = (
    "Sorry, you are not on the list of people I work for."
    " Please ask a provbot admin to add you (sam@acme.example)."
)


def denials(world: World) -> list[Json]:
    """What the trail says of the stranger."""
    return world.rows("select * from audit where action = 'denied' and actor = ?", SAM)


async def test_all_attempts_of_a_stranger_are_answered_and_recorded_once(fresh: World):
    alone = cards.code_of(await fresh.say(TOM, "add phone D82E3EEF7F01 8865 for bob@acme.example"))
    room = await fresh.client.room(TOM, "Phone rollout")
    plan = await fresh.say(
        TOM, "add phone D82E3EEF7F02 8865 for bob@acme.example", roomId=room, mention=True
    )
    here = cards.code_of(plan)
    seq = await fresh.client.seq()

    async with fresh.nothing_changes():
        for code in (alone, here, "ZZZ9", "", "x" * 5000):
            for press in ("confirm", "cancel", "approve", "reject", "again", "undo", "stop"):
                data = {"request": code, "press": press, "version": 2}
                await fresh.client.press(SAM, plan["id"], data=data)
            await fresh.client.press(SAM, plan["id"], data={"say": f"approve {code}"})
            await fresh.client.say(SAM, f"cancel {code}"[:900])
        await fresh.client.press(SAM, plan["id"], data={})
        await fresh.at_rest()

    heard = [*await fresh.answers(SAM, seq, room), *await fresh.answers(SAM, seq)]
    (answer,) = heard
    assert answer["text"].startswith(SENTENCE)
    (row,) = denials(fresh)
    assert json.loads(row["detail"])["why"] == SENTENCE
    assert fresh.state(alone) == fresh.state(here) == "draft"
    assert await fresh.stop() == 0
    assert [json.loads(denial["detail"]).get("tries") for denial in denials(fresh)] == [None, 45]


async def test_a_strangers_first_answer_is_the_same_for_every_press(fresh: World):
    """The bot starts again each time, because a stranger hears it once an hour."""
    room = await fresh.client.room(TOM, "Phone rollout")
    plan = await fresh.say(
        TOM, "add phone D82E3EEF7F03 8865 for bob@acme.example", roomId=room, mention=True
    )
    other = await fresh.say(TOM, "help", roomId=room, mention=True)
    heard = set()
    for code in (cards.code_of(plan), "ZZZ9"):
        for press in ("confirm", "approve"):
            data = {"request": code, "press": press, "version": 2}
            answer = await fresh.craft(SAM, other, **data)
            heard.add((answer["text"], answer["parentId"]))
            assert await fresh.stop() == 0
            await fresh.start()
    assert heard == {(SENTENCE, other["parentId"])}
