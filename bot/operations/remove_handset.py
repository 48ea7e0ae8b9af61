"""Remove handsets of one or several owners from their DECT networks.

`DELETE …/dectNetworks/{id}/handsets/{id}`, and `DELETE …/handsets` for several;
https://developer.webex.com/docs/api/v1/dect-devices-settings; rules: docs/webex/provisioning.md §5.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import BaseModel, Field

from bot.core import api_calls as calls
from bot.core.errors import NotFound
from bot.core.models.dect import DectNetwork, same_id
from bot.core.models.people import Role
from bot.core.models.text import join_words
from bot.core.models.webex import LocationRef, Owner
from bot.domain import dect_pace, unsupported
from bot.domain.dect_removal_reader import ALL_HANDSETS, is_handset_removal, read_handsets
from bot.domain.forms import Inputs, ParsedForm
from bot.domain.list_plans import counted
from bot.domain.lookup import owners as lookup
from bot.domain.lookup.dect_networks import (
    described,
    find_network,
    network_field,
    reachable_networks,
    shown_ids,
)
from bot.domain.lookup.locations import LOCATION, first_names, scope_suffix
from bot.domain.lookup.owned_handsets import OwnedHandset, handsets_of
from bot.domain.lookup.several_owners import find_owners
from bot.domain.operation import Context, Operation, any_steps
from bot.domain.plan import Outcome, Plan, Step
from bot.domain.policy import CHANGE, Decision, Rule
from bot.domain.unsupported import Feature
from bot.operations.actions import dect_steps
from bot.operations.actions import handset as action
from cards import forms
from cards.forms import Choice

NAME = dect_steps.DELETE_HANDSET
NO_CALLS = (
    "The handset can no longer make calls. If it is added again, somebody must pair it again."
)
NO_CALLS_OF_ALL = (
    "The handsets can no longer make calls. If they are added again, somebody must pair them again."
)
NOBODYS = (
    "Webex does not say whose first line these handsets have. Choose one only if you are sure."
)
LICENCE_UNREAD = (
    "I could not check the owner's licence. If it is Webex Calling Standard,"
    " removing the handset switches calling on in their Webex apps."
)
ELSEWHERE = (
    "{owner} does not have the same handset any more, but one in {network}. Choose that one only if"
    " you mean it; otherwise cancel."
)
MAX_NAMED = 12  # handsets that a plan names; more are counted


class Form(BaseModel):
    """Whose handsets, and in which network. A choice of handsets is `NETWORK/HANDSET`."""

    owner: str = Field(title="Owner", description=lookup.OWNER_MISSING, min_length=1)
    network: str = Field("", title="DECT network")


@dataclass(frozen=True)
class _NetworkText:
    """What the field `network` says: a network, and one of its handsets or all; empty: not said."""

    network: str = ""
    handset: str = ""

    @property
    def is_all(self) -> bool:
        """Whether all handsets of the owner are meant."""
        return self.handset == ALL_HANDSETS

    @classmethod
    def of(cls, text: str, networks: Sequence[DectNetwork]) -> "_NetworkText":
        """A name may have a slash, too; the id of a network before it tells that one is chosen."""
        network, _, handset = text.rpartition("/")
        if handset == ALL_HANDSETS or any(same_id(net.id, network) for net in networks):
            return cls(network, handset)
        return cls(text)


async def fields(inputs: Inputs, ctx: Context) -> list[forms.Field]:
    """The owner, and the network, which may be left empty."""
    owner = await lookup.owner_field(inputs.get("owner", ""), ctx)
    network = inputs.get("network", "")
    if network:
        network = _NetworkText.of(network, await reachable_networks(ctx)).network
    return [
        replace(owner, label="Owner of the handset"),
        replace(await network_field(ctx, network), required=False),
    ]


async def plan(form: ParsedForm, ctx: Context) -> Plan:
    """Find the handsets with the owners' first lines; if several may be meant, ask which."""
    networks, owners = await asyncio.gather(reachable_networks(ctx), find_owners(form, ctx))
    typed = _NetworkText.of(form.values["network"], networks)
    form.values["network"] = typed.network
    only = await find_network(form, "network", ctx)
    form.raise_if_invalid()
    held = await asyncio.gather(*(_held(form, owner, networks, only, ctx) for owner in owners))
    chosen = [
        handset
        for owner, handsets in zip(owners, held, strict=True)
        if handsets is not None
        for handset in _chosen(form, owner, handsets, typed, only, ctx)
    ]
    if len(owners) > 1:
        _ask_about_all(form)
    form.raise_if_invalid()
    _check_networks(form, chosen, ctx)
    form.raise_if_invalid()
    return _plan(form, chosen, owners, ctx)


