"""What to make of an answer whose shape nobody has documented: it is as good as no answer.

Answers are read tolerantly: what is missing and not needed is no fault. Where something needed is
missing, or is a number instead of a word, nothing can be told of it; who asked hears that Webex's answer
was not understood instead of hearing nothing.
"""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from bot import telemetry
from bot.errors import OutcomeUnknown, Unavailable, WebexError

P = ParamSpec("P")
T = TypeVar("T")
Method = Callable[P, Coroutine[Any, Any, T]]

log = telemetry.get_logger("webex")

ODD = (KeyError, IndexError, TypeError, ValueError, AttributeError)  # pydantic's is a ValueError
WORDS = "The answer was not understood."


def reads(method: Method[P, T]) -> Method[P, T]:
    """A question: an answer of an odd shape is Unavailable."""
    return _understood(method, Unavailable)


def changes(method: Method[P, T]) -> Method[P, T]:
    """A change: after an answer of an odd shape nobody knows whether it was made."""
    return _understood(method, OutcomeUnknown)


def _understood(method: Method[P, T], error: type[WebexError]) -> Method[P, T]:
    @wraps(method)
    async def asked(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await method(*args, **kwargs)
        except ODD as problem:
            log.warning("answer not understood", what=method.__name__, why=type(problem).__name__)
            raise error(502, WORDS) from problem

    return asked
