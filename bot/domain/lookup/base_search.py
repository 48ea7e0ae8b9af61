"""DECT base stations: the one that a MAC means, in a network or anywhere, and its input."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.core.errors import WebexError
from bot.core.models.dect import BaseStation, DectNetwork, same_id
from bot.core.models.mac import same_mac, show_mac
from bot.domain import error_messages, fallback
from bot.domain.forms import ParsedForm
from bot.domain.lookup.dect_networks import described
from bot.domain.lookup.locations import scope_suffix
from bot.domain.operation import Context
from cards.forms import Choice

MAX_READS = 8  # networks whose base stations are read at once
MAX_CHOICES = 40  # a longer choice is no help on a phone, and cards have a size limit
BASE_MISSING = "Please enter the MAC address of the base station."
MOVED = (
    "The base station {mac} is in another DECT network now: {network}. To remove it there, press"
    " Continue; otherwise cancel."
)
CHOOSE_BASE = "Which base station of {network}?"


@dataclass(frozen=True)
class PlacedBase:
    """A base station, its network, and how many others that network has."""

    station: BaseStation
    network: DectNetwork
    others: int


@dataclass
class BaseSearch:
    """The search for one MAC in many networks; it ends at the first hit.

    `errors` are those of networks that could not be read.
    """

    mac: str
    ctx: Context
    errors: list[WebexError] = field(default_factory=list)

    async def find(self, networks: Sequence[DectNetwork]) -> PlacedBase | None:
        """The base station with the MAC; None if no network that could be read has it.

        A tenant may have 200 networks, so a few are read at once, those without base stations by
        their own count last. Nothing is kept: what is planned must be what is there.
        """
        waiting = iter(sorted(networks, key=lambda network: network.base_stations == 0))
        hits: list[PlacedBase] = []

        async def look() -> None:
            for network in waiting:
                if hits:
                    return
                hits.extend(await self._in(network))

        await asyncio.gather(*(look() for _ in range(MAX_READS)))
        return hits[0] if hits else None

    async def _in(self, network: DectNetwork) -> list[PlacedBase]:
        stations = await fallback.read_or_error(self.ctx.calling.dect.base_stations(network.ref))
        if isinstance(stations, WebexError):
            if not error_messages.is_network_gone(stations):  # deleted a moment ago
                self.errors.append(stations)
            return []
        station = with_mac(stations, self.mac)
        return [PlacedBase(station, network, len(stations) - 1)] if station else []


def with_mac(stations: Sequence[BaseStation], mac: str) -> BaseStation | None:
    """The one with this MAC."""
    return next((station for station in stations if same_mac(station.mac, mac)), None)


async def find_base(
    form: ParsedForm, networks: Sequence[DectNetwork], only: DectNetwork | None, ctx: Context
) -> PlacedBase | None:
    """The base station that the field `base` means; None, and an error, if there is none.

    `only` is the network that was named; without it, all `networks` of the person are searched.
    """
    mac = form.values.get("base") or ""
    if only:
        return await _in_network(form, only, mac, ctx)
    if not mac:
        form.add_error("base", BASE_MISSING)
        return None
    shown, rest = _shown_first(networks, ctx)
    placed = await BaseSearch(mac, ctx).find(shown)
    if placed:
        return placed
    search = BaseSearch(mac, ctx)
    placed = await search.find(rest)
    if placed and ctx.shown:
        network_name = described(placed.network)
        form.add_error("base", MOVED.format(mac=show_mac(mac), network=network_name))
        return None
    if placed is None:
        _note_nowhere(form, mac, search, ctx)
    return placed


def _shown_first(
    networks: Sequence[DectNetwork], ctx: Context
) -> tuple[list[DectNetwork], Sequence[DectNetwork]]:
    """The network of the shown plan, and all: the base station is hardly ever elsewhere by then."""
    shown = ctx.shown.first.details["network"] if ctx.shown else ""
    return [network for network in networks if same_id(network.id, shown)], networks


async def _in_network(
    form: ParsedForm, network: DectNetwork, mac: str, ctx: Context
) -> PlacedBase | None:
    stations = await ctx.calling.dect.base_stations(network.ref)
    station = with_mac(stations, mac) if mac else None
    if station:
        return PlacedBase(station, network, len(stations) - 1)
    network_name = described(network)
    if not stations:
        form.add_error(
            "network", f"{network_name} has no base stations, so there is none to remove."
        )
        return None
    sentence = CHOOSE_BASE.format(network=network_name)
    if mac:
        sentence = f"{network_name} has no base station with the MAC {show_mac(mac)}. {sentence}"
    few = stations if len(stations) <= MAX_CHOICES else ()
    form.add_error("base", sentence, [_choice(station) for station in few])
    return None


def _choice(station: BaseStation) -> Choice:
    lines = station.lines_registered
    count = "" if lines is None else f"{lines} line{'' if lines == 1 else 's'} registered"
    return Choice(" · ".join(filter(None, (show_mac(station.mac), count))), show_mac(station.mac))


def _note_nowhere(form: ParsedForm, mac: str, search: BaseSearch, ctx: Context) -> None:
    """That there is no such base station is true only if all networks could be read."""
    if search.errors:
        reason = error_messages.for_storage(search.errors[0])
        form.add_error(
            "base",
            f"The base station {show_mac(mac)} could not be looked up in all DECT networks."
            f" {reason} You can name its network.",
        )
        return
    form.add_error(
        "base",
        f"I found no base station with the MAC {show_mac(mac)} in any DECT network"
        f"{scope_suffix(ctx)}. Please check it.",
    )
