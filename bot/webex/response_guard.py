"""Turns an answer of an unexpected shape into an error, as if there had been no answer.

Answers are read tolerantly: a missing optional field is no error. If a required field is missing or
has the wrong type, the caller gets a WebexError instead of a TypeError or KeyError.
"""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from bot.core import logs
from bot.core.errors import OutcomeUnknown, Unavailable, WebexError

P = ParamSpec("P")
T = TypeVar("T")
Method = Callable[P, Coroutine[Any, Any, T]]

log = logs.get_logger("webex")

# Raised by code that reads an unexpected shape; pydantic's error is a ValueError.
SHAPE_ERRORS = (KeyError, IndexError, TypeError, ValueError, AttributeError)
NOT_UNDERSTOOD = "The answer was not understood."


def guarded_read(method: Method[P, T]) -> Method[P, T]:
    """Raise Unavailable if the answer to a read has an unexpected shape."""
    return _guarded(method, Unavailable)


def guarded_write(method: Method[P, T]) -> Method[P, T]:
    """Raise OutcomeUnknown if the answer to a change has an unexpected shape."""
    return _guarded(method, OutcomeUnknown)


def _guarded(method: Method[P, T], error_type: type[WebexError]) -> Method[P, T]:
    @wraps(method)
    async def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await method(*args, **kwargs)
        except SHAPE_ERRORS as error:
            log.warning("malformed_response", what=method.__name__, reason=type(error).__name__)
            raise error_type(502, NOT_UNDERSTOOD) from error

    return call
