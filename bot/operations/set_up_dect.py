"""Set up a DECT network with its base stations and handsets, in one plan.

A network that is there already gets what it lacks, so the same list can be run again.
Rules: docs/webex/provisioning.md §5 and §9.
"""

from collections.abc import Sequence
from functools import partial
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, SecretStr

from bot.core import api_calls as calls
from bot.core.models.dect import DectNetwork
from bot.core.models.people import Role
from bot.core.models.secret import check_visible
from bot.core.models.webex import Location
from bot.domain import dect_forms, dect_limits, dect_plans
from bot.domain.dect_calls import DOES_WITHOUT, needs_of
from bot.domain.dect_limits import MODELS
from bot.domain.dect_reader import is_set_up, read_lines, read_set_up
from bot.domain.forms import LINES, Inputs, ParsedForm
from bot.domain.lists.columns import FOR_DECT
from bot.domain.lookup.dect_checks import CheckedDectRow, check_rows
from bot.domain.lookup.dect_networks import described, networks_at
from bot.domain.lookup.dect_reads import dect_facts
from bot.domain.lookup.locations import LOCATION, LOCATION_MISSING, find_location, location_field
from bot.domain.lookup.models import MODEL_MISSING
from bot.domain.operation import Context, Operation
from bot.domain.plan import Plan, Step
from bot.domain.policy import CHANGE, Decision, Rule
from bot.domain.unsupported import Feature
from bot.operations.actions import dect_handout, dect_steps
from bot.operations.actions.base_station import ADD_BASE
from bot.operations.actions.dect_network import CREATE_NETWORK
from bot.operations.actions.dect_row_plans import plan_of_rows
from bot.operations.actions.dect_steps import ACCESS_CODE, Target
from bot.operations.actions.handset import ADD_HANDSET, SECOND_LINE
from cards import forms

NAME = "set up dect"
ROWS_MISSING = (
    "This network is there already. Please enter base stations, owners of handsets, or both."
)
CODE_TAKEN = (
    "Another DECT network in {place} uses this access code; handsets could join the wrong one."
    " Please choose another."
)
IS_THERE = "{network} (is there already)"
STAYS = (
    "{network} is there already: its model, its name on handsets and its access code stay as they"
    " are."
)
NO_BASE = (
    "{network} gets no base station, so its handsets cannot be paired yet. To add one later, type:"
    " add base MAC to {network}"
)


class Form(BaseModel):
    """What must be known for a DECT network and what belongs to it."""

    location: str = Field(title="Location", description=LOCATION_MISSING, min_length=1)
    name: Annotated[str, AfterValidator(dect_limits.check_name)] = Field(
        title="Name", description="Please enter a name."
    )
    display_name: Annotated[str, AfterValidator(dect_limits.check_display_name)] = Field(
        "", title="Name on the handset"
    )
    model: Annotated[str, AfterValidator(dect_limits.check_model)] = Field(
        "", title="Model", description=MODEL_MISSING
    )
    access_code: Annotated[
        str, BeforeValidator(check_visible), AfterValidator(dect_limits.check_access_code)
    ] = Field("", title="Access code")
    bases: str = Field("", title="Base stations", json_schema_extra=LINES)
    members: str = Field("", title="Handsets", json_schema_extra=LINES)


async def fields(inputs: Inputs, ctx: Context) -> list[forms.Field]:
    """The network, its base stations, and the owners of its handsets."""
    return [
        await location_field(ctx, inputs.get("location", "")),
        *dect_forms.network_fields(inputs),
        dect_forms.bases_field(inputs, NAME),
        dect_forms.members_field(inputs),
    ]


async def plan(form: ParsedForm, ctx: Context) -> Plan:
    """Check the network and all rows with a few reads; without rows, the network alone."""
    location = await find_location(form, ctx)
    rows = ctx.rows.rows if ctx.rows else ()
    network = form.valid(await _network(form, location, ctx) if location else None)
    if network.id and not rows:
        form.add_error(dect_forms.BASES, ROWS_MISSING)
    form.raise_if_invalid()
    checked = check_rows(rows, await dect_facts(form, rows, network, ctx))
    stays = (STAYS.format(network=network.name),) if _differs(form, network) else ()
    ready = dect_plans.ready_rows(checked)
    is_created = not network.id and bool(ready or not checked)
    has_no_base = is_created and not any(row.adds_base for row in ready)
    no_base = (NO_BASE.format(network=network.name),) if has_no_base else ()
    return plan_of_rows(
        form,
        network,
        checked,
        ctx,
        operation=NAME,
        title=_title(network, checked),
        facts=_facts(network),
        first=() if network.id else (_creation(network),),
        warnings=(*stays, *no_base),
    )


