"""A request as a card. Pure: rows in, cards out. Buttons carry its code and version, nothing else."""

from collections.abc import Sequence
from datetime import UTC, datetime

from adaptivecardbuilder import AdaptiveCard

from bot import explain
from bot.errors import WebexError
from bot.models import listed
from bot.operation import Operation, Outcome, Plan
from bot.requests.lifecycle import ENDED, State
from bot.store.approvals import REJECT, Verdict
from bot.store.requests import Request
from cards import answers, forms
from cards import requests as cards
from cards.parts import Button, say

SUBMITTING = ("continue", "approve", "reject")  # presses that take the card's inputs along
OPEN_FOR = "Confirm within 15 minutes."


def button(title: str, press: str, request: Request, style: str = "") -> Button:
    """A button of this request as it is now; a later version makes it an old button."""
    data = {"request": request.code, "version": request.version, "press": press}
    return Button(title, data, style, inputs=press in SUBMITTING)


def form(
    operation: Operation, request: Request, fields: Sequence[forms.Field], note: str = ""
) -> AdaptiveCard:
    """The form, with what was given and what is wrong with it."""
    mistakes = sum(bool(field.error) for field in fields)
    mend = "Please mend this:" if mistakes == 1 else f"Please mend these {mistakes}:"
    intro = mend if mistakes else note
    return forms.form(
        operation.title,
        fields,
        [button("Continue", "continue", request, "positive"), button("Cancel", "cancel", request)],
        intro,
    )


def plan(
    request: Request, planned: Plan, *, asks: bool, changes: Sequence[str] = ()
) -> AdaptiveCard:
    """The plan and the three ways on."""
    under = f"Request {request.code} · {'needs approval' if asks else OPEN_FOR}"
    return cards.plan(
        planned.title,
        (*planned.facts, *planned.context),
        planned.warnings,
        under=under,
        changes=changes,
        buttons=[
            button("Confirm", "confirm", request, "positive"),
            button("Change", "change", request),
            button("Cancel", "cancel", request),
        ],
    )


def differences(before: Plan, after: Plan) -> list[str]:
    """What is not as it was when the plan was shown."""
    was = dict(before.facts)
    facts = [
        f"{name}: now “{value}”, before “{was.get(name) or 'nothing'}”."
        for name, value in after.facts
        if value != was.get(name)
    ]
    new = [warning for warning in after.warnings if warning not in before.warnings]
    return ["This has changed since you saw it:", *(facts or new or ["details behind the names"])]


def result(request: Request, outcome: Outcome) -> AdaptiveCard:
    """What was done."""
    return cards.result(
        outcome.title,
        outcome.facts,
        outcome.notes,
        under=f"Request {request.code}",
        buttons=_next(request, outcome),
    )


def secret(request: Request, outcome: Outcome) -> AdaptiveCard:
    """The part for the requester alone."""
    value = outcome.secret.get_secret_value() if outcome.secret else ""
    return cards.result(
        value,
        outcome.secret_facts,
        ["Type it on the phone. It cannot be shown a second time."],
        under=f"Request {request.code} · {outcome.title}",
        buttons=_next(request, outcome),
    )


def _next(request: Request, outcome: Outcome) -> list[Button]:
    undo = [button(outcome.undo.title, "undo", request)] if outcome.undo else []
    again = [Button(outcome.again_title, say(outcome.again))] if outcome.again else []
    return [*undo, *again]


def failure(request: Request, planned: Plan, problem: Exception) -> AdaptiveCard:
    """What was not done, and why."""
    small, why = "", str(problem)
    if isinstance(problem, WebexError):
        small, why = f" · {explain.small_print(problem)}", explain.why(problem)
    return cards.failure(
        f"Not done: {planned.title}",
        [why],
        under=f"Request {request.code}{small}",
        buttons=[button("Try again", "again", request)],
    )


def unsure(request: Request, planned: Plan, why: str) -> AdaptiveCard:
    """What may have been done, and how to find out."""
    ended = request.state in ENDED
    return cards.failure(
        f"Not certain: {planned.title}",
        [why],
        under=f"Request {request.code}",
        buttons=[button("Try again", "again", request)] if ended else [],
    )


def what_became(request: Request, planned: Plan) -> str:
    """For those who approved it."""
    words = {State.DONE: "done", State.FAILED: "not done", State.UNKNOWN: "not certain yet"}
    return f"{request.code} is {words.get(State(request.state), request.state)}: {planned.title}."


def waiting_words(request: Request, planned: Plan) -> str:
    """The line that stands while it runs."""
    return f"⏳ {request.code}: {planned.title} …"


def looking_words(request: Request) -> str:
    """The line that stands after a press, until there is a plan or a form."""
    return f"⏳ {request.code}: looking it up …"


def asking_words(request: Request) -> str:
    """The line that stands while it is looked at once more, before approvers are asked."""
    return f"⏳ {request.code}: asking for approval …"


def checking_words(request: Request) -> str:
    """The line that stands where somebody approves, while the facts are read once more."""
    return f"⏳ {request.code}: looking whether all is still as it was shown …"


def parked(request: Request) -> str:
    """For those who wait for it while the process is asked to end."""
    if request.state == State.APPROVED:
        return f"I am being restarted; then I go on with {request.code}, and tell you how it ends."
    return f"I am being restarted; I will look up what became of {request.code} and tell you. Please do not ask again meanwhile."


def approval(request: Request) -> AdaptiveCard:
    """What an approver sees: who asks, the plan as it was shown, a reason, two buttons."""
    planned = Plan.model_validate(request.plan)
    return cards.approval(
        planned.title,
        (*planned.facts, *planned.context),
        planned.warnings,
        who=request.requester.email,
        under=f"Request {request.code} · until {clock(request.approve_by or 0)}",
        buttons=[
            button("Approve", "approve", request, "positive"),
            button("Reject", "reject", request, "destructive"),
        ],
    )


