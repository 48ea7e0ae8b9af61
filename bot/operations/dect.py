"""List DECT networks, show one with its base stations and handsets, and send its pairing sheet.

`GET /telephony/config/dectNetworks` and below; facts: docs/webex/provisioning.md §5. Access codes
are secrets, so the sheet goes to the person's direct message, wherever they ask for it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from adaptivecardbuilder import AdaptiveCard

from bot.core import api_calls
from bot.core.api_calls import Call
from bot.core.errors import NotFound, WebexError
from bot.core.models.dect import DectNetwork, Handset
from bot.core.models.files import FileMessage
from bot.core.models.mac import find_macs
from bot.core.models.text import clean
from bot.core.models.webex import uuid_in
from bot.domain import (
    dect_find_views,
    dect_table,
    dect_views,
    error_messages,
    pairing_sheet,
    unsupported,
)
from bot.domain.dect_question_reader import asks_for_code, asks_where, read_sheet
from bot.domain.dect_search import (
    Part,
    Search,
    matches_of,
    owned_by,
    read_dect,
    split_network,
    split_owner,
    with_part,
)
from bot.domain.dect_views import SHEET, Contents, Reader
from bot.domain.fallback import read_or_error_briefly
from bot.domain.language.arguments import Arguments
from bot.domain.lookup.base_search import BaseSearch
from bot.domain.lookup.dect_finds import FoundHandsets, handsets_named
from bot.domain.lookup.dect_networks import described, reachable_networks
from bot.domain.lookup.locations import scope_suffix
from bot.domain.operation import Caller, Context, PrivateAnswer, Question
from bot.domain.policy import READ, Rule
from bot.domain.text_readers import non_empty, search_text
from bot.domain.unsupported import Feature
from cards import answers
from cards.parts import Button, say

NAME = "dect"
SENT = "I sent the pairing sheet of {name} to you in a direct message."
NOT_SENT = (
    "Webex did not take a direct message to you, so nobody has the pairing sheet of {name}. Please"
    " write to me directly: dect sheet {name}"
)

Card: TypeAlias = AdaptiveCard | FileMessage | PrivateAnswer
Answer: TypeAlias = Callable[[Search, Reader, Context], Awaitable[Card]]


async def show_dect(text: str, caller: Caller, ctx: Context) -> Card:
    """The networks that a text means, or the one that it names."""
    return await _answered(NAME, text, caller, ctx, _shown)


async def send_sheet(text: str, caller: Caller, ctx: Context) -> Card:
    """The pairing sheet of the network that a text names."""
    return await _answered(SHEET, text, caller, ctx, _sheet)


async def _answered(command: str, text: str, caller: Caller, ctx: Context, answer: Answer) -> Card:
    """The answer; where the cloud may lack DECT, first a sentence, and no call before a press."""
    search = read_dect(text, government=ctx.government)
    is_private = ctx.place is not None and ctx.place.direct
    reader = Reader(caller, is_private, scope_suffix(ctx), search.anyway)
    gap = unsupported.gap(Feature.DECT, government=ctx.government)
    if gap is None:
        return await answer(search, reader, ctx)
    if not search.anyway:
        typed = f"{command} {clean(text)}".strip()
        return answers.notice(
            f"DECT: {gap.note}",
            f"{gap.sentence} I have not asked Webex yet. To ask nevertheless, press “Try anyway”.",
            [Button("Try anyway", say(f"{typed} anyway"))],
        )
    try:
        return await answer(search, reader, ctx)
    except WebexError as error:
        return answers.details(
            f"DECT: {gap.note}",
            [],
            notes=[gap.refusal(error.status), error_messages.support_details(error)],
        )


async def _shown(search: Search, reader: Reader, ctx: Context) -> Card:
    networks = await reachable_networks(ctx)
    search = with_part(search, networks)
    if macs := [mac.digits for mac in find_macs(search.text)]:
        return await _base(macs, networks, reader, ctx)
    matches = matches_of(search.text, networks)
    if matches.is_one:
        return await _network(matches.networks[0], search, reader, ctx)
    if not matches.networks:
        card = await _handsets_named(search, networks, reader, ctx)
        return card or _none(search, reader)
    if search.as_file:
        count = len(matches.networks)
        title = "1 DECT network." if count == 1 else f"{count} DECT networks."
        return dect_table.networks_file(title, search.text, matches.networks)
    return dect_views.network_list(search.text, matches, search.page, reader)


async def _base(
    macs: Sequence[str], networks: Sequence[DectNetwork], reader: Reader, ctx: Context
) -> AdaptiveCard:
    """The base station with one of two MACs; the other one is of what is to take its place."""
    searches = [BaseSearch(mac, ctx) for mac in macs[:2]]
    for search in searches:
        if placed := await search.find(networks):
            other_macs = [mac for mac in macs[:2] if mac != search.mac]
            return dect_find_views.base_card(placed, "".join(other_macs), reader)
    errors = [error for search in searches for error in search.errors]
    return dect_find_views.no_base(macs[0], errors, reader)


async def _handsets_named(
    search: Search, networks: Sequence[DectNetwork], reader: Reader, ctx: Context
) -> AdaptiveCard | None:
    """The handsets of an owner, in a network that is named as well or in any; None: nobody's."""
    text = search.text
    if not text or uuid_in(text):  # behind a button of a network
        return None
    network, owner = split_network(text, networks)
    owned = owned_by(owner, await ctx.calling.dect.handsets(network.ref)) if network else []
    if network and owned:
        return dect_find_views.handsets_card(
            owner, [(network, handset) for handset in owned], reader
        )
    result = await handsets_named(text, networks, ctx)
    return _whose(text, result, NAME, reader) if result.owners else None


