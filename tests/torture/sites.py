"""The people on site: they plug in what was added, type codes and pair handsets; some never do."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from math import inf
from random import Random

from sandbox.cloud import Cloud
from sandbox.errors import ApiError
from sandbox.organization.entities import BaseStation, DectNetwork
from tests.torture.records import Record, Registration, TypedCode
from tests.torture.scenarios import ADDED, new_mac

PAUSE = 0.2  # seconds between two rounds
SOON, LATE = 0.55, 0.75  # of all; the rest is never plugged in
FASTEST, SLOWEST = 0.5, 15.0  # seconds until something is plugged in soon
BEHIND = (5.0, 20.0)  # seconds after the window in which it is late


class Sites:
    """Every site of the organization, and what registers there; `window` is in seconds."""

    def __init__(self, cloud: Cloud, record: Record, seed: int, window: float) -> None:
        self._cloud, self._record, self._seed, self._window = cloud, record, seed, window
        self._due: dict[str, float] = {}
        self._noted: set[str] = set()

    async def work(self) -> None:
        """Until cancelled."""
        while True:
            self._plug_in()
            await asyncio.sleep(PAUSE)
            self.note()

    def note(self) -> None:
        """Write down what has registered, and what is there."""
        org, now = self._cloud.organization, time.time()
        there = {phone.key: phone for phone in org.phones.values()}
        for key, phone in there.items():
            if phone.status == "connected" and key not in self._noted and phone.last_seen:
                self._register(key, phone.mac, phone.last_seen.timestamp())
        for network in org.dect_networks.values():
            used = {handset.base_key for handset in network.handsets.values()}
            for key, base in network.base_stations.items():
                if key in used and key not in self._noted:
                    self._register(key, base.mac, now)
        bases = {key for network in org.dect_networks.values() for key in network.base_stations}
        self._record.there = frozenset(there.keys() | bases)

    def _register(self, key: str, mac: str, at: float) -> None:
        self._noted.add(key)
        self._record.registrations.append(Registration(key, mac, at))

    def _plug_in(self) -> None:
        """Do what is due at each site."""
        org = self._cloud.organization
        for phone in [phone for phone in org.phones.values() if phone.mac.startswith(ADDED)]:
            self._when_due(phone.key, phone.mac, partial(self._plug_phone, phone.mac))
        for network in org.dect_networks.values():
            for base in list(network.base_stations.values()):
                self._when_due(base.key, base.mac, partial(self._pair, network, base))
        for code in list(org.codes):
            self._when_due(code.code, f"code {code.seq}", partial(self._type, code.code))

    def _when_due(self, key: str, name: str, work: Callable[[], None]) -> None:
        """Do it when its time has come, once; the name decides when that is."""
        due = self._due.setdefault(key, time.time() + self._delay(name))
        if due <= time.time():
            self._due[key] = inf
            with suppress(ApiError):  # it is gone, or was plugged in by somebody else
                work()

    def _delay(self, name: str) -> float:
        """Seconds until somebody comes to it."""
        dice = Random(f"{self._seed} {name}")  # noqa: S311 - a play
        chance = dice.random()
        if chance < SOON:
            return dice.uniform(FASTEST, SLOWEST)
        return self._window + dice.uniform(*BEHIND) if chance < LATE else inf

    def _plug_phone(self, mac: str) -> None:
        self._cloud.phone_simulator.plug(mac)

    def _type(self, digits: str) -> None:
        phone = self._cloud.phone_simulator.activate(digits, new_mac())
        self._due[phone.record.key if phone.record else ""] = inf  # one can type on it: it is on
        owner = phone.record.owner.key if phone.record else ""
        self._record.typed_codes.append(TypedCode(owner, phone.model, phone.mac))

    def _pair(self, network: DectNetwork, base: BaseStation) -> None:
        """Switch a base station on; a handset that waits is paired when it is online."""
        if base.state == "offline":
            self._cloud.dect_simulator.plug(base.mac)
            self._due[base.key] = time.time()
            return
        waiting = (handset for handset in network.handsets.values() if handset.mac is None)
        if handset := next(waiting, None):
            code = network.code_of(handset)
            self._cloud.dect_simulator.pair(base.mac, code, index=handset.index)
