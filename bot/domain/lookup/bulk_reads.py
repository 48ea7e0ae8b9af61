"""What must be read about all rows of a list, with as few calls as possible."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from bot.core import api_calls as calls
from bot.core.directory import Directory
from bot.core.errors import WebexError
from bot.core.models.mac import bare_mac
from bot.core.models.people import addresses_in
from bot.core.models.webex import AcceptedPhone, Device, MacState, OwnedDevices, Owner
from bot.domain import fallback
from bot.domain.forms import ParsedForm
from bot.domain.lists.rows import ListRow
from bot.domain.lookup import device_limits, late_phones, owners
from bot.domain.lookup.device_rows import DeviceFacts, listed, needs_owner
from bot.domain.lookup.locations import scope_suffix
from bot.domain.lookup.owner_phrases import KEY, read_phrase
from bot.domain.lookup.owner_search import OwnerSearch
from bot.domain.lookup.row_checks import RowFacts
from bot.domain.lookup.row_owners import OwnerFacts, Searched, candidates, find_owner
from bot.domain.operation import Context

# Each costs several calls; in a list, more texts that name nobody are mistakes of one kind.
MAX_SEARCHED = 10
MAX_MENTIONS = 50  # more fit into no message; one call for each
MAX_OWNERS_READ = 10  # one by one
MAX_REMOVALS = 50  # that are looked for in our own requests
NO_COUNT = (
    "I could not check how many devices all owners have. Where the limit is reached, Webex will"
    " refuse the phone."
)
# What a plan says of a read that failed, by name of its call: there are many rows.
OF_MANY = {
    calls.MODELS.name: (
        "I could not check whether your organization can use these models. If it cannot, Webex will"
        " refuse them."
    ),
    calls.MACS.name: (
        "I could not check whether all MAC addresses are free. If another device uses one, Webex"
        " will refuse that phone."
    ),
    calls.LOCATIONS.name: "I could not read the names of the locations.",
    calls.PEOPLE.name: "I could not look up all people.",
    calls.WORKSPACES.name: "I could not look up all workspaces.",
    calls.LICENCES.name: calls.LICENCE_HOLDERS.without,
    calls.PERSONS_DEVICES.name: NO_COUNT,
    calls.WORKSPACES_DEVICES.name: NO_COUNT,
}


async def phone_facts(form: ParsedForm, rows: Sequence[ListRow], ctx: Context) -> RowFacts:
    """What Webex says about rows of phones that are to be added."""
    macs = [row.mac for row in rows if row.mac]
    known_models, named_owners, mac_states, locations = await asyncio.gather(
        fallback.models(form, ctx),
        owner_facts(rows, ctx),
        _mac_states(form, macs, ctx),
        fallback.location_names(ctx),
    )
    if locations is None and any(owner.location_id for owner in named_owners.directory.owners):
        form.note_unread(calls.LOCATIONS)
    note_unread_of_many(form, named_owners.directory.unread)
    taken = [mac for mac in macs if mac not in mac_states or not mac_states[mac].available]
    holders, late, owned = await asyncio.gather(
        holders_of(taken, ctx), _late(taken, ctx), _owned(form, rows, named_owners, ctx)
    )
    return RowFacts(
        models=known_models,
        owners=named_owners,
        reaches=ctx.reaches,
        mac_states=mac_states,
        holders=holders,
        late=late,
        owned=owned,
        is_limited=ctx.scoped,
        locations=locations or {},
        models_unread=form.unread,
        shown={check.number: check.reason for check in ctx.shown.checks} if ctx.shown else {},
    )


def note_unknown_licences(form: ParsedForm, people: Iterable[Owner]) -> None:
    """Note once if the licences of some owners could not be read."""
    if calls.LICENCE_HOLDERS.name not in form.unread and any(map(owners.is_unknown, people)):
        note_unread_of_many(form, [calls.LICENCES])


def note_unread_of_many(form: ParsedForm, unread: Iterable[calls.Call]) -> None:
    """Note reads that failed, in the sentences for many rows."""
    for call in unread:
        form.note_unread(call)
    form.unread.update({name: OF_MANY[name] for name in form.unread.keys() & OF_MANY.keys()})


async def _mac_states(
    form: ParsedForm, macs: Sequence[str], ctx: Context
) -> Mapping[str, MacState]:
    if not macs:
        return {}
    return await fallback.optional(form, calls.MACS, ctx.calling.mac_states(macs)) or {}


async def owner_facts(rows: Sequence[ListRow], ctx: Context) -> OwnerFacts:
    """The owners of rows; those that are not named exactly are searched, as for a single phone."""
    directory = await ctx.calling.directory(*_addresses_and_names(row.owner for row in rows))
    facts = OwnerFacts(directory, ctx.reaches, scope_suffix(ctx))
    unknown = dict.fromkeys(row.owner for row in rows if row.owner and not candidates(row, facts))
    mentions = [text for text in unknown if KEY.fullmatch(text)][:MAX_MENTIONS]
    names = [text for text in unknown if not (addresses_in(text) or KEY.fullmatch(text))]
    texts = [*mentions, *names[:MAX_SEARCHED]]
    addresses = [text for text in unknown if addresses_in(text)][:MAX_SEARCHED]
    searched, are_foreign = await asyncio.gather(
        asyncio.gather(*(_search(text, ctx) for text in texts)),
        asyncio.gather(*(owners.is_foreign(address, ctx) for address in addresses)),
    )
    foreign = [address for address, is_it in zip(addresses, are_foreign, strict=True) if is_it]
    return OwnerFacts(
        directory,
        ctx.reaches,
        scope_suffix(ctx),
        dict(zip(texts, searched, strict=True)),
        frozenset(foreign),
    )


def _addresses_and_names(texts: Iterable[str]) -> tuple[set[str], set[str]]:
    """The addresses, and the names, by which owners are written."""
    written = {text for text in texts if text and not KEY.fullmatch(text)}
    addresses = {address for text in written for address in addresses_in(text)[:1]}
    return addresses, {text for text in written if not addresses_in(text)}


async def _search(text: str, ctx: Context) -> Searched:
    search = OwnerSearch(ctx)
    try:
        result = await search.find(read_phrase(text))
    except WebexError:
        return Searched(failed=True)
    shown = await owners.completed(result, ctx)
    return Searched(tuple(shown), result.sure, bool(search.failed))


async def holders_of(macs: Sequence[str], ctx: Context) -> Mapping[str, Sequence[Device]]:
    """The devices that have these MACs; a hint only."""
    if not macs:
        return {}
    holders = await fallback.read_or_error_briefly(ctx.calling.devices_with_macs(macs))
    return holders if isinstance(holders, dict) else {}


async def _owned(
    form: ParsedForm, rows: Sequence[ListRow], facts: OwnerFacts, ctx: Context
) -> Mapping[str, OwnedDevices]:
    """The devices of the owners who get phones, by key; empty if these are many."""
    row_owners = (find_owner(row, facts).owner for row in rows if row.mac and row.owner)
    getting = {owner.key: owner for owner in row_owners if owner}
    if len(getting) > MAX_OWNERS_READ:
        return {}
    reads = [
        fallback.optional(form, device_limits.devices_call(owner), ctx.calling.devices_of(owner))
        for owner in getting.values()
    ]
    owned = zip(getting, await asyncio.gather(*reads), strict=True)
    note_unread_of_many(form, ())
    return {key: devices for key, devices in owned if devices is not None}


async def _late(macs: Sequence[str], ctx: Context) -> Mapping[str, AcceptedPhone]:
    """The phones of our requests that Webex accepted and does not list, by bare MAC."""
    if not macs or ctx.accepted is None:
        return {}
    bare_macs = {*map(bare_mac, macs)}
    oldest_first = reversed(await ctx.accepted.recent())
    return {
        bare_mac(phone.mac): phone
        for phone in oldest_first
        if bare_mac(phone.mac) in bare_macs and (not ctx.scoped or ctx.reaches(phone.where))
    }


async def device_facts(
    form: ParsedForm, rows: Sequence[ListRow], ctx: Context, *, with_owners: bool = False
) -> DeviceFacts:
    """What Webex says about rows of devices that are there.

    `with_owners`: also about the owners of all devices that rows name.
    """
    devices, locations = await asyncio.gather(_devices(rows, ctx), fallback.location_names(ctx))
    if locations is None and any(device.location_id for device in devices):
        note_unread_of_many(form, [calls.LOCATIONS])
    facts = DeviceFacts(
        devices=devices,
        owners=OwnerFacts(Directory(), ctx.reaches, scope_suffix(ctx)),
        reaches=ctx.reaches,
        is_limited=ctx.scoped,
        locations=locations or {},
    )
    named_devices = [device for row in rows for device in listed(row, facts)] if with_owners else []
    directory = await _directory(form, rows, facts, named_devices, ctx)
    missing = [row.mac for row in rows if row.mac and row.mac not in facts.by_mac]
    return replace(
        facts,
        owners=replace(facts.owners, directory=directory),
        late=await _missing(missing, ctx),
        owners_of=await _owners_of(named_devices, directory, ctx),
    )


async def _devices(rows: Sequence[ListRow], ctx: Context) -> list[Device]:
    """Those with the MACs; all, if a row names one in another way."""
    if any(row.owner and not row.mac for row in rows):
        return await ctx.calling.devices()
    macs = [row.mac for row in rows if row.mac]
    devices_by_mac = await ctx.calling.devices_with_macs(macs) if macs else {}
    return [device for devices in devices_by_mac.values() for device in devices]


async def _directory(
    form: ParsedForm,
    rows: Sequence[ListRow],
    facts: DeviceFacts,
    named_devices: Sequence[Device],
    ctx: Context,
) -> Directory:
    """The owners that rows name, and those of the devices that are meant: these have their names.

    Only rows without a MAC cannot do without.
    """
    named = [row for row in rows if row.owner and not row.mac]
    beside = [
        row
        for row in rows
        if row.mac and any(needs_owner(row, device) for device in listed(row, facts))
    ]
    addresses, names = _addresses_and_names(row.owner for row in (*named, *beside))
    names |= {device.name for device in named_devices if device.owner_key}
    if not addresses | names:
        return Directory()
    read = ctx.calling.directory(addresses, names)
    directory = await (read if named else fallback.read_or_error_briefly(read))
    if isinstance(directory, WebexError):
        return Directory()
    if named:
        note_unread_of_many(form, directory.unread)
    return directory


async def _owners_of(
    named_devices: Sequence[Device], directory: Directory, ctx: Context
) -> Mapping[str, Owner]:
    """The owners, by key, of the devices that are meant. A few whose name differs are read."""
    known = {owner.key: owner for owner in directory.owners}
    keys = {device.owner_key for device in named_devices if device.owner_key} - known.keys()
    if not keys or len(keys) > MAX_OWNERS_READ:
        return known
    read = await asyncio.gather(
        *(fallback.read_or_error_briefly(ctx.calling.owner(key)) for key in sorted(keys))
    )
    return known | {owner.key: owner for owner in read if isinstance(owner, Owner)}


async def _missing(macs: Collection[str], ctx: Context) -> Mapping[str, str]:
    """What our own requests tell of MACs that Webex does not list."""
    late = await _late([*macs], ctx)
    sentences = {mac: late_phones.not_changeable(phone) for mac, phone in late.items()}
    unexplained = [mac for mac in macs if mac not in sentences][:MAX_REMOVALS]
    removals = await asyncio.gather(*(late_phones.removal(mac, ctx) for mac in unexplained))
    return sentences | {mac: text for mac, text in zip(unexplained, removals, strict=True) if text}
