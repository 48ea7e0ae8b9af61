"""People, workspaces and locations of an organization, as operations see them.

Facts: docs/webex/provisioning.md §3. Answers are read tolerantly: a missing field is no error.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from bot.core import api_calls, logs
from bot.core.errors import NotFound, Unreadable, WebexError
from bot.core.models.text import fold
from bot.core.models.webex import Line, Location, Member, Owner, OwnerKind
from bot.webex import rows
from bot.webex.cache import Cache
from bot.webex.client import Client
from bot.webex.members import Members
from bot.webex.messaging import key_of, public_id
from bot.webex.paths import is_id, part
from bot.webex.rate_limiter import short_wait
from bot.webex.response_guard import NOT_UNDERSTOOD, guarded_read

log = logs.get_logger("webex")

# Seconds for which answers are cached. Locations and licence names seldom change; people and
# workspaces change in a working day. A plan is compared with uncached facts before it runs.
LOCATIONS_LIFETIME = LICENCES_LIFETIME = 600.0
OWNERS_LIFETIME = 60.0
IDS_LIFETIME = 900.0  # of ids by email: as long as a plan is valid, so Confirm need not search
# After a failure, a list that only adds a warning is not read again at once: forty phones must not
# wait for it forty times.
FAILURE_LIFETIME = 30.0
FIRST_LIFETIME = 300.0  # of the list of owners that is compared with a name that nothing fits
MAX_CANDIDATES = 50
MAX_RECORDS = 10  # people whose records are read for one search: as many as a choice shows


class OwnersApi:
    """The reads about owners and locations. Answers are cached for the times above."""

    def __init__(
        self,
        client: Client,
        cache: Cache,
        org_id: str | None,
        *,
        uncached: bool = False,
        note_locations: Callable[[list[Location]], None] = lambda _locations: None,
    ) -> None:
        self._client, self._cache, self._org, self._uncached = client, cache, org_id, uncached
        self._note_locations = note_locations  # called with each list that was read
        self._members = Members(client, cache, org_id)

    @guarded_read
    async def locations(self) -> list[Location]:
        """`GET /locations`, all pages."""
        locations: list[Location] = await self._cache.get_stale(
            "locations", self._read_locations, LOCATIONS_LIFETIME
        )
        return locations

    @guarded_read
    async def person(self, email: str) -> Owner | None:
        """`GET /people?email=`: an exact match, or None.

        A person found recently is read by id: the answer shows whether they still have the email.
        """
        key = ("id of", email.strip().lower())
        owner = await self._person_by_id(self._cache.peek(key))
        if owner and owner.email == key[1]:
            return owner
        listed = await self._people(email=email, callingData="true")
        if not listed:
            return None
        self._cache.put(key, listed[0]["id"], IDS_LIFETIME)
        return await self._person_listed({"emails": [email]} | listed[0])

    @guarded_read
    async def people_named(self, name: str) -> list[Owner]:
        """`GET /people?displayName=`: people whose name begins with `name`.

        The record is read of those who may be meant without a choice, or whose location the list
        lacks, at most MAX_RECORDS; others are partial.
        """
        people = await self._people_starting(name)
        needed = [
            row
            for row in people
            if len(people) == 1
            or fold(rows.text(row, "displayName")) == fold(name)
            or not row.get("locationId")
        ][:MAX_RECORDS]
        read = await asyncio.gather(*(self._person_listed(row) for row in needed))
        return [*read, *await self._partial([row for row in people if row not in needed])]

    @guarded_read
    async def people_like(self, start: str) -> list[Owner]:
        """Like `people_named`, but partial owners, and cached: one call for any number."""

        async def read() -> list[Owner]:
            return await self._partial(await self._people_starting(start))

        people: list[Owner] = await self._cached(("people like", fold(start)), read)
        return people

    @guarded_read
    async def workspaces_named(self, name: str) -> list[Owner]:
        """`GET /workspaces?displayName=`, filtered again.

        How Webex matches the name is not documented (docs/webex/provisioning.md §3).
        """

        async def read() -> list[Owner]:
            with api_calls.WORKSPACES.named():
                pages = self._client.pages("workspaces", displayName=name, max=100, orgId=self._org)
                listed = [row async for row in pages]
            for row in listed:
                self._cache.put(("row", row.get("id")), row, IDS_LIFETIME)
            return [await self._workspace(row) for row in listed]

        workspaces: list[Owner] = await self._cached(("workspaces", fold(name)), read)
        return [owner for owner in workspaces if fold(name) in fold(owner.name)]

    @guarded_read
    async def owners_like(self, word: str) -> list[Owner]:
        """People and workspaces with Webex Calling whose name contains the word. Partial."""

        async def read() -> list[Member]:
            return await self._members.search(memberName=word)

        members: list[Member] = await self._cached(("members", fold(word)), read)
        return _each_once(members)

    @guarded_read
    async def owners_at(self, *, extension: str = "", number: str = "") -> list[Owner]:
        """Whose extension this is, or whose number ends in these digits. Partial."""
        key, digits = ("extension", extension) if extension else ("phoneNumber", number)

        async def read() -> list[Member]:
            return await self._members.search(**{key: digits})

        members: list[Member] = await self._cached((key, digits), read)
        return _each_once(
            member
            for member in members
            if (extension and member.extension == extension)
            or (number and member.number.endswith(number))
        )

    @guarded_read
    async def line_of(self, key: str, name: str) -> Line | None:
        """The extension and number of the owner with this `Owner.key` and name; None: unknown.

        A workspace's own record has no number, so it is searched among the members.
        """
        if key.startswith(f"{OwnerKind.PERSON}:"):
            owner = await self.owner(key)
            return owner.line if owner else None

        async def read() -> list[Member]:
            return await self._members.search(memberName=name)

        members: list[Member] = await self._cached(("members", fold(name)), read)
        owner_id = key.partition(":")[2]
        own = (member for member in members if _is_same_id(member.owner.id, owner_id))
        return next((member.line for member in own if member.line), None)

    @guarded_read
    async def first_owners(self) -> list[Owner]:
        """The first thousand owners with Webex Calling: in most organizations, all. Partial."""
        members: list[Member] = await self._cache.get(
            "first members", self._members.first, FIRST_LIFETIME
        )
        return _each_once(members)

    @guarded_read
    async def owner(self, key: str) -> Owner | None:
        """The owner with this `Owner.key`; None if it is gone.

        If the record cannot be read, a recently listed owner stands in for it.
        """
        kind, _, owner_id = key.partition(":")
        if not is_id(owner_id):
            return None
        if key_of(owner_id) == owner_id.lower():  # a bare uuid, as in mentions
            owner_id = public_id("PEOPLE" if kind == OwnerKind.PERSON else "PLACE", owner_id)
        read = self._person if kind == OwnerKind.PERSON else self._read_workspace
        try:
            return await read(owner_id)
        except NotFound:
            return None
        except WebexError as error:
            listed: Owner | None = self._cache.peek(("listed", key))
            if listed is None:
                raise
            log_skipped(error)
            return listed

    async def _cached(self, key: Any, read: Callable[[], Awaitable[Any]]) -> Any:
        get = self._cache.refresh if self._uncached else self._cache.get
        return await get(key, read, OWNERS_LIFETIME)

    async def _people_starting(self, name: str) -> list[dict[str, Any]]:
        listed = await self._people(displayName=name, max=MAX_CANDIDATES, callingData="true")
        return [row for row in listed if row.get("type", "person") == "person"]

    async def _partial(self, listed: Sequence[Mapping[str, Any]]) -> list[Owner]:
        places = await self._location_names() if listed else {}
        people = rows.readable(listed, lambda row: rows.person(row, None, places))
        return [owner.model_copy(update={"partial": True}) for owner in people]

    async def _people(self, **filters: Any) -> list[dict[str, Any]]:
        with api_calls.PEOPLE.named():
            body = await self._client.get("people", lists="items", orgId=self._org, **filters)
        return [row for row in body["items"] if isinstance(row, dict)]

    async def _person(self, person_id: str) -> Owner:
        owner: Owner = await self._cached(
            ("person", person_id), lambda: self._read_person(person_id)
        )
        row = self._cache.peek(("listed", owner.key))
        return rows.completed(owner, row, await self._location_names()) if row else owner

    @guarded_read
    async def _read_person(self, person_id: str) -> Owner:
        # Only the single person's answer carries licences (docs/webex/provisioning.md §3).
        record, licences, places = await asyncio.gather(
            self._record(person_id), self._licences(), self._location_names()
        )
        if not rows.is_record_of(person_id, record):
            raise Unreadable(502, NOT_UNDERSTOOD)
        owner = rows.person(record | {"id": person_id}, licences, places)
        return owner.model_copy(update={"foreign": await self._is_foreign(record)})

    async def _is_foreign(self, record: Mapping[str, Any]) -> bool:
        """Whether the person is of another organization than the locations. False if unknown.

        Who has a location is one of ours, whatever a cloud says about organizations.
        """
        if record.get("locationId"):
            return False
        org = key_of(str(record.get("orgId") or ""))
        own = {location.org_id for location in await self._known_locations()} - {""}
        return bool(org and own) and org not in own

    async def _record(self, person_id: str) -> Any:
        with api_calls.PERSON.named():
            return await self._client.get(f"people/{part(person_id)}", callingData="true")

    async def _person_listed(self, listed: Mapping[str, Any]) -> Owner:
        """The person's record, or the row of the list, which lacks the licences."""
        row = rows.person(listed, None, {})
        # Fills gaps of the record, now and when the plan is made again.
        self._cache.put(("listed", row.key), row, IDS_LIFETIME)
        try:
            with short_wait():
                owner = await self._person(listed["id"])
        except WebexError as error:
            log_skipped(error)
            owner = rows.person(listed, None, await self._location_names())
            owner = owner.model_copy(update={"foreign": await self._is_foreign(listed)})
        self._cache.put(("listed", owner.key), owner, IDS_LIFETIME)
        return owner

    async def _person_by_id(self, person_id: str | None) -> Owner | None:
        """The person who had this email recently; None if reading fails; the caller searches."""
        try:
            return await self._person(person_id) if person_id else None
        except WebexError:
            return None

    @guarded_read
    async def _read_workspace(self, workspace_id: str) -> Owner:
        with api_calls.WORKSPACE.named():
            record = await self._client.get(f"workspaces/{part(workspace_id)}")
        if not rows.is_record_of(workspace_id, record):
            raise Unreadable(502, NOT_UNDERSTOOD)
        row = self._cache.peek(("row", workspace_id)) or {}
        return await self._workspace(rows.merged(row, record) | {"id": workspace_id})

    async def _workspace(self, record: Mapping[str, Any]) -> Owner:
        licences, places = await asyncio.gather(self._licences(), self._location_names())
        owner = rows.workspace(record, licences, places)
        self._cache.put(("listed", owner.key), owner, IDS_LIFETIME)
        return owner

    @guarded_read
    async def _read_locations(self) -> list[Location]:
        with api_calls.LOCATIONS.named():
            pages = self._client.pages("locations", max=500, orgId=self._org)
            locations = rows.readable([row async for row in pages], rows.location)
        self._note_locations(locations)
        return locations

    @guarded_read
    async def _read_licences(self) -> dict[str, str]:
        with api_calls.LICENCES.named():
            body = await self._client.get("licenses", lists="items", orgId=self._org)
            return dict(rows.readable(body["items"], rows.licence))

    async def _location_names(self) -> dict[str, str]:
        """Names by id; empty if the locations cannot be read."""
        return {location.id: location.name for location in await self._known_locations()}

    async def _known_locations(self) -> list[Location]:
        try:
            with short_wait():
                locations: list[Location] = await self._cache.get_stale(
                    "locations",
                    self._read_locations,
                    LOCATIONS_LIFETIME,
                    failure_lifetime=FAILURE_LIFETIME,
                )
        except WebexError as error:
            log_skipped(error)
            return []
        return locations

    async def _licences(self) -> dict[str, str] | None:
        """Licence names by id; None if they cannot be read (an optional scope)."""
        try:
            with short_wait():
                names: dict[str, str] = await self._cache.get_stale(
                    "licences",
                    self._read_licences,
                    LICENCES_LIFETIME,
                    failure_lifetime=FAILURE_LIFETIME,
                )
        except WebexError as error:
            log_skipped(error)
            return None
        return names


def _is_same_id(one_id: str, other_id: str) -> bool:
    """Whether two ids are of the same owner, whatever cluster they name."""
    return (key_of(one_id) or one_id) == (key_of(other_id) or other_id)


def _each_once(members: Iterable[Member]) -> list[Owner]:
    return list({member.owner.key: member.owner for member in members}.values())


def log_skipped(error: WebexError) -> None:
    """Log a read that failed, and that is not needed."""
    log.info(
        "optional_read_failed", call=error.call, status=error.status, tracking_id=error.tracking_id
    )
