"""Which failures are worth retrying, how often and for how long: named policies, run by stamina."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

import stamina

from bot.core import call_stats
from bot.core.errors import (
    DatabaseUnavailable,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    TemporaryFailure,
    Unauthorized,
    Unavailable,
    Undecodable,
    Unreached,
    WebexError,
)
from bot.core.single_attempt import is_single_attempt

T = TypeVar("T")

# Decides on an error, given the seconds since the first attempt began. A float is the number of
# seconds to wait before the next attempt; 0.0 means at once.
Decision = Callable[[Exception, float], bool | float]

EVENT_TIMEOUT = 3600.0  # seconds; an outage, a locked database or a full disk may last as long
# Seconds in which a 403 or 404 may still pass. REST may show a message a minute after the socket
# announced it. What stays hidden for longer was deleted, or the bot was removed from the space.
VISIBILITY_TIMEOUT = 150.0
MIN_RETRY_AFTER = 1.0  # seconds; a Retry-After of 0 must not cause a flood of calls

READ_TIMEOUT = 40.0  # seconds; a person waits
MAX_LOCK_WAIT = 30.0  # seconds; the person hears of a longer Retry-After of a 423 instead
SCAN_TIMEOUT = 60.0  # seconds in which Webex may scan a file; the person is told that it takes long

# Attempts to decide on a request while other people decide on it at the same moment.
DECISION_ATTEMPTS = 5


@dataclass(frozen=True)
class Policy:
    """What is retried, how often (`attempts`) and for how long (`timeout`, in seconds).

    `name` is what the retry metric counts. Waits double from `min_wait` to `max_wait` seconds.
    """

    decide: Decision
    name: str = ""
    attempts: int | None = None
    timeout: float | None = None
    min_wait: float = 0.1
    max_wait: float = 5.0
    jitter: float = 1.0

    def pauses(self) -> Iterator[float]:
        """The waits without jitter, one before each retry, for code that has its own clock."""
        for number in range(self.attempts or 0):
            yield min(self.min_wait * 2.0**number, self.max_wait)


async def run(policy: Policy, work: Callable[[], Awaitable[T]]) -> T:
    """Return the result of `work`, retrying it as the policy says.

    stamina's context is made only after a first failure, which counts as the first attempt: making
    it takes longer than most of the work.
    """
    now = asyncio.get_running_loop().time
    began = now()

    def decide(error: Exception) -> bool | float:
        return policy.decide(error, now() - began)

    try:
        return await work()
    except Exception as error:
        if is_single_attempt() or decide(error) is False:  # 0.0 means at once
            raise
        first_error = error
    context = stamina.retry_context(
        on=decide,
        attempts=policy.attempts,
        timeout=policy.timeout,
        wait_initial=policy.min_wait,
        wait_max=policy.max_wait,
        wait_jitter=policy.jitter,
    )
    async for attempt in context.with_name(policy.name, (), {}):
        with attempt:
            if attempt.num == 1:
                raise first_error
            return await work()
    raise AssertionError


async def twice_if(error: type[Exception], work: Callable[[], Awaitable[T]]) -> T:
    """Do the work, and once more at once after that error."""
    try:
        return await work()
    except error:
        return await work()


def is_refusal(error: Exception) -> bool:
    """Whether Webex refused: not an outage, a rate limit or a dead token."""
    outages = (Unavailable, RateLimited, OutcomeUnknown, Unauthorized)
    return isinstance(error, WebexError) and not isinstance(error, outages)


def _is_read_retryable(error: Exception, _seconds: float) -> bool | float:
    if isinstance(error, RateLimited):
        is_short_lock = error.status == HTTPStatus.LOCKED and error.retry_after <= MAX_LOCK_WAIT
        return error.retry_after if is_short_lock else False
    return isinstance(error, Unavailable)


def _may_become_downloadable(error: Exception, seconds: float) -> bool | float:
    """Retry while the file is scanned, and if Webex does not answer or the file breaks off."""
    if isinstance(error, RateLimited):
        wait = max(error.retry_after, MIN_RETRY_AFTER)
        is_in_time = error.status == HTTPStatus.LOCKED and seconds + wait <= SCAN_TIMEOUT
        return wait if is_in_time else False
    return isinstance(error, Unavailable) and seconds < READ_TIMEOUT


def _is_change_retryable(error: Exception, seconds: float) -> bool | float:
    """Retry after a 423 or without a connection: then nothing was done. Else never."""
    return isinstance(error, RateLimited | Unreached) and _is_read_retryable(error, seconds)


def _is_database_error(error: Exception, _seconds: float) -> bool:
    return isinstance(error, DatabaseUnavailable)


def _is_webex_error(error: Exception, _seconds: float) -> bool:
    return isinstance(error, WebexError)


def _is_outage(error: Exception, _seconds: float) -> bool:
    return isinstance(error, WebexError) and not isinstance(error, Unauthorized)


def _is_temporary(error: Exception, _seconds: float) -> bool:
    return isinstance(error, TemporaryFailure)


def _may_become_listable(error: Exception, seconds: float) -> bool:
    return is_refusal(error) and seconds < VISIBILITY_TIMEOUT


def _may_become_readable(error: Exception, seconds: float) -> bool | float:
    is_hidden = isinstance(error, NotFound)
    return _may_pass(error, seconds, VISIBILITY_TIMEOUT if is_hidden else EVENT_TIMEOUT)


def _may_become_postable(error: Exception, seconds: float) -> bool | float:
    is_forbidden = isinstance(error, Forbidden | NotFound)
    return _may_pass(error, seconds, VISIBILITY_TIMEOUT if is_forbidden else EVENT_TIMEOUT)


def _may_become_writable(error: Exception, seconds: float) -> bool:
    return isinstance(error, DatabaseUnavailable) and seconds < EVENT_TIMEOUT


def _may_pass(error: Exception, seconds: float, timeout: float) -> bool | float:
    is_permanent = isinstance(error, Unauthorized | Undecodable)
    is_outage = isinstance(error, WebexError | DatabaseUnavailable)
    if is_permanent or not is_outage or seconds >= timeout:
        return False
    if isinstance(error, RateLimited):
        return max(error.retry_after, MIN_RETRY_AFTER)
    return True


# A 429 is not repeated here: the rate
# limiter does that for all calls of an API.
READ = Policy(_is_read_retryable, call_stats.CALL, attempts=4, timeout=READ_TIMEOUT)
# A file: Webex locks it until it is scanned.
DOWNLOAD = Policy(_may_become_downloadable, call_stats.CALL, min_wait=0.5, max_wait=10.0)
# A change is repeated only if it certainly did nothing.
CHANGE = Policy(_is_change_retryable, call_stats.CALL, attempts=4, timeout=40.0)
# The stages of an event. A person hears within half a minute after an outage ends.
READ_EVENT = Policy(_may_become_readable, call_stats.EVENT, min_wait=0.3, max_wait=30.0, jitter=0.3)
ANSWER_EVENT = Policy(
    _may_become_writable, call_stats.EVENT, min_wait=0.3, max_wait=30.0, jitter=0.3
)
POST_REPLY = Policy(_may_become_postable, call_stats.EVENT, min_wait=0.3, max_wait=30.0, jitter=0.3)
# A press cannot be fetched a second time, so it is stored for as long as the process lives.
CLAIM_EVENT = Policy(_is_database_error, call_stats.DATABASE, min_wait=0.5, max_wait=2.0)
# The reply is posted already; noting that must not post it again.
NOTE_REPLY = Policy(_is_database_error, call_stats.DATABASE, max_wait=10.0)
# A call was made, and its answer waits until it is noted; a locked database gets a minute.
NOTE_CALL = Policy(
    _is_database_error, call_stats.DATABASE, timeout=60.0, min_wait=0.3, max_wait=5.0
)
# Nobody waits for background work, so a locked database gets time.
BACKGROUND = Policy(
    _is_database_error, call_stats.DATABASE, min_wait=10.0, max_wait=10.0, jitter=0.0
)
# Messages that were missed stay missed until an outage ends.
CATCH_UP = Policy(_is_outage, call_stats.CATCH_UP, min_wait=1.0, max_wait=30.0)
# A refusal must last to count: a stray one would lose the messages of a space.
LIST = Policy(_may_become_listable, call_stats.CATCH_UP, min_wait=1.0, max_wait=30.0)
# A result is posted for a quarter of an hour, then again at the next start.
DELIVER = Policy(
    _is_webex_error, call_stats.NOTIFICATION, timeout=900.0, min_wait=1.0, max_wait=30.0
)
# The process starts before the network does, whatever Webex answers.
REACH_WEBEX = Policy(_is_webex_error, call_stats.START, max_wait=30.0)
# A lock or a full disk may pass. Ten failed starts take longer than the five minutes in which
# systemd allows ten (deploy/provbot.service).
START = Policy(_is_temporary, call_stats.START, timeout=30.0, max_wait=5.0)
# A request's work resumes for about an hour after a database error, then at the next start.
RESUME = Policy(
    _is_database_error, call_stats.DATABASE, attempts=64, min_wait=1.0, max_wait=60.0, jitter=0.0
)
