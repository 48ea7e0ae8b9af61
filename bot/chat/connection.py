"""What the end of a connection means, and how long to wait before the next one. Pure.

Facts: webex-messaging.md §1.8 (close codes), §3.1 (statuses), §5 item 6 (what stock webex-bot dies of).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from bot.webex.wire import retry_after

FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0  # seconds between attempts to connect
HEALTHY_AFTER = 60.0  # seconds connected before the waits start small again
US_CLUSTERS = frozenset({"urn:TEAM:us-east-2_a", "urn:TEAM:us-east-1_int13"})
REPLACED_WAIT = 30.0  # two of us that connect at once would evict each other for ever


class Then(Enum):
    """What to do before connecting again."""

    AGAIN = "connect again"
    RENEW = "register anew"
    VERIFY = "ask whether the token still lives"


@dataclass(frozen=True)
class End:
    """How a connection ended. `wait`: seconds that must pass at least before the next one."""

    then: Then
    why: str
    wait: float = 0.0


DRAINED = End(Then.AGAIN, "Webex asked for a new connection")


def label(end: End) -> str:
    """For the metrics: what is done next, in one word."""
    return "drained" if end is DRAINED else end.then.name.lower()


# Of a handshake or a registration.
_STATUSES = {401: Then.VERIFY, 404: Then.RENEW, 410: Then.RENEW}
_CODES = {
    1008: Then.VERIFY,  # policy: the authorization failed or came too late
    1009: Then.RENEW,  # a frame too big: an old registration would bring it again
    4401: Then.VERIFY,
    4403: Then.VERIFY,
    4404: Then.RENEW,
}


def ended(problem: Exception) -> End:
    """What to make of the exception that ended a connection, or kept it from being made."""
    response = getattr(problem, "response", None)
    if response is not None:
        return _refused(response)
    closed = getattr(problem, "sent", None) or getattr(problem, "rcvd", None)
    if closed is not None:
        return _closed(_said_last(problem) or closed)
    return End(Then.AGAIN, f"{type(problem).__name__}: {problem}"[:200])


def _refused(response: Any) -> End:
    """An answer of HTTP, to the upgrade or to the registration."""
    status = int(response.status_code)
    headers = {name.lower(): value for name, value in response.headers.items()}
    wait = retry_after(headers) if "retry-after" in headers else 0.0
    return End(_STATUSES.get(status, Then.AGAIN), f"HTTP status {status}", wait)


def _said_last(problem: Any) -> Any:
    """The close frame of who closed first; the other one only echoes it."""
    first, second = problem.rcvd, problem.sent
    return first if first is not None and problem.rcvd_then_sent is not False else second


def _closed(frame: Any) -> End:
    why = f"closed with {frame.code} {frame.reason}"[:200].strip()
    if frame.code == 4000:
        return End(
            Then.AGAIN, f"{why}: is another provbot running with this database?", REPLACED_WAIT
        )
    return End(_CODES.get(frame.code, Then.AGAIN), why)


def cluster_of(catalog: Any, url: str) -> str:
    """The cluster part of public ids for things at this address, by the hosts of the discovery (§1.1)."""
    try:
        entries = catalog[urlsplit(url).netloc]
        teams = [str(entry["id"]).rpartition(":")[0] for entry in entries]
    except (LookupError, TypeError, ValueError):  # a host or a shape that nobody knows
        return "us"
    return next((team for team in teams if team and team not in US_CLUSTERS), "us")


class Backoff:
    """Waits that double from half a second to a minute, and start small again after health."""

    def __init__(self, jitter: Callable[[float, float], float]) -> None:
        """`jitter` draws from a range, as `random.uniform` does: a cloud that comes back must not meet all its bots at once."""
        self._jitter = jitter
        self._wait = FIRST_WAIT

    def after(self, end: End, lasted: float) -> float:
        """Seconds to wait, after a connection that lasted so many seconds."""
        if lasted > HEALTHY_AFTER:
            self._wait = FIRST_WAIT
            if end is DRAINED:
                return 0.0
        wait = self._wait * self._jitter(0.5, 1.5)
        self._wait = min(self._wait * 2, LONGEST_WAIT)
        return max(wait, end.wait * self._jitter(1.0, 1.2))
