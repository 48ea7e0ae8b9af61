"""The owners that a list of rows may mean, looked up for all rows at once. No I/O."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.core.api_calls import Call
from bot.core.models.text import CONTROL, fold, fold_loosely
from bot.core.models.webex import LocationRef, Owner, OwnerKind

MAX_TYPOS = 2  # letters in which a proposal differs
MIN_LETTERS = 3  # of a text for which there are proposals: a shorter one is near to many
# Owners that are compared for proposals. In a larger organization, proposals are made of the first.
MAX_COMPARED = 5_000

Names = Mapping[str, tuple[Owner, ...]]


def address_of(text: str) -> str:
    """An email in the form in which it is compared."""
    return CONTROL.sub("", text).strip().lower()


@dataclass(frozen=True)
class Directory:
    """The owners of an organization, as far as they were looked up.

    `owners` are complete. `others` are partial, and only proposed. `aliases` are owners by a
    further address of theirs. `unread` are reads that failed and only warn; with PEOPLE or
    WORKSPACES among them, an owner that is not here may exist all the same.
    """

    owners: tuple[Owner, ...] = ()
    others: tuple[Owner, ...] = ()
    aliases: Mapping[str, Owner] = field(default_factory=dict)
    unread: tuple[Call, ...] = ()

    def at(self, email: str) -> Owner | None:
        """The person with this address."""
        return self._by_address.get(address_of(email))

    def named(self, name: str) -> tuple[Owner, ...]:
        """People and workspaces with this name, as people see it.

        If there are none, those whose names differ from it in diacritics only.
        """
        return self._by_name.get(fold(name)) or self._by_loose_name.get(fold_loosely(name), ())

    def near(
        self, text: str, limit: int = 3, *, reaches: Callable[[LocationRef], bool] | None = None
    ) -> tuple[Owner, ...]:
        """Up to `limit` owners whose address or name is a typing mistake or two away, best first.

        They may be partial. `reaches` leaves out owners elsewhere: nobody must learn of them. It
        takes up to 0.4 ms with 5,000 owners.
        """
        folded = fold_loosely(text)
        if len(folded) < MIN_LETTERS:
            return ()
        for key, index in self._keys(folded):
            owners = [owner for owner in index.near(key) if not reaches or reaches(owner.where)]
            if owners:
                return tuple(owners[:limit])
        return ()

    def _keys(self, folded: str) -> Iterator[tuple[str, "_Index"]]:
        """What is compared, and with what, as long as nothing is near."""
        if "@" in folded:
            yield folded, self._addresses
            folded = folded.partition("@")[0].replace(".", " ")  # a login name is often the name
        else:
            yield folded, self._names
        yield _in_order(folded), self._sorted_names

    @cached_property
    def _by_address(self) -> Mapping[str, Owner]:
        return {**self.aliases, **{owner.email: owner for owner in self.owners if owner.email}}

    @cached_property
    def _by_name(self) -> Names:
        return _grouped(self.owners, fold)

    @cached_property
    def _by_loose_name(self) -> Names:
        return _grouped(self.owners, fold_loosely)

    @cached_property
    def _compared(self) -> tuple[Owner, ...]:
        return (*self.owners, *self.others)[:MAX_COMPARED]

    @cached_property
    def _addresses(self) -> "_Index":
        people = [owner for owner in self._compared if owner.kind is OwnerKind.PERSON]
        return _Index((owner.email, owner) for owner in people)

    @cached_property
    def _names(self) -> "_Index":
        return _Index((fold_loosely(owner.name), owner) for owner in self._compared)

    @cached_property
    def _sorted_names(self) -> "_Index":
        return _Index((_in_order(fold_loosely(owner.name)), owner) for owner in self._compared)


def _in_order(folded: str) -> str:
    """The words in alphabetical order, without commas: `keller, bob` → `bob keller`."""
    return " ".join(sorted(folded.replace(",", " ").split()))


def _grouped(owners: Iterable[Owner], folded: Callable[[str], str]) -> Names:
    groups: defaultdict[str, list[Owner]] = defaultdict(list)
    for owner in owners:
        groups[folded(owner.name)].append(owner)
    return {name: tuple(group) for name, group in groups.items() if name}


class _Index:
    """Owners by a text. A text is compared with those that begin or end with the same letter.

    That leaves out nine of ten comparisons, and few people mistype both letters. An address ends
    before its domain, which many addresses share.
    """

    def __init__(self, owners: Iterable[tuple[str, Owner]]) -> None:
        self._owners: defaultdict[str, list[Owner]] = defaultdict(list)
        for text, owner in owners:
            if text:
                self._owners[text].append(owner)
        self._texts: defaultdict[tuple[int, int, str], list[str]] = defaultdict(list)
        for text in self._owners:
            for place, letter in _ends(text):
                self._texts[len(text), place, letter].append(text)

    def near(self, text: str) -> list[Owner]:
        """The owners whose text differs in at most MAX_TYPOS letters, the nearest first."""
        lengths = range(len(text) - MAX_TYPOS, len(text) + MAX_TYPOS + 1)
        scores: dict[str, float] = {}
        for length, (place, letter) in product(lengths, _ends(text)):
            near = process.extract(
                text,
                self._texts.get((length, place, letter), ()),
                scorer=OSA.distance,
                processor=None,
                score_cutoff=MAX_TYPOS,
                limit=None,
            )
            scores.update({near_text: distance for near_text, distance, _ in near})
        nearest = sorted(scores, key=lambda near_text: (scores[near_text], near_text))
        return [owner for near_text in nearest for owner in self._owners[near_text]]


def _ends(text: str) -> Iterable[tuple[int, str]]:
    """The first letter, and the last one before the domain of an address, each with its place."""
    return enumerate((text[:1], text.partition("@")[0][-1:]))
