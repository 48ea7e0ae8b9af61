"""Looks up the owners of a whole list of rows, with as few calls as possible.

Facts: docs/webex/provisioning.md §3 and §10a. A few owners are asked for one by one. For more, the
pages of all people and workspaces are read, up to the point where asking for the rest costs less.
"""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bot.core import api_calls
from bot.core.api_calls import Call
from bot.core.directory import MAX_COMPARED, Directory, address_of
from bot.core.errors import WebexError
from bot.core.models.text import fold, fold_loosely
from bot.core.models.webex import Licence, Owner
from bot.webex import rows
from bot.webex.bulk import FEW, MAX_PAGES, read_while_cheaper, side_by_side
from bot.webex.client import Page
from bot.webex.messaging import key_of
from bot.webex.owners import MAX_RECORDS, OwnersApi, log_skipped
from bot.webex.paths import part
from bot.webex.response_guard import SHAPE_ERRORS, guarded_read

Row = dict[str, Any]

CALLS_FOR_A_PERSON = 2  # a search, and the record with the licences
ROWS = 100  # of a page: Webex lists no more people with calling data
HOLDERS = 300  # of a page: Webex lists no more people with a licence


class DirectoryApi(OwnersApi):
    """`directory`, beside the reads about single owners."""

    @guarded_read
    async def directory(self, emails: Collection[str], names: Collection[str]) -> Directory:
        """The people at these addresses, and the people and workspaces with these names.

        A name that a workspace has is not searched among people. Raises if an address cannot be
        looked up. Lists are not cached: they are large, and a plan is made of fresh facts.
        """
        query, results = _Query.of(emails, names), _Results(await self._location_names())
        if query.names:
            await self._find_workspaces(query, results)
        rest = query.without(results)
        if rest.count:
            await self._find_people(rest, results)
        if not results.others and rest.without(results).count:
            with suppress(WebexError):
                results.propose(await self.first_owners())
        return results.directory()

    async def _find_workspaces(self, query: "_Query", results: "_Results") -> None:
        try:
            workspaces = await self._workspaces(query, results)
        except WebexError as error:
            log_skipped(error)
            results.unread[api_calls.WORKSPACES] = None
        else:
            results.add_named(workspaces, query)

    async def _workspaces(self, query: "_Query", results: "_Results") -> list[Owner]:
        """The workspaces with these names. All pages are read, because several may have a name."""
        names = [*query.names.values()]
        listed: list[Row] = []

        def note(page: Page) -> int:
            for row in page.rows:
                with suppress(*SHAPE_ERRORS):
                    workspace = rows.workspace(row, None, results.places)
                    if query.is_named(workspace.name):
                        listed.append(row)
                    else:
                        results.propose([workspace])
            return len(names)

        if len(names) > FEW:
            with api_calls.WORKSPACES.named():
                pages = self._client.page_by_page(
                    "workspaces", max_pages=MAX_PAGES, max=ROWS, orgId=self._org
                )
                if await read_while_cheaper(pages, len(names), note):
                    return [await self._workspace(row) for row in listed]
        answers = await side_by_side(self.workspaces_named, names)
        return [workspace for answer in answers for workspace in answer]

    async def _find_people(self, query: "_Query", results: "_Results") -> None:
        try:
            if query.count > FEW:
                query = await self._find_people_in_pages(query, results)
            await self._ask_for_people(query, results)
        except WebexError as error:
            if query.addresses:
                raise
            log_skipped(error)
            results.unread[api_calls.PEOPLE] = None

    async def _ask_for_people(self, query: "_Query", results: "_Results") -> None:
        """Ask for each."""
        addresses = sorted(query.addresses)
        people = await side_by_side(self.person, addresses)
        for address, person in zip(addresses, people, strict=True):
            if person is not None:
                results.add(person, [address])
        for named in await side_by_side(self.people_named, [*query.names.values()]):
            results.add_named(named, query)

    async def _find_people_in_pages(self, query: "_Query", results: "_Results") -> "_Query":
        """Read the pages of people, and return what is still to be asked for."""
        people = _People(query, results)
        with api_calls.PEOPLE.named():
            # Reading the presence of people is slower, and Webex throttles who does it often.
            pages = self._client.page_by_page(
                "people",
                max_pages=MAX_PAGES,
                callingData="true",
                excludeStatus="true",
                max=ROWS,
                orgId=self._org,
            )
            is_complete = await read_while_cheaper(
                pages, CALLS_FOR_A_PERSON * query.count, people.note
            )
        await self._add_with_licences(people, results)
        if not is_complete:
            return _Query(query.without(results).addresses, query.names)
        rest = query.without(results)
        # A list may lack somebody who was added a moment ago. Many are rather misspelt.
        return rest if rest.count <= FEW else _Query()

    async def _add_with_licences(self, people: "_People", results: "_Results") -> None:
        """Add the people. Where their rows lack the licences, the licences list their people."""
        names = await self._licences()
        lacking = {person_id for person_id, row in people.rows.items() if not row.get("licenses")}
        holders = _Holders(len(lacking))
        if names and lacking:
            await self._read_holders(names, holders, results)

        async def owner(person_id: str) -> Owner:
            row = people.rows[person_id]
            if holders.is_given_up and person_id in lacking:
                return await self._person_listed(row)
            licences = row.get("licenses") or holders.licences_of(row)
            person = rows.person(row | {"licenses": licences}, names, results.places)
            return person.model_copy(update={"foreign": await self._is_foreign(row)})

        listed = await side_by_side(owner, [*people.rows])
        # The row of somebody with calling may lack the location, as the rows of a search may.
        lost = [person.id for person in listed if not person.location_id and _has_calling(person)]
        records = await side_by_side(
            lambda person_id: self._person_listed(people.rows[person_id]), lost[:MAX_RECORDS]
        )
        for person in (*listed, *records):
            results.add(person, people.addresses[person.id])

    async def _read_holders(
        self, names: Mapping[str, str], holders: "_Holders", results: "_Results"
    ) -> None:
        """Read who has each of the licences that may be for calling."""

        async def read(licence_id: str) -> None:
            pages = self._client.page_by_page(
                f"licenses/{part(licence_id)}",
                rows.licence_users,
                max_pages=MAX_PAGES,
                includeAssignedTo="user",
                limit=HOLDERS,
            )
            count = _Count()
            is_complete = await read_while_cheaper(
                pages, holders.lacking, lambda page: holders.note(licence_id, page, count)
            )
            holders.note_end(count, is_complete=is_complete)

        calling = [licence for licence, name in names.items() if rows.may_be_for_calling(name)]
        try:
            with api_calls.LICENCE_HOLDERS.named():
                await side_by_side(read, calling)
        except WebexError as error:
            log_skipped(error)
            holders.is_unread = True
        if holders.is_unread or holders.is_short:
            results.unread[api_calls.LICENCE_HOLDERS] = None


