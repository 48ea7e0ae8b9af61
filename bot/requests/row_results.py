"""What became of a row that does several things, such as a handset with two lines. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence

from bot.core.models.mac import show_mac
from bot.core.models.steps import StepRecord
from bot.domain import error_messages
from bot.domain.lists.answer import RowAnswer, RowStatus
from bot.domain.plan import Step
from bot.operations.actions import dect_steps
from bot.requests import journal
from bot.requests.lifecycle import StepState

DONE = "was added."
NOT_DONE, NOT_BEGUN, NOT_CERTAIN = "was not added", "was not begun", "is not certain"
# What the parts of a row are called.
NAMES = {
    dect_steps.ADD_BASE: "The base station",
    dect_steps.ADD_HANDSET: "The handset",
    dect_steps.SECOND_LINE: "The second line",
}
NO_BASE = (
    "The new network has no base station yet. Without one, its handsets cannot be paired. To add"
    " one, type: add base"
)
NETWORK_GONE = "The DECT network was deleted meanwhile."  # why the rest never began
_GONE = (NETWORK_GONE, error_messages.NETWORK_IS_GONE.partition(".")[0])
_WORST_FIRST = (RowStatus.UNKNOWN, RowStatus.FAILED, RowStatus.NOT_BEGUN)
_PHRASES = {
    RowStatus.UNKNOWN: NOT_CERTAIN,
    RowStatus.FAILED: NOT_DONE,
    RowStatus.NOT_BEGUN: NOT_BEGUN,
}


# What a result counts of such rows, in this order.
_COUNTED = {
    dect_steps.ADD_BASE: "Bases added",
    dect_steps.ADD_HANDSET: "Handsets added",
    dect_steps.SECOND_LINE: "Second lines set",
}


def described(step: Step) -> str:
    """What a part of a row adds: `handset “Ann A.” of Ann Alder`, `second line for Bob Birch`."""
    details = step.details
    if step.action == dect_steps.ADD_BASE:
        return f"base station {show_mac(details['mac'])}"
    if step.action == dect_steps.ADD_HANDSET:
        return f"handset “{details['display_name']}” of {details['owner_name']}"
    return f"second line for {details['second_name']}"


def counts(steps: Iterable[StepRecord]) -> list[tuple[str, str]]:
    """`Bases added: 2`, as facts: what was done of rows with several parts."""
    done_steps = journal.with_state(steps, StepState.DONE)
    done = Counter(journal.step_of(step).action for step in done_steps)
    return [(name, f"{done[action]:,}") for action, name in _COUNTED.items() if done[action]]


def missing_bases(steps: Sequence[StepRecord]) -> list[str]:
    """That the handsets of a new network have no base station, if none was added."""
    states = {(journal.step_of(step).action, step.state) for step in steps}
    is_new = (dect_steps.CREATE_NETWORK, StepState.DONE) in states
    has_handsets = (dect_steps.ADD_HANDSET, StepState.DONE) in states
    has_base = (dect_steps.ADD_BASE, StepState.DONE) in states
    return [NO_BASE] if is_new and has_handsets and not has_base else []


def is_half_done(answer: RowAnswer) -> bool:
    """Whether a part of the row was done and another one never began."""
    return answer.status is RowStatus.NOT_BEGUN and DONE in answer.reason


def is_network_gone(answer: RowAnswer) -> bool:
    """Whether the row was not done because somebody deleted its DECT network meanwhile."""
    return any(sentence in answer.reason for sentence in _GONE)


def merged(steps: Sequence[StepRecord], answers: Sequence[RowAnswer]) -> RowAnswer:
    """The answer of a row, given those of its steps: the worst status, and what became of each.

    What is done is named only where something else is not.
    """
    if len({(answer.status, answer.reason) for answer in answers}) == 1:
        return answers[0]
    worst = [
        status for status in _WORST_FIRST if any(answer.status is status for answer in answers)
    ]
    if not worst:
        reasons = dict.fromkeys(answer.reason for answer in answers if answer.reason)
        return RowAnswer(answers[0].status, " ".join(reasons))
    sentences = map(_sentence, steps, answers)
    tracking_id = next((answer.tracking_id for answer in answers if answer.tracking_id), "")
    return RowAnswer(worst[0], " ".join(sentences), tracking_id)


def _sentence(step: StepRecord, answer: RowAnswer) -> str:
    """`The handset was added.`, `The second line was not added: …`."""
    approved = journal.step_of(step)
    name = NAMES.get(approved.action, approved.title)
    if answer.status not in _PHRASES:
        return f"{name} {DONE}"
    phrase = _PHRASES[answer.status]
    if approved.action == dect_steps.ADD_BASE:  # its row is called after the owner
        name = f"{name} {show_mac(approved.details['mac'])}"
    return f"{name} {phrase}: {answer.reason}" if answer.reason else f"{name} {phrase}."