def _check_networks(form: ParsedForm, chosen: Sequence[OwnedHandset], ctx: Context) -> None:
    """A plan that was shown does not go on with a handset in another network: an error then."""
    known = shown_ids(ctx.shown) if ctx.shown else ()
    for owned in chosen:
        if known and not any(same_id(owned.network.id, network) for network in known):
            sentence = ELSEWHERE.format(owner=owned.owner.name, network=owned.place)
            form.add_error("network", sentence, [Choice(owned.described, _value(owned))])


async def _held(
    form: ParsedForm,
    owner: Owner,
    networks: Sequence[DectNetwork],
    only: DectNetwork | None,
    ctx: Context,
) -> Sequence[OwnedHandset] | None:
    """The handsets of the owner; None, and an error, if Webex does not tell in which networks."""
    try:
        return await handsets_of(owner, networks, ctx, only=only)
    except NotFound:  # which is no proof that there are none
        if only:
            raise
    form.add_error(
        "network",
        f"Webex does not say in which DECT networks {owner.name} has handsets. Please name the"
        " network.",
    )
    return None


def _chosen(
    form: ParsedForm,
    owner: Owner,
    handsets: Sequence[OwnedHandset],
    typed: _NetworkText,
    only: DectNetwork | None,
    ctx: Context,
) -> Sequence[OwnedHandset]:
    """The handsets of the owner that are meant; none, and an error, if that is not clear."""
    if typed.handset and not typed.is_all:
        return _one(form, handsets, typed.handset)
    own = [owned for owned in handsets if owned.is_own]
    uncertain = [owned for owned in handsets if owned.is_uncertain]
    if not own and uncertain:
        _ask_which(form, f"{NOBODYS} Which one?", uncertain)
    elif not own:
        form.add_error("owner" if only is None else "network", _none(owner, handsets, only, ctx))
    elif len(own) > 1 and not typed.is_all:
        _ask_which(form, _several(owner, own), own)
    return own


def _one(
    form: ParsedForm, handsets: Sequence[OwnedHandset], handset_id: str
) -> Sequence[OwnedHandset]:
    """The handset that was chosen of those with a line of the owner."""
    chosen = [owned for owned in handsets if same_id(owned.handset.id, handset_id)]
    if not chosen:
        form.add_error("network", "This handset is not there any more. Please choose again.")
    return chosen


def _none(
    owner: Owner, handsets: Sequence[OwnedHandset], only: DectNetwork | None, ctx: Context
) -> str:
    """Why there is nothing to remove: no handset, or only those of others."""
    if handsets:
        other = handsets[0]
        of_holder = f" of {other.holder}" if other.holder else ""
        return (
            f"{owner.name} has only the second line of a handset{of_holder} in {other.place}, so"
            " the handset is not theirs and stays. To remove it all the same, name the owner of"
            " its first line."
        )
    if only:
        return f"{owner.name} has no handset in {described(only)}. Leave this empty to look in all."
    return f"{owner.name} has no DECT handset{scope_suffix(ctx)}."


def _several(owner: Owner, own: Sequence[OwnedHandset]) -> str:
    places = [*dict.fromkeys(owned.place for owned in own)]
    return f"{owner.name} has {len(own)} handsets, in {join_words(places, 'and')}. Which one?"


def _ask_which(form: ParsedForm, question: str, handsets: Sequence[OwnedHandset]) -> None:
    """One choice answers both: which network, and which handset there."""
    choices = [Choice(owned.described, _value(owned)) for owned in handsets]
    if all(owned.is_own for owned in handsets):
        choices.append(Choice(f"All {len(handsets)} handsets", ALL_HANDSETS))
    form.add_error("network", question, choices)


def _value(owned: OwnedHandset) -> str:
    return f"{owned.network.id}/{owned.handset.id}"


def _ask_about_all(form: ParsedForm) -> None:
    """Of several owners, a choice of one handset would be about one of them only."""
    if "network" in form.choices:
        form.problems["network"] += " Remove all of them, or name one owner to choose."
        form.choices["network"] = [Choice("All their handsets", ALL_HANDSETS)]


def _plan(
    form: ParsedForm, chosen: Sequence[OwnedHandset], owners: Sequence[Owner], ctx: Context
) -> Plan:
    effects = _licence_effects(form, owners)
    return Plan(
        title=_title(chosen),
        facts=_facts(chosen),
        warnings=(
            *unsupported.warnings(Feature.DECT, government=ctx.government),
            NO_CALLS if len(chosen) == 1 else NO_CALLS_OF_ALL,
            *effects,
            *filter(None, (_pace(chosen, ctx),)),
            *form.unread.values(),
        ),
        locations=_locations(chosen),
        steps=_steps(chosen, ctx),
        on_refusal="go on",
        unread=form.unread,
        dependents={calls.LICENCES.name: effects},
    )


