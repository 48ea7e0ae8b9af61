"""The names on the handsets of a network: written or made, and which handset has one. Pure.

Webex answers by the names, so those of one network must differ (docs/webex/provisioning.md §5).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.core.models.dect import MAX_HANDSET_NAME, Handset
from bot.core.models.text import fold
from bot.core.models.webex import Owner, uuid_in
from bot.domain import dect_limits
from bot.domain.lists.rows import ListRow

TOO_LONG = (
    "A name on a handset has 1 to 16 characters; “{name}” has {length}. It could be “{short}”."
)
TAKEN = (
    "“{name}” is the name of another handset in this network. Please write another name, or none:"
    " then I make one."
)
IN_LIST = (
    "{row} has the name “{name}”, too. Please write another name for one of them, or none: then"
    " I make one."
)


@dataclass(frozen=True)
class NamedHandset:
    """The name on the handset of a row, the handset that is there with it, and what is wrong."""

    name: str
    there: Handset | None = None
    problem: str = ""


class HandsetNames:
    """The names of the handsets that are there, and of the rows so far."""

    def __init__(self, handsets: Iterable[Handset], rows: Sequence[ListRow]) -> None:
        self._by_name: defaultdict[str, list[Handset]] = defaultdict(list)
        self._by_owner: defaultdict[str, list[Handset]] = defaultdict(list)
        for handset in handsets:
            self._by_name[fold(handset.shown_name)].append(handset)
            self._by_owner[_plain(handset.lines[0].id) if handset.lines else ""].append(handset)
        self._written: dict[str, int] = {}  # the first row with each name that is written
        for row in rows:
            if row.display_name:
                self._written.setdefault(fold(row.display_name), row.number)
        self._made: dict[str, int] = {}  # the row that adds a handset with each name
        self._found: set[str] = set()  # ids of handsets that are those of rows

    def of(self, row: ListRow, owner: Owner) -> NamedHandset:
        """The name for the handset of a row; without a written one, it is made from the owner's."""
        named = self._written_name(row, owner) if row.display_name else self._made_name(owner)
        if named.there:
            self._found.add(named.there.id)
        return named

    def keep(self, name: str, number: int) -> None:
        """Note that the row with this number adds a handset with this name."""
        self._made.setdefault(fold(name), number)

    def others_of(self, owner: Owner) -> list[Handset]:
        """The handsets that the owner has there and that no row has asked for so far."""
        own = self._by_owner.get(_plain(owner.id), ())
        return [handset for handset in own if handset.id not in self._found]

    def _written_name(self, row: ListRow, owner: Owner) -> NamedHandset:
        name = row.display_name
        if len(name) > MAX_HANDSET_NAME:
            short = dect_limits.free_handset_name(name, self._taken())
            problem = TOO_LONG.format(name=name, length=len(name), short=short)
            return NamedHandset(name, problem=problem)
        if first := self._made.get(fold(name)):  # a row that is wrong takes no name
            above = f"{'Line' if row.is_of_boxes else 'Row'} {first}"
            return NamedHandset(name, problem=IN_LIST.format(row=above, name=name))
        there = self._there(name, owner)
        is_taken = there is None and bool(self._by_name.get(fold(name)))
        return NamedHandset(name, there, TAKEN.format(name=name) if is_taken else "")

    def _made_name(self, owner: Owner) -> NamedHandset:
        """A name unlike all others, or that of a handset of the owner's which is there.

        So the same list names the same handsets once more.
        """
        own = {fold(handset.shown_name) for handset in self._candidates(owner)}
        written = self._written.keys() | self._made.keys()
        name = dect_limits.free_handset_name(owner.name, self._taken() - (own - written))
        return NamedHandset(name, self._there(name, owner))

    def _there(self, name: str, owner: Owner) -> Handset | None:
        """The owner's handset with this name."""
        candidates = {handset.id for handset in self._candidates(owner)}
        same = self._by_name.get(fold(name), ())
        return next((handset for handset in same if handset.id in candidates), None)

    def _candidates(self, owner: Owner) -> list[Handset]:
        """The owner's handsets, and those of which Webex left out whose they are."""
        unclear = self._by_owner.get("", ())
        own = (*self._by_owner.get(_plain(owner.id), ()), *unclear)
        return [handset for handset in own if handset.id not in self._found]

    def _taken(self) -> set[str]:
        """All names, folded."""
        return {*self._by_name, *self._written, *self._made}


def _plain(member_id: str) -> str:
    """An id that is the same in each encoding."""
    return uuid_in(member_id) or member_id
