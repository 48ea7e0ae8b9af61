"""Add base stations to a DECT network that is there.

Rules: docs/webex/provisioning.md §5 and §9.
"""

from functools import partial

from pydantic import BaseModel, Field

from bot.domain import dect_forms, dect_plans
from bot.domain.dect_calls import DOES_WITHOUT, needs_of
from bot.domain.dect_reader import is_base_addition, read_add_base, read_base_lines
from bot.domain.forms import LINES, Inputs, ParsedForm
from bot.domain.lists.columns import FOR_BASES
from bot.domain.lookup.dect_networks import NETWORK_MISSING, network_field
from bot.domain.operation import Context, Operation
from bot.domain.plan import Plan
from bot.domain.policy import CHANGE, Rule
from bot.domain.unsupported import Feature
from bot.operations.actions import base_station, dect_handout, handset
from bot.operations.actions.dect_additions import plan_addition
from cards import forms

NAME = "add base"
MISSING = "Please enter the MAC address of the base station; of several, one a line."


class Form(BaseModel):
    """Which base stations are added to which network."""

    network: str = Field(title="DECT network", description=NETWORK_MISSING, min_length=1)
    bases: str = Field(
        title="Base stations", description=MISSING, min_length=1, json_schema_extra=LINES
    )


async def fields(inputs: Inputs, ctx: Context) -> list[forms.Field]:
    """The network and the MACs."""
    network = await network_field(ctx, inputs.get("network", ""), takes_only_one=True)
    return [network, dect_forms.bases_field(inputs, NAME, required=True)]


async def plan(form: ParsedForm, ctx: Context) -> Plan:
    """Check all rows with a few reads. Invalid without a network or rows."""
    return await plan_addition(form, ctx, operation=NAME, box=dect_forms.BASES, missing=MISSING)


ADD_BASE = Operation(
    name=NAME,
    title="Add base stations",
    usage=("add base MAC to NETWORK",),
    aliases=(
        "add base station",
        "add a base station",
        "add base stations",
        "add bases",
        "add a base",
        "add dect base",
        "base station",
    ),
    help="Add base stations to a DECT network: one or several MACs, lines, or a file",
    examples=("add base D8:2E:3E:EF:4E:5C to Warehouse", "add base"),
    group="DECT",
    guide=(("add to a DECT network", "add base D8:2E:3E:EF:4E:5C to Warehouse"),),
    feature=Feature.DECT,
    read=read_add_base,
    read_below=read_base_lines,
    claims=is_base_addition,
    rule=Rule(CHANGE),
    needs=needs_of(NAME),
    does_without=DOES_WITHOUT,
    form=Form,
    fields=fields,
    plan=plan,
    actions=(base_station.ADD_BASE, handset.ADD_HANDSET, handset.SECOND_LINE),
    outcome=partial(dect_plans.outcome, again=NAME, again_title="Add another"),
    kept=frozenset({"network"}),
    row_fields=FOR_BASES,
    boxes=(dect_forms.BASES,),
    read_boxes=dect_forms.read_boxes,
    handout=dect_handout.HANDOUT,
    follow_ups=dect_handout.show_network,
)
