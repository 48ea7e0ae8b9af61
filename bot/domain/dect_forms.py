"""The inputs that several forms of DECT share, and the rows that they ask for."""

from bot.domain import list_plans
from bot.domain.dect_limits import MODELS
from bot.domain.forms import MAX_LINES_LENGTH, Inputs, ParsedForm
from bot.domain.lists.dect_lines import read_dect_lines
from bot.domain.lists.rows import ListRow, ReadList
from bot.domain.lists.sheet import Limits
from bot.domain.lookup.models import MODEL_MISSING
from bot.domain.operation import Context
from cards import forms

# Characters of a name that is too long: enough to see what is wrong. A card holds 22 KB.
MAX_SHOWN = 100
BASES, MEMBERS = "bases", "members"  # fields: base stations, and owners of handsets


def network_fields(inputs: Inputs, usual_model: str = "") -> list[forms.Field]:
    """Names, model and access code of a new network.

    Without a usual model none is chosen beforehand, as it cannot be changed later.
    """
    is_named = bool(inputs.get("name") or inputs.get("location"))
    model = inputs.get("model", usual_model)
    models = [forms.Choice(title, model) for model, title in MODELS.items()]
    return [
        forms.Field(
            "name",
            "Name",
            "1 to 40 characters",
            value=inputs.get("name", "")[:MAX_SHOWN],
            max_length=40,
        ),
        forms.Field(
            "display_name",
            "Name on the handset",
            "Up to 11 characters, may be empty",
            required=False,
            value=inputs.get("display_name", "")[:MAX_SHOWN],
            max_length=11,
        ),
        forms.Field(
            "model",
            "Model",
            "Choose the model",
            choices=models,
            value=model,
            error=MODEL_MISSING if is_named and not model else "",
        ),
        forms.Field(
            "access_code",
            "Access code",
            "Four digits; empty: one code per user",
            required=False,
            secret=True,
            max_length=4,
        ),
    ]


def bases_field(inputs: Inputs, typed: str = "", *, required: bool = False) -> forms.Field:
    """The box for base stations. `typed` is the command that people write beside a file."""
    return _box(
        BASES,
        "Base stations, one MAC address a line",
        "D8:2E:3E:EF:4E:5C",
        inputs,
        typed,
        required=required,
    )


def members_field(inputs: Inputs, typed: str = "", *, required: bool = False) -> forms.Field:
    """The box for the owners of handsets."""
    return _box(
        MEMBERS,
        "Handsets, one owner a line; after semicolons a second line and a name",
        "ann@example.com; Reception; Ann DECT",
        inputs,
        typed,
        required=required,
    )


def _box(
    field: str, label: str, placeholder: str, inputs: Inputs, typed: str, *, required: bool
) -> forms.Field:
    return forms.Field(
        field,
        label,
        placeholder,
        lines=True,
        required=required,
        value=inputs.get(field, ""),
        max_length=MAX_LINES_LENGTH,
        hint=list_plans.AS_FILE.format(typed=typed) if typed else "",
    )


def read_boxes(inputs: Inputs, limits: Limits) -> ReadList:
    """The rows of the boxes, as `Operation.read_boxes`."""
    return read_dect_lines(inputs.get(BASES, ""), inputs.get(MEMBERS, ""), limits)


def rows_of(form: ParsedForm, ctx: Context, field: str, missing: str) -> tuple[ListRow, ...]:
    """The rows of the request, from its boxes or its file; without any, an error at the field."""
    form.problems.pop(field, None)  # the rows of a file are in no field
    if ctx.rows is None or not ctx.rows.rows:
        form.add_error(field, missing)
        return ()
    return ctx.rows.rows
