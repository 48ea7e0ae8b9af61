"""What an operation is: form → plan → steps → outcome. No I/O here."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from adaptivecardbuilder import AdaptiveCard
from pydantic import BaseModel

from bot.core.errors import ProvbotError, WebexError
from bot.core.models.dect import NetworkContents, NetworkRef
from bot.core.models.files import FileMessage
from bot.core.models.followed import FollowTarget, Removed
from bot.core.models.local_time import LocalTime, utc
from bot.core.models.people import Place
from bot.core.models.webex import Device, LocationRef
from bot.domain import unsupported
from bot.domain.commands import ChatCommand, DeviceButton
from bot.domain.dect_pace import SPACING
from bot.domain.forms import Inputs, ParsedForm
from bot.domain.lists.column_names import Field as ListField
from bot.domain.lists.rows import ROWS, ReadList
from bot.domain.lists.sheet import Limits
from bot.domain.plan import Outcome, Plan, Reversal, Step
from bot.domain.policy import UNDO, Policy
from bot.domain.ports import (
    AcceptedPhones,
    Accounts,
    Allowlist,
    ApprovalSpace,
    FollowedDevices,
    HolderNotices,
    Journal,
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
    dect_spacing: float = SPACING  # seconds between changes of a network's handsets
    accounts: Accounts | None = None
    accepted: AcceptedPhones | None = None
    followed: FollowedDevices | None = None  # known where a person asks
    holder_notices: HolderNotices | None = None
    approval_space: ApprovalSpace | None = None
    tell_admins: Callable[[str], Awaitable[None]] | None = None  # all but the requester
    place: Place | None = None  # where the person writes; None where it does not matter
    journal: Journal | None = None
    undoes: str = ""  # the code of the request that is taken back
    rows: ReadList | None = None  # the list that the request is about
    # The devices with these MACs, where many were read with a few calls.
    devices_by_mac: Mapping[str, Sequence[Device]] = field(default_factory=dict)
    # The DECT networks that were read for the undo of many steps, with all that is in them.
    networks: Mapping[NetworkRef, NetworkContents] = field(default_factory=dict)
    shown: Plan | None = None  # the plan that was shown, when its facts are read again
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
    device_button: DeviceButton | None = None


@dataclass(frozen=True)
class Caller:
    """The person who asks a question. Roles are in words: `technician at Lyon`."""

    email: str
    roles: tuple[str, ...]
    permissions: tuple[Permission, ...]
    commands: tuple[ChatCommand, ...] = ()  # all that there are
    government: bool = False  # whether this is Webex for Government
    # Whether the roles allow a command in a location; None: wherever they allow it at all.
    allows: Callable[[str, LocationRef], bool] | None = None

    @cached_property
    def _by_name(self) -> Mapping[str, Permission]:
        return {permission.name: permission for permission in self.permissions}

    def may(self, name: str) -> bool:
        """Whether the person's roles allow the command of that name."""
        return name in self._by_name

    def may_at(self, name: str, where: LocationRef) -> bool:
        """Whether the person's roles allow the command of that name in that location."""
        return self.may(name) and (self.allows is None or self.allows(name, where))

    def may_use(self, command: ChatCommand) -> bool:
        """Whether the person may use it; if no rule decides about it, everybody may."""
        return self.may(command.follows or command.name) if command.has_rule else True

    def gap(self, command: ChatCommand) -> Gap | None:
        """What the cloud lacks for it; None if it lacks nothing."""
        return unsupported.gap(command.feature, government=self.government)

    def needs_approval_for(self, command: ChatCommand) -> bool:
        """Whether somebody else must approve what the person asks for with it."""
        permission = self._by_name.get(command.name)
        return permission is not None and permission.needs_approval


@dataclass(frozen=True)
class PrivateAnswer:
    """An answer with secrets, for the direct message of the person who asked.

    If they asked elsewhere, `sent` or `not_sent` is said there. Where nobody else reads, there is
    only the answer.
    """

    answer: FileMessage
    sent: str
    not_sent: str


