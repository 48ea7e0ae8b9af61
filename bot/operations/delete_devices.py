"""Remove many devices from a list: a step for each row that is ready.

Rules: docs/webex/provisioning.md §4.3, §4.5 and §10a. What an undo adds again is in the steps.
"""

from collections.abc import Iterable, Sequence

from pydantic import BaseModel, Field

from bot.core import api_calls as calls
from bot.core.models.people import Role
from bot.core.models.webex import Device, Owner
from bot.domain import list_plans
from bot.domain.forms import LINES, Inputs, ParsedForm
from bot.domain.lists.columns import FOR_DEVICES
from bot.domain.lists.rows import row_key
from bot.domain.lookup import owners
from bot.domain.lookup.bulk_reads import device_facts
from bot.domain.lookup.device_rows import CheckedDevice, check_devices
from bot.domain.lookup.locations import FROM_LOCATIONS, LOCATION
from bot.domain.operation import Context, Operation
from bot.domain.plan import Plan, Step
from bot.domain.policy import CHANGE, Decision, Rule
from bot.domain.text_readers import read_list
from bot.operations.actions import delete_device, steps
from cards import forms

NAME = "delete devices"
ROWS_MISSING = "Please paste the list: one MAC address a line. Or send it as a file."
RESET = (
    "The devices are reset and can no longer make calls. If you add them again, they start without"
    " their old settings."
)
NOT_RESET = (
    "Webex does not reset {count} of them: please remove the SIP settings from {them} as well."
)
LICENCES_UNREAD = (
    "I could not check the licences of all owners. Deleting the phone of somebody with Webex"
    " Calling Standard switches calling on in their Webex apps."
)


# Without them, less is known of the owners of devices.
OWNER_CALLS = (
    calls.PEOPLE.name,
    calls.WORKSPACES.name,
    calls.LICENCES.name,
    calls.LICENCE_HOLDERS.name,
)


class Form(BaseModel):
    """The rows, if they are not in a file."""

    rows: str = Field(
        title="Devices", description=ROWS_MISSING, min_length=1, json_schema_extra=LINES
    )


async def fields(inputs: Inputs, _ctx: Context) -> list[forms.Field]:
    """One box for all rows."""
    return [list_plans.rows_field(inputs, "One device a line", "D8:2E:3E:EF:4E:5C", NAME)]


async def plan(form: ParsedForm, ctx: Context) -> Plan:
    """Find the device of each row. Invalid without a list."""
    rows = list_plans.rows_of(form, ctx, ROWS_MISSING)
    facts = await device_facts(form, rows, ctx, with_owners=True)
    return _plan(form, check_devices(rows, facts))


def _plan(form: ParsedForm, checked: Sequence[CheckedDevice]) -> Plan:
    ready = [row for row in checked if not row.problems]
    devices = [row.device for row in ready if row.device]
    effects = _licence_effects(form, ready)
    return Plan(
        title=f"Delete {list_plans.counted(len(ready), 'device')}",
        facts=(
            *list_plans.count_facts(checked),
            ("Devices", list_plans.counts_of(device.product for device in devices)),
            (LOCATION, list_plans.location_counts(row.location for row in ready)),
        ),
        warnings=(*_consequences(devices), *effects, *list_plans.unread(form)),
        locations=tuple(dict.fromkeys(row.location for row in ready)),
        steps=tuple(_step(row, row.device) for row in ready if row.device),
        on_refusal="go on",
        checks=list_plans.checks(checked),
        unread=form.unread,
        dependents={
            **dict.fromkeys(OWNER_CALLS, (steps.UNDO_OWNER, *effects)),
            calls.LOCATIONS.name: FROM_LOCATIONS,
        },
    )


def _step(row: CheckedDevice, device: Device) -> Step:
    owner = (row.owner.email or row.owner.name) if row.owner else ""
    return steps.delete_device(device, owner, key=row_key(row.row.number), keeps_tags=True)


def _consequences(devices: Sequence[Device]) -> tuple[str, ...]:
    """What the deletions mean for the devices themselves."""
    kept = sum(device.customer_managed for device in devices)
    them = "it" if kept == 1 else "them"
    return (
        *((RESET,) if kept < len(devices) else ()),
        *((NOT_RESET.format(count=kept, them=them),) if kept else ()),
    )


def _licence_effects(form: ParsedForm, ready: Sequence[CheckedDevice]) -> tuple[str, ...]:
    """Who gets calling in their apps back (docs/webex/provisioning.md §4.3, §7)."""
    if any(_is_unchecked(row.owner) for row in ready if row.device and row.device.person_id):
        form.note_unread(calls.LICENCES, LICENCES_UNREAD)
    people = _names(row.owner for row in ready if row.owner and owners.is_standard(row.owner))
    if not people:
        return ()
    if len(people) == 1:
        return (
            f"{people[0]} has Webex Calling Standard: deleting the phone switches calling on in"
            " their Webex apps.",
        )
    return (
        f"{len(people)} people have Webex Calling Standard: deleting the phones switches calling on"
        " in their Webex apps.",
    )


def _is_unchecked(owner: Owner | None) -> bool:
    """Whether the licence of a device's owner is not known."""
    return owner is None or owners.is_unknown(owner)


def _names(owners_of_rows: Iterable[Owner]) -> list[str]:
    """The name of each owner, once."""
    return [*{owner.key: owner.name for owner in owners_of_rows}.values()]


DELETE_DEVICES = Operation(
    name=NAME,
    many_of="delete device",
    title="Delete devices",
    usage=(NAME,),
    aliases=("delete these devices", "remove devices", "remove these devices"),
    help="Delete many devices at once: send a file, or paste their MACs below the command",
    examples=(NAME,),
    read=read_list,
    rule=Rule({**CHANGE, Role.TECHNICIAN: Decision.ASK, Role.ENGINEER: Decision.ASK}),
    needs={calls.DEVICES: NAME, calls.DELETE_DEVICE: NAME},
    does_without={
        calls.PEOPLE: "the owners",
        calls.WORKSPACES: "the owners",
        calls.LICENCES: "the warnings about licences",
        calls.LICENCE_HOLDERS: "the warnings about licences",
        calls.LOCATIONS: "the locations",
    },
    form=Form,
    fields=fields,
    plan=plan,
    actions=(delete_device.DELETE_DEVICE,),
    outcome=list_plans.outcome,
    row_fields=FOR_DEVICES,
)
