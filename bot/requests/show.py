"""A request as a card. Pure: rows in, cards out. Buttons carry its code and version, nothing else."""

from collections.abc import Sequence

from adaptivecardbuilder import AdaptiveCard

from bot import explain
from bot.errors import WebexError
from bot.models import listed
from bot.operation import Operation, Outcome, Plan
from bot.store.requests import Request
from cards import answers, forms
from cards import requests as cards
from cards.parts import Button, say

PRESSES = ("continue", "confirm", "change", "cancel", "again")
OPEN_FOR = "Confirm within 15 minutes."


def button(title: str, press: str, request: Request, style: str = "") -> Button:
    """A button of this request as it is now; a later version makes it an old button."""
    data = {"request": request.code, "version": request.version, "press": press}
    return Button(title, data, style, inputs=press == "continue")


def form(operation: Operation, request: Request, fields: Sequence[forms.Field]) -> AdaptiveCard:
    """The form, with what was given and what is wrong with it."""
    mistakes = sum(bool(field.error) for field in fields)
    intro = (
        ""
        if not mistakes
        else "Please mend this:"
        if mistakes == 1
        else f"Please mend these {mistakes}:"
    )
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
        planned.facts,
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
        buttons=_next(outcome),
    )


def secret(request: Request, outcome: Outcome) -> AdaptiveCard:
    """The part for the requester alone."""
    value = outcome.secret.get_secret_value() if outcome.secret else ""
    return cards.result(
        value,
        outcome.secret_facts,
        ["Type it on the phone. It cannot be shown a second time."],
        under=f"Request {request.code} · {outcome.title}",
        buttons=_next(outcome),
    )


def _next(outcome: Outcome) -> list[Button]:
    return [Button(outcome.again_title, say(outcome.again))] if outcome.again else []


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


def waiting_words(request: Request, planned: Plan) -> str:
    """The line that stands while it runs."""
    return f"⏳ {request.code}: {planned.title} …"


def details(request: Request) -> AdaptiveCard:
    """One request, for the person whose it is."""
    planned = Plan.model_validate(request.plan) if request.plan else None
    facts = [("Request", request.code), ("State", request.state), ("What", request.operation)]
    return answers.details(
        planned.title if planned else request.operation.capitalize(),
        [*facts, *(planned.facts if planned else ())],
    )


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