class LookupInconclusive(Exception):
    """Nobody can look up whether the change was made; the text says how a person can check."""


class LookupPending(LookupInconclusive):
    """A later look may tell; the text is used if none does."""


@dataclass(frozen=True)
class Job:
    """One step to do, with its plan. `values` are those of earlier steps, as `add.device`."""

    plan: Plan
    step: Step
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def details(self) -> dict[str, str]:
        """The details of the step."""
        return self.step.details

    @classmethod
    def only(cls, plan: Plan) -> "Job":
        """The job of a plan with one step."""
        return cls(plan, plan.first)


async def no_undo(job: Job, _outcome: Outcome, _ctx: Context) -> Reversal:
    """Nothing takes it back."""
    return Reversal(warnings=(f"This cannot be undone: {job.step.title}.",))


class NoBulk(ProvbotError):
    """This cloud has no call for several changes. Nothing was changed; each can be sent alone."""


# What became of one of several changes: why it was refused; None if it must be looked up.
BulkResult: TypeAlias = Outcome | WebexError | None
# What a look at one of several changes tells; None: it is verified absent.
BulkLookup: TypeAlias = Outcome | LookupInconclusive | None


@dataclass(frozen=True)
class Bulk:
    """How steps of one subject are made with one call, at most `limit` of them.

    `run` sends them, and returns what became of each, in their order; an error that it raises is
    about all of them. After NoBulk, `Action.run` is called for each. `look_up` tells what became of
    each after an answer was lost, with as few reads as possible.
    """

    limit: int
    run: Callable[[Sequence[Job], Mapping[str, str], Context], Awaitable[Sequence[BulkResult]]]
    look_up: Callable[[Sequence[Job], Context], Awaitable[Sequence[BulkLookup]]]


def nothing_to_follow(_job: Job, _outcome: Outcome) -> FollowTarget | None:
    """None: the step adds nothing that registers with Webex."""
    return None


def removes_nothing(_job: Job) -> Removed | None:
    """None: the step removes nothing that may be followed."""
    return None


@dataclass(frozen=True)
class Action:
    """What a step can do. `run` sends the step's call.

    `look_up` returns None if the change is verified absent. `undo` returns what takes the change
    back, given what came of it and what Webex has now; Refused if something is in the way.
    With `bulk`, several steps can be one call. `follow` returns what registers with Webex later,
    given what came of the step; `removes` what nobody waits for any more, once the step is done.
    """

    name: str
    run: Callable[[Job, Mapping[str, str], Context], Awaitable[Outcome]]
    look_up: Callable[[Job, Context], Awaitable[Outcome | None]]
    undo: Callable[[Job, Outcome, Context], Awaitable[Reversal]] = no_undo
    without_undo: str = ""  # what to say of all steps of this kind, if nothing takes them back
    bulk: Bulk | None = None
    follow: Callable[[Job, Outcome], FollowTarget | None] = nothing_to_follow
    removes: Callable[[Job], Removed | None] = removes_nothing


def first_outcome(plan: Plan, outcomes: Mapping[str, Outcome]) -> Outcome:
    """The outcome of a plan with one step."""
    return outcomes[plan.first.key]


@dataclass(frozen=True)
class Remainder:
    """What is left of a half-done plan: how things are, in a sentence, and what finishes it."""

    state: str
    command: str


def no_remainder(_plan: Plan, _done: Collection[str]) -> Remainder | None:
    """None: no single command finishes what is left of the plan."""
    return None


@dataclass(frozen=True)
class Handout:
    """A file for the requester alone at the end of a request, made of what Webex has then.

    `make` gets the code and the plan of the request, and the values that its steps that are done
    gave, by their keys; None if there is nothing to hand out. `name` is that of the file in a
    sentence, `advice` what to do with it, and `otherwise` says how to get it later. `file_name`
    gives the name of the file by the code of the request.
    """

    name: str
    make: Callable[[str, Plan, Mapping[str, Inputs], Context], Awaitable[FileMessage | None]]
    advice: str
    otherwise: Callable[[Plan], str]
    file_name: Callable[[str], str]


