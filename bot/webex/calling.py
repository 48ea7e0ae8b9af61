"""The admin APIs as operations see them: methods that take and return values of `bot.core.models`.

Facts: docs/webex/provisioning.md §3 to §6. Answers are read tolerantly: a missing field is no
error.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import aclosing
from functools import cached_property
from http import HTTPStatus
from typing import Any, Final

from bot.core import api_calls
from bot.core.errors import NotFound, Unreadable, WebexError
from bot.core.models.mac import bare_mac
from bot.core.models.text import clean
from bot.core.models.webex import (
    ActivationCode,
    Device,
    DevicePage,
    MacState,
    OwnedDevices,
    Owner,
    OwnerKind,
    PhoneModel,
    SipSettings,
)
from bot.webex import rows
from bot.webex.bulk import FEW, MAX_PAGES, read_while_cheaper, side_by_side
from bot.webex.client import Page
from bot.webex.dect import DectApi
from bot.webex.directory import DirectoryApi
from bot.webex.owners import FAILURE_LIFETIME
from bot.webex.paths import part
from bot.webex.response_guard import NOT_UNDERSTOOD, guarded_read, guarded_write

MODELS_LIFETIME = 600.0  # seconds; the models of an organization seldom change
# How many MACs Webex takes in one call is not documented; 200 were seen to work.
MAC_BATCH, MIN_MAC_BATCH, BATCHES_AT_ONCE = 200, 25, 3
DEVICES_OF_A_PAGE = 100
TOO_LARGE: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE})


class CallingApi(DirectoryApi):
    """All calls of the admin APIs. Those about DECT are in `dect`."""

    @cached_property
    def dect(self) -> DectApi:
        """The DECT APIs."""
        return DectApi(self._client, self._cache, self._org)

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
    async def mac_state(self, mac: str) -> MacState:
        """`validateMacs`: a MAC not listed is available (docs/webex/provisioning.md §4.2)."""
        return (await self._mac_states([mac]))[mac]

    @guarded_read
    async def mac_states(self, macs: Sequence[str]) -> dict[str, MacState]:
        """The state of each MAC: `validateMacs` in batches."""
        # The same MAC twice would be no fault of Webex's, but it would say so.
        spellings = {bare_mac(mac): mac for mac in macs}
        distinct = list(spellings.values())
        batches = [
            distinct[start : start + MAC_BATCH] for start in range(0, len(distinct), MAC_BATCH)
        ]
        answers = await side_by_side(self._mac_batch, batches, BATCHES_AT_ONCE)
        states = {bare_mac(mac): state for answer in answers for mac, state in answer.items()}
        return {mac: states[bare_mac(mac)] for mac in macs}

    async def _mac_batch(self, macs: Sequence[str]) -> dict[str, MacState]:
        """The states of a batch; if Webex refuses it, of its halves."""
        try:
            return await self._mac_states(macs)
        except WebexError as error:
            if error.status not in TOO_LARGE or len(macs) <= MIN_MAC_BATCH:
                raise
        middle = len(macs) // 2
        first = await self._mac_batch(macs[:middle])
        return first | await self._mac_batch(macs[middle:])

    async def _mac_states(self, macs: Sequence[str]) -> dict[str, MacState]:
        path = "telephony/config/devices/actions/validateMacs/invoke"
        with api_calls.MACS.named():
            body = await self._client.query(path, {"macs": [*macs]}, orgId=self._org)
            return rows.mac_states(body, macs)

    @guarded_read
    async def devices_with_macs(self, macs: Collection[str]) -> dict[str, tuple[Device, ...]]:
        """The devices with each of the MACs: mostly one or none. From the pages of `GET /devices`.

        A few are asked for one by one, and so are those that are left when the pages cost more.
        """
        left = {bare_mac(mac) for mac in macs}
        by_mac: dict[str, dict[str, Device]] = {mac: {} for mac in left}  # and by id

        def note(devices: Iterable[Device]) -> int:
            for device in devices:
                if (key := bare_mac(device.mac)) in by_mac:
                    by_mac[key][device.id] = device
                    left.discard(key)
            return len(left)

        async def ask(mac: str) -> None:
            note(await self.devices(mac=mac))

        is_complete = len(left) > FEW and await self._read_devices(len(left), note)
        if not is_complete or len(left) <= FEW:
            await side_by_side(ask, [*left])
        return {mac: tuple(by_mac[bare_mac(mac)].values()) for mac in macs}

    async def _read_devices(self, calls: int, note: Callable[[Iterable[Device]], int]) -> bool:
        """Pass the devices of each page on, and return whether these are all."""
        is_full = False

        def note_page(page: Page) -> int:
            nonlocal is_full
            is_full = len(page.rows) >= DEVICES_OF_A_PAGE
            return note(rows.each_readable(page.rows, rows.device))

        with api_calls.DEVICES.named():
            pages = self._client.page_by_page(
                "devices", max_pages=MAX_PAGES, max=DEVICES_OF_A_PAGE, orgId=self._org
            )
            # Of a full page without a link, Webex may have left out the link (provisioning.md §1).
            return await read_while_cheaper(pages, calls, note_page) and not is_full

    @guarded_read
    async def devices(self, **filters: str) -> list[Device]:
        """`GET /devices` with the API's own filters, all pages."""
        with api_calls.DEVICES.named():
            pages = self._client.pages("devices", max=100, orgId=self._org, **filters)
            return [rows.device(row) async for row in pages]

    @guarded_read
    async def device_page(self, link: str = "", **filters: str) -> DevicePage:
        """One page of `GET /devices`, with the API's own filters: the first, or the one at a link.

        A full page without a link may be cut: Webex may have left out the link
        (docs/webex/provisioning.md §1).
        """
        query: dict[str, Any] = (
            {} if link else {"max": DEVICES_OF_A_PAGE, "orgId": self._org, **filters}
        )
        with api_calls.DEVICES.named():
            pages = self._client.page_by_page(link or "devices", max_pages=1, **query)
            async with aclosing(pages):
                page = await anext(pages)
        devices = rows.each_readable(page.rows, rows.device)
        return DevicePage(
            devices=tuple(devices),
            next_link=page.next_link,
            has_unreadable=len(devices) < len(page.rows),
            is_cut=page.is_last and len(page.rows) >= DEVICES_OF_A_PAGE,
        )

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

    @guarded_read
    async def sip_settings(self, device: Device) -> SipSettings:
        """`GET /telephony/config/devices/{id}` (docs/webex/provisioning.md §4.3)."""
        path = f"telephony/config/devices/{part(device.calling_id or device.id)}"
        with api_calls.SIP_SETTINGS.named():
            return rows.sip_settings(await self._client.get(path, orgId=self._org))

    @guarded_write
    async def add_phone(
        self, body: Mapping[str, Any], *, password: str | None = None
    ) -> Device | None:
        """`POST /devices`; None if the answer has no device, as for the 9800 series.

        See docs/webex/provisioning.md §6.
        """
        sent = {**body, "password": password} if password else {**body}
        with api_calls.ADD_PHONE.named():
            answer = await self._client.change("POST", "devices", sent, params=self._scope())
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

    async def apply_changes(self, calling_id: str) -> None:
        """`applyChanges`: the phone fetches its configuration (docs/webex/provisioning.md §4.7)."""
        path = f"telephony/config/devices/{part(calling_id)}/actions/applyChanges/invoke"
        with api_calls.APPLY_CHANGES.named():
            await self._client.change("POST", path, params=self._scope())

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
    async def activation_code(self, body: Mapping[str, Any]) -> ActivationCode:
        """`POST /devices/activationCode`: each call returns a new code.

        Without a model, only RoomOS devices accept it (docs/webex/provisioning.md §4.4).
        """
        with api_calls.ACTIVATION_CODE.named():
            answer = await self._client.change(
                "POST", "devices/activationCode", dict(body), params=self._scope()
            )
        return ActivationCode(
            code=answer["code"], expiry_time=clean(answer["expiryTime"], rows.MAX_SHOWN)
        )

    def _scope(self) -> dict[str, str | None]:
        return {"orgId": self._org}

    @guarded_read
    async def _read_models(self) -> list[PhoneModel]:
        path = "telephony/config/supportedDevices"
        with api_calls.MODELS.named():
            body = await self._client.get(path, lists="devices", orgId=self._org)
            return rows.readable(body["devices"], rows.model)
