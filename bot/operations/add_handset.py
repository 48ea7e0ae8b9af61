"""Add handsets to a DECT network that is there.

Rules: docs/webex/provisioning.md §5 and §9.
"""

from functools import partial

from pydantic import BaseModel, Field

from bot.domain import dect_forms, dect_plans
from bot.domain.dect_calls import DOES_WITHOUT, needs_of
from bot.domain.dect_reader import is_handset_addition, read_add_handset, read_handset_lines
from bot.domain.forms import LINES, Inputs, ParsedForm
from bot.domain.lists.columns import FOR_HANDSETS
from bot.domain.lookup.dect_networks import NETWORK_MISSING, network_field
from bot.domain.operation import Context, Operation
from bot.domain.plan import Plan
from bot.domain.policy import CHANGE, Rule
from bot.domain.unsupported import Feature
from bot.operations.actions import base_station, dect_handout, handset
from bot.operations.actions.dect_additions import plan_addition
from cards import forms

NAME = "add handset"
MISSING = "Please enter the owner of the handset; of several, one a line."


class Form(BaseModel):
    """Who gets handsets of which network."""

    network: str = Field(title="DECT network", description=NETWORK_MISSING, min_length=1)
    members: str = Field(
        title="Handsets", description=MISSING, min_length=1, json_schema_extra=LINES
    )


async def fields(inputs: Inputs, ctx: Context) -> list[forms.Field]:
    """The network and the owners."""
    network = await network_field(ctx, inputs.get("network", ""), takes_only_one=True)
    return [network, dect_forms.members_field(inputs, NAME, required=True)]


async def plan(form: ParsedForm, ctx: Context) -> Plan:
    """Check all rows with a few reads. Invalid without a network or rows."""
    return await plan_addition(form, ctx, operation=NAME, box=dect_forms.MEMBERS, missing=MISSING)


ADD_HANDSET = Operation(
    name=NAME,
    title="Add handsets",
    usage=("add handset for OWNER to NETWORK",),
    aliases=(
        "add a handset",
        "add handsets",
        "add dect handset",
        "add dect handsets",
        "handset",
    ),
    help=(
        "Add handsets to a DECT network, for people or workspaces: lines with owner; second line;"
        " name on the handset, or a file"
    ),
    examples=("add handset for ann@example.com to Warehouse", "add handset"),
    group="DECT",
    guide=(("add to a DECT network", "add handset for bob@example.com to Warehouse"),),
    feature=Feature.DECT,
    read=read_add_handset,
    read_below=read_handset_lines,
    claims=is_handset_addition,
    rule=Rule(CHANGE),
    needs=needs_of(NAME),
    does_without=DOES_WITHOUT,
    form=Form,
    fields=fields,
    plan=plan,
    actions=(base_station.ADD_BASE, handset.ADD_HANDSET, handset.SECOND_LINE),
    outcome=partial(dect_plans.outcome, again=NAME, again_title="Add another"),
    kept=frozenset({"network"}),
    row_fields=FOR_HANDSETS,
    boxes=(dect_forms.MEMBERS,),
    read_boxes=dect_forms.read_boxes,
    handout=dect_handout.HANDOUT,
    follow_ups=dect_handout.show_network,
)