def _title(chosen: Sequence[OwnedHandset]) -> str:
    places = {owned.network.id: owned.network.name for owned in chosen}
    from_network = f" from {next(iter(places.values()))}" if len(places) == 1 else ""
    if len(chosen) > 1:
        return f"Remove {len(chosen)} DECT handsets{from_network}"
    handset, owner = chosen[0].handset, chosen[0].owner
    return f"Remove the handset “{handset.shown_name}” of {owner.name}{from_network}"


def _facts(chosen: Sequence[OwnedHandset]) -> tuple[tuple[str, str], ...]:
    if len(chosen) == 1:
        (owned,) = chosen
        return (
            ("Owner", owned.owner.described),
            ("Handset", owned.handset.shown_name),
            ("Line 2", owned.second_name),
            ("Network", owned.network.name),
            (LOCATION, owned.network.location),
        )
    named = [(owned.owner.name, owned.described) for owned in chosen[:MAX_NAMED]]
    more = len(chosen) - len(named)
    return (*named, ("More", counted(more, "handset") if more > 0 else ""))


def _pace(chosen: Sequence[OwnedHandset], ctx: Context) -> str:
    """How long it takes. Networks are independent of each other."""
    handsets = Counter(owned.network.id for owned in chosen)
    changes = max(len(dect_pace.in_bulks(range(count))) for count in handsets.values())
    return dect_pace.pace_note(changes, ctx.dect_spacing)


def _locations(chosen: Sequence[OwnedHandset]) -> tuple[LocationRef, ...]:
    return tuple({owned.network.location_id: owned.network.where for owned in chosen}.values())


def _steps(chosen: Sequence[OwnedHandset], ctx: Context) -> tuple[Step, ...]:
    is_single = len(chosen) == 1
    return tuple(
        _step(owned, NAME if is_single else f"handset {number}", ctx)
        for number, owned in enumerate(chosen, 1)
    )


def _step(owned: OwnedHandset, key: str, ctx: Context) -> Step:
    return dect_steps.delete_handset(
        owned.handset.id,
        owned.handset.shown_name,
        owned.owner.name,
        dect_steps.Target.of(owned.network),
        spacing=ctx.dect_spacing,
        key=key,
        details=dect_steps.undo_details(owned.handset),
    )


def _licence_effects(form: ParsedForm, owners: Sequence[Owner]) -> tuple[str, ...]:
    """Who gets calling in their apps back (docs/webex/provisioning.md §5 and §7)."""
    if any(lookup.is_unknown(owner) for owner in owners):
        form.note_unread(calls.LICENCES, LICENCE_UNREAD)
    people = [owner.name for owner in owners if lookup.is_standard(owner)]
    if not people:
        return ()
    have = "has" if len(people) == 1 else "have"
    return (
        f"{first_names(people)} {have} Webex Calling Standard: without a phone or handset,"
        " calling is switched on in their Webex apps.",
    )


def outcome(planned: Plan, outcomes: Mapping[str, Outcome]) -> Outcome:
    """That it was removed; of several handsets, how many."""
    if not planned.has_many_steps:
        return outcomes[planned.first.key]
    return Outcome(title=planned.title.replace("Remove", "Removed", 1), facts=planned.facts)


REMOVE_HANDSET = Operation(
    name=NAME,
    title="Remove handset",
    usage=("remove handset of OWNER",),
    aliases=("remove dect handset", "remove dect phone"),
    claims=is_handset_removal,
    help="Remove the handset of somebody, or of several people, from its DECT network",
    listed_by="dect",
    examples=(
        "remove handset of ann@example.com",
        "remove handset of ann@example.com and bob@example.com from Lobby",
    ),
    guide=(("remove a DECT handset", "remove handset of ann@example.com"),),
    feature=Feature.DECT,
    read=read_handsets,
    rule=Rule({**CHANGE, Role.TECHNICIAN: Decision.ASK}),
    needs={
        calls.NETWORKS: NAME,
        calls.PERSONS_NETWORKS: NAME,
        calls.WORKSPACES_NETWORKS: NAME,
        calls.HANDSETS: NAME,
        calls.DELETE_HANDSET: NAME,
        calls.DELETE_HANDSETS: f"{NAME} of several owners",
        calls.PEOPLE: f"{NAME} of EMAIL",
        calls.WORKSPACES: f"{NAME} of WORKSPACE",
    },
    does_without={
        calls.LICENCES: "the warnings about licences",
        calls.MEMBERS: "the search by last name, extension or number",
        calls.NUMBERS: "the search by last name, extension or number",
    },
    form=Form,
    fields=fields,
    plan=plan,
    outcome=outcome,
    actions=(action.DELETE_HANDSET,),
    undoes_steps=any_steps,
)
