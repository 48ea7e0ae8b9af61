"""The power cut, and what hangs until it comes."""

from tests.journeys.world import World, command

NEVER = 600.0  # seconds: what hangs until the bot is killed


async def hang(world: World, method: str, path: str, *, nth: int = 1) -> None:
    """Let these calls hang, and do nothing in the end; those before the nth go through."""
    await world.client.fault(method=method, path=path, times=0, nth=nth, latency=NEVER, drop=True)


async def start_again(world: World) -> None:
    """The power cut, and the next start."""
    await world.kill()
    await world.client.clear_faults()
    await world.start()


async def start_again_at_rest(world: World) -> None:
    """The power cut at night: nothing was under way."""
    await world.at_rest()
    await start_again(world)


async def trail_is_whole(world: World) -> None:
    """`provbot audit verify` finds nothing wrong; AssertionError with what it found."""
    await command(world.env, world.database.parent, "audit", "verify")
