"""When a request was asked, decided and done, and where its time went, in a few lines. Pure.

The moments come from the audit trail, the time of calls from the request (`bot.core.call_stats`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.models.local_time import LocalTime
from bot.core.models.requests import Request, Vote
from bot.core.models.steps import StepRecord
from bot.core.models.text import join_words
from bot.requests import journal
from bot.requests.lifecycle import ENDED, UNDER_WAY, State
from bot.requests.views import state_in_words

END_ACTIONS = {"reject", *(state.value for state in ENDED)}
MIN_SHOWN_LIMIT = 0.1  # seconds of waiting for Webex's rate limit
MIN_SHOWN_WAIT = 2.0  # seconds between the last press and the first call of the change


@dataclass(frozen=True)
class Moments:
    """The moments of a request in Unix seconds; None if not reached. `sent` counts the sends."""

    confirmed: float | None = None
    asked: float | None = None  # an approver
    decided: float | None = None
    began: float | None = None
    ended: float | None = None
    sent: int = 0


def moments(trail: Sequence[tuple[str, float]]) -> Moments:
    """Read the moments from audit entries: pairs of action and time, in order."""

    def first(*actions: str) -> float | None:
        return next((moment for action, moment in trail if action in actions), None)

    def last(*actions: str) -> float | None:
        return next((moment for action, moment in reversed(trail) if action in actions), None)

    return Moments(
        confirmed=first("waiting", "confirmed"),
        asked=first("waiting"),
        decided=last("approve", "reject"),
        began=first("running"),
        ended=last(*END_ACTIONS),
        sent=sum(action == "running" for action, _ in trail),
    )


def lines(
    request: Request,
    trail: Sequence[tuple[str, float]],
    votes: Sequence[Vote],
    local: LocalTime,
    steps: Sequence[StepRecord] = (),
) -> list[str]:
    """Describe asking, waiting, running and the calls to Webex, one line for each.

    `trail` are the entries about the request: pairs of action and time; `steps` its journal.
    """
    times, now = moments(trail), local.now
    parts = (
        _asking(request, times, local),
        _waiting(request, times, votes, now),
        _running(request, times, now, steps),
        _webex(request.spent),
    )
    return [" · ".join(line) for line in parts if line]


def summary(
    request: Request,
    trail: Sequence[tuple[str, float]],
    votes: Sequence[Vote],
    local: LocalTime,
    steps: Sequence[StepRecord] = (),
) -> list[str]:
    """What happened when, in one line, for people who do not ask where the time went."""
    times = moments(trail)
    names = join_words([vote.by.shown for vote in votes], "and")
    by = f" by {names}" if names else ""
    happened = [
        ("confirmed", times.confirmed),
        (f"rejected{by}" if request.state == State.REJECTED else f"approved{by}", times.decided),
        (_end(request), times.ended),
    ]
    parts = [f"Asked {local.phrase(request.created_at)}"]
    parts += [f"{event} {local.phrase(moment)}" for event, moment in happened if event and moment]
    if request.state == State.WAITING:
        parts.append(f"waits for approval until {local.show(request.approve_by or 0)}")
    if request.state in UNDER_WAY and len(steps) > 1:
        parts.append(f"{journal.done_count(steps)} so far")
    return [" · ".join(parts)]


def _end(request: Request) -> str:
    """How it ended; empty if it has not, or if that is told with the decision."""
    is_told = request.state not in ENDED or request.state == State.REJECTED
    return "" if is_told else state_in_words(request)


def _asking(request: Request, times: Moments, local: LocalTime) -> list[str]:
    parts = [f"Asked {local.phrase(request.created_at)}"]
    if request.planned_at is not None:
        parts.append(f"plan after {_step(request, 'plan', request.planned_at, request.created_at)}")
    if request.planned_at is not None and times.confirmed is not None:
        parts.append(
            f"confirmed after {_step(request, 'confirm', times.confirmed, request.planned_at)}"
        )
    return parts


def _waiting(request: Request, times: Moments, votes: Sequence[Vote], now: float) -> list[str]:
    if times.asked is None:
        return []
    names = join_words([vote.by.shown for vote in votes], "and") if votes else "an approver"
    if request.state == State.WAITING:
        so_far = [f"{names} decided already"] if votes else []
        return [f"Waiting for approval for {span(now - times.asked)}", *so_far]
    until = times.decided or times.ended or now
    return [f"Waited {_step(request, 'decide', until, times.asked)} for {names}"]


def _running(
    request: Request, times: Moments, now: float, steps: Sequence[StepRecord]
) -> list[str]:
    if times.began is None or times.confirmed is None:
        return []
    turn = times.began - (times.decided or times.confirmed)
    parts = [f"Waited {span(turn)} for its turn"] if turn >= MIN_SHOWN_WAIT else []
    if times.ended is None:
        parts.append(f"running for {span(now - times.began)}")
    else:
        parts.append(f"ran {_step(request, 'run', times.ended, times.began)}")
    parts += _sends(times, steps)
    parts[0] = parts[0][0].upper() + parts[0][1:]
    return parts


def _sends(times: Moments, steps: Sequence[StepRecord]) -> list[str]:
    """Of many steps, how many are done and how many were sent more than once."""
    if len(steps) <= 1:
        return [f"sent {times.sent} times"] if times.sent > 1 else []
    again = sum(step.attempts > 1 for step in steps)
    return [journal.done_count(steps), *([f"{_count(again, 'step')} sent again"] if again else [])]


def _webex(spent: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Sum up the calls, without the messages that tell how the request ended."""

    def total(name: str) -> float:
        return sum(stage.get(name, 0) for stage in spent.values())

    calls, retries = int(total("calls")), int(total("retries"))
    parts = [f"{_count(calls, 'call')} to Webex: {span(total('api'))}"] if calls else []
    return [*parts, _count(retries, "retry")] if retries else parts


def _step(request: Request, stage: str, until: float, since: float) -> str:
    """Format how long a step took, and how much of that was Webex's rate limit."""
    limited = request.spent.get(stage, {}).get("limited", 0.0)
    of_it = f", {span(limited)} of it for Webex's rate limit" if limited >= MIN_SHOWN_LIMIT else ""
    return f"{span(until - since)}{of_it}"


def _count(number: int, noun: str) -> str:
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun[:-1]}ies" if noun.endswith("y") else f"{number} {noun}s"


def span(seconds: float) -> str:
    """`0.8 s`, `25 s`, `12 min`, `3 h 20 min`, `2 d 3 h`."""
    seconds = max(seconds, 0.0)
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"
