"""What an operation is: form → plan → outcome. No I/O here."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from adaptivecardbuilder import AdaptiveCard
from pydantic import AliasChoices, BaseModel, Field, SecretStr

from bot.core.models.base import Value
from bot.core.models.files import FileMessage
from bot.core.models.local_time import LocalTime, utc
from bot.core.models.people import Place
from bot.core.models.webex import LocationRef
from bot.domain import unsupported
from bot.domain.commands import ChatCommand
from bot.domain.forms import Inputs, ParsedForm
from bot.domain.policy import Policy
from bot.domain.ports import (
    AcceptedPhones,
    Accounts,
    Allowlist,
    ApprovalSpace,
    HolderNotices,
    Trail,
    WebexCalling,
)
from bot.domain.unsupported import Gap
from cards.forms import Field as InputField


@dataclass(frozen=True)
class Context:
    """Everything an operation may use besides its form."""

    calling: WebexCalling
    reaches: Callable[[LocationRef], bool]  # whether the person may do this in that location
    scoped: bool = False  # whether the person is limited to some locations
    government: bool = False
    allowlist: Allowlist | None = None
    policy: Policy = field(default_factory=dict)
    trail: Trail | None = None
    accounts: Accounts | None = None
    accepted: AcceptedPhones | None = None
    holder_notices: HolderNotices | None = None
    approval_space: ApprovalSpace | None = None
    tell_admins: Callable[[str], Awaitable[None]] | None = None  # all but the requester
    place: Place | None = None  # where the person writes; None where it does not matter
    shown: "Plan | None" = None  # the plan that was shown, when its facts are read again
    by_id: bool = False  # whether all locations of the person are known by id
    domain: str = ""  # of the person's own address: a login name is completed with it
    recent_models: tuple[str, ...] = ()  # that the person added, the newest first
    # How the person reads times. While their zone is not known, a question about something at a
    # location names it by its id.
    local: Callable[..., LocalTime] = lambda _location_id="": utc(0.0)
    person: str = ""  # who asked, as others see them; known when a plan runs


@dataclass(frozen=True)
class Permission:
    """A command that this person may use; with `needs_approval`, somebody else must approve it."""

    name: str
    needs_approval: bool = False
    help_button: str = ""
    device_button: tuple[str, str] | None = None


@dataclass(frozen=True)
class Caller:
    """The person who asks a question. Roles are in words: `technician at Lyon`."""

    email: str
    roles: tuple[str, ...]
    permissions: tuple[Permission, ...]
    commands: tuple[ChatCommand, ...] = ()  # all that there are
    government: bool = False  # whether this is Webex for Government

    def may(self, name: str) -> bool:
        """Whether the person's roles allow the command of that name."""
        return any(permission.name == name for permission in self.permissions)

    def may_use(self, command: ChatCommand) -> bool:
        """Whether the person may use it; if no rule decides about it, everybody may."""
        return self.may(command.follows or command.name) if command.has_rule else True

    def gap(self, command: ChatCommand) -> Gap | None:
        """What the cloud lacks for it; None if it lacks nothing."""
        return unsupported.gap(command.feature, government=self.government)

    def needs_approval_for(self, command: ChatCommand) -> bool:
        """Whether somebody else must approve what the person asks for with it."""
        return any(
            permission.name == command.name and permission.needs_approval
            for permission in self.permissions
        )


class PlannedCall(Value):
    """An API call as it will be sent, without its secrets."""

    method: str
    path: str
    body: dict[str, Any] = Field(default_factory=dict)


