"""Change a DECT network: its name, the name on handsets, its access code.

`PUT …/dectNetworks/{id}`, https://developer.webex.com/docs/api/v1/dect-devices-settings;
rules: docs/webex/provisioning.md §5. There is no PATCH: the action reads, edits and writes.
"""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, SecretStr

from bot.core import api_calls as calls
from bot.core.models.dect import DectNetwork
from bot.core.models.people import Role
from bot.core.models.secret import check_visible
from bot.domain import dect_limits, unsupported
from bot.domain.dect_removal_reader import EACH, MADE, is_change, read_change
from bot.domain.forms import Inputs, ParsedForm
from bot.domain.list_plans import counted
from bot.domain.lookup.dect_networks import (
    NETWORK_MISSING,
    find_network,
    network_field,
    reachable_networks,
)
from bot.domain.lookup.locations import LOCATION
from bot.domain.operation import Context, Operation
from bot.domain.plan import Plan, Step
from bot.domain.policy import CHANGE, Decision, Rule
from bot.domain.unsupported import Feature
from bot.operations.actions import dect_network as action
from bot.operations.actions import dect_steps
from bot.operations.actions.dect_steps import Code
from cards import forms
from cards.forms import Choice

NAME = "change dect network"
KEEP = "keep"
NOTHING_SAID = "Please enter what to change: the name, the name on handsets, or the access code."
PAIR_AGAIN = (
    "Handsets that are paired already may have to be paired again: Webex does not say whether they"
    " stay registered when the access code changes. {network} has {handsets}."
)
CODE_STAYS = (
    "I do not keep the old access code. To set another one, type: change access code of NETWORK"
)
SAME_CODE = "This is the access code of {network} already. Please enter another one."
CODES = {
    Code.TYPED: "one for all, as entered (never shown)",
    Code.MADE: "a new one for all, which comes to you alone",
    Code.EACH: "one per handset, made by Webex",
}


def _check_codes(text: str) -> str:
    if text not in (KEEP, MADE, EACH):
        raise ValueError("Please choose what becomes of the access code.")
    return text


class Form(BaseModel):
    """The network, and what changes; what is empty stays."""

    network: str = Field(title="DECT network", description=NETWORK_MISSING, min_length=1)
    name: Annotated[str, AfterValidator(dect_limits.check_name)] = Field(
        "", title="New name", description=NOTHING_SAID
    )
    display_name: Annotated[str, AfterValidator(dect_limits.check_display_name)] = Field(
        "", title="Name on the handset"
    )
    codes: Annotated[str, AfterValidator(_check_codes)] = Field(KEEP, title="Access codes")
    access_code: Annotated[
        str, BeforeValidator(check_visible), AfterValidator(dect_limits.check_new_access_code)
    ] = Field("", title="Access code")


async def fields(inputs: Inputs, ctx: Context) -> list[forms.Field]:
    """The network, and what can be changed."""
    return [
        await network_field(ctx, inputs.get("network", "")),
        forms.Field(
            "name",
            "New name",
            "1 to 40 characters; empty: as it is",
            required=False,
            value=inputs.get("name", ""),
            max_length=40,
        ),
        forms.Field(
            "display_name",
            "Name on the handset",
            "Up to 11 characters; empty: as it is",
            required=False,
            value=inputs.get("display_name", ""),
            max_length=11,
        ),
        forms.Field(
            "codes",
            "Access codes",
            choices=(
                Choice("As they are, or as entered below", KEEP),
                Choice("A new one for all handsets, made by provbot", MADE),
                Choice("One for each handset, made by Webex", EACH),
            ),
            value=inputs.get("codes", KEEP),
        ),
        forms.Field(
            "access_code",
            "Access code",
            "Four digits; empty: as it is",
            required=False,
            secret=True,
            max_length=4,
        ),
    ]


async def plan(form: ParsedForm, ctx: Context) -> Plan:
    """Find the network, and check what must be unique in its location."""
    network = await find_network(form, "network", ctx)
    if network is None:
        form.raise_if_invalid()
    network = form.valid(network)
    code = _code(form)
    _check_unique(form, network, await reachable_networks(ctx))
    _check_changes(form, network, code)
    form.raise_if_invalid()
    return _plan(form, network, code, ctx)


def _code(form: ParsedForm) -> Code:
    """What becomes of the access code; an error if two things are said."""
    typed, codes = form.values.get("access_code"), form.values.get("codes", KEEP)
    if typed and codes != KEEP:
        form.add_error(
            "access_code",
            "You entered a code, but also chose a new one. Please leave this empty, or choose “as"
            " entered”.",
        )
    if typed:
        return Code.TYPED
    return {MADE: Code.MADE, EACH: Code.EACH}.get(codes, Code.KEPT)


