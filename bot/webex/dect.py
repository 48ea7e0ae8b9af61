"""The DECT APIs: networks, base stations, handsets, and who can have their lines.

Facts: docs/webex/provisioning.md §5. Nothing but the list of models is cached: what is shown and
planned must be what is there. Changes of handsets need a pause between them, which callers keep.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import SecretStr

from bot.core import api_calls
from bot.core.api_calls import Call
from bot.core.errors import NotFound, OutcomeUnknown, Unreadable, WebexError
from bot.core.models.dect import (
    MAX_BULK,
    AddResult,
    BaseStation,
    DectModel,
    DectNetwork,
    Handset,
    HandsetSettings,
    LineMember,
    MemberNetwork,
    NetworkChange,
    NetworkRef,
    same_id,
)
from bot.core.models.mac import bare_mac
from bot.core.models.webex import Owner, OwnerKind
from bot.webex import dect_rows as rows
from bot.webex.cache import Cache
from bot.webex.client import Client
from bot.webex.owners import FAILURE_LIFETIME
from bot.webex.paths import part
from bot.webex.response_guard import NOT_UNDERSTOOD, guarded_read, guarded_write
from bot.webex.rows import Row

V = TypeVar("V")
Body = Mapping[str, Any]

CONFIG = "telephony/config"
MODELS_LIFETIME = 86_400.0  # seconds; Cisco calls the list static
MAX_MEMBERS = 2_000  # as many as Webex lists in one page
# The calls that show and set a network take these fields; a PUT without one may clear it.
KEPT = ("name", "displayName", "defaultAccessCodeEnabled", "defaultAccessCode")


class DectApi:
    """All calls about DECT, with the service app's token."""

    def __init__(self, client: Client, cache: Cache, org_id: str | None) -> None:
        self._client, self._cache, self._org = client, cache, org_id

    @guarded_read
    async def models(self) -> list[DectModel]:
        """`GET devices/dectNetworks/supportedDevices`: base station models and their limits."""

        async def read() -> list[DectModel]:
            path = f"{CONFIG}/devices/dectNetworks/supportedDevices"
            return await self._list(api_calls.DECT_MODELS, path, "devices", rows.model)

        models: list[DectModel] = await self._cache.get_stale(
            "dect models", read, MODELS_LIFETIME, failure_lifetime=FAILURE_LIFETIME
        )
        return models

    @guarded_read
    async def networks(self, *, location_id: str | None = None) -> list[DectNetwork]:
        """`GET dectNetworks`: the networks of a location, or all. One answer, no pages."""
        path = f"{CONFIG}/dectNetworks"
        return await self._list(
            api_calls.NETWORKS, path, "dectNetworks", rows.network, locationId=location_id
        )

    @guarded_read
    async def networks_of(self, owner: Owner) -> list[MemberNetwork]:
        """The networks in which a person or workspace has handsets."""
        is_person = owner.kind is OwnerKind.PERSON
        call = api_calls.PERSONS_NETWORKS if is_person else api_calls.WORKSPACES_NETWORKS
        path = f"{CONFIG}/{'people' if is_person else 'workspaces'}/{part(owner.id)}/dectNetworks"
        return await self._list(call, path, "dectNetworks", rows.member_network)

    @guarded_read
    async def network(self, network: NetworkRef) -> DectNetwork | None:
        """`GET …/dectNetworks/{id}`; None if it is gone."""
        path = _path(network)
        return await self._one(api_calls.NETWORK, path, network.id, rows.network)

    @guarded_write
    async def create_network(self, location_id: str, settings: Body) -> str:
        """`POST …/dectNetworks`; returns the id, which the answer calls `dectNetworkId`."""
        path = f"{CONFIG}/locations/{part(location_id)}/dectNetworks"
        answer = await self._change(api_calls.CREATE_NETWORK, "POST", path, dict(settings))
        return _required_string(answer, "dectNetworkId")

    async def update_network(self, network: NetworkRef, change: NetworkChange) -> None:
        """`PUT …/dectNetworks/{id}`: read, edit, write, as there is no PATCH.

        Repeatable. Raises NotFound if the network is gone, and Unreadable, before any change, if
        the shared access code is to be kept and Webex does not tell it.
        """
        path = _path(network)
        with api_calls.NETWORK.named():
            body = _edited(await self._read_settings(path), change)
        await self._change(api_calls.UPDATE_NETWORK, "PUT", path, body)

    @guarded_read
    async def _read_settings(self, path: str) -> dict[str, Any]:
        """The fields that a PUT takes, exactly as Webex has them."""
        body = await self._client.get(path, orgId=self._org)
        if not body.get("name"):
            raise Unreadable(502, NOT_UNDERSTOOD)
        return {key: body[key] for key in KEPT if body.get(key) is not None}

    async def delete_network(self, network: NetworkRef) -> None:
        """`DELETE …/dectNetworks/{id}`, with base stations and handsets. Repeatable."""
        await self._delete(api_calls.DELETE_NETWORK, _path(network), lambda: self.network(network))

    @guarded_read
    async def base_stations(self, network: NetworkRef) -> list[BaseStation]:
        """`GET …/baseStations`: all of a network, without their handsets."""
        path = f"{_path(network)}/baseStations"
        return await self._list(api_calls.BASE_STATIONS, path, "baseStations", rows.base_station)

    @guarded_read
    async def base_station(self, network: NetworkRef, base_station_id: str) -> BaseStation | None:
        """`GET …/baseStations/{id}`, with the handsets that are there; None if it is gone."""
        path = f"{_path(network)}/baseStations/{part(base_station_id)}"
        return await self._one(api_calls.BASE_STATION, path, base_station_id, rows.base_station)

    async def add_base_stations(self, network: NetworkRef, macs: Sequence[str]) -> list[AddResult]:
        """`POST …/baseStations`: a result for each MAC, as the call succeeds if some fail.

        ValueError unless they are 1 to 50 different MACs.
        """
        bare = [bare_mac(mac) for mac in macs]
        _require_bulk(bare)
        return await self._add_base_stations(network, bare)

    @guarded_write
    async def _add_base_stations(self, network: NetworkRef, macs: Sequence[str]) -> list[AddResult]:
        path, body = f"{_path(network)}/baseStations", {"baseStationMacs": [*macs]}
        answer, tracking_id = await self._add_several(api_calls.ADD_BASE_STATIONS, path, body)
        return _tracked(rows.base_station_results(answer, macs), tracking_id)

    async def delete_base_station(self, network: NetworkRef, base_station_id: str) -> None:
        """`DELETE …/baseStations/{id}`. Repeatable.

        The call without an id deletes all of the network, so it is never made.
        """
        path = f"{_path(network)}/baseStations/{part(base_station_id)}"
        await self._delete(
            api_calls.DELETE_BASE_STATION,
            path,
            lambda: self.base_station(network, base_station_id),
        )

    @guarded_read
    async def handsets(self, network: NetworkRef, *, member_id: str | None = None) -> list[Handset]:
        """`GET …/handsets`: all of a network, or those that are or may be a member's."""
        path = f"{_path(network)}/handsets"
        handsets = await self._list(
            api_calls.HANDSETS, path, "handsets", rows.handset, memberId=member_id
        )
        return [
            handset for handset in handsets if member_id is None or handset.may_be_of(member_id)
        ]

    @guarded_read
    async def handset(self, network: NetworkRef, handset_id: str) -> Handset | None:
        """`GET …/handsets/{id}`, with MAC and base station once paired; None if it is gone."""
        path = f"{_path(network)}/handsets/{part(handset_id)}"
        return await self._one(api_calls.HANDSET, path, handset_id, rows.handset)

    async def add_handset(self, network: NetworkRef, settings: HandsetSettings) -> None:
        """`POST …/handsets`: the answer is empty, so `handsets` must be read for the id."""
        path = f"{_path(network)}/handsets"
        await self._change(api_calls.ADD_HANDSET, "POST", path, settings.body)

    async def add_handsets(
        self, network: NetworkRef, handsets: Sequence[HandsetSettings]
    ) -> list[AddResult]:
        """`POST …/handsets/bulk`: a result for each, in their order.

        ValueError unless they are 1 to 50, all different.
        """
        _require_bulk([tuple(settings.body.items()) for settings in handsets])
        return await self._add_handsets(network, handsets)

    @guarded_write
    async def _add_handsets(
        self, network: NetworkRef, handsets: Sequence[HandsetSettings]
    ) -> list[AddResult]:
        path = f"{_path(network)}/handsets/bulk"
        body = {"items": [settings.body for settings in handsets]}
        answer, tracking_id = await self._add_several(api_calls.ADD_HANDSETS, path, body)
        names = [settings.display_name for settings in handsets]
        return _tracked(rows.handset_results(answer, names), tracking_id)

    async def update_handset(
        self, network: NetworkRef, handset_id: str, settings: HandsetSettings
    ) -> None:
        """`PUT …/handsets/{id}`: sets name and lines; without a second line, that is removed."""
        path = f"{_path(network)}/handsets/{part(handset_id)}"
        await self._change(api_calls.UPDATE_HANDSET, "PUT", path, settings.body)

    async def delete_handset(self, network: NetworkRef, handset_id: str) -> None:
        """`DELETE …/handsets/{id}`. Repeatable."""
        path = f"{_path(network)}/handsets/{part(handset_id)}"
        await self._delete(
            api_calls.DELETE_HANDSET, path, lambda: self.handset(network, handset_id)
        )

    async def delete_handsets(self, network: NetworkRef, handset_ids: Sequence[str]) -> None:
        """`DELETE …/handsets` for these ids. Done if none of them is left.

        Raises NotFound if Webex knows one of them no more and another is left, or may be: it may
        have deleted none. ValueError unless they are 1 to 50 different ids.
        """
        ids = [part(handset_id) for handset_id in handset_ids]
        _require_bulk(ids)
        # `deleteAll` would delete all handsets of the network, so it is never sent.
        path, body = f"{_path(network)}/handsets", {"handsetIds": ids}
        try:
            await self._change(api_calls.DELETE_HANDSETS, "DELETE", path, body)
        except NotFound:
            if await self._may_be_left(network, ids):
                raise

    async def _may_be_left(self, network: NetworkRef, ids: Sequence[str]) -> bool:
        """Whether one of the handsets is there, or their list cannot be read."""
        try:
            listed = await self.handsets(network)
        except NotFound:  # the whole network is gone
            return False
        except WebexError:
            return True
        return any(same_id(handset.id, handset_id) for handset in listed for handset_id in ids)

    @guarded_read
    async def available_members(
        self, *, location_id: str | None = None, second_line: bool = False, **filters: str
    ) -> list[LineMember]:
        """`GET devices/availableMembers`: who can have a first line, or a second one.

        `filters` are `memberName`, `extension` and `phoneNumber`, which match a part. Only a second
        line can be a virtual line. At most MAX_MEMBERS.
        """
        usage = "SHARED_LINE" if second_line else "DEVICE_OWNER"
        query = {
            **filters,
            "locationId": location_id,
            "usageType": usage,
            "excludeVirtualLine": None if second_line else "true",
        }
        path = f"{CONFIG}/devices/availableMembers"
        members: list[LineMember] = []
        with api_calls.MEMBERS.named():
            pages = self._client.pages(path, "members", max=MAX_MEMBERS, orgId=self._org, **query)
            async for row in pages:
                members.append(rows.member(row))
                if len(members) == MAX_MEMBERS:
                    break
        return members

    @guarded_read
    async def has_serviceability_password(self, network: NetworkRef) -> bool:
        """Whether the password is enabled; it may be without ever having been made."""
        path = f"{_path(network)}/serviceabilityPassword"
        with api_calls.SERVICEABILITY.named():
            body = await self._client.get(path, orgId=self._org)
            enabled = rows.flag(body["enabled"])
            if enabled is None:
                raise Unreadable(502, NOT_UNDERSTOOD)
        return enabled

    async def switch_serviceability_password(self, network: NetworkRef, *, enabled: bool) -> None:
        """`PUT …/serviceabilityPassword`: may restart all base stations. Repeatable."""
        path = f"{_path(network)}/serviceabilityPassword"
        await self._change(api_calls.SWITCH_SERVICEABILITY, "PUT", path, {"enabled": enabled})

    @guarded_write
    async def new_serviceability_password(self, network: NetworkRef) -> SecretStr:
        """A new password, which cannot be read again. May restart all base stations."""
        path = f"{_path(network)}/serviceabilityPassword/actions/generate/invoke"
        answer = await self._change(api_calls.NEW_SERVICEABILITY_PASSWORD, "POST", path)
        return SecretStr(_required_string(answer, "password"))

    async def _list(
        self, call: Call, path: str, key: str, read: Callable[[Row], V], **params: Any
    ) -> list[V]:
        with call.named():
            body = await self._client.get(path, orgId=self._org, **params)
            return rows.listed(body, key, read)

    async def _one(
        self, call: Call, path: str, thing_id: str, read: Callable[[Row], V]
    ) -> V | None:
        """The thing at a path; None if it is gone."""
        try:
            with call.named():
                body = await self._client.get(path, orgId=self._org)
                if not body.get("id"):  # tells nothing, least of all that it is gone
                    raise Unreadable(502, NOT_UNDERSTOOD)
        except NotFound:
            return None
        return read(body | {"id": thing_id})

    async def _change(self, call: Call, method: str, path: str, body: Any = None) -> Any:
        with call.named():
            return await self._client.change(method, path, body, params={"orgId": self._org})

    async def _add_several(self, call: Call, path: str, body: Any) -> tuple[Any, str]:
        with call.named():
            return await self._client.change_several(path, body, params={"orgId": self._org})

    async def _delete(self, call: Call, path: str, read: Callable[[], Awaitable[object]]) -> None:
        """Delete it. A 404 may be an error of Webex: raises NotFound if it can still be read.

        OutcomeUnknown if that cannot be told.
        """
        try:
            await self._change(call, "DELETE", path)
        except NotFound:
            if await _can_be_read(read):
                raise


