"""What the actions of DECT share: which network a step is about, and whether it is still there."""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TypeVar

from bot.core.errors import NotFound, WebexError
from bot.core.models.dect import DectNetwork, NetworkContents, NetworkRef
from bot.core.models.webex import LocationRef
from bot.domain import error_messages, fallback
from bot.domain.operation import Context, Job
from bot.domain.plan import DoneStep
from bot.operations.actions import dect_steps
from bot.operations.actions.dect_steps import NETWORK_VALUE, Target

T = TypeVar("T")
GONE = "The DECT network {network} does not exist any more."


async def unless_network_gone(read: Awaitable[T], network: NetworkRef, ctx: Context) -> T | None:
    """The answer of a read about a network; None if the network is gone."""
    try:
        return await read
    except WebexError as error:
        if not await is_network_gone(error, network, ctx):
            raise
        return None


async def is_network_gone(error: WebexError, network: NetworkRef, ctx: Context) -> bool:
    """Whether the error is that the network was deleted: not any 404 means that."""
    if error_messages.is_network_gone(error):
        return True
    if not isinstance(error, NotFound):
        return False
    answer = await fallback.read_or_error(ctx.calling.dect.network(network))
    return answer is None


async def is_network_there(network: NetworkRef, ctx: Context) -> bool:
    """Whether the network can be read."""
    answer = await fallback.read_or_error(ctx.calling.dect.network(network))
    return answer is not None and not isinstance(answer, WebexError)


async def contents_of(network: NetworkRef, ctx: Context) -> NetworkContents:
    """The network with all that is in it; with the undo of many steps it was read once for all."""
    if network in ctx.networks:
        return ctx.networks[network]
    dect = ctx.calling.dect
    now, stations, handsets = await asyncio.gather(
        unless_network_gone(dect.network(network), network, ctx),
        fallback.read_or_error(dect.base_stations(network)),
        fallback.read_or_error(dect.handsets(network)),
    )
    return NetworkContents(
        now,
        stations if isinstance(stations, WebexError) else tuple(stations),
        handsets if isinstance(handsets, WebexError) else tuple(handsets),
    )


async def of_steps(done: Iterable[DoneStep], ctx: Context) -> dict[NetworkRef, NetworkContents]:
    """The networks that these steps are about, each read once."""
    networks = {
        NetworkRef(done_step.step.details["location"], network_id)
        for done_step in done
        if done_step.step.action in dect_steps.ACTIONS and (network_id := _network_id(done_step))
    }
    contents = await asyncio.gather(*(contents_of(network, ctx) for network in networks))
    return dict(zip(networks, contents, strict=True))


def _network_id(done: DoneStep) -> str:
    before, after = done.values.get(NETWORK_VALUE), done.outcome.values.get(NETWORK_VALUE)
    return done.step.details.get("network") or before or after or ""


def required(listed: tuple[T, ...] | WebexError) -> tuple[T, ...]:
    """The list of a network, without which there is no answer; raises its error."""
    if isinstance(listed, WebexError):
        raise listed
    return listed


def target_of(job: Job, now: DectNetwork | None = None) -> Target:
    """The network of a step, called as it is now."""
    details = job.details
    where = LocationRef(details["place"], details["location"])
    name = now.name if now else details["network_name"]
    return Target(name, where, dect_steps.network_of(job).id)


def gone(job: Job) -> str:
    """That the network is gone, and with it what is to be taken back."""
    return GONE.format(network=job.details["network_name"])


def goes_with_network(job: Job) -> bool:
    """Whether the undo of the request deletes the whole network, as the request created it."""
    return any(step.action == dect_steps.CREATE_NETWORK for step in job.plan.steps)
