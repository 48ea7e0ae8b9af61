"""What became of each row of a list, from the journal of its request. Pure."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.core.models.mac import show_mac
from bot.core.models.steps import StepRecord
from bot.core.models.text import clean, join_words
from bot.domain import third_party
from bot.domain.list_plans import COUNTS
from bot.domain.lists.answer import RowAnswer, RowStatus
from bot.domain.lists.rows import ReadList, row_key, row_number
from bot.domain.plan import Plan, RowCheck, Step
from bot.operations.actions import dect_steps
from bot.operations.actions import steps as actions
from bot.operations.actions.add_phone import ACCEPTED
from bot.requests import journal, list_tags, row_results
from bot.requests.lifecycle import STEP_ENDED, StepState

# What a row is called whose step of this action is done.
DONE: Mapping[str, RowStatus] = {
    actions.ADD_PHONE: RowStatus.ADDED,
    actions.ACTIVATION_CODE: RowStatus.CODE_SENT,
    actions.DELETE_DEVICE: RowStatus.DELETED,
    actions.TAG: RowStatus.TAGGED,
    dect_steps.ADD_BASE: RowStatus.ADDED,
    dect_steps.ADD_HANDSET: RowStatus.ADDED,
    dect_steps.SECOND_LINE: RowStatus.ADDED,
    dect_steps.DELETE_BASE: RowStatus.DELETED,
    dect_steps.DELETE_HANDSET: RowStatus.DELETED,
}
NOT_DONE: Mapping[str, RowStatus] = {
    StepState.PENDING: RowStatus.NOT_BEGUN,
    StepState.SKIPPED: RowStatus.NOT_BEGUN,
    StepState.RUNNING: RowStatus.UNKNOWN,
    StepState.UNKNOWN: RowStatus.UNKNOWN,
    StepState.FAILED: RowStatus.FAILED,
}
TO_RETRY = (RowStatus.FAILED, RowStatus.NOT_BEGUN, RowStatus.UNKNOWN)
SUCCEEDED = tuple(dict.fromkeys(DONE.values()))
CODE_LOST = (
    "provbot was restarted before it sent you this code. If the code did not reach you, it is lost:"
    " please get a new one. The lost one expires on its own."
)
RETRY_OF = "These are the rows that {code} did not do, with their numbers."
RETRY_OF_LINES = "This is what {code} did not do."
TRIED_BEFORE = "They were tried again before, by {codes}: please look first what came of that."
PASSWORDS_NOT_KEPT = (
    "The passwords in your list were not kept: provbot makes new ones, and sends them to you alone."
)
HALF_DONE = (list_tags.NOT_SET, list_tags.UNKNOWN, third_party.LOST)  # of added phones
MAX_SENTENCE = 240  # characters of a sentence about a row; the file has all of it
# Parts of the sentences about rows that have nothing left to do.
IS_THERE = ("othing needs to be added.", "hat changes nothing:")
MAX_WARNED = 3  # rows with a warning that a card shows
MAX_REASONS = 3  # of rows that are wrong now
MAX_NUMBERS = 8  # of rows in a sentence
# Of the notes of a row that is done: those that call for an action, or explain what people see.
_TOLD_NOTES = (third_party.LOST, ACCEPTED)


def answers(
    planned: Plan, steps: Sequence[StepRecord], lost: Collection[str] = ()
) -> dict[int, RowAnswer]:
    """What the result says of each row, by its number, in the order of the list.

    `lost` are the keys of steps that made a code or password which nobody has.
    """
    by_key = {step.key: step for step in steps}
    lost = frozenset(lost)
    by_number = {
        check.number: RowAnswer(RowStatus.WRONG, check.reason) for check in planned.wrong_rows
    }
    tagged_later = list_tags.set_later(planned)
    for number, parts in _parts(steps).items():
        tags = by_key.get(list_tags.key(row_key(number)))
        answers_of_parts = [_answer(step, is_lost=step.key in lost) for step in parts]
        answer = list_tags.with_tags(row_results.merged(parts, answers_of_parts), tags)
        by_number[number] = list_tags.later(answer) if number in tagged_later else answer
    return dict(sorted(by_number.items()))


def _parts(steps: Iterable[StepRecord]) -> Mapping[int, Sequence[StepRecord]]:
    """The steps of each row, by its number; without that of its tags, which tells of the first."""
    parts: defaultdict[int, list[StepRecord]] = defaultdict(list)
    for step in steps:
        number = row_number(step.key)
        if number and step.key != list_tags.key(row_key(number)):
            parts[number].append(step)
    return parts


def _answer(step: StepRecord, *, is_lost: bool) -> RowAnswer:
    if step.state != StepState.DONE:
        status = RowStatus.UNKNOWN if step.unclear else NOT_DONE[step.state]
        return RowAnswer(status, step.reason, step.tracking_id)
    # As it is stored: to make an Outcome of each of a thousand rows takes longer than all else.
    status, outcome = DONE[journal.step_of(step).action], step.result or {}
    if is_lost and status is RowStatus.CODE_SENT:
        return RowAnswer(RowStatus.UNKNOWN, CODE_LOST)
    notes = [note for note in _TOLD_NOTES if note in outcome.get("notes", ())]
    lost = [outcome.get("secret_lost", "")] if is_lost else []
    return RowAnswer(status, " ".join([*notes, *lost]))


def to_retry(row_answers: Mapping[int, RowAnswer]) -> list[int]:
    """The numbers of the rows that may be tried again.

    If their network was deleted meanwhile, what was added to it is gone, too.
    """
    statuses = (*TO_RETRY, *SUCCEEDED) if is_network_gone(row_answers) else TO_RETRY
    return [number for number, answer in row_answers.items() if answer.status in statuses]


def is_network_gone(row_answers: Mapping[int, RowAnswer]) -> bool:
    """Whether somebody deleted the DECT network of the rows while they ran."""
    return any(map(row_results.is_network_gone, row_answers.values()))


def only(
    read: ReadList, numbers: Collection[int], steps: Iterable[StepRecord], why: Sequence[str]
) -> ReadList:
    """The list with these rows alone, and notes: why, and what was not kept of it."""
    chosen = set(numbers)
    had_password = any(
        journal.step_of(step).needs for step in steps if row_number(step.key) in chosen
    )
    notes = (*why, *([PASSWORDS_NOT_KEPT] if had_password else []))
    rows = (row for row in read.rows if row.number in chosen)
    return replace(read, rows=tuple(replace(row, password=None) for row in rows), notes=notes)


def why_again(code: str, tried_by: Sequence[str], *, is_short: bool = False) -> list[str]:
    """Why the rows of request `code` are tried again, and which requests did so before.

    `is_short`: its list is a few lines, whose numbers say nothing.
    """
    before = [TRIED_BEFORE.format(codes=join_words(tried_by, "and"))] if tried_by else []
    return [(RETRY_OF_LINES if is_short else RETRY_OF).format(code=code), *before]


def noting_lost_passwords(read: ReadList) -> ReadList:
    """The list of a request that had passwords, with a note if none of them is kept any more."""
    if any(row.password for row in read.rows):
        return read
    return replace(read, notes=(*read.notes, PASSWORDS_NOT_KEPT))


def counts(row_answers: Mapping[int, RowAnswer]) -> dict[RowStatus, int]:
    """How many rows have each status; statuses that no row has are left out."""
    numbers = Counter(answer.status for answer in row_answers.values())
    return {status: numbers[status] for status in RowStatus if numbers[status]}


def counts_of_few(
    steps: Iterable[StepRecord], row_answers: Mapping[int, RowAnswer]
) -> dict[RowStatus, int]:
    """As `counts`, of a few lines: each part of a line counts that failed or is not certain."""
    parts_not_done = Counter(
        answer.status
        for parts in _parts(steps).values()
        for answer in (_answer(part, is_lost=False) for part in parts)
        if answer.status in (RowStatus.FAILED, RowStatus.UNKNOWN)
    )
    return counts(row_answers) | parts_not_done


def summary(planned: Plan, steps: Sequence[StepRecord]) -> str:
    """`34 of 38 rows done, 3 failed, 1 not begun.` Rows that are wrong are not counted.

    Of rows with several parts, also how many of these were added.
    """
    numbers = counts(answers(planned, steps))
    numbers.pop(RowStatus.WRONG, None)
    done = sum(number for status, number in numbers.items() if status in SUCCEEDED)
    parts = [
        f"{number:,} {status}" for status, number in numbers.items() if status not in SUCCEEDED
    ]
    of_rows = ", ".join([f"{done:,} of {rows(sum(numbers.values()))} done", *parts])
    of_parts = ", ".join(f"{name}: {number}" for name, number in row_results.counts(steps))
    return f"{of_rows}. {of_parts}." if of_parts and parts else f"{of_rows}."


def is_of_list(steps: Sequence[StepRecord]) -> bool:
    """Whether the steps are those of the rows of a list."""
    return any(row_number(step.key) for step in steps)


def owner_names(steps: Iterable[StepRecord]) -> dict[int, str]:
    """Whose device each row is about, by its number; of a base station alone, its MAC.

    Rows that name nobody are left out.
    """
    names = {
        number: _name_of([journal.step_of(step).details for step in parts])
        for number, parts in _parts(steps).items()
    }
    return {number: name for number, name in names.items() if name}


def _name_of(parts: Sequence[Mapping[str, str]]) -> str:
    """Whose device a row is about, given the details of its steps, or the MAC of a base station."""
    owners = (details.get("owner_name") or details.get("name", "") for details in parts)
    return next(filter(None, owners), "") or show_mac(parts[0].get("mac", ""))


def progress(steps: Sequence[StepRecord]) -> str:
    """`120 of 1,000 rows done`, of the rows that can run; a row ends with its tags."""
    of_rows = _parts(steps)
    going_on = {row_number(step.key) for step in steps if step.state not in STEP_ENDED}
    done = sum(
        number not in going_on and all(step.state == StepState.DONE for step in parts)
        for number, parts in of_rows.items()
    )
    return f"{done:,} of {rows(len(of_rows))} done"


def decisive_steps(steps: Sequence[StepRecord]) -> list[StepRecord]:
    """One step for each row: of a row that is done in part, one of those that are not."""
    of_rows: dict[int, StepRecord] = {}
    for step in filter(lambda step: row_number(step.key), steps):
        shown = of_rows.setdefault(row_number(step.key), step)
        if shown.state == StepState.DONE and _is_left(step):
            of_rows[row_number(step.key)] = step
    return [*of_rows.values()]


def _is_left(step: StepRecord) -> bool:
    """Whether its row is not done without it; tags that have yet to be set say nothing of it."""
    if step.state == StepState.PENDING:
        return journal.step_of(step).action in row_results.NAMES
    return step.state != StepState.DONE


def devices(planned: Plan) -> dict[int, str]:
    """`The Cisco 8845 of Erin Fox.` by the row, of the rows about a device that is there."""
    return {
        row_number(step.key): f"The{step.title.partition(' the')[2]}."
        for step in _first_steps(planned)
        if step.action in (actions.DELETE_DEVICE, actions.TAG)
    }


def titles(planned: Plan) -> list[str]:
    """What runs before all rows, and what each row that is ready does."""
    before = [step.title for step in planned.steps if not row_number(step.key)]
    return [*before, *map(_title, _planned_parts(planned).values())]


def _title(parts: Sequence[Step]) -> str:
    """What a row does: `Add base station D8:…, handset “Ann” of Ann Alder`, or its only title."""
    if len(parts) == 1 or parts[0].action not in row_results.NAMES:
        return parts[0].title
    return f"Add {', '.join(map(row_results.described, parts))}"


def named_rows(planned: Plan) -> list[str]:
    """`Row 2: D8:2E:3E:EF:4E:5C, Cisco 8865 for Ann Alder`: the rows that are ready."""
    return [
        f"Row {number}: {', '.join(map(_named, parts))}"
        for number, parts in _planned_parts(planned).items()
    ]


def needs_nothing(planned: Plan) -> bool:
    """Whether all that its list asks for is there already: no row needs to be corrected."""
    return bool(planned.wrong_rows) and all(
        any(text in check.reason for text in IS_THERE) for check in planned.wrong_rows
    )


def warned_rows(planned: Plan) -> list[RowCheck]:
    """The ready rows with a warning; those that all rows share say least, so they come last."""
    warned = [check for check in planned.checks if not check.is_wrong]
    often = Counter(check.reason for check in warned)
    return sorted(warned, key=lambda check: often[check.reason])


def of_few_lines(planned: Plan) -> Plan:
    """The plan of a short list, with what people must know of its lines as further warnings.

    Nobody counts a few lines.
    """
    of_lines = (_of_line(check, planned.warnings) for check in planned.checks)
    warnings = (*planned.warnings, *filter(None, of_lines))
    if not planned.is_short:
        return planned.model_copy(update={"warnings": warnings})
    facts = tuple(fact for fact in planned.facts if fact[0] not in COUNTS)
    return planned.model_copy(update={"warnings": warnings, "facts": facts})


def left_out(planned: Plan) -> list[str]:
    """`Line 2 is left out: …`, for each line of a short list that is wrong: it has no file."""
    return [_of_line(check, ()) for check in planned.wrong_rows] if planned.is_short else []


def _of_line(check: RowCheck, known: Iterable[str]) -> str:
    """`Line 2 is left out: …`; empty if all that it says is `told` already."""
    reason = check.reason
    for sentence in known:
        reason = reason.replace(sentence, "").strip()
    is_left_out = " is left out" if check.is_wrong else ""
    return f"Line {check.number}{is_left_out}: {clean(reason, MAX_SENTENCE)}" if reason else ""


def warning_facts(planned: Plan) -> list[tuple[str, str]]:
    """How many of the ready rows have a warning."""
    warned = len(planned.checks) - len(planned.wrong_rows)
    return [("With warnings", f"{rows(warned)}, in the file")] if warned else []


def first_warnings(planned: Plan) -> list[str]:
    """What the card for approvers says of the first rows with a warning."""
    first = warned_rows(planned)[:MAX_WARNED]
    return [f"Row {check.number}: {clean(check.reason, MAX_SENTENCE)}" for check in first]


def _first_steps(planned: Plan) -> list[Step]:
    """One step for each row: what else it does is no row of its own."""
    return [parts[0] for parts in _planned_parts(planned).values()]


def _planned_parts(planned: Plan) -> Mapping[int, Sequence[Step]]:
    """The steps of each row, by its number, without that of its tags."""
    parts: defaultdict[int, list[Step]] = defaultdict(list)
    for step in planned.steps:
        number = row_number(step.key)
        if number and step.key != list_tags.key(row_key(number)):
            parts[number].append(step)
    return dict(sorted(parts.items()))


def _named(step: Step) -> str:
    """The phone of a row and whose it is, with its MAC if it has one."""
    details = step.details
    if step.action in row_results.NAMES:
        return row_results.described(step)
    if step.action == actions.ACTIVATION_CODE:
        return f"activation code, {details['name']} for {details['owner_name']}"
    phone = f"{details.get('name', '')} for {details.get('owner_name', '')}"
    if step.action != actions.ADD_PHONE:
        phone = step.title.partition(" the ")[2]
    mac = show_mac(details.get("mac", ""))
    return ", ".join(filter(None, (mac, phone)))


def rows(number: int) -> str:
    """`1 row`, `1,000 rows`."""
    return "1 row" if number == 1 else f"{number:,} rows"


def differences(before: Plan, after: Plan) -> list[str]:
    """Which rows can run no longer, which can now, and which mean something else now."""
    unread = {*before.unread, *after.unread}
    old, new = (
        {step["key"]: step for step in plan.without(unread)["steps"]} for plan in (before, after)
    )
    old_rows, new_rows = ({row_number(key) for key in steps} - {0} for steps in (old, new))
    changed = {row_number(key) for key in old.keys() & new.keys() if old[key] != new[key]}
    changed |= {row_number(key) for key in old.keys() ^ new.keys()}
    changed &= old_rows & new_rows
    no_longer = _of_no_row("No longer needed", old, new) if new else []
    before_rows = [*no_longer, *_of_no_row("Needed now", new, old)]
    if before_rows:  # the steps of all rows build on it
        changed = set()
    reasons = {check.number: check.reason for check in after.wrong_rows}
    wrong, ready = sorted(old_rows - new_rows), sorted(new_rows - old_rows)
    noun = "Line" if after.is_short else "Row"
    whys = [f"{noun} {number}: {reasons[number]}" for number in wrong if number in reasons]
    return [
        *before_rows,
        *_rows_are(noun, wrong, "wrong now"),
        *whys[:MAX_REASONS],
        *_rows_are(noun, ready, "ready now"),
        *_rows_are(noun, sorted(changed), "different now"),
    ]


def _of_no_row(
    heading: str,
    steps: Mapping[str, Mapping[str, Any]],
    other_steps: Mapping[str, Mapping[str, Any]],
) -> list[str]:
    """`No longer needed: Create the DECT network Hall in Berlin.`"""
    titles = [
        steps[key]["title"] for key in steps if key not in other_steps and not row_number(key)
    ]
    return [f"{heading}: {title}." for title in titles]


def _rows_are(noun: str, numbers: Sequence[int], state: str) -> list[str]:
    """`Row 4 is wrong now.`, `Rows 4, 7 and 9 are wrong now.`; none without rows."""
    if len(numbers) == 1:
        return [f"{noun} {numbers[0]} is {state}."]
    return [f"{noun}s {named(numbers)} are {state}."] if numbers else []


def named(numbers: Sequence[int]) -> str:
    """`4, 7 and 9`; of many the first, and how many more there are."""
    shown, more = [str(number) for number in numbers[:MAX_NUMBERS]], len(numbers) - MAX_NUMBERS
    return join_words([*shown, *([f"{more:,} more"] if more > 0 else [])], "and")
