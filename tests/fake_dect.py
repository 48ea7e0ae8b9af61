"""The DECT networks of an organization in memory, with the rules of Webex that matter."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Protocol

from pydantic import SecretStr

from bot.core.errors import Conflict, NotFound, WebexError
from bot.core.models.dect import (
    MAX_BULK,
    AddResult,
    BaseStation,
    DectModel,
    DectNetwork,
    Handset,
    HandsetLine,
    HandsetSettings,
    LineMember,
    MemberKind,
    MemberNetwork,
    NetworkChange,
    NetworkRef,
)
from bot.core.models.webex import Licence, Owner, OwnerKind
from bot.domain.ports import DectCalling
from bot.webex.dect import DectApi
from tests.example_org import LYON, WAREHOUSE

LIMITS = {"DMS Cisco DBS110": (1, 30), "DMS Cisco DBS210": (250, 1000)}
TWO_LINES = "[Error 5302] Could not synchronize the lines."
NOT_ASSIGNED = "[Error 4516] Cannot assign user to device with line/Port"


STORE_LINE = LineMember(
    id="line-store", kind=MemberKind.VIRTUAL_LINE, name="Store", extension="7000",
    location_id=LYON.id, location=LYON.name,
)  # fmt: skip


class Calls(Protocol):
    """What this shares with the rest of the organization: faults, counts, and who is there."""

    owners: list[Owner]
    foreign_macs: set[str]
    changes: int

    def ask(self, method: str) -> None:
        """Note a read, and fail if the test says so."""

    async def begin(self, subject: str) -> Exception | None:
        """Note a change, and fail if the test says so."""

    def end(self, trouble: Exception | None) -> None:
        """Lose the answer if the test says so."""


def refusal(status: int, message: str, code: int | None = None) -> WebexError:
    """As the client raises it."""
    kind = {404: NotFound, 409: Conflict}.get(status, WebexError)
    error = kind(status, message, "T-dect")
    error.code = code
    return error


@dataclass
class FakeDect:
    """`held` are the networks; `stations` and `sets` (handsets) are by id of the network.

    `handset_changes` lists the network of each change of handsets, for tests of the pause.
    """

    calls: Calls
    clock: Callable[[], float] = lambda: asyncio.get_running_loop().time()
    held: list[DectNetwork] = field(default_factory=lambda: [WAREHOUSE])
    stations: dict[str, list[BaseStation]] = field(default_factory=dict)
    sets: dict[str, list[Handset]] = field(default_factory=dict)
    virtual_lines: list[LineMember] = field(default_factory=lambda: [STORE_LINE])
    takes_two_lines: bool = False  # at once
    lacks_bulk: bool = False  # whether there are no calls for several handsets
    left_out: set[str] = field(default_factory=set)  # MACs and names that answers leave out
    handset_changes: list[tuple[str, float]] = field(default_factory=list)  # network and time
    serviceable: set[str] = field(default_factory=set)  # networks with an enabled password

    def __post_init__(self) -> None:
        self._numbers = count(1)

    async def models(self) -> list[DectModel]:
        """Both."""
        self.calls.ask("dect_models")
        return [
            DectModel(model=name, display_name=name, base_stations=bases, lines=lines)
            for name, (bases, lines) in LIMITS.items()
        ]

    async def networks(self, *, location_id: str | None = None) -> list[DectNetwork]:
        """The networks of a location, or all."""
        self.calls.ask("dect_networks")
        return [
            self._counted(network)
            for network in self.held
            if location_id in (None, network.location_id)
        ]

    async def networks_of(self, owner: Owner) -> list[MemberNetwork]:
        """By their handsets."""
        self.calls.ask("networks_of")
        counts = [
            (network, sum(handset.may_be_of(owner.id) for handset in self._sets(network.id)))
            for network in self.held
        ]
        return [
            MemberNetwork(id=network.id, name=network.name, handsets=number)
            for network, number in counts
            if number
        ]

    async def network(self, network: NetworkRef) -> DectNetwork | None:
        """By id."""
        self.calls.ask("dect_network")
        return next((self._counted(net) for net in self.held if net.ref == network), None)

    async def create_network(self, location_id: str, settings: Mapping[str, Any]) -> str:
        """Keep the network."""
        after = await self.calls.begin(location_id)
        code = settings.get("defaultAccessCode")
        network = DectNetwork(
            id=f"net-{len(self.held) + 1}", name=settings["name"],
            model=settings["model"], display_name=settings.get("displayName", ""),
            location_id=location_id, has_shared_code=bool(code),
            access_code=SecretStr(code) if code else None,
        )  # fmt: skip
        self.held.append(network)
        self.calls.end(after)
        return network.id

    async def update_network(self, network: NetworkRef, change: NetworkChange) -> None:
        """Set what the change names."""
        after = await self.calls.begin(network.id)
        now = self._held(network)
        values: dict[str, Any] = {
            name: value
            for name in ("name", "display_name")
            if (value := getattr(change, name)) is not None
        }
        if change.one_code_per_handset:
            values |= {"access_code": None, "has_shared_code": False}
        elif change.access_code is not None:
            values |= {"access_code": change.access_code, "has_shared_code": True}
        self.held[self.held.index(now)] = now.model_copy(update=values)
        self.calls.end(after)

    async def delete_network(self, network: NetworkRef) -> None:
        """Forget it, with all in it."""
        after = await self.calls.begin(network.id)
        self.held = [net for net in self.held if net.ref != network]
        self.stations.pop(network.id, None)
        self.sets.pop(network.id, None)
        self.calls.end(after)

    async def base_stations(self, network: NetworkRef) -> list[BaseStation]:
        """Without handsets."""
        self.calls.ask("base_stations")
        self._held(network)
        return list(self.stations.get(network.id, ()))

    async def base_station(self, network: NetworkRef, base_station_id: str) -> BaseStation | None:
        """With its handsets."""
        self.calls.ask("base_station")
        sets = tuple(
            handset
            for handset in self._sets(network.id)
            if handset.base_station_id == base_station_id
        )
        return next(
            (
                station.model_copy(update={"handsets": sets})
                for station in self.stations.get(network.id, ())
                if station.id == base_station_id
            ),
            None,
        )

    async def add_base_stations(self, network: NetworkRef, macs: Sequence[str]) -> list[AddResult]:
        """One by one."""
        assert 1 <= len(macs) <= MAX_BULK
        after = await self.calls.begin(network.id)
        held = self._held(network)
        results = [self._station_added(held, mac) for mac in macs]
        self.calls.end(after)
        return self._as_answered(results)

    def _station_added(self, network: DectNetwork, mac: str) -> AddResult:
        stations = self.stations.setdefault(network.id, [])
        taken = {station.mac for each in self.stations.values() for station in each}
        if mac in taken | self.calls.foreign_macs:
            return AddResult(mac, refusal=refusal(409, "HTTP status 409"))
        if len(stations) >= LIMITS[network.model][0]:
            return AddResult(mac, refusal=refusal(400, "HTTP status 400"))
        station = BaseStation(id=f"base-{next(self._numbers)}", mac=mac, lines_registered=0)
        stations.append(station)
        return AddResult(mac, station.id)

    async def delete_base_station(self, network: NetworkRef, base_station_id: str) -> None:
        """Forget it; its handsets are unpaired."""
        after = await self.calls.begin(network.id)
        stations = self.stations.get(network.id, [])
        self.stations[network.id] = [each for each in stations if each.id != base_station_id]
        self.sets[network.id] = [
            handset.model_copy(update={"base_station_id": ""})
            if handset.base_station_id == base_station_id
            else handset
            for handset in self._sets(network.id)
        ]
        self.calls.end(after)

    async def handsets(self, network: NetworkRef, *, member_id: str | None = None) -> list[Handset]:
        """All, or a member's."""
        self.calls.ask("handsets")
        self._held(network)
        sets = self._sets(network.id)
        return [each for each in sets if member_id is None or each.may_be_of(member_id)]

    async def handset(self, network: NetworkRef, handset_id: str) -> Handset | None:
        """By id."""
        self.calls.ask("handset")
        return next((each for each in self._sets(network.id) if each.id == handset_id), None)

    async def add_handset(self, network: NetworkRef, settings: HandsetSettings) -> None:
        """Keep it; nothing is answered."""
        after = await self._begin_handsets(network)
        if problem := self._handset_problem(network, settings):
            raise problem
        self._keep(network, settings)
        self.calls.end(after)

    async def add_handsets(
        self, network: NetworkRef, handsets: Sequence[HandsetSettings]
    ) -> list[AddResult]:
        """One by one."""
        assert 1 <= len(handsets) <= MAX_BULK
        after = await self._begin_bulk(network)
        results = []
        for settings in handsets:
            problem = self._handset_problem(network, settings)
            results.append(AddResult(settings.display_name, refusal=problem))
            if problem is None:
                self._keep(network, settings)
        self.calls.end(after)
        return self._as_answered(results)

    async def update_handset(
        self, network: NetworkRef, handset_id: str, settings: HandsetSettings
    ) -> None:
        """Set name and lines."""
        after = await self._begin_handsets(network)
        sets = self._sets(network.id)
        at = next((n for n, each in enumerate(sets) if each.id == handset_id), None)
        if at is None:
            raise refusal(404, "Could not find a handset with the provided ID.")
        update = {"display_name": settings.display_name, "lines": self._lines(settings)}
        sets[at] = sets[at].model_copy(update=update)
        self.calls.end(after)

    async def delete_handset(self, network: NetworkRef, handset_id: str) -> None:
        """Forget it."""
        after = await self._begin_handsets(network)
        self.sets[network.id] = [each for each in self._sets(network.id) if each.id != handset_id]
        self.calls.end(after)

    async def delete_handsets(self, network: NetworkRef, handset_ids: Sequence[str]) -> None:
        """Forget them."""
        assert 1 <= len(handset_ids) <= MAX_BULK
        after = await self._begin_bulk(network)
        sets = self._sets(network.id)
        known = {each.id for each in sets}
        if known & {*handset_ids} and not {*handset_ids} <= known:
            raise refusal(404, "Could not find a handset with the provided ID.")
        self.sets[network.id] = [each for each in sets if each.id not in handset_ids]
        self.calls.end(after)

    async def available_members(
        self, *, location_id: str | None = None, second_line: bool = False, **filters: str
    ) -> list[LineMember]:
        """Owners with calling; for a second line, virtual lines too."""
        self.calls.ask("available_members")
        members = [_member(o) for o in self.calls.owners if o.licence is not Licence.NONE]
        members += self.virtual_lines if second_line else []
        name = filters.get("memberName", "").lower()
        return [
            member
            for member in members
            if name in member.name.lower() and location_id in (None, member.location_id)
        ]

    async def has_serviceability_password(self, network: NetworkRef) -> bool:
        """Whether it is enabled."""
        self.calls.ask("has_serviceability_password")
        return network.id in self.serviceable

    async def switch_serviceability_password(self, network: NetworkRef, *, enabled: bool) -> None:
        """Switch it."""
        after = await self.calls.begin(network.id)
        (self.serviceable.add if enabled else self.serviceable.discard)(network.id)
        self.calls.end(after)

    async def new_serviceability_password(self, network: NetworkRef) -> SecretStr:
        """Always the same."""
        after = await self.calls.begin(network.id)
        self.serviceable.add(network.id)
        self.calls.end(after)
        return SecretStr("?i@9$?F)iR?rHNsu")

    def pair(self, network: NetworkRef) -> None:
        """Pair all handsets with the first base station."""
        station = self.stations[network.id][0]
        update = {"base_station_id": station.id, "mac": "1357D4A1B492"}
        self.sets[network.id] = [
            handset.model_copy(update=update) for handset in self._sets(network.id)
        ]

    def _held(self, network: NetworkRef) -> DectNetwork:
        """The network, or the error that Webex has for one that is gone."""
        for held in self.held:
            if held.ref == network:
                return held
        raise refusal(404, "[Error 27455] DECT network does not exist.", 27455)

    def _sets(self, network_id: str) -> list[Handset]:
        return self.sets.setdefault(network_id, [])

    def _counted(self, network: DectNetwork) -> DectNetwork:
        sets = self._sets(network.id)
        counts = {
            "base_stations": len(self.stations.get(network.id, ())),
            "handsets": len(sets),
            "lines": sum(len(handset.lines) for handset in sets),
        }
        return network.model_copy(update=counts)

    def _as_answered(self, results: Sequence[AddResult]) -> list[AddResult]:
        return [
            AddResult(result.name, is_unknown=True) if result.name in self.left_out else result
            for result in results
        ]

    async def _begin_bulk(self, network: NetworkRef) -> Exception | None:
        if self.lacks_bulk:
            self.calls.changes += 1
            raise refusal(404, "HTTP status 404")
        return await self._begin_handsets(network)

    async def _begin_handsets(self, network: NetworkRef) -> Exception | None:
        after = await self.calls.begin(network.id)
        self._held(network)
        self.handset_changes.append((network.id, self.clock()))
        return after

    def _handset_problem(self, network: NetworkRef, settings: HandsetSettings) -> WebexError | None:
        if settings.line2 and not self.takes_two_lines:
            return refusal(400, TWO_LINES, 5302)
        lines = self._counted(self._held(network)).lines or 0
        is_full = lines + 1 + bool(settings.line2) > LIMITS[self._held(network).model][1]
        first = next((each for each in self.calls.owners if each.id == settings.line1), None)
        if first is None or first.licence is Licence.NONE or is_full:
            return refusal(400, NOT_ASSIGNED, 4516)
        return None

    def _keep(self, network: NetworkRef, settings: HandsetSettings) -> None:
        sets = self._sets(network.id)
        code = self._held(network).access_code or SecretStr(f"{1000 + len(sets)}")
        sets.append(
            Handset(
                id=f"set-{next(self._numbers)}",
                index=str(len(sets) + 1),
                display_name=settings.display_name,
                default_display_name=settings.display_name,
                access_code=code,
                lines=self._lines(settings),
            )
        )

    def _lines(self, settings: HandsetSettings) -> tuple[HandsetLine, ...]:
        members = {member.id: member for member in self.virtual_lines}
        members |= {owner.id: _member(owner) for owner in self.calls.owners}
        ids = [settings.line1, settings.line2]
        return tuple(
            HandsetLine(**members[member_id].model_dump()) for member_id in ids if member_id
        )


def _member(owner: Owner) -> LineMember:
    is_person = owner.kind is OwnerKind.PERSON
    return LineMember(
        id=owner.id,
        kind=MemberKind.PERSON if is_person else MemberKind.WORKSPACE,
        name=owner.name,
        location_id=owner.location_id or "",
        location=owner.location,
    )


def _fits(fake: FakeDect) -> DectCalling:
    return fake


def _real_one_fits(real: DectApi) -> DectCalling:
    return real
