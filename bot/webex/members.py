"""Searches for owners by a part of a name, an extension or a number, where look-ups find nobody.

Two lists can be searched: `availableMembers`, and `numbers`, which is asked where the first is
refused or lists nobody (docs/webex/provisioning.md §3). Each answer is filtered again.
"""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from bot.core import api_calls, logs
from bot.core.api_calls import Call
from bot.core.errors import RateLimited, Unauthorized, Unavailable, WebexError
from bot.core.models.webex import Member
from bot.webex import rows
from bot.webex.cache import Cache
from bot.webex.client import Client
from bot.webex.response_guard import SHAPE_ERRORS

log = logs.get_logger("webex")

MAX_FOUND = 50  # rows of a search: more are no choice for a person
MAX_FIRST = 1_000  # rows of the list without a filter: one page of Webex, up to 300 KB
REFUSED_LIFETIME = 600.0  # seconds for which a list that Webex refuses is not asked again
# Errors that say nothing about whether the list can be used at all.
PASSING = (Unavailable, RateLimited, Unauthorized)
# Any search is refused so, whatever its text; a 400 may be about one text.
NOT_OFFERED = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED})
# The same filter has different names in the two lists.
NUMBERS_FILTERS = {"memberName": "ownerName"}
OWNERS_ONLY = {"usageType": "DEVICE_OWNER", "excludeVirtualLine": "true"}

Filters = dict[str, str]
Search = Callable[[Filters, int], Awaitable[list[Member]]]


class Members:
    """The two lists of members of one organization."""

    def __init__(self, client: Client, cache: Cache, org_id: str | None) -> None:
        self._client, self._cache, self._org = client, cache, org_id

    async def search(self, **filters: str) -> list[Member]:
        """Members that Webex finds for `memberName`, `extension` or `phoneNumber`."""
        members = await self._unless_refused(api_calls.MEMBERS, self._available, filters, MAX_FOUND)
        if members:
            return members
        renamed = {NUMBERS_FILTERS.get(name, name): text for name, text in filters.items()}
        return await self._unless_refused(api_calls.NUMBERS, self._numbers, renamed, MAX_FOUND)

    async def first(self) -> list[Member]:
        """Up to MAX_FIRST members: all of them in an organization of that size."""
        return await self._unless_refused(api_calls.MEMBERS, self._available, {}, MAX_FIRST)

    async def _unless_refused(
        self, call: Call, search: Search, filters: Filters, limit: int
    ) -> list[Member]:
        """The members; none for a list that this cloud or the service app's scopes do not offer."""
        key = ("refused", call.name)
        if self._cache.peek(key):
            return []
        try:
            with call.named():
                return await search(filters, limit)
        except PASSING:
            raise
        except WebexError as error:
            log.info("search_refused", call=error.call, status=error.status)
            if error.status in NOT_OFFERED:
                self._cache.put(key, True, REFUSED_LIFETIME)
            return []

    async def _available(self, filters: Filters, limit: int) -> list[Member]:
        query: dict[str, Any] = {**filters, **OWNERS_ONLY, "max": limit}
        path = "telephony/config/devices/availableMembers"
        return await self._listed(path, "members", query, limit)

    async def _numbers(self, filters: Filters, limit: int) -> list[Member]:
        query: dict[str, Any] = {**filters, "max": limit}
        return await self._listed("telephony/config/numbers", "phoneNumbers", query, limit)

    async def _listed(self, path: str, key: str, query: dict[str, Any], limit: int) -> list[Member]:
        """The readable rows of the first pages, each owner once."""
        members: dict[tuple[str, str, str], Member] = {}
        count = 0
        async for row in self._client.pages(path, key, orgId=self._org, **query):
            for member in _readable(row):
                members[member.owner.key, member.extension, member.number] = member
            count += 1
            if count >= limit:
                break
        return list(members.values())


def _readable(row: dict[str, Any]) -> list[Member]:
    """The member of a row; none for rows without an owner of devices, such as free numbers."""
    try:
        return [rows.member(row)]
    except SHAPE_ERRORS:
        return []
