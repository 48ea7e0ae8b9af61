"""A plan and its steps: what an operation would change, and what came of it. No I/O here."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Literal

from pydantic import Field, SecretStr

from bot.core.models.base import Value
from bot.core.models.text import join_words
from bot.core.models.webex import LocationRef
from bot.domain.lists.rows import row_number

# Parts of a plan that may change without changing it.
_SHOWN_ONLY = {"context", "checks", "remaining", "is_short"}
# A detail: the tags of a device before its deletion. Another tag does not change the plan.
TAGS_BEFORE = "tags_before"


class PlannedCall(Value):
    """An API call as it will be sent, without its secrets."""

    method: str
    path: str
    body: dict[str, Any] = Field(default_factory=dict)


class Step(Value):
    """One change of Webex within a plan. `action` names what makes it (`Action.name`)."""

    key: str  # unique in the plan, and the same when it is planned again
    action: str
    title: str
    call: PlannedCall
    subject: str  # steps with the same subject run one after another, over all requests
    # What the action needs to know. No secrets.
    details: dict[str, str] = Field(default_factory=dict)
    # Names of the secrets that the action cannot do without, and of those that provbot makes for
    # it. A secret of this step alone is called `KEY/NAME`, and reaches the action as `NAME`.
    needs: tuple[str, ...] = ()
    generates: tuple[str, ...] = ()
    after: tuple[str, ...] = ()  # keys of steps that must be done first
    spacing: float = 0.0  # seconds since the last change of the same subject


def step_secret(key: str, name: str) -> str:
    """The name under which the secret of a single step is kept."""
    return f"{key}/{name}"


def bare_secret(name: str) -> str:
    """The name by which an action and a generator know a secret."""
    return name.rpartition("/")[2]


def secrets_of(step: Step, kept: Mapping[str, str]) -> dict[str, str]:
    """The secrets of a request as the action of this step gets them."""
    prefix = step_secret(step.key, "")
    own = {name.removeprefix(prefix): kept[name] for name in kept if name.startswith(prefix)}
    return secrets_for_all_steps(kept) | own


def secrets_for_all_steps(kept: Mapping[str, str]) -> dict[str, str]:
    """The secrets of a request that are not those of a single step."""
    return {name: value for name, value in kept.items() if "/" not in name}


class RowCheck(Value):
    """What the check says of a row of a list: why it is wrong, or what people must know of it."""

    number: int  # as in the sheet
    is_wrong: bool
    reason: str


class Plan(Value):
    """A change with all names and ids resolved. The digest covers what is shown."""

    title: str
    facts: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...] = ()
    steps: tuple[Step, ...]
    # The locations it reaches into; empty if only a role for everywhere reaches it.
    locations: tuple[LocationRef, ...] = ()
    # Whether the other steps go on after one was refused.
    on_refusal: Literal["stop", "go on"] = "stop"
    context: tuple[tuple[str, str], ...] = ()  # shown, but may change without changing the plan
    # Of a list, the rows that are wrong, which have no step, and those with a warning.
    checks: tuple[RowCheck, ...] = ()
    # Whether its list is a few lines, which people read step by step and without files.
    is_short: bool = False
    # Of the undo of a list: why each device stays that it cannot take back now.
    remaining: tuple[str, ...] = ()
    # By name of a call (`bot.core.api_calls`): the sentence about a read that failed.
    unread: dict[str, str] = Field(default_factory=dict)
    # By name of a call: what depends on its response, as warnings, names of facts and details, or
    # `location`.
    dependents: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @property
    def first(self) -> Step:
        """The first step: of most plans the only one."""
        return self.steps[0]

    @property
    def reach(self) -> tuple[LocationRef, ...] | None:
        """The locations into which its steps reach; None if it has no steps."""
        return self.locations if self.steps else None

    @property
    def is_of_list(self) -> bool:
        """Whether its steps are about the rows of a list."""
        return bool(self.checks) or any(row_number(step.key) for step in self.steps)

    @property
    def is_told_by_rows(self) -> bool:
        """Whether people read what becomes of it by the rows of its list, not by its steps."""
        return self.is_of_list and not self.is_short

    @property
    def wrong_rows(self) -> tuple[RowCheck, ...]:
        """The rows of its list that it leaves out."""
        return tuple(check for check in self.checks if check.is_wrong)

    @property
    def ready_rows(self) -> tuple[int, ...]:
        """The numbers of the rows of its list that it runs."""
        return tuple(dict.fromkeys(filter(None, (row_number(step.key) for step in self.steps))))

    @property
    def places(self) -> str:
        """The names of its locations, for people; empty if it reaches into none."""
        return join_words((place.name for place in self.locations if place.name), "and")

    @property
    def only_location(self) -> str:
        """The name of its location; empty if it reaches into several, or none."""
        return self.locations[0].name if len(self.locations) == 1 else ""

    @property
    def has_many_steps(self) -> bool:
        """Whether it can end half done."""
        return len(self.steps) > 1

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of the secrets that its steps cannot do without."""
        return tuple(dict.fromkeys(name for step in self.steps for name in step.needs))

    @property
    def generates(self) -> tuple[str, ...]:
        """Names of the secrets that provbot makes for its steps."""
        return tuple(dict.fromkeys(name for step in self.steps for name in step.generates))

    def is_still(self, now: "Plan") -> bool:
        """Whether `now`, made of fresh facts, is this plan.

        What one of the two could not read does not count as a change.
        """
        shown = {name: getattr(self, name) for name in _SHOWN_ONLY}
        if now.model_copy(update=shown) == self:  # a thousand steps are compared in no time
            return True
        unread = {*self.unread, *now.unread}
        is_there = _are_same_places(self.locations, now.locations)
        return is_there and self.without(unread) == now.without(unread)

    def without(self, unread: Iterable[str]) -> dict[str, Any]:
        """The plan as a dict, without what depends on these reads."""
        dependents = {text for name in unread for text in self.dependents.get(name, ())}
        # Plans of older versions name the time zone of an activation code.
        left_out = {*dependents, *self.unread.values(), "zone", TAGS_BEFORE}
        plan = self.model_dump(
            mode="json", exclude={*_SHOWN_ONLY, "unread", "dependents", "locations", "steps"}
        )
        return plan | {
            "facts": [fact for fact in self.facts if fact[0] not in left_out],
            "warnings": [warning for warning in self.warnings if warning not in left_out],
            "steps": [_without(step, left_out) for step in self.steps],
            "locations": []
            if "location" in left_out
            else [location.name for location in self.locations],
        }

    def digest(self) -> str:
        """SHA-256 over the whole plan but what is only shown, in a canonical form."""
        plan = self.model_dump(mode="json", exclude=_SHOWN_ONLY)
        text = json.dumps(plan, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def _without(step: Step, left_out: Collection[str]) -> dict[str, Any]:
    details = {key: value for key, value in step.details.items() if key not in left_out}
    return step.model_dump(mode="json") | {"details": details}


def _are_same_places(before: tuple[LocationRef, ...], now: tuple[LocationRef, ...]) -> bool:
    """Whether the locations with a known id are the same; names are compared with the rest."""
    return all(
        not (first.id and second.id) or first.is_same(second)
        for first, second in zip(before, now, strict=False)
    )


class Reversal(Value):
    """What takes the change of a step back: further steps, and what people must know of them.

    No steps: there is nothing to take back, or nothing can; a warning says which.
    """

    steps: tuple[Step, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    location: LocationRef | None = None  # into which it reaches
    unread: dict[str, str] = Field(default_factory=dict)  # as in a plan


class Undo(Value):
    """Another operation that reverts a change, and its inputs.

    `made` identifies what the change made, as the plan of the undo must name it: its `subject`, and
    details. Only then may the undo need no approval. Empty: nothing identifies it.
    """

    operation: str
    inputs: dict[str, str]
    title: str = "Undo"
    note: str = ""  # what it cannot bring back
    made: dict[str, str] = Field(default_factory=dict)


class Outcome(Value):
    """The result of a change. `secret` goes to the requester alone and is never stored.

    With `secret_title` it is one of the facts of its card, else it is the headline.
    """

    title: str
    facts: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    again: str = ""  # the operation behind the button "Add another"
    again_title: str = ""
    undo: Undo | None = None
    remaining: int = 0  # of an undo: how many devices it could not take back yet
    awaits_listing: bool = False  # whether Webex accepted a phone that its lists show later
    snapshot: dict[str, Any] = Field(default_factory=dict)  # what a deletion removed
    values: dict[str, str] = Field(default_factory=dict)  # what later steps and the undo need
    secret: SecretStr | None = None
    secret_facts: tuple[tuple[str, str], ...] = ()
    secret_notes: tuple[str, ...] = ()
    secret_title: str = ""
    secret_lost: str = ""  # what to do if the secret did not reach the requester


class DoneStep(Value):
    """A step that was done, or may have been: then its outcome is empty."""

    step: Step
    outcome: Outcome
    values: dict[str, str] = Field(default_factory=dict)  # of earlier steps, as it had them


class DoneSteps(Value):
    """What a request has changed: its plan, and those of its steps that were done, in order."""

    code: str
    plan: Plan
    steps: tuple[DoneStep, ...] = ()
