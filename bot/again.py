"""Once more: stamina decides whether and when, and costs nothing while all goes well."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import stamina

T = TypeVar("T")


async def again(
    work: Callable[[], Awaitable[T]],
    on: Callable[[Exception], bool | float],
    *,
    name: str = "",
    **how: Any,
) -> T:
    """The result of `work`, which is done again while `on` says that its failure is worth it.

    `on` and `how` are those of `stamina.retry_context`; `name` is what is counted. It is made only after a first failure, which
    counts as its first attempt: making it takes longer than most of what is done here.
    """
    try:
        return await work()
    except Exception as problem:
        if on(problem) is False:  # 0.0 is at once
            raise
        failed = problem
    async for attempt in stamina.retry_context(on=on, **how).with_name(name, (), {}):
        with attempt:
            if attempt.num == 1:
                raise failed
            return await work()
    raise AssertionError
