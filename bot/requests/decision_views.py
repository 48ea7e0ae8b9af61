"""Cards and sentences about approval: asking, deciding, and what was decided. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from adaptivecardbuilder import AdaptiveCard

from bot.core.models.local_time import LocalTime
from bot.core.models.requests import REJECT, Request, Vote
from bot.core.models.text import join_words
from bot.domain.lookup.locations import LOCATION
from bot.domain.plan import Plan
from bot.requests import list_rows
from bot.requests.lifecycle import ENDED, State
from bot.requests.views import button, change, show_list, was_stopped
from cards import requests as cards

MAX_LOCATIONS = 8  # named on a card; the rest is counted


def approval(request: Request, local: LocalTime, needed: int = 1) -> AdaptiveCard:
    """The approval card: requester, plan, a field for the reason, Approve and Reject.

    `needed` is how many people must approve.
    """
    planned = Plan.model_validate(request.plan)
    people = f" · {needed} people must approve" if needed > 1 else ""
    return cards.approval(
        _shown_change(planned),
        requester=cards.Requester(request.requester.name, request.requester.email, request.reason),
        subtitle=f"Request {request.code} · until {local.show(request.approve_by or 0)}{people}",
        buttons=[
            button("Approve", "approve", request, "positive"),
            button("Reject", "reject", request, "destructive"),
            *show_list(request),
        ],
    )


def _shown_change(planned: Plan) -> cards.Change:
    """What is to be approved: of a list its first rows, and those with warnings."""
    if not planned.is_told_by_rows:
        planned = list_rows.of_few_lines(planned)
    facts = (*planned.facts, *planned.context, *_reached(planned))
    if not planned.is_told_by_rows:
        return change(planned, facts)
    return replace(
        change(planned, (*facts, *list_rows.warning_facts(planned))),
        steps=(),
        rows=list_rows.named_rows(planned),
        warned_rows=list_rows.first_warnings(planned),
    )


def _reached(planned: Plan) -> list[tuple[str, str]]:
    """Into which locations a plan of many steps reaches: approvers answer for all of them.

    None if its facts say so already.
    """
    if not planned.has_many_steps or _names_locations(planned):
        return []
    names = [place.name or "a location without a name" for place in planned.locations]
    shown, more = names[:MAX_LOCATIONS], len(names) - MAX_LOCATIONS
    text = join_words([*shown, *([f"{more} more"] if more > 0 else [])], "and")
    return [("Locations", text if names else "the whole organization")]


def _names_locations(planned: Plan) -> bool:
    """Whether the facts name all locations; those of a list do if there are few."""
    if not planned.is_of_list:
        return (LOCATION, planned.places) in planned.facts
    fact, names = (
        dict(planned.facts).get(LOCATION, ""),
        [location.name for location in planned.locations],
    )
    return bool(names) and all(name and name in fact for name in names)


def waiting(request: Request, local: LocalTime, note: str = "", needed: int = 1) -> AdaptiveCard:
    """The requester's card while the request waits for approval by `needed` people."""
    planned = Plan.model_validate(request.plan)
    decided = (
        f"{needed} people have approved it or one rejects it"
        if needed > 1
        else ("somebody decides")
    )
    return cards.failure(
        f"Waiting for approval: {planned.title}",
        [
            *([note] if note else ()),
            f"I will tell you as soon as {decided}, by "
            f"{local.show(request.approve_by or 0)} at the latest.",
        ],
        footnote=f"Request {request.code}",
        buttons=[button("Cancel", "cancel", request)],
    )