def _whose(text: str, result: FoundHandsets, command: str, reader: Reader) -> AdaptiveCard:
    """The handsets of the owner who was found, or the owners to choose from."""
    if len(result.owners) > 1:
        return dect_find_views.owners_card(text, result.owners, reader, command)
    if not result.handsets:
        return dect_find_views.no_handset(result.owners[0], result.error, reader)
    placed = [(owned.network, owned.handset) for owned in result.handsets]
    return dect_find_views.handsets_card(result.owners[0].name, placed, reader)


def _none(search: Search, reader: Reader) -> AdaptiveCard:
    is_id = bool(uuid_in(search.text))  # behind a button
    return dect_views.network_gone(reader) if is_id else dect_views.no_network(search.text, reader)


async def _network(network: DectNetwork, search: Search, reader: Reader, ctx: Context) -> Card:
    if search.part is Part.OPTIONS:
        return dect_views.options_card(network, reader)
    contents = await _contents(network, ctx)
    if contents is None:
        return dect_views.network_gone(reader)
    if search.part is Part.BASES:
        return dect_views.base_stations_card(network, contents, search.page, reader)
    if search.as_file and contents.handsets:
        return _handsets_file(network, contents)
    return dect_views.network_card(network, contents, search.page, reader)


async def _contents(network: DectNetwork, ctx: Context) -> Contents | None:
    """Base stations and handsets, read side by side; None if the network is gone."""
    dect = ctx.calling.dect
    stations, handsets = await asyncio.gather(
        read_or_error_briefly(dect.base_stations(network.ref)),
        read_or_error_briefly(dect.handsets(network.ref)),
    )
    if isinstance(stations, NotFound) and isinstance(handsets, NotFound):
        return None
    unread = {"stations_unread": "", "handsets_unread": ""}
    if isinstance(stations, WebexError):
        unread["stations_unread"], stations = _why(api_calls.BASE_STATIONS, stations), []
    if isinstance(handsets, WebexError):
        unread["handsets_unread"], handsets = _why(api_calls.HANDSETS, handsets), []
    return Contents(stations, handsets, **unread)


def _why(call: Call, error: WebexError) -> str:
    """What could not be read, and why."""
    sentence = error_messages.for_person(error)
    return sentence if call.subject in sentence else f"{call.without} {sentence}"


def _handsets_file(network: DectNetwork, contents: Contents) -> FileMessage:
    count = len(contents.handsets)
    title = f"{'1 handset' if count == 1 else f'{count} handsets'} of {described(network)}."
    handsets = pairing_sheet.in_order(contents.handsets)
    is_told = contents.tells_pairing
    return dect_table.handsets_file(title, network, handsets, is_told=is_told)


async def _sheet(search: Search, reader: Reader, ctx: Context) -> Card:
    networks = await reachable_networks(ctx)
    text, owner = search.text, ""
    matches = matches_of(text, networks)
    if not matches.is_one:
        text, owner = split_owner(search.text)
        matches = matches_of(text, networks)
    if not matches.networks:
        return await _sheet_of_owner(search, networks, reader, ctx)
    if len(matches.networks) > 1:
        return dect_views.network_list(text, matches, search.page, reader, SHEET)
    return await _sheet_of(matches.networks[0], owner, reader, ctx)