def _tracked(results: list[AddResult], tracking_id: str) -> list[AddResult]:
    """The results; a refusal without a tracking id of its own has that of the answer."""
    for result in results:
        if result.refusal is not None:
            result.refusal.tracking_id = result.refusal.tracking_id or tracking_id
    return results


async def _can_be_read(read: Callable[[], Awaitable[object]]) -> bool:
    try:
        return await read() is not None
    except WebexError as error:
        raise OutcomeUnknown(error.status, str(error)) from error


def _path(network: NetworkRef) -> str:
    return f"{CONFIG}/locations/{part(network.location_id)}/dectNetworks/{part(network.id)}"


def _edited(body: Body, change: NetworkChange) -> dict[str, Any]:
    """The body of a PUT: the settings as they are, with the change."""
    edited = dict(body)
    if change.name is not None:
        edited["name"] = change.name
    if change.display_name is not None:
        edited["displayName"] = change.display_name
    if change.one_code_per_handset:
        edited |= {"defaultAccessCodeEnabled": False, "defaultAccessCode": ""}
    elif change.access_code is not None:
        code = change.access_code.get_secret_value()
        edited |= {"defaultAccessCodeEnabled": True, "defaultAccessCode": code}
    is_shared = rows.flag(edited.get("defaultAccessCodeEnabled"))
    code = str(edited.get("defaultAccessCode", ""))
    if is_shared is None or (is_shared and not code):
        raise Unreadable(502, "Webex does not show the access code of the network.")
    return edited | {"defaultAccessCodeEnabled": is_shared, "defaultAccessCode": code}


def _require_bulk(things: Sequence[object]) -> None:
    if not 1 <= len(things) <= MAX_BULK or len({*things}) != len(things):
        raise ValueError(f"1 to {MAX_BULK}, each once")


def _required_string(answer: Any, name: str) -> str:
    """A string that the answer must contain; else KeyError or TypeError."""
    value = answer[name]
    if not isinstance(value, str):
        raise TypeError("not a string")
    return value
