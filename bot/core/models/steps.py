"""The journal of a request's steps, as the database keeps it."""

from typing import Any

from bot.core.models.base import Value


class StepRecord(Value):
    """One step of a request. Times are Unix seconds."""

    request: str
    number: int  # its place in the plan, from 1
    key: str
    spec: str  # the step as it was approved, as JSON
    state: str
    attempts: int = 0  # how often it was sent
    not_before: float | None = None  # it must not begin earlier
    begun_at: float | None = None  # when it was last sent
    changed_at: float
    result: dict[str, Any] | None = None  # its outcome, without secrets
    reason: str = ""  # why it was not done
    unclear: bool = False  # whether a failed step may have been done all the same
    reference: str = ""  # what Cisco support asks for, without Webex's words
    tracking_id: str = ""