def waiting(request: Request) -> AdaptiveCard:
    """What the requester sees after Confirm, where somebody else must approve."""
    planned = Plan.model_validate(request.plan)
    return cards.failure(
        f"Waiting for approval: {planned.title}",
        [
            f"You will hear as soon as it is decided, at {clock(request.approve_by or 0)} at the latest."
        ],
        under=f"Request {request.code}",
        buttons=[button("Cancel", "cancel", request)],
    )


def final(request: Request, given: Sequence[Verdict]) -> str:
    """The one message that replaces all copies of an approval card: who decided what when."""
    planned = Plan.model_validate(request.plan)
    whom = f"{request.code}: {planned.title} (asked by {request.requester.email})"
    rejected = request.state == State.REJECTED
    names = listed([one.email for one in given if (one.verdict == REJECT) == rejected], "and")
    at = clock(request.changed_at)
    match State(request.state):
        case State.REJECTED:
            return f"✗ Rejected by {names} at {at}: “{given[-1].reason}”. {whom}"
        case State.EXPIRED:
            why = (
                f". {_why(request)}"
                if request.outcome
                else ", nobody decided. Nothing was changed. "
            )
            return f"⌛ Expired at {at}{why}{whom}"
        case State.CANCELLED:
            return f"✗ Cancelled by {request.changed_by} at {at}. Nothing was changed. {_why(request)}{whom}"
    return f"✓ Approved by {names} at {at}. {whom}"


def _why(request: Request) -> str:
    return f"{request.outcome['title']} " if request.outcome else ""


def ended(request: Request, final_words: str) -> AdaptiveCard | str:
    """What the requester hears; where nothing was done they can ask again."""
    if request.state not in ENDED:
        return final_words
    return cards.failure(
        final_words,
        [],
        under=f"Request {request.code}",
        buttons=[button("Ask again", "again", request)],
    )


def reminder(request: Request) -> str:
    """Half of the time is over."""
    planned = Plan.model_validate(request.plan)
    until = clock(request.approve_by or 0)
    return f"⏰ {request.code} still waits, until {until}: {planned.title} (asked by {request.requester.email}). Use the card, or type: approve {request.code}"


def nobody(request: Request, planned: Plan, needed: int) -> str:
    """Better said at once than waited for in vain."""
    where = f" for {planned.location}" if planned.location else ""
    whom, nobody_else = ("somebody else", "is nobody who could")
    if needed > 1:
        whom, nobody_else = (f"{needed} other people", "are not that many who could")
    return f"“{request.operation}” needs approval by {whom}, and there {nobody_else} give it{where}. Nothing was changed. Please ask an admin to name an approver."


def clock(at: float) -> str:
    """Unix seconds → `14:02 UTC`."""
    return f"{datetime.fromtimestamp(at, UTC):%H:%M} UTC"


def when(at: float, now: float) -> str:
    """Unix seconds → `14:02 UTC`; with the day where it was not within the last twelve hours."""
    far = abs(now - at) > 12 * 3600
    return f"{datetime.fromtimestamp(at, UTC):%d %B} {clock(at)}" if far else clock(at)


def late(at: float, now: float) -> str:
    """In front of an answer that comes long after the question."""
    return f"You asked at {when(at, now)}; I was away until now."


def too_late(at: float, now: float) -> str:
    """Instead of an answer."""
    return f"You wrote at {when(at, now)}, while I was away. That is too long ago to act on: please ask again if you still need it."


def waiting_list(requests: Sequence[Request]) -> AdaptiveCard:
    """What waits for this approver, oldest first."""
    rows = [
        answers.Entry(
            f"{one.code} · until {clock(one.approve_by or 0)}",
            f"{_title(one)} · {one.requester.email}",
        )
        for one in requests
    ]
    if not rows:
        return answers.notice("Nothing waits for you", "You will get a card when somebody asks.")
    return answers.entries(
        "Waiting for you",
        rows,
        end="Use the card, or type: approve CODE, or: reject CODE because …",
    )


def details(request: Request, times: Sequence[str]) -> AdaptiveCard:
    """One request, for the person whose it is: what became of it, and where its time went (`times`)."""
    planned = Plan.model_validate(request.plan) if request.plan else None
    facts = [("Request", request.code), ("State", request.state), ("What", request.operation)]
    warnings = [f"⚠ {text}" for text in planned.warnings] if planned else []
    return answers.details(
        planned.title if planned else request.operation.capitalize(),
        [*facts, *_came_of(request), *(planned.facts if planned else ())],
        notes=[*warnings, *times],
    )


def _came_of(request: Request) -> list[tuple[str, str]]:
    """How it ended, in the words that were told then, and what Cisco support asks for."""
    outcome = request.outcome or {}
    told = [("Outcome", outcome.get("title", "")), ("For support", outcome.get("reference", ""))]
    return [(name, value) for name, value in told if value]


def listing(requests: Sequence[Request]) -> AdaptiveCard:
    """A person's requests, newest first."""
    rows = [answers.Entry(f"{one.code} · {one.state}", _title(one)) for one in requests]
    if not rows:
        return answers.notice(
            "No requests yet", "What you ask for is listed here.", [Button("Help", say("help"))]
        )
    return answers.entries("Your requests", rows, end="Details: request CODE")


def _title(request: Request) -> str:
    return str(request.plan["title"]) if request.plan else request.operation


def which(codes: Sequence[str]) -> str:
    """The sentence for `cancel` without a code."""
    if not codes:
        return "You have nothing open that could be cancelled."
    return f"Which one? Type: cancel {listed(codes)}"
