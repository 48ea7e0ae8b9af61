"""Approvers who cannot be reached: who, when to try again, and what people are told. Pure."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus

from adaptivecardbuilder import AdaptiveCard

from bot.core.errors import NotFound, WebexError
from bot.core.models.local_time import LocalTime
from bot.core.models.people import Role
from bot.core.models.requests import Request
from bot.core.models.text import join_words
from bot.domain.plan import Plan
from bot.domain.policy import DENY_ALL, Decision, Policy, rule_for
from bot.requests import views
from bot.requests.approval_rules import is_among, mailbox
from cards import requests as cards

APPROVAL_SPACE = "the approval space"
# Seconds between attempts. Short outages pass soon; other problems need a person, and one message
# in five minutes is no burden.
FIRST_PAUSE, MAX_PAUSE = 10.0, 300.0
TRANSIENT_STATUSES = frozenset(
    {401, 408, 423, 429}
)  # 4xx answers that say nothing about the person
OWN_ADVICE = "You can name another approver: {command}."
OPERATOR_ADVICE = "Please ask the operator of provbot to name another approver: {command}."
SERVER_HINT = "Only the operator of provbot can name another approver, on the server: {command}."
ADDRESS_HINT = (
    "Check these addresses in Control Hub. Revoke the role of somebody who has left (revoke WHO "
    "{role}), and grant it to somebody else (grant WHO {role}): I ask them at once."
)
NOBODY = "Webex finds nobody with the address {who}."
NOT_ALLOWED = "Webex does not let me write to {who}."
NOT_DELIVERED = "Webex did not deliver my message to {who}."
NO_LONGER = "The people I asked are no longer approvers."
FEW_MEMBERS = "The approval space has too few members who are approvers."
SPACE_CLOSED = "I cannot post in {who}: it was deleted, or I was removed from it."
DOMAIN_HINT = (
    "I can ask {domains} only in an approval space: add me to one and write “use this space for "
    "approvals” there. "
)
SPACE_HINT = (
    "Add me to the approval space again, or write “use this space for approvals” in another one."
)
CONFIGURED_SPACE_HINT = (
    "Add me to the approval space again, or set PROVBOT_APPROVAL_ROOM to another one and restart "
    "me."
)


@dataclass(frozen=True)
class Naming:
    """How another approver is named: with which role, and whether an admin can do it in chat.

    On the server it always works, even where `grant` itself needs approval that nobody can give.
    """

    role: Role
    in_chat: bool

    def command(self, location: str = "") -> str:
        """Return what to type in chat: `grant WHO approver at Lyon`."""
        return f"grant WHO {self.role}" + (f" at {location}" if location else "")

    def server_command(self, location: str = "") -> str:
        """Return what to type on the server: `provbot access add WHO approver`."""
        at = f" --location {shlex.quote(location)}" if location else ""
        return f"provbot access add WHO {self.role}{at}"


def naming(operation: str, policy: Policy) -> Naming:
    """Return how to name another approver for an operation."""
    accepted = rule_for(operation, policy).approve
    role = Role.APPROVER
    if role not in accepted:
        role = next((other for other in Role if other in accepted), role)
    granting = policy.get("grant", DENY_ALL).roles.get(Role.ADMIN, Decision.DENY)
    return Naming(role, in_chat=granting is Decision.DO)


@dataclass(frozen=True)
class CardDelivery:
    """Who has the approval card, and to whom Webex did not deliver it."""

    people: frozenset[str] = frozenset()  # addresses of approvers
    in_space: bool = False
    missing: Mapping[str, WebexError] = field(default_factory=dict)  # an email, or APPROVAL_SPACE
    few_members: bool = False  # of the approval space are approvers

    @property
    def asked(self) -> int:
        """How many people have the card, each alone."""
        return len({mailbox(email) for email in self.people})

    def is_enough(self, needed: int) -> bool:
        """Whether enough approvers have the card; the readers of a space are taken as enough."""
        return self.in_space or self.asked >= needed

    def among(self, approvers: Sequence[str]) -> "CardDelivery":
        """The delivery as far as these people count, who are the approvers now."""
        missing = {
            recipient: error
            for recipient, error in self.missing.items()
            if recipient in approvers or recipient == APPROVAL_SPACE
        }
        people = frozenset(email for email in self.people if is_among(email, approvers))
        in_space = self.in_space and bool(approvers)
        return replace(self, people=people, in_space=in_space, missing=missing)

    def without(self, nobody: Iterable[str]) -> "CardDelivery":
        """The delivery without addresses that nobody has: Webex may accept messages to them."""
        unknown = {email: NotFound(404, "") for email in nobody}
        return replace(self, people=self.people - {*unknown}, missing={**unknown, **self.missing})

    @property
    def refused(self) -> list[str]:
        """Return those whom a later attempt is not likely to reach."""
        return [recipient for recipient, error in self.missing.items() if is_refused(error)]

    def concerns_admins(self, needed: int) -> bool:
        """Whether an admin must act: too few have the card, or the approval space is closed.

        If nobody was refused, it may only be an outage, unless nobody is left to try.
        """
        for_good = bool(self.refused) or not self.missing
        return APPROVAL_SPACE in self.refused or (for_good and not self.is_enough(needed))


@dataclass(frozen=True)
class Attempt:
    """The last attempt to post a card. `requester_told`: they know that too few have it."""

    delivery: CardDelivery
    approvers: Sequence[str]
    next_at: float
    pause: float = FIRST_PAUSE
    requester_told: bool = False
    admins_told: bool = False

    def is_due(self, approvers: Sequence[str], needed: int, now: float) -> bool:
        """Whether to try again: when the pause is over, or at once for a new approver."""
        present = self.delivery.among(approvers)
        is_open = bool(self.delivery.missing) or not present.is_enough(needed)
        is_new = not {*approvers} <= {*self.approvers}
        may_change = bool(self.delivery.missing) or self.delivery.few_members
        return is_open and (is_new or (may_change and now >= self.next_at))


def is_refused(error: WebexError) -> bool:
    """Whether Webex refuses delivery: no such person, or the bot is not in that space."""
    return 400 <= error.status < 500 and error.status not in TRANSIENT_STATUSES


def record_attempt(
    before: Attempt | None, delivery: CardDelivery, approvers: Sequence[str], now: float
) -> Attempt:
    """Record an attempt, with the time of the next one."""
    if before is None:
        return Attempt(delivery, approvers, now + FIRST_PAUSE)
    pause = min(before.pause * 2, MAX_PAUSE)
    return Attempt(
        delivery, approvers, now + pause, pause, before.requester_told, before.admins_told
    )


def advice(admins: Sequence[str], naming: Naming) -> str:
    """What a requester can do, with these admins by name."""
    if not (admins and naming.in_chat):
        return OPERATOR_ADVICE.format(command=naming.server_command())
    return f"Please ask {join_words(admins)} to name another approver: {naming.command()}."


def not_asked_card(
    request: Request, delivery: CardDelivery, needed: int, advice: str, local: LocalTime
) -> AdaptiveCard:
    """The requester's card if too few approvers have the approval card."""
    planned = Plan.model_validate(request.plan)
    return cards.failure(
        f"Not enough approvers could be asked: {planned.title}",
        [
            f"{_missing(request, delivery, needed)} Nothing was changed.",
            f"I will keep trying until {local.show(request.approve_by or 0)}, and will tell "
            f"you when they have been asked. {advice}",
        ],
        footnote=f"Request {request.code}",
        buttons=[views.button("Cancel", "cancel", request)],
    )