def final(request: Request, votes: Sequence[Vote], local: LocalTime) -> str:
    """The final message in place of an approval card: who decided what, and when."""
    planned = Plan.model_validate(request.plan)
    subject = _subject(request, planned)
    rejected = request.state == State.REJECTED
    names = join_words(
        [vote.by.shown for vote in votes if (vote.verdict == REJECT) == rejected], "and"
    )
    at = local.phrase(request.changed_at)
    match State(request.state):
        case State.REJECTED:
            return f"✗ Rejected by {names} {at}: “{votes[-1].reason}”. {subject}"
        case State.EXPIRED:
            why = (
                f". {_reason(request)}"
                if request.outcome
                else ": nobody decided. Nothing was changed. "
            )
            return f"⌛ Expired {at}{why}{subject}"
        case State.CANCELLED if was_stopped(request):
            stopped = f"Stopped by {who_changed(request)} {at}. {_reason(request)}"
            return f"✓ Approved by {names}. {stopped}{subject}"
        case State.CANCELLED:
            return (
                f"✗ Cancelled by {who_changed(request)} {at}. Nothing was changed. "
                f"{_reason(request)}{subject}"
            )
    return f"✓ Approved by {names} {at}. {subject}"


def who_changed(request: Request) -> str:
    """Who brought the request where it is, by name if that is known."""
    email = request.stopped_by if was_stopped(request) else request.changed_by
    return request.requester.shown if email == request.requester.email else email


def _subject(request: Request, planned: Plan) -> str:
    return f"{request.code}: {planned.title} (asked by {request.requester.shown})"


def _reason(request: Request) -> str:
    return f"{request.outcome['title']} " if request.outcome else ""


def ended(
    request: Request, final: str, votes: Sequence[Vote], local: LocalTime
) -> AdaptiveCard | str:
    """The requester's message about the decision, with “Ask again” if nothing was done."""
    if request.state not in ENDED:
        return final
    if request.state == State.REJECTED and votes:
        return _rejected(request, votes[-1], local)
    planned = Plan.model_validate(request.plan)
    return cards.failure(
        f"Not done: {planned.title}",
        [final.removesuffix(_subject(request, planned)).rstrip()],
        footnote=f"Request {request.code}",
        buttons=[button("Ask again", "again", request)],
    )


def _rejected(request: Request, vote: Vote, local: LocalTime) -> AdaptiveCard:
    at = local.show(request.changed_at)
    return cards.failure(
        f"Rejected: {Plan.model_validate(request.plan).title}",
        [f"{vote.by.shown}: “{vote.reason}”"],
        footnote=f"Request {request.code} · {at} · Nothing was changed.",
        buttons=[button("Ask again", "again", request)],
    )


def notice(request: Request, final: str, votes: Sequence[Vote], local: LocalTime) -> str:
    """The decision as a direct message to a requester who asked in a group space."""
    if request.state != State.REJECTED or not votes:
        return final
    planned, vote = Plan.model_validate(request.plan), votes[-1]
    return (
        f"✗ Rejected: {planned.title}. {vote.by.shown}: “{vote.reason}” "
        f"(request {request.code}, {local.show(request.changed_at)})"
    )


def is_approval(message: Mapping[str, Any], code: str) -> bool:
    """Whether a message of the bot is this request's approval card, judged by its button."""
    attachments = json.dumps(message.get("attachments"))
    return all(
        f'"{name}": "{value}"' in attachments
        for name, value in (("press", "approve"), ("request", code))
    )


def plan_first(request: Request) -> str:
    """The answer to an approver who has not seen the plan."""
    return (
        f"Nothing was decided on {request.code} yet: approvers see the plan first. I have sent you "
        "its card. Please use the buttons there."
    )


def reminder(request: Request, local: LocalTime) -> str:
    """The reminder at half time."""
    planned = Plan.model_validate(request.plan)
    until = local.show(request.approve_by or 0)
    return (
        f"⏰ {request.code} still waits for approval, until {until}: {planned.title} (asked by "
        f"{request.requester.shown}). Use the card, or type: approve {request.code}"
    )


def too_few_approvers(request: Request, planned: Plan, needed: int) -> str:
    """The refusal if there are too few approvers."""
    scope = f" for {planned.places}" if planned.places else ""
    who, nobody_else = ("somebody else", "is nobody who could")
    if needed > 1:
        who, nobody_else = (f"{needed} other people", "are too few people who could")
    return (
        f"“{request.operation}” needs approval by {who}, and there {nobody_else} give it{scope}. "
        "Nothing was changed."
    )
