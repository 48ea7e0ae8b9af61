"""What a command lacks for a plan, and how the fields of its form show that. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.core.errors import Invalid
from bot.core.models.requests import Request
from bot.core.models.webex import uuid_in
from bot.domain.forms import (
    NONE_OF_THESE,
    ParsedForm,
    clean_inputs,
    has_lines,
    missing_message,
    read_form,
)
from bot.domain.operation import Operation
from bot.requests.form_secrets import CLEAR
from cards.forms import Field

CHOOSE = "Choose one"
CHOOSE_MISSING = "Please choose one."


def is_incomplete(operation: Operation, inputs: Mapping[str, str]) -> bool:
    """Whether a required input is empty."""
    return any(
        info.is_required() and not inputs.get(name)
        for name, info in operation.form.model_fields.items()
    )


def only_lacks_inputs(operation: Operation, invalid: Invalid) -> bool:
    """Whether a command says too little for a plan, and nothing wrong."""
    fields = operation.form.model_fields
    return all(why == missing_message(fields[name]) for name, why in invalid.problems.items())


def without_missing(operation: Operation, invalid: Invalid) -> Invalid:
    """The mistakes in what was given, without the fields that are still empty."""
    fields = operation.form.model_fields
    wrong = {
        name: why for name, why in invalid.problems.items() if why != missing_message(fields[name])
    }
    return Invalid(wrong, invalid.choices, invalid.commands)


def read_submitted(
    operation: Operation,
    values: Mapping[str, str],
    submitted: Mapping[str, Any],
    before: Mapping[str, str] | None,
) -> ParsedForm:
    """The form with these values, secrets included, and with the secrets that were left empty.

    `before` are the inputs that the form showed; None: it was not shown yet.
    """
    form = read_form(operation.form, values)
    if before is not None:
        form.left_empty = _secrets_left_empty(operation, submitted, before)
    return form


def _secrets_left_empty(
    operation: Operation, submitted: Mapping[str, Any], before: Mapping[str, str]
) -> frozenset[str]:
    """The secrets that a form asked for and nobody typed.

    A client may leave out empty inputs. Then they were left empty if nothing else was changed.
    """
    empty = {name for name in operation.secrets if submitted.get(name, "-") == ""}
    others = clean_inputs(operation.form, submitted, operation.secrets)
    return frozenset(operation.secrets if others == before else empty)


def read_back(operation: Operation, inputs: Mapping[str, str]) -> str:
    """What was read of a command that is not complete; the form shows it as well.

    A field of several lines is too long to be told twice, and an id of Webex, which a button typed,
    tells nothing.
    """
    fields = operation.form.model_fields.items()
    read = [
        f"{info.title} {inputs[name]}"
        for name, info in fields
        if name in inputs and not has_lines(info) and not uuid_in(inputs[name])
    ]
    return f"I read: {', '.join(read)}." if read else ""


def wrong_inputs(operation: Operation, inputs: Mapping[str, str]) -> Invalid:
    """Mistakes in the inputs of the command; a field that is still empty is no mistake."""
    problems = read_form(operation.form, inputs).problems
    return Invalid({name: why for name, why in problems.items() if name in inputs})


def with_error(
    operation: Operation, field: Field, invalid: Invalid, secrets: Mapping[str, str]
) -> Field:
    """The field with what is wrong with its input, and what can be chosen or typed instead."""
    placeholder, missing = field.placeholder, missing_message(operation.form.model_fields[field.id])
    if field.id in secrets:
        placeholder = f"Kept. Type to change it, {CLEAR} for none"
    elif field.id in invalid.choices:
        placeholder, missing = CHOOSE, CHOOSE_MISSING  # nothing can be typed into a list
    problem = invalid.problems.get(field.id, field.error)
    is_hint = bool(problem) and problem == field.hint  # nothing is wrong: the person is to choose
    return replace(
        field,
        error="" if is_hint else problem,
        hint=field.hint if is_hint or field.lines else "",
        choices=invalid.choices.get(field.id, field.choices),
        value="" if field.id in invalid.choices else field.value,
        placeholder=placeholder,
        missing=missing,
        required=field.required and field.id not in secrets,
    )


def without_typed(request: Request) -> tuple[Request, set[str]]:
    """The request without choices of “none of these”, and the fields in which they were made."""
    typed = {name for name, value in request.inputs.items() if value == NONE_OF_THESE}
    inputs = {name: value for name, value in request.inputs.items() if name not in typed}
    return request.model_copy(update={"inputs": inputs}), typed
