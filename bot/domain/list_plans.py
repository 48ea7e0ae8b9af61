"""What the plans of all lists have in common: their rows, counts, and outcome. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from bot.core.models.webex import LocationRef
from bot.domain.forms import MAX_LINES_LENGTH, Inputs, ParsedForm
from bot.domain.lists.rows import ROWS, ListRow
from bot.domain.lookup.checked_rows import CheckedRow
from bot.domain.operation import Context
from bot.domain.plan import Outcome, Plan, RowCheck
from cards import forms

AS_FILE = (
    "Or send the list to this chat as a CSV or Excel file, with the text “{typed}”. In a space,"
    " mention me as well."
)
COUNTS = ("Rows", "Ready", "Wrong")  # names of facts
_MOST_NAMED = 4  # names in a fact
# The verbs of titles.
_PAST = {"Add": "Added", "Delete": "Deleted", "Tag": "Tagged", "Get": "Got", "get": "got"}


def rows_field(inputs: Inputs, label: str, placeholder: str, typed: str) -> forms.Field:
    """The box for the lines. `typed` is the command that people write beside a file."""
    return forms.Field(
        ROWS,
        label,
        placeholder,
        lines=True,
        value=inputs.get(ROWS, ""),
        max_length=MAX_LINES_LENGTH,
        hint=AS_FILE.format(typed=typed),
    )


def rows_of(form: ParsedForm, ctx: Context, missing: str) -> tuple[ListRow, ...]:
    """The rows of the request, from its lines or its file; Invalid if there are none."""
    if ctx.rows is None:
        form.add_error(ROWS, missing)
        form.raise_if_invalid()
        raise ValueError("no list, and no error was noted")
    form.problems.pop(ROWS, None)  # the rows of a file are in no field
    return ctx.rows.rows


def count_facts(checked: Sequence[CheckedRow]) -> tuple[tuple[str, str], ...]:
    """How many rows there are, and how many of them are ready."""
    ready = sum(not row.problems for row in checked)
    wrong = len(checked) - ready
    return (
        (COUNTS[0], str(len(checked))),
        (COUNTS[1], str(ready)),
        (COUNTS[2], str(wrong) if wrong else ""),
    )


def unread(form: ParsedForm) -> tuple[str, ...]:
    """The sentences about reads that failed; several reads may have the same."""
    return tuple(dict.fromkeys(form.unread.values()))


def counted(count: int, noun: str) -> str:
    """`1 phone`, `2 phones`."""
    return f"{count} {noun}{'s' * (count != 1)}"


def counts_of(names: Iterable[str]) -> str:
    """How often each name occurs, the most frequent first: 20 times 8865, 3 times 8845."""
    counts = Counter(filter(None, names))
    shown = counts.most_common(_MOST_NAMED)
    more = counts.total() - sum(count for _, count in shown)
    parts = [f"{count} × {name}" for name, count in shown]
    return ", ".join([*parts, *([counted(more, "other")] if more else [])])


def location_counts(locations: Iterable[LocationRef]) -> str:
    """The names of the locations, with how many rows are about each if there are several."""
    counts = Counter(location.name for location in locations if location.name)
    if len(counts) == 1:
        return next(iter(counts))
    shown = counts.most_common(_MOST_NAMED)
    more = len(counts) - len(shown)
    parts = [f"{name} ({count})" for name, count in shown]
    return ", ".join([*parts, *([f"{more} more"] if more else [])])


def checks(checked: Iterable[CheckedRow]) -> tuple[RowCheck, ...]:
    """What people must know of the rows."""
    return tuple(check for row in checked if (check := row.check))


def outcome(planned: Plan, _outcomes: Mapping[str, Outcome]) -> Outcome:
    """That all rows are done: the title of the plan in the past."""
    title = " ".join(_PAST.get(word, word) for word in planned.title.split(" "))
    return Outcome(title=title, facts=planned.facts)
