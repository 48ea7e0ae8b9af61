"""Add many phones from a list: a step for each row that is ready.

Rows without a MAC get an activation code. Rules: docs/webex/provisioning.md §4.1 to §4.4 and §10a.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, Field

from bot.actions import activation_code, add_phone, steps, tag
from bot.core import api_calls as calls
from bot.core.models.people import Role, addresses_in
from bot.core.models.secret import new_sip_password
from bot.core.models.text import join_words
from bot.core.models.webex import Device, Licence, LocationRef, MacState, OwnerKind
from bot.domain import fallback
from bot.domain.forms import LINES, MAX_LINES_LENGTH, Inputs, ParsedForm
from bot.domain.language.arguments import Arguments
from bot.domain.language.tokens import Kind
from bot.domain.lists.columns import FOR_PHONES
from bot.domain.lists.rows import ListRow, row_key
from bot.domain.lookup.locations import FROM_LOCATIONS, LOCATION, scope_suffix
from bot.domain.lookup.row_checks import CheckedRow, RowFacts, check_rows
from bot.domain.operation import Context, Operation
from bot.domain.plan import Outcome, Plan, Step
from bot.domain.policy import CHANGE, Decision, Rule
from bot.domain.text_readers import non_empty
from bot.domain.third_party import PASSWORD
from cards import forms

NAME = "add phones"
ROWS_MISSING = "Please paste the list: one phone a line, MAC MODEL OWNER. Or send it as a file."
_MAX_MODELS = 4  # in a fact


class Form(BaseModel):
    """The rows, if they are not in a file."""

    rows: str = Field(
        title="Phones", description=ROWS_MISSING, min_length=1, json_schema_extra=LINES
    )


async def fields(inputs: Inputs, _ctx: Context) -> list[forms.Field]:
    """One box for all rows."""
    return [
        forms.Field(
            "rows",
            "One phone a line",
            "D8:2E:3E:EF:4E:5C 8865 ann@example.com",
            lines=True,
            value=inputs.get("rows", ""),
            max_length=MAX_LINES_LENGTH,
        )
    ]


async def plan(form: ParsedForm, ctx: Context) -> Plan:
    """Check all rows with a few reads. Invalid without a list."""
    if ctx.rows is None:
        form.add_error("rows", ROWS_MISSING)
        form.raise_if_invalid()
        raise ValueError("no list, and no error was noted")
    form = ParsedForm({})
    checked = check_rows(ctx.rows.rows, await _facts(form, ctx.rows.rows, ctx))
    return _plan(form, checked)


async def _facts(form: ParsedForm, rows: Sequence[ListRow], ctx: Context) -> RowFacts:
    """What Webex says about all rows, with as few calls as possible."""
    macs = [row.mac for row in rows if row.mac]
    people = {address for row in rows for address in addresses_in(row.owner)[:1]}
    names = {row.owner for row in rows if row.owner and not addresses_in(row.owner)}
    known_models, directory, mac_states, locations = await asyncio.gather(
        fallback.models(form, ctx),
        ctx.calling.directory(people, names),
        fallback.optional(form, calls.MACS, ctx.calling.mac_states(macs)),
        fallback.location_names(ctx),
    )
    for call in directory.unread:
        form.note_unread(call)
    return RowFacts(
        models=known_models,
        directory=directory,
        reaches=ctx.reaches,
        mac_states=mac_states or {},
        holders=await _holders(mac_states or {}, ctx),
        scope=scope_suffix(ctx),
        is_limited=ctx.scoped,
        locations=locations or {},
        models_unread=form.unread,
    )


async def _holders(states: Mapping[str, MacState], ctx: Context) -> Mapping[str, Sequence[Device]]:
    """The devices that have MACs which are in use; a hint only."""
    taken = [mac for mac, state in states.items() if not state.available]
    if not taken:
        return {}
    holders = await fallback.read_or_error_briefly(ctx.calling.devices_with_macs(taken))
    return holders if isinstance(holders, dict) else {}


def _plan(form: ParsedForm, checked: Sequence[CheckedRow]) -> Plan:
    ready = [row for row in checked if not row.problems]
    phones = [row for row in ready if row.row.mac]
    effects = _licence_effects(ready)
    return Plan(
        title=f"Add {_counted(len(phones), len(ready) - len(phones))}",
        facts=(
            ("Rows", str(len(checked))),
            ("Ready", str(len(ready))),
            ("Wrong", str(len(checked) - len(ready)) if len(ready) < len(checked) else ""),
            ("Phones", _models(phones)),
            ("Activation codes", _models([row for row in ready if not row.row.mac])),
            (LOCATION, _location_names(ready)),
        ),
        warnings=(*effects, *form.unread.values()),
        locations=_locations(ready),
        steps=tuple(step for row in ready for step in _steps(row)),
        on_refusal="go on",
        checks=tuple(check for row in checked if (check := row.check)),
        unread=form.unread,
        dependents={calls.LICENCES.name: effects, calls.LOCATIONS.name: FROM_LOCATIONS},
    )


def _counted(phones: int, codes: int) -> str:
    """`36 phones`, `1 phone and get 2 activation codes`."""
    counted = [
        f"{phones} phone{'s' * (phones != 1)}" if phones or not codes else "",
        f"{codes} activation code{'s' * (codes != 1)}" if codes else "",
    ]
    return join_words(filter(None, counted), "and")


def _models(rows: Sequence[CheckedRow]) -> str:
    """How many of each model, the most frequent first."""
    counts = Counter(row.model.display_name for row in rows if row.model)
    shown = [f"{count} × {name}" for name, count in counts.most_common(_MAX_MODELS)]
    more = counts.total() - sum(count for _, count in counts.most_common(_MAX_MODELS))
    return ", ".join([*shown, *([f"{more} others"] if more else [])])


def _location_names(rows: Sequence[CheckedRow]) -> str:
    counts = Counter(row.owner.location for row in rows if row.owner and row.owner.location)
    return ", ".join(
        f"{name} ({count})" if len(counts) > 1 else name for name, count in counts.most_common()
    )


def _locations(rows: Sequence[CheckedRow]) -> tuple[LocationRef, ...]:
    return tuple(dict.fromkeys(row.owner.where for row in rows if row.owner))


def _licence_effects(rows: Sequence[CheckedRow]) -> tuple[str, ...]:
    """Who loses calling in their apps (docs/webex/provisioning.md §4.3, §7)."""
    people = {
        row.owner.key: row.owner.name
        for row in rows
        if row.owner
        and row.owner.kind is OwnerKind.PERSON
        and row.owner.licence is Licence.STANDARD
    }
    if not people:
        return ()
    who = next(iter(people.values())) if len(people) == 1 else f"{len(people)} people"
    has, their = ("has", "their") if len(people) == 1 else ("have", "their")
    return (
        f"{who} {has} Webex Calling Standard: adding a phone switches calling off in {their} Webex"
        " apps. Removing the phone brings it back.",
    )


def _steps(checked: CheckedRow) -> tuple[Step, ...]:
    row, model, owner = checked.row, checked.model, checked.owner
    if model is None or owner is None:
        raise ValueError("a row without problems has a model and an owner")
    key = row_key(row.number)
    if not row.mac:
        return (steps.activation_code(model, owner, model.display_name, key=key),)
    has_password = row.password is not None
    add = steps.add_phone(row.mac, model, owner, has_password=has_password, key=key)
    tags = steps.put_tags_back(row.tags, row.mac, model, owner, key=f"{key} tags", after=key)
    return (steps.with_own_secrets(add), *tags)


def outcome(planned: Plan, _outcomes: Mapping[str, Outcome]) -> Outcome:
    """That all rows are done."""
    title = planned.title.replace("Add ", "Added ", 1)
    return Outcome(title=title, facts=planned.facts)


def read(arguments: Arguments) -> dict[str, str]:
    """All that is below the command is the list."""
    return non_empty(rows=arguments.raw)


def claims(arguments: Arguments) -> bool:
    """`add 3 phones`: several, and none of them by its MAC."""
    return {"add", "devices"} <= arguments.meanings and not arguments.of_kind(Kind.MAC)


ADD_PHONES = Operation(
    name=NAME,
    title="Add phones",
    usage=("add phones",),
    aliases=("add these phones", "add several phones", "import", "bulk", "csv", "import phones"),
    claims=claims,
    help="Add many phones at once: send a CSV or Excel file, or paste lines below the command",
    examples=("add phones",),
    group="Add",
    read=read,
    rule=Rule({**CHANGE, Role.TECHNICIAN: Decision.ASK}),
    needs={
        calls.ADD_PHONE: NAME,
        calls.ACTIVATION_CODE: f"{NAME} without MACs",
        calls.TAG: f"{NAME} with tags",
        calls.PEOPLE: NAME,
        calls.WORKSPACES: NAME,
        calls.DELETE_DEVICE: "Undo",
    },
    does_without={
        calls.MODELS: "the list of models",
        calls.MACS: "the check of the MACs",
        calls.DEVICES: "the devices that have a MAC already",
        calls.SIP_SETTINGS: "the SIP settings of a third-party phone",
        calls.LICENCES: "the warnings about licences",
        calls.LOCATIONS: "the locations",
    },
    form=Form,
    fields=fields,
    plan=plan,
    actions=(add_phone.ADD_PHONE, activation_code.ACTIVATION_CODE, tag.TAG),
    outcome=outcome,
    row_fields=FOR_PHONES,
    generators={PASSWORD: new_sip_password},
)
