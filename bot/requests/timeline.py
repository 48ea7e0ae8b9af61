"""Where the time of a request went, in a few short lines. Pure: rows in, words out.

The moments are those of the audit trail; what was spent on calls is kept with each step (`bot.tally`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.models import listed
from bot.requests.lifecycle import ENDED, State
from bot.requests.show import when
from bot.store.approvals import Verdict
from bot.store.requests import Request

ENDS = {"reject", *(state.value for state in ENDED)}
WORTH_SAYING = 0.1  # seconds of Webex's limit
LONG_FOR_A_TURN = 2.0  # seconds between the last word of a person and the first call of the change


@dataclass(frozen=True)
class Moments:
    """When what happened, in Unix seconds; None: not yet, or never. `sent`: how often it was sent."""

    confirmed: float | None = None
    asked: float | None = None  # an approver
    decided: float | None = None
    began: float | None = None
    ended: float | None = None
    sent: int = 0


def moments(steps: Sequence[tuple[str, float]]) -> Moments:
    """From the entries of the audit trail: action and time, in order."""

    def first(*actions: str) -> float | None:
        return next((at for action, at in steps if action in actions), None)

    def last(*actions: str) -> float | None:
        return next((at for action, at in reversed(steps) if action in actions), None)

    return Moments(
        confirmed=first("waiting", "confirmed"),
        asked=first("waiting"),
        decided=last("approve", "reject"),
        began=first("running"),
        ended=last(*ENDS),
        sent=sum(action == "running" for action, _ in steps),
    )


def lines(
    request: Request, steps: Sequence[tuple[str, float]], given: Sequence[Verdict], now: float
) -> list[str]:
    """Asking, waiting, running, Webex: a line for each that there was."""
    at = moments(steps)
    found = (
        _asking(request, at, now), _waiting(request, at, given, now),
        _running(request, at, now), _webex(request.spent),
    )  # fmt: skip
    return [" · ".join(parts) for parts in found if parts]


def _asking(request: Request, at: Moments, now: float) -> list[str]:
    found = [f"Asked {when(request.created_at, now)}"]
    if request.planned_at is not None:
        found.append(f"plan after {_step(request, 'plan', request.planned_at, request.created_at)}")
    if request.planned_at is not None and at.confirmed is not None:
        found.append(
            f"confirmed after {_step(request, 'confirm', at.confirmed, request.planned_at)}"
        )
    return found


def _waiting(request: Request, at: Moments, given: Sequence[Verdict], now: float) -> list[str]:
    if at.asked is None:
        return []
    names = listed([one.email for one in given], "and") if given else "an approver"
    if request.state == State.WAITING:
        so_far = [f"{names}: decided already"] if given else []
        return [f"Waits for approval since {span(now - at.asked)}", *so_far]
    until = at.decided or at.ended or now
    return [f"Waited {_step(request, 'decide', until, at.asked)} for {names}"]


def _running(request: Request, at: Moments, now: float) -> list[str]:
    if at.began is None or at.confirmed is None:
        return []
    turn = at.began - (at.decided or at.confirmed)
    found = [f"Waited {span(turn)} for its turn"] if turn >= LONG_FOR_A_TURN else []
    if at.ended is None:
        found.append(f"runs since {span(now - at.began)}")
    else:
        found.append(f"ran {_step(request, 'run', at.ended, at.began)}")
    if at.sent > 1:
        found.append(f"sent {at.sent} times")
    found[0] = found[0][0].upper() + found[0][1:]
    return found


def _webex(spent: Mapping[str, Mapping[str, float]]) -> list[str]:
    """All calls together; messages that only tell how it ended are not among them."""

    def total(name: str) -> float:
        return sum(stage.get(name, 0) for stage in spent.values())

    calls, retries = int(total("calls")), int(total("retries"))
    found = [f"{_count(calls, 'call')} to Webex: {span(total('api'))}"] if calls else []
    return [*found, _count(retries, "retry")] if retries else found


def _step(request: Request, stage: str, until: float, since: float) -> str:
    """How long it took, and how much of that Webex's limit."""
    limited = request.spent.get(stage, {}).get("limited", 0.0)
    of_it = f", of it {span(limited)} Webex's limit" if limited >= WORTH_SAYING else ""
    return f"{span(until - since)}{of_it}"


def _count(number: int, one: str) -> str:
    if number == 1:
        return f"1 {one}"
    return f"{number} {one[:-1]}ies" if one.endswith("y") else f"{number} {one}s"


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
