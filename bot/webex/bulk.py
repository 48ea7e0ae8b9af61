"""How many things are read with few calls: from the pages of a list, or one by one."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import aclosing
from typing import TypeVar

from bot.webex.client import Page

Q = TypeVar("Q")
A = TypeVar("A")

FEW = 5  # questions that are asked one by one, without a look at a list
AT_ONCE = 5  # calls side by side: more would not be faster while Webex limits the rate
# Of a list. Reading 100,000 people takes minutes; what is left then is asked one by one.
MAX_PAGES = 1_000


async def side_by_side(
    ask: Callable[[Q], Awaitable[A]], questions: Iterable[Q], at_once: int = AT_ONCE
) -> list[A]:
    """The answers in the order of the questions. After a failure, no further question is asked."""
    slots = asyncio.Semaphore(at_once)

    async def answer(question: Q) -> A:
        async with slots:
            return await ask(question)

    tasks = [asyncio.ensure_future(answer(question)) for question in questions]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


async def read_while_cheaper(
    pages: AsyncGenerator[Page, None], calls: int, note: Callable[[Page], int]
) -> bool:
    """Read pages until the rest costs less one by one; return whether the list was read to its end.

    `calls` is how many calls it takes to ask for everything one by one. `note` takes a page and
    returns how many it would still take, 0 if nothing is left to find. Both ways together cost at
    most about twice as much as the better one alone: that is why the pages end at last. They go on
    for longer, up to three times, if they have found so much that few are likely to be left.
    """
    read = 0
    async with aclosing(pages):
        async for page in pages:
            read += 1
            left = note(page)
            if page.is_last:
                return True
            likely_pages = left * read / max(calls - left, 1)
            if left <= read and (likely_pages >= left or 2 * left <= read):
                return False
    return False
