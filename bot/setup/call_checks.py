"""The checks of `provbot doctor` that try each read of the admin APIs. They change nothing.

A scope that works for one call may be refused for another; then the result names the call.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import partial
from typing import Any

import httpx

from bot.core import api_calls
from bot.core.api_calls import READS, Call
from bot.core.config import Config
from bot.core.errors import Forbidden, NotFound
from bot.core.models.dect import DectNetwork, NetworkRef
from bot.core.models.webex import Owner, OwnerKind
from bot.domain import unsupported
from bot.domain.commands import ChatCommand
from bot.operations import COMMANDS
from bot.setup.credentials import AUTHORIZE_AGAIN
from bot.setup.report import CheckResult, Status
from bot.setup.scopes import SCOPES, Scope, lost_without, needed_for
from bot.setup.webex_checks import Admin
from bot.webex.cache import Cache
from bot.webex.calling import CallingApi
from bot.webex.client import Client, FixedToken

# From the range for documentation (RFC 7042); asking about it changes nothing.
HARMLESS_MAC = "00005E0053B4"
SAMPLE = 20  # people, workspaces and devices to choose from, for the calls about a single one
UNTESTABLE = "cannot be tested without changing something"
NOT_PERMITTED = f"the admin who authorized the service app may not do this: {AUTHORIZE_AGAIN}"

# The error of a call, whether it succeeded, or False if there was nothing to ask about.
Outcome = Exception | bool
Read = Callable[[], Awaitable[object]]


async def scopes(settings: Config, http: httpx.AsyncClient, admin: Admin) -> list[CheckResult]:
    """Check each scope by the calls that need it, or by the list that came with the token."""
    client = Client(http, settings.api_url, FixedToken(admin.token))
    calling = CallingApi(client, Cache(time.monotonic), settings.org_id)
    skipped = calls_of_missing_features(government=settings.government)
    outcomes = await Reads(client, calling, settings.org_id, skipped).outcomes()
    results = [scope_result(scope, overall(scope, outcomes), admin.scopes) for scope in SCOPES]
    return [*results, *failed_calls(outcomes)]


def calls_of_missing_features(*, government: bool) -> set[str]:
    """Return the calls that only commands make whose feature the cloud lacks."""
    needed: dict[str, list[ChatCommand]] = {}
    for command in COMMANDS:
        for call in (*command.needs, *command.does_without):
            needed.setdefault(call.name, []).append(command)
    return {
        name
        for name, commands in needed.items()
        if all(unsupported.gap(command.feature, government=government) for command in commands)
    }


class Reads:
    """Tries each read once, except those of features that the cloud lacks (`skipped`)."""

    def __init__(
        self, client: Client, calling: CallingApi, org_id: str | None, skipped: Collection[str]
    ) -> None:
        self.client, self.calling, self.org_id, self.skipped = client, calling, org_id, skipped

    async def outcomes(self) -> dict[str, Outcome]:
        """Return the outcome of each read, by the name of the call."""
        people, rooms, devices, licences, networks = await asyncio.gather(
            self._sample("people", max=SAMPLE, callingData="true"),
            self._sample("workspaces", max=SAMPLE),
            self._sample("devices", max=SAMPLE),
            self._sample("licenses"),  # it has no pages
            self._networks(),
        )
        # The telephony calls need somebody with Webex Calling, who has a location.
        callers = [row for row in people if row.get("locationId")]
        reads = self._lists() | self._single(_first(callers), _first(rooms), _first(devices))
        if licence := _first(licences):
            reads[api_calls.LICENCE_HOLDERS.name] = lambda: self._holders(licence)
        if networks:
            reads |= self._of_network(networks[0].ref)
            reads |= await self._of_base_station(networks[0].ref)
        for name in self.skipped:
            reads.pop(name, None)
        outcomes = await asyncio.gather(*(_read_outcome(reads.get(call.name)) for call in READS))
        return {call.name: outcome for call, outcome in zip(READS, outcomes, strict=True)}

    async def _sample(self, path: str, **filters: Any) -> list[dict[str, Any]]:
        """Return a few rows; none if they cannot be read, which their own check reports."""
        try:
            body = await self.client.get(path, lists="items", orgId=self.org_id, **filters)
        except Exception:  # noqa: BLE001 - see above
            return []
        return [row for row in body["items"] if isinstance(row, dict) and row.get("id")]

    async def _networks(self) -> list[DectNetwork]:
        """Return the DECT networks; none if they cannot be read, or if the cloud lacks DECT."""
        if api_calls.NETWORKS.name in self.skipped:
            return []
        try:
            return await self.calling.dect.networks()
        except Exception:  # noqa: BLE001 - its own check reports it
            return []

    def _of_network(self, network: NetworkRef) -> dict[str, Read]:
        """Return the calls about a single DECT network."""
        return {
            api_calls.BASE_STATIONS.name: lambda: self.calling.dect.base_stations(network),
            api_calls.HANDSETS.name: lambda: self.calling.dect.handsets(network),
            api_calls.NETWORK.name: lambda: self.calling.dect.network(network),
        }

    async def _of_base_station(self, network: NetworkRef) -> dict[str, Read]:
        """Return the call about a single base station, if the network has one."""
        try:
            stations = await self.calling.dect.base_stations(network)
        except Exception:  # noqa: BLE001 - its own check reports it
            return {}
        if not stations:
            return {}
        read = partial(self.calling.dect.base_station, network, stations[0].id)
        return {api_calls.BASE_STATION.name: read}

    def _lists(self) -> dict[str, Read]:
        return {
            api_calls.MODELS.name: self.calling.models,
            api_calls.LOCATIONS.name: self.calling.locations,
            api_calls.NETWORKS.name: self.calling.dect.networks,
            api_calls.DECT_MODELS.name: self.calling.dect.models,
            api_calls.MACS.name: lambda: self.calling.mac_state(HARMLESS_MAC),
            api_calls.PEOPLE.name: lambda: self._list("people", email="nobody@example.com"),
            api_calls.WORKSPACES.name: lambda: self._list("workspaces", max=1),
            api_calls.DEVICES.name: lambda: self._list("devices", max=1),
            api_calls.LICENCES.name: lambda: self._list("licenses"),
        }

    def _single(self, person: str, room: str, device: str) -> dict[str, Read]:
        """Return the calls about a single person, workspace or device, if there is one."""
        owner = Owner(kind=OwnerKind.PERSON, id=person, name="")
        workspace = Owner(kind=OwnerKind.WORKSPACE, id=room, name="")
        reads: list[tuple[Call, str, Read]] = [
            (api_calls.PERSON, person, lambda: self.client.get(f"people/{person}")),
            (api_calls.PERSONS_DEVICES, person, lambda: self.calling.devices_of(owner)),
            (api_calls.WORKSPACE, room, lambda: self.client.get(f"workspaces/{room}")),
            (api_calls.WORKSPACES_DEVICES, room, lambda: self.calling.devices_of(workspace)),
            (api_calls.PERSONS_NETWORKS, person, lambda: self.calling.dect.networks_of(owner)),
            (api_calls.WORKSPACES_NETWORKS, room, lambda: self.calling.dect.networks_of(workspace)),
            (api_calls.DEVICE, device, lambda: self.calling.device(device)),
        ]
        return {call.name: read for call, subject, read in reads if subject}

    def _holders(self, licence: str) -> Awaitable[object]:
        return self.client.get(f"licenses/{licence}", includeAssignedTo="user", limit=1)

    def _list(self, path: str, **filters: Any) -> Awaitable[object]:
        return self.client.get(path, lists="items", orgId=self.org_id, **filters)


def _first(rows: list[dict[str, Any]]) -> str:
    return str(rows[0]["id"]) if rows else ""


async def _read_outcome(read: Read | None) -> Outcome:
    if read is None:
        return False
    try:
        await read()
    except Exception as error:  # noqa: BLE001 - any error is the outcome
        return error
    return True


def overall(scope: Scope, outcomes: Mapping[str, Outcome]) -> Outcome:
    """Return the outcome of a scope, which works if one of its calls does."""
    own = [outcomes[call.name] for call in READS if call.scope == scope.name]
    if True in own:
        return True
    errors = [outcome for outcome in own if isinstance(outcome, Exception)]
    other_errors = [error for error in errors if not isinstance(error, Forbidden)]
    return next(iter([*other_errors, *errors]), False)


def failed_calls(outcomes: Mapping[str, Outcome]) -> list[CheckResult]:
    """Return the calls that fail although their scope works."""
    working = {call.scope for call in READS if outcomes[call.name] is True}
    return [
        _failed_call(call, outcome)
        for call in READS
        if call.scope in working
        and isinstance(outcome := outcomes[call.name], Exception)
        # For a single thing, 404 means that it is gone or has no Webex Calling.
        and not (isinstance(outcome, NotFound) and "{id}" in call.call)
    ]


def _failed_call(call: Call, error: Exception) -> CheckResult:
    commands = needed_for([call])
    status = Status.FAILED if commands else Status.WARNING
    purpose = commands or lost_without([call])
    if isinstance(error, Forbidden):
        message = f"refused, although {call.scope} works for other calls; needed for {purpose}"
        return CheckResult(call.call, message, status, NOT_PERMITTED)
    return CheckResult(call.call, f"cannot be read: {error}; needed for {purpose}", status)


def scope_result(scope: Scope, outcome: Outcome, granted: str) -> CheckResult:
    """Judge a scope by the outcome of its calls, and by the scopes that the token was granted."""
    missing_status = Status.FAILED if scope.required_for else Status.WARNING
    if outcome is True or (not outcome and scope.name in granted.split()):
        return CheckResult(scope.name, "works" if outcome else "granted")
    if isinstance(outcome, Exception) and not isinstance(outcome, Forbidden):
        message, hint = f"cannot be tested: {outcome}", f"needed for {scope.purpose}"
        return CheckResult(scope.name, message, missing_status, hint)
    if scope.name in granted.split():
        message = f"granted, but Webex refuses the call; needed for {scope.purpose}"
        return CheckResult(scope.name, message, Status.FAILED, NOT_PERMITTED)
    if not granted and not outcome:
        message, hint = UNTESTABLE, f"needed for {scope.purpose}"
        return CheckResult(scope.name, message, Status.UNKNOWN, hint)
    hint = f"tick it on the service app's page, {AUTHORIZE_AGAIN}"
    return CheckResult(scope.name, f"missing; needed for {scope.purpose}", missing_status, hint)
