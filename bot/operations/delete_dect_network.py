"""Delete a DECT network, with its base stations and handsets.

`DELETE …/dectNetworks/{id}`, https://developer.webex.com/docs/api/v1/dect-devices-settings;
rules: docs/webex/provisioning.md §5. It cannot be undone.
"""

import asyncio
from collections.abc import Sequence

from pydantic import BaseModel, Field

from bot.core import api_calls as calls
from bot.core.models.dect import BaseStation, DectNetwork, Handset, MemberKind
from bot.core.models.people import Role
from bot.core.models.webex import Owner, OwnerKind
from bot.domain import fallback, unsupported
from bot.domain.dect_removal_reader import is_network_deletion, read_network
from bot.domain.forms import Inputs, ParsedForm
from bot.domain.list_plans import counted
from bot.domain.lookup import owners
from bot.domain.lookup.dect_networks import NETWORK_MISSING, find_network, network_field
from bot.domain.lookup.locations import LOCATION, first_names
from bot.domain.operation import Context, Operation
from bot.domain.plan import Plan
from bot.domain.policy import Decision, Rule
from bot.domain.unsupported import Feature
from bot.operations.actions import dect_network as action
from bot.operations.actions import dect_steps
from cards import forms

NAME = dect_steps.DELETE_NETWORK
CONSEQUENCE = (
    "Its base stations and handsets are removed with it, and can no longer make calls. It cannot be"
    " restored."
)
EMPTY = "It has no base stations and no handsets. It cannot be restored."
LICENCES_UNREAD = (
    "I could not check the licences of all owners. If somebody has Webex Calling Standard, deleting"
    " the network switches calling on in their Webex apps."
)
MANY_LICENCES = (
    "If an owner has Webex Calling Standard, deleting the network switches calling on in their"
    " Webex apps. There are too many owners to check each of them."
)
MAX_CHECKED = 25  # owners whose licences are read
MAX_READS = 8  # of them at once


class Form(BaseModel):
    """The network to delete."""

    network: str = Field(title="DECT network", description=NETWORK_MISSING, min_length=1)


async def fields(inputs: Inputs, ctx: Context) -> list[forms.Field]:
    """The network."""
    return [await network_field(ctx, inputs.get("network", ""))]


async def plan(form: ParsedForm, ctx: Context) -> Plan:
    """Count what goes with the network: with other counts, the plan is another one."""
    network = form.valid(await find_network(form, "network", ctx))
    stations, handsets = await asyncio.gather(
        ctx.calling.dect.base_stations(network.ref), ctx.calling.dect.handsets(network.ref)
    )
    effects = await _licence_effects(form, handsets, ctx)
    return Plan(
        title=f"Delete the DECT network {network.name} in {network.location}",
        facts=_facts(network, stations, handsets),
        warnings=(
            *unsupported.warnings(Feature.DECT, government=ctx.government),
            CONSEQUENCE if stations or handsets else EMPTY,
            *effects,
            *form.unread.values(),
        ),
        locations=(network.where,),
        steps=(dect_steps.delete_network(dect_steps.Target.of(network)),),
        unread=form.unread,
        dependents={calls.LICENCES.name: effects},
    )


def _facts(
    network: DectNetwork, stations: Sequence[BaseStation], handsets: Sequence[Handset]
) -> tuple[tuple[str, str], ...]:
    lines = sum(len(handset.lines) for handset in handsets)
    names = [handset.lines[0].name for handset in handsets if handset.lines]
    return (
        ("Network", network.name),
        (LOCATION, network.location),
        ("Base stations", str(len(stations)) if stations else "none"),
        ("Handsets", f"{len(handsets)}, with {counted(lines, 'line')}" if handsets else "none"),
        ("Owners", first_names([*dict.fromkeys(filter(None, names))])),
    )


async def _licence_effects(
    form: ParsedForm, handsets: Sequence[Handset], ctx: Context
) -> tuple[str, ...]:
    """Who gets calling in their apps back (docs/webex/provisioning.md §5 and §7)."""
    first_lines = [handset.lines[0] for handset in handsets if handset.lines]
    people = {line.id for line in first_lines if line.id and line.kind is MemberKind.PERSON}
    if len(people) > MAX_CHECKED:
        return (MANY_LICENCES,)
    slots = asyncio.Semaphore(MAX_READS)

    async def read(person_id: str) -> object:
        async with slots:
            key = f"{OwnerKind.PERSON}:{person_id}"
            return await fallback.read_or_error_briefly(ctx.calling.owner(key))

    read_owners = await asyncio.gather(*map(read, sorted(people)))
    known = [owner for owner in read_owners if isinstance(owner, Owner)]
    if len(known) < len(people) or any(map(owners.is_unknown, known)):
        form.note_unread(calls.LICENCES, LICENCES_UNREAD)
    names = sorted(owner.name for owner in known if owners.is_standard(owner))
    if not names:
        return ()
    have = "has" if len(names) == 1 else "have"
    return (
        f"{first_names(names)} {have} Webex Calling Standard: without a phone or handset,"
        " calling is switched on in their Webex apps.",
    )


DELETE_DECT_NETWORK = Operation(
    name=NAME,
    title="Delete DECT network",
    usage=("delete dect network NETWORK",),
    aliases=("delete network",),
    claims=is_network_deletion,
    help="Delete a DECT network with its base stations and handsets",
    listed_by="dect",
    examples=("delete dect network Lobby", "delete dect network Lobby at Berlin"),
    feature=Feature.DECT,
    read=read_network,
    rule=Rule({Role.ENGINEER: Decision.ASK, Role.ADMIN: Decision.DO}),
    needs={
        calls.NETWORKS: NAME,
        calls.BASE_STATIONS: NAME,
        calls.HANDSETS: NAME,
        calls.DELETE_NETWORK: NAME,
    },
    does_without={
        calls.PERSON: "the warnings about licences",
        calls.LICENCES: "the warnings about licences",
    },
    without_undo=action.NOT_RESTORED,
    form=Form,
    fields=fields,
    plan=plan,
    actions=(action.DELETE_NETWORK,),
)