class Plan(Value):
    """A change with all names and ids resolved. The digest covers what is shown."""

    title: str
    facts: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...] = ()
    calls: tuple[PlannedCall, ...]
    location: str  # name of the location it reaches into
    context: tuple[tuple[str, str], ...] = ()  # shown, but may change without changing the plan
    subject: str  # changes with the same subject run one after another
    needs: tuple[str, ...] = ()  # names of the secrets that `run` cannot do without
    generates: tuple[str, ...] = ()  # names of the secrets that provbot makes for `run`
    # What `run` and `look_up` need. No secrets.
    details: dict[str, str] = Field(default_factory=dict)
    # By name of a call (`bot.core.api_calls`): the sentence about a read that failed.
    unread: dict[str, str] = Field(default_factory=dict)
    # By name of a call: what depends on its response, as warnings, names of facts and details, or
    # `location`. Plans of older versions are stored with the key `hangs`.
    dependents: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, validation_alias=AliasChoices("dependents", "hangs")
    )
    location_id: str = ""  # of the location it reaches into: roles are compared by id

    @property
    def where(self) -> LocationRef:
        """The location it reaches into."""
        return LocationRef(self.location, self.location_id)

    def is_still(self, now: "Plan") -> bool:
        """Whether `now`, made of fresh facts, is this plan.

        What one of the two could not read does not count as a change.
        """
        unread = {*self.unread, *now.unread}
        # Plans of older versions have no location id and are compared by the rest.
        moved = self.location_id and now.location_id and not self.where.is_same(now.where)
        return not moved and self.without(unread) == now.without(unread)

    def without(self, unread: set[str]) -> dict[str, Any]:
        """The plan as a dict, without what depends on these reads."""
        dependents = {text for name in unread for text in self.dependents.get(name, ())}
        # Plans of older versions name the time zone of an activation code.
        left_out = {*dependents, *self.unread.values(), "zone"}
        plan = self.model_dump(
            mode="json", exclude={"context", "unread", "dependents", "location_id"}
        )
        return plan | {
            "facts": [fact for fact in self.facts if fact[0] not in left_out],
            "warnings": [warning for warning in self.warnings if warning not in left_out],
            "details": {key: value for key, value in self.details.items() if key not in left_out},
            "location": "" if "location" in left_out else self.location,
        }

    def digest(self) -> str:
        """SHA-256 over the whole plan but its context, in a canonical form."""
        plan = self.model_dump(mode="json", exclude={"context"})
        text = json.dumps(plan, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


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
    awaits_listing: bool = False  # whether Webex accepted a phone that its lists show later
    snapshot: dict[str, Any] = Field(default_factory=dict)  # what a deletion removed
    secret: SecretStr | None = None
    secret_facts: tuple[tuple[str, str], ...] = ()
    secret_notes: tuple[str, ...] = ()
    secret_title: str = ""
    secret_lost: str = ""  # what to do if the secret did not reach the requester


class LookupInconclusive(Exception):
    """Nobody can look up whether the change was made; the text says how a person can check."""


class LookupPending(LookupInconclusive):
    """A later look may tell; the text is used if none does."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Operation(ChatCommand):
    """A change that the bot can make: a form asks for it, a plan shows it, then it runs."""

    title: str  # as a headline
    form: type[BaseModel]
    fields: Callable[[Inputs, Context], Awaitable[list[InputField]]]
    plan: Callable[[ParsedForm, Context], Awaitable[Plan]]
    run: Callable[[Plan, Mapping[str, str], Context], Awaitable[Outcome]]
    look_up: Callable[[Plan, Context], Awaitable[Outcome | None]]  # None: verified absent
    secrets: frozenset[str] = frozenset()  # fields whose values are never stored or shown
    kept: frozenset[str] = frozenset()  # fields that "Add another" fills in as before
    generators: Mapping[str, Callable[[], str]] = field(default_factory=dict)  # of secrets, by name
    without_undo: str = ""  # a sentence for people who want to take it back, if nothing does

    @property
    def may_need_approval(self) -> bool:
        """Whether a policy can demand approval: of each change."""
        return True


@dataclass(frozen=True, kw_only=True, eq=False)
class Question(ChatCommand):
    """A command that the bot answers at once, without changing anything."""

    answer: Callable[[str, Caller, Context], Awaitable[AdaptiveCard | str | FileMessage]]
