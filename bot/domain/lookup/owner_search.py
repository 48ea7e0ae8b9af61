"""Searches the organization for the owner of a phrase, from cheap exact reads to weaker ones.

1. What is exact: an id, an email, an extension, the beginning of a name. The usual case ends here.
2. Parts of the name, a login name.
3. Two halves of the phrase, as in “Bob in Lobby Lyon”.
4. The list of owners, compared without diacritics and with typos.

Each read is cached and bounded; a step is taken only if the one before finds nothing. Owners that
the person may not reach count for nothing: not even their existence may be told.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from bot.core import api_calls
from bot.core.api_calls import Call
from bot.core.errors import RateLimited, WebexError
from bot.core.models.text import fold, fold_loosely
from bot.core.models.webex import Owner
from bot.domain import fallback
from bot.domain.lookup import names
from bot.domain.lookup.names import Match, Named
from bot.domain.lookup.owner_phrases import Number, OwnerPhrase, read_number, split_phrase
from bot.domain.operation import Context

SearchResult = list[Owner] | WebexError  # the owners, or why the search failed

MAX_WORDS = 2  # of a name that are searched one by one: the longest tell most
MAX_REFERENCES = 3  # addresses and mentions of one phrase that are read
BEGINNING = 3  # letters by which names with a typo are found
DID_YOU_MEAN = "Did you mean one of these?"
ALL_LISTED = 1_000  # with fewer rows, the list of owners is complete


@dataclass(frozen=True)
class FoundOwners:
    """The owners that a phrase may mean, best first.

    `sure`: the first is meant. `several`: the phrase names more than one. `misspelt`: it names
    them with typos only. `problem`: a sentence that says why the person must choose.
    """

    owners: tuple[Owner, ...] = ()
    sure: bool = False
    exact: bool = False
    several: bool = False
    misspelt: bool = False
    problem: str = ""


NOBODY = FoundOwners()


@dataclass
class OwnerSearch:
    """The search for one phrase. `failed` holds the reads that failed, by call."""

    ctx: Context
    failed: dict[Call, WebexError] = field(default_factory=dict)
    _seen: list[Owner] = field(default_factory=list)  # by searches, reachable

    async def find(self, phrase: OwnerPhrase) -> FoundOwners:
        """The owners that the phrase may mean. Raises a WebexError if nothing could be read."""
        if phrase.keys or phrase.emails:
            return await self._referenced(phrase)
        number = read_number(phrase.name)
        if number:
            return await self._at(number, phrase.name)
        return await self._called(phrase)

    async def _referenced(self, phrase: OwnerPhrase) -> FoundOwners:
        """The owners of addresses and mentions; what stands beside them may name another one."""
        reads = [
            *(self.ctx.calling.owner(key) for key in phrase.keys),
            *(self.ctx.calling.person(email) for email in phrase.emails),
        ]
        read = await asyncio.gather(*reads[:MAX_REFERENCES])
        owners = _each_once(self._reachable(owner for owner in read if owner))
        if len(owners) != 1 or len(read) > len([owner for owner in read if owner]):
            return FoundOwners(owners, several=len(reads) > 1)
        return await self._beside(owners[0], phrase)

    async def _beside(self, owner: Owner, phrase: OwnerPhrase) -> FoundOwners:
        """The owner, unless the words beside the address name another owner or another place."""
        local_part = owner.email.partition("@")[0]
        own = f"{owner.name} {owner.location} {local_part}"
        explained = {*names.words(own, fold_loosely), *names.SMALL_WORDS}
        beside = " ".join([phrase.name, *phrase.places])
        left = [word for word in names.words(beside) if fold_loosely(word) not in explained]
        if not names.without_things(left):
            return FoundOwners((owner,), sure=True)
        other_place = await self._other_place(owner, beside)
        if other_place:
            return FoundOwners((owner,), problem=other_place)
        result = await self._strictly(" ".join(left))
        others = [other for other in result.owners if names.begins_with(left, other.name)]
        if not others or owner.key in {other.key for other in others}:
            return FoundOwners((owner,), sure=True)
        return FoundOwners(_each_once((owner, *others)), several=True)

    async def _other_place(self, owner: Owner, text: str) -> str:
        """A sentence if the text is the name of a location, and not of the owner's."""
        place = await self._location_called(" ".join(names.significant_words(text)))
        if not place or fold(place) == fold(owner.location):
            return ""
        where = f"in {owner.location}" if owner.location else "in no location"
        return f"{owner.name} is {where}, not in {place}. {DID_YOU_MEAN}"

    async def _location_called(self, text: str) -> str:
        locations = await fallback.location_names(self.ctx)
        named = (name for name in (locations or {}).values() if fold(name) == fold(text))
        return next(named, "")

    async def _at(self, number: Number, name: str) -> FoundOwners:
        """Whose extension or number this is; or the workspace that is called like a number."""
        workspaces = self._read(api_calls.WORKSPACES, self.ctx.calling.workspaces_named(name))
        owners, rooms = await asyncio.gather(self._with_number(number), workspaces)
        whole = [room for room in rooms if fold(room.name) == fold(name)]
        several = _each_once((*whole, *owners)) or tuple(rooms)
        return FoundOwners(several, sure=len(several) == 1)

    async def _with_number(self, number: Number) -> list[Owner]:
        calling, owners = self.ctx.calling, list[Owner]()
        if number.can_be_extension:
            read = calling.owners_at(extension=number.digits)
            owners = await self._read(api_calls.MEMBERS, read)
        if not owners and number.can_be_number:
            read = calling.owners_at(number=number.significant)
            owners = await self._read(api_calls.MEMBERS, read)
        return owners

    async def _called(self, phrase: OwnerPhrase) -> FoundOwners:
        name = " ".join([phrase.name, *phrase.places]) if phrase.places else phrase.name
        result = await self._strictly(name, login=phrase.login)
        if not result.owners and phrase.without_brackets != name:
            result = await self._strictly(phrase.without_brackets)
        if result.owners:
            return result if result.exact else await self._unless_a_place(result, phrase.name)
        for first, second in split_phrase(phrase.name):
            result = await self._halves(first, second)
            if result.owners:
                return result
        return NOBODY if self.failed else await self._loosely(name)

    async def _unless_a_place(self, result: FoundOwners, name: str) -> FoundOwners:
        """Ask if the phrase is only the name of a location: the owner is missing then."""
        place = await self._location_called(name)
        if not place:
            return result
        return FoundOwners(result.owners, problem=f"{place} is a location. {DID_YOU_MEAN}")

    async def _strictly(self, name: str, *, login: str = "") -> FoundOwners:
        """Owners whose name has all words of the phrase, or whose login name it is."""
        listed = await self._beginning_with(name)
        match = self._match(name, listed)
        is_enough = match.exact or (match.indexes and len(names.significant_words(name)) > 1)
        if is_enough or self.failed:
            return _result(match, listed)
        more, logged_in = await asyncio.gather(
            self._with_words_of(name), self._with_login("" if listed else login)
        )
        everybody = _each_once((*logged_in, *listed, *more))
        match = self._match(name, everybody)
        return _with_login(logged_in, _result(match, everybody))

    async def _with_login(self, login: str) -> list[Owner]:
        if not login or not self.ctx.domain:
            return []
        address = f"{login}@{self.ctx.domain}"
        person = await fallback.read_or_error_briefly(self.ctx.calling.person(address))
        if isinstance(person, WebexError):
            self.failed[api_calls.PEOPLE] = person
            return []
        return self._reachable([person] if person else [])

    async def _beginning_with(self, name: str) -> tuple[Owner, ...]:
        """People and workspaces; if one of the two searches fails, the other is enough."""
        people, workspaces = await self._both(name)
        if isinstance(people, WebexError) and isinstance(workspaces, WebexError):
            raise people
        listed = (
            *self._or_note(api_calls.WORKSPACES, workspaces),
            *self._or_note(api_calls.PEOPLE, people),
        )
        # First by reach: an exact name elsewhere must not hide one here, and so tell that it
        # exists.
        return _each_once(self._reachable(listed))

    async def _both(self, text: str) -> tuple[SearchResult, SearchResult]:
        """Search both at once; if Webex limits both, one by one: it may limit only one of them."""
        search, calling = fallback.read_or_error_briefly, self.ctx.calling
        people, workspaces = await asyncio.gather(
            search(calling.people_named(text)), search(calling.workspaces_named(text))
        )
        if isinstance(people, RateLimited) and isinstance(workspaces, RateLimited):
            workspaces = await search(calling.workspaces_named(text))
            people = await search(calling.people_named(text))
        return people, workspaces

    async def _with_words_of(self, name: str) -> tuple[Owner, ...]:
        """Owners whose name contains a word of the phrase, or has its words in another order."""
        calling = self.ctx.calling
        places = {word for place in await self._places() for word in names.words(place)}
        phrase = names.significant_words(name)
        of_name = [word for word in names.without_things(phrase) if word not in places] or phrase
        longest = sorted(of_name, key=len, reverse=True)[:MAX_WORDS]
        reads = [self._read(api_calls.MEMBERS, calling.owners_like(word)) for word in longest]
        if longest and longest[0] != fold(name):
            workspaces = calling.workspaces_named(longest[0])
            reads.append(self._read(api_calls.WORKSPACES, workspaces))
        if len(phrase) > 1:
            turned = " ".join([*phrase[1:], phrase[0]])
            reads.append(self._read(api_calls.PEOPLE, calling.people_like(turned)))
        return _each_once(owner for owners in await asyncio.gather(*reads) for owner in owners)

    async def _places(self) -> Iterable[str]:
        return (await fallback.location_names(self.ctx) or {}).values()

    async def _halves(self, first: str, second: str) -> FoundOwners:
        """The owners of a phrase that names two, or an owner and a place."""
        of_first, of_second = await asyncio.gather(self._strictly(first), self._strictly(second))
        keys = {owner.key for owner in of_second.owners}
        common = [owner for owner in of_first.owners if owner.key in keys]
        if len(common) == 1:
            return FoundOwners((common[0],), sure=True)
        place = await self._location_called(second)
        if place and of_first.owners:
            return FoundOwners(
                of_first.owners, problem=f"I found no “{first}” in {place}. {DID_YOU_MEAN}"
            )
        if of_first.owners and of_second.owners:
            return FoundOwners(_each_once((*of_first.owners, *of_second.owners)), several=True)
        other = first if of_second.owners else second
        result = of_first if of_first.owners else of_second
        if not names.without_things(names.significant_words(other)):
            return result
        return FoundOwners(result.owners, problem=f"I found no “{other}”. {DID_YOU_MEAN}")

    async def _loosely(self, name: str) -> FoundOwners:
        """Owners whose name fits without diacritics, or with typos."""
        everybody = _each_once((*self._seen, *await self._similar(name)))
        match = names.best(name, _named(everybody))
        result = _result(match, everybody)
        if result.owners and not result.sure and not match.exact:
            problem = f"I found no “{name}”. {DID_YOU_MEAN}"
            return replace(result, problem=problem)
        return result

    async def _similar(self, name: str) -> tuple[Owner, ...]:
        """Owners to compare: the list of all if it is short, and beginnings of the words."""
        calling = self.ctx.calling
        phrase = names.significant_words(name)
        of_name = names.without_things(phrase) or phrase
        beginnings = [
            word[:BEGINNING]
            for word in sorted(of_name, key=len, reverse=True)[:MAX_WORDS]
            if len(word) >= BEGINNING
        ]
        all_or_first = await self._read(api_calls.MEMBERS, calling.first_owners())
        reads = [self._read(api_calls.PEOPLE, calling.people_like(text)) for text in beginnings]
        reads += [
            self._read(api_calls.WORKSPACES, calling.workspaces_named(text))
            for text in beginnings[:1]
        ]
        if len(all_or_first) >= ALL_LISTED:
            reads += [
                self._read(api_calls.MEMBERS, calling.owners_like(text)) for text in beginnings
            ]
        more = [owner for owners in await asyncio.gather(*reads) for owner in owners]
        return _each_once((*all_or_first, *more))

    async def _read(self, call: Call, read: Awaitable[list[Owner]]) -> list[Owner]:
        """The owners that the person may reach; none if the read fails."""
        return self._or_note(call, await fallback.read_or_error_briefly(read))

    def _or_note(self, call: Call, result: SearchResult) -> list[Owner]:
        if isinstance(result, WebexError):
            self.failed[call] = result
            return []
        reachable = self._reachable(result)
        self._seen += reachable
        return reachable

    def _reachable(self, owners: Iterable[Owner]) -> list[Owner]:
        return [owner for owner in owners if self.ctx.reaches(owner.where)]

    @staticmethod
    def _match(name: str, owners: Sequence[Owner]) -> Match:
        return names.without_typos(name, _named(owners))


def _named(owners: Sequence[Owner]) -> list[Named]:
    return [Named(index, owner.name, owner.location) for index, owner in enumerate(owners)]


def _result(match: Match, owners: Sequence[Owner]) -> FoundOwners:
    return FoundOwners(
        tuple(owners[index] for index in match.indexes),
        sure=match.sure,
        exact=match.exact,
        misspelt=match.misspelt,
    )


def _with_login(logged_in: Sequence[Owner], result: FoundOwners) -> FoundOwners:
    """Both the person with that login name and those with that name."""
    owners = _each_once((*logged_in, *result.owners))
    return FoundOwners(owners, sure=len(owners) == 1, exact=result.exact) if logged_in else result


def _each_once(owners: Iterable[Owner]) -> tuple[Owner, ...]:
    """Each owner once; a complete one rather than a partial one."""
    by_key: dict[str, Owner] = {}
    for owner in owners:
        known = by_key.setdefault(owner.key, owner)
        if known.partial and not owner.partial:
            by_key[owner.key] = owner
    return tuple(by_key.values())