def _check_unique(form: ParsedForm, network: DectNetwork, networks: list[DectNetwork]) -> None:
    """Note an error for a name or code of another network there, and for the same code again."""
    beside = [other for other in networks if other.location_id == network.location_id]
    name, code = form.values.get("name"), form.values.get("access_code")
    if name and dect_limits.with_name(beside, name, but=network.ref):
        form.add_error("name", f"{network.location} already has a DECT network called “{name}”.")
    if code and network.access_code == SecretStr(code):
        form.add_error("access_code", SAME_CODE.format(network=network.name))
    if code and dect_limits.with_code(beside, SecretStr(code), but=network.ref):
        form.add_error(
            "access_code",
            f"Another DECT network in {network.location} uses this access code;"
            " handsets could join the wrong one. Please choose another.",
        )


def _check_changes(form: ParsedForm, network: DectNetwork, code: Code) -> None:
    """Note an error if nothing is said to change, or if all of it is so already."""
    if form.problems or _changed(form, network) or code in (Code.MADE, Code.TYPED):
        return
    if code is Code.EACH and network.has_shared_code is not False:
        return
    is_said = code or form.values["name"] or form.values["display_name"]
    already = f"That changes nothing: {network.name} is like that already."
    form.add_error("name", already if is_said else NOTHING_SAID)


def _changed(form: ParsedForm, network: DectNetwork) -> dict[str, str]:
    """The names that become others."""
    before = {"name": network.name, "display_name": network.display_name}
    return {
        field: form.values[field]
        for field, value in before.items()
        if form.values[field] and form.values[field] != value
    }


def _plan(form: ParsedForm, network: DectNetwork, code: Code, ctx: Context) -> Plan:
    changed = _changed(form, network)
    return Plan(
        title=_title(network, changed, code),
        facts=(
            ("Network", network.name),
            (LOCATION, network.location),
            ("New name", changed.get("name", "")),
            ("On the handset", changed.get("display_name", "")),
            (action.ACCESS_CODES, CODES.get(code, "")),
        ),
        warnings=(
            *unsupported.warnings(Feature.DECT, government=ctx.government),
            *_code_warnings(network, code),
        ),
        locations=(network.where,),
        steps=(_step(network, changed, code, ctx),),
    )


def _title(network: DectNetwork, changed: dict[str, str], code: Code) -> str:
    if "name" in changed and not code:
        return f"Rename the DECT network {network.name} in {network.location} to {changed['name']}"
    if code and not changed:
        return f"Change the access code of the DECT network {network.name} in {network.location}"
    return f"Change the DECT network {network.name} in {network.location}"


def _code_warnings(network: DectNetwork, code: Code) -> tuple[str, ...]:
    if not code:
        return ()
    # The number is told only where it matters; Webex may not tell it.
    count = network.handsets
    handsets = "handsets" if count is None else counted(count, "handset") if count else "none yet"
    pair_again = (PAIR_AGAIN.format(network=network.name, handsets=handsets),)
    return (
        *(pair_again if count != 0 else ()),
        *((action.PER_USER,) if code is Code.EACH else ()),
    )


def _step(network: DectNetwork, changed: dict[str, str], code: Code, ctx: Context) -> Step:
    return dect_steps.update_network(
        dect_steps.Target.of(network),
        name=changed.get("name", ""),
        display_name=changed.get("display_name"),
        old_display_name=network.display_name,
        code=code,
        spacing=ctx.dect_spacing,
    )


def has_new_names(planned: Plan) -> bool:
    """Whether something of it can be taken back: an old code is not kept."""
    return bool({"name", "displayName"} & planned.first.call.body.keys())


def new_code() -> str:
    """A code that nobody tries first. Whether it is free in the location is checked later."""
    return dect_limits.new_access_code(()).get_secret_value()


CHANGE_DECT_NETWORK = Operation(
    name=NAME,
    title="Change DECT network",
    usage=(
        "change dect network NETWORK",
        "rename dect network NETWORK to NAME",
        "change access code of NETWORK",
    ),
    aliases=(
        "rename dect network", "rename network", "edit dect network", "update dect network",
        "change access code", "change access codes", "change dect access code", "set access code",
        "reset access code", "create access code",
        "change name of dect network", "change display name of dect network",
    ),
    claims=is_change,
    help="Rename a DECT network, or change its access code or the name on its handsets",
    listed_by="dect",
    examples=(
        "rename dect network Lobby to Reception",
        "change access code of Lobby",
        "change dect network Lobby",
    ),
    feature=Feature.DECT,
    read=read_change,
    rule=Rule({**CHANGE, Role.TECHNICIAN: Decision.ASK}),
    needs={
        calls.NETWORKS: NAME,
        calls.NETWORK: NAME,
        calls.UPDATE_NETWORK: NAME,
    },
    form=Form,
    fields=fields,
    plan=plan,
    actions=(action.UPDATE_NETWORK,),
    undoes_steps=has_new_names,
    without_undo=CODE_STAYS,
    secrets=frozenset({"access_code"}),
    generators={"access_code": new_code},
)  # fmt: skip
