"""Add many phones from a list: a step for each row that is ready.

Rows without a MAC get an activation code. Rules: docs/webex/provisioning.md §4.1 to §4.4 and §10a.
"""

from collections.abc import Sequence

from pydantic import BaseModel, Field

from bot.core import api_calls as calls
from bot.core.models.people import Role
from bot.core.models.secret import new_sip_password
from bot.domain import list_plans, third_party, unsupported
from bot.domain.forms import LINES, Inputs, ParsedForm
from bot.domain.language.arguments import Arguments
from bot.domain.language.tokens import Kind
from bot.domain.lists.columns import FOR_PHONES
from bot.domain.lists.rows import row_key
from bot.domain.lookup import owners
from bot.domain.lookup.bulk_reads import note_unknown_licences, phone_facts
from bot.domain.lookup.locations import FROM_LOCATIONS, LOCATION
from bot.domain.lookup.row_checks import CheckedPhone, check_rows
from bot.domain.operation import Context, Operation
from bot.domain.plan import Plan, Step
from bot.domain.policy import CHANGE, Decision, Rule
from bot.domain.text_readers import read_list
from bot.domain.third_party import PASSWORD
from bot.domain.unsupported import Feature
from bot.operations.actions import activation_code, add_phone, steps, tag
from cards import forms

NAME = "add phones"
ROWS_MISSING = "Please paste the list: one phone a line, MAC MODEL OWNER. Or send it as a file."


class Form(BaseModel):
    """The rows, if they are not in a file."""

    rows: str = Field(
        title="Phones", description=ROWS_MISSING, min_length=1, json_schema_extra=LINES
    )


async def fields(inputs: Inputs, _ctx: Context) -> list[forms.Field]:
    """One box for all rows."""
    example = "D8:2E:3E:EF:4E:5C 8865 ann@example.com"
    return [list_plans.rows_field(inputs, "One phone a line", example, NAME)]


async def plan(form: ParsedForm, ctx: Context) -> Plan:
    """Check all rows with a few reads. Invalid without a list."""
    rows = list_plans.rows_of(form, ctx, ROWS_MISSING)
    checked = check_rows(rows, await phone_facts(form, rows, ctx))
    return _plan(form, checked, government=ctx.government)


def _plan(form: ParsedForm, checked: Sequence[CheckedPhone], *, government: bool) -> Plan:
    ready = [row for row in checked if not row.problems]
    phones = [row for row in ready if row.row.mac]
    codes = [row for row in ready if not row.row.mac]
    note_unknown_licences(form, (row.sure_owner for row in ready))
    effects = owners.licence_effects_of_all(row.sure_owner for row in ready)
    locations = [row.sure_owner.where for row in ready]
    return Plan(
        title=_title(len(phones), len(codes)),
        facts=(
            *list_plans.count_facts(checked),
            ("Phones", _models(phones)),
            ("Activation codes", _models(codes)),
            (LOCATION, list_plans.location_counts(locations)),
            ("Tags", _tags(phones)),
            ("SIP passwords", _made_passwords(phones)),
        ),
        warnings=(*effects, *_unseen(phones, government=government), *list_plans.unread(form)),
        locations=tuple(dict.fromkeys(locations)),
        steps=tuple(step for row in ready for step in _steps(row)),
        on_refusal="go on",
        checks=list_plans.checks(checked),
        unread=form.unread,
        dependents={
            calls.LICENCES.name: effects,
            calls.LICENCE_HOLDERS.name: effects,
            calls.LOCATIONS.name: FROM_LOCATIONS,
        },
    )


def _title(phones: int, codes: int) -> str:
    """`Add 36 phones and get 2 activation codes`."""
    counted_codes = list_plans.counted(codes, "activation code")
    if not phones and codes:
        return f"Get {counted_codes}"
    add = f"Add {list_plans.counted(phones, 'phone')}"
    return f"{add} and get {counted_codes}" if codes else add


def _models(rows: Sequence[CheckedPhone]) -> str:
    return list_plans.counts_of(row.device_name for row in rows)


def _tags(phones: Sequence[CheckedPhone]) -> str:
    """Which tags are set, on how many phones: not on those that Webex lists later."""
    listed = [phone for phone in phones if phone.model and not phone.model.phone_os]
    return list_plans.counts_of(tag for phone in listed for tag in phone.row.tags)


def _made_passwords(phones: Sequence[CheckedPhone]) -> str:
    """For how many third-party phones provbot makes the password."""
    wanting = [phone for phone in phones if phone.model and phone.model.wants_password]
    made = sum(phone.row.password is None for phone in wanting)
    return f"{made} {third_party.GENERATED}" if made else ""


def _unseen(phones: Sequence[CheckedPhone], *, government: bool) -> tuple[str, ...]:
    """What cannot be seen of third-party phones after they were added."""
    is_third_party = any(phone.model and phone.model.customer_managed for phone in phones)
    feature = Feature.THIRD_PARTY_DETAILS if is_third_party else None
    return unsupported.warnings(feature, government=government)


def _steps(checked: CheckedPhone) -> tuple[Step, ...]:
    row, model, owner = checked.row, checked.model, checked.sure_owner
    key = row_key(row.number)
    if not row.mac or model is None:
        return (steps.activation_code(model, owner, checked.device_name, key=key),)
    has_password = row.password is not None
    add = steps.add_phone(row.mac, model, owner, has_password=has_password, key=key)
    tags = steps.put_tags_back(row.tags, row.mac, model, owner, key=f"{key} tags", after=key)
    device = f"on the {model.display_name} of {owner.name}"
    titled = (
        step.model_copy(update={"title": f"{step.title.removesuffix(' on it')} {device}"})
        for step in tags
    )
    return (steps.with_own_secrets(add), *titled)


def read(arguments: Arguments) -> dict[str, str]:
    """What is behind the command, if it has a phone: `add 3 phones` is about a list."""
    return read_list(arguments) if arguments.of_kind(Kind.MAC) else {}


def claims(arguments: Arguments) -> bool:
    """`add 3 phones`: several, and none of them by its MAC. `help add phones` asks about it."""
    is_meant = {"add", "devices"} <= arguments.meanings and "help" not in arguments.alias
    return is_meant and not arguments.of_kind(Kind.MAC)


ADD_PHONES = Operation(
    name=NAME,
    many_of="add phone",
    title="Add phones",
    usage=("add phones",),
    aliases=("add these phones", "add several phones", "import", "bulk", "csv", "import phones"),
    topics=(
        "lists",
        "list of phones",
        "many phones",
        "add many phones",
        "many at once",
        "many",
        "file",
        "excel",
    ),
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
        calls.DEVICES: "whose a MAC is",
        calls.SIP_SETTINGS: "the SIP settings of a third-party phone",
        calls.LICENCES: "the warnings about licences",
        calls.LICENCE_HOLDERS: "the warnings about licences",
        calls.LOCATIONS: "the locations",
        calls.PERSONS_DEVICES: "the warning about the number of devices",
        calls.WORKSPACES_DEVICES: "the warning about the number of devices",
    },
    form=Form,
    fields=fields,
    plan=plan,
    actions=(add_phone.ADD_PHONE, activation_code.ACTIVATION_CODE, tag.TAG),
    outcome=list_plans.outcome,
    row_fields=FOR_PHONES,
    generators={PASSWORD: new_sip_password},
)