def for_requester(
    request: Request, delivery: CardDelivery, needed: int, advice: str, local: LocalTime
) -> str:
    """The reminder to the requester if too few approvers have the card."""
    until = local.show(request.approve_by or 0)
    return (
        f"⏰ {request.code} still waits for approval, until {until}."
        f" {_missing(request, delivery, needed)} {advice} Or type: cancel {request.code}"
    )


def for_admins(
    request: Request, delivery: CardDelivery, needed: int, naming: Naming, *, is_configured: bool
) -> str:
    """The message that tells admins what to do. `is_configured`: a setting names the space."""
    planned = Plan.model_validate(request.plan)
    hints = (
        [CONFIGURED_SPACE_HINT if is_configured else SPACE_HINT]
        if APPROVAL_SPACE in delivery.missing
        else []
    )
    hints += [_address_hint(naming)] if {*delivery.missing} - {APPROVAL_SPACE} else []
    hints = hints or [_members_hint(delivery) + _grant_hint(planned, naming)]
    return (
        f"{request.code} waits for approval: {planned.title} (asked by {request.requester.shown}). "
        f"{_missing(request, delivery, needed)} {' '.join(hints)}"
    )


def nobody_for_admins(request: Request, needed: int, domains: Sequence[str], naming: Naming) -> str:
    """The message to the admins about a request that too few people may approve.

    `domains` are approvers that can be asked only in an approval space.
    """
    planned = Plan.model_validate(request.plan)
    hint = DOMAIN_HINT.format(domains=join_words(domains, "and")) if domains else ""
    return (
        f"{request.requester.shown} asked for: {planned.title}. I could not ask for approval: "
        f"“{request.operation}” needs {needed}, and too few people may give it. "
        f"Nothing was changed. {hint}{_grant_hint(planned, naming)}"
    )


def _members_hint(delivery: CardDelivery) -> str:
    return "Please add approvers to the space. Or: " if delivery.few_members else ""


def _grant_hint(planned: Plan, naming: Naming) -> str:
    if not naming.in_chat:
        return SERVER_HINT.format(command=naming.server_command(planned.only_location))
    return f"Please name an approver: {naming.command(planned.only_location)}."


def _address_hint(naming: Naming) -> str:
    if not naming.in_chat:
        return SERVER_HINT.format(command=naming.server_command())
    return ADDRESS_HINT.format(role=naming.role)


def _missing(request: Request, delivery: CardDelivery, needed: int) -> str:
    not_reached = " ".join(_causes(delivery.missing))
    if delivery.is_enough(needed):
        return f"The approvers were asked directly. {not_reached}"
    asked = f"only {delivery.asked} of {needed}" if delivery.asked else "nobody"
    why = not_reached or (FEW_MEMBERS if delivery.few_members else NO_LONGER)
    return f"“{request.operation}” needs approval, and {asked} could be asked. {why}"


def _causes(missing: Mapping[str, WebexError]) -> list[str]:
    """Why each was not reached: a sentence for all with the same cause."""
    by_cause: dict[str, list[str]] = {}
    for recipient, error in missing.items():
        by_cause.setdefault(_cause(recipient, error), []).append(recipient)
    return [cause.format(who=join_words(who, "and")) for cause, who in by_cause.items()]


def _cause(recipient: str, error: WebexError) -> str:
    if recipient == APPROVAL_SPACE:
        return SPACE_CLOSED if is_refused(error) else NOT_DELIVERED
    by_status: dict[int, str] = {HTTPStatus.NOT_FOUND: NOBODY, HTTPStatus.FORBIDDEN: NOT_ALLOWED}
    return by_status.get(error.status, NOT_DELIVERED)