def no_follow_ups(_plan: Plan) -> Mapping[str, str]:
    """Empty: the result has no further buttons."""
    return {}


def many_steps(plan: Plan) -> bool:
    """True for plans with many steps."""
    return plan.has_many_steps


def any_steps(_plan: Plan) -> bool:
    """True for each plan, also with one step."""
    return True


@dataclass(frozen=True, kw_only=True, eq=False)
class Operation(ChatCommand):
    """A change that the bot can make: a form asks for it, a plan shows it, then it runs."""

    title: str  # as a headline
    form: type[BaseModel]
    fields: Callable[[Inputs, Context], Awaitable[list[InputField]]]
    plan: Callable[[ParsedForm, Context], Awaitable[Plan]]
    actions: tuple[Action, ...]  # of the steps of its plans
    # What to tell when all steps are done, given the outcome of each by its key.
    outcome: Callable[[Plan, Mapping[str, Outcome]], Outcome] = first_outcome
    secrets: frozenset[str] = frozenset()  # fields whose values are never stored or shown
    kept: frozenset[str] = frozenset()  # fields that "Add another" fills in as before
    generators: Mapping[str, Callable[[], str]] = field(default_factory=dict)  # of secrets, by name
    # What each row of its list must have (`bot.domain.lists`); None: it takes no list.
    row_fields: frozenset[ListField] | None = None
    # The fields of its form whose lines are its list, and what reads them. Refused if there is no
    # list in them. Without a function, they are read as a list that was pasted.
    boxes: tuple[str, ...] = (ROWS,)
    read_boxes: Callable[[Inputs, Limits], ReadList] | None = None
    without_undo: str = ""  # a sentence for people who want to take it back, if nothing does
    # Whether the actions of a plan's steps take them back. With one step, its outcome can name
    # another operation that does.
    undoes_steps: Callable[[Plan], bool] = many_steps
    # What is left of a plan, given the keys of the steps that are done.
    remainder: Callable[[Plan, Collection[str]], Remainder | None] = no_remainder
    handout: Handout | None = None
    # What further buttons on its result type, by their titles.
    follow_ups: Callable[[Plan], Mapping[str, str]] = no_follow_ups
    undo_title_half_done: str = "Undo"  # of the button where only a part of the steps was done

    async def planned(self, parsed: ParsedForm, ctx: Context) -> Plan:
        """The plan for this form, which knows whether its list is short."""
        plan = await self.plan(parsed, ctx)
        is_short = ctx.rows is not None and ctx.rows.is_short
        return plan.model_copy(update={"is_short": True}) if is_short else plan

    @property
    def may_need_approval(self) -> bool:
        """Whether a policy can demand approval: of each change."""
        return True

    @property
    def is_undo(self) -> bool:
        """Whether it takes back the steps of another operation."""
        return self.name.startswith(UNDO)

    def action(self, name: str) -> Action:
        """The action with this name."""
        return next(action for action in self.actions if action.name == name)

    @property
    def has_inputs(self) -> bool:
        """Whether its form asks for anything."""
        return bool(self.form.model_fields)

    @property
    def takes_list(self) -> bool:
        """Whether it is about the rows of a list."""
        return self.row_fields is not None

    @property
    def undo_from_steps(self) -> bool:
        """Whether its undo is planned from its steps: an operation of its own takes them back."""
        return (
            self.outcome is not first_outcome or self.undoes_steps is not many_steps
        ) and not self.is_undo


@dataclass(frozen=True, kw_only=True, eq=False)
class Question(ChatCommand):
    """A command that the bot answers at once, without changing anything."""

    answer: Callable[
        [str, Caller, Context], Awaitable[AdaptiveCard | str | FileMessage | PrivateAnswer]
    ]
