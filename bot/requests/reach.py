"""Approvers who cannot be reached: who, when to try again, and what people are told. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from adaptivecardbuilder import AdaptiveCard

from bot.core.errors import WebexError
from bot.core.models.requests import Request
from bot.core.models.text import join_words
from bot.domain.operation import Plan
from bot.requests import views
from cards import requests as cards

APPROVAL_SPACE = "the approval space"
# Seconds between attempts. Short outages pass soon; other problems need a person, and one message
# in five minutes is no burden.
FIRST_PAUSE, MAX_PAUSE = 10.0, 300.0
TRANSIENT_STATUSES = frozenset(
    {401, 408, 423, 429}
)  # 4xx answers that say nothing about the person
NEW_APPROVER_HINT = "An admin can name another approver: grant WHO approver."
ADDRESS_HINT = (
    "Check these addresses in Control Hub. Revoke the role of somebody who has left (revoke WHO "
    "approver), and grant it to somebody else (grant WHO approver): I ask them at once."
)
SPACE_HINT = (
    "Add me to the approval space again, or set PROVBOT_APPROVAL_ROOM to another one and restart "
    "me."
)


@dataclass(frozen=True)
class Reach:
    """How many have the approval card, and to whom Webex did not deliver it."""

    asked: int = 0  # people, each alone
    in_space: bool = False
    missing: Mapping[str, WebexError] = field(default_factory=dict)  # an email, or SPACE

    def is_enough(self, needed: int) -> bool:
        """Whether enough approvers have the card; the readers of a space are taken as enough."""
        return self.in_space or self.asked >= needed

    @property
    def refused(self) -> list[str]:
        """Return those whom a later attempt is not likely to reach."""
        return [recipient for recipient, error in self.missing.items() if is_refused(error)]

    def concerns_admins(self, needed: int) -> bool:
        """Whether an admin must act: too few have the card, or the approval space is closed."""
        return APPROVAL_SPACE in self.refused or (bool(self.refused) and not self.is_enough(needed))


@dataclass(frozen=True)
class Attempt:
    """The last attempt to post a card. `requester_told`: they know that too few have it."""

    reach: Reach
    approvers: Sequence[str]
    next_at: float
    pause: float = FIRST_PAUSE
    requester_told: bool = False
    admins_told: bool = False

    def is_due(self, approvers: Sequence[str], now: float) -> bool:
        """Whether to try again: when the pause is over, or at once for a new approver."""
        return bool(self.reach.missing) and (
            now >= self.next_at or set(approvers) > set(self.approvers)
        )


def is_refused(error: WebexError) -> bool:
    """Whether Webex refuses delivery: no such person, or the bot is not in that space."""
    return 400 <= error.status < 500 and error.status not in TRANSIENT_STATUSES


def record_attempt(
    before: Attempt | None, reach: Reach, approvers: Sequence[str], now: float
) -> Attempt:
    """Record an attempt, with the time of the next one."""
    if before is None:
        return Attempt(reach, approvers, now + FIRST_PAUSE)
    pause = min(before.pause * 2, MAX_PAUSE)
    return Attempt(reach, approvers, now + pause, pause, before.requester_told, before.admins_told)


def not_asked_card(request: Request, reach: Reach, needed: int) -> AdaptiveCard:
    """The requester's card if too few approvers have the approval card."""
    planned = Plan.model_validate(request.plan)
    return cards.failure(
        f"Not enough approvers could be asked: {planned.title}",
        [
            f"{_missing(request, reach, needed)} Nothing was changed.",
            f"I will keep trying until {views.time_of_day(request.approve_by or 0)}, and will tell "
            f"you when they have been asked. {NEW_APPROVER_HINT}",
        ],
        footnote=f"Request {request.code}",
        buttons=[views.button("Cancel", "cancel", request)],
    )


def for_requester(request: Request, reach: Reach, needed: int) -> str:
    """The reminder to the requester if too few approvers have the card."""
    until = views.time_of_day(request.approve_by or 0)
    return (
        f"⏰ {request.code} still waits for approval, until {until}."
        f" {_missing(request, reach, needed)} {NEW_APPROVER_HINT} Or type: cancel {request.code}"
    )


def for_admins(request: Request, reach: Reach, needed: int) -> str:
    """The message that tells admins what to do."""
    planned = Plan.model_validate(request.plan)
    hints = [SPACE_HINT] if APPROVAL_SPACE in reach.missing else []
    hints += [ADDRESS_HINT] if {*reach.missing} - {APPROVAL_SPACE} else []
    return (
        f"{request.code} waits for approval: {planned.title} (asked by {request.requester.shown}). "
        f"{_missing(request, reach, needed)} {' '.join(hints)}"
    )


def _missing(request: Request, reach: Reach, needed: int) -> str:
    not_reached = f"Webex did not deliver my message to {join_words(reach.missing, 'and')}."
    if reach.is_enough(needed):
        return f"The approvers were asked directly. {not_reached}"
    asked = f"only {reach.asked} of {needed}" if reach.asked else "nobody"
    return f"“{request.operation}” needs approval, and {asked} could be asked. {not_reached}"
