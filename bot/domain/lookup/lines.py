"""Extensions and numbers of owners, so that a phone can be tested by calling it.

They are only shown beside other facts: where they cannot be read soon, they are left out.
"""

import asyncio
from collections.abc import Iterable

from bot.core.errors import WebexError
from bot.core.models.webex import Device, Line
from bot.domain.fallback import read_or_error_briefly
from bot.domain.operation import Context

MAX_OWNERS = 5  # of one answer: each costs a call
TIMEOUT = 2.0  # seconds; a person waits for the rest of the answer


async def lines_of(devices: Iterable[Device], ctx: Context) -> dict[str, Line]:
    """The lines by key of their owner; empty if there are too many owners, or Webex is slow."""
    by_owner = {device.owner_key: device for device in devices if device.owner_key}
    if len(by_owner) > MAX_OWNERS:
        return {}
    reads = [
        read_or_error_briefly(ctx.calling.line_of(key, device.name))
        for key, device in by_owner.items()
    ]
    try:
        async with asyncio.timeout(TIMEOUT):
            answers = await asyncio.gather(*reads)
    except TimeoutError:
        return {}
    return {
        key: line
        for key, line in zip(by_owner, answers, strict=True)
        if line is not None and not isinstance(line, WebexError)
    }
