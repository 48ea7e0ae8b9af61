"""The admin APIs as operations see them: methods that take and give values of `bot.models`.

Facts: webex-provisioning.md §3 to §6. Answers are read tolerantly: a missing field is no fault.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from bot.errors import Forbidden, NotFound
from bot.models import (
    ActivationCode,
    DectNetwork,
    Device,
    Licence,
    Location,
    MacState,
    OwnedDevices,
    Owner,
    OwnerKind,
    PhoneModel,
    clean,
    same_mac,
)
from bot.webex.cache import Cache
from bot.webex.client import Client
from bot.webex.shapes import changes, reads

# Seconds. Models, locations and licence names change when somebody reconfigures the organization;
# people and workspaces change in a working day. A plan is checked against fresh facts before it runs.
MODELS_KEPT = LOCATIONS_KEPT = LICENCES_KEPT = 600.0
OWNERS_KEPT = 60.0
IDS_KEPT = 900.0  # by email, for as long as a plan waits: then its Confirm need not search again
MOST_CANDIDATES = 50


class CallingApi:
    """Everything the bot asks of the admin APIs, with answers kept for a stated time."""

    def __init__(
        self, client: Client, cache: Cache, org_id: str | None, *, fresh: bool = False
    ) -> None:
        self._client, self._cache, self._org, self._fresh = client, cache, org_id, fresh

    def fresh(self) -> "CallingApi":
        """The same, asking Webex again about people, workspaces and devices."""
        return CallingApi(self._client, self._cache, self._org, fresh=True)

    @reads
    async def models(self) -> list[PhoneModel]:
        """`GET /telephony/config/supportedDevices`."""

        async def ask() -> list[PhoneModel]:
            body = await self._client.get("telephony/config/supportedDevices", orgId=self._org)
            return [_model(row) for row in _rows(body, "devices") if row.get("model")]

        found: list[PhoneModel] = await self._cache.get("models", ask, MODELS_KEPT)
        return found

    @reads
    async def locations(self) -> list[Location]:
        """`GET /locations`, all pages."""

        async def ask() -> list[Location]:
            pages = self._client.pages("locations", max=500, orgId=self._org)
            return [_location(row) async for row in pages]

        found: list[Location] = await self._cache.get("locations", ask, LOCATIONS_KEPT)
        return found

    @reads
    async def person(self, email: str) -> Owner | None:
        """`GET /people?email=`: exact match, an empty list for nobody.

        Who had that email lately is read by id at once: the answer says whether they have it still.
        """
        key = ("id of", email.strip().lower())
        owner = await self._person_again(self._cache.kept(key))
        if owner and owner.email == key[1]:
            return owner
        body = await self._client.get("people", email=email, callingData="true", orgId=self._org)
        rows = _rows(body, "items")
        if not rows:
            return None
        self._cache.keep(key, rows[0]["id"], IDS_KEPT)
        return await self._person(rows[0]["id"])

    @reads
    async def owners_named(self, name: str) -> list[Owner]:
        """People and workspaces whose display name contains `name`, looked up side by side."""
        people, workspaces = await asyncio.gather(
            self._people_named(name), self._workspaces_named(name)
        )
        return [*workspaces, *people]

    @reads
    async def owner(self, key: str) -> Owner | None:
        """The owner behind an `Owner.key`; None if it is gone."""
        kind, _, owner_id = key.partition(":")
        try:
            if kind == OwnerKind.PERSON:
                return await self._person(owner_id)
            return await self._workspace(await self._client.get(f"workspaces/{owner_id}"))
        except NotFound:
            return None

    @reads
    async def mac_state(self, mac: str) -> MacState:
        """`validateMacs`: what it does not list is available (webex-provisioning.md §4.2)."""
        path = "telephony/config/devices/actions/validateMacs/invoke"
        body = await self._client.query(path, {"macs": [mac]}, orgId=self._org)
        for row in _rows(body, "macStatus"):
            if same_mac(row.get("mac"), mac) and row.get("state") != "AVAILABLE":
                return MacState(available=False, words=clean(str(row.get("message", ""))))
        return MacState(available=True)

    @reads
    async def devices(self, **filters: str) -> list[Device]:
        """`GET /devices` with the API's own filters, all pages."""
        pages = self._client.pages("devices", max=100, orgId=self._org, **filters)
        return [_device(row) async for row in pages]

    @reads
    async def devices_of(self, owner: Owner) -> OwnedDevices:
        """An owner's telephony devices; includes 9800s that `GET /devices` does not know (§4.5)."""
        kind = "people" if owner.kind is OwnerKind.PERSON else "workspaces"
        body = await self._client.get(
            f"telephony/config/{kind}/{owner.id}/devices", orgId=self._org
        )
        rows = _rows(body, "devices")
        most = body.get("maxDeviceCount") if isinstance(body, dict) else None
        return OwnedDevices(devices=tuple(_owned(row) for row in rows), most=most)

    @changes
    async def add_phone(
        self, *, mac: str, model: str, owner: Owner, password: str | None
    ) -> Device | None:
        """`POST /devices`; None for the empty answer of the 9800 series (§6)."""
        body = {"mac": mac, "model": model, **owner.field}
        if password:
            body["password"] = password
        answer = await self._client.change("POST", "devices", body, params=self._scope())
        return _device(answer) if isinstance(answer, dict) else None

    @reads
    async def device(self, device_id: str) -> Device | None:
        """`GET /devices/{id}`; None if it is gone."""
        try:
            return _device(await self._client.get(f"devices/{device_id}", orgId=self._org))
        except NotFound:
            return None

    async def delete_device(self, device_id: str) -> None:
        """`DELETE /devices/{id}`: repeatable, a second one answers 404 (§4.5)."""
        try:
            await self._client.change("DELETE", f"devices/{device_id}", params=self._scope())
        except NotFound:
            return

    async def add_tags(self, device_id: str, tags: Sequence[str]) -> None:
        """`PATCH /devices/{id}` with `add`: the union of these and what is there (§4.6)."""
        await self._patch_tags("add", device_id, tags)

    async def replace_tags(self, device_id: str, tags: Sequence[str]) -> None:
        """`PATCH /devices/{id}` with `replace`: exactly these (§4.6)."""
        await self._patch_tags("replace", device_id, tags)

    async def _patch_tags(self, op: str, device_id: str, tags: Sequence[str]) -> None:
        # One object, not an array: so it is proven against real tenants (§4.6).
        await self._client.change(
            "PATCH", f"devices/{device_id}", {"op": op, "path": "tags", "value": list(tags)},
            content_type="application/json-patch+json", params=self._scope(),
        )  # fmt: skip

    @changes
    async def activation_code(self, *, model: str, owner: Owner) -> ActivationCode:
        """`POST /devices/activationCode`: a new code with each call."""
        body = {"model": model, **owner.field}
        answer = await self._client.change(
            "POST", "devices/activationCode", body, params=self._scope()
        )
        return ActivationCode(code=answer["code"], expiry_time=answer["expiryTime"])

    @reads
    async def dect_networks(self, *, location_id: str | None = None) -> list[DectNetwork]:
        """`GET /telephony/config/dectNetworks`: one answer, no pages."""
        body = await self._client.get(
            "telephony/config/dectNetworks", locationId=location_id, orgId=self._org
        )
        return [_dect_network(row) for row in _rows(body, "dectNetworks")]

    @changes
    async def create_dect_network(self, location_id: str, settings: Mapping[str, Any]) -> str:
        """Create one in a location; the answer's key is `dectNetworkId`."""
        path = f"telephony/config/locations/{location_id}/dectNetworks"
        answer = await self._client.change("POST", path, dict(settings), params=self._scope())
        return str((answer or {}).get("dectNetworkId", ""))

    def _scope(self) -> dict[str, str | None]:
        return {"orgId": self._org}

    async def _kept(self, key: Any, ask: Callable[[], Awaitable[Any]]) -> Any:
        keep = self._cache.refresh if self._fresh else self._cache.get
        return await keep(key, ask, OWNERS_KEPT)

    async def _person(self, person_id: str) -> Owner:
        async def ask() -> Owner:
            # Only the single person's answer carries licences (webex-provisioning.md §3).
            row, licences, places = await asyncio.gather(
                self._client.get(f"people/{person_id}", callingData="true"),
                self._licences(), self._location_names(),
            )  # fmt: skip
            return Owner(
                kind=OwnerKind.PERSON,
                id=row["id"],
                name=clean(row.get("displayName") or row["emails"][0], 80),
                email=(row.get("emails") or [""])[0].lower(),
                location_id=row.get("locationId"),
                location=places.get(row.get("locationId"), ""),
                licence=_licence(row.get("licenses") or [], licences),
            )

        found: Owner = await self._kept(("person", person_id), ask)
        return found

    async def _person_again(self, person_id: str | None) -> Owner | None:
        try:
            return await self._person(person_id) if person_id else None
        except NotFound:
            return None

    async def _people_named(self, name: str) -> list[Owner]:
        body = await self._client.get(
            "people", displayName=name, max=MOST_CANDIDATES, orgId=self._org
        )
        rows = [row for row in _rows(body, "items") if row.get("type", "person") == "person"]
        return list(await asyncio.gather(*(self._person(row["id"]) for row in rows[:10])))

    async def _workspaces_named(self, name: str) -> list[Owner]:
        async def ask() -> list[Owner]:
            pages = self._client.pages("workspaces", displayName=name, max=100, orgId=self._org)
            return [await self._workspace(row) async for row in pages]

        # How `displayName` matches is not stated (§3), so it is filtered again here.
        found: list[Owner] = await self._kept(("workspaces", name.lower()), ask)
        return [owner for owner in found if name.lower() in owner.name.lower()]

    async def _workspace(self, row: Mapping[str, Any]) -> Owner:
        licences, places = await asyncio.gather(self._licences(), self._location_names())
        calling = row.get("calling") or {}
        held = (calling.get("webexCalling") or {}).get("licenses") or []
        return Owner(
            kind=OwnerKind.WORKSPACE,
            id=row["id"],
            name=clean(row.get("displayName", ""), 80),
            location_id=row.get("locationId"),
            location=places.get(row.get("locationId"), ""),
            licence=_licence(held, licences),
            calling_type=calling.get("type") or "",
            takes_phones=row.get("supportedDevices", "phones") == "phones",
        )

    async def _location_names(self) -> dict[str | None, str]:
        return {location.id: location.name for location in await self.locations()}

    async def _licences(self) -> dict[str, str] | None:
        """Licence names by id; None where the service app may not read them (an optional scope)."""

        async def ask() -> dict[str, str] | None:
            try:
                body = await self._client.get("licenses", orgId=self._org)
            except Forbidden:
                return None
            return {row["id"]: row.get("name", "") for row in _rows(body, "items")}

        names: dict[str, str] | None = await self._cache.get("licences", ask, LICENCES_KEPT)
        return names


