"""Requests, decisions on them, and the messages that show them, as the database keeps them."""

from typing import Any

from pydantic import Field

from bot.core.models.base import Value
from bot.core.models.people import Place, Sender


class Request(Value):
    """One request. `inputs` hold no secrets; times are Unix seconds."""

    code: str
    state: str
    version: int
    operation: str
    event_id: str
    requester: Sender
    place: Place
    card_id: str | None = None
    inputs: dict[str, str]
    reason: str = ""  # why the requester wants it, for the approver
    plan: dict[str, Any] | None = None
    digest: str | None = None
    planned_at: float | None = None
    asked_in: str | None = None  # the approval space; empty: direct messages
    approve_by: float | None = None
    run_by: float | None = None
    finish_by: float | None = None  # after that, no step is sent
    stopped_by: str = ""  # who stopped it while it ran
    reminded_at: float | None = None
    outcome: dict[str, Any] | None = None
    undoes: str = ""  # the code of the request that it takes back
    spent: dict[str, dict[str, float]] = Field(
        default_factory=dict
    )  # by stage: see `bot.core.call_stats.SPENT`
    told: bool = False  # whether the requester heard how it ended
    created_at: float
    changed_at: float
    changed_by: str


APPROVE, REJECT = "approve", "reject"  # what a vote can be


class Vote(Value):
    """One person's decision on one request. `at` is in Unix seconds."""

    person_id: str
    email: str
    name: str = ""
    verdict: str
    reason: str
    at: float

    @property
    def by(self) -> Sender:
        """The person as they were when they decided."""
        return Sender(self.person_id, self.email, name=self.name)


class CardCopy(Value):
    """A message that shows an approval card: in a space (`room_id`), or to one person (`email`)."""

    message_id: str
    request: str
    room_id: str
    email: str


class ProgressMessage(Value):
    """A posted progress message. `request` is the code of the request that it shows, or empty."""

    message_id: str
    request: str
