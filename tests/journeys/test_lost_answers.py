"""Webex posts a message, and its answer is lost: the person sees the message once."""

import pytest

from tests.journeys import cards
from tests.journeys.world import ELI, TOM, VERA, World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def lose(world: World, *, nth: int = 1, times: int = 1) -> None:
    """Every nth answer to a post of the bot is lost, so many times."""
    await world.client.fault(
        method="POST", path="/messages", afterCommit=True, drop=True, everyNth=nth, times=times
    )


async def test_an_answer_that_was_lost_on_its_way_stands_once(world: World):
    await lose(world)

    sent = await world.client.say(VERA, "whoami")

    (answer,) = await world.answers(VERA, sent["seq"])
    assert "Roles: viewer" in answer["text"]


async def test_the_result_of_a_change_stands_once_and_its_buttons_work(world: World):
    plan = await world.say(TOM, "add phone D82E3EEF9A01 8865 for jack@acme.example")
    await world.client.difficulty("lost_answers")

    pressed = await world.client.press(TOM, plan["id"], "Confirm")

    (result,) = await world.answers(TOM, pressed["seq"])
    await world.client.difficulty("lost_answers", on=False)
    assert "now belongs to Jack" in result["text"]
    assert len(await world.devices("D82E3EEF9A01")) == 1
    undo = await world.press(TOM, result, "Undo")
    await world.press(TOM, undo, "Cancel")


@pytest.mark.parametrize("number", range(3))
async def test_a_plan_and_its_result_stand_once_whichever_answer_is_lost(world: World, number: int):
    await lose(world, nth=number + 1)
    mac = f"D82E3EEF9A1{number}"
    sent = await world.client.say(TOM, f"add phone {mac} 8865 for lena@acme.example")
    (plan,) = await world.answers(TOM, sent["seq"])

    pressed = await world.client.press(TOM, plan["id"], "Confirm")

    (result,) = await world.answers(TOM, pressed["seq"])
    assert "now belongs to Lena" in result["text"]


async def test_a_code_in_a_direct_message_stands_once(world: World):
    plan = await world.say(ELI, "activation code 8865 for jack@acme.example")
    await lose(world, times=2)

    pressed = await world.client.press(ELI, plan["id"], "Confirm")

    told = await world.answers(ELI, pressed["seq"])
    assert [cards.code_of(message) for message in told] == [cards.code_of(plan)]


async def test_a_code_asked_for_in_a_space_goes_to_the_person_once(world: World):
    room = await world.client.room(ELI, "Phone rollout")
    sent = await world.client.say(
        ELI, "activation code 8865 for jack@acme.example", roomId=room, mention=True
    )
    plan = await world.answer(ELI, sent["seq"], room=room)
    await lose(world, times=2)

    pressed = await world.client.press(ELI, plan["id"], "Confirm")
    in_space = await world.answers(ELI, pressed["seq"], room)
    direct = await world.answers(ELI, pressed["seq"])

    assert len(direct) == 1
    assert in_space  # a bot cannot list its own messages there: the result may stand twice
