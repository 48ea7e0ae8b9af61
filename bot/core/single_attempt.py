"""Calls to Webex that are made once: their caller comes back later by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ONCE: ContextVar[bool] = ContextVar("single_attempt", default=False)


@contextmanager
def single_attempt() -> Iterator[None]:
    """Calls in the body are neither retried after a failure nor repeated after a 429."""
    token = _ONCE.set(True)
    try:
        yield
    finally:
        _ONCE.reset(token)


def is_single_attempt() -> bool:
    """Whether the current call is made once only."""
    return _ONCE.get()
