"""What became of the tags of phones that a list added, and how to set those that are left. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bot.core.models.mac import show_mac
from bot.core.models.steps import StepRecord
from bot.domain.lists.answer import RowAnswer, RowStatus
from bot.domain.lists.rows import row_number
from bot.domain.lookup.row_checks import TAGS_NOT_SET as CANNOT_SET
from bot.domain.lookup.row_checks import TAGS_OF_CODE
from bot.domain.plan import Plan
from bot.operations.actions import steps as actions
from bot.requests import journal
from bot.requests.lifecycle import StepState

NOT_SET = "Its tags were not set."
UNKNOWN = "I do not know whether its tags were set."
SET_LATER = "Its tags are not set yet. Please tag it when Webex lists it."
SET_IT = "To set them, type: tag {mac} {tags}"
SET_THEM = "To set {tags} on {phones}, type: tag devices {change}, and below it: {macs}"
SET_WITH_FILE = "{macs} and the others that the file names"
LATER = "The tags of {rows} are not set yet. Please tag these phones when Webex lists them."
MAX_MACS = 8  # that a card names
MAX_COMMANDS = 3  # of a card, for other tags each


def key(row: str) -> str:
    """The key of the step that sets the tags of a row, given the key of its first step."""
    return f"{row} tags"


def with_tags(answer: RowAnswer, tags: StepRecord | None) -> RowAnswer:
    """The answer to a phone that was added, with what became of its tags if that is not clear."""
    if tags is None or answer.status is not RowStatus.ADDED or tags.state == StepState.DONE:
        return answer
    sentence = UNKNOWN if _is_unknown(tags) else NOT_SET
    reason = " ".join(filter(None, [answer.reason, sentence, tags.reason, _command(tags)]))
    return RowAnswer(answer.status, reason, tags.tracking_id)


def set_later(planned: Plan) -> set[int]:
    """The numbers of the rows whose tags had no step, as Webex lists their devices later."""
    return {
        check.number
        for check in planned.checks
        if not check.is_wrong and (CANNOT_SET in check.reason or TAGS_OF_CODE in check.reason)
    }


def later(answer: RowAnswer) -> RowAnswer:
    """The answer to a row of `set_later`: its device is there, or its code was sent."""
    if answer.status not in (RowStatus.ADDED, RowStatus.CODE_SENT):
        return answer
    return replace(answer, reason=" ".join(filter(None, [answer.reason, SET_LATER])))


def notes(steps: Iterable[StepRecord], answers: Mapping[int, RowAnswer]) -> list[str]:
    """How to set the tags that are left: `Retry failed` leaves out phones that were added."""
    later_rows = sum(SET_LATER in answer.reason for answer in answers.values())
    rows = "1 row" if later_rows == 1 else f"{later_rows:,} rows"
    return [
        *(_to_set(change, macs) for change, macs in _left(steps, answers)[:MAX_COMMANDS]),
        *([LATER.format(rows=rows)] if later_rows else []),
    ]


def _left(
    steps: Iterable[StepRecord], answers: Mapping[int, RowAnswer]
) -> list[tuple[str, list[str]]]:
    """The MACs of the phones whose tags were not set, by the change of their tags."""
    macs: defaultdict[str, list[str]] = defaultdict(list)
    for step in steps:
        number = row_number(step.key)
        answer = answers.get(number)
        if step.key != key(f"row {number}") or answer is None or step.state == StepState.DONE:
            continue
        if answer.status is RowStatus.ADDED and (change := _change(step)):
            macs[change].append(show_mac(journal.step_of(step).details["mac"]))
    return list(macs.items())


def _to_set(change: str, macs: Sequence[str]) -> str:
    named = ", ".join(macs[:MAX_MACS])
    tags = actions.named_tags(actions.split_tags(change)[0])
    phones = "1 phone" if len(macs) == 1 else f"{len(macs):,} phones"
    if len(macs) > MAX_MACS:
        named = SET_WITH_FILE.format(macs=named)
    return SET_THEM.format(tags=tags, phones=phones, change=change, macs=named)


def _command(step: StepRecord) -> str:
    """What to type to set the tags of one phone; empty if they cannot be typed."""
    change, mac = _change(step), journal.step_of(step).details.get("mac", "")
    return SET_IT.format(mac=show_mac(mac), tags=change) if change and mac else ""


def _change(step: StepRecord) -> str:
    """`+a +b`; empty if a tag has a blank, and so cannot be typed."""
    added, _ = actions.split_tags(journal.step_of(step).details.get("tags", ""))
    return "" if any(" " in tag for tag in added) else " ".join(f"+{tag}" for tag in added)


def _is_unknown(step: StepRecord) -> bool:
    return step.unclear or step.state in (StepState.RUNNING, StepState.UNKNOWN)
