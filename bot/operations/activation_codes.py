"""Get activation codes for a list of owners: a step for each row that is ready.

Rules: docs/webex/provisioning.md §4.4 and §10a. The codes are secrets: they go to the requester
alone.
"""

from collections.abc import Sequence
from dataclasses import replace

from pydantic import BaseModel, Field

from bot.core import api_calls as calls
from bot.core.models.people import Role
from bot.domain import fallback, list_plans
from bot.domain.forms import LINES, Inputs, ParsedForm
from bot.domain.language.arguments import Arguments, without, without_noise
from bot.domain.language.tokens import Kind
from bot.domain.language.vocabulary import ARTICLES, PREPOSITIONS
from bot.domain.lists.columns import FOR_CODES
from bot.domain.lists.rows import ListRow, row_key
from bot.domain.lookup import models, owners
from bot.domain.lookup.bulk_reads import note_unknown_licences, phone_facts
from bot.domain.lookup.locations import FROM_LOCATIONS, LOCATION
from bot.domain.lookup.row_checks import CheckedPhone, RowFacts, check_rows
from bot.domain.operation import Context, Operation
from bot.domain.phone_reader import read_phone
from bot.domain.plan import Plan, Step
from bot.domain.policy import CHANGE, Decision, Rule
from bot.domain.text_readers import non_empty, read_list
from bot.operations.actions import activation_code as action
from bot.operations.actions import steps
from cards import forms

NAME = "activation codes"
ROWS_MISSING = "Please paste the list: one owner a line. Or send it as a file."
MAC_NOT_USED = "The code is not bound to the MAC address of this row: any phone can use it."
_DEVICES = frozenset({"device", "devices"})


class Form(BaseModel):
    """The model for rows that name none, and the rows, if they are not in a file."""

    model: str = Field("", title="Model", description=models.MODEL_MISSING)
    rows: str = Field(
        title="Owners", description=ROWS_MISSING, min_length=1, json_schema_extra=LINES
    )


async def fields(inputs: Inputs, ctx: Context) -> list[forms.Field]:
    """The model, and one box for the owners."""
    text = inputs.get("model", "")
    known_models = await fallback.models(ParsedForm({}), ctx)
    field = models.model_field(known_models, models.BY_CODE, text, ctx.recent_models)
    model = replace(models.with_room_device(field, known_models, text), required=False)
    rows = list_plans.rows_field(
        inputs, "One owner a line", "ann@example.com", ACTIVATION_CODES.usage[0]
    )
    return [model, rows]


async def plan(form: ParsedForm, ctx: Context) -> Plan:
    """Check all rows with a few reads. Invalid without a list, or with an unclear model."""
    model = form.values.get("model", "")
    typed = list_plans.rows_of(form, ctx, ROWS_MISSING)
    rows = [replace(row, mac="", model=row.model or model) for row in typed]
    facts = await phone_facts(form, rows, ctx)
    _check_model(form, model, facts)
    checked = check_rows(rows, facts)
    if not any(row.model for row in rows) and any(_lacks_model(row) for row in checked):
        form.add_error("model", models.MODEL_MISSING)
    form.raise_if_invalid()
    return _plan(
        form, [_with_mac(row, checked_row) for row, checked_row in zip(typed, checked, strict=True)]
    )


def _check_model(form: ParsedForm, text: str, facts: RowFacts) -> None:
    """Note on the form that the model for all rows is not clear."""
    if text and not models.names_room_device(text, facts.models):
        models.find_model(form, facts.models, models.BY_CODE)


def _lacks_model(checked: CheckedPhone) -> bool:
    return checked.owner is not None and checked.model is None and bool(checked.problems)


def _with_mac(row: ListRow, checked: CheckedPhone) -> CheckedPhone:
    """The row as it was typed; its MAC has no part in the code."""
    warnings = (*checked.warnings, MAC_NOT_USED) if row.mac else checked.warnings
    return replace(checked, row=row, warnings=warnings)


def _plan(form: ParsedForm, checked: Sequence[CheckedPhone]) -> Plan:
    ready = [row for row in checked if not row.problems]
    note_unknown_licences(form, (row.sure_owner for row in ready))
    effects = owners.licence_effects_of_all(row.sure_owner for row in ready)
    locations = [row.sure_owner.where for row in ready]
    return Plan(
        title=f"Get {list_plans.counted(len(ready), 'activation code')}",
        facts=(
            *list_plans.count_facts(checked),
            ("Codes for", list_plans.counts_of(row.device_name for row in ready)),
            (LOCATION, list_plans.location_counts(locations)),
        ),
        warnings=(*effects, *list_plans.unread(form)),
        locations=tuple(dict.fromkeys(locations)),
        steps=tuple(_step(row) for row in ready),
        on_refusal="go on",
        checks=list_plans.checks(checked),
        unread=form.unread,
        dependents={
            calls.LICENCES.name: effects,
            calls.LICENCE_HOLDERS.name: effects,
            calls.LOCATIONS.name: FROM_LOCATIONS,
        },
    )


def _step(checked: CheckedPhone) -> Step:
    key = row_key(checked.row.number)
    return steps.activation_code(checked.model, checked.sure_owner, checked.device_name, key=key)


def read(arguments: Arguments) -> dict[str, str]:
    """`8865`, `for room devices` → the model for all rows."""
    inputs, tokens = read_phone(arguments), without_noise(arguments.values())
    words = {token.word for token in tokens} - PREPOSITIONS - ARTICLES - _DEVICES
    if models.room_device_words(words):
        return {"model": models.ROOM_DEVICE}
    named = arguments.of_kind(Kind.MODEL)[:1]
    rest = replace(arguments, tokens=without(arguments.tokens, *named))
    return non_empty(model=inputs.get("model", "")) | read_list(rest)


ACTIVATION_CODES = Operation(
    name=NAME,
    many_of="activation code",
    shared=frozenset({"model"}),
    title="Activation codes",
    usage=("activation codes MODEL",),
    aliases=("get activation codes", "several activation codes", "codes", "get codes"),
    help="Get many activation codes at once: send a file, or paste owners below the command",
    examples=("activation codes 8865",),
    read=read,
    rule=Rule({**CHANGE, Role.TECHNICIAN: Decision.ASK}),
    needs={calls.ACTIVATION_CODE: NAME, calls.PEOPLE: NAME, calls.WORKSPACES: NAME},
    does_without={
        calls.MODELS: "the list of models",
        calls.PERSON: "the warnings about licences",
        calls.LICENCES: "the warnings about licences",
        calls.LICENCE_HOLDERS: "the warnings about licences",
        calls.LOCATIONS: "the locations",
        calls.MEMBERS: "the proposals for misspelt owners",
    },
    form=Form,
    fields=fields,
    plan=plan,
    actions=(action.ACTIVATION_CODE,),
    outcome=list_plans.outcome,
    row_fields=FOR_CODES,
    without_undo="Codes that are not used expire on their own.",
)
