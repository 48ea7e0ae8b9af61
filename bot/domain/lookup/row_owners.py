"""The owner that a row of a list means, among those that were looked up for all rows. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.core import api_calls as calls
from bot.core.directory import Directory
from bot.core.models.people import addresses_in
from bot.core.models.text import fold, join_words
from bot.core.models.webex import LocationRef, Owner, OwnerKind
from bot.domain.lists.rows import ListRow
from bot.domain.lookup.owner_phrases import KEY
from bot.domain.lookup.owners import FOREIGN

NOBODY = "I found no {kind} called “{text}”{scope}. Please check the spelling."
_KINDS = {
    None: "person or workspace",
    OwnerKind.PERSON: "person",
    OwnerKind.WORKSPACE: "workspace",
}
DID_YOU_MEAN = " Did you mean {names}?"
UNSURE = (
    "I am not sure who “{text}” is. Did you mean {names}? Please write the email or the whole name."
)
UNREAD = "“{text}” could not be looked up. Please try again later."
READ_AS = "I read “{text}” as {owner}."
SEVERAL = (
    "{count} owners are called “{text}”: {names}. Please write the email, or add a column"
    " “location” or “type”."
)
_MOST_NAMED = 3


@dataclass(frozen=True)
class Searched:
    """What a search for one text found. `failed`: some of it could not be read."""

    owners: tuple[Owner, ...] = ()
    sure: bool = False
    failed: bool = False


@dataclass(frozen=True)
class OwnerFacts:
    """Owners as far as they were looked up for all rows.

    `searched` has the texts that name nobody exactly. `foreign` are addresses of other
    organizations. `scope` is what a sentence about a search says of its locations.
    """

    directory: Directory
    reaches: Callable[[LocationRef], bool]
    scope: str = ""
    searched: Mapping[str, Searched] = field(default_factory=dict)
    foreign: frozenset[str] = frozenset()

    @property
    def is_unread(self) -> bool:
        """Whether an owner may exist that is not among them."""
        return not {calls.PEOPLE, calls.WORKSPACES}.isdisjoint(self.directory.unread)


@dataclass(frozen=True)
class RowOwner:
    """The owner of a row, or why it is not clear; `note` says how the text was read."""

    owner: Owner | None = None
    problem: str = ""
    note: str = ""


def candidates(row: ListRow, facts: OwnerFacts) -> list[Owner]:
    """The owners that a row names exactly. Owners elsewhere are as good as unknown."""
    return _fitting(row, _exactly(row, facts.directory), facts)


def _exactly(row: ListRow, directory: Directory) -> Sequence[Owner]:
    addresses = addresses_in(row.owner)
    if addresses and row.kind is not OwnerKind.WORKSPACE:
        owner = directory.at(addresses[0])
        return [owner] if owner else []
    return directory.named(row.owner)


def _fitting(row: ListRow, owners: Sequence[Owner], facts: OwnerFacts) -> list[Owner]:
    """Those that the columns for type and location do not speak against."""
    reached = [
        owner
        for owner in owners
        if facts.reaches(owner.where) and (row.kind in (None, owner.kind) or "@" in row.owner)
    ]
    there = [owner for owner in reached if fold(owner.location) == fold(row.location)]
    return (there or reached) if row.location else reached


def find_owner(row: ListRow, facts: OwnerFacts) -> RowOwner:
    """The owner of a row that names one."""
    owners = candidates(row, facts)
    if len(owners) == 1:
        return RowOwner(owners[0])
    if owners:
        first = join_words(map(_named, owners[:_MOST_NAMED]), "and")
        return RowOwner(
            problem=SEVERAL.format(count=len(owners), text=shown(row.owner), names=first)
        )
    searched = facts.searched.get(row.owner, Searched())
    near = _fitting(row, searched.owners, facts)
    if len(near) == 1 and searched.sure:
        is_mention = KEY.fullmatch(row.owner)
        note = "" if is_mention else READ_AS.format(text=shown(row.owner), owner=near[0].described)
        return RowOwner(near[0], note=note)
    return RowOwner(problem=_nobody(row, near, facts, failed=searched.failed))


def _nobody(row: ListRow, near: Sequence[Owner], facts: OwnerFacts, *, failed: bool) -> str:
    """Why no owner is clear. That there is none is true only if all searches worked."""
    if {*addresses_in(row.owner)} & facts.foreign:
        return FOREIGN.format(name=row.owner)
    if near:
        first = join_words(map(_named, near[:_MOST_NAMED]))
        return UNSURE.format(text=shown(row.owner), names=first)
    if failed or facts.is_unread:
        return UNREAD.format(text=shown(row.owner))
    proposed = [*map(_named, facts.directory.near(row.owner, reaches=facts.reaches))]
    hint = DID_YOU_MEAN.format(names=join_words(proposed)) if proposed else ""
    kind = _KINDS[None if addresses_in(row.owner) else row.kind]
    return NOBODY.format(kind=kind, text=shown(row.owner), scope=facts.scope) + hint


def shown(text: str) -> str:
    """An owner as a row names them, for people: who is mentioned stands there as an id."""
    return "that person" if KEY.fullmatch(text) else text


def _named(owner: Owner) -> str:
    return owner.email or " in ".join(filter(None, (owner.name, owner.location)))
