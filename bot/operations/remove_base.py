"""Remove a base station from a DECT network.

`DELETE …/dectNetworks/{id}/baseStations/{id}`,
https://developer.webex.com/docs/api/v1/dect-devices-settings; rules: docs/webex/provisioning.md §5.
"""

from collections.abc import Sequence
from dataclasses import replace

from pydantic import BaseModel, Field

from bot.core import api_calls as calls
from bot.core.models.dect import Handset
from bot.core.models.mac import Mac, show_mac
from bot.core.models.people import Role
from bot.domain import fallback, unsupported
from bot.domain.dect_removal_reader import is_base_removal, read_base
from bot.domain.forms import Inputs, ParsedForm
from bot.domain.list_plans import counted
from bot.domain.lookup.base_search import PlacedBase, find_base
from bot.domain.lookup.dect_networks import find_network, network_field, reachable_networks
from bot.domain.lookup.locations import LOCATION, first_names
from bot.domain.operation import Context, Operation, any_steps
from bot.domain.plan import Plan
from bot.domain.policy import CHANGE, Decision, Rule
from bot.domain.unsupported import Feature
from bot.operations.actions import base_station as action
from bot.operations.actions import dect_steps
from cards import forms

NAME = dect_steps.DELETE_BASE
ONLY_BASE = (
    "It is the only base station of {network}: until another one is added, its handsets cannot make"
    " calls."
)
STAYS = (
    "Handsets stay in {network}. Where no other base station is in reach, they cannot make calls."
)


class Form(BaseModel):
    """The base station by its MAC, or the network from which one is chosen."""

    base: Mac | None = Field(None, title="Base station")
    network: str = Field("", title="DECT network")


async def fields(inputs: Inputs, ctx: Context) -> list[forms.Field]:
    """The MAC, and the network, which may be left empty."""
    base = forms.Field(
        "base",
        "Base station",
        "MAC address; empty: choose one of the network",
        required=False,
        value=inputs.get("base", ""),
        max_length=200,
    )
    network = await network_field(ctx, inputs.get("network", ""))
    return [base, replace(network, required=False)]


async def plan(form: ParsedForm, ctx: Context) -> Plan:
    """Find the base station in the networks of the person, and say what its handsets lose."""
    named = await find_network(form, "network", ctx)
    form.raise_if_invalid()
    networks = [] if named else await reachable_networks(ctx)
    placed = form.valid(await find_base(form, networks, named, ctx))
    return _plan(form, placed, await _handsets(form, placed, ctx), ctx)


async def _handsets(form: ParsedForm, placed: PlacedBase, ctx: Context) -> Sequence[Handset] | None:
    """Those that are paired there; None if Webex does not tell, as they are only shown."""
    ref, base_id = placed.network.ref, placed.station.id
    station = await fallback.optional(
        form, calls.BASE_STATION, ctx.calling.dect.base_station(ref, base_id)
    )
    return station.handsets if station else None


def _plan(
    form: ParsedForm, placed: PlacedBase, handsets: Sequence[Handset] | None, ctx: Context
) -> Plan:
    network, mac = placed.network, placed.station.mac
    target = dect_steps.Target.of(network)
    consequence = STAYS if placed.others else ONLY_BASE
    return Plan(
        title=f"Remove the base station {show_mac(mac)} from {network.name}",
        facts=(
            ("Base station", show_mac(mac)),
            ("Network", network.name),
            (LOCATION, network.location),
            ("Other bases", str(placed.others) if placed.others else "none"),
        ),
        context=(("Handsets there", _shown(handsets)),),
        warnings=(
            *unsupported.warnings(Feature.DECT, government=ctx.government),
            consequence.format(network=network.name),
            *form.unread.values(),
        ),
        locations=(network.where,),
        steps=(dect_steps.delete_base(mac, placed.station.id, target),),
        unread=form.unread,
    )


def _shown(handsets: Sequence[Handset] | None) -> str:
    """How many, and the names of the first."""
    if handsets is None:
        return ""
    names = [handset.shown_name for handset in handsets if handset.shown_name]
    count = counted(len(handsets), "handset") if handsets else "none"
    return f"{count}: {first_names(names)}" if names else count


REMOVE_BASE = Operation(
    name=NAME,
    title="Remove base station",
    usage=("remove base MAC",),
    aliases=("remove base station", "remove dect base", "remove dect base station"),
    claims=is_base_removal,
    help="Remove a base station from its DECT network",
    listed_by="dect",
    examples=("remove base D8:2E:3E:EF:4E:5C", "remove base D8:2E:3E:EF:4E:5C from Lobby"),
    feature=Feature.DECT,
    read=read_base,
    rule=Rule({**CHANGE, Role.TECHNICIAN: Decision.ASK}),
    needs={
        calls.NETWORKS: NAME,
        calls.BASE_STATIONS: NAME,
        calls.DELETE_BASE_STATION: NAME,
    },
    does_without={calls.BASE_STATION: "the handsets of the base station"},
    form=Form,
    fields=fields,
    plan=plan,
    actions=(action.DELETE_BASE,),
    undoes_steps=any_steps,
)
