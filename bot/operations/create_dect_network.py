"""Create a DECT network in a location.

`POST /telephony/config/locations/{id}/dectNetworks`,
https://developer.webex.com/docs/api/v1/dect-devices-settings/create-a-dect-network;
rules: webex-provisioning.md §5 and §9.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field

from bot import resolve
from bot.models import DectNetwork, Location
from bot.operation import (
    Context,
    Filled,
    Inputs,
    Operation,
    Outcome,
    Plan,
    PlannedCall,
)
from cards import forms

NAME = "create dect network"
Model = Literal["DBS110", "DBS210"]
MODELS: Mapping[Model, str] = {
    "DBS110": "DBS110 · one base station, up to 30 lines",
    "DBS210": "DBS210 · up to 250 base stations and 1000 lines",
}
PER_USER = (
    "Every user gets an access code of their own. Webex makes them; they are read in Control Hub."
)
GOVERNMENT = "Cisco lists DECT as not supported in Webex for Government. Webex may refuse."


def _name(text: str) -> str:
    if not 1 <= len(text) <= 40:
        raise ValueError(f"A name has 1 to 40 characters; this one has {len(text)}.")
    return text


def _display_name(text: str) -> str:
    if len(text) > 11:
        raise ValueError(
            f"The name on the handset has 11 characters at most; this one has {len(text)}."
        )
    return text


def _access_code(text: str) -> str:
    if not re.fullmatch("[0-9]{4}", text):
        raise ValueError(
            "An access code has exactly four digits, 0 to 9. Leave it empty for one code per user."
        )
    return text


def _model(text: str) -> Model:
    found = re.search("(110|210)", text)
    if not found:
        raise ValueError("There are two models: DBS110 (one base station) and DBS210 (up to 250).")
    return "DBS110" if found[0] == "110" else "DBS210"


class Form(BaseModel):
    """What has to be known for a DECT network."""

    location: str = Field(title="Location", min_length=1)
    name: Annotated[str, AfterValidator(_name)] = Field(title="Name")
    display_name: Annotated[str, AfterValidator(_display_name)] = Field(
        "", title="Name on the handset"
    )
    model: Annotated[str, AfterValidator(_model)] = Field(title="Model")
    access_code: Annotated[str, AfterValidator(_access_code)] = Field("", title="Access code")


async def fields(inputs: Inputs, ctx: Context) -> list[forms.Field]:
    """Location, names, model and access code."""
    models = [forms.Choice(words, model) for model, words in MODELS.items()]
    return [
        await resolve.location_box(ctx, inputs.get("location", "")),
        forms.Field("name", "Name", "1 to 40 characters", value=inputs.get("name", ""), max_length=40),
        forms.Field("display_name", "Name on the handset", "Up to 11 characters, may be empty", required=False, value=inputs.get("display_name", ""), max_length=11),
        forms.Field("model", "Model", "Choose the model", choices=models, value=inputs.get("model", "DBS210")),
        forms.Field("access_code", "Access code", "Four digits; empty: one code per user", required=False, secret=True, max_length=4),
    ]  # fmt: skip


async def plan(filled: Filled, ctx: Context) -> Plan:
    """Resolve the location and check what must be unique in it."""
    location = await resolve.location(filled, ctx)
    if location:
        await _check_unique(filled, location, ctx)
    filled.insist()
    assert location  # noqa: S101 - `insist` has raised otherwise
    return _plan(filled, location, ctx)


async def _check_unique(filled: Filled, location: Location, ctx: Context) -> None:
    there = await ctx.calling.dect_networks(location_id=location.id)
    name, code = filled.values.get("name", ""), filled.values.get("access_code", "")
    if any(network.name.casefold() == name.casefold() for network in there):
        filled.object_to("name", f"{location.name} already has a DECT network called “{name}”.")
    if code and any(network.access_code == code for network in there):
        filled.object_to(
            "access_code",
            f"Another DECT network in {location.name} uses this access code; handsets could join the wrong one. Please choose another.",
        )


def _plan(filled: Filled, location: Location, ctx: Context) -> Plan:
    values = filled.values
    code = values["access_code"]
    return Plan(
        title=f"Create the DECT network {values['name']} in {location.name}",
        facts=(
            ("Name", values["name"]),
            ("On the handset", values["display_name"]),
            ("Location", location.name),
            ("Model", MODELS[values["model"]]),
            ("Access code", "one for all, as you gave it (not shown)" if code else "one per user"),
        ),
        warnings=((GOVERNMENT,) if ctx.government else ()),
        calls=(
            PlannedCall(
                method="POST",
                path=f"/telephony/config/locations/{location.id}/dectNetworks",
                body=_body(values),
            ),
        ),
        location=location.name,
        subject=f"dect:{location.id}",
        needs=("access_code",) if code else (),
        details={
            "location": location.id,
            "place": location.name,
            "name": values["name"],
            "per_user": "" if code else "yes",
        },
    )


def _body(values: Mapping[str, Any]) -> dict[str, Any]:
    body = {
        "name": values["name"],
        "model": f"DMS Cisco {values['model']}",
        "defaultAccessCodeEnabled": bool(values["access_code"]),
    }
    return body | ({"displayName": values["display_name"]} if values["display_name"] else {})


async def run(planned: Plan, secrets: Mapping[str, str], ctx: Context) -> Outcome:
    """The one call that creates it."""
    settings = dict(planned.calls[0].body)
    if planned.needs:
        settings["defaultAccessCode"] = secrets["access_code"]  # a string: it may begin with zeros
    await ctx.calling.create_dect_network(planned.details["location"], settings)
    return _created(planned)


async def look_up(planned: Plan, ctx: Context) -> Outcome | None:
    """A name is unique in its location, so the name tells."""
    there = await ctx.calling.dect_networks(location_id=planned.details["location"])
    return _created(planned) if any(_same(network, planned) for network in there) else None


def _same(network: DectNetwork, planned: Plan) -> bool:
    return network.name == planned.details["name"]


def _created(planned: Plan) -> Outcome:
    name, place = planned.details["name"], planned.details["place"]
    notes = ["Next: add base stations and handsets in Control Hub."]
    return Outcome(
        title=f"The DECT network {name} is there, in {place}",
        facts=planned.facts,
        notes=tuple(notes + ([PER_USER] if not planned.needs else [])),
        again=NAME,
        again_title="Another network",
    )


CREATE_DECT_NETWORK = Operation(
    name=NAME,
    help="Create a DECT network in a location",
    example="create dect network Warehouse at Berlin",
    form=Form,
    fields=fields,
    plan=plan,
    run=run,
    look_up=look_up,
    secrets=frozenset({"access_code"}),
)