def _has_calling(person: Owner) -> bool:
    return person.licence not in (Licence.NONE, Licence.UNKNOWN)


@dataclass(frozen=True)
class _Query:
    """Addresses and names to look up, in the form in which they are compared."""

    addresses: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)  # as they are written, by that form

    @classmethod
    def of(cls, emails: Iterable[str], names: Iterable[str]) -> "_Query":
        """The same, whatever the order in which they come."""
        by_form = {fold(name): name for name in sorted(names)}
        by_form.pop("", None)
        return cls(frozenset(address_of(email) for email in emails) - {""}, by_form)

    @property
    def count(self) -> int:
        """How many questions they are."""
        return len(self.addresses) + len(self.names)

    @cached_property
    def _loose_names(self) -> frozenset[str]:
        return frozenset(map(fold_loosely, self.names))

    def is_named(self, name: str) -> bool:
        """Whether it is one of the names, but for diacritics."""
        return fold_loosely(name) in self._loose_names

    def without(self, results: "_Results") -> "_Query":
        """Those that nobody was found for."""
        known = {fold_loosely(owner.name) for owner in results.owners.values()}
        return _Query(
            self.addresses - results.aliases.keys(),
            {form: name for form, name in self.names.items() if fold_loosely(name) not in known},
        )


@dataclass
class _Results:
    """What was found so far, and what could not be read."""

    places: Mapping[str, str]  # names of locations, by id
    owners: dict[str, Owner] = field(default_factory=dict)  # by key
    aliases: dict[str, Owner] = field(default_factory=dict)  # by each address that was looked up
    others: dict[str, Owner] = field(default_factory=dict)  # by key; they are only proposed
    unread: dict[Call, None] = field(default_factory=dict)

    def add(self, owner: Owner, addresses: Iterable[str] = ()) -> None:
        """An owner who was looked up, by these addresses."""
        self.owners[owner.key] = owner
        self.aliases.update(dict.fromkeys(addresses, owner))

    def add_named(self, owners: Iterable[Owner], query: _Query) -> None:
        """Owners that a search for names lists. Those with other names are only proposed."""
        for owner in owners:
            if query.is_named(owner.name) and not owner.partial:
                self.add(owner)
            else:
                self.propose([owner])

    def propose(self, owners: Iterable[Owner]) -> None:
        """Owners that may be meant by something misspelt."""
        for owner in owners:
            if self.may_propose:
                self.others[owner.key] = owner.model_copy(update={"partial": True})

    @property
    def may_propose(self) -> bool:
        """Whether more are compared; the memory is bounded too."""
        return len(self.others) < MAX_COMPARED

    def directory(self) -> Directory:
        """All of it."""
        owners = tuple(self.owners.values())
        if any(owner.location_id and not owner.location for owner in owners):
            self.unread[api_calls.LOCATIONS] = None
        if all(owner.licence is not Licence.UNKNOWN for owner in owners):
            self.unread.pop(api_calls.LICENCE_HOLDERS, None)
        elif api_calls.LICENCE_HOLDERS not in self.unread:
            self.unread[api_calls.LICENCES] = None
        others = tuple(owner for key, owner in self.others.items() if key not in self.owners)
        return Directory(owners, others, dict(self.aliases), tuple(self.unread))


