"""How long a request still takes whose changes keep a pause between them. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.chat.progress_report import MAX_EDITS
from bot.core.models.local_time import LocalTime
from bot.core.models.steps import StepRecord
from bot.domain import dect_pace
from bot.domain.operation import Operation
from bot.domain.plan import Plan, Step
from bot.requests import journal
from bot.requests.lifecycle import StepState

PAUSE = "Webex wants {spacing:g} s between changes of handsets"


@dataclass(frozen=True)
class TimeLeft:
    """What is still to come of one subject. `next_at` is when the next change begins."""

    changes: int
    spacing: float  # seconds
    seconds: float
    next_at: float  # Unix seconds

    def phrase(self, local: LocalTime) -> str:
        """`about 6 minutes left (Webex wants 90 s …; the next at 14:05 CET)`.

        The message of a long run is edited every few changes only, so it says when the run ends
        instead: that stays true.
        """
        left = f"{dect_pace.time_needed(self.seconds)} left"
        pause = PAUSE.format(spacing=self.spacing)
        if self.changes > MAX_EDITS:
            return f"{left}, until about {local.show(local.now + self.seconds)} ({pause})"
        next_at = local.show(self.next_at)
        if self.next_at <= local.now or next_at == local.show(local.now):  # it has no seconds
            return f"{left} ({pause})"
        return f"{left} ({pause}; the next at {next_at})"


def bulk_sizes(operation: Operation) -> dict[str, int]:
    """How many steps of an action are at most made with one call, where several can be."""
    return {action.name: action.bulk.limit for action in operation.actions if action.bulk}


def time_needed(planned: Plan, sizes: Mapping[str, int]) -> str:
    """`about 6 minutes`: how long the pauses of a plan take; empty if it has none."""
    subjects: defaultdict[str, list[Step]] = defaultdict(list)
    for step in planned.steps:
        if step.spacing:
            subjects[step.subject].append(step)
    seconds = (
        dect_pace.seconds_needed(
            dect_pace.changes_of((step.action for step in steps), sizes), steps[0].spacing
        )
        for steps in subjects.values()
    )
    longest = max(seconds, default=0.0)
    return dect_pace.time_needed(longest) if longest else ""


def time_left(steps: Sequence[StepRecord], sizes: Mapping[str, int], now: float) -> TimeLeft | None:
    """How long the changes take that are left; None if none of them has to wait for a pause.

    `sizes` as `bulk_sizes`. Changes of different subjects wait side by side.
    """
    subjects: defaultdict[str, list[StepRecord]] = defaultdict(list)
    for record in steps:
        step = journal.step_of(record)
        if step.spacing:
            subjects[step.subject].append(record)
    times_left = (_of_subject(records, sizes, now) for records in subjects.values())
    return max(filter(None, times_left), key=lambda left: left.seconds, default=None)


def _of_subject(
    records: Sequence[StepRecord], sizes: Mapping[str, int], now: float
) -> TimeLeft | None:
    waiting = journal.with_state(records, StepState.PENDING)
    if not waiting:
        return None
    pending = [journal.step_of(record) for record in waiting]
    spacing = max(step.spacing for step in pending)
    # What was sent and waits again: the cloud has no call for several, so each goes alone.
    alone = {step.action for step, record in zip(pending, waiting, strict=True) if record.attempts}
    sizes = {action: size for action, size in sizes.items() if action not in alone}
    changes = dect_pace.changes_of((step.action for step in pending), sizes)
    wait = max(
        dect_pace.wait_before(_last_change(records, now), now, spacing),
        *((record.not_before or now) - now for record in waiting),
    )
    seconds = dect_pace.seconds_needed(changes, spacing, wait)
    return TimeLeft(changes, spacing, seconds, now + wait) if seconds else None


def _last_change(records: Iterable[StepRecord], now: float) -> float | None:
    """When the last of them was sent or ended; now, if one is being sent."""
    sent = [record for record in records if record.attempts]
    if any(record.state in (StepState.RUNNING, StepState.UNKNOWN) for record in sent):
        return now
    return max((record.changed_at for record in sent), default=None)
