"""Create a DECT network in a location.

`POST /telephony/config/locations/{id}/dectNetworks`,
https://developer.webex.com/docs/api/v1/dect-devices-settings/create-a-dect-network;
rules: docs/webex/provisioning.md §5 and §9.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, SecretStr

from bot.core import api_calls as calls
from bot.core.errors import WebexError
from bot.core.models.people import Role
from bot.core.models.secret import check_visible
from bot.core.models.webex import Location
from bot.domain import dect_forms, dect_limits, error_messages, fallback, unsupported
from bot.domain.dect_limits import MODELS
from bot.domain.dect_reader import read_network
from bot.domain.forms import Inputs, ParsedForm
from bot.domain.lookup.locations import LOCATION_MISSING, find_location, location_field
from bot.domain.lookup.models import MODEL_MISSING
from bot.domain.operation import Context, Operation, any_steps
from bot.domain.plan import Plan, Step
from bot.domain.policy import CHANGE, Decision, Rule
from bot.domain.unsupported import Feature
from bot.operations.actions import dect_handout, dect_steps
from bot.operations.actions.dect_network import CREATE_NETWORK
from bot.operations.actions.dect_steps import Target
from cards import forms

NAME = dect_steps.CREATE_NETWORK


class Form(BaseModel):
    """What must be known for a DECT network."""

    location: str = Field(title="Location", description=LOCATION_MISSING, min_length=1)
    name: Annotated[str, AfterValidator(dect_limits.check_name)] = Field(
        title="Name", description="Please enter a name."
    )
    display_name: Annotated[str, AfterValidator(dect_limits.check_display_name)] = Field(
        "", title="Name on the handset"
    )
    model: Annotated[str, AfterValidator(dect_limits.check_model)] = Field(
        title="Model", description=MODEL_MISSING
    )
    access_code: Annotated[
        str, BeforeValidator(check_visible), AfterValidator(dect_limits.check_access_code)
    ] = Field("", title="Access code")


async def fields(inputs: Inputs, ctx: Context) -> list[forms.Field]:
    """Location, names, model and access code."""
    location = await location_field(ctx, inputs.get("location", ""))
    return [location, *dect_forms.network_fields(inputs, "DBS210")]


async def plan(form: ParsedForm, ctx: Context) -> Plan:
    """Look up the location, and check what must be unique in it."""
    location = await find_location(form, ctx)
    if location:
        await _check_unique(form, location, ctx)
    return _plan(form, form.valid(location), ctx)


async def _check_unique(form: ParsedForm, location: Location, ctx: Context) -> None:
    networks = await fallback.read_or_error_briefly(
        ctx.calling.dect.networks(location_id=location.id)
    )
    if isinstance(networks, WebexError):
        _note_unchecked(form, location, networks)
        return
    name, code = form.values.get("name", ""), form.values.get("access_code", "")
    if dect_limits.with_name(networks, name):
        form.add_error("name", f"{location.name} already has a DECT network called “{name}”.")
    if code and dect_limits.with_code(networks, SecretStr(code)):
        form.add_error(
            "access_code",
            f"Another DECT network in {location.name} uses this access code;"
            " handsets could join the wrong one. Please choose another.",
        )


def _note_unchecked(form: ParsedForm, location: Location, error: WebexError) -> None:
    """Webex itself refuses a second network of that name, but not one with the same access code."""
    if form.values.get("access_code"):
        form.add_error(
            "access_code",
            f"I could not check whether another DECT network in {location.name} uses this access"
            " code. Leave it empty for one code per user, or try again later."
            f" {error_messages.for_storage(error)}",
        )
    form.note_unread(calls.NETWORKS)


def _plan(form: ParsedForm, location: Location, ctx: Context) -> Plan:
    values = form.values
    code = values["access_code"]
    return Plan(
        title=f"Create the DECT network {values['name']} in {location.name}",
        facts=(
            ("Name", values["name"]),
            ("On the handset", values["display_name"]),
            ("Location", location.name),
            ("Model", MODELS[values["model"]]),
            ("Access code", "one for all, as entered (never shown)" if code else "one per user"),
        ),
        warnings=(
            *unsupported.warnings(Feature.DECT, government=ctx.government),
            *form.unread.values(),
        ),
        locations=(location.ref,),
        steps=(_step(values, location),),
        unread=form.unread,
    )


def _step(values: Mapping[str, Any], location: Location) -> Step:
    return dect_steps.create_network(
        Target(values["name"], location.ref),
        values["model"],
        display_name=values["display_name"],
        has_code=bool(values["access_code"]),
        key=NAME,
    )


CREATE_DECT_NETWORK = Operation(
    name=NAME,
    title="Create DECT network",
    usage=("create dect network NAME at LOCATION",),
    aliases=(
        "create a dect network",
        "create dect",
        "new dect network",
        "add dect network",
        "create network",
        "dect network",
    ),
    guide=(("a DECT network", "create dect network Warehouse at Berlin"),),
    feature=Feature.DECT,
    read=read_network,
    rule=Rule({**CHANGE, Role.TECHNICIAN: Decision.ASK}),
    needs={
        calls.CREATE_NETWORK: NAME,
        calls.LOCATIONS: f"{NAME} … at LOCATION",
        calls.NETWORKS: f"{NAME} with an access code",
    },
    does_without={calls.NETWORKS: "the check of the name"},
    help="Create a DECT network in a location; a form asks for the model",
    examples=("create dect network Warehouse at Berlin", "create dect network"),
    listed_by="dect",
    form=Form,
    fields=fields,
    plan=plan,
    actions=(CREATE_NETWORK,),
    undoes_steps=any_steps,
    secrets=frozenset({"access_code"}),
    kept=frozenset({"location", "model"}),
    follow_ups=dect_handout.add_to_network,
)
