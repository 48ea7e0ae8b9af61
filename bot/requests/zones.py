"""The time zone in which each person reads times.

A person's zone is the one of their Webex account, else that of their location, else the setting
`PROVBOT_TIME_ZONE`. It is taken from what is read anyway: each press brings the account. What is
still missing is read in the background; until then the location of the request has to do.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from typing import TypeAlias

from bot.core import logs
from bot.core.errors import ProvbotError
from bot.core.models.local_time import LocalTime, zone_named
from bot.core.models.people import Sender
from bot.core.models.requests import Request
from bot.core.models.webex import Location, OwnerKind, uuid_in
from bot.domain.identity import Identities, key
from bot.domain.ports import WebexCalling
from bot.store import people
from bot.store.database import Store
from bot.webex.rate_limiter import low_priority

log = logs.get_logger("zones")

Reader: TypeAlias = Sender | str  # a person, or the email of one

# Seconds. People move seldom, and a day in the old zone is no harm: its name stands beside each
# time. After a failure the zone of the location, or the setting, does for ten minutes.
ZONE_LIFETIME, FAILURE_LIFETIME = 24 * 3600.0, 600.0
MAX_PEOPLE = 10_000  # in memory: more than use one bot, a few megabytes
MAX_WAITING = 100  # background reads; the others are asked for with their next message


@dataclass(frozen=True)
class _Known:
    """What is known of one account: `zone` is empty if neither it nor its location has one."""

    email: str
    zone: str
    read_at: float
    stored_at: float = 0.0


class Zones:
    """The zones of people and locations. Makes no calls: `ZoneReader` does."""

    def __init__(
        self,
        default: tzinfo = UTC,
        clock: Callable[[], float] = time.time,
        store: Store | None = None,
    ) -> None:
        self._default, self._clock, self._store = default, clock, store
        self._people: dict[str, _Known] = {}  # by the key of the account
        self._by_email: dict[str, str] = {}
        self._locations: dict[str, str] = {}  # zone by the key of the location
        self._unknown: asyncio.Queue[Reader] = asyncio.Queue(MAX_WAITING)
        self._asked: dict[str, float] = {}  # when a background read was asked for, by account

    async def load(self) -> None:
        """At the start: the zones that were known before."""
        if self._store is None:
            return
        for row in await self._store.call(people.zones):
            self._put(row.person, _Known(row.email, row.zone, row.seen_at, row.seen_at))

    def note(self, account: Sender) -> None:
        """Remember the zone of an account that was read. Without one, what is known stays."""
        if account.zone is None:
            return
        zone = account.zone if zone_named(account.zone) else ""
        known = self._people.get(key(account.person_id))
        if zone or known is None:
            stored_at = known.stored_at if known and known.zone == zone else 0.0
            read_at = self._clock() if zone else 0.0
            self._put(key(account.person_id), _Known(account.email, zone, read_at, stored_at))

    def keep(self, account: Sender) -> None:
        """Store the zone of somebody who uses the bot, for the time after a restart."""
        known, now = self._people.get(key(account.person_id)), self._clock()
        if self._store is None or known is None or not known.zone:
            return
        if now - known.stored_at > ZONE_LIFETIME or known.email != account.email:
            person = people.PersonZone(key(account.person_id), account.email, known.zone, now)
            self._store.write_behind(people.keep_zone, person)
            self._put(person.person, replace(known, email=account.email, stored_at=now))

    def note_locations(self, locations: Iterable[Location]) -> None:
        """Remember the zones of the locations that were read."""
        self._locations = {_location_key(location.id): location.time_zone for location in locations}

    def local(self, reader: Reader, location_id: str = "") -> LocalTime:
        """How this person reads times; `location_id` is where their request reaches into."""
        known = self._people.get(self._account(reader))
        if not self.knows(reader):
            self._want(self._account(reader), reader)
        zone = zone_named(known.zone) if known else None
        return LocalTime(zone, self._clock()) if zone else self.at_location(location_id)

    def knows(self, reader: Reader) -> bool:
        """Whether the person was read not long ago, even if they have no zone."""
        known = self._people.get(self._account(reader))
        return known is not None and self._clock() - known.read_at <= ZONE_LIFETIME

    def _account(self, reader: Reader) -> str:
        """The key of the account; of an email that is not known yet, the email."""
        return (
            self._by_email.get(reader, reader) if isinstance(reader, str) else key(reader.person_id)
        )

    def at_location(self, location_id: str) -> LocalTime:
        """How several people read times together, in a space: as those at the location do."""
        zone = zone_named(self._locations.get(_location_key(location_id)))
        return LocalTime(zone or self._default, self._clock())

    def of(self, request: Request, reader: Reader) -> LocalTime:
        """How somebody reads the times of a request; the approval space, if it is empty."""
        locations = (request.plan or {}).get("locations") or [{}]
        location_id = str(locations[0].get("id") or "")
        return self.local(reader, location_id) if reader else self.at_location(location_id)

    def of_requester(self, request: Request) -> LocalTime:
        """How the requester reads times."""
        return self.of(request, request.requester)

    async def next_unknown(self) -> Reader:
        """Wait until the zone of a person is missing; that person."""
        return await self._unknown.get()

    def note_read(self, account: Sender) -> None:
        """Remember what the background read brought, even if it is nothing."""
        zone = account.zone if account.zone and zone_named(account.zone) else ""
        self._put(key(account.person_id), _Known(account.email, zone, self._clock()))
        self.keep(account)

    def _want(self, account: str, reader: Reader) -> None:
        """Have it read in the background, unless that was asked for a moment ago."""
        now = self._clock()
        if self._unknown.full() or now - self._asked.get(account, -FAILURE_LIFETIME) < (
            FAILURE_LIFETIME
        ):
            return
        if isinstance(reader, Sender) and not reader.person_id:
            return
        self._asked = {
            asked_account: asked_at
            for asked_account, asked_at in self._asked.items()
            if now - asked_at < FAILURE_LIFETIME
        } | {account: now}
        self._unknown.put_nowait(reader)

    def _put(self, account: str, known: _Known) -> None:
        before = self._people.pop(account, known)
        if before.email != known.email:
            self._by_email.pop(before.email, None)
        self._people[account] = known  # at the end: the oldest go first
        self._by_email[known.email] = account
        if len(self._people) > MAX_PEOPLE:
            oldest = next(iter(self._people))
            self._by_email.pop(self._people.pop(oldest).email, None)


@dataclass(frozen=True)
class ZoneReader:
    """Reads, in the background, the zones that no other read brings."""

    zones: Zones
    identities: Identities
    calling: WebexCalling

    async def run(self) -> None:
        """Read one missing zone after another, until cancelled."""
        while True:
            await self.read_next()

    async def read_next(self) -> None:
        """Wait until a zone is missing, and read it. A failure only shows times in another zone."""
        reader = await self.zones.next_unknown()
        if self.zones.knows(reader):
            return
        try:
            with low_priority():
                account = await self._read(reader)
        except ProvbotError as error:
            log.info("zone_read_failed", error=type(error).__name__)
        except Exception:  # an unexpected answer must not end the reading
            log.exception("zone_response_malformed")
        else:
            if account is not None:
                self.zones.note_read(account)

    async def _read(self, reader: Reader) -> Sender | None:
        """The account with its zone, or that of its location; None if there is no account."""
        if isinstance(reader, str):
            account = await self.identities.account_at(reader)
        else:
            account = await self.identities.of(reader.person_id)
        if account is None or zone_named(account.zone):
            return account
        return replace(account, zone=await self._from_admin_apis(account.person_id))

    async def _from_admin_apis(self, person_id: str) -> str:
        """The bot's token may see less of a person than the service app."""
        owner = await self.calling.owner(f"{OwnerKind.PERSON}:{person_id}")
        if owner is None or zone_named(owner.time_zone) or not owner.location_id:
            return owner.time_zone if owner else ""
        zones = (
            location.time_zone
            for location in await self.calling.locations()
            if location.ref.is_same(owner.where)
        )
        return next(zones, "")


def _location_key(location_id: str) -> str:
    """The same in each cluster and encoding of an id."""
    return uuid_in(location_id) or location_id
