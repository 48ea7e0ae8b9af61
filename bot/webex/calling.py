"""The admin APIs as operations see them: methods that take and return values of `bot.core.models`.

Facts: docs/webex/provisioning.md §3 to §6. Answers are read tolerantly: a missing field is no
error.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from bot.core import api_calls, logs
from bot.core.errors import NotFound, Unreadable, WebexError
from bot.core.masking import mask
from bot.core.models.mac import same_mac
from bot.core.models.text import clean
from bot.core.models.webex import (
    ActivationCode,
    DectNetwork,
    Device,
    Location,
    MacState,
    OwnedDevices,
    Owner,
    OwnerKind,
    PhoneModel,
)
from bot.webex import rows
from bot.webex.cache import Cache
from bot.webex.client import Client
from bot.webex.paths import is_id, part
from bot.webex.rate_limiter import short_wait
from bot.webex.response_guard import NOT_UNDERSTOOD, guarded_read, guarded_write

log = logs.get_logger("webex")

# Seconds for which answers are cached. Models, locations and licence names seldom change; people
# and workspaces change in a working day. A plan is compared with uncached facts before it runs.
MODELS_LIFETIME = LOCATIONS_LIFETIME = LICENCES_LIFETIME = 600.0
OWNERS_LIFETIME = 60.0
IDS_LIFETIME = 900.0  # of ids by email: as long as a plan is valid, so Confirm need not search
# After a failure, a list that only adds a warning is not read again at once: forty phones must not
# wait for it forty times.
FAILURE_LIFETIME = 30.0
MAX_CANDIDATES = 50


class CallingApi:
    """All calls of the admin APIs. Answers are cached for the times above."""

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

    def uncached(self) -> "CallingApi":
        """The same API without cached people, workspaces and devices."""
        return CallingApi(
            self._client, self._cache, self._org, uncached=True, note_locations=self._note_locations
        )

    @guarded_read
    async def models(self) -> list[PhoneModel]:
        """`GET /telephony/config/supportedDevices`."""
        models: list[PhoneModel] = await self._cache.get_stale(
            "models", self._read_models, MODELS_LIFETIME, failure_lifetime=FAILURE_LIFETIME
        )
        return models

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
        """`GET /people?displayName=`: people whose name begins with `name`."""
        listed = await self._people(displayName=name, max=MAX_CANDIDATES)
        people = [row for row in listed if row.get("type", "person") == "person"]
        return list(await asyncio.gather(*(self._person_listed(row) for row in people[:10])))

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

        workspaces: list[Owner] = await self._cached(("workspaces", name.lower()), read)
        return [owner for owner in workspaces if name.lower() in owner.name.lower()]

    @guarded_read
    async def owner(self, key: str) -> Owner | None:
        """The owner with this `Owner.key`; None if it is gone.

        If the record cannot be read, a recently listed owner stands in for it.
        """
        kind, _, owner_id = key.partition(":")
        if not is_id(owner_id):
            return None
        read = self._person if kind == OwnerKind.PERSON else self._read_workspace
        try:
            return await read(owner_id)
        except NotFound:
            return None
        except WebexError as error:
            listed: Owner | None = self._cache.peek(("listed", key))
            if listed is None:
                raise
            _log_skipped(error)
            return listed

    @guarded_read
    async def mac_state(self, mac: str) -> MacState:
        """`validateMacs`: a MAC not listed is available (docs/webex/provisioning.md §4.2)."""
        path = "telephony/config/devices/actions/validateMacs/invoke"
        with api_calls.MACS.named():
            body = await self._client.query(path, {"macs": [mac]}, orgId=self._org)
            states = rows.mac_rows(body)
        for state in states:
            if same_mac(state.get("mac"), mac) and state.get("state") != "AVAILABLE":
                return MacState(available=False, message=clean(mask(str(state.get("message", "")))))
        return MacState(available=True)

    @guarded_read
    async def devices(self, **filters: str) -> list[Device]:
        """`GET /devices` with the API's own filters, all pages."""
        with api_calls.DEVICES.named():
            pages = self._client.pages("devices", max=100, orgId=self._org, **filters)
            return [rows.device(row) async for row in pages]

    @guarded_read
    async def devices_of(self, owner: Owner) -> OwnedDevices:
        """An owner's telephony devices, including 9800s that `GET /devices` does not list.

        See docs/webex/provisioning.md §4.5.
        """
        is_person = owner.kind is OwnerKind.PERSON
        kind = "people" if is_person else "workspaces"
        path = f"telephony/config/{kind}/{part(owner.id)}/devices"
        with (api_calls.PERSONS_DEVICES if is_person else api_calls.WORKSPACES_DEVICES).named():
            body = await self._client.get(path, lists="devices", orgId=self._org)
        devices = tuple(rows.owned(row) for row in body["devices"] if isinstance(row, dict))
        return OwnedDevices(devices=devices, most=body.get("maxDeviceCount"))

    @guarded_write
    async def add_phone(
        self, *, mac: str, model: str, owner: Owner, password: str | None
    ) -> Device | None:
        """`POST /devices`; None if the answer has no device, as for the 9800 series.

        See docs/webex/provisioning.md §6.
        """
        body = {"mac": mac, "model": model, **owner.field}
        if password:
            body["password"] = password
        with api_calls.ADD_PHONE.named():
            answer = await self._client.change("POST", "devices", body, params=self._scope())
        return rows.device(answer) if isinstance(answer, dict) and answer.get("id") else None

    @guarded_read
    async def device(self, device_id: str) -> Device | None:
        """`GET /devices/{id}`; None if it is gone."""
        path = f"devices/{part(device_id)}"
        try:
            with api_calls.DEVICE.named():
                body = await self._client.get(path, orgId=self._org)
                if not body.get("id"):  # tells nothing, least of all that the device is gone
                    raise Unreadable(502, NOT_UNDERSTOOD)
        except NotFound:
            return None
        return rows.device(body | {"id": device_id})

    async def delete_device(self, device_id: str) -> None:
        """`DELETE /devices/{id}`: repeatable, a second one answers 404 (provisioning.md §4.5).

        A 404 may be an error of Webex: raises NotFound if the device can still be read.
        """
        path = f"devices/{part(device_id)}"
        try:
            with api_calls.DELETE_DEVICE.named():
                await self._client.change("DELETE", path, params=self._scope())
        except NotFound:
            if await self._can_be_read(device_id):
                raise

    async def _can_be_read(self, device_id: str) -> bool:
        try:
            return await self.device(device_id) is not None
        except WebexError:
            return False

    async def add_tags(self, device_id: str, tags: Sequence[str]) -> None:
        """`PATCH /devices/{id}` with `add`: keeps the existing tags.

        See docs/webex/provisioning.md §4.6.
        """
        await self._patch_tags("add", device_id, tags)

    async def replace_tags(self, device_id: str, tags: Sequence[str]) -> None:
        """`PATCH /devices/{id}` with `replace`: sets exactly these (provisioning.md §4.6)."""
        await self._patch_tags("replace", device_id, tags)

    async def _patch_tags(self, op: str, device_id: str, tags: Sequence[str]) -> None:
        # One object, not an array, as proven against real tenants (provisioning.md §4.6).
        path, body = f"devices/{part(device_id)}", {"op": op, "path": "tags", "value": list(tags)}
        with api_calls.TAG.named():
            await self._client.change(
                "PATCH", path, body,
                content_type="application/json-patch+json", params=self._scope(),
            )  # fmt: skip

    @guarded_write
    async def activation_code(self, *, model: str, owner: Owner) -> ActivationCode:
        """`POST /devices/activationCode`: each call returns a new code."""
        body = {"model": model, **owner.field}
        with api_calls.ACTIVATION_CODE.named():
            answer = await self._client.change(
                "POST", "devices/activationCode", body, params=self._scope()
            )
        return ActivationCode(
            code=answer["code"], expiry_time=clean(answer["expiryTime"], rows.MAX_SHOWN)
        )

    @guarded_read
    async def dect_networks(self, *, location_id: str | None = None) -> list[DectNetwork]:
        """`GET /telephony/config/dectNetworks`: one answer, no pages."""
        path = "telephony/config/dectNetworks"
        with api_calls.NETWORKS.named():
            body = await self._client.get(
                path, lists="dectNetworks", locationId=location_id, orgId=self._org
            )
            return [rows.dect_network(row) for row in body["dectNetworks"]]

    @guarded_write
    async def create_dect_network(self, location_id: str, settings: Mapping[str, Any]) -> str:
        """Create a DECT network in a location; the answer's key is `dectNetworkId`."""
        path = f"telephony/config/locations/{part(location_id)}/dectNetworks"
        with api_calls.CREATE_NETWORK.named():
            answer = await self._client.change("POST", path, dict(settings), params=self._scope())
        return _required_string(answer, "dectNetworkId")

    def _scope(self) -> dict[str, str | None]:
        return {"orgId": self._org}

    async def _cached(self, key: Any, read: Callable[[], Awaitable[Any]]) -> Any:
        get = self._cache.refresh if self._uncached else self._cache.get
        return await get(key, read, OWNERS_LIFETIME)

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
        return rows.person(record | {"id": person_id}, licences, places)

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
            _log_skipped(error)
            owner = rows.person(listed, None, await self._location_names())
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
    async def _read_models(self) -> list[PhoneModel]:
        path = "telephony/config/supportedDevices"
        with api_calls.MODELS.named():
            body = await self._client.get(path, lists="devices", orgId=self._org)
            return rows.readable(body["devices"], rows.model)

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
        try:
            with short_wait():
                locations = await self._cache.get_stale(
                    "locations",
                    self._read_locations,
                    LOCATIONS_LIFETIME,
                    failure_lifetime=FAILURE_LIFETIME,
                )
        except WebexError as error:
            _log_skipped(error)
            return {}
        return {location.id: location.name for location in locations}

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
            _log_skipped(error)
            return None
        return names


def _log_skipped(error: WebexError) -> None:
    log.info(
        "optional_read_failed", call=error.call, status=error.status, tracking_id=error.tracking_id
    )


def _required_string(answer: Any, name: str) -> str:
    """A string that the answer must contain; else KeyError or TypeError."""
    value = answer[name]
    if not isinstance(value, str):
        raise TypeError("not a string")
    return value