async def _sheet_of_owner(
    search: Search, networks: Sequence[DectNetwork], reader: Reader, ctx: Context
) -> Card:
    """The sheet of a text that names no network but an owner, whose handsets are in one network.

    Of several networks, a card has a button for each.
    """
    network, owner = split_network(search.text, networks)
    if network:
        return await _sheet_of(network, owner, reader, ctx)
    is_owner = search.text and not uuid_in(search.text)  # which a button types for a network
    result = await handsets_named(search.text, networks, ctx) if is_owner else FoundHandsets()
    networks_by_id = {owned.network.id: owned.network for owned in result.handsets}
    if len(networks_by_id) == 1:
        (network,) = networks_by_id.values()
        if reader.may_pair(network):
            return _private(network, [owned.handset for owned in result.handsets], ctx)
        return _no_codes(network, reader)
    return _whose(search.text, result, SHEET, reader) if result.owners else _none(search, reader)


def _no_codes(network: DectNetwork, reader: Reader) -> AdaptiveCard:
    return answers.notice(
        f"The pairing sheet of {network.name} has access codes",
        "They are for people who may set up DECT networks there, and your role does not allow"
        " that. A provbot admin can change your role.",
        [Button("Network", say(reader.typed(NAME, network.id)))],
    )


async def _sheet_of(network: DectNetwork, owner: str, reader: Reader, ctx: Context) -> Card:
    """The sheet of all handsets, or of those of one owner."""
    back = [Button("Network", say(reader.typed(NAME, network.id)))]
    if not reader.may_pair(network):
        return _no_codes(network, reader)
    handsets = pairing_sheet.in_order(await ctx.calling.dect.handsets(network.ref))
    if owner:
        handsets = owned_by(owner, handsets)
    if not handsets:
        for_owner = f" for “{clean(owner, 60)}”" if owner else ""
        return answers.notice(
            f"{described(network)} has no handset{for_owner}",
            "Add handsets first. Then this sheet says how each of them is paired.",
            back,
        )
    return _private(network, handsets, ctx)


def _private(network: DectNetwork, handsets: list[Handset], ctx: Context) -> PrivateAnswer:
    local, name = ctx.local(network.location_id), clean(network.name)
    now = datetime.fromtimestamp(local.now, UTC).isoformat()
    as_of = local.show_iso(now, for_file=True)
    sheet = pairing_sheet.sheet_file(network, handsets, as_of=as_of)
    return PrivateAnswer(sheet, SENT.format(name=name), NOT_SENT.format(name=name))


def read_networks(arguments: Arguments) -> dict[str, str]:
    """What is searched for; `show base stations of Hall` asks for a part of a network."""
    text = search_text(arguments)
    is_about_bases = "base station" in arguments.alias and text
    return non_empty(text=f"{text} {Part.BASES}" if is_about_bases else text)


DECT = Question(
    name=NAME,
    usage=("dect NAME", "LOCATION", "MAC", "OWNER"),
    aliases=(
        "dect networks",
        "list dect networks",
        "show dect networks",
        "show dect network",
        "dect list",
        "list dect",
        "show dect",
        "show handsets",
        "list handsets",
        "show base stations",
        "list base stations",
    ),
    help="List the DECT networks, or show one with its base stations and handsets",
    examples=("dect", "dect Warehouse", "dect Berlin", "dect D8:2E:3E:EF:4E:5C"),
    help_button="DECT",
    group="DECT",
    guide=(("look at a DECT network", "dect Warehouse"),),
    feature=Feature.DECT,
    rule=Rule(READ),
    needs={api_calls.NETWORKS: NAME},
    does_without={
        api_calls.BASE_STATIONS: "the base stations",
        api_calls.HANDSETS: "the handsets",
    },
    read=read_networks,
    claims=asks_where,
    claims_alone=True,
    answer=show_dect,
)
DECT_SHEET = Question(
    name=SHEET,
    usage=("dect sheet NETWORK",),
    aliases=(
        "pairing sheet",
        "dect pairing sheet",
        "print pairing sheet",
        "print handsets",
        "print dect handsets",
        "print sheet",
        "handset sheet",
    ),
    help="Send you a page to print: how each handset of a DECT network is paired, with its code",
    examples=("dect sheet Warehouse", "pairing sheet of Warehouse for Ann"),
    listed_by="dect",
    topics=("pair", "pair a handset", "pair the handset", "pairing", "pairing code"),
    feature=Feature.DECT,
    follows=NAME,
    needs={api_calls.NETWORKS: SHEET, api_calls.HANDSETS: SHEET},
    read=read_sheet,
    claims=asks_for_code,
    answer=send_sheet,
)
