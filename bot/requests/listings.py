"""What a person's own requests are about: the list, and the words that tell them apart. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from adaptivecardbuilder import AdaptiveCard

from bot.core.models.local_time import LocalTime
from bot.core.models.mac import show_mac
from bot.core.models.requests import Request
from bot.core.models.text import clean, join_words
from bot.domain.pages import Page, with_next_page
from bot.requests.lifecycle import State, is_stale
from bot.requests.views import button, outcome_title, state_in_words, was_stopped
from cards import answers
from cards.parts import Button, say

MAX_NAMED = 5  # requests in one sentence
MAX_STILL_OPEN = 3  # named after `cancel`: they are not what was asked about
MAX_BUTTONS = 3  # beside More and Drafts: Webex shows five on a small screen
DRAFTS = "drafts"  # the command that lists what was not confirmed
NOT_CONFIRMED = "Not confirmed"
PAGE_SIZE = 8  # of requests that wait for an approver
TO_DECIDE = "Use the card, or type: approve CODE, or: reject CODE because …"
MAX_ABOUT = 80  # characters
_ID = re.compile(r"[A-Z_]{4,}:[\w=-]+")  # of an owner that was chosen: it says nothing to people
_STATES = {
    State.WAITING: "waits for approval",
    State.APPROVED: "about to run",
}


def is_open_plan(request: Request, now: float) -> bool:
    """Whether it is a plan that can still be confirmed."""
    planned_at = request.planned_at or 0.0
    return request.state == State.DRAFT and bool(request.plan) and not is_stale(planned_at, now)


def about(request: Request) -> str:
    """What the request is about: `Add a Cisco 8865 for Ann Alder, D8:2E:3E:EF:4E:5C`."""
    if request.plan:
        mac = dict(request.plan["facts"]).get("MAC", "")
        title = str(request.plan["title"])
        return clean(title if not mac or mac in title else f"{title}, {mac}", MAX_ABOUT)
    inputs = [show_mac(value) for value in request.inputs.values() if not _ID.fullmatch(value)]
    return clean(", ".join([request.operation, *inputs]), MAX_ABOUT)


def age(seconds: float) -> str:
    """`just now`, `5 min ago`, `3 h ago`, `2 days ago`."""
    minutes = int(seconds // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    hours = minutes // 60
    return f"{hours} h ago" if hours < 48 else f"{hours // 24} days ago"


def state(request: Request, now: float) -> str:
    """The state as the requester sees it."""
    if request.state != State.DRAFT:
        return _STATES.get(State(request.state), state_in_words(request))
    if not request.plan:
        return "form, not finished"
    return "waits for your Confirm" if is_open_plan(request, now) else "expired"


@dataclass(frozen=True)
class Viewer:
    """When a list is shown, in Unix seconds, and in which space.

    `undone_by` says by which request one was taken back, by code.
    """

    now: float
    room_id: str
    undone_by: Mapping[str, str] = field(default_factory=dict)


def own(
    confirmed: Sequence[Request],
    drafts: Sequence[Request],
    page: Page,
    draft_page: Page,
    viewer: Viewer,
) -> AdaptiveCard:
    """One page of what was confirmed, then drafts, with buttons that open them.

    `drafts` are the newest ones of `draft_page`, or none on later pages.
    """
    if not confirmed and not drafts:
        return answers.notice(
            "No requests yet", "Your requests will be listed here.", [Button("Help", say("help"))]
        )
    hidden_count = draft_page.total - len(drafts)
    end = f"To see all {draft_page.total}, type: {DRAFTS}" if hidden_count else ""
    section = answers.Section(NOT_CONFIRMED, _rows(drafts, viewer), end)
    card = answers.entries(
        "Your requests",
        _rows(confirmed, viewer),
        subtitle="" if confirmed else "Nothing is confirmed yet.",
        sections=[section] if drafts else [],
        end=_end(page),
        buttons=[
            *_open_buttons([*drafts, *confirmed], viewer),
            *page.more("requests"),
            *([Button("Drafts", say(DRAFTS))] if hidden_count else []),
        ],
    )
    return with_next_page(card, page, "requests")


def own_drafts(drafts: Sequence[Request], page: Page, viewer: Viewer) -> AdaptiveCard:
    """One page of the drafts alone: unfinished forms, and plans that nobody confirmed."""
    if not drafts:
        return answers.notice("No drafts", "You have no unfinished forms and no open plans.")
    card = answers.entries(
        NOT_CONFIRMED,
        _rows(drafts, viewer),
        end=_end(page),
        buttons=[*_open_buttons(drafts, viewer), *page.more(DRAFTS)],
    )
    return with_next_page(card, page, DRAFTS)


def _end(page: Page) -> str:
    return f"{page.note()} For details, type: request CODE".strip()


def _rows(requests: Sequence[Request], viewer: Viewer) -> list[answers.Entry]:
    return [
        answers.Entry(
            f"{request.code} · {state(request, viewer.now)}{_undone(request, viewer)}"
            f" · {age(viewer.now - request.created_at)}",
            about(request),
        )
        for request in requests
    ]


def _undone(request: Request, viewer: Viewer) -> str:
    code = viewer.undone_by.get(request.code)
    return f", undone by {code}" if code else ""


def _open_buttons(requests: Sequence[Request], viewer: Viewer) -> list[Button]:
    """Buttons that open the newest drafts of this space again, or show what was confirmed."""
    drafts = [
        button(f"Open {request.code}", "open", request)
        for request in requests
        if request.place.room_id == viewer.room_id and _can_go_on(request, viewer.now)
    ]
    details = [
        Button(f"Show {request.code}", say(f"request {request.code}"))
        for request in requests
        if request.state != State.DRAFT
    ]
    return [*drafts, *details][:MAX_BUTTONS]


def _can_go_on(request: Request, now: float) -> bool:
    return is_open_plan(request, now) or (request.state == State.DRAFT and not request.plan)


def cancelled(request: Request, rest: Sequence[Request], now: float) -> str:
    """Which request `cancel` without a code cancelled, and which ones are still open."""
    sentence = f"{request.code} ({about(request)}) is cancelled. Nothing was changed."
    if was_stopped(request):
        sentence = f"{request.code} ({about(request)}) is stopped. {outcome_title(request)}"
    if not rest:
        return sentence
    named = [
        f"{other.code} ({about(other)}, {age(now - other.created_at)})"
        for other in rest[:MAX_STILL_OPEN]
    ]
    hidden_count = len(rest) - len(named)
    more = [f"{hidden_count} more"] if hidden_count else []
    how = f"cancel {rest[0].code}" if len(rest) == 1 else "cancel CODE"
    return f"{sentence} Still open: {join_words([*named, *more], 'and')}. To cancel, type: {how}"


def too_late_to_cancel(request: Request, *, can_undo: bool) -> str:
    """The answer to `cancel` of what was done."""
    sentence = f"{request.code} is already done; it cannot be cancelled."
    return f"{sentence} {how_to_undo(request)}" if can_undo else sentence


def how_to_undo(request: Request) -> str:
    """What to type to take back what was done."""
    return f"To take it back, type: undo {request.code}"


def how_to_name_another(verb: str) -> str:
    """What to type to cancel or stop another request than the one that was just stopped."""
    return f"To {verb} another request, type: {verb} CODE"


def which_one(verb: str, candidates: Sequence[Request], now: float) -> str:
    """The answer to a command without a code that fits several requests, or none."""
    if not candidates:
        kind = "plan" if verb == "confirm" else "request"
        return f"You have no open {kind} to {verb}."
    return f"Which one? Type: {_choices(verb, candidates, now)}"


def no_plan_yet(request: Request) -> str:
    """The sentence before the form, for somebody who confirms what has no plan."""
    return f"{request.code} has no plan yet: something is missing in its form."


def what_waits(
    plans: Sequence[Request], to_decide: Sequence[Request], now: float, *, declined: bool = False
) -> str:
    """What somebody can do who only wrote “yes” or “no”: such a word never decides."""
    plan_verb, vote = ("cancel", "reject") if declined else ("confirm", "approve")
    because = " because …" if declined else ""
    if not plans and not to_decide:
        return "All right. Nothing waits for you."
    if len(plans) > 1:
        return f"Several plans wait for you. Type: {_choices(plan_verb, plans, now)}"
    if plans:
        (plan,) = plans
        aim = "end" if declined else "go on with"
        return (
            f"To {aim} {plan.code} ({about(plan)}), press {plan_verb.capitalize()} on its card, "
            f"or type: {plan_verb} {plan.code}"
        )
    if len(to_decide) > 1:
        return f"{len(to_decide)} requests wait for your decision. To see them, type: approvals"
    (asked,) = to_decide
    return (
        f"{asked.code} waits for your decision ({about(asked)}). Use its card, or type: "
        f"{vote} {asked.code}{because}"
    )


def waiting_list(requests: Sequence[Request], local: LocalTime, number: int = 1) -> AdaptiveCard:
    """One page of the requests that wait for this approver, oldest first."""
    if not requests:
        return answers.notice("Nothing waits for you", "You will get a card when somebody asks.")
    page = Page.of(number, PAGE_SIZE, len(requests))
    rows = [
        answers.Entry(
            f"{request.code} · until {local.show(request.approve_by or 0)}",
            f"{about(request)} · {request.requester.shown}{_why(request)}",
        )
        for request in page.rows(requests)
    ]
    card = answers.entries(
        "Waiting for you", rows, end=f"{page.note()} {TO_DECIDE}".strip(),
        buttons=page.more("approvals"),
    )  # fmt: skip
    return with_next_page(card, page, "approvals")


def _why(request: Request) -> str:
    return f": “{clean(request.reason, MAX_ABOUT)}”" if request.reason else ""


def which_to_decide(verb: str, requests: Sequence[Request], now: float) -> str:
    """The answer to an approver who named no request, if several wait or none."""
    if not requests:
        return "No request waits for your decision. Nothing was changed."
    question = f"Which request? Type: {_choices(verb, requests, now)}"
    if verb != "reject":
        return question
    return f"{question.removesuffix('.')}. Write the reason behind the code: because …"


def _choices(verb: str, requests: Sequence[Request], now: float) -> str:
    """`cancel 7K3F (Add …, 5 min ago) or cancel 69FW (…)`."""
    named = [
        f"{verb} {request.code} ({about(request)}, {age(now - request.created_at)})"
        for request in requests[:MAX_NAMED]
    ]
    more = len(requests) - len(named)
    if not more:
        return join_words(named)
    return f"{join_words(named)}. There {'is' if more == 1 else 'are'} {more} more."
