"""Sentences about the steps of a request: which are done, which are not, and why. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence

from adaptivecardbuilder import AdaptiveCard

from bot.core.errors import WebexError
from bot.core.models.local_time import LocalTime
from bot.core.models.people import Sender
from bot.core.models.requests import Request
from bot.core.models.steps import StepRecord
from bot.domain import error_messages
from bot.domain.lists.rows import row_number
from bot.domain.operation import Remainder
from bot.domain.plan import Outcome, Plan
from bot.requests import journal, list_rows
from bot.requests.lifecycle import ENDED, STEP_ENDED, State, StepState
from bot.requests.views import MAX_NAMED, button, named, result_notice, run_progress
from cards import requests as cards
from cards.parts import Button

MAX_LISTED = 10  # steps that a card lists, each in a line
ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
)  # fmt: skip
SUFFIXES = {1: "st", 2: "nd", 3: "rd"}
CLAIM = "Nothing was changed."
NOTHING_ELSE = "Nothing else was changed."
REASON_NOT_KEPT = "I do not keep what Webex said about it."
UNDO_NEEDS_APPROVAL = "Putting it back needs approval again."
NOT_CONFIRMED = "Webex did not confirm it."
CHECK = "Please check in Control Hub before you ask again."
# The same in the middle or at the end of a sentence: `…, so nothing was changed.`
_CLAIMS = re.compile(r",? (?:so )?nothing was changed(?=\.)|\bNothing was changed\.")
NO_REASON = _CLAIMS.sub("", error_messages.REFUSED).strip()
_AGAIN = re.compile(r"\bPlease (?:try|ask) again\b[^.]*\.")
# Webex understood the call and said no; the statuses that mean “not now” are left out.
_REFUSED = re.compile(r"Webex 4(?!01|08|23|29)\d\d\b")
_STATES = {
    StepState.PENDING: "not begun yet",
    StepState.RUNNING: "being sent",
    StepState.UNKNOWN: "not certain yet",
    StepState.DONE: "done",
    StepState.FAILED: "not done",
    StepState.SKIPPED: "not begun",
}


def running(request: Request, planned: Plan, takes: str = "") -> AdaptiveCard | str:
    """What is shown while a request runs: of many steps, with `Stop`.

    `takes` is how long it takes, in words, if the pauses between its changes tell it.
    """
    if not planned.has_many_steps:
        return run_progress(request, planned)
    number = len(planned.steps)
    is_list = planned.is_told_by_rows
    amount = list_rows.rows(len(planned.ready_rows)) if is_list else f"{number} steps"
    return cards.running(
        planned.title,
        list_rows.titles(planned) if is_list else [step.title for step in planned.steps],
        subtitle=" · ".join(filter(None, (f"Request {request.code}", amount, takes))),
        buttons=[button("Stop", "stop", request)],
    )


def progress(request: Request, steps: Sequence[StepRecord], elapsed: float, left: str = "") -> str:
    """How far a request is; how long it will take, unless it is stopped or a step is unknown.

    `left` is the time that is left, if the pauses between its changes tell it.
    """
    ended = [step for step in steps if step.state in STEP_ENDED]
    unknown, number_left = journal.with_state(steps, StepState.UNKNOWN), len(steps) - len(ended)
    # What a stop skipped is no problem: it was wanted.
    not_done = [StepState.FAILED, *([] if request.stopped_by else [StepState.SKIPPED])]
    problems = len(journal.with_state(steps, *not_done))
    parts = [
        f"⏳ {request.code}: {_done_count(request, steps)}",
        f"{problems:,} not done" if problems else "",
        "being stopped" if request.stopped_by else "",
    ]
    is_going_on = not unknown and not request.stopped_by
    if left and is_going_on:
        parts.append(left)
    elif ended and number_left and is_going_on:
        parts.append(f"{error_messages.approximate_wait(elapsed / len(ended) * number_left)} left")
    sentence = f"{', '.join(filter(None, parts))}."
    return f"{sentence} {_checking(len(unknown))}" if unknown else sentence


def _done_count(request: Request, steps: Sequence[StepRecord]) -> str:
    """`2 of 3 done`; of a list its rows are counted."""
    is_list = _is_told_by_rows(request, steps)
    return list_rows.progress(steps) if is_list else journal.done_count(steps)


def _is_told_by_rows(request: Request, steps: Sequence[StepRecord]) -> bool:
    """As `Plan.is_told_by_rows`; a long plan is not read for it."""
    return list_rows.is_of_list(steps) and not (request.plan or {}).get("is_short")


def _checking(number: int) -> str:
    """That this number of steps is being looked up."""
    if number == 1:
        return "Webex did not confirm one; checking it."
    return f"Webex did not confirm {number}; checking them."


def half_done(
    request: Request, planned: Plan, steps: Sequence[StepRecord], notes: Sequence[str] = ()
) -> AdaptiveCard:
    """What a request of many steps did and did not do, with what helps now."""
    reference = (request.outcome or {}).get("reference", "")
    undo = (request.outcome or {}).get("undo")
    was_approved = bool(undo and request.approve_by)  # the policy is the same for its undo
    needs_approval = [UNDO_NEEDS_APPROVAL] if was_approved else []
    check = [CHECK] if request.state == State.UNKNOWN else []
    return cards.failure(
        f"{headline(request, steps)}: {planned.title}",
        [*lines(steps), *notes, *needs_approval, *check],
        footnote=f"Request {request.code}" + (f" · {reference}" if reference else ""),
        buttons=half_done_buttons(request),
    )


def half_done_buttons(request: Request) -> list[Button]:
    """What helps after an end half done: the undo; of an undo, to try the rest again."""
    outcome = Outcome.model_validate(request.outcome or {"title": ""})
    undo = [button(outcome.undo.title, "undo", request)] if outcome.undo else []
    is_undo = request.undoes and request.state in ENDED
    return [*undo, *([button("Try again", "again", request)] if is_undo else [])]


def with_words(steps: Iterable[StepRecord], problems: Mapping[str, object]) -> list[StepRecord]:
    """The steps with Webex's own words as reasons where there is no better one.

    `problems` are those that this process has met, by key: the words are stored nowhere.
    """
    return [_with_words(step, problems.get(step.key)) for step in steps]


def _with_words(step: StepRecord, problem: object) -> StepRecord:
    if not isinstance(problem, WebexError) or step.reason != NO_REASON:
        return step
    return step.model_copy(update={"reason": error_messages.quoted(problem) or step.reason})


def to_finish(remainder: Remainder | None, steps: Sequence[StepRecord]) -> list[str]:
    """Where people stand after a half-done request, and what to type to finish it."""
    if remainder is None or any(map(_is_uncertain, steps)):
        return []
    failed = journal.with_state(steps, StepState.FAILED)
    cause = "fix the cause and " if failed else ""
    return [remainder.state, f"To finish it, {cause}type: {remainder.command}"]


def notice(request: Request, planned: Plan, steps: Sequence[StepRecord]) -> str:
    """What people besides the requester hear of the end; of a half-done one, why."""
    ended = result_notice(request, planned, steps)
    if planned.is_told_by_rows and request.state != State.DONE:
        return f"{ended} {list_rows.summary(planned, steps)}"
    if request.state != State.PARTLY:
        return ended
    problems = lines(steps)[1:]  # without the count and the titles of what is done
    return " ".join([ended, *problems])


def stopping(request: Request, steps: Sequence[StepRecord]) -> str:
    """The answer to `Stop`; how it ended is told as soon as it has."""
    if request.state in ENDED:
        unchanged = " Nothing was changed." if journal.nothing_changed(steps) else ""
        return f"{request.code} is stopped.{unchanged}"
    done = len(journal.with_state(steps, StepState.DONE))
    if _is_told_by_rows(request, steps):
        return (
            f"Stopping {request.code}: {list_rows.progress(steps)}, and no other begins. I will"
            " tell you how the rows end that are being sent."
        )
    return (
        f"Stopping {request.code}: {done} of {len(steps)} steps are done, and no other begins. I "
        "will tell you how the one that is being sent ends."
    )


def stopped_uncertain(request: Request) -> str:
    """The answer to `Stop` where a step could not be looked up, and nothing is tried any more."""
    return (
        f"{request.code} is stopped: no other step begins. Whether the last one was done is not"
        f" certain. {CHECK}"
    )


def stopping_already(request: Request, sender: Sender) -> str:
    """The answer to a second `Stop`. The end is told to its requester and to who stopped it."""
    is_told = sender.email in (request.requester.email, request.stopped_by)
    promise = " I will tell you how it ends." if is_told else ""
    return f"{request.code} is being stopped already.{promise}"


def headline(request: Request, steps: Sequence[StepRecord]) -> str:
    """How a request ended that did not do all of its steps, in two words."""
    if request.state == State.CANCELLED:
        return "Stopped"
    if request.state == State.PARTLY:
        return "Partly done"
    return "Not done" if journal.nothing_changed(steps) else "Not certain"


def without_claim(reason: str) -> str:
    """A reason without the claim that is not true where other steps were done."""
    return " ".join(_CLAIMS.sub("", reason).split())


def summary(steps: Sequence[StepRecord]) -> str:
    """What was done and what was not, in a few sentences."""
    return " ".join(lines(steps))


def lines(steps: Sequence[StepRecord]) -> list[str]:
    """The sentences of `summary`, one by one."""
    if journal.nothing_changed(steps):
        return [*_failures(steps), *_not_begun(steps), CLAIM]
    steps = [step.model_copy(update={"reason": _without_advice(step.reason)}) for step in steps]
    not_done = [*problems(steps), *_not_begun(steps)]
    done = journal.with_state(steps, StepState.DONE)
    count = journal.done_count(steps)
    first = f"{count}: {_titles(done)}." if done else f"{count}."
    is_certain = not any(map(_is_uncertain, steps))
    return [first, *not_done, *([NOTHING_ELSE] if is_certain else [])]


def problems(steps: Sequence[StepRecord]) -> list[str]:
    """The sentences about steps that failed, or of which nobody knows."""
    return [*_failures(steps), *_uncertainties(steps)]


def _without_advice(reason: str) -> str:
    """A reason without the advice to ask for the whole once more, as a part of it is done."""
    return " ".join(_AGAIN.sub("", reason).split())


def _is_uncertain(step: StepRecord) -> bool:
    return step.unclear or step.state in (StepState.UNKNOWN, StepState.RUNNING)


def _failures(steps: Sequence[StepRecord]) -> list[str]:
    failed = [step for step in journal.with_state(steps, StepState.FAILED) if not step.unclear]
    sentences = [f"{_the(step)} {_verdict(step)}" for step in failed]
    return _with_rest(sentences, "not done")


def _uncertainties(steps: Sequence[StepRecord]) -> list[str]:
    sentences = [
        f"{_the(step)} is not certain: {_sentence(step.reason or NOT_CONFIRMED)}"
        for step in steps
        if _is_uncertain(step)
    ]
    return _with_rest(sentences, "not certain")


def _with_rest(sentences: Sequence[str], state: str) -> list[str]:
    """The first sentences, and how many more there would be."""
    more = len(sentences) - MAX_NAMED
    verb = "is" if more == 1 else "are"
    return [*sentences[:MAX_NAMED], *([f"{more} more {verb} {state}."] if more > 0 else [])]


def _verdict(step: StepRecord) -> str:
    verdict = "was refused" if _REFUSED.match(step.reference) else "was not done"
    if step.reason == NO_REASON:
        return f"{verdict}. {REASON_NOT_KEPT}"
    return f"{verdict}: {_sentence(step.reason)}"


def _not_begun(steps: Sequence[StepRecord]) -> list[str]:
    """What never began, with the reasons, and what may still begin."""
    skipped = journal.with_state(steps, StepState.SKIPPED)
    pending = journal.with_state(steps, StepState.PENDING)
    reasons = dict.fromkeys(_sentence(step.reason) for step in skipped if step.reason)
    return [
        *([f"Not begun: {_titles(skipped)}."] if skipped else []),
        *reasons,
        *([f"Not begun yet: {_titles(pending)}."] if pending else []),
    ]


def _the(step: StepRecord) -> str:
    """`The third (Change the tags of …)`."""
    return f"The {ordinal(step.number)} ({journal.step_of(step).title})"


def _titles(steps: Sequence[StepRecord]) -> str:
    return named([journal.step_of(step).title for step in steps])


def ordinal(number: int) -> str:
    """`first`, `tenth`, `11th`, `22nd`."""
    if number <= len(ORDINALS):
        return ORDINALS[number - 1]
    is_teen = number % 100 in (11, 12, 13)
    return f"{number}{'th' if is_teen else SUFFIXES.get(number % 10, 'th')}"


def _sentence(text: str) -> str:
    """The text with a full stop, if it has no end of its own."""
    return text if not text or text[-1] in ".!?”" else f"{text}."


def entry(step: StepRecord, local: LocalTime, *, by_row: bool = True) -> str:
    """One step in a line: `2. Add … · done at 14:02 CET · sent 2 times`; of a list, `Row 2: …`."""
    state = state_of(step)
    parts = [
        f"{_place(step, by_row=by_row)} {journal.step_of(step).title}",
        f"{state} {local.phrase(step.changed_at)}" if step.attempts else state,
        f"sent {step.attempts} times" if step.attempts > 1 else "",
        _earliest(step, local),
        step.reason,
        step.reference,
    ]
    return " · ".join(filter(None, parts))


def state_of(step: StepRecord) -> str:
    """The state of a step in words."""
    return "not certain" if step.unclear else _STATES[StepState(step.state)]


def _place(step: StepRecord, *, by_row: bool) -> str:
    """Where the step stands: in its plan, or which row of a list it is about."""
    row = row_number(step.key) if by_row else 0
    return f"Row {row}:" if row else f"{step.number}."


def _earliest(step: StepRecord, local: LocalTime) -> str:
    """When a step begins that waits for its spacing; empty if it does not wait."""
    if step.state != StepState.PENDING or step.not_before is None:
        return ""
    return f"begins {local.phrase(step.not_before)} at the earliest"


def entries(steps: Sequence[StepRecord], local: LocalTime, *, is_short: bool = False) -> list[str]:
    """The steps of a request for a card, first those that are not done; of a list, its rows.

    `is_short`: its list is a few lines, which people read step by step.
    """
    is_list = list_rows.is_of_list(steps) and not is_short
    steps, unit = (list_rows.decisive_steps(steps), "rows") if is_list else (steps, "steps")
    if len(steps) <= MAX_LISTED:
        return [entry(step, local, by_row=is_list) for step in steps]
    shown = sorted(steps, key=lambda step: step.state == StepState.DONE)[:MAX_LISTED]
    return [
        counts(steps, unit),
        *(entry(step, local, by_row=is_list) for step in shown),
        _rest(len(steps) - len(shown)),
    ]


def counts(steps: Iterable[StepRecord], unit: str = "steps") -> str:
    """`400 steps: 380 done, 12 not done, 8 not begun`; `unit` is what is counted."""
    by_state: dict[str, int] = {}
    for step in steps:
        state = state_of(step)
        by_state[state] = by_state.get(state, 0) + 1
    parts = ", ".join(f"{count} {state}" for state, count in by_state.items())
    return f"{sum(by_state.values())} {unit}: {parts}"


def _rest(number: int) -> str:
    return f"and {number} more"