async def _network(form: ParsedForm, location: Location, ctx: Context) -> DectNetwork | None:
    """The network that is there, or the one to be made, which has no id; None, and an error."""
    name = form.values.get("name")
    if not name:
        return None
    networks = await networks_at(location.id, ctx)
    existing = dect_limits.with_name(networks, name)
    if existing:
        return existing.model_copy(update={"location_id": location.id, "location": location.name})
    model, code = form.values.get("model"), form.values.get("access_code")
    if not model:
        form.add_error("model", MODEL_MISSING)
    if code and dect_limits.with_code(networks, SecretStr(code)):
        form.add_error("access_code", CODE_TAKEN.format(place=location.name))
    return DectNetwork(
        id="",
        name=name,
        display_name=form.values.get("display_name", ""),
        model=model or "",
        location_id=location.id,
        location=location.name,
        has_shared_code=bool(code),
        base_stations=0,
        handsets=0,
        lines=0,
    )


def _differs(form: ParsedForm, network: DectNetwork) -> bool:
    """Whether the form has something else about a network than what is there."""
    values = form.values
    model, name, code = values["model"], values["display_name"], values["access_code"]
    known = (dect_limits.known_model(network.model), network.display_name, network.access_code)
    typed = (model, name, SecretStr(code) if code else "")
    return bool(network.id) and any(
        is_typed and is_typed != is_known for is_typed, is_known in zip(typed, known, strict=True)
    )


def _title(network: DectNetwork, checked: Sequence[CheckedDectRow]) -> str:
    if network.id:
        return dect_plans.addition_title(checked, network)
    amounts = dect_plans.amounts(dect_plans.ready_rows(checked))
    return f"Set up the DECT network {described(network)}" + (f": {amounts}" if amounts else "")


def _creation(network: DectNetwork) -> Step:
    return dect_steps.create_network(
        Target(network.name, network.where),
        dect_limits.check_model(network.model),
        display_name=network.display_name,
        has_code=bool(network.has_shared_code),
    )


def _facts(network: DectNetwork) -> dect_plans.Facts:
    if network.id:
        return dect_plans.network_facts(network, IS_THERE.format(network=network.name))
    code = "one for all, as entered (never shown)" if network.has_shared_code else "one per user"
    return (
        (dect_plans.NETWORK, network.name),
        ("On the handset", network.display_name),
        (LOCATION, network.location),
        ("Model", MODELS[dect_limits.check_model(network.model)]),
        ("Access code", code),
    )


SET_UP_DECT = Operation(
    name=NAME,
    title="Set up a DECT network",
    usage=("set up dect NETWORK at LOCATION",),
    aliases=(
        "set up a dect network",
        "set up dect network",
        "set up dect system",
        "dect setup",
    ),
    help=(
        "Set up a DECT network with its base stations and handsets: a form, lines, or a file with"
        " the columns base mac, owner, line 2, display name"
    ),
    examples=("set up dect Warehouse at Berlin", "set up dect"),
    group="DECT",
    guide=(("a DECT network", "set up dect Warehouse at Berlin"),),
    feature=Feature.DECT,
    read=read_set_up,
    read_below=read_lines,
    claims=is_set_up,
    rule=Rule({**CHANGE, Role.TECHNICIAN: Decision.ASK}),
    needs={
        calls.CREATE_NETWORK: NAME,
        calls.LOCATIONS: NAME,
        calls.DELETE_NETWORK: "Undo",
        **needs_of(NAME),
    },
    does_without=DOES_WITHOUT,
    form=Form,
    fields=fields,
    plan=plan,
    actions=(CREATE_NETWORK, ADD_BASE, ADD_HANDSET, SECOND_LINE),
    outcome=partial(dect_plans.outcome, again=NAME, again_title="Another network"),
    secrets=frozenset({ACCESS_CODE}),
    kept=frozenset({"location", "model"}),
    row_fields=FOR_DECT,
    boxes=(dect_forms.BASES, dect_forms.MEMBERS),
    read_boxes=dect_forms.read_boxes,
    handout=dect_handout.HANDOUT,
    follow_ups=dect_handout.show_network,
)
