"""What is followed in tests of what people hear of it, and what a look would have shown."""

from collections.abc import Sequence

from bot.core.models.followed import FollowedDevice, FollowState
from bot.domain.registration import key_of
from bot.store import followed
from tests.bot.requests.fixtures import DIRECT, PHONE, RequestFixture
from tests.example_org import FREE_MAC
from tests.fake_messenger import PostedMessage

WINDOW = 3600.0
OTHER_MAC, THIRD_MAC = "D82E3EEF4E61", "D82E3EEF4E62"
THREE = f"{FREE_MAC} 8865 ann@example.com\n{OTHER_MAC} 8865 Lobby\n{THIRD_MAC} 8865 ann@example.com"
CODES = "8865 ann@example.com\n8865 bob@example.com"
REGISTERED, GONE, EXPIRED = FollowState.REGISTERED, FollowState.GONE, FollowState.EXPIRED
LOST = FollowState.LOST


async def devices(world: RequestFixture, code: str) -> list[FollowedDevice]:
    return await world.store.call(followed.of, code)


async def settle(world: RequestFixture, code: str, state: FollowState, *numbers: int) -> None:
    """What a look has shown of the devices with these numbers, from 0."""
    rows = await devices(world, code)
    for number in numbers:
        await world.store.call(followed.settle, rows[number], state, world.clock())


async def tell(world: RequestFixture, passes: float = 3.0) -> list[str]:
    """The texts that are posted when so many seconds have passed."""
    mark = len(world.messenger.posted)
    world.clock.now += passes
    await world.following.news.tell()
    await world.runner.progress.finish()
    return [message.text for message in world.messenger.posted[mark:]]


def look(world: RequestFixture, waiting: Sequence[FollowedDevice]) -> None:
    """A complete look was made just now."""
    seen = {key_of(device): world.clock() for device in waiting}
    world.following.polling._memory.listed_at.update(seen)


async def seen_at_end(world: RequestFixture, code: str) -> None:
    """The window is over, and a look at its end has shown everything."""
    world.clock.now += WINDOW
    look(world, await devices(world, code))


async def added(world: RequestFixture, place=DIRECT) -> str:
    return await world.confirmed("add phone", PHONE, place=place)


def summed_up(world: RequestFixture) -> list[PostedMessage]:
    """The messages that sum up, of those that stand."""
    return [each for each in world.messenger.standing if " registered" in each.text.split(";")[0]]
