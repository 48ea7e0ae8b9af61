"""The cards of a list: its check before Confirm, and its result. Pure."""

from collections.abc import Mapping, Sequence

from adaptivecardbuilder import AdaptiveCard

from bot.core.models.requests import Request
from bot.core.models.steps import StepRecord
from bot.core.models.text import clean
from bot.domain.lists.answer import RowAnswer, RowStatus
from bot.domain.lists.rows import row_number
from bot.domain.plan import Outcome, Plan
from bot.operations.actions.dect_steps import CREATE_NETWORK
from bot.operations.set_up_dect import NAME as SET_UP_DECT
from bot.requests import journal, list_rows, list_tags, row_results, step_views, views
from bot.requests.lifecycle import ENDED, State, StepState
from bot.requests.list_rows import MAX_SENTENCE
from cards import lists as cards
from cards import requests as request_cards
from cards.lists import Row
from cards.parts import Button, say
from cards.requests import add_reason

MAX_NOTES = 6  # of one kind
MAX_SENTENCE_OF_FEW = 1_000  # characters about a line of a short list, which no file has
NO_ROW_READY = "No row of this list can run"
CORRECT_IT = (
    "Nothing was changed. Please correct the list and send it again, or press Change to paste its"
    " lines."
)
NO_LINE_READY = "None of this can be done now"
NO_LINE_LEFT = "Nothing is left to do"
CORRECT_LINES = "Nothing was changed. To correct it, press Change."
NOTHING_LEFT = "This list has nothing left to do"
ALL_THERE = "All rows already match Webex. Nothing was changed."
CREATED = "The DECT network {network_name} was created in {place}."
NETWORK_GONE = (
    "The DECT network was deleted meanwhile, so nothing more could be added to it ({rows})."
)
GONE_WITH_IT = "Everything that was added to it before was deleted with it."
SET_UP_AGAIN = "To set the network up again, type: set up dect"
RETRY_SETS_UP = "“Retry failed” sets the network up again, with all of this."
UNDO_NEEDS_APPROVAL = "The undo needs approval again."
RETRY_FAILED, RUN_THE_REST = "Retry failed", "Run the rest"
NAMES = {  # of the facts of a result, in their order
    RowStatus.ADDED: "Added",
    RowStatus.CODE_SENT: "Codes sent",
    RowStatus.DELETED: "Deleted",
    RowStatus.TAGGED: "Tagged",
    RowStatus.FAILED: "Failed",
    RowStatus.NOT_BEGUN: "Not begun",
    RowStatus.UNKNOWN: "Unknown",
    RowStatus.WRONG: "Left out",
}


def check(
    request: Request,
    planned: Plan,
    notes: Sequence[str],
    *,
    status: str,
    needs_approval: bool,
    changes: Sequence[str],
) -> AdaptiveCard:
    """The check of a list, with Confirm if a row is ready. `notes` are those of its reader.

    `status` says what Confirm leads to. If that is approval, an input asks for the reason.
    """
    is_ready, is_there = bool(planned.steps), list_rows.needs_nothing(planned)
    card = cards.check(
        cards.Check(
            planned.title if is_ready else (NOTHING_LEFT if is_there else NO_ROW_READY),
            _facts(planned),
            [_row(check.number, check.reason) for check in planned.wrong_rows],
            _shortened(planned.warnings),
            _shortened(notes),
            rows=_ready_devices(planned),
            warned=_warned(planned),
        ),
        subtitle=f"Request {request.code}" + (f" · {status}" if is_ready else ""),
        changes=_shortened(changes),
        ending=_ending(planned, needs_approval),
        buttons=[
            *(_confirm(request, needs_approval) if is_ready else []),
            views.button("Change", "change", request, submits=needs_approval and is_ready),
            views.button("Cancel", "cancel", request),
        ],
    )
    if needs_approval and is_ready:
        add_reason(card, request.reason)
    return card


def plan_of_few(
    request: Request,
    planned: Plan,
    notes: Sequence[str],
    *,
    status: str,
    needs_approval: bool,
    changes: Sequence[str],
) -> AdaptiveCard:
    """The plan of a short list, which reads like the plan of one thing; arguments as `check`."""
    if planned.steps:
        return views.plan(
            request,
            list_rows.of_few_lines(planned),
            status=status,
            needs_approval=needs_approval,
            changes=changes,
            notes=_shortened(notes),
        )
    is_there = list_rows.needs_nothing(planned)
    reasons = _shortened([check.reason for check in planned.wrong_rows])
    return request_cards.failure(
        NO_LINE_LEFT if is_there else NO_LINE_READY,
        [*changes, *dict.fromkeys(reasons), step_views.CLAIM if is_there else CORRECT_LINES],
        footnote=f"Request {request.code}",
        buttons=[
            views.button("Change", "change", request),
            views.button("Cancel", "cancel", request),
        ],
    )


