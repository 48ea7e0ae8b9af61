"""What an operation is, and what operations rely on. No I/O here."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol, Self

from adaptivecardbuilder import AdaptiveCard
from pydantic import BaseModel, Field, SecretStr, TypeAdapter, ValidationError

from bot.errors import Invalid
from bot.models import (
    ActivationCode,
    DectNetwork,
    Device,
    Grant,
    Location,
    MacState,
    OwnedDevices,
    Owner,
    PhoneModel,
    Value,
    clean,
)
from cards.forms import Choice
from cards.forms import Field as Box

LONGEST_INPUT = 500  # no field of ours needs more; a megabyte in a box is an accident or an attack


class WebexCalling(Protocol):
    """The admin side of Webex, as far as operations need it."""

    def fresh(self) -> Self:
        """The same, asking Webex again instead of believing what was kept."""
        ...

    async def models(self) -> list[PhoneModel]:
        """The models this organization supports."""
        ...

    async def locations(self) -> list[Location]:
        """All locations."""
        ...

    async def person(self, email: str) -> Owner | None:
        """The person with exactly this email."""
        ...

    async def owners_named(self, name: str) -> list[Owner]:
        """People and workspaces whose name contains `name`."""
        ...

    async def owner(self, key: str) -> Owner | None:
        """The owner with this `Owner.key`."""
        ...

    async def mac_state(self, mac: str) -> MacState:
        """Whether a phone with this MAC could be added. A check, not a reservation."""
        ...

    async def devices(self, **filters: str) -> list[Device]:
        """`GET /devices` with its own filters."""
        ...

    async def devices_of(self, owner: Owner) -> OwnedDevices:
        """The telephony devices of an owner; knows phones that `devices` does not."""
        ...

    async def add_phone(
        self, *, mac: str, model: str, owner: Owner, password: str | None
    ) -> Device | None:
        """Add by MAC; None where Webex accepts the phone without describing it (9800 series)."""
        ...

    async def device(self, device_id: str) -> Device | None:
        """`GET /devices/{id}`; None if it is gone."""
        ...

    async def delete_device(self, device_id: str) -> None:
        """Remove it; one that is gone already is as good as removed."""
        ...

    async def add_tags(self, device_id: str, tags: Sequence[str]) -> None:
        """Add these to the tags there are, whatever they are by then."""
        ...

    async def replace_tags(self, device_id: str, tags: Sequence[str]) -> None:
        """Set exactly these tags."""
        ...

    async def activation_code(self, *, model: str, owner: Owner) -> ActivationCode:
        """A new code, each time."""
        ...

    async def dect_networks(self, *, location_id: str | None = None) -> list[DectNetwork]:
        """The DECT networks of a location, or all."""
        ...

    async def create_dect_network(self, location_id: str, settings: Mapping[str, Any]) -> str:
        """Create one; answers its id."""
        ...


class Allowlist(Protocol):
    """Who holds which roles, as far as operations need it."""

    async def grants(self) -> list[Grant]:
        """All of them."""
        ...

    async def add(self, grant: Grant) -> bool:
        """Whether the grant is new."""
        ...

    async def remove(self, grant: Grant) -> bool:
        """Whether it was there. Refused where nobody would be admin any more."""
        ...


class TrailEntry(Protocol):
    """What is shown of an entry."""

    @property
    def at(self) -> str:
        """When, ISO 8601."""
        ...

    @property
    def actor(self) -> str:
        """Who, an email."""
        ...

    @property
    def action(self) -> str:
        """What."""
        ...

    @property
    def request(self) -> str:
        """For which request."""
        ...

    @property
    def about(self) -> str:
        """What it was about, in words."""
        ...


class Trail(Protocol):
    """The audit trail, for looking at."""

    async def last(self, limit: int) -> Sequence[TrailEntry]:
        """The newest entries, newest first."""
        ...


@dataclass(frozen=True)
class Context:
    """Everything an operation may use besides its form."""

    calling: WebexCalling
    reaches: Callable[[str], bool]  # whether the person may do this in the location of that name
    scoped: bool = False  # whether the person is limited to some locations at all
    government: bool = False
    allowlist: Allowlist | None = None
    trail: Trail | None = None
    shown: "Plan | None" = None  # what was shown before, where its facts are read again


@dataclass(frozen=True)
class Ability:
    """Something this person may do; `asks` when somebody else must approve it."""

    name: str
    help: str
    example: str
    asks: bool = False


@dataclass(frozen=True)
class Asker:
    """Who asks a question. Roles are in words: `technician at Lyon`."""

    email: str
    roles: tuple[str, ...]
    abilities: tuple[Ability, ...]

    def may(self, name: str) -> bool:
        """Whether the operation of that name is among the abilities."""
        return any(ability.name == name for ability in self.abilities)


class PlannedCall(Value):
    """One API call as it will be sent, without its secrets."""

    method: str
    path: str
    body: dict[str, Any] = Field(default_factory=dict)


class Plan(Value):
    """What would be done, resolved. What is shown is what the digest covers."""

    title: str
    facts: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...] = ()
    calls: tuple[PlannedCall, ...]
    location: str  # name of the location it reaches into
    context: tuple[tuple[str, str], ...] = ()  # shown, but may change without changing the plan
    subject: str  # changes with the same subject run one after another
    needs: tuple[str, ...] = ()  # names of the secrets that `run` cannot do without
    details: dict[str, str] = Field(
        default_factory=dict
    )  # what `run` and `look_up` need, no secrets

    def digest(self) -> str:
        """SHA-256 over the whole plan but its context, in a canonical form."""
        whole = self.model_dump(mode="json", exclude={"context"})
        text = json.dumps(whole, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


class Undo(Value):
    """What takes a change back: another operation, with these inputs."""

    operation: str
    inputs: dict[str, str]
    title: str = "Undo"
    note: str = ""  # what it cannot bring back


class Outcome(Value):
    """What was done, in words. `secret` goes to the requester alone and is never stored."""

    title: str
    facts: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    again: str = ""  # the command behind the button "Add another"
    again_title: str = ""
    undo: Undo | None = None
    snapshot: dict[str, Any] = Field(
        default_factory=dict
    )  # what was there before, where it is gone
    secret: SecretStr | None = None
    secret_facts: tuple[tuple[str, str], ...] = ()


class CannotTell(Exception):
    """Whether a change was made cannot be looked up; the text says how a person can check."""


class CannotTellYet(CannotTell):
    """Not at this moment: a later look may tell. The text is for when none did."""


@dataclass
class Filled:
    """A form as it came: the values that can stand, and a sentence for each that cannot."""

    values: dict[str, Any]
    problems: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[Choice]] = field(default_factory=dict)

    def object_to(self, name: str, sentence: str, choices: list[Choice] | None = None) -> None:
        """Note what is wrong with a field, and what could be chosen instead."""
        self.problems.setdefault(name, sentence)
        if choices:
            self.choices[name] = choices

    def insist(self) -> None:
        """Raise Invalid with everything that was noted, all at once."""
        if self.problems:
            raise Invalid(self.problems, self.choices)


Inputs = Mapping[str, str]


@dataclass(frozen=True)
class Operation:
    """A change the bot can make for a person: asked for by a form, shown as a plan, then run."""

    name: str
    help: str
    example: str
    form: type[BaseModel]
    fields: Callable[[Inputs, Context], Awaitable[list[Box]]]
    plan: Callable[[Filled, Context], Awaitable[Plan]]
    run: Callable[[Plan, Mapping[str, str], Context], Awaitable[Outcome]]
    look_up: Callable[[Plan, Context], Awaitable[Outcome | None]]  # None: verified absent
    secrets: frozenset[str] = frozenset()  # fields whose values are never stored or shown

    @property
    def title(self) -> str:
        """As a headline."""
        return (self.name[0].upper() + self.name[1:]).replace("dect", "DECT")


@dataclass(frozen=True)
class Question:
    """Something the bot answers at once and without changing anything."""

    name: str
    help: str
    example: str
    answer: Callable[[str, Asker, Context], Awaitable[AdaptiveCard]]


def read_form(form: type[BaseModel], inputs: Inputs) -> Filled:
    """Each field by itself, so that one mistake does not hide the others."""
    filled = Filled({})
    for name, info in form.model_fields.items():
        text = inputs.get(name, "")
        if not text and not info.is_required():
            filled.values[name] = info.default
            continue
        try:
            filled.values[name] = _checkers(form)[name].validate_python(text)
        except ValidationError as problem:
            filled.object_to(name, _sentence(problem, info.title or name, text))
    return filled


@cache
def _checkers(form: type[BaseModel]) -> Mapping[str, TypeAdapter[Any]]:
    """One for each field. Kept: to make one costs more than to check a field a hundred times."""
    fields = form.model_fields.items()
    return {name: TypeAdapter(info.rebuild_annotation()) for name, info in fields}


def tidy(form: type[BaseModel], inputs: Mapping[str, Any]) -> dict[str, str]:
    """What a card or command gave, as clean strings; keys that the form does not know are dropped."""
    known = {name: inputs[name] for name in form.model_fields if inputs.get(name) is not None}
    return {name: _text(value) for name, value in known.items() if _text(value)}


def _text(value: Any) -> str:
    return clean(str(value), LONGEST_INPUT + 1) if isinstance(value, str | int | float) else ""


def _sentence(problem: ValidationError, title: str, text: str) -> str:
    if not text:
        return f"{title} is needed."
    return str(problem.errors()[0]["msg"]).removeprefix("Value error, ")
