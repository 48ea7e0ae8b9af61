"""Simulated base stations and handsets: they are plugged in, paired by hand, and roam.

The organization holds what Webex knows; this is what stands on the wall and what people carry.
Webex has no status of a base station: it only sees the handsets that register there
(docs/webex/provisioning.md §5).
"""

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Literal

from sandbox.errors import ApiError
from sandbox.organization.dect_handsets import lines_at
from sandbox.organization.entities import BaseState, BaseStation, DectNetwork, Handset
from sandbox.organization.errors import bad_request, refusal
from sandbox.organization.mac_addresses import bare_mac
from sandbox.organization.state import Organization
from sandbox.scheduler import Scheduler

HandsetState = Literal["waiting", "registering", "registered", "searching"]
DectListener = Callable[[str, DectNetwork], None]


def handset_state(handset: Handset) -> HandsetState:
    """Return its state: ``waiting`` to be paired, or ``searching`` for a base station to use."""
    if handset.registering:
        return "registering"
    if handset.base_key is not None:
        return "registered"
    return "waiting" if handset.mac is None else "searching"


class DectSimulator:
    """The base stations and handsets of all networks. ``notify`` is called for each change."""

    def __init__(
        self,
        org: Organization,
        scheduler: Scheduler,
        now: Callable[[], datetime],
        notify: DectListener,
    ) -> None:
        self._org = org
        self._scheduler = scheduler
        self._now = now
        self._notify = notify

    def plug(self, mac: object) -> tuple[DectNetwork, BaseStation]:
        """Connect a base station to the network, where it comes online after some seconds."""
        network, base = self._find_base(mac)
        if base.state != "offline":
            raise _conflict("This base station is plugged in already.")
        self._change_state(network, base, "starting")
        self._after_start(partial(self._come_online, network, base, base.revision))
        return network, base

    def unplug(self, mac: object) -> tuple[DectNetwork, BaseStation]:
        """Take a base station off the network; its handsets look for another one."""
        network, base = self._find_base(mac)
        if base.state == "offline":
            raise _conflict("This base station is not plugged in.")
        self._change_state(network, base, "offline")
        for handset in network.handsets.values():
            if handset.base_key == base.key:
                handset.base_key = None
        self.roam(network)
        return network, base

    def pair(
        self, base_mac: object, code: object, *, index: int | None = None, mac: object = None
    ) -> tuple[DectNetwork, Handset]:
        """Type an access code into a handset that is near a base station.

        It becomes the first unpaired handset of the network with that code, or the one with that
        ``index``. Raises an error if the base station is not online or the code is not right.
        """
        network, base = self._find_base(base_mac)
        if base.state != "online":
            raise _conflict("This base station is not online. Plug it in and wait for it.")
        if not isinstance(code, str) or not re.fullmatch("[0-9]{4}", code.strip()):
            raise bad_request("An access code has four digits.")
        handset = _unpaired(network, code.strip(), index)
        handset.mac = self._handset_mac(handset, mac)
        self._start(network, handset, base)
        return network, handset

    def roam(self, network: DectNetwork) -> None:
        """Let paired handsets without a base station register with one that is online."""
        if not _online(network):
            return
        for handset in network.handsets.values():
            if handset_state(handset) == "searching":
                self._start(network, handset)

    def _start(
        self, network: DectNetwork, handset: Handset, near: BaseStation | None = None
    ) -> None:
        handset.registering = True
        self._notify("DECT handset registering", network)
        self._after_start(partial(self._register, network, handset, near))

    def _register(self, network: DectNetwork, handset: Handset, near: BaseStation | None) -> None:
        """Register with the base station that is near, or else the one with the fewest lines."""
        if network.handsets.get(handset.key) is not handset:
            return
        handset.registering = False
        online = _online(network)
        if near in online:
            handset.base_key = near.key
        elif online:
            handset.base_key = min(online, key=lambda base: lines_at(network, base.key)).key
        if handset.base_key is not None:
            handset.registered = self._now()
        self._notify(f"DECT handset {handset_state(handset)}", network)

    def _come_online(self, network: DectNetwork, base: BaseStation, revision: int) -> None:
        if base.revision == revision and base.key in network.base_stations:
            self._change_state(network, base, "online")
            self.roam(network)

    def _change_state(self, network: DectNetwork, base: BaseStation, state: BaseState) -> None:
        base.state = state
        base.revision += 1
        self._notify(f"DECT base station {state}", network)

    def _after_start(self, step: Callable[[], None]) -> None:
        self._scheduler.after(self._org.settings.phone_registers_s or 0.0, step)

    def _find_base(self, mac: object) -> tuple[DectNetwork, BaseStation]:
        bare = _require_mac(mac)
        for network in self._org.dect_networks.values():
            for base in network.base_stations.values():
                if base.mac == bare:
                    return network, base
        text = "There is no base station with this MAC address."
        raise refusal(HTTPStatus.NOT_FOUND, text)

    def _handset_mac(self, handset: Handset, mac: object) -> str:
        """Return the address of the handset in the hand, by default an invented one."""
        if not mac:
            return handset.key.replace("-", "")[-12:].upper()
        bare = _require_mac(mac)
        networks = self._org.dect_networks.values()
        taken = {other.mac for network in networks for other in network.handsets.values()}
        if bare in taken or self._org.mac_in_use(bare):
            raise _conflict("This MAC address is already in use.")
        return bare


def _online(network: DectNetwork) -> list[BaseStation]:
    return [base for base in network.base_stations.values() if base.state == "online"]


def _unpaired(network: DectNetwork, code: str, index: int | None) -> Handset:
    handsets = [h for h in network.handsets.values() if index is None or h.index == index]
    if not handsets:
        text = f"The DECT network {network.name} has no such handset. Add it first."
        raise refusal(HTTPStatus.NOT_FOUND, text)
    fitting = [handset for handset in handsets if network.code_of(handset) == code]
    if not fitting:
        raise _conflict("This access code is not right. The handset was not paired.")
    unpaired = next((handset for handset in fitting if handset.mac is None), None)
    if unpaired is None:
        whose = "This handset" if index is not None else "Every handset with this access code"
        raise _conflict(f"{whose} is paired already.")
    return unpaired


def _conflict(text: str) -> ApiError:
    return refusal(HTTPStatus.CONFLICT, text)


def _require_mac(mac: object) -> str:
    bare = bare_mac(mac)
    if bare is None:
        raise bad_request("A MAC address has twelve hexadecimal digits.")
    return bare