def _confirm(request: Request, needs_approval: bool) -> list[Button]:
    return [views.button("Confirm", "confirm", request, "positive", submits=needs_approval)]


def _facts(planned: Plan) -> list[tuple[str, str]]:
    """The facts of the plan, and how many of its ready rows have a warning."""
    return [*planned.facts, *planned.context, *list_rows.warning_facts(planned)]


def _ready_devices(planned: Plan) -> list[str]:
    """The rows that are ready, if their list names devices that only Webex knows more about."""
    return list_rows.named_rows(planned) if list_rows.devices(planned) else []


def _warned(planned: Plan) -> list[Row]:
    """The first rows with a warning, where wrong rows leave room."""
    room = min(list_rows.MAX_WARNED, max(cards.MAX_SHOWN_ROWS - len(planned.wrong_rows), 0))
    return [_row(check.number, check.reason) for check in list_rows.warned_rows(planned)[:room]]


def _ending(planned: Plan, needs_approval: bool) -> str:
    """What Confirm does; where no row is ready, what to do instead."""
    if not planned.steps:
        return ALL_THERE if list_rows.needs_nothing(planned) else CORRECT_IT
    ready, wrong = len(planned.ready_rows), len(planned.wrong_rows)
    does = "asks for approval of" if needs_approval else "runs"
    if wrong:
        return f"Confirm {does} the {_ready(ready)} and leaves out {wrong:,}."
    return f"Confirm {does} {'all ' if ready > 1 else 'the '}{_ready(ready)}."


def _ready(number: int) -> str:
    return "1 ready row" if number == 1 else f"{number:,} ready rows"


def _row(number: int, sentence: str) -> Row:
    return Row(number, clean(sentence, MAX_SENTENCE))


def _shortened(sentences: Sequence[str]) -> list[str]:
    """The first sentences: a card of Webex holds 22 KB."""
    return [clean(sentence, 2 * MAX_SENTENCE) for sentence in sentences[:MAX_NOTES]]


def result(
    request: Request,
    planned: Plan,
    steps: Sequence[StepRecord],
    answers: Mapping[int, RowAnswer],
    notes: Sequence[str] = (),
    follow_ups: Mapping[str, str] | None = None,
) -> AdaptiveCard:
    """What became of a list, with what helps now. `notes` are about codes and passwords.

    `follow_ups` are the commands of further buttons, by their titles.
    """
    counts = list_rows.counts(answers)
    counted = list_rows.counts_of_few(steps, answers) if planned.is_short else counts
    problems = {number: answer for number, answer in answers.items() if _is_problem(answer)}
    reference = next((step.reference for step in steps if step.reference), "")
    names = list_rows.owner_names(steps)
    noun = "Line" if planned.is_short else "Row"
    longest = MAX_SENTENCE_OF_FEW if planned.is_short else MAX_SENTENCE
    return cards.result(
        _headline(request, planned, steps, is_certain=RowStatus.UNKNOWN not in counts),
        _counted(counted, row_results.counts(steps)),
        [
            Row(row, clean(_reason(answer), longest), names.get(row, ""), noun)
            for row, answer in problems.items()
        ],
        has_file=not planned.is_short,
        notes=[
            *_created(request, steps, answers),
            *_shortened(step_views.problems([step for step in steps if not row_number(step.key)])),
            *_shortened(list_rows.left_out(planned)),
            *_gone(request, steps, answers),
            *([] if list_rows.is_network_gone(answers) else row_results.missing_bases(steps)),
            *_why_not_begun(request, steps, answers),
            *list_tags.notes(steps, answers),
            *notes,
            *_certainty(request, steps),
        ],
        footnote=f"Request {request.code}" + (f" · {reference}" if reference else ""),
        buttons=[
            *buttons(request, answers),
            *_follow_ups(steps, answers, follow_ups or {}),
            *_again(request),
        ],
    )


def _counted(
    counts: Mapping[RowStatus, int], of_parts: Sequence[tuple[str, str]]
) -> list[tuple[str, str]]:
    """How many rows came to what; of rows with several parts, how many of these were added."""
    return [
        *of_parts,
        *(
            (name, f"{counts[status]:,}")
            for status, name in NAMES.items()
            if status in counts and not (of_parts and status is RowStatus.ADDED)
        ),
    ]


def _created(
    request: Request, steps: Sequence[StepRecord], answers: Mapping[int, RowAnswer]
) -> list[str]:
    """That the network of the rows is there now, where not all of them were done."""
    if request.state == State.DONE or list_rows.is_network_gone(answers):
        return []
    done = map(journal.step_of, journal.with_state(steps, StepState.DONE))
    created = [step.details for step in done if step.action == CREATE_NETWORK]
    return [CREATED.format_map(details) for details in created]


