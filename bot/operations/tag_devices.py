"""Tag many devices from a list: a step for each row that is ready.

The tags of the command are for all rows, those of a row for its device alone. Rules:
docs/webex/provisioning.md §4.6 and §10a.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from bot.core import api_calls as calls
from bot.core.models.people import Role
from bot.core.models.text import join_words
from bot.domain import list_plans
from bot.domain.forms import LINES, Inputs, ParsedForm
from bot.domain.language.arguments import Arguments, without
from bot.domain.language.tokens import Kind
from bot.domain.lists.columns import FOR_DEVICES
from bot.domain.lists.rows import row_key
from bot.domain.lookup.bulk_reads import device_facts
from bot.domain.lookup.checked_rows import CheckedRow
from bot.domain.lookup.device_rows import CheckedDevice, check_devices
from bot.domain.lookup.locations import FROM_LOCATIONS, LOCATION
from bot.domain.operation import Context, Operation
from bot.domain.plan import Plan
from bot.domain.policy import CHANGE, Decision, Rule
from bot.domain.tag_text import REMOVAL_UNCERTAIN, TAGS_MISSING, check_signs, read_tags
from bot.domain.text_readers import non_empty, read_list
from bot.operations.actions import steps
from bot.operations.actions import tag as action
from cards import forms

NAME = "tag devices"
ROWS_MISSING = "Please paste the list: one MAC address a line. Or send it as a file."
NO_TAGS = "The row has no tags, and the command names none for all rows."
NOTHING_CHANGES = "That changes nothing: {name} has {tags}."


class Form(BaseModel):
    """The rows, if they are not in a file, and the tags for all of them."""

    tags: Annotated[str, AfterValidator(read_tags)] = Field("", title="Tags")
    rows: str = Field(
        title="Devices", description=ROWS_MISSING, min_length=1, json_schema_extra=LINES
    )


async def fields(inputs: Inputs, _ctx: Context) -> list[forms.Field]:
    """The tags for all rows, and one box for the rows."""
    return [
        forms.Field(
            "tags",
            "Tags for all of them",
            "+add -remove",
            required=False,
            value=inputs.get("tags", ""),
            max_length=400,
        ),
        list_plans.rows_field(
            inputs, "One device a line", "D8:2E:3E:EF:4E:5C", TAG_DEVICES.usage[0]
        ),
    ]


@dataclass(frozen=True, kw_only=True)
class _TaggedRow(CheckedRow):
    """A row with the tags to add and remove, as steps have them."""

    device_row: CheckedDevice
    tags: str = ""


async def plan(form: ParsedForm, ctx: Context) -> Plan:
    """Find the device of each row, and what its tags become. Invalid without a list or tags."""
    rows = list_plans.rows_of(form, ctx, ROWS_MISSING)
    add, remove = steps.split_tags(form.values.get("tags", ""))
    if not (add or remove or any(row.tags for row in rows)):
        form.add_error("tags", TAGS_MISSING)
    form.raise_if_invalid()
    for_all = [*(f"+{tag}" for tag in add), *(f"-{tag}" for tag in remove)]
    facts = await device_facts(form, rows, ctx)
    return _plan(form, [_with_tags(row, for_all) for row in check_devices(rows, facts)], for_all)


def _with_tags(checked: CheckedDevice, for_all: Sequence[str]) -> _TaggedRow:
    own = [tag if tag[0] == "-" else f"+{tag}" for tag in checked.row.tags]
    # A column may state the tags that a device has: the command says which of them go.
    own = [tag for tag in own if tag[0] == "-" or f"-{tag[1:]}" not in for_all]
    tags = list(dict.fromkeys([*for_all, *own]))
    text = "".join(f"{tag}\n" for tag in tags)
    problem = _problem(checked, tags, text)
    return _TaggedRow(
        row=checked.row,
        device_row=checked,
        tags=text,
        problems=(*checked.problems, *filter(None, [problem])),
        warnings=checked.warnings,
    )


def _problem(checked: CheckedDevice, tags: list[str], text: str) -> str:
    """What is wrong with the tags of a row; empty if nothing is."""
    device = checked.device
    if not tags:
        return NO_TAGS
    try:
        check_signs(tags)
    except ValueError as error:
        return str(error)
    if device and action.merged(device.tags, text) == list(device.tags):
        return NOTHING_CHANGES.format(name=device.name, tags=steps.named_tags(device.tags))
    return ""


def _plan(form: ParsedForm, checked: Sequence[_TaggedRow], for_all: Sequence[str]) -> Plan:
    ready = [row for row in checked if not row.problems]
    devices = [(row, row.device_row.device) for row in ready if row.device_row.device]
    removes = any(steps.split_tags(row.tags)[1] for row in ready)
    return Plan(
        title=f"Tag {list_plans.counted(len(ready), 'device')}",
        facts=(
            *list_plans.count_facts(checked),
            ("Devices", list_plans.counts_of(device.product for _, device in devices)),
            (LOCATION, list_plans.location_counts(row.device_row.location for row in ready)),
            *_tag_facts(ready, for_all),
        ),
        context=(("Note", REMOVAL_UNCERTAIN),) if removes else (),
        warnings=list_plans.unread(form),
        locations=tuple(dict.fromkeys(row.device_row.location for row in ready)),
        steps=tuple(
            steps.tag(device, row.tags, key=row_key(row.row.number)) for row, device in devices
        ),
        on_refusal="go on",
        checks=list_plans.checks(checked),
        unread=form.unread,
        dependents={calls.LOCATIONS.name: FROM_LOCATIONS},
    )


def _tag_facts(ready: Sequence[_TaggedRow], for_all: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The tags for all rows; those of single rows are counted."""
    own = sum(bool(row.row.tags) for row in ready)
    return (
        ("Add", join_words((tag[1:] for tag in for_all if tag[0] == "+"), "and")),
        ("Remove", join_words((tag[1:] for tag in for_all if tag[0] == "-"), "and")),
        ("Own tags", list_plans.counted(own, "row") if own else ""),
    )


def read(arguments: Arguments) -> dict[str, str]:
    """`+a -b` → the tags for all rows."""
    tags = arguments.of_kind(Kind.TAG)
    rest = replace(arguments, tokens=without(arguments.tokens, *tags))
    signed = " ".join(token.text.replace("#", "+", 1) for token in tags)
    return non_empty(tags=signed) | read_list(rest)


TAG_DEVICES = Operation(
    name=NAME,
    many_of="tag",
    shared=frozenset({"tags"}),
    title="Tag devices",
    usage=("tag devices +a -b",),
    aliases=("tag these devices",),
    help="Tag many devices at once: send a file, or paste their MACs below the command",
    examples=("tag devices +lobby",),
    read=read,
    rule=Rule({**CHANGE, Role.TECHNICIAN: Decision.ASK}),
    needs={calls.DEVICES: NAME, calls.DEVICE: NAME, calls.TAG: NAME},
    does_without={
        calls.PEOPLE: "the search by owner",
        calls.WORKSPACES: "the search by owner",
        calls.LOCATIONS: "the locations",
    },
    form=Form,
    fields=fields,
    plan=plan,
    actions=(action.TAG,),
    outcome=list_plans.outcome,
    row_fields=FOR_DEVICES,
)
