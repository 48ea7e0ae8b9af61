"""What must be read about all rows of a list, with as few calls as possible."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence

from bot.core import api_calls as calls
from bot.core.directory import Directory
from bot.core.errors import WebexError
from bot.core.models.mac import bare_mac
from bot.core.models.people import addresses_in
from bot.core.models.webex import Device, MacState
from bot.domain import fallback
from bot.domain.forms import ParsedForm
from bot.domain.lists.rows import ListRow
from bot.domain.lookup.device_rows import DeviceFacts, needs_owner
from bot.domain.lookup.locations import scope_suffix
from bot.domain.lookup.row_checks import RowFacts
from bot.domain.operation import Context


async def phone_facts(form: ParsedForm, rows: Sequence[ListRow], ctx: Context) -> RowFacts:
    """What Webex says about rows of phones that are to be added."""
    macs = [row.mac for row in rows if row.mac]
    known_models, directory, mac_states, locations = await asyncio.gather(
        fallback.models(form, ctx),
        ctx.calling.directory(*_addresses_and_names(row.owner for row in rows)),
        fallback.optional(form, calls.MACS, ctx.calling.mac_states(macs)),
        fallback.location_names(ctx),
    )
    for call in directory.unread:
        form.note_unread(call)
    return RowFacts(
        models=known_models,
        directory=directory,
        reaches=ctx.reaches,
        mac_states=mac_states or {},
        holders=await _holders(mac_states or {}, ctx),
        scope=scope_suffix(ctx),
        is_limited=ctx.scoped,
        locations=locations or {},
        models_unread=form.unread,
    )


def _addresses_and_names(owners: Iterable[str]) -> tuple[set[str], set[str]]:
    """The addresses, and the names, by which owners are written."""
    written = {owner for owner in owners if owner}
    addresses = {address for owner in written for address in addresses_in(owner)[:1]}
    return addresses, {owner for owner in written if not addresses_in(owner)}


async def _holders(states: Mapping[str, MacState], ctx: Context) -> Mapping[str, Sequence[Device]]:
    """The devices that have MACs which are in use; a hint only."""
    taken = [mac for mac, state in states.items() if not state.available]
    if not taken:
        return {}
    holders = await fallback.read_or_error_briefly(ctx.calling.devices_with_macs(taken))
    return holders if isinstance(holders, dict) else {}


async def device_facts(
    form: ParsedForm, rows: Sequence[ListRow], ctx: Context, *, with_owners: bool = False
) -> DeviceFacts:
    """What Webex says about rows of devices that are there.

    `with_owners`: also about the owners of all devices that are listed by their MACs.
    """
    devices, locations = await asyncio.gather(_devices(rows, ctx), fallback.location_names(ctx))
    if locations is None and any(device.location_id for device in devices):
        form.note_unread(calls.LOCATIONS)
    return DeviceFacts(
        devices=devices,
        directory=await _directory(form, rows, devices, ctx, with_owners=with_owners),
        reaches=ctx.reaches,
        is_limited=ctx.scoped,
        scope=scope_suffix(ctx),
        locations=locations or {},
    )


async def _devices(rows: Sequence[ListRow], ctx: Context) -> list[Device]:
    """Those with the MACs; all, if a row names one in another way."""
    if any(row.owner and not row.mac for row in rows):
        return await ctx.calling.devices()
    macs = [row.mac for row in rows if row.mac]
    listed = await ctx.calling.devices_with_macs(macs) if macs else {}
    return [device for devices in listed.values() for device in devices]


async def _directory(
    form: ParsedForm,
    rows: Sequence[ListRow],
    devices: Sequence[Device],
    ctx: Context,
    *,
    with_owners: bool,
) -> Directory:
    """The owners that rows name, and those of the devices, which have their names."""
    by_mac = {bare_mac(device.mac): device for device in devices}
    unclear = [
        row.owner
        for row in rows
        if not row.mac or (row.mac in by_mac and needs_owner(row, by_mac[row.mac]))
    ]
    addresses, names = _addresses_and_names(unclear)
    macs = {row.mac for row in rows}
    if with_owners:
        names |= {by_mac[mac].name for mac in macs & by_mac.keys() if by_mac[mac].owner_key}
    if not addresses | names:
        return Directory()
    directory = await _read_directory(
        addresses, names, ctx, is_needed=any(not row.mac for row in rows)
    )
    for call in directory.unread:
        form.note_unread(call)
    return directory


async def _read_directory(
    addresses: Collection[str], names: Collection[str], ctx: Context, *, is_needed: bool
) -> Directory:
    """The owners; without those that cannot be read, unless rows cannot be understood without."""
    read = ctx.calling.directory(addresses, names)
    if is_needed:
        return await read
    directory = await fallback.read_or_error_briefly(read)
    return Directory(unread=(calls.PEOPLE,)) if isinstance(directory, WebexError) else directory
