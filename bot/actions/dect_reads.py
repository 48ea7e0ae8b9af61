"""What the actions of DECT share: which network a step is about, and whether it is still there."""

from collections.abc import Awaitable
from typing import TypeVar

from bot.actions import dect_steps
from bot.actions.dect_steps import Target
from bot.core.errors import NotFound, WebexError
from bot.core.models.dect import NetworkRef
from bot.core.models.webex import LocationRef
from bot.domain import error_messages, fallback
from bot.domain.operation import Context, Job

T = TypeVar("T")
GONE = "The DECT network {network} does not exist any more: nothing of it is left to take back."


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


def target_of(job: Job) -> Target:
    """The network of a step."""
    details = job.details
    where = LocationRef(details["place"], details["location"])
    return Target(details["network_name"], where, dect_steps.network_of(job).id)


def goes_with_network(job: Job) -> bool:
    """Whether the undo of the request deletes the whole network, as the request created it."""
    return any(step.action == dect_steps.CREATE_NETWORK for step in job.plan.steps)
