"""How many things are read with few calls: from the pages of a list, or one by one."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
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
    ask: Callable[[Q], Awaitable[A]], questions: Collection[Q], at_once: int = AT_ONCE
) -> list[A]:
    """The answers in the order of the questions. After a failure, no more are asked."""
    waiting = iter(enumerate(questions))
    answers: dict[int, A] = {}

    async def work() -> None:
        for index, question in waiting:
            answers[index] = await ask(question)

    workers = [asyncio.ensure_future(work()) for _ in range(min(at_once, len(questions)))]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
    return [answers[index] for index in range(len(questions))]


async def read_while_cheaper(
    pages: AsyncGenerator[Page, None], calls: int, note: Callable[[Page], int]
) -> bool:
    """Read pages until the rest costs less one by one; return whether the list was read to its end.

    `calls` is how many calls it takes to ask for everything one by one. `note` takes a page and
    returns how many it would still take, 0 if nothing is left to find. More pages are not read once
    they have cost as much as the rest would, unless they find enough to be likely to end sooner. So
    both ways together cost at most about twice as much as the better one alone.
    """
    read, left_before, pages_without = 0, calls, 0
    async with aclosing(pages):
        async for page in pages:
            read += 1
            left = note(page)
            if page.is_last:
                return True
            pages_without = 0 if left < left_before else pages_without + 1
            likely_pages = left * read / max(calls - left, 1)
            if left <= read and (likely_pages >= left or pages_without >= left):
                return False
            left_before = left
    return False
