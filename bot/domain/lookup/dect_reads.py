"""What must be read about the rows of a DECT list, with as few calls as possible."""

import asyncio
from collections.abc import Collection, Mapping, Sequence

from bot.core import api_calls as calls
from bot.core.errors import WebexError
from bot.core.models.dect import (
    BaseStation,
    DectModel,
    DectNetwork,
    Handset,
    LineMember,
    MemberKind,
)
from bot.core.models.mac import bare_mac
from bot.core.models.people import addresses_in
from bot.core.models.text import fold
from bot.core.models.webex import MacState
from bot.domain import dect_limits, fallback
from bot.domain.forms import ParsedForm
from bot.domain.lists.rows import ListRow
from bot.domain.lookup.bulk_reads import holders_of, note_unread_of_many, owner_facts
from bot.domain.lookup.dect_facts import DectFacts
from bot.domain.lookup.dect_members import second_line_row
from bot.domain.lookup.owner_phrases import KEY
from bot.domain.lookup.row_owners import OwnerFacts, candidates
from bot.domain.operation import Context

# Networks whose base stations are listed to tell which one has a MAC: one call for each.
MAX_NETWORKS_READ = 10
MAX_LINES_ASKED = 50  # texts that may be virtual lines, each one call; of more, the list is read
MACS_UNREAD = (
    "I could not check whether all MAC addresses are free. If another device uses one, Webex will"
    " refuse that base station."
)


async def dect_facts(
    form: ParsedForm, rows: Sequence[ListRow], network: DectNetwork, ctx: Context
) -> DectFacts:
    """What Webex says about the rows and their network, which has no id if it is yet to be made.

    Raises if the owners or the handsets that are there cannot be read. Without them the same
    handset could be added twice; all else only warns.
    """
    bases = [row.base for row in rows if row.base]
    asked = [row for row in rows if row.owner]
    asked += [second_line_row(row) for row in rows if row.line2]
    owners, handsets, stations, states, models, locations = await asyncio.gather(
        owner_facts(asked, ctx),
        _handsets(network, ctx),
        _stations(form, network, bases, ctx),
        _mac_states(bases, ctx),
        _models(network, ctx),
        fallback.location_names(ctx),
    )
    if locations is None and any(owner.location_id for owner in owners.directory.owners):
        form.note_unread(calls.LOCATIONS)
    note_unread_of_many(form, owners.directory.unread)
    if states is None:
        form.unread[calls.MACS.name] = MACS_UNREAD
    own = {bare_mac(station.mac) for station in stations or ()}
    taken = [mac for mac in bases if mac not in own and not _is_free(mac, states or {})]
    virtual_lines, holders, networks = await asyncio.gather(
        _virtual_lines(rows, owners, ctx),
        holders_of(taken, ctx),
        _networks_with(taken, network, ctx),
    )
    return DectFacts(
        network=network,
        owners=owners,
        reaches=ctx.reaches,
        limits=dect_limits.limits_of(network.model, models),
        stations=stations,
        handsets=handsets,
        virtual_lines=virtual_lines,
        mac_states=states or {},
        holders=holders,
        base_networks=networks,
        is_limited=ctx.scoped,
        locations=locations or {},
        shown={check.number: check.reason for check in ctx.shown.checks} if ctx.shown else {},
    )


def _is_free(mac: str, states: Mapping[str, MacState]) -> bool:
    return mac in states and states[mac].available


async def _handsets(network: DectNetwork, ctx: Context) -> list[Handset]:
    return await ctx.calling.dect.handsets(network.ref) if network.id else []


async def _stations(
    form: ParsedForm, network: DectNetwork, bases: Sequence[str], ctx: Context
) -> list[BaseStation] | None:
    """Those that are there; None, and a note, if they are wanted and cannot be read."""
    if not network.id:
        return []
    if not bases:
        return None
    return await fallback.optional(
        form, calls.BASE_STATIONS, ctx.calling.dect.base_stations(network.ref)
    )


async def _mac_states(bases: Sequence[str], ctx: Context) -> Mapping[str, MacState] | None:
    """The state of each MAC; None if they cannot be read."""
    if not bases:
        return {}
    states = await fallback.read_or_error_briefly(ctx.calling.mac_states(bases))
    return None if isinstance(states, WebexError) else states


async def _models(network: DectNetwork, ctx: Context) -> Sequence[DectModel]:
    """The list of models, if provbot does not know the limits of this one; a hint only."""
    if dect_limits.limits_of(network.model):
        return ()
    models = await fallback.read_or_error_briefly(ctx.calling.dect.models())
    return () if isinstance(models, WebexError) else models


async def _networks_with(
    macs: Collection[str], own: DectNetwork, ctx: Context
) -> Mapping[str, DectNetwork]:
    """The other networks that have these MACs, among the first of the person's; a hint only."""
    if not macs:
        return {}
    listed = await fallback.read_or_error_briefly(ctx.calling.dect.networks())
    if isinstance(listed, WebexError):
        return {}
    reachable = [
        network for network in listed if network.ref != own.ref and ctx.reaches(network.where)
    ]
    with_bases = [network for network in reachable if network.base_stations != 0][
        :MAX_NETWORKS_READ
    ]
    read = await asyncio.gather(
        *(
            fallback.read_or_error_briefly(ctx.calling.dect.base_stations(network.ref))
            for network in with_bases
        )
    )
    return {
        bare_mac(station.mac): network
        for network, stations in zip(with_bases, read, strict=True)
        if not isinstance(stations, WebexError)
        for station in stations
        if bare_mac(station.mac) in macs
    }


async def _virtual_lines(
    rows: Sequence[ListRow], owners: OwnerFacts, ctx: Context
) -> Mapping[str, Sequence[LineMember] | None]:
    """The virtual lines that fit the texts which name no person or workspace exactly.

    A few texts are asked for one by one; for more, the list of all is read once.
    """
    named = [(row.owner, row) for row in rows if row.owner]
    named += [(row.line2, second_line_row(row)) for row in rows if row.line2]
    texts = [
        *dict.fromkeys(
            text
            for text, row in named
            if not (addresses_in(text) or KEY.fullmatch(text) or candidates(row, owners))
        )
    ]
    if len(texts) <= MAX_LINES_ASKED:
        read = await asyncio.gather(*(_lines_like(text, ctx) for text in texts))
        return dict(zip(texts, read, strict=True))
    lines = await _virtual({}, ctx)
    return {text: None if lines is None else _fitting(text, lines) for text in texts}


async def _lines_like(text: str, ctx: Context) -> list[LineMember] | None:
    filters = {"extension": text} if text.isdigit() else {"memberName": text}
    lines = await _virtual(filters, ctx)
    return None if lines is None else _fitting(text, lines)


async def _virtual(filters: Mapping[str, str], ctx: Context) -> list[LineMember] | None:
    members = await fallback.read_or_error_briefly(
        ctx.calling.dect.available_members(second_line=True, **filters)
    )
    if isinstance(members, WebexError):
        return None
    return [member for member in members if member.kind is MemberKind.VIRTUAL_LINE]


def _fitting(text: str, lines: Sequence[LineMember]) -> list[LineMember]:
    """Those with this extension, or with the text in their name."""
    folded = fold(text)
    return [line for line in lines if text == line.extension or folded in fold(line.name)]
