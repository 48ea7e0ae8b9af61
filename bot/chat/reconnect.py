"""What the end of a connection means, and how long to wait before the next one. Pure.

Facts: docs/webex/messaging.md §1.8 (close codes), §3.1 (statuses), §5 item 6 (errors that stop
stock webex-bot).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from bot.webex.responses import retry_after

MIN_WAIT, MAX_WAIT = 0.5, 60.0  # seconds between attempts to connect
HEALTHY_AFTER = 60.0  # seconds connected; the next wait is then short again
# A registration is named after the database; `provbot doctor` registers briefly under its own name.
NAME_PREFIX, DOCTOR = "provbot-", "provbot-doctor"
US_CLUSTERS = frozenset({"urn:TEAM:us-east-2_a", "urn:TEAM:us-east-1_int13"})
REPLACED_WAIT = 30.0  # seconds; two bots that reconnect at once would evict each other forever


class Reaction(Enum):
    """What to do before connecting again. The values are labels of a metric."""

    RECONNECT = "reconnect"
    REREGISTER = "reregister"
    VERIFY_TOKEN = "verify_token"  # noqa: S105 - a label


@dataclass(frozen=True)
class Disconnect:
    """How a connection ended. `wait` is the minimum number of seconds before the next one."""

    reaction: Reaction
    reason: str
    wait: float = 0.0


DRAINED = Disconnect(Reaction.RECONNECT, "Webex asked for a new connection")
DRAINED_LABEL = "drained"

# By HTTP status, of a handshake or a registration.
_BY_STATUS = {401: Reaction.VERIFY_TOKEN, 404: Reaction.REREGISTER, 410: Reaction.REREGISTER}
# By close code.
_BY_CODE = {
    1008: Reaction.VERIFY_TOKEN,  # policy: the authorization failed or came too late
    1009: Reaction.REREGISTER,  # a frame is too big: the old registration would deliver it again
    4401: Reaction.VERIFY_TOKEN,
    4403: Reaction.VERIFY_TOKEN,
    4404: Reaction.REREGISTER,
}


def label(disconnect: Disconnect) -> str:
    """The value of the metric's label."""
    return DRAINED_LABEL if disconnect is DRAINED else disconnect.reaction.value


def interpret(error: Exception) -> Disconnect:
    """Interpret the exception that ended a connection or prevented it."""
    response = getattr(error, "response", None)
    if response is not None:
        return _refused(response)
    frame = getattr(error, "sent", None) or getattr(error, "rcvd", None)
    if frame is not None:
        return _closed(_first_close_frame(error) or frame)
    return Disconnect(Reaction.RECONNECT, f"{type(error).__name__}: {error}"[:200])


def _refused(response: Any) -> Disconnect:
    """Interpret an HTTP response to the upgrade or to the registration."""
    status = int(response.status_code)
    headers = {name.lower(): value for name, value in response.headers.items()}
    wait = retry_after(headers) if "retry-after" in headers else 0.0
    return Disconnect(_BY_STATUS.get(status, Reaction.RECONNECT), f"HTTP status {status}", wait)


def _first_close_frame(error: Any) -> Any:
    """The close frame of the side that closed first; the other frame only echoes it."""
    received, sent = error.rcvd, error.sent
    return received if received is not None and error.rcvd_then_sent is not False else sent


def _closed(frame: Any) -> Disconnect:
    reason = f"closed with {frame.code} {frame.reason}"[:200].strip()
    if frame.code == 4000:
        reason += ": is another provbot running with this database?"
        return Disconnect(Reaction.RECONNECT, reason, REPLACED_WAIT)
    return Disconnect(_BY_CODE.get(frame.code, Reaction.RECONNECT), reason)


def other_registrations(names: Iterable[str], own_name: str) -> set[str]:
    """The names of the registrations that other provbots made with this bot's token."""
    return {name for name in names if name.startswith(NAME_PREFIX)} - {own_name, DOCTOR}


def cluster_of(catalog: Any, url: str) -> str:
    """The cluster part of public ids at this address, according to the discovered hosts.

    See docs/webex/messaging.md §1.1.
    """
    try:
        entries = catalog[urlsplit(url).netloc]
        teams = [str(entry["id"]).rpartition(":")[0] for entry in entries]
    except (LookupError, TypeError, ValueError):  # an unknown host or shape
        return "us"
    return next((team for team in teams if team and team not in US_CLUSTERS), "us")


class Backoff:
    """Waits that double up to a minute, and start short again after a healthy connection."""

    def __init__(self, jitter: Callable[[float, float], float]) -> None:
        """`jitter` draws from a range, like `random.uniform`, so that bots reconnect one by one."""
        self._jitter = jitter
        self._wait = MIN_WAIT

    def after(self, disconnect: Disconnect, lasted: float) -> float:
        """Seconds to wait after a connection that lasted `lasted` seconds."""
        if lasted > HEALTHY_AFTER:
            self._wait = MIN_WAIT
            if disconnect is DRAINED:
                return 0.0
        wait = self._wait * self._jitter(0.5, 1.5)
        self._wait = min(self._wait * 2, MAX_WAIT)
        return max(wait, disconnect.wait * self._jitter(1.0, 1.2))
