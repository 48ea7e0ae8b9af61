"""Sentences about the steps of a request: which are done, which are not, and why. Pure."""

from collections.abc import Sequence

from adaptivecardbuilder import AdaptiveCard

from bot.core.models.requests import Request
from bot.core.models.steps import StepRecord
from bot.domain.plan import Outcome, Plan
from bot.requests import journal
from bot.requests.lifecycle import ENDED, State, StepState
from bot.requests.views import button
from cards import requests as cards

MAX_NAMED = 3  # steps of a kind that a sentence names
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
HALF_DONE_TITLES = {
    State.PARTLY: "Partly done",
    State.CANCELLED: "Stopped",
    State.FAILED: "Not done",
}
CLAIM = "Nothing was changed."
NOTHING_ELSE = "Nothing else was changed."


def half_done(request: Request, planned: Plan, steps: Sequence[StepRecord]) -> AdaptiveCard:
    """What a request of many steps did and did not do, with what helps now."""
    outcome = Outcome.model_validate(request.outcome or {"title": ""})
    reference = (request.outcome or {}).get("reference", "")
    title = HALF_DONE_TITLES.get(State(request.state), "Not certain")
    undo = [button(outcome.undo.title, "undo", request)] if outcome.undo else []
    return cards.failure(
        f"{title}: {planned.title}",
        lines(steps),
        footnote=f"Request {request.code}" + (f" · {reference}" if reference else ""),
        buttons=undo,
    )


def stopping(request: Request, steps: Sequence[StepRecord]) -> str:
    """The answer to `Stop`; how it ended is told as soon as it has."""
    if request.state in ENDED:
        return f"{request.code} is stopped."
    done = len(journal.with_state(steps, StepState.DONE))
    return (
        f"Stopping {request.code}: {done} of {len(steps)} steps are done, and no other begins. I "
        "will tell you how the one that is being sent ends."
    )


def stopping_already(request: Request) -> str:
    """The answer to a second `Stop`."""
    return f"{request.code} is being stopped already. I will tell you how it ends."


def without_claim(reason: str) -> str:
    """A reason without the sentence that is not true where other steps were done."""
    return " ".join(reason.replace(CLAIM, "").split())


def summary(steps: Sequence[StepRecord]) -> str:
    """What was done and what was not, in a few sentences."""
    return " ".join(lines(steps))


def lines(steps: Sequence[StepRecord]) -> list[str]:
    """The sentences of `summary`, one by one."""
    done = journal.with_state(steps, StepState.DONE)
    if journal.nothing_changed(steps):
        return [*_failures(steps), *_not_begun(steps), CLAIM]
    count = f"{len(done)} of {len(steps)} done"
    first = f"{count}: {_titles(done)}." if done else f"{count}."
    is_certain = not any(
        step.unclear or step.state in (StepState.UNKNOWN, StepState.RUNNING) for step in steps
    )
    end = [NOTHING_ELSE] if is_certain else []
    return [first, *_failures(steps), *_not_begun(steps), *end]


def _failures(steps: Sequence[StepRecord]) -> list[str]:
    failed = [step for step in steps if _problem(step)]
    named = [f"The {_ordinal(step.number)} {_problem(step)}" for step in failed[:MAX_NAMED]]
    more = len(failed) - MAX_NAMED
    return [*named, *([f"{more} more failed."] if more > 0 else [])]


def _problem(step: StepRecord) -> str:
    """What went wrong with a step; empty if nothing did."""
    if step.unclear:
        return f"is not certain: {step.reason}"
    if step.state in (StepState.UNKNOWN, StepState.RUNNING):
        return "is not certain yet: Webex did not confirm it."
    if step.state == StepState.FAILED:
        return f"was not done: {step.reason}"
    return ""


def _not_begun(steps: Sequence[StepRecord]) -> list[str]:
    skipped = journal.with_state(steps, StepState.SKIPPED)
    if not skipped:
        return []
    reasons = dict.fromkeys(step.reason for step in skipped if step.reason)
    return [f"Not begun: {_titles(skipped)}.", *reasons]


def _titles(steps: Sequence[StepRecord]) -> str:
    titles = [journal.step_of(step).title for step in steps]
    more = len(titles) - MAX_NAMED
    named = titles if more <= 1 else titles[:MAX_NAMED]
    return "; ".join([*named, *([f"{more} more"] if more > 1 else [])])


def _ordinal(number: int) -> str:
    return ORDINALS[number - 1] if number <= len(ORDINALS) else f"{number}th"