@dataclass
class _People:
    """The rows of wanted people, from the pages of all."""

    query: _Query
    results: _Results
    rows: dict[str, Row] = field(default_factory=dict)  # by id
    addresses: dict[str, set[str]] = field(default_factory=dict)  # by id; one may have several
    seen: set[str] = field(default_factory=set)  # addresses

    def note(self, page: Page) -> int:
        """Keep those who are wanted; return the calls that it takes to ask for the rest."""
        for row in page.rows:
            with suppress(*SHAPE_ERRORS):
                self._note(row)
        # Another page may have another person of the same name, so names are never found.
        left = self.query.count - len(self.seen)
        return CALLS_FOR_A_PERSON * left

    def _note(self, row: Row) -> None:
        own = {address_of(str(email)) for email in rows.listed(row, "emails")}
        own &= self.query.addresses
        is_person = row.get("type", "person") == "person"
        if own or (is_person and self.query.is_named(rows.text(row, "displayName"))):
            person = rows.person(row, None, self.results.places)
            self.rows[person.id] = row
            self.addresses[person.id] = own
            self.seen |= own
        elif is_person and self.results.may_propose:
            self.results.propose([rows.person(row, None, self.results.places)])


@dataclass
class _Count:
    """How many people a licence has, by its own count and by its list."""

    listed: int = 0
    is_short: bool = False

    def note(self, page: Page) -> None:
        """Compare them at the last page."""
        self.listed += len(page.rows)
        consumed = page.body.get("consumedByUsers")
        self.is_short = page.is_last and isinstance(consumed, int) and self.listed < consumed


@dataclass
class _Holders:
    """Who has which licence. `lacking` is how many people it is read for."""

    lacking: int
    is_given_up: bool = False  # because the records of all who lack it cost less
    is_unread: bool = False
    is_short: bool = False  # a list has fewer people than its licence, as far as it was read
    pages: int = 0
    licences: dict[str, list[str]] = field(default_factory=dict)  # by id and by address

    def note(self, licence_id: str, page: Page, count: _Count) -> int:
        """Keep the people of a page; return 0 when their records cost less than more pages."""
        self.pages += 1
        count.note(page)
        for user in page.rows:
            for key in _keys(user.get("id"), user.get("email")):
                self.licences.setdefault(key, []).append(licence_id)
        return self.lacking if self.pages < self.lacking else 0

    def note_end(self, count: _Count, *, is_complete: bool) -> None:
        """Note that a list was read as far as it is."""
        self.is_given_up |= not is_complete and self.pages >= self.lacking
        self.is_short |= count.is_short or not is_complete

    def licences_of(self, row: Row) -> list[str] | None:
        """The licences for calling of a person; None if they are not known."""
        if self.is_unread:
            return None
        emails = row.get("emails") or [""]
        own = [self.licences[key] for key in _keys(row["id"], emails[0]) if key in self.licences]
        if own:
            return own[0]
        return None if self.is_short else []


def _keys(person_id: object, email: object) -> Iterable[str]:
    """The forms in which an id and an address are compared."""
    public, address = str(person_id or ""), address_of(str(email or ""))
    return [key for key in (key_of(public) or public, address) if key]