def _rows(body: Any, key: str) -> list[dict[str, Any]]:
    rows = body.get(key) if isinstance(body, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _licence(held: list[str], names: Mapping[str, str] | None) -> Licence:
    """Names vary by contract, so they are matched on a part (webex-provisioning.md §3)."""
    if names is None:
        return Licence.UNKNOWN
    mine = [names.get(licence, "").lower() for licence in held]
    calling = [name for name in mine if "calling" in name]
    for word, licence in (("professional", Licence.PROFESSIONAL), ("standard", Licence.STANDARD)):
        if any(word in name for name in calling):
            return licence
    return Licence.OTHER if calling else Licence.NONE


def _model(row: Mapping[str, Any]) -> PhoneModel:
    return PhoneModel(
        model=row["model"],
        display_name=row.get("displayName") or row["model"],
        type=row.get("type") or "",
        manufacturer=row.get("manufacturer") or "CISCO",
        managed_by=row.get("managedBy") or "CISCO",
        supported_for=frozenset(row.get("supportedFor") or ("PEOPLE", "PLACE")),
        onboarding=frozenset(row.get("onboardingMethod") or ()),
    )


def _location(row: Mapping[str, Any]) -> Location:
    return Location(
        id=row["id"], name=row.get("name") or "", time_zone=row.get("timeZone") or "UTC"
    )


def _device(row: Mapping[str, Any]) -> Device:
    return Device(
        id=row.get("id") or "",
        name=clean(row.get("displayName") or "", 80),
        product=clean(row.get("product") or "", 80),
        mac=row.get("mac") or "",
        serial=row.get("serial") or "",
        person_id=row.get("personId"),
        workspace_id=row.get("workspaceId"),
        location_id=row.get("locationId"),
        status=row.get("connectionStatus") or "",
        tags=tuple(clean(str(tag), 80) for tag in row.get("tags") or ()),
        type=row.get("type") or "",
        ip=row.get("ip") or "",
        software=clean(row.get("software") or "", 80),
        last_seen=row.get("lastSeen") or "",
    )


def _owned(row: Mapping[str, Any]) -> Device:
    return Device(id=row.get("id") or "", product=row.get("model") or "", mac=row.get("mac") or "")


def _dect_network(row: Mapping[str, Any]) -> DectNetwork:
    return DectNetwork(
        id=row["id"],
        name=row.get("name") or "",
        display_name=row.get("displayName") or "",
        model=row.get("model") or "",
        location_id=(row.get("location") or {}).get("id") or "",
        access_code=None if row.get("defaultAccessCode") is None else str(row["defaultAccessCode"]),
    )