def _gone(
    request: Request, steps: Sequence[StepRecord], answers: Mapping[int, RowAnswer]
) -> list[str]:
    """That the network of all rows was deleted, once for all of them, and what to do."""
    missing = sum(map(row_results.is_network_gone, answers.values()))
    if not missing:
        return []
    is_lost = bool(journal.with_state(steps, StepState.DONE))
    return [
        NETWORK_GONE.format(rows=list_rows.rows(missing)),
        *([GONE_WITH_IT] if is_lost else []),
        RETRY_SETS_UP if request.operation == SET_UP_DECT else SET_UP_AGAIN,
    ]


def _again(request: Request) -> list[Button]:
    outcome = Outcome.model_validate(request.outcome or {"title": ""})
    return [views.button(outcome.again_title, "another", request)] if outcome.again else []


def _follow_ups(
    steps: Sequence[StepRecord], answers: Mapping[int, RowAnswer], commands: Mapping[str, str]
) -> list[Button]:
    """The further buttons; none for a network that was not created, or is gone."""
    is_made = all(step.state == StepState.DONE for step in steps if not row_number(step.key))
    if not is_made or list_rows.is_network_gone(answers):
        return []
    return [Button(title, say(text)) for title, text in commands.items()]


def _headline(
    request: Request, planned: Plan, steps: Sequence[StepRecord], *, is_certain: bool
) -> str:
    """How it ended; not `is_certain`: codes were made that a restart has lost."""
    if request.state == State.DONE and is_certain:
        return f"✓ {views.outcome_title(request)}"
    if request.state == State.DONE:
        return f"Some of it did not reach you: {planned.title}"
    if request.state == State.CANCELLED and not views.was_stopped(request):
        return f"Not done: {planned.title}"  # something had changed before it began
    return f"{step_views.headline(request, steps)}: {planned.title}"


def _is_problem(answer: RowAnswer) -> bool:
    """Whether the card tells of the row: what was wrong before, and what never began, it counts."""
    if row_results.is_network_gone(answer):  # told once for all rows
        return False
    failed = answer.status in (RowStatus.FAILED, RowStatus.UNKNOWN)
    is_half_done = row_results.is_half_done(answer)
    return failed or is_half_done or any(text in answer.reason for text in list_rows.HALF_DONE)


def _reason(answer: RowAnswer) -> str:
    return answer.reason or step_views.NOT_CONFIRMED


def _why_not_begun(
    request: Request, steps: Sequence[StepRecord], answers: Mapping[int, RowAnswer]
) -> list[str]:
    """Why rows never began, once for all of them."""
    if not any(step.attempts for step in steps):
        why = step_views.without_claim(views.outcome_title(request))
        return [why] if why else []
    reasons = (
        answer.reason
        for answer in answers.values()
        if answer.status is RowStatus.NOT_BEGUN
        and answer.reason
        and not row_results.is_half_done(answer)
        and not row_results.is_network_gone(answer)
    )
    return _shortened([*dict.fromkeys(reasons)])


def _certainty(request: Request, steps: Sequence[StepRecord]) -> list[str]:
    """Whether anything was changed, what to check, and what an undo needs."""
    if journal.nothing_changed(steps):
        return [step_views.CLAIM]
    check = [step_views.CHECK] if request.state == State.UNKNOWN else []
    was_approved = bool((request.outcome or {}).get("undo") and request.approve_by)
    return [*check, *([UNDO_NEEDS_APPROVAL] if was_approved else [])]


def buttons(request: Request, answers: Mapping[int, RowAnswer]) -> list[Button]:
    """What helps after the end of a list: to retry rows, and the undo.

    Of a network that is gone, nothing can be taken back, and only its set-up can be tried again.
    """
    outcome = Outcome.model_validate(request.outcome or {"title": ""})
    is_gone = list_rows.is_network_gone(answers)
    can_retry = request.state in ENDED and list_rows.to_retry(answers)
    may_retry = can_retry and (not is_gone or request.operation == SET_UP_DECT)
    retry = [views.button(_retry_title(request, answers), "retry", request)] if may_retry else []
    if not outcome.undo or is_gone:
        return retry
    undo = [views.button(outcome.undo.title, "undo", request)]
    return [*retry, *undo]


def _retry_title(request: Request, answers: Mapping[int, RowAnswer]) -> str:
    """`Run the rest` if nothing went wrong: somebody stopped the list."""
    statuses = {answers[number].status for number in list_rows.to_retry(answers)}
    is_rest = statuses == {RowStatus.NOT_BEGUN} and request.state != State.FAILED
    return RUN_THE_REST if is_rest else RETRY_FAILED
